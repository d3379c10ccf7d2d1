package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// refused takes in that a commit was not stored. The state in memory is ahead of the store and is dropped; the inputs that came
// from the engine itself are kept and stepped again on what is loaded.
func (s *shard) refused(r *run, c *states.Commit, err error) {
	if errors.Is(err, store.ErrExists) && r.create != nil {
		for _, in := range r.flying {
			in.call.answer(err)
		}
		s.remove(r)
		return
	}
	if failure := s.e.failure(); failure != nil {
		err = failure
	} else {
		s.e.log.Error("commit not stored", "execution", r.arn, "seq", r.x.Seq, "err", err)
		err = &StoreError{Op: "commit", Err: err}
	}
	r.doubt = newDoubt(r, c)
	kept := make([]entry, 0, len(r.flying)+len(r.inbox))
	for _, in := range r.flying {
		if !in.internal() {
			in.call.answer(err)
			continue
		}
		if _, internal := in.in.(states.Continue); !internal {
			kept = append(kept, in)
		}
	}
	r.inbox = append(kept, r.inbox...)
	clear(r.flying)
	r.flying = r.flying[:0]
	r.x, r.more, r.tick, r.due = nil, false, true, 0
	r.resend, r.delivery = true, max(r.delivery, 2)
	s.reloadLater(r)
}

// reloadLater loads r again after a pause that grows with the failures in a row.
func (s *shard) reloadLater(r *run) {
	if s.e.failure() != nil {
		s.drop(r, s.e.failure())
		return
	}
	pause := min(50*time.Millisecond<<min(r.failures, 10), 5*time.Second)
	r.failures++
	s.retrying++
	s.e.clock.AfterFunc(pause, func() { s.post(message{kind: reloadMessage, id: r.id, run: r}) })
}

// drop forgets r, which stays in the store as it is, and answers who waits for it.
func (s *shard) drop(r *run, err error) {
	s.remove(r)
	for _, in := range r.inbox {
		in.call.answer(err)
	}
	r.inbox = nil
}

// halt gives an execution up for this process because the core failed on it.
func (s *shard) halt(r *run, cause error) {
	stack := ""
	if p, ok := errors.AsType[*corePanic](cause); ok {
		stack = string(p.stack)
	}
	s.e.log.Error("execution halted", "execution", r.arn, "machine", r.machine.name, "seq", r.x.Seq, "err", cause,
		"frames", frameDump(r.machine.asl, r.x), "stack", stack)
	err := &HaltedError{ID: r.arn, Reason: cause.Error()}
	s.mu.Lock()
	s.halted[r.id] = err // before the waiters are told: one that comes later looks here
	s.mu.Unlock()
	for _, in := range r.flying {
		in.call.answer(err)
	}
	s.drop(r, err)
	s.e.timers.set(r.id, 0)
	s.e.waiters.fail(r.id, err)
}

// heldUp is how often an execution in a row may fail to be read before others are fed in its place: there may be more that cannot be
// read than there are places.
const heldUp = 4

// load has a loader read r.
func (s *shard) load(r *run) {
	r.loading = true
	s.loading++
	s.e.loaders.add(r, s)
}

// loaded takes in what a loader has read.
func (s *shard) loaded(r *run, found *loaded, err error) {
	r.loading = false
	if found != nil {
		r.machine, r.arn, r.host, r.x, r.origin = found.machine, found.arn, found.host, found.x, found.origin
		r.stateSeq = found.stateSeq
		s.settleDoubt(r)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		s.drop(r, &NotFoundError{ARN: string(r.arn)})
	case err != nil:
		s.e.log.Error("execution not loaded", "execution", r.arn, "err", err)
		for _, in := range r.inbox {
			if !in.internal() {
				in.call.answer(&StoreError{Op: "load", Err: err})
			}
		}
		r.inbox = keepInternal(r.inbox)
		if r.failures >= heldUp {
			s.e.feeder.release(r.fed)
			r.fed = 0
		}
		if errors.Is(err, context.Canceled) {
			s.drop(r, ErrClosed)
			return
		}
		s.reloadLater(r)
	case r.x.Status != states.Running && !r.wantsRedrive():
		s.finish(r)
	case r.x.Status != states.Running: // to be redriven
		s.enqueue(r)
	default:
		if r.create != nil { // its commit was reported as failed and is there all the same
			r.create = nil
			r.resend, r.delivery = true, 2
		}
		r.more = len(r.x.Ready) > 0
		r.tick = true
		s.graceHeartbeats(r)
		s.enqueue(r)
	}
}

func keepInternal(entries []entry) []entry {
	kept := entries[:0]
	for _, in := range entries {
		if in.internal() {
			kept = append(kept, in)
		}
	}
	clear(entries[len(kept):])
	return kept
}

// graceHeartbeats gives every heartbeat that ran while no engine did one full interval from now.
func (s *shard) graceHeartbeats(r *run) {
	for _, f := range r.x.Frames {
		if f == nil || f.Heartbeat == 0 || f.Task == nil {
			continue
		}
		if last := f.Heartbeat - states.Millis(1000*f.Task.HeartbeatSeconds); last < s.e.opened {
			beat := states.Heartbeat{Ref: states.Ref{Exec: r.id, Frame: f.ID, Gen: f.Gen}}
			r.inbox = append([]entry{{in: beat}}, r.inbox...)
		}
	}
}

// corePanic is a panic of the core.
type corePanic struct {
	value any
	stack []byte
}

func (p *corePanic) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// frameDump describes the frames of an execution in one line, without documents.
func frameDump(m *asl.Machine, x *states.Execution) string {
	var b strings.Builder
	for _, f := range x.Frames {
		if f == nil {
			continue
		}
		state := fmt.Sprint(f.State)
		if int(f.Flow) < len(m.Flows) && f.State >= 0 && int(f.State) < len(m.Flows[f.Flow].States) {
			state = m.Flows[f.Flow].States[f.State].Common().Name
		}
		fmt.Fprintf(&b, "[%d parent %d state %q phase %v gen %d]", f.ID, f.Parent, state, f.Phase, f.Gen)
	}
	return b.String()
}
