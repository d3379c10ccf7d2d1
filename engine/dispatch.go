package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// job is one delivery of a task.
type job struct {
	req      *states.TaskRequest // part of a commit: only read
	machine  string
	arn      ID
	delivery int
	deadline states.Millis // 0: none
	express  *expressRun   // who waits for it, when that is no stored execution
	depth    int           // how many executions wait for this one, one for the other

	work func(*handlerCall) // instead of a handler; req tells no more than what it is for
	last bool               // work that is done even when the engine closes
}

// newJob returns the delivery of a task that r waits for.
func (e *Engine) newJob(r *run, req *states.TaskRequest, delivery int) job {
	j := job{req: req, machine: r.machine.name, arn: r.arn, delivery: delivery}
	if p := r.origin.Parent; p != nil {
		j.depth = p.Depth
	}
	if req.TimeoutSeconds > 0 {
		j.deadline = r.x.Frames[req.Ref.Frame].Due
	}
	return j
}

// deliver dispatches again whatever r waits for. Deliveries that are already out are not made twice.
func (s *shard) deliver(r *run) {
	pending := states.Pending(r.machine.asl, r.x, &s.env)
	for i := range pending {
		if req := &pending[i]; waitsForHost(r.x.Frames[req.Ref.Frame]) {
			s.send(r, req, r.delivery)
		}
	}
	for _, f := range r.x.Frames {
		s.follow(r, f, true)
	}
	s.resumeMaps(r)
	s.checkParent(r)
	r.resend, r.delivery = false, 0
	s.e.feeder.release(r.fed)
	r.fed = 0
}

// dispatcher calls handlers, at most Config.MaxTasks at once.
//
// Calls wait in a queue, and goroutines take them from there. One goroutine at a time is being woken: when it takes a call and
// finds more in the queue, it wakes the next. Short handlers are so served by few goroutines, and one that blocks keeps nobody
// from starting.
type dispatcher struct {
	e *Engine

	mu       sync.Mutex
	calls    map[states.Ref]*handlerCall // queued, running, or answered with the answer not yet seen by the shard
	queue    []*handlerCall
	idle     []chan bool // of goroutines that wait: true to work, false to end
	running  int         // goroutines that serve a call or are about to
	lent     int         // of those that have lent their place
	waking   bool
	draining bool
	closed   bool          // drained is closed
	drained  chan struct{} // closed when draining and nothing runs
}

// handlerCall is a job on its way.
type handlerCall struct {
	job
	ctx    taskContext
	cancel context.CancelCauseFunc // nil before it begins
	began  states.Millis           // 0 before it begins
	dead   bool                    // nobody waits for it any more

	starts bool // it starts a job whose end the task waits for

	// Set by [Engine.Caller] while it is served.
	linked bool // the child execution that it started, or asked for, tells when it has ended
	again  bool // the engine was closed: the next one delivers it again
}

func newDispatcher(e *Engine) *dispatcher {
	return &dispatcher{e: e, calls: map[states.Ref]*handlerCall{}, drained: make(chan struct{})}
}

// queueLimit bounds the tasks that wait for a handler in memory. Executions beyond it are remembered by number alone.
func (d *dispatcher) queueLimit() int { return 4*d.e.cfg.MaxTasks + 1024 }

// add takes jobs on. Jobs that are known already are dropped.
func (d *dispatcher) add(jobs []job) {
	var later []backlogItem
	limit := d.queueLimit()
	d.mu.Lock()
	for i := range jobs {
		j := &jobs[i]
		if d.draining {
			break
		}
		if _, known := d.calls[j.req.Ref]; known {
			continue
		}
		if len(d.queue) >= limit && j.express == nil { // Express executions are bounded by themselves
			later = append(later, backlogItem{j.req.Ref.Exec, j.delivery})
			continue
		}
		c := &handlerCall{job: *j}
		d.calls[j.req.Ref] = c
		d.queue = append(d.queue, c)
	}
	d.wake()
	d.mu.Unlock()
	if len(later) > 0 {
		d.e.feeder.put(later)
	}
}

// offer takes j on when there is room for it. It tells whether a call for the same wait is on its way.
func (d *dispatcher) offer(j job) (accepted, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known = d.calls[j.req.Ref]; known {
		return false, true
	}
	if !j.last && (d.draining || len(d.queue) >= d.queueLimit()) || d.closed {
		return false, false
	}
	c := &handlerCall{job: j}
	d.calls[j.req.Ref] = c
	d.queue = append(d.queue, c)
	d.wake()
	return true, false
}

// forget ends a call whose work is done.
func (d *dispatcher) forget(c *handlerCall) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.calls[c.req.Ref] == c {
		delete(d.calls, c.req.Ref)
	}
}

// settle forgets calls whose answers have reached their shard.
func (d *dispatcher) settle(refs []states.Ref) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, ref := range refs {
		delete(d.calls, ref)
	}
}

