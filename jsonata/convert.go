package jsonata

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

// export turns a result into a document: arrays and objects made during the evaluation lose what only the evaluator knows.
// Functions inside become empty strings as JSON.stringify would leave them out; a result that is a function is an error.
func (s *state) export(v value.Value) (value.Value, *Error) {
	switch v.Kind() {
	case kindFunction:
		e := fail(CodeFunction)
		e.Message = "The result is a function"
		return undefined, e
	case kindTuples:
		ts := value.Foreign[tuples](v)
		list := make([]value.Value, len(ts.list))
		for i := range ts.list {
			list[i] = ts.list[i].object(ts.scope)
		}
		v = newArray(list, 0)
	}
	return s.exported(v, 0)
}

func (s *state) exported(v value.Value, depth int) (value.Value, *Error) {
	switch v.Kind() {
	case kindArray:
		if depth > maxNesting {
			return undefined, exceeded(DepthLimit)
		}
		list := arrayOf(v).elems
		if err := s.spend(1 + len(list)/4); err != nil {
			return undefined, err
		}
		var out []value.Value // a copy, once a member changes
		for i, e := range list {
			if k := e.Kind(); k == value.Object || k == value.Array {
				continue
			}
			x, err := s.exported(e, depth+1)
			if err != nil {
				return undefined, err
			}
			if isUndefined(x) {
				x = value.Value{}
			}
			if !x.Same(e) {
				if out == nil {
					out = append([]value.Value(nil), list...)
				}
				out[i] = x
			}
		}
		if out == nil {
			out = list
		}
		return value.FromArray(out), nil
	case kindObject:
		if depth > maxNesting {
			return undefined, exceeded(DepthLimit)
		}
		list := objectOf(v).members
		if err := s.spend(1 + len(list)/4); err != nil {
			return undefined, err
		}
		var out []value.Member // a copy, once a member changes
		for i, m := range list {
			x, err := s.exported(m.Value, depth+1)
			if err != nil {
				return undefined, err
			}
			key := clean(m.Key)
			if out == nil && !isUndefined(x) && x.Same(m.Value) && key == m.Key {
				continue
			}
			if out == nil {
				out = append(make([]value.Member, 0, len(list)), list[:i]...)
			}
			if !isUndefined(x) {
				out = append(out, value.Member{Key: key, Value: x})
			}
		}
		if out == nil {
			out = list
		}
		return value.FromMembers(out), nil
	case value.Number:
		return s.exportNumber(v), nil
	case value.String:
		return value.FromString(clean(v.Str())), nil
	case kindFunction:
		if depth > 0 {
			return value.FromString(""), nil
		}
	case kindUnbound, kindTuples:
		return undefined, nil
	}
	return v, nil
}

// exportNumber writes whole numbers without a fraction. What is not finite becomes text in the AWS dialect, null elsewhere.
func (s *state) exportNumber(v value.Value) value.Value {
	f := v.Float()
	switch {
	case f == 0:
		return value.FromFloat(0)
	case finite(f):
		return v.Integral()
	case s.program.dialect.aws:
		return value.FromString(numberText(f))
	}
	return value.Value{}
}

// clean replaces surrogate halves, which no document can hold.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	buf := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, n := decode(s)
		buf = utf8.AppendRune(buf, r) // a half becomes U+FFFD
		s = s[n:]
	}
	return string(buf)
}

// fromGo converts a Go value to a document.
func fromGo(v any) (value.Value, error) {
	switch v := v.(type) {
	case nil:
		return value.Value{}, nil
	case undefinedResult:
		return undefined, nil
	case bool:
		return value.FromBool(v), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return value.Value{}, &json.UnsupportedValueError{Str: numberText(v)}
		}
		return value.FromFloat(v), nil
	case int:
		return value.FromInt(int64(v)), nil
	case int64:
		return value.FromInt(v), nil
	case string:
		return value.FromString(toValid(v)), nil
	case json.RawMessage:
		return value.Parse(v)
	case []any:
		list := make([]value.Value, len(v))
		for i := range v {
			var err error
			if list[i], err = fromGo(v[i]); err != nil {
				return value.Value{}, err
			}
		}
		return value.FromArray(list), nil
	case map[string]any:
		members := make([]value.Member, 0, len(v))
		for _, key := range sortedKeys(v) {
			x, err := fromGo(v[key])
			if err != nil {
				return value.Value{}, err
			}
			members = append(members, value.Member{Key: toValid(key), Value: x})
		}
		return value.FromMembers(members), nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return value.Value{}, err
	}
	return value.Parse(text)
}

// toGo converts a document to the types of encoding/json.
func toGo(v value.Value) any {
	switch v.Kind() {
	case value.Bool:
		return v.Bool()
	case value.Number:
		return v.Float()
	case value.String:
		return v.Str()
	case value.Array:
		out := make([]any, v.Len())
		for i, e := range v.Elems() {
			out[i] = toGo(e)
		}
		return out
	case value.Object:
		out := make(map[string]any, v.Len())
		for _, m := range v.Members() {
			out[m.Key] = toGo(m.Value)
		}
		return out
	}
	return nil
}

func toValid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
