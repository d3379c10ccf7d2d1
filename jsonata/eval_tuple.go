package jsonata

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// A path with @, # or % carries tuples: the current value and the variables bound on the way to it.
type tuple struct {
	at    value.Value
	slots []value.Value // as the frame of the path
}

type tuples struct {
	list   []tuple
	scope  *scope
	stream bool // false behind a sort, where the reference forgets what the members are
}

// frame returns the frame in which a tuple's step is evaluated.
func (t *tuple) frame(path *node, f *frame) *frame {
	slots := t.slots
	if path.x.scope.binds {
		slots = append([]value.Value(nil), slots...)
	}
	return &frame{parent: f, slots: slots}
}

func newSlots(n int32) []value.Value {
	slots := make([]value.Value, n)
	for i := range slots {
		slots[i] = unbound
	}
	return slots
}

// object shows a tuple as the reference holds it: that is what steps see which do not know of tuples.
func (t *tuple) object(sc *scope) value.Value {
	o := &object{}
	o.set("@", t.at)
	for i, name := range sc.names {
		if i < len(t.slots) && t.slots[i].Kind() != kindUnbound {
			o.set(name, t.slots[i])
		}
	}
	return newObject(o)
}

// tuplePath evaluates a path from whose first marked step on tuples are carried.
func (s *state) tuplePath(n *node, in value.Value, f *frame) (value.Value, *Error) {
	cur := items{n: 1, one: in}
	if n.list[0].op != opVariable {
		cur = itemsOf(in)
	}
	var ts *tuples
	marked := false
	for i, step := range n.list {
		marked = marked || step.is(flagTuple)
		var err *Error
		if marked && !(i == 0 && step.is(flagConsArray)) {
			ts, err = s.tupleStep(n, step, cur, ts, f)
		} else if next, e := s.step(n, i, step, in, cur, f); e != nil || !step.hasFocus() {
			cur, err = next, e
		}
		if err != nil {
			return undefined, err
		}
		if !marked && cur.n == 0 {
			break
		}
	}
	if ts == nil { // ended before the first tuple; the grouping still expects its frame
		return s.endPath(n, cur, newFrame(f, int(n.nslots)))
	}
	if n.group != nil {
		return s.groupBy(n.group, undefined, &tupleGroup{ts, n}, f)
	}
	if n.is(flagTuple) {
		return value.FromForeign(kindTuples, ts, 0), nil
	}
	out := make([]value.Value, len(ts.list))
	for i := range ts.list {
		out[i] = ts.list[i].at
	}
	flags := flagSequence
	if n.is(flagKeepSingleton) {
		flags |= flagSingleton
	}
	return newArray(out, flags), nil
}

func (s *state) tupleStep(path, step *node, cur items, ts *tuples, f *frame) (*tuples, *Error) {
	var err *Error
	switch {
	case step.op == opSort && ts != nil:
		ts, err = s.sortTuples(path, step, ts, f)
	case step.op == opSort:
		ts, err = s.sortToTuples(path, step, cur, f)
	default:
		ts, err = s.stepTuples(path, step, cur, ts, f)
	}
	for i := 0; err == nil && i < len(step.stages); i++ {
		ts, err = s.tupleStage(path, &step.stages[i], ts, f)
	}
	return ts, err
}

func (s *state) stepTuples(path, step *node, cur items, ts *tuples, f *frame) (*tuples, *Error) {
	if ts == nil {
		ts = &tuples{list: make([]tuple, cur.n)}
		for i := range ts.list {
			ts.list[i] = tuple{at: cur.at(i), slots: newSlots(path.nslots)}
		}
	}
	out := &tuples{scope: path.x.scope, stream: true}
	for i := range ts.list {
		t := &ts.list[i]
		v, err := s.eval(step, t.at, t.frame(path, f))
		if err != nil {
			return nil, err
		}
		if isUndefined(v) {
			continue
		}
		if v.Kind() == kindTuples {
			for _, inner := range value.Foreign[tuples](v).list {
				next := tuple{at: inner.at, slots: append([]value.Value(nil), t.slots...)}
				for j, name := range value.Foreign[tuples](v).scope.names {
					if name != "" && inner.slots[j].Kind() != kindUnbound {
						next.slots[path.x.scope.find(name)] = inner.slots[j]
					}
				}
				out.list = append(out.list, next)
			}
			continue
		}
		results := itemsOf(v)
		if err := s.chargeItems(results.n * (2 + len(t.slots))); err != nil {
			return nil, err
		}
		if err := s.spend(results.n); err != nil {
			return nil, err
		}
		for b := 0; b < results.n; b++ {
			next := tuple{at: results.at(b), slots: append([]value.Value(nil), t.slots...)}
			if x := step.x; x != nil {
				if x.focus != "" {
					next.slots[x.focusSlot], next.at = next.at, t.at
				}
				if x.index != "" {
					next.slots[x.indexSlot] = value.FromFloat(float64(b))
				}
				if x.ancestor != nil {
					next.slots[x.ancestor.at] = t.at
				}
			}
			out.list = append(out.list, next)
		}
	}
	return out, nil
}

