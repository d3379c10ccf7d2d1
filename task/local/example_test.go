package local_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/local"
)

// A state sends a message with its task token and waits; a worker that reads the queue answers.
func Example() {
	ctx := context.Background()
	services := local.New(local.Config{})
	defer services.Close(ctx)
	orders := services.Queue("orders")
	var tasks task.Mux
	services.Register(&tasks)
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if _, err := e.Deploy(ctx, "order", []byte(`{"StartAt": "Pack", "States": {"Pack": {
		"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/orders",
			"MessageBody": {"item.$": "$.item", "token.$": "$$.Task.Token"}},
		"End": true}}}`)); err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "order", []byte(`{"item": "lamp"}`))
	if err != nil {
		log.Fatal(err)
	}

	m, err := orders.Receive(ctx)
	if err != nil {
		log.Fatal(err)
	}
	var order struct{ Item, Token string }
	if err := m.Decode(&order); err != nil {
		log.Fatal(err)
	}
	if err := e.SendTaskSuccess(ctx, task.Token(order.Token), []byte(`"a `+order.Item+` in a box"`)); err != nil {
		log.Fatal(err)
	}

	result, err := e.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(result.Output))
	// Output: "a lamp in a box"
}
