package jsonata

import "github.com/gait-engine/gait/internal/value"

// The functions here go down into values. Expressions can share members, so that a small value has very many paths through it,
// and nest values very deep: each visit is counted, and depth is bounded.

// visit counts a step down.
func (s *state) visit(depth int) *Error {
	if depth > maxNesting {
		return exceeded(DepthLimit)
	}
	return s.spend(1)
}

// truth casts to a boolean as $boolean does; undefined is false. A function is true where the reference holds it as an object,
// false where it wraps it: as an argument. A number that is not finite is an error.
func (s *state) truth(v value.Value) (bool, *Error) {
	switch v.Kind() {
	case value.Bool:
		return v.Bool(), nil
	case value.Number:
		number, err := isNumeric(v)
		return number && v.Float() != 0, err
	case value.String:
		return v.Len() > 0, nil
	case value.Array, kindArray:
		return s.anyTrue(elements(v), 0)
	case value.Object:
		return v.Len() > 0, nil
	case kindObject:
		return len(objectOf(v).members) > 0, nil
	case kindFunction:
		return !isClosure(v), nil
	}
	return false, nil
}

func (s *state) anyTrue(list []value.Value, depth int) (bool, *Error) {
	any := false
	for _, e := range list {
		if err := s.visit(depth); err != nil {
			return false, err
		}
		var b bool
		var err *Error
		if isArray(e) {
			b, err = s.anyTrue(elements(e), depth+1)
		} else {
			b, err = s.truth(e)
		}
		if err != nil {
			return false, err
		}
		any = any || b
	}
	return any, nil
}

// equal is deep equality; numbers by value, objects without regard to order.
func (s *state) equal(a, b value.Value, depth int) (bool, *Error) {
	switch {
	case isArray(a) && isArray(b):
		x, y := elements(a), elements(b)
		if len(x) != len(y) || a.Kind() == b.Kind() && a.Same(b) {
			return len(x) == len(y), nil
		}
		for i := range x {
			if err := s.visit(depth); err != nil {
				return false, err
			}
			if same, err := s.equal(x[i], y[i], depth+1); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	case isObject(a) && isObject(b):
		if a.Kind() == b.Kind() && a.Same(b) {
			return true, nil
		}
		x := rawMembers(a)
		if len(x) != len(rawMembers(b)) {
			return false, nil
		}
		for i := range x {
			if err := s.visit(depth); err != nil {
				return false, err
			}
			other := get(b, x[i].Key)
			if isUndefined(other) {
				return false, nil
			}
			if same, err := s.equal(x[i].Value, other, depth+1); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	}
	if a.Kind() == value.String && b.Kind() == value.String && a.Len() == b.Len() && a.Len() > 256 {
		if err := s.spend(a.Len() / 256); err != nil {
			return false, err
		}
	}
	return identical(a, b), nil
}

// lookup is the step of a name: on an object its member, on an array the members of all its items.
func (s *state) lookup(v value.Value, key string) (value.Value, *Error) {
	switch v.Kind() {
	case value.Object, kindObject:
		return get(v, key), nil
	case value.Array, kindArray:
		out, err := s.lookupAll(nil, elements(v), key, 0)
		if err == nil {
			err = s.chargeItems(len(out))
		}
		return newArray(out, flagSequence), err
	}
	return undefined, nil
}

func (s *state) lookupAll(dst, items []value.Value, key string, depth int) ([]value.Value, *Error) {
	for _, item := range items {
		err := s.visit(depth)
		if err == nil && isArray(item) {
			if dst, err = s.lookupAll(dst, elements(item), key, depth+1); err == nil {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		if m := get(item, key); !isUndefined(m) {
			dst = appendTo(dst, m)
			if cap(dst) > 1024 && int64(len(dst)*s.itemBytes) > s.limits.ValueBytes {
				return nil, exceeded(MemoryLimit)
			}
		}
	}
	return dst, nil
}

// flatten appends a value, arrays by their members down to the bottom.
func (s *state) flatten(dst []value.Value, v value.Value, depth int) ([]value.Value, *Error) {
	err := s.visit(depth)
	if err == nil && !isArray(v) {
		return append(dst, v), s.chargeItems(1)
	}
	for _, e := range elements(v) {
		if err == nil {
			dst, err = s.flatten(dst, e, depth+1)
		}
	}
	return dst, err
}

// reaches reports whether o is part of v.
func (s *state) reaches(v value.Value, o *object, depth int) (bool, *Error) {
	if err := s.visit(depth); err != nil {
		return false, err
	}
	if v.Kind() == kindObject {
		if objectOf(v) == o {
			return true, nil
		}
		for _, m := range objectOf(v).members {
			if found, err := s.reaches(m.Value, o, depth+1); found || err != nil {
				return found, err
			}
		}
	}
	if v.Kind() == kindArray {
		for _, e := range arrayOf(v).elems {
			if found, err := s.reaches(e, o, depth+1); found || err != nil {
				return found, err
			}
		}
	}
	return false, nil
}
