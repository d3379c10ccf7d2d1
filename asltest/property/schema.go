package property

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// Schema returns documents that a JSON Schema allows, JSON texts. A schema that is not JSON, or has a keyword that is not known
// here, fails the test: what it asks for would not be kept.
//
// Known are type, enum, const, anyOf, oneOf (as anyOf), $ref to "#/$defs/NAME" and "#/definitions/NAME"; properties, required and
// additionalProperties (no others are made); items, minItems, maxItems; minimum, maximum, exclusiveMinimum, exclusiveMaximum of
// numbers and integers; minLength, maxLength, pattern, and the formats date-time, date, time, uuid, email and uri of strings. Titles,
// descriptions and other notes are passed over. A schema without a type makes any document. Where a schema contains itself, the
// depth is bounded.
func Schema(t asltest.TB, schema string) *rapid.Generator[string] {
	t.Helper()
	doc, err := value.ParseString(schema)
	if err != nil {
		t.Fatalf("property: the schema is not JSON: %v", err)
		return nil
	}
	s := &schemas{root: doc}
	if err := s.check(doc, "#", map[string]bool{}); err != nil {
		t.Fatalf("property: %v", err)
		return nil
	}
	return rapid.Custom(func(t *rapid.T) string { return s.draw(t, doc, maxDepth).JSON() })
}

const maxDepth = 8

type schemas struct{ root value.Value }

