package engine

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// How jobs are polled and stopped when they do not say it themselves.
const (
	pollFirst   = time.Second      // after the job was submitted
	pollGrowth  = 1.5              // from one poll to the next
	pollSlowest = time.Minute      // between two polls
	pollFailed  = 5 * time.Minute  // between two polls that fail, at most
	pollNoRoom  = time.Second / 10 // when the dispatcher had no room for a poll that was due
	jobCall     = time.Minute      // that one Poll or Stop may take
	stopTries   = 8                // calls of Stop for one job
	stopRetry   = time.Second      // after the first failed Stop; it doubles
)

// jobs follows the work that executions have submitted and wait for. Nothing of it is stored: the frames say which job they
// wait for, and who opens the store follows those again.
//
// A job costs an entry here, no goroutine and no timer of its own. Polls run on the dispatcher.
type jobs struct {
	e *Engine

	mu    sync.Mutex
	known map[states.Ref]*followed // jobs that are waited for
	queue followedHeap             // what is to be done and when; also jobs to be stopped, which nobody waits for
	armed states.Millis            // when the timer fires; 0: there is none
	stop  func() bool              // stops the timer
	ended bool
}

// followed is a job that is waited for, or one to be stopped.
type followed struct {
	ref      states.Ref
	job      task.JobRef
	first    time.Duration // before the first poll; 0: the engine's choice
	begun    bool          // the handle is durable
	quiet    bool          // it is not polled but when it is poked
	poked    bool          // it is to be polled at once
	polling  bool
	stopping bool
	failed   int // calls that failed, in a row
	due      states.Millis
	index    int // in the queue; -1: not there
}

func newJobs(e *Engine) *jobs { return &jobs{e: e, known: map[states.Ref]*followed{}} }

// expect announces a job, whose handle is not durable yet. It wants to be polled first after some time, or, when that is 0, only when
// it is poked.
func (j *jobs) expect(ref states.Ref, first time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.known[ref] == nil && !j.ended {
		j.known[ref] = &followed{ref: ref, first: first, quiet: first == 0, index: -1}
	}
}

// poke has a job polled at once, if it is waited for: something says that it has ended.
func (j *jobs) poke(ref states.Ref) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.known[ref]
	if f == nil {
		return
	}
	f.poked = true
	if f.index >= 0 {
		heap.Remove(&j.queue, f.index)
	}
	if f.begun && !f.polling {
		j.push(f, 0)
	}
}

// follow polls a job from now on, unless it is polled already. Its handle is durable.
func (j *jobs) follow(ref states.Ref, job task.JobRef, resumed bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.known[ref]
	if f == nil {
		f = &followed{ref: ref, index: -1}
		j.known[ref] = f
	}
	if f.begun || j.ended {
		return
	}
	f.begun, f.job = true, job
	wait := f.first
	switch {
	case f.poked:
		wait = 0
	case f.quiet:
		return
	case resumed:
		wait = 0 // it may have ended while nobody looked
	}
	j.push(f, wait)
}

// drop ends the polling of jobs that nobody waits for any more.
func (j *jobs) drop(refs ...states.Ref) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.known) == 0 {
		return
	}
	for _, ref := range refs {
		if f := j.known[ref]; f != nil {
			delete(j.known, ref)
			if f.index >= 0 {
				heap.Remove(&j.queue, f.index)
			}
		}
	}
}

// push puts f into the queue for some time from now. j.mu is held.
func (j *jobs) push(f *followed, wait time.Duration) {
	if j.ended || f.index >= 0 {
		return
	}
	f.due = states.MillisOf(j.e.clock.Now().Add(wait))
	heap.Push(&j.queue, f)
	j.arm(f.due)
}

// arm makes the timer fire at a time, if it would not fire before. j.mu is held.
func (j *jobs) arm(at states.Millis) {
	if j.armed != 0 && j.armed <= at || j.ended {
		return
	}
	if j.armed != 0 {
		j.stop()
	}
	j.armed = at
	j.stop = j.e.clock.AfterFunc(max(at.Time().Sub(j.e.clock.Now()), 0), j.fire)
}

