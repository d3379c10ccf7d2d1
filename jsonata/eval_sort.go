package jsonata

import "github.com/gait-engine/gait/internal/value"

// mergeSort sorts positions 0 to n-1. after says whether what is at a belongs behind what is at b. The order of comparisons is
// part of the language: it decides which of several errors is raised.
func mergeSort(n int, after func(a, b int) (bool, *Error)) ([]int, *Error) {
	order := make([]int, 2*n)
	for i := range n {
		order[i] = i
	}
	return order[:n], mergeHalves(order[:n], order[n:], after)
}

func mergeHalves(list, spare []int, after func(a, b int) (bool, *Error)) *Error {
	if len(list) <= 1 {
		return nil
	}
	middle := len(list) / 2
	if err := mergeHalves(list[:middle], spare[:middle], after); err != nil {
		return err
	}
	if err := mergeHalves(list[middle:], spare[middle:], after); err != nil {
		return err
	}
	copy(spare, list)
	left, right := spare[:middle], spare[middle:len(list)]
	for i := range list {
		switch {
		case len(left) == 0:
			copy(list[i:], right)
			return nil
		case len(right) == 0:
			copy(list[i:], left)
			return nil
		}
		swap, err := after(left[0], right[0])
		if err != nil {
			return err
		}
		if swap {
			list[i], right = right[0], right[1:]
		} else {
			list[i], left = left[0], left[1:]
		}
	}
	return nil
}

// sortKeys evaluates the terms of an order-by clause, each at most once per item.
type sortKeys struct {
	s     *state
	n     *node
	keys  []value.Value
	input func(i int) (value.Value, *frame)
}

func (k *sortKeys) key(item, term int) (value.Value, *Error) {
	at := &k.keys[item*len(k.n.x.terms)+term]
	if at.Kind() != kindUnbound {
		return *at, nil
	}
	in, f := k.input(item)
	v, err := k.s.eval(k.n.x.terms[term].a, in, f)
	if err == nil {
		*at = v
	}
	return v, err
}

func (k *sortKeys) after(a, b int) (bool, *Error) {
	if err := k.s.spend(1); err != nil {
		return false, err
	}
	for t, term := range k.n.x.terms {
		x, err := k.key(a, t)
		if err != nil {
			return false, err
		}
		y, err := k.key(b, t)
		if err != nil {
			return false, err
		}
		c, err := k.compare(x, y)
		if err != nil {
			return false, err
		}
		if c == 0 {
			continue
		}
		if term.is(flagDescending) && !isUndefined(x) && !isUndefined(y) {
			c = -c
		}
		return c > 0, nil
	}
	return false, nil
}

// compare orders two keys; undefined goes last.
func (k *sortKeys) compare(x, y value.Value) (int, *Error) {
	if x.Kind() == value.Number && y.Kind() == value.Number {
		switch a, b := x.Float(), y.Float(); {
		case a == b:
			return 0, nil
		case a < b:
			return -1, nil
		}
		return 1, nil
	}
	if x.Kind() == value.String && y.Kind() == value.String {
		return compareStrings(x.Str(), y.Str()), nil
	}
	switch {
	case isUndefined(x) && isUndefined(y):
		return 0, nil
	case isUndefined(x):
		return 1, nil
	case isUndefined(y):
		return -1, nil
	}
	var e *Error
	switch {
	case !isComparable(x):
		e = failValue("T2008", x)
	case !isComparable(y):
		e = failValue("T2008", y)
	default:
		e = failValue("T2007", x)
		e.value2 = y
	}
	e.Position = int(k.n.pos)
	return 0, e
}

func (s *state) newKeys(n *node, count int, input func(int) (value.Value, *frame)) (*sortKeys, *Error) {
	if err := s.chargeItems(count * (len(n.x.terms) + 1)); err != nil {
		return nil, err
	}
	k := &sortKeys{s: s, n: n, keys: make([]value.Value, count*len(n.x.terms)), input: input}
	for i := range k.keys {
		k.keys[i] = unbound
	}
	return k, nil
}

// sortValues orders values by the terms of a sort step. The result of more than one is a plain array.
func (s *state) sortValues(n *node, cur items, f *frame) (items, *Error) {
	if cur.n <= 1 {
		return cur, nil
	}
	k, err := s.newKeys(n, cur.n, func(i int) (value.Value, *frame) { return cur.at(i), f })
	if err != nil {
		return items{}, err
	}
	order, err := mergeSort(cur.n, k.after)
	if err != nil {
		return items{}, err
	}
	out := make([]value.Value, cur.n)
	for i, at := range order {
		out[i] = cur.at(at)
	}
	return items{n: cur.n, many: out, whole: newArray(out, 0), isWhole: true}, nil
}

func (s *state) sortStep(n *node, cur items, f *frame) (items, *Error) {
	cur, err := s.sortValues(n, cur, f)
	if err != nil || n.stages == nil {
		return cur, err
	}
	v := cur.whole
	if !cur.isWhole {
		v = newArray(cur.list(), flagSequence)
	}
	for _, st := range n.stages {
		if v, err = s.filter(st.expr, v, f); err != nil {
			return items{}, err
		}
	}
	if isUndefined(v) {
		return items{}, nil
	}
	cur = itemsOf(v)
	if isArray(v) && !isSequence(v) {
		cur.whole, cur.isWhole = v, true
	}
	return cur, nil
}
