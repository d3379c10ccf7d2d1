// Approval shows a human decision over HTTP: a state waits for its task token, and a click ends the wait.
//
// The handler only sends the question, a mail for example; the execution then waits, for up to a year, without a goroutine, also
// while the program does not run. Here the person who clicks is an HTTP client in the same program.
//
//	go run ./examples/approval
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

const definition = `{
  "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "gait:mail.waitForTaskToken",
      "Parameters": {"to": "boss@example.com", "cents.$": "$.cents", "token.$": "$$.Task.Token"},
      "TimeoutSeconds": 604800,
      "Catch": [{"ErrorEquals": ["Refused"], "Next": "Tell"}],
      "Next": "Pay"
    },
    "Pay":  {"Type": "Pass", "End": true},
    "Tell": {"Type": "Pass", "OutputPath": "$.Cause", "End": true}
  }
}`

func main() {
	ctx := context.Background()
	var e *engine.Engine
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(e, w, r) }))
	defer server.Close()

	mails := make(chan string, 1) // where the buttons in the mail lead, without the decision
	var tasks task.Mux
	tasks.HandleFunc("gait:mail.waitForTaskToken", func(_ context.Context, req *task.Request) (any, error) {
		var mail struct{ To, Token string }
		if err := json.Unmarshal(req.Input, &mail); err != nil {
			return nil, err
		}
		mails <- server.URL + "/decide?token=" + url.QueryEscape(mail.Token) + "&decision="
		return nil, nil
	})
	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	check(err)
	defer e.Close(ctx)
	_, err = e.Deploy(ctx, "expense", []byte(definition))
	check(err)

	for _, decision := range []string{"approve", "refuse"} {
		id, err := e.Start(ctx, "expense", []byte(`{"cents": 9900}`))
		check(err)
		link := <-mails
		click(link + decision)
		result, err := e.Wait(ctx, id)
		check(err)
		fmt.Println(result.Status, string(result.Output))
		click(link + decision) // a second click changes nothing
	}
}

// answer is where the buttons lead.
func answer(e *engine.Engine, w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "decide with a button", http.StatusMethodNotAllowed)
		return
	}
	token := task.Token(r.FormValue("token"))
	var err error
	if r.FormValue("decision") == "approve" {
		err = e.SendTaskSuccess(r.Context(), token, []byte(`{"approved": true}`))
	} else {
		err = e.SendTaskFailure(r.Context(), token, "Refused", "the boss said no")
	}
	var refused *engine.TokenError
	switch {
	case err == nil:
		fmt.Fprint(w, "thank you")
	case errors.As(err, &refused) && refused.Closed:
		http.Error(w, "this has been decided", http.StatusGone)
	default:
		http.Error(w, "not now", http.StatusBadRequest)
	}
}

func click(link string) {
	res, err := http.Post(link, "", nil) // not GET: programs that look at mails follow links, too
	check(err)
	check(res.Body.Close())
	fmt.Println("clicked:", res.StatusCode)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
