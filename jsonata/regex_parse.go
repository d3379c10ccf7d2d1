package jsonata

import "strings"

// compileRegex compiles a pattern. problem says what is wrong with it in the words of JavaScript engines, "" when nothing is.
func compileRegex(source string, ignoreCase, multiline bool) (re *regex, problem string) {
	p := &regexParser{src: units(source), multiline: multiline, re: &regex{source: source, ignoreCase: ignoreCase, first: -1}}
	p.countGroups()
	p.re.slots = 2 * (p.total + 1)
	n := p.alternatives(0)
	if p.problem == "" && p.at < len(p.src) {
		p.fail("Unmatched ')'")
	}
	for _, name := range p.wanted {
		if p.problem == "" && p.named(name) == 0 {
			p.fail("Invalid named capture referenced")
		}
	}
	if p.problem == "" {
		p.re.groups = p.total
		p.emit(n, false)
		p.add(inst{op: reMatch})
		if len(p.re.code) > maxRegexCode {
			p.fail("Regular expression too large")
		}
	}
	if p.problem != "" {
		return nil, p.problem
	}
	if c := p.re.code[0]; c.op == reChar && !ignoreCase {
		p.re.first = int(c.c)
	}
	return p.re, ""
}

func mustRegex(source string) *regex {
	re, problem := compileRegex(source, false, false)
	if problem != "" {
		panic("jsonata: " + problem)
	}
	return re
}

const (
	maxRegexCode  = 50_000
	maxRegexDepth = 500
)

// reNode is a parsed pattern.
type reNode struct {
	kind     reKind
	c        uint16
	set      *charSet
	kids     []*reNode
	min, max int // quantifier; max < 0 is no bound
	lazy     bool
	group    int // capture, back reference
	negative bool
	behind   bool
	from, to int // groups inside
}

type reKind uint8

const (
	kindChar reKind = iota
	kindAny
	kindSet
	kindEmpty
	kindSeq
	kindAlt
	kindRepeat
	kindCapture
	kindBack
	kindLook
	kindAssert // c is ^, $, b or B
)

type regexParser struct {
	src       []uint16
	at        int
	group     int
	total     int
	names     map[string]int
	wanted    []string
	problem   string
	multiline bool
	re        *regex
}

func (p *regexParser) fail(problem string) {
	if p.problem == "" {
		p.problem = problem
		p.at = len(p.src)
	}
}

func (p *regexParser) peek() int {
	if p.at < len(p.src) {
		return int(p.src[p.at])
	}
	return -1
}

func (p *regexParser) peekAt(i int) int {
	if p.at+i < len(p.src) {
		return int(p.src[p.at+i])
	}
	return -1
}

func (p *regexParser) eat(s string) bool {
	for i := 0; i < len(s); i++ {
		if p.peekAt(i) != int(s[i]) {
			return false
		}
	}
	p.at += len(s)
	return true
}

// countGroups counts the capturing groups and their names ahead: references may come before them.
func (p *regexParser) countGroups() {
	p.names = map[string]int{}
	inClass := false
	for i := 0; i < len(p.src); i++ {
		switch p.src[i] {
		case '\\':
			i++
		case '[':
			inClass = true
		case ']':
			inClass = false
		case '(':
			if inClass {
				continue
			}
			if i+1 < len(p.src) && p.src[i+1] == '?' {
				if i+3 < len(p.src) && p.src[i+2] == '<' && p.src[i+3] != '=' && p.src[i+3] != '!' {
					p.total++
					end := i + 3
					for end < len(p.src) && p.src[end] != '>' {
						end++
					}
					p.names[fromUnits(p.src[i+3:end])] = p.total
				}
				continue
			}
			p.total++
		}
	}
}

func (p *regexParser) named(name string) int { return p.names[name] }

func (p *regexParser) alternatives(depth int) *reNode {
	if depth > maxRegexDepth {
		p.fail("Regular expression too large")
		return &reNode{kind: kindEmpty}
	}
	from := p.group
	alt := &reNode{kind: kindAlt, from: from}
	for {
		seq := &reNode{kind: kindSeq}
		for p.at < len(p.src) && p.peek() != '|' && p.peek() != ')' {
			before := p.group
			n := p.term(depth)
			n = p.quantified(n, before)
			if p.problem != "" {
				return alt
			}
			seq.kids = append(seq.kids, n)
		}
		alt.kids = append(alt.kids, seq)
		if p.peek() != '|' {
			break
		}
		p.at++
	}
	alt.to = p.group
	if len(alt.kids) == 1 {
		return alt.kids[0]
	}
	return alt
}

