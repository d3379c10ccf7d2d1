package value

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// JSON returns the compact JSON text of v: members in order, numbers as they were written, no escapes but the necessary ones.
func (v Value) JSON() string {
	if t := v.text(); t != "" {
		return t
	}
	var small [256]byte
	if n := v.Size(); n > len(small) {
		return string(v.AppendJSON(make([]byte, 0, n)))
	}
	return string(v.AppendJSON(small[:0]))
}

// text returns the JSON text of an array or object that was parsed from it, "" when it is not kept.
func (v Value) text() string {
	switch v.kind {
	case Array:
		return v.array().enc.text
	case Object:
		return v.object().enc.text
	}
	return ""
}

// String returns the JSON text, for messages and debugging.
func (v Value) String() string { return v.JSON() }

// AppendJSON appends the compact JSON text of v to dst.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case Null:
		return append(dst, "null"...)
	case Bool:
		return strconv.AppendBool(dst, v.num == 1)
	case Number:
		if v.ref != nil {
			return append(dst, v.NumberText()...)
		}
		return appendFloat(dst, v.Float())
	case String:
		return AppendQuoted(dst, v.Str())
	case Array:
		a := v.array()
		if a.enc.text != "" {
			return append(dst, a.enc.text...)
		}
		dst = append(dst, '[')
		for i := range a.elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = a.elems[i].AppendJSON(dst)
		}
		return append(dst, ']')
	default:
		o := v.object()
		if o.enc.text != "" {
			return append(dst, o.enc.text...)
		}
		dst = append(dst, '{')
		for i := range o.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendQuoted(dst, o.members[i].Key)
			dst = append(dst, ':')
			dst = o.members[i].Value.AppendJSON(dst)
		}
		return append(dst, '}')
	}
}

// Size returns the bytes of the JSON text of v without building it. Containers remember the answer.
func (v Value) Size() int {
	switch v.kind {
	case Null:
		return 4
	case Bool:
		return 5 - int(v.num)
	case Number:
		if v.ref != nil {
			return int(v.textLen)
		}
		var buf [32]byte
		return len(appendFloat(buf[:0], v.Float()))
	case String:
		return quotedLen(v.Str())
	case Array:
		a := v.array()
		if n := a.enc.known(); n != 0 {
			return n
		}
		n := 2 + max(0, len(a.elems)-1)
		for i := range a.elems {
			n += a.elems[i].Size()
		}
		a.enc.size.Store(int64(n))
		return n
	default:
		o := v.object()
		if n := o.enc.known(); n != 0 {
			return n
		}
		n := 2 + max(0, len(o.members)-1)
		for i := range o.members {
			n += quotedLen(o.members[i].Key) + 1 + o.members[i].Value.Size()
		}
		o.enc.size.Store(int64(n))
		return n
	}
}

func (e *encoding) known() int {
	if e.text != "" {
		return len(e.text)
	}
	return int(e.size.Load())
}

// MarshalJSON returns the JSON text.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// UnmarshalJSON replaces v with the document in src.
func (v *Value) UnmarshalJSON(src []byte) error {
	x, err := Parse(src)
	if err == nil {
		*v = x
	}
	return err
}

// appendFloat writes whole numbers below 1e21 in full and others in the shortest form that reads back the same, with an
// exponent where it is beyond 1e-6 or 1e21, as JavaScript does. NaN and infinities become null.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	if abs := math.Abs(f); abs < 1e-6 || abs >= 1e21 {
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		// 1e-07 is written 1e-7.
		if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-2] == '0' {
			dst[n-2] = dst[n-1]
			dst = dst[:n-1]
		}
		return dst
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

const hex = "0123456789ABCDEF"

// plain reports whether a byte stands for itself inside a JSON string.
func plain(c byte) bool { return c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf }

// AppendQuoted appends s as a JSON string. Only '"', '\' and control characters are escaped; bytes that are not UTF-8 become
// U+FFFD.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain(c) {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// quotedLen returns len(AppendQuoted(nil, s)).
func quotedLen(s string) int {
	n := len(s) + 2
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case plain(c):
			i++
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				n += 2
			}
			i += size
			continue
		case c == '"', c == '\\', c == '\n', c == '\r', c == '\t', c == '\b', c == '\f':
			n++
		default:
			n += 5
		}
		i++
	}
	return n
}
