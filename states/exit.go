package states

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// enter enters the state of f and begins its work.
func (s *stepper) enter(f *Frame) {
	s.entered++
	f.EnteredPrev, f.Entered = f.Prev, s.now
	f.Attempts, f.RetryCount, f.Result = nil, 0, value.Value{}
	s.focus(f)
	s.turn(EnteredState, 0)
	f.EnteredEvent = s.on(f, Record{Type: enteredEvent(s.st), Name: s.common.Name, Doc: f.Input, HasDoc: true})
	s.work(f)
}

// work begins an attempt of the state in focus.
func (s *stepper) work(f *Frame) {
	var err *stateError
	switch st := s.st.(type) {
	case *asl.Fail:
		err = s.failState(f, st)
	case *asl.Wait:
		err = s.startWait(f, st)
	case *asl.Task:
		err = s.schedule(f, st)
	case *asl.Parallel:
		err = s.startParallel(f, st)
	case *asl.Map:
		err = s.startMap(f, st)
	default: // Pass, Choice and Succeed have nothing to wait for
		f.Phase = Exiting
		s.ready(f)
	}
	if err != nil {
		s.raise(f, err)
	}
}

// exit processes the result of the state of f and leaves it.
func (s *stepper) exit(f *Frame) {
	s.focus(f)
	output, assigned, next, err := s.outcome(f)
	if err == nil {
		err = s.checkPayload(s.common.Name, output)
	}
	if err == nil {
		err = s.assign(f, assigned)
	}
	if err != nil {
		f.Phase = Entering // not Exiting, which says that the work is done
		s.raise(f, err)
		return
	}
	if s.common.Type != asl.TypeChoice && s.common.Type != asl.TypeSucceed {
		s.turn(TookNext, 0)
	}
	s.leave(f, output, assigned, next)
}

// outcome evaluates what the state in focus gives: its output, the variables it assigns and where it goes.
func (s *stepper) outcome(f *Frame) (output, assigned value.Value, next asl.Transition, err *stateError) {
	next = s.common.Next
	switch st := s.st.(type) {
	case *asl.Choice:
		return s.choose(f, st)
	case *asl.Succeed:
		next = asl.Transition{End: true}
	}
	if s.common.Lang == asl.JSONata {
		b := bindings{input: f.Input}
		output = f.Input
		switch s.common.Type {
		case asl.TypeTask, asl.TypeParallel, asl.TypeMap:
			b.result, b.hasResult, output = f.Result, true, f.Result
		}
		if assigned, err = s.evalAssign(s.common.Assign, b); err != nil {
			return output, assigned, next, err
		}
		if s.common.Output != nil {
			output, err = s.evalJSONata(&s.common.Output.Root, b)
		}
		return output, assigned, next, err
	}
	result := f.Result
	switch st := s.st.(type) {
	case *asl.Task, *asl.Parallel, *asl.Map:
	case *asl.Pass:
		if st.HasResult {
			result = st.Result
			s.env.Trace.see(AfterWork, result)
		} else {
			result, err = s.effectiveInput(f)
		}
	default: // Wait, Succeed: no ResultPath
		if result, err = s.inputPath(f); err != nil {
			return output, assigned, next, err
		}
		if assigned, err = s.evalAssign(s.common.Assign, bindings{input: result}); err != nil {
			return output, assigned, next, err
		}
		output, err = s.selectPath(s.common.OutputPath, result)
		return output, assigned, next, err
	}
	if err != nil {
		return output, assigned, next, err
	}
	if assigned, err = s.evalAssign(s.common.Assign, bindings{input: result}); err != nil {
		return output, assigned, next, err
	}
	output, err = s.settle(f, result)
	return output, assigned, next, err
}

// leave records that f leaves its state with output, and takes the transition.
func (s *stepper) leave(f *Frame, output, assigned value.Value, next asl.Transition) {
	s.on(f, Record{Type: exitedEvent(s.st), Name: s.common.Name, Doc: output, HasDoc: true, Vars: assigned})
	f.Result, f.Attempts, f.Due, f.Heartbeat, f.Task, f.Join, f.Run = value.Value{}, nil, 0, 0, nil, nil, nil
	if t := s.env.Trace; t != nil {
		t.leave(s, f, output, next)
		next.End = true
	}
	if next.End {
		s.endFlow(f, output)
		return
	}
	f.Input, f.State, f.Phase = output, next.Target, Entering
	f.EnteredEvent, f.EnteredPrev = 0, -1
	s.ready(f)
}

// endFlow ends the flow of f successfully.
func (s *stepper) endFlow(f *Frame, output value.Value) {
	if f.Parent == NoFrame {
		s.finish(Record{Type: ExecutionSucceeded, Prev: f.Prev, Doc: output, HasDoc: true},
			Outcome{Status: Succeeded, Output: output})
		return
	}
	f.Phase = Done
	s.join(f, output)
}

// failState evaluates the error of a Fail state and fails its flow.
func (s *stepper) failState(f *Frame, st *asl.Fail) *stateError {
	if s.common.Lang == asl.JSONPath {
		s.env.Trace.see(AfterInputPath, f.Input)
	}
	name, err := s.stringField(&st.Error, "ErrorPath", f.Input)
	if err != nil {
		return err
	}
	cause, err := s.stringField(&st.Cause, "CausePath", f.Input)
	if err != nil {
		return err
	}
	s.fail(f, Failure{Name: name, Cause: cause})
	return nil
}
