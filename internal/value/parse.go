package value

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Options bounds and tunes [Options.Parse]. The zero Options has the default bounds.
type Options struct {
	MaxDepth         int  // nesting of arrays and objects; default 1000
	MaxBytes         int  // length of the text; default no bound
	RejectDuplicates bool // refuse an object that names a member twice
}

// The kinds of [SyntaxError], for errors.Is.
var (
	ErrSyntax    = errors.New("not valid JSON")
	ErrDepth     = errors.New("nested too deeply")
	ErrTooLong   = errors.New("text too long")
	ErrDuplicate = errors.New("duplicate member")
)

// SyntaxError says where and why a text was refused. It matches one of ErrSyntax, ErrDepth, ErrTooLong, ErrDuplicate.
type SyntaxError struct {
	Offset       int    // in bytes, from 0
	Line, Column int    // from 1; columns count bytes
	Message      string // what was found and what was expected
	Kind         error
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("json: line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Unwrap returns the kind of the error.
func (e *SyntaxError) Unwrap() error { return e.Kind }

// Parse reads one JSON document with the default bounds. The bytes are copied once and may be reused by the caller. The error
// is a *[SyntaxError].
func Parse(src []byte) (Value, error) { return Options{}.Parse(string(src)) }

// ParseKnown is [Parse] of a text that may well be the JSON text of known. If it is, and known is an array or object whose text is
// kept because it was parsed itself, known is returned: nothing is read or copied.
func ParseKnown(src []byte, known Value) (Value, error) {
	if text := known.text(); text != "" && text == string(src) {
		return known, nil
	}
	return Parse(src)
}

// ParseString is Parse for a string, which the document keeps alive instead of a copy.
func ParseString(src string) (Value, error) { return Options{}.Parse(src) }

// Parse reads one JSON document. Strings and number texts of the document point into src. The error is a *[SyntaxError].
func (o Options) Parse(src string) (Value, error) {
	return o.parse(src, nil)
}

// maxNumberText bounds the text of one number, as the JSON reader of AWS does.
const maxNumberText = 1000

type parser struct {
	src     string
	pos     int
	depth   int
	opts    Options
	locate  bool     // positions are wanted
	places  []place  // stack of the places inside of unfinished containers, when they are
	elems   []Value  // stack of unfinished arrays: what has no room on that of the goroutine
	members []Member // the same of objects
}

// parse reads src and fills at, unless it is nil.
func (o Options) parse(src string, at *Positions) (Value, error) {
	if o.MaxDepth <= 0 {
		o.MaxDepth = 1000
	}
	p := parser{src: src, opts: o, locate: at != nil}
	if o.MaxBytes > 0 && len(src) > o.MaxBytes {
		p.pos = o.MaxBytes
		return Value{}, p.fail(ErrTooLong, fmt.Sprintf("the text has %d bytes, the limit is %d", len(src), o.MaxBytes))
	}
	p.space()
	v, _, err := p.value()
	if err != nil {
		return Value{}, err
	}
	p.space()
	if p.pos < len(src) {
		return Value{}, p.unexpected("the end of the document")
	}
	if at != nil {
		at.root = p.places[0]
	}
	return v, nil
}

func (p *parser) fail(kind error, message string) *SyntaxError {
	line, column := lineColumn(p.src, p.pos)
	return &SyntaxError{Offset: p.pos, Line: line, Column: column, Message: message, Kind: kind}
}

func (p *parser) unexpected(want string) error {
	if p.pos >= len(p.src) {
		return p.fail(ErrSyntax, "unexpected end of the text, expected "+want)
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
	return p.fail(ErrSyntax, fmt.Sprintf("unexpected %s, expected %s", strconv.QuoteRune(r), want))
}

// lineColumn counts lines and byte columns from 1.
func lineColumn(src string, pos int) (line, column int) {
	pos = min(pos, len(src))
	return 1 + strings.Count(src[:pos], "\n"), pos - strings.LastIndexByte(src[:pos], '\n')
}

// space skips white space and reports whether there was any.
func (p *parser) space() bool {
	start := p.pos
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\n', '\r', '\t':
			p.pos++
		default:
			return p.pos > start
		}
	}
	return p.pos > start
}

// value reads one value at p.pos. canonical reports whether its source text is the text AppendJSON would write.
func (p *parser) value() (v Value, canonical bool, err error) {
	if p.locate {
		base := len(p.places)
		here := place{at: p.pos, keyAt: -1}
		v, canonical, err = p.read()
		here.inside = append([]place(nil), p.places[base:]...)
		p.places = append(p.places[:base], here)
		return v, canonical, err
	}
	return p.read()
}

// read is value without regard to positions.
func (p *parser) read() (v Value, canonical bool, err error) {
	if p.pos >= len(p.src) {
		return Value{}, false, p.unexpected("a value")
	}
	switch c := p.src[p.pos]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		s, canonical, err := p.text()
		return FromString(s), canonical, err
	case c == '-' || c >= '0' && c <= '9':
		v, err := p.number()
		return v, true, err
	case strings.HasPrefix(p.src[p.pos:], "true"):
		p.pos += 4
		v = FromBool(true)
	case strings.HasPrefix(p.src[p.pos:], "false"):
		p.pos += 5
		v = FromBool(false)
	case strings.HasPrefix(p.src[p.pos:], "null"):
		p.pos += 4
	default:
		return Value{}, false, p.unexpected("a value")
	}
	if p.pos < len(p.src) && isWord(p.src[p.pos]) {
		return Value{}, false, p.unexpected("a value")
	}
	return v, true, nil
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func (p *parser) enter() error {
	p.depth++
	if p.depth > p.opts.MaxDepth {
		return p.fail(ErrDepth, fmt.Sprintf("nested deeper than %d levels", p.opts.MaxDepth))
	}
	return nil
}

func (p *parser) array() (Value, bool, error) {
	if err := p.enter(); err != nil {
		return Value{}, false, err
	}
	start, base, canonical := p.pos, len(p.elems), true
	var room [stackRoom]Value
	first := room[:0]
	p.pos++
	if p.space() {
		canonical = false
	}
	for {
		if p.pos < len(p.src) && p.src[p.pos] == ']' && len(first) == 0 {
			break
		}
		v, ok, err := p.value()
		if err != nil {
			return Value{}, false, err
		}
		if len(first) < stackRoom {
			first = append(first, v)
		} else {
			p.elems = append(p.elems, v)
		}
		if p.space() || !ok {
			canonical = false
		}
		if p.pos < len(p.src) && p.src[p.pos] == ']' {
			break
		}
		if p.pos >= len(p.src) || p.src[p.pos] != ',' {
			return Value{}, false, p.unexpected("',' or ']'")
		}
		p.pos++
		if p.space() {
			canonical = false
		}
	}
	p.pos++
	p.depth--
	a := &array{elems: slices.Concat(first, p.elems[base:])}
	p.elems = p.elems[:base]
	if canonical {
		a.enc.text = p.src[start:p.pos]
	}
	return Value{kind: Array, ref: unsafe.Pointer(a)}, canonical, nil
}

func (p *parser) object() (Value, bool, error) {
	if err := p.enter(); err != nil {
		return Value{}, false, err
	}
	start, base, canonical := p.pos, len(p.members), true
	var room [stackRoom]Member
	first := room[:0]
	var names map[string]struct{} // for seen
	p.pos++
	if p.space() {
		canonical = false
	}
	for {
		if p.pos < len(p.src) && p.src[p.pos] == '}' && len(first) == 0 {
			break
		}
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			return Value{}, false, p.unexpected("a member name in double quotes")
		}
		keyAt := p.pos
		key, keyOK, err := p.text()
		if err != nil {
			return Value{}, false, err
		}
		if p.opts.RejectDuplicates && seen(first, p.members[base:], key, &names) {
			p.pos = keyAt
			return Value{}, false, p.fail(ErrDuplicate, fmt.Sprintf("the member %.64q appears twice", key))
		}
		if p.space() || !keyOK {
			canonical = false
		}
		if p.pos >= len(p.src) || p.src[p.pos] != ':' {
			return Value{}, false, p.unexpected("':'")
		}
		p.pos++
		if p.space() {
			canonical = false
		}
		v, ok, err := p.value()
		if err != nil {
			return Value{}, false, err
		}
		if len(first) < stackRoom {
			first = append(first, Member{key, v})
		} else {
			p.members = append(p.members, Member{key, v})
		}
		if p.locate {
			here := &p.places[len(p.places)-1]
			here.key, here.keyAt = key, keyAt
		}
		if p.space() || !ok {
			canonical = false
		}
		if p.pos < len(p.src) && p.src[p.pos] == '}' {
			break
		}
		if p.pos >= len(p.src) || p.src[p.pos] != ',' {
			return Value{}, false, p.unexpected("',' or '}'")
		}
		p.pos++
		if p.space() {
			canonical = false
		}
	}
	p.pos++
	p.depth--
	o, distinct := newObject(first, p.members[base:])
	p.members = p.members[:base]
	if !distinct {
		canonical = false
	}
	if canonical {
		o.enc.text = p.src[start:p.pos]
	}
	return Value{kind: Object, ref: unsafe.Pointer(o)}, canonical, nil
}

