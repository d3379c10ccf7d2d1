package lint

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/jsonpath"
)

func itoa(i int) string { return strconv.Itoa(i) }

// path reads a path in doc, the context object or a variable. What cannot be there is reported, and counts as anything after that.
func (v *visit) path(p *jsonpath.Path, place string, doc *shape) *shape {
	from := "the input"
	switch p.Root() {
	case jsonpath.Context:
		return v.contextPath(p, p.String(), place)
	case jsonpath.Variable:
		doc, from = v.a.variable(v.c.Flow, p.Variable()), "the variable"
	}
	found, missing := follow(doc, p)
	if missing == nil {
		return found
	}
	v.unproduced(place, p.String(), from, doc, missing)
	return anything
}

// gap says where a path ends in nothing.
type gap struct {
	at   *shape // what is there
	want string // the member that is not
}

// follow returns what a path may select; or, when it selects nothing in any document of the shape, where it ends.
func follow(doc *shape, p *jsonpath.Path) (*shape, *gap) {
	segments, exact := p.Segments()
	for _, s := range segments {
		next := doc.element()
		want := "[" + itoa(s.Index) + "]"
		if !s.Array {
			next, want = doc.member(s.Name), s.Name
		}
		if next == nil {
			if !exact {
				return anything, nil // an array without matches
			}
			if s.Array && doc != nil && doc.array {
				return anything, nil // the index of an empty array may be null
			}
			return nil, &gap{doc, want}
		}
		doc = next
	}
	if !exact {
		return anything, nil
	}
	return doc, nil
}

// unproduced reports a path that finds nothing.
func (v *visit) unproduced(place, path, from string, doc *shape, g *gap) {
	if !v.a.reporting || doc == nil {
		return
	}
	hint := "no document that reaches this state has " + quoted(g.want)
	if names := g.at.names(); len(names) > 0 {
		hint += "; what is there: " + list(names)
	} else if g.at != nil && !g.at.object {
		hint += ": the value there is never an object"
	}
	if near := nearest(g.want, g.at.names()); near != "" {
		hint = "did you mean " + quoted(near) + "? " + strings.ToUpper(hint[:1]) + hint[1:]
	}
	v.a.l.add("path-not-produced", place, hint, "The path %s selects nothing: no earlier state puts it into %s", path, from)
}

// contextShape is the context object. Source: AWS Step Functions Developer Guide, "Context object".
var contextShape = objectOf(
	"Execution", objectOf("Id", text, "Input", anything, "Name", text, "RoleArn", scalar, "StartTime", text, "RedriveCount", number,
		"RedriveTime", text),
	"State", objectOf("Name", text, "EnteredTime", text, "RetryCount", number),
	"StateMachine", objectOf("Id", text, "Name", text),
	"Task", objectOf("Token", text),
	"Map", objectOf("Item", objectOf("Index", number, "Value", anything, "Key", text, "Source", text)),
)

// contextPath reads a path of the context object, written as text.
func (v *visit) contextPath(p *jsonpath.Path, text, place string) *shape {
	found, missing := follow(contextShape, p)
	if missing != nil {
		if v.a.reporting {
			hint := "it has " + list(missing.at.names())
			if near := nearest(missing.want, missing.at.names()); near != "" {
				hint = "did you mean " + quoted(near) + "? It has " + list(missing.at.names())
			}
			v.a.l.add("unknown-context-field", place, hint, "The context object has no %s", text)
		}
		return anything
	}
	v.contextPlace(p, place)
	return found
}

// contextPlace looks at the parts of the context object that are only there in some states.
func (v *visit) contextPlace(p *jsonpath.Path, place string) {
	s, _ := p.Segments()
	if len(s) == 0 || !v.a.reporting {
		return
	}
	switch s[0].Name {
	case "Task":
		if t, ok := v.s.(*asl.Task); !ok || t.Resource.Pattern == asl.RequestResponse && isAWS(t.Resource) {
			v.a.l.add("token-outside-callback", place, "end the Resource in .waitForTaskToken",
				"The context object has no task token here: only tasks with .waitForTaskToken have one")
		}
	case "Map":
		if _, ok := v.s.(*asl.Map); ok {
			return
		}
		for f := v.c.Flow; f > 0; {
			parent := v.a.parent[f]
			if _, ok := parent.(*asl.Map); ok || parent == nil {
				return
			}
			f = parent.Common().Flow
		}
		v.a.l.add("unknown-context-field", place, "Map is there in a Map state and inside of its processor", "The context object has no Map here")
	}
}

// report goes through all states once more and reports what they cannot read.
func (a *analysis) report() {
	if a == nil {
		return
	}
	a.reporting = true
	for i := range a.l.m.Flows {
		for _, s := range a.l.m.Flows[i].States {
			a.visit(s)
		}
	}
}

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

