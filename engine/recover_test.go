package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// closeNow closes e without waiting for handlers.
func closeNow(t testing.TB, e *engine.Engine) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Close(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("Close: %v", err)
	}
}

func reopened(t testing.TB, st *memory.Store, cfg engine.Config) (*engine.Engine, *memory.Store) {
	t.Helper()
	next := st.Reopen()
	cfg.Store = next
	e, err := engine.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e, next
}

func TestPendingTasksAreDeliveredAgainAfterAReopen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type delivery struct {
			State, Key string
			Delivery   int
		}
		seen := make(chan delivery, 100)
		block := true
		tasks := handlers(func(ctx context.Context, r *task.Request) (any, error) {
			seen <- delivery{r.State, r.Key, r.Delivery}
			if block {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return r.Input, nil
		})
		st := memory.New()
		e, st := reopened(t, st, engine.Config{Tasks: tasks})
		deploy(t, e, "chain", chain(2))
		id := start(t, e, "chain", `{"a":1}`, engine.WithName("n"))
		first := <-seen
		before := events(t, e, id)
		closeNow(t, e)
		if first.Delivery != 1 {
			t.Errorf("first delivery has the number %d, want 1", first.Delivery)
		}

		block = false
		time.Sleep(time.Second)
		e, _ = reopened(t, st, engine.Config{Tasks: tasks})
		defer closeNow(t, e)
		if got := wait(t, e, id); got != `SUCCEEDED {"a":1}` {
			t.Errorf("got %s", got)
		}
		if diff := cmp.Diff(delivery{first.State, first.Key, 2}, <-seen); diff != "" {
			t.Errorf("second delivery (-want +got):\n%s", diff)
		}
		if second := <-seen; second.State != "S2" || second.Delivery != 1 || second.Key == first.Key {
			t.Errorf("the next task was delivered as %+v, want S2 with delivery 1 and another key", second)
		}
		after := events(t, e, id)
		want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited " +
			"TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded"
		if got := types(t, after); got != want {
			t.Errorf("history %s, want %s", got, want)
		}
		if diff := cmp.Diff(before, after[:len(before)]); diff != "" {
			t.Errorf("the history from before the restart has changed (-want +got):\n%s", diff)
		}
	})
}

func TestHandleOnceIsNeverCalledTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := make(chan int, 10)
		var tasks task.Mux
		tasks.HandleOnce("gait:work", task.HandlerFunc(func(ctx context.Context, r *task.Request) (any, error) {
			calls <- r.Attempt
			if r.Attempt > 0 {
				return "retried", nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		e, st := reopened(t, memory.New(), engine.Config{Tasks: &tasks})
		deploy(t, e, "m", one(`"Retry":[{"ErrorEquals":["States.TaskFailed"]}],`))
		id := start(t, e, "m", `{}`)
		<-calls
		closeNow(t, e)
		e, _ = reopened(t, st, engine.Config{Tasks: &tasks})
		defer closeNow(t, e)
		if got := wait(t, e, id); got != `SUCCEEDED "retried"` {
			t.Errorf("got %s", got)
		}
		close(calls)
		var after []int
		for attempt := range calls {
			after = append(after, attempt)
		}
		if !slices.Equal(after, []int{1}) {
			t.Errorf("after the restart the attempts %v were called, want attempt 1 alone", after)
		}
	})
}

func TestTimersGoOnAfterAReopen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, st := reopened(t, memory.New(), engine.Config{})
		deploy(t, e, "m", `{"StartAt":"W","States":{"W":{"Type":"Wait","SecondsPath":"$","End":true}}}`)
		began := time.Now()
		overdue, soonDue, far := start(t, e, "m", `10`), start(t, e, "m", `100`), start(t, e, "m", `100000`)
		closeNow(t, e)
		time.Sleep(50 * time.Second)
		e, _ = reopened(t, st, engine.Config{})
		defer closeNow(t, e)
		for _, tt := range []struct {
			id   engine.ID
			want time.Duration
		}{{overdue, 50 * time.Second}, {soonDue, 100 * time.Second}, {far, 100_000 * time.Second}} {
			wait(t, e, tt.id)
			if d := time.Since(began); d != tt.want {
				t.Errorf("%s ended after %v, want %v", tt.id, d, tt.want)
			}
		}
	})
}

