package value_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/value"
)

func parse(t testing.TB, text string) value.Value {
	t.Helper()
	v, err := value.ParseString(text)
	if err != nil {
		t.Fatalf("%.80s: %v", text, err)
	}
	return v
}

func TestParsePrintsCompactText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"scalars", ` [null , true,false, "x",1] `, `[null,true,false,"x",1]`},
		{"members keep their order", "{\"b\":1,\n\t\"a\":{\"d\":[],\"c\":{}}}", `{"b":1,"a":{"d":[],"c":{}}}`},
		{"numbers keep their text", `[9007199254740993,1.0,-0,1e2,1E+2,0.10,123456789012345678901234567890]`,
			`[9007199254740993,1.0,-0,1e2,1E+2,0.10,123456789012345678901234567890]`},
		{"escapes that need not be are dropped", `"\u0041\/\u00e9\ud83d\ude00"`, `"A/é😀"`},
		{"control characters are escaped", `"\u0000\u001F\b\f\n\r\t\"\\\u007f"`, `"\u0000\u001F\b\f\n\r\t\"\\` + "\x7f\""},
		{"half of a surrogate pair", `["\ud83d","\ude00x","\ud83d\u0041"]`, `["�","�x","�A"]`},
		{"the last of equal names wins, at the place of the first", `{"a":1,"b":2,"a":{"c":3,"c":4}}`, `{"a":{"c":4},"b":2}`},
	}
	for _, tt := range tests {
		v := parse(t, tt.text)
		if diff := cmp.Diff(tt.want, v.JSON()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if v.Size() != len(tt.want) {
			t.Errorf("%s: Size is %d, want %d", tt.name, v.Size(), len(tt.want))
		}
	}
}

func TestParseRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	small := value.Options{MaxDepth: 3, MaxBytes: 40, RejectDuplicates: true}
	tests := []struct {
		opts         value.Options
		text         string
		kind         error
		line, column int
	}{
		{text: "", kind: value.ErrSyntax, line: 1, column: 1},
		{text: " \n ", kind: value.ErrSyntax, line: 2, column: 2},
		{text: "[1,]", kind: value.ErrSyntax, line: 1, column: 4},
		{text: "{\"a\":1,\n}", kind: value.ErrSyntax, line: 2, column: 1},
		{text: "[1 2]", kind: value.ErrSyntax, line: 1, column: 4},
		{text: "{a:1}", kind: value.ErrSyntax, line: 1, column: 2},
		{text: `{"a" 1}`, kind: value.ErrSyntax, line: 1, column: 6},
		{text: "nul", kind: value.ErrSyntax, line: 1, column: 1},
		{text: "nulls", kind: value.ErrSyntax, line: 1, column: 5},
		{text: "1 1", kind: value.ErrSyntax, line: 1, column: 3},
		{text: "01", kind: value.ErrSyntax, line: 1, column: 1},
		{text: "-", kind: value.ErrSyntax, line: 1, column: 2},
		{text: "1.", kind: value.ErrSyntax, line: 1, column: 3},
		{text: ".5", kind: value.ErrSyntax, line: 1, column: 1},
		{text: "1e", kind: value.ErrSyntax, line: 1, column: 3},
		{text: "+1", kind: value.ErrSyntax, line: 1, column: 1},
		{text: "NaN", kind: value.ErrSyntax, line: 1, column: 1},
		{text: `"a`, kind: value.ErrSyntax, line: 1, column: 3},
		{text: "\"a\nb\"", kind: value.ErrSyntax, line: 1, column: 3},
		{text: `"\x"`, kind: value.ErrSyntax, line: 1, column: 3},
		{text: `"\u12g4"`, kind: value.ErrSyntax, line: 1, column: 4},
		{text: "\"\xff\"", kind: value.ErrSyntax, line: 1, column: 2},
		{text: strings.Repeat("[", 2000), kind: value.ErrDepth, line: 1, column: 1001},
		{text: strings.Repeat("1", 1001), kind: value.ErrTooLong, line: 1, column: 1},
		{opts: small, text: "[[[[]]]]", kind: value.ErrDepth, line: 1, column: 4},
		{opts: small, text: `"` + strings.Repeat("x", 50) + `"`, kind: value.ErrTooLong, line: 1, column: 41},
		{opts: small, text: `{"a":1,"b":{"a":1},"a":2}`, kind: value.ErrDuplicate, line: 1, column: 20},
	}
	for _, tt := range tests {
		_, err := tt.opts.Parse(tt.text)
		var e *value.SyntaxError
		if !errors.As(err, &e) || !errors.Is(err, tt.kind) || e.Line != tt.line || e.Column != tt.column {
			t.Errorf("%.40q: got %v, want %v at line %d, column %d", tt.text, err, tt.kind, tt.line, tt.column)
		}
	}
}

