package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

type order struct{ Item string }

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "gait")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	var tasks task.Mux
	tasks.Handle("gait:greet", task.Func(func(_ context.Context, name string) (string, error) {
		return "Hello, " + name + "!", nil
	}))

	st, err := sqlite.Open(ctx, filepath.Join(dir, "gait.db"), sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	e, err := engine.Open(ctx, engine.Config{Store: st, Tasks: &tasks})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)

	_, err = e.Deploy(ctx, "hello", []byte(`{"StartAt": "Greet", "States": {
		"Greet": {"Type": "Task", "Resource": "gait:greet", "InputPath": "$.name", "End": true}}}`))
	if err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "hello", []byte(`{"name": "Ada"}`), engine.WithName("first"))
	if err != nil {
		log.Fatal(err)
	}
	result, err := e.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(id)
	fmt.Println(result.Status, string(result.Output))
	// Output:
	// arn:aws:states:us-east-1:000000000000:execution:hello:first
	// SUCCEEDED "Hello, Ada!"
}

func ExampleEngine_Wait() {
	ctx := context.Background()
	var tasks task.Mux
	tasks.Handle("gait:ship", task.Func(func(_ context.Context, o order) (any, error) {
		return nil, &task.Error{Name: "Stock.Empty", Cause: "no " + o.Item + " left"}
	}))
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if _, err := e.Deploy(ctx, "ship", []byte(`{"StartAt": "Ship", "States": {
		"Ship": {"Type": "Task", "Resource": "gait:ship", "End": true}}}`)); err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "ship", []byte(`{"Item": "lamp"}`))
	if err != nil {
		log.Fatal(err)
	}
	_, err = e.Wait(ctx, id)
	var failed *engine.ExecutionError
	if errors.As(err, &failed) {
		fmt.Println(failed.Status, failed.Name, failed.Cause)
	}
	// Output: FAILED Stock.Empty no lamp left
}

func ExampleEngine_History() {
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Config{Store: memory.New()})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if _, err := e.Deploy(ctx, "pass", []byte(`{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}`)); err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "pass", nil)
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range e.History(ctx, id) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d <- %d %s %s.\n", event.PreviousEventID, event.ID, event.Type, event.Details.Name)
	}
	// Output:
	// 0 <- 1 ExecutionStarted .
	// 0 <- 2 PassStateEntered P.
	// 2 <- 3 PassStateExited P.
	// 3 <- 4 ExecutionSucceeded .
}

func ExampleEngine_Redrive() {
	ctx := context.Background()
	broken := true
	var tasks task.Mux
	tasks.Handle("gait:ship", task.Func(func(_ context.Context, o order) (string, error) {
		if broken {
			return "", &task.Error{Name: "Printer.Jammed"}
		}
		return "shipped " + o.Item, nil
	}))
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if _, err := e.Deploy(ctx, "ship", []byte(`{"StartAt": "Ship", "States": {
		"Ship": {"Type": "Task", "Resource": "gait:ship", "End": true}}}`)); err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "ship", []byte(`{"Item": "lamp"}`))
	if err != nil {
		log.Fatal(err)
	}
	failed, _ := e.Wait(ctx, id)
	fmt.Println(failed.Status, failed.Error)

	broken = false
	if _, err := e.Redrive(ctx, id); err != nil {
		log.Fatal(err)
	}
	result, err := e.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Status, string(result.Output))
	// Output:
	// FAILED Printer.Jammed
	// SUCCEEDED "shipped lamp"
}

func ExampleEngine_StartSync() {
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Config{Store: memory.New()})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if _, err := e.Deploy(ctx, "price", []byte(`{"QueryLanguage": "JSONata", "StartAt": "Sum", "States": {
		"Sum": {"Type": "Pass", "Output": "{% $sum($states.input.prices) %}", "End": true}}}`), engine.WithType(engine.Express)); err != nil {
		log.Fatal(err)
	}
	result, err := e.StartSync(ctx, "price", []byte(`{"prices": [3, 4, 5]}`))
	if err != nil {
		log.Fatal(err)
	}
	if err := result.Err(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Status, string(result.Output))
	// Output: SUCCEEDED 12
}

func ExampleEngine_CreateAlias() {
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Config{Store: memory.New()})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	version := func(text string) string {
		r, err := e.Deploy(ctx, "greet", []byte(`{"StartAt": "P", "States": {
			"P": {"Type": "Pass", "Result": "`+text+`", "End": true}}}`), engine.Publish())
		if err != nil {
			log.Fatal(err)
		}
		return r.VersionARN
	}
	one, two := version("hello"), version("good morning")
	prod, err := e.CreateAlias(ctx, "PROD", "what customers see", engine.Route{VersionARN: one, Weight: 100})
	if err != nil {
		log.Fatal(err)
	}
	greet := func() {
		id, err := e.Start(ctx, prod.ARN, nil)
		if err != nil {
			log.Fatal(err)
		}
		result, err := e.Wait(ctx, id)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(result.Output))
	}
	greet()
	if _, err := e.UpdateAlias(ctx, prod.ARN, nil, engine.Route{VersionARN: two, Weight: 100}); err != nil {
		log.Fatal(err)
	}
	greet()
	// Output:
	// "hello"
	// "good morning"
}
