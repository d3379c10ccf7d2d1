package engine

import (
	"context"
	"errors"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// SendTaskSuccess answers the task that t was given to with its result, JSON of at most Limits.Payload bytes, and returns when
// that is durable.
//
// Errors: *[TokenError], *[OutputError], *[ValidationError] for an output that is too long, *[StoreError].
func (e *Engine) SendTaskSuccess(ctx context.Context, t task.Token, output []byte) error {
	ref, err := e.openToken(ctx, t)
	if err != nil {
		return err
	}
	if limit := e.cfg.Limits.Payload; limit > 0 && len(output) > limit {
		return invalidSecret("output", tooLong(limit))
	}
	doc, err := value.Parse(output)
	if err != nil {
		return &OutputError{Reason: jsonFault(output, err), Err: err}
	}
	return e.answer(ctx, states.TaskSucceeded{Ref: ref, Output: doc}, ref)
}

// SendTaskFailure fails the task that t was given to and returns when that is durable. Empty strings leave the error name and
// the cause absent: a catcher then sees null.
//
// Errors: *[TokenError], *[ValidationError] for an error name of more than 256 characters or a cause of more than 32,768,
// *[StoreError].
func (e *Engine) SendTaskFailure(ctx context.Context, t task.Token, errName, cause string) error {
	ref, err := e.openToken(ctx, t)
	if err != nil {
		return err
	}
	if err := checkFailure(errName, cause); err != nil {
		return err
	}
	failure := states.Failure{Name: text(errName), Cause: text(cause), Nulls: true, Task: true}
	return e.answer(ctx, states.TaskFailed{Ref: ref, Failure: failure, Callback: true}, ref)
}

// SendTaskHeartbeat reports that the task that t was given to is still being worked on: HeartbeatSeconds counts from now again.
//
// Errors: *[TokenError], *[StoreError].
func (e *Engine) SendTaskHeartbeat(ctx context.Context, t task.Token) error {
	ref, err := e.openToken(ctx, t)
	if err != nil {
		return err
	}
	return e.answer(ctx, states.Heartbeat{Ref: ref}, ref)
}

// jsonFault words why a text is no JSON, as AWS does where it would refuse it too.
func jsonFault(text []byte, err error) string {
	if reason := asl.JSONFault(string(text)); reason != "" {
		return reason
	}
	return err.Error()
}

// answer sends what came with a token.
func (e *Engine) answer(ctx context.Context, in states.Input, ref states.Ref) error {
	err := e.send(ctx, ref.Exec, in, ref)
	if _, missing := errors.AsType[*NotFoundError](err); missing {
		return &TokenError{Missing: true}
	}
	return err
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
