package engine

import (
	"context"
	"errors"
	"slices"
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

	mu    sync.Mutex
	byARN map[ID]*mapHost
	byRun map[states.ExecID]*mapHost
}

// planners bounds the map runs whose items are read at the same time.
const planners = 8

// planPause is how long the plan of a map run that did not succeed is kept at least.
const planPause = time.Minute

// endPause is the time after which a map run is looked at again that is being stopped and then to be redriven.
const endPause = 100 * time.Millisecond

// errEnding says that a map run is being stopped, so that it cannot be redriven yet.
var errEnding = errors.New("engine: the map run is being stopped")

// mapPause is the time after which something is tried again that the store has refused.
const mapPause = time.Second

// mapSlowest is the longest pause between two tries to plan a map run.
const mapSlowest = time.Minute

func newMapRuns(e *Engine) *mapRuns {
	return &mapRuns{e: e, places: make(chan struct{}, planners), byARN: map[ID]*mapHost{}, byRun: map[states.ExecID]*mapHost{}}
}

// mapHost is one map run. What stands below mu is guarded by that of mapRuns.
type mapHost struct {
	e       *Engine
	machine *machine // with the label
	key     string   // under which the run is stored
	name    string
	arn     ID
	cancel  context.CancelFunc // of the planning; nil when it was planned before
	plan    plan               // belongs to the goroutine that works

	planning  bool          // a goroutine sees to it that the run goes on
	asked     int32         // after how many redrives
	run       states.ExecID // 0 while it is planned
	posted    bool          // its shard knows of it
	cancelled bool          // nobody waits for it
	quitting  bool          // no child execution is to be started any more
	over      bool          // it has ended: what is left to do about its child executions is no longer its business
	queue     []childOp
	working   bool
	ids       map[int32]states.ExecID // of child executions that run
	round     int32                   // how often the run was redriven
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
		if _, damaged := errors.AsType[*UnreadableError](err); damaged {
			return // to try again is of no use
		}
		if !e.pause(ctx, mapPause) {
			return
		}
	}
}

// begin makes the map run of a request, unless that is being done.
func (m *mapRuns) begin(of facts, req *states.MapRequest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	arn := ID(req.ARN)
	if h := m.byARN[arn]; h != nil && (h.planning && h.asked >= req.Redrives || h.run != 0 && h.round >= req.Redrives) {
		return
	}
	ctx, cancel := context.WithCancel(m.e.background)
	h := &mapHost{e: m.e, machine: labelledMachine(of.machine, req.Label), key: runKey(of.machine.name, req.Label), name: req.Name,
		arn: arn, cancel: cancel, planning: true, asked: req.Redrives}
	h.plan = plan{store: m.e.store, run: req.Name}
	m.byARN[arn] = h
	m.e.workers.Add(1)
	go func() {
		defer m.e.workers.Done()
		defer cancel()
		m.plan(ctx, h, req)
		m.mu.Lock()
		defer m.mu.Unlock()
		h.planning = false
		if h.run == 0 && m.byARN[arn] == h { // it was cancelled, or had ended before
			delete(m.byARN, arn)
		}
	}()
}

// plan makes a map run, trying again until it succeeds or ctx ends. What fails gives its place to others in between.
func (m *mapRuns) plan(ctx context.Context, h *mapHost, req *states.MapRequest) {
	for failed := 0; ; {
		err := m.attempt(ctx, h, req)
		pause := endPause
		switch {
		case err == nil || ctx.Err() != nil:
			return
		case !errors.Is(err, errEnding):
			m.e.log.Error("map run not planned", "run", h.arn, "err", err)
			if _, damaged := errors.AsType[*UnreadableError](err); damaged {
				return
			}
			pause = min(mapPause<<min(failed, 6), mapSlowest)
			failed++
		}
		if !m.e.pause(ctx, pause) {
			return
		}
	}
}

// attempt makes a map run when there is a place. The error is errEnding when that has to wait for the end of the run as it was before.
func (m *mapRuns) attempt(ctx context.Context, h *mapHost, req *states.MapRequest) error {
	select {
	case m.places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.places }()
	return m.make(ctx, h, req)
}

// make plans a map run and begins its execution, if that does not exist.
func (m *mapRuns) make(ctx context.Context, h *mapHost, req *states.MapRequest) error {
	x, err := m.e.find(ctx, h.key, h.name)
	switch {
	case missing(err):
	case err != nil:
		return err
	case x.Status == states.Running && x.Redrives < req.Redrives: // its Map state was given up, which it may not have heard of
		if err := m.e.send(ctx, x.ID, states.Abort{}, states.Ref{}); err != nil {
			return err
		}
		return errEnding
	case x.Status == states.Running:
		m.posting(m.made(h, x.ID))
		return nil
	case x.Status == states.Succeeded || x.Redrives >= req.Redrives:
		return m.e.tellStored(ctx, x.ID)
	default:
		return m.again(ctx, h, &x, req.Redrives)
	}
	w := &planWriter{store: m.e.store, run: h.name, index: planIndex{Machine: h.key, Exec: req.Ref.Exec}}
	if err := w.begin(ctx); err != nil {
		return err
	}
	failed, err := maprun.Plan(ctx, h.sources(req.State.Name), req, func(c states.ChildPlan) error { return w.add(ctx, c) })
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
	o := origin{MapRun: &runOrigin{Exec: req.Ref.Exec}}
	r := &run{id: id, machine: h.machine, arn: ID(req.ARN), x: &states.Execution{ID: id}, origin: o}
	r.host = m.e.host(h.machine, r.arn, now, value.Value{}, 0, 0)
	r.create = &store.Execution{ID: id, Machine: h.key, Revision: h.machine.revision, Name: h.name, Settings: o.encode(), Input: []byte("null"), Started: now}
	m.made(h, id) // before it runs: its first commit asks for work
	c := newCall(states.Ref{})
	m.e.shardOf(id).post(message{kind: startMessage, id: id, in: states.StartRun{Run: req.Run(w.n, w.items), Failure: failed, Redrives: req.Redrives}, run: r, call: c})
	m.posting(h)
	if err = c.wait(ctx); err != nil && ctx.Err() == nil {
		m.unmade(h, id)
	}
	return err
}

