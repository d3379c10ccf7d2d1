package intrinsic_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/intrinsic"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

func object(t testing.TB, text string) value.Value {
	t.Helper()
	v, err := value.ParseString(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func parse(t testing.TB, text string) *intrinsic.Call {
	t.Helper()
	call, err := intrinsic.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func TestCallGives(t *testing.T) {
	t.Parallel()
	const input = `{"s":"x y","e":"","n":null,"l":[1,2,2.0,"2"],"o":{"Arg1":1,"Arg2":[]},"t":"<{}> \\{\\} {x}","d":{"b":"ü","a":{"c":[true,null]}},"j":"{\"z\":1.0}"}`
	tests := []struct{ source, call, want string }{
		{"recorded: format_2", `States.Format('fst={} and snd={}.', $.o, 'a')`, `"fst={Arg1=1, Arg2=[]} and snd=a."`},
		{"recorded: format_1", `States.Format('{}{}{}{}{}', $.n, 1.10, true, '', $.j)`, `"null1.10true{\"z\":1.0}"`},
		{"intrinsics.md 1: escapes", `States.Format('it\'s \{\} \\ {}', '\{x\}')`, `"it's {} \\ {x}"`},
		{"intrinsics.md 2: the template may be a path", `States.Format($.t, 1)`, `"<1> {} {x}"`},
		{"intrinsics.md 1: raw newlines", "States.Format('a\n{}\t', 'b')", `"a\nb\t"`},
		{"published: raw quotes", `States.Format('"{}"', 'b')`, `"\"b\""`},
		{"intrinsics.md 2: no placeholder", `States.Format('')`, `""`},
		{"recorded: string_to_json", `States.StringToJson('')`, `null`},
		{"recorded: string_to_json", `States.StringToJson(' ')`, `null`},
		{"recorded: string_to_json", `States.StringToJson('-0')`, `0`},
		{"intrinsics.md 1: raw braces", `States.StringToJson('{"a": "b", "c": {}}')`, `{"a":"b","c":{}}`},
		{"jsonpath.md 7: number texts survive", `States.StringToJson($.j)`, `{"z":1.0}`},
		{"intrinsics.md 2: JsonToString", `States.JsonToString($.o)`, `"{\"Arg1\":1,\"Arg2\":[]}"`},
		{"intrinsics.md 2: JsonToString", `States.JsonToString('HelloWorld')`, `"\"HelloWorld\""`},
		{"intrinsics.md 2: JsonToString", `States.JsonToString(null)`, `"null"`},
		{"intrinsics.md 2: Array", `States.Array( 1 ,'a' , null,$.o,States.Array( ) )`, `[1,"a",null,{"Arg1":1,"Arg2":[]},[]]`},
		{"intrinsics.md 2: ArrayPartition", `States.ArrayPartition($.l, 3)`, `[[1,2,2.0],["2"]]`},
		{"intrinsics.md 2: ArrayPartition", `States.ArrayPartition($.l, 99)`, `[[1,2,2.0,"2"]]`},
		{"intrinsics.md 2: ArrayPartition", `States.ArrayPartition($.l, 2)`, `[[1,2],[2.0,"2"]]`},
		{"intrinsics.md 2: ArrayPartition rounds", `States.ArrayPartition($.l, 1.5)`, `[[1,2],[2.0,"2"]]`},
		{"intrinsics.md 2: ArrayPartition", `States.ArrayPartition(States.Array(), 7)`, `[]`},
		{"intrinsics.md 2: ArrayContains", `States.ArrayContains(States.Array($.o, 2), $.o)`, `true`},
		{"intrinsics.md 2: ArrayContains", `States.ArrayContains($.l, null)`, `false`},
		{"intrinsics.md 2: ArrayContains", `States.ArrayContains(States.Array(null), null)`, `true`},
		{"intrinsics.md 2: ArrayRange", `States.ArrayRange(0, 10, 3)`, `[0,3,6,9]`},
		{"intrinsics.md 2: ArrayRange", `States.ArrayRange(1, 9, 9)`, `[1]`},
		{"intrinsics.md 2: ArrayRange", `States.ArrayRange(3, -3, -3)`, `[3,0,-3]`},
		{"intrinsics.md 2: ArrayRange", `States.ArrayRange(1, 9, -1)`, `[]`},
		{"no overflow", `States.ArrayRange(9223372036854775806, 9223372036854775807, 5)`, `[9223372036854775806]`},
		{"intrinsics.md 2: ArrayGetItem", `States.ArrayGetItem($.l, 3)`, `"2"`},
		{"corpus: an index past the end", `States.ArrayGetItem($.l, 4)`, `null`},
		{"intrinsics.md 2: ArrayLength", `States.ArrayLength($.l)`, `4`},
		{"intrinsics.md 2: ArrayUnique", `States.ArrayUnique($.l)`, `[1,2,"2"]`},
		{"intrinsics.md 2: ArrayUnique, deep", `States.ArrayUnique(States.StringToJson('[{"a":1,"b":[0]},{"b":[-0],"a":1.0},[],[[]],null,null,{"a":1}]'))`, `[{"a":1,"b":[0]},[],[[]],null,{"a":1}]`},
		{"intrinsics.md 2: Base64Encode", `States.Base64Encode($.d.b)`, `"w7w="`},
		{"intrinsics.md 2: Base64Decode", `States.Base64Decode('w7w=')`, `"ü"`},
		{"Java: padding may be missing", `States.Base64Decode('w7w')`, `"ü"`},
		{"intrinsics.md 2: not UTF-8", `States.Base64Decode('/w==')`, `"�"`},
		{"intrinsics.md 2: Hash", `States.Hash('input data', 'MD5')`, `"812f45842bc6d66ee14572ce20db8e86"`},
		{"intrinsics.md 2: Hash", `States.Hash('input data', 'SHA-1')`, `"aaff4a450a104cd177d28d18d74485e8cae074b7"`},
		{"intrinsics.md 2: Hash", `States.Hash('', 'SHA-384')`, `"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"`},
		{"intrinsics.md 2: JsonMerge", `States.JsonMerge(States.StringToJson('{"a":1,"b":2,"d":3}'), States.StringToJson('{"c":0,"b":{}}'), false)`, `{"a":1,"b":{},"d":3,"c":0}`},
		{"recorded: math_add", `States.MathAdd(1.49, 1.5)`, `3`},
		{"recorded: math_add", `States.MathAdd(1.5, 1.51)`, `4`},
		{"recorded: math_add", `States.MathAdd(-1.5, 0)`, `-1`},
		{"recorded: math_add", `States.MathAdd(-1.51, 0)`, `-2`},
		{"recorded: math_add", `States.MathAdd(-0.5, 0)`, `0`},
		{"Java: Math.round", `States.MathAdd(0.49999999999999994, 1e1)`, `10`},
		{"intrinsics.md 2: range of MathAdd", `States.MathAdd(2147483646, 1)`, `2147483647`},
		{"recorded: string_split", `States.StringSplit(', , ,', ',')`, `[" "," "]`},
		{"recorded: string_split", `States.StringSplit('This.is+a,test=string', '.+,=')`, `["This","is","a","test","string"]`},
		{"recorded: string_split", "States.StringSplit('split on T and \nnew line', 'T\n')", `["split on "," and ","new line"]`},
		{"intrinsics.md 2: delimiters are code points", `States.StringSplit('aüböc', 'öü')`, `["a","b","c"]`},
		{"intrinsics.md 2: StringSplit", `States.StringSplit('', ',')`, `[]`},
		{"intrinsics.md 1: paths", `States.Array($.l[?(@.a == 'x, y)')], $.d['a'].c[0], $$.Name, $v.w, $.l[-1])`, `[[],true,"E",8,"2"]`},
		{"intrinsics.md 1: an indefinite path finds nothing", `States.ArrayLength($.none[*])`, `0`},
		{"intrinsics.md 1: ten calls", strings.Repeat("States.Array(", 10) + strings.Repeat(")", 10), strings.Repeat("[", 10) + strings.Repeat("]", 10)},
	}
	r := roots{object(t, `{"Name":"E"}`), map[string]value.Value{"v": object(t, `{"w":8}`)}}
	for _, tt := range tests {
		call := parse(t, tt.call)
		got, err := call.Eval(object(t, input), r, nil)
		if err != nil {
			t.Errorf("%s: %s: %v", tt.source, tt.call, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got.JSON()); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", tt.source, tt.call, diff)
		}
	}
}

func TestCallFails(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("ü", 10001) + `"`
	tests := []struct{ source, call, input, name, reason string }{
		{"jsonpath.md 5", `States.Format('{}', $.a)`, `{"k":1}`, intrinsic.Runtime, `The JsonPath argument for the field '$.a' could not be found in the input '{"k":1}'`},
		{"jsonpath.md 5: context", `States.Format('{}', $$.X)`, `{"k":1}`, intrinsic.Runtime, `The JsonPath argument for the field '$.X' could not be found in the input '{"k":1}'`},
		{"jsonpath.md 4: index past the end", `States.Array($.l[1])`, `{"l":[0]}`, intrinsic.Runtime, `The JsonPath argument for the field '$.l[1]' could not be found in the input '{"l":[0]}'`},
		{"jsonpath.md 5", `States.Array($.a[0])`, `{"a":1}`, intrinsic.Runtime, `Filter: [0] can only be applied to arrays. Current context is: 1`},
		{"jsonpath.md 2", `States.MathAdd($.list.length(), 1)`, `{"list":[]}`, intrinsic.Runtime, `Property ['length()'] not found in path $['list']`},
		{"states.md 5", `States.Array($nope)`, `{}`, intrinsic.Runtime, `The variable 'nope' is not defined`},
		{"corpus: e-statebox", `States.Format('{} {}', 1)`, `{}`, intrinsic.Runtime, `The template has 2 placeholders but 1 arguments were given`},
		{"corpus: e-statebox", `States.Format('{}', 1, 2)`, `{}`, intrinsic.Runtime, `The template has 1 placeholders but 2 arguments were given`},
		{"intrinsics.md 2", `States.Format(true)`, `{}`, intrinsic.IntrinsicFailure, `Argument 1 must be of type string but was of type boolean`},
		{"intrinsics.md 2", `States.StringToJson('{')`, `{}`, intrinsic.IntrinsicFailure, `Invalid JSON: json: line 1, column 2: unexpected end of the text, expected a member name in double quotes`},
		{"intrinsics.md 2", `States.StringToJson($)`, `{}`, intrinsic.IntrinsicFailure, `Argument 1 must be of type string but was of type object`},
		{"intrinsics.md 2", `States.ArrayPartition($, 0)`, `[]`, intrinsic.IntrinsicFailure, `The chunk size must be a positive integer but was 0`},
		{"intrinsics.md 2", `States.ArrayPartition($, 0.4)`, `[]`, intrinsic.IntrinsicFailure, `The chunk size must be a positive integer but was 0`},
		{"intrinsics.md 2", `States.ArrayPartition($, '1')`, `[]`, intrinsic.IntrinsicFailure, `Argument 2 must be of type number but was of type string`},
		{"intrinsics.md 2", `States.ArrayContains($, 1)`, `{}`, intrinsic.IntrinsicFailure, `Argument 1 must be of type array but was of type object`},
		{"intrinsics.md 2", `States.ArrayRange(1, 9, 0)`, `{}`, intrinsic.IntrinsicFailure, `The step must not be 0`},
		{"intrinsics.md 2", `States.ArrayRange(1, 1001, 1)`, `{}`, intrinsic.IntrinsicFailure, `The range has more than 1000 elements`},
		{"corpus: no fractions", `States.ArrayRange(1.5, 9, 2)`, `{}`, intrinsic.IntrinsicFailure, `Argument 1 must be an integer but was 1.5`},
		{"intrinsics.md 2", `States.ArrayGetItem($, -1)`, `[1]`, intrinsic.IntrinsicFailure, `The index must not be negative but was -1`},
		{"intrinsics.md 2", `States.ArrayLength('abc')`, `{}`, intrinsic.IntrinsicFailure, `Argument 1 must be of type array but was of type string`},
		{"intrinsics.md 2", `States.ArrayUnique(null)`, `{}`, intrinsic.IntrinsicFailure, `Argument 1 must be of type array but was of type null`},
		{"intrinsics.md 2", `States.Base64Encode($)`, long, intrinsic.IntrinsicFailure, `Argument 1 has more than 10000 characters`},
		{"intrinsics.md 2", `States.Base64Decode('a')`, `{}`, intrinsic.IntrinsicFailure, `Invalid base64: illegal base64 data at input byte 0`},
		{"Java: no white space", "States.Base64Decode('w7\nw=')", `{}`, intrinsic.IntrinsicFailure, `Illegal base64 character at 2`},
		{"intrinsics.md 2", `States.Hash($, 'MD5')`, long, intrinsic.IntrinsicFailure, `Argument 1 has more than 10000 characters`},
		{"intrinsics.md 2", `States.Hash('x', 'md5')`, `{}`, intrinsic.IntrinsicFailure, `The algorithm must be one of [MD5, SHA-1, SHA-256, SHA-384, SHA-512] but was md5`},
		{"intrinsics.md 2", `States.JsonMerge($, $, true)`, `{}`, intrinsic.IntrinsicFailure, `Deep merging is not supported: the third argument must be false`},
		{"intrinsics.md 2", `States.JsonMerge($, 1, false)`, `{}`, intrinsic.IntrinsicFailure, `Argument 2 must be of type object but was of type number`},
		{"intrinsics.md 2", `States.JsonMerge($, $, null)`, `{}`, intrinsic.IntrinsicFailure, `Argument 3 must be of type boolean but was of type null`},
		{"intrinsics.md 2", `States.MathRandom(5, 5)`, `{}`, intrinsic.IntrinsicFailure, `The start number 5 must be less than the end number 5`},
		{"intrinsics.md 2", `States.MathAdd(2147483647, 1)`, `{}`, intrinsic.IntrinsicFailure, `The sum is out of the range of integers: 2147483648`},
		{"intrinsics.md 2", `States.MathAdd(2147483648, -1)`, `{}`, intrinsic.IntrinsicFailure, `Argument 1 is out of the range of integers: 2147483648`},
		{"intrinsics.md 2", `States.MathAdd(0, 1e99)`, `{}`, intrinsic.IntrinsicFailure, `Argument 2 is out of range: 1e99`},
		{"intrinsics.md 2", `States.StringSplit('a', '')`, `{}`, intrinsic.IntrinsicFailure, `The delimiter must not be empty`},
		{"limits.md", `States.Array($, $, $)`, `"` + strings.Repeat("x", 100000) + `"`, intrinsic.IntrinsicFailure, `The result of 300010 bytes exceeds the maximum of 262144 bytes`},
		{"limits.md", `States.JsonToString($)`, `"` + strings.Repeat("x", 300000) + `"`, intrinsic.IntrinsicFailure, `The result of 300002 bytes exceeds the maximum of 262144 bytes`},
		{"call.go", `States.UUID()`, `{}`, intrinsic.IntrinsicFailure, `There is no source of randomness`},
	}
	for _, tt := range tests {
		got, err := parse(t, tt.call).Eval(object(t, tt.input), roots{context: value.Obj()}, nil)
		var e *intrinsic.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %s: got %.40s, %v; want an Error", tt.source, tt.call, got, err)
			continue
		}
		want := "The function '" + tt.call + "' had the following error: " + tt.reason
		if e.Name != tt.name || e.Cause() != want {
			t.Errorf("%s: got %s: %s\nwant %s: %s", tt.source, e.Name, e.Cause(), tt.name, want)
		}
	}
	_, err := parse(t, `States.Array($.a)`).Eval(object(t, `{}`), nil, nil)
	var missing *jsonpath.NotFoundError
	if !errors.As(err, &missing) || missing.Path != "$.a" {
		t.Errorf("got %v, want it to wrap a NotFoundError", err)
	}
}

func TestParseRefusesWhatIsNoCall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source, call string
		offset       int
	}{
		{"intrinsics.md 1: case", `States.format('x')`, 0},
		{"corpus: unknown function", `States.Nope($.x)`, 0},
		{"corpus: leading white space", ` States.UUID()`, 0},
		{"intrinsics.md 1: trailing white space", `States.UUID() `, 13},
		{"corpus", `JsonToString($)`, 0}, {"corpus", `States. `, 0}, {"corpus", "States\nJsonToString($)", 0}, {"corpus", `prod-v1`, 0}, {"corpus", ``, 0},
		{"corpus", `States.StringToJson $.escaped)`, 20}, {"corpus", `States.JsonToString($`, 21}, {"corpus", `States.Array(1, `, 16},
		{"corpus: double quotes", `States.Array("x")`, 13},
		{"corpus: unclosed quote", `States.Format('x)`, 14},
		{"recorded: illegal_escapes", `States.StringToJson('{"text":"An \"escaped double quote\" here"}')`, 34},
		{"recorded: illegal_escapes", `States.Format('He said, \"Hello, {}!\"', 'Test \"Name\" Here')`, 25},
		{"intrinsics.md 1: open backslash", `States.Format('x\`, 17},
		{"intrinsics.md 1: raw brace in a template", `States.Format('a {b}', 1)`, 17},
		{"intrinsics.md 1: raw brace in a template", `States.Format('\{}', 1)`, 17},
		{"a trailing comma", `States.Array(1,)`, 15}, {"a leading comma", `States.Array(,1)`, 13}, {"no comma", `States.Array(1 2)`, 15},
		{"numbers as JSON", `States.Array(01)`, 13}, {"numbers as JSON", `States.Array(1.)`, 13}, {"numbers as JSON", `States.Array(--1)`, 13},
		{"words", `States.Array(nullx)`, 13}, {"words", `States.Array(True)`, 13},
		{"a malformed path", `States.Array($.)`, 13}, {"a malformed path", `States.Array($.a[)`, 13},
		{"intrinsics.md 1: nesting", strings.Repeat("States.Array(", 11) + strings.Repeat(")", 11), 130},
		{"text after the call", `States.UUID()x`, 13},
	}
	for _, tt := range tests {
		call, err := intrinsic.Parse(tt.call)
		var e *intrinsic.ParseError
		if !errors.As(err, &e) || e.Arity || call != nil {
			t.Errorf("%s: %s: got %v, want a ParseError", tt.source, tt.call, err)
			continue
		}
		if e.Offset != tt.offset {
			t.Errorf("%s: %s: got offset %d, want %d\n%v", tt.source, tt.call, e.Offset, tt.offset, err)
		}
	}
}

func TestWrongNumberOfArgumentsIsToldApart(t *testing.T) {
	t.Parallel()
	const one = "1,"
	arity := map[string][2]int{
		"Format": {1, 9}, "StringToJson": {1, 1}, "JsonToString": {1, 1}, "Array": {0, 9}, "ArrayPartition": {2, 2}, "ArrayContains": {2, 2}, "ArrayRange": {3, 3},
		"ArrayGetItem": {2, 2}, "ArrayLength": {1, 1}, "ArrayUnique": {1, 1}, "Base64Encode": {1, 1}, "Base64Decode": {1, 1}, "Hash": {2, 2}, "JsonMerge": {3, 3},
		"MathRandom": {2, 3}, "MathAdd": {2, 2}, "StringSplit": {2, 2}, "UUID": {0, 0},
	}
	for name, bounds := range arity {
		for n := range 6 {
			text := "States." + name + "(" + strings.TrimSuffix(strings.Repeat(one, n), ",") + ")"
			call, err := intrinsic.Parse("States.Array(" + text + ")")
			if n >= bounds[0] && n <= bounds[1] {
				if err != nil {
					t.Errorf("%s: %v", text, err)
				}
				continue
			}
			var e *intrinsic.ParseError
			if !errors.As(err, &e) || !e.Arity || e.Offset != 13 || call == nil {
				t.Errorf("%s: got %v, want a ParseError about the number of arguments, and the call", text, err)
				continue
			}
			_, err = call.Eval(value.Value{}, nil, nil)
			var failed *intrinsic.Error
			if !errors.As(err, &failed) || failed.Name != intrinsic.Runtime {
				t.Errorf("%s: got %v, want States.Runtime", text, err)
			}
		}
	}
}

func TestPathsAreListedInOrder(t *testing.T) {
	t.Parallel()
	call := parse(t, `States.Format('{} {}', $a.b, States.ArrayGetItem(States.Array($.x, $$.y), $b))`)
	var got []string
	for _, p := range call.Paths() {
		got = append(got, p.String()+" "+p.Variable())
	}
	if diff := cmp.Diff([]string{"$a.b a", "$.x ", "$$.y ", "$b b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if call.Name() != "States.Format" {
		t.Errorf("got %s", call.Name())
	}
}

func TestRandomFunctionsUseWhatTheyAreGiven(t *testing.T) {
	t.Parallel()
	var source counter
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 100 {
		v, err := parse(t, `States.UUID()`).Eval(value.Value{}, nil, &source)
		if err != nil || !uuid.MatchString(v.Str()) || seen[v.Str()] {
			t.Fatalf("got %s, %v", v, err)
		}
		seen[v.Str()] = true
	}
	hits := map[int64]int{}
	for range 1000 {
		v, err := parse(t, `States.MathRandom(-1.5, 2.4)`).Eval(value.Value{}, nil, &source)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := v.Int()
		hits[n]++
	}
	if len(hits) != 3 || hits[-1] < 200 || hits[0] < 200 || hits[1] < 200 {
		t.Errorf("got %v, want -1, 0 and 1 about as often", hits)
	}
	wide := parse(t, `States.MathRandom(-9223372036854775808, 9223372036854775807)`)
	if _, err := wide.Eval(value.Value{}, nil, &source); err != nil {
		t.Error(err)
	}
}

func TestSeededRandomIsReproducible(t *testing.T) {
	t.Parallel()
	for seed := range 200 {
		call := parse(t, "States.MathRandom(0, 999, "+strconv.Itoa(seed)+")")
		a, err := call.Eval(value.Value{}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := call.Eval(value.Value{}, nil, nil)
		if n, ok := a.Int(); !ok || n < 0 || n >= 999 || !a.Equal(b) {
			t.Errorf("seed %d: got %s and %s", seed, a, b)
		}
	}
}

func TestCallsAreReadFromJSONText(t *testing.T) {
	t.Parallel()
	// As a definition holds it: "\\'" in JSON is \' in the call.
	var text string
	if err := json.Unmarshal([]byte(`"States.Format('it\\'s {}', 1)"`), &text); err != nil {
		t.Fatal(err)
	}
	v, err := parse(t, text).Eval(value.Value{}, nil, nil)
	if err != nil || v.Str() != "it's 1" {
		t.Errorf("got %s, %v", v, err)
	}
}
