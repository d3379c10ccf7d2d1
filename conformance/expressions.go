package conformance

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/intrinsic"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// runExpression evaluates one expression inside a state machine made for it, so that names of errors are those of executions.
// A case that brings its own context object is evaluated alone.
func runExpression(doc value.Value) verdict {
	expect, ok := doc.Get("expect")
	if !ok {
		return skipped(disputed)
	}
	kind, expr := str(doc, "kind"), get(doc, "expr")
	if context, ok := doc.Get("context"); ok {
		return compareValue(expect, func() (value.Value, error) {
			return evaluate(kind, expr.Str(), get(doc, "input"), contextOnly{context})
		})
	}
	definition, ok := machineFor(kind, expr, get(doc, "result"))
	if !ok {
		return failed("unknown kind %q", kind)
	}
	m, err := asl.Compile([]byte(definition.JSON()), asl.Options{})
	if err != nil {
		// An expression that a definition may not hold fails before it can be evaluated; a case that names no error allows it.
		if str(expect, "error") == "*" {
			return verdict{}
		}
		return failed("the expression was refused: %s", cut(err.Error(), 600))
	}
	r, err := asltest.Run(m, get(doc, "input").JSON(), asltest.Options{})
	if err != nil {
		return failed("%s", describe(err, r))
	}
	if name, ok := expect.Get("error"); ok {
		return verdict{difference: compareResult(value.Obj(value.M("status", value.FromString("FAILED")), value.M("error", name)), r)}
	}
	if r.Status != "SUCCEEDED" {
		return failed("expected %s, got %s%s", short(get(expect, "value")), r.Status, because(r))
	}
	got, err := value.ParseString(r.Output)
	if err != nil {
		return failed("output: %v", err)
	}
	if kind == "jsonpath" || kind == "intrinsic" {
		got = get(got, "v")
	}
	if want := get(expect, "value"); !want.Equal(got) {
		return failed("%s", mismatch(want, got, "value"))
	}
	return verdict{}
}

// machineFor returns a definition that evaluates the expression.
func machineFor(kind string, expr, result value.Value) (value.Value, bool) {
	text, yes := value.FromString, value.FromBool(true)
	pass := func(more ...value.Member) value.Value {
		return value.FromMembers(append([]value.Member{value.M("Type", text("Pass")), value.M("End", yes)}, more...))
	}
	states := []value.Member{}
	switch kind {
	case "jsonpath", "intrinsic":
		states = append(states, value.M("S", pass(value.M("Parameters", value.Obj(value.M("v.$", expr))))))
	case "referencepath":
		states = append(states, value.M("S", pass(value.M("Result", result), value.M("ResultPath", expr))))
	case "choice":
		states = append(states,
			value.M("S", value.Obj(value.M("Type", text("Choice")),
				value.M("Choices", value.FromArray([]value.Value{expr.With("Next", text("Yes"))})), value.M("Default", text("No")))),
			value.M("Yes", pass(value.M("Result", yes))),
			value.M("No", pass(value.M("Result", value.FromBool(false)))))
	default:
		return value.Value{}, false
	}
	return value.Obj(value.M("StartAt", text("S")), value.M("States", value.FromMembers(states))), true
}

// contextOnly is a context object without variables.
type contextOnly struct{ context value.Value }

func (c contextOnly) Context() value.Value { return c.context }

func (contextOnly) Variable(string) (value.Value, bool) { return value.Value{}, false }

// noRandom is the entropy of expressions whose value must not depend on any.
type noRandom struct{}

func (noRandom) Uint64() uint64 { return 0 }

func evaluate(kind, expr string, input value.Value, roots jsonpath.Roots) (value.Value, error) {
	if kind == "intrinsic" {
		c, err := intrinsic.Parse(expr)
		if err != nil {
			return value.Value{}, err
		}
		return c.Eval(input, roots, noRandom{})
	}
	p, err := jsonpath.Compile(expr)
	if err != nil {
		return value.Value{}, err
	}
	return p.Eval(input, roots)
}

func compareValue(expect value.Value, eval func() (value.Value, error)) verdict {
	got, err := eval()
	want, fails := expect.Get("error")
	switch {
	case fails && err == nil:
		return failed("expected the error %s, got %s", short(want), short(got))
	case fails:
		return verdict{}
	case err != nil:
		return failed("expected %s, got the error %v", short(get(expect, "value")), err)
	}
	if w := get(expect, "value"); !w.Equal(got) {
		return failed("%s", mismatch(w, got, "value"))
	}
	return verdict{}
}