// fire hands what is due to the dispatcher.
func (j *jobs) fire() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.armed = 0
	now := states.MillisOf(j.e.clock.Now())
	for len(j.queue) > 0 && j.queue[0].due <= now {
		f := j.queue[0]
		accepted, known := j.e.dispatcher.offer(j.call(f))
		if !accepted && !known {
			j.arm(now + states.Millis(pollNoRoom/time.Millisecond))
			return
		}
		heap.Pop(&j.queue)
		f.polling, f.poked = accepted, false
		if known { // the call before this one is about to end
			j.push(f, pollNoRoom)
		}
	}
	if len(j.queue) > 0 {
		j.arm(j.queue[0].due)
	}
}

// call returns the call that f waits for.
func (j *jobs) call(f *followed) job {
	c := job{req: &states.TaskRequest{Ref: f.ref, Resource: f.job.Resource, State: f.job.State}, machine: f.job.Machine}
	f.job.Key = taskKey(ID(f.job.Execution), f.ref)
	if c.last = f.stopping; f.stopping {
		c.req.Ref.Frame = ^f.ref.Frame // another call than the one that the wait is, or was, about
		c.work = func(c *handlerCall) { j.callStop(c, f) }
	} else {
		c.work = func(c *handlerCall) { j.callPoll(c, f) }
	}
	return c
}

// end stops the timer. What is still to be stopped is left alone.
func (j *jobs) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ended = true
	if j.armed != 0 {
		j.stop()
		j.armed = 0
	}
	for _, f := range j.queue {
		if f.stopping {
			j.e.log.Warn("job not stopped", "execution", f.job.Execution, "state", f.job.State, "resource", f.job.Resource, "err", ErrClosed)
		}
	}
	j.queue, j.known = nil, nil
}

// limit ends the context of a call when it takes too long. The result must be called after it.
func (e *Engine) limit(c *handlerCall, d time.Duration) (release func() bool) {
	c.ctx.deadline = states.MillisOf(e.clock.Now().Add(d))
	return e.clock.AfterFunc(d, func() { c.cancel(context.DeadlineExceeded) })
}

// callPoll looks at a job once, and says what came of it or when to look again.
func (j *jobs) callPoll(c *handlerCall, f *followed) {
	var p task.Progress
	var output value.Value
	failure := task.Errorf(task.TaskFailed, "polling the job of %q ended its goroutine", f.job.Resource)
	var err error
	release := j.e.limit(c, jobCall)
	defer func() { // also when the job ends this goroutine
		release()
		switch {
		case j.e.dispatcher.isDead(c), context.Cause(&c.ctx) == ErrClosed:
		case failure != nil && !p.Done && err == nil: // it was not seen to end
			j.stopNow(f.ref, f.job)
			fallthrough
		case p.Done && err == nil:
			j.e.tell(f.ref, output, failure)
		default:
			j.again(f, p.PollAfter, c.linked, err)
		}
	}()
	route, ok := j.e.route(f.job.Machine, f.job.State, f.job.Resource)
	if !ok || route.Job == nil {
		failure, err = nil, task.Errorf(task.TaskFailed, "no job is registered for the resource %q of state %q", f.job.Resource, f.job.State)
		return
	}
	var raw []byte
	p, raw, failure, err = task.PollJob(&c.ctx, route.Job, f.job)
	if p.Done && failure == nil && err == nil {
		var bad error
		if output, bad = value.Parse(raw); bad != nil {
			failure = task.NoJSON(f.job.Resource, bad)
		}
	}
}

// tell gives a wait the end of the work it waits for.
func (e *Engine) tell(ref states.Ref, output value.Value, failure *task.Error) {
	var in states.Input = states.TaskSucceeded{Ref: ref, Output: output}
	if failure != nil {
		in = states.TaskFailed{Ref: ref, Failure: failureOf(failure)}
	}
	e.shardOf(ref.Exec).post(message{kind: inputMessage, id: ref.Exec, in: in})
}

// failureOf words the failure of a handler or a job for the core.
func failureOf(failure *task.Error) states.Failure {
	return states.Failure{Name: states.Some(failure.Name), Cause: states.Some(failure.Cause), Task: true}
}

