package states

import (
	"errors"
	"math"
	"strconv"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// stringField evaluates Error or Cause of a Fail state. field is the name of its path form.
func (s *stepper) stringField(t *asl.StringField, field string, input value.Value) (Text, *stateError) {
	var v value.Value
	var failed *stateError
	switch {
	case t.Expr != nil:
		if v, failed = s.evalExpression(t.Expr, bindings{input: input}); failed != nil {
			return Text{}, failed
		}
		if v.Kind() != value.String {
			return Text{}, s.typeError(t.Expr, "string", v)
		}
	case t.Call != nil:
		if v, failed = s.evalCall(t.Call, input); failed != nil {
			return Text{}, failed
		}
	case t.Path != nil:
		var err error
		if v, err = t.Path.Eval(input, s); err != nil {
			return Text{}, s.pathMissing(t.Path, field, input)
		}
	default:
		return Text{Set: t.Set, S: t.Literal}, nil
	}
	if v.Kind() != value.String {
		return Some(v.JSON()), nil
	}
	return Some(v.Str()), nil
}

// numberPath evaluates the path form of a number. missing words the failure when the path finds nothing.
func (s *stepper) numberPath(p *jsonpath.Path, input value.Value, missing func(error) *stateError) (value.Value, *stateError) {
	v, err := p.Eval(input, s)
	if err != nil {
		return v, missing(err)
	}
	return v, nil
}

// whole returns v as an integer. Digits in a string count, as AWS was recorded to take them.
func whole(v value.Value) (int64, bool) {
	if v.Kind() == value.String {
		i, err := strconv.ParseInt(v.Str(), 10, 64)
		return i, err == nil
	}
	return v.Int()
}

// plainText is how AWS prints a value in the middle of a sentence: strings without quotes.
func plainText(v value.Value) string {
	if v.Kind() == value.String {
		return v.Str()
	}
	return v.JSON()
}

// seconds evaluates TimeoutSeconds or HeartbeatSeconds: whole and positive, 0 when the field is absent.
func (s *stepper) seconds(n *asl.NumberField, field string, input value.Value) (int64, *stateError) {
	switch {
	case !n.Set:
		return 0, nil
	case n.Expr != nil:
		i, err := s.wholeExpression(n.Expr, input)
		if err == nil && (i <= 0 || i > maxSeconds) {
			err = s.evaluationError(n.Expr.Field, "The "+field+" field must be an integer between 1 and 99999999 but was: "+itoa(i))
		}
		return i, err
	case n.Path != nil:
		v, err := s.numberPath(n.Path, input, s.invalidPath)
		if err != nil {
			return 0, err
		}
		i, ok := whole(v)
		if !ok {
			return 0, s.runtimeError("The " + field + "Path parameter cannot be parsed as a long value: " + n.Path.String() + " == " + plainText(v))
		}
		if i <= 0 {
			return 0, s.runtimeError("The " + field + "Path parameter references a negative value: " + n.Path.String() + " == " + plainText(v))
		}
		return min(i, maxSeconds), nil
	}
	return int64(n.Literal), nil
}

// maxSeconds is the largest number of seconds a field of a definition may hold.
const maxSeconds = 99_999_999

// wholeExpression evaluates an expression that must give an integer.
func (s *stepper) wholeExpression(e *asl.Expression, input value.Value) (int64, *stateError) {
	v, err := s.evalExpression(e, bindings{input: input})
	if err != nil {
		return 0, err
	}
	if v.Kind() != value.Number {
		return 0, s.typeError(e, "number", v)
	}
	i, ok := v.Int()
	if !ok {
		return 0, s.typeError(e, "integer", v)
	}
	return i, nil
}

// mapNumber evaluates a numeric field of a Map state. kind is "integer" or "float".
func (s *stepper) mapNumber(n *asl.NumberField, field, kind string, input value.Value) (float64, *stateError) {
	switch {
	case n.Expr != nil:
		v, err := s.evalExpression(n.Expr, bindings{input: input})
		if err != nil {
			return 0, err
		}
		if v.Kind() != value.Number {
			return 0, s.typeError(n.Expr, "number", v)
		}
		if _, ok := v.Int(); !ok && kind == "integer" {
			return 0, s.typeError(n.Expr, "integer", v)
		}
		return v.Float(), nil
	case n.Path != nil:
		v, err := s.numberPath(n.Path, input, s.invalidPath)
		if err != nil {
			return 0, err
		}
		f, ok := number(v)
		if !ok || kind == "integer" && f != math.Trunc(f) {
			return 0, s.runtimeError("The " + field + "Path field refers to value \"" + plainText(v) + "\" which is not a valid " + kind + ": " + n.Path.String())
		}
		return f, nil
	}
	return n.Literal, nil
}

// outOfRange is the failure of a numeric field of a Map state whose value has the right type and a wrong size. That of an expression is
// a failed evaluation, as what is wrong with Timestamp or with the items of a Map is; the recorded ones come from paths.
func (s *stepper) outOfRange(n *asl.NumberField, detail string) *stateError {
	if n.Expr != nil {
		return s.evaluationError(n.Expr.Field, detail)
	}
	return s.runtimeError(detail)
}

// number returns v as a binary64. Numbers in a string count.
func number(v value.Value) (float64, bool) {
	if v.Kind() == value.String {
		f, err := strconv.ParseFloat(v.Str(), 64)
		return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	}
	return v.Float(), v.Kind() == value.Number
}

// found reports whether err is anything but a path that finds nothing.
func found(err error) bool {
	var missing *jsonpath.NotFoundError
	return !errors.As(err, &missing)
}