// jsonata computes a state of JSONata.
func (v *visit) jsonata() {
	c := v.c
	result := v.input
	if c.Arguments != nil {
		v.template(&c.Arguments.Root, at(c.Pointer, "Arguments"), nil)
	}
	switch s := v.s.(type) {
	case *asl.Choice:
		v.choiceExpressions(s)
		return
	case *asl.Fail:
		v.text(s.Error, "ErrorPath", nil)
		v.text(s.Cause, "CausePath", nil)
		return
	case *asl.Wait:
		v.number(s.Seconds, "SecondsPath", nil)
		if s.Timestamp.Expr != nil {
			v.expression(s.Timestamp.Expr, at(c.Pointer, "Timestamp"))
		}
	case *asl.Task:
		v.number(s.Timeout, "TimeoutSecondsPath", nil)
		v.number(s.Heartbeat, "HeartbeatSecondsPath", nil)
		result = resultOf(s.Resource)
	case *asl.Parallel:
		in := v.input
		if c.Arguments != nil {
			in = v.template(&c.Arguments.Root, at(c.Pointer, "Arguments"), nil)
		}
		result = v.branches(s, in)
	case *asl.Map:
		result = v.mapExpressions(s)
	}
	v.errorOutput = errorOutput
	for i, k := range c.Catch {
		place := at(c.Pointer, "Catch", itoa(i))
		v.assigns(k.Assign, at(place, "Assign"), nil)
		out := errorOutput
		if k.Output != nil {
			out = v.template(&k.Output.Root, at(place, "Output"), nil)
		}
		v.a.enter(c.Flow, k.Next, out)
	}
	if result == nil {
		return
	}
	v.errorOutput, v.result = nil, result
	v.assigns(c.Assign, at(c.Pointer, "Assign"), nil)
	if c.Output != nil {
		result = v.template(&c.Output.Root, at(c.Pointer, "Output"), nil)
	}
	v.a.leave(c, orAnything(result))
}

func (v *visit) choiceExpressions(s *asl.Choice) {
	leave := func(assign, output *asl.Template, place string, to asl.StateID) {
		v.assigns(assign, at(place, "Assign"), nil)
		out := v.input
		if output != nil {
			out = orAnything(v.template(&output.Root, at(place, "Output"), nil))
		}
		v.a.enter(v.c.Flow, to, out)
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Expr != nil {
			v.expression(r.Expr, at(r.Pointer, "Condition"))
		}
		leave(r.Assign, r.Output, r.Pointer, r.Next)
	}
	leave(v.c.Assign, v.c.Output, v.c.Pointer, s.Default)
}

func (v *visit) mapExpressions(s *asl.Map) *shape {
	p := v.c.Pointer
	v.number(s.MaxConcurrency, "MaxConcurrencyPath", nil)
	item := anything
	if s.Reader == nil || s.Reader.Resource == "" {
		items := v.input
		if s.Items != nil {
			items = v.template(&s.Items.Root, at(p, "Items"), nil)
		}
		item = v.items(items, s)
	}
	if s.ItemSelector != nil {
		item = orAnything(v.template(&s.ItemSelector.Root, at(p, selectorField(v.a.l, s)), nil))
	}
	if s.Batcher != nil {
		item = anything
	}
	return v.iterate(s, item)
}

var (
	simplePath = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)((?:\.[A-Za-z_][A-Za-z0-9_]*)*)$`)
	anyString  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|` + "`[^`]*`" + `|/\*[\s\S]*?\*/`)
	statesPath = regexp.MustCompile(`\$states((?:\.[A-Za-z_][A-Za-z0-9_]*)+)`)
)

// expression reads a JSONata expression. What a path of names alone gives is known; everything else may give anything.
func (v *visit) expression(e *asl.Expression, place string) *shape {
	if m := simplePath.FindStringSubmatch(e.Text); m != nil {
		return v.names(m[1], strings.Split(m[2], ".")[1:], place)
	}
	if v.a.reporting {
		// Paths from $states inside of a larger expression: without a path there is undefined, and nothing else is ever seen.
		for _, m := range statesPath.FindAllStringSubmatch(anyString.ReplaceAllString(e.Text, "''"), -1) {
			v.names("states", strings.Split(m[1], ".")[1:], place)
		}
	}
	return anything
}

// names follows a path of names from a variable.
func (v *visit) names(variable string, names []string, place string) *shape {
	var doc *shape
	path, from := "$"+variable, "the variable"
	switch {
	case variable != "states":
		doc = v.a.variable(v.c.Flow, variable)
	case len(names) == 0:
		return anything
	default:
		from = "the " + names[0]
		path += "." + names[0]
		switch names[0] {
		case "input":
			doc = v.input
		case "result":
			doc = orAnything(v.result)
		case "errorOutput":
			doc, from = orAnything(v.errorOutput), "the error output"
		case "context":
			return v.contextNames(names[1:], place)
		default:
			return anything
		}
		names = names[1:]
	}
	whole := doc
	for _, name := range names {
		path += "." + name
		next := doc.mapped(name)
		if next == nil {
			v.unproduced(place, path, from, whole, &gap{doc, name})
			return anything
		}
		doc = next
	}
	return doc
}

// contextNames is contextPath for JSONata.
func (v *visit) contextNames(names []string, place string) *shape {
	p, err := jsonpath.Compile("$$." + strings.Join(names, "."))
	if err != nil || len(names) == 0 {
		return anything
	}
	return v.contextPath(p, "$states.context."+strings.Join(names, "."), place)
}
