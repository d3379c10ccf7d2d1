package jsonata

// symbol is an operator as the parser knows it.
type symbol uint8

const (
	symNone symbol = iota
	symDot
	symOpenBracket
	symCloseBracket
	symOpenBrace
	symCloseBrace
	symOpenParen
	symCloseParen
	symComma
	symAt
	symHash
	symSemicolon
	symColon
	symQuestion
	symPlus
	symMinus
	symStar
	symSlash
	symPercent
	symBar
	symEq
	symLt
	symGt
	symCaret
	symAmpersand
	symBang  // never an operator, but it ends names
	symTilde // likewise
	symDescend
	symRange
	symBind
	symNe
	symLe
	symGe
	symApply
	symAnd
	symOr
	symIn
	numSymbols
)

// symbolOf maps the characters that are operators, and so end names.
var symbolOf = [256]symbol{
	'.': symDot, '[': symOpenBracket, ']': symCloseBracket, '{': symOpenBrace, '}': symCloseBrace, '(': symOpenParen,
	')': symCloseParen, ',': symComma, '@': symAt, '#': symHash, ';': symSemicolon, ':': symColon, '?': symQuestion,
	'+': symPlus, '-': symMinus, '*': symStar, '/': symSlash, '%': symPercent, '|': symBar, '=': symEq, '<': symLt,
	'>': symGt, '^': symCaret, '&': symAmpersand, '!': symBang, '~': symTilde,
}

// leftPower is the binding power of each symbol behind a complete term; 0 for those that never continue one.
var leftPower = [numSymbols]int8{
	symDot: 75, symOpenBracket: 80, symOpenBrace: 70, symOpenParen: 80, symAt: 80, symHash: 80, symQuestion: 20, symPlus: 50,
	symMinus: 50, symStar: 60, symSlash: 60, symPercent: 60, symEq: 40, symLt: 40, symGt: 40, symCaret: 40, symAmpersand: 50,
	symBind: 10, symNe: 40, symLe: 40, symGe: 40, symApply: 40, symAnd: 30, symOr: 25, symIn: 40,
}

// symbolText is how a wanted symbol is shown in errors.
var symbolText = [numSymbols]string{
	symCloseBracket: "]", symOpenBrace: "{", symCloseBrace: "}", symOpenParen: "(", symCloseParen: ")", symComma: ",",
	symColon: ":", symQuestion: "?", symBar: "|", symLt: "<", symGt: ">", symSemicolon: ";", symRange: "..",
}

// binaryOf maps symbols to the plain binary operators.
var binaryOf = [numSymbols]binop{
	symPlus: opAdd, symMinus: opSub, symStar: opMul, symSlash: opDiv, symPercent: opMod, symEq: opEq, symNe: opNe, symLt: opLt,
	symLe: opLe, symGt: opGt, symGe: opGe, symAmpersand: opConcat, symRange: opRange, symIn: opIn, symAnd: opAnd, symOr: opOr,
}
