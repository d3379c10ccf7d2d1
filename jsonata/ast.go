package jsonata

import "github.com/gait-engine/gait/internal/value"

// op is the type of a node. The first group comes from the parser and goes away in the post-parse pass; the second is what the
// evaluator sees.
type op uint8

const (
	opEnd op = iota // end of the expression, where a term was due
	opOperator
	opDot    // a.b
	opIndex  // a[b], and a[] which only marks a
	opGroup  // a{b: c}
	opSortBy // a^(b)
	opFocus  // a@$v
	opAt     // a#$v

	opPath
	opName
	opLiteral // string, number, true, false, null
	opWildcard
	opDescendant
	opParent
	opVariable
	opRegex
	opBinary // arithmetic, comparison, concatenation, range, in
	opBoolean
	opNegate
	opArray
	opObject
	opBlock
	opBind
	opCondition
	opCall
	opPartial
	opPlaceholder // ? in a partial application
	opLambda
	opThunk // a call in tail position
	opApply
	opTransform
	opSort // a step
)

// typeName returns the name that the reference gives the type; it shows in the token of S0217.
func (n *node) typeName() string {
	switch n.op {
	case opPath:
		return "path"
	case opName:
		return "name"
	case opLiteral:
		switch n.lit.Kind() {
		case value.String:
			return "string"
		case value.Number:
			return "number"
		}
		return "value"
	case opWildcard:
		return "wildcard"
	case opDescendant:
		return "descendant"
	case opParent:
		return "parent"
	case opVariable:
		return "variable"
	case opRegex:
		return "regex"
	case opBinary, opBoolean:
		return "binary"
	case opNegate, opArray, opObject:
		return "unary"
	case opBlock:
		return "block"
	case opBind:
		return "bind"
	case opCondition:
		return "condition"
	case opCall:
		return "function"
	case opPartial:
		return "partial"
	case opLambda, opThunk:
		return "lambda"
	case opApply:
		return "apply"
	case opTransform:
		return "transform"
	case opSort:
		return "sort"
	}
	return "operator"
}

// node is one element of the syntax tree. The parser makes it, the post-parse pass reshapes it, the scope pass resolves its
// variables; after that it never changes, so programs are shared between goroutines.
type node struct {
	op   op
	bop  binop // opBinary, opBoolean
	flag nodeFlag
	fast fastPath // opPath: a shape with a shortcut
	pos  int32    // UTF-16 offset after the token

	// nslots is the size of the frame of a block, lambda or path of tuples; 0 when it needs none.
	nslots int32

	str  string      // name of a name, variable or operator
	lit  value.Value // opLiteral
	a    *node       // left side, operand, condition, procedure, body
	b    *node       // right side, then
	c    *node       // else, delete clause
	list []*node     // steps, arguments, expressions, parameters

	preds  []stage // filters outside a path
	stages []stage // filters and index binds of a step
	group  *group

	ref *varRef
	x   *extra
}

type nodeFlag uint16

const (
	flagKeepArray     nodeFlag = 1 << iota // x[]
	flagKeepSingleton                      // a path with such a step
	flagConsArray                          // an array constructor at the end of a path, or a block that ends in one
	flagTuple                              // a step, block or path that works with tuples
	flagDescending                         // a sort term
	flagTuplePath                          // a path one of whose steps is flagTuple
	flagEval                               // a call of $eval
	flagDirect                             // a call of a global whose name is not used as a value
)

func (n *node) is(f nodeFlag) bool { return n.flag&f != 0 }

// extra holds what few nodes need.
type extra struct {
	focus, index         string // names bound by @ and # on a step
	focusSlot, indexSlot int32
	ancestor             *slot   // the step records its input under the slot's label
	slot                 *slot   // opParent
	seeking              []*slot // slots of % that this node leaves to the outside
	terms                []*node // opSort: a is the expression
	sig                  *signature
	re                   *regex
	pairs                []pair // as parsed
	own                  group  // opObject
	scope                *scope // opPath of tuples, $eval
	proc                 *varRef
}

// ext returns the extra part, making it when there is none. Only for the passes of the compiler.
func (n *node) ext() *extra {
	if n.x == nil {
		n.x = &extra{focusSlot: -1, indexSlot: -1}
	}
	return n.x
}

func (n *node) seeking() []*slot {
	if n.x == nil {
		return nil
	}
	return n.x.seeking
}

type pair struct{ key, value *node }

// group is an object constructor behind an expression, or the constructor itself.
type group struct {
	pairs []pair
	pos   int32
}

// stage is a filter or, when index is not "", the bind of a position.
type stage struct {
	expr  *node
	index string
	slot  int32
	pos   int32
}

// slot connects a % with the step whose input it means.
type slot struct {
	label string
	level int
	index int
	at    int32 // slot of the label in the frame of the path that owns the step
}

// binop is a binary operator.
type binop uint8

const (
	opAdd binop = iota + 1
	opSub
	opMul
	opDiv
	opMod
	opEq
	opNe
	opLt
	opLe
	opGt
	opGe
	opConcat
	opRange
	opIn
	opAnd
	opOr
)

// fastPath says that a path is one of the common shapes.
type fastPath uint8

const (
	generalPath fastPath = iota
	oneName              // a single name
	namesPath            // names only
	varPath              // a variable followed by names only
	literalNode          // a literal with nothing behind it
)
