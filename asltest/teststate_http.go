package asltest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

// InspectedRequest is the request of an HTTP task. Headers are written "[name: value, name: value]".
//
// Source: AWS Step Functions Developer Guide, "Using TestState API to test a state", "TRACE".
type InspectedRequest struct {
	Protocol string `json:"protocol"` // "https"
	Method   string `json:"method"`
	URL      string `json:"url"`
	Headers  string `json:"headers"`
	Body     string `json:"body,omitempty"`
}

// InspectedResponse is the response of an HTTP task.
type InspectedResponse struct {
	Protocol      string `json:"protocol"`
	StatusCode    string `json:"statusCode"` // "200"
	StatusMessage string `json:"statusMessage"`
	Headers       string `json:"headers"`
	Body          string `json:"body"`
}

// ResolveHTTP returns a Resolver that makes the calls of http:invoke and apigateway:invoke with a client, as an engine would, and
// shows the exchange to [TestState]. Calls of other resources are not answered.
func ResolveHTTP(client *httptask.Client) Resolver {
	return func(c Call) (Answer, error) {
		h := client.Handler(c.Resource)
		if h == nil {
			return Answer{}, fmt.Errorf("%s is no HTTP task", c.Resource)
		}
		var last *httptask.Exchange
		ctx := httptask.WithTrace(context.Background(), func(e httptask.Exchange) { last = &e })
		out, failure := task.Call(ctx, h, &task.Request{
			Resource: c.Resource, Input: json.RawMessage(c.Input), Attempt: c.Attempt, Delivery: 1, Token: task.Token(c.Token), State: c.State,
			Execution: "execution", Key: fmt.Sprintf("%s-%d", c.State, c.N),
		})
		a := Return(string(out))
		if failure != nil {
			a = Fail(failure.ASLError())
		}
		a.HTTP = last
		return a, nil
	}
}

// exchanged returns what to show of an HTTP task that got a; nil for other tasks. An answer that brings no exchange stands for the
// response with the status and headers in its output or cause, to the request that a client without connections would send.
func exchanged(c Call, a Answer) *httptask.Exchange {
	switch {
	case !strings.HasSuffix(c.Resource, ":http:invoke"):
		return nil
	case a.HTTP != nil:
		return a.HTTP
	}
	request, err := httptask.Preview(json.RawMessage(c.Input))
	if err != nil {
		return nil // nothing was sent
	}
	e := &httptask.Exchange{Request: request, Revealed: request}
	text := a.Output
	if a.Failure != nil {
		if text = ""; a.Failure.Cause != nil {
			text = *a.Failure.Cause
		}
	}
	doc, err := value.ParseString(text)
	status, ok := doc.Get("StatusCode")
	if err != nil || !ok {
		return e
	}
	body, _ := doc.Get("ResponseBody")
	message, _ := doc.Get("StatusText")
	headers, _ := doc.Get("Headers")
	e.Response = httptask.ExchangeResponse{
		Protocol: request.Protocol, StatusCode: status.JSON(), StatusMessage: message.Str(), Headers: shownHeaders(headers), Body: body.JSON(),
	}
	if body.Kind() == value.String {
		e.Response.Body = body.Str()
	}
	return e
}

// shownHeaders writes headers from an object of lists.
func shownHeaders(v value.Value) string {
	var parts []string
	for _, m := range v.Members() {
		for _, h := range m.Value.Elems() {
			parts = append(parts, m.Key+": "+h.Str())
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// inspectHTTP shows the exchange of an HTTP task. What the connection adds is shown with RevealSecrets only.
func (t *stateTest) inspectHTTP(d *InspectionData) {
	if t.exchange == nil || t.InspectionLevel != "TRACE" {
		return
	}
	r := InspectedRequest(t.exchange.Request)
	if t.RevealSecrets {
		r = InspectedRequest(t.exchange.Revealed)
	}
	d.Request = &r
	if t.exchange.Response.StatusCode != "" {
		answered := InspectedResponse(t.exchange.Response)
		d.Response = &answered
	}
}
