package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/maprun"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// mapRuns makes and serves the map runs that this process knows of. What must survive it is in the store: a map run is made again
// from the wait of its Map state, and takes up its child executions from its own state.
type mapRuns struct {
	e      *Engine
	places chan struct{} // for those that read items at the same time

	mu     sync.Mutex
	byWait map[states.Ref]*mapHost
	byRun  map[states.ExecID]*mapHost
}

// planners bounds the map runs whose items are read at the same time.
const planners = 8

// mapPause is the time after which something is tried again that the store has refused.
const mapPause = time.Second

func newMapRuns(e *Engine) *mapRuns {
	return &mapRuns{e: e, places: make(chan struct{}, planners), byWait: map[states.Ref]*mapHost{}, byRun: map[states.ExecID]*mapHost{}}
}

// mapHost is one map run. What stands below mu is guarded by that of mapRuns.
type mapHost struct {
	e       *Engine
	machine *machine // with the label
	key     string   // under which the run is stored
	name    string
	wait    states.Ref
	cancel  context.CancelFunc // of the planning; nil when it was planned before
	plan    plan               // belongs to the goroutine that works

	run       states.ExecID // 0 while it is planned
	posted    bool          // its shard knows of it
	cancelled bool          // nobody waits for it
	quitting  bool          // no child execution is to be started any more
	queue     []childOp
	working   bool
	ids       map[int32]states.ExecID // of child executions that run
	flow      asl.FlowID
	express   bool
}

// facts are what is remembered of a run for other goroutines than its shard's.
type facts struct {
	id      states.ExecID
	machine *machine
}

// mapWork does what a durable commit asks for on behalf of distributed Maps.
func (s *shard) mapWork(r *run, c *states.Commit) {
	for i := range c.Runs {
		s.e.mapRuns.begin(facts{r.id, r.machine}, &c.Runs[i])
	}
	if r.x.Run != nil {
		s.e.mapRuns.of(r).work(c, false)
	}
}

// resumeMaps takes up again what r waits for, after a restart or after the store has refused a commit.
func (s *shard) resumeMaps(r *run) {
	if r.x.Run != nil {
		h, o := s.e.mapRuns.of(r), r.origin.MapRun
		s.e.goMap(func(ctx context.Context) error { return h.checkParent(ctx, o) })
		c := r.x.Run.Pending()
		h.work(&c, true)
		return
	}
	s.env.Host = &r.host
	for _, req := range states.PendingRuns(r.machine.asl, r.x, &s.env) {
		s.e.mapRuns.begin(facts{r.id, r.machine}, &req)
	}
}

// waitsForRun reports whether f waits for a map run.
func waitsForRun(f *states.Frame) bool { return f != nil && f.Phase == states.AwaitRun && f.Run != nil }

// goMap runs f in the background until it succeeds or the engine closes.
func (e *Engine) goMap(f func(context.Context) error) {
	e.workers.Add(1)
	go func() {
		defer e.workers.Done()
		e.keepTrying(e.background, f)
	}()
}

