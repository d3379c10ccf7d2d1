package states

import (
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// choose evaluates the rules of a Choice state in order; the first that holds wins.
func (s *stepper) choose(f *Frame, st *asl.Choice) (output, assigned value.Value, next asl.Transition, err *stateError) {
	effective := f.Input
	if s.common.Lang == asl.JSONPath {
		if effective, err = s.inputPath(f); err != nil {
			return output, assigned, next, err
		}
	}
	assign, out := s.common.Assign, s.common.Output
	target := st.Default
	for i := range st.Rules {
		r := &st.Rules[i]
		holds, err := s.holds(r, effective)
		if err != nil {
			return output, assigned, next, err
		}
		if holds {
			s.turn(TookRule, i)
			target, assign, out = r.Next, r.Assign, r.Output
			break
		}
		if i == len(st.Rules)-1 && target != asl.NoState {
			s.turn(TookDefault, 0)
		}
	}
	if target == asl.NoState {
		return output, assigned, next, s.runtimeError(
			"Failed to transition out of the state. The state does not point to a next state.")
	}
	next.Target = target
	b := bindings{input: effective}
	if assigned, err = s.evalAssign(assign, b); err != nil {
		return output, assigned, next, err
	}
	switch {
	case s.common.Lang == asl.JSONPath:
		output, err = s.selectPath(s.common.OutputPath, effective)
	case out != nil:
		output, err = s.evalJSONata(&out.Root, b)
	default:
		output = effective
	}
	return output, assigned, next, err
}

// holds evaluates the condition of a rule.
func (s *stepper) holds(r *asl.ChoiceRule, input value.Value) (bool, *stateError) {
	if s.common.Lang == asl.JSONPath {
		return s.test(&r.Condition, input)
	}
	if r.Expr == nil {
		return r.Literal, nil
	}
	v, err := s.evalExpression(r.Expr, bindings{input: input})
	if err != nil {
		return false, err
	}
	if v.Kind() != value.Bool {
		return false, s.typeError(r.Expr, "boolean", v)
	}
	return v.Bool(), nil
}

// test evaluates a boolean expression or a data test. Source: Amazon States Language, "Choice State".
func (s *stepper) test(c *asl.Condition, input value.Value) (bool, *stateError) {
	switch c.Op {
	case asl.And, asl.Or:
		for i := range c.Children {
			holds, err := s.test(&c.Children[i], input)
			if err != nil || holds == (c.Op == asl.Or) {
				return holds, err
			}
		}
		return c.Op == asl.And, nil
	case asl.Not:
		holds, err := s.test(&c.Children[0], input)
		return !holds, err
	}
	v, err := c.Variable.Eval(input, s)
	if c.Op == asl.IsPresent {
		if err != nil && found(err) {
			return false, s.runtimeError(err.Error())
		}
		return (err == nil) == c.Operand.Bool(), nil
	}
	if err != nil {
		return false, s.choicePath(c.Variable.String())
	}
	operand, at := c.Operand, c.OperandTime
	if c.OperandPath != nil {
		if operand, err = c.OperandPath.Eval(input, s); err != nil {
			return false, s.choicePath(c.OperandPath.String())
		}
		var ok bool
		if at, ok = suits(c.Op, operand); !ok {
			return false, s.choicePath(c.OperandPath.String())
		}
	}
	switch {
	case c.Op >= asl.StringEquals && c.Op <= asl.StringGreaterThanEquals:
		if v.Kind() != value.String || operand.Kind() != value.String {
			return false, nil
		}
		return ordered(c.Op-asl.StringEquals, strings.Compare(v.Str(), operand.Str())), nil
	case c.Op == asl.StringMatches:
		return v.Kind() == value.String && wildcard(operand.Str(), v.Str()), nil
	case c.Op >= asl.NumericEquals && c.Op <= asl.NumericGreaterThanEquals:
		if v.Kind() != value.Number || operand.Kind() != value.Number {
			return false, nil
		}
		return ordered(c.Op-asl.NumericEquals, v.Compare(operand)), nil
	case c.Op == asl.BooleanEquals:
		return v.Kind() == value.Bool && operand.Kind() == value.Bool && v.Bool() == operand.Bool(), nil
	case c.Op >= asl.TimestampEquals && c.Op <= asl.TimestampGreaterThanEquals:
		got, ok := asl.ParseTimestamp(v.Str())
		return ok && ordered(c.Op-asl.TimestampEquals, got.Compare(at)), nil
	}
	return isType(c.Op, v) == operand.Bool(), nil
}

// suits reports whether v may be the operand of a comparison that finds its operand by a path, and returns it as a time for the
// comparisons of times.
func suits(op asl.Operator, v value.Value) (time.Time, bool) {
	switch {
	case op <= asl.StringMatches:
		return time.Time{}, v.Kind() == value.String
	case op <= asl.NumericGreaterThanEquals:
		return time.Time{}, v.Kind() == value.Number
	case op == asl.BooleanEquals:
		return time.Time{}, v.Kind() == value.Bool
	}
	return asl.ParseTimestamp(v.Str())
}

func (s *stepper) choicePath(path string) *stateError {
	return s.runtimeError("Invalid path '" + path + "': The choice state's condition path references an invalid value.")
}

// ordered applies a comparison to the sign of left compared with right. The five operators of each family stand in this order.
func ordered(op asl.Operator, sign int) bool {
	switch op {
	case 0:
		return sign == 0
	case 1:
		return sign < 0
	case 2:
		return sign > 0
	case 3:
		return sign <= 0
	default:
		return sign >= 0
	}
}

func isType(op asl.Operator, v value.Value) bool {
	switch op {
	case asl.IsNull:
		return v.IsNull()
	case asl.IsNumeric:
		return v.Kind() == value.Number
	case asl.IsString:
		return v.Kind() == value.String
	case asl.IsBoolean:
		return v.Kind() == value.Bool
	default: // IsTimestamp
		_, ok := asl.ParseTimestamp(v.Str())
		return ok
	}
}

// wildcard matches text against a StringMatches pattern: "*" is any run of characters, "\*" and "\\" stand for themselves. It
// takes time proportional to the product of the lengths at most, and memory for neither.
func wildcard(pattern, text string) bool {
	p, t := 0, 0
	star, resume := -1, 0 // after the last "*", and where its run ends so far
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, resume = p, t
			continue
		}
		if p < len(pattern) {
			c, n := pattern[p], 1
			if c == '\\' && p+1 < len(pattern) {
				c, n = pattern[p+1], 2
			}
			if c == text[t] {
				p += n
				t++
				continue
			}
		}
		if star < 0 {
			return false
		}
		resume++
		p, t = star, resume
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
