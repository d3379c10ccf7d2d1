package jsonata

import "github.com/gait-engine/gait/internal/value"

func fnKeys(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	var out []value.Value
	if isArray(args[0]) {
		union := &object{}
		if err := s.collectKeys(union, elements(args[0]), 0); err != nil {
			return undefined, err
		}
		args = []value.Value{newObject(union)}
	}
	for _, m := range members(args[0]) {
		out = append(out, value.FromString(m.Key))
	}
	return s.sequence(out)
}

func (s *state) collectKeys(union *object, list []value.Value, depth int) *Error {
	for _, e := range list {
		if err := s.visit(depth); err != nil {
			return err
		}
		if isArray(e) {
			if err := s.collectKeys(union, elements(e), depth+1); err != nil {
				return err
			}
			continue
		}
		for _, m := range members(e) {
			union.set(m.Key, yes)
		}
	}
	return nil
}

func fnLookup(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return s.lookup(args[0], stringOr(args[1], "undefined"))
}

func fnSpread(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return s.spread(args[0], 0)
}

func (s *state) spread(v value.Value, depth int) (value.Value, *Error) {
	if err := s.visit(depth); err != nil {
		return undefined, err
	}
	if isArray(v) {
		if len(elements(v)) == 0 {
			return emptySequence, nil
		}
		var out []value.Value
		for _, e := range elements(v) {
			x, err := s.spread(e, depth+1)
			if err != nil {
				return undefined, err
			}
			if !isUndefined(x) {
				out = appendTo(out, x)
			}
		}
		if err := s.chargeItems(len(out)); err != nil {
			return undefined, err
		}
		return newArray(out, 0), nil
	}
	if !isObject(v) {
		return v, nil
	}
	list := members(v)
	out := make([]value.Value, len(list))
	for i, m := range list {
		out[i] = newObject(&object{members: []value.Member{m}})
	}
	return s.sequence(out)
}

func fnMerge(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	o := &object{}
	for _, e := range elements(args[0]) {
		list := members(e)
		if err := s.chargeItems(len(list)); err != nil {
			return undefined, err
		}
		for _, m := range list {
			o.set(m.Key, m.Value)
		}
	}
	return newObject(o), nil
}

func fnEach(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	obj, fn := args[0], args[1]
	var out []value.Value
	for _, m := range members(obj) {
		v, err := s.callHOF(fn, m.Value, value.FromString(m.Key), obj)
		if err != nil {
			return undefined, err
		}
		if !isUndefined(v) {
			out = append(out, v)
		}
	}
	return s.sequence(out)
}

func fnSift(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	obj, fn := args[0], optional(args, 1)
	o := &object{}
	for _, m := range members(obj) {
		keep, err := undefined, (*Error)(nil)
		if fn.Kind() == kindFunction {
			keep, err = s.callHOF(fn, m.Value, value.FromString(m.Key), obj)
		} else {
			err = fail("T1006")
		}
		if err != nil {
			return undefined, err
		}
		yes, err := s.truth(keep)
		if err != nil {
			return undefined, err
		}
		if yes {
			o.set(m.Key, m.Value)
		}
	}
	if len(o.members) == 0 {
		return undefined, nil
	}
	return newObject(o), nil
}

func fnExists(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	return value.FromBool(!isUndefined(args[0])), nil
}

func fnType(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	v := args[0]
	if isUndefined(v) {
		return undefined, nil
	}
	if v.Kind() == value.Number {
		number, err := isNumeric(v)
		if err != nil {
			return undefined, err
		}
		if !number {
			return value.FromString("object"), nil // so the reference calls NaN
		}
	}
	return value.FromString(typeName(v)), nil
}

func fnError(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	e := fail("D3137")
	if e.message = stringOr(optional(args, 0), ""); e.message == "" {
		e.message = "$error() function evaluated"
	}
	return undefined, e
}

func fnAssert(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if args[0].Bool() {
		return undefined, nil
	}
	e := fail("D3141")
	if e.message = stringOr(optional(args, 1), ""); e.message == "" {
		e.message = "$assert() statement failed"
	}
	return undefined, e
}

func fnClone(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	return s.clone(args[0], 0)
}
