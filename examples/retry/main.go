// Retry shows how errors of Go functions meet Retry and Catch.
//
// The card service is busy twice, which the state retries; a stolen card is caught and leads to another state. The program ends
// with the history of the second execution.
//
//	go run ./examples/retry
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

const definition = `{
  "StartAt": "Charge",
  "States": {
    "Charge": {
      "Type": "Task",
      "Resource": "gait:charge",
      "TimeoutSeconds": 10,
      "Retry": [{"ErrorEquals": ["Card.Busy"], "IntervalSeconds": 1, "MaxAttempts": 3}],
      "Catch": [{"ErrorEquals": ["Card.Stolen"], "ResultPath": "$.error", "Next": "Call the police"}],
      "ResultPath": "$.receipt",
      "End": true
    },
    "Call the police": {"Type": "Pass", "InputPath": "$.error.Cause", "End": true}
  }
}`

type payment struct {
	Card  string `json:"card"`
	Cents int    `json:"cents"`
}

// errBusy is an error of the program's own that knows its ASL name.
type errBusy struct{ attempt int }

func (e errBusy) Error() string              { return fmt.Sprintf("busy on attempt %d", e.attempt) }
func (e errBusy) ASLError() (string, string) { return "Card.Busy", e.Error() }

func charge(ctx context.Context, p payment) (string, error) {
	req, _ := task.RequestFrom(ctx)
	switch {
	case p.Card == "stolen":
		return "", &task.Error{Name: "Card.Stolen", Cause: "the owner has reported it"}
	case p.Cents <= 0:
		return "", errors.New("nothing to charge") // States.TaskFailed
	case req.Attempt < 2:
		return "", errBusy{req.Attempt}
	}
	return fmt.Sprintf("charged %d cents on attempt %d", p.Cents, req.Attempt), nil
}

func main() {
	ctx := context.Background()
	var tasks task.Mux
	tasks.Handle("gait:charge", task.Func(charge))
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	check(err)
	defer e.Close(ctx)
	_, err = e.Deploy(ctx, "pay", []byte(definition), engine.RequireTasks())
	check(err)

	var last engine.ID
	for _, input := range []string{`{"card": "4242", "cents": 1250}`, `{"card": "stolen", "cents": 1}`} {
		last, err = e.Start(ctx, "pay", []byte(input))
		check(err)
		result, err := e.Wait(ctx, last)
		check(err)
		fmt.Println(result.Status, string(result.Output))
	}
	for event, err := range e.History(ctx, last) {
		check(err)
		fmt.Println(event.ID, event.PreviousEventID, event.Type, event.Details.Name)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
