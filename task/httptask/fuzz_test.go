package httptask_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gait-engine/gait/task/httptask"
)

// FuzzPreview looks for parameters that make a request which is none.
func FuzzPreview(f *testing.F) {
	const start, end = `{"Method":"POST","Authentication":{"ConnectionArn":"c"},`, `}`
	for _, more := range []string{
		`"ApiEndpoint":"https://a.example/b?c=d#e"`, `"ApiEndpoint":"https://a.example","QueryParameters":{"a":[1,{"b":null}]}`,
		`"ApiEndpoint":"https://[::1]:1/%2f x","QueryParameters":"a=b&c#\r\n"`, `"ApiEndpoint":"https://a","Headers":{"X-A":["b",1],"x":"\n"}`,
		`"ApiEndpoint":"https://a","RequestBody":{"a":[[1],{"b":2}]},"Transform":{"RequestBodyEncoding":"URL_ENCODED","RequestEncodingOptions":{"ArrayFormat":"COMMAS"}}`,
	} {
		f.Add(start + more + end)
	}
	f.Fuzz(func(t *testing.T, input string) {
		r, err := httptask.Preview([]byte(input))
		if err != nil {
			return
		}
		u, err := url.Parse(r.URL)
		if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
			t.Fatalf("%q asks %q: %v", input, r.URL, err)
		}
		if strings.ContainsAny(r.URL+r.Method+r.Headers, "\r\n\x00") || strings.ContainsAny(r.URL, " #") {
			t.Errorf("%q asks %q with %q", input, r.URL, r.Headers)
		}
	})
}
