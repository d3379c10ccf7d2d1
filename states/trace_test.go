package states_test

import (
	"testing"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// traced enters the only state of a definition and returns what a trace saw.
func traced(t *testing.T, state, input string, trace *states.Trace) *states.Execution {
	t.Helper()
	m, err := asl.Compile([]byte(state), asl.Options{Single: "S"})
	if err != nil {
		t.Fatal(err)
	}
	in, err := value.ParseString(input)
	if err != nil {
		t.Fatal(err)
	}
	x := &states.Execution{ID: 1}
	env := &states.Env{Now: time.Unix(0, 0), Trace: trace}
	if _, err := states.Step(m, x, env, states.Start{Input: in}); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestTraceShowsTheDocumentsOfAPassState(t *testing.T) {
	t.Parallel()
	trace := states.NewTrace()
	traced(t, `{"Type": "Pass", "InputPath": "$.a", "Parameters": {"x.$": "$.b"}, "ResultPath": "$.r", "OutputPath": "$.r.x", "Next": "T"}`,
		`{"a": {"b": 1}}`, trace)
	for stage, want := range map[states.Stage]string{
		states.AfterInputPath: `{"b":1}`, states.AfterParameters: `{"x":1}`, states.AfterResultSelector: `{"x":1}`,
		states.AfterResultPath: `{"a":{"b":1},"r":{"x":1}}`,
	} {
		if v, ok := trace.At(stage); !ok || v.JSON() != want {
			t.Errorf("stage %d: got %s, %v, want %s", stage, v.JSON(), ok, want)
		}
	}
	if _, ok := trace.At(states.AfterWork); ok {
		t.Error("a Pass without Result has no result")
	}
	if !trace.Left || trace.Next != "T" || trace.Output.JSON() != "1" {
		t.Errorf("got %v, %q, %s", trace.Left, trace.Next, trace.Output.JSON())
	}
}

func TestTracedMapTakesItsResultFromTheTrace(t *testing.T) {
	t.Parallel()
	const state = `{"Type": "Map", "ItemsPath": "$.list", "ItemSelector": {"v.$": "$$.Map.Item.Value"}, "MaxConcurrency": 2,
		"ToleratedFailureCount": 1, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
		"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}, "End": true,
		"Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "A"}, {"ErrorEquals": ["States.ALL"], "Next": "B"}]}`
	for failures, next := range []string{"", "", "B"} {
		trace := states.NewTrace()
		trace.Result, trace.FailedIterations = value.FromArray([]value.Value{value.FromInt(7), value.FromInt(8)}), failures
		traced(t, state, `{"list": [1, 2]}`, trace)
		selected, _ := trace.At(states.AfterItemSelector)
		if selected.JSON() != `[{"v":1},{"v":2}]` || *trace.MaxConcurrency != 2 || *trace.Iterations != 2 || *trace.ToleratedFailureCount != 1 {
			t.Errorf("%d failures: got %s, %v, %v, %v", failures, selected.JSON(), *trace.MaxConcurrency, *trace.Iterations, *trace.ToleratedFailureCount)
		}
		if trace.Next != next || next != "" && (trace.CatchIndex != 1 || trace.Failed.Name.S != "States.ExceedToleratedFailureThreshold") {
			t.Errorf("%d failures: got next %q, catcher %d, failure %v", failures, trace.Next, trace.CatchIndex, trace.Failed)
		}
	}
}

func TestTraceTellsTheRetrierThatMatches(t *testing.T) {
	t.Parallel()
	const state = `{"Type": "Parallel", "Branches": [{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}], "End": true,
		"Retry": [{"ErrorEquals": ["A"]}, {"ErrorEquals": ["B"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 3}]}`
	for count, backoff := range []states.Millis{2000, 6000, 18000, 0} {
		trace := states.NewTrace()
		trace.Failure, trace.RetryCount = &states.Failure{Name: states.Some("B")}, count
		x := traced(t, state, `{}`, trace)
		if trace.RetryIndex != 1 || trace.Retry != (backoff > 0) || trace.Backoff != backoff || (x.Status == states.Failed) != (backoff == 0) {
			t.Errorf("after %d retries: got retrier %d, %v, %d ms, %s", count, trace.RetryIndex, trace.Retry, trace.Backoff, x.Status)
		}
	}
}