func (p *regexParser) quantified(n *reNode, before int) *reNode {
	lo, hi, ok := p.quantifier()
	if !ok {
		return n
	}
	if n.kind == kindAssert || n.kind == kindLook && n.behind {
		p.fail("Nothing to repeat")
		return n
	}
	r := &reNode{kind: kindRepeat, kids: []*reNode{n}, min: lo, max: hi, from: before, to: p.group}
	if p.peek() == '?' {
		p.at++
		r.lazy = true
	}
	if hi >= 0 && lo > hi {
		p.fail("numbers out of order in {} quantifier")
	}
	return r
}

func (p *regexParser) quantifier() (lo, hi int, ok bool) {
	switch p.peek() {
	case '*':
		p.at++
		return 0, -1, true
	case '+':
		p.at++
		return 1, -1, true
	case '?':
		p.at++
		return 0, 1, true
	case '{':
		start := p.at
		p.at++
		lo, any := p.digits()
		if !any {
			p.at = start
			return 0, 0, false
		}
		hi = lo
		if p.peek() == ',' {
			p.at++
			if hi, any = p.digits(); !any {
				hi = -1
			}
		}
		if p.peek() != '}' {
			p.at = start
			return 0, 0, false
		}
		p.at++
		return lo, hi, true
	}
	return 0, 0, false
}

func (p *regexParser) digits() (n int, any bool) {
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		n = min(n*10+c-'0', 1<<30)
		any = true
		p.at++
	}
	return n, any
}

func (p *regexParser) term(depth int) *reNode {
	c := p.src[p.at]
	switch c {
	case '^', '$':
		p.at++
		return &reNode{kind: kindAssert, c: c}
	case '.':
		p.at++
		return &reNode{kind: kindAny}
	case '[':
		return p.class()
	case '(':
		return p.parens(depth)
	case '*', '+', '?':
		p.fail("Nothing to repeat")
		return &reNode{}
	case '{':
		at := p.at
		if _, _, ok := p.quantifier(); ok {
			p.fail("Nothing to repeat")
			return &reNode{}
		}
		p.at = at + 1
	case '\\':
		return p.escape()
	default:
		p.at++
	}
	return &reNode{kind: kindChar, c: c}
}

func (p *regexParser) parens(depth int) *reNode {
	n := &reNode{kind: kindCapture}
	p.at++
	switch {
	case p.eat("?:"):
		n = nil
	case p.eat("?="):
		n = &reNode{kind: kindLook}
	case p.eat("?!"):
		n = &reNode{kind: kindLook, negative: true}
	case p.eat("?<="):
		n = &reNode{kind: kindLook, behind: true}
	case p.eat("?<!"):
		n = &reNode{kind: kindLook, behind: true, negative: true}
	case p.eat("?<"):
		end := p.at
		for end < len(p.src) && p.src[end] != '>' {
			end++
		}
		name := fromUnits(p.src[p.at:end])
		if end == len(p.src) || !isGroupName(name) {
			p.fail("Invalid capture group name")
			return n
		}
		p.at = end + 1
		if p.names[name] != p.group+1 {
			p.fail("Duplicate capture group name")
		}
	case p.peek() == '?':
		p.fail("Invalid group")
		return n
	}
	if n != nil && n.kind == kindCapture {
		p.group++
		n.group = p.group
	}
	body := p.alternatives(depth + 1)
	if p.problem == "" && p.peek() != ')' {
		p.fail("Unterminated group")
	}
	p.at++
	if n == nil {
		return &reNode{kind: kindSeq, kids: []*reNode{body}}
	}
	n.kids = []*reNode{body}
	return n
}

