package asltest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/task/httptask"
)

const httpState = `{"Type":"Task","Resource":"arn:aws:states:::http:invoke","Parameters":{"ApiEndpoint":"https://api.partner.example/v1","Method.$":"$.method",
	"Authentication":{"ConnectionArn":"arn:aws:events:us-east-1:123456789012:connection/partner/7f3f"},"Headers":{"definitionHeader":"h1"},
	"QueryParameters":{"q":"1"},"RequestBody.$":"$.body"},"OutputPath":"$.ResponseBody","End":true}`

// testHTTP tests httpState with a server behind every host.
func testHTTP(t *testing.T, level string, reveal bool) *asltest.TestStateResponse {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Type", "application/json")
		if r.Method == "PUT" {
			w.WriteHeader(409)
		}
		io.WriteString(w, `{"ok": true}`)
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := httptask.New(httptask.Config{
		TLS: &tls.Config{RootCAs: roots, ServerName: "example.com"},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
		Connections: httptask.Static{"partner": {AuthorizationType: httptask.Basic, AuthParameters: httptask.AuthParameters{
			BasicAuthParameters: &httptask.BasicAuth{Username: "u", Password: "p"},
			InvocationHTTPParameters: &httptask.HTTPParameters{
				QueryStringParameters: []httptask.Parameter{{Key: "hush", Value: "hush"}}, BodyParameters: []httptask.Parameter{{Key: "b", Value: "hush"}}},
		}}},
	})
	defer client.Close()
	r, err := asltest.TestState(asltest.TestStateRequest{Definition: httpState, RoleARN: "arn:aws:iam::123456789012:role/r", InspectionLevel: level,
		Input: `{"method":"POST","body":{"a":1}}`, RevealSecrets: reveal, Resolve: asltest.ResolveHTTP(client)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Source: AWS Step Functions Developer Guide, "Using TestState API to test a state", the example of an HTTP Task.
func TestTraceShowsRequestAndResponse(t *testing.T) {
	t.Parallel()
	const standard = "Content-Type: application/json; charset=UTF-8, User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]"
	response := &asltest.InspectedResponse{Protocol: "https", StatusCode: "200", StatusMessage: "OK",
		Headers: "[content-length: 12, content-type: application/json]", Body: `{"ok": true}`}
	hidden := testHTTP(t, "TRACE", false)
	if hidden.Status != "SUCCEEDED" || *hidden.Output != `{"ok":true}` {
		t.Fatalf("%+v", hidden)
	}
	want := &asltest.InspectedRequest{Protocol: "https", Method: "POST", URL: "https://api.partner.example/v1?q=1",
		Headers: "[definitionHeader: h1, " + standard, Body: `{"a":1}`}
	if diff := cmp.Diff(want, hidden.InspectionData.Request); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(response, hidden.InspectionData.Response); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
	shown := testHTTP(t, "TRACE", true).InspectionData
	want.URL, want.Body = "https://api.partner.example/v1?q=1&hush=hush", `{"a":1,"b":"hush"}`
	want.Headers = "[definitionHeader: h1, Content-Type: application/json; charset=UTF-8, Authorization: Basic dTpw, " + standard[strings.Index(standard, "User-Agent"):]
	if diff := cmp.Diff(want, shown.Request); diff != "" {
		t.Errorf("revealed request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(response, shown.Response); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
	if d := testHTTP(t, "DEBUG", true).InspectionData; d.Request != nil || d.Response != nil {
		t.Errorf("at DEBUG: %+v %+v, want neither", d.Request, d.Response)
	}
}

func TestTraceOfAnAnswerWithoutClient(t *testing.T) {
	t.Parallel()
	test := func(a asltest.Answer, input string) *asltest.TestStateResponse {
		t.Helper()
		r, err := asltest.TestState(asltest.TestStateRequest{Definition: httpState, RoleARN: "arn:aws:iam::123456789012:role/r",
			InspectionLevel: "TRACE", Input: input, Resolve: func(asltest.Call) (asltest.Answer, error) { return a, nil }})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const input = `{"method":"PUT","body":"text"}`
	got := test(asltest.Return(`{"Headers":{"x-a":["1","2"]},"ResponseBody":{"n":1.0},"StatusCode":201,"StatusText":"Created"}`), input).InspectionData
	if want := (asltest.InspectedResponse{Protocol: "https", StatusCode: "201", StatusMessage: "Created", Headers: "[x-a: 1, x-a: 2]", Body: `{"n":1.0}`}); *got.Response != want {
		t.Errorf("response %+v, want %+v", *got.Response, want)
	}
	if got.Request.Method != "PUT" || got.Request.Body != "text" || strings.Contains(got.Request.Headers, "Content-Type") {
		t.Errorf("request %+v", *got.Request)
	}
	failed := test(asltest.HTTPError(404, "gone"), input)
	if d := failed.InspectionData; failed.Status != "FAILED" || d.Response.StatusCode != "404" || d.Response.Body != "gone" {
		t.Errorf("%s %+v", failed.Status, d.Response)
	}
	if d := test(asltest.Fail("States.Http.Socket", "slow"), input).InspectionData; d.Request == nil || d.Response != nil {
		t.Errorf("without a response: %+v %+v", d.Request, d.Response)
	}
	if d := test(asltest.Fail("States.Runtime", "no"), `{"method":"TRACE","body":1}`).InspectionData; d.Request != nil || d.Response != nil {
		t.Errorf("without a request: %+v %+v", d.Request, d.Response)
	}
}
