package task_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gait-engine/gait/task"
)

type card struct{ Number string }

type receipt struct{ ID string }

func charge(_ context.Context, c card) (receipt, error) {
	if c.Number == "" {
		return receipt{}, &task.Error{Name: "Card.Missing", Cause: "the order names no card"}
	}
	return receipt{ID: "r-" + c.Number}, nil
}

func ExampleFunc() {
	h := task.Func(charge)
	fmt.Println(h.ServeTask(context.Background(), &task.Request{Input: []byte(`{"Number":"4242"}`)}))
	// Output: {r-4242} <nil>
}

func ExampleMux() {
	var tasks task.Mux
	tasks.Handle("gait:charge", task.Func(charge))
	tasks.HandleLambda("charge", task.Func(charge)) // the same function behind both Lambda shapes

	route, _ := tasks.Lookup("orders", "Charge", "arn:aws:lambda:eu-west-1:123456789012:function:charge")
	_, failure := task.Call(context.Background(), route.Handler, &task.Request{Input: []byte(`{}`)})
	fmt.Println(failure.Name)
	fmt.Println(failure.Cause)
	// Output:
	// Card.Missing
	// {"errorMessage":"the order names no card","errorType":"Card.Missing"}
}

// fake is an AWS with one queue and one kind of job.
type fake struct{ queue []string }

func (f *fake) Call(_ context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
	switch service + ":" + action {
	case "sqs:sendMessage":
		var in struct{ QueueURL, MessageBody string }
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, err
		}
		f.queue = append(f.queue, in.MessageBody)
		return json.RawMessage(`{"MessageId":"m-1"}`), nil
	case "batch:submitJob":
		return json.RawMessage(`{"JobId":"j-1"}`), nil
	case "batch:describeJobs":
		return json.RawMessage(`{"Jobs":[{"JobId":"j-1","Status":"SUCCEEDED"}]}`), nil
	}
	return nil, &task.ServiceError{Code: "AccessDeniedException", Message: "no " + service + " here", Status: 403, RequestID: "r-1"}
}

func ExampleMux_HandleServices() {
	aws := &fake{}
	var tasks task.Mux
	tasks.HandleServices(aws)

	call := func(resource, input string) {
		route, _ := tasks.Lookup("orders", "S", resource)
		_, failure := task.Call(context.Background(), route.Handler, &task.Request{Resource: resource, Input: json.RawMessage(input)})
		if failure != nil {
			fmt.Println(failure)
		}
	}
	call("arn:aws:states:::sqs:sendMessage", `{"QueueUrl":"https://q","MessageBody":{"order":7}}`)
	fmt.Println(aws.queue)
	call("arn:aws:states:::dynamodb:putItem", `{"TableName":"t","Item":{}}`)
	call("arn:aws:states:::aws-sdk:dynamodb:putItem", `{"TableName":"t","Item":{}}`)

	// A resource that ends in .sync is a job: it is started, described until it has ended, and stopped when nobody waits for it.
	route, _ := tasks.Lookup("orders", "S", "arn:aws:states:::batch:submitJob.sync")
	job, _, _ := task.StartJob(context.Background(), route.Job, &task.Request{Input: json.RawMessage(`{"JobName":"n"}`)})
	_, result, _, _ := task.PollJob(context.Background(), route.Job, task.JobRef{Handle: job.Handle})
	fmt.Println(string(result))
	// Output:
	// [{"order":7}]
	// DynamoDB.AmazonDynamoDBException: no dynamodb here (Service: AmazonDynamoDBv2; Status Code: 403; Error Code: AccessDeniedException; Request ID: r-1; Proxy: null)
	// DynamoDb.DynamoDbException: no dynamodb here (Service: DynamoDb, Status Code: 403, Request ID: r-1) (SDK Attempt Count: 1)
	// {"JobId":"j-1","Status":"SUCCEEDED"}
}
