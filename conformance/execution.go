package conformance

import (
	"errors"
	"fmt"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// compileCase compiles a definition. The verdict counts when m is nil.
func compileCase(definition value.Value, o asl.Options) (*asl.Machine, verdict) {
	m, err := asl.Compile([]byte(definition.JSON()), o)
	if err != nil {
		return nil, failed("the definition was refused: %s", cut(err.Error(), 600))
	}
	return m, verdict{}
}

// runAWSExecution runs a recorded execution.
func runAWSExecution(doc value.Value) verdict {
	express := str(doc, "type") == "EXPRESS"
	m, v := compileCase(get(doc, "definition"), asl.Options{Express: express})
	if m == nil {
		return v
	}
	_, sync := get(doc, "expect").Get("syncResponse")
	o := asltest.Options{
		Name: str(doc, "executionName"), MachineName: str(doc, "stateMachineName"), RoleARN: roleOf(doc),
		Account: "111111111111", Region: "us-east-1", Express: express, Sync: sync,
		Resolve: newRecordedTasks(doc).resolve, Stop: stopOf(doc), HasActivity: activitiesOf(doc), Objects: givenObjects(doc),
	}
	if clock := str(doc, "clock"); clock != "" {
		at, err := time.Parse(time.RFC3339, clock)
		if err != nil {
			return failed("the clock of the case: %v", err)
		}
		o.Start = at
	}
	input := "{}"
	if text := get(doc, "input"); text.Kind() == value.String {
		input = text.Str()
	}
	r, err := asltest.Run(m, input, o)
	if err != nil {
		return failed("%s", describe(err, r))
	}
	return verdict{difference: compareExecution(doc, r)}
}

// roleOf returns the role that the execution was started with. Some tests made a role of their own; its name is in the first
// event alone, and roleArn holds the usual one.
func roleOf(doc value.Value) string {
	first, _ := get(get(doc, "expect"), "history").At(0)
	if role := str(get(first, "executionStartedEventDetails"), "roleArn"); role != "" {
		return role
	}
	return str(doc, "roleArn")
}

// describe words an error of a run.
func describe(err error, r *asltest.Result) string {
	var u *asltest.UnansweredError
	if errors.As(err, &u) {
		return fmt.Sprintf("no answer for call %d of state %q with %s", u.Call.N, u.Call.State, cut(u.Call.Input, 300))
	}
	if r == nil {
		return err.Error()
	}
	return fmt.Sprintf("%v, after %d events", err, len(r.Events))
}

// stopOf returns the StopExecution call among the actions: it was made when the events before ExecutionAborted were written. A
// call on an execution that had ended changes nothing.
func stopOf(doc value.Value) *asltest.Stop {
	expect := get(doc, "expect")
	if str(expect, "status") != "ABORTED" {
		return nil
	}
	for _, a := range get(doc, "actions").Elems() {
		if str(a, "operation") != "StopExecution" {
			continue
		}
		request := get(a, "request")
		return &asltest.Stop{
			Events: int64(max(0, get(expect, "history").Len()-1)), Error: textOf(request, "error"), Cause: textOf(request, "cause"),
		}
	}
	return nil
}

// textOf returns a member as text: a string as it is, an object or array as its JSON text; nil when it is missing or null.
func textOf(v value.Value, name string) *string {
	m, ok := v.Get(name)
	if !ok || m.IsNull() {
		return nil
	}
	text := m.Str()
	if m.Kind() != value.String {
		text = m.JSON()
	}
	return &text
}

// activitiesOf tells which activities exist. A case that deletes an activity records what becomes of a task that is scheduled
// afterwards, so all deletions count as made before the execution.
func activitiesOf(doc value.Value) func(arn string) bool {
	deleted := map[string]bool{}
	for _, a := range get(doc, "actions").Elems() {
		if str(a, "operation") == "DeleteActivity" {
			deleted[str(get(a, "request"), "activityArn")] = true
		}
	}
	return func(arn string) bool { return !deleted[arn] }
}
