package conformance

import (
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// runMockConfig runs an execution that a mock configuration file drives. The history was recorded with the real services, so
// what a mock cannot know is left out of the comparison: the case lists it under referenceDeviates.
func runMockConfig(doc value.Value) verdict {
	express := str(doc, "type") == "EXPRESS"
	m, v := compileCase(get(doc, "definition"), asl.Options{Express: express})
	if m == nil {
		return v
	}
	config, err := asltest.ParseMockConfig([]byte(get(doc, "mockConfig").JSON()))
	if err != nil {
		return failed("the mock configuration was refused: %v", err)
	}
	input := "{}"
	if text := get(doc, "input"); text.Kind() == value.String {
		input = text.Str()
	}
	name := str(doc, "stateMachineName")
	r, err := config.Test(m, name, str(doc, "testCase"), input, asltest.Options{
		Name: str(doc, "executionName"), MachineName: name, RoleARN: roleOf(doc), Account: "111111111111", Region: "us-east-1",
		Express: express, Objects: givenObjects(doc),
	})
	if err != nil {
		return failed("%s", describe(err, r))
	}
	return verdict{difference: compareMocked(doc, r)}
}

// compareMocked compares as compareExecution does, without what the paths of referenceDeviates select.
func compareMocked(doc value.Value, r *asltest.Result) string {
	expect := get(doc, "expect")
	history, recorded := expect.Get("history")
	if !recorded || get(doc, "referenceDeviates").Len() == 0 {
		return compareExecution(doc, r)
	}
	if want := str(expect, "status"); r.Status != want {
		return "status: expected " + want + ", got " + r.Status + because(r)
	}
	got := events(r)
	want := make([]value.Value, history.Len())
	for i, e := range history.Elems() {
		want[i] = openTexts(e)
	}
	for i := range got {
		got[i] = openTexts(got[i])
	}
	for _, path := range get(doc, "referenceDeviates").Elems() {
		steps := deviationSteps(path.Str())
		if steps == nil {
			return "referenceDeviates: cannot read " + short(path)
		}
		want, got = without(want, steps), without(got, steps)
	}
	if calledAnother(doc, want) {
		steps := deviationSteps("$..parameters.FunctionName")
		want, got = without(want, steps), without(got, steps)
	}
	c := &historyComparison{m: newMatcher(doc), want: want, got: got}
	return c.diff(str(expect, "comparison"))
}

// calledAnother reports that the recording invoked a function that neither the definition nor the input names: one made for the
// recording, in the place of the one that the mocked definition has. Its name cannot come out of this definition.
func calledAnother(doc value.Value, want []value.Value) bool {
	source := get(doc, "definition").JSON() + get(doc, "input").JSON()
	for _, e := range want {
		name := str(get(get(e, "taskScheduledEventDetails"), "parameters"), "FunctionName")
		if name != "" && !strings.Contains(source, name) {
			return true
		}
	}
	return false
}

// openTexts returns v with every string that is the JSON text of an object replaced by the object, as the recordings have it.
func openTexts(v value.Value) value.Value {
	switch v.Kind() {
	case value.String:
		if strings.HasPrefix(v.Str(), "{") {
			if doc, err := value.ParseString(v.Str()); err == nil {
				return openTexts(doc)
			}
		}
		return v
	case value.Array:
		elems := make([]value.Value, v.Len())
		for i, e := range v.Elems() {
			elems[i] = openTexts(e)
		}
		return value.FromArray(elems)
	case value.Object:
		members := make([]value.Member, 0, v.Len())
		for _, m := range v.Members() {
			members = append(members, value.M(m.Key, openTexts(m.Value)))
		}
		return value.FromMembers(members)
	}
	return v
}

// deviationStep is one step of a path: a member here, or anywhere below.
type deviationStep struct {
	name string
	deep bool
}

// deviationSteps reads paths such as "$..events..taskSubmittedEventDetails.output"; nil when it is none. The events are the
// root of what is compared.
func deviationSteps(path string) []deviationStep {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil
	}
	var steps []deviationStep
	for rest != "" {
		var s deviationStep
		if rest, s.deep = strings.CutPrefix(rest, ".."); !s.deep {
			if rest, ok = strings.CutPrefix(rest, "."); !ok {
				return nil
			}
		}
		end := strings.IndexByte(rest, '.')
		if end < 0 {
			end = len(rest)
		}
		s.name, rest = rest[:end], rest[end:]
		if s.name == "" || strings.ContainsAny(s.name, "[*?(") {
			return nil
		}
		steps = append(steps, s)
	}
	return steps
}

// without removes what the steps select from a list of events.
func without(events []value.Value, steps []deviationStep) []value.Value {
	root := value.Obj(value.M("events", value.FromArray(events)))
	return get(remove(root, steps), "events").Elems()
}

func remove(v value.Value, steps []deviationStep) value.Value {
	if len(steps) == 0 {
		return v
	}
	s, rest := steps[0], steps[1:]
	switch v.Kind() {
	case value.Array:
		elems := make([]value.Value, v.Len())
		for i, e := range v.Elems() {
			elems[i] = e
			if s.deep {
				elems[i] = remove(e, steps)
			}
		}
		return value.FromArray(elems)
	case value.Object:
		var members []value.Member
		for _, m := range v.Members() {
			if m.Key == s.name {
				if len(rest) == 0 {
					continue
				}
				m.Value = remove(m.Value, rest)
			}
			if s.deep {
				m.Value = remove(m.Value, steps)
			}
			members = append(members, m)
		}
		return value.FromMembers(members)
	}
	return v
}
