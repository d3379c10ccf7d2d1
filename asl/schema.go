package asl

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/gait-engine/gait/internal/value"
)

// The sieve is the structural part of validation: which fields an object has, their types, ranges and enumerations. It is a
// JSON Schema with one definition for each kind of object; the walk picks the definition (by state type and query language),
// so that there is no oneOf and every error has one place. The schema library says which keyword failed where; what AWS says
// about that is looked up in the schema itself.

//go:embed schema/asl.json
var schemaText string

// schemas are the compiled definitions and their source.
type schemas struct {
	compiled map[string]*jsonschema.Schema
	source   value.Value
}

var loadSchemas = sync.OnceValue(func() schemas {
	const url = "asl.json"
	source, err := value.ParseString(schemaText)
	if err != nil {
		panic("asl: schema: " + err.Error())
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, strings.NewReader(schemaText)); err != nil {
		panic("asl: schema: " + err.Error())
	}
	s := schemas{source: source, compiled: map[string]*jsonschema.Schema{}}
	defs, _ := source.Get("$defs")
	for name := range defs.All() {
		s.compiled[name] = c.MustCompile(url + "#/$defs/" + name)
	}
	return s
})

// sieve checks the structure of one object of the kind. It reports false when v is no object and cannot be read at all.
func (c *compiler) sieve(kind string, v value.Value, at *place) bool {
	s := loadSchemas()
	err := s.compiled[kind].Validate(shallow(v))
	var bad *jsonschema.ValidationError
	if errors.As(err, &bad) {
		c.explain(s, kind, bad, v, at)
	}
	return v.Kind() == value.Object
}

// sieveState is sieve for a state. It reports false when the type is unknown: the fields then mean nothing.
func (c *compiler) sieveState(v value.Value, t Type, lang QueryLanguage, at *place) bool {
	if v.Kind() != value.Object {
		c.refuse(at, expected(value.Object.String()))
		return false
	}
	if kind := lang.String() + "." + string(t); slices.Contains(stateTypes, string(t)) {
		return c.sieve(kind, v, at)
	}
	spot := at.member("Type")
	d := c.refuse(spot, "The field 'Type' should have one of these values: "+list(stateTypes))
	if _, ok := v.Get("Type"); !ok {
		d.Pointer = at.pointer()
	} else {
		d.Hint = nearest(string(t), stateTypes)
	}
	return false
}

// hasField reports whether states of the type have the field in this language.
func hasField(t Type, lang QueryLanguage, field string) bool {
	return loadSchemas().compiled[lang.String()+"."+string(t)].Properties[field] != nil
}

// stateTypes in the order in which AWS lists them.
var stateTypes = []string{"Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"}

// shallow converts v for the schema library. Below the members (and their elements) nothing is needed but the type and whether
// there is anything.
func shallow(v value.Value) any {
	if v.Kind() != value.Object {
		return stub(v)
	}
	m := make(map[string]any, v.Len())
	for _, x := range v.Members() {
		if x.Value.Kind() != value.Array {
			m[x.Key] = stub(x.Value)
			continue
		}
		elems := make([]any, x.Value.Len())
		for i, e := range x.Value.Elems() {
			elems[i] = stub(e)
		}
		m[x.Key] = elems
	}
	return m
}

// stub converts a scalar, and a container to one that has a member or element when v has.
func stub(v value.Value) any {
	switch v.Kind() {
	case value.Null:
		return nil
	case value.Bool:
		return v.Bool()
	case value.Number:
		return min(max(v.Float(), -math.MaxFloat64), math.MaxFloat64)
	case value.String:
		return v.Str()
	case value.Array:
		return make([]any, min(v.Len(), 1))
	default:
		if v.Len() == 0 {
			return map[string]any{}
		}
		return map[string]any{"": nil}
	}
}

