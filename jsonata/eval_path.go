package jsonata

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// items is what goes from one step of a path to the next: n values, without an allocation when there is one.
type items struct {
	n    int
	one  value.Value
	many []value.Value
	// whole is set when the result of the last step is an existing array that must stay what it is.
	whole   value.Value
	isWhole bool
}

func itemsOf(v value.Value) items {
	if isArray(v) {
		e := elements(v)
		return items{n: len(e), many: e}
	}
	return items{n: 1, one: v}
}

func (it *items) at(i int) value.Value {
	if it.many != nil {
		return it.many[i]
	}
	return it.one
}

// list returns the items as a slice that may be kept.
func (it *items) list() []value.Value {
	if it.many == nil && it.n == 1 {
		return []value.Value{it.one}
	}
	return it.many
}

// path evaluates a.b.c: each step is evaluated for each member of what the step before it gave.
func (s *state) path(n *node, in value.Value, f *frame) (value.Value, *Error) {
	switch n.fast {
	case oneName:
		if in.Kind() == value.Object {
			return get(in, n.list[0].str), nil
		}
	case varPath:
		v := s.resolve(n.list[0].ref, f)
		for i := 1; i < len(n.list); i++ {
			if v.Kind() != value.Object {
				if isUndefined(v) {
					return v, nil
				}
				return s.steps2(n, v, f, i)
			}
			v = get(v, n.list[i].str)
		}
		return v, nil
	}
	if n.is(flagTuplePath) {
		return s.tuplePath(n, in, f)
	}
	cur := items{n: 1, one: in}
	if n.list[0].op != opVariable {
		cur = itemsOf(in)
	}
	for i, step := range n.list {
		var err *Error
		if cur, err = s.step(n, i, step, in, cur, f); err != nil {
			return undefined, err
		}
		if cur.n == 0 {
			break
		}
	}
	return s.endPath(n, cur, f)
}

// steps2 goes on with the steps of a path from number i, whose input is v.
func (s *state) steps2(n *node, v value.Value, f *frame, i int) (value.Value, *Error) {
	cur := itemsOf(v)
	for ; i < len(n.list); i++ {
		var err *Error
		if cur, err = s.step(n, i, n.list[i], v, cur, f); err != nil {
			return undefined, err
		}
		if cur.n == 0 {
			return undefined, nil
		}
	}
	return s.endPath(n, cur, f)
}

func (s *state) endPath(n *node, cur items, f *frame) (value.Value, *Error) {
	keep := n.is(flagKeepSingleton)
	if n.group == nil && !cur.isWhole && !keep && !n.is(flagKeepArray) {
		switch cur.n {
		case 0:
			return undefined, nil
		case 1:
			return cur.at(0), nil
		}
	}
	var v value.Value
	switch {
	case cur.isWhole:
		v = cur.whole
		if keep && v.Kind() == kindArray && arrayOf(v).flags&(flagCons|flagSequence) == flagCons {
			v = newArray([]value.Value{v}, flagSequence|flagSingleton)
		}
	case keep:
		v = newArray(cur.list(), flagSequence|flagSingleton)
	default:
		v = newArray(cur.list(), flagSequence)
	}
	if n.group != nil {
		return s.groupBy(n.group, v, nil, f)
	}
	return v, nil
}

