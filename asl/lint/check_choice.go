package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
)

// atom is a condition without And and Or, in a form that can be compared.
type atom struct {
	key string // everything about it
	k   *asl.Condition
	not bool
}

// atoms returns the conditions that must all hold for k to hold.
func atoms(k *asl.Condition) []atom {
	if k.Op == asl.And {
		var out []atom
		for i := range k.Children {
			out = append(out, atoms(&k.Children[i])...)
		}
		return out
	}
	not := false
	for k.Op == asl.Not {
		k, not = &k.Children[0], !not
	}
	key := conditionKey(k)
	if not {
		key = "not " + key
	}
	return []atom{{key, k, not}}
}

// conditionKey writes a condition so that conditions written differently but for order have one key.
func conditionKey(k *asl.Condition) string {
	switch k.Op {
	case asl.And, asl.Or, asl.Not:
		parts := make([]string, len(k.Children))
		for i := range k.Children {
			parts[i] = conditionKey(&k.Children[i])
		}
		slices.Sort(parts)
		return "(" + itoa(int(k.Op)) + " " + strings.Join(slices.Compact(parts), " ") + ")"
	}
	s := itoa(int(k.Op)) + " "
	if k.Variable != nil {
		s += k.Variable.String()
	}
	if k.OperandPath != nil {
		return s + " path " + k.OperandPath.String()
	}
	return s + " " + k.Operand.JSON()
}

// sameVariable reports whether two data tests look at the same place.
func sameVariable(a, b *asl.Condition) bool {
	return a.Variable != nil && b.Variable != nil && a.Variable.String() == b.Variable.String()
}

// interval is what a numeric test with a literal lets through.
type interval struct {
	low, high         float64
	hasLow, hasHigh   bool
	openLow, openHigh bool
}

func numbers(k *asl.Condition) (interval, bool) {
	if k.OperandPath != nil {
		return interval{}, false
	}
	x := k.Operand.Float()
	switch k.Op {
	case asl.NumericEquals:
		return interval{low: x, high: x, hasLow: true, hasHigh: true}, true
	case asl.NumericLessThan:
		return interval{high: x, hasHigh: true, openHigh: true}, true
	case asl.NumericLessThanEquals:
		return interval{high: x, hasHigh: true}, true
	case asl.NumericGreaterThan:
		return interval{low: x, hasLow: true, openLow: true}, true
	case asl.NumericGreaterThanEquals:
		return interval{low: x, hasLow: true}, true
	}
	return interval{}, false
}

// inside reports whether all of i is in j.
func (i interval) inside(j interval) bool {
	if j.hasLow && (!i.hasLow || i.low < j.low || i.low == j.low && j.openLow && !i.openLow) {
		return false
	}
	return !j.hasHigh || i.hasHigh && (i.high < j.high || i.high == j.high && (!j.openHigh || i.openHigh))
}

// apart reports whether nothing is in both.
func (i interval) apart(j interval) bool {
	below := func(a, b interval) bool {
		return a.hasHigh && b.hasLow && (a.high < b.low || a.high == b.low && (a.openHigh || b.openLow))
	}
	return below(i, j) || below(j, i)
}

// implies reports whether b holds wherever a does.
func implies(a, b atom) bool {
	if a.key == b.key {
		return true
	}
	if a.not || b.not || !sameVariable(a.k, b.k) {
		return false
	}
	i, ok := numbers(a.k)
	j, too := numbers(b.k)
	return ok && too && i.inside(j)
}

// contradict reports whether a and b never hold together.
func contradict(a, b atom) bool {
	switch {
	case a.not != b.not:
		return a.k.Op == b.k.Op && strings.TrimPrefix(a.key, "not ") == strings.TrimPrefix(b.key, "not ")
	case a.not || !sameVariable(a.k, b.k) || a.k.OperandPath != nil || b.k.OperandPath != nil:
		return false
	}
	i, ok := numbers(a.k)
	j, too := numbers(b.k)
	switch {
	case ok && too:
		return i.apart(j)
	case a.k.Op != b.k.Op:
		return false
	}
	switch a.k.Op {
	case asl.StringEquals, asl.BooleanEquals, asl.IsNull, asl.IsPresent, asl.IsNumeric, asl.IsString, asl.IsBoolean, asl.IsTimestamp:
		return !a.k.Operand.Equal(b.k.Operand)
	}
	return false
}

