package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// MapRun is what DescribeMapRun tells: what a distributed Map is doing, or has done.
type MapRun struct {
	ARN              ID
	Execution        ID     // whose Map state it is
	MachineARN       string // with the label of the Map state
	Status           states.Status
	Started, Stopped time.Time // Stopped is zero while it is running
	Redrives         int

	MaxConcurrency             int     // child executions at once; 0: no limit of its own
	ToleratedFailureCount      int64   // 0 also when there is none
	ToleratedFailurePercentage float64 // as well

	Items      MapRunCounts // of the items
	Executions MapRunCounts // of the child executions; the same numbers without an ItemBatcher
}

// MapRunCounts counts items or child executions of a map run by what became of them.
type MapRunCounts struct {
	Pending, Running, Succeeded, Failed, TimedOut, Aborted, Total int64
	ResultsWritten                                                int64 // 0 while it is running
}

// MapRunNotFoundError says that there is no such map run.
type MapRunNotFoundError struct{ ARN ID }

// Error returns AWS's message, with the ARN.
func (e *MapRunNotFoundError) Error() string { return fmt.Sprintf("Resource not found: '%s'", e.ARN) }

// Code returns "ResourceNotFound".
func (e *MapRunNotFoundError) Code() string { return "ResourceNotFound" }

// DescribeMapRun returns a map run as the store has it. One that is still reading its items shows none.
//
// Errors: *[MapRunNotFoundError], *[ARNError], *[StoreError].
//
// Source: API reference, DescribeMapRun.
func (e *Engine) DescribeMapRun(ctx context.Context, arn ID) (MapRun, error) {
	if err := e.enter(ctx); err != nil {
		return MapRun{}, err
	}
	key, name, err := e.arns.splitRun(arn)
	if err != nil {
		return MapRun{}, err
	}
	x, err := e.find(ctx, key, name)
	if missing(err) {
		if d, ok := e.plannedRun(ctx, arn, name); ok {
			return d, nil
		}
		return MapRun{}, &MapRunNotFoundError{ARN: arn}
	}
	var d MapRun
	if err == nil {
		d, err = e.describeRun(ctx, arn, x.ID)
	}
	if err != nil {
		return MapRun{}, &StoreError{Op: "describe map run", Err: err}
	}
	return d, nil
}

// plannedRun describes a map run whose plan is being made.
func (e *Engine) plannedRun(ctx context.Context, arn ID, name string) (MapRun, bool) {
	index, err := readPlanIndex(ctx, e.store, name)
	if err != nil {
		return MapRun{}, false
	}
	parent, x, err := e.load(ctx, index.Exec)
	if err != nil || x.Status != states.Running {
		return MapRun{}, false
	}
	for _, f := range parent.x.Frames {
		if waitsForRun(f) && f.Run.ARN == string(arn) {
			_, label, _ := labelled(index.Machine)
			return MapRun{ARN: arn, Execution: parent.arn, MachineARN: labelledMachine(parent.machine, label).arn,
				Started: clockTime(f.Entered), MaxConcurrency: int(f.Run.Concurrency), ToleratedFailureCount: f.Run.ToleratedCount,
				ToleratedFailurePercentage: f.Run.ToleratedPercentage}, true
		}
	}
	return MapRun{}, false
}

func (e *Engine) describeRun(ctx context.Context, arn ID, id states.ExecID) (MapRun, error) {
	l, x, err := e.load(ctx, id)
	if err != nil {
		return MapRun{}, err
	}
	r := l.x.Run
	if r == nil || l.origin.MapRun == nil {
		return MapRun{}, errors.New("engine: it is no map run")
	}
	d := MapRun{ARN: arn, MachineARN: l.machine.arn, Status: x.Status, Started: clockTime(x.Started), Stopped: clockTime(x.Stopped),
		Redrives: int(x.Redrives), MaxConcurrency: int(r.Concurrency), ToleratedFailureCount: r.ToleratedCount, ToleratedFailurePercentage: r.ToleratedPercentage}
	parent, err := e.store.Load(ctx, l.origin.MapRun.Exec)
	if err != nil {
		return MapRun{}, err
	}
	d.Execution = e.arns.of(parent.Machine, parent.Name, false)
	running, err := e.itemsRunning(ctx, r)
	if err != nil {
		return MapRun{}, err
	}
	d.Executions = countsOf(r.Children, int64(len(r.Running)), int64(r.Planned))
	d.Items = countsOf(r.Done, running, r.Items)
	if x.Status != states.Running {
		d.Executions.ResultsWritten, d.Items.ResultsWritten = r.Written, r.Written
		if int64(r.Planned) != r.Items && r.Written > 0 { // batches
			d.Items.ResultsWritten = r.Done.Succeeded
		}
	}
	return d, nil
}

func countsOf(c states.RunCounts, running, total int64) MapRunCounts {
	return MapRunCounts{Pending: total - running - c.Succeeded - c.Failed - c.TimedOut - c.Aborted, Running: running, Succeeded: c.Succeeded,
		Failed: c.Failed, TimedOut: c.TimedOut, Aborted: c.Aborted, Total: total}
}

