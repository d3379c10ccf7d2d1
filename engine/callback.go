package engine

import (
	"context"
	"fmt"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// SendTaskSuccess answers the task that t was given to with its result, JSON of at most Limits.Payload bytes, and returns when
// that is durable.
//
// Errors: *[TokenError], *[OutputError], *[StoreError].
func (e *Engine) SendTaskSuccess(ctx context.Context, t task.Token, output []byte) error {
	ref, err := e.openToken(ctx, t)
	if err != nil {
		return err
	}
	if limit := e.cfg.Limits.Payload; limit > 0 && len(output) > limit {
		return &OutputError{Reason: fmt.Sprintf("the output has %d bytes, the limit is %d", len(output), limit)}
	}
	doc, err := value.Parse(output)
	if err != nil {
		return &OutputError{Reason: err.Error(), Err: err}
	}
	return e.send(ctx, ref.Exec, states.TaskSucceeded{Ref: ref, Output: doc}, ref)
}

// SendTaskFailure fails the task that t was given to and returns when that is durable. Empty strings leave the error name and
// the cause absent: a catcher then sees null.
//
// Errors: *[TokenError], *[StoreError].
func (e *Engine) SendTaskFailure(ctx context.Context, t task.Token, errName, cause string) error {
	ref, err := e.openToken(ctx, t)
	if err != nil {
		return err
	}
	failure := states.Failure{Name: text(errName), Cause: text(cause), Nulls: true, Task: true}
	return e.send(ctx, ref.Exec, states.TaskFailed{Ref: ref, Failure: failure}, ref)
}

// SendTaskHeartbeat reports that the task that t was given to is still being worked on: HeartbeatSeconds counts from now again.
//
// Errors: *[TokenError], *[StoreError].
func (e *Engine) SendTaskHeartbeat(ctx context.Context, t task.Token) error {
	ref, err := e.openToken(ctx, t)
	if err != nil {
		return err
	}
	return e.send(ctx, ref.Exec, states.Heartbeat{Ref: ref}, ref)
}

// openToken returns the wait that a token stands for.
func (e *Engine) openToken(ctx context.Context, t task.Token) (states.Ref, error) {
	if err := e.enter(ctx); err != nil {
		return states.Ref{}, err
	}
	ref, err := states.OpenToken(e.owner.TokenKey, string(t))
	if err != nil {
		return states.Ref{}, &TokenError{}
	}
	return ref, nil
}
