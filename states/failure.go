package states

import (
	"math"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// The error names that the core itself raises or treats in a way of their own.
const (
	errAll        = "States.ALL"
	errTaskFailed = "States.TaskFailed"
	errTimeout    = "States.Timeout"
	errHeartbeat  = "States.HeartbeatTimeout"
	errRuntime    = "States.Runtime"
	errDataLimit  = "States.DataLimitExceeded"
	errResultPath = "States.ResultPathMatchFailure"
	errQuery      = "States.QueryEvaluationError"
	errThreshold  = "States.ExceedToleratedFailureThreshold"
)

// stateError is a failure that the processing of a state's own fields raised.
type stateError struct {
	Failure
	evaluation bool   // an EvaluationFailed event tells of it
	location   string // the field of that event; empty: absent
}

// runtimeError is a States.Runtime failure of the state in focus: detail with AWS's prefix.
func (s *stepper) runtimeError(detail string) *stateError { return s.failure(errRuntime, detail) }

// failure is a failure of the state in focus with the prefix that AWS gives to causes.
func (s *stepper) failure(name, detail string) *stateError {
	return &stateError{Failure: Failure{Name: Some(name), Cause: Some(s.prefix() + detail)}}
}

// evaluationError is a failed JSONata evaluation in a field of the state in focus.
func (s *stepper) evaluationError(location, detail string) *stateError {
	e := s.failure(errQuery, detail)
	e.evaluation, e.location = true, location
	return e
}

// prefix begins the causes of failures that the service itself raises. Express executions have no event ids to name.
func (s *stepper) prefix() string {
	if s.env.Trace != nil {
		return "" // a state that is tried alone has not been entered by an execution; measured on AWS
	}
	if s.env.Host != nil && s.env.Host.Express {
		return "An error occurred while executing the state '" + s.common.Name + "'. "
	}
	return "An error occurred while executing the state '" + s.common.Name + "' (entered at the event id #" +
		itoa(s.f.EnteredEvent) + "). "
}

// raise handles a failure of the fields of the state that f is in.
func (s *stepper) raise(f *Frame, e *stateError) {
	if e.evaluation {
		s.evaluationFailed(f, e)
	}
	s.fail(f, e.Failure)
}

// evaluationFailed records a failed evaluation. The event is a sibling of the state's StateEntered event, but for Wait, as
// recorded on AWS.
func (s *stepper) evaluationFailed(f *Frame, e *stateError) {
	prev := f.EnteredPrev
	if s.common.Type == asl.TypeWait {
		prev = f.EnteredEvent
	}
	f.Prev = s.record(Record{
		Type: EvaluationFailed, Prev: prev, Name: s.common.Name,
		Fail: &Failing{Error: e.Name, Cause: e.Cause, Location: e.location},
	})
}

// fail handles a failure of the state that f is in: retry, catch, or let the flow fail. f.Prev is the failing event.
//
// Source: Amazon States Language, "Errors"; States.Runtime ends the whole execution, as measured on AWS.
func (s *stepper) fail(f *Frame, e Failure) {
	if t := s.env.Trace; t != nil {
		failed := e
		t.Failed = &failed
	}
	if e.Name.Set && e.Name.S == errRuntime {
		s.failExecution(f.Prev, e)
		return
	}
	s.focus(f)
	if f.Join != nil {
		s.giveUp(f)
		s.focus(f)
	}
	c := s.common
	if s.retry(f, c.Retry, e) {
		return
	}
	if e.Name.S == errDataLimit && f.Join != nil {
		s.dropChildren(f) // a redrive runs all of them again. Source: "Restarting state machine executions with redrive"
	}
	switch c.Type {
	case asl.TypeMap:
		s.on(f, Record{Type: MapStateFailed})
	case asl.TypeParallel:
		s.on(f, Record{Type: ParallelStateFailed})
	}
	for i := range c.Catch {
		if matches(c.Catch[i].ErrorEquals, e) {
			s.turn(TookCatch, i)
			if t := s.env.Trace; t != nil {
				t.CatchIndex = i
			}
			s.catch(f, &c.Catch[i], e)
			return
		}
	}
	s.failFlow(f, e)
}

// retry parks f until its next attempt when the first retrier that matches has attempts left.
func (s *stepper) retry(f *Frame, retriers []asl.Retrier, e Failure) bool {
	for i := range retriers {
		r := &retriers[i]
		if !matches(r.ErrorEquals, e) {
			continue
		}
		if t := s.env.Trace; t != nil {
			t.RetryIndex = i
			f.Attempts = t.attempts(len(retriers))
		}
		if f.Attempts == nil {
			f.Attempts = make([]uint16, len(retriers))
		}
		if int64(f.Attempts[i]) >= r.MaxAttempts || f.Attempts[i] == math.MaxUint16 {
			return false
		}
		s.turn(UsedRetrier, i)
		f.Attempts[i]++
		f.RetryCount++
		s.dropChildren(f)
		f.Task, f.Join, f.Run, f.Heartbeat, f.Result = nil, nil, nil, 0, value.Value{}
		s.wait(f, AwaitRetry)
		f.Due = s.now + backoff(r, int(f.Attempts[i]), &s.random)
		if t := s.env.Trace; t != nil {
			t.Retry, t.Backoff = true, f.Due-s.now
		}
		return true
	}
	return false
}

// backoff returns how long to wait before retry number n of the retrier; 1 is the first.
//
// The delay is IntervalSeconds × BackoffRate^(n-1), cut to MaxDelaySeconds when that is set; with JitterStrategy FULL it is drawn
// evenly from 0 to that delay. Whole milliseconds, at most the longest wait AWS knows.
func backoff(r *asl.Retrier, n int, random *random) Millis {
	seconds := float64(r.IntervalSeconds) * math.Pow(r.BackoffRate, float64(n-1))
	if r.MaxDelaySeconds > 0 {
		seconds = min(seconds, float64(r.MaxDelaySeconds))
	}
	seconds = min(seconds, maxWaitSeconds)
	if r.FullJitter {
		seconds *= random.Float64()
	}
	return Millis(math.Round(seconds * 1000))
}

// matches reports whether an ErrorEquals list names the failure. Source: Amazon States Language, "Errors"; spec of the wildcards
// as AWS documents them.
func matches(list []string, e Failure) bool {
	name := e.Name.S
	for _, want := range list {
		switch {
		case want == errAll:
			if name != errRuntime {
				return true
			}
		case e.Name.Set && want == name:
			return true
		case want == errTaskFailed:
			if e.Task && name != errTimeout && name != errRuntime && name != errDataLimit {
				return true
			}
		case want == errHeartbeat:
			if e.Heartbeat {
				return true
			}
		}
	}
	return false
}

// errorOutput is the document that a catcher sees.
func errorOutput(e Failure) value.Value {
	var members []value.Member
	add := func(key string, t Text) {
		if t.Set || e.TimedOut { // the cause of a timeout is caught as "", as recorded
			members = append(members, value.M(key, value.FromString(t.S)))
		} else if e.Nulls {
			members = append(members, value.M(key, value.Value{}))
		}
	}
	add("Error", e.Name)
	add("Cause", e.Cause)
	return value.FromMembers(members)
}

// catch leaves the failed state through a catcher. A failure of the catcher's own fields is not caught again.
func (s *stepper) catch(f *Frame, c *asl.Catcher, e Failure) {
	info := errorOutput(e)
	var output, assigned value.Value
	var err *stateError
	if s.common.Lang == asl.JSONata {
		output = info
		b := bindings{input: f.Input, errorOutput: info, hasError: true}
		if assigned, err = s.evalAssign(c.Assign, b); err == nil && c.Output != nil {
			output, err = s.evalJSONata(&c.Output.Root, b)
		}
	} else {
		if assigned, err = s.evalAssign(c.Assign, bindings{input: info}); err == nil {
			output, err = s.applyResultPath(c.ResultPath, f.Input, info)
		}
	}
	if err == nil {
		err = s.checkPayload(s.common.Name, output)
	}
	if err == nil {
		err = s.assign(f, assigned)
	}
	if err != nil {
		s.failCatch(f, err)
		return
	}
	s.dropChildren(f)
	s.leave(f, output, assigned, asl.Transition{Target: c.Next})
}

// failCatch fails the flow of a state whose catcher could not be evaluated.
func (s *stepper) failCatch(f *Frame, err *stateError) {
	if err.evaluation {
		s.evaluationFailed(f, err)
	}
	s.failFlow(f, err.Failure)
}

// failFlow ends the flow of f with a failure that nobody in it handles.
func (s *stepper) failFlow(f *Frame, e Failure) {
	if f.Parent == NoFrame || e.Name.Set && e.Name.S == errRuntime {
		s.failExecution(f.Prev, e)
		return
	}
	parent := s.x.Frames[f.Parent]
	failing := f.Prev
	inMap := s.state(parent).Common().Type == asl.TypeMap
	s.focus(f)
	if inMap {
		s.record(Record{Type: MapIterationFailed, Prev: failing, Name: s.state(parent).Common().Name, N: int64(f.Index)})
	}
	if s.common.Type == asl.TypeTask {
		s.record(Record{Type: TaskStateAborted, Prev: failing})
	}
	s.stop(f)
	parent.Prev = failing
	s.fail(parent, e)
}

// giveUp aborts the children of a Parallel or Map that has failed. f.Prev is the failing event. The children stay, without their
// work, until it is known that the failure is handled: a redrive begins with them.
func (s *stepper) giveUp(f *Frame) {
	for _, child := range s.children(f) {
		if child.Phase != Stopped { // else it is the one that has failed
			s.abort(child, f, f.Prev)
			s.stopTree(child)
		}
	}
}

// dropChildren removes what is left of the children of a Parallel or Map.
func (s *stepper) dropChildren(f *Frame) {
	if f.Join == nil {
		return
	}
	for _, child := range s.children(f) {
		s.removeFrame(child)
	}
	f.Join = nil
	s.touch(f)
}

// abort records that the line of f is given up because of the failing event.
func (s *stepper) abort(f, parent *Frame, failing int64) {
	if s.state(parent).Common().Type == asl.TypeMap {
		s.record(Record{Type: MapIterationAborted, Prev: failing, Name: s.state(parent).Common().Name, N: int64(f.Index)})
	}
	if f.Phase == Entering {
		return // not in a state yet
	}
	if f.Phase == AwaitRun {
		s.record(Record{Type: MapRunAborted, Prev: failing})
	}
	if t := abortedEvent(s.state(f)); t != 0 {
		s.record(Record{Type: t, Prev: failing})
	}
	if f.Join != nil {
		for _, child := range s.children(f) {
			s.abort(child, f, failing)
		}
	}
}
