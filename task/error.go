package task

import (
	"context"
	"errors"
	"fmt"
)

// The error names that this package gives by itself.
const (
	// TaskFailed is the name of every failure that brings no name of its own.
	TaskFailed = "States.TaskFailed"
	// Timeout is the name of a failure by a deadline of the handler's own.
	Timeout = "States.Timeout"
)

// Error is a failure with an error name that Retry and Catch can match. Name may be any text without spaces that does not
// begin with "States.", by custom "Service.Problem"; an empty Name means States.TaskFailed.
type Error struct {
	Name  string // at most 256 characters are shown in a history
	Cause string // a sentence for people; at most 32,768 characters
}

// Error returns "name: cause".
func (e *Error) Error() string {
	name, cause := e.ASLError()
	if cause == "" {
		return name
	}
	return name + ": " + cause
}

// ASLError returns the error name and the cause.
func (e *Error) ASLError() (name, cause string) {
	if e.Name == "" {
		return TaskFailed, e.Cause
	}
	return e.Name, e.Cause
}

// Named is implemented by errors that know their ASL error name. [*Error] does; an application's own error types may.
type Named interface {
	error
	ASLError() (name, cause string)
}

// Errorf returns an *Error whose cause is formatted as by fmt.Sprintf.
func Errorf(name, format string, args ...any) *Error {
	return &Error{Name: name, Cause: fmt.Sprintf(format, args...)}
}

// ErrorOf returns the ASL error that a handler's error stands for; nil for nil.
//
// The first [Named] error in the chain decides both name and cause. A chain with context.DeadlineExceeded becomes
// States.Timeout. Everything else becomes States.TaskFailed. The cause of the last two is the error's text.
func ErrorOf(err error) *Error {
	if err == nil {
		return nil
	}
	var named Named
	if errors.As(err, &named) {
		name, cause := named.ASLError()
		if name == "" {
			name = TaskFailed
		}
		return &Error{Name: name, Cause: cause}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Name: Timeout, Cause: err.Error()}
	}
	return &Error{Name: TaskFailed, Cause: err.Error()}
}