func isGroupName(s string) bool {
	for i, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c >= 0x80 || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

var (
	digitSet = &charSet{low: [2]uint64{0x03ff000000000000, 0}}
	wordSet  = &charSet{low: [2]uint64{0x03ff000000000000, 0x07fffffe87fffffe}}
	spaceSet = newSpaceSet()
)

func newSpaceSet() *charSet {
	s := &charSet{}
	for _, r := range [][2]uint16{{9, 13}, {' ', ' '}, {0xa0, 0xa0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff}} {
		s.add(r[0], r[1])
	}
	return s
}

// classEscape returns the set of \d, \w, \s and their opposites, nil for other letters.
func classEscape(c int) *charSet {
	var s *charSet
	switch c | 0x20 {
	case 'd':
		s = digitSet
	case 'w':
		s = wordSet
	case 's':
		s = spaceSet
	default:
		return nil
	}
	if c < 'a' {
		n := *s
		n.negate = true
		return &n
	}
	return s
}

func (p *regexParser) escape() *reNode {
	p.at++
	c := p.peek()
	if c < 0 {
		p.fail("\\ at end of pattern")
		return &reNode{}
	}
	if s := classEscape(c); s != nil && c < 128 {
		p.at++
		return &reNode{kind: kindSet, set: s}
	}
	switch {
	case c == 'b' || c == 'B':
		p.at++
		return &reNode{kind: kindAssert, c: uint16(c)}
	case c >= '1' && c <= '9':
		at := p.at
		n, _ := p.digits()
		if n <= p.total {
			return &reNode{kind: kindBack, group: n}
		}
		p.at = at
	case c == 'k' && len(p.names) > 0:
		p.at++
		end := p.at
		for end < len(p.src) && p.src[end] != '>' {
			end++
		}
		if p.peek() != '<' || end == len(p.src) {
			p.fail("Invalid named reference")
			return &reNode{}
		}
		name := fromUnits(p.src[p.at+1 : end])
		p.at = end + 1
		p.wanted = append(p.wanted, name)
		return &reNode{kind: kindBack, group: p.names[name]}
	}
	return &reNode{kind: kindChar, c: p.charEscape(false)}
}

// charEscape reads an escape that stands for one unit, behind the backslash.
func (p *regexParser) charEscape(inClass bool) uint16 {
	c := p.src[p.at]
	p.at++
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'v':
		return '\v'
	case 'f':
		return '\f'
	case 'r':
		return '\r'
	case 'c':
		if l := p.peek(); l >= 'a' && l <= 'z' || l >= 'A' && l <= 'Z' || inClass && (l >= '0' && l <= '9' || l == '_') {
			p.at++
			return uint16(l) & 31
		}
		p.at--
		return '\\'
	case 'x', 'u':
		n := 2
		if c == 'u' {
			n = 4
		}
		if u, ok := p.hex(n); ok {
			return u
		}
		return c
	}
	if c < '0' || c > '7' {
		return c
	}
	u := c - '0'
	for range 2 {
		d := p.peek()
		if d < '0' || d > '7' || u*8+uint16(d-'0') > 255 {
			break
		}
		u = u*8 + uint16(d-'0')
		p.at++
	}
	return u
}

func (p *regexParser) hex(n int) (uint16, bool) {
	u := 0
	for i := range n {
		c := p.peekAt(i)
		if c < 0 || c > 127 {
			return 0, false
		}
		d := strings.IndexByte("0123456789abcdef", byte(c)|0x20)
		if d < 0 || c < '0' || c > '9' && c < 'A' {
			return 0, false
		}
		u = u<<4 | d
	}
	p.at += n
	return uint16(u), true
}

func (p *regexParser) class() *reNode {
	p.at++
	set := &charSet{}
	if p.peek() == '^' {
		p.at++
		set.negate = true
	}
	positive := &charSet{}
	for {
		if p.at >= len(p.src) {
			p.fail("Unterminated character class")
			return &reNode{}
		}
		if p.peek() == ']' {
			p.at++
			break
		}
		from, sub := p.classAtom()
		if p.problem != "" {
			return &reNode{}
		}
		if p.peek() != '-' || p.peekAt(1) == ']' || p.peekAt(1) < 0 {
			if sub != nil {
				positive.addSet(sub)
			} else {
				positive.add(from, from)
			}
			continue
		}
		p.at++
		to, sub2 := p.classAtom()
		switch {
		case p.problem != "":
			return &reNode{}
		case sub != nil || sub2 != nil: // the dash is a character
			positive.add('-', '-')
			for _, part := range []struct {
				c uint16
				s *charSet
			}{{from, sub}, {to, sub2}} {
				if part.s != nil {
					positive.addSet(part.s)
				} else {
					positive.add(part.c, part.c)
				}
			}
		case from > to:
			p.fail("Range out of order in character class")
			return &reNode{}
		default:
			positive.add(from, to)
		}
	}
	positive.negate = set.negate
	return &reNode{kind: kindSet, set: positive}
}