// itemsRunning counts the items of the child executions that run.
func (e *Engine) itemsRunning(ctx context.Context, r *states.MapRun) (n int64, err error) {
	if int64(r.Planned) == r.Items {
		return int64(len(r.Running)), nil
	}
	p := plan{store: e.store, run: r.Name()}
	for _, child := range r.Running {
		c, err := p.child(ctx, child)
		if err != nil {
			return 0, err
		}
		n += c.Items
	}
	return n, nil
}

// ListMapRuns returns the map runs of an execution, in the order in which they were started. An error ends the sequence, beside a
// zero MapRun.
//
// Errors: *[NotFoundError], *[ARNError], *[StoreError].
//
// Source: API reference, ListMapRuns.
func (e *Engine) ListMapRuns(ctx context.Context, execution ID) iter.Seq2[MapRun, error] {
	return func(yield func(MapRun, error) bool) {
		for ev, err := range e.History(ctx, execution) {
			if err != nil {
				yield(MapRun{}, err)
				return
			}
			if ev.Type != states.MapRunStarted.String() {
				continue
			}
			d, err := e.DescribeMapRun(ctx, ID(ev.Details.MapRunARN))
			var unknown *MapRunNotFoundError
			if errors.As(err, &unknown) { // it is about to be made
				d, err = MapRun{ARN: unknown.ARN, Execution: execution, Started: ev.Timestamp}, nil
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// MapRunUpdate says what to change of a map run. Nil leaves things as they are.
type MapRunUpdate struct {
	MaxConcurrency             *int
	ToleratedFailureCount      *int64
	ToleratedFailurePercentage *float64
}

// UpdateMapRun changes a map run that is going on, at once, and returns when that is durable.
//
// Errors: *[ValidationError] for an update that changes nothing, a number out of range and a map run that has ended or that
// still reads its items, *[MapRunNotFoundError], *[ARNError], *[StoreError].
//
// Source: API reference, UpdateMapRun.
func (e *Engine) UpdateMapRun(ctx context.Context, arn ID, u MapRunUpdate) error {
	in := states.UpdateRun{ToleratedCount: u.ToleratedFailureCount, ToleratedPercentage: u.ToleratedFailurePercentage}
	switch {
	case u == MapRunUpdate{}:
		return &ValidationError{Message: "At least one of MaxConcurrency, ToleratedFailurePercentage and ToleratedFailureCount must be given.",
			Reason: "MISSING_REQUIRED_PARAMETER"}
	case u.MaxConcurrency != nil && (*u.MaxConcurrency < 0 || *u.MaxConcurrency > 1<<31-1):
		return invalid("maxConcurrency", fmt.Sprint(*u.MaxConcurrency), "Member must have value greater than or equal to 0")
	case u.ToleratedFailureCount != nil && *u.ToleratedFailureCount < 0:
		return invalid("toleratedFailureCount", fmt.Sprint(*u.ToleratedFailureCount), "Member must have value greater than or equal to 0")
	case u.ToleratedFailurePercentage != nil && !(*u.ToleratedFailurePercentage >= 0 && *u.ToleratedFailurePercentage <= 100):
		return invalid("toleratedFailurePercentage", fmt.Sprint(*u.ToleratedFailurePercentage), "Member must have value between 0 and 100")
	}
	if u.MaxConcurrency != nil {
		n := int32(*u.MaxConcurrency)
		in.Concurrency = &n
	}
	if err := e.enter(ctx); err != nil {
		return err
	}
	key, name, err := e.arns.splitRun(arn)
	if err != nil {
		return err
	}
	x, err := e.find(ctx, key, name)
	if missing(err) {
		return &MapRunNotFoundError{ARN: arn}
	}
	if err != nil {
		return &StoreError{Op: "update map run", Err: err}
	}
	if x.Status == states.Running {
		err = e.send(ctx, x.ID, in, states.Ref{})
		var ended *TokenError
		if !errors.As(err, &ended) {
			return err
		}
	}
	return &ValidationError{Message: "The map run has completed and cannot be updated.", Reason: "CANNOT_UPDATE_COMPLETED_MAP_RUN"}
}

// children selects the executions of a list: those of a map run, or those that are none's.
func (e *Engine) children(ctx context.Context, f Filter, q *store.Query) (skip func(*store.Execution) bool, err error) {
	if f.MapRun == "" {
		return func(x *store.Execution) bool {
			_, _, ok := labelled(x.Machine)
			return ok && f.Machine == ""
		}, nil
	}
	if f.Machine != "" {
		return nil, &ValidationError{Message: "Only one of the state machine ARN and the Map Run ARN can be specified"}
	}
	if _, err := e.DescribeMapRun(ctx, f.MapRun); err != nil {
		return nil, err
	}
	key, name, err := e.arns.splitRun(f.MapRun)
	if err != nil {
		return nil, err
	}
	q.Machine, q.Brief = childKey(key, name), false
	return func(*store.Execution) bool { return false }, nil
}
