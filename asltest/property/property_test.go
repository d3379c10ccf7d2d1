package property_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"pgregory.net/rapid"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/asltest/property"
)

// spy is a test that keeps what it is told.
type spy struct {
	said   []string
	failed bool
}

func (s *spy) Helper()                      {}
func (s *spy) Name() string                 { return "Spy" }
func (s *spy) Log(args ...any)              { s.said = append(s.said, fmt.Sprint(args...)) }
func (s *spy) Logf(f string, args ...any)   { s.said = append(s.said, fmt.Sprintf(f, args...)) }
func (s *spy) Skip(args ...any)             {}
func (s *spy) Skipf(f string, args ...any)  {}
func (s *spy) SkipNow()                     {}
func (s *spy) Cleanup(func())               {}
func (s *spy) Error(args ...any)            { s.Log(args...); s.failed = true }
func (s *spy) Errorf(f string, args ...any) { s.Logf(f, args...); s.failed = true }
func (s *spy) Fatal(args ...any)            { s.Error(args...); runtime.Goexit() }
func (s *spy) Fatalf(f string, args ...any) { s.Errorf(f, args...); runtime.Goexit() }
func (s *spy) FailNow()                     { s.failed = true; runtime.Goexit() }
func (s *spy) Fail()                        { s.failed = true }
func (s *spy) Failed() bool                 { return s.failed }

// told returns what f tells its test.
func told(f func(t *spy)) string {
	s := &spy{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(s)
	}()
	<-done
	return strings.Join(s.said, "\n")
}

const discount = `{"StartAt": "Check", "States": {
	"Check": {"Type": "Choice", "Choices": [{"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Discount"}], "Default": "Done"},
	"Discount": {"Type": "Pass", "Parameters": {"total.$": "States.MathAdd($.total, -10)", "by.$": "$.customer.name"}, "Next": "Done"},
	"Done": {"Type": "Succeed"}}}`

// Not parallel: the seed is a flag, and rapid writes the failing input into the working directory.
func TestAFailingInputIsFoundAndShrunk(t *testing.T) {
	t.Chdir(t.TempDir())
	before := flag.Lookup("rapid.seed").Value.String()
	if err := flag.Set("rapid.seed", "1"); err != nil { // where shrinking ends depends on where it began
		t.Fatal(err)
	}
	defer flag.Set("rapid.seed", before)
	text := told(func(s *spy) {
		m := asltest.Define(t, discount)
		property.Check(s, m, property.Like(`{"total": 120, "customer": {"name": "Ada"}, "items": [1, 2, 3]}`), property.NoRuntimeError)
	})
	for _, part := range []string{
		"Failed test output:", `with the input {"total":120,"customer":{},"items":[1,2,3]}`, // one place differs
		"the definition cannot handle its input", "walk:", "ChoiceStateEntered",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("want %q in:\n%s", part, text)
		}
	}
}

func TestNothingIsSaidOfADefinitionThatHoldsOut(t *testing.T) {
	t.Parallel()
	m := asltest.Define(t, `{"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Task", "Resource": "gait:a",
		"Arguments": {"total": "{% $type($states.input.total) = 'number' ? $states.input.total : 0 %}"}, "End": true,
		"Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}]}}}`)
	property.Check(t, m, property.JSON(), property.NoRuntimeError, asltest.Otherwise(asltest.Return("1")))
	rapid.Check(t, func(rt *rapid.T) {
		x := m.For(rt).Run(`{"total": 3}`, asltest.Otherwise(property.Replies(rt, property.Like(`{"id": "r1"}`), "Busy", "Gone")))
		if calls := len(x.Calls); calls > 3 {
			x.Failf("%d calls", calls)
		}
		if x.Status == "FAILED" && *x.Error != "Busy" && *x.Error != "Gone" {
			x.Failf("it failed with %s", *x.Error)
		}
	})
}

// Examples are drawn from fixed seeds, so what they must show does not hang on luck.
func TestLikeChangesAFewPlaces(t *testing.T) {
	t.Parallel()
	docs := property.Like(`{"id": 7, "total": 30.5, "paid": true, "items": [{"name": "pen"}, {"name": "ink"}], "note": null}`)
	seen := map[string]bool{}
	for seed := 0; seed < 1000; seed++ {
		text := docs.Example(seed)
		var doc any
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		object, ok := doc.(map[string]any)
		switch {
		case !ok:
			seen["another type"] = true
			continue
		case object["id"] == nil:
			seen["a member that is missing"] = true
		case object["id"] == 7.0 && object["total"] == 30.5 && object["paid"] == true:
			seen["the example"] = true
		}
		if _, text := object["total"].(string); text {
			seen["a number that is a text"] = true
		}
		if items, _ := object["items"].([]any); len(items) > 2 {
			seen["a long list"] = true
		}
		if object["unexpected"] != nil {
			seen["a member more"] = true
		}
	}
	if len(seen) < 6 {
		t.Errorf("only seen: %v", seen)
	}
	if text := fmt.Sprint(recovered(func() { property.Like(`{`) })); !strings.Contains(text, "example 1 is not JSON") {
		t.Errorf("got %s", text)
	}
}

func recovered(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

const orderSchema = `{"type": "object", "required": ["id", "items", "extra"], "additionalProperties": false, "properties": {
	"id": {"type": "integer", "minimum": 1, "exclusiveMaximum": 1000},
	"total": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 10.5},
	"when": {"type": "string", "format": "date-time"},
	"key": {"pattern": "^[a-f]{2,4}$"},
	"state": {"enum": ["new", "paid", 3]}, "kind": {"const": {"a": 1}},
	"extra": {"anyOf": [{"type": "boolean"}, {"minLength": 3, "maxLength": 4}]},
	"items": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"$ref": "#/$defs/item"}}},
	"$defs": {"item": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}, "parts": {"type": "array", "items": {"$ref": "#/$defs/item"}}}}}}`

func TestDocumentsOfASchemaKeepIt(t *testing.T) {
	t.Parallel()
	compiled := jsonschema.MustCompileString("order.json", orderSchema)
	docs := property.Schema(t, orderSchema)
	rapid.Check(t, func(rt *rapid.T) {
		text := docs.Draw(rt, "document")
		var doc any
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			rt.Fatalf("%s: %v", text, err)
		}
		if err := compiled.Validate(doc); err != nil {
			rt.Fatalf("%s: %v", text, err)
		}
	})
}

func TestSchemasThatCannotBeKeptAreRefused(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]string{
		`{`:                                     "is not JSON",
		`{"typ": "object"}`:                     `has "typ", which is not known here`,
		`{"properties": {"a": {"not": {}}}}`:    `at #/properties/a has "not"`,
		`{"type": "text"}`:                      `has the type "text"`,
		`{"$ref": "#/$defs/none"}`:              `refers to "#/$defs/none"`,
		`{"format": "hostname"}`:                `has the format "hostname"`,
		`{"minimum": 3, "maximum": 2}`:          "has minimum above maximum",
		`{"pattern": "("}`:                      "missing closing",
		`{"enum": []}`:                          "empty enum",
		`{"items": [{"type": "string"}]}`:       "must be an object",
		`{"uniqueItems": true, "type":"array"}`: `has "uniqueItems"`,
	} {
		if text := told(func(s *spy) { property.Schema(s, schema) }); !strings.Contains(text, want) {
			t.Errorf("%s: want %q, got %s", schema, want, text)
		}
	}
}
