package asl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gait-engine/gait/internal/intrinsic"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// Messages of AWS about paths.
const (
	notPath          = "Value must be a valid JSONPath."
	notReference     = "Value is not a Reference Path"
	notReferenceRoot = "Value is not a Reference Path: Reference path didn't start with '$'"
)

// pathField reads InputPath or OutputPath: any path, or null. A value of another type has been refused by the sieve.
func (st *stateScope) pathField(v value.Value, at *place) PathField {
	if v.IsNull() {
		return PathField{Null: true}
	}
	if v.Kind() != value.String {
		return PathField{}
	}
	return PathField{Path: st.path(v.Str(), at, notPath)}
}

// path compiles any path; message is what AWS says of a text that is none.
func (st *stateScope) path(text string, at *place, message string) *jsonpath.Path {
	p, err := jsonpath.Compile(text)
	if err != nil {
		st.c.refuse(at, message).Hint = hintOf(err)
		return nil
	}
	st.reads(p, at)
	return p
}

// reference compiles a reference path.
func (st *stateScope) reference(text string, at *place) *jsonpath.Path {
	p, err := jsonpath.CompileReference(text)
	if err != nil {
		message := notReference
		if !strings.HasPrefix(text, "$") {
			message = notReferenceRoot
		}
		st.c.refuse(at, message).Hint = hintOf(err)
		return nil
	}
	st.reads(p, at)
	return p
}

// dataReference compiles a reference path that must not begin in the context object.
func (st *stateScope) dataReference(text string, at *place) *jsonpath.Path {
	p := st.reference(text, at)
	if p != nil && p.Root() == jsonpath.Context {
		st.c.refuse(at, notReference).Hint = "the context object cannot be used here"
		return nil
	}
	return p
}

// resultPath reads ResultPath: a reference path into the state's input, or null.
func (st *stateScope) resultPath(v value.Value, at *place) PathField {
	if v.IsNull() {
		return PathField{Null: true}
	}
	if v.Kind() != value.String {
		return PathField{}
	}
	p := st.dataReference(v.Str(), at)
	if p != nil && p.Root() == jsonpath.Variable {
		st.c.refuse(at, notReference).Hint = "ResultPath cannot set a variable; Assign can"
		return PathField{}
	}
	return PathField{Path: p}
}

// number reads the field called name, a literal or (JSONata) an expression, and its twin name+"Path" (JSONPath).
func (st *stateScope) number(v value.Value, name string, owner *place, path func(string, *place) *jsonpath.Path) NumberField {
	var n NumberField
	if x, ok := v.Get(name); ok {
		switch {
		case x.Kind() == value.Number:
			n = NumberField{Set: true, Literal: x.Float()}
		case x.Kind() == value.String && st.lang == JSONata:
			n = st.numberExpression(x.Str(), owner.member(name))
		}
	}
	if x, ok := v.Get(name + "Path"); ok && st.lang == JSONPath && x.Kind() == value.String {
		if p := path(x.Str(), owner.member(name+"Path")); p != nil {
			n = NumberField{Set: true, Path: p}
		}
	}
	st.c.exclusive(v, owner, name, name+"Path")
	return n
}

// numberExpression reads the text that stands for a number in a JSONata state.
func (st *stateScope) numberExpression(s string, at *place) NumberField {
	if e := st.expression(s, at); e != nil {
		return NumberField{Set: true, Expr: e}
	}
	if !halfMarked(s) && !marked(s) {
		st.c.refuse(at, expected("integer")).Hint = expressionHint
	}
	return NumberField{}
}

// pathOrCall compiles what ErrorPath, CausePath and ".$" fields hold: a path or an intrinsic function.
func (st *stateScope) pathOrCall(text string, at *place) (*jsonpath.Path, *intrinsic.Call, error) {
	if strings.HasPrefix(text, "$") {
		p, err := jsonpath.Compile(text)
		if err == nil {
			st.reads(p, at)
		}
		return p, nil, err
	}
	call, err := intrinsic.Parse(text)
	if err != nil {
		// A wrong number of arguments fails when the state runs: a Choice may keep that from happening.
		var bad *intrinsic.ParseError
		if !errors.As(err, &bad) || !bad.Arity {
			return nil, nil, err
		}
		st.c.warn(codeWrongArity, hintOf(err), at)
	}
	for _, p := range call.Paths() {
		st.reads(p, at)
	}
	return nil, call, nil
}

// hintOf turns the error of a lower package into a hint.
func hintOf(err error) string {
	var path *jsonpath.SyntaxError
	var call *intrinsic.ParseError
	switch {
	case errors.As(err, &path):
		return fmt.Sprintf("at character %d of %.64q: %s", path.Offset+1, path.Path, path.Message)
	case errors.As(err, &call):
		return fmt.Sprintf("at character %d of %.64q: %s", call.Offset+1, call.Call, call.Message)
	default:
		return ""
	}
}
