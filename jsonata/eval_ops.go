package jsonata

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// at attaches an operator and its place to an error that has just been raised by it.
func (e *Error) at(n *node) *Error {
	if e.Code != "U1001" {
		e.Position = int(n.pos)
		e.setToken(n.str)
	}
	return e
}

func (s *state) boolean(n *node, in value.Value, f *frame) (value.Value, *Error) {
	left, err := s.eval(n.a, in, f)
	if err != nil {
		return undefined, err
	}
	b, err := s.truth(left)
	if err != nil {
		return undefined, err.at(n)
	}
	if b == (n.bop == opOr) {
		return value.FromBool(b), nil
	}
	right, err := s.eval(n.b, in, f)
	if err == nil {
		b, err = s.truth(right)
	}
	if err != nil {
		return undefined, err.at(n)
	}
	return value.FromBool(b), nil
}

func (s *state) binary(n *node, in value.Value, f *frame) (value.Value, *Error) {
	if n.bop == opConcat {
		return s.concatChain(n, in, f)
	}
	left, err := s.operand(n.a, in, f)
	if err != nil {
		return undefined, err
	}
	right, err := s.operand(n.b, in, f)
	if err != nil {
		return undefined, err
	}
	v, err := s.operate(n.bop, left, right)
	if err != nil {
		return undefined, err.at(n)
	}
	return v, nil
}

// operand is eval with shortcuts for what operands mostly are: literals, names, variables and their members.
func (s *state) operand(n *node, in value.Value, f *frame) (value.Value, *Error) {
	switch n.fast {
	case literalNode:
		return n.lit, nil
	case oneName:
		if in.Kind() == value.Object {
			if v, ok := in.Get(n.list[0].str); ok {
				return v, nil
			}
			return undefined, nil
		}
	case varPath:
		v := s.resolve(n.list[0].ref, f)
		if len(n.list) == 2 && v.Kind() == value.Object {
			if v, ok := v.Get(n.list[1].str); ok {
				return v, nil
			}
			return undefined, nil
		}
	}
	return s.eval(n, in, f)
}

func (s *state) operate(op binop, a, b value.Value) (value.Value, *Error) {
	switch op {
	case opAdd, opSub, opMul, opDiv, opMod:
		return arithmetic(op, a, b)
	case opEq, opNe:
		if isUndefined(a) || isUndefined(b) {
			return no, nil
		}
		same, err := s.equal(a, b, 0)
		return value.FromBool(same == (op == opEq)), err
	case opLt, opLe, opGt, opGe:
		if a.Len() > 256 && a.Kind() == value.String {
			if err := s.spend(min(a.Len(), b.Len()) / 64); err != nil {
				return undefined, err
			}
		}
		return compare(op, a, b)
	case opRange:
		return s.rangeOf(a, b)
	default:
		return value.FromBool(contains(a, b)), s.spend(len(elements(b)) / 8)
	}
}

func arithmetic(op binop, a, b value.Value) (value.Value, *Error) {
	if a.Kind() != value.Number || b.Kind() != value.Number || !finite(a.Float()) || !finite(b.Float()) {
		if v, done, err := operands(a, b); done {
			return v, err
		}
	}
	x, y := a.Float(), b.Float()
	switch op {
	case opAdd:
		x += y
	case opSub:
		x -= y
	case opMul:
		x *= y
	case opDiv:
		x /= y
	default:
		x = math.Mod(x, y)
	}
	return value.FromFloat(x), nil
}

func finite(f float64) bool { return f-f == 0 }

// operands checks the sides of an arithmetic operator; done says that there is nothing to compute.
func operands(a, b value.Value) (v value.Value, done bool, err *Error) {
	for i, side := range [2]value.Value{a, b} {
		if isUndefined(side) {
			continue
		}
		number, err := isNumeric(side)
		if err != nil {
			return undefined, true, err
		}
		if !number {
			return undefined, true, failValue([2]string{"T2001", "T2002"}[i], side)
		}
	}
	return undefined, isUndefined(a) || isUndefined(b), nil
}

func isComparable(v value.Value) bool {
	k := v.Kind()
	return k == value.String || k == value.Number || k == kindUndefined
}