// stackRoom is how much of each unfinished container is on the stack of the goroutine, where it costs no allocation.
const stackRoom = 8

// newObject returns an object of a copy of members, which come in two parts, and whether no name appears twice. Small objects
// and their members are one piece of memory.
func newObject(first, rest []Member) (o *object, distinct bool) {
	n := len(first) + len(rest)
	switch {
	case n <= 2:
		with := new(struct {
			object
			room [2]Member
		})
		o, with.members = &with.object, with.room[:0:n]
	case n <= 4:
		with := new(struct {
			object
			room [4]Member
		})
		o, with.members = &with.object, with.room[:0:n]
	case n <= 6:
		with := new(struct {
			object
			room [6]Member
		})
		o, with.members = &with.object, with.room[:0:n]
	case n <= 8:
		with := new(struct {
			object
			room [8]Member
		})
		o, with.members = &with.object, with.room[:0:n]
	default:
		o = &object{members: make([]Member, 0, n)}
	}
	o.members, o.index = dedupe(append(append(o.members, first...), rest...))
	return o, len(o.members) == n
}

// seen reports whether an unfinished object, whose members come in two parts, has the name already. names is kept from call to
// call: from indexFrom members on it holds the names, so that large objects are read in linear time.
func seen(first, rest []Member, key string, names *map[string]struct{}) bool {
	if len(first)+len(rest) < indexFrom {
		named := func(m Member) bool { return m.Key == key }
		return slices.ContainsFunc(first, named) || slices.ContainsFunc(rest, named)
	}
	if *names == nil {
		*names = make(map[string]struct{}, 2*indexFrom)
		for _, part := range [...][]Member{first, rest} {
			for i := range part {
				(*names)[part[i].Key] = struct{}{}
			}
		}
	}
	_, twice := (*names)[key]
	(*names)[key] = struct{}{}
	return twice
}

