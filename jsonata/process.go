package jsonata

import (
	"strconv"

	"github.com/gait-engine/gait/internal/value"
)

// process turns the tree as written into the one that is evaluated: chains of dots become paths with steps, filters move to
// the step they belong to, each % finds the step whose input it means, calls in tail position of a function become thunks.
//
// The node given is reused where its shape allows.
func (p *parser) process(n *node) (*node, *Error) {
	if p.depth++; p.depth > p.max {
		return nil, tooDeep(int(n.pos))
	}
	r, err := p.processNode(n)
	if err != nil {
		return nil, err
	}
	p.depth--
	if n.is(flagKeepArray) {
		r.flag |= flagKeepArray
	}
	if r != n && (n.op == opDot || n.op == opIndex) {
		n.a, p.spare = p.spare, n
	}
	return r, nil
}

func (p *parser) processNode(n *node) (*node, *Error) {
	switch n.op {
	case opDot:
		return p.processDot(n)
	case opIndex:
		return p.processIndex(n)
	case opGroup:
		return p.processGroup(n)
	case opSortBy:
		return p.processSort(n)
	case opFocus:
		return p.processFocus(n)
	case opAt:
		return p.processAt(n)
	case opBind:
		return n, p.children(n, &n.b)
	case opApply:
		var err *Error
		if n.a, err = p.process(n.a); err != nil {
			return nil, err
		}
		if n.b, err = p.process(n.b); err != nil {
			return nil, err
		}
		n.flag |= (n.a.flag | n.b.flag) & flagKeepArray
		return n, nil
	case opBinary, opBoolean:
		return n, p.children(n, &n.a, &n.b)
	case opNegate:
		if err := p.children(n, &n.a); err != nil {
			return nil, err
		}
		if n.a.op == opLiteral && n.a.lit.Kind() == value.Number {
			n.a.lit = value.FromFloat(-n.a.lit.Float())
			return n.a, nil
		}
		return n, nil
	case opArray, opCall, opPartial:
		for i := range n.list {
			if err := p.children(n, &n.list[i]); err != nil {
				return nil, err
			}
		}
		if n.op != opArray {
			var err *Error
			n.a, err = p.process(n.a)
			return n, err
		}
		return n, nil
	case opObject:
		for i := range n.x.pairs {
			if err := p.children(n, &n.x.pairs[i].key, &n.x.pairs[i].value); err != nil {
				return nil, err
			}
		}
		n.x.own = group{pairs: n.x.pairs, pos: n.pos}
		return n, nil
	case opLambda:
		body, err := p.process(n.a)
		if err != nil {
			return nil, err
		}
		n.a = p.tail(body)
		return n, nil
	case opCondition:
		if err := p.children(n, &n.a, &n.b); err != nil || n.c == nil {
			return n, err
		}
		return n, p.children(n, &n.c)
	case opTransform:
		for _, c := range []**node{&n.a, &n.b, &n.c} {
			if *c != nil {
				var err *Error
				if *c, err = p.process(*c); err != nil {
					return nil, err
				}
			}
		}
		return n, nil
	case opBlock:
		for i := range n.list {
			if err := p.children(n, &n.list[i]); err != nil {
				return nil, err
			}
			e := n.list[i]
			if e.is(flagConsArray) || e.op == opPath && e.list[0].is(flagConsArray) {
				n.flag |= flagConsArray
			}
		}
		return n, nil
	case opName:
		return p.path(n), nil
	case opParent:
		n.ext().slot = &slot{label: "!" + strconv.Itoa(p.slots), level: 1, index: p.slots, at: -1}
		n.pos = 0 // errors about it have no place
		p.slots++
		p.parents = append(p.parents, n)
		return n, nil
	case opOperator: // and, or, in where a term is due
		n.op = opName
		return p.path(n), nil
	case opEnd:
		e := fail("S0207")
		e.Position, e.token = int(n.pos), value.FromString("(end)")
		return nil, e
	}
	return n, nil // literals, variables, wildcards, regexes, placeholders
}

