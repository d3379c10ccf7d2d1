// Resume shows what a restart looks like: the program stops its engine in the middle of a task and opens the file again.
//
// The second engine calls the interrupted handler once more, with the same idempotency key and Delivery 2, and finishes the
// execution; the state that was done before the restart is not run again.
//
//	go run ./examples/resume
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

const definition = `{
  "StartAt": "Reserve",
  "States": {
    "Reserve": {"Type": "Task", "Resource": "gait:reserve", "Next": "Pack"},
    "Pack":    {"Type": "Task", "Resource": "gait:pack", "End": true}
  }
}`

func main() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "gait-resume")
	check(err)
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "orders.db")

	packing := make(chan struct{})
	first := open(ctx, file, func(ctx context.Context, req *task.Request) (any, error) {
		fmt.Println("pack: delivery", req.Delivery)
		close(packing)
		<-ctx.Done() // the process is about to end
		return nil, ctx.Err()
	})
	_, err = first.Deploy(ctx, "order", []byte(definition))
	check(err)
	id, err := first.Start(ctx, "order", []byte(`{"item": "lamp"}`))
	check(err)
	<-packing
	now, cancel := context.WithCancel(ctx)
	cancel() // do not wait for the handler
	if err := first.Close(now); !errors.Is(err, context.Canceled) {
		check(err)
	}
	fmt.Println("closed")

	second := open(ctx, file, func(_ context.Context, req *task.Request) (any, error) {
		fmt.Println("pack: delivery", req.Delivery)
		return "packed", nil
	})
	defer second.Close(ctx)
	result, err := second.Wait(ctx, id)
	check(err)
	fmt.Println(result.Status, string(result.Output))
}

// open opens the file with an engine whose gait:pack is the given handler.
func open(ctx context.Context, file string, pack task.HandlerFunc) *engine.Engine {
	var tasks task.Mux
	tasks.HandleFunc("gait:reserve", func(_ context.Context, req *task.Request) (any, error) {
		fmt.Println("reserve: delivery", req.Delivery)
		return req.Input, nil
	})
	tasks.HandleFunc("gait:pack", pack)
	st, err := sqlite.Open(ctx, file, sqlite.Options{})
	check(err)
	e, err := engine.Open(ctx, engine.Config{Store: st, Tasks: &tasks})
	check(err)
	return e
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
