package jsonata

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// state is one evaluation. It is used by one goroutine and dropped afterwards.
type state struct {
	program *Program
	env     *Env
	vars    []value.Value // objects with the variables of the caller
	root    value.Value   // what $$ is

	steps     int64 // left until the next look at the outside
	left      int64 // left beyond that
	depth     int
	total     int64
	itemBytes int
	limits    Limits

	globals []value.Value
	stack   []value.Value // arguments of the native calls under way
	inline  struct {      // where they live while they are few
		globals, stack [8]value.Value
		vars           [2]value.Value
	}
	random randomState

	// Where the latest call of $eval stands: its text sees the variables of that place.
	evalScope *scope
	evalFrame *frame
}

// frame holds the variables of one scope.
type frame struct {
	parent *frame
	slots  []value.Value
	inline [2]value.Value
}

func newFrame(parent *frame, n int) *frame {
	f := &frame{parent: parent}
	if n <= len(f.inline) {
		f.slots = f.inline[:n]
	} else {
		f.slots = make([]value.Value, n)
	}
	for i := range f.slots {
		f.slots[i] = unbound
	}
	return f
}

// eval evaluates a node in a context. What leaves it is never a sequence of no or one member, unless kept.
func (s *state) eval(n *node, in value.Value, f *frame) (value.Value, *Error) {
	if s.steps--; s.steps <= 0 {
		if err := s.tick(); err != nil {
			return undefined, err
		}
	}
	// There is no way to catch an error in the language, so the depth need not be restored when one passes.
	if s.depth++; s.depth > s.limits.Depth {
		return undefined, exceeded(DepthLimit)
	}
	var v value.Value
	var err *Error
	switch n.op {
	case opPath:
		v, err = s.path(n, in, f)
	case opLiteral:
		v = n.lit
	case opVariable:
		v = s.variable(n, in, f)
	case opBinary:
		v, err = s.binary(n, in, f)
	case opBoolean:
		v, err = s.boolean(n, in, f)
	case opName:
		v, err = s.lookup(in, n.str)
	case opCall:
		v, err = s.call(n, in, f, nil)
	case opBlock:
		v, err = s.block(n, in, f)
	case opBind:
		if v, err = s.eval(n.b, in, f); err == nil {
			f.slots[n.ref.at[0].slot] = v
		}
	case opCondition:
		v, err = s.condition(n, in, f)
	case opArray:
		v, err = s.array(n, in, f)
	case opObject:
		v, err = s.groupBy(&n.x.own, in, nil, f)
	case opNegate:
		v, err = s.negate(n, in, f)
	case opLambda:
		v = makeFunction(lambdaFunction, n, n.signature(), in, f)
	case opThunk:
		v = makeFunction(thunkFunction, n.a, nil, in, f)
	case opApply:
		v, err = s.applyTo(n, in, f)
	case opPartial:
		v, err = s.partial(n, in, f)
	case opRegex:
		v = makeFunction(regexFunction, n, nil, in, f)
	case opWildcard:
		v, err = s.wildcard(in)
	case opDescendant:
		v, err = s.descendants(in)
	case opParent:
		v = s.resolve(n.ref, f)
	case opTransform:
		v = makeFunction(transformFunction, n, transformSignature, in, f)
	default:
		v = undefined
	}
	if err != nil {
		return undefined, err
	}
	if n.preds != nil || n.group != nil {
		if v, err = s.after(n, v, f); err != nil {
			return undefined, err
		}
	}
	s.depth--
	if v.Kind() == kindArray {
		v = collapse(v, n.is(flagKeepArray))
	}
	return v, nil
}

// after applies the filters and the grouping that stand behind an expression.
func (s *state) after(n *node, v value.Value, f *frame) (value.Value, *Error) {
	if n.preds != nil && n.op == opBlock && n.is(flagTuple) {
		return s.afterTuples(n, v, f)
	}
	for i := range n.preds {
		var err *Error
		if v, err = s.filter(n.preds[i].expr, v, f); err != nil {
			return undefined, err
		}
		if n.is(flagKeepArray) && i == len(n.preds)-1 && !isArray(v) {
			v = newArray([]value.Value{v}, flagSequence)
		}
	}
	if n.group != nil && n.op != opPath {
		return s.groupBy(n.group, v, nil, f)
	}
	return v, nil
}

func makeFunction(kind functionKind, n *node, sig *signature, in value.Value, f *frame) value.Value {
	fn := &function{kind: kind, node: n, frame: f, input: in, sig: sig}
	if kind == lambdaFunction {
		fn.params = n.list
	}
	return newFunction(fn)
}

func (n *node) signature() *signature {
	if n.x == nil {
		return nil
	}
	return n.x.sig
}

// collapse turns a sequence of no members into undefined and one of a single member into that, unless it is kept.
func collapse(v value.Value, keep bool) value.Value {
	a := arrayOf(v)
	if a.flags&flagSequence == 0 {
		return v
	}
	switch len(a.elems) {
	case 0:
		return undefined
	case 1:
		if keep {
			a.flags |= flagSingleton
		}
		if a.flags&flagSingleton == 0 {
			return a.elems[0]
		}
	}
	return v
}

func (s *state) variable(n *node, in value.Value, f *frame) value.Value {
	if n.ref == nil { // $
		if in.Kind() == kindArray && arrayOf(in).flags&flagOuter != 0 {
			return arrayOf(in).elems[0]
		}
		return in
	}
	return s.resolve(n.ref, f)
}

