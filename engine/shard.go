package engine

import (
	"math/rand/v2"
	"sync"

	"github.com/gait-engine/gait/states"
)

// shard owns the executions whose number falls to it: only its goroutine touches them. Others post messages.
type shard struct {
	e *Engine

	mu       sync.Mutex
	queue    []message
	runs     map[states.ExecID]*run // changed only by the shard's goroutine, under mu
	stopping bool
	wake     chan struct{} // has room for one

	// The rest belongs to the shard's goroutine.
	spare     []message
	ready     []*run          // to be stepped at the end of this round
	out       []*commit       // to be submitted at the end of this round
	jobs      []job           // to be dispatched at the end of this round
	scheduled []scheduledTask // to be queued for workers at the end of this round
	stepping  string          // name of the machine of the execution that is being stepped
	taken     []entry         // starts of tasks that this step has scheduled, for workers who waited
	settled   []states.Ref
	inflight  int // commits with the writer
	loading   int
	retrying  int                     // runs that wait to be loaded again after a store failure
	halted    map[states.ExecID]error // *HaltedError or *UnreadableError; changed only by the shard's goroutine, under mu
	idle      run                     // ring of idle runs; idle.newer is the one used longest ago
	idles     int
	env       states.Env
	seeds     *rand.ChaCha8
	free      []*commit // to be used again

	acked []*commit // belongs to the writer
}

// messageKind says what a message asks for.
type messageKind uint8

const (
	inputMessage  messageKind = iota // step in on id
	startMessage                     // run is new
	tickMessage                      // a timer of id fired
	resendMessage                    // deliver the pending tasks of id
	loadedMessage                    // run was read: found, or err
	reloadMessage                    // try to load run again
	ackMessage                       // commit is durable, or failed
)

// message is one piece of news for a shard.
type message struct {
	kind     messageKind
	delivery int // of the tasks that resendMessage delivers
	fed      int // resendMessage: 1 when it holds one of the feeder's places
	id       states.ExecID
	in       states.Input
	call     *call
	run      *run
	found    *loaded
	commit   *commit
	err      error
}

// post queues m. It never blocks: callers from outside are counted by the engine's gate, everything inside is bounded by the
// executions that are loaded and the handlers that run.
func (s *shard) post(m message) {
	s.mu.Lock()
	s.queue = append(s.queue, m)
	s.mu.Unlock()
	s.poke()
}

func (s *shard) postAcks(commits []*commit) {
	s.mu.Lock()
	for _, c := range commits {
		s.queue = append(s.queue, message{kind: ackMessage, id: c.run.id, run: c.run, commit: c, err: c.err})
	}
	s.mu.Unlock()
	s.poke()
}

func (s *shard) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// holds reports whether the execution is in memory, and so is still running as far as anyone may know.
func (s *shard) holds(id states.ExecID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.runs[id]
	return ok
}

// whyHalted returns why the execution does not go on: it is halted, or can lastingly not be read. nil when it does.
func (s *shard) whyHalted(id states.ExecID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[id]; r != nil {
		return r.ailing
	}
	return s.halted[id]
}

// loop runs until the shard is told to stop and nothing of it is in flight.
func (s *shard) loop() {
	defer s.e.shardsDone.Done()
	for {
		s.mu.Lock()
		s.queue, s.spare = s.spare[:0], s.queue
		stopping := s.stopping
		s.mu.Unlock()
		if len(s.spare) == 0 {
			if stopping && s.inflight == 0 && s.loading == 0 {
				return
			}
			<-s.wake
			continue
		}
		for i := range s.spare {
			s.handle(&s.spare[i], stopping)
		}
		clear(s.spare)
		s.flush(stopping)
	}
}

// handle takes in one message. Runs that can be stepped are put on the ready list, so that what comes in one round is stepped
// together.
func (s *shard) handle(m *message, stopping bool) {
	switch m.kind {
	case startMessage:
		if stopping {
			m.call.answer(ErrClosed)
			return
		}
		s.add(m.run)
		m.run.inbox = append(m.run.inbox, entry{m.in, m.call})
		s.enqueue(m.run)
	case inputMessage:
		// A callback does not settle the call of its handler, which may still be out.
		if ref, ok := settles(m.in); ok && (m.call == nil || m.call.done == nil) {
			s.settled = append(s.settled, ref)
		}
		if r := s.get(m); r != nil {
			r.inbox = append(r.inbox, entry{m.in, m.call})
			s.enqueue(r)
		}
	case tickMessage:
		if r := s.get(m); r != nil {
			r.tick, r.due = true, 0
			s.enqueue(r)
		}
	case resendMessage:
		if r := s.get(m); r != nil {
			r.resend, r.delivery = true, max(r.delivery, m.delivery)
			r.fed += m.fed
			s.enqueue(r)
		}
	case loadedMessage:
		s.loading--
		s.loaded(m.run, m.found, m.err)
	case reloadMessage:
		s.retrying--
		if s.runs[m.run.id] == m.run && !stopping {
			s.load(m.run)
		}
	case ackMessage:
		s.inflight--
		m.run.inflight = false
		if m.err != nil {
			s.refused(m.run, &m.commit.c, m.err)
		} else {
			s.durable(m.run, &m.commit.c, stopping)
		}
		s.recycle(m.commit)
	}
}