// again polls f later or, when the job is linked, when it says so. err says why it could not be looked at this time.
func (j *jobs) again(f *followed, after time.Duration, linked bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f.polling = false
	if j.known[f.ref] != f || j.ended {
		return
	}
	f.job.Polls++
	if f.poked {
		j.push(f, 0)
		return
	}
	if f.quiet = err == nil && linked; f.quiet {
		f.failed = 0
		return
	}
	if err == nil {
		f.failed = 0
		if after <= 0 {
			after = grow(pollFirst, pollGrowth, f.job.Polls, pollSlowest)
		}
	} else {
		j.e.log.Warn("job not polled", "execution", f.job.Execution, "state", f.job.State, "resource", f.job.Resource, "err", err)
		f.failed++
		if after <= 0 {
			after = grow(pollFirst, 2, f.failed, pollFailed)
		}
	}
	j.push(f, after)
}

// grow returns first × factor^n, at most limit.
func grow(first time.Duration, factor float64, n int, limit time.Duration) time.Duration {
	return time.Duration(min(float64(first)*math.Pow(factor, float64(n)), float64(limit)))
}

// stopNow has a job stopped that nobody waits for.
func (j *jobs) stopNow(ref states.Ref, job task.JobRef) {
	j.drop(ref)
	f := &followed{ref: ref, job: job, stopping: true, index: -1}
	if accepted, _ := j.e.dispatcher.offer(j.call(f)); !accepted {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.push(f, pollNoRoom)
	}
}

// callStop stops a job, and tries again later when that fails.
func (j *jobs) callStop(c *handlerCall, f *followed) {
	err := error(task.Errorf(task.TaskFailed, "stopping the job of %q ended its goroutine", f.job.Resource))
	release := j.e.limit(c, jobCall)
	defer func() {
		release()
		if err == nil {
			return
		}
		f.failed++
		j.e.log.Warn("job not stopped", "execution", f.job.Execution, "state", f.job.State, "resource", f.job.Resource,
			"attempt", f.failed, "err", err)
		j.mu.Lock()
		defer j.mu.Unlock()
		if f.failed < stopTries && !j.ended {
			j.push(f, grow(stopRetry, 2, f.failed-1, math.MaxInt64))
		}
	}()
	route, ok := j.e.route(f.job.Machine, f.job.State, f.job.Resource)
	if !ok || route.Job == nil {
		err = task.Errorf(task.TaskFailed, "no job is registered for the resource %q of state %q", f.job.Resource, f.job.State)
		return
	}
	err = task.StopJob(&c.ctx, route.Job, f.job)
}

// submission is what a job or a child execution left behind when it was submitted.
type submission struct {
	handle string
	follow bool
	stale  func() // called when nobody waits for it any more; nil when nothing was submitted
}

// submitting returns a caller that learns when a submission comes too late: nobody waits for it, so it is to be stopped.
func submitting(ref states.Ref, sub *submission) *call {
	if sub == nil || sub.stale == nil {
		return nil
	}
	return &call{ref: ref, kept: true, then: func(err error) {
		if closed, ok := errors.AsType[*TokenError](err); ok && closed.Closed {
			sub.stale()
		}
	}}
}

// startsOnly tells the resources of AWS's services without a pattern: to start the job is all that their tasks do.
func startsOnly(req *states.TaskRequest) bool {
	parts := strings.SplitN(req.Resource, ":", 4)
	return req.Pattern == asl.RequestResponse && len(parts) == 4 && parts[0] == "arn" && parts[2] == "states"
}

// startJob starts the job that a task asks for. The submission is nil when the task does not wait for the job's end.
func (e *Engine) startJob(c *handlerCall, j task.Job) (output value.Value, sub *submission, failure *task.Error) {
	req := e.request(c)
	if c.starts = c.req.Token == "" && !startsOnly(c.req); c.starts {
		req.Token = task.Token(states.SealToken(e.owner.TokenKey, c.req.Ref))
		sub = new(submission)
	}
	s, raw, failure := task.StartJob(&c.ctx, j, req)
	if failure == nil {
		var err error
		if output, err = value.Parse(raw); err != nil {
			failure = task.NoJSON(c.req.Resource, err)
		}
	}
	if sub == nil || s == nil {
		e.jobs.drop(c.req.Ref)
		return output, sub, failure
	}
	ref, job := c.req.Ref, jobRef(c.machine, c.arn, c.req.State, c.req.Resource, s.Handle)
	sub.handle, sub.follow, sub.stale = s.Handle, !s.Told, func() { e.jobs.stopNow(ref, job) }
	if failure != nil {
		sub.stale()
	} else if sub.follow && !c.linked {
		e.jobs.drop(ref)
		e.jobs.expect(ref, cmp.Or(max(s.PollAfter, 0), pollFirst))
	}
	return output, sub, failure
}