var (
	notes = []string{"$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated",
		"readOnly", "writeOnly", "uniqueItems"}
	keywords = []string{"type", "enum", "const", "anyOf", "oneOf", "$ref", "properties", "required", "additionalProperties", "items", "minItems",
		"maxItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "format"}
	types = []string{"null", "boolean", "integer", "number", "string", "array", "object"}
)

// check finds what draw could not keep.
func (s *schemas) check(v value.Value, at string, seen map[string]bool) error {
	if v.Kind() == value.Bool && v.Bool() {
		return nil
	}
	if v.Kind() != value.Object {
		return fmt.Errorf("the schema at %s must be an object", at)
	}
	for _, m := range v.Members() {
		if m.Key == "uniqueItems" && m.Value.Bool() || !slices.Contains(notes, m.Key) && !slices.Contains(keywords, m.Key) {
			return fmt.Errorf("the schema at %s has %q, which is not known here; known are %s", at, m.Key, strings.Join(keywords, ", "))
		}
		var err error
		switch m.Key {
		case "type":
			for _, name := range listOf(m.Value) {
				if !slices.Contains(types, name.Str()) {
					err = fmt.Errorf("the schema at %s has the type %s", at, name)
				}
			}
		case "$ref":
			target, ok := s.resolve(m.Value.Str())
			switch {
			case !ok:
				err = fmt.Errorf("the schema at %s refers to %q, which is not there", at, m.Value.Str())
			case !seen[m.Value.Str()]:
				seen[m.Value.Str()] = true
				err = s.check(target, m.Value.Str(), seen)
			}
		case "properties":
			for name, p := range m.Value.All() {
				if err == nil {
					err = s.check(p, at+"/properties/"+name, seen)
				}
			}
		case "items":
			err = s.check(m.Value, at+"/items", seen)
		case "anyOf", "oneOf":
			if m.Value.Len() == 0 {
				err = fmt.Errorf("the schema at %s has an empty %s", at, m.Key)
			}
			for i, e := range m.Value.Elems() {
				if err == nil {
					err = s.check(e, fmt.Sprintf("%s/%s/%d", at, m.Key, i), seen)
				}
			}
		case "enum":
			if m.Value.Len() == 0 {
				err = fmt.Errorf("the schema at %s has an empty enum", at)
			}
		case "pattern":
			if _, e := regexp.Compile(m.Value.Str()); e != nil {
				err = fmt.Errorf("the schema at %s: %w", at, e)
			}
		case "format":
			if _, ok := formats()[m.Value.Str()]; !ok {
				err = fmt.Errorf("the schema at %s has the format %q, which is not known here", at, m.Value.Str())
			}
		}
		if err != nil {
			return err
		}
	}
	for _, bounds := range [...][2]string{{"minimum", "maximum"}, {"minLength", "maxLength"}, {"minItems", "maxItems"}} {
		least, ok := v.Get(bounds[0])
		most, also := v.Get(bounds[1])
		if ok && also && least.Float() > most.Float() {
			return fmt.Errorf("the schema at %s has %s above %s", at, bounds[0], bounds[1])
		}
	}
	return nil
}

func listOf(v value.Value) []value.Value {
	if v.Kind() == value.Array {
		return v.Elems()
	}
	return []value.Value{v}
}

func (s *schemas) resolve(ref string) (value.Value, bool) {
	for _, where := range [...]string{"$defs", "definitions"} {
		if name, ok := strings.CutPrefix(ref, "#/"+where+"/"); ok {
			all, _ := s.root.Get(where)
			return all.Get(strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
		}
	}
	return s.root, ref == "#"
}

// draw makes a document. Below depth 0 whatever may be left out is.
func (s *schemas) draw(t *rapid.T, v value.Value, depth int) value.Value {
	if depth < -maxDepth {
		t.Fatalf("property: a document of this schema never ends: it requires itself")
	}
	if c, ok := v.Get("const"); ok {
		return c
	}
	if e, ok := v.Get("enum"); ok {
		return rapid.SampledFrom(e.Elems()).Draw(t, "enum")
	}
	if ref, ok := v.Get("$ref"); ok {
		target, _ := s.resolve(ref.Str())
		return s.draw(t, target, depth-1)
	}
	for _, key := range [...]string{"anyOf", "oneOf"} {
		if list, ok := v.Get(key); ok {
			i := 0
			if depth > 0 {
				i = rapid.IntRange(0, list.Len()-1).Draw(t, key)
			}
			return s.draw(t, list.Elems()[i], depth-1)
		}
	}
	kinds, ok := v.Get("type")
	kind := ""
	if ok {
		names := listOf(kinds)
		kind = names[rapid.IntRange(0, len(names)-1).Draw(t, "type")].Str()
	} else {
		kind = implied(v)
	}
	switch kind {
	case "null":
		return value.Value{}
	case "boolean":
		return value.FromBool(rapid.Bool().Draw(t, "boolean"))
	case "integer":
		least, most := whole(v, "minimum", "exclusiveMinimum", -1<<53, 1), whole(v, "maximum", "exclusiveMaximum", 1<<53, -1)
		return value.FromInt(rapid.Int64Range(least, max(least, most)).Draw(t, "integer"))
	case "number":
		least, most := bound(v, "minimum", "exclusiveMinimum", -1e300), bound(v, "maximum", "exclusiveMaximum", 1e300)
		return value.FromFloat(rapid.Float64Range(least, max(least, most)).Draw(t, "number"))
	case "string":
		return value.FromString(text(t, v))
	case "array":
		return s.array(t, v, depth)
	case "object":
		return s.object(t, v, depth)
	}
	return document(2).Draw(t, "any")
}

// implied is the type that the keywords of a schema without a type speak of; "" when there are none.
func implied(v value.Value) string {
	for _, m := range v.Members() {
		switch m.Key {
		case "properties", "required", "additionalProperties":
			return "object"
		case "items", "minItems", "maxItems":
			return "array"
		case "minLength", "maxLength", "pattern", "format":
			return "string"
		case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
			return "number"
		}
	}
	return ""
}

// whole returns a bound of integers; an exclusive one is moved by step.
func whole(v value.Value, inclusive, exclusive string, otherwise, step int64) int64 {
	if b, ok := v.Get(exclusive); ok {
		return int64(b.Float()) + step
	}
	if b, ok := v.Get(inclusive); ok {
		n := int64(b.Float())
		if float64(n) != b.Float() && step > 0 {
			n++
		}
		return n
	}
	return otherwise
}

// bound returns a bound of numbers; an exclusive one is moved by a little.
func bound(v value.Value, inclusive, exclusive string, otherwise float64) float64 {
	if b, ok := v.Get(exclusive); ok {
		little := 1e-9 * max(1, b.Float(), -b.Float())
		if strings.HasSuffix(exclusive, "Maximum") {
			little = -little
		}
		return b.Float() + little
	}
	if b, ok := v.Get(inclusive); ok {
		return b.Float()
	}
	return otherwise
}

// count returns a number of letters or elements.
func count(v value.Value, key string, otherwise int) int {
	if b, ok := v.Get(key); ok {
		n, _ := b.Int()
		return int(n)
	}
	return otherwise
}

func formats() map[string]*rapid.Generator[string] {
	at := rapid.Map(rapid.Int64Range(0, 4102444800), func(s int64) time.Time { return time.Unix(s, 0).UTC() })
	layout := func(l string) *rapid.Generator[string] {
		return rapid.Map(at, func(t time.Time) string { return t.Format(l) })
	}
	return map[string]*rapid.Generator[string]{
		"date-time": layout(time.RFC3339), "date": layout(time.DateOnly), "time": layout("15:04:05Z"),
		"uuid":  rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`),
		"email": rapid.StringMatching(`[a-z]{1,8}@[a-z]{1,8}\.example`), "uri": rapid.StringMatching(`https://[a-z]{1,8}\.example/[a-z0-9/]{0,12}`),
	}
}

func text(t *rapid.T, v value.Value) string {
	if p, ok := v.Get("pattern"); ok {
		return rapid.StringMatching(p.Str()).Draw(t, "text")
	}
	if f, ok := v.Get("format"); ok {
		return formats()[f.Str()].Draw(t, f.Str())
	}
	least := count(v, "minLength", 0)
	return rapid.StringN(least, count(v, "maxLength", least+20), -1).Draw(t, "text")
}

func (s *schemas) array(t *rapid.T, v value.Value, depth int) value.Value {
	least := count(v, "minItems", 0)
	n := least
	if depth > 0 {
		n = rapid.IntRange(least, max(least, count(v, "maxItems", least+4))).Draw(t, "length")
	}
	items, ok := v.Get("items")
	elems := make([]value.Value, n)
	for i := range elems {
		if ok {
			elems[i] = s.draw(t, items, depth-1)
		} else {
			elems[i] = document(1).Draw(t, "element")
		}
	}
	return value.FromArray(elems)
}

func (s *schemas) object(t *rapid.T, v value.Value, depth int) value.Value {
	properties, _ := v.Get("properties")
	required := map[string]bool{}
	if list, ok := v.Get("required"); ok {
		for _, name := range list.Elems() {
			required[name.Str()] = true
		}
	}
	var members []value.Member
	for name, p := range properties.All() {
		if required[name] || depth > 0 && rapid.Bool().Draw(t, "has "+name) {
			members = append(members, value.M(name, s.draw(t, p, depth-1)))
		}
		delete(required, name)
	}
	for _, name := range sorted(required) { // required without a schema of its own
		members = append(members, value.M(name, document(1).Draw(t, name)))
	}
	return value.FromMembers(members)
}

func sorted(set map[string]bool) []string {
	var names []string
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
