package engine

import (
	"errors"
	"time"

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

// How long to pause before an execution is loaded again: after a commit that failed, and after one that could not be read.
const (
	pauseFirst  = 50 * time.Millisecond // it doubles
	pauseCommit = 5 * time.Second       // at most
	pauseLoad   = time.Minute           // at most
)

// reloadLater loads r again after a pause that grows with the failures in a row.
func (s *shard) reloadLater(r *run) {
	if s.e.failure() != nil {
		s.drop(r, s.e.failure())
		return
	}
	pause := min(pauseFirst<<min(r.failures, 10), pauseCommit)
	if r.unread > 0 {
		pause = min(pauseFirst<<min(r.unread, 12), pauseLoad)
	}
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

// heldUp is how often an execution in a row may fail to be read before others are fed in its place: there may be more that cannot be
// read than there are places.
const heldUp = 4

// lasting is how often in a row until those who wait for it hear of it, which is after some half a minute.
const lasting = 10

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
		r.stateSeq, r.remains = found.stateSeq, found.remains
		s.readable(r)
		s.settleDoubt(r)
	}
	_, damaged := errors.AsType[*UnreadableError](err)
	switch {
	case errors.Is(err, store.ErrNotFound):
		s.drop(r, &NotFoundError{ARN: string(r.arn)})
	case damaged:
		s.giveUpOn(r, err)
	case err != nil:
		s.unread(r, err)
	case r.halted != nil && r.x.Status == states.Running:
		s.stopHalted(r)
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
