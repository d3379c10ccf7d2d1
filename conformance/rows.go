package conformance

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// runRow runs a row about the JSONata dialect inside a state machine made for it.
func runRow(doc value.Value) verdict {
	b, ok := newRowMachine(doc)
	if !ok {
		return skipped("the machine of the row is not given")
	}
	m, err := asl.Compile([]byte(b.definition().JSON()), asl.Options{})
	expect, kind := get(doc, "expect"), str(doc, "kind")
	if kind == "creation" {
		return compareCreation(expect, err)
	}
	if err != nil {
		return failed("the definition was refused: %s", cut(err.Error(), 600))
	}
	input := "{}"
	if in, ok := doc.Get("input"); ok {
		input = in.JSON()
	}
	r, err := asltest.Run(m, input, asltest.Options{})
	if err != nil {
		return failed("%s", describe(err, r))
	}
	if kind == "field-error" {
		return verdict{difference: compareFieldError(doc, expect, r)}
	}
	if _, fails := expect.Get("error"); fails {
		if r.Status == "FAILED" {
			return verdict{}
		}
		return failed("expected an error, got %s %s", r.Status, cut(r.Output, 300))
	}
	if !b.observable {
		return skipped("the value of the field cannot be observed")
	}
	want := value.Obj(value.M("status", value.FromString("SUCCEEDED")), value.M("output", get(expect, "result")))
	return verdict{difference: compareResult(want, r)}
}

// compareCreation compares whether and how a definition was refused; what the row does not pin is not compared.
func compareCreation(expect value.Value, err error) verdict {
	refused := get(expect, "refused").Bool()
	if refused != (err != nil) {
		if err == nil {
			return failed("expected to be refused with %s", short(expect))
		}
		return failed("expected to be accepted, got %s", cut(err.Error(), 600))
	}
	var e *asl.Error
	if !errors.As(err, &e) || len(e.Diagnostics) == 0 {
		return verdict{}
	}
	first := e.Diagnostics[0]
	for _, f := range []struct{ name, got string }{
		{"thrown", err.Error()}, {"code", first.Code}, {"message", first.Message}, {"location", first.Location},
	} {
		if want, ok := expect.Get(f.name); ok && want.Str() != f.got {
			return failed("%s", mismatch(want, value.FromString(f.got), f.name))
		}
	}
	return verdict{}
}

func compareFieldError(doc, expect value.Value, r *asltest.Result) string {
	want := value.Obj(value.M("status", value.FromString("FAILED")), value.M("error", get(expect, "error")))
	if cause, ok := expect.Get("cause"); ok && !get(expect, "causeNotPinned").Bool() && !get(doc, "causeNotPinned").Bool() {
		want = want.With("cause", cause)
	}
	if d := compareResult(want, r); d != "" {
		return d
	}
	if part := str(expect, "causeContains"); part != "" && (r.Cause == nil || !strings.Contains(*r.Cause, part)) {
		return fmt.Sprintf("cause: expected a text with %q%s", part, because(r))
	}
	location := ""
	for _, e := range r.Events {
		if e.Type == "EvaluationFailed" {
			location = e.Details.Location
		}
	}
	if want, ok := expect.Get("location"); ok && want.Str() != location {
		return mismatch(want, value.FromString(location), "location")
	}
	return ""
}

// rowMachine is the state machine of a row: states that only let the event ids reach the recorded one, the state with the
// field under test, and those it goes on to.
type rowMachine struct {
	state      value.Value // the state under test
	name       string
	before     int         // Pass states in front
	variables  value.Value // assigned by the first of them
	machine    value.Value // members of the machine
	observable bool        // the value of the field shows in the output
}