func TestHeartbeatsGetAFullIntervalAfterAReopen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tasks := handlers(func(ctx context.Context, r *task.Request) (any, error) {
			if r.Delivery == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			time.Sleep(8 * time.Second)
			return "in time", nil
		})
		e, st := reopened(t, memory.New(), engine.Config{Tasks: tasks})
		deploy(t, e, "m", one(`"HeartbeatSeconds":10,"TimeoutSeconds":600,`))
		id := start(t, e, "m", `{}`)
		synctest.Wait()
		closeNow(t, e)
		time.Sleep(20 * time.Second)
		e, _ = reopened(t, st, engine.Config{Tasks: tasks})
		defer closeNow(t, e)
		if got := wait(t, e, id); got != `SUCCEEDED "in time"` {
			t.Errorf("got %s", got)
		}
	})
}

func TestLoopGoesOnAfterAReopen(t *testing.T) {
	t.Parallel()
	st := memory.New()
	cfg := engine.Config{Limits: states.Limits{Events: 2000, Transitions: 5}}
	e, st := reopened(t, st, cfg)
	deploy(t, e, "loop", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A2"},"A2":{"Type":"Choice","Choices":[
		{"Variable":"$.x","IsPresent":true,"Next":"E"}],"Default":"A"},"E":{"Type":"Succeed"}}}`)
	id := start(t, e, "loop", `{}`)
	closeNow(t, e)
	e, _ = reopened(t, st, cfg)
	defer closeNow(t, e)
	if got := wait(t, e, id); !strings.HasPrefix(got, "FAILED States.Runtime: ") {
		t.Errorf("got %s, want the end by the limit of events", got)
	}
	types(t, events(t, e, id))
}

func TestCloseDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := make(chan struct{})
		tasks := handlers(func(ctx context.Context, r *task.Request) (any, error) {
			if r.State == "S1" {
				close(began)
				time.Sleep(5 * time.Second)
			}
			return "result of " + r.State, nil
		})
		e, st := reopened(t, memory.New(), engine.Config{Tasks: tasks})
		deploy(t, e, "chain", chain(2))
		id := start(t, e, "chain", `{}`)
		<-began
		waiting := make(chan error, 1)
		go func() { _, err := e.Wait(context.Background(), id); waiting <- err }()
		synctest.Wait()
		if err := e.Close(context.Background()); err != nil {
			t.Fatalf("Close: %v", err)
		}
		if err := <-waiting; !errors.Is(err, engine.ErrClosed) {
			t.Errorf("Wait during Close: %v, want ErrClosed", err)
		}
		if _, err := e.Start(t.Context(), "chain", nil); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("Start after Close: %v, want ErrClosed", err)
		}
		if err := e.Close(context.Background()); err != nil {
			t.Errorf("second Close: %v", err)
		}
		e, _ = reopened(t, st, engine.Config{Tasks: tasks})
		defer closeNow(t, e)
		if got := wait(t, e, id); got != `SUCCEEDED "result of S2"` {
			t.Errorf("got %s", got)
		}
		if got := types(t, events(t, e, id)); strings.Count(got, "TaskScheduled") != 2 {
			t.Errorf("S1 was scheduled again: %s", got)
		}
	})
}

func TestCloseLeavesNoGoroutine(t *testing.T) { // not parallel: it counts goroutines
	for _, kind := range []string{"memory", "sqlite"} {
		st := openStore(t, kind, t.TempDir())
		var tasks task.Mux
		tasks.HandleFunc("gait:work", echo)
		tasks.HandleFunc("gait:block", func(ctx context.Context, _ *task.Request) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
		e, err := engine.Open(t.Context(), engine.Config{Store: st, Tasks: &tasks})
		if err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "chain", chain(3))
		deploy(t, e, "block", strings.ReplaceAll(chain(1), "gait:work", "gait:block"))
		deploy(t, e, "wait", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1000,"End":true}}}`)
		var ids []engine.ID
		for range 50 {
			ids = append(ids, start(t, e, "chain", `{}`))
			start(t, e, "block", `{}`)
			start(t, e, "wait", `{}`)
		}
		for _, id := range ids {
			wait(t, e, id)
		}
		closeNow(t, e)
		if left := goroutines("gait/engine", "gait/store"); left != "" {
			t.Errorf("%s: goroutines are left:\n%s", kind, left)
		}
	}
}

