package engine

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// Summary is what a list tells of an execution.
type Summary struct {
	ID               ID
	Machine          string
	Revision         int64
	Name             string
	Status           states.Status
	Started, Stopped time.Time // Stopped is zero while it is running
	Events           int64     // in its history
	Redrives         int
	Redriven         time.Time // the last time; zero: never
	VersionARN       string    // of the version that runs, when one was asked for or an alias chose it
	AliasARN         string    // of the alias that was asked for

	MapRun ID    // of a child execution: the map run that it belongs to
	Items  int64 // it works on; known to Describe and in lists of a map run
}

// Description is everything about an execution but its history.
type Description struct {
	Summary
	MachineARN    string
	TraceHeader   string
	RoleARN       string
	Input         json.RawMessage
	Output        json.RawMessage // of one that succeeded
	Error, Cause  string          // of one that did not; empty when absent, as for one that timed out
	RedriveStatus RedriveStatus
	RedriveReason string    // why it cannot be redriven; empty when it can be
	Parent        ID        // of one that a task started: the execution of the task; empty for others
	Waiting       []Waiting // of a running one: what each line of control is doing, in the order of the frames
}

// Waiting says what one line of control of a running execution waits for.
type Waiting struct {
	State   string    // name of the current state
	Type    asl.Type  // of the state
	For     WaitKind  // what it waits for
	Index   int       // of the branch or the item; -1 on the top level
	Since   time.Time // when the state was entered
	Until   time.Time // when the wait ends by itself: the timer, the next attempt, the timeout; zero: never
	Attempt int       // 0 for the first try, then the number of the retry

	Resource  string    // of a task; of a distributed Map the ARN of its map run
	Started   bool      // an activity's work, or a job, has begun
	Worker    string    // who works on it, if it told a name
	Handle    string    // of the job, or the ARN of the child execution
	Heartbeat time.Time // when the heartbeat runs out; zero: never

	Running, Done, Total int // of the branches or iterations that it waits for
}

// WaitKind is what a line of control waits for.
type WaitKind string

// The kinds of waits.
const (
	ForTask     WaitKind = "task"     // the result of a handler or a worker
	ForCallback WaitKind = "callback" // SendTaskSuccess or SendTaskFailure
	ForJob      WaitKind = "job"      // the end of a job or of a child execution
	ForTimer    WaitKind = "timer"    // a Wait state
	ForRetry    WaitKind = "retry"    // the pause before the next attempt
	ForBranches WaitKind = "branches" // the branches of a Parallel or the iterations of a Map
	ForMapRun   WaitKind = "map run"  // the map run of a distributed Map, whose ARN is Resource
	ForEngine   WaitKind = "engine"   // nothing: it goes on at once
)

// Describe returns an execution as the store has it. Beside an *[UnreadableError] it returns what is known all the same, at least the Summary.
//
// Other errors: *[NotFoundError], *[ARNError], *[StoreError].
func (e *Engine) Describe(ctx context.Context, id ID) (Description, error) {
	d, by, err := e.describe(ctx, id)
	if d.Status == states.TimedOut {
		d.Error = "" // as recorded; a parent that waits for the execution sees States.Timeout
	}
	if by != nil && err == nil {
		d.Parent, err = e.idOf(ctx, by.Exec)
	}
	return d, err
}

// idOf returns the ARN of an execution by its number, "" when it is not there any more.
func (e *Engine) idOf(ctx context.Context, n states.ExecID) (ID, error) {
	found, err := e.store.Find(ctx, store.Query{Before: n + 1, Limit: 1})
	if err != nil {
		return "", &StoreError{Op: "find", Err: err}
	}
	if len(found) == 0 || found[0].ID != n {
		return "", nil
	}
	s, err := e.summary(&found[0])
	return s.ID, err
}

