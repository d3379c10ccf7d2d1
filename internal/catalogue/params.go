package catalogue

import (
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Param is one parameter of an action.
type Param struct {
	Name     string
	Kind     Kind
	Required bool
}

// Kind says what a parameter may hold. null is taken everywhere: it stands for an absent member.
type Kind uint8

// The kinds.
const (
	Any     Kind = iota
	String       // a string
	Strings      // an object whose values are strings
	Lists        // an object whose values are lists of strings, as the headers of apigateway:invoke
	Text         // any JSON; the service gets a string, or the compact JSON text of anything else
	JSON         // any JSON; the service gets its compact JSON text, of a string too: the payload of a function
)

// params reads the notation of the table: names with blanks between them, "*" after a required one, and the kind after a colon,
// as in "QueueUrl:string* MessageBody:text* DelaySeconds".
func params(list string) []Param {
	kinds := map[string]Kind{"": Any, "string": String, "strings": Strings, "lists": Lists, "text": Text, "json": JSON}
	var out []Param
	for field := range strings.FieldsSeq(list) {
		name, required := strings.CutSuffix(field, "*")
		name, kind, _ := strings.Cut(name, ":")
		k, ok := kinds[kind]
		if !ok {
			panic("catalogue: unknown kind of parameter " + field)
		}
		out = append(out, Param{Name: name, Kind: k, Required: required})
	}
	return out
}

func (a *Action) param(name string) *Param {
	for i := range a.Params {
		if a.Params[i].Name == name {
			return &a.Params[i]
		}
	}
	return nil
}

// Check returns what is wrong with the parameters of a call, worded as AWS words it, nil when nothing is. Parameters that are no
// object lack every member.
//
// Source: recorded executions for "has an invalid format"; error messages of AWS quoted in public projects for the others.
func (a *Action) Check(parameters value.Value) []string {
	var found []string
	for name, v := range parameters.All() {
		p := a.param(name)
		switch {
		case p == nil && !a.Open:
			found = append(found, "The field '"+name+"' is not supported by Step Functions")
		case p != nil && !v.IsNull():
			if problem := p.check(v); problem != "" {
				found = append(found, problem)
			}
		}
	}
	found = append(found, a.Forbidden.problems(parameters)...)
	has := func(name string) bool { _, ok := parameters.Get(name); return ok }
	return append(found, a.missing(has)...)
}

func (p *Param) check(v value.Value) string {
	switch p.Kind {
	case String:
		if v.Kind() != value.String {
			return mustBeString(p.Name)
		}
	case Strings:
		if v.Kind() != value.Object {
			return invalidFormat(p.Name)
		}
		for name, member := range v.All() {
			if member.Kind() != value.String {
				return mustBeString(name)
			}
		}
	case Lists:
		if v.Kind() != value.Object {
			return invalidFormat(p.Name)
		}
		for _, member := range v.All() {
			if member.Kind() != value.Array {
				return invalidFormat(p.Name)
			}
		}
	}
	return ""
}

func mustBeString(name string) string {
	return "The value for the field '" + name + "' must be a STRING"
}

func invalidFormat(name string) string {
	return "The value of the field '" + name + "' has an invalid format"
}

// missing words the required parameters that has does not have.
func (a *Action) missing(has func(name string) bool) []string {
	var found []string
	for _, p := range a.Params {
		if p.Required && !has(p.Name) {
			found = append(found, "The field '"+p.Name+"' is required but was missing")
		}
	}
	if len(a.OneOf) == 0 {
		return found
	}
	for _, name := range a.OneOf {
		if has(name) {
			return found
		}
	}
	return append(found, "The field '"+a.OneOf[0]+"' is required but was missing")
}

// CheckNames is Check for names alone: what can be told of parameters that are written in a definition, whose values may come
// from a path or an expression.
func (a *Action) CheckNames(names []string) []string {
	var found []string
	present := make(map[string]bool, len(names))
	for _, name := range names {
		present[name] = true
		if a.param(name) == nil && !a.Open {
			found = append(found, `The field "`+name+`" is not supported by Step Functions`)
		}
	}
	return append(found, a.missing(func(name string) bool { return present[name] })...)
}

// RequiresAny reports whether the action cannot be called without parameters.
func (a *Action) RequiresAny() bool {
	return len(a.missing(func(string) bool { return false })) > 0
}
