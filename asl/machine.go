package asl

import (
	"slices"
	"strconv"
	"strings"
)

// parent says which state a flow belongs to.
type parent struct {
	of          FlowID
	state       StateID
	distributed bool // child executions run the flow; they do not see the variables around it
}

// State returns a state by its IDs; nil when there is none.
func (m *Machine) State(flow FlowID, id StateID) State {
	if flow < 0 || int(flow) >= len(m.Flows) || id < 0 || int(id) >= len(m.Flows[flow].States) {
		return nil
	}
	return m.Flows[flow].States[id]
}

// Find returns the state with this name. Names are unique in the whole machine.
func (m *Machine) Find(name string) (State, bool) {
	for i := range m.Flows {
		if id, ok := m.Flows[i].Lookup(name); ok {
			return m.Flows[i].States[id], true
		}
	}
	return nil, false
}

// At returns the innermost state at or around a JSON pointer: for "/States/C/Choices/0/Next" the state C.
func (m *Machine) At(pointer string) (State, bool) {
	var best State
	for i := range m.Flows {
		for _, s := range m.Flows[i].States {
			p := s.Common().Pointer
			if rest, ok := strings.CutPrefix(pointer, p); ok && (rest == "" || rest[0] == '/') {
				if best == nil || len(p) > len(best.Common().Pointer) {
					best = s
				}
			}
		}
	}
	return best, best != nil
}

// Parent returns the Map or Parallel state that runs the flow; nil for the top level.
func (m *Machine) Parent(flow FlowID) State {
	if flow <= 0 || int(flow) > len(m.parents) {
		return nil
	}
	p := m.parents[flow-1]
	return m.State(p.of, p.state)
}

// VariableReferences returns, by state name, the sorted variables that each state reads. States that read none are left out;
// those of inner flows are listed under their own names. It is what DescribeStateMachine calls variableReferences.
func (m *Machine) VariableReferences() map[string][]string {
	out := make(map[string][]string, len(m.reads))
	for name, variables := range m.reads {
		out[name] = slices.Clone(variables)
	}
	return out
}

// Edge is one transition out of a state, for drawings and coverage.
type Edge struct {
	Target  StateID // a state of the same flow; NoState when End is true
	End     bool
	Pointer string // of the field that says so: "/States/C/Choices/0/Next", "/States/A/Catch/1/Next", "/States/A/Next"
	Kind    EdgeKind
	Index   int // of the choice rule or the catcher
}

// EdgeKind says what takes an edge.
type EdgeKind uint8

// The kinds of edges.
const (
	NextEdge    EdgeKind = iota // Next, or End
	RuleEdge                    // the Next of a choice rule
	DefaultEdge                 // Default
	CatchEdge                   // the Next of a catcher
)

// Transitions returns the edges out of a state: catchers first, then Next or End; of a Choice the rules, then Default.
// Succeed and Fail have none.
func Transitions(s State) []Edge {
	c := s.Common()
	var out []Edge
	for i, k := range c.Catch {
		out = append(out, Edge{Target: k.Next, Pointer: c.Pointer + "/Catch/" + strconv.Itoa(i) + "/Next", Kind: CatchEdge, Index: i})
	}
	switch s := s.(type) {
	case *Choice:
		for i, r := range s.Rules {
			out = append(out, Edge{Target: r.Next, Pointer: r.Pointer + "/Next", Kind: RuleEdge, Index: i})
		}
		if s.Default != NoState {
			out = append(out, Edge{Target: s.Default, Pointer: c.Pointer + "/Default", Kind: DefaultEdge})
		}
	case *Succeed, *Fail:
	default:
		if c.Next.End {
			out = append(out, Edge{Target: NoState, End: true, Pointer: c.Pointer + "/End"})
		} else {
			out = append(out, Edge{Target: c.Next.Target, Pointer: c.Pointer + "/Next"})
		}
	}
	return out
}
