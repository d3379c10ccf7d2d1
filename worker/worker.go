package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gait-engine/gait/task"
)

// Config says what a worker works on. Poller, Activity and Handler are required.
type Config struct {
	Poller   Poller
	Activity string       // ARN; an engine takes the name, too
	Handler  task.Handler // called for each task, many at once

	// Name is recorded in the history of the executions, at most 80 characters. Default: none.
	Name string
	// Concurrency is how many handlers run at once, and how many tasks are asked for when none does. Default 16.
	Concurrency int
	// Heartbeat is the time between two heartbeats of a task. Default: a third of its HeartbeatSeconds where the poller tells them;
	// otherwise none are sent.
	Heartbeat time.Duration
	// Fatal tells errors of the poller after which it is no use to call it again, of an engine engine.ErrClosed: an answer is given
	// up, and when tasks are asked for, Run returns. It does so, too, when the activity does not exist and when the request is
	// refused as invalid. All other errors are logged, and the call is made again. Default: no further errors.
	Fatal func(error) bool
	// Logger gets what an operator should know; documents and tokens are never logged. Default: nothing is logged.
	Logger *slog.Logger
	// Clock is what the worker knows of time. Default: the system clock.
	Clock Clock
}

// Clock is what a worker knows of time. An engine.Clock is one.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed. Calling stop prevents that, if it has not happened yet.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// validate refuses what cannot work and fills in the defaults.
func (c *Config) validate() error {
	switch {
	case c.Poller == nil:
		return errors.New("worker: Config.Poller is missing")
	case c.Activity == "":
		return errors.New("worker: Config.Activity is missing")
	case c.Handler == nil:
		return errors.New("worker: Config.Handler is missing")
	case c.Concurrency < 0 || c.Heartbeat < 0:
		return fmt.Errorf("worker: Config.Concurrency is %d and Heartbeat %v, expected 0 or more", c.Concurrency, c.Heartbeat)
	}
	if c.Concurrency == 0 {
		c.Concurrency = 16
	}
	if c.Fatal == nil {
		c.Fatal = func(error) bool { return false }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	return nil
}

// Worker works on the tasks of one activity. Its methods are safe for concurrent use.
type Worker struct {
	cfg Config
	log *slog.Logger

	asking    context.Context // ends when no more tasks are wanted
	stop      context.CancelCauseFunc
	working   context.Context // of handlers; ends when they must end, too
	interrupt context.CancelFunc

	mu    sync.Mutex
	begun bool
	done  chan struct{} // closed when Run has returned
	slots sync.WaitGroup
}

// New returns a worker. The error says what is wrong with cfg.
func New(cfg Config) (*Worker, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	w := &Worker{cfg: cfg, log: cfg.Logger.With("activity", cfg.Activity), done: make(chan struct{})}
	w.asking, w.stop = context.WithCancelCause(context.Background())
	w.working, w.interrupt = context.WithCancel(context.Background())
	return w, nil
}

// errShutdown is why a worker that was shut down asks for no more tasks.
var errShutdown = errors.New("worker: shut down")

// Run asks for tasks and works on them until [Worker.Shutdown] is called, ctx ends, or asking is hopeless. It returns when no handler
// runs any more: nil after Shutdown, the error of ctx, or that of asking. When ctx ends, the contexts of the handlers end, too, and
// their tasks are not answered: the timeouts of their states decide. It must not be called twice.
func (w *Worker) Run(ctx context.Context) error {
	w.mu.Lock()
	if w.begun {
		w.mu.Unlock()
		return errors.New("worker: Run was called before")
	}
	w.begun = true
	w.mu.Unlock()
	defer close(w.done)
	defer w.interrupt()
	release := context.AfterFunc(ctx, func() {
		w.stop(ctx.Err())
		w.interrupt()
	})
	defer release()
	w.log.Info("worker started", "concurrency", w.cfg.Concurrency)
	for range w.cfg.Concurrency {
		w.slots.Add(1)
		go w.slot()
	}
	<-w.asking.Done()
	w.slots.Wait()
	w.log.Info("worker stopped")
	if err := context.Cause(w.asking); !errors.Is(err, errShutdown) {
		return err
	}
	return nil
}

// Shutdown makes Run ask for no more tasks, lets the handlers that run finish, and returns when Run has. When ctx ends first, the
// contexts of the handlers end, their tasks are not answered, and the error is that of ctx.
func (w *Worker) Shutdown(ctx context.Context) error {
	w.stop(errShutdown)
	w.mu.Lock()
	begun := w.begun
	w.begun = true // a Run to come would have nothing to do
	w.mu.Unlock()
	if !begun {
		close(w.done)
	}
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		w.interrupt()
		<-w.done
		return ctx.Err()
	}
}

// slot asks for a task, works on it, and begins anew.
func (w *Worker) slot() {
	defer w.slots.Done()
	ended := false
	defer func() {
		if !ended { // a handler has ended this goroutine
			w.slots.Add(1)
			go w.slot()
		}
	}()
	failures := 0
	for w.asking.Err() == nil {
		t, err := w.cfg.Poller.GetActivityTask(w.asking, w.cfg.Activity, w.cfg.Name)
		switch {
		case t != nil:
			failures = 0
			w.work(t)
		case err == nil:
			failures = 0
		case w.asking.Err() != nil:
		case hopeless(err) || w.cfg.Fatal(err):
			w.log.Error("no tasks can be had", "err", err)
			w.stop(fmt.Errorf("worker: ask for a task: %w", err))
		default:
			w.log.Warn("task not received", "err", err)
			w.pause(w.asking, failures)
			failures++
		}
	}
	ended = true
}

// pause waits before a call is made again, longer after each failure in a row, from 100 ms to 5 s.
func (w *Worker) pause(ctx context.Context, failures int) {
	over := make(chan struct{})
	stop := w.cfg.Clock.AfterFunc(min(100*time.Millisecond<<min(failures, 10), 5*time.Second), func() { close(over) })
	defer stop()
	select {
	case <-over:
	case <-ctx.Done():
	}
}
