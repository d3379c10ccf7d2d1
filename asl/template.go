package asl

import (
	"fmt"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// template compiles a payload template (JSONPath) or a value with expressions in it (JSONata). It returns nil for a JSONPath
// null, which means no template.
func (st *stateScope) template(v value.Value, at *place) *Template {
	if st.lang == JSONata {
		return &Template{Root: st.jsonataNode(v, at)}
	}
	if v.IsNull() {
		return nil
	}
	return &Template{Root: st.pathNode(v, at, at)}
}

// arguments compiles Arguments (JSONata): an object with expressions in it, or one expression.
func (st *stateScope) arguments(v value.Value, at *place) *Template {
	if v.Kind() == value.String && !marked(v.Str()) && !halfMarked(v.Str()) {
		st.c.refuse(at, expected("object")).Hint = expressionHint
		return nil
	}
	return st.template(v, at)
}

// expressionHint goes with the type errors of fields that also take an expression.
const expressionHint = "or a JSONata string, {% … %}"

// assign compiles an Assign: an object whose member names are variables.
func (st *stateScope) assign(v value.Value, at *place) *Template {
	if v.Kind() != value.Object {
		return nil // the sieve says so
	}
	t := st.template(v, at)
	if t.Root.Kind == LiteralNode { // keep the variables apart, so that readers need not know two forms
		t.Root = literalMembers(v)
	}
	st.assigned(v, at)
	return t
}

func literalMembers(v value.Value) Node {
	n := Node{Kind: ObjectNode}
	for _, m := range v.Members() {
		n.Members = append(n.Members, NodeMember{Key: m.Key, Node: Node{Literal: m.Value}})
	}
	return n
}

// pathNode compiles one place of a payload template. field is the template itself, where AWS locates what is wrong inside.
func (st *stateScope) pathNode(v value.Value, at, field *place) Node {
	switch v.Kind() {
	case value.Object:
		return st.pathObject(v, at, field)
	case value.Array:
		n, constant := Node{Kind: ArrayNode}, true
		for i, e := range v.Elems() {
			x := st.pathNode(e, at.item(i), field)
			constant = constant && x.Kind == LiteralNode
			n.Elems = append(n.Elems, x)
		}
		if constant {
			return Node{Literal: v}
		}
		return n
	default:
		return Node{Literal: v}
	}
}

func (st *stateScope) pathObject(v value.Value, at, field *place) Node {
	n, constant := Node{Kind: ObjectNode, Members: make([]NodeMember, 0, v.Len())}, true
	for _, m := range v.Members() {
		key, dynamic := strings.CutSuffix(m.Key, ".$")
		var x Node
		if dynamic {
			if _, twice := v.Get(key); twice {
				st.c.refuseMember(field, at, fmt.Sprintf("The field '%s' is given twice: as '%s' and as '%s'", key, key, m.Key))
			}
			x = st.dynamicNode(m.Key, m.Value, at.member(m.Key), field)
		} else {
			x = st.pathNode(m.Value, at.member(m.Key), field)
			st.noDollar(m.Key, m.Value, at)
		}
		constant = constant && x.Kind == LiteralNode && !dynamic
		n.Members = append(n.Members, NodeMember{Key: key, Node: x})
	}
	if constant {
		return Node{Literal: v}
	}
	return n
}

// dynamicNode compiles the value of a ".$" member.
func (st *stateScope) dynamicNode(key string, v value.Value, at, field *place) Node {
	if v.Kind() != value.String {
		st.c.refuseMember(field, at, fmt.Sprintf("The value for the field '%s' must be a STRING that contains a JSONPath but was %s",
			key, article(v.Kind())))
		return Node{}
	}
	p, call, err := st.pathOrCall(v.Str(), at)
	if err != nil {
		d := st.c.refuseMember(field, at, fmt.Sprintf("The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call", key))
		d.Hint = hintOf(err)
		return Node{}
	}
	if call != nil {
		return Node{Kind: IntrinsicNode, Call: call, Field: key}
	}
	return Node{Kind: PathNode, Path: p, Field: key}
}

// noDollar warns of a literal that looks as if ".$" had been forgotten.
func (st *stateScope) noDollar(key string, v value.Value, at *place) {
	if looksDynamic(v.Str()) {
		st.c.warn(codeNoDollar, fmt.Sprintf("The value of the field '%s' looks like a path or an intrinsic function, but the field name does not end with '.$'", key),
			at.member(key))
	}
}

// looksDynamic reports whether the literal s looks like a path or like an intrinsic function.
func looksDynamic(s string) bool {
	return strings.HasPrefix(s, "$.") || strings.HasPrefix(s, "$$.") || isCall(s)
}

// noPath warns when the literal of a field that has a Path form looks like a path.
func (st *stateScope) noPath(key string, v value.Value, at *place) {
	if looksDynamic(v.Str()) {
		st.c.warn(codeNoPath, fmt.Sprintf("The value of the field '%s' looks like a path or an intrinsic function, but the field name does not end with 'Path'", key), at)
	}
}

func isCall(s string) bool { return strings.HasPrefix(s, "States.") && strings.HasSuffix(s, ")") }

// article names a type as AWS does in "but was an OBJECT".
func article(k value.Kind) string {
	switch k {
	case value.Null:
		return "NULL"
	case value.Array, value.Object:
		return "an " + strings.ToUpper(k.String())
	default:
		return "a " + strings.ToUpper(k.String())
	}
}

// jsonataNode compiles one place of a JSONata value. Every string at any depth may be an expression; names never are.
func (st *stateScope) jsonataNode(v value.Value, at *place) Node {
	switch v.Kind() {
	case value.String:
		if e := st.expression(v.Str(), at); e != nil {
			return Node{Kind: JSONataNode, Expr: e}
		}
	case value.Array:
		n, constant := Node{Kind: ArrayNode, Elems: make([]Node, 0, v.Len())}, true
		for i, e := range v.Elems() {
			x := st.jsonataNode(e, at.item(i))
			constant = constant && x.Kind == LiteralNode
			n.Elems = append(n.Elems, x)
		}
		if !constant {
			return n
		}
	case value.Object:
		n, constant := Node{Kind: ObjectNode, Members: make([]NodeMember, 0, v.Len())}, true
		for _, m := range v.Members() {
			x := st.jsonataNode(m.Value, at.member(m.Key))
			constant = constant && x.Kind == LiteralNode
			n.Members = append(n.Members, NodeMember{Key: m.Key, Node: x})
		}
		if !constant {
			return n
		}
	}
	return Node{Literal: v}
}
