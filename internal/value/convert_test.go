package value_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/value"
)

func TestFromGoTakesWhatJSONHas(t *testing.T) {
	t.Parallel()
	type point struct {
		X int `json:"x"`
		Y []string
	}
	tests := []struct {
		in   any
		want string
	}{
		{nil, "null"}, {true, "true"}, {"é\xff", `"é�"`}, {1.5, "1.5"}, {float32(0.1), "0.1"}, {1e21, "1e+21"},
		{int(-1), "-1"}, {int8(-8), "-8"}, {int16(16), "16"}, {int32(32), "32"}, {int64(math.MinInt64), "-9223372036854775808"},
		{uint(1), "1"}, {uint8(8), "8"}, {uint16(16), "16"}, {uint32(32), "32"}, {uint64(math.MaxUint64), "18446744073709551615"},
		{json.Number("1.00"), "1.00"}, {json.RawMessage(` {"b": 1, "a": 2} `), `{"b":1,"a":2}`},
		{value.FromInt(3), "3"},
		{map[string]any{"b": []any{1, nil, value.FromBool(true)}, "a": map[string]any{}}, `{"a":{},"b":[1,null,true]}`},
		{point{1, nil}, `{"x":1,"Y":null}`}, {[]string{"a"}, `["a"]`}, {map[string]int{"a": 1}, `{"a":1}`}, {time.UTC, `{}`},
		{[]any{[]int(nil)}, `[null]`},
	}
	for _, tt := range tests {
		got, err := value.FromGo(tt.in)
		if err != nil || got.JSON() != tt.want {
			t.Errorf("%#v: got %s, %v; want %s", tt.in, got, err, tt.want)
		}
	}
}

func TestFromGoRefusesWhatJSONHasNot(t *testing.T) {
	t.Parallel()
	loop := []any{nil}
	loop[0] = loop
	tests := []struct {
		in      any
		pointer string
	}{
		{math.NaN(), ""}, {[]any{1, math.Inf(-1)}, "/1"}, {map[string]any{"a/b": []any{float32(math.Inf(1))}}, "/a~1b/0"},
		{json.Number("x"), ""}, {json.Number(`"1"`), ""}, {make(chan int), ""}, {map[string]any{"f": func() {}}, "/f"},
	}
	for _, tt := range tests {
		_, err := value.FromGo(tt.in)
		var e *value.ConversionError
		if !errors.As(err, &e) || e.Pointer != tt.pointer {
			t.Errorf("%T: got %v, want a ConversionError at %q", tt.in, err, tt.pointer)
		}
	}
	var e *value.ConversionError
	if _, err := value.FromGo(loop); !errors.As(err, &e) {
		t.Errorf("a value that contains itself: %v", err)
	}
	var s *value.SyntaxError
	if _, err := value.FromGo(json.RawMessage("{")); !errors.As(err, &s) {
		t.Errorf("raw JSON: %v", err)
	}
}

func TestGoGivesPlainValues(t *testing.T) {
	t.Parallel()
	v := parse(t, `{"a":[null,true,"x",1.0,9007199254740993],"b":{},"c":[]}`)
	want := map[string]any{
		"a": []any{nil, true, "x", json.Number("1.0"), json.Number("9007199254740993")}, "b": map[string]any{}, "c": []any{},
	}
	if diff := cmp.Diff(any(want), v.Go()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	back, err := value.FromGo(v.Go())
	if err != nil || !back.Equal(v) {
		t.Errorf("got %s, %v", back, err)
	}
}
