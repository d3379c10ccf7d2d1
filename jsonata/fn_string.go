package jsonata

import (
	"math"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Functions receive their arguments checked and completed by their signatures. An undefined first argument makes the result
// undefined in nearly all of them.

func optional(args []value.Value, i int) value.Value {
	if i < len(args) {
		return args[i]
	}
	return undefined
}

// textResult returns a new string after charging for it.
func (s *state) textResult(t string) (value.Value, *Error) {
	if err := s.charge(len(t)); err != nil {
		return undefined, err
	}
	return value.FromString(t), nil
}

func fnString(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	indent := 0
	if len(args) > 1 && args[1].Bool() {
		indent = 2
	}
	return s.text(args[0], indent)
}

func fnSubstring(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text := args[0].Str()
	ascii := isASCII(text)
	n := len(text)
	if !ascii {
		n = runeCount(text)
	}
	if isUndefined(optional(args, 1)) { // an offset that is not a number takes the end with it
		if length := optional(args, 2); isUndefined(length) {
			return args[0], nil
		}
		return value.FromString(""), nil
	}
	start := args[1].Float()
	if float64(n)+start < 0 {
		start = 0
	}
	end := math.Inf(1)
	if length := optional(args, 2); !isUndefined(length) {
		if length.Float() <= 0 {
			return value.FromString(""), nil
		}
		end = start + length.Float()
		if start < 0 {
			end += float64(n)
		}
	}
	from, to := sliceIndex(start, n), sliceIndex(end, n)
	if from >= to {
		return value.FromString(""), nil
	}
	if ascii {
		return value.FromString(text[from:to]), nil
	}
	from = runeOffset(text, from)
	return value.FromString(text[from : from+runeOffset(text[from:], to-sliceIndex(start, n))]), nil
}

// sliceIndex is how slice of JavaScript reads an index: truncated, from the end when negative, within 0 to n.
func sliceIndex(f float64, n int) int {
	f = math.Trunc(f)
	if f < 0 {
		f += float64(n)
	}
	return int(max(0, min(f, float64(n))))
}

func fnSubstringBefore(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text := args[0].Str()
	if i := strings.Index(text, stringOr(args[1], "undefined")); i >= 0 {
		return value.FromString(text[:i]), nil
	}
	return args[0], nil
}

func fnSubstringAfter(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text, sep := args[0].Str(), stringOr(args[1], "undefined")
	if i := strings.Index(text, sep); i >= 0 {
		return value.FromString(text[i+len(sep):]), nil
	}
	return args[0], nil
}

// stringOr returns the text of a string, or what JavaScript would take for a missing one.
func stringOr(v value.Value, missing string) string {
	if v.Kind() == value.String {
		return v.Str()
	}
	return missing
}

func fnLowercase(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	return s.textResult(toLower(args[0].Str()))
}

func fnUppercase(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	return s.textResult(toUpper(args[0].Str()))
}

func fnLength(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	return value.FromFloat(float64(runeCount(args[0].Str()))), nil
}

func fnTrim(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text := args[0].Str()
	for len(text) > 0 && isBlank(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isBlank(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	plain := true
	for i := 0; plain && i < len(text); i++ {
		plain = !isBlank(text[i]) || text[i] == ' ' && !isBlank(text[i+1])
	}
	if plain {
		return value.FromString(text), nil
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if !isBlank(text[i]) {
			out = append(out, text[i])
		} else if len(out) > 0 && out[len(out)-1] != ' ' {
			out = append(out, ' ')
		}
	}
	if n := len(out); n > 0 && out[n-1] == ' ' {
		out = out[:n-1]
	}
	return s.textResult(string(out))
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func fnPad(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text, fill := args[0].Str(), stringOr(optional(args, 2), "")
	if fill == "" {
		fill = " "
	}
	if args[1].Kind() != value.Number {
		return args[0], nil
	}
	width := args[1].Float()
	missing := math.Abs(width) - float64(runeCount(text))
	if !(missing >= 1) {
		return args[0], nil
	}
	if missing > float64(s.limits.ValueBytes) {
		return undefined, exceeded(MemoryLimit)
	}
	n := int(missing)
	if err := s.charge(n + len(text)); err != nil {
		return undefined, err
	}
	per := runeCount(fill)
	last := fill[:runeOffset(fill, n%per)]
	size := len(text) + n/per*len(fill) + len(last)
	if err := s.charge(size); err != nil {
		return undefined, err
	}
	var small [256]byte
	buf := small[:0]
	if size > len(small) {
		buf = make([]byte, 0, size)
	}
	if width > 0 {
		buf = appendText(buf, text)
	}
	for range n / per {
		buf = appendText(buf, fill)
	}
	buf = appendText(buf, last)
	if width < 0 {
		buf = appendText(buf, text)
	}
	return value.FromString(string(buf)), nil
}

func fnJoin(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	sep := stringOr(optional(args, 1), "")
	list := elements(args[0])
	n := 0
	for _, e := range list {
		n += len(e.Str()) + len(sep)
	}
	if err := s.charge(n); err != nil {
		return undefined, err
	}
	var small [256]byte
	buf := small[:0]
	if n > len(small) {
		buf = make([]byte, 0, n)
	}
	for i, e := range list {
		if i > 0 {
			buf = appendText(buf, sep)
		}
		buf = appendText(buf, e.Str())
	}
	return value.FromString(string(buf)), nil
}
