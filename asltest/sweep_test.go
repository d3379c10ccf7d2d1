package asltest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asltest"
)

// saga reserves and charges; a failed charge cancels the reservation, which may fail too.
const saga = `{"StartAt": "Reserve", "TimeoutSeconds": 100000, "States": {
	"Reserve": {"Type": "Task", "Resource": "gait:reserve", "TimeoutSeconds": 60, "Next": "Charge",
		"Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]},
	"Charge": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
		"TimeoutSeconds": 3600, "HeartbeatSeconds": 60, "ResultPath": null, "Next": "Done",
		"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Cancel"}]},
	"Cancel": {"Type": "Task", "Resource": "gait:cancel", "Next": "Sorry"},
	"Done": {"Type": "Succeed"},
	"Sorry": {"Type": "Fail", "Error": "Sorry"}}}`

// faultsOf returns the faults that broke the rules of a sweep, in words.
func faultsOf(r *asltest.SweepReport) []string {
	var all []string
	for _, b := range r.Broken {
		var chain []string
		for _, f := range b.Faults {
			chain = append(chain, f.String())
		}
		all = append(all, strings.Join(chain, "; then "))
	}
	return all
}

func sweep(t *testing.T, definition, input string, s asltest.Sweep, mocks ...asltest.Mock) (*asltest.SweepReport, string) {
	t.Helper()
	var r *asltest.SweepReport
	text, fatal := told(func(t asltest.TB) { r = asltest.Define(t, definition).Sweep(input, s, mocks...) })
	if fatal {
		t.Fatalf("%s", text)
	}
	return r, text
}

func TestASweepBreaksEveryCallInEveryWay(t *testing.T) {
	t.Parallel()
	all := func(*asltest.Result) error { return errors.New("seen") }
	r, text := sweep(t, saga, `{}`, asltest.Sweep{Errors: []string{"Declined"}, Check: all}, asltest.Otherwise())
	want := []string{
		"",
		`state "Reserve", visit 1: Busy`,
		`state "Reserve", visit 1: Busy, retries too`,
		`state "Reserve", visit 1: States.TaskFailed`,
		`state "Reserve", visit 1: Declined`,
		`state "Reserve", visit 1: its timeout fires`,
		`state "Charge", visit 1: States.TaskFailed`,
		`state "Charge", visit 1: Declined`,
		`state "Charge", visit 1: its timeout fires`,
		`state "Charge", visit 1: its heartbeat is missing`,
		`state "Charge", visit 1: States.TaskFailed; then state "Cancel", visit 1: States.TaskFailed`,
		`state "Charge", visit 1: States.TaskFailed; then state "Cancel", visit 1: Declined`,
		`state "Charge", visit 1: States.TaskFailed; then state "Cancel", visit 1: States.Timeout`,
		`state "Charge", visit 1: States.TaskFailed; then state "Cancel", visit 1: goes on until the machine times out`,
	}
	if d := cmp.Diff(want, faultsOf(r)); d != "" {
		t.Errorf("faults (-want +got):\n%s", d)
	}
	if r.Runs != len(want) || r.Faults != len(want)-1 {
		t.Errorf("got %d runs and %d faults, want %d and %d", r.Runs, r.Faults, len(want), len(want)-1)
	}
	for i, status := range map[int]string{0: "SUCCEEDED", 1: "SUCCEEDED", 2: "FAILED", 8: "FAILED", 13: "TIMED_OUT"} {
		if got := r.Broken[i].Result; got.Status != status {
			t.Errorf("%s: got %s, want %s\n%s", want[i], got.Status, status, got.Table())
		}
	}
	if took := r.Broken[8].Result.Elapsed.Seconds(); took != 3600 {
		t.Errorf("the timeout fired after %g s, want 3600: heartbeats hold until then", took)
	}
	if took := r.Broken[9].Result.Elapsed.Seconds(); took != 60 {
		t.Errorf("the heartbeat was missed after %g s, want 60", took)
	}
	for _, part := range []string{"14 of 14 executions of the sweep", "1. without a fault: it ended as SUCCEEDED: seen",
		`     then state "Cancel", visit 1: Declined (definition.json:8)`, "walk:\n", "path Reserve → Sorry"} {
		if !strings.Contains(strings.ReplaceAll(text, "Spy:", "definition.json:"), part) {
			t.Errorf("want %q in:\n%s", part, text)
		}
	}
}

