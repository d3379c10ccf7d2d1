package lint

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/jsonpath"
)

// choicePaths reads the rules of a JSONPath Choice and leaves along those that may match.
func (v *visit) choicePaths(s *asl.Choice, in *shape) {
	c := v.c
	out := v.selected(c.OutputPath, "OutputPath", in)
	for i := range s.Rules {
		r := &s.Rules[i]
		v.condition(&r.Condition, r.Pointer, in)
		v.assigns(r.Assign, at(r.Pointer, "Assign"), in)
		v.a.enter(c.Flow, r.Next, out)
	}
	v.assigns(c.Assign, at(c.Pointer, "Assign"), in)
	v.a.enter(c.Flow, s.Default, out)
}

// condition reads the paths of a rule. It reports whether the rule can never hold: what follows in an And is then not evaluated.
func (v *visit) condition(k *asl.Condition, place string, in *shape) (never bool) {
	switch k.Op {
	case asl.And:
		for i := range k.Children {
			if v.condition(&k.Children[i], at(place, "And", itoa(i)), in) {
				return true
			}
		}
		return false
	case asl.Or:
		never = true
		for i := range k.Children {
			if !v.condition(&k.Children[i], at(place, "Or", itoa(i)), in) {
				never = false
			}
			if absentTest(&k.Children[i]) {
				return false // guards what follows
			}
		}
		return never
	case asl.Not:
		quiet := v.quiet
		v.quiet = true // what never holds inside always holds outside
		v.condition(&k.Children[0], at(place, "Not"), in)
		v.quiet = quiet
		return false
	case asl.IsPresent:
		if k.Variable == nil || k.Variable.Root() != jsonpath.Data {
			return false
		}
		_, missing := follow(in, k.Variable)
		if missing == nil || !k.Operand.Bool() {
			return false
		}
		if v.a.reporting && !v.quiet {
			v.a.l.add("choice-rule-never-matches", at(place, "Variable"), "remove the rule, or correct the path",
				"The rule never matches: no earlier state puts %s into the input", k.Variable)
		}
		return true
	}
	if k.Variable != nil {
		v.compared(k, v.path(k.Variable, at(place, "Variable"), in), at(place, "Variable"), k.Variable)
	}
	if k.OperandPath != nil {
		v.compared(k, v.path(k.OperandPath, at(place, operatorName(k)+"Path"), in), at(place, operatorName(k)+"Path"), k.OperandPath)
	}
	return false
}

// operandKinds are what the two sides of a comparison must be for it to hold.
func operandKinds(k *asl.Condition) (leaves, string) {
	switch op := k.Op; {
	case op >= asl.StringEquals && op <= asl.StringMatches:
		return textLeaf, "a string"
	case op >= asl.NumericEquals && op <= asl.NumericGreaterThanEquals:
		return numberLeaf, "a number"
	case op == asl.BooleanEquals:
		return boolLeaf, "a boolean"
	case op >= asl.TimestampEquals && op <= asl.TimestampGreaterThanEquals:
		return textLeaf, "a timestamp, which is a string"
	}
	return 0, ""
}

// compared looks at one side of a comparison for values of a type that never match.
func (v *visit) compared(k *asl.Condition, s *shape, place string, p *jsonpath.Path) {
	want, name := operandKinds(k)
	if !v.a.reporting || v.quiet || want == 0 || s == nil || s.any || s.leaves&want != 0 {
		return
	}
	v.a.l.add("choice-rule-never-matches", place, "use the operator for that type, or correct the path",
		"The rule never matches: %s wants %s, and %s is %s", operatorName(k), name, p, s.kinds())
}

// absentTest reports whether a condition asks for the absence of something.
func absentTest(k *asl.Condition) bool {
	return k.Op == asl.IsPresent && !k.Operand.Bool() || k.Op == asl.Not && k.Children[0].Op == asl.IsPresent && k.Children[0].Operand.Bool()
}
