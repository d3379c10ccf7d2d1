package task_test

import (
	"context"
	"testing"

	"github.com/gait-engine/gait/task"
)

func TestLambdaFunctionsAreFoundByPattern(t *testing.T) {
	t.Parallel()
	var m task.Mux
	for _, name := range []string{"exact", "Demo-*", "*EvalFunction*", "a*b*c", "Demo-Add*"} {
		m.HandleLambda(name, task.HandlerFunc(func(context.Context, *task.Request) (any, error) { return name, nil }))
	}
	for name, want := range map[string]string{
		"exact": "exact", "exactly": "", "Demo-Addtax": "Demo-Add*", "Demo-ConstantEvalFunction833B835A": "*EvalFunction*",
		"Demo-x": "Demo-*", "EvalFunction": "*EvalFunction*", "abc": "a*b*c", "aXbYc": "a*b*c", "ac": "", "acb": "", "abcb": "", "": "",
	} {
		for _, resource := range []string{"arn:aws:lambda:us-east-1:123456789012:function:" + name, invoke} {
			r, ok := m.Lookup("m", "S", resource)
			if resource == invoke {
				ok = true // it is told by the name in the parameters
			}
			if !ok {
				if want != "" {
					t.Errorf("%q: nothing, want %q", name, want)
				}
				continue
			}
			input := `{}`
			if resource == invoke {
				input = `{"FunctionName":"` + name + `"}`
			}
			out, failure := task.Call(context.Background(), r.Handler, &task.Request{Input: []byte(input)})
			got := string(out)
			switch {
			case failure != nil && want == "":
			case want == "":
				t.Errorf("%s: %q is done by %s, want nobody", resource, name, got)
			case failure != nil || got != `"`+want+`"` && !containsPayload(got, want):
				t.Errorf("%s: %q is done by %s %v, want %q", resource, name, got, failure, want)
			}
		}
	}
}

func containsPayload(got, want string) bool {
	const start = `{"ExecutedVersion":"$LATEST","Payload":"`
	return len(got) > len(start)+len(want) && got[:len(start)+len(want)] == start+want
}
