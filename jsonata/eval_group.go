package jsonata

import "github.com/gait-engine/gait/internal/value"

// tupleGroup is what is grouped at the end of a path of tuples.
type tupleGroup struct {
	*tuples
	path *node
}

// groupEntry collects the items of one key: a chain through the links of its pair.
type groupEntry struct {
	key                string
	pair               int32
	first, last, count int32
	running            running // when the value of the pair is an aggregate of a member
}

// groupBy is { … }: the keys are evaluated for every item; then each value once, for all items of its key together. With no
// items there is one round with an undefined context.
func (s *state) groupBy(g *group, v value.Value, ts *tupleGroup, f *frame) (value.Value, *Error) {
	if ts != nil && ts.stream {
		return s.groupTuples(g, ts, f)
	}
	if ts != nil { // behind a sort: the members are the tuples as they stand
		list := make([]value.Value, len(ts.list))
		for i := range list {
			list[i] = ts.list[i].object(ts.scope)
		}
		v, f = newArray(list, 0), newFrame(f, int(ts.path.nslots))
	}
	in := itemsOf(v)
	if in.n == 0 {
		in = items{n: 1, one: undefined}
	}
	if in.n == 1 {
		return s.objectFrom(g, in.at(0), f)
	}
	if err := s.chargeItems(2 * in.n * len(g.pairs)); err != nil {
		return undefined, err
	}
	if err := s.spend(in.n * len(g.pairs)); err != nil {
		return undefined, err
	}
	groups := newGroupSet(in.n)
	var few [2]pairPlan
	plans := append(few[:0], make([]pairPlan, len(g.pairs))...)
	for p := range plans {
		plans[p] = s.planOf(&g.pairs[p])
	}
	links := make([]int32, in.n*len(g.pairs)) // for each pair: from an item to the next one with the same key
	for i := 0; i < in.n; i++ {
		item := in.at(i)
		for p := range g.pairs {
			var key string
			plan := &plans[p]
			if plan.byName {
				if m := plan.key.find(item); m != nil {
					key = m.Value.Str()
				}
			}
			if key == "" {
				var ok bool
				var err *Error
				if key, ok, err = s.groupKey(g, p, item, f); err != nil {
					return undefined, err
				}
				if !ok {
					continue
				}
			}
			e, fresh := groups.entry(key, p)
			if int(e.pair) != p {
				return undefined, g.duplicate(key)
			}
			if fresh {
				e.first = int32(i)
			} else {
				links[p*in.n+int(e.last)] = int32(i)
			}
			e.last = int32(i)
			e.count++
			if plan.value.how != noAggregate {
				e.running.add(&plan.value, item)
			}
		}
	}
	o := &object{members: make([]value.Member, 0, len(groups.list))}
	for i := range groups.list {
		e := &groups.list[i]
		c := chain{items: &in, next: links[int(e.pair)*in.n:], first: int(e.first), n: int(e.count)}
		v, err := s.groupValue(g.pairs[e.pair].value, c, plans[e.pair].value.how, &e.running, f)
		if err != nil {
			return undefined, err
		}
		if !isUndefined(v) {
			o.members = append(o.members, value.Member{Key: e.key, Value: v})
		}
	}
	return newObject(o), nil
}

// pairPlan is what is known of a pair before its items are.
type pairPlan struct {
	byName bool // the key is a plain name
	key    cursor
	value  memberAggregate
}

func (s *state) planOf(p *pair) pairPlan {
	plan := pairPlan{value: s.aggregateOf(p.value)}
	if p.key.fast == oneName {
		plan.byName, plan.key.name = true, p.key.list[0].str
	}
	return plan
}

// chain is the items of one group: the first and, through next, those behind it.
type chain struct {
	items *items
	next  []int32
	first int
	n     int
}

// groupValue evaluates the value of a pair for the items of a group, or takes the aggregate that is there already.
func (s *state) groupValue(n *node, c chain, how aggregate, r *running, f *frame) (value.Value, *Error) {
	if c.n == 1 {
		return s.eval(n, c.items.at(c.first), f)
	}
	if v, ok := s.result(how, r); ok {
		return v, s.spend(c.n)
	}
	list, err := s.joinItems(c)
	if err != nil {
		return undefined, err
	}
	if len(list) == 0 {
		return s.eval(n, undefined, f)
	}
	return s.eval(n, newArray(list, 0), f)
}

