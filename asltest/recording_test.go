package asltest_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/asltest"
)

// recorded runs an order and returns its history as the AWS CLI writes it.
func recorded(t *testing.T, m *asltest.Machine) string {
	t.Helper()
	m = m.For(t)
	m.Options.Start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	x := m.Run(`{"id": 7, "total": 30}`,
		asltest.On("Charge", asltest.After(time.Second, asltest.Fail("Card.Busy", "later")), asltest.Payload(`{"id": "r1"}`)),
		asltest.On("Ship", asltest.After(time.Hour, asltest.Return(`{"parcel": 1}`)))).Succeeded()
	text, err := json.MarshalIndent(map[string]any{"events": x.Result.Events}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestARecordingIsReplayed(t *testing.T) {
	t.Parallel()
	m := order(t)
	m.Replay([]byte(recorded(t, m))).Succeeded().Retried("Charge", 1).Waited(time.Hour + 3*time.Second)
}

func TestTimestampsMayBeTexts(t *testing.T) {
	t.Parallel()
	m := asltest.Define(t, single(`"Type": "Wait", "Seconds": 2, "End": true`))
	m.Replay([]byte(`[
		{"timestamp": "2026-03-01T13:00:00.500000+01:00", "type": "ExecutionStarted", "id": 1, "previousEventId": 0, "executionStartedEventDetails": {"input": "{}", "inputDetails": {"truncated": false}, "roleArn": "arn:aws:iam::111111111111:role/r"}},
		{"timestamp": "2026-03-01T13:00:00.500000+01:00", "type": "WaitStateEntered", "id": 2, "previousEventId": 0, "stateEnteredEventDetails": {"name": "S", "input": "{}", "inputDetails": {"truncated": false}}},
		{"timestamp": "2026-03-01T13:00:02.500000+01:00", "type": "WaitStateExited", "id": 3, "previousEventId": 2, "stateExitedEventDetails": {"name": "S", "output": "{ }", "outputDetails": {"truncated": false}}},
		{"timestamp": "2026-03-01T13:00:02.500000+01:00", "type": "ExecutionSucceeded", "id": 4, "previousEventId": 3, "executionSucceededEventDetails": {"output": "{}", "outputDetails": {"truncated": false}}}
	]`)).Succeeded().Waited(2 * time.Second)
}

func TestTheFirstDifferingEventIsNamed(t *testing.T) {
	t.Parallel()
	m := order(t)
	text := recorded(t, m)
	tests := []struct {
		name, old, replacement string // of the history
		event                  int64
		want                   string
	}{
		{"another output", `{\"parcel\":1}`, `{\"parcel\":2}`, 17, "output/parcel/parcel recorded 1, got 2"},
		{"another input of a task", `\"amount\":30`, `\"amount\":31`, 5, "parameters/Payload/amount recorded 31, got 30"},
		{"another type", `"TaskStateExited"`, `"PassStateExited"`, 11, "recorded PassStateExited, got TaskStateExited"},
		{"another error", `"error": "Card.Busy"`, `"error": "Card.Lost"`, 8, "recorded TaskScheduled, got ExecutionFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(text, tt.old) {
				t.Fatalf("no %s in %s", tt.old, text)
			}
			r, err := asltest.ParseRecording([]byte(strings.Replace(text, tt.old, tt.replacement, 1)))
			if err != nil {
				t.Fatal(err)
			}
			res, err := r.Replay(m.Compiled(), asltest.Options{})
			var differs *asltest.ReplayError
			if !errors.As(err, &differs) || res == nil {
				t.Fatalf("got %v, want a *ReplayError", err)
			}
			if differs.Event != tt.event || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want event %d and %q", err, tt.event, tt.want)
			}
		})
	}
}

func TestAReplayThatDiffersFailsTheTest(t *testing.T) {
	t.Parallel()
	history := recorded(t, order(t))
	text, fatal := told(func(t asltest.TB) {
		asltest.Define(t, strings.Replace(orderText(t), `"$.Payload.id"`, `"$.Payload"`, 1), stage).Replay([]byte(history))
	})
	if fatal || !strings.Contains(text, `event 11 (state "Charge"): TaskStateExited differs in output/receipt/id recorded "r1", got {"id":"r1"}`) ||
		!strings.Contains(text, "walk:") {
		t.Errorf("got %s", text)
	}
}

func orderText(t asltest.TB) string {
	text, err := files.ReadFile("testdata/order.asl.json")
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(text)
}

func TestARecordingOfBranchesMatchesInAnyOrder(t *testing.T) {
	t.Parallel()
	branch := func(n string) string { return `{"StartAt": "` + n + `", "States": {"` + n + `": {` + task + `}}}` }
	m := asltest.Define(t, `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [`+branch("A")+`,`+branch("B")+`]}}}`)
	slow := asltest.After(time.Second, asltest.Return(`1`))
	x := m.Run(`{}`, asltest.On("A", slow), asltest.On("B", asltest.Return(`2`)))
	events, err := json.Marshal(x.Result.Events)
	if err != nil {
		t.Fatal(err)
	}
	m.Replay(events).Output(`[1, 2]`)
	text, _ := told(func(t asltest.TB) {
		m.For(t).Replay([]byte(strings.Replace(string(events), `"output":"2"`, `"output":"3"`, 2)))
	})
	if !strings.Contains(text, "event 12") && !strings.Contains(text, "differs in output") {
		t.Errorf("got %s", text)
	}
}

func TestFilesThatAreNoHistoriesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "{", "{}", "[]", "[1]", `{"events": [{"id": 1}]}`, `[{"type": "ExecutionStarted", "id": 2}]`,
		`[{"type": "ExecutionStarted", "id": 1, "previousEventId": 0, "executionStartedEventDetails": {}}]`,
		`[{"type": "ExecutionStarted", "id": 1, "previousEventId": 7, "executionStartedEventDetails": {"input": "{}"}}]`,
		`[{"type": "ExecutionStarted", "id": 1, "timestamp": "yesterday", "executionStartedEventDetails": {"input": "{}"}}]`,
	} {
		if _, err := asltest.ParseRecording([]byte(text)); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}
