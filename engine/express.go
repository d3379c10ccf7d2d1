package engine

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/states"
)

// SyncResult is how an Express execution ended, as StartSyncExecution answers.
type SyncResult struct {
	Result      // Status is Succeeded, Failed or TimedOut
	MachineARN  string
	Name        string
	Input       json.RawMessage
	TraceHeader string
	Billing     Billing
}

// Err returns an *[ExecutionError] when the execution did not succeed, else nil.
func (r SyncResult) Err() error {
	_, err := r.asError()
	return err
}

// Billing is what AWS would charge an Express execution for.
type Billing struct {
	MemoryMB int           // in steps of 64 MB
	Duration time.Duration // in steps of 100 ms
}

// billing estimates the bill. The memory is that of the definition and the input, which rarely leave the first step.
//
// Source: AWS Step Functions Developer Guide, "Pricing": steps of 64 MB and 100 ms.
func billing(started, stopped states.Millis, bytes int) Billing {
	const step, memory = 100, 64 << 20
	return Billing{
		MemoryMB: 64 * (1 + bytes/memory),
		Duration: time.Duration(max(1, (stopped-started+step-1)/step)) * step * time.Millisecond,
	}
}

// StartSync runs an execution of an Express machine, given like that of [Engine.Start], and waits for its end. It uses nothing
// but memory: nothing of it is stored, and there is no history. It takes at most five minutes, and ends with ctx or the engine.
// The name need not be new.
//
// An execution that fails is no error here: see [SyncResult.Err]. Errors: *[TypeError] for a machine that is not of type Express,
// *[NotFoundError], *[InputError], *[NameError], *[DeletingError], the error of ctx, [ErrClosed].
//
// Source: API reference, StartSyncExecution.
func (e *Engine) StartSync(ctx context.Context, machine string, input []byte, opts ...StartOption) (SyncResult, error) {
	s, err := e.prepare(ctx, machine, input, opts)
	if err != nil {
		return SyncResult{}, err
	}
	if !s.machine.express {
		return SyncResult{}, &TypeError{}
	}
	done := make(chan struct{})
	var result SyncResult
	var failure error
	r, err := e.newExpress(ctx, s, true, func(r SyncResult, err error) {
		result, failure = r, err
		close(done)
	})
	if err != nil {
		return SyncResult{}, err
	}
	r.loop(ctx)
	select {
	case <-done:
	case <-ctx.Done():
		r.end(ctx.Err())
		<-done
	}
	return result, failure
}

// startExpress begins an execution that nobody waits for.
func (e *Engine) startExpress(ctx context.Context, s *start) (ID, error) {
	r, err := e.newExpress(ctx, s, false, func(SyncResult, error) {})
	if err != nil {
		return "", err
	}
	go r.loop(context.Background()) // Close waits for what it does
	return r.arn, nil
}

// expressRuns are the Express executions that are running.
type expressRuns struct {
	mu      sync.Mutex
	runs    map[*expressRun]struct{}
	lastID  states.ExecID // they count downwards: stored executions have numbers above 0
	closing error         // why none begins any more
	empty   chan struct{} // closed when closing and none is left
	places  chan struct{} // one for each that is running

	draining atomic.Bool // closing is set
}

// expressRun is one of them. Whoever brings an input while nobody steps it does so, in the own goroutine: an execution has none.
type expressRun struct {
	e       *Engine
	id      states.ExecID
	arn     ID
	start   *start
	host    states.Host
	finish  func(SyncResult, error) // called once
	history history.Options

	mu    sync.Mutex
	inbox []states.Input
	busy  bool  // somebody steps it
	why   error // it is to end because of this
	timer func() bool
	due   states.Millis

	// The rest belongs to who steps it.
	x    *states.Execution
	env  states.Env
	rng  rand.PCG
	over bool

	rounds int // of stepping since the engine is closing
}