// again lets a map run go on that has ended without success, because its Map state is redriven.
func (m *mapRuns) again(ctx context.Context, h *mapHost, x *store.Execution, redrives int32) error {
	l, _, err := m.e.load(ctx, x.ID)
	if err != nil {
		return err
	}
	if l.x.Run == nil {
		return errors.New("engine: it is no map run")
	}
	done := make([]bool, l.x.Run.Next) // those that were stopped before they were started exist nowhere
	q := store.Query{Machine: childKey(h.key, h.name), Statuses: []states.Status{states.Succeeded}, Limit: 1000, Brief: true}
	for {
		page, err := m.e.store.Find(ctx, q)
		if err != nil {
			return err
		}
		for i := range page {
			if _, child, ok := maprun.SplitChildName(page[i].Name); ok && int(child) < len(done) {
				done[child] = true
			}
		}
		if len(page) < q.Limit {
			break
		}
		q.Before = page[len(page)-1].ID
	}
	var list []int32
	for child, ok := range done {
		if !ok {
			list = append(list, int32(child))
		}
	}
	m.redriving(h, x.ID)
	c := newCall(states.Ref{})
	m.e.shardOf(x.ID).post(message{kind: inputMessage, id: x.ID, in: states.RedriveRun{Children: list, Redrives: redrives}, call: c})
	m.posting(h)
	return c.wait(ctx)
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
		m.byARN[h.arn] = other // its own shard was quicker
		other.cancelled = other.cancelled || h.cancelled
		h.run, h = id, other
	}
	h.run, h.over = id, false
	m.byRun[id] = h
	return h
}

// redriving notes that a map run, which has ended in the store, is to go on for h. Its shard may not have heard of the end yet.
func (m *mapRuns) redriving(h *mapHost, id states.ExecID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old := m.byRun[id]; old != nil && old != h {
		old.run, old.posted, old.over, old.queue = 0, false, true, nil
	}
	h.run, h.over = id, false
	m.byRun[id], m.byARN[h.arn] = h, h
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
		h = &mapHost{e: m.e, machine: r.machine, name: r.x.Run.Name(), run: r.id, posted: true, arn: r.arn}
		h.key = runKeyOf(r.machine)
		h.plan = plan{store: m.e.store, run: h.name}
		m.byRun[r.id] = h
		if m.byARN[h.arn] == nil {
			m.byARN[h.arn] = h
		}
	}
	if h.round < r.x.Redrives {
		h.round, h.quitting = r.x.Redrives, false
	}
	if h.ids == nil {
		h.ids = map[int32]states.ExecID{}
		h.flow, h.express, _ = states.Processor(r.machine.asl, r.x.Run.Flow, r.x.Run.State)
	}
	return h
}

// quit stops the map runs that nobody waits for any more.
func (m *mapRuns) quit(arns []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, arn := range arns {
		h := m.byARN[ID(arn)]
		if h == nil { // an earlier engine's, which has not come to it yet
			m.e.goMap(func(ctx context.Context) error { return m.quitStored(ctx, ID(arn)) })
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

func (m *mapRuns) quitStored(ctx context.Context, arn ID) error {
	key, name, err := m.e.arns.splitRun(arn)
	if err != nil {
		return nil // nothing of ours is called so
	}
	x, err := m.e.find(ctx, key, name)
	if err == nil && x.Status == states.Running {
		m.abort(x.ID)
	}
	if missing(err) {
		return nil
	}
	return err
}

// ended forgets a map run and deletes its plan.
func (m *mapRuns) ended(r *run) {
	m.mu.Lock()
	if h := m.byRun[r.id]; h != nil && (!h.planning || h.asked <= r.x.Redrives) { // or else it is that of the next round
		delete(m.byRun, r.id)
		if m.byARN[h.arn] == h && !h.planning {
			delete(m.byARN, h.arn)
		}
		h.run, h.posted, h.over, h.queue = 0, false, true, nil
	}
	m.mu.Unlock()
	name, failed := r.x.Run.Name(), r.x.Status != states.Succeeded
	m.e.goMap(func(ctx context.Context) error {
		if failed && !m.e.pause(ctx, planPause) { // it may be redriven; by then it is known whether it may not
			return nil
		}
		return m.e.sweepPlan(ctx, name)
	})
}

// pause waits, and reports false when ctx has ended first.
func (e *Engine) pause(ctx context.Context, d time.Duration) bool {
	done := make(chan struct{})
	stop := e.clock.AfterFunc(d, func() { close(done) })
	select {
	case <-done:
		return true
	case <-ctx.Done():
		stop()
		return false
	}
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
	if err == nil && l.x.Status == states.Running && slices.ContainsFunc(l.x.Frames, func(f *states.Frame) bool {
		return waitsForRun(f) && f.Run.ARN == string(h.arn)
	}) {
		return nil
	}
	h.e.mapRuns.abort(h.run)
	return nil
}
