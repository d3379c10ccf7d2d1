package lint

import (
	"regexp"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/jsonpath"
)

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
