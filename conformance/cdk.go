package conformance

import (
	"fmt"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// runCDK runs a machine that the AWS CDK synthesised.
func runCDK(doc value.Value) verdict {
	express := str(doc, "machineType") == "EXPRESS"
	definition, expect := get(doc, "definition"), get(doc, "expect")
	m, err := asl.Compile([]byte(definition.JSON()), asl.Options{Express: express})
	if _, runs := expect.Get("status"); !runs || err != nil {
		switch want := get(expect, "parses").Bool(); {
		case want && err != nil:
			return failed("expected to be accepted, got %s", cut(err.Error(), 600))
		case !want && err == nil:
			return failed("expected to be refused")
		}
		return verdict{}
	}
	tasks := &mockedTasks{mocks: get(doc, "mocks"), repeat: true, inputs: map[string][]value.Value{}}
	r, err := asltest.Run(m, get(doc, "input").JSON(), asltest.Options{Resolve: tasks.resolve, Express: express, Objects: givenObjects(doc)})
	if err != nil {
		return failed("%s", describe(err, r))
	}
	if d := compareResult(expect, r); d != "" {
		return verdict{difference: d}
	}
	return verdict{difference: compareInputs(get(expect, "taskInputs"), tasks.inputs)}
}

// compareInputs compares, for each state that is listed, the input of every attempt.
func compareInputs(want value.Value, got map[string][]value.Value) string {
	for state, list := range want.All() {
		if w, g := list.Len(), len(got[state]); w != g {
			return fmt.Sprintf("taskInputs: expected %d calls of %q, got %d", w, state, g)
		}
		for i, w := range list.Elems() {
			if g := got[state][i]; !w.Equal(g) {
				return mismatch(w, g, fmt.Sprintf("taskInputs.%s[%d]", state, i))
			}
		}
	}
	return ""
}
