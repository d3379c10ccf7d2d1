package engine

import (
	"errors"
	"fmt"

	"github.com/gait-engine/gait/states"
)

// The errors of an engine that no longer works, for errors.Is.
var (
	// ErrClosed is returned once Close has been called.
	ErrClosed = errors.New("engine: closed")
	// ErrFenced is returned after another engine has taken over the store: this one has stopped and must be closed.
	ErrFenced = errors.New("engine: another engine has taken over the store")
)

// Coded is implemented by the engine's errors about requests. Code returns the name that the Step Functions API gives such an
// error: "ExecutionAlreadyExists".
type Coded interface {
	error
	Code() string
}

// ExistsError says that an execution with this name exists and cannot be the one that was to be started: it has another input,
// or it has ended.
type ExistsError struct{ ID ID }

// Error words it as AWS does.
func (e *ExistsError) Error() string { return fmt.Sprintf("Execution Already Exists: '%s'", e.ID) }

// Code returns "ExecutionAlreadyExists".
func (e *ExistsError) Code() string { return "ExecutionAlreadyExists" }

// NotFoundError says that there is no such execution, state machine or activity.
type NotFoundError struct {
	ARN      string
	Machine  bool // it is a state machine that is missing
	Activity bool // it is an activity that is missing
}

// Error words it as AWS does.
func (e *NotFoundError) Error() string {
	switch {
	case e.Machine:
		return fmt.Sprintf("State Machine Does Not Exist: '%s'", e.ARN)
	case e.Activity:
		return fmt.Sprintf("Activity Does Not Exist: '%s'", e.ARN)
	}
	return fmt.Sprintf("Execution Does Not Exist: '%s'", e.ARN)
}

// Code returns "ExecutionDoesNotExist", "StateMachineDoesNotExist" or "ActivityDoesNotExist".
func (e *NotFoundError) Code() string {
	switch {
	case e.Machine:
		return "StateMachineDoesNotExist"
	case e.Activity:
		return "ActivityDoesNotExist"
	}
	return "ExecutionDoesNotExist"
}

// NotRedrivableError says that an execution cannot be redriven, and why: it runs, it succeeded, it ended too long ago, …
type NotRedrivableError struct {
	ID     ID
	Reason string // as DescribeExecution gives it: "Execution is RUNNING and cannot be redriven"
}

// Error returns the reason.
func (e *NotRedrivableError) Error() string { return e.Reason }

// Code returns "ExecutionNotRedrivable".
func (e *NotRedrivableError) Code() string { return "ExecutionNotRedrivable" }

// TypeError says that an operation is not there for the type of the machine: StartSync is for Express machines alone.
type TypeError struct{}

// Error words it as AWS does.
func (e *TypeError) Error() string {
	return "This operation is not supported by this type of state machine"
}

// Code returns "StateMachineTypeNotSupported".
func (e *TypeError) Code() string { return "StateMachineTypeNotSupported" }

// InputError refuses an input that is no JSON. One that is too long is refused with a *[ValidationError].
type InputError struct {
	Reason string
	Err    error // of the JSON parser; nil when the input is empty
}

// Error words it as AWS does.
func (e *InputError) Error() string {
	return fmt.Sprintf("Invalid State Machine Execution Input: '%s'", e.Reason)
}

// Unwrap returns Err.
func (e *InputError) Unwrap() error { return e.Err }

// Code returns "InvalidExecutionInput".
func (e *InputError) Code() string { return "InvalidExecutionInput" }

// OutputError refuses the output of a SendTaskSuccess that is no JSON. One that is too long is refused with a *[ValidationError].
type OutputError struct {
	Reason string
	Err    error
}

// Error words it as AWS does.
func (e *OutputError) Error() string { return fmt.Sprintf("Invalid Output: '%s'", e.Reason) }

// Unwrap returns Err.
func (e *OutputError) Unwrap() error { return e.Err }

// Code returns "InvalidOutput".
func (e *OutputError) Code() string { return "InvalidOutput" }

// NameError refuses the name of a machine, an activity or an execution for a character: white space, control characters and any of
// <>{}[]?*"#%\^|~`$&,;:/. A name that is empty or has more than 80 characters is refused with a *[ValidationError].
type NameError struct{ Name string }

// Error words it as AWS does.
func (e *NameError) Error() string { return fmt.Sprintf("Invalid Name: '%s'", e.Name) }

