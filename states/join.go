package states

import (
	"math"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// startParallel begins an attempt of a Parallel state: one frame for each branch, all with the same input.
//
// Source: Amazon States Language, "Parallel State".
func (s *stepper) startParallel(f *Frame, st *asl.Parallel) *stateError {
	input, err := s.effectiveInput(f)
	if err != nil {
		return err
	}
	if err := s.checkPayload(s.common.Name, input); err != nil {
		return err
	}
	if s.env.Trace != nil {
		s.traceChildren(f)
		return nil
	}
	started := s.on(f, Record{Type: ParallelStateStarted})
	s.wait(f, AwaitFrames)
	n := int32(len(st.Branches))
	f.Join = &Join{Effective: input, Results: make([]value.Value, n), Next: n, Running: n, Concurrency: n, Started: started, Last: started}
	for i, flow := range st.Branches {
		s.ready(s.newFrame(f.ID, int32(i), flow, input, started))
	}
	return nil
}

// startMap begins an attempt of an inline Map state.
//
// Source: Amazon States Language, "Map State"; which failure comes before MapStateStarted is recorded.
func (s *stepper) startMap(f *Frame, st *asl.Map) *stateError {
	if s.env.Trace == nil && !st.Distributed && (st.Reader != nil || st.Batcher != nil || st.Writer != nil) {
		return s.runtimeError("ItemReader, ItemBatcher and ResultWriter need an ItemProcessor whose mode is DISTRIBUTED.")
	}
	input, err := s.mapInput(f)
	if err != nil {
		return err
	}
	concurrency, err := s.mapNumber(&st.MaxConcurrency, "MaxConcurrency", "integer", input)
	if err != nil {
		return err
	}
	if concurrency < 0 {
		return s.outOfRange(&st.MaxConcurrency, "MaxConcurrency cannot be negative.")
	}
	if s.env.Trace == nil && st.Distributed {
		return s.askRun(f, st, input, int32(min(concurrency, math.MaxInt32)))
	}
	items, err := s.items(f, st, input)
	if err != nil {
		return err
	}
	if t := s.env.Trace; t != nil {
		n := concurrency
		t.MaxConcurrency = &n
	}
	started := s.on(f, Record{Type: MapStateStarted, N: int64(items.Len())})
	if _, _, err := s.tolerance(st, input); err != nil {
		return err
	}
	if s.env.Trace != nil {
		return s.traceMap(f, st, items, input)
	}
	s.wait(f, AwaitFrames)
	if concurrency == 0 || concurrency > float64(s.limits.Concurrency) {
		concurrency = float64(s.limits.Concurrency)
	}
	f.Join = &Join{
		Items: items, Effective: input, Results: make([]value.Value, items.Len()),
		Concurrency: int32(concurrency), Started: started, Last: started,
	}
	if items.Len() == 0 {
		s.joined(f)
		return nil
	}
	return s.startIterations(f, st, started)
}

// mapInput is the effective input of a Map state, whose Parameters select items and do not shape the input.
func (s *stepper) mapInput(f *Frame) (value.Value, *stateError) {
	if s.common.Lang == asl.JSONata {
		return f.Input, nil
	}
	return s.inputPath(f)
}

// items returns the array a Map state iterates over.
func (s *stepper) items(f *Frame, st *asl.Map, input value.Value) (value.Value, *stateError) {
	if t := s.env.Trace; t != nil && st.Reader != nil {
		return value.FromArray(nil), nil
	}
	if s.common.Lang == asl.JSONata {
		if st.Items == nil {
			if !s.iterable(st, input) {
				return input, s.evaluationError("", "Map state input must be an array but was: "+input.JSON())
			}
			return input, nil
		}
		items, err := s.evalJSONata(&st.Items.Root, bindings{input: f.Input})
		if err == nil && !s.iterable(st, items) {
			if e := st.Items.Root.Expr; e != nil {
				return items, s.typeError(e, "array", items)
			}
			return items, s.evaluationError("Items", "Map state input must be an array but was: "+items.JSON())
		}
		return items, err
	}
	path, items := "$", input
	if p := st.ItemsPath.Path; p != nil {
		path = p.String()
		var err error
		if items, err = p.Eval(input, s); err != nil && found(err) {
			return items, s.runtimeError(err.Error())
		} else if err != nil {
			items = value.Value{}
		}
	}
	if !s.iterable(st, items) {
		// The path of a context object is quoted with one "$", as measured on AWS.
		return items, s.runtimeError("Reference path \"" + strings.Replace(path, "$$", "$", 1) + "\" must point to array.")
	}
	s.env.Trace.see(AfterItemsPath, items)
	return items, nil
}

// iterable reports whether a Map state can iterate over v: an array or, distributed, the members of an object.
func (s *stepper) iterable(st *asl.Map, v value.Value) bool {
	return v.Kind() == value.Array || v.Kind() == value.Object && st.Distributed
}

// tolerance evaluates the tolerated failures of a Map state, which only a distributed one makes use of.
func (s *stepper) tolerance(st *asl.Map, input value.Value) (count, percentage float64, err *stateError) {
	if count, err = s.mapNumber(&st.ToleratedCount, "ToleratedFailureCount", "integer", input); err != nil {
		return 0, 0, err
	}
	if count < 0 {
		return 0, 0, s.outOfRange(&st.ToleratedCount, "ToleratedFailureCount cannot be negative.")
	}
	if percentage, err = s.mapNumber(&st.ToleratedPercentage, "ToleratedFailurePercentage", "float", input); err != nil {
		return 0, 0, err
	}
	if percentage < 0 || percentage > 100 {
		return 0, 0, s.outOfRange(&st.ToleratedPercentage, "ToleratedFailurePercentage must be between 0 and 100.")
	}
	if t := s.env.Trace; t != nil {
		t.tolerates(st, count, percentage)
	}
	return count, percentage, nil
}

// startIterations starts as many iterations as the concurrency allows. Their events point at prev. The Map state is in focus.
func (s *stepper) startIterations(f *Frame, st *asl.Map, prev int64) *stateError {
	j := f.Join
	for j.Running < j.Concurrency && int(j.Next) < j.Items.Len() && !s.overflow {
		item, _ := j.Items.At(int(j.Next))
		seen, input := iteration(int(j.Next), item), item
		if st.ItemSelector != nil {
			var err *stateError
			if input, err = s.selectItem(f, st, int(j.Next), item, j.Effective); err != nil {
				return err
			}
		}
		id := s.record(Record{Type: MapIterationStarted, Prev: prev, Name: s.common.Name, N: int64(j.Next)})
		child := s.newFrame(f.ID, j.Next, st.Processor, input, id)
		child.Item = seen
		j.Next++
		j.Running++
		s.ready(child)
	}
	return nil
}

// iteration is the Map.Item of the context object.
func iteration(index int, item value.Value) value.Value {
	return value.Obj(value.M("Index", value.FromInt(int64(index))), value.M("Value", item))
}

// selectItem evaluates the ItemSelector of the Map state in focus for one item. effective is its effective input.
func (s *stepper) selectItem(f *Frame, st *asl.Map, index int, item, effective value.Value) (value.Value, *stateError) {
	return s.selectFor(f, st, iteration(index, item), effective)
}

// selectFor evaluates the ItemSelector of the Map state in focus for the item that the context object is to show.
func (s *stepper) selectFor(f *Frame, st *asl.Map, seen, effective value.Value) (value.Value, *stateError) {
	s.item, s.context = seen, value.Value{}
	b := bindings{input: f.Input}
	if s.common.Lang == asl.JSONPath {
		b.input = effective
	}
	input, err := s.evalTemplate(st.ItemSelector, b)
	s.item, s.context = value.Value{}, value.Value{}
	if err == nil {
		err = s.checkPayload(s.common.Name, input)
	}
	return input, err
}

// join hands the output of a finished branch or iteration to its parent.
func (s *stepper) join(child *Frame, output value.Value) {
	parent := s.x.Frames[child.Parent]
	last := child.Prev
	s.removeFrame(child)
	s.touch(parent)
	s.focus(parent)
	j := parent.Join
	j.Results[child.Index] = output
	j.Running--
	j.Done++
	st, isMap := s.st.(*asl.Map)
	if j.Last = last; isMap {
		j.Last = s.record(Record{Type: MapIterationSucceeded, Prev: last, Name: s.common.Name, N: int64(child.Index)})
		if err := s.startIterations(parent, st, last); err != nil {
			s.raise(parent, err)
			return
		}
	}
	if int(j.Done) == len(j.Results) {
		s.joined(parent)
	}
}

// joined ends the work of a Parallel or Map whose children have all succeeded. StateSucceeded and StateExited both point at the
// last event of the children, as recorded.
func (s *stepper) joined(f *Frame) {
	t := ParallelStateSucceeded
	if s.common.Type == asl.TypeMap {
		t = MapStateSucceeded
	}
	s.record(Record{Type: t, Prev: f.Join.Last})
	f.Prev = f.Join.Last
	f.Result, f.Join, f.Phase = value.FromArray(f.Join.Results), nil, Exiting
	s.ready(f)
}