// describe tells also what the execution was started for.
func (e *Engine) describe(ctx context.Context, id ID) (Description, *parent, error) {
	n, err := e.resolve(ctx, id)
	if err != nil {
		return Description{}, nil, err
	}
	l, stored, err := e.load(ctx, n)
	if _, damaged := errors.AsType[*UnreadableError](err); damaged {
		known, _ := e.summary(&stored)
		return Description{Summary: known, MachineARN: e.arns.machine + stored.Machine, Input: stored.Input}, nil, err
	}
	if err != nil {
		return Description{}, nil, &StoreError{Op: "describe", Err: err}
	}
	summary, err := e.summary(&stored)
	if err != nil {
		return Description{}, nil, err
	}
	d := Description{Summary: summary, TraceHeader: l.origin.Trace, MachineARN: l.machine.arn, RoleARN: l.machine.role, Input: stored.Input}
	d.Redriven = clockTime(l.x.LastRedrive())
	if d.RedriveStatus, d.RedriveReason, err = e.redrivable(ctx, &stored, l.x); err != nil {
		return Description{}, nil, err
	}
	if stored.Status == states.Running {
		d.Waiting = waitingOf(l.machine.asl, l.x)
		return d, l.origin.Parent, nil
	}
	o, err := pack.Outcome(stored.Outcome)
	if err != nil {
		return Description{}, nil, &StoreError{Op: "describe", Err: err}
	}
	r := resultOf(id, stored.Started, o)
	d.Output, d.Error, d.Cause = r.Output, r.Error, r.Cause
	return d, l.origin.Parent, nil
}

func (e *Engine) summary(x *store.Execution) (Summary, error) {
	o, err := originOf(x.Settings)
	s := Summary{ID: e.arns.of(x.Machine, x.Name, o.express()), Machine: x.Machine, Revision: x.Revision, Name: x.Name, Status: x.Status,
		Started: clockTime(x.Started), Stopped: clockTime(x.Stopped), Events: x.Events, Redrives: int(x.Redrives),
		VersionARN: e.arns.versionARN(x.Machine, o.Version), AliasARN: e.arns.aliasARN(x.Machine, o.Alias)}
	if key, ok := splitChildKey(x.Machine); ok {
		s.Machine, s.MapRun = key, ID(e.arns.mapRun+x.Machine)
	}
	if o.Child != nil {
		s.Items = o.Child.Items
	}
	return s, err
}

// waitingOf describes the frames of a running execution.
func waitingOf(m *asl.Machine, x *states.Execution) []Waiting {
	var all []Waiting
	for _, f := range x.Frames {
		if f == nil || f.Phase == states.Done {
			continue
		}
		s := m.Flows[f.Flow].States[f.State]
		c := s.Common()
		w := Waiting{State: c.Name, Type: c.Type, For: ForEngine, Index: int(f.Index), Since: clockTime(f.Entered),
			Until: clockTime(f.Due), Attempt: int(f.RetryCount), Heartbeat: clockTime(f.Heartbeat)}
		if t, ok := s.(*asl.Task); ok {
			w.Resource = t.Resource.Text
			if f.Task != nil {
				w.Started, w.Worker = f.Task.Started, f.Task.Worker
			}
		}
		switch f.Phase {
		case states.AwaitTask:
			w.For = ForTask
			if f.Task != nil && f.Task.Submitted && !isActivity(w.Resource) {
				w.For = ForCallback
				if f.Task.Handle != "" {
					w.For, w.Handle = ForJob, f.Task.Handle
				}
			}
		case states.AwaitTimer:
			w.For = ForTimer
		case states.AwaitRetry:
			w.For = ForRetry
		case states.AwaitRun:
			w.For = ForMapRun
			if f.Run != nil {
				w.Resource = f.Run.ARN
			}
		case states.AwaitFrames:
			w.For = ForBranches
			if j := f.Join; j != nil {
				w.Running, w.Done, w.Total = int(j.Running), int(j.Done), len(j.Results)
			}
		}
		all = append(all, w)
	}
	return all
}