func TestDuplicatesAreFoundInLargeObjects(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"n0":0`)
	for i := 1; i < 50000; i++ {
		b.WriteString(`,"n` + strconv.Itoa(i) + `":0`)
	}
	opts := value.Options{RejectDuplicates: true}
	if _, err := opts.Parse(b.String() + "}"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"n0", "n5", "n11", "n12", "n49999"} {
		if _, err := opts.Parse(b.String() + `,"` + name + `":1}`); !errors.Is(err, value.ErrDuplicate) {
			t.Errorf("%s: got %v, want ErrDuplicate", name, err)
		}
		v := parse(t, b.String()+`,"`+name+`":1}`)
		if got, _ := v.Get(name); v.Len() != 50000 || got.JSON() != "1" {
			t.Errorf("%s: %d members, value %s", name, v.Len(), got)
		}
	}
}

func TestPositionsFollowPointers(t *testing.T) {
	t.Parallel()
	const text = "{\n  \"a/b~\": [10, {\"c\": 1}],\n  \"\": null, \"d\": 1,\n  \"d\": 2\n}"
	_, at, err := value.Options{}.ParseAt(text)
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ Line, Column int }
	tests := []struct {
		pointer    string
		value, key place
	}{
		{"", place{1, 1}, place{1, 1}},
		{"/a~1b~0", place{2, 11}, place{2, 3}},
		{"/a~1b~0/0", place{2, 12}, place{2, 12}},
		{"/a~1b~0/1", place{2, 16}, place{2, 16}},
		{"/a~1b~0/1/c", place{2, 22}, place{2, 17}},
		{"/a~1b~0/1/missing/deeper", place{2, 16}, place{2, 16}},
		{"/a~1b~0/7", place{2, 11}, place{2, 11}},
		{"/a~1b~0/x", place{2, 11}, place{2, 11}},
		{"/", place{3, 7}, place{3, 3}},
		{"/d", place{4, 8}, place{4, 3}},
		{"/d/e", place{4, 8}, place{4, 8}},
	}
	for _, tt := range tests {
		var v, k place
		v.Line, v.Column = at.Value(tt.pointer)
		k.Line, k.Column = at.Key(tt.pointer)
		if v != tt.value || k != tt.key {
			t.Errorf("%q: value at %v, key at %v; want %v and %v", tt.pointer, v, k, tt.value, tt.key)
		}
	}
	if got := value.AppendPointer("/a", "b/c~d"); got != "/a/b~1c~0d" {
		t.Errorf("got %s", got)
	}
}

func TestPositionsTakeLinearMemory(t *testing.T) {
	// A pointer per value would take gigabytes here.
	text := `{"` + strings.Repeat("k", 200_000) + `":[` + strings.Repeat("1,", 100_000) + `1]}`
	if _, _, err := (value.Options{}).ParseAt(text); err != nil {
		t.Fatal(err)
	}
}

func TestIntIsExact(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"-0", 0, true}, {"0.0e99", 0, true}, {"1.0", 1, true}, {"1e2", 100, true}, {"1.5e1", 15, true}, {"100e-2", 1, true}, {"-120e-1", -12, true},
		{"1.5", 0, false}, {"0.99999999999999999999", 0, false}, {"1e-400", 0, false}, {"1e400", 0, false},
		{"9007199254740993", 9007199254740993, true}, {"9007199254740993.0", 9007199254740993, true}, {"9007199254740993.5", 0, false},
		{"9223372036854775807", math.MaxInt64, true}, {"9223372036854775808", 0, false}, {"-9223372036854775808", math.MinInt64, true}, {"-9223372036854775809", 0, false},
		{"922337203685477580.7e1", math.MaxInt64, true}, {"1" + strings.Repeat("0", 30), 0, false},
	}
	for _, tt := range tests {
		if got, ok := parse(t, tt.text).Int(); ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s: got %d, %v; want %d, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
	for _, i := range []int64{0, -1, 1 << 52, 1 << 53, -1 << 53, 1<<53 + 1, math.MaxInt64, math.MinInt64} {
		v := value.FromInt(i)
		if got, ok := v.Int(); !ok || got != i || v.NumberText() != strconv.FormatInt(i, 10) {
			t.Errorf("%d: got %d, %v, text %s", i, got, ok, v.NumberText())
		}
	}
}

func TestNumbersPrintAsJavaScriptDoes(t *testing.T) {
	t.Parallel()
	tests := map[float64]string{
		0: "0", 1: "1", -2.5: "-2.5", 0.1: "0.1", 1e20: "100000000000000000000", 1e21: "1e+21", 1e-6: "0.000001", 1e-7: "1e-7", 1.5e300: "1.5e+300",
		9007199254740993: "9007199254740992", 5e-324: "5e-324", math.Inf(1): "null", math.Copysign(0, -1): "0",
	}
	for f, want := range tests {
		if v := value.FromFloat(f); v.JSON() != want || v.Size() != len(want) {
			t.Errorf("%g: got %s, size %d; want %s", f, v.JSON(), v.Size(), want)
		}
	}
	if v := value.FromFloat(math.NaN()); v.JSON() != "null" || v.Size() != 4 {
		t.Errorf("NaN: got %s", v)
	}
}

func TestEqualAndCompareByValue(t *testing.T) {
	t.Parallel()
	equal := [][2]string{
		{"1", "1.0"}, {"0", "-0"}, {"100", "1e2"}, {`{"a":1,"b":[2]}`, `{"b":[2.0],"a":1}`}, {`"\u0041"`, `"A"`}, {"[]", "[ ]"}, {"9007199254740993", "9007199254740993.0"},
	}
	for _, p := range equal {
		if a, b := parse(t, p[0]), parse(t, p[1]); !a.Equal(b) || !b.Equal(a) || !a.Equal(a) {
			t.Errorf("%s and %s are not equal", p[0], p[1])
		}
	}
	different := [][2]string{
		{"1", `"1"`}, {"null", "false"}, {"null", "0"}, {"9007199254740993", "9007199254740992"}, {"[1,2]", "[2,1]"}, {`{"a":1}`, `{"a":1,"b":1}`}, {`{"a":1}`, `{"b":1}`}, {"{}", "[]"},
	}
	for _, p := range different {
		if a, b := parse(t, p[0]), parse(t, p[1]); a.Equal(b) || b.Equal(a) {
			t.Errorf("%s and %s are equal", p[0], p[1])
		}
	}
	ascending := []string{"-1e400", "-9223372036854775808", "-1.5", "0", "0.1", "1", "9007199254740992", "9007199254740993", "1e300"}
	for i := range ascending {
		for j := range ascending {
			want := min(1, max(-1, i-j))
			if got := parse(t, ascending[i]).Compare(parse(t, ascending[j])); got != want {
				t.Errorf("%s against %s: got %d, want %d", ascending[i], ascending[j], got, want)
			}
		}
	}
}

func TestNoMethodChangesItsReceiver(t *testing.T) {
	t.Parallel()
	const text = `{"a":1,"b":[1,2],"c":{}}`
	v := parse(t, text)
	b, _ := v.Get("b")
	steps := []struct {
		name      string
		got, want value.Value
	}{
		{"replace", v.With("a", parse(t, `"x"`)), parse(t, `{"a":"x","b":[1,2],"c":{}}`)},
		{"append", v.With("d", parse(t, `4`)), parse(t, `{"a":1,"b":[1,2],"c":{},"d":4}`)},
		{"without", v.Without("b"), parse(t, `{"a":1,"c":{}}`)},
		{"without a missing member", v.Without("z"), v},
		{"element", b.WithAt(1, parse(t, `9`)), parse(t, `[1,9]`)},
		{"element out of range", b.WithAt(2, parse(t, `9`)), b},
		{"member of no object", parse(t, "null").With("a", b), parse(t, `{"a":[1,2]}`)},
	}
	for _, s := range steps {
		if s.got.JSON() != s.want.JSON() || s.got.Size() != len(s.want.JSON()) {
			t.Errorf("%s: got %s, want %s", s.name, s.got, s.want)
		}
	}
	if v.JSON() != text || b.JSON() != "[1,2]" {
		t.Errorf("the receiver became %s", v)
	}
}

func TestLargeObjectsAreIndexed(t *testing.T) {
	t.Parallel()
	v := value.Obj()
	for i := range 40 {
		v = v.With("k"+strconv.Itoa(i), value.FromInt(int64(i)))
	}
	v = v.With("k20", value.FromBool(true)).Without("k3")
	for i := range 40 {
		got, ok := v.Get("k" + strconv.Itoa(i))
		want := strconv.Itoa(i)
		if i == 20 {
			want = "true"
		}
		if ok != (i != 3) || ok && got.JSON() != want {
			t.Errorf("k%d: got %s, %v", i, got, ok)
		}
	}
	if back := parse(t, v.JSON()); !back.Equal(v) {
		t.Errorf("got %s", back)
	}
}

func TestAccessorsOfOtherKindsGiveNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"null", "true", "1", `"s"`, "[1]", `{"a":1}`} {
		v := parse(t, text)
		if _, ok := v.Get("a"); ok != (v.Kind() == value.Object) {
			t.Errorf("%s: Get %v", text, ok)
		}
		if _, ok := v.At(0); ok != (v.Kind() == value.Array) {
			t.Errorf("%s: At %v", text, ok)
		}
		if _, ok := v.Int(); ok != (v.Kind() == value.Number) {
			t.Errorf("%s: Int %v", text, ok)
		}
		if v.Bool() != (text == "true") || (v.Str() != "") != (v.Kind() == value.String) || (v.NumberText() != "") != (v.Kind() == value.Number) {
			t.Errorf("%s: Bool %v, Str %q, NumberText %q", text, v.Bool(), v.Str(), v.NumberText())
		}
		if (v.Elems() != nil) != (v.Kind() == value.Array) || (v.Members() != nil) != (v.Kind() == value.Object) {
			t.Errorf("%s: Elems %v, Members %v", text, v.Elems(), v.Members())
		}
	}
}

func TestValueTravelsThroughEncodingJSON(t *testing.T) {
	t.Parallel()
	var box struct{ V value.Value }
	const text = `{"V":{"z":1.0,"a":[9007199254740993]}}`
	if err := json.Unmarshal([]byte(text), &box); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(box)
	if err != nil || string(got) != text {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestJavaStringPrintsMapsAndLists(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`"x"`: "x", "null": "null", "1.10": "1.10", "true": "true", "[]": "[]", "{}": "{}",
		`{"Arg1":1,"Arg2":[],"c":{"d":"e f","g":[null,"h",false]}}`: "{Arg1=1, Arg2=[], c={d=e f, g=[null, h, false]}}",
	}
	for text, want := range tests {
		if got := parse(t, text).JavaString(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestWithSharesRoomButNeverAPlace(t *testing.T) {
	base := value.FromMembers(nil)
	for i := range 40 {
		base = base.With(fmt.Sprint("k", i), value.FromInt(int64(i)))
		base.Size()
	}
	left, right := base.With("left", value.FromInt(1)), base.With("right", value.FromInt(2))
	if _, ok := left.Get("right"); ok || left.Len() != 41 || right.Len() != 41 || base.Len() != 40 {
		t.Fatalf("objects grown from one share a member: %s, %s", left, right)
	}
	for _, v := range []value.Value{left, right, base} {
		if v.Size() != len(v.JSON()) {
			t.Errorf("Size() = %d, want %d", v.Size(), len(v.JSON()))
		}
		if got, ok := v.Get("k39"); !ok || got.JSON() != "39" {
			t.Errorf("k39 = %v, %v", got, ok)
		}
	}
}

func TestParseKnownRecognisesADocument(t *testing.T) {
	t.Parallel()
	known, err := value.ParseString(`{"a":[1,"x"],"b":1.0}`)
	if err != nil {
		t.Fatal(err)
	}
	list, _ := known.Get("a")
	tests := []struct {
		name, src string
		known     value.Value
		same      bool
	}{
		{"its text", `{"a":[1,"x"],"b":1.0}`, known, true},
		{"the text of a part", `[1,"x"]`, list, true},
		{"another text for it", `{"a":[1,"x"], "b":1.0}`, known, false},
		{"another document", `{"a":[1,"x"],"b":1}`, known, false},
		{"a built document", `{"a":1}`, value.Obj(value.M("a", value.FromInt(1))), false},
		{"no container", `null`, value.Value{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := value.ParseKnown([]byte(tt.src), tt.known)
			want, _ := value.ParseString(tt.src)
			if err != nil || got.JSON() != want.JSON() || got.Same(tt.known) != tt.same {
				t.Errorf("ParseKnown(%s) = %s, %v, the known one: %t, want %s, the known one: %t", tt.src, got, err, got.Same(tt.known), want, tt.same)
			}
		})
	}
	if v, err := value.ParseKnown([]byte(`{"a":`), known); err == nil {
		t.Errorf("ParseKnown of a broken text: %s, want an error", v)
	}
}

// The parser keeps what it has read of a container in two parts, the first of eight.
func TestParseContainersOfAnySize(t *testing.T) {
	t.Parallel()
	for n := range 20 {
		var list, fields, twice []string
		for i := range n {
			inner := fmt.Sprintf(`{"i":%d,"in":[%s],"o":{"a":1,"b":2}}`, i, strings.TrimSuffix(strings.Repeat("0,", i), ","))
			list = append(list, inner)
			fields = append(fields, fmt.Sprintf(`"k%d":%s`, i, inner))
			twice = append(twice, fmt.Sprintf(`"k%d":%d`, i%10, i))
		}
		for _, parts := range [][2]string{{"[", "]"}, {"{", "}"}} {
			inside := list
			if parts[0] == "{" {
				inside = fields
			}
			src := parts[0] + strings.Join(inside, ",") + parts[1]
			v, err := value.Options{RejectDuplicates: true}.Parse(src)
			if err != nil || v.Len() != n || v.JSON() != src {
				t.Errorf("%s: %s, %v", src, v, err)
			}
			spaced, err := value.ParseString(strings.ReplaceAll(src, ",", " , "))
			if err != nil || spaced.JSON() != src {
				t.Errorf("%s with blanks: %s, %v", src, spaced, err)
			}
		}
		src := "{" + strings.Join(twice, ",") + "}"
		_, err := value.Options{RejectDuplicates: true}.Parse(src)
		if got, want := errors.Is(err, value.ErrDuplicate), n > 10; got != want {
			t.Errorf("%s: %v, a duplicate: %t", src, err, want)
		}
		v, err := value.ParseString(src)
		if last, _ := v.Get("k0"); err != nil || v.Len() != min(n, 10) || n > 10 && last.JSON() != "10" {
			t.Errorf("%s: %s, %v", src, v, err)
		}
	}
}
