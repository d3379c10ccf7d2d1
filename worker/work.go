package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/gait-engine/gait/task"
)

// errClosed is why the context of a handler ends whose task does not wait for it any more.
var errClosed = errors.New("worker: the task does not wait any more")

// work calls the handler for t and sends its answer.
func (w *Worker) work(t *task.ActivityTask) {
	ctx, cancel := context.WithCancelCause(w.working)
	defer cancel(nil)
	tc := taskContext{Context: ctx}
	if t.TimeoutSeconds > 0 {
		timeout := time.Duration(min(t.TimeoutSeconds, maxSeconds)) * time.Second
		tc.deadline = w.cfg.Clock.Now().Add(timeout)
		defer w.cfg.Clock.AfterFunc(timeout, func() { cancel(context.DeadlineExceeded) })()
	}
	beats := w.beat(ctx, cancel, t)
	sum := sha256.Sum256([]byte(t.Token))
	req := &task.Request{
		Resource: w.cfg.Activity, Input: t.Input, Key: hex.EncodeToString(sum[:16]), Delivery: 1, Token: t.Token,
		Beat: func(ctx context.Context) error { return w.cfg.Poller.SendTaskHeartbeat(ctx, t.Token) },
	}
	answered := false
	defer func() {
		beats.end()
		if !answered { // the handler is ending this goroutine
			w.answer(ctx, t.Token, nil, task.Errorf(task.TaskFailed, "the handler of %q ended its goroutine", w.cfg.Activity))
		}
	}()
	output, failure := task.Call(tc, w.cfg.Handler, req)
	if failure == nil && !json.Valid(output) {
		failure = task.NoJSON(w.cfg.Activity, errors.New("the text is no JSON"))
	}
	answered = true
	beats.end()
	w.answer(ctx, t.Token, output, failure)
}

// maxSeconds is more than any state may say. Source: Amazon States Language, TimeoutSeconds.
const maxSeconds = 99_999_999

// answer sends what came of a task until it has arrived, or the task no longer waits, or ctx ends.
func (w *Worker) answer(ctx context.Context, token task.Token, output []byte, failure *task.Error) {
	for failures := 0; ; failures++ {
		if cause := context.Cause(ctx); cause != nil {
			w.log.Warn("task not answered", "err", cause)
			return
		}
		var err error
		if failure != nil {
			name, text := failure.ASLError()
			err = w.cfg.Poller.SendTaskFailure(ctx, token, cut(name, 256), cut(text, 32_768))
		} else {
			err = w.cfg.Poller.SendTaskSuccess(ctx, token, output)
		}
		switch {
		case err == nil:
			return
		case closed(err):
			w.log.Warn("task not answered", "err", err)
			return
		case failure == nil && refused(code(err)):
			failure = &task.Error{Name: task.TaskFailed, Cause: err.Error()}
		case code(err) != "" || w.cfg.Fatal(err):
			w.log.Error("task not answered", "err", err)
			return
		default:
			w.log.Warn("answer not sent", "err", err)
			w.pause(ctx, failures)
		}
	}
}

// refused reports whether the code is that of a result which will never be taken: it is no JSON, or too long.
func refused(code string) bool { return code == "InvalidOutput" || code == "ValidationException" }

// cut returns the first n characters of s.
func cut(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// heartbeats sends the heartbeats of one task.
type heartbeats struct {
	mu    sync.Mutex
	ended bool
	stop  func() bool
}

// beat sends heartbeats for t until end is called. When t no longer waits, it ends the handler's context.
func (w *Worker) beat(ctx context.Context, cancel context.CancelCauseFunc, t *task.ActivityTask) *heartbeats {
	h := &heartbeats{}
	every := w.cfg.Heartbeat
	if every == 0 {
		every = time.Duration(min(t.HeartbeatSeconds, maxSeconds)) * time.Second / 3
	}
	if every <= 0 {
		return h
	}
	var again func()
	arm := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.ended {
			h.stop = w.cfg.Clock.AfterFunc(every, again)
		}
	}
	again = func() {
		switch err := w.cfg.Poller.SendTaskHeartbeat(ctx, t.Token); {
		case ctx.Err() != nil || h.over(): // the handler has returned meanwhile
			return
		case closed(err):
			w.log.Warn("task lost", "err", err)
			cancel(errClosed)
			return
		case err != nil:
			w.log.Warn("heartbeat not sent", "err", err)
		}
		arm()
	}
	arm()
	return h
}

func (h *heartbeats) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	if h.stop != nil {
		h.stop()
	}
}

func (h *heartbeats) over() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended
}

// taskContext is the context of a handler. The worker's clock decides when its deadline has come.
type taskContext struct {
	context.Context
	deadline time.Time
}

// Deadline returns when the task's TimeoutSeconds runs out, if that is known.
func (c taskContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

// Err returns DeadlineExceeded after a timeout and Canceled after everything else.
func (c taskContext) Err() error {
	err := c.Context.Err()
	if err != nil && errors.Is(context.Cause(c.Context), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}
