package states_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

const spread = `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "Label": "lab",
	"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}}}`

// mapRun is a map run of the machine above under test.
type mapRun struct {
	t   *testing.T
	m   *asl.Machine
	x   *states.Execution
	env states.Env
}

func newMapRun(t *testing.T, run states.MapRun) (*mapRun, states.Commit) {
	t.Helper()
	m, err := asl.Compile([]byte(spread), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &mapRun{t: t, m: m, x: &states.Execution{ID: 9}, env: states.Env{Now: time.UnixMilli(1_700_000_000_000)}}
	run.ARN = "arn:aws:states:us-east-1:123456789012:mapRun:m/lab:id"
	c, err := r.step(states.StartRun{Run: run})
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

// step makes a step from the packed form of the run, so that what is not packed is missed.
func (r *mapRun) step(in states.Input) (states.Commit, error) {
	r.t.Helper()
	if r.x.Seq > 0 {
		loaded, err := pack.Execution(pack.AppendExecution(nil, r.x), r.x.Input)
		if err != nil {
			r.t.Fatal(err)
		}
		r.x = loaded
	}
	return states.Step(r.m, r.x, &r.env, in)
}

// TestMapRunAccounts ends child executions in random order and checks after each step that none is started twice, that there are
// never too many at a time, and that the run ends once, when none is left.
func TestMapRunAccounts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		planned, concurrency := random.IntN(40), 1+random.IntN(8)
		failing := random.IntN(4) == 0
		r, c := newMapRun(t, states.MapRun{Planned: int32(planned), Items: int64(planned), Concurrency: int32(concurrency),
			ToleratedCount: int64(random.IntN(3))})
		started, ended := map[int32]bool{}, 0
		var running []int32
		for {
			for _, child := range c.Children {
				if started[child] {
					t.Fatalf("seed %d: child %d is started twice", seed, child)
				}
				started[child] = true
				running = append(running, child)
			}
			if len(running) > concurrency {
				t.Fatalf("seed %d: %d at once, want at most %d", seed, len(running), concurrency)
			}
			run := r.x.Run
			if counts := run.Children; counts.Succeeded+counts.Failed+counts.Aborted != int64(ended) || len(run.Running) != len(running) {
				t.Fatalf("seed %d: counts %+v and %d running after %d ends", seed, counts, len(run.Running), ended)
			}
			if len(running) == 0 {
				break
			}
			at := random.IntN(len(running))
			child := running[at]
			running = slices.Delete(running, at, at+1)
			status := states.Succeeded
			switch {
			case r.x.Run.Ending == states.Stopping:
				status = states.Aborted
			case failing && random.IntN(3) == 0:
				status = states.Failed
			}
			var err error
			if c, err = r.step(states.ChildEnded{Child: child, Items: 1, Status: status}); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			ended++
			if _, err := r.step(states.ChildEnded{Child: child, Items: 1, Status: status}); err == nil {
				t.Fatalf("seed %d: the end of child %d counts twice", seed, child)
			}
		}
		if !c.Write {
			if o := r.x.Outcome; o == nil || o.Status != states.Failed || o.Failure.Name.S != "States.ExceedToleratedFailureThreshold" {
				t.Fatalf("seed %d: ended with %+v", seed, o)
			}
			continue
		}
		if c, err := r.step(states.RunWritten{Output: value.FromInt(1), Written: int64(planned)}); err != nil || c.Outcome == nil || c.Outcome.Status != states.Succeeded {
			t.Fatalf("seed %d: ended with %+v, %v", seed, c.Outcome, err)
		}
		if _, err := r.step(states.RunWritten{}); !errors.Is(err, states.ErrFinished) {
			t.Fatalf("seed %d: written twice: %v", seed, err)
		}
	}
}

func TestAbortedMapRunWaitsForItsChildren(t *testing.T) {
	t.Parallel()
	r, c := newMapRun(t, states.MapRun{Planned: 5, Items: 5, Concurrency: 2})
	if diff := cmp.Diff([]int32{0, 1}, c.Children); diff != "" {
		t.Fatalf("started (-want +got):\n%s", diff)
	}
	c, err := r.step(states.Abort{Error: states.Some("E")})
	if diff := cmp.Diff([]int32{0, 1}, c.Quit); err != nil || diff != "" {
		t.Fatalf("stopped: %v (-want +got):\n%s", err, diff)
	}
	if c, err = r.step(states.ChildEnded{Child: 1, Items: 1, Status: states.Aborted}); err != nil || len(c.Children) > 0 || c.Outcome != nil {
		t.Fatalf("after the first end: %+v, %v", c, err)
	}
	pending := r.x.Run.Pending()
	if diff := cmp.Diff([]int32{0}, pending.Quit); diff != "" {
		t.Errorf("to be stopped after a restart (-want +got):\n%s", diff)
	}
	if c, err = r.step(states.ChildEnded{Child: 0, Items: 1, Status: states.Succeeded}); err != nil || c.Outcome == nil || c.Outcome.Status != states.Aborted ||
		c.Outcome.Failure.Name.S != "E" {
		t.Fatalf("ended with %+v, %v", c.Outcome, err)
	}
}

