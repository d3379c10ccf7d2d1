package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// shape is a set of documents: those that a place of the data flow may hold, and perhaps more. nil is the empty set. Shapes are
// immutable and shared.
type shape struct {
	any    bool              // every document; the other fields are then zero
	leaves leaves            // null, booleans, numbers, strings
	object bool              // objects with members of fields only, of which those in sure are there …
	open   bool              // … or any other members besides
	fields map[string]*shape // of objects
	sure   map[string]bool   // the fields that every object has
	array  bool              // arrays of elements of elem
	elem   *shape            // nil: only the empty array
}

// leaves are kinds of values without parts.
type leaves uint8

const (
	nullLeaf leaves = 1 << iota
	boolLeaf
	numberLeaf
	textLeaf
	allLeaves = nullLeaf | boolLeaf | numberLeaf | textLeaf
)

var (
	anything    = &shape{any: true}
	scalar      = &shape{leaves: allLeaves}
	text        = &shape{leaves: textLeaf}
	number      = &shape{leaves: numberLeaf}
	boolean     = &shape{leaves: boolLeaf}
	null        = &shape{leaves: nullLeaf}
	emptyObject = &shape{object: true}
	openObject  = &shape{object: true, open: true}
)

// errorOutput is what a catcher sees.
var errorOutput = objectOf("Error", join(text, null), "Cause", join(text, null))

// objectOf makes the shape of objects with these members: a name, a shape, …
func objectOf(members ...any) *shape {
	s := &shape{object: true, fields: map[string]*shape{}}
	for i := 0; i < len(members); i += 2 {
		s.fields[members[i].(string)] = members[i+1].(*shape)
	}
	return s
}

// arrayOf makes the shape of arrays of the elements.
func arrayOf(elem *shape) *shape { return &shape{array: true, elem: elem} }

// The bounds of a shape. What lies beyond becomes anything, which keeps the analysis sound.
const (
	maxShapeDepth = 10
	maxShapeSize  = 300 // members and elements
)

// shapeOf returns the shape of one document.
func shapeOf(v value.Value) *shape {
	budget := maxShapeSize
	return shapeWithin(v, maxShapeDepth, &budget)
}

func shapeWithin(v value.Value, depth int, budget *int) *shape {
	if *budget--; depth == 0 || *budget < 0 {
		return anything
	}
	switch v.Kind() {
	case value.Object:
		s := &shape{object: true, fields: make(map[string]*shape, v.Len()), sure: make(map[string]bool, v.Len())}
		for _, m := range v.Members() {
			s.fields[m.Key], s.sure[m.Key] = shapeWithin(m.Value, depth-1, budget), true
		}
		return s
	case value.Array:
		s := &shape{array: true}
		for _, e := range v.Elems() {
			s.elem = join(s.elem, shapeWithin(e, depth-1, budget))
		}
		return s
	case value.String:
		return text
	case value.Number:
		return number
	case value.Bool:
		return boolean
	default:
		return null
	}
}

// join returns the union of two shapes, or more.
func join(a, b *shape) *shape {
	switch {
	case a == b || b == nil || a != nil && a.any:
		return a
	case a == nil || b.any:
		return b
	}
	s := &shape{leaves: a.leaves | b.leaves, object: a.object || b.object, open: a.open || b.open, array: a.array || b.array}
	s.elem = join(a.elem, b.elem)
	if len(a.fields)+len(b.fields) == 0 {
		return s
	}
	s.fields = make(map[string]*shape, max(len(a.fields), len(b.fields)))
	for _, side := range [][2]*shape{{a, b}, {b, a}} {
		for name, f := range side[0].fields {
			if _, done := s.fields[name]; done {
				continue
			}
			other := side[1].fields[name]
			if other == nil && side[1].open {
				other = anything
			}
			s.fields[name] = join(f, other)
		}
	}
	switch {
	case !a.object:
		s.sure = b.sure
	case !b.object:
		s.sure = a.sure
	default:
		s.sure = map[string]bool{}
		for name := range a.sure {
			if b.sure[name] {
				s.sure[name] = true
			}
		}
	}
	return s
}

