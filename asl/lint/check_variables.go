package lint

import (
	"strings"

	"github.com/gait-engine/gait/asl"
)

// site is a place that assigns a variable when an edge is taken.
type site struct {
	flow    asl.FlowID
	pointer string // of the key in Assign
	target  asl.StateID
}

// sites returns the places that assign, by variable.
func (l *linter) sites() map[string][]site {
	out := map[string][]site{}
	add := func(c *asl.Common, t *asl.Template, place string, targets ...asl.StateID) {
		if t == nil {
			return
		}
		for i := range t.Root.Members {
			m := &t.Root.Members[i]
			for _, target := range targets {
				out[m.Key] = append(out[m.Key], site{c.Flow, at(place, "Assign", keyOf(m, c.Lang)), target})
			}
		}
	}
	for i := range l.m.Flows {
		for _, s := range l.m.Flows[i].States {
			c := s.Common()
			next := c.Next.Target
			if ch, ok := s.(*asl.Choice); ok {
				next = ch.Default
				for _, r := range ch.Rules {
					add(c, r.Assign, r.Pointer, r.Next)
				}
			}
			add(c, c.Assign, c.Pointer, next)
			for n, k := range c.Catch {
				add(c, k.Assign, at(c.Pointer, "Catch", itoa(n)), k.Next)
			}
		}
	}
	return out
}

// checkVariables looks for variables that nothing reads.
func (l *linter) checkVariables() {
	readers := map[string]map[asl.FlowID]bool{} // by variable: the flows that read it, and those around them whose variables they see
	for name, variables := range l.m.VariableReferences() {
		s, ok := l.m.Find(name)
		if !ok {
			continue
		}
		for _, v := range variables {
			if readers[v] == nil {
				readers[v] = map[asl.FlowID]bool{}
			}
			for f := s.Common().Flow; f >= 0; f = l.outer(f) {
				readers[v][f] = true
			}
		}
	}
	for name, sites := range l.sites() {
		for _, s := range sites {
			if !readers[name][s.flow] {
				l.add("unused-variable", s.pointer, "remove it, or correct the name where it should be read", "Nothing reads the variable %s", quoted(name))
			}
		}
	}
}

// outer returns the flow around one whose variables it sees, -1 when there is none.
func (l *linter) outer(f asl.FlowID) asl.FlowID {
	p := l.m.Parent(f)
	if p == nil {
		return -1
	}
	if m, ok := p.(*asl.Map); ok && m.Distributed {
		return -1
	}
	return p.Common().Flow
}

// neverAssigned reports whether no way to the state at the pointer assigns the variable that the message of a diagnostic names.
func (l *linter) neverAssigned(d asl.Diagnostic) (name string, never bool) {
	_, rest, _ := strings.Cut(d.Message, "'")
	name, _, ok := strings.Cut(rest, "'")
	s, found := l.m.At(d.Pointer)
	if !ok || !found {
		return name, false
	}
	sites := l.sites()[name]
	flow, id := s.Common().Flow, s.Common().ID
	for flow >= 0 {
		var from []asl.StateID
		for _, x := range sites {
			if x.flow == flow {
				from = append(from, x.target)
			}
		}
		if len(from) > 0 && l.graph.reached(&l.m.Flows[flow], from...)[id] {
			return name, false
		}
		p := l.m.Parent(flow)
		if flow = l.outer(flow); flow >= 0 {
			id = p.Common().ID
		}
	}
	return name, true
}
