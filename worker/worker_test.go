package worker_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/worker"
)

var (
	_ worker.Poller = (*engine.Engine)(nil)
	_ worker.Clock  = engine.Clock(nil)
)

// host returns an engine with the activity pack and the machine m, whose only state is a task for it with more members.
func host(t testing.TB, more string) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{Store: memory.New()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	a, err := e.CreateActivity(t.Context(), "pack")
	if err != nil {
		t.Fatal(err)
	}
	definition := `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"` + a.ARN + `",` + more + `"End":true}}}`
	if _, err := e.Deploy(t.Context(), "m", []byte(definition)); err != nil {
		t.Fatal(err)
	}
	return e
}

// run starts a worker that is shut down before the test ends, and before its engine closes.
func run(t testing.TB, cfg worker.Config) *worker.Worker {
	t.Helper()
	if cfg.Activity == "" {
		cfg.Activity = "pack"
	}
	w, err := worker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if err := w.Run(context.Background()); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() {
		if err := w.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	return w
}

func start(t testing.TB, e *engine.Engine, input string) engine.ID {
	t.Helper()
	id, err := e.Start(t.Context(), "m", []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// wait returns "STATUS output" or "STATUS error: cause".
func wait(t testing.TB, e *engine.Engine, id engine.ID) string {
	t.Helper()
	r, err := e.Wait(t.Context(), id)
	if err != nil && r.ID == "" {
		t.Fatal(err)
	}
	if r.Output != nil {
		return r.Status.String() + " " + string(r.Output)
	}
	return fmt.Sprintf("%s %s: %s", r.Status, r.Error, r.Cause)
}

func TestHandlersAnswerTasks(t *testing.T) {
	t.Parallel()
	type order struct{ N int }
	tests := []struct {
		name  string
		h     task.Handler
		input string
		want  string // prefix
	}{
		{"typed", task.Func(func(_ context.Context, o order) (order, error) { return order{o.N + 1}, nil }), `{"N":1}`, `SUCCEEDED {"N":2}`},
		{"input that does not fit", task.Func(func(_ context.Context, o order) (order, error) { return o, nil }), `{"N":"x"}`, "FAILED States.TaskFailed: "},
		{"named error", task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
			return nil, &task.Error{Name: "Box.TooSmall", Cause: "no box fits"}
		}), `{}`, "FAILED Box.TooSmall: no box fits"},
		{"long cause", task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
			return nil, errors.New(strings.Repeat("ü", 40_000))
		}), `{}`, "FAILED States.TaskFailed: üüü"},
		{"panic", task.HandlerFunc(func(context.Context, *task.Request) (any, error) { panic("oops") }), `{}`,
			`FAILED States.TaskFailed: the handler of "pack" panicked: oops at `},
		{"end of the goroutine", task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
			runtime.Goexit()
			return nil, nil
		}), `{}`, `FAILED States.TaskFailed: the handler of "pack" ended its goroutine`},
		{"no JSON", task.HandlerFunc(func(context.Context, *task.Request) (any, error) { return make(chan int), nil }), `{}`,
			`FAILED States.TaskFailed: the handler of "pack" returned no JSON: `},
		{"result that is too long", task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
			return strings.Repeat("x", 300_000), nil
		}), `{}`, "FAILED States.TaskFailed: 1 validation error detected: Value at 'output' failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := host(t, `"TimeoutSeconds":600,`)
				run(t, worker.Config{Poller: e, Handler: tt.h, Concurrency: 1, Name: "w-1"})
				for range 2 { // the worker lives on
					if got := wait(t, e, start(t, e, tt.input)); !strings.HasPrefix(got, tt.want) {
						t.Errorf("got %.200s, want %s…", got, tt.want)
					}
				}
			})
		})
	}
}