// step evaluates step number i of a path for all items and joins the results into one sequence.
func (s *state) step(path *node, i int, step *node, in value.Value, cur items, f *frame) (items, *Error) {
	if i == 0 && step.is(flagConsArray) {
		if !isArray(in) {
			in = newArray([]value.Value{in}, flagSequence)
		}
		v, err := s.eval(step, in, f)
		if err != nil || !isArray(v) {
			return items{}, err
		}
		out := itemsOf(v)
		out.whole, out.isWhole = v, true
		return out, nil
	}
	if step.op == opSort {
		return s.sortStep(step, cur, f)
	}
	name := step.op == opName && step.preds == nil && step.group == nil
	if name && step.stages == nil && len(cur.many) > 1 {
		return s.nameStep(step, cur, i == len(path.list)-1)
	}
	var first value.Value
	var out []value.Value
	count := 0
	inner, wrapped := step, 0
	for inner.op == opBlock && len(inner.list) == 1 && inner.nslots == 0 && inner.preds == nil && inner.group == nil && !inner.is(flagKeepArray) {
		inner = inner.list[0]
		wrapped++
	}
	s.depth += wrapped
	for k := 0; k < cur.n; k++ {
		var v value.Value
		var err *Error
		item := cur.at(k)
		if name {
			if s.steps--; s.steps <= 0 {
				if err := s.tick(); err != nil {
					return items{}, err
				}
			}
			if item.Kind() == value.Object {
				var ok bool
				if v, ok = item.Get(step.str); !ok {
					if step.stages == nil {
						continue
					}
					v = undefined
				}
			} else if v, err = s.lookup(item, step.str); err != nil {
				return items{}, err
			}
			if v.Kind() == kindArray {
				v = collapse(v, step.is(flagKeepArray))
			}
		} else if v, err = s.evalBinary(inner, item, f); err != nil {
			return items{}, err
		}
		for j := range step.stages {
			if v, err = s.filter(step.stages[j].expr, v, f); err != nil {
				return items{}, err
			}
		}
		if isUndefined(v) {
			continue
		}
		switch count++; count {
		case 1:
			first = v
			continue
		case 2:
			out = make([]value.Value, 0, min(cur.n, 1024))
			out = flattenOne(out, first)
		}
		out = flattenOne(out, v)
		if cap(out) > 1024 && len(out)&1023 == 0 {
			if err := s.chargeItems(1024); err != nil {
				return items{}, err
			}
		}
	}
	s.depth -= wrapped
	return s.joined(count, first, out, i == len(path.list)-1)
}

// nameStep selects a member of each of many items.
func (s *state) nameStep(step *node, cur items, last bool) (items, *Error) {
	if err := s.spend(cur.n); err != nil {
		return items{}, err
	}
	var first value.Value
	out := make([]value.Value, 0, cur.n)
	count := 0
	c := cursor{name: step.str}
	for _, item := range cur.many {
		var v value.Value
		if item.Kind() == value.Object {
			m := c.find(item)
			if m == nil {
				continue
			}
			v = m.Value
		} else {
			var err *Error
			if v, err = s.lookup(item, step.str); err != nil {
				return items{}, err
			}
			if v.Kind() == kindArray {
				v = collapse(v, step.is(flagKeepArray))
			}
			if isUndefined(v) {
				continue
			}
		}
		if count++; count == 1 {
			first = v
		}
		if k := v.Kind(); k == value.Number || k == value.String || k == value.Object {
			out = append(out, v)
		} else {
			out = flattenOne(out, v)
		}
	}
	return s.joined(count, first, out, last)
}

// joined makes the result of a step of what its items gave: count results, the first of them, all of them flattened in out when
// there are several.
func (s *state) joined(count int, first value.Value, out []value.Value, last bool) (items, *Error) {
	switch {
	case count == 0:
		return items{}, nil
	case count > 1:
		if err := s.chargeItems(len(out)); err != nil {
			return items{}, err
		}
		if len(out) == 1 {
			return items{n: 1, one: out[0]}, nil
		}
		return items{n: len(out), many: out}, nil
	case !isArray(first):
		return items{n: 1, one: first}, nil
	case last && !isSequence(first):
		it := itemsOf(first)
		it.whole, it.isWhole = first, true
		return it, nil
	case first.Kind() == kindArray && arrayOf(first).flags&flagCons != 0:
		return items{n: 1, one: first}, nil
	}
	e := elements(first)
	return items{n: len(e), many: e}, nil
}

// flattenOne appends a result: the members of an array unless it is constructed in place.
func flattenOne(dst []value.Value, v value.Value) []value.Value {
	switch v.Kind() {
	case value.Array:
		return append(dst, v.Elems()...)
	case kindArray:
		if a := arrayOf(v); a.flags&flagCons == 0 {
			return append(dst, a.elems...)
		}
	}
	return append(dst, v)
}

var emptySequence = newArray(nil, flagSequence)

