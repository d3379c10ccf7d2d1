package jsonata

import (
	"context"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// Program is a compiled expression. It never changes and may be used by many goroutines at once.
type Program struct {
	source  string
	root    *node
	top     *scope
	globals []string
	dialect *dialect
	limits  Limits
}

// Env is what an evaluation may use of the world. Nothing is taken from anywhere else: with the same Env, input and variables an
// evaluation gives the same result.
type Env struct {
	// Now is the instant that $now() and $millis() show. When it is zero they fail with code U1002.
	Now time.Time
	// Random gives the bits for $random, $shuffle and $uuid. When it is nil, bits are derived from Seed if HasSeed is set;
	// without either those functions fail with code U1002.
	Random  func() uint64
	Seed    uint64
	HasSeed bool
	// Interrupt is asked now and then; an error ends the evaluation with code U1001, which wraps that error. It may be nil.
	Interrupt func() error
	// Limits replaces the limits the program was compiled with, where its fields are set.
	Limits Limits
}

type config struct {
	dialect *dialect
	limits  Limits
	nesting int
	length  int
}

// Option changes how an expression is compiled.
type Option func(*config)

// AWS selects the dialect of AWS Step Functions: no $eval; $partition, $range, $hash, $random(seed), $uuid and $parse beside the
// other functions; the limits that AWS was measured to have; numbers that are not finite become strings in results.
func AWS() Option { return func(c *config) { c.dialect = awsDialect } }

// WithLimits sets the limits of every evaluation of the program.
func WithLimits(l Limits) Option { return func(c *config) { c.limits = l } }

// WithMaxSource sets the longest source accepted, in bytes. The default is 1 MiB.
func WithMaxSource(bytes int) Option { return func(c *config) { c.length = bytes } }

// WithMaxNesting sets how deep an expression may be nested and how many operators may follow each other. The default is 2,000.
func WithMaxNesting(levels int) Option { return func(c *config) { c.nesting = levels } }

// Compile parses an expression.
//
// The error is an *[Error] with an S code: what is wrong, at which UTF-16 offset. Beside the codes of the reference there are
// S0303, an invalid regular expression, and S0304, an expression that is too long or nested too deeply. Bytes of the source that
// are not UTF-8 count as U+FFFD.
func Compile(source string, opts ...Option) (*Program, error) {
	c := config{dialect: standardDialect, nesting: 2000, length: 1 << 20}
	for _, o := range opts {
		o(&c)
	}
	p, err := compile(toValid(source), &c, nil, nil)
	if err != nil {
		return nil, err.finish()
	}
	return p, nil
}

// MustCompile is Compile for expressions that are known to be right; it panics on an error.
func MustCompile(source string, opts ...Option) *Program {
	p, err := Compile(source, opts...)
	if err != nil {
		panic(err)
	}
	return p
}

// compile parses and resolves. A caller of $eval gives its own program and scope.
func compile(source string, c *config, caller *Program, outer *scope) (*Program, *Error) {
	if len(source) > c.length {
		e := fail("S0304")
		e.message = "The expression is too long"
		return nil, e
	}
	p := parser{lex: newLexer(source), max: c.nesting, first: min(len(source)*3/10+4, 256)}
	root, err := p.parse()
	if err != nil {
		return nil, err
	}
	p.depth = 0
	if root, err = p.process(root); err != nil {
		return nil, err
	}
	if root.op == opParent || root.seeking() != nil {
		e := fail("S0217")
		e.Position, e.token = int(root.pos), value.FromString(root.typeName())
		return nil, e
	}
	r := resolver{dialect: c.dialect}
	if caller != nil {
		r.globals = append(r.globals, caller.globals...)
	}
	top := &scope{parent: outer}
	r.resolve(root, top)
	prog := &Program{source: source, root: root, top: top, globals: r.globals, dialect: c.dialect, limits: c.limits.over(c.dialect.limits)}
	return prog, nil
}

// Source returns the text the program was compiled from.
func (p *Program) Source() string { return p.source }

// newState prepares an evaluation.
func (p *Program) newState(env *Env, vars []value.Value) *state {
	s := &state{program: p, env: env, limits: p.limits}
	s.vars = append(s.inline.vars[:0], vars...)
	if env != nil && env.Limits != (Limits{}) {
		s.limits = env.Limits.over(p.limits)
	}
	s.itemBytes = 24
	if p.dialect.aws {
		s.itemBytes = 8
	}
	ration := min(s.limits.Steps, checkEvery)
	s.steps, s.left = ration+1, s.limits.Steps-ration
	s.setGlobals(len(p.globals))
	s.stack = s.inline.stack[:0]
	return s
}

func (s *state) setGlobals(n int) {
	old := s.globals
	if n <= len(s.inline.globals) {
		s.globals = s.inline.globals[:n]
	} else {
		s.globals = make([]value.Value, n)
		copy(s.globals, old)
	}
	for i := len(old); i < n; i++ {
		s.globals[i] = unbound
	}
}

// run evaluates the program and returns the raw result.
func (s *state) run(input value.Value) (value.Value, *Error) {
	p := s.program
	s.root = input
	if isArray(input) {
		input = newArray([]value.Value{input}, flagSequence|flagOuter)
	}
	var f *frame
	if n := len(p.top.names); n > 0 {
		f = newFrame(nil, n)
	}
	return s.eval(p.root, input, f)
}

// Undefined is what [Program.Eval] returns when an expression has no result: it selected nothing. It is not null.
var Undefined = undefinedResult{}

type undefinedResult struct{}

// String returns "undefined".
func (undefinedResult) String() string { return "undefined" }

// EvalValue evaluates the program over a document. This is the entry for the engine of this module, whose document type it uses.
//
// Variables are looked up in the objects vars, in order. env may be nil. input may be [NoInput]. defined is false when the
// expression selected nothing. The error is an *[Error]; a result that is a function is an error with code [CodeFunction].
func (p *Program) EvalValue(env *Env, input value.Value, vars ...value.Value) (result value.Value, defined bool, err error) {
	if v, ok := p.direct(input, vars); ok {
		return v, !isUndefined(v), nil
	}
	s := p.newState(env, vars)
	v, e := s.run(input)
	if e == nil {
		v, e = s.export(v)
	}
	if e != nil {
		return value.Value{}, false, e.finish()
	}
	if isUndefined(v) {
		return value.Value{}, false, nil
	}
	return v, true, nil
}

// direct evaluates a path of names over objects, with or without a variable at its head: most expressions of state machines are
// no more. It gives up, with false, on everything that is not as simple.
func (p *Program) direct(input value.Value, vars []value.Value) (value.Value, bool) {
	n := p.root
	if n.fast == generalPath || n.fast == literalNode {
		return undefined, false
	}
	v, from := input, 0
	if n.fast == varPath {
		name := n.list[0].str
		v, from = undefined, 1
		for i := range vars {
			if x, ok := vars[i].Get(name); ok {
				v = x
				break
			}
		}
	}
	for _, step := range n.list[from:] {
		x, ok := v.Get(step.str)
		if !ok {
			return undefined, false
		}
		v = x
	}
	switch v.Kind() {
	case value.Number:
		if f := v.Float(); f == 0 || !finite(f) {
			return undefined, false
		}
		return v.Integral(), true
	case value.Array, value.Object, value.Bool, value.Null, value.String:
		return v, true
	}
	return undefined, false
}

// CodeFunction is the code of the error for a result that is a function and so no JSON value.
const CodeFunction = "U1004"

// NoInput returns the input of an expression that has none: the context is undefined, which is not null.
func NoInput() value.Value { return undefined }

// EvalJSON evaluates the program over a JSON document and returns a JSON document. An empty input means none: the context is
// undefined. Each of the variables is a JSON document too, by its name without $. The result is nil when the expression selected
// nothing.
//
// Errors: *[Error]; the error of the JSON parser, when input or a variable is no JSON.
func (p *Program) EvalJSON(ctx context.Context, env *Env, input []byte, vars map[string][]byte) ([]byte, error) {
	in := undefined
	if len(input) > 0 {
		var err error
		if in, err = value.Parse(input); err != nil {
			return nil, err
		}
	}
	members := make([]value.Member, 0, len(vars))
	for name, text := range vars {
		v, err := value.Parse(text)
		if err != nil {
			return nil, err
		}
		members = append(members, value.Member{Key: name, Value: v})
	}
	v, defined, err := p.EvalValue(withContext(ctx, env), in, value.FromMembers(members))
	if err != nil || !defined {
		return nil, err
	}
	return v.AppendJSON(nil), nil
}

// Input is a document that was read once, to be evaluated over many times. It never changes.
type Input struct{ doc value.Value }

// ParseInput reads a JSON document.
func ParseInput(text []byte) (Input, error) {
	v, err := value.Parse(text)
	return Input{v}, err
}

// JSON returns the document as text.
func (in Input) JSON() string { return in.doc.JSON() }

// EvalInput is [Program.EvalJSON] over a document that was read before, with the variables of the members of vars, which are
// objects. The result is a document too; it is the zero Input, which is null, when the expression selected nothing.
func (p *Program) EvalInput(env *Env, in Input, vars ...Input) (Input, error) {
	var objects []value.Value
	for _, v := range vars {
		objects = append(objects, v.doc)
	}
	v, _, err := p.EvalValue(env, in.doc, objects...)
	return Input{v}, err
}

// Eval evaluates the program over a Go value: nil, booleans, numbers, strings, []any, map[string]any, json.RawMessage, or
// anything that encoding/json can write. [Undefined] as the input means none. The result is made of nil, bool, float64, string,
// []any and map[string]any, or is [Undefined]. Maps have no order: where the order of members matters use [Program.EvalJSON].
//
// Errors: *[Error]; the error of encoding/json for a value it cannot write.
func (p *Program) Eval(ctx context.Context, env *Env, input any, vars map[string]any) (any, error) {
	in, err := fromGo(input)
	if err != nil {
		return nil, err
	}
	bound, err := fromGo(vars)
	if err != nil {
		return nil, err
	}
	v, defined, err := p.EvalValue(withContext(ctx, env), in, bound)
	switch {
	case err != nil:
		return nil, err
	case !defined:
		return Undefined, nil
	}
	return toGo(v), nil
}

// withContext makes the end of a context interrupt the evaluation.
func withContext(ctx context.Context, env *Env) *Env {
	if ctx == nil || ctx.Done() == nil {
		return env
	}
	e := Env{}
	if env != nil {
		e = *env
	}
	also := e.Interrupt
	e.Interrupt = func() error {
		if err := ctx.Err(); err != nil || also == nil {
			return err
		}
		return also()
	}
	return &e
}

// fnEval is $eval: the text is compiled where it is called and sees the variables there. What it binds it keeps.
func fnEval(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(optional(args, 0)) {
		return undefined, nil
	}
	sc, f := s.evalScope, s.evalFrame
	if sc == nil {
		sc, f = s.program.top, nil
		if len(sc.names) > 0 {
			f = newFrame(nil, len(sc.names))
		}
	}
	wrap := func(code string, inner *Error) *Error {
		if inner.Code == "U1001" {
			return inner
		}
		return failValue(code, value.FromString(inner.finish().Message))
	}
	if err := s.charge(64 * len(args[0].Str())); err != nil {
		return undefined, err
	}
	if err := s.spend(len(args[0].Str())); err != nil {
		return undefined, err
	}
	p, err := compile(args[0].Str(), &config{dialect: s.program.dialect, nesting: 500, length: 1 << 16}, s.program, sc)
	if err != nil {
		return undefined, wrap("D3120", err)
	}
	if focus := optional(args, 1); !isUndefined(focus) {
		if in = focus; isArray(in) && !isSequence(in) {
			in = newArray([]value.Value{in}, flagSequence|flagOuter)
		}
	}
	s.setGlobals(max(len(s.globals), len(p.globals)))
	outer := s.program
	s.program = p
	if n := len(p.top.names); n > 0 {
		f = newFrame(f, n)
	}
	s.evalScope, s.evalFrame = nil, nil
	v, err := s.eval(p.root, in, f)
	s.program = outer
	if err != nil {
		return undefined, wrap("D3121", err)
	}
	return v, nil
}
