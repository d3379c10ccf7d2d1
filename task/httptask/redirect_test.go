package httptask_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task/httptask"
)

// journal answers /to?status=…&at=… with a redirect and writes down what it is asked.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) serve(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	j.lines = append(j.lines, fmt.Sprintf("%s %s%s auth=%s key=%s own=%s referer=%s %s", r.Method, r.Host, r.URL.Path, r.Header.Get("Authorization"),
		r.Header.Get("X-Key"), r.Header.Get("X-Own"), r.Header.Get("Referer"), body))
	if status := r.URL.Query().Get("status"); status != "" {
		var code int
		fmt.Sscan(status, &code)
		w.Header().Set("Location", r.URL.Query().Get("at"))
		w.WriteHeader(code)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	const first = "POST api.partner.example/v1 auth=Basic dTpw key=k own=o referer= "
	secrets := httptask.Static{"partner": {AuthorizationType: httptask.Basic, AuthParameters: httptask.AuthParameters{
		BasicAuthParameters: &httptask.BasicAuth{Username: "u", Password: "p"},
		InvocationHTTPParameters: &httptask.HTTPParameters{
			HeaderParameters:      []httptask.Parameter{{Key: "X-Key", Value: "k"}},
			QueryStringParameters: []httptask.Parameter{{Key: "hush", Value: "hush"}},
		},
	}}}
	body := httptask.Static{"partner": {AuthParameters: httptask.AuthParameters{InvocationHTTPParameters: &httptask.HTTPParameters{
		BodyParameters: []httptask.Parameter{{Key: "s", Value: "hush"}}}}}}
	tests := []struct {
		name   string
		conns  httptask.Static
		to     string // status, location
		max    int
		failed string
		want   []string
	}{
		{name: "303 becomes GET on the same host", to: "303,/next", want: []string{first + `{"a":1}`,
			"GET api.partner.example/next auth=Basic dTpw key=k own=o referer= "}},
		{name: "307 repeats the body", to: "307,/next", want: []string{first + `{"a":1}`,
			"POST api.partner.example/next auth=Basic dTpw key=k own=o referer= " + `{"a":1}`}},
		{name: "another host gets no secrets", to: "308,https://other.example/next", want: []string{first + `{"a":1}`,
			"POST other.example/next auth= key= own=o referer= " + `{"a":1}`}},
		{name: "another port gets no secrets", to: "302,https://api.partner.example:444/next", want: []string{first + `{"a":1}`,
			"GET api.partner.example:444/next auth= key= own=o referer= "}},
		{name: "a subdomain gets no secrets", to: "302,https://evil.api.partner.example/", want: []string{first + `{"a":1}`,
			"GET evil.api.partner.example/ auth= key= own=o referer= "}},
		{name: "the way back gets no secrets", to: "302,https://other.example/?status=302&at=https%3A%2F%2Fapi.partner.example%2Fend",
			want: []string{first + `{"a":1}`, "GET other.example/ auth= key= own=o referer= ", "GET api.partner.example/end auth= key= own=o referer= "}},
		{name: "a user in the location is dropped", to: "302,https://x:y@api.partner.example/next", want: []string{first + `{"a":1}`,
			"GET api.partner.example/next auth=Basic dTpw key=k own=o referer= "}},
		{name: "not to http", to: "302,http://api.partner.example/next", failed: "States.Http.StatusCode.302", want: []string{first + `{"a":1}`}},
		{name: "not to a file", to: "302,file:///etc/passwd", failed: "States.Http.StatusCode.302", want: []string{first + `{"a":1}`}},
		{name: "none allowed", to: "302,/next", max: -1, failed: "States.Http.StatusCode.302", want: []string{first + `{"a":1}`}},
		{name: "no location", to: "302,", failed: "States.Http.StatusCode.302", want: []string{first + `{"a":1}`}},
		{name: "not modified", to: "304,/next", failed: "States.Http.StatusCode.304", want: []string{first + `{"a":1}`}},
		{name: "a secret body stays on its host", conns: body, to: "307,https://other.example/next", failed: "States.Http.StatusCode.307",
			want: []string{`POST api.partner.example/v1 auth= key= own=o referer= {"a":1,"s":"hush"}`}},
		{name: "a secret body goes on its own host", conns: body, to: "307,/next",
			want: []string{`POST api.partner.example/v1 auth= key= own=o referer= {"a":1,"s":"hush"}`,
				`POST api.partner.example/next auth= key= own=o referer= {"a":1,"s":"hush"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := &journal{}
			if tt.conns == nil {
				tt.conns = secrets
			}
			var status, at string
			fmt.Sscanf(tt.to, "%3s,%s", &status, &at)
			c := serve(t, httptask.Config{Connections: tt.conns, MaxRedirects: tt.max}, j.serve)
			out, failure := invoke(c, `"Method":"POST","Headers":{"X-Own":"o"},"RequestBody":{"a":1},"QueryParameters":{"status":"`+status+`","at":"`+at+`"}`)
			if tt.failed != "" {
				wantFailure(t, out, failure, tt.failed, `"StatusCode":`+status)
			} else if failure != nil {
				t.Error(failure)
			}
			if diff := cmp.Diff(tt.want, j.lines); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedirectsInACircleEnd(t *testing.T) {
	t.Parallel()
	n := 0
	c := serve(t, httptask.Config{MaxRedirects: 4}, func(w http.ResponseWriter, r *http.Request) {
		n++
		http.Redirect(w, r, "/", http.StatusFound)
	})
	out, failure := invoke(c, ``)
	wantFailure(t, out, failure, "States.Http.StatusCode.302", `"location":["/"]`)
	if n != 5 {
		t.Errorf("%d requests, want one and four redirects", n)
	}
}
