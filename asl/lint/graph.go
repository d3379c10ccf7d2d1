package lint

import (
	"strings"

	"github.com/gait-engine/gait/asl"
)

// graph is the transitions of a machine without those that are never taken.
type graph struct {
	dead map[string]bool // pointers of edges that are never taken: of rules and catchers that never match
}

// edges returns the transitions out of a state that may be taken.
func (g *graph) edges(s asl.State) []asl.Edge {
	all := asl.Transitions(s)
	if len(g.dead) == 0 {
		return all
	}
	kept := all[:0:0]
	for _, e := range all {
		if !g.dead[e.Pointer] {
			kept = append(kept, e)
		}
	}
	return kept
}

// reached says of each state of a flow whether transitions lead to it from those that are given.
func (g *graph) reached(f *asl.Flow, from ...asl.StateID) []bool {
	seen := make([]bool, len(f.States))
	todo := from
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id == asl.NoState || seen[id] {
			continue
		}
		seen[id] = true
		for _, e := range g.edges(f.States[id]) {
			todo = append(todo, e.Target)
		}
	}
	return seen
}

// ending says of each state of a flow whether an end can be reached from it: End, Succeed or Fail.
func (g *graph) ending(f *asl.Flow) []bool {
	ends := make([]bool, len(f.States))
	before := make([][]asl.StateID, len(f.States))
	var todo []asl.StateID
	for id, s := range f.States {
		c := s.Common()
		terminal := c.Type == asl.TypeSucceed || c.Type == asl.TypeFail
		for _, e := range g.edges(s) {
			if e.End {
				terminal = true
			} else if e.Target != asl.NoState {
				before[e.Target] = append(before[e.Target], asl.StateID(id))
			}
		}
		if terminal {
			todo = append(todo, asl.StateID(id))
		}
	}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if ends[id] {
			continue
		}
		ends[id] = true
		todo = append(todo, before[id]...)
	}
	return ends
}

// loops returns the strongly connected parts of a flow that have a cycle, each in document order.
//
// Tarjan's algorithm without recursion: definitions may be long chains.
func (g *graph) loops(f *asl.Flow) [][]asl.StateID {
	n := len(f.States)
	index, low, on := make([]int, n), make([]int, n), make([]bool, n)
	var stack []asl.StateID
	var out [][]asl.StateID
	type call struct {
		id    asl.StateID
		edges []asl.Edge
	}
	counter := 0
	open := func(id asl.StateID) call {
		counter++
		index[id], low[id], on[id] = counter, counter, true
		stack = append(stack, id)
		return call{id, g.edges(f.States[id])}
	}
	for root := range f.States {
		if index[root] != 0 {
			continue
		}
		calls := []call{open(asl.StateID(root))}
		for len(calls) > 0 {
			c := &calls[len(calls)-1]
			if len(c.edges) > 0 {
				t := c.edges[0].Target
				c.edges = c.edges[1:]
				if t == asl.NoState {
					continue
				}
				if index[t] == 0 {
					calls = append(calls, open(t))
				} else if on[t] {
					low[c.id] = min(low[c.id], index[t])
				}
				continue
			}
			id := c.id
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				up := calls[len(calls)-1].id
				low[up] = min(low[up], low[id])
			}
			if low[id] == index[id] {
				if part := pop(&stack, on, id); g.cyclic(f, part) {
					out = append(out, part)
				}
			}
		}
	}
	return out
}

// pop takes a part off the stack and returns it in document order.
func pop(stack *[]asl.StateID, on []bool, down asl.StateID) []asl.StateID {
	var part []asl.StateID
	for {
		last := (*stack)[len(*stack)-1]
		*stack = (*stack)[:len(*stack)-1]
		on[last] = false
		part = append(part, last)
		if last == down {
			break
		}
	}
	sortIDs(part)
	return part
}

// cyclic reports whether a strongly connected part has a cycle: a single state has one when it leads to itself.
func (g *graph) cyclic(f *asl.Flow, part []asl.StateID) bool {
	if len(part) > 1 {
		return true
	}
	for _, e := range g.edges(f.States[part[0]]) {
		if e.Target == part[0] {
			return true
		}
	}
	return false
}

// checkGraph looks for states that cannot be reached once the edges are gone that are never taken, and for loops.
func (l *linter) checkGraph() {
	for i := range l.m.Flows {
		for _, s := range l.m.Flows[i].States {
			l.deadEdges(s)
		}
	}
	for i := range l.m.Flows {
		f := &l.m.Flows[i]
		reached := l.graph.reached(f, f.StartAt)
		for id, ok := range reached {
			if s := f.States[id].Common(); !ok {
				l.add("unreachable-state", s.Pointer, "remove the state, or correct the rule or catcher that should lead to it",
					"State %q can never be reached: only rules or catchers that never match lead to it", s.Name)
			}
		}
		ends := l.graph.ending(f)
		for _, part := range l.graph.loops(f) {
			if !reached[part[0]] {
				continue
			}
			l.checkLoop(f, part, ends)
		}
	}
}

// checkLoop looks at one strongly connected part.
func (l *linter) checkLoop(f *asl.Flow, part []asl.StateID, ends []bool) {
	first := f.States[part[0]].Common()
	if !ends[part[0]] {
		if l.closed(f, part) {
			l.add("endless-loop", first.Pointer, "give the loop a way out: a Choice that leads to an end, or a limit",
				"No transition leads out of the loop of %s: only an error or a timeout ends it", stateNames(f, part))
		}
		return
	}
	polls := ""
	for _, id := range part {
		switch s := f.States[id].(type) {
		case *asl.Wait, *asl.Parallel, *asl.Map:
			return
		case *asl.Task:
			if !looksOnly(s.Resource) || l.paginated(s) {
				return
			}
			polls = s.Name
		}
	}
	if polls != "" {
		l.add("poll-without-wait", first.Pointer, "put a Wait state into the loop, or use a .sync integration",
			"The loop of %s asks again without waiting: it spends transitions and meets the limit of 25,000 events", stateNames(f, part))
	}
}

// closed reports whether no edge leaves the part. A loop that leads into another one without end is told of there.
func (l *linter) closed(f *asl.Flow, part []asl.StateID) bool {
	in := make(map[asl.StateID]bool, len(part))
	for _, id := range part {
		in[id] = true
	}
	for _, id := range part {
		for _, e := range l.graph.edges(f.States[id]) {
			if !in[e.Target] {
				return false
			}
		}
	}
	return true
}

// looksOnly reports whether an action only asks for the state of something.
func looksOnly(r asl.Resource) bool {
	if r.Kind != asl.Integration || r.Pattern != asl.RequestResponse || !isAWS(r) {
		return false
	}
	return strings.HasPrefix(r.Action, "describe") || strings.HasPrefix(r.Action, "get") || strings.HasPrefix(r.Action, "head")
}

// paginated reports whether a call asks for the next page of an answer.
func (l *linter) paginated(s *asl.Task) bool {
	v, _ := l.raw(s.Pointer)
	text := v.JSON()
	for _, mark := range []string{"Token", "Marker", "StartKey", "Cursor"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// stateNames names the states of a loop.
func stateNames(f *asl.Flow, part []asl.StateID) string {
	const most = 5
	var b strings.Builder
	for i, id := range part {
		if i == most {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(f.States[id].Common().Name))
	}
	return b.String()
}
