package states_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/states"
)

// TestSubmittedWorkIsStoppedWhenNobodyWaitsForIt looks at Commit.Stop for each way in which a wait ends.
func TestSubmittedWorkIsStoppedWhenNobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	const machine = `{"TimeoutSeconds":100,"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"J","States":{"J":{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.sync","TimeoutSeconds":50,"Parameters":{"JobName":"n","JobDefinition":"d","JobQueue":"q"},"End":true}}},
		{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:x","End":true}}}],
		"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}]},"C":{"Type":"Pass","End":true}}}`
	later := func(w *world, d time.Duration) { w.env.Now = w.env.Now.Add(d) }
	tests := []struct {
		name    string
		handle  string
		end     func(w *world, job states.Ref)
		stopped bool
	}{
		{"by StopExecution", "j-1", func(w *world, _ states.Ref) { w.step(states.Abort{}) }, true},
		{"by its own timeout", "j-1", func(w *world, _ states.Ref) { later(w, 50*time.Second); w.step(states.Tick{}) }, true},
		{"by the timeout of the machine", "j-1", func(w *world, _ states.Ref) { later(w, 100*time.Second); w.step(states.Tick{}) }, true},
		{"by a failing sibling", "j-1", func(w *world, _ states.Ref) {
			w.step(states.TaskFailed{Ref: w.task("T"), Failure: states.Failure{Name: states.Some("E")}})
		}, true},
		{"not when it succeeded", "j-1", func(w *world, job states.Ref) { w.step(states.TaskSucceeded{Ref: job}) }, false},
		{"not when it failed", "j-1", func(w *world, job states.Ref) {
			w.step(states.TaskFailed{Ref: job, Failure: states.Failure{Name: states.Some("E")}})
		}, false},
		{"not without a handle", "", func(w *world, _ states.Ref) { w.step(states.Abort{}) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, machine)
			w.crash = true
			w.start(`{}`)
			job := w.task("J")
			w.step(states.TaskSubmitted{Ref: job, Handle: tt.handle, Follow: true})
			tt.end(w, job)
			var want []states.Stop
			if tt.stopped {
				want = []states.Stop{{Ref: job, Handle: "j-1", Resource: "arn:aws:states:::batch:submitJob.sync", State: "J"}}
			}
			if diff := cmp.Diff(want, w.commits[len(w.commits)-1].Stop); diff != "" {
				t.Errorf("stop (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorNamesAndCausesOfTasksAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:x","End":true}}}`).start(`{}`)
	long := strings.Repeat("é", 40_000)
	w.step(states.TaskFailed{Ref: w.task("T"), Failure: states.Failure{Name: states.Some(long), Cause: states.Some(long)}})
	f := w.x.Outcome.Failure
	if f.Name.S != long[:2*256] || f.Cause.S != long[:2*32_768] {
		t.Errorf("a name of %d and a cause of %d bytes, want 256 and 32,768 characters", len(f.Name.S), len(f.Cause.S))
	}
}
