package asltest

import (
	"fmt"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task/httptask"
)

// Call is one call of a task: the first attempt of a Task state or a retry.
type Call struct {
	State    string // name of the Task state
	N        int    // calls of states with this name before this one
	Attempt  int    // 0 at first, then the retry count of this visit
	Visit    int    // number of the visit, from 1 over all visits of states with this name; retries belong to their visit
	Resource string // as written in the definition
	Input    string // JSON text: the evaluated Parameters or Arguments, or the effective input
	Token    string // empty unless the resource waits for a task token
	RoleARN  string // Credentials; empty: the execution's role
	// TimeoutSeconds and HeartbeatSeconds are 0 when the state sets none.
	TimeoutSeconds, HeartbeatSeconds int64
	Elapsed                          time.Duration // virtual time since the execution started
}

// Resolver says what a call gets. It is called once for each call, in the order in which the calls are scheduled. An error
// abandons the run.
type Resolver func(Call) (Answer, error)

// Answer is what a call gets. The zero Answer is a success at once with the result null; [Return] and [Fail] make the others.
type Answer struct {
	// After is the time between the call and its end.
	After time.Duration
	// Unstarted leaves out the report that the work has begun, so that no TaskStarted event precedes the end.
	Unstarted bool
	// Worker is the name of the activity worker that took the task.
	Worker string
	// Submitted is the JSON text that the service gives at once as answer to a .sync or callback request; "": none.
	Submitted string
	// Heartbeats are the times after the call at which the work reports that it goes on.
	Heartbeats []time.Duration
	// Never means that no end is reported: only a timeout, a Stop or the failure of another branch ends the call.
	Never bool
	// Output is the JSON text of the result; "" counts as null. It is not used when Failure is set.
	Output string
	// Failure makes the call fail.
	Failure *Failure
	// HTTP is what was sent and what came back for it, when the call was an HTTP task: TestState shows it. [ResolveHTTP] sets it.
	HTTP *httptask.Exchange
}

// Failure is how a call fails. Error and Cause are nil when absent.
type Failure struct {
	Error, Cause *string
	Stage        states.FailStage // the zero Stage is a failure of the work itself
}

// Return is a success with this JSON text as result.
func Return(output string) Answer { return Answer{Output: output} }

// Fail is a failure of the work with this error name and cause.
func Fail(name, cause string) Answer { return Answer{Failure: &Failure{Error: &name, Cause: &cause}} }

// UnansweredError is the error of [Run] when a task is called and nobody answers.
type UnansweredError struct {
	Call Call
	Err  error // of the Resolver; nil when there was none
}

// Error names the call, its state, its resource and the first 64 bytes of its input.
func (e *UnansweredError) Error() string {
	text := fmt.Sprintf("asltest: no answer for call %d of state %q (%s) with %.64q", e.Call.N, e.Call.State, e.Call.Resource, e.Call.Input)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the Resolver's error.
func (e *UnansweredError) Unwrap() error { return e.Err }

func text(s *string) states.Text {
	if s == nil {
		return states.Text{}
	}
	return states.Some(*s)
}