func newRowMachine(doc value.Value) (*rowMachine, bool) {
	b := &rowMachine{name: str(doc, "state"), variables: get(doc, "variables"), machine: get(doc, "machine")}
	if b.name == "" {
		b.name = "S"
	}
	if id := whole(doc, "eventId"); id != 0 {
		if id%2 != 0 {
			return nil, false // a Pass state takes two events
		}
		b.before = int(id-2) / 2
	}
	if b.variables.Len() > 0 && b.before == 0 {
		b.before = 1
	}
	var ok bool
	if b.state, ok = baseState(str(doc, "stateType")); !ok {
		return nil, false
	}
	content, hasContent := doc.Get("value")
	if text, ok := doc.Get("expr"); ok {
		content, hasContent = value.FromString("{% "+text.Str()+" %}"), true
	}
	path := str(doc, "field")
	switch {
	case !hasContent: // the field is absent
	case path == "": // members of the state
		for name, m := range content.All() {
			if old, ok := b.state.Get(name); ok && old.Kind() == value.Object {
				for k, x := range m.All() {
					old = old.With(k, x)
				}
				m = old
			}
			b.state = b.state.With(name, m)
		}
	default:
		b.state = setField(b.state, fieldPath(path), content)
	}
	b.observable = path == "Output" || path == "Items" || strings.HasSuffix(path, "/Condition")
	return b, true
}

// baseState returns a state of the type that runs without further fields.
func baseState(name string) (value.Value, bool) {
	text := map[string]string{
		"Pass":     `{"Type": "Pass", "End": true}`,
		"Succeed":  `{"Type": "Succeed"}`,
		"Fail":     `{"Type": "Fail"}`,
		"Wait":     `{"Type": "Wait", "End": true}`,
		"Task":     `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}, "End": true}`,
		"Choice":   `{"Type": "Choice", "Choices": [], "Default": "No"}`,
		"Map":      `{"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}, "End": true}`,
		"Parallel": `{"Type": "Parallel", "Branches": [{"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}], "End": true}`,
	}[name]
	v, err := value.ParseString(text)
	return v, err == nil
}

// fieldPath splits "Choices[1]/Output/v" into Choices, 1, Output, v; indices are numbers.
func fieldPath(path string) []any {
	var steps []any
	for part := range strings.SplitSeq(path, "/") {
		name, rest, _ := strings.Cut(part, "[")
		if name != "" {
			steps = append(steps, name)
		}
		for index := range strings.SplitSeq(rest, "[") {
			if i, err := strconv.Atoi(strings.TrimSuffix(index, "]")); err == nil && i >= 0 {
				steps = append(steps, i)
			}
		}
	}
	return steps
}

// setField returns v with x at the path. Rules of a Choice in front of it do not match, other elements are 0.
func setField(v value.Value, path []any, x value.Value) value.Value {
	if len(path) == 0 {
		return x
	}
	if name, ok := path[0].(string); ok {
		if name == "Choices" && len(path) > 1 {
			rules := []value.Value{}
			i, _ := path[1].(int)
			for range min(i, 100) {
				rules = append(rules, choiceRule(false))
			}
			return v.With(name, value.FromArray(append(rules, setField(choiceRule(true), path[2:], x))))
		}
		return v.With(name, setField(get(v, name), path[1:], x))
	}
	i, _ := path[0].(int)
	elems := append([]value.Value(nil), v.Elems()...)
	for len(elems) <= min(i, 100) {
		elems = append(elems, value.FromInt(0))
	}
	elems[len(elems)-1] = setField(elems[len(elems)-1], path[1:], x)
	return value.FromArray(elems)
}

func choiceRule(matches bool) value.Value {
	return value.Obj(value.M("Condition", value.FromBool(matches)), value.M("Next", value.FromString("Yes")))
}

func (b *rowMachine) definition() value.Value {
	text := value.FromString
	var states []value.Member
	name := func(i int) value.Value {
		if i == b.before {
			return text(b.name)
		}
		return text("Before" + strconv.Itoa(i))
	}
	for i := range b.before {
		pass := value.Obj(value.M("Type", text("Pass")), value.M("Next", name(i+1)))
		if i == 0 && b.variables.Len() > 0 {
			pass = pass.With("Assign", b.variables)
		}
		states = append(states, value.M(name(i).Str(), pass))
	}
	states = append(states, value.M(b.name, b.state))
	if str(b.state, "Type") == "Choice" {
		for _, end := range []struct {
			name string
			out  bool
		}{{"Yes", true}, {"No", false}} {
			states = append(states, value.M(end.name, value.Obj(value.M("Type", text("Pass")),
				value.M("Output", value.FromBool(end.out)), value.M("End", value.FromBool(true)))))
		}
	}
	machine := value.Obj(value.M("QueryLanguage", text("JSONata")), value.M("StartAt", name(0)),
		value.M("States", value.FromMembers(states)))
	for member, x := range b.machine.All() {
		machine = machine.With(member, x)
	}
	return machine
}
