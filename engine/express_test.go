package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// express deploys a machine of type Express.
func express(t testing.TB, e *engine.Engine, name, definition string) {
	t.Helper()
	if _, err := e.Deploy(t.Context(), name, []byte(definition), engine.WithType(engine.Express)); err != nil {
		t.Fatalf("deploy %s: %v", name, err)
	}
}

// untouched is a store in which no execution may be written or read.
type untouched struct {
	store.Store
	t    testing.TB
	warm *atomic.Bool // when it is set and true, machines and their records may not be read either
}

func (s untouched) Apply(context.Context, int64, []store.Write) []error {
	s.t.Error("the store was written")
	return nil
}

func (s untouched) Machine(ctx context.Context, name string, revision int64) (store.Machine, error) {
	if s.warm != nil && s.warm.Load() {
		s.t.Error("a machine was read")
	}
	return s.Store.Machine(ctx, name, revision)
}

func (s untouched) Record(ctx context.Context, kind, name string) (store.Record, error) {
	if s.warm != nil && s.warm.Load() {
		s.t.Error("a record was read")
	}
	return s.Store.Record(ctx, kind, name)
}

func (s untouched) Load(context.Context, states.ExecID) (store.Execution, error) {
	s.t.Error("the store was read")
	return store.Execution{}, store.ErrNotFound
}

func TestExpressRunsInMemory(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := open(t, engine.Config{Store: untouched{memory.New(), t, nil}, Clock: clock, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
		clock.advance(120 * time.Millisecond)
		return r.Input, nil
	})})
	express(t, e, "m", `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:work","Next":"P"},
		"P":{"Type":"Parallel","Branches":[{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"gait:work","End":true}}},
			{"StartAt":"B","States":{"B":{"Type":"Pass","Parameters":{"x.$":"$$.Execution"},"OutputPath":"$.x","End":true}}}],"End":true}}}`)
	r, err := e.StartSync(t.Context(), "m", []byte(`{"n":1}`), engine.WithName("one"), engine.WithTraceHeader("Root=1"))
	if err != nil {
		t.Fatal(err)
	}
	prefix := "arn:aws:states:us-east-1:000000000000:express:m:one:"
	if !strings.HasPrefix(string(r.ID), prefix) || len(r.ID) != len(prefix)+36 || r.ID.Name() != "one" {
		t.Errorf("ID %s", r.ID)
	}
	want := `[{"n":1},{"Id":"` + string(r.ID) + `","Input":{"n":1},"StartTime":"2031-01-01T00:00:00Z","Name":"one",` +
		`"RoleArn":"arn:aws:iam::000000000000:role/gait"}]`
	if r.Err() != nil || r.Status != states.Succeeded || string(r.Output) != want {
		t.Errorf("got  %v %s\nwant %s", r.Status, r.Output, want)
	}
	if r.Name != "one" || string(r.Input) != `{"n":1}` || r.TraceHeader != "Root=1" ||
		r.MachineARN != "arn:aws:states:us-east-1:000000000000:stateMachine:m" || !r.Stopped.Equal(r.Started.Add(240*time.Millisecond)) {
		t.Errorf("%+v", r)
	}
	if r.Billing != (engine.Billing{MemoryMB: 64, Duration: 300 * time.Millisecond}) {
		t.Errorf("billing %+v", r.Billing)
	}
	again, err := e.StartSync(t.Context(), "m", []byte(`{"n":2}`), engine.WithName("one")) // names are not unique
	if err != nil || again.ID == r.ID {
		t.Errorf("again: %s, %v", again.ID, err)
	}
}

func TestExpressStartsWithoutTheStore(t *testing.T) {
	t.Parallel()
	var warm atomic.Bool
	e := open(t, engine.Config{Store: untouched{memory.New(), t, &warm}})
	create(t, e, "m", "one", engine.Publish(), engine.WithType(engine.Express))
	a, err := e.CreateAlias(t.Context(), "A", "", engine.Route{VersionARN: machinePrefix + "m:1", Weight: 100})
	if err != nil {
		t.Fatal(err)
	}
	warm.Store(true)
	for _, arn := range []string{"m", machinePrefix + "m", machinePrefix + "m:1", a.ARN} {
		if r, err := e.StartSync(t.Context(), arn, nil); err != nil || string(r.Output) != `"one"` {
			t.Errorf("%s: %+v, %v", arn, r, err)
		}
	}
}