func compare(op binop, a, b value.Value) (value.Value, *Error) {
	if a.Kind() != b.Kind() || a.Kind() != value.Number && a.Kind() != value.String {
		if !isComparable(a) || !isComparable(b) {
			v := a
			if k := a.Kind(); k == value.String || k == value.Number {
				v = b
			}
			return undefined, failValue("T2010", v)
		}
		if isUndefined(a) || isUndefined(b) {
			return undefined, nil
		}
		e := failValue("T2009", a)
		e.value2 = b
		return undefined, e
	}
	if a.Kind() == value.Number {
		x, y := a.Float(), b.Float()
		switch op {
		case opLt:
			return value.FromBool(x < y), nil
		case opLe:
			return value.FromBool(x <= y), nil
		case opGt:
			return value.FromBool(x > y), nil
		}
		return value.FromBool(x >= y), nil
	}
	c := compareStrings(a.Str(), b.Str())
	switch op {
	case opLt:
		return value.FromBool(c < 0), nil
	case opLe:
		return value.FromBool(c <= 0), nil
	case opGt:
		return value.FromBool(c > 0), nil
	}
	return value.FromBool(c >= 0), nil
}

// concatChain evaluates a & b & c: the texts are stacked, then made one.
func (s *state) concatChain(n *node, in value.Value, f *frame) (value.Value, *Error) {
	base := len(s.stack)
	if _, err := s.concat(n, in, f); err != nil {
		return undefined, err
	}
	t := joinTexts(s.stack[base:])
	s.stack = s.stack[:base]
	return s.textResult(t)
}

// concat stacks the texts of a chain and returns how many bytes they have.
func (s *state) concat(n *node, in value.Value, f *frame) (size int, err *Error) {
	left := value.FromString("")
	if l := n.a; l.op == opBinary && l.bop == opConcat && l.preds == nil && l.group == nil {
		if s.depth++; s.depth > s.limits.Depth {
			return 0, exceeded(DepthLimit)
		}
		size, err = s.concat(l, in, f)
		s.depth--
	} else {
		left, err = s.operand(l, in, f)
	}
	if err != nil {
		return 0, err
	}
	right, err := s.operand(n.b, in, f)
	if err != nil {
		return 0, err
	}
	for _, v := range [2]value.Value{left, right} {
		t, err := s.toText(v)
		if err != nil {
			return 0, err.at(n)
		}
		if size += len(t); int64(size) > s.limits.ValueBytes {
			return 0, exceeded(MemoryLimit)
		}
		if t != "" {
			s.stack = append(s.stack, value.FromString(t))
		}
	}
	return size, nil
}

// joinTexts returns one string of many.
func joinTexts(list []value.Value) string {
	var small [256]byte
	buf := small[:0]
	for i := range list {
		buf = appendText(buf, list[i].Str())
	}
	return string(buf)
}

// toText is $string of any value; undefined is the empty string.
func (s *state) toText(v value.Value) (string, *Error) {
	if v.Kind() == value.String {
		return v.Str(), nil
	}
	if isUndefined(v) {
		return "", nil
	}
	t, err := s.text(v, 0)
	return t.Str(), err
}

// rangeOf is a..b. The reference counts up to 1e7 members.
func (s *state) rangeOf(a, b value.Value) (value.Value, *Error) {
	if !isUndefined(a) && !isInteger(a) {
		return undefined, failValue("T2003", a)
	}
	if !isUndefined(b) && !isInteger(b) {
		return undefined, failValue("T2004", b)
	}
	if isUndefined(a) || isUndefined(b) || a.Float() > b.Float() {
		return undefined, nil
	}
	first := a.Float()
	size := b.Float() - first + 1
	if size > 1e7 {
		return undefined, failValue("D2014", value.FromFloat(size))
	}
	if err := s.chargeItems(int(size)); err != nil {
		return undefined, err
	}
	if err := s.spend(int(size) / 8); err != nil {
		return undefined, err
	}
	elems := make([]value.Value, int(size))
	for i := range elems {
		elems[i] = value.FromFloat(first + float64(i))
	}
	return newArray(elems, flagSequence), nil
}

func isInteger(v value.Value) bool {
	if v.Kind() != value.Number {
		return false
	}
	f := v.Float()
	return f == math.Trunc(f) && !math.IsInf(f, 0)
}

// contains is in: by identity, so no array or object is ever in anything but itself.
func contains(a, b value.Value) bool {
	if isUndefined(a) || isUndefined(b) {
		return false
	}
	if !isArray(b) {
		return identical(a, b)
	}
	for _, e := range elements(b) {
		if identical(e, a) {
			return true
		}
	}
	return false
}
