package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
)

// recordedCall is what a recording says of one call of a service.
type recordedCall struct {
	Family, Resource, ResourceType, Outcome string
	Request, Output, Submitted              json.RawMessage
	Error                                   string
	Cause                                   json.RawMessage
}

// refused is the end of a cause that words a refusal by a service.
var refused = regexp.MustCompile(`^(?s)(.*) \(Service: [^;,]+[;,] Status Code: (\d+)[;,](?: Error Code: ([^;]+);)? Request ID: ([^;,)]+)` +
	`(?:, Extended Request ID: ([^)]+))?`)

// TestRecordedCallsThroughACaller gives what services answered in recorded executions to a Caller, and wants the recorded results,
// error names and causes back.
func TestRecordedCallsThroughACaller(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(corpus(t), "aws", "execution")
	compared := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var cases []struct {
			ID    string
			Mocks map[string][]recordedCall
		}
		if text[0] != '[' {
			text = []byte("[" + string(text) + "]")
		}
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		for _, c := range cases {
			for state, calls := range c.Mocks {
				for _, call := range calls {
					if kind, difference := replayCall(call); difference != "" {
						t.Errorf("%s, %s: %s", c.ID, state, difference)
					} else if kind != "" {
						compared[kind]++
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("compared: %v", compared)
	if compared["result"] < 60 || compared["refusal"] < 30 || compared["request"] < 20 {
		t.Errorf("too few calls were compared: %v", compared)
	}
}

// replayCall makes a recorded call through a Caller. The kind is what was compared, "" when nothing could be.
func replayCall(c recordedCall) (kind, difference string) {
	if c.Family != "Task" || strings.Contains(c.Resource, ".sync") {
		return "", ""
	}
	resource := "arn:aws:states:::" + c.ResourceType + ":" + c.Resource
	callback := strings.HasSuffix(resource, ".waitForTaskToken")
	var want json.RawMessage
	var answer func() (json.RawMessage, error)
	cause := causeText(c.Cause)
	switch {
	case callback && len(c.Submitted) > 0:
		kind, want = "request", c.Submitted
	case c.Outcome == "succeeded" && !callback:
		kind, want = "result", c.Output
	case c.Outcome == "failed" && !callback && c.Error != "States.DataLimitExceeded":
		kind = "refusal"
		answer = func() (json.RawMessage, error) { return refusal(c, cause) }
	default:
		return "", ""
	}
	if answer == nil {
		answer = func() (json.RawMessage, error) { return raw(c.ResourceType, want), nil }
	}
	var mux task.Mux
	mux.HandleServices(task.CallerFunc(func(context.Context, string, string, json.RawMessage) (json.RawMessage, error) { return answer() }))
	route, ok := mux.Lookup("m", "S", resource)
	if !ok {
		return kind, "no route for " + resource
	}
	output, failure := task.Call(context.Background(), route.Handler, &task.Request{Resource: resource, Input: c.Request, Key: "key"})
	if kind != "refusal" {
		if failure != nil {
			return kind, failure.Error()
		}
		return kind, cmp.Diff(withoutMetadata(decoded(want)), withoutMetadata(decoded(output)))
	}
	if failure == nil {
		return kind, "succeeded with " + string(output)
	}
	const attempts = " (SDK Attempt Count: 1)" // since 2024
	got := strings.TrimSuffix(failure.Cause, attempts)
	if failure.Name != c.Error {
		return kind, "error " + failure.Name + ", want " + c.Error
	}
	if want := strings.TrimSuffix(cause, attempts); got != want && cmp.Diff(decoded([]byte(want)), decoded([]byte(got))) != "" {
		return kind, "cause " + got + ", want " + want
	}
	return kind, ""
}

// raw is the service's answer that became a result: without the metadata of the HTTP exchange, and with a function's payload as text.
func raw(service string, result json.RawMessage) json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(result, &m) != nil {
		return result
	}
	delete(m, "SdkHttpMetadata")
	delete(m, "SdkResponseMetadata")
	if payload := m["Payload"]; payload != nil && service == "lambda" {
		m["Payload"], _ = json.Marshal(string(payload))
	}
	result, _ = json.Marshal(m)
	return result
}

// withoutMetadata keeps of the metadata that it is there.
func withoutMetadata(v any) any {
	if m, ok := v.(map[string]any); ok {
		for _, name := range []string{"SdkHttpMetadata", "SdkResponseMetadata"} {
			if _, there := m[name]; there {
				m[name] = "there"
			}
		}
	}
	return v
}

// refusal is what the service said for a recorded failure.
func refusal(c recordedCall, cause string) (json.RawMessage, error) {
	found := refused.FindStringSubmatch(cause)
	_, name, _ := strings.Cut(c.Error, ".")
	switch {
	case found != nil:
		e := &task.ServiceError{Message: found[1], Code: found[3], RequestID: found[4], HostID: found[5]}
		e.Status, _ = strconv.Atoi(found[2])
		if e.Code == "" { // aws-sdk does not tell: the exception's name without its ending stands for it
			e.Code = strings.TrimSuffix(name, "Exception")
		}
		return nil, e
	case c.ResourceType == "apigateway":
		status, _ := strconv.Atoi(name)
		answer, err := json.Marshal(map[string]any{"StatusCode": status, "ResponseBody": decoded([]byte(cause))})
		return answer, err
	case c.ResourceType == "events":
		return json.RawMessage(cause), nil
	case c.ResourceType == "lambda":
		return json.Marshal(map[string]any{"FunctionError": "Unhandled", "Payload": cause, "StatusCode": 200})
	}
	return nil, errors.New(cause)
}

// causeText returns a recorded cause as text: recordings hold JSON texts parsed.
func causeText(cause json.RawMessage) string {
	var s string
	if json.Unmarshal(cause, &s) == nil {
		return s
	}
	return string(cause)
}

func decoded(text []byte) any {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return string(text)
	}
	return v
}