func TestExpressFailures(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := open(t, engine.Config{Store: untouched{memory.New(), t, nil}, Clock: clock, Tasks: handlers(func(context.Context, *task.Request) (any, error) {
		return nil, &task.Error{Name: "Broken", Cause: "it is"}
	})})
	express(t, e, "fails", chain(1))
	r, err := e.StartSync(t.Context(), "fails", nil)
	var failed *engine.ExecutionError
	if err != nil || r.Status != states.Failed || r.Error != "Broken" || r.Cause != "it is" || r.Output != nil || !errors.As(r.Err(), &failed) {
		t.Errorf("%+v, %v", r, err)
	}
	express(t, e, "runtime", `{"StartAt":"P","States":{"P":{"Type":"Pass","InputPath":"$.no","End":true}}}`)
	if r, err := e.StartSync(t.Context(), "runtime", nil); err != nil || !strings.HasPrefix(r.Cause, "An error occurred while executing the state 'P'. ") {
		t.Errorf("%+v, %v", r, err)
	}
	deploy(t, e, "standard", chain(1))
	var kind *engine.TypeError
	if _, err := e.StartSync(t.Context(), "standard", nil); !errors.As(err, &kind) || kind.Code() != "StateMachineTypeNotSupported" {
		t.Errorf("a standard machine: %v", err)
	}
	var input *engine.InputError
	if _, err := e.StartSync(t.Context(), "fails", []byte(`{`)); !errors.As(err, &input) {
		t.Errorf("bad input: %v", err)
	}
	var name *engine.NameError
	if _, err := e.StartSync(t.Context(), "fails", nil, engine.WithName("a b")); !errors.As(err, &name) {
		t.Errorf("bad name: %v", err)
	}
	var missing *engine.NotFoundError
	if _, err := e.StartSync(t.Context(), "none", nil); !errors.As(err, &missing) || !missing.Machine {
		t.Errorf("no machine: %v", err)
	}
	// The ID of an Express execution is of no use to the others.
	for what, err := range map[string]error{
		"describe": func() error { _, err := e.Describe(t.Context(), r.ID); return err }(),
		"stop":     e.Stop(t.Context(), r.ID, "", ""),
		"wait":     func() error { _, err := e.Wait(t.Context(), r.ID); return err }(),
		"redrive":  func() error { _, err := e.Redrive(t.Context(), r.ID); return err }(),
		"history": func() error {
			for _, err := range e.History(t.Context(), r.ID) {
				return err
			}
			return nil
		}(),
	} {
		var arn *engine.ARNError
		if !errors.As(err, &arn) || err.Error() != "Invalid Arn: 'Resource type not valid in this context: express'" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestExpressRefusesWhatNeedsDurability(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	for resource, want := range map[string]string{
		"arn:aws:states:::states:startExecution.sync:2":         "Express state machine does not support '.sync' service integration",
		"arn:aws:states:::sqs:sendMessage.waitForTaskToken":     "Express state machine does not support '.waitForTaskToken' service integration ",
		"arn:aws:states:us-east-1:000000000000:activity:worker": "Express state machine does not support Activity ARN",
	} {
		definition := `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"` + resource + `","Parameters":{},"End":true}}}`
		_, err := e.Deploy(t.Context(), "m", []byte(definition), engine.WithType(engine.Express))
		var refused *asl.Error
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", resource, err)
		}
	}
	if _, err := e.Deploy(t.Context(), "m", []byte(chain(1)), engine.WithType("FAST")); err == nil {
		t.Error("an unknown type was accepted")
	}
}

func TestExpressTakesFiveMinutesAtMost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		definition string
		limit      time.Duration
	}{
		"wait":            {`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":900,"End":true}}}`, 5 * time.Minute},
		"TimeoutSeconds":  {`{"StartAt":"W","TimeoutSeconds":7,"States":{"W":{"Type":"Wait","Seconds":900,"End":true}}}`, 7 * time.Second},
		"a handler":       {chain(10), 5 * time.Minute},
		"a longer limit":  {`{"StartAt":"W","TimeoutSeconds":900,"States":{"W":{"Type":"Wait","Seconds":800,"End":true}}}`, 5 * time.Minute},
		"back-off":        {`{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:no","Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":999}],"End":true}}}`, 5 * time.Minute},
		"waits in a loop": {`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Next":"C"},"C":{"Type":"Choice","Choices":[{"Variable":"$.no","IsPresent":true,"Next":"S"}],"Default":"W"},"S":{"Type":"Succeed"}}}`, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
					select {
					case <-time.After(50 * time.Second):
					case <-ctx.Done():
					}
					return r.Input, nil
				})})
				express(t, e, "m", test.definition)
				r, err := e.StartSync(t.Context(), "m", nil)
				if err != nil || r.Status != states.TimedOut || r.Error != "States.Timeout" || r.Stopped.Sub(r.Started) != test.limit {
					t.Errorf("%+v after %v, %v", r.Result, r.Stopped.Sub(r.Started), err)
				}
				synctest.Wait()
				if _, _, calls := engine.Holding(e); calls != 0 {
					t.Errorf("%d calls are left", calls)
				}
			})
		})
	}
}

func TestExpressEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var cancelled atomic.Int64
		e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			cancelled.Add(1)
			return nil, ctx.Err()
		})})
		express(t, e, "task", chain(1))
		express(t, e, "wait", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":200,"End":true}}}`)
		for _, machine := range []string{"task", "wait"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := e.StartSync(ctx, machine, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", machine, err)
			}
			cancel()
		}
		synctest.Wait()
		if cancelled.Load() != 1 {
			t.Error("the handler was not cancelled")
		}
		if _, _, calls := engine.Holding(e); calls != 0 {
			t.Errorf("%d calls are left", calls)
		}
	})
}

