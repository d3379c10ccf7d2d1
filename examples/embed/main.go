// Embed runs a durable state machine inside a program: one file, no server.
//
//	go run ./examples/embed
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

const hello = `{"StartAt": "Greet", "States": {
	"Greet": {"Type": "Task", "Resource": "gait:greet", "InputPath": "$.name", "End": true}}}`

func main() {
	ctx := context.Background()
	var tasks task.Mux
	tasks.Handle("gait:greet", task.Func(func(_ context.Context, name string) (string, error) {
		return "Hello, " + name + "!", nil
	}))
	st := must(sqlite.Open(ctx, "hello.db", sqlite.Options{}))
	e := must(engine.Open(ctx, engine.Config{Store: st, Tasks: &tasks}))
	defer e.Close(ctx)
	must(e.Deploy(ctx, "hello", []byte(hello)))
	id := must(e.Start(ctx, "hello", []byte(`{"name": "Ada"}`)))
	result := must(e.Wait(ctx, id))
	fmt.Println(result.Status, string(result.Output))
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
