package engine

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/maprun"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/task/items"
)

// childOp is something to do about a child execution.
type childOp struct {
	child int32
	quit  bool // stop it, else start it
	check bool // it may exist already
}

// startsAtOnce is how many child executions are begun before the first of them is waited for.
const startsAtOnce = 256

// runKeyOf returns the name under which map runs of a machine with a label are stored.
func runKeyOf(m *machine) string {
	_, label, _ := strings.Cut(m.arn, "/")
	return runKey(m.name, label)
}

// work takes in what a commit of the map run asks for. check says that child executions may have been started before.
func (h *mapHost) work(c *states.Commit, check bool) {
	m := h.e.mapRuns
	if c.Write {
		run := h.run
		h.e.goMap(func(ctx context.Context) error { return h.gather(ctx, run) })
	}
	if len(c.Children)+len(c.Quit) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, child := range c.Children {
		h.queue = append(h.queue, childOp{child: child, check: check})
	}
	for _, child := range c.Quit {
		h.queue = append(h.queue, childOp{child: child, quit: true})
	}
	h.quitting = h.quitting || len(c.Quit) > 0
	if !h.working {
		h.working = true
		h.e.goMap(h.serve)
	}
}

// take returns what is to be done next, nil when there is nothing and the goroutine must end.
func (h *mapHost) take() []childOp {
	m := h.e.mapRuns
	m.mu.Lock()
	defer m.mu.Unlock()
	n := min(len(h.queue), startsAtOnce)
	ops := h.queue[:n:n]
	if h.queue = h.queue[n:]; n == 0 {
		h.queue, h.working = nil, false
	}
	return ops
}

// again puts back what could not be done, unless the run has ended meanwhile.
func (h *mapHost) again(ops []childOp) {
	m := h.e.mapRuns
	m.mu.Lock()
	defer m.mu.Unlock()
	if !h.over {
		h.queue = append(ops, h.queue...)
	}
}

// serve works until the queue is empty. An error leaves what is not done in the queue.
func (h *mapHost) serve(ctx context.Context) error {
	for {
		ops := h.take()
		if len(ops) == 0 {
			return nil
		}
		if left, err := h.do(ctx, ops); err != nil {
			h.again(left)
			return err
		}
	}
}

// begun is a child execution whose start is on its way.
type begun struct {
	op   childOp
	call *call
}

// do does a list of things and returns those that are left when there is an error.
func (h *mapHost) do(ctx context.Context, ops []childOp) ([]childOp, error) {
	var out []begun
	for i, op := range ops {
		if op.quit {
			if left, err := h.await(ctx, out); err != nil {
				return append(left, ops[i:]...), err
			}
			out = nil
			h.quit(op.child)
			continue
		}
		c, err := h.start(ctx, op)
		if err != nil {
			left, _ := h.await(ctx, out) // the first error says more
			return append(left, ops[i:]...), err
		}
		if c != nil {
			out = append(out, begun{op, c})
		}
	}
	return h.await(ctx, out)
}

// await waits for the starts that are on their way. Those that failed are left, to be looked at again.
func (h *mapHost) await(ctx context.Context, out []begun) (left []childOp, err error) {
	for _, b := range out {
		failed := b.call.wait(ctx)
		if failed == nil {
			continue
		}
		h.forget(b.op.child)
		b.op.check = true
		left = append(left, b.op)
		if !errors.Is(failed, store.ErrExists) {
			err = failed
		}
	}
	if err == nil && len(left) > 0 { // they exist
		h.again(left)
		left = nil
	}
	return left, err
}

// remember notes the number of a child execution, unless the run is about to end or has ended.
func (h *mapHost) remember(child int32, id states.ExecID) (quitting, over bool) {
	m := h.e.mapRuns
	m.mu.Lock()
	defer m.mu.Unlock()
	if !h.quitting && !h.over {
		h.ids[child] = id
	}
	return h.quitting, h.over
}

func (h *mapHost) forget(child int32) {
	m := h.e.mapRuns
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(h.ids, child)
}

// quit stops a child execution that was started.
func (h *mapHost) quit(child int32) {
	m := h.e.mapRuns
	m.mu.Lock()
	defer m.mu.Unlock()
	if id := h.ids[child]; id != 0 {
		m.abort(id)
	}
}

// start begins a child execution. The call is nil when there is nothing to wait for: it exists, or is not wanted any more.
func (h *mapHost) start(ctx context.Context, op childOp) (*call, error) {
	key, name, round := childKey(h.key, h.name), maprun.ChildName(h.name, op.child), h.redrives()
	if op.check || round > 0 {
		x, err := h.latest(ctx, key, name, round)
		switch {
		case missing(err):
		case err != nil:
			return nil, err
		case x.Status == states.Running:
			if quitting, over := h.remember(op.child, x.ID); quitting && !over { // a redrive of the run may have begun it again
				h.e.mapRuns.abort(x.ID)
			}
			return nil, nil
		default:
			l, _, err := h.e.load(ctx, x.ID)
			if err != nil {
				return nil, err
			}
			if l.origin.Child == nil || l.origin.Child.round(l.x) >= round {
				h.e.tellOrigin(&l.origin, l.arn, l.x)
				return nil, nil
			}
			redriven, err := h.redrive(ctx, op.child, x.ID, round)
			if redriven || err != nil {
				return nil, err
			}
			name = maprun.ChildName(h.name, op.child) + "." + strconv.Itoa(int(round)) // it cannot go on, and begins anew
		}
	}
	p, err := h.plan.child(ctx, op.child)
	if err != nil {
		return nil, err
	}
	id := states.ExecID(h.e.lastID.Add(1))
	switch quitting, over := h.remember(op.child, id); {
	case over:
		return nil, nil
	case quitting: // the run ends: it is as if it had been stopped at once
		h.aborted(op.child, p.Items)
		return nil, nil
	}
	now := states.MillisOf(h.e.clock.Now())
	o := origin{Child: &childOrigin{Run: h.run, Child: op.child, Items: p.Items, Express: h.express, Round: round}}
	r := &run{id: id, machine: h.machine, arn: h.e.arns.of(key, name, h.express), x: &states.Execution{ID: id}, origin: o}
	r.host = h.e.host(h.machine, r.arn, now, p.Input, 0, 0)
	r.host.Express = h.express
	r.create = &store.Execution{ID: id, Machine: key, Revision: h.machine.revision, Name: name, Settings: o.encode(),
		Input: p.Input.AppendJSON(nil), Started: now}
	c := newCall(states.Ref{})
	h.e.shardOf(id).post(message{kind: startMessage, id: id, in: states.Start{Input: p.Input, Flow: h.flow, Item: p.Item}, run: r, call: c})
	return c, nil
}