// TestExpressEndsALoopWithItsCaller has no wait at which news could come in.
func TestExpressEndsALoopWithItsCaller(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	express(t, e, "loop", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[
		{"Variable":"$.no","IsPresent":true,"Next":"S"}],"Default":"A"},"S":{"Type":"Succeed"}}}`)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := e.StartSync(ctx, "loop", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := e.Start(t.Context(), "loop", nil); err != nil { // Close must end it
		t.Error(err)
	}
}

func TestCloseDrainsExpressExecutions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, err := engine.Open(t.Context(), engine.Config{Store: memory.New(), Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			time.Sleep(time.Second)
			return r.Input, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		express(t, e, "works", chain(3))
		express(t, e, "waits", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":200,"End":true}}}`)
		var wg sync.WaitGroup
		wg.Go(func() {
			if r, err := e.StartSync(context.Background(), "works", []byte(`7`)); err != nil || string(r.Output) != "7" {
				t.Errorf("what works: %+v, %v", r, err)
			}
		})
		wg.Go(func() {
			if _, err := e.StartSync(context.Background(), "waits", nil); !errors.Is(err, engine.ErrClosed) {
				t.Errorf("what waits: %v", err)
			}
		})
		synctest.Wait()
		begun := time.Now()
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("Close took %v", took)
		}
		wg.Wait()
		if _, err := e.StartSync(context.Background(), "works", nil); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestCloseGivesUpExpressExecutionsInTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, err := engine.Open(t.Context(), engine.Config{Store: memory.New(), Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		if err != nil {
			t.Fatal(err)
		}
		express(t, e, "m", chain(1))
		failed := make(chan error, 1)
		go func() {
			_, err := e.StartSync(context.Background(), "m", nil)
			failed <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := e.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: %v", err)
		}
		if err := <-failed; !errors.Is(err, engine.ErrClosed) {
			t.Errorf("the caller: %v", err)
		}
	})
}

func TestExpressLogTellsOfAsynchronousExecutions(t *testing.T) {
	t.Parallel()
	type entry struct {
		id     engine.ID
		events []history.Event
	}
	log := make(chan entry, 10)
	e := open(t, engine.Config{
		Store: untouched{memory.New(), t, nil}, Tasks: handlers(echo),
		ExpressLog: func(id engine.ID, events []history.Event) { log <- entry{id, events} },
	})
	express(t, e, "m", chain(1))
	id := start(t, e, "m", `{"n":1}`, engine.WithName("x"))
	var all []history.Event
	for len(all) == 0 || all[len(all)-1].Type != "ExecutionSucceeded" {
		got := <-log
		if got.id != id {
			t.Fatalf("events of %s, want %s", got.id, id)
		}
		all = append(all, got.events...)
	}
	if got := types(t, all); got != "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded" {
		t.Error(got)
	}
}

func TestExpressExecutionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		e := open(t, engine.Config{MaxExpress: 3, MaxTasks: 100, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return r.Input, nil
		})})
		express(t, e, "m", chain(2))
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				if r, err := e.StartSync(t.Context(), "m", fmt.Append(nil, i)); err != nil || string(r.Output) != fmt.Sprint(i) {
					t.Errorf("%d: %+v, %v", i, r, err)
				}
			})
		}
		wg.Wait()
		if most.Load() != 3 {
			t.Errorf("%d at once, want 3", most.Load())
		}
	})
}

func TestManyExpressExecutionsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, manyExpress)
}

func manyExpress(t *testing.T) {
	var flaky atomic.Int64
	e := open(t, engine.Config{Store: untouched{memory.New(), t, nil}, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
		if flaky.Add(1)%5 == 0 && r.Attempt == 0 {
			return nil, &task.Error{Name: "Flaky"}
		}
		return r.Input, nil
	})})
	express(t, e, "m", `{"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task",
		"Resource":"gait:work","Retry":[{"ErrorEquals":["Flaky"],"IntervalSeconds":1,"MaxDelaySeconds":2,"JitterStrategy":"FULL"}],"End":true}}},"End":true}}}`)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range 20 {
				input := fmt.Sprintf("[%d,1,2,3,4]", i)
				if r, err := e.StartSync(t.Context(), "m", []byte(input)); err != nil || string(r.Output) != input {
					t.Errorf("%+v, %v", r, err)
				}
			}
		})
	}
	wg.Wait()
	if _, _, calls := engine.Holding(e); calls != 0 {
		t.Errorf("%d calls are left", calls)
	}
}

func BenchmarkStartSync(b *testing.B) {
	for _, n := range []int{0, 1, 5} {
		b.Run(fmt.Sprint("tasks-", n), func(b *testing.B) {
			e := open(b, engine.Config{Tasks: handlers(echo)})
			definition := `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`
			if n > 0 {
				definition = chain(n)
			}
			if _, err := e.Deploy(b.Context(), "m", []byte(definition), engine.WithType(engine.Express)); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if r, err := e.StartSync(b.Context(), "m", []byte(`{"n":1}`)); err != nil || r.Err() != nil {
						b.Fatal(err, r.Err())
					}
				}
			})
		})
	}
}
