package asltest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

func compile(t *testing.T, definition string) *asl.Machine {
	t.Helper()
	m, err := asl.Compile([]byte(definition), asl.Options{})
	if err != nil {
		t.Fatalf("%s: %v", definition, err)
	}
	return m
}

func run(t *testing.T, definition, input string, o asltest.Options) *asltest.Result {
	t.Helper()
	r, err := asltest.Run(compile(t, definition), input, o)
	if err != nil {
		t.Fatalf("%s with %s: %v", definition, input, err)
	}
	return r
}

// always answers every call alike.
func always(a asltest.Answer) asltest.Resolver {
	return func(asltest.Call) (asltest.Answer, error) { return a, nil }
}

const task = `"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "q", "MessageBody": "m"}, "End": true`

func single(state string) string { return `{"StartAt": "S", "States": {"S": {` + state + `}}}` }

func TestTimeIsVirtual(t *testing.T) {
	t.Parallel()
	name := "E"
	tests := []struct {
		name, definition string
		answer           asltest.Answer
		status           string
		elapsed          time.Duration
	}{
		{"a Wait takes its time", single(`"Type": "Wait", "Seconds": 31536000, "End": true`), asltest.Answer{}, "SUCCEEDED", 365 * 24 * time.Hour},
		{"an answer takes its time", single(task), asltest.Answer{After: 1500 * time.Millisecond}, "SUCCEEDED", 1500 * time.Millisecond},
		{"a timeout ends a call without an answer", single(task + `, "TimeoutSeconds": 7`), asltest.Answer{Never: true}, "FAILED", 7 * time.Second},
		{"an answer in time wins", single(task + `, "TimeoutSeconds": 7`), asltest.Answer{After: 7 * time.Second}, "SUCCEEDED", 7 * time.Second},
		{"heartbeats keep a call alive", single(task + `, "HeartbeatSeconds": 5`),
			asltest.Answer{After: 12 * time.Second, Heartbeats: []time.Duration{4 * time.Second, 8 * time.Second}}, "SUCCEEDED", 12 * time.Second},
		{"a missing heartbeat ends it", single(task + `, "HeartbeatSeconds": 5`),
			asltest.Answer{After: 12 * time.Second, Heartbeats: []time.Duration{4 * time.Second}}, "FAILED", 9 * time.Second},
		{"retries back off", single(task + `, "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2}]`),
			asltest.Answer{Failure: &asltest.Failure{Error: &name}}, "FAILED", 14 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, tt.definition, `{}`, asltest.Options{Resolve: always(tt.answer)})
			if r.Status != tt.status || r.Elapsed != tt.elapsed {
				t.Errorf("got %s after %s, want %s after %s", r.Status, r.Elapsed, tt.status, tt.elapsed)
			}
		})
	}
}

