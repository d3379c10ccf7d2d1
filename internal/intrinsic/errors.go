package intrinsic

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// The error names an [Error] has.
const (
	IntrinsicFailure = "States.IntrinsicFailure" // an argument has a value that the function cannot work with
	Runtime          = "States.Runtime"          // a path finds nothing, or the number of arguments is wrong
)

// ParseError says why a text is not a call.
type ParseError struct {
	Call    string
	Offset  int    // in bytes, from 0
	Message string // what was found and what was expected
	Arity   bool   // the text is well-formed, only the number of arguments is wrong: Parse returns the call too
	Err     error  // the *jsonpath.SyntaxError of an argument, or nil
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("intrinsic: %.64q at %d: %s", e.Call, e.Offset, e.Message)
}

// Unwrap returns the error of a path among the arguments.
func (e *ParseError) Unwrap() error { return e.Err }

// Error says why a call has no value.
type Error struct {
	Name   string // States.IntrinsicFailure or States.Runtime
	Call   string // the outermost call, as it was written
	Reason string
	Err    error // of package jsonpath, or nil
}

func (e *Error) Error() string { return e.Name + ": " + e.Cause() }

// Unwrap returns the error of a path among the arguments.
func (e *Error) Unwrap() error { return e.Err }

// Cause returns AWS's cause, without the prefix that names the state.
func (e *Error) Cause() string {
	return "The function '" + e.Call + "' had the following error: " + e.Reason
}

// failure is the reason for which a function has no value; Eval makes an Error of it.
type failure string

func (f failure) Error() string { return string(f) }

func failf(format string, args ...any) error { return failure(fmt.Sprintf(format, args...)) }

// arityError is the reason for which a call with the wrong number of arguments has no value.
type arityError string

func (e arityError) Error() string { return string(e) }

// wrap turns what went wrong inside of a call into an Error.
func (c *Call) wrap(err error, input value.Value) *Error {
	e := &Error{Name: IntrinsicFailure, Call: c.text, Reason: err.Error()}
	var missing *pathError
	if errors.As(err, &missing) {
		e.Name, e.Reason, e.Err = Runtime, missing.reason(input), missing.err
	}
	var arity arityError
	if errors.As(err, &arity) {
		e.Name = Runtime
	}
	return e
}

// pathError is a path argument that could not be evaluated.
type pathError struct {
	path *jsonpath.Path
	err  error
}

func (e *pathError) Error() string { return e.err.Error() }

// reason words the error as AWS does: Jayway's own sentence when the path meets a value of the wrong kind, and a sentence about the
// argument when the value is missing. A context path is printed without its first "$" and the state input beside it.
func (e *pathError) reason(input value.Value) string {
	var missing *jsonpath.NotFoundError
	if !errors.As(e.err, &missing) {
		return e.err.Error()
	}
	switch missing.Reason {
	case jsonpath.NoResults, jsonpath.IndexOutOfRange, jsonpath.MissingProperty:
		field := e.path.String()
		if e.path.Root() == jsonpath.Context {
			field = strings.TrimPrefix(field, "$")
		}
		return "The JsonPath argument for the field '" + field + "' could not be found in the input '" + input.JSON() + "'"
	default:
		return missing.Detail
	}
}
