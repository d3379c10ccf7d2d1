package asl

import "strconv"

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
