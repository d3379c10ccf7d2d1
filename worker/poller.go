package worker

import (
	"context"
	"errors"

	"github.com/gait-engine/gait/task"
)

// Poller is where tasks come from and answers go to. Its methods are called from many goroutines at once. An *engine.Engine is one.
//
// Errors that have a method Code() string tell by it, in the names of AWS, what an answer met: "TaskTimedOut", "TaskDoesNotExist"
// and "InvalidToken" end the work on a task, "InvalidOutput" and "ValidationException" fail it. Errors without a code are taken for
// passing troubles, and the call is made again.
type Poller interface {
	// GetActivityTask waits for a task of an activity, for some time; nil without an error says that there was none. When ctx ends,
	// it returns soon, and a task must not be lost by that.
	GetActivityTask(ctx context.Context, activity, worker string) (*task.ActivityTask, error)
	// SendTaskSuccess answers a task with its result, which is JSON.
	SendTaskSuccess(ctx context.Context, token task.Token, output []byte) error
	// SendTaskFailure answers a task with an error name and a cause.
	SendTaskFailure(ctx context.Context, token task.Token, errName, cause string) error
	// SendTaskHeartbeat says that a task is still worked on.
	SendTaskHeartbeat(ctx context.Context, token task.Token) error
}

// code returns the name that AWS has for an error, "" when it has none.
func code(err error) string {
	var coded interface {
		error
		Code() string
	}
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return ""
}

// closed reports whether an answer or heartbeat failed because its task does not wait any more.
func closed(err error) bool {
	switch code(err) {
	case "TaskTimedOut", "TaskDoesNotExist", "InvalidToken":
		return true
	}
	return false
}

// hopeless reports whether asking for tasks again cannot help.
func hopeless(err error) bool {
	switch code(err) {
	case "ActivityDoesNotExist", "InvalidArn", "ValidationException", "AccessDeniedException":
		return true
	}
	return false
}