// Code returns "InvalidName".
func (e *NameError) Code() string { return "InvalidName" }

// ARNError refuses a text that is not the ARN it should be.
type ARNError struct {
	ARN  string
	Type string // of the resource, when that is what is wrong: "express"
}

// Error words it as AWS does.
func (e *ARNError) Error() string {
	if e.Type != "" {
		return fmt.Sprintf("Invalid Arn: 'Resource type not valid in this context: %s'", e.Type)
	}
	return fmt.Sprintf("Invalid Arn: 'Invalid ARN prefix: %s'", e.ARN)
}

// Code returns "InvalidArn".
func (e *ARNError) Code() string { return "InvalidArn" }

// TokenError refuses a task token: it was never one, or the task does not wait any more.
type TokenError struct {
	Closed  bool // the token was good once: the task has been answered, has timed out, or its execution has ended
	Missing bool // the token was good once, and the store no longer knows the execution it belongs to
}

// Error words it as AWS does.
func (e *TokenError) Error() string {
	switch {
	case e.Closed:
		return "Task Timed Out: 'Provided task does not exist anymore'"
	case e.Missing:
		return "Task Does Not Exist: 'Provided task does not exist'"
	}
	return "Invalid Token: 'Invalid token'"
}

// Code returns "TaskTimedOut", "TaskDoesNotExist" or "InvalidToken".
func (e *TokenError) Code() string {
	switch {
	case e.Closed:
		return "TaskTimedOut"
	case e.Missing:
		return "TaskDoesNotExist"
	}
	return "InvalidToken"
}

// ExecutionError is how Wait reports an execution that did not succeed.
type ExecutionError struct {
	ID     ID
	Status states.Status // Failed, TimedOut or Aborted
	Name   string        // the error name; empty when there is none
	Cause  string
}

// Error tells status, error name and cause.
func (e *ExecutionError) Error() string {
	s := fmt.Sprintf("execution %s: %s", e.ID, e.Status)
	if e.Name != "" {
		s += ": " + e.Name
	}
	if e.Cause != "" {
		s += ": " + e.Cause
	}
	return s
}

// StoreError says that the store failed. What was asked for may or may not have become durable; asking again is safe when the
// execution has a name.
type StoreError struct {
	Op  string // "start", "load", …
	Err error
}

// Error tells the operation and the store's error.
func (e *StoreError) Error() string { return fmt.Sprintf("engine: %s: %v", e.Op, e.Err) }

// Unwrap returns the store's error.
func (e *StoreError) Unwrap() error { return e.Err }

// HaltedError says that an execution cannot go on in this process because of a bug in Gait. It stays as it is in the store;
// an engine without the bug goes on with it. It can be stopped.
type HaltedError struct {
	ID     ID
	Reason string
}

// Error tells the reason.
func (e *HaltedError) Error() string {
	return fmt.Sprintf("engine: execution %s is halted: %s", e.ID, e.Reason)
}

// UnreadableError says that what is stored of an execution is of no use to this engine: bytes that nobody wrote like that, or a definition
// that does not compile. The execution stays as it is in the store, and an engine that can read it goes on with it. It can be stopped,
// which leaves nothing to redrive.
type UnreadableError struct {
	ID  ID
	Err error // what is wrong
}

// Error tells what is wrong.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("engine: execution %s cannot be loaded: %v", e.ID, e.Err)
}

// Unwrap returns Err.
func (e *UnreadableError) Unwrap() error { return e.Err }

// storeError returns an error that came from loading an execution: itself when it says what is wrong with the execution, else that of the
// store.
func storeError(op string, err error) error {
	if _, is := errors.AsType[*UnreadableError](err); is {
		return err
	}
	return &StoreError{Op: op, Err: err}
}

// TasksError lists the Task states of a definition that nothing is registered for.
type TasksError struct{ Missing []MissingTask }

// MissingTask is a Task state without a handler.
type MissingTask struct{ State, Resource string }

// Error names the first few states.
func (e *TasksError) Error() string {
	s := fmt.Sprintf("engine: %d Task states have no handler", len(e.Missing))
	for i, m := range e.Missing {
		if i == 5 {
			return s + ", …"
		}
		s += fmt.Sprintf(", %q (%s)", m.State, m.Resource)
	}
	return s
}
