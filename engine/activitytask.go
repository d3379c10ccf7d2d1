package engine

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// pollTime is how long GetActivityTask waits for a task. Source: API reference, GetActivityTask.
const pollTime = 60 * time.Second

// GetActivityTask asks for a task of an activity, given by name or ARN. It waits until there is one, for 60 seconds at most, and
// returns nil, without an error, when there was none. Tasks are handed out by the time they were scheduled, to workers by the
// time they asked. A worker that waits costs its goroutine and nothing else; there is no limit to their number, and no throttling.
//
// worker names who asks, in the history and to Describe: at most 80 characters, "" for none. The task has been recorded as
// started, durably, before it is returned, and from then on the clocks of TimeoutSeconds and HeartbeatSeconds run. Answer it
// with [Engine.SendTaskSuccess], [Engine.SendTaskFailure] and [Engine.SendTaskHeartbeat], from any goroutine or process.
//
// When ctx ends while a task is being started for this caller, the next one who asks gets that task, with its clocks running and
// the name of this worker in the history. A worker that dies after the task was returned is noticed by the state's timeouts alone.
//
// Errors: *[NotFoundError] when the activity does not exist or is deleted meanwhile, *[ARNError], *[ValidationError] for the name
// of the worker, *[StoreError], the error of ctx, ErrClosed, ErrFenced.
func (e *Engine) GetActivityTask(ctx context.Context, activity, worker string) (*task.ActivityTask, error) {
	if err := e.enter(ctx); err != nil {
		return nil, err
	}
	if n := utf8.RuneCountInString(worker); n > 80 {
		return nil, invalid("workerName", worker, "Member must have length less than or equal to 80")
	}
	arn, err := e.arns.activityARN(activity)
	if err != nil {
		return nil, err
	}
	p := &poller{activities: e.activities, arn: arn, worker: worker, done: make(chan polled, 1)}
	if !e.activities.poll(p) {
		return nil, &NotFoundError{ARN: arn, Activity: true}
	}
	stop := e.clock.AfterFunc(pollTime, func() { e.activities.expire(p) })
	defer stop()
	closing := e.background.Done()
	for {
		select {
		case got := <-p.done:
			return got.task, got.err
		case <-ctx.Done():
			err = ctx.Err()
		case <-closing:
			if !e.activities.leave(p, false) {
				closing = nil // Close lets a task that is being started reach its worker
				continue
			}
			return nil, e.gone()
		case <-e.ctx.Done():
			err = e.gone()
		}
		if e.activities.leave(p, true) {
			return nil, err
		}
		got := <-p.done
		return got.task, got.err
	}
}

// refused tells a worker why the task it was matched with cannot be started.
func (a *activities) refused(p *poller, err error) {
	var closed *TokenError
	var missing *NotFoundError
	var halted *HaltedError
	var damaged *UnreadableError
	var failed *StoreError
	switch {
	case errors.As(err, &closed), errors.As(err, &missing), errors.As(err, &halted), errors.As(err, &damaged):
		a.miss(p)
	case errors.As(err, &failed):
		// After a failed commit the execution is loaded again, and then delivers its tasks by itself.
		a.refuse(p, err, failed.Op == "load")
	default:
		a.refuse(p, err, false)
	}
}

// takeWorker returns the name of the worker who has waited longest for a task of an activity. It gets the one that is being scheduled,
// whose start goes into the same commit.
func (s *shard) takeWorker(ref states.Ref, arn string) (name string, waits bool) {
	p := s.e.activities.take(arn, queuedTask{at: states.MillisOf(s.env.Now), ref: ref})
	if p == nil {
		return "", false
	}
	in := states.TaskStarted{Ref: ref, Worker: p.worker, Taken: true}
	s.taken = append(s.taken, entry{in, &call{ref: ref, poll: p, same: true}})
	return p.worker, true
}

// admits reports whether the task that c's worker is matched with is to be started now. Otherwise the worker has been told.
func (s *shard) admits(r *run, c *call) bool {
	a := s.e.activities
	if a.hasLeft(c.poll) {
		return false
	}
	other := func(in entry) bool { return in.call != nil && in.call.poll != nil && in.call.ref == c.ref }
	if !open(r.x, c.ref) || asked(r.flying, c.ref) || slices.ContainsFunc(r.flying, other) {
		a.miss(c.poll)
		return false
	}
	if r.x.Frames[c.ref.Frame].Task.Started {
		if c.poll.task.started {
			s.handOut(r, c)
		} else {
			a.miss(c.poll)
		}
		return false
	}
	return true
}

// confirm tells the caller of an input that it is durable.
func (s *shard) confirm(r *run, c *call) {
	switch {
	case c == nil || c.poll == nil:
		c.answer(nil)
	case open(r.x, c.ref):
		s.handOut(r, c)
	default: // it was stopped in the same commit
		s.e.activities.miss(c.poll)
	}
}

// handOut gives a worker the task that was started for it.
func (s *shard) handOut(r *run, c *call) {
	w := r.x.Frames[c.ref.Frame].Task
	s.e.activities.deliver(c.poll, &task.ActivityTask{
		Token: task.Token(states.SealToken(s.env.TokenKey, c.ref)), Input: w.Arguments.AppendJSON(nil),
		HeartbeatSeconds: w.HeartbeatSeconds, TimeoutSeconds: w.TimeoutSeconds,
	})
}

// send puts a task on its way to a handler or to the queue of its activity.
func (s *shard) send(r *run, req *states.TaskRequest, delivery int) {
	if s.e.forWorkers(r.machine.name, req) {
		s.scheduled = append(s.scheduled, scheduledTask{req.Resource, queuedTask{at: r.x.Last, ref: req.Ref}})
		return
	}
	s.jobs = append(s.jobs, s.e.newJob(r, req, delivery))
}
