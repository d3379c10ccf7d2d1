package jsonata

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

// fnBase64Encode encodes the low byte of each UTF-16 unit, as the reference does.
func fnBase64Encode(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text := args[0].Str()
	raw := []byte(text)
	if !isASCII(text) {
		raw = raw[:0]
		for _, u := range units(text) {
			raw = append(raw, byte(u))
		}
	}
	return s.textResult(base64.StdEncoding.EncodeToString(raw))
}

// fnBase64Decode decodes each byte to the character of that number. It passes over characters that are not of the alphabet;
// AWS refuses them.
func fnBase64Decode(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text := args[0].Str()
	if s.program.dialect.aws {
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			if _, err := base64.RawStdEncoding.DecodeString(text); err != nil {
				e := fail("U1003")
				e.message = "Invalid base64 text"
				return undefined, e
			}
		}
	}
	digits := make([]byte, 0, len(text))
	for i := 0; i < len(text) && text[i] != '='; i++ {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/':
			digits = append(digits, c)
		case c == '-':
			digits = append(digits, '+')
		case c == '_':
			digits = append(digits, '/')
		}
	}
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(digits)))
	n, _ := base64.RawStdEncoding.Decode(raw, digits)
	out := make([]byte, 0, n)
	for _, c := range raw[:n] {
		out = utf8.AppendRune(out, rune(c))
	}
	return s.textResult(string(out))
}

const (
	urlUnreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()"
	urlReserved   = ";/?:@&=+$,#"
)

func malformed(v value.Value, function string) *Error {
	e := failValue("D3140", v)
	e.functionName = function
	return e
}

func (s *state) encodeURL(v value.Value, keep, function string) (value.Value, *Error) {
	if isUndefined(v) {
		return undefined, nil
	}
	text := v.Str()
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		case c == 0xed && i+1 < len(text) && text[i+1] >= 0xa0: // half of a surrogate pair
			return undefined, malformed(v, function)
		default:
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		}
	}
	return s.textResult(b.String())
}

// decodeURL decodes %XX; escapes of the characters in keep stay as they are.
func (s *state) decodeURL(v value.Value, keep, function string) (value.Value, *Error) {
	if isUndefined(v) {
		return undefined, nil
	}
	text := v.Str()
	var out []byte
	for i := 0; i < len(text); {
		if text[i] != '%' {
			out = append(out, text[i])
			i++
			continue
		}
		c, ok := percent(text, i)
		if !ok {
			return undefined, malformed(v, function)
		}
		if c < utf8.RuneSelf {
			if strings.IndexByte(keep, c) >= 0 {
				out = append(out, text[i:i+3]...)
			} else {
				out = append(out, c)
			}
			i += 3
			continue
		}
		char := []byte{c}
		for i += 3; !utf8.FullRune(char); i += 3 {
			c, ok := percent(text, i)
			if !ok {
				return undefined, malformed(v, function)
			}
			char = append(char, c)
		}
		if r, n := utf8.DecodeRune(char); r == utf8.RuneError && n <= 1 {
			return undefined, malformed(v, function)
		}
		out = append(out, char...)
	}
	return s.textResult(string(out))
}

func percent(text string, i int) (byte, bool) {
	if i+2 >= len(text) || text[i] != '%' {
		return 0, false
	}
	hi, lo := hexDigit(text[i+1]), hexDigit(text[i+2])
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func fnEncodeURLComponent(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return s.encodeURL(args[0], urlUnreserved, "encodeUrlComponent")
}

func fnEncodeURL(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return s.encodeURL(args[0], urlUnreserved+urlReserved, "encodeUrl")
}

func fnDecodeURLComponent(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return s.decodeURL(args[0], "", "decodeUrlComponent")
}

func fnDecodeURL(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return s.decodeURL(args[0], urlReserved, "decodeUrl")
}
