package jsonata

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

// tokenKind is the type of a token.
type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokOperator
	tokName
	tokVariable
	tokLiteral
	tokRegex
)

// token is one token of the source.
type token struct {
	kind tokenKind
	sym  symbol      // tokOperator
	text string      // name, operator
	lit  value.Value // tokLiteral
	re   *regex
	pos  int32 // UTF-16 offset after the token
}

// value returns what the reference holds as the value of the token.
func (t *token) value() value.Value {
	switch t.kind {
	case tokLiteral:
		return t.lit
	case tokRegex:
		return emptyObject
	case tokEnd:
		return value.FromString("(end)")
	}
	return value.FromString(t.text)
}

// lexer cuts the source into tokens. at is a byte offset; seen and units translate it to UTF-16.
type lexer struct {
	src   string
	at    int
	ascii bool
	seen  int
	units int
}

func newLexer(src string) lexer {
	ascii := true
	for i := 0; i < len(src); i++ {
		if src[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	return lexer{src: src, ascii: ascii}
}

// offset returns the UTF-16 offset of byte offset at.
func (l *lexer) offset(at int) int {
	if l.ascii {
		return at
	}
	if at < l.seen {
		l.seen, l.units = 0, 0
	}
	l.units += utf16Length(l.src[l.seen:min(at, len(l.src))]) + max(0, at-len(l.src))
	l.seen = min(at, len(l.src))
	return l.units
}

func (l *lexer) fail(code string, at int) *Error {
	e := fail(code)
	e.Position = l.offset(at)
	return e
}

func (l *lexer) peek(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' }

// next returns the next token. infix says that an operator is expected, so that a slash divides and does not open a regex.
func (l *lexer) next(infix bool) (token, *Error) {
	for {
		for l.at < len(l.src) && isSpace(l.src[l.at]) {
			l.at++
		}
		if l.peek(l.at) != '/' || l.peek(l.at+1) != '*' {
			break
		}
		end := -1
		if l.at+2 < len(l.src) {
			end = strings.Index(l.src[l.at+2:], "*/")
		}
		if end < 0 {
			return token{}, l.fail("S0106", l.at)
		}
		l.at += 2 + end + 2
	}
	if l.at >= len(l.src) {
		return token{kind: tokEnd, pos: int32(l.offset(len(l.src)))}, nil
	}
	c := l.src[l.at]
	if c == '/' && !infix {
		l.at++
		re, err := l.regex()
		if err != nil {
			return token{}, err
		}
		return token{kind: tokRegex, re: re, pos: int32(l.offset(l.at))}, nil
	}
	if sym := symbolOf[c]; sym != 0 {
		n := 1
		switch d := l.peek(l.at + 1); {
		case c == '.' && d == '.':
			sym, n = symRange, 2
		case c == ':' && d == '=':
			sym, n = symBind, 2
		case c == '!' && d == '=':
			sym, n = symNe, 2
		case c == '>' && d == '=':
			sym, n = symGe, 2
		case c == '<' && d == '=':
			sym, n = symLe, 2
		case c == '*' && d == '*':
			sym, n = symDescend, 2
		case c == '~' && d == '>':
			sym, n = symApply, 2
		}
		text := l.src[l.at : l.at+n]
		l.at += n
		return token{kind: tokOperator, sym: sym, text: text, pos: int32(l.offset(l.at))}, nil
	}
	switch {
	case c == '"' || c == '\'':
		return l.quoted(c)
	case c >= '0' && c <= '9':
		return l.number()
	case c == '`':
		l.at++
		end := strings.IndexByte(l.src[l.at:], '`')
		if end < 0 {
			return token{}, l.fail("S0105", len(l.src))
		}
		name := l.src[l.at : l.at+end]
		l.at += end + 1
		return token{kind: tokName, text: name, pos: int32(l.offset(l.at))}, nil
	}
	return l.name(), nil
}

func (l *lexer) name() token {
	start := l.at
	for l.at < len(l.src) && !isSpace(l.src[l.at]) && symbolOf[l.src[l.at]] == 0 {
		l.at++
	}
	name := l.src[start:l.at]
	pos := int32(l.offset(l.at))
	if name[0] == '$' {
		return token{kind: tokVariable, text: name[1:], pos: pos}
	}
	switch name {
	case "or":
		return token{kind: tokOperator, sym: symOr, text: name, pos: pos}
	case "in":
		return token{kind: tokOperator, sym: symIn, text: name, pos: pos}
	case "and":
		return token{kind: tokOperator, sym: symAnd, text: name, pos: pos}
	case "true":
		return token{kind: tokLiteral, lit: value.FromBool(true), pos: pos}
	case "false":
		return token{kind: tokLiteral, lit: value.FromBool(false), pos: pos}
	case "null":
		return token{kind: tokLiteral, pos: pos}
	}
	return token{kind: tokName, text: name, pos: pos}
}

// number reads 0 or digits without a leading zero, an optional fraction and an optional exponent.
func (l *lexer) number() (token, *Error) {
	start, i := l.at, l.at
	digits := func(from int) int {
		for from < len(l.src) && l.src[from] >= '0' && l.src[from] <= '9' {
			from++
		}
		return from
	}
	if l.src[i] == '0' {
		i++
	} else {
		i = digits(i)
	}
	if l.peek(i) == '.' {
		if end := digits(i + 1); end > i+1 {
			i = end
		}
	}
	if c := l.peek(i); c == 'e' || c == 'E' {
		from := i + 1
		if s := l.peek(from); s == '-' || s == '+' {
			from++
		}
		if end := digits(from); end > from {
			i = end
		}
	}
	text := l.src[start:i]
	var f float64
	if len(text) == 1 {
		f = float64(text[0] - '0')
	} else {
		f, _ = strconv.ParseFloat(text, 64)
	}
	if math.IsInf(f, 0) {
		e := l.fail("S0102", start)
		e.token = value.FromString(text)
		return token{}, e
	}
	l.at = i
	return token{kind: tokLiteral, lit: value.FromFloat(f), pos: int32(l.offset(i))}, nil
}

// quoted reads a string. Escapes are those of JSON; raw line ends are allowed.
func (l *lexer) quoted(quote byte) (token, *Error) {
	l.at++
	start := l.at
	for i := start; i < len(l.src); i++ {
		if l.src[i] == quote {
			l.at = i + 1
			return token{kind: tokLiteral, lit: value.FromString(l.src[start:i]), pos: int32(l.offset(l.at))}, nil
		}
		if l.src[i] == '\\' {
			return l.escaped(quote, start, i)
		}
	}
	return token{}, l.fail("S0101", len(l.src))
}

func (l *lexer) escaped(quote byte, start, i int) (token, *Error) {
	buf := append(make([]byte, 0, i-start+32), l.src[start:i]...)
	for i < len(l.src) {
		switch c := l.src[i]; c {
		case quote:
			l.at = i + 1
			return token{kind: tokLiteral, lit: value.FromString(string(buf)), pos: int32(l.offset(l.at))}, nil
		case '\\':
			i++
			switch e := l.peek(i); e {
			case '"', '\\', '/':
				buf = append(buf, e)
			case 'b':
				buf = append(buf, '\b')
			case 'f':
				buf = append(buf, '\f')
			case 'n':
				buf = append(buf, '\n')
			case 'r':
				buf = append(buf, '\r')
			case 't':
				buf = append(buf, '\t')
			case 'u':
				octets := l.src[i+1 : min(i+5, len(l.src))]
				unit, err := strconv.ParseUint(octets, 16, 16)
				if err != nil || strings.ContainsAny(octets, "+-_") {
					return token{}, l.fail("S0104", i)
				}
				buf = appendUnit(buf, uint16(unit))
				i += 4
			default:
				r, _ := utf8.DecodeRuneInString(l.src[min(i, len(l.src)):])
				err := l.fail("S0103", i)
				err.token = value.FromString("")
				if i < len(l.src) {
					err.token = value.FromString(firstUnit(r))
				}
				return token{}, err
			}
		default:
			buf = append(buf, c)
		}
		i++
	}
	return token{}, l.fail("S0101", i)
}

// regex reads a pattern and its flags. A slash inside brackets does not end it.
func (l *lexer) regex() (*regex, *Error) {
	start, depth := l.at, 0
	for i := start; i < len(l.src); i++ {
		c := l.src[i]
		if c == '/' && depth == 0 {
			slashes := 0
			for l.src[i-slashes-1] == '\\' {
				slashes++
			}
			if slashes%2 == 0 {
				return l.endRegex(start, i)
			}
		}
		switch escaped := l.src[i-1] == '\\'; c {
		case '(', '[', '{':
			if !escaped {
				depth++
			}
		case ')', ']', '}':
			if !escaped {
				depth--
			}
		}
	}
	return nil, l.fail("S0302", len(l.src))
}

func (l *lexer) endRegex(start, end int) (*regex, *Error) {
	if start == end {
		return nil, l.fail("S0301", end)
	}
	i := end + 1
	var ignoreCase, multiline, twice bool
	for ; l.peek(i) == 'i' || l.peek(i) == 'm'; i++ {
		if l.src[i] == 'i' {
			twice = twice || ignoreCase
			ignoreCase = true
		} else {
			twice = twice || multiline
			multiline = true
		}
	}
	l.at = i
	if twice {
		err := l.fail("S0303", i)
		err.message = "Invalid flags supplied to RegExp constructor '" + l.src[end+1:i] + "g'"
		return nil, err
	}
	re, problem := compileRegex(l.src[start:end], ignoreCase, multiline)
	if problem != "" {
		err := l.fail("S0303", i)
		err.message = "Invalid regular expression: /" + l.src[start:end] + "/: " + problem
		return nil, err
	}
	return re, nil
}