// keepTrying calls f until it succeeds or ctx ends, with pauses.
func (e *Engine) keepTrying(ctx context.Context, f func(context.Context) error) {
	for {
		err := f(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		e.log.Error("map run not served", "err", err)
		again := make(chan struct{})
		stop := e.clock.AfterFunc(mapPause, func() { close(again) })
		select {
		case <-again:
		case <-ctx.Done():
			stop()
			return
		}
	}
}

// begin makes the map run of a request, unless that is being done.
func (m *mapRuns) begin(of facts, req *states.MapRequest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byWait[req.Ref] != nil {
		return
	}
	ctx, cancel := context.WithCancel(m.e.background)
	h := &mapHost{e: m.e, machine: labelledMachine(of.machine, req.Label), key: runKey(of.machine.name, req.Label), name: req.Name,
		wait: req.Ref, cancel: cancel}
	h.plan = plan{store: m.e.store, run: req.Name}
	m.byWait[req.Ref] = h
	m.e.workers.Add(1)
	go func() {
		defer m.e.workers.Done()
		defer cancel()
		select {
		case m.places <- struct{}{}:
			m.e.keepTrying(ctx, func(ctx context.Context) error { return m.make(ctx, h, req) })
			<-m.places
		case <-ctx.Done():
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if h.run == 0 && m.byWait[h.wait] == h { // it was cancelled, or had ended before
			delete(m.byWait, h.wait)
		}
	}()
}

// make plans a map run and begins its execution, if that does not exist.
func (m *mapRuns) make(ctx context.Context, h *mapHost, req *states.MapRequest) error {
	x, err := m.e.find(ctx, h.key, h.name)
	if err == nil {
		ended, err := m.e.tellStored(&x)
		if !ended && err == nil {
			m.posting(m.made(h, x.ID))
		}
		return err
	}
	if !missing(err) {
		return err
	}
	w := &planWriter{store: m.e.store, run: h.name, index: planIndex{Machine: h.key, Exec: req.Ref.Exec}}
	if err := w.begin(ctx); err != nil {
		return err
	}
	failed, err := maprun.Plan(ctx, m.e.cfg.Objects, req, func(c states.ChildPlan) error { return w.add(ctx, c) })
	if err == nil {
		err = w.finish(ctx)
	}
	if err != nil {
		return err
	}
	if failed != nil {
		w.n, w.items = 0, 0
	}
	now := states.MillisOf(m.e.clock.Now())
	id := states.ExecID(m.e.lastID.Add(1))
	o := origin{MapRun: &runOrigin{Exec: req.Ref.Exec, Frame: req.Ref.Frame, Gen: req.Ref.Gen}}
	r := &run{id: id, machine: h.machine, arn: ID(req.ARN), x: &states.Execution{ID: id}, origin: o}
	r.host = m.e.host(h.machine, r.arn, now, value.Value{}, 0, 0)
	r.create = &store.Execution{ID: id, Machine: h.key, Revision: h.machine.revision, Name: h.name, Settings: o.encode(), Input: []byte("null"), Started: now}
	m.made(h, id) // before it runs: its first commit asks for work
	c := newCall(states.Ref{})
	m.e.shardOf(id).post(message{kind: startMessage, id: id, in: states.StartRun{Run: req.Run(w.n, w.items), Failure: failed}, run: r, call: c})
	m.posting(h)
	if err = c.wait(ctx); err != nil && ctx.Err() == nil {
		m.unmade(h, id)
	}
	return err
}

// wait returns the answer, or the error of ctx.
func (c *call) wait(ctx context.Context) error {
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		select {
		case err := <-c.done:
			return err
		default:
			return ctx.Err()
		}
	}
}

// made notes the number of a map run.
func (m *mapRuns) made(h *mapHost, id states.ExecID) *mapHost {
	m.mu.Lock()
	defer m.mu.Unlock()
	if other := m.byRun[id]; other != nil && other != h {
		m.byWait[h.wait] = other // its own shard was quicker
		other.cancelled = other.cancelled || h.cancelled
		h.run, h = id, other
	}
	h.run = id
	m.byRun[id] = h
	return h
}

// posting notes that the shard of a map run knows of it. If nobody waits for it any more, it is stopped.
func (m *mapRuns) posting(h *mapHost) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.posted = true; h.cancelled {
		m.abort(h.run)
	}
}

func (m *mapRuns) unmade(h *mapHost, id states.ExecID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.byRun, id)
	h.run, h.posted = 0, false
}

func (m *mapRuns) abort(id states.ExecID) {
	m.e.shardOf(id).post(message{kind: inputMessage, id: id, in: states.Abort{}})
}

// of returns the host of a map run. It is called by the shard that owns r.
func (m *mapRuns) of(r *run) *mapHost {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.byRun[r.id]
	if h == nil {
		h = &mapHost{e: m.e, machine: r.machine, name: r.x.Run.Name(), run: r.id, posted: true}
		h.key, h.wait = runKeyOf(r.machine), r.origin.MapRun.ref()
		h.plan = plan{store: m.e.store, run: h.name}
		m.byRun[r.id] = h
		if m.byWait[h.wait] == nil {
			m.byWait[h.wait] = h
		}
	}
	if h.ids == nil {
		h.ids = map[int32]states.ExecID{}
		h.flow, h.express, _ = states.Processor(r.machine.asl, r.x.Run.Flow, r.x.Run.State)
	}
	return h
}

// cancel stops the map runs that nobody waits for any more.
func (m *mapRuns) cancel(refs []states.Ref) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, ref := range refs {
		h := m.byWait[ref]
		if h == nil {
			continue
		}
		h.cancelled = true
		if h.cancel != nil {
			h.cancel()
		}
		if h.posted {
			m.abort(h.run)
		}
	}
}

// ended forgets a map run and deletes its plan.
func (m *mapRuns) ended(r *run) {
	m.mu.Lock()
	if h := m.byRun[r.id]; h != nil {
		delete(m.byRun, r.id)
		if m.byWait[h.wait] == h {
			delete(m.byWait, h.wait)
		}
	}
	m.mu.Unlock()
	name := r.x.Run.Name()
	m.e.goMap(func(ctx context.Context) error { return deletePlan(ctx, m.e.store, name) })
}

// childEnded forgets the number of a child execution.
func (m *mapRuns) childEnded(o *childOrigin) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := m.byRun[o.Run]; h != nil {
		delete(h.ids, o.Child)
	}
}

// checkParent stops a map run after a restart when its Map state waits no more: the engine was stopped before it could be told.
func (h *mapHost) checkParent(ctx context.Context, o *runOrigin) error {
	l, _, err := h.e.load(ctx, o.Exec)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil && l.x.Status == states.Running && int(o.Frame) < len(l.x.Frames) {
		if f := l.x.Frames[o.Frame]; waitsForRun(f) && f.Gen == o.Gen {
			return nil
		}
	}
	h.e.mapRuns.abort(h.run)
	return nil
}
