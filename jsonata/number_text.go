package jsonata

import (
	"math"
	"strconv"
	"strings"
)

// numberText returns a number as JavaScript prints it: shortest digits, plain from 1e-6 to below 1e21, with an exponent beyond.
func numberText(f float64) string {
	var buf [32]byte
	return string(appendNumber(buf[:0], f))
}

func appendNumber(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.AppendInt(dst, int64(f), 10)
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-2] == '0' { // 1e-07 is written 1e-7
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// round15 rounds to 15 significant digits, halves away from zero, as $string does with every number.
func round15(f float64) float64 {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 || math.IsNaN(f) || math.IsInf(f, 0) {
		return f
	}
	var buf [40]byte
	text := strconv.AppendFloat(buf[:0], f, 'e', 14, 64)
	// strconv rounds an exact half to even. It is exact when the digits go on with a 5 and then zeros only.
	var long [80]byte
	exact := strconv.AppendFloat(long[:0], f, 'e', 55, 64)
	if d := digitsFrom(exact, 15); d[0] == '5' && strings.Trim(d[1:], "0") == "" {
		up := append([]byte(nil), exact...)
		i := strings.IndexByte(string(up), '.') + 15
		up[i] = '6'
		g, _ := strconv.ParseFloat(string(up), 64)
		text = strconv.AppendFloat(buf[:0], g, 'e', 14, 64)
	}
	r, _ := strconv.ParseFloat(string(text), 64)
	return r
}

// digitsFrom returns the digits of the mantissa from number n on.
func digitsFrom(e []byte, n int) string {
	s := string(e)
	dot := strings.IndexByte(s, '.')
	return s[dot+n : strings.IndexByte(s, 'e')]
}

// toFixed is JavaScript's Number.prototype.toFixed.
func toFixed(f float64, digits int) string {
	if math.Abs(f) >= 1e21 || math.IsNaN(f) {
		return numberText(f)
	}
	return strconv.FormatFloat(f, 'f', digits, 64)
}

// roundTo is $round: the decimal point is moved in the text of the number, so that 1.005 is what it looks like, and halves go
// to the even neighbour.
func roundTo(f float64, precision float64) float64 {
	if precision != 0 {
		f = shift(f, precision)
	}
	r := math.Floor(f + 0.5)
	if f == math.Trunc(f) || math.IsNaN(f) {
		r = f
	} else if r-f > 0.5 { // f + 0.5 was rounded up
		r--
	}
	if math.Abs(r-f) == 0.5 && math.Abs(math.Mod(r, 2)) == 1 {
		r--
	}
	if precision != 0 {
		r = shift(r, -precision)
	}
	if r == 0 {
		return 0
	}
	return r
}

// shift multiplies by a power of ten in the text: it appends the exponent, or adds to the one that is there.
func shift(f, by float64) float64 {
	if !finite(f) {
		return math.NaN()
	}
	text := numberText(f)
	exponent := by
	if m, e, ok := strings.Cut(text, "e"); ok {
		x, _ := strconv.ParseFloat(e, 64)
		text, exponent = m, x+by
	}
	if exponent != math.Trunc(exponent) {
		return math.NaN()
	}
	exponent = max(-100000, min(100000, exponent))
	r, err := strconv.ParseFloat(text+"e"+strconv.Itoa(int(exponent)), 64)
	if err != nil && !math.IsInf(r, 0) {
		return math.NaN()
	}
	return r
}

// radixText writes a whole number in a base from 2 to 36.
func radixText(f float64, radix int) string {
	if radix == 10 || math.IsNaN(f) || math.IsInf(f, 0) {
		return numberText(f)
	}
	if math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), radix)
	}
	// Far beyond 2^53 the reference writes zeros for digits that the number cannot tell.
	negative := f < 0
	f = math.Abs(f)
	var digits []byte
	for f/float64(radix) >= 1<<53 {
		f /= float64(radix)
		digits = append(digits, '0')
	}
	for {
		rest := math.Mod(f, float64(radix))
		digits = append(digits, "0123456789abcdefghijklmnopqrstuvwxyz"[int(rest)])
		f = (f - rest) / float64(radix)
		if f <= 0 {
			break
		}
	}
	if negative {
		digits = append(digits, '-')
	}
	for i, j := 0, len(digits)-1; i < j; i, j = i+1, j-1 {
		digits[i], digits[j] = digits[j], digits[i]
	}
	return string(digits)
}

// parseLeadingInt is JavaScript's parseInt in base ten: white space, a sign, digits; what follows is ignored. NaN without digits.
func parseLeadingInt(s string) float64 {
	s = strings.TrimLeft(s, " \t\n\r\v\f\u00a0\ufeff\u2028\u2029")
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	start := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == start {
		return math.NaN()
	}
	f, _ := strconv.ParseFloat(s[:i], 64)
	return f
}
