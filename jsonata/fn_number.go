package jsonata

import (
	"math"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

func number(f float64) (value.Value, *Error) { return value.FromFloat(f), nil }

func fnSum(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	return number(sum(args[0]))
}

func sum(v value.Value) float64 {
	total := 0.0
	for _, e := range elements(v) {
		total += e.Float()
	}
	return total
}

func fnCount(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return number(float64(len(elements(args[0]))))
}

func fnAverage(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	n := len(elements(args[0]))
	if n == 0 {
		return undefined, nil
	}
	return number(sum(args[0]) / float64(n))
}

func fnMax(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return extreme(args[0], math.Max)
}

func fnMin(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return extreme(args[0], math.Min)
}

func extreme(v value.Value, pick func(a, b float64) float64) (value.Value, *Error) {
	list := elements(v)
	if len(list) == 0 {
		return undefined, nil
	}
	best := list[0].Float()
	for _, e := range list[1:] {
		best = pick(best, e.Float())
	}
	return number(best)
}

// isDecimal matches -?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?
func isDecimal(t string) bool {
	digits := func(s string) string { return strings.TrimLeft(s, "0123456789") }
	t = strings.TrimPrefix(t, "-")
	rest := digits(t)
	if rest == t {
		return false
	}
	if strings.HasPrefix(rest, ".") {
		after := digits(rest[1:])
		if after == rest[1:] {
			return false
		}
		rest = after
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		rest = rest[1:]
	}
	return rest != "" && digits(rest) == ""
}

func fnNumber(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	v := args[0]
	switch v.Kind() {
	case kindUndefined, value.Number:
		return v, nil
	case value.Bool:
		if v.Bool() {
			return number(1)
		}
		return number(0)
	case value.String:
		if isDecimal(v.Str()) {
			if f, _ := strconv.ParseFloat(v.Str(), 64); !math.IsInf(f, 0) {
				return number(f)
			}
		} else if f, ok := radixNumber(v.Str()); ok {
			return number(f)
		}
	}
	e := failValue("D3030", v)
	e.Index = 1
	return undefined, e
}

// radixNumber reads 0x, 0o and 0b numbers. The reference's test for them is loose: text that merely begins with a hexadecimal
// number, holds an octal one or ends in a binary one passes it, and then is not a number.
func radixNumber(t string) (float64, bool) {
	digits := func(s, set string) int { return len(s) - len(strings.TrimLeft(s, set)) }
	const hex, octal, binary = "0123456789abcdefABCDEF", "01234567", "01"
	if len(t) > 2 && t[0] == '0' {
		base, set := 0.0, ""
		switch t[1] {
		case 'x', 'X':
			base, set = 16, hex
		case 'o', 'O':
			base, set = 8, octal
		case 'b', 'B':
			base, set = 2, binary
		}
		if base > 0 && digits(t[2:], set) == len(t)-2 {
			f, _ := strconv.ParseUint(t[2:], int(base), 64)
			if len(t) < 18 {
				return float64(f), true
			}
			g := 0.0
			for _, c := range t[2:] {
				d, _ := strconv.ParseUint(string(c), 16, 8)
				g = g*base + float64(d)
			}
			return g, true
		}
	}
	loose := len(t) > 2 && (t[:2] == "0x" || t[:2] == "0X") && digits(t[2:], hex) > 0
	for i := 0; i+2 < len(t); i++ {
		if t[i] != '0' {
			continue
		}
		switch t[i+1] {
		case 'o', 'O':
			loose = loose || digits(t[i+2:], octal) > 0
		case 'b', 'B':
			loose = loose || digits(t[i+2:], binary) == len(t)-i-2
		}
	}
	return math.NaN(), loose
}

func fnFloor(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return numeric(args[0], math.Floor)
}

func fnCeil(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return numeric(args[0], math.Ceil)
}

func fnAbs(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return numeric(args[0], math.Abs)
}

func numeric(v value.Value, f func(float64) float64) (value.Value, *Error) {
	if isUndefined(v) {
		return undefined, nil
	}
	return number(f(v.Float()))
}

func fnRound(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	precision := 0.0
	if p := optional(args, 1); !isUndefined(p) {
		precision = p.Float()
	}
	return number(roundTo(args[0].Float(), precision))
}

func fnSqrt(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	if args[0].Float() < 0 {
		e := failValue("D3060", args[0])
		e.Index = 1
		return undefined, e
	}
	return number(math.Sqrt(args[0].Float()))
}

func fnPower(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	r := math.NaN()
	if args[1].Kind() == value.Number {
		r = power(args[0].Float(), args[1].Float())
	}
	if !finite(r) {
		e := failValue("D3061", args[0])
		e.Index, e.exp = 1, args[1]
		return undefined, e
	}
	return number(r)
}

func fnFormatBase(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	radix := 10.0
	if r := optional(args, 1); !isUndefined(r) {
		radix = roundTo(r.Float(), 0)
	}
	if !(radix >= 2 && radix <= 36) {
		return undefined, failValue("D3100", value.FromFloat(radix))
	}
	return value.FromString(radixText(roundTo(args[0].Float(), 0), int(radix))), nil
}

func fnBoolean(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	b, err := s.truth(args[0])
	return value.FromBool(b), err
}

func fnNot(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	b, err := s.truth(args[0])
	return value.FromBool(!b), err
}
