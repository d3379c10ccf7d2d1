package jsonata

import (
	"strings"
	"unicode/utf8"
)

// Strings are UTF-8. The language counts in UTF-16 and can hold half of a surrogate pair: such a half is kept as the three
// bytes that UTF-8 would give its number (known as WTF-8). Where halves meet they are joined.

// utf16Length returns the number of UTF-16 units of s.
func utf16Length(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0xf0:
			n += 2
		case c < 0x80 || c >= 0xc0:
			n++
		}
	}
	return n
}

// appendUnit appends a UTF-16 unit; a low surrogate joins a high one at the end of buf.
func appendUnit(buf []byte, u uint16) []byte {
	if u < 0xd800 || u > 0xdfff {
		return utf8.AppendRune(buf, rune(u))
	}
	if u >= 0xdc00 {
		if high, ok := trailingHigh(string(buf[max(0, len(buf)-3):])); ok {
			return utf8.AppendRune(buf[:len(buf)-3], 0x10000+rune(high-0xd800)<<10+rune(u-0xdc00))
		}
	}
	return append(buf, 0xe0|byte(u>>12), 0x80|byte(u>>6)&0x3f|0x80, 0x80|byte(u)&0x3f)
}

func trailingHigh(s string) (uint16, bool) {
	if n := len(s); n >= 3 && s[n-3] == 0xed && s[n-2] >= 0xa0 && s[n-2] < 0xb0 {
		return 0xd000 | uint16(s[n-2]&0x3f)<<6 | uint16(s[n-1]&0x3f), true
	}
	return 0, false
}

func leadingLow(s string) (uint16, bool) {
	if len(s) >= 3 && s[0] == 0xed && s[1] >= 0xb0 {
		return 0xd000 | uint16(s[1]&0x3f)<<6 | uint16(s[2]&0x3f), true
	}
	return 0, false
}

// builder collects text like strings.Builder and joins surrogate halves.
type builder struct{ buf []byte }

func (b *builder) add(s string) { b.buf = appendText(b.buf, s) }

// appendText appends s and joins surrogate halves. Unlike a builder it leaves a buffer on the stack where it is.
func appendText(buf []byte, s string) []byte {
	if len(s) == 0 {
		return buf
	}
	if s[0] == 0xed {
		if low, ok := leadingLow(s); ok {
			buf = appendUnit(buf, low)
			s = s[3:]
		}
	}
	return append(buf, s...)
}

func (b *builder) String() string { return string(b.buf) }

// decode returns the first character of s, a surrogate half included, and its length in bytes.
func decode(s string) (rune, int) {
	c := s[0]
	if c < utf8.RuneSelf {
		return rune(c), 1
	}
	if c == 0xed && len(s) >= 3 && s[1] >= 0xa0 {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return utf8.DecodeRuneInString(s)
}

// runeCount returns the number of characters: code points, or surrogate halves.
func runeCount(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x80 || c >= 0xc0 {
			n++
		}
	}
	return n
}

// runeOffset returns the byte offset of character i; len(s) when there are fewer.
func runeOffset(s string, i int) int {
	at := 0
	for ; i > 0 && at < len(s); i-- {
		_, n := decode(s[at:])
		at += n
	}
	return at
}

// firstUnit returns the first UTF-16 unit of a character as a string.
func firstUnit(r rune) string {
	if r < 0x10000 {
		return string(r)
	}
	return string(appendUnit(nil, uint16(0xd800+(r-0x10000)>>10)))
}

// units returns s as UTF-16.
func units(s string) []uint16 {
	u := make([]uint16, 0, len(s))
	for len(s) > 0 {
		r, n := decode(s)
		s = s[n:]
		if r >= 0x10000 {
			u = append(u, uint16(0xd800+(r-0x10000)>>10), uint16(0xdc00+(r-0x10000)&0x3ff))
		} else {
			u = append(u, uint16(r))
		}
	}
	return u
}

// fromUnits returns UTF-16 as a string.
func fromUnits(u []uint16) string {
	buf := make([]byte, 0, len(u)+len(u)/2)
	for _, c := range u {
		buf = appendUnit(buf, c)
	}
	return string(buf)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// splitChars splits into UTF-16 units, as the split on an empty separator does: characters beyond U+FFFF are torn apart.
func splitUnits(s string, limit int) []string {
	out := make([]string, 0, min(len(s), limit))
	for len(s) > 0 && len(out) < limit {
		r, n := decode(s)
		if r < 0x10000 {
			out = append(out, s[:n])
		} else {
			out = append(out, string(appendUnit(nil, uint16(0xd800+(r-0x10000)>>10))))
			if len(out) < limit {
				out = append(out, string(appendUnit(nil, uint16(0xdc00+(r-0x10000)&0x3ff))))
			}
		}
		s = s[n:]
	}
	return out
}

// toUpper and toLower are the full Unicode mappings: one character may become several.
func toUpper(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := decode(s)
		switch long := upperSpecial[r]; {
		case long != "":
			b.WriteString(long)
		case r >= 0xd800 && r <= 0xdfff:
			b.WriteString(s[:n])
		default:
			b.WriteRune(upperRune(r))
		}
		s = s[n:]
	}
	return b.String()
}

func toLower(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := decode(s[i:])
		switch {
		case r == 'İ':
			b.WriteString("i̇")
		case r == 'Σ' && finalSigma(s[:i], s[i+n:]):
			b.WriteRune('ς')
		case r >= 0xd800 && r <= 0xdfff:
			b.WriteString(s[i : i+n])
		default:
			b.WriteRune(lowerRune(r))
		}
		i += n
	}
	return b.String()
}