// equal reports whether two shapes are written alike.
func equal(a, b *shape) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.any != b.any || a.leaves != b.leaves || a.object != b.object || a.open != b.open || a.array != b.array ||
		len(a.fields) != len(b.fields) || !maps.Equal(a.sure, b.sure) || !equal(a.elem, b.elem) {
		return false
	}
	for name, f := range a.fields {
		g, ok := b.fields[name]
		if !ok || !equal(f, g) {
			return false
		}
	}
	return true
}

// bounded cuts a shape that has grown too deep or too large. It also returns the size.
func bounded(s *shape) (*shape, int) {
	budget := maxShapeSize
	if fits(s, maxShapeDepth, &budget) {
		return s, maxShapeSize - budget
	}
	budget = maxShapeSize
	return cut(s, maxShapeDepth, &budget), maxShapeSize
}

func fits(s *shape, depth int, budget *int) bool {
	if s == nil || s.any {
		return true
	}
	if *budget--; depth == 0 || *budget < 0 {
		return false
	}
	for _, f := range s.fields {
		if !fits(f, depth-1, budget) {
			return false
		}
	}
	return fits(s.elem, depth-1, budget)
}

func cut(s *shape, depth int, budget *int) *shape {
	if s == nil || s.any {
		return s
	}
	if *budget--; depth == 0 || *budget < 0 {
		return anything
	}
	c := *s
	c.elem = cut(s.elem, depth-1, budget)
	if len(s.fields) > 0 {
		c.fields = make(map[string]*shape, len(s.fields))
		for _, name := range s.names() { // in order, so that the same members are kept each time
			c.fields[name] = cut(s.fields[name], depth-1, budget)
		}
	}
	return &c
}

// names returns the members that are known, sorted.
func (s *shape) names() []string {
	if s == nil {
		return nil
	}
	names := make([]string, 0, len(s.fields))
	for n := range s.fields {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// member returns what the member of objects in s may be; nil when no object has it.
func (s *shape) member(name string) *shape {
	switch {
	case s == nil || s.any:
		return s
	case !s.object:
		return nil
	}
	f := s.fields[name]
	if f == nil && s.open {
		return anything
	}
	return f
}

// element returns what an element of arrays in s may be; nil when no array has any.
func (s *shape) element() *shape {
	if s == nil || s.any {
		return s
	}
	return s.elem
}

// mapped is member as JSONata has it: it looks through arrays.
func (s *shape) mapped(name string) *shape {
	f := s.member(name)
	if s != nil && s.array && s.elem.mapped(name) != nil {
		return anything // one element or an array of them
	}
	return f
}

// with returns s with x placed at the segments, as ResultPath does.
func (s *shape) with(segments []jsonpath.Segment, x *shape) *shape {
	if len(segments) == 0 {
		return x
	}
	if s == nil {
		s = emptyObject // created on the way
	}
	if segments[0].Array {
		return join(s, anything)
	}
	if s.any {
		s = openObject // on other documents the state fails
	}
	name := segments[0].Name
	inner := s.member(name)
	if !s.sure[name] {
		inner = join(inner, emptyObject) // created where it is missing
	}
	out := &shape{object: true, open: s.open, fields: make(map[string]*shape, len(s.fields)+1), sure: make(map[string]bool, len(s.sure)+1)}
	maps.Copy(out.fields, s.fields)
	maps.Copy(out.sure, s.sure)
	out.fields[name], out.sure[name] = inner.with(segments[1:], x), true
	return out
}

// misfit reports whether no document in s has room for something at the segments, as ResultPath wants it.
func (s *shape) misfit(segments []jsonpath.Segment) bool {
	for _, g := range segments {
		switch {
		case s == nil || s.any || g.Array:
			return false // created on the way, or not known
		case !s.object:
			return true
		case !s.sure[g.Name]:
			return false // replaced or created where it is missing
		}
		s = s.member(g.Name)
	}
	return false
}

// kinds says what values of the shape are.
func (s *shape) kinds() string {
	var names []string
	for _, k := range []struct {
		is   bool
		name string
	}{
		{s.leaves&nullLeaf != 0, "null"}, {s.leaves&boolLeaf != 0, "a boolean"}, {s.leaves&numberLeaf != 0, "a number"},
		{s.leaves&textLeaf != 0, "a string"}, {s.array, "an array"}, {s.object, "an object"},
	} {
		if k.is {
			names = append(names, k.name)
		}
	}
	return strings.Join(names, " or ")
}
