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

	// MapRuns are those of the distributed Maps, in the order in which they were started; Children are their child executions.
	// Calls and Retries are those of all of them.
	MapRuns  []MapRun
	Children []Child
}

// MapRun is what came of a map run.
type MapRun struct {
	ARN    string
	Status string // as that of an execution
	Items  int64  // of which Failed failed
	Failed int64
}

// Child is a child execution of a map run, or a nested execution: one that a task has started. Its Result has no Calls, Retries, MapRuns and Children: those of the whole run are
// told together.
type Child struct {
	MapRun int // index in Result.MapRuns; -1 for a nested execution
	Index  int // in the order of the items, or of the batches; -1 for a nested execution
	ARN    string
	Input  string // JSON text
	*Result
}
