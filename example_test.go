package gait_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

// A state machine on a file. Whatever is unfinished when the program ends goes on when it is opened again.
func Example() {
	const definition = `{"StartAt": "Greet", "States": {
		"Greet": {"Type": "Task", "Resource": "gait:greet", "InputPath": "$.name", "End": true}}}`

	dir, err := os.MkdirTemp("", "gait")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	var tasks task.Mux
	tasks.Handle("gait:greet", task.Func(func(_ context.Context, name string) (string, error) {
		return "Hello, " + name + "!", nil
	}))

	ctx := context.Background()
	st, err := sqlite.Open(ctx, filepath.Join(dir, "hello.db"), sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	e, err := engine.Open(ctx, engine.Config{Store: st, Tasks: &tasks})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)

	if _, err := e.Deploy(ctx, "hello", []byte(definition)); err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "hello", []byte(`{"name": "Ada"}`))
	if err != nil {
		log.Fatal(err)
	}
	result, err := e.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Status, string(result.Output))
	// Output: SUCCEEDED "Hello, Ada!"
}
