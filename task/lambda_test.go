package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
)

const invoke = "arn:aws:states:::lambda:invoke"

func lambdas() *task.Mux {
	var m task.Mux
	m.HandleLambda("double", task.Func(func(_ context.Context, n map[string]int) (map[string]int, error) {
		return map[string]int{"n": 2 * n["n"]}, nil
	}))
	m.HandleLambda("refuse", task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
		return nil, &task.Error{Name: "CustomException", Cause: "no \"way\""}
	}))
	m.HandleLambda("garbled", task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
		return json.RawMessage(`1},"x":{`), nil
	}))
	m.HandleLambda("plain", task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
		return nil, errors.New("plain text")
	}))
	return &m
}

func call(t *testing.T, m *task.Mux, resource, input string) (json.RawMessage, *task.Error) {
	t.Helper()
	r, ok := m.Lookup("m", "S", resource)
	if !ok {
		t.Fatalf("nothing is registered for %q", resource)
	}
	return task.Call(context.Background(), r.Handler, &task.Request{Resource: resource, Key: "key-1", Input: []byte(input)})
}

func TestOneLambdaFunctionServesBothShapes(t *testing.T) {
	t.Parallel()
	m := lambdas()
	got, failure := call(t, m, "arn:aws:lambda:us-east-1:000000000000:function:double", `{"n":4}`)
	if failure != nil || string(got) != `{"n":8}` {
		t.Errorf("function ARN: %s %v, want the payload alone", got, failure)
	}
	for _, name := range []string{"double", "double:$LATEST", "000000000000:function:double",
		"arn:aws:lambda:us-east-1:000000000000:function:double", "arn:aws:lambda:us-east-1:000000000000:function:double:$LATEST"} {
		input, err := json.Marshal(map[string]any{"FunctionName": name, "Payload": map[string]int{"n": 4}})
		if err != nil {
			t.Fatal(err)
		}
		got, failure := call(t, m, invoke, string(input))
		if failure != nil {
			t.Errorf("FunctionName %q: %v", name, failure)
			continue
		}
		// Source: spec of the lambda:invoke integration, result shape of recorded executions.
		want := `{"ExecutedVersion":"$LATEST","Payload":{"n":8},` +
			`"SdkHttpMetadata":{"AllHttpHeaders":{"Content-Length":["7"],"Content-Type":["application/json"]},` +
			`"HttpHeaders":{"Content-Length":"7","Content-Type":"application/json"},"HttpStatusCode":200},` +
			`"SdkResponseMetadata":{"RequestId":"key-1"},"StatusCode":200}`
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("FunctionName %q (-want +got):\n%s", name, diff)
		}
	}
}

func TestLambdaFailuresHaveLambdasShape(t *testing.T) {
	t.Parallel()
	m := lambdas()
	tests := []struct {
		name, resource, input string
		want                  task.Error
	}{
		{"named error, ARN", "arn:aws:lambda:us-east-1:0:function:refuse", `{}`,
			task.Error{Name: "CustomException", Cause: `{"errorMessage":"no \"way\"","errorType":"CustomException"}`}},
		{"named error, invoke", invoke, `{"FunctionName":"refuse","Payload":{}}`,
			task.Error{Name: "CustomException", Cause: `{"errorMessage":"no \"way\"","errorType":"CustomException"}`}},
		{"plain error", invoke, `{"FunctionName":"plain"}`,
			task.Error{Name: "errorString", Cause: `{"errorMessage":"plain text","errorType":"errorString"}`}},
		{"unknown function", invoke, `{"FunctionName":"arn:aws:lambda:us-east-1:0:function:nobody"}`,
			task.Error{Name: "Lambda.ResourceNotFoundException", Cause: "Function not found: arn:aws:lambda:us-east-1:0:function:nobody:$LATEST " +
				"(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: key-1; Proxy: null)"}},
		{"result that is no JSON", invoke, `{"FunctionName":"garbled"}`, task.Error{Name: "States.TaskFailed",
			Cause: `the handler of "garbled" returned no JSON: json: line 1, column 2: unexpected '}', expected the end of the document`}},
		{"no function name", invoke, `{"Payload":1}`,
			task.Error{Name: "States.Runtime", Cause: `The Parameters '{"Payload":1}' could not be used to start the Task: ` +
				`[The field 'FunctionName' is required but was missing]`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, failure := call(t, m, tt.resource, tt.input)
			if failure == nil {
				t.Fatalf("result %s, want the failure %v", got, tt.want)
			}
			if diff := cmp.Diff(tt.want, *failure); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInvocationTypesWithoutAResult(t *testing.T) {
	t.Parallel()
	for kind, status := range map[string]float64{"Event": 202, "DryRun": 204} {
		got, failure := call(t, lambdas(), invoke, `{"FunctionName":"refuse","InvocationType":"`+kind+`"}`)
		var out map[string]any
		if failure != nil || json.Unmarshal(got, &out) != nil {
			t.Fatalf("%s: %s %v", kind, got, failure)
		}
		if _, ok := out["Payload"]; ok || out["StatusCode"] != status {
			t.Errorf("%s: %s, want StatusCode %v and no Payload", kind, got, status)
		}
	}
}
