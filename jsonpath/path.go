package jsonpath

import (
	"strconv"

	"github.com/gait-engine/gait/internal/value"
)

// Roots is where paths other than "$…" begin: the context object ("$$…") and variables ("$name…").
type Roots interface {
	Context() value.Value
	Variable(name string) (value.Value, bool)
}

// RootKind says in which document a path begins.
type RootKind uint8

// The roots.
const (
	Data     RootKind = iota // "$…": the state's data
	Context                  // "$$…": the context object
	Variable                 // "$name…": a variable
)

// Path is a compiled path. It is immutable and safe for concurrent use.
type Path struct {
	text      string
	root      RootKind
	variable  string
	steps     []step
	definite  bool
	reference bool
}

type stepKind uint8

const (
	child    stepKind = iota // name
	element                  // index
	children                 // more.names
	elements                 // more.indexes
	slice                    // more.from, more.to
	wildcard                 //
	filter                   // more.cond
	descent                  // the next step applies here and at every depth below
)

// step is one selector of a path. What only few steps need is behind more, so that walking a definite path stays in cache.
type step struct {
	name  string
	more  *selector
	index int32
	kind  stepKind
}

type selector struct {
	names          []string
	indexes        []int32
	from, to       int32
	hasFrom, hasTo bool
	cond           condition
	text           string // of a slice, as it was written
}

// Compile compiles any path. The error is a *[SyntaxError].
func Compile(text string) (*Path, error) { return compile(text, false) }

// CompileReference compiles a reference path: one that names exactly one place, without "@ , : ? *" outside of quotes and without
// "..". The error is a *[SyntaxError]. Whether a path may begin in the context object or a variable is left to the caller.
//
// Source: Amazon States Language, "Reference Paths".
func CompileReference(text string) (*Path, error) { return compile(text, true) }

func compile(text string, reference bool) (*Path, error) {
	p := parser{text: text, reference: reference}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	return path, nil
}

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

// Root returns the document in which the path begins.
func (p *Path) Root() RootKind { return p.root }

// Variable returns the name of the variable in which the path begins, "" for other roots.
func (p *Path) Variable() string { return p.variable }

// Bare reports whether the path is a root alone: "$", "$$" or "$name".
func (p *Path) Bare() bool { return len(p.steps) == 0 }

// Definite reports whether the path gives one value. Other paths give an array of matches.
func (p *Path) Definite() bool { return p.definite }

// Reference reports whether the path names exactly one place, so that [Path.Set] can write there.
func (p *Path) Reference() bool { return p.reference }

// start returns the document in which the path begins.
func (p *Path) start(input value.Value, roots Roots) (value.Value, error) {
	switch p.root {
	case Context:
		if roots == nil {
			return value.Value{}, &NotFoundError{p.text, NoContext, "There is no context object"}
		}
		return roots.Context(), nil
	case Variable:
		if roots != nil {
			if v, ok := roots.Variable(p.variable); ok {
				return v, nil
			}
		}
		return value.Value{}, &NotFoundError{p.text, UndefinedVariable, "The variable '" + p.variable + "' is not defined"}
	default:
		return input, nil
	}
}

// Eval returns what the path selects, in input for "$…" and in roots otherwise; roots may be nil when the path begins in the data.
//
// A definite path gives the value itself, a present null included. Any other path gives an array, empty when nothing matches.
// The error is a *[NotFoundError] or a *[LimitError]. A path that is not definite has a NotFoundError for its root alone (NullInput
// among them) and for ManyProperties. Evaluating a definite path does not allocate.
func (p *Path) Eval(input value.Value, roots Roots) (value.Value, error) {
	v, err := p.start(input, roots)
	if err != nil {
		return value.Value{}, err
	}
	if !p.definite {
		if v.IsNull() {
			return value.Value{}, p.nullInput()
		}
		return p.search(v)
	}
	at, v := walk(p.steps, v)
	if at < len(p.steps) {
		return value.Value{}, p.miss(at, v)
	}
	return v, nil
}

// walk follows the steps of a definite path. It returns len(steps) and the value found, or the number of the step that failed and
// the value it failed on.
func walk(steps []step, v value.Value) (int, value.Value) {
	for i := range steps {
		s := &steps[i]
		var next value.Value
		var ok bool
		switch s.kind {
		case child:
			next, ok = v.Get(s.name)
		case element:
			index := int(s.index)
			if index < 0 {
				index += v.Len()
			}
			next, ok = v.At(index)
		default: // children, which are definite as the last step
			ok = i == len(steps)-1 && v.Kind() == value.Object
			if ok {
				next = pick(v, s.more.names)
			}
		}
		if !ok {
			return i, v
		}
		v = next
	}
	return len(steps), v
}

// pick returns the object of the named members that v has.
func pick(v value.Value, names []string) value.Value {
	members := make([]value.Member, 0, len(names))
	for _, name := range names {
		if x, ok := v.Get(name); ok {
			members = append(members, value.M(name, x))
		}
	}
	return value.FromMembers(members)
}

// nullInput is the failure of every path into null: AWS looks at the input before it applies a path to it.
func (p *Path) nullInput() *NotFoundError {
	return &NotFoundError{p.text, NullInput, "Unable to apply Path transformation to null or empty input."}
}

// miss explains why step number at of a definite path found nothing in v.
func (p *Path) miss(at int, v value.Value) error {
	s := &p.steps[at]
	last := at == len(p.steps)-1
	e := &NotFoundError{Path: p.text}
	switch {
	case at == 0 && v.IsNull():
		return p.nullInput()
	case s.kind != element && v.Kind() != value.Object:
		e.Reason = NotObject
		e.Detail = "Property " + string(s.appendTo(nil)) + " not found in path " + brackets(p.steps[:at])
	case s.kind == children:
		e.Reason = ManyProperties
		e.Detail = "Multi properties can only be used as path leafs: " + brackets(p.steps[:at+1])
	case s.kind == element && v.IsNull():
		e.Reason, e.Detail = NullArray, "The path "+brackets(p.steps[:at])+" is null"
	case s.kind == element && v.Kind() != value.Array:
		e.Reason = NotArray
		e.Detail = "Filter: " + string(s.appendTo(nil)) + " can only be applied to arrays. Current context is: " + v.JavaString()
	case s.kind == element && last:
		e.Reason, e.Detail = IndexOutOfRange, "No results for path: "+brackets(p.steps)
	case s.kind == element || last:
		e.Reason, e.Detail = NoResults, "No results for path: "+brackets(p.steps)
	default:
		e.Reason, e.Detail = MissingProperty, "Missing property in path "+brackets(p.steps[:at+1])
	}
	e.Detail = cut(e.Detail)
	return e
}

// brackets writes steps as Jayway does: $['a'][0]['b'].
func brackets(steps []step) string {
	dst := []byte{'$'}
	for i := range steps {
		dst = steps[i].appendTo(dst)
	}
	return string(dst)
}

func (s *step) appendTo(dst []byte) []byte {
	switch s.kind {
	case child:
		return append(append(append(dst, "['"...), s.name...), "']"...)
	case element:
		return append(strconv.AppendInt(append(dst, '['), int64(s.index), 10), ']')
	case children:
		dst = append(dst, "['"...)
		for i, name := range s.more.names {
			if i > 0 {
				dst = append(dst, "', '"...)
			}
			dst = append(dst, name...)
		}
		return append(dst, "']"...)
	default:
		return dst
	}
}
