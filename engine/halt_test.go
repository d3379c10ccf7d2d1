package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// spoiled changes what is read, and counts loads.
type spoiled struct {
	store.Store
	loads   atomic.Int64
	load    func(x *store.Execution) error // nil: as it is
	machine func(m *store.Machine)         // nil: as it is
}

// Load spoils what it returns.
func (s *spoiled) Load(ctx context.Context, id states.ExecID) (store.Execution, error) {
	s.loads.Add(1)
	x, err := s.Store.Load(ctx, id)
	if err == nil && s.load != nil {
		err = s.load(&x)
	}
	return x, err
}

// Machine spoils what it returns.
func (s *spoiled) Machine(ctx context.Context, name string, revision int64) (store.Machine, error) {
	m, err := s.Store.Machine(ctx, name, revision)
	if err == nil && s.machine != nil {
		s.machine(&m)
	}
	return m, err
}

// logged is a log that may be read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), s)
}

func TestExecutionThatIsStoredInAnUnreadableFormIsToldOfAndCanBeStopped(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want string
		spoil      *spoiled
		described  bool // when it was stopped
	}{
		{"a row of the log", "pack", &spoiled{load: func(x *store.Execution) error {
			for i := range x.Tail {
				x.Tail[i].Body = []byte("garbage")
			}
			return nil
		}}, true},
		{"a definition that does not compile", "MISSING_TRANSITION_TARGET", &spoiled{machine: func(m *store.Machine) {
			m.Definition = []byte(`{"StartAt":"gone","States":{"S1":{"Type":"Succeed"}}}`)
		}}, false},
		{"a definition that is not that of the execution", "none of the definition", &spoiled{machine: func(m *store.Machine) {
			m.Definition = []byte(`{"StartAt":"S1","States":{"S1":{"Type":"Pass","End":true}}}`)
		}}, true},
		{"the facts of its start", "facts of a start", &spoiled{load: func(x *store.Execution) error {
			x.Settings = []byte("{")
			return nil
		}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, mem := reopened(t, memory.New(), engine.Config{Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				})})
				deploy(t, e, "chain", chain(1))
				deploy(t, e, "wait", `{"StartAt":"S1","States":{"S1":{"Type":"Wait","Seconds":86400,"End":true}}}`)
				id, parked := start(t, e, "chain", `7`), start(t, e, "wait", `7`)
				synctest.Wait()
				closeNow(t, e)

				var log logged
				st := tt.spoil
				st.Store = mem.Reopen()
				e, err := engine.Open(t.Context(), engine.Config{Store: st, Tasks: handlers(echo), Logger: slog.New(slog.NewTextHandler(&log, nil))})
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					var damaged *engine.UnreadableError
					if _, err := e.Wait(t.Context(), id); !errors.As(err, &damaged) || damaged.ID != id || !strings.Contains(err.Error(), tt.want) {
						t.Errorf("Wait: %v, want an *UnreadableError with %q", err, tt.want)
					}
					if _, err := e.Wait(t.Context(), parked); !errors.As(err, &damaged) && tt.name != "a definition that is not that of the execution" {
						t.Errorf("Wait for the one that is parked: %v, want an *UnreadableError", err)
					}
					d, err := e.Describe(t.Context(), id)
					if !errors.As(err, &damaged) || d.Status != states.Running || d.ID != id || string(d.Input) != "7" {
						t.Errorf("Describe: %+v %v, want what is known and an *UnreadableError", d, err)
					}
					if _, err := e.Redrive(t.Context(), id); !errors.As(err, &damaged) {
						t.Errorf("Redrive: %v, want an *UnreadableError", err)
					}
					synctest.Wait()
				}
				loads := st.loads.Load()
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := st.loads.Load() - loads; n != 0 {
					t.Errorf("it was read %d times in an hour, want 0", n)
				}
				if n := log.count("execution not loaded"); n != 1 {
					t.Errorf("logged %d times, want once", n)
				}
				if err := e.Stop(t.Context(), id, "Enough", "of it"); err != nil {
					t.Errorf("Stop: %v", err)
				}
				if err := e.Stop(t.Context(), id, "Again", ""); err != nil {
					t.Errorf("Stop again: %v", err)
				}
				if got := wait(t, e, id); got != "ABORTED Enough: of it" {
					t.Errorf("got %s", got)
				}
				if d, err := e.Describe(t.Context(), id); d.Status != states.Aborted || tt.described && (err != nil || d.RedriveStatus != engine.NotRedrivable) {
					t.Errorf("Describe of what was stopped: %+v %v", d, err)
				}
				if runs, _, _ := engine.Holding(e); runs != 0 {
					t.Errorf("%d executions are in memory", runs)
				}
				closeNow(t, e)

				e, _ = reopened(t, mem, engine.Config{Tasks: handlers(echo)})
				defer closeNow(t, e)
				if d, err := e.Describe(t.Context(), id); err != nil || d.Status != states.Aborted {
					t.Errorf("Describe by an engine that can read it: %+v %v", d, err)
				}
				if got := types(t, events(t, e, id)); got != "ExecutionStarted TaskStateEntered TaskScheduled ExecutionAborted" {
					t.Errorf("history %s", got)
				}
				if got := wait(t, e, parked); got != "SUCCEEDED 7" {
					t.Errorf("the other one, by an engine that can read it: %s", got)
				}
			})
		})
	}
}