// filter is [ … ]: a number selects by position, everything else by truth. One selected value that is no array is returned
// bare.
func (s *state) filter(pred *node, v value.Value, f *frame) (value.Value, *Error) {
	if v.Kind() == kindTuples {
		return s.filterTuples(pred, v, func(*tuple, *scope) *frame { return f })
	}
	in := itemsOf(v)
	if pred.op == opLiteral && pred.lit.Kind() == value.Number {
		at := math.Floor(pred.lit.Float())
		if at < 0 {
			at += float64(in.n)
		}
		if at < 0 || at >= float64(in.n) || isUndefined(in.at(int(at))) {
			return emptySequence, nil
		}
		return in.at(int(at)), nil
	}
	var one value.Value
	var out []value.Value
	count := 0
	quick := pred.isQuick()
	if quick {
		if err := s.spend(4 * in.n); err != nil {
			return undefined, err
		}
	}
	for k := 0; k < in.n; k++ {
		item := in.at(k)
		times := -1
		if quick {
			times = pred.quick(item)
		}
		if times < 0 {
			var err *Error
			if times, err = s.selects(pred, item, k, in.n, f); err != nil {
				return undefined, err
			}
		}
		for range times {
			if count++; count == 1 {
				one = item
				continue
			}
			if count == 2 {
				out = append(make([]value.Value, 0, min(8+in.n/2, 1024)), one)
			}
			out = append(out, item)
		}
	}
	switch {
	case count == 0:
		return emptySequence, nil
	case count == 1 && !isArray(one) && !isUndefined(one):
		return one, nil
	case count == 1:
		return newArray([]value.Value{one}, flagSequence), nil
	}
	if err := s.chargeItems(count); err != nil {
		return undefined, err
	}
	return newArray(out, flagSequence), nil
}

// isQuick reports whether a predicate compares one name with a literal: the filters of most expressions do.
func (n *node) isQuick() bool {
	return n.op == opBinary && n.bop >= opEq && n.bop <= opGe && n.preds == nil && n.group == nil && n.a.fast == oneName && n.b.fast == literalNode
}

// quick decides such a predicate where both sides are numbers or both are strings, by 0 or 1; -1 leaves it to selects.
func (n *node) quick(item value.Value) int {
	if item.Kind() != value.Object {
		return -1
	}
	v, ok := item.Get(n.a.list[0].str)
	if !ok || v.Kind() != n.b.lit.Kind() {
		return -1
	}
	c := 0
	switch v.Kind() {
	case value.Number:
		x, y := v.Float(), n.b.lit.Float()
		switch {
		case x < y:
			c = -1
		case x > y:
			c = 1
		}
	case value.String:
		x, y := v.Str(), n.b.lit.Str()
		if len(x) > 256 {
			return -1
		}
		if n.bop <= opNe {
			if x != y {
				c = 1
			}
		} else {
			c = compareStrings(x, y)
		}
	default:
		return -1
	}
	var yes bool
	switch n.bop {
	case opEq:
		yes = c == 0
	case opNe:
		yes = c != 0
	case opLt:
		yes = c < 0
	case opLe:
		yes = c <= 0
	case opGt:
		yes = c > 0
	default:
		yes = c >= 0
	}
	if yes {
		return 1
	}
	return 0
}

// evalBinary is eval with a shortcut for plain operators, which is what predicates and mapped expressions mostly are.
func (s *state) evalBinary(n *node, in value.Value, f *frame) (value.Value, *Error) {
	if n.op != opBinary || n.preds != nil || n.group != nil || n.is(flagKeepArray) {
		return s.eval(n, in, f)
	}
	if s.steps--; s.steps <= 0 {
		if err := s.tick(); err != nil {
			return undefined, err
		}
	}
	if s.depth++; s.depth > s.limits.Depth {
		return undefined, exceeded(DepthLimit)
	}
	v, err := s.binary(n, in, f)
	s.depth--
	if v.Kind() == kindArray {
		v = collapse(v, false)
	}
	return v, err
}

// selects evaluates a predicate for item k of n and returns how often it selects the item.
func (s *state) selects(pred *node, item value.Value, k, n int, f *frame) (int, *Error) {
	var res value.Value
	var err *Error
	if res, err = s.evalBinary(pred, item, f); err != nil {
		return 0, err
	}
	if res.Kind() == value.Bool {
		if res.Bool() {
			return 1, nil
		}
		return 0, nil
	}
	number, err := isNumeric(res)
	if err != nil {
		return 0, err
	}
	if number {
		return hits(res, k, n), nil
	}
	if isArray(res) {
		numbers, err := allNumeric(elements(res))
		if err != nil {
			return 0, err
		}
		if numbers {
			times := 0
			for _, e := range elements(res) {
				times += hits(e, k, n)
			}
			return times, nil
		}
	}
	yes, err := s.truth(res)
	if err != nil || !yes {
		return 0, err
	}
	return 1, nil
}

func hits(v value.Value, k, n int) int {
	at := math.Floor(v.Float())
	if at < 0 {
		at += float64(n)
	}
	if at == float64(k) {
		return 1
	}
	return 0
}

func allNumeric(list []value.Value) (bool, *Error) {
	all := true
	for _, v := range list {
		number, err := isNumeric(v)
		if err != nil {
			return false, err
		}
		all = all && number
	}
	return all, nil
}
