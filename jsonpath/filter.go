package jsonpath

import (
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// condition is the boolean expression of a filter. The item is the value under test ("@").
type condition interface {
	holds(s *search, item value.Value) bool
}

type (
	or     struct{ left, right condition }
	and    struct{ left, right condition }
	not    struct{ of condition }
	exists struct{ path *operand }

	comparison struct {
		left, right operand
		operator    string
	}
)

// operand is a literal, or a path that begins at the item or at the root of the document.
type operand struct {
	literal  value.Value
	steps    []step
	isPath   bool
	atRoot   bool
	definite bool
}

func (c or) holds(s *search, item value.Value) bool {
	return c.left.holds(s, item) || c.right.holds(s, item)
}
func (c and) holds(s *search, item value.Value) bool {
	return c.left.holds(s, item) && c.right.holds(s, item)
}
func (c not) holds(s *search, item value.Value) bool { return !c.of.holds(s, item) }

// holds reports whether the path finds something; what it is, null and false included, does not matter.
func (c exists) holds(s *search, item value.Value) bool {
	v, ok := c.path.resolve(s, item)
	return ok && (c.path.definite || v.Len() > 0)
}

func (c comparison) holds(s *search, item value.Value) bool {
	left, ok := c.left.resolve(s, item)
	right, also := c.right.resolve(s, item)
	// What a path does not find is equal to nothing, not even to null, and in no order to anything.
	found := ok && also
	switch c.operator {
	case "==":
		return found && left.Equal(right)
	case "!=":
		return !(found && left.Equal(right))
	}
	if !found || left.Kind() != right.Kind() {
		return false
	}
	var order int
	switch left.Kind() {
	case value.Number:
		order = left.Compare(right)
	case value.String:
		order = strings.Compare(left.Str(), right.Str())
	default:
		return false
	}
	switch c.operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

// resolve returns the value of the operand. A bare "@" does not match scalars, as documented for AWS.
func (o *operand) resolve(s *search, item value.Value) (value.Value, bool) {
	if !o.isPath {
		return o.literal, true
	}
	v := item
	if o.atRoot {
		v = s.root
	} else if len(o.steps) == 0 && v.Kind() < value.Array {
		return value.Value{}, false
	}
	if !o.definite {
		return s.nested(o.steps, v)
	}
	if !s.visit(len(o.steps)) {
		return value.Value{}, false
	}
	at, v := walk(o.steps, v)
	return v, at == len(o.steps)
}

// filter reads "?(expression)".
//
//	expression = and { "||" and }
//	and        = unary { "&&" unary }
//	unary      = "!" unary | "(" expression ")" | test
//	test       = operand [ operator operand ]       one operand alone must be a path
//	operand    = ("@" | "$") steps | number | string | true | false | null | word
//	operator   = "==" | "!=" | "<" | "<=" | ">" | ">="
//
// A word is a text without quotes, as in [?(@.type==TOTAL)]: published state machines write it.
func (p *parser) filter() (step, *SyntaxError) {
	p.pos++
	p.space()
	if p.peek() != '(' {
		return step{}, p.unexpected("'('")
	}
	p.pos++
	c, err := p.expression()
	if err != nil {
		return step{}, err
	}
	if p.peek() != ')' {
		return step{}, p.unexpected("an operator or ')'")
	}
	p.pos++
	return step{kind: filter, more: &selector{cond: c}}, nil
}

// enter counts one level of nesting; the caller must leave it again.
func (p *parser) enter() *SyntaxError {
	if p.nesting++; p.nesting > maxNesting {
		return p.failAt(p.pos, "filters are nested deeper than %d levels", maxNesting)
	}
	return nil
}

func (p *parser) expression() (condition, *SyntaxError) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.nesting-- }()
	left, err := p.conjunction()
	for err == nil && strings.HasPrefix(p.text[p.pos:], "||") {
		p.pos += 2
		var right condition
		right, err = p.conjunction()
		left = or{left, right}
	}
	return left, err
}

func (p *parser) conjunction() (condition, *SyntaxError) {
	left, err := p.unary()
	for err == nil && strings.HasPrefix(p.text[p.pos:], "&&") {
		p.pos += 2
		var right condition
		right, err = p.unary()
		left = and{left, right}
	}
	return left, err
}

func (p *parser) unary() (condition, *SyntaxError) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.nesting-- }()
	p.space()
	switch p.peek() {
	case '!':
		p.pos++
		c, err := p.unary()
		return not{c}, err
	case '(':
		p.pos++
		c, err := p.expression()
		if err != nil {
			return nil, err
		}
		if p.peek() != ')' {
			return nil, p.unexpected("an operator or ')'")
		}
		p.pos++
		p.space()
		return c, nil
	default:
		return p.test()
	}
}

func (p *parser) test() (condition, *SyntaxError) {
	start := p.pos
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	p.space()
	operator := p.operator()
	if operator == "" {
		if !left.isPath {
			return nil, p.failAt(start, "expected a path that begins with '@'")
		}
		return exists{&left}, nil
	}
	p.space()
	right, err := p.operand()
	p.space()
	return comparison{left, right, operator}, err
}

func (p *parser) operator() string {
	rest := p.text[p.pos:]
	for _, o := range [...]string{"==", "!=", "<=", ">=", "<", ">"} {
		if strings.HasPrefix(rest, o) {
			p.pos += len(o)
			return o
		}
	}
	return ""
}

func (p *parser) operand() (operand, *SyntaxError) {
	switch c := p.peek(); {
	case c == '@' || c == '$':
		p.pos++
		steps, err := p.steps(endsFilterPath)
		o := operand{isPath: true, atRoot: c == '$', steps: steps, definite: true}
		for i := range steps {
			if steps[i].kind > children {
				o.definite = false
			}
		}
		return o, err
	case c == '\'' || c == '"':
		s, err := p.quoted()
		return operand{literal: value.FromString(s)}, err
	default:
		return p.word()
	}
}

// endsFilterPath reports whether a byte ends an unquoted name inside of a filter.
func endsFilterPath(c byte) bool { return isSpace(c) || strings.IndexByte(")=!<>&|,]", c) >= 0 }

// word reads a literal without quotes: true, false, null, a number or a text.
func (p *parser) word() (operand, *SyntaxError) {
	start := p.pos
	for p.pos < len(p.text) && !endsFilterPath(p.text[p.pos]) && strings.IndexByte("('\"[{~@$", p.text[p.pos]) < 0 {
		p.pos++
	}
	switch text := p.text[start:p.pos]; {
	case text == "":
		return operand{}, p.unexpected("a path, a number, a string, true, false or null")
	case text == "null":
		return operand{}, nil
	case text == "true", text == "false":
		return operand{literal: value.FromBool(text == "true")}, nil
	case text[0] == '-' || text[0] == '.' || text[0] >= '0' && text[0] <= '9':
		v, err := value.ParseString(text)
		if err != nil || v.Kind() != value.Number {
			return operand{}, p.failAt(start, "expected a number, found %.64q", text)
		}
		return operand{literal: v}, nil
	default:
		return operand{literal: value.FromString(text)}, nil
	}
}
