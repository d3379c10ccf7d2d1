package asltest_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
)

func ptr[T any](v T) *T { return &v }

// shown is the JSON form of a response.
func shown(t *testing.T, r *asltest.TestStateResponse) any {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, string(text))
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

const (
	invokeTask = `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "InputPath": "$.in", "Parameters": {"FunctionName.$": "$.f"},
		"ResultSelector": {"p.$": "$.Payload"}, "ResultPath": "$.out", "OutputPath": "$.out", "Next": "N"}`
	jsonataTask = `{"Type": "Task", "QueryLanguage": "JSONata", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"},
		"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 2}],
		"Catch": [{"ErrorEquals": ["Other"], "Next": "A"}, {"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "B"}],
		"End": true}`
	inlineMap = `{"Type": "Map", "QueryLanguage": "JSONata", "Items": "{% $states.input %}", "ToleratedFailureCount": 1, "End": true,
		"ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}}}}`
	readerMap = `{"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
		"Parameters": {"Bucket": "b", "Key": "k"}}, "ItemSelector": {"row.$": "$$.Map.Item.Value"}, "End": true,
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}`
	twoBranches = `{"Type": "Parallel", "End": true, "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Pass", "End": true}}},
		{"StartAt": "Y", "States": {"Y": {"Type": "Pass", "End": true}}}]}`
)

func mocked(result string) *asltest.StateMock { return &asltest.StateMock{Result: &result} }

func failing(name string) *asltest.StateMock {
	return &asltest.StateMock{ErrorOutput: &asltest.MockedError{Error: &name, Cause: ptr("why")}}
}

