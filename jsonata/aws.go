package jsonata

import (
	"errors"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// The codes of the findings that AWS reports when a state machine is created.
const (
	CodeInvalidExpression     = "INVALID_JSONATA_EXPRESSION"
	CodeUnsupportedExpression = "UNSUPPORTED_JSONATA_EXPRESSION"
)

// Finding is what AWS says of an expression when a state machine is created. The location is the caller's to add.
type Finding struct {
	Code     string
	Message  string
	Position int // UTF-16 offset in the expression behind what it is about; 0 when not known
}

// CheckAWS compiles an expression in the dialect of AWS and applies the checks that AWS makes at creation. fields are the fields
// that $states has where the expression stands: input and context everywhere, result, errorOutput.
//
// The program is nil when there is a finding with the code INVALID_JSONATA_EXPRESSION: its message is that of the parser without
// its code. Other findings have the code UNSUPPORTED_JSONATA_EXPRESSION: a name, $ or $$ where there is no context, or a field
// that $states does not have; each is reported once, in the order of the text.
func CheckAWS(source string, fields ...string) (*Program, []Finding) {
	p, err := Compile(source, AWS())
	if err != nil {
		var e *Error
		errors.As(err, &e)
		return nil, []Finding{{CodeInvalidExpression, e.Message, e.Position}}
	}
	found := p.topLevel()
	var c contextWalker
	for _, n := range c.statesFields(p.root) {
		if !slices.Contains(fields, n.str) {
			found = append(found, Finding{CodeUnsupportedExpression, "Field '$states." + n.str + "' does not exist.", int(n.pos)})
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return a.Position - b.Position })
	return p, found
}

// topLevel returns the findings about names and contexts where there is none.
func (p *Program) topLevel() []Finding {
	c := contextWalker{}
	c.walk(p.root, false)
	return c.found
}

// contextWalker walks the tree knowing whether a context exists: there is one behind the first step of a path and in what is
// evaluated for its members, filters, sort terms and groupings.
type contextWalker struct {
	found  []Finding
	states []*node
}

func (c *contextWalker) report(message string, n *node) {
	for _, f := range c.found {
		if f.Message == message {
			return
		}
	}
	c.found = append(c.found, Finding{CodeUnsupportedExpression, message, int(n.pos)})
}

func (c *contextWalker) bare(text string, n *node) {
	c.report("Reference to '"+text+"' at the top level is not supported.", n)
}

func (c *contextWalker) walk(n *node, context bool) {
	if n == nil {
		return
	}
	switch n.op {
	case opPath:
		for i, step := range n.list {
			c.walk(step, context || i > 0)
			for j := range step.stages {
				c.walk(step.stages[j].expr, true)
			}
		}
		c.statesField(n)
	case opName:
		if !context {
			c.bare(n.str, n)
		}
	case opWildcard, opDescendant, opParent:
		if !context {
			c.bare(map[op]string{opWildcard: "*", opDescendant: "**", opParent: "%"}[n.op], n)
		}
	case opVariable:
		switch {
		case n.str == "$":
			c.report("Reference to '$$' is not supported.", n)
		case n.str == "" && !context:
			c.bare("$", n)
		}
	case opObject:
		c.pairs(n.x.own.pairs, context)
	case opSort:
		for _, t := range n.x.terms {
			c.walk(t.a, true)
		}
	case opTransform:
		c.walk(n.a, true)
		c.walk(n.b, true)
		c.walk(n.c, true)
	case opBind:
		c.walk(n.b, context)
	case opLambda:
		c.walk(n.a, context)
	default:
		c.walk(n.a, context)
		c.walk(n.b, context)
		c.walk(n.c, context)
		for _, e := range n.list {
			c.walk(e, context)
		}
	}
	for i := range n.preds {
		c.walk(n.preds[i].expr, true)
	}
	if n.group != nil {
		c.pairs(n.group.pairs, true)
	}
}

func (c *contextWalker) pairs(pairs []pair, context bool) {
	for _, p := range pairs {
		c.walk(p.key, context)
		c.walk(p.value, context)
	}
}

// statesField notes $states.field.
func (c *contextWalker) statesField(n *node) {
	first := n.list[0]
	if first.op == opVariable && first.str == "states" && len(n.list) > 1 && n.list[1].op == opName {
		for _, s := range c.states {
			if s.str == n.list[1].str {
				return
			}
		}
		c.states = append(c.states, n.list[1])
	}
}

// statesFields returns the steps that select a field of $states, one for each field.
func (c *contextWalker) statesFields(root *node) []*node {
	c.walk(root, true)
	return c.states
}

// Cause returns the sentence with which AWS reports a failed evaluation: err is the error of an evaluation, or nil for an
// expression that selected nothing. field is the path of the field below its state, as AWS names it. For an internal error AWS
// adds an identifier, which is left to the caller.
func Cause(expression, field string, err error) string {
	text := "The JSONata expression '" + expression + "' specified for the field '" + field + "' "
	var e *Error
	switch {
	case err == nil:
		return text + "returned nothing (undefined)."
	case !errors.As(err, &e) || e.Code == "U1003":
		return text + "threw an internal error during evaluation."
	case e.Code == CodeFunction:
		return text + "returned an unsupported result type."
	case e.Code == "U1001":
		return text + "threw an error during evaluation: " + e.Message
	}
	return text + "threw an error during evaluation. " + e.Code + ": " + e.Message
}

// TypeCause returns the sentence with which AWS reports a result of the wrong type. want is the name of the expected type.
func TypeCause(expression, field, want string, got value.Value) string {
	var b strings.Builder
	b.WriteString("The JSONata expression '" + expression + "' specified for the field '" + field + "' ")
	b.WriteString("returned an unexpected result type. Expected '" + want + "', but was '" + got.Kind().String() + "' for value: ")
	b.Write(got.AppendJSON(nil))
	return b.String()
}