func TestMapRunTakesUpdates(t *testing.T) {
	t.Parallel()
	r, _ := newMapRun(t, states.MapRun{Planned: 9, Items: 9, Concurrency: 1})
	three, count, percentage := int32(3), int64(1), 50.0
	c, err := r.step(states.Batch{states.UpdateRun{Concurrency: &three, ToleratedCount: &count}, states.UpdateRun{ToleratedPercentage: &percentage}})
	if diff := cmp.Diff([]int32{1, 2}, c.Children); err != nil || diff != "" {
		t.Errorf("started: %v (-want +got):\n%s", err, diff)
	}
	if run := r.x.Run; run.Concurrency != 3 || run.ToleratedCount != 1 || run.ToleratedPercentage != 50 {
		t.Errorf("map run %+v", run)
	}
	if c, err = r.step(states.ChildEnded{Child: 1, Items: 1, Status: states.TimedOut}); err != nil || len(c.Children) != 1 {
		t.Errorf("one failure is tolerated: %+v, %v", c, err)
	}
	if c, err = r.step(states.ChildEnded{Child: 0, Items: 1, Status: states.Failed}); err != nil || len(c.Children) != 0 || len(c.Quit) != 2 {
		t.Errorf("a second one is not: %+v, %v", c, err)
	}
}

func TestInputsThatAreNotForMapRuns(t *testing.T) {
	t.Parallel()
	r, _ := newMapRun(t, states.MapRun{Planned: 1, Items: 1})
	for _, tt := range []struct {
		in   states.Input
		want error
	}{
		{states.TaskSucceeded{}, states.ErrInput}, {states.Start{}, states.ErrStarted}, {states.StartRun{}, states.ErrStarted},
		{states.ChildEnded{Child: 7}, states.ErrStale}, {states.RunWritten{}, states.ErrStale},
	} {
		if _, err := r.step(tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%T: %v, want %v", tt.in, err, tt.want)
		}
	}
	w := newWorld(t, spread)
	for _, in := range []states.Input{states.ChildEnded{}, states.RunWritten{}, states.UpdateRun{}} {
		if w.step(states.Start{Input: doc(t, `[1]`)}); w.step(in) {
			t.Errorf("%T is taken by an execution that is no map run", in)
		}
	}
	if _, err := states.Step(r.m, &states.Execution{}, &r.env, states.StartRun{Run: states.MapRun{Flow: 9}}); !errors.Is(err, states.ErrInput) {
		t.Errorf("a map run of no Map: %v", err)
	}
	if _, err := states.Step(r.m, &states.Execution{}, &r.env, states.Start{Flow: -1}); !errors.Is(err, states.ErrInput) {
		t.Errorf("a start in no flow: %v", err)
	}
}

// TestPendingRunsPlanAlike checks that a map run that is taken up after a restart has the plan that it had before.
func TestPendingRunsPlanAlike(t *testing.T) {
	t.Parallel()
	definition := `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Assign": {"v": 7}, "Next": "M"}, "M": {"Type": "Map", "End": true,
		"ItemsPath": "$.l", "ItemSelector": {"i.$": "$$.Map.Item.Index", "x.$": "$$.Map.Item.Value", "v.$": "$v", "state.$": "$$.State.Name", "all.$": "$.a"},
		"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"b.$": "$.a"}}, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED",
		"ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}}}`
	m, err := asl.Compile([]byte(definition), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := &states.Execution{ID: 1}
	env := states.Env{Now: time.UnixMilli(1_700_000_000_000)}
	c, err := states.Step(m, x, &env, states.Start{Input: doc(t, `{"l": [1, 2, 3], "a": "A"}`)})
	if err != nil || len(c.Runs) != 1 {
		t.Fatalf("%d requests, %v", len(c.Runs), err)
	}
	plan := func(r *states.MapRequest) (all []string) {
		p := r.Planner()
		r.Items(func(i states.MapItem) bool {
			children, failed := p.Add(i)
			if failed != nil {
				t.Fatal(failed)
			}
			for _, child := range children {
				all = append(all, fmt.Sprint(child.Items, child.Input.JSON()))
			}
			return true
		})
		for _, child := range p.Rest() {
			all = append(all, fmt.Sprint(child.Items, child.Input.JSON()))
		}
		return all
	}
	item := func(i, x int) string { return fmt.Sprintf(`{"i":%d,"x":%d,"v":7,"state":"M","all":"A"}`, i, x) }
	want := []string{
		`2{"BatchInput":{"b":"A"},"Items":[` + item(0, 1) + `,` + item(1, 2) + `]}`, `1{"BatchInput":{"b":"A"},"Items":[` + item(2, 3) + `]}`,
	}
	if diff := cmp.Diff(want, plan(&c.Runs[0])); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	loaded, err := pack.Execution(pack.AppendExecution(nil, x), x.Input)
	if err != nil {
		t.Fatal(err)
	}
	again := states.PendingRuns(m, loaded, &env)
	if len(again) != 1 || again[0].ARN != c.Runs[0].ARN || again[0].Ref != c.Runs[0].Ref || again[0].Label != c.Runs[0].Label {
		t.Fatalf("taken up again: %+v", again)
	}
	if diff := cmp.Diff(want, plan(&again[0])); diff != "" {
		t.Errorf("plan after a restart (-want +got):\n%s", diff)
	}
}
