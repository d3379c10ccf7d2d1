package engine

import (
	"errors"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gait-engine/gait/states"
)

// advance steps r with everything that waits for it. Nothing of r is in flight.
func (s *shard) advance(r *run, stopping bool) {
	s.setIdle(r, false)
	now := s.e.clock.Now()
	if r.create != nil {
		now = r.create.Started.Time() // as the context object says
	}
	in := s.collect(r, states.MillisOf(now), stopping)
	if in != nil {
		s.step(r, in, now)
	}
	if r.inflight || s.runs[r.id] != r {
		return
	}
	if r.x.Status != states.Running { // and was not redriven
		s.finish(r)
		return
	}
	if r.resend {
		s.deliver(r)
	}
	s.park(r)
}

// collect takes the inbox of r and returns it as one input, nil when there is nothing to do.
func (s *shard) collect(r *run, now states.Millis, stopping bool) states.Input {
	r.flying = r.flying[:0]
	if r.x.Status != states.Running {
		return s.redrive(r, now)
	}
	for _, in := range r.inbox {
		if redrive, ok := in.in.(states.Redrive); ok {
			s.answerRedrive(r, in.call, redrive, now)
			continue
		}
		if sub, ok := submitted(in.in); ok {
			// Before anything that may end the wait: then the commit tells that it is to be stopped.
			if takes(r.x, sub) {
				r.flying = slices.Insert(r.flying, 0, in)
			} else {
				in.call.answer(&TokenError{Closed: true})
			}
			continue
		}
		if in.call != nil && in.call.poll != nil && !s.admits(r, in.call) {
			continue
		}
		if in.call != nil && in.call.ref.Gen != 0 && (!open(r.x, in.call.ref) || asked(r.flying, in.call.ref)) {
			in.call.answer(&TokenError{Closed: true})
			continue
		}
		r.flying = append(r.flying, in)
	}
	clear(r.inbox)
	r.inbox = r.inbox[:0]
	if r.tick {
		r.tick = false
		if due := r.x.NextDue(); due != 0 && due <= now {
			r.flying = append(r.flying, entry{in: states.Tick{}})
		}
	}
	s.tellStarted(r)
	if r.more && !stopping {
		r.flying = append(r.flying, entry{in: states.Continue{}})
	}
	switch len(r.flying) {
	case 0:
		return nil
	case 1:
		return r.flying[0].in
	}
	batch := make(states.Batch, len(r.flying))
	for i := range r.flying {
		batch[i] = r.flying[i].in
	}
	return batch
}

// tellStarted puts the begin of calls that are still running before inputs that may end them. Otherwise the begin of a call
// rides with its result, which saves a commit.
func (s *shard) tellStarted(r *run) {
	ends := false
	for _, in := range r.flying {
		switch in.in.(type) {
		case states.Tick, states.Abort, states.TaskFailed:
			ends = true
		case states.TaskSucceeded:
			ends = ends || in.call != nil // a callback, which may come before the call has ended
		}
	}
	if !ends {
		return
	}
	var began []entry
	for _, f := range r.x.Frames {
		if !waitsForHost(f) || f.Task.Started {
			continue
		}
		ref := states.Ref{Exec: r.id, Frame: f.ID, Gen: f.Gen}
		if at := s.e.dispatcher.began(ref); at != 0 {
			began = append(began, entry{in: states.TaskStarted{Ref: ref, At: at}})
		}
	}
	r.flying = append(began, r.flying...)
}

// asked reports whether one of the entries answers the same wait for another caller.
func asked(entries []entry, ref states.Ref) bool {
	for _, e := range entries {
		switch in := e.in.(type) {
		case states.TaskSucceeded:
			if in.Ref == ref {
				return true
			}
		case states.TaskFailed:
			if in.Ref == ref {
				return true
			}
		}
	}
	return false
}

