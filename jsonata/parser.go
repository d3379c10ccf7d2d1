package jsonata

import "github.com/gait-engine/gait/internal/value"

// parser is a Pratt parser: each token says how it begins a term (prefix) or continues one (infix), and how strongly it binds.
type parser struct {
	lex   lexer
	tok   token // the token not yet consumed
	depth int
	max   int     // nesting allowed
	slab  []node  // nodes are cut from slabs
	spare *node   // nodes that the post-parse pass has replaced, chained by a
	lists []*node // what lists of steps are cut from

	// State of the post-parse pass.
	slots   int     // number of % seen
	parents []*node // the % nodes, by slot index
	first   int     // size of the first slab
}

// parse returns the syntax tree as written.
func (p *parser) parse() (*node, *Error) {
	if err := p.advance(symNone, false); err != nil {
		return nil, err
	}
	n, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, p.failToken("S0201", p.tok)
	}
	return n, nil
}

func (p *parser) failToken(code string, t token) *Error {
	e := fail(code)
	e.Position = int(t.pos)
	e.token = t.value()
	return e
}

func (p *parser) node(o op, pos int32) *node {
	if n := p.spare; n != nil {
		p.spare = n.a
		*n = node{op: o, pos: pos}
		return n
	}
	if len(p.slab) == 0 {
		p.slab = make([]node, max(8, p.first))
		p.first = 0
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.op, n.pos = o, pos
	return n
}

// steps returns a list that holds n, with room for size.
func (p *parser) steps(n *node, size int) []*node {
	if len(p.lists) < size {
		p.lists = make([]*node, 16)
	}
	list := p.lists[:1:size]
	p.lists = p.lists[size:]
	list[0] = n
	return list
}

func (p *parser) at(s symbol) bool { return p.tok.kind == tokOperator && p.tok.sym == s }

// advance consumes the current token, which must be want unless that is symNone.
func (p *parser) advance(want symbol, infix bool) *Error {
	if want != symNone && !p.at(want) {
		code := "S0202"
		if p.tok.kind == tokEnd {
			code = "S0203"
		}
		e := p.failToken(code, p.tok)
		e.value = value.FromString(symbolText[want])
		return e
	}
	t, err := p.lex.next(infix)
	if err != nil {
		return err
	}
	p.tok = t
	if t.kind == tokOperator && (t.sym == symBang || t.sym == symTilde) {
		return p.failToken("S0204", t)
	}
	return nil
}

func (p *parser) power() int {
	if p.tok.kind != tokOperator {
		return 0
	}
	return int(leftPower[p.tok.sym])
}

func (p *parser) expression(power int) (*node, *Error) {
	if p.depth++; p.depth > p.max {
		return nil, tooDeep(int(p.tok.pos))
	}
	t := p.tok
	if err := p.advance(symNone, true); err != nil {
		return nil, err
	}
	left, err := p.prefix(t)
	for chain := 0; err == nil && power < p.power(); chain++ {
		if chain > p.max {
			return nil, tooDeep(int(p.tok.pos))
		}
		t = p.tok
		if err = p.advance(symNone, false); err == nil {
			left, err = p.infix(t, left)
		}
	}
	p.depth--
	return left, err
}

func tooDeep(pos int) *Error {
	e := fail("S0304")
	e.Position = pos
	e.message = "The expression is nested too deeply"
	return e
}

// prefix makes the term that t begins.
func (p *parser) prefix(t token) (*node, *Error) {
	n := p.node(opOperator, t.pos)
	n.str = t.text
	switch t.kind {
	case tokEnd:
		n.op, n.str = opEnd, "(end)"
		return n, nil
	case tokName:
		n.op = opName
		return n, nil
	case tokVariable:
		n.op = opVariable
		return n, nil
	case tokLiteral:
		n.op, n.lit = opLiteral, t.lit
		return n, nil
	case tokRegex:
		n.op = opRegex
		n.ext().re = t.re
		return n, nil
	}
	var err *Error
	switch t.sym {
	case symAnd, symOr, symIn: // a name, unless an operator makes no sense here
		return n, nil
	case symMinus:
		n.op = opNegate
		n.a, err = p.expression(70)
		return n, err
	case symStar:
		n.op = opWildcard
		return n, nil
	case symDescend:
		n.op = opDescendant
		return n, nil
	case symPercent:
		n.op = opParent
		return n, nil
	case symOpenParen:
		return p.block(n)
	case symOpenBracket:
		return p.array(n)
	case symOpenBrace:
		n.op = opObject
		n.ext().pairs, err = p.pairs()
		return n, err
	case symBar:
		return p.transform(n)
	}
	return nil, p.failToken("S0211", t)
}

// infix continues the term left with t.
func (p *parser) infix(t token, left *node) (*node, *Error) {
	n := p.node(opBinary, t.pos)
	n.str = t.text
	n.a = left
	var err *Error
	switch t.sym {
	case symDot:
		n.op = opDot
		n.b, err = p.expression(75)
	case symOpenParen:
		return p.call(n, left)
	case symOpenBracket:
		return p.filter(n, left)
	case symOpenBrace:
		n.op = opGroup
		n.ext().pairs, err = p.pairs()
	case symCaret:
		return p.sortTerms(n)
	case symBind:
		n.op = opBind
		if left.op != opVariable {
			e := fail("S0212")
			e.Position, e.token = int(left.pos), left.tokenValue()
			return nil, e
		}
		n.b, err = p.expression(9)
	case symAt, symHash:
		n.op = opFocus
		if t.sym == symHash {
			n.op = opAt
		}
		if n.b, err = p.expression(80); err == nil && n.b.op != opVariable {
			e := fail("S0214")
			e.Position, e.token = int(n.b.pos), value.FromString(t.text)
			return nil, e
		}
	case symQuestion:
		n.op = opCondition
		if n.b, err = p.expression(0); err == nil && p.at(symColon) {
			if err = p.advance(symColon, false); err == nil {
				n.c, err = p.expression(0)
			}
		}
	case symApply:
		n.op = opApply
		n.b, err = p.expression(40)
	default:
		n.bop = binaryOf[t.sym]
		if t.sym == symAnd || t.sym == symOr {
			n.op = opBoolean
		}
		n.b, err = p.expression(int(leftPower[t.sym]))
	}
	return n, err
}

// tokenValue returns what the reference shows as the token of a node that is not processed yet.
func (n *node) tokenValue() value.Value {
	switch n.op {
	case opLiteral:
		return n.lit
	case opRegex:
		return emptyObject
	case opArray:
		return value.FromString("[")
	case opBlock:
		return value.FromString("(")
	}
	return value.FromString(n.str)
}

func (p *parser) call(n, left *node) (*node, *Error) {
	n.op = opCall
	if !p.at(symCloseParen) {
		for {
			if p.at(symQuestion) {
				n.op = opPartial
				hole := p.node(opPlaceholder, p.tok.pos)
				hole.str = "?"
				n.list = append(n.list, hole)
				if err := p.advance(symQuestion, false); err != nil {
					return nil, err
				}
			} else {
				arg, err := p.expression(0)
				if err != nil {
					return nil, err
				}
				n.list = append(n.list, arg)
			}
			if !p.at(symComma) {
				break
			}
			if err := p.advance(symComma, false); err != nil {
				return nil, err
			}
		}
	}
	if err := p.advance(symCloseParen, true); err != nil {
		return nil, err
	}
	if left.op == opName && (left.str == "function" || left.str == "λ") {
		return p.lambda(n)
	}
	return n, nil
}

// lambda reads the signature and body behind function(…).
func (p *parser) lambda(n *node) (*node, *Error) {
	for i, param := range n.list {
		if param.op != opVariable {
			e := fail("S0208")
			e.Position, e.token, e.value = int(param.pos), param.tokenValue(), value.FromInt(int64(i+1))
			return nil, e
		}
	}
	n.op, n.a = opLambda, nil
	if p.at(symLt) {
		if err := p.signature(n); err != nil {
			return nil, err
		}
	}
	if err := p.advance(symOpenBrace, false); err != nil {
		return nil, err
	}
	body, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	n.a = body
	return n, p.advance(symCloseBrace, false)
}

func (p *parser) signature(n *node) *Error {
	at := int(p.tok.pos)
	text, depth := "<", 1
	for depth > 0 && !p.at(symOpenBrace) && p.tok.kind != tokEnd {
		if err := p.advance(symNone, false); err != nil {
			return err
		}
		if p.at(symGt) {
			depth--
		} else if p.at(symLt) {
			depth++
		}
		if v := p.tok.value(); v.Kind() == value.String {
			text += v.Str()
		} else {
			text += jsonText(v)
		}
	}
	if err := p.advance(symGt, false); err != nil {
		return err
	}
	sig, err := parseSignature(text)
	if err != nil {
		err.Position = at + utf16Length(text[:err.offset])
		return err
	}
	n.ext().sig = sig
	return nil
}

func (p *parser) block(n *node) (*node, *Error) {
	n.op = opBlock
	for !p.at(symCloseParen) {
		e, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		n.list = append(n.list, e)
		if !p.at(symSemicolon) {
			break
		}
		if err := p.advance(symSemicolon, false); err != nil {
			return nil, err
		}
	}
	return n, p.advance(symCloseParen, true)
}

func (p *parser) array(n *node) (*node, *Error) {
	n.op, n.str = opArray, "["
	if !p.at(symCloseBracket) {
		for {
			item, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			if p.at(symRange) {
				r := p.node(opBinary, p.tok.pos)
				r.str, r.bop, r.a = "..", opRange, item
				if err := p.advance(symRange, false); err != nil {
					return nil, err
				}
				if r.b, err = p.expression(0); err != nil {
					return nil, err
				}
				item = r
			}
			n.list = append(n.list, item)
			if !p.at(symComma) {
				break
			}
			if err := p.advance(symComma, false); err != nil {
				return nil, err
			}
		}
	}
	return n, p.advance(symCloseBracket, true)
}

func (p *parser) filter(n, left *node) (*node, *Error) {
	if p.at(symCloseBracket) {
		step := left
		for step.op == opIndex {
			step = step.a
		}
		step.flag |= flagKeepArray
		return left, p.advance(symCloseBracket, false)
	}
	n.op = opIndex
	var err *Error
	if n.b, err = p.expression(0); err != nil {
		return nil, err
	}
	return n, p.advance(symCloseBracket, true)
}

func (p *parser) sortTerms(n *node) (*node, *Error) {
	n.op = opSortBy
	if err := p.advance(symOpenParen, false); err != nil {
		return nil, err
	}
	for {
		term := p.node(opSort, p.tok.pos)
		var err *Error
		if p.at(symLt) {
			err = p.advance(symLt, false)
		} else if p.at(symGt) {
			term.flag |= flagDescending
			err = p.advance(symGt, false)
		}
		if err == nil {
			term.a, err = p.expression(0)
		}
		if err != nil {
			return nil, err
		}
		n.list = append(n.list, term)
		if !p.at(symComma) {
			break
		}
		if err := p.advance(symComma, false); err != nil {
			return nil, err
		}
	}
	return n, p.advance(symCloseParen, false)
}

func (p *parser) pairs() ([]pair, *Error) {
	var pairs []pair
	if !p.at(symCloseBrace) {
		for {
			k, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			if err := p.advance(symColon, false); err != nil {
				return nil, err
			}
			v, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, pair{k, v})
			if !p.at(symComma) {
				break
			}
			if err := p.advance(symComma, false); err != nil {
				return nil, err
			}
		}
	}
	return pairs, p.advance(symCloseBrace, true)
}

func (p *parser) transform(n *node) (*node, *Error) {
	n.op = opTransform
	var err *Error
	if n.a, err = p.expression(0); err != nil {
		return nil, err
	}
	if err := p.advance(symBar, false); err != nil {
		return nil, err
	}
	if n.b, err = p.expression(0); err != nil {
		return nil, err
	}
	if p.at(symComma) {
		if err := p.advance(symComma, false); err != nil {
			return nil, err
		}
		if n.c, err = p.expression(0); err != nil {
			return nil, err
		}
	}
	return n, p.advance(symBar, false)
}
