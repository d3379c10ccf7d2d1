package lint

import (
	"github.com/gait-engine/gait/asl"
)

// analysis follows the shapes of documents along all transitions until nothing new appears. Entries and variables only grow, so
// what a path cannot find in the end no execution can find.
type analysis struct {
	l         *linter
	entry     [][]*shape          // by flow and state; nil: never entered, as far as is known
	changes   [][]int             // how often an entry has grown
	ends      []*shape            // by flow: the outputs it ends with; nil: it never ends
	endings   []int               // how often an end has grown
	variables []map[string]*shape // by flow: what its Assigns give, wherever in the flow they are
	parent    []asl.State
	outer     []asl.FlowID // the flow around a flow whose variables it sees; -1: none
	todo      []asl.State
	grown     bool // a variable has grown
	reporting bool
	work      int
}

// maxChanges is how often a place may grow before it becomes anything.
const maxChanges = 8

// maxWork bounds the analysis, in members and elements of shapes; a machine that needs more gets no warnings about its data.
const maxWork = 2_000_000

// analyse runs the analysis. The result is nil when it was given up.
func analyse(l *linter) *analysis {
	n := len(l.m.Flows)
	a := &analysis{
		l: l, entry: make([][]*shape, n), changes: make([][]int, n), ends: make([]*shape, n), endings: make([]int, n),
		variables: make([]map[string]*shape, n), parent: make([]asl.State, n), outer: make([]asl.FlowID, n),
	}
	for i := range l.m.Flows {
		f := &l.m.Flows[i]
		a.entry[i], a.changes[i] = make([]*shape, len(f.States)), make([]int, len(f.States))
		a.variables[i] = map[string]*shape{}
		a.parent[i], a.outer[i] = l.m.Parent(f.ID), -1
		if p := a.parent[i]; p != nil {
			if m, ok := p.(*asl.Map); !ok || !m.Distributed {
				a.outer[i] = p.Common().Flow
			}
		}
	}
	for round := 0; ; round++ {
		a.grown = false
		a.enter(0, l.m.Flows[0].StartAt, anything)
		for len(a.todo) > 0 {
			s := a.todo[len(a.todo)-1]
			a.todo = a.todo[:len(a.todo)-1]
			if a.visit(s); a.work > maxWork {
				return nil
			}
		}
		if !a.grown {
			return a
		}
		for i := range a.entry { // what reads the variables has to be seen again
			for id, in := range a.entry[i] {
				if in != nil {
					a.todo = append(a.todo, l.m.Flows[i].States[id])
				}
			}
			if round >= maxChanges {
				for name := range a.variables[i] {
					a.variables[i][name] = anything
				}
			}
		}
	}
}

// union joins two shapes and counts what it costs.
func (a *analysis) union(before, x *shape) *shape {
	s, size := bounded(join(before, x))
	a.work += 1 + size
	return s
}

// enter lets a document of the shape into a state.
func (a *analysis) enter(flow asl.FlowID, id asl.StateID, in *shape) {
	if id == asl.NoState || in == nil || a.reporting {
		return
	}
	before := a.entry[flow][id]
	after := a.union(before, in)
	if before != nil && equal(before, after) {
		return
	}
	if a.changes[flow][id]++; a.changes[flow][id] > maxChanges {
		after = anything
	}
	a.entry[flow][id] = after
	a.todo = append(a.todo, a.l.m.Flows[flow].States[id])
}

// end lets a document of the shape out of a flow.
func (a *analysis) end(flow asl.FlowID, out *shape) {
	if a.reporting {
		return
	}
	before := a.ends[flow]
	after := a.union(before, out)
	if before != nil && equal(before, after) || after == nil {
		return
	}
	if a.endings[flow]++; a.endings[flow] > maxChanges {
		after = anything
	}
	a.ends[flow] = after
	if p := a.parent[flow]; p != nil {
		a.todo = append(a.todo, p)
	}
}

// assign lets a variable of the flow have the shape.
func (a *analysis) assign(flow asl.FlowID, name string, x *shape) {
	if a.reporting {
		return
	}
	before := a.variables[flow][name]
	after := a.union(before, x)
	if after == nil || before != nil && equal(before, after) {
		return
	}
	a.variables[flow][name] = after
	a.grown = true
}

// variable returns the shape of a variable as the flow sees it; anything when nothing assigns it, which other rules tell of.
func (a *analysis) variable(flow asl.FlowID, name string) *shape {
	for f := flow; f >= 0; f = a.outer[f] {
		if v := a.variables[f][name]; v != nil {
			return v
		}
	}
	return anything
}

// leave passes the output on along Next or End.
func (a *analysis) leave(c *asl.Common, out *shape) {
	if c.Next.End || c.Type == asl.TypeSucceed {
		a.end(c.Flow, out)
		return
	}
	a.enter(c.Flow, c.Next.Target, out)
}

// visit computes what a state does to the document that it is entered with.
func (a *analysis) visit(s asl.State) {
	c := s.Common()
	in := a.entry[c.Flow][c.ID]
	if in == nil {
		return
	}
	a.work++
	v := &visit{a: a, c: c, s: s, input: in}
	if c.Lang == asl.JSONata {
		v.jsonata()
	} else {
		v.jsonPath()
	}
}
