package jsonata

import "unicode"

// Regular expressions are those of JavaScript without the u flag: look-around, back references, classes and case folding over
// UTF-16 units. They run on a backtracking machine of this package, because Go's linear one has neither of the first two and
// because the machine can count its steps against the budget of the evaluation.

// regex is a compiled pattern. It never changes.
type regex struct {
	source     string
	code       []inst
	groups     int // capturing groups
	slots      int // two per group and for the whole, then the loop registers
	ignoreCase bool
	first      int // the unit every match begins with, -1 when it is not known
}

type regexOp uint8

const (
	reChar regexOp = iota
	reAny
	reSet
	reStart // ^
	reEnd   // $
	reWord  // \b
	reNotWord
	reSplit // try x, then y
	reJump
	reSave
	reClear // forget groups x to y-1
	reMark  // remember the position in register x
	reMoved // fail unless the position moved since the mark
	reBack  // back reference
	reLook  // look-around; the body ends at x
	reMatch
)

type inst struct {
	op        regexOp
	behind    bool // works backwards, inside of a look-behind
	negative  bool
	multiline bool
	c         uint16
	x, y      int32
	set       *charSet
}

// charSet is a class.
type charSet struct {
	low    [2]uint64 // units below 128
	ranges [][2]uint16
	negate bool
}

func (c *charSet) add(from, to uint16) {
	for u := from; u < 128 && u <= to; u++ {
		c.low[u>>6] |= 1 << (u & 63)
	}
	if to >= 128 {
		c.ranges = append(c.ranges, [2]uint16{max(from, 128), to})
	}
}

func (c *charSet) addSet(o *charSet) {
	if !o.negate {
		c.low[0] |= o.low[0]
		c.low[1] |= o.low[1]
		c.ranges = append(c.ranges, o.ranges...)
		return
	}
	from := -1
	for u := 0; u <= 0x10000; u++ {
		in := u < 0x10000 && o.has(uint16(u))
		if in && from < 0 {
			from = u
		} else if !in && from >= 0 {
			c.add(uint16(from), uint16(u-1))
			from = -1
		}
	}
}

func (c *charSet) has(u uint16) bool {
	if u < 128 {
		return c.low[u>>6]>>(u&63)&1 == 1 != c.negate
	}
	for _, r := range c.ranges {
		if u >= r[0] && u <= r[1] {
			return !c.negate
		}
	}
	return c.negate
}

// hasFold is has when case is ignored.
func (c *charSet) hasFold(u uint16) bool {
	if c.negate {
		plain := *c
		plain.negate = false
		return !plain.hasFold(u)
	}
	if c.has(u) {
		return true
	}
	want := canonical(u)
	for r := unicode.SimpleFold(rune(u)); r != rune(u); r = unicode.SimpleFold(r) {
		if r < 0x10000 && canonical(uint16(r)) == want && c.has(uint16(r)) {
			return true
		}
	}
	return false
}

// canonical is the case folding of JavaScript without the u flag: the upper case, when that is one unit and does not fall into
// ASCII from outside.
func canonical(u uint16) uint16 {
	if u < 128 {
		if u >= 'a' && u <= 'z' {
			return u - 32
		}
		return u
	}
	if upperSpecial[rune(u)] != "" {
		return u
	}
	if r := upperRune(rune(u)); r >= 128 && r < 0x10000 {
		return uint16(r)
	}
	return u
}

func isWordUnit(u uint16) bool {
	return u >= 'a' && u <= 'z' || u >= 'A' && u <= 'Z' || u >= '0' && u <= '9' || u == '_'
}

func isLineEnd(u uint16) bool { return u == '\n' || u == '\r' || u == 0x2028 || u == 0x2029 }

// matcher is one search.
type matcher struct {
	re    *regex
	in    []uint16
	slots []int32
	trail []trailEntry
	s     *state
	steps int
	err   *Error
}

// trailEntry is a point to come back to (pc ≥ 0) or a slot to restore (slot = ^pc).
type trailEntry struct{ pc, pos int32 }

const (
	maxTrail   = 1 << 22
	matchSteps = 2048 // machine steps between looks at the budget; each costs a quarter of a step
)

// find returns the slots of the leftmost match from a position on, nil when there is none.
func (re *regex) find(s *state, in []uint16, from int) ([]int32, *Error) {
	m := matcher{re: re, in: in, s: s, slots: make([]int32, re.slots)}
	for at := from; at <= len(in); at++ {
		if re.first >= 0 {
			for at < len(in) && int(in[at]) != re.first {
				at++
			}
			if at == len(in) {
				break
			}
		}
		for i := range m.slots {
			m.slots[i] = -1
		}
		m.trail = m.trail[:0]
		end, ok := m.run(0, int32(at))
		if m.err != nil {
			return nil, m.err
		}
		if ok {
			m.slots[0], m.slots[1] = int32(at), end
			return m.slots, s.spend(m.steps / 4)
		}
	}
	return nil, s.spend(m.steps / 4)
}

