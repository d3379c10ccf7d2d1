package asltest

import (
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// ErrUnmocked is what a [Resolver] returns for calls that it leaves to Options.Tasks.
var ErrUnmocked = errors.New("no mock answers it")

// How jobs are polled that do not say it themselves: as an engine does it.
const (
	pollFirst   = time.Second // after the job was submitted
	pollGrowth  = 1.5         // from one poll to the next
	pollSlowest = time.Minute
	pollFailed  = 5 * time.Minute // between polls that fail, at most
)

// poll is a look at a job that is to be taken at some time.
type poll struct {
	job    task.Job
	ref    task.JobRef
	failed int // looks that failed, in a row
}

// serve lets Options.Machines or Options.Tasks answer a call. It reports false when nothing there is registered for it. Handlers take
// no virtual time.
func (r *runner) serve(of *party, c Call, t *states.TaskRequest) bool {
	machine := of.program.name
	route, ok := r.own(t)
	if !ok && r.o.Tasks != nil {
		route, ok = r.o.Tasks.Lookup(machine, t.State, t.Resource)
	}
	if !ok {
		return false
	}
	outer := r.asking
	r.asking = asking{}
	defer func() { r.asking = outer }()
	order := r.scheduled
	r.scheduled++
	add := func(k rank, in states.Input) {
		r.queue.add(delivery{at: r.now, rank: k, order: order, ref: t.Ref, input: in})
	}
	id, _ := of.host.Execution.Get("Id")
	req := &task.Request{
		Resource: t.Resource, Input: json.RawMessage(c.Input), Key: id.Str() + "#" + strconv.FormatUint(uint64(t.Ref.Gen), 10), Attempt: t.Attempt,
		Delivery: 1, Token: task.Token(t.Token), RoleARN: t.RoleARN, Execution: id.Str(), Machine: machine, State: t.State,
	}
	var raw json.RawMessage
	var failure *task.Error
	var begun *task.Submission
	// A job is started, and waited for unless the resource is a request or a callback of a service.
	waits := route.Job != nil && (t.Pattern == asl.RunJob || t.Pattern == asl.RequestResponse && !strings.HasPrefix(t.Resource, "arn:"))
	if route.Job != nil {
		begun, raw, failure = task.StartJob(context.Background(), route.Job, req)
	} else {
		raw, failure = task.Call(context.Background(), route.Handler, req)
	}
	var output value.Value
	if failure == nil {
		var err error
		if output, err = value.Parse(raw); err != nil {
			failure = task.NoJSON(t.Resource, err)
		}
	}
	add(rankStart, states.TaskStarted{Ref: t.Ref})
	switch {
	case failure != nil:
		stage := states.WorkFailed
		if waits || t.Pattern == asl.WaitForTaskToken {
			stage = states.SubmitFailed
		}
		add(rankEnd, states.TaskFailed{Ref: t.Ref, Failure: failureOf(failure), Stage: stage})
	case waits:
		add(rankSubmit, states.TaskSubmitted{Ref: t.Ref, Output: output, Handle: begun.Handle, Follow: !begun.Told})
		p := &poll{job: route.Job, ref: task.JobRef{
			Handle: begun.Handle, Resource: t.Resource, Key: req.Key, Execution: req.Execution, Machine: req.Machine, State: t.State,
		}}
		if !begun.Told && !r.waitFor(t.Ref, p) {
			r.poll(t.Ref, p, or(begun.PollAfter, pollFirst))
		}
	case t.Pattern == asl.WaitForTaskToken:
		add(rankSubmit, states.TaskSubmitted{Ref: t.Ref, Output: output})
	default:
		add(rankEnd, states.TaskSucceeded{Ref: t.Ref, Output: output})
	}
	return true
}

func or(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

func failureOf(e *task.Error) states.Failure {
	return states.Failure{Name: states.Some(e.Name), Cause: states.Some(e.Cause), Task: true}
}

// poll looks at a job after some time.
func (r *runner) poll(ref states.Ref, p *poll, after time.Duration) {
	r.queue.add(delivery{at: r.now + states.Millis(after/time.Millisecond), rank: rankEnd, order: r.scheduled, ref: ref, poll: p})
	r.scheduled++
}

// look takes the look at a job that is due. It returns nil when the job goes on.
func (r *runner) look(ref states.Ref, p *poll) states.Input {
	progress, raw, failure, err := task.PollJob(context.Background(), p.job, p.ref)
	p.ref.Polls++
	switch {
	case err != nil:
		p.failed++
		r.poll(ref, p, or(progress.PollAfter, grow(2, p.failed, pollFailed)))
		return nil
	case !progress.Done:
		p.failed = 0
		r.poll(ref, p, or(progress.PollAfter, grow(pollGrowth, p.ref.Polls, pollSlowest)))
		return nil
	case failure != nil:
		return states.TaskFailed{Ref: ref, Failure: failureOf(failure)}
	}
	output, bad := value.Parse(raw)
	if bad != nil {
		return states.TaskFailed{Ref: ref, Failure: failureOf(task.NoJSON(p.ref.Resource, bad))}
	}
	return states.TaskSucceeded{Ref: ref, Output: output}
}

// grow returns pollFirst × factor^n, at most limit.
func grow(factor float64, n int, limit time.Duration) time.Duration {
	return time.Duration(min(float64(pollFirst)*math.Pow(factor, float64(n)), float64(limit)))
}

// stopJobs gives up jobs that nobody waits for any more. A Stop that fails is not repeated.
func (r *runner) stopJobs(of *party, list []states.Stop) {
	for _, s := range list {
		route, ok := r.own(&states.TaskRequest{Resource: s.Resource, State: s.State})
		if !ok && r.o.Tasks != nil {
			route, ok = r.o.Tasks.Lookup(of.program.name, s.State, s.Resource)
		}
		if ok && route.Job != nil {
			id, _ := of.host.Execution.Get("Id")
			_ = task.StopJob(context.Background(), route.Job, task.JobRef{
				Handle: s.Handle, Resource: s.Resource, Key: id.Str() + "#" + strconv.FormatUint(uint64(s.Ref.Gen), 10), Execution: id.Str(),
				Machine: of.program.name, State: s.State,
			})
		}
	}
}

// pop returns the next delivery and its input, which is nil when a job was looked at that goes on.
func (r *runner) pop() (delivery, states.Input) {
	d := heap.Pop(&r.queue).(delivery)
	if d.poll == nil {
		return d, d.input
	}
	return d, r.look(d.ref, d.poll)
}
