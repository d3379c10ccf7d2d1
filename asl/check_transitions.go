package asl

import (
	"fmt"

	"github.com/gait-engine/gait/internal/value"
)

// checkTransitions looks for states that nothing leads to and for a top level that cannot end. Missing targets have been
// reported while the states were read.
//
// As on AWS, only the top level must have a terminal state, and a top level without one is not searched for unreachable states.
func (c *compiler) checkTransitions() {
	for i := range c.m.Flows {
		f := &c.m.Flows[i]
		if f.ID == 0 && c.opts.Single == "" && !ends(f) {
			c.add(&c.found[transitions], finding{rank: 1, Diagnostic: Diagnostic{
				Severity: SeverityError, Code: codeMissingEnd, Message: "Workflow has no terminal state", Pointer: "/States",
			}})
			continue
		}
		if f.StartAt == NoState {
			continue // its target is missing; every state would be reported
		}
		for id, reached := range f.reachable() {
			if reached {
				continue
			}
			s := f.States[id].Common()
			c.add(&c.found[transitions], finding{rank: 1, Diagnostic: Diagnostic{
				Severity: SeverityError, Code: codeMissingTarget, Message: fmt.Sprintf("State \"%s\" is not reachable.", s.Name),
				Location: c.locationOf(f.ID) + "/States/" + s.Name, Pointer: value.AppendPointer(f.Pointer+"/States", s.Name),
			}})
		}
	}
}

// locationOf returns where the object of a flow stands, as AWS prints it; "" for the machine.
func (c *compiler) locationOf(id FlowID) string { return c.flows[id] }

// ends reports whether the flow has a terminal state.
func ends(f *Flow) bool {
	for _, s := range f.States {
		switch c := s.Common(); {
		case c.Next.End, c.Type == TypeSucceed, c.Type == TypeFail:
			return true
		}
	}
	return false
}

// reachable says of each state whether transitions lead to it from StartAt.
func (f *Flow) reachable() []bool {
	seen := make([]bool, len(f.States))
	seen[f.StartAt] = true
	for todo := []StateID{f.StartAt}; len(todo) > 0; {
		s := f.States[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		for _, t := range Transitions(s) {
			if t.Target != NoState && !seen[t.Target] {
				seen[t.Target] = true
				todo = append(todo, t.Target)
			}
		}
	}
	return seen
}
