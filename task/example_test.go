package task_test

import (
	"context"
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