func (s *state) sortToTuples(path, step *node, cur items, f *frame) (*tuples, *Error) {
	cur, err := s.sortValues(step, cur, f)
	if err != nil {
		return nil, err
	}
	ts := &tuples{list: make([]tuple, cur.n), scope: path.x.scope, stream: true}
	for i := range ts.list {
		ts.list[i] = tuple{at: cur.at(i), slots: newSlots(path.nslots)}
		if step.x.index != "" {
			ts.list[i].slots[step.x.indexSlot] = value.FromFloat(float64(i))
		}
	}
	return ts, nil
}

func (s *state) sortTuples(path, step *node, ts *tuples, f *frame) (*tuples, *Error) {
	if len(ts.list) <= 1 {
		return ts, nil
	}
	k, err := s.newKeys(step, len(ts.list), func(i int) (value.Value, *frame) {
		if !ts.stream { // behind another sort
			return ts.list[i].object(path.x.scope), newFrame(f, int(path.nslots))
		}
		return ts.list[i].at, ts.list[i].frame(path, f)
	})
	if err != nil {
		return nil, err
	}
	order, err := mergeSort(len(ts.list), k.after)
	if err != nil {
		return nil, err
	}
	out := &tuples{list: make([]tuple, len(order)), scope: ts.scope}
	for i, at := range order {
		out.list[i] = ts.list[at]
	}
	return out, nil
}

// tupleStage filters tuples, or numbers them.
func (s *state) tupleStage(path *node, st *stage, ts *tuples, f *frame) (*tuples, *Error) {
	if st.expr == nil {
		for i := range ts.list {
			ts.list[i].slots[st.slot] = value.FromFloat(float64(i))
		}
		return ts, nil
	}
	out := &tuples{scope: ts.scope, stream: ts.stream}
	n := len(ts.list)
	if st.expr.op == opLiteral && st.expr.lit.Kind() == value.Number {
		at := math.Floor(st.expr.lit.Float())
		if at < 0 {
			at += float64(n)
		}
		if at >= 0 && at < float64(n) {
			out.list = ts.list[int(at) : int(at)+1]
		}
		return out, nil
	}
	for i := range ts.list {
		t := &ts.list[i]
		in, env := t.at, t.frame(path, f)
		if !ts.stream {
			in, env = t.object(path.x.scope), newFrame(f, int(path.nslots))
		}
		times, err := s.selects(st.expr, in, i, n, env)
		if err != nil {
			return nil, err
		}
		for range times {
			out.list = append(out.list, tuple{t.at, append([]value.Value(nil), t.slots...)})
		}
	}
	return out, nil
}

// afterTuples is after for a block that gives tuples: what follows sees their variables.
func (s *state) afterTuples(n *node, v value.Value, f *frame) (value.Value, *Error) {
	empty := newFrame(f, len(n.x.scope.names))
	for i := range n.preds {
		var err *Error
		if v.Kind() == kindTuples {
			v, err = s.filterTuples(n.preds[i].expr, v, func(t *tuple, from *scope) *frame {
				inner := newFrame(f, len(n.x.scope.names))
				for j, name := range from.names {
					if at := n.x.scope.find(name); at >= 0 && j < len(t.slots) {
						inner.slots[at] = t.slots[j]
					}
				}
				return inner
			})
		} else {
			v, err = s.filter(n.preds[i].expr, v, empty)
		}
		if err != nil {
			return undefined, err
		}
	}
	if n.group != nil {
		return s.groupBy(n.group, v, nil, empty)
	}
	return v, nil
}

// filterTuples filters the result of a path of tuples outside of that path.
func (s *state) filterTuples(pred *node, v value.Value, env func(*tuple, *scope) *frame) (value.Value, *Error) {
	ts := value.Foreign[tuples](v)
	out := &tuples{scope: ts.scope, stream: ts.stream}
	for i := range ts.list {
		times := 0
		var err *Error
		if pred.op == opLiteral && pred.lit.Kind() == value.Number {
			times = hits(pred.lit, i, len(ts.list))
		} else if times, err = s.selects(pred, ts.list[i].at, i, len(ts.list), env(&ts.list[i], ts.scope)); err != nil {
			return undefined, err
		}
		for range times {
			out.list = append(out.list, ts.list[i])
		}
	}
	return value.FromForeign(kindTuples, out, 0), nil
}
