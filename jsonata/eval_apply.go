package jsonata

import "github.com/gait-engine/gait/internal/value"

// function is a value that can be called. It is made during one evaluation and never outlives it.
type function struct {
	kind   functionKind
	node   *node // lambda, thunk (the call), regex, transform
	frame  *frame
	input  value.Value
	params []*node
	sig    *signature
	native *native
	args   []value.Value // partial: with unbound for each hole
	outer  []value.Value // partial of a chain: its two functions
	match  *matchState   // next: where to go on

	// token and pos are those of the latest direct call. Errors that pass through the function take its place.
	token value.Value
	named bool // token is set
	pos   int32
}

type functionKind uint8

const (
	lambdaFunction functionKind = iota
	thunkFunction
	nativeFunction
	partialFunction // of a native function
	regexFunction
	nextFunction // of a match
	transformFunction
	chainFunction
)

func newFunction(f *function) value.Value { return value.FromForeign(kindFunction, f, 0) }

func functionOf(v value.Value) *function { return value.Foreign[function](v) }

// closure marks a function that was passed as an argument: the reference wraps it then, which loses its signature towards the
// context and its place in errors.
func closure(v value.Value) value.Value { return value.FromForeign(kindFunction, functionOf(v), 1) }

func isClosure(v value.Value) bool {
	return v.ForeignNumber() == 1 || functionOf(v).kind == regexFunction || functionOf(v).kind == nextFunction
}

// arity is the number of parameters a function declares; higher-order functions pass no more.
func arity(v value.Value) int {
	fn := functionOf(v)
	switch fn.kind {
	case lambdaFunction:
		return len(fn.params)
	case nativeFunction:
		return fn.native.arity
	case partialFunction:
		n := 0
		for _, a := range fn.args {
			if a.Kind() == kindUnbound {
				n++
			}
		}
		return n
	case regexFunction:
		return 2
	case transformFunction, chainFunction:
		return 1
	}
	return 0
}

var transformSignature, _ = parseSignature("<(oa):o>")

// procName is how errors name what is called; undefined when they do not.
func (n *node) procName() value.Value {
	switch n.op {
	case opPath:
		n = n.list[0]
	case opLiteral:
		return n.lit
	}
	if n.str == "" || n.op == opLambda || n.op == opBlock || n.op == opCondition || n.op == opTransform || n.op == opParent {
		return undefined
	}
	return value.FromString(n.str)
}

// call evaluates f(…). applied is the left side of ~>, which becomes the first argument.
func (s *state) call(n *node, in value.Value, f *frame, applied *value.Value) (value.Value, *Error) {
	if n.is(flagDirect) {
		if g := s.globalOf(n.a.ref); g.Kind() == kindNative {
			return s.callNative(n, value.Foreign[native](g), in, f, applied)
		}
	}
	proc, err := s.eval(n.a, in, f)
	if err != nil {
		return undefined, err
	}
	if isUndefined(proc) && n.x != nil && n.x.proc != nil {
		if s.known(n.x.proc, f) {
			e := fail("T1005")
			e.Position = int(n.pos)
			e.setToken(n.x.proc.name)
			return undefined, e
		}
	}
	base := len(s.stack)
	if applied != nil {
		s.stack = append(s.stack, *applied)
	}
	for _, arg := range n.list {
		v, err := s.eval(arg, in, f)
		if err != nil {
			return undefined, err
		}
		if v.Kind() == kindFunction {
			v = closure(v)
		}
		s.stack = append(s.stack, v)
	}
	args := s.stack[base:len(s.stack):len(s.stack)]
	if proc.Kind() == kindFunction && !isClosure(proc) {
		fn := functionOf(proc)
		fn.token, fn.pos = n.a.procName(), n.pos
		fn.named = true
	}
	if n.is(flagEval) && len(args) > 0 && proc.Kind() == kindFunction && functionOf(proc).native != nil && functionOf(proc).native.evals {
		s.evalScope, s.evalFrame = n.x.scope, f
	}
	v, err := s.apply(proc, args, in)
	s.stack = s.stack[:base]
	if err != nil && err.Code != "U1001" {
		if err.Position == 0 {
			err.Position = int(n.pos)
		}
		if isUndefined(err.token) {
			err.token = n.a.procName()
		}
	}
	return v, err
}

