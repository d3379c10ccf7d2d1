package engine

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/states"
)

// Result is how an execution ended.
type Result struct {
	ID               ID
	Status           states.Status
	Output           json.RawMessage // of one that succeeded; nil for others
	Error, Cause     string          // of one that did not; empty when absent
	Started, Stopped time.Time
}

// Wait waits until an execution has ended and returns its result. Any number of callers may wait; a waiting caller costs no
// goroutine of the engine. The error is an *[ExecutionError], beside the result, when the execution did not succeed. Ending ctx
// ends the waiting, not the execution.
//
// Other errors: *[NotFoundError], *[ARNError], *[StoreError], *[HaltedError], *[UnreadableError], ErrClosed, ErrFenced.
func (e *Engine) Wait(ctx context.Context, id ID) (Result, error) {
	n, err := e.resolve(ctx, id)
	if err != nil {
		return Result{}, err
	}
	w := e.waiters.add(n)
	defer e.waiters.remove(n, w)
	if !e.shardOf(n).holds(n) {
		// Either it has ended, which the store knows, or its end is still to come and will be told.
		_, stored, err := e.load(ctx, n)
		if _, damaged := errors.AsType[*UnreadableError](err); err != nil && (!damaged || stored.Status == states.Running) {
			return Result{}, storeError("load", err)
		}
		if stored.Status != states.Running {
			o, err := pack.Outcome(stored.Outcome)
			if err != nil {
				return Result{}, &StoreError{Op: "load", Err: err}
			}
			return resultOf(id, stored.Started, o).asError()
		}
	}
	if err := e.shardOf(n).whyHalted(n); err != nil {
		return Result{}, err
	}
	select {
	case told := <-w.done:
		if told.err != nil {
			return Result{}, told.err
		}
		return told.result.asError()
	case <-ctx.Done():
		return Result{}, ctx.Err()
	case <-e.ctx.Done():
		return Result{}, e.gone()
	}
}

func resultOf(id ID, started states.Millis, o *states.Outcome) Result {
	r := Result{ID: id, Status: o.Status, Started: clockTime(started), Stopped: clockTime(o.Stopped)}
	if o.Status == states.Succeeded {
		r.Output = o.Output.AppendJSON(nil)
		return r
	}
	r.Error, r.Cause = o.Failure.Name.S, o.Failure.Cause.S
	return r
}

// asError returns r and, when it is no success, an *ExecutionError.
func (r Result) asError() (Result, error) {
	if r.Status == states.Succeeded {
		return r, nil
	}
	return r, &ExecutionError{ID: r.ID, Status: r.Status, Name: r.Error, Cause: r.Cause}
}

// waiters are the callers of Wait.
type waiters struct {
	mu sync.Mutex
	by map[states.ExecID][]*waiter
}

type waiter struct{ done chan told } // has room for one

type told struct {
	result Result
	err    error
}

func (w *waiters) add(id states.ExecID) *waiter {
	one := &waiter{done: make(chan told, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[states.ExecID][]*waiter{}
	}
	w.by[id] = append(w.by[id], one)
	return one
}

func (w *waiters) remove(id states.ExecID, one *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.by[id]
	for i, other := range list {
		if other != one {
			continue
		}
		if len(list) == 1 {
			delete(w.by, id)
			return
		}
		w.by[id] = append(list[:i:i], list[i+1:]...)
		return
	}
}

func (w *waiters) take(id states.ExecID) []*waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.by[id]
	delete(w.by, id)
	return list
}

// tell gives everyone who waits for r its result.
func (w *waiters) tell(r *run) {
	list := w.take(r.id)
	if len(list) == 0 {
		return
	}
	for _, one := range list {
		one.done <- told{result: resultOf(r.arn, r.x.Started, r.x.Outcome)} // one for each: the output belongs to the caller
	}
}

// fail gives everyone who waits for an execution an error.
func (w *waiters) fail(id states.ExecID, err error) {
	for _, one := range w.take(id) {
		one.done <- told{err: err}
	}
}