// cancel ends the calls whose results no longer matter.
func (d *dispatcher) cancel(refs []states.Ref, now states.Millis) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, ref := range refs {
		c := d.calls[ref]
		if c == nil {
			continue
		}
		delete(d.calls, ref)
		c.dead = true
		if c.cancel == nil {
			continue
		}
		if c.deadline != 0 && c.deadline <= now {
			c.cancel(context.DeadlineExceeded)
		} else {
			c.cancel(context.Canceled)
		}
	}
}

// began returns when the call for ref has begun, 0 when it has not, or has been answered.
func (d *dispatcher) began(ref states.Ref) states.Millis {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.calls[ref]; c != nil {
		return c.began
	}
	return 0
}

// isDead reports whether nobody waits for c any more.
func (d *dispatcher) isDead(c *handlerCall) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return c.dead
}

// keptIdle is how many goroutines wait for calls: to begin one anew costs the growing of its stack.
const keptIdle = 32

// wake lets one more goroutine take from the queue, if there is something to take, a place for it, and nobody on the way. d.mu
// is held.
func (d *dispatcher) wake() {
	if d.waking || len(d.queue) == 0 || d.running >= d.e.cfg.MaxTasks {
		return
	}
	d.waking = true
	d.running++
	if n := len(d.idle); n > 0 {
		d.idle[n-1] <- true // has room: the goroutine waits for exactly this
		d.idle = d.idle[:n-1]
		return
	}
	go d.work()
}

// work serves what comes, and ends when there are goroutines enough.
func (d *dispatcher) work() {
	self := make(chan bool, 1)
	woken, serving := true, false
	defer func() {
		if serving { // the handler ended this goroutine
			d.leave()
		}
	}()
	for {
		c := d.next(self, woken)
		woken = false
		if c == nil {
			if woken = <-self; !woken {
				return
			}
			continue
		}
		serving = true
		d.e.serve(c)
		serving = false
		c.cancel(nil)
	}
}

// next takes a call from the queue and gives it a context. Without one the caller's place is given up, and self will tell what
// to do.
func (d *dispatcher) next(self chan bool, woken bool) *handlerCall {
	d.mu.Lock()
	defer d.mu.Unlock()
	if woken {
		d.waking = false
	}
	for len(d.queue) > 0 {
		c := d.queue[0]
		d.queue[0] = nil
		d.queue = d.queue[1:]
		if len(d.queue) == d.e.cfg.MaxTasks {
			d.e.feeder.poke()
		}
		if c.dead {
			continue
		}
		d.wake()
		ctx, cancel := context.WithCancelCause(context.Background())
		c.ctx, c.cancel = taskContext{Context: ctx, deadline: c.deadline, served: served{d.e, c}}, cancel
		c.began = states.MillisOf(d.e.clock.Now())
		return c
	}
	if d.draining || len(d.idle) >= keptIdle {
		self <- false
	} else {
		d.queue = nil
		d.idle = append(d.idle, self)
		d.e.feeder.poke()
	}
	d.rest()
	return nil
}

// rest gives a place up. d.mu is held.
func (d *dispatcher) rest() {
	d.running--
	d.endDrain()
}

// endDrain tells that nothing is left to do, if that is so. d.mu is held.
func (d *dispatcher) endDrain() {
	if d.draining && d.running == 0 && d.lent == 0 && len(d.queue) == 0 && !d.closed {
		d.closed = true
		close(d.drained)
	}
}

// lend lets another call have the caller's place while f waits for it, or for something else that needs a place.
func (d *dispatcher) lend(f func()) {
	d.mu.Lock()
	d.running--
	d.lent++
	d.wake()
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.running++
		d.lent--
		d.mu.Unlock()
	}()
	f()
}

// leave gives up the place of a goroutine that ends.
func (d *dispatcher) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rest()
	d.wake()
}

// hasRoom reports whether more work may be fetched.
func (d *dispatcher) hasRoom() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.queue) <= d.e.cfg.MaxTasks
}

// drain lets running handlers end and begins no other; only jobs are still stopped. The channel is closed when nothing runs.
func (d *dispatcher) drain() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.draining {
		d.draining = true
		for _, idle := range d.idle {
			idle <- false
		}
		d.idle = nil
		d.queue = slices.DeleteFunc(d.queue, func(c *handlerCall) bool { return !c.last })
		d.wake()
		d.endDrain()
	}
	return d.drained
}

// interrupt ends the contexts of the handlers that are still running, after drain.
func (d *dispatcher) interrupt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		if c.cancel != nil {
			c.cancel(ErrClosed)
		}
	}
}

