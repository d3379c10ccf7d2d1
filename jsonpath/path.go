// Package jsonpath compiles and evaluates the paths of the Amazon States Language.
package jsonpath

import "github.com/gait-engine/gait/internal/value"

// Roots is where paths other than "$…" begin: the context object ("$$…") and variables ("$name…").
type Roots interface {
	Context() value.Value
	Variable(name string) (value.Value, bool)
}

// Path is a compiled path. It is immutable and safe for concurrent use.
type Path struct{ text string }

// Compile compiles any path.
func Compile(text string) (*Path, error) { return &Path{text: text}, nil }

// CompileReference compiles a reference path: one that names exactly one place.
func CompileReference(text string) (*Path, error) { return &Path{text: text}, nil }

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

// Eval returns what the path selects, in input for "$…" and in roots otherwise.
func (p *Path) Eval(input value.Value, roots Roots) (value.Value, error) { return input, nil }

// Set returns root with x stored at the place that the reference path names.
func (p *Path) Set(root, x value.Value) (value.Value, error) { return x, nil }
