package httptask_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

func gateway(c *httptask.Client, input string) (string, *task.Error) {
	out, failure := task.Call(context.Background(), c.APIGateway(), &task.Request{State: "Call", Input: []byte(input)})
	return string(out), failure
}

func TestAPIGatewayIsCalled(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{}, echo)
	const agent = "\nUser-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1"
	for input, want := range map[string]string{
		`{"ApiEndpoint":"id.execute-api.us-east-1.amazonaws.com","Method":"GET"}`: "GET id.execute-api.us-east-1.amazonaws.com/" + agent,
		`{"ApiEndpoint":"id.example","Method":"POST","Stage":"live","Path":"/orders","Headers":{"X-One":["a","b"]},"QueryParameters":{"id":["1","2"]},"RequestBody":{"a":1,"n":null},"AuthType":"NO_AUTH"}`: "POST id.example/live/orders?id=1&id=2\nX-One: a;b\nContent-Type: application/json; charset=UTF-8" + agent + "\n\n" + `{"a":1}`,
		`{"ApiEndpoint":"id.example","Method":"PATCH","Path":"p","AllowNullValues":true,"RequestBody":{"n":null}}`:                                                                                          "PATCH id.example/p\nContent-Type: application/json; charset=UTF-8" + agent + "\n\n" + `{"n":null}`,
		`{"ApiEndpoint":"id.example","Method":"DELETE","Stage":"s","RequestBody":{"n":1}}`:                                                                                                                  "DELETE id.example/s" + agent,
		`{"ApiEndpoint":"id.example","Method":"PUT","RequestBody":"text"}`:                                                                                                                                  "PUT id.example/" + agent + "\n\ntext",
	} {
		out, failure := gateway(c, input)
		if failure != nil {
			t.Errorf("%s: %v", input, failure)
		} else if diff := cmp.Diff(want, bodyOf(t, out)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", input, diff)
		}
	}
}

// Source: recorded executions of apigateway:invoke.
func TestAPIGatewayAnswers(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/ok" {
			w.WriteHeader(403)
			io.WriteString(w, `{"message":"Missing Authentication Token"}`)
			return
		}
		io.WriteString(w, `{"message":"HelloWorld!"}`)
	})
	out, failure := gateway(c, `{"ApiEndpoint":"id.example","Method":"GET","Path":"ok"}`)
	want := `{"Headers":{"Content-Length":["25"],"Content-Type":["application/json"]},"ResponseBody":{"message":"HelloWorld!"},"StatusCode":200,"StatusText":"OK"}`
	if failure != nil || out != want {
		t.Errorf("got %s %v\nwant %s", out, failure, want)
	}
	_, failure = gateway(c, `{"ApiEndpoint":"id.example","Method":"GET","Path":"invalid"}`)
	if diff := cmp.Diff(&task.Error{Name: "ApiGateway.403", Cause: `{"message":"Missing Authentication Token"}`}, failure); diff != "" {
		t.Errorf("failure (-want +got):\n%s", diff)
	}
}

func TestAPIGatewayParametersThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{}, echo)
	for members, part := range map[string]string{
		`"Headers":{"custom_header":"singleStringHeader"}`: "[The value of the field 'Headers' has an invalid format]",
		`"Headers":{"Via":["x"]}`:                          "'Headers.Via' is not supported",
		`"Headers":{"X-Amzn-Trace-Id":["x"]}`:              "is not supported",
		`"QueryParameters":{"a":"b"}`:                      "[The value of the field 'QueryParameters' has an invalid format]",
		`"QueryParameters":{"a":[1]}`:                      "[The value of the field 'QueryParameters' has an invalid format]",
		`"ApiEndpoint":"https://id.example"`:               "'ApiEndpoint' has an invalid format",
		`"ApiEndpoint":"u@id.example"`:                     "'ApiEndpoint' has an invalid format",
		`"ApiEndpoint":"id.example/x"`:                     "'ApiEndpoint' has an invalid format",
		`"AuthType":"MAGIC"`:                               "'AuthType' has an invalid format",
		`"Timeout":1`:                                      "'Timeout' is not supported",
	} {
		out, failure := gateway(c, `{"ApiEndpoint":"id.example","Method":"GET",`+members+`}`)
		wantFailure(t, out, failure, "States.Runtime", part)
	}
}

func TestAPIGatewayCallsAreSigned(t *testing.T) {
	t.Parallel()
	const input = `{"ApiEndpoint":"id.example","Method":"POST","RequestBody":{"a":1},"AuthType":"IAM_ROLE"}`
	out, failure := gateway(serve(t, httptask.Config{}, echo), input)
	wantFailure(t, out, failure, "States.TaskFailed", "AuthType IAM_ROLE needs a signer")
	out, failure = gateway(serve(t, httptask.Config{Sign: func(r *http.Request, body []byte) error {
		r.Header.Set("Authorization", "AWS4 "+string(body))
		return nil
	}}, echo), input)
	if want := `Authorization: AWS4 {"a":1}`; failure != nil || !contains(bodyOf(t, out), want) {
		t.Errorf("got %s %v, want %s", out, failure, want)
	}
	out, failure = gateway(serve(t, httptask.Config{Sign: func(*http.Request, []byte) error { return errors.New("hush") }}, echo), input)
	wantFailure(t, out, failure, "States.TaskFailed", "could not be signed")
	if contains(failure.Cause, "hush") {
		t.Errorf("the cause shows a secret: %s", failure.Cause)
	}
}