// goroutines returns the stacks that mention one of the packages, once those that are about to end have had time to.
func goroutines(packages ...string) string {
	left := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		left = ""
		for _, g := range strings.Split(string(buf), "\n\n") {
			for _, p := range packages {
				if strings.Contains(g, p) && !strings.Contains(g, "engine_test.") {
					left += g + "\n\n"
					break
				}
			}
		}
		if left == "" {
			return ""
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
	return left
}

func TestStoreFailureReloadsAndGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			calls.Add(1)
			time.Sleep(time.Second)
			return r.Input, nil
		})})
		deploy(t, e, "chain", chain(2))
		id := start(t, e, "chain", `{"a":1}`)
		synctest.Wait()
		st.set(func([]store.Write) error { return errDisk })
		var failed *engine.StoreError
		if _, err := e.Start(t.Context(), "chain", nil, engine.WithName("lost")); !errors.As(err, &failed) || !errors.Is(err, errDisk) {
			t.Errorf("Start on a failing store: %v, want a *StoreError of the disk", err)
		}
		if err := e.Stop(t.Context(), id, "", ""); !errors.As(err, &failed) {
			t.Errorf("Stop on a failing store: %v, want a *StoreError", err)
		}
		time.Sleep(30 * time.Second) // the result of S1 is refused meanwhile, again and again
		if d, err := e.Describe(t.Context(), id); err != nil || d.Events != 3 || d.Waiting[0].State != "S1" {
			t.Errorf("Describe while the store fails: %+v %v, want it to stand at S1", d, err)
		}
		st.set(nil)
		if got := wait(t, e, id); got != `SUCCEEDED {"a":1}` {
			t.Errorf("got %s", got)
		}
		if n := calls.Load(); n != 2 {
			t.Errorf("%d calls, want 2: a result in hand must not be asked for again", n)
		}
		types(t, events(t, e, id))
		var missing *engine.NotFoundError
		if _, err := e.Describe(t.Context(), e.ID("chain", "lost")); !errors.As(err, &missing) {
			t.Errorf("Describe of the failed start: %v, want a *NotFoundError", err)
		}
	})
}

func TestCommitThatWasStoredButReportedAsFailedGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mem := memory.New()
		st := &flaky{Store: mem}
		e := open(t, engine.Config{Store: st, Tasks: handlers(echo)})
		deploy(t, e, "chain", chain(3))
		id := start(t, e, "chain", `{}`)
		wait(t, e, id)
		once := false
		st.set(func(batch []store.Write) error { // it reaches the disk, but the answer is lost
			if once {
				return nil
			}
			once = true
			st.Store.Apply(context.Background(), 1, batch)
			return errDisk
		})
		var failed *engine.StoreError
		if _, err := e.Start(t.Context(), "chain", []byte(`7`), engine.WithName("n")); !errors.As(err, &failed) {
			t.Fatalf("Start: %v, want a *StoreError", err)
		}
		time.Sleep(time.Minute)
		if got := wait(t, e, e.ID("chain", "n")); got != "SUCCEEDED 7" {
			t.Errorf("got %s", got)
		}
	})
}

func TestFencedEngineStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		deploy(t, e, "chain", chain(1))
		id := start(t, e, "chain", `{}`)
		st.set(func([]store.Write) error { return fmt.Errorf("apply: %w", store.ErrFenced) })
		for range 2 {
			if _, err := e.Start(t.Context(), "chain", nil); !errors.Is(err, engine.ErrFenced) || !errors.Is(err, store.ErrFenced) {
				t.Errorf("Start: %v, want ErrFenced", err)
			}
		}
		if _, err := e.Wait(t.Context(), id); !errors.Is(err, engine.ErrFenced) {
			t.Errorf("Wait: %v, want ErrFenced", err)
		}
	})
}

func TestSecondEngineIsRefused(t *testing.T) {
	t.Parallel()
	st := memory.New()
	e, _ := reopened(t, st, engine.Config{})
	if _, err := engine.Open(t.Context(), engine.Config{Store: st.Reopen()}); !errors.Is(err, store.ErrOwned) {
		t.Errorf("Open of an owned store: %v, want ErrOwned", err)
	}
	closeNow(t, e)
	e, _ = reopened(t, st, engine.Config{})
	closeNow(t, e)
}

func TestPanicOfTheCoreHaltsOneExecution(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	e := open(t, engine.Config{Shards: 1, Tasks: handlers(echo), Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	engine.SetStep(e, func(m *asl.Machine, x *states.Execution, env *states.Env, in states.Input) (states.Commit, error) {
		if _, ok := in.(states.TaskSucceeded); ok && x.Input.Kind().String() == "string" {
			panic("impossible phase")
		}
		return states.Step(m, x, env, in)
	})
	deploy(t, e, "chain", chain(3))
	good, bad := start(t, e, "chain", `1`), start(t, e, "chain", `"bad"`)
	var halted *engine.HaltedError
	if _, err := e.Wait(t.Context(), bad); !errors.As(err, &halted) || halted.ID != bad {
		t.Errorf("Wait: %v, want a *HaltedError", err)
	}
	if _, err := e.Wait(t.Context(), bad); !errors.As(err, &halted) {
		t.Errorf("Wait after the halt: %v, want a *HaltedError", err)
	}
	if got := wait(t, e, good); got != "SUCCEEDED 1" {
		t.Errorf("the other execution: %s", got)
	}
	if got := wait(t, e, start(t, e, "chain", `2`)); got != "SUCCEEDED 2" {
		t.Errorf("a later execution: %s", got)
	}
	if d, err := e.Describe(t.Context(), bad); err != nil || d.Status != states.Running || d.Waiting[0].State != "S1" {
		t.Errorf("Describe: %+v %v, want it unchanged at S1", d, err)
	}
	if err := e.Stop(t.Context(), bad, "Enough", ""); err != nil {
		t.Errorf("Stop: %v", err)
	}
	if got := wait(t, e, bad); got != "ABORTED Enough: " {
		t.Errorf("stopped, it ended with %s", got)
	}
	if d, err := e.Describe(t.Context(), bad); err != nil || d.RedriveStatus != engine.Redrivable {
		t.Errorf("Describe of what was stopped: %+v %v, want it redrivable", d, err)
	}
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"execution halted", "impossible phase", `state \"S1\"`} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("the log lacks %q:\n%.1000s", want, logged.String())
		}
	}
}

func TestParkedExecutionsLeaveMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{Loaded: 64})
		deploy(t, e, "m", `{"StartAt":"W","States":{"W":{"Type":"Wait","SecondsPath":"$","End":true}}}`)
		var ids []engine.ID
		for range 2000 {
			ids = append(ids, start(t, e, "m", `86400`))
		}
		synctest.Wait()
		runs, timers, calls := engine.Holding(e)
		if runs > 64 || timers != 0 || calls != 0 {
			t.Errorf("%d executions, %d timers and %d calls in memory, want at most 64, 0, 0", runs, timers, calls)
		}
		for _, id := range ids {
			if got := wait(t, e, id); got != "SUCCEEDED 86400" {
				t.Fatalf("got %s", got)
			}
		}
		if runs, timers, calls := engine.Holding(e); runs+timers+calls != 0 {
			t.Errorf("%d executions, %d timers and %d calls in memory after the end, want none", runs, timers, calls)
		}
	})
}
