package states

import (
	"math"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// maxWaitSeconds is the longest delay that AWS accepts: 24,855 days and some.
const maxWaitSeconds = math.MaxInt32

// startWait parks f until the time its Wait state names; a time in the past lets it go on at once.
//
// Source: Amazon States Language, "Wait State"; the texts are recorded.
func (s *stepper) startWait(f *Frame, st *asl.Wait) *stateError {
	input := f.Input
	var err *stateError
	if s.common.Lang == asl.JSONPath {
		if input, err = s.inputPath(f); err != nil {
			return err
		}
	}
	var due Millis
	if st.Timestamp.Set {
		due, err = s.waitTimestamp(&st.Timestamp, input)
	} else {
		var seconds int64
		seconds, err = s.waitSeconds(&st.Seconds, input)
		due = s.now + Millis(min(seconds, maxWaitSeconds+1))*1000
	}
	if err != nil {
		return err
	}
	if due-s.now > maxWaitSeconds*1000 {
		return s.runtimeError("Wait state delay is too long.")
	}
	if due <= s.now {
		f.Phase = Exiting
		s.ready(f)
		return nil
	}
	s.wait(f, AwaitTimer)
	f.Due = due
	return nil
}

func (s *stepper) waitSeconds(n *asl.NumberField, input value.Value) (int64, *stateError) {
	switch {
	case n.Expr != nil:
		i, err := s.wholeExpression(n.Expr, input)
		if err == nil && (i < 0 || i > maxSeconds) {
			err = s.evaluationError(n.Expr.Field, "The Seconds field must be an integer between 0 and 99999999 but was: "+itoa(i))
		}
		return i, err
	case n.Path != nil:
		p := n.Path.String()
		v, err := s.numberPath(n.Path, input, func(error) *stateError {
			return s.runtimeError("The SecondsPath parameter does not reference an input value: " + p)
		})
		if err != nil {
			return 0, err
		}
		i, ok := whole(v)
		if !ok {
			return 0, s.runtimeError("The SecondsPath parameter cannot be parsed as a long value: " + p + " == " + plainText(v))
		}
		if i < 0 {
			return 0, s.runtimeError("The SecondsPath parameter references a negative value: " + p + " == " + plainText(v))
		}
		return i, nil
	}
	return int64(n.Literal), nil
}

func (s *stepper) waitTimestamp(t *asl.TimestampField, input value.Value) (Millis, *stateError) {
	switch {
	case t.Expr != nil:
		v, err := s.evalExpression(t.Expr, bindings{input: input})
		if err != nil {
			return 0, err
		}
		if v.Kind() != value.String {
			return 0, s.typeError(t.Expr, "string", v)
		}
		at, ok := asl.ParseTimestamp(v.Str())
		if !ok {
			return 0, s.evaluationError(t.Expr.Field,
				"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "+v.Str())
		}
		return MillisOf(at), nil
	case t.Path != nil:
		p := t.Path.String()
		v, err := t.Path.Eval(input, s)
		if err != nil {
			return 0, s.runtimeError("The TimestampPath parameter does not reference an input value: " + p)
		}
		at, ok := asl.ParseTimestamp(v.Str())
		if !ok {
			return 0, s.runtimeError("The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: " +
				p + " == " + plainText(v))
		}
		return MillisOf(at), nil
	}
	return MillisOf(t.Literal), nil
}
