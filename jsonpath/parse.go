package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a path's text.
const (
	maxText    = 32768 // bytes
	maxSteps   = 1000
	maxNesting = 100 // parentheses, negations and paths in filters
	maxName    = 80  // characters of a variable's name
)

type parser struct {
	text      string
	pos       int
	reference bool
	nesting   int // filters and parentheses around pos
}

func (p *parser) failAt(pos int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Path: p.text, Offset: pos, Message: fmt.Sprintf(format, args...), Reference: p.reference}
}

// unexpected reports what stands at p.pos.
func (p *parser) unexpected(want string) *SyntaxError {
	if p.pos >= len(p.text) {
		return p.failAt(p.pos, "expected %s, found the end", want)
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return p.failAt(p.pos, "expected %s, found %s", want, strconv.QuoteRune(r))
}

// peek returns the byte at p.pos, 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *parser) space() {
	for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
		p.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// path reads the whole text.
func (p *parser) path() (*Path, *SyntaxError) {
	if len(p.text) > maxText {
		return nil, p.failAt(maxText, "the path has %d bytes, the limit is %d", len(p.text), maxText)
	}
	if p.peek() != '$' {
		return nil, p.unexpected("'$'")
	}
	path := &Path{text: p.text}
	p.pos++
	switch r, _ := utf8.DecodeRuneInString(p.text[p.pos:]); {
	case r == '$':
		p.pos++
		path.root = Context
	case r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r):
		path.root = Variable
		path.variable = p.identifier()
		if utf8.RuneCountInString(path.variable) > maxName {
			return nil, p.failAt(1, "the name of a variable has more than %d characters", maxName)
		}
	}
	steps, err := p.steps(nil)
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.text) {
		return nil, p.unexpected("'.' or '['")
	}
	path.steps = steps
	path.definite, path.reference = true, true
	for i := range steps {
		switch k := steps[i].kind; {
		case k == children:
			path.reference = false
		case k > children:
			path.definite, path.reference = false, false
		}
	}
	if p.reference && !path.reference {
		return nil, p.failAt(0, "expected a path that names one place")
	}
	return path, nil
}

// identifier reads the name of a variable: a Unicode identifier.
func (p *parser) identifier() string {
	start := p.pos
	for p.pos < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.pos:])
		if r != '_' && !unicode.In(r, unicode.L, unicode.Nl, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc) {
			break
		}
		p.pos += n
	}
	return p.text[start:p.pos]
}

// steps reads ".name", "[…]", "..name" and the like for as long as there are any. stop, unless nil, are bytes that end an unquoted
// name: those that may follow a path inside of a filter.
func (p *parser) steps(stop func(byte) bool) ([]step, *SyntaxError) {
	var steps []step
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if c != '.' && c != '[' {
			break
		}
		if len(steps) >= maxSteps {
			return nil, p.failAt(p.pos, "the path has more than %d steps", maxSteps)
		}
		if c == '.' {
			p.pos++
			if p.peek() == '.' {
				if p.reference {
					return nil, p.failAt(p.pos-1, "a reference path cannot have \"..\"")
				}
				p.pos++
				steps = append(steps, step{kind: descent})
			}
		}
		var s step
		var err *SyntaxError
		switch p.peek() {
		case '[':
			s, err = p.bracket()
		case '*':
			if p.reference {
				return nil, p.failAt(p.pos, "a reference path cannot have '*'")
			}
			p.pos++
			s.kind = wildcard
		default:
			s.kind = child
			s.name, err = p.name(stop)
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// name reads an unquoted member name. A backslash takes the character after it as it is. A name that looks like a function,
// "length()", is a name: functions are not available.
func (p *parser) name(stop func(byte) bool) (string, *SyntaxError) {
	start := p.pos
	var escaped []byte // the name so far, once there was a backslash
	from := p.pos
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if c == '.' || c == '[' || stop != nil && stop(c) {
			break
		}
		switch {
		case c == '\\':
			if p.pos+1 == len(p.text) {
				return "", p.failAt(p.pos, "expected a character after the backslash, found the end")
			}
			escaped = append(escaped, p.text[from:p.pos]...)
			_, n := utf8.DecodeRuneInString(p.text[p.pos+1:])
			from = p.pos + 1
			p.pos += 1 + n
		case c == '(' && p.pos > start && !p.reference:
			if err := p.parentheses(); err != nil {
				return "", err
			}
		case isSpace(c):
			return "", p.failAt(p.pos, "a name with white space must be written ['…']")
		case strings.IndexByte("]),?*'\"(", c) >= 0, p.reference && (c == '@' || c == ':'):
			return "", p.failAt(p.pos, "a name with %q must be written ['…']", c)
		default:
			p.pos++
		}
	}
	if p.pos == start {
		return "", p.unexpected("a name, '*' or '['")
	}
	return string(append(escaped, p.text[from:p.pos]...)), nil
}

// parentheses skips "(…)" at p.pos, with what is quoted or nested in it.
func (p *parser) parentheses() *SyntaxError {
	start, depth := p.pos, 0
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.pos++
				return nil
			}
		case '\'', '"':
			if _, err := p.quoted(); err != nil {
				return err
			}
			continue
		}
		p.pos++
	}
	return p.failAt(start, "expected the closing ')', found the end")
}

