package asl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gait-engine/gait/jsonata"
)

// Expression is one "{% … %}" string of a JSONata state, compiled.
type Expression struct {
	Text    string // between the markers, trimmed; error texts quote it
	Field   string // where it stands below its state, as AWS names it: "Output/a/b", "Choices[1]/Condition"
	Program *jsonata.Program
	// ReadsContext reports that $states.context may be read, so that it has to be built.
	ReadsContext bool
}

// The markers of a JSONata string. They must be its first and its last two characters.
const (
	opening = "{%"
	closing = "%}"
)

// marked reports whether s is an expression.
func marked(s string) bool {
	return len(s) >= len(opening)+len(closing) && strings.HasPrefix(s, opening) && strings.HasSuffix(s, closing)
}

// halfMarked reports whether s has one marker in its place and lacks the other.
func halfMarked(s string) bool {
	return !marked(s) && (strings.HasPrefix(s, opening) || strings.HasSuffix(s, closing))
}

// The fields of $states: everywhere, in Output and Assign of states that do work, and in those of catchers.
var (
	statesFields  = []string{"input", "context"}
	resultFields  = []string{"input", "context", "result"}
	catcherFields = []string{"input", "context", "errorOutput"}
)

// outputFields returns the fields of $states that Output and Assign of a state of the type may read.
func outputFields(t Type) []string {
	if t == TypeTask || t == TypeParallel || t == TypeMap {
		return resultFields
	}
	return statesFields
}

// expression compiles s. It returns nil for a literal text, and for one that it has refused for its markers. What is wrong with
// the expression itself belongs to a later stage.
func (st *stateScope) expression(s string, at *place) *Expression {
	if halfMarked(s) {
		st.c.refuse(at, "JSONata string must start with {% and end with %}")
		return nil
	}
	if !marked(s) {
		return nil
	}
	e := &Expression{
		Text:  strings.TrimSpace(s[len(opening) : len(s)-len(closing)]),
		Field: at.below(st.at),
	}
	program, found := jsonata.CheckAWS(e.Text, st.fields...)
	for _, f := range found {
		d := st.c.report(expressions, f.Code, f.Message, at, at)
		if f.Position > 0 {
			d.Hint = fmt.Sprintf("at character %d of %.64q", f.Position, e.Text)
		}
	}
	if program != nil {
		refs := program.References()
		for _, name := range refs.Variables {
			st.readsVariable(name, at)
		}
		e.ReadsContext = refs.WholeStates || slices.Contains(refs.States, "context")
	}
	e.Program = program
	return e
}

// with reads a part of the state in which $states has the fields.
func (st *stateScope) with(fields []string, read func()) {
	before := st.fields
	st.fields = fields
	read()
	st.fields = before
}
