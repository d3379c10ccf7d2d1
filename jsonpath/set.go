package jsonpath

import "github.com/gait-engine/gait/internal/value"

// Set returns root with x stored at the place that the reference path names. Neither argument is modified.
//
// "$" gives x alone. Objects that are missing on the way are created, an existing value is replaced in its place, and a new member
// is appended. Arrays are never grown: an index must exist. The root of the path does not matter: it is root that is written.
//
// The error is a *[MismatchError] when the path crosses a value that is not the object or array it needs, or indexes outside of an
// array; a *[SyntaxError] when the path is no reference path.
//
// Source: Amazon States Language, "ResultPath".
func (p *Path) Set(root, x value.Value) (value.Value, error) {
	if !p.reference {
		return value.Value{}, &SyntaxError{Path: p.text, Message: "expected a path that names one place", Reference: true}
	}
	v, ok := set(p.steps, root, true, x)
	if !ok {
		return value.Value{}, &MismatchError{Path: p.text, Input: root}
	}
	return v, nil
}

// set returns v with x stored behind steps. present is false when v stands for a member that is missing.
func set(steps []step, v value.Value, present bool, x value.Value) (value.Value, bool) {
	if len(steps) == 0 {
		return x, true
	}
	s := &steps[0]
	if s.kind == child {
		if present && v.Kind() != value.Object {
			return value.Value{}, false
		}
		old, has := v.Get(s.name)
		inner, ok := set(steps[1:], old, has, x)
		if !ok {
			return value.Value{}, false
		}
		return v.With(s.name, inner), true
	}
	index := int(s.index)
	if index < 0 {
		index += len(v.Elems())
	}
	old, has := v.At(index)
	if !has {
		return value.Value{}, false
	}
	inner, ok := set(steps[1:], old, true, x)
	if !ok {
		return value.Value{}, false
	}
	return v.WithAt(index, inner), true
}
