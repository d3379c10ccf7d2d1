package evaluate_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/evaluate"
)

// A machine that the CDK made evaluates an expression without Lambda.
func Example() {
	ctx := context.Background()
	var tasks task.Mux
	evaluate.New(evaluate.Config{}).Register(&tasks, "*EvalFunction*")
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if _, err := e.Deploy(ctx, "shout", []byte(`{"StartAt": "Shout", "States": {"Shout": {
		"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Demo-ShoutEvalFunction833B835A",
		"Parameters": {"expression": "$.names.map(n => n.toUpperCase() + '!').join(' ')",
			"expressionAttributeValues": {"$.names.$": "$.names"}},
		"End": true}}}`)); err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "shout", []byte(`{"names": ["ada", "grace"]}`))
	if err != nil {
		log.Fatal(err)
	}
	result, err := e.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(result.Output))
	// Output: "ADA! GRACE!"
}