func TestAnswersOfOneInstantComeInOrder(t *testing.T) {
	t.Parallel()
	sync := strings.Replace(task, "sendMessage", "sendMessage.waitForTaskToken", 1)
	definition := `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
		{"StartAt": "A", "States": {"A": {` + sync + `}}}, {"StartAt": "B", "States": {"B": {` + sync + `}}}]}}}`
	var calls []string
	r := run(t, definition, `{}`, asltest.Options{Resolve: func(c asltest.Call) (asltest.Answer, error) {
		calls = append(calls, fmt.Sprintf("%s %d %s", c.State, c.N, c.Resource))
		return asltest.Answer{Submitted: `{}`, Output: `"` + c.State + `"`}, nil
	}})
	var got []string
	for _, e := range r.Events {
		if strings.HasPrefix(e.Type, "Task") && !strings.HasPrefix(e.Type, "TaskState") {
			got = append(got, e.Type)
		}
	}
	want := []string{"TaskScheduled", "TaskScheduled", "TaskStarted", "TaskStarted", "TaskSubmitted", "TaskSubmitted", "TaskSucceeded", "TaskSucceeded"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	resource := "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
	if diff := cmp.Diff([]string{"A 0 " + resource, "B 0 " + resource}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if r.Output != `["A","B"]` {
		t.Errorf("got output %s", r.Output)
	}
}

func TestCallsAreCountedByState(t *testing.T) {
	t.Parallel()
	var got []string
	definition := single(task + `, "Retry": [{"ErrorEquals": ["E"]}]`)
	r := run(t, definition, `{"x": 1}`, asltest.Options{Resolve: func(c asltest.Call) (asltest.Answer, error) {
		got = append(got, fmt.Sprintf("%d %d %s", c.N, c.Attempt, c.Elapsed))
		if c.N < 2 {
			return asltest.Fail("E", "again"), nil
		}
		return asltest.Return(`7`), nil
	}})
	if diff := cmp.Diff([]string{"0 0 0s", "1 1 1s", "2 2 3s"}, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if r.Output != "7" {
		t.Errorf("got output %s", r.Output)
	}
}

func TestStopAborts(t *testing.T) {
	t.Parallel()
	cause := "enough"
	r := run(t, single(`"Type": "Wait", "Seconds": 60, "End": true`), `{}`, asltest.Options{
		Stop: &asltest.Stop{After: 10 * time.Second, Cause: &cause},
	})
	if r.Status != "ABORTED" || r.Elapsed != 10*time.Second || r.Error != nil || r.Cause == nil || *r.Cause != cause {
		t.Errorf("got %s after %s with %v, %v", r.Status, r.Elapsed, r.Error, r.Cause)
	}
}

func TestARunThatCannotGoOnEnds(t *testing.T) {
	t.Parallel()
	loop := `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Default": "A", "Choices": [
		{"Variable": "$", "IsNull": true, "Next": "C"}]}, "C": {"Type": "Succeed"}}}`
	t.Run("nothing is due", func(t *testing.T) {
		t.Parallel()
		token := strings.Replace(task, "sendMessage", "sendMessage.waitForTaskToken", 1)
		r := run(t, single(token), `{}`, asltest.Options{Resolve: always(asltest.Answer{Never: true}), MaxElapsed: 10 * 365 * 24 * time.Hour})
		if r.Status != "RUNNING" {
			t.Errorf("got %s, stalled %t", r.Status, r.Stalled)
		}
	})
	t.Run("the clock has a limit", func(t *testing.T) {
		t.Parallel()
		r := run(t, single(`"Type": "Wait", "Seconds": 61, "End": true`), `{}`, asltest.Options{MaxElapsed: time.Minute})
		if r.Status != "RUNNING" || r.Stalled || r.Elapsed != 0 {
			t.Errorf("got %s, stalled %t, after %s", r.Status, r.Stalled, r.Elapsed)
		}
	})
	t.Run("a loop uses up the budget", func(t *testing.T) {
		t.Parallel()
		r, err := asltest.Run(compile(t, loop), `{}`, asltest.Options{Limits: states.Limits{Events: -1}, MaxSteps: 50})
		if !errors.Is(err, asltest.ErrBudget) || len(r.Events) == 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a loop of an Express execution uses up the budget", func(t *testing.T) {
		t.Parallel()
		r, err := asltest.Run(compile(t, loop), `{}`, asltest.Options{Express: true, MaxEvents: 30_000})
		if !errors.Is(err, asltest.ErrBudget) || len(r.Events) < 30_000 || len(r.Events) > 31_000 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a loop ends at the limit of the history", func(t *testing.T) {
		t.Parallel()
		r := run(t, loop, `{}`, asltest.Options{})
		if r.Status != "FAILED" || len(r.Events) != 25_000 {
			t.Errorf("got %s with %d events", r.Status, len(r.Events))
		}
	})
}

func TestErrorsOfTheCaller(t *testing.T) {
	t.Parallel()
	m := compile(t, single(task))
	var syntax *value.SyntaxError
	if r, err := asltest.Run(m, `{`, asltest.Options{}); r != nil || !errors.As(err, &syntax) {
		t.Errorf("input that is no JSON: got %v, %v", r, err)
	}
	var unanswered *asltest.UnansweredError
	if r, err := asltest.Run(m, `{}`, asltest.Options{}); r == nil || !errors.As(err, &unanswered) || unanswered.Call.State != "S" {
		t.Errorf("no Resolver: got %v", err)
	}
	refusal := errors.New("no")
	if _, err := asltest.Run(m, `{}`, asltest.Options{Resolve: func(asltest.Call) (asltest.Answer, error) {
		return asltest.Answer{}, refusal
	}}); !errors.Is(err, refusal) {
		t.Errorf("a Resolver that refuses: got %v", err)
	}
	if _, err := asltest.Run(m, `{}`, asltest.Options{Resolve: always(asltest.Return(`{`))}); !errors.As(err, &syntax) {
		t.Errorf("an answer that is no JSON: got %v", err)
	}
}

func TestRunsRepeat(t *testing.T) {
	t.Parallel()
	definition := single(`"Type": "Pass", "Parameters": {"id.$": "States.UUID()", "n.$": "States.MathRandom(0, 1000000)"}, "End": true`)
	o := asltest.Options{Seed: [16]byte{1}}
	first, second := run(t, definition, `{}`, o), run(t, definition, `{}`, o)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two runs with one seed (-first +second):\n%s", diff)
	}
	o.Seed[0]++
	if other := run(t, definition, `{}`, o); other.Output == first.Output {
		t.Errorf("two seeds gave the same output %s", other.Output)
	}
}

func TestContextObjectNamesTheExecution(t *testing.T) {
	t.Parallel()
	definition := single(`"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id", "machine.$": "$$.StateMachine", "at.$": "$$.Execution.StartTime"}, "End": true`)
	got := run(t, definition, `{}`, asltest.Options{
		Name: "e", MachineName: "m", Account: "1", Region: "r", Start: time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC),
	}).Output
	want := `{"id":"arn:aws:states:r:1:execution:m:e","machine":{"Id":"arn:aws:states:r:1:stateMachine:m","Name":"m"},"at":"2026-02-03T04:05:06.789Z"}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
