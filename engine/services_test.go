package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// cloud is a Caller that plays AWS: jobs of Batch run for a minute.
type cloud struct {
	mu     sync.Mutex
	begun  time.Time
	calls  []string
	tokens chan task.Token
}

func (c *cloud) Call(ctx context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
	req, _ := task.RequestFrom(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if action != "describeJobs" {
		c.calls = append(c.calls, fmt.Sprintf("%s:%s role %q region %q", service, action, req.RoleARN, req.Region))
	}
	switch action {
	case "submitJob":
		c.begun = time.Now()
		return json.RawMessage(`{"JobId":"j-1","JobName":"n"}`), nil
	case "describeJobs":
		status := "RUNNING"
		if time.Since(c.begun) > time.Minute {
			status = "SUCCEEDED"
		}
		return json.RawMessage(`{"Jobs":[{"JobId":"j-1","Status":"` + status + `"}]}`), nil
	case "sendMessage":
		c.tokens <- req.Token
		return json.RawMessage(`{"MessageId":"m"}`), nil
	case "putItem":
		return nil, &task.ServiceError{Code: "ConditionalCheckFailedException", Message: "The conditional request failed", Status: 400, RequestID: "r"}
	}
	return json.RawMessage(`{}`), nil
}

// TestServicesOnAnEngine runs all patterns through one Caller, and has another engine go on while a job runs.
func TestServicesOnAnEngine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		aws := &cloud{tokens: make(chan task.Token, 1)}
		var tasks task.Mux
		tasks.HandleServices(aws)
		e, st := reopened(t, memory.New(), engine.Config{Tasks: &tasks})
		deploy(t, e, "m", `{"StartAt":"Job","States":{
			"Job":{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.sync","Credentials":{"RoleArn":"arn:aws:iam::2:role/r"},
				"Parameters":{"JobName":"n","JobDefinition":"d","JobQueue":"q"},"ResultSelector":{"status.$":"$.Status"},"Next":"Ask"},
			"Ask":{"Type":"Task","Resource":"arn:aws:states:eu-west-1::sqs:sendMessage.waitForTaskToken","ResultPath":"$.answer",
				"Parameters":{"QueueUrl":"q","MessageBody":{"token.$":"$$.Task.Token"}},"Next":"Put"},
			"Put":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:dynamodb:putItem","Parameters":{"TableName":"t"},
				"Catch":[{"ErrorEquals":["DynamoDb.ConditionalCheckFailedException"],"ResultPath":"$.error","Next":"End"}],"End":true},
			"End":{"Type":"Pass","Parameters":{"status.$":"$.status","answer.$":"$.answer","cause.$":"$.error.Cause"},"End":true}}}`)
		id := start(t, e, "m", `{}`)
		time.Sleep(10 * time.Second)
		closeNow(t, e)
		e, _ = reopened(t, st, engine.Config{Tasks: &tasks})
		defer closeNow(t, e)
		if err := e.SendTaskSuccess(t.Context(), <-aws.tokens, []byte(`"yes"`)); err != nil {
			t.Fatal(err)
		}
		want := `SUCCEEDED {"status":"SUCCEEDED","answer":"yes","cause":"The conditional request failed ` +
			`(Service: DynamoDb, Status Code: 400, Request ID: r) (SDK Attempt Count: 1)"}`
		if got := wait(t, e, id); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		calls := strings.Join(aws.calls, "; ")
		if want := `batch:submitJob role "arn:aws:iam::2:role/r" region ""; sqs:sendMessage role "" region "eu-west-1"; dynamodb:putItem role "" region ""`; calls != want {
			t.Errorf("calls %s\nwant %s", calls, want)
		}
	})
}