func TestConcurrencyBoundsHandlers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := host(t, "")
		var running, most atomic.Int64
		run(t, worker.Config{Poller: e, Concurrency: 3, Handler: task.HandlerFunc(func(_ context.Context, r *task.Request) (any, error) {
			n := running.Add(1)
			defer running.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(time.Second)
			return r.Input, nil
		})})
		var ids []engine.ID
		for i := range 30 {
			ids = append(ids, start(t, e, fmt.Sprint(i)))
		}
		began := time.Now()
		for i, id := range ids {
			if got := wait(t, e, id); got != fmt.Sprint("SUCCEEDED ", i) {
				t.Errorf("got %s", got)
			}
		}
		if d := time.Since(began); most.Load() != 3 || d != 10*time.Second {
			t.Errorf("at most %d handlers ran at once for %v, want 3 for 10s", most.Load(), d)
		}
	})
}

func TestHeartbeatsAreSentByThemselves(t *testing.T) {
	t.Parallel()
	for _, every := range []time.Duration{0, 5 * time.Second} {
		t.Run(every.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := host(t, `"HeartbeatSeconds":9,`)
				run(t, worker.Config{Poller: e, Heartbeat: every, Handler: task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
					time.Sleep(time.Hour)
					return "done", nil
				})})
				if got := wait(t, e, start(t, e, `{}`)); got != `SUCCEEDED "done"` {
					t.Errorf("got %s", got)
				}
			})
		})
	}
}

func TestHandlerHearsThatItsTaskIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := host(t, `"HeartbeatSeconds":9,"TimeoutSeconds":60,`)
		ended := make(chan string, 1)
		run(t, worker.Config{Poller: e, Handler: task.HandlerFunc(func(ctx context.Context, _ *task.Request) (any, error) {
			began := time.Now()
			deadline, _ := ctx.Deadline()
			<-ctx.Done()
			ended <- fmt.Sprintf("%v after %v, deadline %v", ctx.Err(), time.Since(began), deadline.Sub(began))
			return nil, ctx.Err()
		})})
		id := start(t, e, `{}`)
		time.Sleep(10 * time.Second)
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		if got, want := <-ended, "context canceled after 12s, deadline 1m0s"; got != want {
			t.Errorf("stopped: %s, want %s", got, want)
		}
		if got := wait(t, e, start(t, e, `{}`)); got != "FAILED States.Timeout: " {
			t.Errorf("got %s", got)
		}
		if got, want := <-ended, "context deadline exceeded after 1m0s, deadline 1m0s"; got != want {
			t.Errorf("timed out: %s, want %s", got, want)
		}
	})
}

func TestShutdownLetsHandlersFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := host(t, "")
		w, err := worker.New(worker.Config{Poller: e, Activity: "pack", Handler: task.HandlerFunc(func(ctx context.Context, r *task.Request) (any, error) {
			select {
			case <-time.After(time.Minute):
				return r.Input, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})})
		if err != nil {
			t.Fatal(err)
		}
		ran := make(chan error, 1)
		go func() { ran <- w.Run(t.Context()) }()
		id := start(t, e, `1`)
		synctest.Wait()
		began := time.Now()
		if err := w.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-ran; err != nil || time.Since(began) != time.Minute {
			t.Errorf("Run: %v after %v, want nil after a minute", err, time.Since(began))
		}
		if got := wait(t, e, id); got != "SUCCEEDED 1" {
			t.Errorf("got %s", got)
		}
		if err := w.Shutdown(t.Context()); err != nil {
			t.Errorf("second Shutdown: %v", err)
		}
		if err := w.Run(t.Context()); err == nil {
			t.Error("second Run: want an error")
		}
	})
}