// complete reports whether one of two conditions always holds, for values of the type they test.
func complete(a, b atom) bool {
	switch {
	case a.not != b.not:
		return strings.TrimPrefix(a.key, "not ") == strings.TrimPrefix(b.key, "not ")
	case a.not || !sameVariable(a.k, b.k) || a.k.OperandPath != nil || b.k.OperandPath != nil:
		return false
	}
	if a.k.Op == b.k.Op {
		switch a.k.Op {
		case asl.BooleanEquals, asl.IsNull, asl.IsPresent, asl.IsNumeric, asl.IsString, asl.IsBoolean, asl.IsTimestamp:
			return !a.k.Operand.Equal(b.k.Operand)
		}
	}
	i, ok := numbers(a.k)
	j, too := numbers(b.k)
	covers := func(i, j interval) bool { // i up to a number, j from it
		return !i.hasLow && i.hasHigh && j.hasLow && !j.hasHigh && (i.high > j.low || i.high == j.low && !(i.openHigh && j.openLow))
	}
	return ok && too && (covers(i, j) || covers(j, i))
}

// rule is a choice rule in a form that can be compared.
type rule struct {
	atoms []atom // JSONPath
	text  string // JSONata; "true" or "false" when literal
	fixed bool   // JSONata: the literal, or an expression whose result may differ each time
}

func rulesOf(s *asl.Choice) []rule {
	out := make([]rule, len(s.Rules))
	for i := range s.Rules {
		r := &s.Rules[i]
		switch {
		case s.Lang == asl.JSONPath:
			out[i].atoms = atoms(&r.Condition)
		case r.Expr != nil:
			out[i].text = r.Expr.Text
			out[i].fixed = strings.Contains(r.Expr.Text, "$random(") || strings.Contains(r.Expr.Text, "$uuid(")
		case r.Literal:
			out[i].text = "true"
		default:
			out[i].text = "false"
		}
	}
	return out
}

// deadRules returns why rules never match, by their number, and whether the Default is never taken.
func deadRules(s *asl.Choice) (dead map[int]string, always bool) {
	dead = map[int]string{}
	const most = 300 // pairs are compared
	rules := rulesOf(s)
	if len(rules) > most {
		return dead, false
	}
	for n, r := range rules {
		if why := r.contradiction(); why != "" {
			dead[n] = why
			continue
		}
		if always {
			dead[n] = "an earlier rule always matches"
			continue
		}
		for m := range n {
			if _, gone := dead[m]; !gone && r.under(rules[m]) {
				dead[n] = "Choices[" + itoa(m) + "] matches whenever this one would"
				break
			}
		}
		if s.Lang == asl.JSONata && r.text == "true" {
			always = true
		}
	}
	return dead, always
}

// contradiction says why a rule can never hold.
func (r rule) contradiction() string {
	if r.text == "false" {
		return "its condition is false"
	}
	const most = 100
	if len(r.atoms) > most {
		return ""
	}
	for i, a := range r.atoms {
		for _, b := range r.atoms[:i] {
			if contradict(a, b) {
				return "two of its conditions exclude each other"
			}
		}
	}
	return ""
}

// under reports whether the earlier rule holds wherever r does.
func (r rule) under(earlier rule) bool {
	if earlier.atoms == nil {
		return r.text != "" && r.text == earlier.text && !r.fixed
	}
	for _, b := range earlier.atoms {
		if !slices.ContainsFunc(r.atoms, func(a atom) bool { return implies(a, b) }) {
			return false
		}
	}
	return true
}

// exhaustive reports whether some rule always matches.
func exhaustive(rules []rule) bool {
	for i, r := range rules {
		if r.text == "true" {
			return true
		}
		if len(r.atoms) != 1 {
			continue
		}
		for _, q := range rules[:i] {
			if len(q.atoms) == 1 && complete(r.atoms[0], q.atoms[0]) {
				return true
			}
		}
	}
	return false
}