// newExpress makes room for an execution. It waits when too many are running.
func (e *Engine) newExpress(ctx context.Context, s *start, sync bool, finish func(SyncResult, error)) (*expressRun, error) {
	select {
	case e.express.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-e.ctx.Done():
		return nil, e.gone()
	}
	p := &e.express
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing != nil {
		<-p.places
		return nil, p.closing
	}
	p.lastID--
	redrives := int32(0)
	if sync {
		redrives = noRedriveCount
	}
	m, now := s.machine, e.clock.Now()
	r := &expressRun{e: e, id: p.lastID, arn: e.arns.expressID(m.name, s.name, now), start: s, finish: finish, x: &states.Execution{ID: p.lastID},
		inbox: []states.Input{states.Start{Input: s.doc}}, busy: true} // busy: the caller steps it
	r.rng.Seed(e.random.Uint64(), e.random.Uint64())
	r.host = e.host(m, r.arn, states.MillisOf(now), s.doc, redrives, 0)
	r.host.Express = true
	r.env = states.Env{TokenKey: e.owner.TokenKey, Limits: e.cfg.Limits, Host: &r.host, Discard: e.cfg.ExpressLog == nil}
	if r.env.Limits.Events == 0 {
		r.env.Limits.Events = -1
	}
	r.history = history.Options{RoleARN: m.role, VersionARN: e.arns.versionARN(m.name, s.version), AliasARN: e.arns.aliasARN(m.name, s.alias)}
	p.runs[r] = struct{}{}
	return r, nil
}

// post brings an input and, if nobody else does, steps the execution.
func (r *expressRun) post(in states.Input) {
	r.mu.Lock()
	r.inbox = append(r.inbox, in)
	if r.busy || r.over {
		r.mu.Unlock()
		return
	}
	r.busy = true
	r.mu.Unlock()
	r.loop(context.Background())
}

// end gives the execution up.
func (r *expressRun) end(why error) {
	r.mu.Lock()
	if r.why == nil {
		r.why = why
	}
	r.mu.Unlock()
	r.post(states.Abort{})
}

// loop steps what has come in until there is nothing left to do. busy is set.
func (r *expressRun) loop(ctx context.Context) {
	for {
		if err := ctx.Err(); err != nil && !r.over {
			r.mu.Lock()
			if r.why == nil {
				r.why = err
			}
			r.inbox = append(r.inbox, states.Abort{})
			r.mu.Unlock()
		}
		r.mu.Lock()
		r.giveUp()
		if len(r.inbox) == 0 || r.over {
			r.park()
			r.busy = false
			r.mu.Unlock()
			return
		}
		ins := r.inbox
		r.inbox = nil
		r.mu.Unlock()
		r.step(ins)
	}
}

// lastRounds is how often an execution that waits for nothing may be stepped while the engine closes: it may be a loop.
const lastRounds = 100

// giveUp ends an execution that only waits for time while the engine closes. r.mu is held, and nobody else steps it.
func (r *expressRun) giveUp() {
	if r.over || !r.e.express.draining.Load() || slices.ContainsFunc(r.x.Frames, waitsForHost) {
		return
	}
	if r.rounds++; len(r.inbox) == 0 || r.rounds > lastRounds {
		r.why = ErrClosed
		r.inbox = append(r.inbox, states.Abort{})
	}
}

// park sets the timer of an execution that waits, or takes it away. r.mu is held.
func (r *expressRun) park() {
	due := r.x.NextDue()
	if due == r.due {
		return
	}
	if r.timer != nil {
		r.timer()
		r.timer = nil
	}
	if r.due = due; due != 0 {
		r.timer = r.e.clock.AfterFunc(due.Time().Sub(r.e.clock.Now()), r.tick)
	}
}

func (r *expressRun) tick() {
	r.mu.Lock()
	r.due, r.timer = 0, nil
	r.mu.Unlock()
	r.post(states.Tick{})
}