func (p *parser) number() (Value, error) {
	start := p.pos
	digits := func() int {
		n := p.pos
		for p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9' {
			p.pos++
		}
		return p.pos - n
	}
	whole := true
	if p.src[p.pos] == '-' {
		p.pos++
	}
	zero := p.pos < len(p.src) && p.src[p.pos] == '0'
	n := digits()
	if n == 0 {
		return Value{}, p.unexpected("a digit")
	}
	if zero && n > 1 {
		p.pos = start
		return Value{}, p.fail(ErrSyntax, "a number must not begin with 0")
	}
	if p.pos < len(p.src) && p.src[p.pos] == '.' {
		whole = false
		p.pos++
		if digits() == 0 {
			return Value{}, p.unexpected("a digit after the decimal point")
		}
	}
	if p.pos < len(p.src) && (p.src[p.pos] == 'e' || p.src[p.pos] == 'E') {
		whole = false
		p.pos++
		if p.pos < len(p.src) && (p.src[p.pos] == '+' || p.src[p.pos] == '-') {
			p.pos++
		}
		if digits() == 0 {
			return Value{}, p.unexpected("a digit of the exponent")
		}
	}
	text := p.src[start:p.pos]
	if len(text) > maxNumberText {
		p.pos = start
		return Value{}, p.fail(ErrTooLong, fmt.Sprintf("a number of %d characters, the limit is %d", len(text), maxNumberText))
	}
	if whole && len(text) < 16 && text != "-0" {
		i, _ := strconv.ParseInt(text, 10, 64)
		return FromInt(i), nil
	}
	f, _ := strconv.ParseFloat(text, 64) // ±Inf when out of range
	return numberText(text, f), nil
}

