package states

import (
	"math"
	"slices"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// Trace makes a step show how it comes to the output of one state, for trying states alone. A traced execution ends when its
// state is left, whatever the state's Next says; Parallel and Map states take their result from Result or Failure and start
// neither branches nor iterations. The fields below Observed are filled in by [Step]; a Trace serves one execution.
type Trace struct {
	// Context stands for the context object when it is not null. Map.Item is added to it while an ItemSelector is evaluated.
	Context value.Value
	// Result is what the children of a Parallel or Map give; Failure, when it is not nil, is how they fail.
	Result  value.Value
	Failure *Failure
	// RetryCount is how often the retrier that matches a failure has been used before.
	RetryCount int
	// FailedIterations is how many iterations of a Map failed: beyond the tolerated failures the Map fails.
	FailedIterations int
	// Items are what the ItemReader of a Map reads, or ReaderFailure is how it fails; not used without one.
	Items         []MapItem
	ReaderFailure *Failure

	Observed
}

// Observed is what a traced step found.
type Observed struct {
	seen   [stages]value.Value
	has    [stages]bool
	Failed *Failure    // the last failure that the state had to handle; nil: none
	Vars   value.Value // the variables when the state was left, an object; null when it was not left
	Output value.Value // valid when Left
	Next   string      // name of the next state; "" at the end of a flow
	Left   bool        // the state was left, through Next or a catcher
	// RetryIndex and CatchIndex are those of the retrier and catcher that matched the failure; -1: none. A retrier without
	// attempts left counts. Backoff is the time until the next attempt when Retry is set.
	RetryIndex, CatchIndex int
	Retry                  bool
	Backoff                Millis
	// Iterations, MaxConcurrency and the tolerated failures are those of a Map; nil when not evaluated, or not given.
	Iterations                                *int
	MaxConcurrency                            *float64
	ToleratedFailureCount, ToleratedFailurePC *float64
}

// Stage is a document on the way from the raw input of a state to its output.
type Stage uint8

// The stages, in order.
const (
	AfterInputPath Stage = iota
	AfterParameters
	AfterArguments
	AfterItemsPath
	AfterItemsPointer // what the ItemReader reads, when it has an ItemsPointer
	AfterItemSelector
	AfterItemBatcher // the inputs of the child executions
	AfterWork        // the result of a Task, or the Result of a Pass
	AfterResultSelector
	AfterResultPath
	stages
)

// NewTrace returns a Trace that has observed nothing.
func NewTrace() *Trace { return &Trace{Observed: Observed{RetryIndex: -1, CatchIndex: -1}} }

// At returns the document of a stage; false when the state did not come so far or does not have it.
func (o *Observed) At(stage Stage) (value.Value, bool) { return o.seen[stage], o.has[stage] }

// see notes a document. Off, it costs one comparison.
func (t *Trace) see(stage Stage, v value.Value) {
	if t != nil {
		t.seen[stage], t.has[stage] = v, true
	}
}

// leave notes how the state was left.
func (t *Trace) leave(s *stepper, f *Frame, output value.Value, next asl.Transition) {
	t.Left, t.Output, t.Vars = true, output, f.Vars
	if !next.End {
		t.Next = s.m.State(f.Flow, next.Target).Common().Name
	}
}

// tolerates notes the tolerated failures of a Map.
func (t *Trace) tolerates(st *asl.Map, count, percentage float64) {
	if st.ToleratedCount.Set {
		t.ToleratedFailureCount = &count
	}
	if st.ToleratedPercentage.Set {
		t.ToleratedFailurePC = &percentage
	}
}

// attempts says of each of n retriers that it has been used RetryCount times.
func (t *Trace) attempts(n int) []uint16 {
	list := make([]uint16, n)
	for i := range list {
		list[i] = uint16(min(max(t.RetryCount, 0), math.MaxUint16))
	}
	return list
}

// tracedContext is the context object that the trace gives, with the Map.Item that an ItemSelector or an iteration sees.
func (s *stepper) tracedContext() value.Value {
	v := s.env.Trace.Context
	if item := s.mapItem(); !item.IsNull() {
		v = v.With("Map", value.Obj(value.M("Item", item)))
	}
	s.context = v
	return v
}

// traceChildren gives the Parallel or Map state in focus the result of the trace, in place of running its children.
func (s *stepper) traceChildren(f *Frame) {
	if e := s.env.Trace.Failure; e != nil {
		s.fail(f, *e)
		return
	}
	f.Result, f.Phase = s.env.Trace.Result, Exiting
	s.ready(f)
}

// traceMap evaluates the rest of what a Map state needs to start its iterations, and ends it with the result of the trace. The
// tolerated failures have been evaluated.
//
// Source: measured on AWS: a Map that names no tolerated failures tolerates all those that a test counts.
func (s *stepper) traceMap(f *Frame, st *asl.Map, items, input value.Value) *stateError {
	t := s.env.Trace
	w := &RunWait{Items: items}
	if err := s.readerFields(f, st, input, w); err != nil {
		return err
	}
	r := &MapRequest{State: st, RunWait: *w, s: s, f: f}
	list := slices.Collect(r.Items)
	if st.Reader != nil {
		if w.MaxItems < 0 {
			t.ReaderFailure = ReaderFailed("field MaxItems must be positive") // recorded
		}
		if t.ReaderFailure != nil {
			s.fail(f, *t.ReaderFailure)
			return nil
		}
		if st.Reader.ItemsPointer != "" {
			t.see(AfterItemsPointer, value.FromArray(itemInputs(t.Items)))
		}
		if list = t.Items; w.MaxItems > 0 && int64(len(list)) > w.MaxItems {
			list = list[:w.MaxItems]
		}
	}
	n := len(list)
	t.Iterations = &n
	if err := s.traceItems(f, r, list, input); err != nil {
		return err
	}
	failed := float64(t.FailedIterations)
	if c, p := t.ToleratedFailureCount, t.ToleratedFailurePC; t.Failure == nil &&
		(c != nil && failed > *c || p != nil && failed*100 > *p*float64(n)) {
		t.Failure = &Failure{Name: Some(errThreshold), Cause: Some("The specified tolerated failure threshold was exceeded")}
	}
	s.traceChildren(f)
	return nil
}

// itemInputs are the inputs of child executions without an ItemSelector.
func itemInputs(list []MapItem) []value.Value {
	inputs := make([]value.Value, len(list))
	for i, item := range list {
		inputs[i] = item.Value
		if item.Key.Set {
			inputs[i] = value.Obj(value.M("Key", value.FromString(item.Key.S)), value.M("Value", item.Value))
		}
	}
	return inputs
}

// traceItems shows what becomes of the items of a Map: through ItemSelector and ItemBatcher.
func (s *stepper) traceItems(f *Frame, r *MapRequest, list []MapItem, input value.Value) *stateError {
	t, st := s.env.Trace, r.State
	inputs := itemInputs(list)
	if st.ItemSelector != nil {
		selected := make([]value.Value, len(list))
		for i, item := range list {
			seen := iteration(i, item.Value)
			if item.Key.Set {
				seen = seen.With("Key", value.FromString(item.Key.S))
			}
			var err *stateError
			if selected[i], err = s.selectFor(f, st, seen, input); err != nil {
				return err
			}
		}
		inputs = selected
		t.see(AfterItemSelector, value.FromArray(inputs))
	}
	if st.Batcher == nil {
		return nil
	}
	p := r.Planner()
	for _, in := range inputs {
		p.add(in)
	}
	if len(p.batch) > 0 {
		p.flush()
	}
	batches := make([]value.Value, len(p.out))
	for i, c := range p.out {
		batches[i] = c.Input
	}
	t.see(AfterItemBatcher, value.FromArray(batches))
	return nil
}
