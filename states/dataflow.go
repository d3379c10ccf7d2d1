package states

import (
	"errors"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// emptyObject is what InputPath and OutputPath give when they are null.
var emptyObject = value.FromMembers(nil)

// selectPath applies InputPath or OutputPath to a document.
func (s *stepper) selectPath(p asl.PathField, doc value.Value) (value.Value, *stateError) {
	switch {
	case p.Null:
		return emptyObject, nil
	case p.Path == nil:
		return doc, nil
	}
	v, err := p.Path.Eval(doc, s)
	if err != nil {
		return v, s.invalidPath(err)
	}
	return v, nil
}

// inputPath applies the InputPath of the state in focus to its raw input.
func (s *stepper) inputPath(f *Frame) (value.Value, *stateError) {
	v, err := s.selectPath(s.common.InputPath, f.Input)
	if err == nil {
		s.env.Trace.see(AfterInputPath, v)
	}
	return v, err
}

// invalidPath words a failed evaluation as AWS does for InputPath, OutputPath and the paths of timeouts.
func (s *stepper) invalidPath(err error) *stateError {
	var missing *jsonpath.NotFoundError
	if errors.As(err, &missing) {
		return s.runtimeError(missing.InvalidPath())
	}
	return s.runtimeError(err.Error())
}

// effectiveInput returns what the state in focus works on: JSONPath: InputPath, then Parameters; JSONata: Arguments, or the
// input.
func (s *stepper) effectiveInput(f *Frame) (value.Value, *stateError) {
	if s.common.Lang == asl.JSONata {
		if s.common.Arguments == nil {
			return f.Input, nil
		}
		v, err := s.evalJSONata(&s.common.Arguments.Root, bindings{input: f.Input})
		if err == nil {
			s.env.Trace.see(AfterArguments, v)
		}
		return v, err
	}
	v, err := s.inputPath(f)
	if err != nil {
		return v, err
	}
	if s.common.Arguments != nil {
		if v, err = s.evalPaths(&s.common.Arguments.Root, v); err != nil {
			return v, err
		}
	}
	s.env.Trace.see(AfterParameters, v)
	return v, nil
}

// applyResultPath returns input with result placed at the path.
//
// A null path drops the result, "$" returns it alone; otherwise missing objects on the way are created. The failure is
// States.ResultPathMatchFailure when the input has no room for the path.
//
// Source: Amazon States Language, "ResultPath".
func (s *stepper) applyResultPath(p asl.PathField, input, result value.Value) (value.Value, *stateError) {
	switch {
	case p.Null:
		return input, nil
	case p.Path == nil || p.Path.Bare():
		return result, nil
	}
	v, err := p.Path.Set(input, result)
	if err == nil {
		return v, nil
	}
	var mismatch *jsonpath.MismatchError
	if errors.As(err, &mismatch) {
		return v, s.failure(errResultPath, mismatch.Cause())
	}
	return v, s.runtimeError(err.Error())
}

// settle computes the output of a JSONPath state from its result: ResultSelector, ResultPath, OutputPath.
func (s *stepper) settle(f *Frame, result value.Value) (value.Value, *stateError) {
	var err *stateError
	if t := s.common.ResultSelector; t != nil {
		if result, err = s.evalPaths(&t.Root, result); err != nil {
			return result, err
		}
	}
	s.env.Trace.see(AfterResultSelector, result)
	v, err := s.applyResultPath(s.common.ResultPath, f.Input, result)
	if err != nil {
		return v, err
	}
	s.env.Trace.see(AfterResultPath, v)
	return s.selectPath(s.common.OutputPath, v)
}
