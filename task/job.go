package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Job is work that outlives a call: Start submits it, Poll looks how it is getting on, Stop gives it up. A Task state whose
// resource is registered with [Mux.HandleJob] waits for the job's end without holding a goroutine, and across restarts of the
// host: what Start returned is stored, and polling goes on with it.
//
// The methods are called from many goroutines at once, and from other processes than the one that started the job. Each call
// ends with its context; a panic in Start or Poll fails the task with States.TaskFailed.
//
// Which calls are made depends on the end of the resource. With ".sync" or ".sync:2", or when the resource is one of the host's
// own ("gait:render"), all three. With ".waitForTaskToken" only Start, with a Request.Token that ends the task later; an AWS
// service without an end makes Start's output the result of the state.
type Job interface {
	// Start submits the job. The error becomes an ASL error as [ErrorOf] says, and the history shows it as TaskSubmitFailed.
	//
	// It is called again with the same Request.Key, and a greater Delivery, when the host died before it had stored the handle:
	// whoever must not start a job twice passes the key on as the service's idempotency token, or looks for a job that bears
	// it. When the task ended while Start was under way, the handle is given to Stop.
	Start(ctx context.Context, req *Request) (Submission, error)

	// Poll looks at a job. An error says that it could not be looked at: the host asks again later, with growing pauses. How
	// the job itself ended, badly too, is told by the Progress. ctx ends after one minute.
	Poll(ctx context.Context, ref JobRef) (Progress, error)

	// Stop gives a job up because nobody waits for it any more: its execution was stopped or has failed elsewhere, or the task
	// has timed out. A job that has ended, or is not there, is no error. After an error, and after a minute, it is called again a few
	// times; a host that dies meanwhile does not go on with it.
	Stop(ctx context.Context, ref JobRef) error
}

// Submission is what Start tells of a job it has submitted.
type Submission struct {
	// Handle is what Poll and Stop need to find the job. It is stored with the execution: at most 32,768 bytes, of any form.
	// Empty means the Request.Key, for jobs that are found by it.
	Handle string
	// Output is what the service answered, for the history (TaskSubmitted). It is marshalled as a handler's output is.
	Output any
	// PollAfter is when to poll first; 0 leaves it to the host.
	PollAfter time.Duration
	// Told says that the job is never polled: whoever knows its end answers for it with Request.Token, as for a callback.
	// A job that is polled may be told of as well, whichever comes first.
	Told bool
}

// MaxHandle is the greatest length of a Submission's Handle in bytes.
const MaxHandle = 32_768

// JobRef is a job under way, as Poll and Stop get it.
type JobRef struct {
	Handle    string // as Start returned it
	Resource  string // as written in the definition
	Key       string // the Request.Key that it was started with
	Execution string // ARN
	Machine   string // name of the state machine
	State     string // name of the state
	Polls     int    // for Poll: how often this host has asked before
}

// Progress is what Poll found out.
type Progress struct {
	// Done says that the job has ended.
	Done bool
	// Output is the result of a job that is done. It is marshalled as a handler's output is.
	Output any
	// Err is why a job that is done has failed. It becomes an ASL error as [ErrorOf] says. AWS fails jobs with
	// States.TaskFailed and a description of the job, in JSON, as the cause: see [JobFailed].
	Err error
	// PollAfter is when to poll again; 0 leaves it to the host, which polls after one second at first and after a minute in
	// the end.
	PollAfter time.Duration
}

// Pending is the Progress of a job that is still running.
func Pending() Progress { return Progress{} }

// Done is the Progress of a job that has ended well.
func Done(output any) Progress { return Progress{Done: true, Output: output} }

// JobFailed is the Progress of a job that has ended badly, as AWS words it: States.TaskFailed, with description as JSON for the
// cause.
func JobFailed(description any) Progress {
	text, err := encode(description)
	if err != nil {
		text = json.RawMessage(fmt.Sprintf("%+v", description))
	}
	return Progress{Done: true, Err: &Error{Name: TaskFailed, Cause: string(text)}}
}

// JobFuncs makes a Job of functions. OnStop may be nil for jobs that cannot be given up, OnPoll for those that are always told of.
type JobFuncs struct {
	OnStart func(ctx context.Context, req *Request) (Submission, error)
	OnPoll  func(ctx context.Context, ref JobRef) (Progress, error)
	OnStop  func(ctx context.Context, ref JobRef) error
}

var _ Job = JobFuncs{}

// Start calls OnStart. Without OnPoll the job is told of.
func (j JobFuncs) Start(ctx context.Context, req *Request) (Submission, error) {
	s, err := j.OnStart(ctx, req)
	s.Told = s.Told || j.OnPoll == nil
	return s, err
}

// Poll calls OnPoll.
func (j JobFuncs) Poll(ctx context.Context, ref JobRef) (Progress, error) {
	if j.OnPoll == nil {
		return Progress{}, errors.New("task: the job cannot be polled")
	}
	return j.OnPoll(ctx, ref)
}

// Stop calls OnStop, if there is one.
func (j JobFuncs) Stop(ctx context.Context, ref JobRef) error {
	if j.OnStop == nil {
		return nil
	}
	return j.OnStop(ctx, ref)
}

// StartJob starts a job once and returns its submission, with the output as JSON, or why it was refused. It is for hosts, and
// treats panics and outputs as [Call] does. An empty handle is replaced by the request's key.
//
// A handle that is too long, and an output that is no JSON, are failures beside the submission: the job has been started, and
// must be stopped.
func StartJob(ctx context.Context, j Job, req *Request) (*Submission, json.RawMessage, *Error) {
	var started *Submission
	output, failure := Call(ctx, HandlerFunc(func(ctx context.Context, req *Request) (any, error) {
		s, err := j.Start(ctx, req)
		if err != nil {
			return nil, err
		}
		if s.Handle == "" {
			s.Handle = req.Key
		}
		started = &s
		return s.Output, nil
	}), req)
	if failure == nil && len(started.Handle) > MaxHandle {
		failure = Errorf(TaskFailed, "the job of %s has a handle of %d bytes, the limit is %d", quote(req.Resource),
			len(started.Handle), MaxHandle)
		output = nil
	}
	return started, output, failure
}

// PollJob polls a job once. It is for hosts. The output, or the failure, is set when the job is done. A failure of a job that is
// not done says that Poll panicked: the task has failed, and the job must be stopped. The error says that the job could not be
// looked at.
func PollJob(ctx context.Context, j Job, ref JobRef) (p Progress, output json.RawMessage, failure *Error, err error) {
	output, failure = Call(ctx, HandlerFunc(func(ctx context.Context, _ *Request) (any, error) {
		if p, err = j.Poll(ctx, ref); err != nil || !p.Done {
			return nil, nil
		}
		return p.Output, p.Err
	}), &Request{Resource: ref.Resource, Key: ref.Key, Execution: ref.Execution, Machine: ref.Machine, State: ref.State})
	if err != nil {
		p.Done = false
	}
	if !p.Done {
		output = nil
	}
	return p, output, failure, err
}

// StopJob stops a job once. It is for hosts. A panic is an error.
func StopJob(ctx context.Context, j Job, ref JobRef) (err error) {
	_, failure := Call(ctx, HandlerFunc(func(ctx context.Context, _ *Request) (any, error) {
		err = j.Stop(ctx, ref)
		return nil, nil
	}), &Request{Resource: ref.Resource, Key: ref.Key, Execution: ref.Execution, Machine: ref.Machine, State: ref.State})
	if failure != nil {
		return failure
	}
	return err
}
