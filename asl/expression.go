package asl

import "strings"

// Expression is one "{% … %}" string of a JSONata state, compiled.
type Expression struct {
	Text  string // between the markers, trimmed; error texts quote it
	Field string // where it stands below its state, as AWS names it: "Output/a/b", "Choices[1]/Condition"
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

// expression compiles s. It returns nil for a literal text, and for one that it has refused.
func (st *stateScope) expression(s string, at *place) *Expression {
	if halfMarked(s) {
		st.c.refuse(at, "JSONata string must start with {% and end with %}")
		return nil
	}
	if !marked(s) {
		return nil
	}
	return &Expression{
		Text:  strings.TrimSpace(s[len(opening) : len(s)-len(closing)]),
		Field: at.below(st.at),
	}
}
