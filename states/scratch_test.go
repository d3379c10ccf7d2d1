package states_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// Steps of several executions, some of them stale, with memory that they share and without.
func TestScratchChangesNoCommit(t *testing.T) {
	t.Parallel()
	m, err := asl.Compile([]byte(`{"StartAt":"A","States":{
 "A":{"Type":"Pass","Parameters":{"n.$":"$.n"},"ResultPath":"$.p","Next":"T"},
 "T":{"Type":"Task","Resource":"gait:work","TimeoutSeconds":5,"Next":"U"},
 "U":{"Type":"Task","Resource":"gait:work","Catch":[{"ErrorEquals":["States.ALL"],"Next":"E"}],"Next":"E"},
 "E":{"Type":"Succeed"}}}`), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	input, _ := value.ParseString(`{"n":5}`)
	output, _ := value.ParseString(`{"m":[1,2]}`)
	inputs := []states.Input{
		states.Start{Input: input},
		states.TaskSucceeded{Ref: states.Ref{Gen: 7}, Output: output},
		states.TaskSucceeded{Ref: states.Ref{Gen: 1}, Output: output},
		states.TaskFailed{Ref: states.Ref{Gen: 2}, Failure: states.Failure{Name: states.Some("Bad")}},
		states.Continue{},
	}
	alone := &states.Env{Now: time.Unix(1700000000, 0)}
	shared := &states.Env{Now: alone.Now, Scratch: new(states.Scratch)}
	var want, got [2]states.Execution
	for _, in := range inputs {
		for i := range want {
			a, errA := states.Step(m, &want[i], alone, in)
			b, errB := states.Step(m, &got[i], shared, in)
			if diff := cmp.Diff(a, b); errA != errB || diff != "" {
				t.Errorf("%T: %v and %v, commits (-alone +shared):\n%s", in, errA, errB, diff)
			}
			kept := b.Tasks
			shared.Scratch.Reclaim(&b)
			if b.Records != nil || len(kept) != len(a.Tasks) {
				t.Errorf("%T: Reclaim left %d records and %d tasks", in, len(b.Records), len(kept))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || want[0].Outcome == nil || want[0].Outcome.Status != states.Succeeded {
		t.Errorf("executions (-alone +shared), or not succeeded:\n%s", diff)
	}
}
