package httptask_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

// An execution calls an API with a key that the definition does not know.
func Example() {
	ctx := context.Background()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"key": %t, "got": %s}`, r.Header.Get("X-Api-Key") == "secret", body)
	}))
	defer api.Close()

	client := httptask.New(httptask.Config{
		Connections: httptask.Static{"partner": {
			AuthorizationType: httptask.APIKey,
			AuthParameters:    httptask.AuthParameters{APIKeyAuthParameters: &httptask.APIKeyAuth{APIKeyName: "X-Api-Key", APIKeyValue: "secret"}},
		}},
		AllowPrivate: true, AllowHTTP: true, // the API of this example is on this machine
	})
	defer client.Close()
	var tasks task.Mux
	client.Register(&tasks)

	e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close(ctx)
	if _, err := e.Deploy(ctx, "call", []byte(`{"StartAt": "Call", "States": {"Call": {
		"Type": "Task", "Resource": "arn:aws:states:::http:invoke",
		"Parameters": {
			"ApiEndpoint": "`+api.URL+`/orders", "Method": "POST", "RequestBody.$": "$",
			"Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/partner/7f3fa48c"}
		},
		"Retry": [{"ErrorEquals": ["States.Http.StatusCode.503", "States.Http.Socket"]}],
		"OutputPath": "$.ResponseBody", "End": true}}}`)); err != nil {
		log.Fatal(err)
	}
	id, err := e.Start(ctx, "call", []byte(`{"lamp": 1}`))
	if err != nil {
		log.Fatal(err)
	}
	result, err := e.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Status, string(result.Output))
	// Output: SUCCEEDED {"key":true,"got":{"lamp":1}}
}

func ExampleParseConnections() {
	connections, err := httptask.ParseConnections([]byte(`{"partner": {
		"AuthorizationType": "BASIC",
		"AuthParameters": {"BasicAuthParameters": {"Username": "shop", "Password": "secret"}}
	}}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", *connections["partner"].AuthParameters.BasicAuthParameters)
	// Output: {Username:shop Password:***}
}