// explain reports the leaves of a validation error in AWS's words.
func (c *compiler) explain(s schemas, kind string, bad *jsonschema.ValidationError, v value.Value, at *place) {
	keyword := bad.AbsoluteKeywordLocation[strings.IndexByte(bad.AbsoluteKeywordLocation, '#')+1:]
	name := keyword[strings.LastIndexByte(keyword, '/')+1:]
	if name == "anyOf" {
		c.refuse(at, "This object should have at least one of the following fields: "+list(alternatives(s, keyword)))
		return
	}
	if len(bad.Causes) > 0 {
		for _, cause := range bad.Causes {
			c.explain(s, kind, cause, v, at)
		}
		return
	}
	rule := s.at(keyword)
	spot := at
	if bad.InstanceLocation != "" {
		for i, token := range strings.Split(bad.InstanceLocation[1:], "/") {
			if n, err := strconv.Atoi(token); err == nil && i > 0 {
				spot = spot.item(n)
			} else {
				spot = spot.member(token)
			}
		}
	}
	switch name {
	case "type":
		if first, ok := rule.At(0); ok {
			rule = first
		}
		c.refuse(spot, expected(rule.Str()))
	case "enum":
		c.refuse(spot, "Value should be one of the following: "+list(texts(rule)))
	case "minimum":
		c.refuse(spot, "Minimum value is "+rule.NumberText())
	case "maximum":
		c.refuse(spot, "Maximum value is "+rule.NumberText())
	case "minLength", "minItems", "minProperties":
		c.refuse(spot, "Value cannot be empty")
	case "required":
		c.required(texts(rule), v, at)
	case "additionalProperties":
		c.unsupported(s, kind, v, at)
	default:
		if strings.Contains(keyword, "/dependentRequired/") { // the rule is one name
			c.required([]string{rule.Str()}, v, at)
			return
		}
		c.refuse(spot, bad.Message)
	}
}

// at returns what the JSON pointer names in the source of the schema.
func (s schemas) at(pointer string) value.Value {
	v := s.source
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		if i, err := strconv.Atoi(token); err == nil && v.Kind() == value.Array {
			v, _ = v.At(i)
		} else {
			v, _ = v.Get(token)
		}
	}
	return v
}

// alternatives returns the fields that the branches of an anyOf require.
func alternatives(s schemas, keyword string) []string {
	var out []string
	for _, branch := range s.at(keyword).Elems() {
		required, _ := branch.Get("required")
		out = append(out, texts(required)...)
	}
	return out
}

func texts(v value.Value) []string {
	var out []string
	for _, e := range v.Elems() {
		out = append(out, e.Str())
	}
	return out
}

// expected is what AWS says of a value of the wrong JSON type.
func expected(kind string) string {
	return fmt.Sprintf("Expected value of type [%s]", strings.ToUpper(kind))
}

// required reports the fields that v lacks, all at once.
func (c *compiler) required(fields []string, v value.Value, at *place) {
	var missing []string
	for _, f := range fields {
		if _, ok := v.Get(f); !ok {
			missing = append(missing, f)
		}
	}
	c.refuse(at, "These fields are required: "+list(missing))
}

// unsupported reports the fields that objects of the kind do not have, and those that they have in the other language only.
func (c *compiler) unsupported(s schemas, kind string, v value.Value, at *place) {
	known := s.at("/$defs/" + kind + "/properties")
	language, object, _ := strings.Cut(kind, ".")
	var other value.Value
	switch language {
	case "JSONPath":
		other = s.at("/$defs/JSONata." + object + "/properties")
	case "JSONata":
		other = s.at("/$defs/JSONPath." + object + "/properties")
	}
	for _, m := range v.Members() {
		if _, ok := known.Get(m.Key); ok {
			continue
		}
		spot := at.member(m.Key)
		if _, ok := other.Get(m.Key); ok || kind == "JSONata.Rule" && ruleOnly(m.Key) {
			c.wrongLanguage(language == "JSONata", at, spot)
			continue
		}
		d := c.refuseMember(at, spot, "Field '"+m.Key+"' is not supported")
		if !c.hint() {
			continue
		}
		var names []string
		for name := range known.All() {
			names = append(names, name)
		}
		d.Hint = nearest(m.Key, names)
	}
}

// ruleOnly reports whether the field belongs to JSONPath choice rules.
func ruleOnly(field string) bool {
	if _, _, _, ok := operatorOf(field); ok {
		return true
	}
	return slices.Contains(ruleFields[:4], field)
}

// wrongLanguage reports a field of the other query language. AWS locates it at the object that owns the field.
func (c *compiler) wrongLanguage(jsonata bool, owner, field *place) {
	is, other := JSONPath, JSONata
	if jsonata {
		is, other = other, is
	}
	c.refuseMember(owner, field, fmt.Sprintf("The QueryLanguage is set to '%s', but field '%s' is only supported for the '%s' QueryLanguage",
		is, field.key, other))
}
