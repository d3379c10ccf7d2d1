package worker_test

import (
	"context"
	"fmt"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/worker"
)

// A worker in the same program as its engine.
func Example() {
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Config{Store: memory.New()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close(ctx)
	pack, err := e.CreateActivity(ctx, "pack")
	if err != nil {
		fmt.Println(err)
		return
	}

	type order struct{ Items int }
	w, err := worker.New(worker.Config{
		Poller: e, Activity: pack.ARN, Name: "bench 3",
		Handler: task.Func(func(_ context.Context, o order) (string, error) { return fmt.Sprintf("a box of %d", o.Items), nil }),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	go w.Run(ctx)
	defer w.Shutdown(ctx)

	definition := `{"StartAt": "Pack", "States": {"Pack": {"Type": "Task", "Resource": "` + pack.ARN + `", "HeartbeatSeconds": 60, "End": true}}}`
	if _, err := e.Deploy(ctx, "order", []byte(definition)); err != nil {
		fmt.Println(err)
		return
	}
	id, err := e.Start(ctx, "order", []byte(`{"Items": 3}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := e.Wait(ctx, id)
	fmt.Println(result.Status, string(result.Output), err)
	// Output: SUCCEEDED "a box of 3" <nil>
}