// text reads a string and reports whether its source is what AppendQuoted would write.
func (p *parser) text() (s string, canonical bool, err error) {
	start := p.pos
	p.pos++
	for i := p.pos; i < len(p.src); i++ {
		c := p.src[i]
		if plain(c) {
			continue
		}
		if c == '"' {
			s = p.src[p.pos:i]
			p.pos = i + 1
			return s, true, nil
		}
		break
	}
	var buf []byte
	from := p.pos
	escaped := false
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		switch {
		case c == '"':
			if escaped {
				buf = append(buf, p.src[from:p.pos]...)
				s = string(buf)
			} else {
				s = p.src[from:p.pos]
			}
			p.pos++
			return s, !escaped || len(s)+2 <= p.pos-start && quotedIs(s, p.src[start:p.pos]), nil
		case c == '\\':
			buf = append(buf, p.src[from:p.pos]...)
			if buf, err = p.escape(buf); err != nil {
				return "", false, err
			}
			from, escaped = p.pos, true
		case c < 0x20:
			return "", false, p.fail(ErrSyntax, fmt.Sprintf("the control character U+%04X must be escaped in a string", c))
		case c < utf8.RuneSelf:
			p.pos++
		default:
			r, n := utf8.DecodeRuneInString(p.src[p.pos:])
			if r == utf8.RuneError && n == 1 {
				return "", false, p.fail(ErrSyntax, fmt.Sprintf("the byte 0x%02X is not UTF-8", c))
			}
			p.pos += n
		}
	}
	p.pos = len(p.src)
	return "", false, p.unexpected("the closing '\"' of a string")
}

func quotedIs(s, quoted string) bool { return string(AppendQuoted(nil, s)) == quoted }

// escape reads the escape sequence at p.pos and appends the character it stands for.
func (p *parser) escape(buf []byte) ([]byte, error) {
	if p.pos+1 >= len(p.src) {
		p.pos = len(p.src)
		return nil, p.unexpected("an escape sequence")
	}
	c := p.src[p.pos+1]
	if c != 'u' {
		at := strings.IndexByte(`"\/bfnrt`, c)
		if at < 0 {
			p.pos++
			return nil, p.unexpected(`one of " \ / b f n r t u after a backslash`)
		}
		p.pos += 2
		return append(buf, "\"\\/\b\f\n\r\t"[at]), nil
	}
	r, ok := p.hex4(p.pos + 2)
	if !ok {
		p.pos += 2
		return nil, p.unexpected("four hexadecimal digits")
	}
	p.pos += 6
	if r >= 0xD800 && r < 0xDC00 && strings.HasPrefix(p.src[p.pos:], `\u`) {
		if low, ok := p.hex4(p.pos + 2); ok && low >= 0xDC00 && low < 0xE000 {
			p.pos += 6
			r = 0x10000 + (r-0xD800)<<10 + (low - 0xDC00)
		}
	}
	return utf8.AppendRune(buf, r), nil // half a surrogate pair becomes U+FFFD
}

func (p *parser) hex4(at int) (rune, bool) {
	if at+4 > len(p.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.src[at:at+4], 16, 16)
	return rune(n), err == nil
}
