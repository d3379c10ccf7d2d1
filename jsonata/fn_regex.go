package jsonata

import (
	"math"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// matchState is where a search stands.
type matchState struct {
	node *node
	text string
	in   []uint16
	wide bool // offsets of in are not byte offsets of text
	from int
}

func (m *matchState) slice(from, to int) string {
	if m.wide {
		return fromUnits(m.in[from:to])
	}
	return m.text[from:to]
}

// found is one match: of a regular expression, or what a function of the user returned.
type found struct {
	text       value.Value // match
	start, end float64
	groups     value.Value
	state      *matchState // a regular expression: where to go on
	next       value.Value // a function of the user
}

// search runs a regular expression from a position; nil when it does not match.
func (s *state) search(m *matchState) (*found, *Error) {
	slots, err := m.node.x.re.find(s, m.in, m.from)
	if err != nil || slots == nil {
		return nil, err
	}
	f := &found{
		text: value.FromString(m.slice(int(slots[0]), int(slots[1]))), start: float64(slots[0]), end: float64(slots[1]),
		next: undefined,
	}
	groups := make([]value.Value, m.node.x.re.groups)
	for i := range groups {
		groups[i] = undefined
		if from, to := slots[2*i+2], slots[2*i+3]; from >= 0 && to >= 0 {
			groups[i] = value.FromString(m.slice(int(from), int(to)))
		}
	}
	f.groups = newArray(groups, 0)
	rest := *m
	rest.from = int(slots[1])
	f.state = &rest
	return f, nil
}

// again finds the next match. One that matches nothing is an error.
func (s *state) again(m *matchState) (*found, *Error) {
	if m.from >= len(m.in) {
		return nil, nil
	}
	f, err := s.search(m)
	if f != nil && f.text.Str() == "" {
		err = failValue("D1004", value.FromString(m.node.x.re.source))
		err.Position = int(m.node.pos)
	}
	return f, err
}

func (s *state) start(n *node, text string) *matchState {
	return &matchState{node: n, text: text, in: units(text), wide: !isASCII(text)}
}

// scriptText is how JavaScript turns a value into text where a pattern is applied to something else than a string.
func scriptText(v value.Value, depth int) (string, *Error) {
	switch v.Kind() {
	case value.String:
		return v.Str(), nil
	case value.Number:
		return numberText(v.Float()), nil
	case value.Null, value.Bool:
		return v.JSON(), nil
	case kindUndefined:
		return "undefined", nil
	case value.Array, kindArray:
		if depth > 50 {
			return "", exceeded(DepthLimit)
		}
		var b strings.Builder
		for i, e := range elements(v) {
			if i > 0 {
				b.WriteByte(',')
			}
			if e.IsNull() || isUndefined(e) {
				continue
			}
			t, err := scriptText(e, depth+1)
			if err != nil || b.Len() > 1<<20 {
				return "", err
			}
			b.WriteString(t)
		}
		return b.String(), nil
	}
	return "[object Object]", nil
}

// firstMatch is a regular expression called as a function.
func (s *state) firstMatch(n *node, text string) (value.Value, *Error) {
	f, err := s.search(s.start(n, text))
	return f.value(), err
}

func (s *state) nextMatch(m *matchState) (value.Value, *Error) {
	f, err := s.again(m)
	return f.value(), err
}

// value is a match as functions see it.
func (f *found) value() value.Value {
	if f == nil {
		return undefined
	}
	return newObject(&object{members: []value.Member{
		{Key: "match", Value: f.text},
		{Key: "start", Value: value.FromFloat(f.start)},
		{Key: "end", Value: value.FromFloat(f.end)},
		{Key: "groups", Value: f.groups},
		{Key: "next", Value: newFunction(&function{kind: nextFunction, match: f.state})},
	}})
}

// match applies a matcher, a regular expression or a function of the user.
func (s *state) match(matcher value.Value, text value.Value) (*found, *Error) {
	if matcher.Kind() != kindFunction {
		return nil, fail("T1010")
	}
	if fn := functionOf(matcher); fn.kind == regexFunction {
		return s.search(s.start(fn.node, text.Str()))
	}
	v, err := s.callWith(matcher, value.Value{}, text)
	if err != nil {
		return nil, err
	}
	return matchOf(v)
}

// next finds the match behind f.
func (s *state) next(f *found) (*found, *Error) {
	if f.state != nil {
		return s.again(f.state)
	}
	if f.next.Kind() != kindFunction {
		return nil, fail("T1010")
	}
	v, err := s.callWith(f.next, value.Value{}, undefined)
	if err != nil {
		return nil, err
	}
	return matchOf(v)
}

// matchOf reads what a function of the user returned.
func matchOf(v value.Value) (*found, *Error) {
	if isUndefined(v) {
		return nil, nil
	}
	f := &found{text: get(v, "match"), groups: get(v, "groups"), next: get(v, "next")}
	start := get(v, "start")
	if truthy(v) && start.Kind() != value.Number && !isArray(f.groups) && f.next.Kind() != kindFunction {
		return nil, fail("T1010")
	}
	f.start, f.end = start.Float(), get(v, "end").Float()
	if f.next.Kind() == kindFunction {
		if fn := functionOf(f.next); fn.kind == nextFunction {
			f.state = fn.match
		}
	}
	return f, nil
}

func fnContains(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text, token := args[0], args[1]
	if isUndefined(token) {
		return undefined, nil
	}
	if token.Kind() == value.String {
		return value.FromBool(strings.Contains(text.Str(), token.Str())), nil
	}
	f, err := s.match(token, text)
	return value.FromBool(f != nil), err
}

// limitOf returns the limit argument, +Inf when there is none.
func limitOf(args []value.Value, i int, code string) (float64, *Error) {
	v := optional(args, i)
	if v.Kind() != value.Number {
		return math.Inf(1), nil
	}
	if v.Float() < 0 {
		e := failValue(code, v)
		e.Index = i + 1
		return 0, e
	}
	return v.Float(), nil
}

func fnMatch(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	limit, err := limitOf(args, 2, "D3040")
	if err != nil {
		return undefined, err
	}
	var out []value.Value
	if limit > 0 {
		f, err := s.match(args[1], args[0])
		for count := 0.0; err == nil && f != nil && count < limit; count++ {
			out = append(out, newObject(&object{members: []value.Member{
				{Key: "match", Value: f.text},
				{Key: "index", Value: value.FromFloat(f.start)},
				{Key: "groups", Value: f.groups},
			}}))
			if err = s.chargeItems(8); err == nil {
				f, err = s.next(f)
			}
		}
		if err != nil {
			return undefined, err
		}
	}
	return s.sequence(out)
}

func fnSplit(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text, sep := args[0].Str(), args[1]
	limit, err := limitOf(args, 2, "D3020")
	if err != nil {
		return undefined, err
	}
	if limit == 0 {
		return newArray(nil, 0), nil
	}
	if sep.Kind() != kindFunction {
		return s.splitText(text, sep, limit)
	}
	f, err := s.match(sep, args[0])
	if err != nil {
		return undefined, err
	}
	if f == nil {
		return newArray([]value.Value{args[0]}, 0), nil
	}
	cut := newCutter(text, f)
	var out []value.Value
	at, count := 0.0, 0.0
	for ; err == nil && f != nil && count < limit; count++ {
		out = append(out, value.FromString(cut.slice(at, f.start)))
		at = f.end
		if err = s.chargeItems(1); err == nil {
			f, err = s.next(f)
		}
	}
	if err != nil {
		return undefined, err
	}
	if count < limit {
		out = append(out, value.FromString(cut.slice(at, math.Inf(1))))
	}
	return newArray(out, 0), nil
}

func (s *state) splitText(text string, sep value.Value, limit float64) (value.Value, *Error) {
	n := int(min(limit, math.MaxInt32))
	by := sep.Str()
	if n == 0 || sep.Kind() != value.String {
		return newArray([]value.Value{value.FromString(text)}[:min(n, 1)], 0), nil
	}
	if by == "" {
		if err := s.chargeItems(len(text)); err != nil {
			return undefined, err
		}
		parts := splitUnits(text, n)
		out := make([]value.Value, len(parts))
		for i := range out {
			out[i] = value.FromString(parts[i])
		}
		return newArray(out, 0), nil
	}
	count := min(n, strings.Count(text, by)+1)
	if err := s.chargeItems(count); err != nil {
		return undefined, err
	}
	out := make([]value.Value, count)
	for i := range out {
		part, rest, _ := strings.Cut(text, by)
		out[i], text = value.FromString(part), rest
	}
	return newArray(out, 0), nil
}

// cutter slices a text by UTF-16 offsets.
type cutter struct {
	text string
	in   []uint16
	wide bool
}

func newCutter(text string, f *found) cutter {
	if f.state != nil && f.state.text == text {
		return cutter{text, f.state.in, f.state.wide}
	}
	return cutter{text, units(text), !isASCII(text)}
}

// slice is substring of JavaScript: bounds in either order, cut to the text.
func (c cutter) slice(from, to float64) string {
	limit := func(f float64) int {
		if !(f > 0) {
			return 0
		}
		return int(min(f, float64(len(c.in))))
	}
	a, b := limit(from), limit(to)
	if a > b {
		a, b = b, a
	}
	if c.wide {
		return fromUnits(c.in[a:b])
	}
	return c.text[a:b]
}

func fnReplace(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	text, pattern, with := args[0].Str(), args[1], optional(args, 2)
	if pattern.Kind() == value.String && pattern.Str() == "" {
		e := failValue("D3010", pattern)
		e.Index = 2
		return undefined, e
	}
	limit, err := limitOf(args, 3, "D3011")
	if err != nil || limit == 0 {
		return args[0], err
	}
	var b builder
	if pattern.Kind() == value.String {
		return s.replaceText(text, pattern.Str(), stringOr(with, "undefined"), limit)
	}
	f, err := s.match(pattern, args[0])
	if err != nil {
		return undefined, err
	}
	if f == nil {
		return args[0], nil
	}
	cut := newCutter(text, f)
	at := 0.0
	for count := 0.0; f != nil && count < limit; count++ {
		b.add(cut.slice(at, f.start))
		part, err := s.replacement(f, with)
		if err != nil {
			return undefined, err
		}
		b.add(part)
		if err := s.charge(len(part) + 1); err != nil || int64(len(b.buf)) > s.limits.ValueBytes {
			return undefined, exceeded(MemoryLimit)
		}
		at = f.start + float64(utf16Length(f.text.Str()))
		if f, err = s.next(f); err != nil {
			return undefined, err
		}
	}
	b.add(cut.slice(at, math.Inf(1)))
	return s.textResult(b.String())
}

func (s *state) replaceText(text, pattern, with string, limit float64) (value.Value, *Error) {
	var b builder
	for count := 0.0; count < limit; count++ {
		i := strings.Index(text, pattern)
		if i < 0 {
			break
		}
		b.add(text[:i])
		b.add(with)
		text = text[i+len(pattern):]
		if int64(len(b.buf)) > s.limits.ValueBytes {
			return undefined, exceeded(MemoryLimit)
		}
	}
	b.add(text)
	return s.textResult(b.String())
}

// replacement returns what a match is replaced by.
func (s *state) replacement(f *found, with value.Value) (string, *Error) {
	if with.Kind() != kindFunction {
		return expand(stringOr(with, ""), f), nil
	}
	v, err := s.callWith(with, value.Value{}, f.value2())
	if err != nil {
		return "", err
	}
	if v.Kind() != value.String {
		return "", failValue("D3012", v)
	}
	return v.Str(), nil
}

// value2 is a match as a replacement function sees it.
func (f *found) value2() value.Value {
	if f.state != nil {
		return f.value()
	}
	return newObject(&object{members: []value.Member{
		{Key: "match", Value: f.text}, {Key: "start", Value: value.FromFloat(f.start)},
		{Key: "end", Value: value.FromFloat(f.end)}, {Key: "groups", Value: f.groups}, {Key: "next", Value: f.next},
	}})
}

// expand fills $0, $n and $$ in a replacement text. As many digits count as the number of groups has.
func expand(t string, f *found) string {
	i := strings.IndexByte(t, '$')
	if i < 0 {
		return t
	}
	groups := elements(f.groups)
	digits := 1
	if len(groups) > 0 {
		digits = int(math.Floor(math.Log(float64(len(groups)))*math.Log10E)) + 1
	}
	var b builder
	for i >= 0 {
		b.add(t[:i])
		t = t[i+1:]
		switch {
		case strings.HasPrefix(t, "$"):
			b.add("$")
			t = t[1:]
		case strings.HasPrefix(t, "0"):
			b.add(f.text.Str())
			t = t[1:]
		default:
			n := parseLeadingInt(t[:min(digits, len(t))])
			if digits > 1 && n > float64(len(groups)) {
				n = parseLeadingInt(t[:min(digits-1, len(t))])
			}
			if math.IsNaN(n) {
				b.add("$")
				break
			}
			if n >= 1 && int(n) <= len(groups) {
				b.add(groups[int(n)-1].Str())
			}
			t = t[min(len(numberText(n)), len(t)):]
		}
		i = strings.IndexByte(t, '$')
	}
	b.add(t)
	return b.String()
}
