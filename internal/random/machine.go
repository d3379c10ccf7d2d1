package random

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// Machine is a drawn state machine with one execution of it.
type Machine struct {
	Definition string
	Input      string
	// Replies are what the calls get, in turn and from the beginning again: a result, or an error name after "!". There is at least
	// one.
	Replies []string
	// Concurrent says that lines of it may overlap, so that the order of events is chance.
	Concurrent bool
}

// Reply returns what call number n gets.
func (m *Machine) Reply(n int) (output, errorName string) {
	r := m.Replies[n%len(m.Replies)]
	if name, ok := strings.CutPrefix(r, "!"); ok {
		return "", name
	}
	return r, ""
}

// documents are inputs and results; expressions below read n and a.
var documents = []string{`{"n":1,"a":[1,2]}`, `{"n":0,"a":[]}`, `{"n":2,"a":[{"n":3,"a":[4]}],"s":"x"}`, `{}`, `7`, `[1,"b",null]`, `"text"`, `null`}

// Machines draws machines. Without concurrent there are no Parallel states, and Map states have one iteration at a time.
func Machines(concurrent bool) *rapid.Generator[Machine] {
	return rapid.Custom(func(t *rapid.T) Machine {
		d := &drawing{t: t, concurrent: concurrent}
		replies := rapid.SliceOfN(rapid.SampledFrom(append(append([]string{}, documents...), "!E1", "!E2", "!States.Timeout")), 1, 6)
		return Machine{
			Definition: d.flow(2), Input: rapid.SampledFrom(documents).Draw(t, "input"), Replies: replies.Draw(t, "replies"),
			Concurrent: concurrent,
		}
	})
}

type drawing struct {
	t          *rapid.T
	concurrent bool
	names      int
}

func (d *drawing) of(label string, options ...string) string {
	return rapid.SampledFrom(options).Draw(d.t, label)
}

// flow draws StartAt and States; depth is how deep Map and Parallel may nest.
func (d *drawing) flow(depth int) string {
	names := make([]string, rapid.IntRange(1, 4).Draw(d.t, "states"))
	for i := range names {
		d.names++
		names[i] = fmt.Sprintf("S%d", d.names)
	}
	states := make([]string, len(names))
	for i, name := range names {
		states[i] = fmt.Sprintf("%q: {%s}", name, d.state(depth, names[i+1:]))
	}
	return fmt.Sprintf(`{"StartAt": %q, "States": {%s}}`, names[0], strings.Join(states, ",\n "))
}

// state draws the members of a state; after are the states that come later in its flow.
func (d *drawing) state(depth int, after []string) string {
	next := `"End": true`
	if len(after) > 0 {
		next = fmt.Sprintf(`"Next": %q`, after[0])
	}
	kinds := []string{"Pass", "Task", "Wait"}
	if depth > 0 {
		kinds = append(kinds, "Map")
		if d.concurrent {
			kinds = append(kinds, "Parallel")
		}
	}
	if len(after) > 0 {
		kinds = append(kinds, "Choice")
	} else {
		kinds = append(kinds, "Succeed", "Fail")
	}
	jsonata := rapid.Bool().Draw(d.t, "JSONata")
	switch kind := d.of("type", kinds...); kind {
	case "Pass":
		if jsonata {
			return `"Type": "Pass", ` + d.jsonata() + next
		}
		return `"Type": "Pass", ` + d.of("Pass", "", `"Result": {"n": 1, "a": [1]}, `, `"Parameters": {"n": 1, "was.$": "$"}, `, `"Parameters": {"x.$": "$.n"}, `) +
			d.paths() + next
	case "Wait":
		return `"Type": "Wait", "Seconds": ` + d.of("Seconds", "0", "1", "90") + ", " + next
	case "Choice":
		to := d.of("target", after...)
		if jsonata {
			return fmt.Sprintf(`"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": "{%% $states.input.n = 1 %%}", "Next": %q}], "Default": %q`, to, after[0])
		}
		return fmt.Sprintf(`"Type": "Choice", "Choices": [{"And": [{"Variable": "$.n", "IsPresent": true}, {"Variable": "$.n", "NumericGreaterThan": 0}], "Next": %q}], "Default": %q`, to, after[0])
	case "Task":
		language := d.paths()
		if jsonata {
			language = d.jsonata()
		}
		return `"Type": "Task", "Resource": "gait:work", ` + language + d.failures(after) + next
	case "Map":
		limit := ""
		if !d.concurrent {
			limit = `"MaxConcurrency": 1, `
		}
		return `"Type": "Map", "ItemsPath": "$.a", ` + limit + d.paths() + d.failures(after) + `"ItemProcessor": ` + d.flow(depth-1) + ", " + next
	case "Parallel":
		branches := make([]string, rapid.IntRange(1, 3).Draw(d.t, "branches"))
		for i := range branches {
			branches[i] = d.flow(depth - 1)
		}
		return `"Type": "Parallel", ` + d.paths() + d.failures(after) + `"Branches": [` + strings.Join(branches, ", ") + "], " + next
	case "Fail":
		return `"Type": "Fail", "Error": "` + d.of("Error", "E1", "E2") + `"`
	default:
		return `"Type": "Succeed"`
	}
}

func (d *drawing) paths() string {
	return d.of("InputPath", "", "", `"InputPath": "$.n", `, `"InputPath": null, `) +
		d.of("ResultPath", "", "", `"ResultPath": null, `, `"ResultPath": "$.r", `, `"ResultPath": "$.r.q", `) +
		d.of("OutputPath", "", "", `"OutputPath": "$.n", `)
}

func (d *drawing) jsonata() string {
	return `"QueryLanguage": "JSONata", ` + d.of("Output", "", `"Output": "{% $states.input %}", `, `"Output": {"n": "{% $states.input.n + 1 %}", "a": [1]}, `,
		`"Output": "{% $merge([$states.input, {'m': 1}]) %}", `)
}

func (d *drawing) failures(after []string) string {
	text := d.of("Retry", "", `"Retry": [{"ErrorEquals": ["E1"], "IntervalSeconds": 3, "MaxAttempts": 2}], `,
		`"Retry": [{"ErrorEquals": ["E2"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "BackoffRate": 1.5}], `)
	if len(after) > 0 && rapid.Bool().Draw(d.t, "catches") {
		text += fmt.Sprintf(`"Catch": [{"ErrorEquals": [%q], "Next": %q}], `, d.of("ErrorEquals", "E1", "States.ALL", "States.TaskFailed"), d.of("catch", after...))
	}
	return text
}
