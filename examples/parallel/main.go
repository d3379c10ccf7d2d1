// Parallel asks three suppliers at once and takes the cheapest offer.
//
// The branches are Lambda functions by their ARNs; the same Go functions would serve arn:aws:states:::lambda:invoke.
//
//	go run ./examples/parallel
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

const definition = `{
  "StartAt": "Ask all",
  "States": {
    "Ask all": {
      "Type": "Parallel",
      "Branches": [
        {"StartAt": "Ask A", "States": {"Ask A": {"Type": "Task", "End": true,
          "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:supplier-a"}}},
        {"StartAt": "Ask B", "States": {"Ask B": {"Type": "Task", "End": true,
          "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:supplier-b"}}},
        {"StartAt": "Ask C", "States": {"Ask C": {"Type": "Task", "End": true,
          "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:supplier-c"}}}
      ],
      "ResultPath": "$.offers",
      "Next": "Choose"
    },
    "Choose": {"Type": "Task", "Resource": "gait:cheapest", "InputPath": "$.offers", "End": true}
  }
}`

type request struct {
	Item string `json:"item"`
}

type offer struct {
	Supplier string `json:"supplier"`
	Cents    int    `json:"cents"`
}

// supplier returns a function that takes its time to answer.
func supplier(name string, cents int) task.Handler {
	return task.Func(func(ctx context.Context, r request) (offer, error) {
		select {
		case <-time.After(100 * time.Millisecond):
			return offer{name, cents * len(r.Item)}, nil
		case <-ctx.Done(): // another branch has failed, or the execution was stopped
			return offer{}, ctx.Err()
		}
	})
}

func cheapest(_ context.Context, offers []offer) (offer, error) {
	best := offers[0]
	for _, o := range offers[1:] {
		if o.Cents < best.Cents {
			best = o
		}
	}
	return best, nil
}

func main() {
	ctx := context.Background()
	var tasks task.Mux
	tasks.HandleLambda("supplier-a", supplier("A", 310))
	tasks.HandleLambda("supplier-b", supplier("B", 290))
	tasks.HandleLambda("supplier-c", supplier("C", 350))
	tasks.Handle("gait:cheapest", task.Func(cheapest))

	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	check(err)
	defer e.Close(ctx)
	_, err = e.Deploy(ctx, "buy", []byte(definition))
	check(err)
	id, err := e.Start(ctx, "buy", []byte(`{"item": "lamp"}`))
	check(err)
	result, err := e.Wait(ctx, id)
	check(err)
	fmt.Println(string(result.Output))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