func (p *regexParser) classAtom() (uint16, *charSet) {
	c := p.src[p.at]
	p.at++
	if c != '\\' {
		return c, nil
	}
	e := p.peek()
	if e < 0 {
		p.fail("\\ at end of pattern")
		return 0, nil
	}
	if s := classEscape(e); s != nil && e < 128 {
		p.at++
		return 0, s
	}
	if e == 'b' {
		p.at++
		return '\b', nil
	}
	return p.charEscape(true), nil
}

func (p *regexParser) add(i inst) int {
	if len(p.re.code) > maxRegexCode {
		p.fail("Regular expression too large")
		return 0
	}
	p.re.code = append(p.re.code, i)
	return len(p.re.code) - 1
}

// emit writes the code of a node. back is the direction inside of a look-behind.
func (p *regexParser) emit(n *reNode, back bool) {
	if p.problem != "" {
		return
	}
	switch n.kind {
	case kindChar:
		p.add(inst{op: reChar, c: n.c, behind: back})
	case kindAny:
		p.add(inst{op: reAny, behind: back})
	case kindSet:
		p.add(inst{op: reSet, set: n.set, behind: back})
	case kindAssert:
		op := map[uint16]regexOp{'^': reStart, '$': reEnd, 'b': reWord, 'B': reNotWord}[n.c]
		p.add(inst{op: op, multiline: p.multiline})
	case kindSeq:
		for i := range n.kids {
			if back {
				i = len(n.kids) - 1 - i
			}
			p.emit(n.kids[i], back)
		}
	case kindAlt:
		var ends []int
		for i, k := range n.kids {
			if i == len(n.kids)-1 {
				p.emit(k, back)
				break
			}
			split := p.add(inst{op: reSplit})
			p.re.code[split].x = int32(split + 1)
			p.emit(k, back)
			ends = append(ends, p.add(inst{op: reJump}))
			p.re.code[split].y = int32(len(p.re.code))
		}
		for _, e := range ends {
			p.re.code[e].x = int32(len(p.re.code))
		}
	case kindCapture:
		first, second := int32(2*n.group), int32(2*n.group+1)
		if back {
			first, second = second, first
		}
		p.add(inst{op: reSave, x: first})
		p.emit(n.kids[0], back)
		p.add(inst{op: reSave, x: second})
	case kindBack:
		p.add(inst{op: reBack, x: int32(n.group), behind: back})
	case kindLook:
		look := p.add(inst{op: reLook, negative: n.negative})
		p.emit(n.kids[0], n.behind)
		p.add(inst{op: reMatch})
		p.re.code[look].x = int32(len(p.re.code))
	case kindRepeat:
		p.repeat(n, back)
	}
}

func (p *regexParser) repeat(n *reNode, back bool) {
	body := n.kids[0]
	once := func() {
		if n.to > n.from {
			p.add(inst{op: reClear, x: int32(2 * (n.from + 1)), y: int32(2 * (n.to + 1))})
		}
		p.emit(body, back)
	}
	for i := 0; i < n.min && p.problem == ""; i++ {
		once()
	}
	empty := body.canBeEmpty()
	optional := func() (split int, register int32) {
		split = p.add(inst{op: reSplit})
		if empty {
			register = int32(p.re.slots)
			p.re.slots++
			p.add(inst{op: reMark, x: register})
		}
		once()
		if empty {
			p.add(inst{op: reMoved, x: register})
		}
		return split, register
	}
	target := func(split int) {
		enter, leave := int32(split+1), int32(len(p.re.code))
		if n.lazy {
			enter, leave = leave, enter
		}
		p.re.code[split].x, p.re.code[split].y = enter, leave
	}
	if n.max < 0 {
		split, _ := optional()
		p.add(inst{op: reJump, x: int32(split)})
		if p.problem == "" {
			target(split)
		}
		return
	}
	var splits []int
	for i := n.min; i < n.max && p.problem == ""; i++ {
		split, _ := optional()
		splits = append(splits, split)
	}
	for _, split := range splits {
		if p.problem == "" {
			target(split)
		}
	}
}

func (n *reNode) canBeEmpty() bool {
	switch n.kind {
	case kindChar, kindAny, kindSet:
		return false
	case kindSeq:
		for _, k := range n.kids {
			if !k.canBeEmpty() {
				return false
			}
		}
		return true
	case kindAlt:
		for _, k := range n.kids {
			if k.canBeEmpty() {
				return true
			}
		}
		return false
	case kindCapture:
		return n.kids[0].canBeEmpty()
	case kindRepeat:
		return n.min == 0 || n.kids[0].canBeEmpty()
	}
	return true
}