// serve calls the handler of c and posts what came of it.
func (e *Engine) serve(c *handlerCall) {
	if c.work != nil {
		defer e.dispatcher.forget(c)
		c.work(c)
		return
	}
	ref := c.req.Ref
	route, ok := e.route(c.machine, c.req.State, c.req.Resource)
	var output value.Value
	var failure *task.Error
	var sub *submission
	answered, interrupted := false, false
	defer func() {
		if !answered {
			failure = task.Errorf(task.TaskFailed, "the handler of %q ended its goroutine", c.req.Resource)
		}
		begun := failure == nil && sub != nil // even if nobody waits for it: then it is stopped
		switch {
		case c.express != nil && (interrupted || e.dispatcher.isDead(c)):
		case c.express != nil:
			e.dispatcher.settle([]states.Ref{ref})
			c.express.post(answer(c.req, c.began, output, failure, nil))
		case begun || !interrupted && !e.dispatcher.isDead(c):
			e.shardOf(ref.Exec).post(message{kind: inputMessage, id: ref.Exec, in: answer(c.req, c.began, output, failure, sub),
				call: submitting(ref, sub)})
		}
	}()
	switch {
	case !ok:
		failure = task.Errorf(task.TaskFailed, "no handler is registered for the resource %q of state %q", c.req.Resource, c.req.State)
	case route.Once && c.delivery > 1:
		failure = task.Errorf(task.TaskFailed, "the engine stopped while the resource %q was called, and it is never called twice",
			c.req.Resource)
	case route.Job != nil && c.express != nil:
		failure = task.Errorf(task.TaskFailed, "the resource %q is a job, which an Express execution cannot wait for", c.req.Resource)
	case route.Job != nil:
		output, sub, failure = e.startJob(c, route.Job)
		interrupted = failure != nil && (c.again || context.Cause(&c.ctx) == ErrClosed)
	default:
		output, failure = e.callHandler(c, route.Handler)
		// What Close has interrupted is delivered again by the next engine.
		interrupted = failure != nil && (c.again || context.Cause(&c.ctx) == ErrClosed)
	}
	answered = true
}

// answer words what came of a call as an input of the core. sub is nil for work that has ended.
func answer(req *states.TaskRequest, began states.Millis, output value.Value, failure *task.Error, sub *submission) states.Input {
	switch {
	case failure != nil && sub != nil:
		return states.TaskFailed{Ref: req.Ref, StartedAt: began, Failure: failureOf(failure), Stage: states.SubmitFailed}
	case failure != nil:
		stage := states.WorkFailed
		if req.Pattern == asl.WaitForTaskToken {
			stage = states.SubmitFailed
		}
		return states.TaskFailed{Ref: req.Ref, StartedAt: began, Failure: failureOf(failure), Stage: stage}
	case sub != nil:
		return states.Batch{states.TaskStarted{Ref: req.Ref, At: began},
			states.TaskSubmitted{Ref: req.Ref, Output: output, Handle: sub.handle, Follow: sub.follow}}
	case req.Pattern == asl.WaitForTaskToken:
		return states.Batch{states.TaskStarted{Ref: req.Ref, At: began}, states.TaskSubmitted{Ref: req.Ref, Output: output}}
	}
	return states.TaskSucceeded{Ref: req.Ref, StartedAt: began, Output: output}
}

func (e *Engine) callHandler(c *handlerCall, h task.Handler) (value.Value, *task.Error) {
	raw, failure := task.Call(&c.ctx, h, e.request(c))
	if failure != nil {
		return value.Value{}, failure
	}
	output, err := value.ParseKnown(raw, c.req.Input)
	if err != nil {
		return value.Value{}, task.NoJSON(c.req.Resource, err)
	}
	return output, nil
}

// request is what the handler of c is told.
func (e *Engine) request(c *handlerCall) *task.Request {
	return &task.Request{
		Resource: c.req.Resource, Input: c.req.Input.AppendJSON(nil), Key: taskKey(c.arn, c.req.Ref),
		Attempt: c.req.Attempt, Delivery: c.delivery, Token: task.Token(c.req.Token), RoleARN: c.req.RoleARN,
		Execution: string(c.arn), Machine: c.machine, State: c.req.State, Beat: c.beat,
	}
}

// beat reports that the work of c is still going on.
func (c *handlerCall) beat(ctx context.Context) error {
	ref := c.req.Ref
	if c.express != nil {
		c.express.post(states.Heartbeat{Ref: ref})
		return nil
	}
	return c.ctx.served.e.send(ctx, ref.Exec, states.Heartbeat{Ref: ref}, ref)
}

// taskContext is the context of a handler. The engine's clock decides when its deadline has come: the timeout is a commit like
// any other, and cancels the handler once it is durable.
type taskContext struct {
	context.Context
	deadline states.Millis
	served   served
}

// Value also tells [Engine.Caller] which call it serves.
func (c *taskContext) Value(key any) any {
	if _, ok := key.(servedKey); ok {
		return c.served
	}
	return c.Context.Value(key)
}

// Deadline returns when the task's TimeoutSeconds runs out.
func (c *taskContext) Deadline() (time.Time, bool) {
	if c.deadline == 0 {
		return time.Time{}, false
	}
	return c.deadline.Time(), true
}

// Err returns DeadlineExceeded after a timeout and Canceled after everything else.
func (c *taskContext) Err() error {
	err := c.Context.Err()
	if err != nil && errors.Is(context.Cause(c.Context), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}
