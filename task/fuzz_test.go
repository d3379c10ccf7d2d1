package task_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/gait-engine/gait/task"
)

// FuzzServices lets anything be a resource, its parameters, the answers of a service and the handle of a job: whatever comes of it, it
// ends, and nothing panics.
func FuzzServices(f *testing.F) {
	f.Add("arn:aws:states:::batch:submitJob.sync", `{"JobName":"n"}`, `{"JobId":"j"}`, `{"ask":{"Jobs":["j"]}}`)
	f.Add("arn:aws:states:::eks:runJob.sync", `{"Job":{"metadata":{"name":"x"}},"LogOptions":{"RetrieveLogs":true}}`, `{"ResponseBody":{"items":[{}]},"StatusCode":200}`, `{"path":"/"}`)
	f.Add("arn:aws:states:eu:1:aws-sdk:s3:getObject.waitForTaskToken", `[]`, `null`, `[`)
	f.Add("arn:aws:lambda:::function:f", `null`, `{"Payload":"{"}`, ``)
	f.Add("arn:aws:states:::elasticmapreduce:modifyInstanceGroupByName", `{"InstanceGroupName":1}`, `{"Marker":"again","InstanceGroups":[{"Name":2}]}`, `{}`)
	f.Fuzz(func(t *testing.T, resource, input, answer, handle string) {
		ctx := context.Background()
		calls := 0
		var mux task.Mux
		mux.HandleServices(task.CallerFunc(func(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
			if calls++; calls > 5000 {
				t.Fatalf("%q: more calls than any task needs", resource)
			}
			if answer == "refuse" {
				return nil, &task.ServiceError{Code: input, Message: handle, Status: len(handle)}
			}
			return json.RawMessage(answer), nil
		}))
		route, ok := mux.Lookup("m", "S", resource)
		if !ok {
			return
		}
		req := &task.Request{Resource: resource, Input: json.RawMessage(input), Key: "k", Execution: handle}
		if route.Handler != nil {
			if output, failure := task.Call(ctx, route.Handler, req); failure == nil && !json.Valid(output) {
				t.Errorf("%q: the output %q is no JSON", resource, output)
			}
			return
		}
		handles := []string{handle}
		if s, output, failure := task.StartJob(ctx, route.Job, req); failure == nil {
			if !json.Valid(output) {
				t.Errorf("%q: the output %q is no JSON", resource, output)
			}
			handles = append(handles, s.Handle)
		}
		for _, h := range handles {
			ref := task.JobRef{Handle: h, Resource: resource}
			if p, output, failure, err := task.PollJob(ctx, route.Job, ref); p.Done && failure == nil && err == nil && !json.Valid(output) {
				t.Errorf("%q: the result %q is no JSON", resource, output)
			}
			_ = task.StopJob(ctx, route.Job, ref)
		}
	})
}