// callNative calls a function of the library that the expression names and never uses as a value.
func (s *state) callNative(n *node, fn *native, in value.Value, f *frame, applied *value.Value) (value.Value, *Error) {
	base := len(s.stack)
	if applied != nil {
		s.stack = append(s.stack, *applied)
	}
	work := 0
	for _, arg := range n.list {
		v, err := s.operand(arg, in, f)
		if err != nil {
			return undefined, err
		}
		if v.Kind() == kindFunction {
			v = closure(v)
		}
		work += v.Len()
		s.stack = append(s.stack, v)
	}
	for range fn.sig.missing(s.stack[base:]) {
		s.stack = append(s.stack, undefined)
	}
	args := s.stack[base:len(s.stack):len(s.stack)]
	if fn.evals {
		s.evalScope, s.evalFrame = n.x.scope, f
	}
	args, err := fn.sig.validate(args, in)
	if err == nil && work > 64 {
		err = s.spend(work / 64)
	}
	v := undefined
	if err == nil {
		v, err = fn.run(s, in, args)
	}
	s.stack = s.stack[:base]
	if err != nil && err.Code != "U1001" {
		if isUndefined(err.token) {
			err.token = n.a.procName()
		}
		err.Position = int(n.pos)
	}
	return v, err
}

// known reports whether a name that was used without $ names a variable or function that is not falsy.
func (s *state) known(r *varRef, f *frame) bool {
	v := s.resolve(r, f)
	switch v.Kind() {
	case kindUndefined, value.Null:
		return false
	case value.Bool, value.Number, value.String:
		b, err := s.truth(v)
		return b || err != nil
	}
	return true
}

// apply calls a function and goes on with the calls in tail position that it leaves. in is the context of the call.
func (s *state) apply(proc value.Value, args []value.Value, in value.Value) (value.Value, *Error) {
	v, err := s.applyOnce(proc, args, in)
	for err == nil && v.Kind() == kindFunction && functionOf(v).kind == thunkFunction {
		t := functionOf(v)
		var next value.Value
		if next, err = s.eval(t.node.a, t.input, t.frame); err != nil {
			return undefined, err
		}
		if next.Kind() == kindFunction {
			if fn := functionOf(next); !isClosure(next) {
				if t.node.a.op == opVariable {
					fn.token, fn.named = value.FromString(t.node.a.str), true
				}
				fn.pos = t.node.a.pos
			}
		} else {
			e := fail("T1006")
			e.Position = int(t.node.pos)
			e.token = t.node.a.procName()
			return undefined, e
		}
		base := len(s.stack)
		for _, arg := range t.node.list {
			a, err := s.eval(arg, t.input, t.frame)
			if err != nil {
				return undefined, err
			}
			s.stack = append(s.stack, a)
		}
		args = s.stack[base:len(s.stack):len(s.stack)]
		v, err = s.applyOnce(next, args, in)
		s.stack = s.stack[:base]
	}
	return v, err
}

func (s *state) applyOnce(proc value.Value, args []value.Value, in value.Value) (value.Value, *Error) {
	if proc.Kind() != kindFunction {
		return undefined, fail("T1006")
	}
	fn := functionOf(proc)
	if proc.ForeignNumber() == 1 {
		return s.apply(newFunction(fn), args, value.Value{})
	}
	v, err := s.invoke(fn, args, in)
	if err != nil && err.Code != "U1001" && fn.kind != chainFunction {
		if fn.named && isUndefined(err.token) {
			err.token = fn.token
		}
		if fn.pos != 0 {
			err.Position = int(fn.pos)
		}
	}
	if err == nil && fn.kind == chainFunction {
		return s.chainSecond(fn, v, in)
	}
	return v, err
}