// jobRef describes a job to its Poll and Stop. Its Key is made when it is needed.
func jobRef(machine string, arn ID, state, resource, handle string) task.JobRef {
	return task.JobRef{Handle: handle, Resource: resource, Execution: string(arn), Machine: machine, State: state}
}

// taskKey is the idempotency key of an attempt.
func taskKey(arn ID, ref states.Ref) string {
	return string(arn) + "#" + strconv.FormatUint(uint64(ref.Gen), 10)
}

// submitted returns the submission with a handle in an input.
func submitted(in states.Input) (states.TaskSubmitted, bool) {
	switch in := in.(type) {
	case states.TaskSubmitted:
		return in, in.Handle != ""
	case states.Batch:
		for _, member := range in {
			if sub, ok := submitted(member); ok {
				return sub, true
			}
		}
	}
	return states.TaskSubmitted{}, false
}

// takes reports whether x waits for what was submitted.
func takes(x *states.Execution, sub states.TaskSubmitted) bool {
	if !open(x, sub.Ref) {
		return false
	}
	w := x.Frames[sub.Ref.Frame].Task
	return !w.Submitted || w.Handle == sub.Handle
}

// following reports whether f waits for work whose end the engine has to notice.
func following(f *states.Frame) bool {
	return f != nil && f.Phase == states.AwaitTask && f.Task != nil && f.Task.Submitted && f.Task.Follow
}

// follow makes the engine notice the end of the work that f waits for, if there is any.
func (s *shard) follow(r *run, f *states.Frame, resumed bool) {
	if !following(f) {
		return
	}
	t := r.machine.asl.Flows[f.Flow].States[f.State].(*asl.Task)
	ref := states.Ref{Exec: r.id, Frame: f.ID, Gen: f.Gen}
	s.e.jobs.follow(ref, jobRef(r.machine.name, r.arn, t.Name, t.Resource.Text, f.Task.Handle), resumed)
}

// noteJob takes in that an input is durable, or has come too late: what it submitted is followed, and what it ended is not any
// more.
func (s *shard) noteJob(r *run, in states.Input) {
	ref, ok := settles(in)
	switch {
	case !ok:
	case open(r.x, ref):
		s.follow(r, r.x.Frames[ref.Frame], false)
	default:
		s.e.jobs.drop(ref)
	}
}

// giveUp ends the calls and has the jobs stopped that a durable commit has no use for.
func (s *shard) giveUp(r *run, c *states.Commit) {
	s.e.mapRuns.quit(c.QuitRuns)
	if len(c.Cancel) == 0 {
		return
	}
	s.e.dispatcher.cancel(c.Cancel, states.MillisOf(s.e.clock.Now()))
	s.e.activities.cancel(c.Cancel)
	s.e.jobs.drop(c.Cancel...)
	for _, stop := range c.Stop {
		s.e.jobs.stopNow(stop.Ref, jobRef(r.machine.name, r.arn, stop.State, stop.Resource, stop.Handle))
	}
}

// followedHeap orders jobs by when something is to be done for them.
type followedHeap []*followed

func (h followedHeap) Len() int           { return len(h) }
func (h followedHeap) Less(i, k int) bool { return h[i].due < h[k].due }

func (h followedHeap) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].index, h[k].index = i, k
}

// Push appends x, a *followed.
func (h *followedHeap) Push(x any) {
	f := x.(*followed)
	f.index = len(*h)
	*h = append(*h, f)
}

// Pop removes the last item.
func (h *followedHeap) Pop() any {
	old := *h
	f := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	f.index = -1
	return f
}
