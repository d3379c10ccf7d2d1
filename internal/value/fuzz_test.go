package value_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`null`, `true`, ` [1, 2.50, -0, 1e400] `, `{"b":1,"a":{"b":[{}]},"b":2}`, `"\ud83d\ude00\ud83d\n\u0000\/"`, `9007199254740993`, `{"a":"é\\\""}`, `[[[[`, `"`, `{"a"`, `01`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := value.Parse(src)
		if err != nil {
			return
		}
		text := v.JSON()
		if v.Size() != len(text) {
			t.Errorf("%q: Size is %d, the text has %d", src, v.Size(), len(text))
		}
		if !utf8.ValidString(text) || !json.Valid([]byte(text)) || !json.Valid(src) {
			t.Errorf("%q: prints as %q", src, text)
		}
		back, err := value.ParseString(text)
		if err != nil || back.JSON() != text || !back.Equal(v) || !v.Equal(back) {
			t.Fatalf("%q: printed as %q, read back as %s, %v", src, text, back, err)
		}
		located, at, err := value.Options{}.ParseAt(string(src))
		if err != nil || located.JSON() != text {
			t.Fatalf("%q: ParseAt gives %s, %v", src, located, err)
		}
		if len(src) < 1024 { // finding a line takes time in proportion to the text
			walk(t, located, at, "")
		}
		// The same document without what the parser knows of its text.
		built := rebuild(v)
		if built.JSON() != text || built.Size() != len(text) || !built.Equal(v) {
			t.Errorf("%q: rebuilt as %s, size %d", src, built, built.Size())
		}
		again, err := value.FromGo(v.Go())
		if err != nil || !again.Equal(v) {
			t.Errorf("%q: through Go as %s, %v", src, again, err)
		}
		if i, ok := v.Int(); ok && !value.FromInt(i).Equal(v) {
			t.Errorf("%q: Int is %d", src, i)
		}
	})
}

// walk checks that every value has a position inside of the text.
func walk(t *testing.T, v value.Value, at *value.Positions, pointer string) {
	if line, column := at.Value(pointer); line < 1 || column < 1 {
		t.Errorf("%q: line %d, column %d", pointer, line, column)
	}
	if len(pointer) > 40 {
		return
	}
	for _, m := range v.Members() {
		walk(t, m.Value, at, value.AppendPointer(pointer, m.Key))
	}
}

func rebuild(v value.Value) value.Value {
	switch v.Kind() {
	case value.Array:
		elems := make([]value.Value, 0, v.Len())
		for _, x := range v.Elems() {
			elems = append(elems, rebuild(x))
		}
		return value.FromArray(elems)
	case value.Object:
		members := make([]value.Member, 0, v.Len())
		for key, x := range v.All() {
			members = append(members, value.M(key, rebuild(x)))
		}
		return value.FromMembers(members)
	default:
		return v
	}
}