// path wraps a step into a path.
func (p *parser) path(step *node) *node {
	r := p.node(opPath, 0)
	room := 4
	if step.op == opName {
		room = 1 // most names stay alone
	}
	r.list = p.steps(step, room)
	if step.op == opName && step.is(flagKeepArray) {
		r.flag |= flagKeepSingleton
	}
	return r
}

// children processes the children and passes on what they seek.
func (p *parser) children(n *node, children ...**node) *Error {
	for _, c := range children {
		r, err := p.process(*c)
		if err != nil {
			return err
		}
		*c = r
		pushAncestry(n, r)
	}
	return nil
}

func pushAncestry(to, from *node) {
	if s := from.seeking(); s != nil || from.op == opParent {
		if from.op == opParent {
			s = append(s, from.x.slot)
		}
		to.ext().seeking = append(to.x.seeking, s...)
	}
}

func (p *parser) processDot(n *node) (*node, *Error) {
	first, behind := n.a, n.b
	r := first
	if first.op == opName { // the node of the dot becomes the path
		r = n
		*r = node{op: opPath, flag: first.flag & flagKeepArray, list: p.steps(first, 4)}
	} else {
		left, err := p.process(first)
		if err != nil {
			return nil, err
		}
		if r = left; left.op != opPath {
			r = p.path(left)
			r.flag = 0
			if left.op == opParent {
				r.ext().seeking = []*slot{left.x.slot}
			}
		}
	}
	rest := behind
	if behind.op != opName {
		var err *Error
		if rest, err = p.process(behind); err != nil {
			return nil, err
		}
	}
	if rest.op == opPath {
		r.list = append(r.list, rest.list...)
	} else {
		if rest.preds != nil {
			rest.stages, rest.preds = rest.preds, nil
		}
		r.list = append(r.list, rest)
	}
	for _, step := range r.list {
		if step.op == opLiteral {
			if step.lit.Kind() != value.String {
				e := failValue("S0213", step.lit)
				e.Position = int(step.pos)
				return nil, e
			}
			step.op, step.str = opName, step.lit.Str()
		}
		if step.is(flagKeepArray) {
			r.flag |= flagKeepSingleton
		}
	}
	if first := r.list[0]; first.op == opArray {
		first.flag |= flagConsArray
	}
	if last := r.list[len(r.list)-1]; last.op == opArray {
		last.flag |= flagConsArray
	}
	return r, p.resolveAncestry(r)
}

func (p *parser) processIndex(n *node) (*node, *Error) {
	r, err := p.process(n.a)
	if err != nil {
		return nil, err
	}
	step, where := r, &r.preds
	if r.op == opPath {
		step = r.list[len(r.list)-1]
		where = &step.stages
	}
	if step.group != nil {
		e := fail("S0209")
		e.Position = int(n.pos)
		return nil, e
	}
	filter, err := p.process(n.b)
	if err != nil {
		return nil, err
	}
	if s := filter.seeking(); s != nil {
		for _, want := range s {
			if want.level == 1 {
				if err := p.seekParent(step, want); err != nil {
					return nil, err
				}
			} else {
				want.level--
			}
		}
		pushAncestry(step, filter)
	}
	*where = append(*where, stage{expr: filter, pos: n.pos})
	return r, nil
}

func (p *parser) processGroup(n *node) (*node, *Error) {
	r, err := p.process(n.a)
	if err != nil {
		return nil, err
	}
	if r.group != nil {
		e := fail("S0210")
		e.Position = int(n.pos)
		return nil, e
	}
	g := &group{pairs: n.x.pairs, pos: n.pos}
	for i := range g.pairs {
		if g.pairs[i].key, err = p.process(g.pairs[i].key); err != nil {
			return nil, err
		}
		if g.pairs[i].value, err = p.process(g.pairs[i].value); err != nil {
			return nil, err
		}
	}
	r.group = g
	return r, nil
}