// step applies what has come in and acts on what comes of it. There is no store to wait for.
func (r *expressRun) step(ins []states.Input) {
	ins = r.tellStarted(ins)
	in := ins[0]
	if len(ins) > 1 {
		in = states.Batch(ins)
	}
	e := r.e
	r.env.Now = e.clock.Now()
	for i := range 2 {
		n := r.rng.Uint64()
		for j := range 8 {
			r.env.Seed[8*i+j] = byte(n >> (8 * j))
		}
	}
	c, err := r.safeStep(in)
	switch err {
	case nil:
	case states.ErrStale, states.ErrFinished:
		return
	default:
		e.log.Error("execution halted", "execution", r.arn, "machine", r.start.machine.name, "err", err)
		r.close(&HaltedError{ID: r.arn, Reason: err.Error()})
		return
	}
	if len(c.Records) > 0 && e.cfg.ExpressLog != nil {
		events := make([]history.Event, len(c.Records))
		for i := range c.Records {
			events[i] = r.history.Event(c.FirstEvent+int64(i), &c.Records[i])
		}
		e.cfg.ExpressLog(r.arn, events)
	}
	if len(c.Cancel) > 0 {
		e.dispatcher.cancel(c.Cancel, states.MillisOf(r.env.Now))
	}
	if c.Outcome != nil {
		r.close(nil)
		return
	}
	if c.More {
		r.mu.Lock()
		r.inbox = append(r.inbox, states.Continue{})
		r.mu.Unlock()
	}
	if len(c.Tasks) > 0 {
		jobs := make([]job, len(c.Tasks))
		for i := range c.Tasks {
			jobs[i] = job{req: &c.Tasks[i], machine: r.start.machine.name, arn: r.arn, delivery: 1, express: r}
			if c.Tasks[i].TimeoutSeconds > 0 {
				jobs[i].deadline = r.x.Frames[c.Tasks[i].Ref.Frame].Due
			}
		}
		e.dispatcher.add(jobs)
	}
}

// tellStarted puts the begin of calls that are still running before inputs that may end them, see [shard.tellStarted].
func (r *expressRun) tellStarted(ins []states.Input) []states.Input {
	for _, in := range ins {
		switch in.(type) {
		case states.Tick, states.Abort, states.TaskFailed:
			var all []states.Input
			for _, f := range r.x.Frames {
				if waitsForHost(f) && !f.Task.Started {
					ref := states.Ref{Exec: r.id, Frame: f.ID, Gen: f.Gen}
					if at := r.e.dispatcher.began(ref); at != 0 {
						all = append(all, states.TaskStarted{Ref: ref, At: at})
					}
				}
			}
			return append(all, ins...)
		}
	}
	return ins
}

func (r *expressRun) safeStep(in states.Input) (c states.Commit, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &corePanic{p, debug.Stack()}
		}
	}()
	return r.e.step(r.start.machine.asl, r.x, &r.env, in)
}

// close ends the execution and tells its caller. err says why it has not ended by itself.
func (r *expressRun) close(err error) {
	r.mu.Lock()
	r.over = true
	if r.timer != nil {
		r.timer()
		r.timer, r.due = nil, 0
	}
	if err == nil && r.x.Status == states.Aborted {
		err = r.why
	}
	r.mu.Unlock()
	r.e.express.remove(r)
	if err != nil {
		r.finish(SyncResult{}, err)
		return
	}
	s := r.start
	r.finish(SyncResult{
		Result: resultOf(r.arn, r.x.Started, r.x.Outcome), MachineARN: s.machine.arn, Name: s.name, Input: s.input, TraceHeader: s.trace,
		Billing: billing(r.x.Started, r.x.Outcome.Stopped, s.machine.size+len(s.input)),
	}, nil)
}

func (p *expressRuns) remove(r *expressRun) {
	p.mu.Lock()
	delete(p.runs, r)
	if p.closing != nil && len(p.runs) == 0 {
		close(p.empty)
	}
	p.mu.Unlock()
	<-p.places
}

// all returns the executions that are running.
func (p *expressRuns) all() []*expressRun {
	p.mu.Lock()
	defer p.mu.Unlock()
	runs := make([]*expressRun, 0, len(p.runs))
	for r := range p.runs {
		runs = append(runs, r)
	}
	return runs
}

// drain lets none begin any more and gives up those that wait for no handler. The channel is closed when none is left.
func (p *expressRuns) drain(why error) <-chan struct{} {
	p.mu.Lock()
	first := p.closing == nil
	if first {
		p.draining.Store(true)
		if p.closing = why; len(p.runs) == 0 {
			close(p.empty)
		}
	}
	p.mu.Unlock()
	if first {
		for _, r := range p.all() {
			r.drain()
		}
	}
	return p.empty
}

// drain gives up an execution that only waits for time. One that is being stepped does so itself.
func (r *expressRun) drain() {
	r.mu.Lock()
	if r.busy || r.over {
		r.mu.Unlock()
		return
	}
	r.busy = true
	r.mu.Unlock()
	r.loop(context.Background())
}

// abort gives up all that are left.
func (p *expressRuns) abort(why error) {
	for _, r := range p.all() {
		r.end(why)
	}
}
