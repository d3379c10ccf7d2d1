package asltest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/asltest"
)

func TestTestCasesOfAMockConfigurationRun(t *testing.T) {
	t.Parallel()
	m, config := order(t), asltest.MockConfig(t, "testdata/MockConfigFile.json")
	const input = `{"id": 1, "total": 5}`
	tests := []struct {
		name  string
		mocks []asltest.Mock
		check func(x *asltest.Execution)
	}{
		{"HappyPath", nil, func(x *asltest.Execution) {
			x.Output(`{"id": 1, "total": 5, "receipt": {"id": "r1"}, "parcel": {"parcel": 1}}`).Events("...", "TaskSubmitted", "TaskSucceeded", "...")
		}},
		{"order#BusyCard", nil, func(x *asltest.Execution) { x.Succeeded().Retried("Charge", 3).Waited(14 * time.Second) }},
		{"OnlyCharge", []asltest.Mock{asltest.On("Ship", asltest.Return(`2`))}, func(x *asltest.Execution) {
			x.Output(`{"id": 1, "total": 5, "receipt": {"id": "r1"}, "parcel": 2}`)
		}},
		{"TooFewAnswers", nil, func(x *asltest.Execution) {
			x.Failed("States.Runtime").CauseContains("'BusyTwice' has no answer to invocation 2 of the state 'Charge'")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.check(m.For(t).RunCase(config, tt.name, input, tt.mocks...))
		})
	}
	if got := config.TestCases("order"); !slices.Equal(got, []string{"BusyCard", "HappyPath", "OnlyCharge", "TooFewAnswers"}) {
		t.Errorf("got test cases %v", got)
	}
}

func TestTestCasesThatCannotRunAreNamed(t *testing.T) {
	t.Parallel()
	text, fatal := told(func(t asltest.TB) {
		order(t).RunCase(asltest.MockConfig(t, "testdata/MockConfigFile.json"), "SadPath", `{}`)
	})
	if !fatal || !strings.Contains(text, `no test case "SadPath" of state machine "order"; it has order#BusyCard`) {
		t.Errorf("got %s", text)
	}
	text, fatal = told(func(t asltest.TB) {
		order(t).RunCase(asltest.MockConfig(t, "testdata/MockConfigFile.json"), "OnlyCharge", `{"id": 1, "total": 5}`)
	})
	if !fatal || !strings.Contains(text, `state "Ship"`) || !strings.Contains(text, "no mock answers") {
		t.Errorf("got %s", text)
	}
}

func TestAnswersForFunctionsByARNArePayloads(t *testing.T) {
	t.Parallel()
	m := asltest.Define(t, `{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": true}}}`)
	for response, want := range map[string]string{
		`{"StatusCode": 200, "Payload": {"a": 1}}`: `{"a": 1}`,
		`{"a": 1}`: `{"a": 1}`, `{"Payload": 1}`: `{"Payload": 1}`, `null`: `null`,
	} {
		config, err := asltest.ParseMockConfig([]byte(`{"StateMachines": {"M": {"TestCases": {"T": {"S": "R"}}}}, "MockedResponses": {"R": {"0": {"Return": ` + response + `}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		m.RunCase(config, "T", `{}`).Output(want)
		r, err := config.Test(m.Compiled(), "M", "T", `{}`, asltest.Options{})
		if err != nil || r.Status != "SUCCEEDED" {
			t.Errorf("got %v, %v", r, err)
		}
	}
}

func TestMockConfigurationsAreChecked(t *testing.T) {
	t.Parallel()
	wrap := func(responses string) string {
		return `{"StateMachines": {}, "MockedResponses": {"R": ` + responses + `}}`
	}
	throw := `{"Throw": {"Error": "E", "Cause": "c"}}`
	tests := []struct{ name, text, want string }{
		{"no object", `[]`, "1:1: : expected an object, found array"},
		{"missing fields", `{}`, "StateMachines is missing"},
		{"an unknown field", "{\"StateMachines\": {},\n \"MockedResponse\": {}, \"MockedResponses\": {}}", `2:20: /MockedResponse: unknown field "MockedResponse"`},
		{"no test cases", `{"StateMachines": {"M": {}}, "MockedResponses": {}}`, "TestCases is missing"},
		{"a response that is not there", `{"StateMachines": {"M": {"TestCases": {"T": {"S": "R"}}}}, "MockedResponses": {}}`, `there is no mocked response "R"`},
		{"a response that is no name", `{"StateMachines": {"M": {"TestCases": {"T": {"S": 1}}}}, "MockedResponses": {}}`, "expected the name of a mocked response, found number"},
		{"both", wrap(`{"0": {"Return": 1, "Throw": {"Error": "E", "Cause": "c"}}}`), "exactly one of Return and Throw"},
		{"neither", wrap(`{"0": {}}`), "exactly one of Return and Throw"},
		{"no cause", wrap(`{"0": {"Throw": {"Error": "E"}}}`), "Cause must be a string"},
		{"no number", wrap(`{"first": ` + throw + `}`), `"first" is no number of a call`},
		{"a negative number", wrap(`{"-1": ` + throw + `}`), `"-1" is no number of a call`},
		{"a range backwards", wrap(`{"2-1": ` + throw + `}`), `"2-1" is no number of a call`},
		{"a gap", wrap(`{"0": ` + throw + `, "2": ` + throw + `}`), "there is no answer to call 1"},
		{"an overlap", wrap(`{"0-2": ` + throw + `, "2": ` + throw + `}`), "there are two answers to call 2"},
		{"a late beginning", wrap(`{"1": ` + throw + `}`), "there is no answer to call 0"},
		{"nothing", wrap(`{}`), "there is no answer to call 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := asltest.ParseMockConfig([]byte(tt.text))
			var refused *asltest.MockConfigError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := asltest.ParseMockConfig([]byte(`{`)); err == nil {
		t.Error("got no error for text that is not JSON")
	}
	if _, err := asltest.ParseMockConfig([]byte(wrap(`{"1-2": ` + throw + `, "0": {"Return": null}, "3": ` + throw + `}`))); err != nil {
		t.Errorf("ranges in any order: got %v", err)
	}
}

func TestOnlyOneNumberSignNamesATestCase(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:states:us-east-1:123456789012:stateMachine:M"
	for name, want := range map[string][2]string{arn + "#T": {arn, "T"}, arn: {arn, ""}, arn + "#T#U": {arn + "#T#U", ""}} {
		machine, testCase, ok := asltest.SplitTestCase(name)
		if machine != want[0] || testCase != want[1] || ok != (want[1] != "") {
			t.Errorf("%s: got %q, %q, %t", name, machine, testCase, ok)
		}
	}
}

func FuzzParseMockConfig(f *testing.F) {
	f.Add([]byte(`{"StateMachines": {"M": {"TestCases": {"T": {"S": "R"}}}}, "MockedResponses": {"R": {"0-1": {"Return": 1}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := asltest.ParseMockConfig(text)
		if (c == nil) == (err == nil) {
			t.Errorf("%q: got %v and %v", text, c, err)
		}
	})
}

func FuzzParseRecording(f *testing.F) {
	f.Add([]byte(`[{"type": "ExecutionStarted", "id": 1, "timestamp": 1, "executionStartedEventDetails": {"input": "{}"}}, {"type": "TaskScheduled", "id": 2, "previousEventId": 1}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := asltest.ParseRecording(text)
		if (r == nil) == (err == nil) {
			t.Errorf("%q: got %v and %v", text, r, err)
		}
		if r != nil {
			r.Mocks()
		}
	})
}
