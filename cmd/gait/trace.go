package main

import (
	"strings"
	"time"

	"github.com/gait-engine/gait/history"
)

// trace follows a history and knows which visit of a state each event belongs to.
//
// An event belongs to the visit of the event before it on its line of control, its previousEventId, unless it enters a state.
type trace struct {
	visits map[int64]*visit // by the id of the StateEntered event
	owner  map[int64]int64  // visit of each event
	fails  map[int64]bool   // events that are failures
	exits  map[int64]bool   // events that leave a state
}

// visit is one stay in a state.
type visit struct {
	name, kind string // kind is the type of the state
	entered    time.Time
	previous   int64 // the event before it was entered
	open       bool
	failed     bool // its last attempt, branch or evaluation has failed
	caught     bool // it was left by a catcher
	retries    int
}

// step is what an event means for the walk.
type step int

const (
	stepOther step = iota
	stepEntered
	stepExited
	stepFailed
	stepRetried
)

func newTrace() *trace {
	return &trace{visits: map[int64]*visit{}, owner: map[int64]int64{}, fails: map[int64]bool{}, exits: map[int64]bool{}}
}

// add takes in the next event; the visit is nil for events of the execution as a whole.
func (t *trace) add(e *history.Event) (step, *visit) {
	if kind, ok := strings.CutSuffix(e.Type, "StateEntered"); ok {
		v := &visit{name: e.Details.Name, kind: kind, entered: e.Timestamp, previous: e.PreviousEventID, open: true}
		t.visits[e.ID], t.owner[e.ID] = v, e.ID
		return stepEntered, v
	}
	at := t.owner[e.PreviousEventID]
	if strings.HasPrefix(e.Type, "Execution") {
		return stepOther, t.visits[at]
	}
	what := stepOther
	switch {
	case strings.HasSuffix(e.Type, "StateExited"):
		at = t.up(at, func(v *visit) bool { return v.open && v.name == e.Details.Name })
		what = stepExited
		t.exits[e.ID] = true
	case isFailure(e.Type):
		for _, kind := range []string{"Parallel", "Map"} {
			if e.Type == kind+"StateFailed" {
				at = t.up(at, func(v *visit) bool { return v.open && v.kind == kind })
			}
		}
		what = stepFailed
		t.fails[e.ID] = true
	case strings.HasSuffix(e.Type, "Scheduled") && t.fails[e.PreviousEventID]:
		what = stepRetried
	}
	t.owner[e.ID] = at
	v := t.visits[at]
	if v == nil {
		return stepOther, nil
	}
	switch what {
	case stepExited:
		v.open, v.caught = false, t.fails[e.PreviousEventID]
	case stepFailed:
		v.failed = true
	case stepRetried:
		v.failed = false
		v.retries++
	}
	return what, v
}

// up returns the first visit from at upwards, along the line of control and out of branches, for which is holds; 0: none.
func (t *trace) up(at int64, is func(*visit) bool) int64 {
	for at != 0 {
		v := t.visits[at]
		if v == nil || is(v) {
			break
		}
		at = t.owner[v.previous]
	}
	return at
}

// parent returns the visit of the Parallel or Map state in which v takes place; nil on the top level.
func (t *trace) parent(v *visit) *visit {
	for v != nil && t.exits[v.previous] {
		v = t.visits[t.owner[v.previous]]
	}
	if v == nil {
		return nil
	}
	return t.visits[t.owner[v.previous]]
}

// isFailure tells the events of a failed attempt, branch, iteration or evaluation.
func isFailure(kind string) bool {
	return !strings.HasPrefix(kind, "Execution") && (strings.HasSuffix(kind, "Failed") || strings.HasSuffix(kind, "TimedOut"))
}
