package jsonata

import "slices"

// References is what an expression reads of its surroundings, found without running it.
type References struct {
	// Variables are the names, without $, that are read and not bound by the expression itself before. Sorted. Functions of the
	// library are not among them.
	Variables []string
	// Functions are the functions of the library that are named. A variable of the same name would take their place.
	Functions []string
	// States are the fields of $states that are read: input, context, result, errorOutput or what else is written. Sorted.
	States []string
	// WholeStates reports that $states is read as a whole, so that any field may matter.
	WholeStates bool
	// Input reports that the context or a name relative to it is read outside of any path, or $$ anywhere.
	Input bool
}

// References analyses the program.
func (p *Program) References() References {
	w := refWalker{p: p}
	w.walk(p.root, map[string]bool{}, nil)
	for _, list := range []*[]string{&w.refs.Variables, &w.refs.Functions, &w.refs.States} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	w.refs.Input = len(p.topLevel()) > 0
	return w.refs
}

// refWalker walks in the order of evaluation and keeps the names bound so far.
type refWalker struct {
	p    *Program
	refs References
}

// walk visits a node. bound holds the names bound on the way here; later holds those that the code around a function body will
// have bound when the function may run.
func (w *refWalker) walk(n *node, bound, later map[string]bool) {
	if n == nil {
		return
	}
	switch n.op {
	case opVariable:
		w.read(n.str, bound, later)
	case opBind:
		w.walk(n.b, bound, later)
		bound[n.a.str] = true
	case opBlock:
		inner := clone(bound)
		for i, e := range n.list {
			after := later
			if i < len(n.list)-1 {
				after = clone(later)
				for _, next := range n.list[i:] {
					if next.op == opBind {
						after[next.a.str] = true
					}
				}
			}
			w.walk(e, inner, after)
		}
	case opLambda:
		inner := clone(bound)
		for name := range later {
			inner[name] = true
		}
		for _, param := range n.list {
			inner[param.str] = true
		}
		w.walk(n.a, inner, nil)
	case opPath:
		w.path(n, bound, later)
		return
	case opObject:
		w.pairs(n.x.own.pairs, bound, later)
	case opSort:
		for _, t := range n.x.terms {
			w.walk(t.a, bound, later)
		}
	default:
		w.walk(n.a, bound, later)
		w.walk(n.b, bound, later)
		w.walk(n.c, bound, later)
		for _, c := range n.list {
			w.walk(c, bound, later)
		}
	}
	w.after(n, bound, later)
}

// after visits the filters and the grouping behind a node.
func (w *refWalker) after(n *node, bound, later map[string]bool) {
	for i := range n.preds {
		w.walk(n.preds[i].expr, bound, later)
	}
	if n.group != nil {
		w.pairs(n.group.pairs, bound, later)
	}
}

func (w *refWalker) pairs(pairs []pair, bound, later map[string]bool) {
	for _, p := range pairs {
		w.walk(p.key, bound, later)
		w.walk(p.value, bound, later)
	}
}

func (w *refWalker) path(n *node, bound, later map[string]bool) {
	first := n.list[0]
	if first.op == opVariable && first.str == "states" && !bound["states"] {
		if len(n.list) > 1 && n.list[1].op == opName && first.preds == nil && first.stages == nil {
			w.refs.States = append(w.refs.States, n.list[1].str)
			first = nil
		}
	}
	inner := bound
	if n.is(flagTuplePath) {
		inner = clone(bound)
	}
	for i, step := range n.list {
		if i > 0 || first != nil {
			w.walk(step, inner, later)
		}
		for j := range step.stages {
			w.walk(step.stages[j].expr, inner, later)
			if name := step.stages[j].index; name != "" {
				inner[name] = true
			}
		}
		if step.x != nil && step.x.focus != "" {
			inner[step.x.focus] = true
		}
		if step.x != nil && step.x.index != "" {
			inner[step.x.index] = true
		}
	}
	w.after(n, inner, later)
}

func (w *refWalker) read(name string, bound, later map[string]bool) {
	switch {
	case name == "" || name == "$" || bound[name]:
	case name == "states":
		w.refs.WholeStates = true
	case w.p.dialect.native(name) != nil:
		w.refs.Functions = append(w.refs.Functions, name)
	default:
		w.refs.Variables = append(w.refs.Variables, name)
	}
}

func clone(m map[string]bool) map[string]bool {
	out := make(map[string]bool, len(m)+2)
	for k := range m {
		out[k] = true
	}
	return out
}
