package jsonata

// Names of variables are resolved when the expression is compiled. A scope is what has a frame at run time: the expression as
// a whole, a block, a function body, a path of tuples. A scope without names of its own has none.

// scope is one lexical level.
type scope struct {
	parent *scope
	names  []string
	always []bool // bound whenever the frame exists: parameters
	binds  bool   // has := of its own
}

func (s *scope) declare(name string, always bool) int32 {
	for i, n := range s.names {
		if n == name {
			s.always[i] = s.always[i] || always
			return int32(i)
		}
	}
	s.names = append(s.names, name)
	s.always = append(s.always, always)
	return int32(len(s.names) - 1)
}

func (s *scope) find(name string) int32 {
	for i, n := range s.names {
		if n == name {
			return int32(i)
		}
	}
	return -1
}

// varRef is a resolved variable: the places to look, innermost first, then the globals.
type varRef struct {
	name   string
	at     []place
	global int32   // index of the name among the globals of the program; -1 when it is certainly bound in a frame
	native *native // the function of the library with this name, when it is a global
}

type place struct{ hops, slot int32 }

// resolver is the scope pass.
type resolver struct {
	dialect *dialect
	globals []string
	pending []pendingRef
	refs    []varRef
	calls   []*node // of variables
	values  []bool  // of each global: whether it is used in other ways than called
}

type pendingRef struct {
	ref   *varRef
	scope *scope
	value bool // not just called
}

func (r *resolver) newRef(name string, s *scope) *varRef {
	if len(r.refs) == cap(r.refs) {
		r.refs = make([]varRef, 0, 6)
	}
	r.refs = append(r.refs, varRef{name: name, global: -1})
	ref := &r.refs[len(r.refs)-1]
	if r.pending == nil {
		r.pending = make([]pendingRef, 0, 6)
	}
	r.pending = append(r.pending, pendingRef{ref: ref, scope: s})
	return ref
}

// resolve runs the pass over a whole tree. The top scope is where the expression's own variables live.
func (r *resolver) resolve(n *node, top *scope) {
	r.walk(n, top)
	for _, p := range r.pending {
		r.place(p.ref, p.scope)
	}
	if len(r.calls) == 0 {
		return
	}
	r.values = make([]bool, len(r.globals))
	for _, p := range r.pending {
		if p.value && p.ref.global >= 0 {
			r.values[p.ref.global] = true
		}
	}
	for _, n := range r.calls {
		if ref := n.a.ref; len(ref.at) == 0 && !r.values[ref.global] {
			n.flag |= flagDirect
		}
	}
}

func (r *resolver) place(ref *varRef, s *scope) {
	hops := int32(0)
	for ; s != nil; s = s.parent {
		if len(s.names) == 0 {
			continue
		}
		if i := s.find(ref.name); i >= 0 {
			ref.at = append(ref.at, place{hops, i})
			if s.always[i] {
				return
			}
		}
		hops++
	}
	ref.native = r.dialect.native(ref.name)
	for i, g := range r.globals {
		if g == ref.name {
			ref.global = int32(i)
			return
		}
	}
	if r.globals == nil {
		r.globals = make([]string, 0, 4)
	}
	r.globals = append(r.globals, ref.name)
	ref.global = int32(len(r.globals) - 1)
}

func (r *resolver) all(list []*node, s *scope) {
	for _, n := range list {
		r.walk(n, s)
	}
}

func (r *resolver) walk(n *node, s *scope) {
	if n == nil {
		return
	}
	switch n.op {
	case opPath:
		r.path(n, s)
		return
	case opLiteral:
		if n.preds == nil && n.group == nil {
			n.fast = literalNode
		}
	case opVariable:
		if n.str != "" {
			n.ref = r.newRef(n.str, s)
			r.pending[len(r.pending)-1].value = true
		}
	case opParent:
		n.ref = r.newRef(n.x.slot.label, s)
	case opBind:
		n.ref = &varRef{name: n.a.str, at: []place{{0, s.declare(n.a.str, false)}}}
		s.binds = true
		r.walk(n.b, s)
	case opBlock:
		inner := &scope{parent: s}
		r.all(n.list, inner)
		n.nslots = int32(len(inner.names))
	case opLambda:
		inner := &scope{parent: s}
		for _, param := range n.list {
			param.ref = &varRef{at: []place{{0, inner.declare(param.str, true)}}}
		}
		r.walk(n.a, inner)
		n.nslots = int32(len(inner.names))
	case opThunk:
		r.walk(n.a, s)
	case opCall, opPartial:
		if n.op == opCall && n.a.op == opVariable && n.a.str != "" && n.a.preds == nil && n.a.group == nil {
			n.a.ref = r.newRef(n.a.str, s)
			r.calls = append(r.calls, n)
		} else {
			r.walk(n.a, s)
		}
		r.all(n.list, s)
		if p := n.a; p.op == opPath && p.list[0].op == opName {
			n.ext().proc = r.newRef(p.list[0].str, s)
		}
		if n.a.op == opVariable && n.a.str == "eval" {
			n.flag |= flagEval
			n.ext().scope = s
		}
	case opObject:
		r.pairs(n.x.own.pairs, s)
	case opTransform:
		n.ref = r.newRef("clone", s)
		r.walk(n.a, s)
		r.walk(n.b, s)
		r.walk(n.c, s)
	case opArray:
		r.all(n.list, s)
	case opSort:
		for _, t := range n.x.terms {
			r.walk(t.a, s)
		}
	default:
		r.walk(n.a, s)
		r.walk(n.b, s)
		r.walk(n.c, s)
	}
	if n.preds != nil && n.op == opBlock && n.is(flagTuple) {
		s = r.tupleScope(n, s)
	}
	for i := range n.preds {
		r.walk(n.preds[i].expr, s)
	}
	if n.group != nil {
		r.pairs(n.group.pairs, s)
	}
}