func TestTestStateResponses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		request asltest.TestStateRequest
		want    string
	}{
		{"a mocked task shows each document", asltest.TestStateRequest{Definition: invokeTask, Input: `{"in":{"f":"x"}}`, InspectionLevel: "DEBUG", Mock: mocked(`{"Payload":7}`)},
			`{"status":"SUCCEEDED","output":"{\"p\":7}","nextState":"N","inspectionData":{"input":"{\"in\":{\"f\":\"x\"}}","afterInputPath":"{\"f\":\"x\"}",
			"afterParameters":"{\"FunctionName\":\"x\"}","result":"{\"Payload\":7}","afterResultSelector":"{\"p\":7}",
			"afterResultPath":"{\"in\":{\"f\":\"x\"},\"out\":{\"p\":7}}"}}`},
		{"INFO shows none", asltest.TestStateRequest{Definition: invokeTask, Input: `{"in":{"f":"x"}}`, Mock: mocked(`{"Payload":7}`)},
			`{"status":"SUCCEEDED","output":"{\"p\":7}","nextState":"N"}`},
		{"a retrier with attempts left", asltest.TestStateRequest{Definition: jsonataTask, InspectionLevel: "TRACE", Mock: failing("Busy"),
			Configuration: &asltest.StateConfiguration{RetrierRetryCount: 1}},
			`{"status":"RETRIABLE","error":"Busy","cause":"why","inspectionData":{"input":"{}","afterArguments":"{\"FunctionName\":\"f\"}",
			"errorDetails":{"retryIndex":0,"retryBackoffIntervalSeconds":4}}}`},
		{"a used-up retrier leaves it to the catchers", asltest.TestStateRequest{Definition: jsonataTask, InspectionLevel: "TRACE", Mock: failing("Busy"),
			Configuration: &asltest.StateConfiguration{RetrierRetryCount: 2}},
			`{"status":"CAUGHT_ERROR","error":"Busy","cause":"why","output":"\"Busy\"","nextState":"B","inspectionData":{"input":"{}",
			"afterArguments":"{\"FunctionName\":\"f\"}","errorDetails":{"retryIndex":0,"catchIndex":1}}}`},
		{"tolerated failures of a Map", asltest.TestStateRequest{Definition: inlineMap, Input: "[1,2]", InspectionLevel: "DEBUG", Mock: mocked(`[3,4]`),
			Configuration: &asltest.StateConfiguration{MapIterationFailureCount: ptr(1)}},
			`{"status":"SUCCEEDED","output":"[3,4]","inspectionData":{"input":"[1,2]","maxConcurrency":0,"toleratedFailureCount":1}}`},
		{"too many failures of a Map", asltest.TestStateRequest{Definition: inlineMap, Input: "[1,2]", Mock: mocked(`[3,4]`),
			Configuration: &asltest.StateConfiguration{MapIterationFailureCount: ptr(2)}},
			`{"status":"FAILED","error":"States.ExceedToleratedFailureThreshold","cause":"The specified tolerated failure threshold was exceeded"}`},
		{"data of an ItemReader", asltest.TestStateRequest{Definition: readerMap, InspectionLevel: "DEBUG", Mock: mocked(`[1]`),
			Configuration: &asltest.StateConfiguration{MapItemReaderData: ptr("a,b\n1,2\n")}},
			`{"status":"SUCCEEDED","output":"[1]","inspectionData":{"input":"{}","afterInputPath":"{}","maxConcurrency":0,
			"afterItemSelector":"[{\"row\":{\"a\":\"1\",\"b\":\"2\"}}]","afterResultSelector":"[1]","afterResultPath":"[1]"}}`},
		{"ItemsPointer, MaxItems and ItemBatcher", asltest.TestStateRequest{Definition: `{"Type":"Map","End":true,"QueryLanguage":"JSONata",
			"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON","ItemsPointer":"/a/b","MaxItems":3},"Arguments":{"Bucket":"b","Key":"k"}},
			"ItemBatcher":{"MaxItemsPerBatch":"{% 2 %}","BatchInput":{"n":"{% $states.input.n %}"}},
			"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}}`,
			Input: `{"n":7}`, InspectionLevel: "DEBUG", Mock: mocked(`[1]`),
			Configuration: &asltest.StateConfiguration{MapItemReaderData: ptr(`{"a":{"b":[1,2,3,4]}}`)}},
			`{"status":"SUCCEEDED","output":"[1]","inspectionData":{"input":"{\"n\":7}","maxConcurrency":0,"afterItemsPointer":"[1,2,3,4]",
			"afterItemBatcher":"[{\"BatchInput\":{\"n\":7},\"Items\":[1,2]},{\"BatchInput\":{\"n\":7},\"Items\":[3]}]"}}`},
		{"the members of an object in a distributed Map", asltest.TestStateRequest{Definition: `{"Type":"Map","End":true,"ItemsPath":"$.o",
			"ItemSelector":{"k.$":"$$.Map.Item.Key","v.$":"$$.Map.Item.Value"},"ItemBatcher":{"MaxItemsPerBatch":5},
			"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}}`,
			Input: `{"o":{"x":1,"y":2}}`, InspectionLevel: "TRACE", Mock: mocked(`[]`)},
			`{"status":"SUCCEEDED","output":"[]","inspectionData":{"input":"{\"o\":{\"x\":1,\"y\":2}}","afterInputPath":"{\"o\":{\"x\":1,\"y\":2}}",
			"afterItemsPath":"{\"x\":1,\"y\":2}","afterItemSelector":"[{\"k\":\"x\",\"v\":1},{\"k\":\"y\",\"v\":2}]",
			"afterItemBatcher":"[{\"Items\":[{\"k\":\"x\",\"v\":1},{\"k\":\"y\",\"v\":2}]}]","afterResultSelector":"[]","afterResultPath":"[]","maxConcurrency":0}}`},
		{"data that an ItemReader cannot read fails the state", asltest.TestStateRequest{Definition: readerMap, Mock: mocked(`[1]`),
			Configuration: &asltest.StateConfiguration{MapItemReaderData: ptr("a,a\n1,2\n")}},
			`{"status":"FAILED","error":"States.ItemReaderFailed","cause":"CSV headers cannot contain duplicates."}`},
		{"a Parallel", asltest.TestStateRequest{Definition: twoBranches, InspectionLevel: "DEBUG", Mock: mocked(`[1,2]`)},
			`{"status":"SUCCEEDED","output":"[1,2]","inspectionData":{"input":"{}","afterResultSelector":"[1,2]","afterResultPath":"[1,2]"}}`},
		{"variables are seen, and shown as they are afterwards", asltest.TestStateRequest{InspectionLevel: "DEBUG", Variables: `{"v":1}`,
			Definition: `{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"w":"{% $v + 1 %}"},"Output":"{% $v %}","End":true}`},
			`{"status":"SUCCEEDED","output":"1","inspectionData":{"input":"{}","variables":"{\"v\":1,\"w\":2}"}}`},
		{"a given Context object is all that a state sees", asltest.TestStateRequest{Context: `{"Execution":{"Name":"n"}}`, Mock: mocked(`{"Payload":1}`),
			Definition: `{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f"},"ResultSelector":{"c.$":"$$"},"End":true}`},
			`{"status":"SUCCEEDED","output":"{\"c\":{\"Execution\":{\"Name\":\"n\"}}}"}`},
		{"a state inside of a Map sees an item", asltest.TestStateRequest{StateName: "I", Input: `{"x":1}`,
			Definition: `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","Parameters":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value.x"},"End":true}}}}}}`},
			`{"status":"SUCCEEDED","output":"{\"i\":0,\"v\":1}"}`},
		{"a wait takes no time", asltest.TestStateRequest{Definition: `{"Type":"Wait","Seconds":300,"Next":"N"}`}, `{"status":"SUCCEEDED","output":"{}","nextState":"N"}`},
		{"a test ends after five minutes", asltest.TestStateRequest{Definition: `{"Type":"Wait","Seconds":301,"Next":"N"}`}, `{"status":"FAILED","error":"States.Timeout"}`},
		{"a mocked wait is not waited for", asltest.TestStateRequest{Definition: `{"Type":"Wait","Seconds":301,"Next":"N"}`, Mock: mocked(`{}`)}, `{"status":"SUCCEEDED","output":"{}","nextState":"N"}`},
		{"a failing field has a cause without a place", asltest.TestStateRequest{Definition: `{"Type":"Pass","InputPath":"$.none","End":true}`},
			`{"status":"FAILED","error":"States.Runtime","cause":"Invalid path '$.none' : No results for path: $['none']"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := asltest.TestState(test.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parsed(t, test.want), shown(t, r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTestStateRefusals(t *testing.T) {
	t.Parallel()
	task := func(resource string, m *asltest.StateMock) asltest.TestStateRequest {
		return asltest.TestStateRequest{Definition: `{"Type":"Task","Resource":"arn:aws:states:::` + resource + `","End":true}`, Mock: m}
	}
	const shape = "Mock result schema validation error: "
	tests := []struct {
		name    string
		request asltest.TestStateRequest
		want    string
	}{
		{"no definition", asltest.TestStateRequest{}, "1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"input that is no JSON", asltest.TestStateRequest{Definition: `{"Type":"Succeed"}`, Input: `{'a':1}`}, "Invalid State Machine Execution Input: " +
			"'Unexpected character (''' (code 39)): was expecting double-quote to start field name'"},
		{"unknown level", asltest.TestStateRequest{Definition: "{}", InspectionLevel: "ALL"}, "1 validation error detected: Value 'ALL' at 'inspectionLevel' failed to satisfy constraint: Member must satisfy enum value set: [INFO, DEBUG, TRACE]"},
		{"no such state", asltest.TestStateRequest{StateName: "B", Definition: `{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}`}, "State not found in definition"},
		{"no role", task("lambda:invoke", nil), "RoleArn must be specified when testing a Task state"},
		{"a Map needs a mock", asltest.TestStateRequest{Definition: inlineMap}, "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"},
		{"a Pass takes none", asltest.TestStateRequest{Definition: `{"Type":"Pass","End":true}`, Mock: mocked("1")}, "State type 'Pass' is not supported when a mock is specified"},
		{"both result and failure", task("lambda:invoke", &asltest.StateMock{Result: ptr("1"), ErrorOutput: &asltest.MockedError{}}), "A test mock should have only one of the following fields: [result, errorOutput]."},
		{"not JSON", task("lambda:invoke", mocked("{")), "Mocked result must be valid JSON"},
		{"one branch too few", asltest.TestStateRequest{Definition: twoBranches, Mock: mocked("[1]")}, "Mocked result must contain the same number of items as number of Parallel branches."},
		{"secrets", asltest.TestStateRequest{Definition: inlineMap, Mock: mocked("[]"), RevealSecrets: true}, "TestState does not support RevealSecrets when a mock is specified."},
		{"more failures than iterations", asltest.TestStateRequest{Definition: inlineMap, Input: "[1]", Mock: mocked("[1]"), Configuration: &asltest.StateConfiguration{MapIterationFailureCount: ptr(2)}},
			"Map iteration failure count must be less than or equal to the number of Map iterations"},
		{"failures without a mock", asltest.TestStateRequest{Definition: inlineMap, Configuration: &asltest.StateConfiguration{MapIterationFailureCount: ptr(2)}},
			"TestState does not support MapIterationFailureCount when a mock is not specified."},
		{"a token for a plain task", asltest.TestStateRequest{Definition: task("lambda:invoke", nil).Definition, Mock: mocked("{}"), Context: `{"Task":{"Token":"t"}}`},
			"Invalid Context object provided: Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service integration pattern"},
		{"a number for a name", asltest.TestStateRequest{Definition: task("lambda:invoke", nil).Definition, Mock: mocked("{}"), Context: `{"Execution":{"Id":1}}`},
			"Invalid Context object provided: Execution.Id must be a string"},
		{"required member", task("states:startExecution", mocked(`{"ExecutionArn":"a"}`)), shape + "Required field 'StartDate' is missing"},
		{"required member of a job", task("states:startExecution.sync:2", mocked(`{}`)), shape + "Required field 'ExecutionArn' is missing"},
		{"number", task("aws-sdk:lambda:getFunction", mocked(`{"Configuration":{"Timeout":0}}`)), shape + "Field 'Timeout' is less than the minimum value"},
		{"enumeration in a list", task("aws-sdk:lambda:getFunction", mocked(`{"Configuration":{"Architectures":["z80"]}}`)), shape + "Field 'Architectures' is not an expected value"},
		{"list that is too long", task("aws-sdk:lambda:getFunction", mocked(`{"Configuration":{"Architectures":["arm64","z80"]}}`)), shape + "Field 'Architectures' exceeds the maximum length"},
		{"a job that has ended", task("glue:startJobRun.sync", mocked(`{"JobRun":{"JobRunState":"DONE"}}`)), shape + "Field 'JobRunState' is not an expected value"},
		{"a described container", task("ecs:runTask.sync", mocked(`{"Tasks":[{"Containers":[{"ExitCode":"0"}]}]}`)), shape + "Field 'ExitCode' must be a number"},
		{"object", task("dynamodb:getItem", mocked(`{"Item":[]}`)), shape + "Field 'Item' must be an object"},
		{"nested boolean", task("dynamodb:getItem", mocked(`{"Item":{"a":{"M":{"b":{"BOOL":"yes"}}}}}`)), shape + "Field 'BOOL' must be a boolean"},
		{"payload of the SDK's Invoke", task("aws-sdk:lambda:invoke", mocked(`{"Payload":{}}`)), shape + "Field 'Payload' must be a string"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := asltest.TestState(test.request)
			var refusal *asltest.TestStateError
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v, %v, want %s", r, err, test.want)
			}
			if refusal.Message != test.want {
				t.Errorf("got %s, want %s", refusal.Message, test.want)
			}
		})
	}
}

func TestMockedResultsThatAreNotChecked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ resource, parameters, result, mode string }{
		{"states:startExecution", `"StateMachineArn":"m"`, `{}`, "NONE"},
		{"states:startExecution", `"StateMachineArn":"m"`, `{}`, "PRESENT"},
		{"states:startExecution.waitForTaskToken", `"StateMachineArn":"m"`, `7`, "STRICT"},
		{"lambda:invoke", `"FunctionName":"f"`, `{"Payload":{"any":[1]}}`, "STRICT"},
		{"apigateway:invoke", `"ApiEndpoint":"e","Method":"GET"`, `"text"`, "STRICT"},
		{"aws-sdk:unheardof:doThing", `"T.$":"$$.Execution.Id"`, `[]`, ""},
		{"sqs:sendMessage", `"QueueUrl":"q","MessageBody":"m"`, `{"NotOfTheAPI":1}`, ""},
	} {
		_, err := asltest.TestState(asltest.TestStateRequest{
			Definition: `{"Type":"Task","Resource":"arn:aws:states:::` + test.resource + `","Parameters":{` + test.parameters + `},"End":true}`,
			Mock:       &asltest.StateMock{Result: &test.result, FieldValidationMode: test.mode},
		})
		if err != nil {
			t.Errorf("%s with %s: %v", test.resource, test.result, err)
		}
	}
}

func TestTestStateCallsTheResolverOfAnUnmockedTask(t *testing.T) {
	t.Parallel()
	r := asltest.TestStateRequest{
		Definition: `{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:111111111111:function:f","TimeoutSeconds":60,"End":true}`,
		RoleARN:    "arn:aws:iam::111111111111:role/r", Input: `{"a":1}`,
	}
	var unanswered *asltest.UnansweredError
	if _, err := asltest.TestState(r); !errors.As(err, &unanswered) || unanswered.Call.Input != `{"a":1}` {
		t.Errorf("got %v, want an *UnansweredError", err)
	}
	for _, test := range []struct {
		after  time.Duration
		status string
	}{{59 * time.Second, "SUCCEEDED"}, {61 * time.Second, "FAILED"}} {
		r.Resolve = func(asltest.Call) (asltest.Answer, error) {
			return asltest.Answer{Output: `"b"`, After: test.after}, nil
		}
		got, err := asltest.TestState(r)
		if err != nil || got.Status != test.status {
			t.Errorf("after %s: got %+v, %v, want %s", test.after, got, err, test.status)
		}
	}
}

func TestInvalidDefinitionCarriesTheDiagnostics(t *testing.T) {
	t.Parallel()
	_, err := asltest.TestState(asltest.TestStateRequest{Definition: `{"Type":"Nope"}`})
	var diagnostics *asl.Error
	var refusal *asltest.TestStateError
	if !errors.As(err, &refusal) || refusal.Code != "InvalidDefinition" || !errors.As(err, &diagnostics) {
		t.Errorf("got %v", err)
	}
}

func TestDecodeTestStateRefusesWrongTypesAndEmptyNames(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`[]`:                                "SerializationException",
		`{"definition": 1}`:                 "SerializationException",
		`{"mock": {"result": {}}}`:          "SerializationException",
		`{"revealSecrets": "no"}`:           "SerializationException",
		`{"definition":"x","stateName":""}`: "ValidationException",
		`{"stateConfiguration": {"retrierRetryCount": 1.5}}`: "SerializationException",
	} {
		var refusal *asltest.TestStateError
		if _, err := asltest.DecodeTestState([]byte(body)); !errors.As(err, &refusal) || refusal.Code != want {
			t.Errorf("%s: got %v, want %s", body, err, want)
		}
	}
	r, err := asltest.DecodeTestState([]byte(`{"definition":"d","mock":{"errorOutput":{"error":"e"}},"stateConfiguration":{"mapIterationFailureCount":0},"inspectionLevel":null}`))
	if err != nil || r.Definition != "d" || *r.Mock.ErrorOutput.Error != "e" || r.Mock.ErrorOutput.Cause != nil || *r.Configuration.MapIterationFailureCount != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func FuzzTestState(f *testing.F) {
	f.Add(`{"Type":"Pass","End":true}`, `{}`, `{}`)
	f.Add(inlineMap, `[1]`, `[2]`)
	f.Add(invokeTask, `{"in":{}}`, `{"Payload":1}`)
	f.Add(readerMap, `{}`, `[1]`)
	f.Fuzz(func(t *testing.T, definition, input, result string) {
		for _, m := range []*asltest.StateMock{nil, {Result: &result}, {ErrorOutput: &asltest.MockedError{Error: &result}}} {
			r, err := asltest.TestState(asltest.TestStateRequest{
				Definition: definition, Input: input, Mock: m, InspectionLevel: "DEBUG", RoleARN: "arn",
				Configuration: &asltest.StateConfiguration{MapItemReaderData: &result},
			})
			if err == nil && !slices.Contains([]string{"SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"}, r.Status) {
				t.Errorf("got the status %q", r.Status)
			}
		}
	})
}
