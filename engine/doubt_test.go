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

// loseAnswer has the next commit stored and reported as failed.
func (f *flaky) loseAnswer() {
	lost := false
	f.set(func(batch []store.Write) error {
		if lost {
			return nil
		}
		lost = true
		f.Store.Apply(context.Background(), 1, batch)
		return errDisk
	})
}

func stopUnanswered(t *testing.T, e *engine.Engine, st *flaky, id engine.ID) {
	t.Helper()
	st.loseAnswer()
	var failed *engine.StoreError
	if err := e.Stop(t.Context(), id, "Enough", ""); !errors.As(err, &failed) {
		t.Fatalf("Stop: %v, want a *StoreError", err)
	}
	if got := wait(t, e, id); got != "ABORTED Enough: " {
		t.Errorf("got %s", got)
	}
}

func TestStoredStopWhoseAnswerIsLostEndsTheHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan time.Time, 1)
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			ended <- time.Now()
			return nil, ctx.Err()
		})})
		deploy(t, e, "m", one(""))
		id := start(t, e, "m", `1`)
		synctest.Wait()
		stopUnanswered(t, e, st, id)
		synctest.Wait()
		if len(ended) != 1 {
			t.Error("the handler still runs after its execution was stopped")
		}
		if runs, _, calls := engine.Holding(e); runs+calls != 0 {
			t.Errorf("%d executions and %d calls are left in memory", runs, calls)
		}
	})
}

func TestStoredStopWhoseAnswerIsLostStopsTheJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(""))
		id := start(t, e, "m", `1`)
		time.Sleep(500 * time.Millisecond)
		stopUnanswered(t, e, st, id)
		time.Sleep(time.Hour)
		checkCalls(t, farm, "0s start job-1 delivery 1", "550ms stop job-1")
		if n := engine.Following(e); n != 0 {
			t.Errorf("%d jobs are followed", n)
		}
	})
}

func TestStoredAnswerOfAJobWhoseAnswerIsLostEndsThePolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		var token task.Token
		farm.start = func(_ context.Context, r *task.Request) (task.Submission, error) {
			token = r.Token
			return task.Submission{Handle: "h"}, nil
		}
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(""))
		id := start(t, e, "m", `1`)
		time.Sleep(500 * time.Millisecond)
		st.loseAnswer()
		var failed *engine.StoreError
		if err := e.SendTaskSuccess(t.Context(), token, []byte(`"told"`)); !errors.As(err, &failed) {
			t.Fatalf("SendTaskSuccess: %v, want a *StoreError", err)
		}
		if got := wait(t, e, id); got != `SUCCEEDED "told"` {
			t.Errorf("got %s", got)
		}
		time.Sleep(time.Hour)
		checkCalls(t, farm, "0s start job-1 delivery 1")
		if n := engine.Following(e); n != 0 {
			t.Errorf("%d jobs are followed", n)
		}
	})
}

func TestStoredStopWhoseAnswerIsLostStopsTheMapRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		deploy(t, e, "m", `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED",
			"ExecutionType":"STANDARD"},"StartAt":"W","States":{"W":{"Type":"Task","Resource":"gait:work","End":true}}}}}}`)
		id := start(t, e, "m", `[1,2,3]`)
		time.Sleep(time.Second)
		stopUnanswered(t, e, st, id)
		time.Sleep(10 * time.Second)
		if runs, _, calls := engine.Holding(e); runs+calls != 0 {
			t.Errorf("%d executions and %d calls are left of the map run, want it stopped", runs, calls)
		}
	})
}

func TestTaskWhoseStartIsStoredThoughItsAnswerIsLostGoesToTheNextWorker(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		waiting bool // the worker waits as the task is scheduled
		worker  string
	}{{"taken from the queue", false, "unlucky"}, {"taken as it is scheduled", true, "unlucky"}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				st := &flaky{Store: memory.New()}
				e := openPacking(t, engine.Config{Store: st}, `"TimeoutSeconds":60,`)
				var w *waiting
				var failed *engine.StoreError
				if tt.waiting {
					w = ask(t, e, "unlucky")
					st.loseAnswer()
					if _, err := e.Start(t.Context(), "m", []byte(`1`), engine.WithName("n")); !errors.As(err, &failed) {
						t.Fatalf("Start: %v, want a *StoreError", err)
					}
				} else {
					start(t, e, "m", `1`, engine.WithName("n"))
					st.loseAnswer()
					if got, err := e.GetActivityTask(t.Context(), packARN, "unlucky"); !errors.As(err, &failed) {
						t.Fatalf("GetActivityTask: %v %v, want a *StoreError", got, err)
					}
					w = ask(t, e, "next")
				}
				time.Sleep(time.Second)
				if len(w.got) != 1 {
					t.Fatal("no worker has the task")
				}
				got := <-w.got
				succeed(t, e, got.Token, `"done"`)
				id := e.ID("m", "n")
				if got := wait(t, e, id); got != `SUCCEEDED "done"` {
					t.Errorf("got %s", got)
				}
				all := events(t, e, id)
				want := "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded TaskStateExited ExecutionSucceeded"
				if got := types(t, all); got != want || all[3].Details.WorkerName != tt.worker {
					t.Errorf("history %s, started by %s, want %s", got, all[3].Details.WorkerName, want)
				}
				if tasks, _, _ := engine.Queued(e); tasks != 0 {
					t.Errorf("%d tasks are left in the queue", tasks)
				}
			})
		})
	}
}