// bracket reads "[…]" at p.pos.
func (p *parser) bracket() (step, *SyntaxError) {
	p.pos++
	p.space()
	var s step
	var err *SyntaxError
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		s, err = p.names()
	case p.reference && (c == '*' || c == '?' || c == ':'):
		return step{}, p.failAt(p.pos, "a reference path cannot have %q", c)
	case c == '*':
		p.pos++
		s.kind = wildcard
	case c == '?':
		s, err = p.filter()
	case c == '-' || c == ':' || c >= '0' && c <= '9':
		s, err = p.indexes()
	default:
		return step{}, p.unexpected("a name in quotes, an index, '*' or '?('")
	}
	if err != nil {
		return step{}, err
	}
	p.space()
	if p.peek() != ']' {
		return step{}, p.unexpected("']'")
	}
	p.pos++
	return s, nil
}

// names reads "'a'" or "'a', 'b'".
func (p *parser) names() (step, *SyntaxError) {
	var names []string
	for {
		name, err := p.quoted()
		if err != nil {
			return step{}, err
		}
		names = append(names, name)
		p.space()
		if p.peek() != ',' {
			break
		}
		if p.reference {
			return step{}, p.failAt(p.pos, "a reference path cannot have ','")
		}
		p.pos++
		p.space()
		if c := p.peek(); c != '\'' && c != '"' {
			return step{}, p.unexpected("a name in quotes")
		}
	}
	if len(names) == 1 {
		return step{kind: child, name: names[0]}, nil
	}
	return step{kind: children, more: &selector{names: names}}, nil
}

// quoted reads a text in single or double quotes. A backslash before a backslash or before the quote stands for what follows it;
// any other backslash stands for itself (recorded: $['Test\""Name"'] names the member Test\""Name").
func (p *parser) quoted() (string, *SyntaxError) {
	start, quote := p.pos, p.text[p.pos]
	p.pos++
	from := p.pos
	var buf []byte
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == quote:
			s := p.text[from:p.pos]
			p.pos++
			if buf != nil {
				s = string(append(buf, s...))
			}
			return s, nil
		case c == '\\' && p.pos+1 < len(p.text) && (p.text[p.pos+1] == quote || p.text[p.pos+1] == '\\'):
			buf = append(append(buf, p.text[from:p.pos]...), p.text[p.pos+1])
			p.pos += 2
			from = p.pos
		default:
			p.pos++
		}
	}
	return "", p.failAt(start, "expected the closing %q, found the end", quote)
}

// indexes reads "1", "0, 2", "1:", ":2" or "1:2".
func (p *parser) indexes() (step, *SyntaxError) {
	start := p.pos
	if p.peek() == ':' {
		return p.slice(start, 0, false)
	}
	first, err := p.integer()
	if err != nil {
		return step{}, err
	}
	p.space()
	switch p.peek() {
	case ':':
		return p.slice(start, first, true)
	case ',':
	default:
		return step{kind: element, index: first}, nil
	}
	list := []int32{first}
	for p.peek() == ',' {
		if p.reference {
			return step{}, p.failAt(p.pos, "a reference path cannot have ','")
		}
		p.pos++
		p.space()
		i, err := p.integer()
		if err != nil {
			return step{}, err
		}
		list = append(list, i)
		p.space()
	}
	return step{kind: elements, more: &selector{indexes: list}}, nil
}

// slice reads the rest of a slice from its ':' on. There is no step: AWS has none.
func (p *parser) slice(start int, from int32, hasFrom bool) (step, *SyntaxError) {
	if p.reference {
		return step{}, p.failAt(p.pos, "a reference path cannot have ':'")
	}
	p.pos++
	p.space()
	sel := &selector{from: from, hasFrom: hasFrom}
	if c := p.peek(); c == '-' || c >= '0' && c <= '9' {
		to, err := p.integer()
		if err != nil {
			return step{}, err
		}
		sel.to, sel.hasTo = to, true
	}
	if !sel.hasFrom && !sel.hasTo {
		return step{}, p.unexpected("an index")
	}
	sel.text = "[" + strings.TrimSpace(p.text[start:p.pos]) + "]"
	return step{kind: slice, more: sel}, nil
}

func (p *parser) integer() (int32, *SyntaxError) {
	start := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.pos++
	}
	n, err := strconv.ParseInt(p.text[start:p.pos], 10, 32)
	if err != nil {
		if p.pos == start || p.text[start:p.pos] == "-" {
			return 0, p.unexpected("an index")
		}
		return 0, p.failAt(start, "the index is out of range")
	}
	return int32(n), nil
}