func (s *state) resolve(r *varRef, f *frame) value.Value {
	hop := int32(0)
	for _, p := range r.at {
		for ; hop < p.hops; hop++ {
			f = f.parent
		}
		if v := f.slots[p.slot]; v.Kind() != kindUnbound {
			return v
		}
	}
	if r.global < 0 {
		return undefined
	}
	return s.asValue(r, s.globalOf(r))
}

// globalOf returns a global, remembered for the evaluation.
func (s *state) globalOf(r *varRef) value.Value {
	v := s.globals[r.global]
	if v.Kind() == kindUnbound {
		v = s.global(r)
		s.globals[r.global] = v
	}
	return v
}

// asValue makes a function value of a library function that is not called on the spot.
func (s *state) asValue(r *varRef, v value.Value) value.Value {
	if v.Kind() == kindNative {
		n := value.Foreign[native](v)
		v = newFunction(&function{kind: nativeFunction, native: n, sig: n.sig})
		s.globals[r.global] = v
	}
	return v
}

// global finds a name outside of the expression: $$, the variables of the caller, the functions.
func (s *state) global(r *varRef) value.Value {
	if r.name == "$" {
		return s.root
	}
	for _, vars := range s.vars {
		if v, ok := vars.Get(r.name); ok {
			return v
		}
	}
	if r.native != nil {
		return value.FromForeign(kindNative, r.native, 0)
	}
	return undefined
}

func (s *state) block(n *node, in value.Value, f *frame) (value.Value, *Error) {
	if n.nslots > 0 {
		f = newFrame(f, int(n.nslots))
	}
	v := undefined
	for _, e := range n.list {
		var err *Error
		if v, err = s.eval(e, in, f); err != nil {
			return undefined, err
		}
	}
	return v, nil
}

func (s *state) condition(n *node, in value.Value, f *frame) (value.Value, *Error) {
	c, err := s.eval(n.a, in, f)
	if err != nil {
		return undefined, err
	}
	yes, err := s.truth(c)
	switch {
	case err != nil:
		return undefined, err
	case yes:
		return s.eval(n.b, in, f)
	case n.c != nil:
		return s.eval(n.c, in, f)
	}
	return undefined, nil
}

func (s *state) negate(n *node, in value.Value, f *frame) (value.Value, *Error) {
	v, err := s.eval(n.a, in, f)
	if err != nil || isUndefined(v) {
		return undefined, err
	}
	number, err := isNumeric(v)
	if err != nil {
		return undefined, err
	}
	if !number {
		e := failValue("D1002", v)
		e.Position = int(n.pos)
		e.setToken("-")
		return undefined, e
	}
	return value.FromFloat(-v.Float()), nil
}

// isNumeric reports whether v is a number; one that is not finite is an error.
func isNumeric(v value.Value) (bool, *Error) {
	if v.Kind() != value.Number {
		return false, nil
	}
	f := v.Float()
	if math.IsInf(f, 0) {
		return false, failValue("D1001", v)
	}
	return f == f, nil
}

// array is [ … ]: members that are written as arrays are kept whole, other arrays are joined in.
func (s *state) array(n *node, in value.Value, f *frame) (value.Value, *Error) {
	var elems []value.Value
	if len(n.list) > 0 {
		elems = make([]value.Value, 0, len(n.list))
	}
	for _, item := range n.list {
		v, err := s.eval(item, in, f)
		if err != nil {
			return undefined, err
		}
		switch {
		case isUndefined(v):
		case item.op == opArray:
			elems = append(elems, v)
		case isArray(v):
			e := elements(v)
			if len(e) > 16 {
				if err := s.chargeItems(len(elems) + len(e)); err != nil {
					return undefined, err
				}
			}
			elems = append(elems, e...)
		default:
			elems = append(elems, v)
		}
	}
	if err := s.chargeItems(len(n.list)); err != nil {
		return undefined, err
	}
	flags := arrayFlag(0)
	if n.is(flagConsArray) {
		flags = flagCons
	}
	return newArray(elems, flags), nil
}

// wildcard is *: the values of an object, arrays in them flattened to the bottom.
func (s *state) wildcard(in value.Value) (value.Value, *Error) {
	if in.Kind() == kindArray && arrayOf(in).flags&flagOuter != 0 {
		in = arrayOf(in).elems[0]
	}
	var out []value.Value
	var err *Error
	if isArray(in) {
		for _, e := range elements(in) {
			if out, err = s.flatten(out, e, 0); err != nil {
				return undefined, err
			}
		}
	} else {
		for _, m := range members(in) {
			if out, err = s.flatten(out, m.Value, 0); err != nil {
				return undefined, err
			}
		}
	}
	return newArray(out, flagSequence), nil
}

func (s *state) descendants(in value.Value) (value.Value, *Error) {
	if isUndefined(in) {
		return undefined, nil
	}
	out, err := s.descend(nil, in, 0)
	if err != nil {
		return undefined, err
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return newArray(out, flagSequence), nil
}

func (s *state) descend(dst []value.Value, v value.Value, depth int) ([]value.Value, *Error) {
	if err := s.visit(depth); err != nil {
		return nil, err
	}
	var err *Error
	if isArray(v) {
		for _, e := range elements(v) {
			if dst, err = s.descend(dst, e, depth+1); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}
	if err := s.chargeItems(1); err != nil {
		return nil, err
	}
	dst = append(dst, v)
	for _, m := range members(v) {
		if dst, err = s.descend(dst, m.Value, depth+1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}