// Filter selects executions. Zero fields do not restrict.
type Filter struct {
	Machine  string          // name or ARN, or the ARN of a version or an alias: executions that it was asked for
	Revision int64           // of the machine
	MapRun   ID              // child executions of this map run, in place of executions of a machine
	Statuses []states.Status // any of these
	From, To time.Time       // started in [From, To)
	Redriven *bool           // redriven at least once, or never
	After    ID              // go on after this execution: the last one of the page before
}

// listPage is how many executions are read at once.
const listPage = 200

// List returns the executions that match, newest first. Executions that are started meanwhile neither move nor repeat others:
// to show pages, take as many as fit and put the ID of the last one into Filter.After for the next page. An error ends the
// sequence, beside a zero Summary.
//
// Errors: *[NotFoundError] for Filter.Machine and Filter.After, *[MapRunNotFoundError], *[ARNError], *[TypeError] for an Express machine,
// *[ValidationError] for the ARN of a distributed Map and for both a machine and a map run, *[StoreError], ErrClosed.
//
// Source: API reference, ListExecutions.
func (e *Engine) List(ctx context.Context, f Filter) iter.Seq2[Summary, error] {
	return func(yield func(Summary, error) bool) {
		if err := e.enter(ctx); err != nil {
			yield(Summary{}, err)
			return
		}
		r, err := e.listedMachine(ctx, f.Machine)
		if err != nil {
			yield(Summary{}, err)
			return
		}
		q := store.Query{Machine: r.name, Statuses: f.Statuses, Redriven: f.Redriven, Limit: listPage, Brief: true}
		skip, err := e.children(ctx, f, &q)
		if err != nil {
			yield(Summary{}, err)
			return
		}
		if !f.From.IsZero() {
			q.From = states.MillisOf(f.From)
		}
		if !f.To.IsZero() {
			q.To = states.MillisOf(f.To)
		}
		if f.After != "" {
			n, err := e.resolve(ctx, f.After)
			if err != nil {
				yield(Summary{}, err)
				return
			}
			q.Before = n
		}
		for {
			found, err := e.store.Find(ctx, q)
			if err != nil {
				yield(Summary{}, &StoreError{Op: "list", Err: err})
				return
			}
			for i := range found {
				if skip(&found[i]) || f.Revision != 0 && found[i].Revision != f.Revision {
					continue
				}
				s, err := e.listed(ctx, &found[i])
				if err == nil && r.qualifier != "" && s.VersionARN != r.given && s.AliasARN != r.given {
					continue
				}
				if !yield(s, err) || err != nil {
					return
				}
			}
			if len(found) < listPage {
				return
			}
			q.Before = found[len(found)-1].ID
		}
	}
}

// listed returns what a list tells of an execution. Only the state of one that was redriven knows when.
func (e *Engine) listed(ctx context.Context, x *store.Execution) (Summary, error) {
	s, err := e.summary(x)
	if err != nil || x.Redrives == 0 {
		return s, err
	}
	l, _, err := e.load(ctx, x.ID)
	if err != nil {
		return Summary{}, storeError("list", err)
	}
	s.Redriven = clockTime(l.x.LastRedrive())
	return s, nil
}

// listedMachine checks the machine of a list; none is good too.
func (e *Engine) listedMachine(ctx context.Context, s string) (machineRef, error) {
	if s == "" {
		return machineRef{}, nil
	}
	r, err := e.arns.machineRef(s)
	if err != nil {
		return r, err
	}
	if r.label != "" {
		return r, labelError(r.given)
	}
	rec, newest, standing, err := e.stand(ctx, r.name)
	if err != nil {
		return r, err
	}
	missing := standing == absent
	if !missing && r.qualifier != "" {
		missing = rec.version(r.version()) == nil && rec.alias(r.qualifier) == nil
	}
	if missing {
		return r, &NotFoundError{ARN: r.given, Machine: true}
	}
	kept, err := readSettings(newest)
	if err == nil && kept.Type == Express {
		err = &TypeError{}
	}
	return r, err
}
