package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxGoDepth bounds the nesting that FromGo follows; Go values may contain themselves.
const maxGoDepth = 1000

// ConversionError says why a Go value has no JSON form.
type ConversionError struct {
	Pointer string // JSON pointer of the part that was refused
	Message string
}

func (e *ConversionError) Error() string {
	return fmt.Sprintf("json: %s at %.64q", e.Message, e.Pointer)
}

// FromGo returns the document that a Go value stands for: nil, booleans, strings, all integers and floats, [json.Number],
// [json.RawMessage], Value, []any and map[string]any, to any depth; whatever else goes through [json.Marshal].
//
// The members of a Go map are sorted by name. Bytes of a string that are not UTF-8 become U+FFFD. The text of a json.Number is
// kept. The error is a *[ConversionError] for NaN, infinities, nesting deeper than 1,000 levels (a value that contains itself) and
// what json.Marshal refuses, or a *[SyntaxError] for raw JSON that is none. The argument is not kept.
func FromGo(x any) (Value, error) { return fromGo(x, 0) }

func fromGo(x any, depth int) (Value, error) {
	if depth > maxGoDepth {
		return Value{}, &ConversionError{"", fmt.Sprintf("nested deeper than %d levels", maxGoDepth)}
	}
	switch x := x.(type) {
	case nil:
		return Value{}, nil
	case Value:
		return x, nil
	case bool:
		return FromBool(x), nil
	case string:
		return FromString(strings.ToValidUTF8(x, "\uFFFD")), nil
	case float64:
		return fromGoFloat(x)
	case float32:
		f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'g', -1, 32), 64)
		return fromGoFloat(f)
	case int:
		return FromInt(int64(x)), nil
	case int8:
		return FromInt(int64(x)), nil
	case int16:
		return FromInt(int64(x)), nil
	case int32:
		return FromInt(int64(x)), nil
	case int64:
		return FromInt(x), nil
	case uint:
		return fromUint(uint64(x)), nil
	case uint8:
		return FromInt(int64(x)), nil
	case uint16:
		return FromInt(int64(x)), nil
	case uint32:
		return FromInt(int64(x)), nil
	case uint64:
		return fromUint(x), nil
	case json.Number:
		v, err := ParseString(string(x))
		if err != nil || v.Kind() != Number {
			return Value{}, &ConversionError{"", fmt.Sprintf("%.64q is not a number", string(x))}
		}
		return v, nil
	case json.RawMessage:
		return Parse(bytes.Clone(x))
	case []any:
		elems := make([]Value, len(x))
		for i := range x {
			v, err := fromGo(x[i], depth+1)
			if err != nil {
				return Value{}, inside(strconv.Itoa(i), err)
			}
			elems[i] = v
		}
		return FromArray(elems), nil
	case map[string]any:
		members := make([]Member, 0, len(x))
		for _, key := range slices.Sorted(maps.Keys(x)) {
			v, err := fromGo(x[key], depth+1)
			if err != nil {
				return Value{}, inside(key, err)
			}
			members = append(members, Member{strings.ToValidUTF8(key, "\uFFFD"), v})
		}
		return FromMembers(members), nil
	default:
		text, err := json.Marshal(x)
		if err != nil {
			return Value{}, &ConversionError{"", err.Error()}
		}
		return Parse(text)
	}
}

// inside puts the name of a member before the pointer of an error that came from it.
func inside(name string, err error) error {
	if e, ok := err.(*ConversionError); ok {
		return &ConversionError{AppendPointer("", name) + e.Pointer, e.Message}
	}
	return err
}

func fromGoFloat(f float64) (Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}, &ConversionError{"", fmt.Sprintf("%v is not a JSON number", f)}
	}
	return FromFloat(f), nil
}

func fromUint(u uint64) Value {
	if u <= math.MaxInt64 {
		return FromInt(int64(u))
	}
	return numberText(strconv.FormatUint(u, 10), float64(u))
}

// Go returns v as plain Go values: nil, bool, [json.Number], string, []any and map[string]any. Numbers keep their text, which
// float64 would lose; FromGo(v.Go()) equals v. The order of members is lost.
func (v Value) Go() any {
	switch v.kind {
	case Null:
		return nil
	case Bool:
		return v.Bool()
	case Number:
		return json.Number(v.NumberText())
	case String:
		return v.Str()
	case Array:
		out := make([]any, v.Len())
		for i, x := range v.Elems() {
			out[i] = x.Go()
		}
		return out
	default:
		out := make(map[string]any, v.Len())
		for _, m := range v.Members() {
			out[m.Key] = m.Value.Go()
		}
		return out
	}
}
