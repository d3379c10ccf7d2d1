package lint

import (
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
