package asltest

import (
	"errors"
	"time"

	"github.com/gait-engine/gait/history"
)

// ErrBudget is the error of [Run] when the execution took more steps or events than Options allow.
var ErrBudget = errors.New("asltest: the execution took too many steps or events")

// Result is what happened. Its slices belong to the caller.
type Result struct {
	Status string // "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"; "RUNNING" when the run ended before the execution did
	Output string // JSON text; "" unless it succeeded
	// Error and Cause are nil when absent.
	Error, Cause *string
	Elapsed      time.Duration // virtual
	Events       []history.Event
	// Stalled is set when Status is RUNNING and nothing can happen any more: the execution waits for answers that never come.
	Stalled bool

	// Calls are the task calls in the order in which they were scheduled.
	Calls []Call
	// Retries counts the retries of each state that was retried, over all its visits.
	Retries map[string]int
}
