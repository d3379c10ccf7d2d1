package task

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
)

// Call runs h once and returns its result as JSON, or its failure. It is for hosts.
//
// A handler that panics fails with States.TaskFailed and a cause that names the panic value; the process lives on. A result
// that encoding/json refuses fails with States.TaskFailed too. An absent result (nil) is null. A json.RawMessage is returned
// unread: the host parses it, and words its failure with [NoJSON]. The request can be had from the handler's context with
// [RequestFrom]. A handler that calls runtime.Goexit ends the goroutine of the caller.
func Call(ctx context.Context, h Handler, req *Request) (output json.RawMessage, failure *Error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		output = nil
		p := recover()
		if p == nil {
			failure = &Error{Name: TaskFailed, Cause: "the handler of " + quote(req.Resource) + " ended its goroutine"}
			return
		}
		failure = &Error{Name: TaskFailed, Cause: fmt.Sprintf("the handler of %s panicked: %v%s", quote(req.Resource), p, where())}
	}()
	out, err := h.ServeTask(context.WithValue(ctx, requestKey{}, req), req)
	returned = true
	if err != nil {
		return nil, ErrorOf(err)
	}
	output, err = encode(out)
	if err != nil {
		return nil, NoJSON(req.Resource, err)
	}
	return output, nil
}

// NoJSON returns the failure of a handler whose result is not JSON.
func NoJSON(resource string, err error) *Error {
	return Errorf(TaskFailed, "the handler of %s returned no JSON: %v", quote(resource), err)
}

// encode returns out as JSON text. A marshaller of the handler's may panic: that counts as an error.
func encode(out any) (text json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			text, err = nil, fmt.Errorf("%T panicked while it was encoded: %v", out, p)
		}
	}()
	raw, ok := out.(json.RawMessage)
	if !ok {
		return json.Marshal(out)
	}
	if raw == nil {
		return json.RawMessage("null"), nil
	}
	return raw, nil
}

// where returns " at file:line" of the statement that panicked, "" when it cannot be told.
func where() string {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	for {
		f, more := frames.Next()
		if f.Function != "" && !isRuntime(f.Function) {
			return fmt.Sprintf(" at %s:%d", f.File, f.Line)
		}
		if !more {
			return ""
		}
	}
}

func isRuntime(function string) bool {
	const prefix = "runtime."
	return len(function) > len(prefix) && function[:len(prefix)] == prefix
}

// quote returns s in double quotes, cut to 64 bytes.
func quote(s string) string {
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	return fmt.Sprintf("%q", s)
}
