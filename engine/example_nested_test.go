package engine_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// A job is started once, polled until it has ended, and stopped when nobody waits for it.
func Example_job() {
	ctx := context.Background()
	var tasks task.Mux
	tasks.HandleJob("gait:render", task.JobFuncs{
		OnStart: func(_ context.Context, req *task.Request) (task.Submission, error) {
			return task.Submission{Handle: "film-7", PollAfter: time.Millisecond}, nil // of a service that knows req.Key
		},
		OnPoll: func(_ context.Context, job task.JobRef) (task.Progress, error) {
			if job.Polls < 2 {
				return task.Progress{PollAfter: time.Millisecond}, nil
			}
			return task.Done(job.Handle + ".mp4"), nil
		},
	})
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	_, err = e.Deploy(ctx, "film", []byte(`{"StartAt": "Render", "States": {
		"Render": {"Type": "Task", "Resource": "gait:render", "TimeoutSeconds": 3600, "End": true}}}`))
	if err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "film", nil)
	if err != nil {
		log.Fatal(err)
	}
	r, err := e.Wait(ctx, id)
	fmt.Println(r.Status, string(r.Output), err)
	// Output: SUCCEEDED "film-7.mp4" <nil>
}

// A Task state runs another machine of the same engine. Nothing is registered for it.
func Example_nested() {
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Config{Store: memory.New()})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	for name, definition := range map[string]string{
		"order": `{"StartAt": "Ship", "States": {"Ship": {"Type": "Task", "End": true,
			"Resource": "arn:aws:states:::states:startExecution.sync:2",
			"Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:shipment", "Input.$": "$"},
			"OutputPath": "$.Output"}}}`,
		"shipment": `{"StartAt": "Pack", "States": {"Pack": {"Type": "Pass", "Parameters": {"parcel.$": "$.item"}, "End": true}}}`,
	} {
		if _, err := e.Deploy(ctx, name, []byte(definition)); err != nil {
			log.Fatal(err)
		}
	}
	id, err := e.Start(ctx, "order", []byte(`{"item": "lamp"}`))
	if err != nil {
		log.Fatal(err)
	}
	r, err := e.Wait(ctx, id)
	fmt.Println(r.Status, string(r.Output), err)
	// Output: SUCCEEDED {"parcel":"lamp"} <nil>
}
