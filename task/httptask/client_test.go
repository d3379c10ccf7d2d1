package httptask_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

const tail = "\nUser-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1\nRange: bytes=0-262144"

func TestRequestsAreSentAsAWSDoes(t *testing.T) {
	t.Parallel()
	with := func(p httptask.AuthParameters, a httptask.AuthorizationType) httptask.Static {
		return httptask.Static{"partner": {AuthorizationType: a, AuthParameters: p}}
	}
	extra := with(httptask.AuthParameters{InvocationHTTPParameters: &httptask.HTTPParameters{
		HeaderParameters:      []httptask.Parameter{{Key: "x-one", Value: "c"}},
		QueryStringParameters: []httptask.Parameter{{Key: "q", Value: "c d"}},
		BodyParameters:        []httptask.Parameter{{Key: "b", Value: "c"}},
	}}, "")
	tests := []struct {
		name, members string
		conns         httptask.Static
		want          string
	}{
		{name: "get", members: ``, want: "GET api.partner.example/v1" + tail},
		{name: "the endpoint's query, escapes and fragment", members: `"ApiEndpoint":"https://api.partner.example/a b/%2F?x=1%202&y=\u00e4#part"`,
			want: "GET api.partner.example/a%20b/%2F?x=1%202&y=%C3%A4" + tail},
		{name: "query parameters", members: `"QueryParameters":{"id":"1&2","list":["a","b"],"n":2.50,"t":true,"o":{"k":"v"},"z":null}`,
			want: "GET api.partner.example/v1?id=1%262&list=a&list=b&n=2.50&t=true&o%5Bk%5D=v&z=" + tail},
		{name: "query as text", members: `"QueryParameters":"a=1&b=x y#z"`, want: "GET api.partner.example/v1?a=1&b=x%20y%23z" + tail},
		{name: "query as list", members: `"QueryParameters":["a=1",{"b":"2"}]`, want: "GET api.partner.example/v1?a=1&b=2" + tail},
		{name: "headers", members: `"Headers":{"X-One":["a","b"],"content-type":"text/x"}`,
			want: "GET api.partner.example/v1\nX-One: a;b\nContent-Type: text/x" + tail},
		{name: "own user agent", members: `"Headers":{"User-Agent":"me","Range":"bytes=1-2"}`,
			want: "GET api.partner.example/v1\nUser-Agent: me\nRange: bytes=1-2"},
		{name: "JSON body keeps numbers and order", members: `"Method":"POST","RequestBody":{"b":1.0,"a":[null,"ä"]}`,
			want: "POST api.partner.example/v1\nContent-Type: application/json; charset=UTF-8" + tail + "\n\n" + `{"b":1.0,"a":[null,"ä"]}`},
		{name: "text body", members: `"Method":"PUT","RequestBody":"plain"`, want: "PUT api.partner.example/v1" + tail + "\n\nplain"},
		{name: "a body goes out with GET", members: `"RequestBody":[1]`,
			want: "GET api.partner.example/v1\nContent-Type: application/json; charset=UTF-8" + tail + "\n\n[1]"},
		{name: "null is no body", members: `"Method":"POST","RequestBody":null`, want: "POST api.partner.example/v1" + tail},
		{name: "InvocationConfig", members: `"Authentication":"-","InvocationConfig":{"ConnectionArn":"` + connARN + `"}`,
			want: "GET api.partner.example/v1" + tail},
		{name: "basic", conns: with(httptask.AuthParameters{BasicAuthParameters: &httptask.BasicAuth{Username: "u", Password: "p"}}, httptask.Basic),
			want: "GET api.partner.example/v1\nAuthorization: Basic dTpw" + tail},
		{name: "API key", conns: with(httptask.AuthParameters{APIKeyAuthParameters: &httptask.APIKeyAuth{APIKeyName: "X-Api-Key", APIKeyValue: "k"}}, httptask.APIKey),
			members: `"Headers":{"x-api-key":"mine"}`, want: "GET api.partner.example/v1\nX-Api-Key: k" + tail},
		{name: "the connection wins", conns: extra,
			members: `"Method":"POST","Headers":{"X-One":"s"},"QueryParameters":{"q":"s","r":"s"},"ApiEndpoint":"https://api.partner.example/v1?q=u","RequestBody":{"b":"s","s":1}`,
			want:    "POST api.partner.example/v1?r=s&q=c%20d\nX-One: c\nContent-Type: application/json; charset=UTF-8" + tail + "\n\n" + `{"b":"c","s":1}`},
		{name: "the connection's body alone", conns: extra, members: `"Method":"POST"`,
			want: "POST api.partner.example/v1?q=c%20d\nX-One: c\nContent-Type: application/json; charset=UTF-8" + tail + "\n\n" + `{"b":"c"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := httptask.Config{}
			if tt.conns != nil {
				cfg.Connections = tt.conns
			}
			out, failure := invoke(serve(t, cfg, echo), tt.members)
			if failure != nil {
				t.Fatal(failure)
			}
			if diff := cmp.Diff(tt.want, bodyOf(t, out)); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

// Source: AWS Step Functions Developer Guide, "Apply URL-encoding on request body"; the form of the separators is percent-encoded.
func TestBodiesAreURLEncoded(t *testing.T) {
	t.Parallel()
	tests := []struct{ format, body, want string }{
		{`"INDICES"`, `{"array":["a","b","c"]}`, "array%5B0%5D=a&array%5B1%5D=b&array%5B2%5D=c"},
		{`"REPEAT"`, `{"array":["a","b","c"]}`, "array=a&array=b&array=c"},
		{`"COMMAS"`, `{"array":["a","b","c"]}`, "array=a%2Cb%2Cc"},
		{`"BRACKETS"`, `{"array":["a","b","c"]}`, "array%5B%5D=a&array%5B%5D=b&array%5B%5D=c"},
		{``, `{"array":["a"],"metadata":{"order_details":"monthly report data"}}`,
			"array%5B0%5D=a&metadata%5Border_details%5D=monthly%20report%20data"},
		{`"INDICES"`, `{"l":[{"a":1},[2]]}`, "l%5B0%5D%5Ba%5D=1&l%5B1%5D%5B0%5D=2"},
		{`"BRACKETS"`, `{"l":[{"a":1},[2]]}`, "l%5B%5D%5Ba%5D=1&l%5B%5D%5B%5D=2"},
		{`"COMMAS"`, `{"l":[{"a":1}]}`, "l%5B0%5D%5Ba%5D=1"},
		{``, `{"ä&=":"+~","t":true,"n":null,"f":1.50,"e":[],"o":{}}`, "%C3%A4%26%3D=%2B~&t=true&n=&f=1.50"},
		{``, `"already=done"`, "already=done"},
	}
	for _, tt := range tests {
		options := ""
		if tt.format != "" {
			options = `,"RequestEncodingOptions":{"ArrayFormat":` + tt.format + `}`
		}
		out, failure := invoke(serve(t, httptask.Config{}, echo), `"Method":"POST","RequestBody":`+tt.body+
			`,"Transform":{"RequestBodyEncoding":"URL_ENCODED"`+options+`}`)
		if failure != nil {
			t.Errorf("%s %s: %v", tt.format, tt.body, failure)
			continue
		}
		want := "POST api.partner.example/v1\nContent-Type: application/x-www-form-urlencoded" + tail + "\n\n" + tt.want
		if diff := cmp.Diff(want, bodyOf(t, out)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.format, tt.body, diff)
		}
	}
}

func TestResultsHaveAWSsShape(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{}, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Date"] = nil
		status := 200
		body := `{"id":123,"big":9007199254740993,"f":1.0}`
		h.Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/text":
			h.Set("Content-Type", "text/plain; charset=utf-8")
			h["Set-Cookie"] = []string{"a", "b"}
			body = "not { JSON"
		case "/latin":
			h.Set("Content-Type", "text/plain; charset=ISO-8859-1")
			body = "caf\xe9"
		case "/empty":
			status, body = 204, ""
			delete(h, "Content-Type")
		case "/created":
			status, body = 201, `"made"`
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
	for path, want := range map[string]string{
		"/json":    `{"Headers":{"content-length":["41"],"content-type":["application/json"]},"ResponseBody":{"id":123,"big":9007199254740993,"f":1.0},"StatusCode":200,"StatusText":"OK"}`,
		"/text":    `{"Headers":{"content-length":["10"],"content-type":["text/plain; charset=utf-8"],"set-cookie":["a","b"]},"ResponseBody":"not { JSON","StatusCode":200,"StatusText":"OK"}`,
		"/latin":   `{"Headers":{"content-length":["4"],"content-type":["text/plain; charset=ISO-8859-1"]},"ResponseBody":"café","StatusCode":200,"StatusText":"OK"}`,
		"/empty":   `{"Headers":{},"ResponseBody":"","StatusCode":204,"StatusText":"No Content"}`,
		"/created": `{"Headers":{"content-length":["6"],"content-type":["application/json"]},"ResponseBody":"made","StatusCode":201,"StatusText":"Created"}`,
	} {
		out, failure := invoke(c, `"ApiEndpoint":"https://api.partner.example`+path+`"`)
		if failure != nil {
			t.Errorf("%s: %v", path, failure)
		} else if diff := cmp.Diff(want, out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestStatusErrorsNameTheStatusAndTellTheResponse(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/large":
			w.WriteHeader(500)
			io.WriteString(w, strings.Repeat("ä", 300_000))
		case "/image":
			w.Header().Set("Content-Type", "image/png")
			w.WriteHeader(502)
		default:
			w.WriteHeader(404)
			io.WriteString(w, `{"message":"no such thing"}`)
		}
	})
	out, failure := invoke(c, ``)
	wantFailure(t, out, failure, "States.Http.StatusCode.404", `{"Headers":{"content-length":["27"],"content-type":["application/json"]},`+
		`"ResponseBody":{"message":"no such thing"},"StatusCode":404,"StatusText":"Not Found"}`)
	out, failure = invoke(c, `"ApiEndpoint":"https://api.partner.example/large"`)
	wantFailure(t, out, failure, "States.Http.StatusCode.500", `"StatusText":"Internal Server Error"}`)
	if !json.Valid([]byte(failure.Cause)) || len(failure.Cause) > 32_768 {
		t.Errorf("the cause of a large response has %d bytes and begins %.80s", len(failure.Cause), failure.Cause)
	}
	out, failure = invoke(c, `"ApiEndpoint":"https://api.partner.example/image"`)
	wantFailure(t, out, failure, "States.Http.StatusCode.502", `"StatusCode":502`)
}

func TestResponsesThatAreNoTextFail(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		io.WriteString(w, r.URL.Query().Get("body"))
	})
	for _, kind := range []string{"application/octet-stream", "image/png", "Video/mp4; x=1", "audio/ogg", "image/;;"} {
		out, failure := invoke(c, `"QueryParameters":{"type":"`+kind+`","body":"text"}`)
		wantFailure(t, out, failure, "States.Runtime", "content type")
	}
	out, failure := invoke(c, `"QueryParameters":"type=application/json&body=%22%ff%22"`)
	wantFailure(t, out, failure, "States.Runtime", "not valid text")
}

func TestParametersThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	asked := 0
	c := serve(t, httptask.Config{Connections: httptask.Static{"partner": {AuthParameters: httptask.AuthParameters{
		InvocationHTTPParameters: &httptask.HTTPParameters{BodyParameters: []httptask.Parameter{{Key: "secret", Value: "hush"}}},
	}}, "open": {}}}, func(http.ResponseWriter, *http.Request) { asked++ })
	tests := []struct{ name, members, part string }{
		{"no endpoint", `"ApiEndpoint":"-"`, "The field 'ApiEndpoint' is required but was missing"},
		{"no method", `"Method":"-"`, "The field 'Method' is required but was missing"},
		{"no connection", `"Authentication":"-"`, "The field 'Authentication' is required but was missing"},
		{"no ARN", `"Authentication":{}`, "The field 'Authentication.ConnectionArn' is required but was missing"},
		{"both kinds of connection", `"InvocationConfig":{"ConnectionArn":"x"}`, "Authentication and InvocationConfig together"},
		{"endpoint of a wrong type", `"ApiEndpoint":7`, "The value for the field 'ApiEndpoint' must be a STRING"},
		{"empty endpoint", `"ApiEndpoint":""`, "The value of the field 'ApiEndpoint' has an invalid format"},
		{"plain http", `"ApiEndpoint":"http://api.partner.example/"`, "'ApiEndpoint' has an invalid format"},
		{"another scheme", `"ApiEndpoint":"file:///etc/passwd"`, "'ApiEndpoint' has an invalid format"},
		{"no host", `"ApiEndpoint":"https:///v1"`, "'ApiEndpoint' has an invalid format"},
		{"user in the URL", `"ApiEndpoint":"https://u:p@api.partner.example/"`, "'ApiEndpoint' has an invalid format"},
		{"line break in the URL", `"ApiEndpoint":"https://api.partner.example/\r\nX: y"`, "'ApiEndpoint' has an invalid format"},
		{"method", `"Method":"CONNECT"`, "'Method' has an invalid format"},
		{"method in lower case", `"Method":"get"`, "'Method' has an invalid format"},
		{"unknown field", `"Verify":false`, "The field 'Verify' is not supported by Step Functions"},
		{"header with a line break", `"Headers":{"X-A":"a\r\nX-B: b"}`, "'Headers' has an invalid format"},
		{"header name with a line break", `"Headers":{"X-A: a\r\nX-B":"b"}`, "'Headers' has an invalid format"},
		{"header name with a blank", `"Headers":{"X A":"b"}`, "'Headers' has an invalid format"},
		{"header of objects", `"Headers":{"X-A":{}}`, "'Headers' has an invalid format"},
		{"headers in a list", `"Headers":["X-A"]`, "'Headers' has an invalid format"},
		{"forbidden header", `"Headers":{"authorization":"x"}`, "The field 'Headers.authorization' is not supported"},
		{"forbidden prefix", `"Headers":{"x-AMZ-date":"x","X-Forwarded-For":"y"}`, "'Headers.X-Forwarded-For' is not supported"},
		{"query", `"QueryParameters":7`, "'QueryParameters' has an invalid format"},
		{"query in lists", `"QueryParameters":[7]`, "'QueryParameters' has an invalid format"},
		{"encoding", `"Transform":{"RequestBodyEncoding":"GZIP"}`, "'RequestBodyEncoding' has an invalid format"},
		{"array format", `"Transform":{"RequestBodyEncoding":"URL_ENCODED","RequestEncodingOptions":{"ArrayFormat":"X"}}`, "'ArrayFormat' has an invalid format"},
		{"text with body parameters", `"Method":"POST","RequestBody":"text"`, "body parameters"},
		{"form of a list", `"Authentication":{"ConnectionArn":"open"},"RequestBody":[1],"Transform":{"RequestBodyEncoding":"URL_ENCODED"}`,
			"'RequestBody' has an invalid format"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, failure := invoke(c, tt.members)
			wantFailure(t, out, failure, "States.Runtime", tt.part)
			if strings.Contains(failure.Cause, "hush") {
				t.Errorf("the cause shows a secret: %s", failure.Cause)
			}
		})
	}
	if asked != 0 {
		t.Errorf("%d requests were sent, want none", asked)
	}
}

func TestEncodingsThatMultiplyTheirInputAreRefused(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{}, echo)
	name := strings.Repeat("n", 100_000)
	list := "[" + strings.Repeat("1,", 50_000) + "1]"
	out, failure := invoke(c, `"Method":"POST","RequestBody":{"`+name+`":`+list+`},"Transform":{"RequestBodyEncoding":"URL_ENCODED"}`)
	wantFailure(t, out, failure, "States.DataLimitExceeded", "request body")
	out, failure = invoke(c, `"QueryParameters":{"`+name+`":`+list+`}`)
	wantFailure(t, out, failure, "States.DataLimitExceeded", "query")
	out, failure = invoke(c, `"Method":"POST","RequestBody":{"`+name+`":"`+strings.Repeat("x", 200_000)+`"}`)
	wantFailure(t, out, failure, "States.DataLimitExceeded", "request body")
}

func TestRegisterAnswersEveryPartition(t *testing.T) {
	t.Parallel()
	var m task.Mux
	c := httptask.New(httptask.Config{})
	defer c.Close()
	c.Register(&m)
	for _, resource := range []string{httpInvoke, "arn:aws-cn:states:::http:invoke", "arn:aws-us-gov:states:::apigateway:invoke",
		"arn:aws:states:::apigateway:invoke.waitForTaskToken"} {
		if _, ok := m.Lookup("m", "S", resource); !ok {
			t.Errorf("nothing answers %s", resource)
		}
	}
	if _, ok := m.Lookup("m", "S", "arn:aws:states:::http:invoke.waitForTaskToken"); ok {
		t.Error("http:invoke has no task tokens")
	}
	for resource, want := range map[string]bool{
		httpInvoke: true, "arn:aws-x:states:eu-west-1:1:http:invoke": true, "arn:aws:states:::apigateway:invoke": true,
		"arn:aws:states:::http:invoke.sync": false, "arn:aws:states:::sqs:sendMessage": false, "arn:aws:lambda:us-east-1:1:http:invoke": false, "": false,
	} {
		if got := c.Handler(resource) != nil; got != want {
			t.Errorf("%q: %t, want %t", resource, got, want)
		}
	}
}