func (s *state) invoke(fn *function, args []value.Value, in value.Value) (value.Value, *Error) {
	var err *Error
	if fn.sig != nil {
		if args, err = fn.sig.validate(args, in); err != nil {
			return undefined, err
		}
	}
	switch fn.kind {
	case lambdaFunction:
		f := fn.frame
		if n := int(fn.node.nslots); n > 0 {
			f = newFrame(f, n)
			for i := range f.slots {
				f.slots[i] = unbound
			}
		}
		for i, p := range fn.node.list {
			v := undefined
			if i < len(args) {
				v = args[i]
			}
			if fn.args != nil { // partial: the holes are filled in order
				if v = fn.args[i]; v.Kind() == kindUnbound {
					v = undefined
					if len(args) > 0 {
						v, args = args[0], args[1:]
					}
				}
			}
			f.slots[p.ref.at[0].slot] = v
		}
		return s.eval(fn.node.a, fn.input, f)
	case nativeFunction:
		// What a function does with an argument takes time in proportion to it.
		for _, a := range args {
			if n := a.Len(); n > 64 {
				if err := s.spend(n / 64); err != nil {
					return undefined, err
				}
			}
		}
		return fn.native.run(s, in, args)
	case partialFunction:
		base := len(s.stack)
		for _, a := range fn.args {
			if a.Kind() == kindUnbound {
				a = undefined
				if len(args) > 0 {
					a, args = args[0], args[1:]
				}
			}
			s.stack = append(s.stack, a)
		}
		v, err := s.invoke(fn.partialOf(), s.stack[base:len(s.stack):len(s.stack)], value.Value{})
		s.stack = s.stack[:base]
		return v, err
	case regexFunction:
		text, err := scriptText(optional(args, 0), 0)
		if err != nil {
			return undefined, err
		}
		return s.firstMatch(fn.node, text)
	case nextFunction:
		return s.nextMatch(fn.match)
	case transformFunction:
		if len(args) == 0 {
			return undefined, nil
		}
		return s.transform(fn, args[0])
	case chainFunction:
		return s.chainFirst(fn, args)
	}
	return undefined, fail("T1006")
}

// partialOf returns the function behind a partial application, without the token and place of its own calls.
func (fn *function) partialOf() *function {
	switch {
	case fn.native != nil:
		return &function{kind: nativeFunction, native: fn.native, sig: fn.native.sig}
	case fn.node == nil:
		return &function{kind: chainFunction, args: fn.outer}
	case fn.node.op == opTransform:
		return &function{kind: transformFunction, node: fn.node, frame: fn.frame, input: fn.input}
	}
	return &function{kind: regexFunction, node: fn.node}
}

// callWith calls a function value from a native function.
func (s *state) callWith(proc value.Value, in value.Value, args ...value.Value) (value.Value, *Error) {
	base := len(s.stack)
	s.stack = append(s.stack, args...)
	v, err := s.apply(proc, s.stack[base:len(s.stack):len(s.stack)], in)
	s.stack = s.stack[:base]
	return v, err
}

