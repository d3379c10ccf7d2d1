package httptask_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task/httptask"
)

// Source: spec of TestState, the sample of request and response at the inspection level TRACE.
func TestExchangeHidesWhatTheConnectionAdds(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{Connections: httptask.Static{"partner": {
		AuthorizationType: httptask.Basic, AuthParameters: httptask.AuthParameters{
			BasicAuthParameters: &httptask.BasicAuth{Username: "u", Password: "p"},
			InvocationHTTPParameters: &httptask.HTTPParameters{
				HeaderParameters:      []httptask.Parameter{{Key: "connectionHeader", Value: "c"}},
				QueryStringParameters: []httptask.Parameter{{Key: "q", Value: "c"}},
				BodyParameters:        []httptask.Parameter{{Key: "b", Value: "c"}},
			},
		}}}}, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(404)
		w.Write([]byte(`{"no": true}`))
	})
	var got []httptask.Exchange
	ctx := httptask.WithTrace(context.Background(), func(e httptask.Exchange) { got = append(got, e) })
	out, failure := invokeContext(ctx, c, `"Method":"POST","Headers":{"definitionHeader":"h1"},"QueryParameters":{"d":"1"},"RequestBody":{"a":1}`)
	wantFailure(t, out, failure, "States.Http.StatusCode.404", "no")
	const sent = "Content-Type: application/json; charset=UTF-8, "
	const standard = "User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]"
	want := []httptask.Exchange{{
		Request: httptask.ExchangeRequest{Protocol: "https", Method: "POST", URL: "https://api.partner.example/v1?d=1",
			Headers: "[definitionHeader: h1, " + sent + standard, Body: `{"a":1}`},
		Revealed: httptask.ExchangeRequest{Protocol: "https", Method: "POST", URL: "https://api.partner.example/v1?d=1&q=c",
			Headers: "[definitionHeader: h1, connectionHeader: c, " + sent + "Authorization: Basic dTpw, " + standard, Body: `{"a":1,"b":"c"}`},
		Response: httptask.ExchangeResponse{Protocol: "https", StatusCode: "404", StatusMessage: "Not Found",
			Headers: "[content-length: 12, content-type: application/json]", Body: `{"no": true}`},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exchange (-want +got):\n%s", diff)
	}
}
