package asl

import (
	"fmt"
	"slices"
)

// checkVariables looks for inner flows that assign a variable of an outer one, and warns of variables that a state may read
// before anything has assigned them.
func (c *compiler) checkVariables() {
	c.references()
	if len(c.assignments) == 0 && len(c.readings) == 0 {
		return
	}
	c.checkShadowing()
	c.checkDefined()
}

// checkShadowing refuses an assignment to a variable that a flow around it assigns. The children of a distributed Map do not
// see the variables around them and may use the names again.
func (c *compiler) checkShadowing() {
	owned := make([]map[string]bool, len(c.m.Flows))
	for _, a := range c.assignments {
		if owned[a.flow] == nil {
			owned[a.flow] = map[string]bool{}
		}
		owned[a.flow][a.name] = true
	}
	for _, a := range c.assignments {
		for flow := a.flow; flow > 0; {
			p := c.m.parents[flow-1]
			if p.distributed {
				break
			}
			if flow = p.of; owned[flow][a.name] {
				c.report(expressions, codeDuplicateVariable,
					fmt.Sprintf("The variable name '%s' was already defined in a parent scope.", a.name), a.at, a.at)
				break
			}
		}
	}
}

// bits is a set of variables by number.
type bits []uint64

func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bits) add(i int) { b[i/64] |= 1 << (i % 64) }

// meet keeps in b what other has too, and reports whether b lost anything.
func (b bits) meet(other bits) bool {
	changed := false
	for i := range b {
		if kept := b[i] & other[i]; kept != b[i] {
			b[i], changed = kept, true
		}
	}
	return changed
}

// definer computes which variables are surely assigned when a state is entered.
type definer struct {
	c       *compiler
	numbers map[string]int
	words   int
	entry   [][]bits // by flow and state; nil: not reached
}

// maxDefinerSteps bounds the data-flow analysis, in states visited times words of a set; a machine that needs more gets no warnings.
const maxDefinerSteps = 1 << 23

// checkDefined warns of readings that may precede every assignment. AWS accepts them: they fail at run time, if at all.
func (c *compiler) checkDefined() {
	if len(c.readings) == 0 {
		return
	}
	d := &definer{c: c, numbers: map[string]int{}, entry: make([][]bits, len(c.m.Flows))}
	for _, a := range c.assignments {
		if _, ok := d.numbers[a.name]; !ok {
			d.numbers[a.name] = len(d.numbers)
		}
	}
	d.words = len(d.numbers)/64 + 1
	steps := maxDefinerSteps / d.words
	for i := range c.m.Flows {
		if steps = d.flow(FlowID(i), steps); steps <= 0 {
			return
		}
	}
	warned := map[reading]bool{}
	for _, r := range c.readings {
		number, assigned := d.numbers[r.name]
		entry := d.entry[r.flow][r.state]
		if entry == nil || assigned && entry.has(number) {
			continue
		}
		if key := (reading{flow: r.flow, state: r.state, name: r.name}); !warned[key] {
			warned[key] = true
			c.warn(codeUndefinedVariable, fmt.Sprintf("Variable '%s' is possibly not defined.", r.name), r.at)
		}
	}
}

// flow propagates from StartAt until nothing changes. Outer flows have lower numbers and are done before.
func (d *definer) flow(id FlowID, steps int) int {
	f := &d.c.m.Flows[id]
	entry := make([]bits, len(f.States))
	d.entry[id] = entry
	first := make(bits, d.words)
	if id > 0 {
		p := d.c.m.parents[id-1]
		outer := d.entry[p.of][p.state]
		if outer == nil {
			return steps // the state around it is never entered
		}
		if !p.distributed {
			first = slices.Clone(outer)
		}
	}
	entry[f.StartAt] = first
	for todo := []StateID{f.StartAt}; len(todo) > 0; steps-- {
		if steps <= 0 {
			return 0
		}
		s := f.States[todo[len(todo)-1]]
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, e := range Transitions(s) {
			if e.Target == NoState {
				continue
			}
			out := slices.Clone(entry[id])
			d.apply(out, assignOf(s, e))
			if entry[e.Target] == nil {
				entry[e.Target] = out
			} else if !entry[e.Target].meet(out) {
				continue
			}
			todo = append(todo, e.Target)
		}
	}
	return steps
}

func (d *definer) apply(set bits, assign *Template) {
	if assign == nil {
		return
	}
	for _, m := range assign.Root.Members {
		if i, ok := d.numbers[m.Key]; ok {
			set.add(i)
		}
	}
}

// assignOf returns the Assign that is carried out when the edge is taken.
func assignOf(s State, e Edge) *Template {
	switch c := s.Common(); e.Kind {
	case CatchEdge:
		return c.Catch[e.Index].Assign
	case RuleEdge:
		return s.(*Choice).Rules[e.Index].Assign
	default:
		return c.Assign
	}
}
