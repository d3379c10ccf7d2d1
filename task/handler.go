package task

import (
	"context"
	"encoding/json"
)

// Handler does the work of a Task state. It is called from many goroutines at once, and may be called more than once for one
// Request.Key; see [Request].
//
// The output becomes the state's result by encoding/json; a json.RawMessage is taken as it is. The error becomes an ASL error
// as [ErrorOf] says. ctx ends when the task has timed out, its execution was stopped, or the host is closing; what a handler
// returns after that is not looked at. ctx.Deadline tells when the state's TimeoutSeconds runs out.
type Handler interface {
	ServeTask(ctx context.Context, req *Request) (output any, err error)
}

// HandlerFunc makes a Handler of a function.
type HandlerFunc func(ctx context.Context, req *Request) (output any, err error)

// ServeTask calls f.
func (f HandlerFunc) ServeTask(ctx context.Context, req *Request) (any, error) { return f(ctx, req) }

// Request is one delivery of one attempt of a Task state. It belongs to the handler, which may keep it but not after its
// return call Heartbeat.
type Request struct {
	Resource  string          // as written in the definition
	Input     json.RawMessage // the state's effective input, after Parameters or Arguments; compact JSON
	Key       string          // idempotency key: the same for every delivery of one attempt, another for each attempt
	Attempt   int             // 0 for the first try, then the retry count, as in $$.State.RetryCount
	Delivery  int             // 1 normally; 2 when an earlier host may have made this call already
	Token     Token           // empty unless the resource ends in .waitForTaskToken or is an activity or is a [Job]'s
	RoleARN   string          // of Credentials; "" for the role of the execution
	Region    string          // for a [Caller]: the region that the resource names; "" for that of the state machine
	Execution string          // ARN
	Machine   string          // name of the state machine
	State     string          // name of the state

	// Beat is set by the host; handlers call Heartbeat.
	Beat func(ctx context.Context) error
}

// Heartbeat reports that the work is still going on: HeartbeatSeconds of the state counts from now again. It returns when the
// host has taken the report, with an error when the task no longer waits for this attempt. Without a host that listens it
// returns nil.
func (r *Request) Heartbeat(ctx context.Context) error {
	if r.Beat == nil {
		return nil
	}
	return r.Beat(ctx)
}

// Token is opaque to handlers; pass it to whoever will answer for the task later.
type Token string

type requestKey struct{}

// RequestFrom returns the request that a handler made with [Func] is working on. It reports false outside of [Call].
func RequestFrom(ctx context.Context) (*Request, bool) {
	r, ok := ctx.Value(requestKey{}).(*Request)
	return r, ok
}
