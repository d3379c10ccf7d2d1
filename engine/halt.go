package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
)

// halt gives an execution up for this process because the core failed on it.
func (s *shard) halt(r *run, cause error) {
	stack := ""
	if p, ok := errors.AsType[*corePanic](cause); ok {
		stack = string(p.stack)
	}
	s.e.log.Error("execution halted", "execution", r.arn, "machine", r.machine.name, "seq", r.x.Seq, "err", cause,
		"frames", frameDump(r.machine.asl, r.x), "stack", stack)
	s.leaveHalted(r, &HaltedError{ID: r.arn, Reason: cause.Error()})
}

// giveUpOn halts an execution that is stored in a form that this engine cannot read.
func (s *shard) giveUpOn(r *run, err error) {
	if r.halted == nil && slices.ContainsFunc(r.inbox, func(in entry) bool { _, stop := in.in.(states.Abort); return stop }) {
		r.halted = err
		s.load(r)
		return
	}
	s.e.log.Error("execution not loaded", "execution", r.id, "err", err) // once: it is not tried again
	s.leaveHalted(r, err)
}

// leaveHalted answers everyone who waits for r, now and later.
func (s *shard) leaveHalted(r *run, err error) {
	s.mu.Lock()
	s.halted[r.id] = err // before the waiters are told: one that comes later looks here
	s.mu.Unlock()
	for _, in := range r.flying {
		in.call.answer(err)
	}
	r.flying = nil
	s.drop(r, err)
	s.e.timers.set(r.id, 0)
	s.e.waiters.fail(r.id, err)
}

// stopHalted stops r, which was halted, if somebody still asks for that. Nothing else is done for it.
func (s *shard) stopHalted(r *run) {
	stops := r.inbox[:0]
	for _, in := range r.inbox {
		if _, stop := in.in.(states.Abort); stop {
			stops = append(stops, in)
		} else {
			in.call.answer(r.halted)
		}
	}
	clear(r.inbox[len(stops):])
	r.inbox, r.tick, r.resend, r.more = stops, false, false, false
	if len(stops) == 0 { // the store has refused it, and the caller knows
		s.leaveHalted(r, r.halted)
		return
	}
	s.enqueue(r)
}

// unread takes in that the store could not read r. That may pass: it is tried again, less and less often.
func (s *shard) unread(r *run, err error) {
	failed := &StoreError{Op: "load", Err: err}
	r.unread++
	if r.unread == 1 || r.unread == lasting {
		s.e.log.Error("execution not read", "execution", r.id, "tries", r.unread, "err", err)
	}
	for _, in := range r.inbox {
		if !in.internal() {
			in.call.answer(failed)
		}
	}
	r.inbox = keepInternal(r.inbox)
	if r.unread >= heldUp {
		s.e.feeder.release(r.fed)
		r.fed = 0
	}
	if errors.Is(err, context.Canceled) {
		s.drop(r, ErrClosed)
		return
	}
	if r.unread >= lasting {
		s.mu.Lock()
		r.ailing = failed // before the waiters are told: one that comes later looks here
		s.mu.Unlock()
		s.e.waiters.fail(r.id, failed)
	}
	s.reloadLater(r)
}

// readable takes in that r could be read.
func (s *shard) readable(r *run) {
	r.unread = 0
	if r.ailing != nil {
		s.mu.Lock()
		r.ailing = nil
		s.mu.Unlock()
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