func TestWhatASweepAllows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		sweep asltest.Sweep
		want  []string // parts of why, of those that are broken
	}{
		{"anything that ends", asltest.Sweep{}, nil},
		{"statuses", asltest.Sweep{Statuses: []string{"SUCCEEDED", "FAILED"}}, []string{"TIMED_OUT, allowed SUCCEEDED, FAILED"}},
		{"errors", asltest.Sweep{ErrorNames: []string{"Sorry"}, Except: []string{"States.Timeout"}}, []string{"FAILED with States.TaskFailed, allowed errors are Sorry"}},
		{"ends", asltest.Sweep{EndsIn: []string{"Done", "Sorry"}, States: []string{"Cancel"}}, nil},
		{"ends after failures", asltest.Sweep{EndsIn: []string{"Done", "Sorry"}, Except: []string{"States.Timeout"}},
			[]string{`FAILED with States.TaskFailed in state "Cancel", allowed Done, Sorry`, `TIMED_OUT in state "Cancel"`}},
		{"only one state", asltest.Sweep{States: []string{"Reserve"}, ErrorsOf: map[string][]string{"Reserve": {"Odd"}},
			Check: func(r *asltest.Result) error {
				if r.Error != nil && *r.Error == "Sorry" && r.Events[2].Details.TimeoutInSeconds != 60 {
					return fmt.Errorf("odd")
				}
				return nil
			}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, text := sweep(t, saga, `{}`, tt.sweep, asltest.Otherwise())
			if len(r.Broken) != len(tt.want) || (text == "") != (tt.want == nil) {
				t.Fatalf("got %v, want %d\n%s", faultsOf(r), len(tt.want), text)
			}
			for i, part := range tt.want {
				if !strings.Contains(r.Broken[i].Why, part) {
					t.Errorf("want %q in %q", part, r.Broken[i].Why)
				}
			}
		})
	}
}

func TestASweepFindsWhatNeverEnds(t *testing.T) {
	t.Parallel()
	const loop = `{"StartAt": "A", "States": {
		"A": {"Type": "Task", "Resource": "gait:a", "Catch": [{"ErrorEquals": ["Again"], "Next": "B"}], "End": true},
		"B": {"Type": "Pass", "Next": "B2"}, "B2": {"Type": "Pass", "Next": "B3"},
		"B3": {"Type": "Choice", "Choices": [{"Variable": "$.Error", "StringEquals": "Again", "Next": "B"}], "Default": "S"}, "S": {"Type": "Succeed"}}}`
	r, text := sweep(t, loop, `{}`, asltest.Sweep{}, asltest.On("A"))
	if len(r.Broken) != 1 || r.Broken[0].Faults[0].Error != "Again" || !strings.Contains(r.Broken[0].Why, "States.Runtime") {
		t.Errorf("got %v\n%s", faultsOf(r), text)
	}
	// An Express execution has no limit of events: the budget of the test ends it.
	m := asltest.Define(t, loop, asltest.Express())
	m.Options.MaxEvents = 5000
	var broken *asltest.SweepReport
	text, _ = told(func(t asltest.TB) { broken = m.For(t).Sweep(`{}`, asltest.Sweep{}, asltest.On("A")) })
	if len(broken.Broken) != 1 || broken.Broken[0].Why != "it does not end" {
		t.Errorf("got %s", text)
	}
}

