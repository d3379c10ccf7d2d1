package asl

// Expression is one "{% … %}" string of a JSONata state, compiled.
type Expression struct {
	Text  string // between the markers, trimmed; error texts quote it
	Field string // where it stands below its state, as AWS names it: "Output/a/b", "Choices[1]/Condition"
}
