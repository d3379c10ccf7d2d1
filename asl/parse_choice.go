package asl

import (
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// operators are the comparisons of JSONPath rules by name, without "Path", and the type of their operand.
var operators = map[string]struct {
	op      Operator
	operand value.Kind
}{
	"StringEquals":               {StringEquals, value.String},
	"StringLessThan":             {StringLessThan, value.String},
	"StringGreaterThan":          {StringGreaterThan, value.String},
	"StringLessThanEquals":       {StringLessThanEquals, value.String},
	"StringGreaterThanEquals":    {StringGreaterThanEquals, value.String},
	"StringMatches":              {StringMatches, value.String},
	"NumericEquals":              {NumericEquals, value.Number},
	"NumericLessThan":            {NumericLessThan, value.Number},
	"NumericGreaterThan":         {NumericGreaterThan, value.Number},
	"NumericLessThanEquals":      {NumericLessThanEquals, value.Number},
	"NumericGreaterThanEquals":   {NumericGreaterThanEquals, value.Number},
	"BooleanEquals":              {BooleanEquals, value.Bool},
	"TimestampEquals":            {TimestampEquals, value.String},
	"TimestampLessThan":          {TimestampLessThan, value.String},
	"TimestampGreaterThan":       {TimestampGreaterThan, value.String},
	"TimestampLessThanEquals":    {TimestampLessThanEquals, value.String},
	"TimestampGreaterThanEquals": {TimestampGreaterThanEquals, value.String},
	"IsNull":                     {IsNull, value.Bool},
	"IsPresent":                  {IsPresent, value.Bool},
	"IsNumeric":                  {IsNumeric, value.Bool},
	"IsString":                   {IsString, value.Bool},
	"IsBoolean":                  {IsBoolean, value.Bool},
	"IsTimestamp":                {IsTimestamp, value.Bool},
}

// operatorOf returns the comparison that a field names and whether it is the Path form.
func operatorOf(field string) (op Operator, operand value.Kind, path, ok bool) {
	if o, ok := operators[field]; ok {
		return o.op, o.operand, false, true
	}
	name, ok := strings.CutSuffix(field, "Path")
	o, known := operators[name]
	if !ok || !known || o.op == StringMatches || o.op >= IsNull {
		return 0, 0, false, false
	}
	return o.op, o.operand, true, true
}

// ruleFields are the fields of which a rule has exactly one, in AWS's order.
var ruleFields = []string{"And", "Or", "Not", "Variable", "Condition"}

// choice reads a Choice state.
func (st *stateScope) choice(v value.Value, shared Common) State {
	s := &Choice{common: shared, Default: NoState}
	if d, ok := v.Get("Default"); ok {
		s.Default = st.c.target(st.scope, d, st.at.member("Default"))
	}
	choices, _ := v.Get("Choices")
	for i, e := range choices.Elems() {
		s.Rules = append(s.Rules, st.rule(e, st.at.member("Choices").item(i)))
	}
	return s
}

// rule reads one element of Choices.
func (st *stateScope) rule(v value.Value, at *place) ChoiceRule {
	r := ChoiceRule{Pointer: at.pointer(), Next: NoState}
	if v.Kind() != value.Object {
		st.c.refuse(at, expected("object"))
		return r
	}
	if _, ok := v.Get("Next"); !ok {
		st.c.refuse(at, "These fields are required: [Next]")
	}
	for _, m := range v.Members() {
		switch at := at.member(m.Key); m.Key {
		case "Next":
			r.Next = st.c.target(st.scope, m.Value, at)
		case "Assign":
			r.Assign = st.assign(m.Value, at)
		case "Output":
			if st.lang == JSONata {
				r.Output = st.template(m.Value, at)
			}
		}
	}
	if st.lang == JSONPath {
		r.Condition = st.condition(v, at, true)
		return r
	}
	st.c.sieve("JSONata.Rule", v, at)
	if x, ok := v.Get("Condition"); ok {
		st.ruleExpression(x, at.member("Condition"), &r)
	} else if !slices.ContainsFunc(ruleFields, func(f string) bool { _, ok := v.Get(f); return ok }) {
		st.c.refuse(at, "The object must have only one of the following fields, "+list(ruleFields))
	}
	return r
}

// ruleExpression reads the Condition of a JSONata rule: an expression or a literal boolean.
func (st *stateScope) ruleExpression(x value.Value, at *place, r *ChoiceRule) {
	if x.Kind() == value.Bool {
		r.Literal = x.Bool()
		return
	}
	if r.Expr = st.expression(x.Str(), at); r.Expr == nil && !halfMarked(x.Str()) && x.Kind() == value.String {
		st.c.refuse(at, expected("boolean")).Hint = expressionHint
	}
}

// condition reads a JSONPath rule, or (not top) one nested in And, Or or Not.
func (st *stateScope) condition(v value.Value, at *place, top bool) Condition {
	if v.Kind() != value.Object {
		st.c.refuse(at, expected("object"))
		return Condition{}
	}
	var has []string
	for _, f := range ruleFields {
		if _, ok := v.Get(f); ok {
			has = append(has, f)
		}
	}
	var comparisons []string
	for _, m := range v.Members() {
		if st.ruleField(m, at, top) {
			comparisons = append(comparisons, m.Key)
		}
	}
	if len(has) != 1 {
		st.c.refuse(at, "The object must have only one of the following fields, "+list(ruleFields))
		return Condition{}
	}
	x, _ := v.Get(has[0])
	inner := at.member(has[0])
	if has[0] != "Variable" {
		for _, f := range comparisons {
			st.c.refuseMember(at, at.member(f), "Field '"+f+"' is not supported")
		}
	}
	switch has[0] {
	case "And":
		return Condition{Op: And, Children: st.conditions(x, inner)}
	case "Or":
		return Condition{Op: Or, Children: st.conditions(x, inner)}
	case "Not":
		return Condition{Op: Not, Children: []Condition{st.condition(x, inner, false)}}
	case "Condition":
		st.c.wrongLanguage(false, at, inner)
		return Condition{}
	default:
		return st.comparison(v, at, comparisons)
	}
}

// ruleField checks one member of a JSONPath rule and reports whether it is a comparison.
func (st *stateScope) ruleField(m value.Member, at *place, top bool) bool {
	switch m.Key {
	case "And", "Or", "Not", "Variable", "Condition":
		return false
	case "Comment":
		if m.Value.Kind() != value.String {
			st.c.refuse(at.member(m.Key), expected("string"))
		}
		return false
	case "Next":
		if top {
			if m.Value.Kind() != value.String {
				st.c.refuse(at.member(m.Key), expected("string"))
			}
			return false
		}
	case "Assign":
		if top {
			if m.Value.Kind() != value.Object {
				st.c.refuse(at.member(m.Key), expected("object"))
			}
			return false
		}
	case "Output":
		if top {
			st.c.wrongLanguage(false, at, at.member(m.Key))
			return false
		}
	default:
		if _, _, _, ok := operatorOf(m.Key); ok {
			return true
		}
	}
	d := st.c.refuseMember(at, at.member(m.Key), "Field '"+m.Key+"' is not supported")
	if known := ruleFieldNames(); !slices.Contains(known, m.Key) && st.c.hint() {
		d.Hint = nearest(m.Key, known)
	}
	return false
}

// ruleFieldNames returns the fields of JSONPath rules.
func ruleFieldNames() []string {
	return append([]string{"Next", "Comment", "Assign", "And", "Or", "Not", "Variable"}, comparisonNames()...)
}

// conditions reads the operands of And and Or.
func (st *stateScope) conditions(v value.Value, at *place) []Condition {
	if v.Kind() != value.Array {
		st.c.refuse(at, expected("array"))
		return nil
	}
	if v.Len() == 0 {
		st.c.refuse(at, "Value cannot be empty")
	}
	out := make([]Condition, 0, v.Len())
	for i, e := range v.Elems() {
		out = append(out, st.condition(e, at.item(i), false))
	}
	return out
}

// comparison reads a data test: Variable and one operator.
func (st *stateScope) comparison(v value.Value, at *place, fields []string) Condition {
	var c Condition
	variable, _ := v.Get("Variable")
	if variable.Kind() != value.String {
		st.c.refuse(at.member("Variable"), expected("string"))
	} else {
		c.Variable = st.path(variable.Str(), at.member("Variable"), notReferenceRoot)
	}
	switch len(fields) {
	case 0:
		st.c.refuse(at, "This object should have only one of the following fields: "+list(comparisonNames()))
		return c
	case 1:
	default:
		st.c.refuse(at, "There should only be one of the following fields: "+list(fields))
	}
	op, operand, path, _ := operatorOf(fields[0])
	x, _ := v.Get(fields[0])
	here := at.member(fields[0])
	c.Op = op
	if path {
		if x.Kind() != value.String {
			st.c.refuse(here, expected("string"))
			return c
		}
		c.OperandPath = st.path(x.Str(), here, notReferenceRoot)
		return c
	}
	if x.Kind() != operand {
		st.c.refuse(here, expected(operand.String()))
		return c
	}
	c.Operand = x
	if _, _, _, ok := operatorOf(fields[0] + "Path"); ok {
		st.noPath(fields[0], x, here)
	}
	if op >= TimestampEquals && op <= TimestampGreaterThanEquals {
		var ok bool
		var t time.Time
		if t, ok = ParseTimestamp(x.Str()); !ok {
			st.c.refuse(here, notTimestamp)
		}
		c.OperandTime = t
	}
	return c
}

// comparisonNames returns every operator field, in the order of the constants, the Path forms after their literal ones.
func comparisonNames() []string {
	names := make([]string, IsTimestamp-Not)
	for name, o := range operators {
		names[o.op-Not-1] = name
	}
	var out []string
	for _, n := range names {
		out = append(out, n)
		if _, _, _, ok := operatorOf(n + "Path"); ok {
			out = append(out, n+"Path")
		}
	}
	return out
}
