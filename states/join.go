package states

import (
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
	if s.env.Trace == nil && (st.Distributed || st.Reader != nil || st.Batcher != nil || st.Writer != nil) {
		return s.runtimeError("Distributed Map states are not supported yet.")
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
		return s.runtimeError("MaxConcurrency cannot be negative.")
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
	if err := s.checkTolerance(st, input); err != nil {
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
		return t.Items, nil
	}
	if s.common.Lang == asl.JSONata {
		if st.Items == nil {
			if input.Kind() != value.Array {
				return input, s.evaluationError("", "Map state input must be an array but was: "+input.JSON())
			}
			return input, nil
		}
		items, err := s.evalJSONata(&st.Items.Root, bindings{input: f.Input})
		if err == nil && items.Kind() != value.Array {
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
	if items.Kind() != value.Array {
		// The path of a context object is quoted with one "$", as measured on AWS.
		return items, s.runtimeError("Reference path \"" + strings.Replace(path, "$$", "$", 1) + "\" must point to array.")
	}
	s.env.Trace.see(AfterItemsPath, items)
	return items, nil
}

// checkTolerance evaluates the tolerated failures of a Map state, which only a distributed one makes use of.
func (s *stepper) checkTolerance(st *asl.Map, input value.Value) *stateError {
	count, err := s.mapNumber(&st.ToleratedCount, "ToleratedFailureCount", "integer", input)
	if err != nil {
		return err
	}
	if count < 0 {
		return s.runtimeError("ToleratedFailureCount cannot be negative.")
	}
	percentage, err := s.mapNumber(&st.ToleratedPercentage, "ToleratedFailurePercentage", "float", input)
	if err != nil {
		return err
	}
	if percentage < 0 || percentage > 100 {
		return s.runtimeError("ToleratedFailurePercentage must be between 0 and 100.")
	}
	if t := s.env.Trace; t != nil {
		t.tolerates(st, count, percentage)
	}
	return nil
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
	s.item, s.context = iteration(index, item), value.Value{}
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
