package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// TestRedriveWhileItsItemsAreRead stops an execution while the items of its distributed Map are read: its map run was never begun.
func TestRedriveWhileItsItemsAreRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		mux := handlers(echo)
		mux.HandleFunc("arn:aws:states:::my:list", func(ctx context.Context, _ *task.Request) (any, error) {
			if reads++; reads == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return []int{0, 1, 2}, nil
		})
		e := open(t, engine.Config{Tasks: mux})
		deploy(t, e, "m", spread(`"ItemReader":{"Resource":"arn:aws:states:::my:list","Parameters":{}},`))
		id := start(t, e, "m", `{}`)
		synctest.Wait()
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		redrive(t, e, id)
		expectRedriven(t, e, id, 1)
	})
}

// TestRedriveWhileItsMapRunIsStopped redrives an execution when its map run has not heard yet that it was stopped.
func TestRedriveWhileItsMapRunIsStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var stopped atomic.Bool
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
			if !stopped.Load() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return r.Input, nil
		})})
		deploy(t, e, "m", spread(``))
		id := start(t, e, "m", numbers(3))
		synctest.Wait()
		st.set(func(batch []store.Write) error {
			for _, w := range batch {
				if w.ID > 1 { // all but the parent
					return errDisk
				}
			}
			return nil
		})
		stopped.Store(true)
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		redrive(t, e, id)
		synctest.Wait()
		st.set(nil)
		expectRedriven(t, e, id, 1)
	})
}

// unscanned tells of no pending executions until it is opened.
type unscanned struct {
	store.Store
	open atomic.Bool
}

// Pending fails until it may not.
func (u *unscanned) Pending(ctx context.Context, after states.ExecID, limit int) ([]states.ExecID, error) {
	if !u.open.Load() {
		return nil, errDisk
	}
	return u.Store.Pending(ctx, after, limit)
}

// TestRedriveAfterItsMapRunHasSucceeded stops an execution before it hears that its map run has succeeded, and redrives it.
func TestRedriveAfterItsMapRunHasSucceeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mem := memory.New()
		st := &flaky{Store: mem}
		e, err := engine.Open(t.Context(), engine.Config{Store: st, Tasks: handlers(echo)})
		if err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "m", spread(``))
		st.set(func(batch []store.Write) error {
			for _, w := range batch {
				if w.ID == 1 && w.Create == nil { // the parent learns nothing
					return errDisk
				}
			}
			return nil
		})
		id := start(t, e, "m", numbers(3))
		synctest.Wait()
		closeNow(t, e)
		waiting := &unscanned{Store: mem.Reopen()}
		e = open(t, engine.Config{Store: waiting, Tasks: handlers(echo)})
		if r := mapRuns(t, e, id); len(r) != 1 || r[0].Status != states.Succeeded {
			t.Fatalf("map runs %+v", r)
		}
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		redrive(t, e, id)
		expectRedriven(t, e, id, 0)
	})
}

// expectRedriven waits for the end of a redriven execution over three items, whose only map run was redriven so often.
func expectRedriven(t *testing.T, e *engine.Engine, id engine.ID, redrives int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	r, err := e.Wait(ctx, id)
	if err != nil || string(r.Output) != numbers(3) {
		t.Fatalf("ended with %s, %v", r.Output, err)
	}
	want := engine.MapRunCounts{Succeeded: 3, Total: 3, ResultsWritten: 3}
	if runs := mapRuns(t, e, id); len(runs) != 1 || runs[0].Redrives != redrives || runs[0].Executions != want {
		t.Errorf("map runs %+v", runs)
	}
}

// endsLate holds the answer back to the commit that ends the map run, which is stored by then.
type endsLate struct {
	flaky
	run  states.ExecID
	gate atomic.Pointer[chan struct{}]
}

// Apply passes on and waits for the gate when the run has ended.
func (l *endsLate) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	errs := l.flaky.Apply(ctx, epoch, batch)
	for i, w := range batch {
		if gate := l.gate.Load(); gate != nil && w.ID == l.run && w.Status != states.Running && errs[i] == nil {
			<-*gate
		}
	}
	return errs
}

// TestMapRunThatIsRedrivenAsItEnds stops and redrives an execution whose map run has just been stored as ended, of which the engine
// has not heard when it begins to redrive it.
func TestMapRunThatIsRedrivenAsItEnds(t *testing.T) {
	t.Parallel()
	for redrives := 1; redrives <= 2; redrives++ { // before it has ended
		for _, then := range []string{"is stopped", "succeeds", "fails"} {
			t.Run(fmt.Sprint("redriven ", redrives, " times and ", then), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { redriveLate(t, redrives, then) })
			})
		}
	}
}

func redriveLate(t *testing.T, redrives int, then string) {
	var ready atomic.Bool
	st := &endsLate{flaky: flaky{Store: memory.New()}, run: 2}
	e := open(t, engine.Config{Store: st, Shards: 1, Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
		switch {
		case ready.Load() && then == "succeeds":
			return r.Input, nil
		case ready.Load() && then == "fails":
			return nil, &task.Error{Name: "Broken"}
		}
		<-ctx.Done()
		return nil, ctx.Err()
	})})
	deploy(t, e, "m", spread(``))
	id := start(t, e, "m", numbers(3))
	synctest.Wait()
	st.set(func(batch []store.Write) error {
		for _, w := range batch {
			if w.ID > 1 { // all but the parent
				return errDisk
			}
		}
		return nil
	})
	for range redrives {
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		redrive(t, e, id)
		synctest.Wait()
	}
	gate := make(chan struct{})
	st.gate.Store(&gate)
	st.set(nil)
	time.Sleep(5 * time.Minute) // until it is found to have ended
	st.gate.Store(nil)
	ready.Store(true)
	close(gate)
	synctest.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	var failed *engine.ExecutionError
	switch then {
	case "succeeds":
		if r, err := e.Wait(ctx, id); err != nil || string(r.Output) != numbers(3) {
			t.Errorf("ended with %s, %v", r.Output, err)
		}
		return
	case "fails":
		if _, err := e.Wait(ctx, id); !errors.As(err, &failed) || failed.Name != "States.ExceedToleratedFailureThreshold" {
			t.Errorf("ended with %v, want the failure of the map run", err)
		}
		return
	}
	if err := e.Stop(t.Context(), id, "", ""); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Minute)
	if runs, _, calls := engine.Holding(e); runs+calls != 0 {
		t.Errorf("%d executions and %d calls are left, want the map run stopped", runs, calls)
	}
	if r := mapRuns(t, e, id); len(r) != 1 || r[0].Status != states.Aborted {
		t.Errorf("map runs %+v, want an aborted one", r)
	}
}