// tupleScope is the scope of what follows a block that gives tuples: it sees their variables.
func (r *resolver) tupleScope(n *node, s *scope) *scope {
	inner := &scope{parent: s}
	inner.declare("", false)
	r.nested(n, inner)
	n.ext().scope = inner
	return inner
}

func (r *resolver) pairs(pairs []pair, s *scope) {
	for _, p := range pairs {
		r.walk(p.key, s)
		r.walk(p.value, s)
	}
}

// path resolves a path. From its first step with tuples on, steps see a scope with the names that the steps bind.
func (r *resolver) path(n *node, s *scope) {
	tuples := false
	for _, step := range n.list {
		tuples = tuples || step.is(flagTuple)
	}
	if !tuples {
		for _, step := range n.list {
			r.walk(step, s)
			for i := range step.stages {
				r.walk(step.stages[i].expr, s)
			}
		}
	} else {
		r.tuplePath(n, s)
	}
	for i := range n.preds {
		r.walk(n.preds[i].expr, s)
	}
	if n.group != nil {
		if tuples {
			s = n.x.scope
		}
		r.pairs(n.group.pairs, s)
		if tuples {
			n.nslots = int32(len(s.names))
		}
	}
	n.classify()
}

func (r *resolver) tuplePath(n *node, s *scope) {
	inner := &scope{parent: s}
	n.flag |= flagTuplePath
	n.ext().scope = inner
	inner.declare("", false)       // a frame always exists
	inTuples, made := false, false // made: there are tuples already
	for i, step := range n.list {
		inTuples = inTuples || step.is(flagTuple)
		x := step.x
		if x != nil {
			if x.focus != "" {
				x.focusSlot = inner.declare(x.focus, false)
			}
			if x.index != "" {
				x.indexSlot = inner.declare(x.index, false)
			}
			if x.ancestor != nil {
				x.ancestor.at = inner.declare(x.ancestor.label, false)
			}
		}
		at := s
		if inTuples && !(i == 0 && step.is(flagConsArray)) {
			if made || step.op != opSort {
				at = inner
			}
			made = true
		}
		r.walk(step, at)
		for j := range step.stages {
			st := &step.stages[j]
			if st.expr == nil {
				st.slot = inner.declare(st.index, false)
			} else if made {
				r.walk(st.expr, inner)
			} else {
				r.walk(st.expr, s)
			}
		}
		r.nested(step, inner)
	}
	n.nslots = int32(len(inner.names))
}

// nested declares the names that a step brings from a path inside it.
func (r *resolver) nested(step *node, inner *scope) {
	switch {
	case step.op == opBlock && len(step.list) > 0:
		r.nested(step.list[len(step.list)-1], inner)
	case step.op == opPath && step.is(flagTuplePath):
		for _, name := range step.x.scope.names {
			inner.declare(name, false)
		}
	}
}

// classify finds paths that have a shortcut.
func (n *node) classify() {
	if n.is(flagTuplePath|flagKeepSingleton|flagKeepArray) || n.group != nil || n.preds != nil || len(n.list) > 64 {
		return
	}
	for i, step := range n.list {
		plain := step.op == opName || i == 0 && step.op == opVariable && step.str != ""
		if !plain || step.stages != nil || step.preds != nil || step.group != nil || step.flag != 0 {
			return
		}
	}
	switch {
	case n.list[0].op == opVariable && len(n.list) > 1:
		n.fast = varPath
	case n.list[0].op == opVariable:
	case len(n.list) == 1:
		n.fast = oneName
	default:
		n.fast = namesPath
	}
}