func (m *matcher) set(slot, v int32) {
	m.trail = append(m.trail, trailEntry{^slot, m.slots[slot]})
	m.slots[slot] = v
}

// back undoes up to the latest choice above base and returns it.
func (m *matcher) back(base int) (pc, pos int32, ok bool) {
	for len(m.trail) > base {
		e := m.trail[len(m.trail)-1]
		m.trail = m.trail[:len(m.trail)-1]
		if e.pc >= 0 {
			return e.pc, e.pos, true
		}
		m.slots[^e.pc] = e.pos
	}
	return 0, 0, false
}

// run executes from pc until reMatch, or fails when no choice is left.
func (m *matcher) run(pc, pos int32) (int32, bool) {
	base := len(m.trail)
	code := m.re.code
	for {
		if m.steps++; m.steps >= matchSteps {
			m.steps = 0
			if m.err = m.s.spend(matchSteps / 4); m.err == nil && len(m.trail) > maxTrail {
				m.err = exceeded(MemoryLimit)
			}
			if m.err != nil {
				return 0, false
			}
		}
		in := &code[pc]
		ok := true
		switch in.op {
		case reChar, reAny, reSet:
			if in.behind {
				pos--
			}
			if ok = pos >= 0 && int(pos) < len(m.in) && m.one(in, m.in[pos]); ok && !in.behind {
				pos++
			}
		case reStart:
			ok = pos == 0 || in.multiline && isLineEnd(m.in[pos-1])
		case reEnd:
			ok = int(pos) == len(m.in) || in.multiline && isLineEnd(m.in[pos])
		case reWord, reNotWord:
			before := pos > 0 && isWordUnit(m.in[pos-1])
			after := int(pos) < len(m.in) && isWordUnit(m.in[pos])
			ok = (before != after) == (in.op == reWord)
		case reSplit:
			m.trail = append(m.trail, trailEntry{in.y, pos})
			pc = in.x
			continue
		case reJump:
			pc = in.x
			continue
		case reSave, reMark:
			m.set(in.x, pos)
		case reClear:
			for i := in.x; i < in.y; i++ {
				if m.slots[i] >= 0 {
					m.set(i, -1)
				}
			}
		case reMoved:
			ok = m.slots[in.x] != pos
		case reBack:
			pos, ok = m.reference(in, pos)
		case reLook:
			if ok = m.look(in, pc, pos); ok {
				pc = in.x
				continue
			}
		case reMatch:
			return pos, true
		}
		if m.err != nil {
			return 0, false
		}
		if ok {
			pc++
			continue
		}
		if pc, pos, ok = m.back(base); !ok {
			return 0, false
		}
	}
}

func (m *matcher) one(in *inst, u uint16) bool {
	switch in.op {
	case reAny:
		return !isLineEnd(u)
	case reSet:
		if m.re.ignoreCase {
			return in.set.hasFold(u)
		}
		return in.set.has(u)
	}
	return u == in.c || m.re.ignoreCase && canonical(u) == canonical(in.c)
}

// reference matches what a group matched; a group that took no part matches nothing, anywhere.
func (m *matcher) reference(in *inst, pos int32) (int32, bool) {
	from, to := m.slots[2*in.x], m.slots[2*in.x+1]
	if from < 0 || to < 0 {
		return pos, true
	}
	n := to - from
	at := pos
	if in.behind {
		at -= n
	}
	if at < 0 || int(at+n) > len(m.in) {
		return pos, false
	}
	for i := range n {
		a, b := m.in[from+i], m.in[at+i]
		if a != b && !(m.re.ignoreCase && canonical(a) == canonical(b)) {
			return pos, false
		}
	}
	m.steps += int(n)
	if in.behind {
		return at, true
	}
	return at + n, true
}

// look runs a look-around. What a positive one captured stays; its choices are given up.
func (m *matcher) look(in *inst, pc, pos int32) bool {
	base := len(m.trail)
	_, ok := m.run(pc+1, pos)
	if ok && !in.negative {
		kept := m.trail[:base]
		for _, e := range m.trail[base:] {
			if e.pc < 0 {
				kept = append(kept, e)
			}
		}
		m.trail = kept
		return true
	}
	for len(m.trail) > base {
		m.back(base)
	}
	return ok != in.negative
}