// joinItems appends the items of a group. An undefined item among others is passed over, as appending does.
func (s *state) joinItems(c chain) ([]value.Value, *Error) {
	list := make([]value.Value, 0, c.n)
	for i, k := c.first, 0; k < c.n; i, k = int(c.next[i]), k+1 {
		switch item := c.items.at(i); item.Kind() {
		case value.Object, value.String, value.Number:
			list = append(list, item)
		case kindUndefined:
		default:
			list = appendTo(list, item)
		}
	}
	if len(list) > c.n {
		if err := s.chargeItems(len(list)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// groupSet finds entries by key.
type groupSet struct {
	list  []groupEntry
	index map[string]int
	cache [64]int32 // positions plus one, by the end of the key: most look-ups end here
}

// newGroupSet prepares for the keys of n items.
func newGroupSet(n int) groupSet {
	return groupSet{list: make([]groupEntry, 0, min(n, 16))}
}

func (s *groupSet) entry(key string, pair int) (*groupEntry, bool) {
	slot := 0
	if n := len(key); n > 1 {
		slot = int(key[n-1]+key[n-2]*7) & 63
	}
	if i := s.cache[slot]; i > 0 && s.list[i-1].key == key {
		return &s.list[i-1], false
	}
	e, fresh := s.find(key, pair)
	if fresh {
		s.cache[slot] = int32(len(s.list))
	}
	return e, fresh
}

func (s *groupSet) find(key string, pair int) (*groupEntry, bool) {
	if s.index == nil {
		for i := range s.list {
			if s.list[i].key == key {
				return &s.list[i], false
			}
		}
		if len(s.list) >= indexFrom {
			s.index = make(map[string]int, 4*len(s.list))
			for i := range s.list {
				s.index[s.list[i].key] = i
			}
		}
	} else if i, ok := s.index[key]; ok {
		return &s.list[i], false
	}
	if s.index != nil {
		s.index[key] = len(s.list)
	}
	s.list = append(s.list, groupEntry{key: key, pair: int32(pair)})
	return &s.list[len(s.list)-1], true
}

func (g *group) duplicate(key string) *Error {
	e := failValue("D1009", value.FromString(key))
	e.Position = int(g.pos)
	return e
}

// groupKey evaluates the key of a pair; ok is false when it is undefined.
func (s *state) groupKey(g *group, p int, in value.Value, f *frame) (key string, ok bool, err *Error) {
	n := g.pairs[p].key
	k := n.lit
	if n.op != opLiteral || n.preds != nil {
		if k, err = s.operand(n, in, f); err != nil {
			return "", false, err
		}
	}
	if k.Kind() == value.String {
		return k.Str(), true, nil
	}
	if isUndefined(k) {
		return "", false, nil
	}
	e := failValue("T1003", k)
	e.Position = int(g.pos)
	return "", false, e
}

// objectFrom is the common case of a single item.
func (s *state) objectFrom(g *group, in value.Value, f *frame) (value.Value, *Error) {
	list := make([]value.Member, len(g.pairs))
	for p := range g.pairs {
		key, ok, err := s.groupKey(g, p, in, f)
		if err != nil {
			return undefined, err
		}
		list[p] = value.Member{Key: key, Value: unbound}
		if !ok {
			list[p].Value = undefined
			continue
		}
		if p < indexFrom {
			for i := range p {
				if list[i].Key == key && list[i].Value.Kind() == kindUnbound {
					return undefined, g.duplicate(key)
				}
			}
		}
	}
	if len(list) > indexFrom {
		seen := make(map[string]bool, len(list))
		for i := range list {
			if list[i].Value.Kind() == kindUnbound && seen[list[i].Key] {
				return undefined, g.duplicate(list[i].Key)
			}
			seen[list[i].Key] = seen[list[i].Key] || list[i].Value.Kind() == kindUnbound
		}
	}
	if err := s.chargeItems(len(list)); err != nil {
		return undefined, err
	}
	n := 0
	for p := range list {
		if list[p].Value.Kind() != kindUnbound {
			continue
		}
		v, err := s.eval(g.pairs[p].value, in, f)
		if err != nil {
			return undefined, err
		}
		if !isUndefined(v) {
			list[n] = value.Member{Key: list[p].Key, Value: v}
			n++
		}
	}
	return newObject(&object{members: list[:n]}), nil
}

// groupTuples groups tuples; the variables of a group's tuples are joined like its values.
func (s *state) groupTuples(g *group, ts *tupleGroup, f *frame) (value.Value, *Error) {
	groups := newGroupSet(len(ts.list))
	var grouped [][]int // the tuples of each entry, by position
	for i := range ts.list {
		t := &ts.list[i]
		env := t.frame(ts.path, f)
		for p := range g.pairs {
			key, ok, err := s.groupKey(g, p, t.at, env)
			if err != nil {
				return undefined, err
			}
			if !ok {
				continue
			}
			e, fresh := groups.entry(key, p)
			if int(e.pair) != p {
				return undefined, g.duplicate(key)
			}
			if fresh {
				e.first = int32(len(grouped))
				grouped = append(grouped, nil)
			}
			grouped[e.first] = append(grouped[e.first], i)
		}
	}
	o := &object{}
	for i := range groups.list {
		e := &groups.list[i]
		joined := tuple{at: undefined, slots: newSlots(ts.path.nslots)}
		members := grouped[e.first]
		if err := s.chargeItems(len(members) * (1 + len(joined.slots))); err != nil {
			return undefined, err
		}
		joined.at = joinSlot(ts.list, members, -1)
		for slot := range joined.slots {
			joined.slots[slot] = joinSlot(ts.list, members, slot)
		}
		v, err := s.eval(g.pairs[e.pair].value, joined.at, joined.frame(ts.path, f))
		if err != nil {
			return undefined, err
		}
		if !isUndefined(v) {
			o.set(e.key, v)
		}
	}
	return newObject(o), nil
}

// joinSlot appends the values of one slot, or of the context, over the tuples of a group.
func joinSlot(list []tuple, which []int, slot int) value.Value {
	v := unbound
	var many []value.Value
	for _, i := range which {
		x := list[i].at
		if slot >= 0 {
			x = list[i].slots[slot]
		}
		switch {
		case x.Kind() == kindUnbound || isUndefined(x) && v.Kind() != kindUnbound:
		case v.Kind() == kindUnbound || isUndefined(v) && many == nil:
			v = x
		case many == nil:
			many = appendTo(appendTo(nil, v), x)
		default:
			many = appendTo(many, x)
		}
	}
	if many != nil {
		return newArray(many, 0)
	}
	return v
}