func TestWaitHearsOfAnExecutionThatLastinglyCannotBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, mem := reopened(t, memory.New(), engine.Config{Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		deploy(t, e, "chain", one(""))
		id := start(t, e, "chain", `7`)
		synctest.Wait()
		closeNow(t, e)

		var log logged
		var broken atomic.Bool
		st := &spoiled{Store: mem.Reopen()}
		st.load = func(*store.Execution) error {
			if broken.Load() {
				return errDisk
			}
			return nil
		}
		broken.Store(true)
		e = open(t, engine.Config{Store: st, Tasks: handlers(echo), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		synctest.Wait()
		for range 2 { // the first one waits until it is clear that it lasts
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			var failed *engine.StoreError
			if _, err := e.Wait(ctx, id); !errors.As(err, &failed) || !errors.Is(err, errDisk) {
				t.Errorf("Wait: %v, want a *StoreError", err)
			}
			cancel()
		}
		loads := st.loads.Load()
		time.Sleep(time.Hour)
		if n := st.loads.Load() - loads; n > 70 || n < 50 {
			t.Errorf("it was read %d times in an hour, want once a minute", n)
		}
		if n := log.count("execution not read"); n != 2 {
			t.Errorf("logged %d times, want at first and when it lasts", n)
		}
		broken.Store(false)
		time.Sleep(2 * time.Minute)
		if got := wait(t, e, id); got != "SUCCEEDED 7" {
			t.Errorf("got %s", got)
		}
	})
}

// A stop of a halted execution that the store refuses leaves it halted, and the next one succeeds.
func TestStopOfAHaltedExecutionThatTheStoreRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Shards: 1, Tasks: handlers(echo)})
		engine.SetStep(e, panicOnSuccess)
		deploy(t, e, "m", one(""))
		id := start(t, e, "m", `1`)
		synctest.Wait()
		st.set(func([]store.Write) error { return errDisk })
		var failed *engine.StoreError
		if err := e.Stop(t.Context(), id, "", ""); !errors.As(err, &failed) {
			t.Errorf("Stop: %v, want a *StoreError", err)
		}
		st.set(nil)
		time.Sleep(time.Minute)
		var halted *engine.HaltedError
		if _, err := e.Wait(t.Context(), id); !errors.As(err, &halted) {
			t.Errorf("Wait: %v, want a *HaltedError", err)
		}
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if got := wait(t, e, id); got != "ABORTED : " {
			t.Errorf("got %s", got)
		}
	})
}

func panicOnSuccess(m *asl.Machine, x *states.Execution, env *states.Env, in states.Input) (states.Commit, error) {
	if _, ok := in.(states.TaskSucceeded); ok {
		panic("impossible phase")
	}
	return states.Step(m, x, env, in)
}
