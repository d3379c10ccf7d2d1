package lint

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/jsonpath"
)

// number reads the path of a number.
func (v *visit) number(n asl.NumberField, field string, in *shape) {
	switch {
	case n.Path != nil:
		v.path(n.Path, at(v.c.Pointer, field), in)
	case n.Expr != nil:
		v.expression(n.Expr, at(v.c.Pointer, field[:len(field)-len("Path")]))
	}
}

// text reads the path of a text.
func (v *visit) text(t asl.StringField, field string, in *shape) {
	place := at(v.c.Pointer, field)
	switch {
	case t.Path != nil:
		v.path(t.Path, place, in)
	case t.Call != nil:
		v.calls(t.Call.Paths(), place, in)
	case t.Expr != nil:
		v.expression(t.Expr, at(v.c.Pointer, field[:len(field)-len("Path")]))
	}
}

func (v *visit) calls(paths []*jsonpath.Path, place string, in *shape) {
	for _, p := range paths {
		v.path(p, place, in)
	}
}

// assigns evaluates an Assign.
func (v *visit) assigns(t *asl.Template, place string, in *shape) {
	if t == nil {
		return
	}
	for _, m := range t.Root.Members {
		v.a.assign(v.c.Flow, m.Key, v.template(&m.Node, at(place, keyOf(&m, v.c.Lang)), in))
	}
}

// keyOf returns the key of a member as it is written in the definition.
func keyOf(m *asl.NodeMember, lang asl.QueryLanguage) string {
	if lang == asl.JSONPath && (m.Node.Kind == asl.PathNode || m.Node.Kind == asl.IntrinsicNode) {
		return m.Node.Field
	}
	return m.Key
}

// template evaluates a payload template or a JSONata value; doc is what "$" is.
func (v *visit) template(n *asl.Node, place string, doc *shape) *shape {
	switch n.Kind {
	case asl.PathNode:
		return v.path(n.Path, place, doc)
	case asl.IntrinsicNode:
		v.calls(n.Call.Paths(), place, doc)
		return intrinsicResult(n.Call.Name())
	case asl.JSONataNode:
		return v.expression(n.Expr, place)
	case asl.ObjectNode:
		s := &shape{object: true, fields: make(map[string]*shape, len(n.Members)), sure: make(map[string]bool, len(n.Members))}
		for i := range n.Members {
			m := &n.Members[i]
			s.sure[m.Key] = true
			s.fields[m.Key] = orAnything(v.template(&m.Node, at(place, keyOf(m, v.c.Lang)), doc))
		}
		return s
	case asl.ArrayNode:
		s := &shape{array: true}
		for i := range n.Elems {
			s.elem = join(s.elem, v.template(&n.Elems[i], at(place, itoa(i)), doc))
		}
		return s
	default:
		return shapeOf(n.Literal)
	}
}

func orAnything(s *shape) *shape {
	if s == nil {
		return anything
	}
	return s
}

// intrinsicResult is what an intrinsic function gives.
func intrinsicResult(name string) *shape {
	switch name {
	case "States.Format", "States.JsonToString", "States.Base64Encode", "States.Base64Decode", "States.Hash", "States.UUID":
		return text
	case "States.MathRandom", "States.MathAdd", "States.ArrayLength":
		return number
	case "States.ArrayContains":
		return boolean
	case "States.StringSplit":
		return arrayOf(text)
	case "States.ArrayRange":
		return arrayOf(number)
	case "States.Array", "States.ArrayPartition", "States.ArrayUnique":
		return arrayOf(anything)
	default: // the result is what an argument holds
		return anything
	}
}
