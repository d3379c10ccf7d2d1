package jsonpath

import "github.com/gait-engine/gait/internal/value"

// Why the search is our own and not that of github.com/ohler55/ojg, which was the plan: its descent visits children before
// parents, it unwraps a definite union to two matches where Jayway makes one object, its filters compare by Go types (so a document
// would have to be converted to float64 and int64 and lose the text of its numbers), it refuses words without quotes, and it has no
// bound on results or time: $..*..*..* of a small document never ends.

// Bounds of one evaluation. A result array with more elements than maxResults is far beyond the largest payload.
const (
	maxResults = 1_000_000
	maxVisits  = 10_000_000
)

// search collects the matches of an indefinite path.
type search struct {
	path   *Path
	root   value.Value
	found  []value.Value
	visits int
	err    error
}

// search returns the array of what the path selects in v.
func (p *Path) search(v value.Value) (value.Value, error) {
	s := search{path: p, root: v}
	s.run(p.steps, v)
	if s.err != nil {
		return value.Value{}, s.err
	}
	return value.FromArray(s.found), nil
}

// visit counts n values and reports whether the search may go on.
func (s *search) visit(n int) bool {
	s.visits += n
	if s.visits > maxVisits && s.err == nil {
		s.err = &LimitError{s.path.text, "visited values", maxVisits}
	}
	return s.err == nil
}

// nested evaluates a path inside of a filter, from v, with the same budget.
func (s *search) nested(steps []step, v value.Value) (value.Value, bool) {
	outer := s.found
	s.found = nil
	s.run(steps, v)
	inner := s.found
	s.found = outer
	return value.FromArray(inner), s.err == nil
}

// run applies steps to v. What does not fit a step is passed over: an indefinite path finds less but does not fail
// (recorded: $.item.items[1:5] of {} gives []).
func (s *search) run(steps []step, v value.Value) {
	if !s.visit(1) {
		return
	}
	if len(steps) == 0 {
		if len(s.found) >= maxResults {
			s.err = &LimitError{s.path.text, "results", maxResults}
			return
		}
		s.found = append(s.found, v)
		return
	}
	st, rest := &steps[0], steps[1:]
	switch st.kind {
	case child:
		if x, ok := v.Get(st.name); ok {
			s.run(rest, x)
		}
	case children:
		s.children(steps, v)
	case element:
		s.index(int(st.index), rest, v)
	case elements:
		for _, i := range st.more.indexes {
			s.index(int(i), rest, v)
		}
	case slice:
		s.slice(st.more, rest, v)
	case wildcard:
		for _, x := range v.Elems() {
			s.run(rest, x)
		}
		for _, m := range v.Members() {
			s.run(rest, m.Value)
		}
	case filter:
		s.filter(st.more.cond, rest, v)
	case descent:
		s.descend(steps[1:], v)
	}
}

// children selects several members as one object. AWS allows it as the last step only.
func (s *search) children(steps []step, v value.Value) {
	if v.Kind() != value.Object {
		return
	}
	if len(steps) > 1 {
		detail := "Multi properties can only be used as path leafs: $" + string(steps[0].appendTo(nil))
		s.err = &NotFoundError{s.path.text, ManyProperties, cut(detail)}
		return
	}
	if s.visit(len(steps[0].more.names)) {
		s.run(nil, pick(v, steps[0].more.names))
	}
}

func (s *search) index(i int, rest []step, v value.Value) {
	if i < 0 {
		i += v.Len()
	}
	if x, ok := v.At(i); ok {
		s.run(rest, x)
	}
}

// slice follows Jayway: a negative end counts from the end only when there is no begin; with both bounds given each index between
// them is taken by itself, so that [-2:-1] works and [1:-1] selects nothing.
func (s *search) slice(sel *selector, rest []step, v value.Value) {
	n := len(v.Elems())
	from, to := int(sel.from), int(sel.to)
	switch {
	case !sel.hasTo:
		if from < 0 {
			from += n
		}
		from, to = max(from, 0), n
	case !sel.hasFrom:
		if to < 0 {
			to += n
		}
		from, to = 0, min(to, n)
	default:
		from, to = max(from, -n), min(to, n)
	}
	for i := from; i < to; i++ {
		s.index(i, rest, v)
	}
}

// filter tests the elements of an array, or an object as a single item.
func (s *search) filter(c condition, rest []step, v value.Value) {
	if v.Kind() == value.Object {
		if s.visit(1) && c.holds(s, v) && s.err == nil {
			s.run(rest, v)
		}
		return
	}
	for _, x := range v.Elems() {
		if !s.visit(1) {
			return
		}
		if c.holds(s, x) && s.err == nil {
			s.run(rest, x)
		}
	}
}

// descend applies steps to v and then to everything below it, parents before their children, in document order.
func (s *search) descend(steps []step, v value.Value) {
	if v.Kind() < value.Array || !s.visit(1) {
		return
	}
	switch st := &steps[0]; {
	case st.kind == children && !hasAll(v, st.more.names):
	case st.kind == filter:
		// Every object below is reached by the descent itself, so each is tested once, as an item of its own.
		if st.more.cond.holds(s, v) && s.err == nil {
			s.run(steps[1:], v)
		}
	default:
		s.run(steps, v)
	}
	for _, x := range v.Elems() {
		s.descend(steps, x)
	}
	for _, m := range v.Members() {
		s.descend(steps, m.Value)
	}
}

func hasAll(v value.Value, names []string) bool {
	for _, name := range names {
		if _, ok := v.Get(name); !ok {
			return false
		}
	}
	return true
}
