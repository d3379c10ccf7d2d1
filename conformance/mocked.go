package conformance

import (
	"errors"
	"fmt"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// runDefinitionExecution runs a definition with mocked results and compares its outcome.
func runDefinitionExecution(doc value.Value) verdict {
	expect, ok := doc.Get("expect")
	if !ok {
		return skipped(disputed)
	}
	m, v := compileCase(get(doc, "definition"), asl.Options{})
	if m == nil {
		return v
	}
	tasks := &mockedTasks{mocks: get(doc, "mocks")}
	r, err := asltest.Run(m, get(doc, "input").JSON(), asltest.Options{Resolve: tasks.resolve, Objects: givenObjects(doc)})
	if err != nil {
		return failed("%s", describe(err, r))
	}
	return verdict{difference: compareResult(expect, r)}
}

// compareResult compares status and output, or status, error name ("*" for any) and, where it is given, cause.
func compareResult(expect value.Value, r *asltest.Result) string {
	if want := str(expect, "status"); want != r.Status {
		return fmt.Sprintf("status: expected %s, got %s%s", want, r.Status, because(r))
	}
	if want, ok := expect.Get("output"); ok {
		got, err := value.ParseString(r.Output)
		if err != nil {
			return "output: " + err.Error()
		}
		if !want.Equal(got) {
			return mismatch(want, got, "output")
		}
	}
	for _, f := range []struct {
		name string
		got  *string
	}{{"error", r.Error}, {"cause", r.Cause}} {
		want, ok := expect.Get(f.name)
		if !ok || f.name == "error" && want.Str() == "*" {
			continue
		}
		if f.got == nil {
			return fmt.Sprintf("%s: expected %s, got none", f.name, short(want))
		}
		if want.Str() != *f.got {
			return mismatch(want, value.FromString(*f.got), f.name)
		}
	}
	return ""
}

// mockedTasks answers task calls from lists of {"return": VALUE} and {"throw": {"error", "cause"}}, the n-th call of a state
// with the n-th element.
type mockedTasks struct {
	mocks  value.Value
	repeat bool // the last element answers the calls beyond the list
	inputs map[string][]value.Value
}

func (t *mockedTasks) resolve(c asltest.Call) (asltest.Answer, error) {
	if t.inputs != nil {
		in, err := value.ParseString(c.Input)
		if err != nil {
			return asltest.Answer{}, err
		}
		t.inputs[c.State] = append(t.inputs[c.State], in)
	}
	list := get(t.mocks, c.State).Elems()
	n := c.N
	if t.repeat && n >= len(list) {
		n = len(list) - 1
	}
	if n < 0 || n >= len(list) {
		return asltest.Answer{}, errors.New("no mocked result is left")
	}
	if out, ok := list[n].Get("return"); ok {
		return asltest.Return(out.JSON()), nil
	}
	throw := get(list[n], "throw")
	return asltest.Answer{Failure: &asltest.Failure{Error: textOf(throw, "error"), Cause: textOf(throw, "cause")}}, nil
}
