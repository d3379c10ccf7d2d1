package value

import "strconv"

// Compare orders two numbers by value, -1, 0 or 1: exactly when both are whole numbers in the range of int64, else as binary64.
// Kinds other than Number count as 0.
func (v Value) Compare(w Value) int {
	a, b := v.Float(), w.Float()
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	i, okI := v.Int()
	j, okJ := w.Int()
	if !okI || !okJ || i == j {
		return 0
	}
	if i < j {
		return -1
	}
	return 1
}

// wholeText returns the integer that a JSON number text stands for when it is whole and in the range of int64: 1.0, 1e2 and
// 9007199254740993.0 included.
func wholeText(text string) (int64, bool) {
	neg := text[0] == '-'
	if neg {
		text = text[1:]
	}
	digits := make([]byte, 0, 24) // significant digits, without leading zeros
	point, exp := 0, 0            // digits behind the point; written exponent
	behind := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '.':
			behind = true
		case c == 'e' || c == 'E':
			n, err := strconv.Atoi(text[i+1:])
			if err != nil {
				return 0, false
			}
			exp = n
			i = len(text)
		default:
			if behind {
				point++
			}
			if len(digits) > 0 || c != '0' {
				digits = append(digits, c)
			}
		}
	}
	if len(digits) == 0 {
		return 0, true
	}
	for shift := exp - point; shift != 0; {
		if shift < 0 {
			if len(digits) == 0 || digits[len(digits)-1] != '0' {
				return 0, false
			}
			digits = digits[:len(digits)-1]
			shift++
			continue
		}
		if len(digits) > 19 {
			return 0, false
		}
		digits = append(digits, '0')
		shift--
	}
	if len(digits) > 19 {
		return 0, false
	}
	s := string(digits)
	if neg {
		s = "-" + s
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
