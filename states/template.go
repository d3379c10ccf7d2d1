package states

import (
	"errors"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/intrinsic"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonata"
	"github.com/gait-engine/gait/jsonpath"
)

// bindings are the documents that the expressions of a field see.
type bindings struct {
	input       value.Value // JSONPath: what "$" means; JSONata: $states.input
	result      value.Value // $states.result, when hasResult
	errorOutput value.Value // $states.errorOutput, when hasError
	hasResult   bool
	hasError    bool
}

// evalTemplate evaluates a payload template or a JSONata field in the language of the state in focus.
func (s *stepper) evalTemplate(t *asl.Template, b bindings) (value.Value, *stateError) {
	if s.common.Lang == asl.JSONata {
		return s.evalJSONata(&t.Root, b)
	}
	return s.evalPaths(&t.Root, b.input)
}

// evalPaths evaluates a node of a JSONPath payload template. Source: Amazon States Language, "Payload Template".
func (s *stepper) evalPaths(n *asl.Node, input value.Value) (value.Value, *stateError) {
	switch n.Kind {
	case asl.PathNode:
		v, err := n.Path.Eval(input, s)
		if err == nil {
			return v, nil
		}
		var missing *jsonpath.NotFoundError
		if !errors.As(err, &missing) {
			return v, s.runtimeError(err.Error())
		}
		switch missing.Reason {
		case jsonpath.IndexOutOfRange:
			return value.Value{}, nil // measured on AWS: null, and no error
		case jsonpath.NullInput, jsonpath.ManyProperties:
			return v, s.runtimeError(missing.Detail)
		}
		return v, s.pathMissing(n.Path, n.Field, input)
	case asl.IntrinsicNode:
		return s.evalCall(n.Call, input)
	}
	return s.evalMembers(n, func(below *asl.Node) (value.Value, *stateError) { return s.evalPaths(below, input) })
}

// evalMembers evaluates what stands below a node, each with eval, and puts the node together; other nodes are literal.
func (s *stepper) evalMembers(n *asl.Node, eval func(*asl.Node) (value.Value, *stateError)) (value.Value, *stateError) {
	switch n.Kind {
	case asl.ObjectNode:
		members := make([]value.Member, len(n.Members))
		for i := range n.Members {
			v, err := eval(&n.Members[i].Node)
			if err != nil {
				return v, err
			}
			members[i] = value.M(n.Members[i].Key, v)
		}
		return value.FromMembers(members), nil
	case asl.ArrayNode:
		elems := make([]value.Value, len(n.Elems))
		for i := range n.Elems {
			v, err := eval(&n.Elems[i])
			if err != nil {
				return v, err
			}
			elems[i] = v
		}
		return value.FromArray(elems), nil
	default:
		return n.Literal, nil
	}
}

// pathMissing is the failure of a field whose path finds nothing; it quotes the document that was searched.
func (s *stepper) pathMissing(p *jsonpath.Path, field string, input value.Value) *stateError {
	if p.Root() == jsonpath.Context {
		input = s.Context()
	}
	return s.runtimeError("The JSONPath '" + p.String() + "' specified for the field '" + field +
		"' could not be found in the input '" + input.JSON() + "'")
}

func (s *stepper) evalCall(c *intrinsic.Call, input value.Value) (value.Value, *stateError) {
	v, err := c.Eval(input, s, &s.random)
	if err == nil {
		return v, nil
	}
	var failed *intrinsic.Error
	if errors.As(err, &failed) {
		return v, s.failure(failed.Name, failed.Cause())
	}
	return v, s.runtimeError(err.Error())
}

// evalJSONata evaluates the expressions at and below a node of a JSONata state.
func (s *stepper) evalJSONata(n *asl.Node, b bindings) (value.Value, *stateError) {
	if n.Kind == asl.JSONataNode {
		return s.evalExpression(n.Expr, b)
	}
	return s.evalMembers(n, func(below *asl.Node) (value.Value, *stateError) { return s.evalJSONata(below, b) })
}

// evalExpression evaluates one expression. Source: AWS Step Functions Developer Guide, "Transforming data with JSONata".
func (s *stepper) evalExpression(e *asl.Expression, b bindings) (value.Value, *stateError) {
	reserved := make([]value.Member, 0, 4)
	reserved = append(reserved, value.M("input", b.input))
	if e.ReadsContext {
		reserved = append(reserved, value.M("context", s.Context()))
	}
	if b.hasResult {
		reserved = append(reserved, value.M("result", b.result))
	}
	if b.hasError {
		reserved = append(reserved, value.M("errorOutput", b.errorOutput))
	}
	scopes := make([]value.Value, 0, 4)
	scopes = append(scopes, value.Obj(value.M("states", value.FromMembers(reserved))))
	for f := s.f; f != nil; f = s.parent(f) {
		if f.Vars.Len() > 0 {
			scopes = append(scopes, f.Vars)
		}
	}
	env := jsonata.Env{Now: s.env.Now, Random: s.random.Uint64}
	v, defined, err := e.Program.EvalValue(&env, jsonata.NoInput(), scopes...)
	if err != nil || !defined {
		return value.Value{}, s.evaluationError(e.Field, jsonata.Cause(e.Text, e.Field, err))
	}
	return v, nil
}

// typeError is the failure of an expression whose result has the wrong type for its field.
func (s *stepper) typeError(e *asl.Expression, want string, got value.Value) *stateError {
	return s.evaluationError(e.Field, jsonata.TypeCause(e.Text, e.Field, want, got))
}

// evalAssign returns the variables that an Assign field assigns, an object, or null when there are none.
func (s *stepper) evalAssign(t *asl.Template, b bindings) (value.Value, *stateError) {
	if t == nil || len(t.Root.Members) == 0 && t.Root.Literal.Len() == 0 {
		return value.Value{}, nil
	}
	v, err := s.evalTemplate(t, b)
	if err != nil {
		return v, err
	}
	if v.Size() > s.limits.Variable {
		detail := "The variables of the field 'Assign' exceed the limit of " + itoa(int64(s.limits.Variable)) + " bytes."
		if s.common.Lang == asl.JSONata {
			return v, s.evaluationError("Assign", detail)
		}
		return v, s.runtimeError(detail)
	}
	return v, nil
}

// assign stores variables in the scope of f.
func (s *stepper) assign(f *Frame, assigned value.Value) *stateError {
	if assigned.IsNull() {
		return nil
	}
	vars := f.Vars
	for _, m := range assigned.Members() {
		vars = vars.With(m.Key, m.Value)
	}
	total := vars.Size()
	for _, other := range s.x.Frames {
		if other != nil && other != f && other.Vars.Len() > 0 {
			total += other.Vars.Size()
		}
	}
	if total > s.limits.Variables {
		return s.runtimeError("The variables of the execution exceed the limit of " + itoa(int64(s.limits.Variables)) + " bytes.")
	}
	f.Vars = vars
	return nil
}
