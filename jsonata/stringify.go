package jsonata

import (
	"math"
	"strconv"

	"github.com/gait-engine/gait/internal/value"
)

// writer writes JSON the way $string does: numbers rounded to 15 digits, functions as "", strings with surrogate halves escaped.
// raw keeps the numbers as they are: messages do.
type writer struct {
	buf    []byte
	indent int // spaces per level, 0 for compact
	raw    bool
	limit  int  // bytes; writing stops beyond
	deep   bool // the value was nested beyond maxNesting
	err    *Error
}

// jsonText returns compact JSON with numbers as they are.
func jsonText(v value.Value) string {
	w := writer{raw: true, limit: math.MaxInt}
	w.value(v, 0)
	return string(w.buf)
}

// maxNesting is how deep values may be nested that are written, compared or walked through. Documents are shallower; only
// expressions can build such.
const maxNesting = 20_000

// text is $string.
func (s *state) text(v value.Value, indent int) (value.Value, *Error) {
	switch v.Kind() {
	case value.String, kindUndefined:
		return v, nil
	case kindFunction:
		return value.FromString(""), nil
	case value.Number:
		f := v.Float()
		if !finite(f) {
			return undefined, failValue("D3001", v)
		}
		return value.FromString(numberText(round15(f))), nil
	case kindArray:
		if a := arrayOf(v); a.flags&flagOuter != 0 {
			v = a.elems[0]
		}
	}
	w := writer{indent: indent, limit: int(min(s.limits.ValueBytes, s.limits.TotalBytes-s.total, math.MaxInt32*4))}
	w.value(v, 0)
	switch {
	case w.err != nil:
		return undefined, w.err
	case w.deep:
		return undefined, exceeded(DepthLimit)
	}
	if err := s.charge(len(w.buf)); err != nil {
		return undefined, err
	}
	if err := s.spend(len(w.buf) / 64); err != nil {
		return undefined, err
	}
	return value.FromString(string(w.buf)), nil
}

func (w *writer) full() bool { return len(w.buf) > w.limit }

func (w *writer) value(v value.Value, depth int) {
	if w.full() {
		return
	}
	if depth > maxNesting {
		w.deep, w.limit = true, -1
		return
	}
	switch v.Kind() {
	case value.Null:
		w.buf = append(w.buf, "null"...)
	case value.Bool:
		w.buf = strconv.AppendBool(w.buf, v.Bool())
	case value.Number:
		f := v.Float()
		switch {
		case math.IsInf(f, 0) && !w.raw && w.err == nil:
			w.err = failValue("D1001", v)
		case math.IsNaN(f) || math.IsInf(f, 0):
			w.buf = append(w.buf, "null"...)
		case w.raw:
			w.buf = appendNumber(w.buf, f)
		default:
			w.buf = appendNumber(w.buf, round15(f))
		}
	case value.String:
		w.buf = appendQuoted(w.buf, v.Str())
	case value.Array, kindArray:
		w.array(elements(v), depth)
	case value.Object, kindObject:
		w.object(members(v), depth)
	case kindFunction:
		w.buf = append(w.buf, `""`...)
	default:
		w.buf = append(w.buf, "null"...)
	}
}

func (w *writer) line(depth int) {
	if w.indent == 0 {
		return
	}
	w.buf = append(w.buf, '\n')
	for range depth * w.indent {
		w.buf = append(w.buf, ' ')
	}
}

func (w *writer) array(elems []value.Value, depth int) {
	if len(elems) == 0 {
		w.buf = append(w.buf, "[]"...)
		return
	}
	w.buf = append(w.buf, '[')
	for i, e := range elems {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.line(depth + 1)
		w.value(e, depth+1)
		if w.full() {
			return
		}
	}
	w.line(depth)
	w.buf = append(w.buf, ']')
}

func (w *writer) object(list []value.Member, depth int) {
	w.buf = append(w.buf, '{')
	first := true
	for _, m := range list {
		if isUndefined(m.Value) {
			continue
		}
		if !first {
			w.buf = append(w.buf, ',')
		}
		first = false
		w.line(depth + 1)
		w.buf = appendQuoted(w.buf, m.Key)
		w.buf = append(w.buf, ':')
		if w.indent > 0 {
			w.buf = append(w.buf, ' ')
		}
		w.value(m.Value, depth+1)
		if w.full() {
			return
		}
	}
	if !first {
		w.line(depth)
	}
	w.buf = append(w.buf, '}')
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends a JSON string. Only ", \, control characters and surrogate halves are escaped.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c != 0xed {
			continue
		}
		if c == 0xed {
			if i+2 >= len(s) || s[i+1] < 0xa0 {
				continue
			}
			u := 0xd000 | uint16(s[i+1]&0x3f)<<6 | uint16(s[i+2]&0x3f)
			dst = append(dst, s[start:i]...)
			dst = append(dst, '\\', 'u', hexDigits[u>>12], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
			i += 2
			start = i + 1
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(dst, s[start:]...), '"')
}
