package engine_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// waiting is a worker who asks for a task of the activity pack.
type waiting struct {
	got  chan *task.ActivityTask
	err  chan error
	quit context.CancelFunc
}

// ask has a worker ask, and returns when it waits.
func ask(t testing.TB, e *engine.Engine, worker string) *waiting {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &waiting{make(chan *task.ActivityTask, 1), make(chan error, 1), cancel}
	go func() {
		got, err := e.GetActivityTask(ctx, packARN, worker)
		w.err <- err
		w.got <- got
	}()
	synctest.Wait()
	return w
}

// A round trip is two commits when a worker waits: the start of the task rides with its scheduling.
func TestTaskOfAWaitingWorkerIsStartedAsItIsScheduled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newCounted(memory.New())
		e := openPacking(t, engine.Config{Store: st}, `"TimeoutSeconds":30,"HeartbeatSeconds":10,`)
		first, second := ask(t, e, "first"), ask(t, e, "second")
		id := start(t, e, "m", `1`)
		got, began := <-first.got, time.Now()
		if got == nil || string(got.Input) != "1" || got.TimeoutSeconds != 30 || got.HeartbeatSeconds != 10 {
			t.Fatalf("the worker who waited longest got %+v %v, want the task", got, <-first.err)
		}
		succeed(t, e, got.Token, `"done"`)
		if got := wait(t, e, id); got != `SUCCEEDED "done"` {
			t.Errorf("got %s", got)
		}
		if n := st.writes.Load(); n != 2 {
			t.Errorf("%d commits, want 2", n)
		}
		all := events(t, e, id)
		want := "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded TaskStateExited ExecutionSucceeded"
		if got := types(t, all); got != want {
			t.Errorf("history %s, want %s", got, want)
		} else if s := all[3]; s.Details.WorkerName != "first" || s.PreviousEventID != 3 || !s.Timestamp.Equal(began) {
			t.Errorf("started by %q after event %d at %v, want first, 3 and %v", s.Details.WorkerName, s.PreviousEventID, s.Timestamp, began)
		}

		// The clocks run from there.
		id = start(t, e, "m", `2`)
		began = time.Now()
		if got := <-second.got; got == nil || string(got.Input) != "2" {
			t.Fatalf("the second worker got %+v", got)
		}
		if got := wait(t, e, id); got != "FAILED States.Timeout: " && got != "FAILED States.HeartbeatTimeout: " {
			t.Errorf("got %s, want a timeout", got)
		}
		if d := time.Since(began); d != 10*time.Second {
			t.Errorf("timed out after %v, want 10s", d)
		}
	})
}

func TestWorkerWhoLeavesWhileItsTaskIsScheduledSwallowsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &watched{Store: memory.New()}
		e := openPacking(t, engine.Config{Store: st}, `"TimeoutSeconds":60,`)
		w := ask(t, e, "gone")
		gate := make(chan struct{})
		st.gate.Store(&gate)
		started := make(chan engine.ID)
		go func() { started <- start(t, e, "m", `1`) }()
		synctest.Wait()
		w.quit()
		if err := <-w.err; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		st.gate.Store(nil)
		close(gate)
		id := <-started
		time.Sleep(50 * time.Second)
		got := poll(t, e, "next")
		succeed(t, e, got.Token, `"done"`)
		if got := wait(t, e, id); got != `SUCCEEDED "done"` {
			t.Errorf("got %s", got)
		}
		if all := events(t, e, id); all[3].Details.WorkerName != "gone" || all[4].Type != "ActivitySucceeded" {
			t.Errorf("the history has %s of %q, then %s, want one start, of the worker that has left", all[3].Type, all[3].Details.WorkerName, all[4].Type)
		}
	})
}

func TestWorkerKeepsItsPlaceWhenItsTaskIsNotScheduled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &flaky{Store: memory.New()}
		e := openPacking(t, engine.Config{Store: st}, "")
		deploy(t, e, "fails", `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[`+packing("")+
			`,{"StartAt":"F","States":{"F":{"Type":"Fail"}}}]}}}`)
		w, behind := ask(t, e, "w"), ask(t, e, "behind")

		// The other branch fails in the same step.
		if got := wait(t, e, start(t, e, "fails", `1`)); got != "FAILED : " {
			t.Errorf("got %s", got)
		}
		// The store refuses the commit.
		st.set(func([]store.Write) error { return errDisk })
		var failed *engine.StoreError
		if _, err := e.Start(t.Context(), "m", []byte(`2`)); !errors.As(err, &failed) {
			t.Errorf("start: %v, want a *StoreError", err)
		}
		st.set(nil)
		time.Sleep(time.Second)
		if len(w.got)+len(behind.got) != 0 {
			t.Fatal("a worker has an answer, want both to wait")
		}
		id := start(t, e, "m", `3`, engine.WithName("taken"))
		if got := <-w.got; got == nil || string(got.Input) != "3" {
			t.Fatalf("got %v %v, want the task 3", got, <-w.err)
		} else {
			succeed(t, e, got.Token, "3")
		}
		wait(t, e, id)
		// The name is taken.
		var exists *engine.ExistsError
		if _, err := e.Start(t.Context(), "m", []byte(`4`), engine.WithName("taken")); !errors.As(err, &exists) {
			t.Errorf("start: %v, want an *ExistsError", err)
		}
		start(t, e, "m", `5`)
		if got := <-behind.got; got == nil || string(got.Input) != "5" {
			t.Fatalf("got %v %v, want the task 5", got, <-behind.err)
		}
	})
}

// A retry is scheduled by a timer, and the next state by the answer of a worker: neither needs a commit of its own to be started.
func TestRetriesAndNextTasksAreStartedAsTheyAreScheduled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newCounted(memory.New())
		e := open(t, engine.Config{Store: st})
		createPack(t, e)
		deploy(t, e, "m", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"`+packARN+`","Next":"B",
			"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":5}]},"B":{"Type":"Task","Resource":"`+packARN+`","End":true}}}`)
		one, two, three := ask(t, e, "one"), ask(t, e, "two"), ask(t, e, "three")
		id := start(t, e, "m", `1`)
		if err := e.SendTaskFailure(t.Context(), (<-one.got).Token, "Busy", ""); err != nil {
			t.Fatal(err)
		}
		succeed(t, e, (<-two.got).Token, "2")
		succeed(t, e, (<-three.got).Token, "3")
		if got := wait(t, e, id); got != "SUCCEEDED 3" {
			t.Errorf("got %s", got)
		}
		want := "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivityFailed ActivityScheduled ActivityStarted " +
			"ActivitySucceeded TaskStateExited TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded TaskStateExited ExecutionSucceeded"
		if got := types(t, events(t, e, id)); got != want {
			t.Errorf("history %s, want %s", got, want)
		}
		if n := st.writes.Load(); n != 5 {
			t.Errorf("%d commits, want 5", n)
		}
	})
}
