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

// With memory of its host, the answer of a task costs what the next task and the commit are made of.
func TestTaskStepAllocatesLittle(t *testing.T) {
	m, err := asl.Compile([]byte(`{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:work","TimeoutSeconds":60,"Next":"T",
 "Catch":[{"ErrorEquals":["States.ALL"],"Next":"E"}]},"E":{"Type":"Succeed"}}}`), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	input, _ := value.ParseString(`{"n":5}`)
	env := &states.Env{Now: time.Unix(1700000000, 0), Limits: states.Limits{Events: -1}, Scratch: new(states.Scratch)}
	x := &states.Execution{ID: 1}
	step := func(in states.Input) {
		c, err := states.Step(m, x, env, in)
		if err != nil || len(c.Tasks) != 1 || len(c.Records) < 3 {
			t.Fatalf("%d records, %d tasks, %v", len(c.Records), len(c.Tasks), err)
		}
		env.Scratch.Reclaim(&c)
	}
	step(states.Start{Input: input})
	got := testing.AllocsPerRun(100, func() {
		step(states.TaskSucceeded{Ref: states.Ref{Exec: 1, Gen: x.Gen}, Output: input})
	})
	if got > 7 {
		t.Errorf("%.1f allocations a step, want at most 7", got)
	}
}