func (h *mapHost) redrives() int32 {
	m := h.e.mapRuns
	m.mu.Lock()
	defer m.mu.Unlock()
	return h.round
}

// aborted tells the map run of a child execution that was not started because the run ends.
func (h *mapHost) aborted(child int32, items int64) {
	h.e.shardOf(h.run).post(message{kind: inputMessage, id: h.run, in: states.ChildEnded{Child: child, Round: h.redrives(), Items: items, Status: states.Aborted}})
}

// latest returns the child execution at a place: the last one that was begun anew, or the first.
func (h *mapHost) latest(ctx context.Context, key, name string, round int32) (store.Execution, error) {
	for ; round > 0; round-- {
		x, err := h.e.find(ctx, key, name+"."+strconv.Itoa(int(round)))
		if !missing(err) {
			return x, err
		}
	}
	return h.e.find(ctx, key, name)
}

// redrive lets a child execution go on from where it failed. It reports false when that cannot be: an Express one never does.
func (h *mapHost) redrive(ctx context.Context, child int32, id states.ExecID, round int32) (bool, error) {
	quitting, over := h.remember(child, id)
	if over {
		return true, nil
	}
	if quitting {
		p, err := h.plan.child(ctx, child)
		if err == nil {
			h.aborted(child, p.Items)
		}
		return true, err
	}
	c := newCall(states.Ref{})
	h.e.shardOf(id).post(message{kind: inputMessage, id: id, in: states.Redrive{Token: roundToken + strconv.Itoa(int(round))}, call: c})
	err := c.wait(ctx)
	if err == nil {
		return true, nil
	}
	h.forget(child)
	var refused *NotRedrivableError
	if errors.As(err, &refused) {
		return false, nil
	}
	return false, err
}

// gather makes the result of the map run of the ends of its child executions.
func (h *mapHost) gather(ctx context.Context, id states.ExecID) error {
	l, _, err := h.e.load(ctx, id)
	if err != nil || l.x.Run == nil || l.x.Status != states.Running {
		return err
	}
	r := l.x.Run
	st, ok := l.machine.asl.State(r.Flow, r.State).(*asl.Map)
	if !ok {
		return nil
	}
	ids, err := h.childIDs(ctx, r.Planned)
	if err != nil {
		return err
	}
	written, err := maprun.Gather(ctx, h.e.cfg.Objects, st, r, max(h.e.cfg.Limits.Payload, 0), h.ends(ctx, r, ids))
	if err != nil {
		return err
	}
	h.e.shardOf(id).post(message{kind: inputMessage, id: id, in: written})
	return nil
}

// childIDs returns the numbers of the child executions by their places; 0 for those that were never started.
func (h *mapHost) childIDs(ctx context.Context, planned int32) ([]states.ExecID, error) {
	ids := make([]states.ExecID, planned)
	q := store.Query{Machine: childKey(h.key, h.name), Limit: 1000, Brief: true}
	for {
		page, err := h.e.store.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if _, n, ok := maprun.SplitChildName(page[i].Name); ok && n < planned && ids[n] == 0 { // the newest
				ids[n] = page[i].ID
			}
		}
		if len(page) < q.Limit {
			return ids, nil
		}
		q.Before = page[len(page)-1].ID
	}
}

// ends yields how the child executions ended, in the order of the plan.
func (h *mapHost) ends(ctx context.Context, r *states.MapRun, ids []states.ExecID) iter.Seq2[items.Result, error] {
	return func(yield func(items.Result, error) bool) {
		reader := plan{store: h.e.store, run: h.name}
		for n, id := range ids {
			var one items.Result
			var err error
			if id == 0 {
				var p states.ChildPlan
				p, err = reader.child(ctx, int32(n))
				one = items.Result{Status: "PENDING", Input: p.Input, MachineARN: h.machine.arn}
			} else {
				one, err = h.end(ctx, id)
			}
			if !yield(one, err) || err != nil {
				return
			}
		}
	}
}

func (h *mapHost) end(ctx context.Context, id states.ExecID) (items.Result, error) {
	l, x, err := h.e.load(ctx, id)
	if err != nil {
		return items.Result{}, err
	}
	one := items.Result{ARN: string(l.arn), MachineARN: h.machine.arn, Name: x.Name, Status: x.Status.String(), Input: l.x.Input,
		Started: x.Started.Time(), Stopped: x.Stopped.Time()}
	if x.Status == states.Running {
		return one, nil
	}
	o, err := pack.Outcome(x.Outcome)
	if err != nil {
		return one, err
	}
	one.Output = o.Output
	if o.Failure.Name.Set {
		one.Error = &o.Failure.Name.S
	}
	if o.Failure.Cause.Set {
		one.Cause = &o.Failure.Cause.S
	}
	return one, nil
}