func (p *parser) processSort(n *node) (*node, *Error) {
	r, err := p.process(n.a)
	if err != nil {
		return nil, err
	}
	if r.op != opPath {
		step := r
		r = p.path(step)
		r.flag = 0
	}
	sort := p.node(opSort, n.pos)
	sort.ext().terms = n.list
	for _, term := range n.list {
		if err := p.children(sort, &term.a); err != nil {
			return nil, err
		}
	}
	r.list = append(r.list, sort)
	return r, p.resolveAncestry(r)
}

func (p *parser) processFocus(n *node) (*node, *Error) {
	r, err := p.process(n.a)
	if err != nil {
		return nil, err
	}
	step := r
	if r.op == opPath {
		step = r.list[len(r.list)-1]
	}
	code := ""
	if step.stages != nil || step.preds != nil {
		code = "S0215"
	} else if step.op == opSort {
		code = "S0216"
	}
	if code != "" {
		e := fail(code)
		e.Position = int(n.pos)
		return nil, e
	}
	step.flag |= n.flag & flagKeepArray
	step.ext().focus = n.b.str
	step.flag |= flagTuple
	return r, nil
}

func (p *parser) processAt(n *node) (*node, *Error) {
	r, err := p.process(n.a)
	if err != nil {
		return nil, err
	}
	step := r
	if r.op == opPath {
		step = r.list[len(r.list)-1]
	} else {
		r = p.path(step)
		r.flag = 0
		if step.preds != nil {
			step.stages, step.preds = step.preds, nil
		}
	}
	if step.stages == nil {
		step.ext().index = n.b.str
	} else {
		step.stages = append(step.stages, stage{index: n.b.str, pos: n.pos})
	}
	step.flag |= flagTuple
	return r, nil
}

// tail makes calls in tail position thunks: they are run by the caller of the function, so that loops written as recursion
// need no depth.
func (p *parser) tail(n *node) *node {
	switch n.op {
	case opCall:
		if n.preds == nil {
			t := p.node(opThunk, n.pos)
			t.a = n
			return t
		}
	case opCondition:
		n.b = p.tail(n.b)
		if n.c != nil {
			n.c = p.tail(n.c)
		}
	case opBlock:
		if last := len(n.list) - 1; last >= 0 {
			n.list[last] = p.tail(n.list[last])
		}
	}
	return n
}

// seekParent walks one step to the left in search of the step whose input the slot means. That step is marked.
func (p *parser) seekParent(n *node, s *slot) *Error {
	switch n.op {
	case opName, opWildcard:
		s.level--
		if s.level == 0 {
			x := n.ext()
			if x.ancestor != nil {
				p.parents[s.index].x.slot.label = x.ancestor.label
			}
			x.ancestor = s
			n.flag |= flagTuple
		}
	case opParent:
		s.level++
	case opBlock:
		if last := len(n.list) - 1; last >= 0 {
			n.flag |= flagTuple
			return p.seekParent(n.list[last], s)
		}
	case opPath:
		n.flag |= flagTuple
		i := len(n.list) - 1
		if err := p.seekParent(n.list[i], s); err != nil {
			return err
		}
		for i--; s.level > 0 && i >= 0; i-- {
			if err := p.seekParent(n.list[i], s); err != nil {
				return err
			}
		}
	default:
		e := fail("S0217")
		e.Position, e.token = int(n.pos), value.FromString(n.typeName())
		return e
	}
	return nil
}

// resolveAncestry finds the steps for the % in the last step of a path; what it does not find is left to the enclosing path.
func (p *parser) resolveAncestry(path *node) *Error {
	last := path.list[len(path.list)-1]
	slots := last.seeking()
	if last.op == opParent {
		slots = append(slots, last.x.slot)
	}
	for _, s := range slots {
		at := len(path.list) - 2
		for s.level > 0 {
			if at < 0 {
				path.ext().seeking = append(path.x.seeking, s)
				break
			}
			step := path.list[at]
			at--
			// steps that bind a context variable all start from the same parent
			for at >= 0 && step.hasFocus() && path.list[at].hasFocus() {
				step = path.list[at]
				at--
			}
			if err := p.seekParent(step, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *node) hasFocus() bool { return n.x != nil && n.x.focus != "" }