func TestEachIterationOfAMapIsAVisit(t *testing.T) {
	t.Parallel()
	const definition = `{"StartAt": "M", "States": {"M": {"Type": "Map", "Next": "S",
		"Catch": [{"ErrorEquals": ["Outer", "States.ItemReaderFailed", "States.NoChoiceMatched"], "Next": "S"}],
		"ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "gait:a", "End": true,
			"Retry": [{"ErrorEquals": ["Inner"], "IntervalSeconds": 7, "MaxAttempts": 2}]}}}}, "S": {"Type": "Succeed"}}}`
	r, text := sweep(t, definition, `[1, 2, 3]`, asltest.Sweep{EndsIn: []string{"S"}, Except: []string{"States.TaskFailed", "States.Timeout"}}, asltest.On("A"))
	want := []string{}
	for v := 1; v <= 3; v++ {
		want = append(want, fmt.Sprintf(`state "A", visit %d: Inner, retries too`, v))
	}
	if d := cmp.Diff(want, faultsOf(r)); d != "" {
		t.Errorf("faults (-want +got):\n%s\n%s", d, text)
	}
	// The retries of one iteration happen while others are over: only those of its own are broken.
	for _, b := range r.Broken {
		if got := b.Result.Retries["A"]; got != 2 {
			t.Errorf("%v: %d retries, want 2", b.Faults, got)
		}
	}
}

func TestASweepIsRepeatable(t *testing.T) {
	t.Parallel()
	run := func() []string {
		m := order(t)
		var got []string
		m.Sweep(`{"id": 1, "total": 3}`, asltest.Sweep{Check: func(r *asltest.Result) error {
			got = append(got, r.Table())
			return nil
		}}, asltest.On("Charge", asltest.Payload(`{"id": 2}`)), asltest.On("Ship", asltest.Return(`1`)))
		return got
	}
	if a, b := run(), run(); !slices.Equal(a, b) || len(a) < 8 {
		t.Errorf("two sweeps differ: %d and %d runs", len(a), len(b))
	}
}

func TestASweepHasABudget(t *testing.T) {
	t.Parallel()
	r, text := sweep(t, saga, `{}`, asltest.Sweep{MaxRuns: 5}, asltest.Otherwise())
	if r.Runs != 5 || r.Unbroken == 0 || !strings.Contains(text, "the sweep is not complete: 5 runs are made and at least") {
		t.Errorf("got %+v: %s", r, text)
	}
}

func TestMistakesOfASweepAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sweep asltest.Sweep
		mock  asltest.Mock
		want  string
	}{
		{asltest.Sweep{States: []string{"Reserv"}}, asltest.Otherwise(), `no Task state "Reserv"; its Task states are Reserve`},
		{asltest.Sweep{ErrorsOf: map[string][]string{"Done": {"X"}}}, asltest.Otherwise(), `no Task state "Done"`},
		{asltest.Sweep{EndsIn: []string{"Nowhere"}}, asltest.Otherwise(), `no state "Nowhere" on its top level`},
		{asltest.Sweep{}, asltest.On("None"), `no state with this name`},
		{asltest.Sweep{}, asltest.OnResource("*reserve"), `state "Charge"`},
	} {
		text, fatal := told(func(t asltest.TB) { asltest.Define(t, saga).Sweep(`{}`, tt.sweep, tt.mock) })
		if !fatal || !strings.Contains(text, tt.want) {
			t.Errorf("want %q, got %t %s", tt.want, fatal, text)
		}
	}
	text, fatal := told(func(t asltest.TB) {
		asltest.Define(t, saga).Sweep(`{}`, asltest.Sweep{}, asltest.On("Reserve"), asltest.On("Charge"))
	})
	if !fatal || !strings.Contains(text, `state "Cancel"`) || !strings.Contains(text, `after  state "Charge", visit 1: States.TaskFailed`) {
		t.Errorf("got %s", text)
	}
}
