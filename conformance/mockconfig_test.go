package conformance

import (
	"strings"
	"testing"

	"github.com/gait-engine/gait/internal/value"
)

func TestDeviationsAreLeftOut(t *testing.T) {
	t.Parallel()
	const events = `[{"id": 1, "d": {"a": 1, "x": {"a": 2, "b": [{"a": 3}]}}, "previousEventId": 5}]`
	tests := []struct{ path, want string }{
		{"$..a", `[{"id": 1, "d": {"x": {"b": [{}]}}, "previousEventId": 5}]`},
		{"$..events..previousEventId", `[{"id": 1, "d": {"a": 1, "x": {"a": 2, "b": [{"a": 3}]}}}]`},
		{"$..events..x.a", `[{"id": 1, "d": {"a": 1, "x": {"b": [{"a": 3}]}}, "previousEventId": 5}]`},
		{"$..events.d", events},
		{"$..none", events},
	}
	for _, tt := range tests {
		list, err := value.ParseString(events)
		if err != nil {
			t.Fatal(err)
		}
		want, err := value.ParseString(tt.want)
		if err != nil {
			t.Fatal(err)
		}
		if got := value.FromArray(without(list.Elems(), deviationSteps(tt.path))); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", tt.path, got, want)
		}
	}
	for _, path := range []string{"", "a", "$.", "$..a[0]", "$a", "$..*"} {
		if steps := deviationSteps(path); steps != nil {
			t.Errorf("%q: got %v, want it refused", path, steps)
		}
	}
}

func TestAMockedExecutionIsCompared(t *testing.T) {
	t.Parallel()
	const text = `{"stateMachineName": "M", "executionName": "E", "testCase": "T", "roleArn": "arn:aws:iam::111111111111:role/r",
		"definition": {"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": true}}},
		"mockConfig": {"StateMachines": {"M": {"TestCases": {"T": {"S": "R"}}}}, "MockedResponses": {"R": {"0": {"Return": {"n": NUMBER, "SdkHttpMetadata": 1}}}}},
		"referenceDeviates": ["$..SdkHttpMetadata", "$..parameters", "$..SdkResponseMetadata"],
		"expect": {"status": "SUCCEEDED", "comparison": "prefix", "history": [
			{"id": 1, "type": "ExecutionStarted", "previousEventId": 0, "executionStartedEventDetails": {"input": {}, "inputDetails": {"truncated": false}, "roleArn": "arn:aws:iam::111111111111:role/r"}},
			{"id": 2, "type": "TaskStateEntered", "previousEventId": 0, "stateEnteredEventDetails": {"name": "S", "input": {}, "inputDetails": {"truncated": false}}},
			{"id": 3, "type": "TaskScheduled", "previousEventId": 2, "taskScheduledEventDetails": {"resourceType": "lambda", "resource": "invoke", "region": "us-east-1"}},
			{"id": 4, "type": "TaskStarted", "previousEventId": 3, "taskStartedEventDetails": {"resourceType": "lambda", "resource": "invoke"}},
			{"id": 5, "type": "TaskSucceeded", "previousEventId": 4, "taskSucceededEventDetails": {"resourceType": "lambda", "resource": "invoke", "output": {"n": 1, "SdkHttpMetadata": {"x": 1}}, "outputDetails": {"truncated": false}}}]}}`
	for number, passes := range map[string]bool{"1": true, "2": false} {
		doc, err := value.ParseString(strings.Replace(text, "NUMBER", number, 1))
		if err != nil {
			t.Fatal(err)
		}
		if v := runMockConfig(doc); v.skip != "" || (v.difference == "") != passes {
			t.Errorf("with %s: got %+v, want passed %t", number, v, passes)
		}
	}
}