// checkChoice looks at the rules of a Choice.
func (l *linter) checkChoice(s *asl.Choice) {
	dead, always := deadRules(s)
	for n := range s.Rules {
		if why, ok := dead[n]; ok {
			l.add("choice-rule-never-matches", s.Rules[n].Pointer, "remove the rule, or put it before the other", "The rule never matches: %s", why)
		}
	}
	if always && s.Default != asl.NoState {
		l.add("choice-rule-never-matches", at(s.Pointer, "Default"), "remove Default, or correct the rule whose condition is true",
			"Default is never taken: a rule before always matches")
	}
	if s.Default == asl.NoState && !always && len(s.Rules) <= 1000 && !exhaustive(rulesOf(s)) {
		l.add("choice-without-default", s.Pointer, "add a Default: a Fail state with an error of its own is better than States.Runtime, which cannot be caught",
			"When no rule matches, the execution fails: there is no Default")
	}
	l.checkTargets(s)
	if s.Lang == asl.JSONPath {
		for i := range s.Rules {
			l.checkOperands(&s.Rules[i].Condition, s.Rules[i].Pointer)
		}
	}
}

// checkTargets looks for a Choice that leads to one state only.
func (l *linter) checkTargets(s *asl.Choice) {
	if s.Default == asl.NoState {
		return
	}
	for _, r := range s.Rules {
		if r.Next != s.Default || r.Assign != nil || r.Output != nil {
			return
		}
	}
	if s.Common().Assign == nil && s.Common().Output == nil {
		l.add("choice-without-effect", s.Pointer, "remove the Choice, or correct the targets", "All rules and Default lead to the same state")
	}
}

// operandText is a literal that looks like a path.
var operandText = regexp.MustCompile(`^\$(\$?\.|\[|[A-Za-z_])`)

// checkOperands looks at the literals that a rule compares with.
func (l *linter) checkOperands(k *asl.Condition, place string) {
	switch k.Op {
	case asl.And, asl.Or:
		for i := range k.Children {
			l.checkOperands(&k.Children[i], at(place, map[asl.Operator]string{asl.And: "And", asl.Or: "Or"}[k.Op], itoa(i)))
		}
		return
	case asl.Not:
		l.checkOperands(&k.Children[0], at(place, "Not"))
		return
	}
	if k.OperandPath != nil {
		return
	}
	name, text := operatorName(k), k.Operand.Str()
	switch k.Op {
	case asl.StringEquals:
		if strings.HasPrefix(text, "*") || strings.HasSuffix(text, "*") && len(text) > 1 {
			l.add("wildcard-in-string-equals", at(place, name), "use StringMatches", "StringEquals compares with the literal text %s: * matches nothing but itself",
				quoted(text))
			return
		}
		fallthrough
	case asl.StringLessThan, asl.StringGreaterThan, asl.StringLessThanEquals, asl.StringGreaterThanEquals:
		if operandText.MatchString(text) {
			l.add("operand-looks-like-path", at(place, name), "use "+name+"Path", "%s compares with the literal text %s", name, quoted(text))
		}
	}
}

// operatorNames are the fields of the comparisons without "Path".
var operatorNames = map[asl.Operator]string{
	asl.StringEquals: "StringEquals", asl.StringLessThan: "StringLessThan", asl.StringGreaterThan: "StringGreaterThan",
	asl.StringLessThanEquals: "StringLessThanEquals", asl.StringGreaterThanEquals: "StringGreaterThanEquals", asl.StringMatches: "StringMatches",
	asl.NumericEquals: "NumericEquals", asl.NumericLessThan: "NumericLessThan", asl.NumericGreaterThan: "NumericGreaterThan",
	asl.NumericLessThanEquals: "NumericLessThanEquals", asl.NumericGreaterThanEquals: "NumericGreaterThanEquals",
	asl.BooleanEquals: "BooleanEquals", asl.TimestampEquals: "TimestampEquals", asl.TimestampLessThan: "TimestampLessThan",
	asl.TimestampGreaterThan: "TimestampGreaterThan", asl.TimestampLessThanEquals: "TimestampLessThanEquals",
	asl.TimestampGreaterThanEquals: "TimestampGreaterThanEquals", asl.IsNull: "IsNull", asl.IsPresent: "IsPresent", asl.IsNumeric: "IsNumeric",
	asl.IsString: "IsString", asl.IsBoolean: "IsBoolean", asl.IsTimestamp: "IsTimestamp",
}

func operatorName(k *asl.Condition) string { return operatorNames[k.Op] }