// partial evaluates f(?, …).
func (s *state) partial(n *node, in value.Value, f *frame) (value.Value, *Error) {
	args := make([]value.Value, len(n.list))
	for i, a := range n.list {
		if a.op == opPlaceholder {
			args[i] = unbound
			continue
		}
		var err *Error
		if args[i], err = s.eval(a, in, f); err != nil {
			return undefined, err
		}
	}
	proc, err := s.eval(n.a, in, f)
	if err != nil {
		return undefined, err
	}
	if proc.Kind() != kindFunction {
		e := fail("T1008")
		if isUndefined(proc) && n.x != nil && n.x.proc != nil && s.known(n.x.proc, f) {
			e = fail("T1007")
		}
		e.Position = int(n.pos)
		e.token = n.a.procName()
		return undefined, e
	}
	fn := functionOf(proc)
	switch fn.kind {
	case lambdaFunction:
		// Holes of a hole: what is already bound stays.
		all := make([]value.Value, len(fn.node.list))
		k := 0
		for i := range all {
			if fn.args != nil && fn.args[i].Kind() != kindUnbound {
				all[i] = fn.args[i]
				continue
			}
			all[i] = undefined
			if k < len(args) {
				all[i] = args[k]
			}
			k++
		}
		p := &function{kind: lambdaFunction, node: fn.node, frame: fn.frame, input: fn.input, args: all}
		for i := range all {
			if all[i].Kind() == kindUnbound {
				p.params = append(p.params, fn.node.list[i])
			}
		}
		return newFunction(p), nil
	case nativeFunction:
		if at := fn.native.unpartial; at > 0 { // its parameter list cannot be parsed back by the reference
			e := failValue("S0208", value.FromInt(2))
			e.Position = at
			e.setToken("=")
			return undefined, e
		}
		return newFunction(&function{kind: partialFunction, native: fn.native, args: pad(args, fn.native.arity)}), nil
	case partialFunction:
		all := append([]value.Value(nil), fn.args...)
		k := 0
		for i := range all {
			if all[i].Kind() == kindUnbound {
				all[i] = undefined
				if k < len(args) {
					all[i] = args[k]
				}
				k++
			}
		}
		p := *fn
		p.args = all
		return newFunction(&p), nil
	}
	return newFunction(&function{kind: partialFunction, outer: fn.args, node: fn.node, frame: fn.frame, input: fn.input, args: pad(args, 1)}), nil
}

// pad completes a list of arguments with undefined, and cuts what the function does not take.
func pad(args []value.Value, n int) []value.Value {
	for len(args) < n {
		args = append(args, undefined)
	}
	return args[:n]
}

// Places of the calls in function($f, $g) { function($x){ $g($f($x)) } }, which is what the reference makes of f ~> g.
const (
	placeFirst  = 39
	placeSecond = 35
)

func (fn *function) name(token string, pos int32) {
	fn.token, fn.named, fn.pos = value.FromString(token), true, pos
}

// chainFirst calls the first function of a chain.
func (s *state) chainFirst(fn *function, args []value.Value) (value.Value, *Error) {
	x := optional(args, 0)
	if x.Kind() == kindFunction {
		x = closure(x)
	}
	first := fn.args[0]
	if !isClosure(first) {
		functionOf(first).name("f", placeFirst)
	}
	v, err := s.callWith(first, value.Value{}, x)
	if err != nil {
		if err.Code != "U1001" {
			if err.Position == 0 {
				err.Position = placeFirst
			}
			if isUndefined(err.token) {
				err.setToken("f")
			}
		}
		return undefined, err
	}
	if v.Kind() == kindArray {
		v = collapse(v, false)
	}
	return v, nil
}

// chainSecond calls the second one with the result of the first. It stands in tail position: its errors keep their place.
func (s *state) chainSecond(fn *function, v, in value.Value) (value.Value, *Error) {
	second := fn.args[1]
	if !isClosure(second) {
		functionOf(second).name("g", placeSecond)
	}
	return s.callWith(second, in, v)
}

// applyTo is a ~> f.
func (s *state) applyTo(n *node, in value.Value, f *frame) (value.Value, *Error) {
	left, err := s.eval(n.a, in, f)
	if err != nil {
		return undefined, err
	}
	if n.b.op == opCall {
		return s.applyCall(n.b, in, f, left)
	}
	fn, err := s.eval(n.b, in, f)
	if err != nil {
		return undefined, err
	}
	if fn.Kind() != kindFunction {
		e := failValue("T2006", fn)
		e.Position = int(n.pos)
		return undefined, e
	}
	if left.Kind() == kindFunction {
		return newFunction(&function{kind: chainFunction, args: []value.Value{left, fn}}), nil
	}
	return s.callWith(fn, value.Value{}, left)
}

// applyCall calls the right side of ~> with the left side as first argument. The reference goes past the filters and grouping
// of the call here.
func (s *state) applyCall(n *node, in value.Value, f *frame, left value.Value) (value.Value, *Error) {
	return s.call(n, in, f, &left)
}