// keptCommits and keptBytes bound what a shard keeps for later commits.
const (
	keptCommits = 1024
	keptBytes   = 16 << 10
)

func (s *shard) newCommit() *commit {
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		return c
	}
	return new(commit)
}

// recycle keeps c for later. Nobody else holds it: the store keeps no bytes.
func (s *shard) recycle(c *commit) {
	if len(s.free) < keptCommits && cap(c.buf) <= keptBytes {
		*c = commit{buf: c.buf}
		s.free = append(s.free, c)
	}
}

// settles returns the wait whose call has ended with in.
func settles(in states.Input) (states.Ref, bool) {
	switch in := in.(type) {
	case states.TaskSucceeded:
		return in.Ref, true
	case states.TaskFailed:
		return in.Ref, true
	case states.TaskSubmitted:
		return in.Ref, true
	case states.Batch:
		return settles(in[len(in)-1])
	}
	return states.Ref{}, false
}

// get returns the run of a message, loading it if need be. It is nil, and the caller answered, when the run is halted and is not to be
// stopped.
func (s *shard) get(m *message) *run {
	if r := s.runs[m.id]; r != nil {
		return r
	}
	halted := s.halted[m.id]
	if _, stop := m.in.(states.Abort); halted != nil && !stop {
		m.call.answer(halted)
		s.e.feeder.release(m.fed)
		return nil
	}
	r := &run{id: m.id, halted: halted}
	s.add(r)
	s.load(r)
	return r
}

func (s *shard) add(r *run) {
	s.mu.Lock()
	s.runs[r.id] = r
	s.mu.Unlock()
}

func (s *shard) remove(r *run) {
	s.setIdle(r, false)
	s.e.feeder.release(r.fed)
	r.fed = 0
	s.mu.Lock()
	delete(s.runs, r.id)
	s.mu.Unlock()
}

// enqueue puts r on the list of this round's steps, unless it cannot be stepped now.
func (s *shard) enqueue(r *run) {
	if r.queued || r.inflight || r.x == nil {
		return
	}
	r.queued = true
	s.ready = append(s.ready, r)
}

// flush steps what is ready and hands on what came of it.
func (s *shard) flush(stopping bool) {
	if len(s.settled) > 0 {
		s.e.dispatcher.settle(s.settled)
		s.settled = s.settled[:0]
	}
	for _, r := range s.ready {
		r.queued = false
		s.advance(r, stopping)
	}
	clear(s.ready)
	s.ready = s.ready[:0]
	if len(s.out) > 0 {
		s.e.writer.submit(s.out)
		clear(s.out)
		s.out = s.out[:0]
	}
	if len(s.jobs) > 0 {
		if !stopping {
			s.e.dispatcher.add(s.jobs)
		}
		clear(s.jobs)
		s.jobs = s.jobs[:0]
	}
	if len(s.scheduled) > 0 {
		s.e.activities.add(s.scheduled)
		clear(s.scheduled)
		s.scheduled = s.scheduled[:0]
	}
	s.evict()
}

// park sets the timer of a run that waits and makes it a candidate for eviction.
func (s *shard) park(r *run) {
	if r.inflight || r.queued || r.x == nil {
		return
	}
	if due := r.x.NextDue(); due != 0 && r.due == 0 {
		s.e.timers.set(r.id, due)
		r.due = due
	}
	s.setIdle(r, true)
}

// setIdle puts r at the young end of the ring of idle runs, or takes it out.
func (s *shard) setIdle(r *run, idle bool) {
	if r.idle {
		r.newer.older, r.older.newer = r.older, r.newer
		r.newer, r.older = nil, nil
		r.idle = false
		s.idles--
	}
	if idle {
		r.idle = true
		s.idles++
		r.older, r.newer = s.idle.older, &s.idle
		r.older.newer, s.idle.older = r, r
	}
}

// evict forgets idle runs, longest unused first, while there are too many. Everything about them is in the store.
func (s *shard) evict() {
	for s.idles > s.e.loadedPerShard {
		s.remove(s.idle.newer)
	}
}