// step makes one commit of in and puts it on the way to the store.
func (s *shard) step(r *run, in states.Input, now time.Time) {
	s.env.Now, s.env.Host, s.env.Limits, s.stepping = now, &r.host, s.e.runLimits(r), r.machine.name
	s.seed()
	c, err := s.safeStep(r, in)
	r.flying = append(r.flying, s.taken...)
	clear(s.taken)
	s.taken = s.taken[:0]
	switch {
	case errors.Is(err, states.ErrStale), errors.Is(err, states.ErrFinished):
		for _, in := range r.flying {
			in.call.answer(s.staleAnswer(in.in))
			s.noteJob(r, in.in)
		}
		clear(r.flying)
		r.flying = r.flying[:0]
		return
	case err != nil:
		s.halt(r, err)
		return
	}
	r.more = c.More
	made := s.newCommit()
	made.buf = r.write(&made.write, &c, states.MillisOf(now), made.buf[:0])
	s.env.Scratch.Reclaim(&c) // the records are packed
	made.run, made.c = r, c
	r.inflight = true
	s.inflight++
	s.out = append(s.out, made)
}

// staleAnswer is what the caller of an input hears that came too late. To stop what has ended is not an error.
func (s *shard) staleAnswer(in states.Input) error {
	if _, ok := in.(states.Abort); ok {
		return nil
	}
	return &TokenError{Closed: true}
}

// safeStep is states.Step; a panic in it is an error.
func (s *shard) safeStep(r *run, in states.Input) (c states.Commit, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &corePanic{p, debug.Stack()}
		}
	}()
	return s.e.step(r.machine.asl, r.x, &s.env, in)
}

// seed draws new entropy for the next step.
func (s *shard) seed() {
	for i := range 2 {
		n := s.seeds.Uint64()
		for j := range 8 {
			s.env.Seed[8*i+j] = byte(n >> (8 * j))
		}
	}
}

// durable takes in that a commit is stored: only now callers hear of it and its tasks leave.
func (s *shard) durable(r *run, c *states.Commit, stopping bool) {
	if r.create != nil {
		r.create = nil
		if r.x.Run == nil {
			s.e.ids.put(r.arn, r.id)
		}
	}
	r.failures = 0
	for _, in := range r.flying {
		s.confirm(r, in.call)
		s.noteJob(r, in.in)
	}
	clear(r.flying)
	r.flying = r.flying[:0]
	s.giveUp(r, c)
	if c.Outcome != nil {
		s.finish(r)
		return
	}
	s.mapWork(r, c)
	for i := range c.Tasks {
		s.send(r, &c.Tasks[i], 1)
	}
	if due := r.x.NextDue(); due != 0 && (r.due == 0 || due < r.due) {
		s.e.timers.set(r.id, due) // a timer that moved to later fires early and is set again
		r.due = due
	}
	if len(r.inbox) > 0 || r.tick || r.resend || r.more && !stopping {
		s.enqueue(r)
		return
	}
	s.park(r)
}

// finish forgets a run that has ended.
func (s *shard) finish(r *run) {
	if r.due != 0 {
		s.e.timers.set(r.id, 0)
	}
	if r.halted != nil {
		s.mu.Lock()
		delete(s.halted, r.id)
		s.mu.Unlock()
	}
	s.remove(r) // before the waiters are told: who comes later must look into the store
	s.e.waiters.tell(r)
	if r.x.Run != nil {
		s.e.mapRuns.ended(r)
	}
	s.e.tellOrigin(&r.origin, r.arn, r.x)
	s.endOfChild(r)
	for _, in := range r.inbox {
		switch in.in.(type) {
		case states.Redrive, states.RedriveRun: // of what has just ended again
			s.post(message{kind: inputMessage, id: r.id, in: in.in, call: in.call})
			continue
		}
		in.call.answer(s.staleAnswer(in.in))
		s.noteJob(r, in.in)
	}
	r.inbox = nil
}
