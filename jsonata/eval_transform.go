package jsonata

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// transform is | pattern | update, delete |: a copy of the argument in which every object that the pattern selects is changed.
func (s *state) transform(fn *function, v value.Value) (value.Value, *Error) {
	if isUndefined(v) {
		return undefined, nil
	}
	n, f := fn.node, fn.frame
	clone := s.resolve(n.ref, f)
	if clone.Kind() != kindFunction {
		e := fail("T2013")
		e.Position = int(n.pos)
		return undefined, e
	}
	result, err := s.callWith(clone, value.Value{}, v)
	if err != nil {
		return undefined, err
	}
	matches, err := s.eval(n.a, result, f)
	if err != nil || isUndefined(matches) {
		return result, err
	}
	found := itemsOf(matches)
	for i := 0; i < found.n; i++ {
		if err := s.change(n, found.at(i), f); err != nil {
			return undefined, err
		}
	}
	return result, nil
}

// change applies the clauses to one match. Only objects of the copy can be changed; the reference fails on others in ways of
// its own, here they are left as they are.
func (s *state) change(n *node, match value.Value, f *frame) *Error {
	if match.Kind() == kindFunction && isClosure(match) {
		e := fail("D1010")
		e.Position = int(n.pos)
		return e
	}
	update, err := s.eval(n.b, match, f)
	if err != nil {
		return err
	}
	if !isUndefined(update) {
		if !isObject(update) && (update.Kind() != kindFunction || isClosure(update)) {
			e := failValue("T2011", update)
			e.Position = int(n.b.pos)
			return e
		}
		if match.Kind() == kindObject {
			o := objectOf(match)
			for _, m := range members(update) {
				v := m.Value
				cycle, err := s.reaches(v, o, 0)
				if err == nil && cycle { // an object cannot be part of itself
					v, err = s.clone(v, 0)
				}
				if err != nil {
					return err
				}
				o.set(m.Key, v)
			}
		}
	}
	if n.c == nil {
		return nil
	}
	names, err := s.eval(n.c, match, f)
	if err != nil || isUndefined(names) {
		return err
	}
	list := itemsOf(names)
	for i := 0; i < list.n; i++ {
		if list.at(i).Kind() != value.String {
			e := failValue("T2012", names)
			e.Position = int(n.c.pos)
			return e
		}
	}
	if match.Kind() == kindObject {
		for i := 0; i < list.n; i++ {
			objectOf(match).remove(list.at(i).Str())
		}
	}
	return nil
}

// clone copies a value as a round trip through $string does: numbers lose digits beyond 15, functions become "".
func (s *state) clone(v value.Value, depth int) (value.Value, *Error) {
	if err := s.visit(depth); err != nil {
		return undefined, err
	}
	switch v.Kind() {
	case value.Number:
		f := v.Float()
		if math.IsInf(f, 0) {
			return undefined, failValue("D1001", v)
		}
		if math.IsNaN(f) {
			return value.Value{}, nil
		}
		return value.FromFloat(round15(f)), nil
	case value.Array, kindArray:
		list := elements(v)
		if v.Kind() == kindArray && arrayOf(v).flags&flagOuter != 0 {
			return s.clone(list[0], depth)
		}
		if err := s.chargeItems(len(list)); err != nil {
			return undefined, err
		}
		out := make([]value.Value, len(list))
		for i := range list {
			var err *Error
			if out[i], err = s.clone(list[i], depth+1); err != nil {
				return undefined, err
			}
		}
		return newArray(out, 0), nil
	case value.Object, kindObject:
		list := members(v)
		if err := s.chargeItems(len(list)); err != nil {
			return undefined, err
		}
		o := &object{members: make([]value.Member, 0, len(list))}
		for _, m := range list {
			c, err := s.clone(m.Value, depth+1)
			if err != nil {
				return undefined, err
			}
			o.members = append(o.members, value.Member{Key: m.Key, Value: c})
		}
		return newObject(o), nil
	case kindFunction:
		return value.FromString(""), nil
	case kindUndefined:
		return value.Value{}, nil
	}
	return v, nil
}
