package intrinsic

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// Bounds of a call's text.
const (
	maxText    = 262144 // bytes
	maxNesting = 10     // calls; AWS Step Functions Developer Guide, "Intrinsic functions"
)

type parser struct {
	text  string
	pos   int
	depth int
	paths []*jsonpath.Path
	arity *ParseError // the first call with a wrong number of arguments
}

// Parse parses a call: the whole text, without white space around it. The error is a *[ParseError].
//
// When nothing is wrong but the number of arguments of a call (ParseError.Arity), the call is returned beside the error: a caller
// that accepts it gets States.Runtime from evaluating it. Whether AWS refuses it when the machine is created is not known.
//
//	call   = "States." Name "(" [ arg { "," arg } ] ")"
//	arg    = string | number | true | false | null | path | call
//	string = ' chars '      with the escapes \' \{ \} \\ and no other
//
// White space may stand between tokens. Calls may be nested 10 deep.
func Parse(text string) (*Call, error) {
	p := parser{text: text}
	if len(text) > maxText {
		return nil, p.fail(maxText, "the call has %d bytes, the limit is %d", len(text), maxText)
	}
	if !strings.HasPrefix(text, "States.") {
		return nil, p.fail(0, "expected a path or an intrinsic function, States.…")
	}
	outer, err := p.call()
	if err != nil {
		return nil, err
	}
	if p.pos < len(text) {
		return nil, p.unexpected("the end")
	}
	call := &Call{text, outer, p.paths}
	if p.arity != nil {
		return call, p.arity
	}
	return call, nil
}

func (p *parser) fail(pos int, format string, args ...any) error {
	return &ParseError{Call: p.text, Offset: pos, Message: fmt.Sprintf(format, args...)}
}

// unexpected reports what stands at p.pos.
func (p *parser) unexpected(want string) error {
	if p.pos >= len(p.text) {
		return p.fail(p.pos, "expected %s, found the end", want)
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return p.fail(p.pos, "expected %s, found %s", want, strconv.QuoteRune(r))
}

func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (p *parser) space() {
	for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
		p.pos++
	}
}

// call reads "States.Name(…)" at p.pos.
func (p *parser) call() (*node, error) {
	start := p.pos
	if p.depth++; p.depth > maxNesting {
		return nil, p.fail(start, "calls are nested deeper than %d levels", maxNesting)
	}
	for c := p.peek(); c == '.' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'; c = p.peek() {
		p.pos++
	}
	name := p.text[start:p.pos]
	f, ok := functions[name]
	if !ok {
		return nil, p.fail(start, "there is no intrinsic function %.64q", name)
	}
	p.space()
	if p.peek() != '(' {
		return nil, p.unexpected("'('")
	}
	p.pos++
	p.space()
	n := &node{name: name, function: f}
	for p.peek() != ')' || len(n.args) > 0 {
		if err := p.argument(n); err != nil {
			return nil, err
		}
		p.space()
		if p.peek() == ')' {
			break
		}
		if p.peek() != ',' {
			return nil, p.unexpected("',' or ')'")
		}
		p.pos++
		p.space()
	}
	p.pos++
	p.depth--
	if got := len(n.args); got < f.min || f.max >= 0 && got > f.max {
		n.wrong = fmt.Sprintf("%s takes %s, found %d", name, f.arity(), got)
		if p.arity == nil {
			p.arity = &ParseError{Call: p.text, Offset: start, Message: n.wrong, Arity: true}
		}
	}
	return n, nil
}

// argument reads one argument and appends it to n.
func (p *parser) argument(n *node) error {
	var a argument
	var err error
	rest := p.text[p.pos:]
	switch c := p.peek(); {
	case c == '\'':
		a.literal, err = p.literal(n)
	case c == '$':
		a.path, err = p.path()
	case strings.HasPrefix(rest, "States."):
		a.call, err = p.call()
	case c == '-' || c >= '0' && c <= '9':
		a.literal, err = p.number()
	case p.word("true"):
		a.literal = value.FromBool(true)
	case p.word("false"):
		a.literal = value.FromBool(false)
	case p.word("null"):
	default:
		err = p.unexpected("a string in single quotes, a number, true, false, null, a path or a function")
	}
	n.args = append(n.args, a)
	return err
}

// word skips w when it stands at p.pos as a word.
func (p *parser) word(w string) bool {
	rest, ok := strings.CutPrefix(p.text[p.pos:], w)
	if ok && (rest == "" || rest[0] == ',' || rest[0] == ')' || isSpace(rest[0])) {
		p.pos += len(w)
		return true
	}
	return false
}

// number reads a number as JSON writes it.
func (p *parser) number() (value.Value, error) {
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.pos]) >= 0 {
		p.pos++
	}
	v, err := value.ParseString(p.text[start:p.pos])
	if err != nil {
		return value.Value{}, p.fail(start, "expected a number, found %.64q", p.text[start:p.pos])
	}
	return v, nil
}

// literal reads a string in single quotes. As the template of States.Format it is also cut into pieces.
func (p *parser) literal(n *node) (value.Value, error) {
	start := p.pos
	p.pos++
	from := p.pos
	var buf []byte
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case '\'':
			raw := p.text[start+1 : p.pos]
			s := p.text[from:p.pos]
			if buf != nil {
				s = string(append(buf, s...))
			}
			p.pos++
			if n.name == "States.Format" && len(n.args) == 0 {
				pieces, bad := template(raw)
				if bad >= 0 {
					return value.Value{}, p.fail(start+1+bad, "a brace that is not part of {} must be written \\{ or \\} in the template of States.Format")
				}
				n.template = pieces
			}
			return value.FromString(s), nil
		case '\\':
			if p.pos+1 == len(p.text) || strings.IndexByte(`'{}\`, p.text[p.pos+1]) < 0 {
				p.pos++
				return value.Value{}, p.unexpected(`one of ' { } \ after a backslash`)
			}
			buf = append(append(buf, p.text[from:p.pos]...), p.text[p.pos+1])
			p.pos += 2
			from = p.pos
		default:
			p.pos++
		}
	}
	return value.Value{}, p.fail(start, "expected the closing \"'\" of a string, found the end")
}

// path reads a path up to the ',' or ')' that ends the argument: one that is not in brackets, quotes or parentheses of its own.
func (p *parser) path() (*jsonpath.Path, error) {
	start := p.pos
	open := 0
	var quote byte
scan:
	for ; p.pos < len(p.text); p.pos++ {
		c := p.text[p.pos]
		switch {
		case c == '\\' && p.pos+1 < len(p.text):
			p.pos++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case open > 0 && (c == '\'' || c == '"'):
			quote = c
		case c == '[' || c == '(':
			open++
		case open > 0 && (c == ']' || c == ')'):
			open--
		case open == 0 && (c == ',' || c == ')' || isSpace(c)):
			break scan
		}
	}
	path, err := jsonpath.Compile(p.text[start:p.pos])
	if err != nil {
		return nil, &ParseError{Call: p.text, Offset: start, Message: err.Error(), Err: err}
	}
	p.paths = append(p.paths, path)
	return path, nil
}
