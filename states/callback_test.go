package states_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

const (
	callbackTask = `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters":{"QueueUrl":"q","MessageBody":"m"},		"TimeoutSeconds":50,"End":true}}}`
	activityTask = `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:a",
		"TimeoutSeconds":50,"HeartbeatSeconds":20,"End":true}}}`
)

// TestCallbackBeforeTheRequestHasReturned looks at the events of a task that is answered with its token too early.
func TestCallbackBeforeTheRequestHasReturned(t *testing.T) {
	t.Parallel()
	failure := states.Failure{Name: states.Some("E"), Cause: states.Some("C")}
	tests := []struct {
		name string
		in   func(states.Ref) states.Input
		want string
	}{
		{"success", func(r states.Ref) states.Input { return states.TaskSucceeded{Ref: r, Output: value.FromInt(1)} }, `
			4<3 TaskStarted
			5<4 TaskSubmitted
			6<5 TaskSucceeded 1
			7<6 TaskStateExited T 1
			8<7 ExecutionSucceeded 1`},
		{"failure", func(r states.Ref) states.Input {
			return states.TaskFailed{Ref: r, Failure: failure, Callback: true}
		}, `
			4<3 TaskStarted
			5<4 TaskSubmitted
			6<5 TaskFailed E: C
			7<6 ExecutionFailed E: C`},
		{"the request itself fails", func(r states.Ref) states.Input {
			return states.TaskFailed{Ref: r, Failure: failure, Stage: states.SubmitFailed}
		}, `
			4<3 TaskStarted
			5<4 TaskSubmitFailed E: C
			6<5 ExecutionFailed E: C`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, callbackTask)
			w.start(`{}`)
			w.step(tt.in(w.task("T")))
			if diff := cmp.Diff(undent(tt.want), lines(w.records[3:], 4)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func undent(s string) string {
	var all []string
	for line := range strings.Lines(strings.TrimSpace(s)) {
		all = append(all, strings.TrimSpace(line))
	}
	return strings.Join(all, "\n")
}

// TestActivityThatDoesNotExist wants what AWS was recorded to do: nothing is scheduled, and no catcher sees States.Runtime.
func TestActivityThatDoesNotExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t, activityTask)
	asked := map[string]bool{}
	w.env.HasActivity = func(state, arn string) bool {
		asked[state+" "+arn] = true
		return false
	}
	w.start(`{}`)
	want := undent(`
		1<0 ExecutionStarted
		2<0 TaskStateEntered T
		3<2 ExecutionFailed States.Runtime: An error occurred while executing the state 'T' (entered at the event id #2). The activity arn:aws:states:us-east-1:123456789012:activity:a does not exist.`)
	if diff := cmp.Diff(want, lines(w.records, 1)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"T arn:aws:states:us-east-1:123456789012:activity:a": true}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestTaskThatAWorkerHasIsNotDeliveredAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, activityTask)
	w.start(`{}`)
	ref := w.task("T")
	if got := len(states.Pending(w.m, w.x, &w.env)); got != 1 || w.x.NextDue() != 0 {
		t.Errorf("before a worker has it: %d tasks to deliver, due %d, want 1 and no clock", got, w.x.NextDue())
	}
	w.step(states.TaskStarted{Ref: ref, Worker: "w-1", Taken: true})
	if got := len(states.Pending(w.m, w.x, &w.env)); got != 0 || w.x.NextDue() == 0 {
		t.Errorf("after a worker has it: %d tasks to deliver, due %d, want none and the heartbeat", got, w.x.NextDue())
	}
}