func TestImpatientShutdownLeavesTasksToTheirTimeouts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := host(t, `"HeartbeatSeconds":30,"Retry":[{"ErrorEquals":["States.HeartbeatTimeout"]}],`)
		block := task.HandlerFunc(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		w, err := worker.New(worker.Config{Poller: e, Activity: "pack", Handler: block})
		if err != nil {
			t.Fatal(err)
		}
		ran := make(chan error, 1)
		go func() { ran <- w.Run(t.Context()) }()
		id := start(t, e, `1`)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v, want context.DeadlineExceeded", err)
		}
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		run(t, worker.Config{Poller: e, Handler: task.HandlerFunc(func(context.Context, *task.Request) (any, error) { return 2, nil })})
		if got := wait(t, e, id); got != "SUCCEEDED 2" {
			t.Errorf("got %s", got)
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := host(t, "")
		w, err := worker.New(worker.Config{Poller: e, Activity: "pack", Handler: task.HandlerFunc(nil)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- w.Run(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-ran; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v, want context.Canceled", err)
		}
	})
}

// shaky is a connection to an engine on which some calls fail.
type shaky struct {
	*engine.Engine
	mu    sync.Mutex
	fails map[string]int // calls that are still to fail, by method
	lost  bool           // calls that fail have had their effect
}

var errLine = errors.New("connection reset by peer")

func (s *shaky) failing(method string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails[method]--
	return s.fails[method] >= 0
}

// GetActivityTask fails as it is told.
func (s *shaky) GetActivityTask(ctx context.Context, activity, worker string) (*task.ActivityTask, error) {
	if s.failing("get") {
		return nil, errLine
	}
	return s.Engine.GetActivityTask(ctx, activity, worker)
}

// SendTaskSuccess fails as it is told.
func (s *shaky) SendTaskSuccess(ctx context.Context, token task.Token, output []byte) error {
	failing := s.failing("success")
	if failing && !s.lost {
		return errLine
	}
	err := s.Engine.SendTaskSuccess(ctx, token, output)
	if failing {
		return errLine
	}
	return err
}

// SendTaskHeartbeat fails as it is told.
func (s *shaky) SendTaskHeartbeat(ctx context.Context, token task.Token) error {
	if s.failing("heartbeat") {
		return errLine
	}
	return s.Engine.SendTaskHeartbeat(ctx, token)
}

func TestPassingTroublesAreOvercome(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprintf("answers arrive: %t", lost), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := host(t, `"HeartbeatSeconds":30,`)
				s := &shaky{Engine: e, lost: lost, fails: map[string]int{"get": 3, "success": 2, "heartbeat": 1}}
				run(t, worker.Config{Poller: s, Concurrency: 1, Handler: task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
					time.Sleep(2 * time.Minute)
					return "done", nil
				})})
				for range 2 {
					if got := wait(t, e, start(t, e, `{}`)); got != `SUCCEEDED "done"` {
						t.Errorf("got %s", got)
					}
				}
			})
		})
	}
}

func TestRunEndsWhenAskingIsHopeless(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := host(t, "")
		handler := task.HandlerFunc(nil)
		var missing *engine.NotFoundError
		w, err := worker.New(worker.Config{Poller: e, Activity: "none", Handler: handler})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Run(t.Context()); !errors.As(err, &missing) || !missing.Activity {
			t.Errorf("unknown activity: %v, want a *NotFoundError", err)
		}
		if w, err = worker.New(worker.Config{Poller: &shaky{Engine: e, fails: map[string]int{"get": 99}}, Activity: "pack", Handler: handler,
			Fatal: func(err error) bool { return errors.Is(err, errLine) }}); err != nil {
			t.Fatal(err)
		}
		if err := w.Run(t.Context()); !errors.Is(err, errLine) {
			t.Errorf("fatal error: %v, want it", err)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	e := host(t, "")
	h := task.HandlerFunc(nil)
	for _, cfg := range []worker.Config{
		{Activity: "pack", Handler: h}, {Poller: e, Handler: h}, {Poller: e, Activity: "pack"},
		{Poller: e, Activity: "pack", Handler: h, Concurrency: -1}, {Poller: e, Activity: "pack", Handler: h, Heartbeat: -1},
	} {
		if _, err := worker.New(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}
