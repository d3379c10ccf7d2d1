// Nested runs one state machine inside of another: an order starts an execution of the machine that ships, waits for its end and
// goes on with its output. No handler is needed for it, and nothing is polled. When an order is stopped, its shipment is stopped
// with it.
//
//	go run ./examples/nested
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

const order = `{
  "StartAt": "Ship",
  "States": {
    "Ship": {
      "Type": "Task",
      "Resource": "arn:aws:states:::states:startExecution.sync:2",
      "Parameters": {
        "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:shipment",
        "Name.$": "States.Format('ship-{}', $.order)",
        "Input": {
          "item.$": "$.item",
          "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"
        }
      },
      "ResultSelector": {"parcel.$": "$.Output.parcel"},
      "End": true
    }
  }
}`

const shipment = `{
  "StartAt": "Pack",
  "States": {
    "Pack": {"Type": "Task", "Resource": "gait:pack", "ResultPath": "$.parcel", "Next": "Big?"},
    "Big?": {"Type": "Choice", "Default": "Done",
             "Choices": [{"Variable": "$.item", "StringEquals": "piano", "Next": "Wait for a lorry"}]},
    "Wait for a lorry": {"Type": "Wait", "Seconds": 604800, "Next": "Done"},
    "Done": {"Type": "Succeed"}
  }
}`

func main() {
	ctx := context.Background()
	packed := make(chan struct{}, 1)
	var tasks task.Mux
	tasks.Handle("gait:pack", task.Func(func(_ context.Context, s struct{ Item string }) (string, error) {
		packed <- struct{}{}
		return "a parcel with a " + s.Item, nil
	}))
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	check(err)
	defer e.Close(ctx)
	_, err = e.Deploy(ctx, "order", []byte(order))
	check(err)
	_, err = e.Deploy(ctx, "shipment", []byte(shipment))
	check(err)

	lamp, err := e.Start(ctx, "order", []byte(`{"order": 1, "item": "lamp"}`))
	check(err)
	result, err := e.Wait(ctx, lamp)
	check(err)
	fmt.Println(result.Status, string(result.Output))
	<-packed

	piano, err := e.Start(ctx, "order", []byte(`{"order": 2, "item": "piano"}`))
	check(err)
	<-packed
	check(e.Stop(ctx, piano, "Order.Cancelled", "the customer has no room for it"))
	for _, id := range []engine.ID{piano, e.ID("shipment", "ship-2")} {
		result, err := e.Wait(ctx, id)
		var ended *engine.ExecutionError
		if !errors.As(err, &ended) {
			check(err)
		}
		fmt.Println(result.Status, result.Error, result.Cause)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
