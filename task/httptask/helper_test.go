package httptask_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

const (
	httpInvoke = "arn:aws:states:::http:invoke"
	connARN    = "arn:aws:events:us-east-1:123456789012:connection/partner/7f3fa48c-aaaa-bbbb-cccc-ddddeeeeffff"
)

// serve returns a client whose every connection goes to a server with this handler, whatever the host is called.
func serve(t *testing.T, cfg httptask.Config, h http.HandlerFunc) *httptask.Client {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	cfg.TLS = &tls.Config{RootCAs: roots, ServerName: "example.com"}
	if cfg.Dial == nil {
		cfg.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
		}
	}
	if cfg.Connections == nil {
		cfg.Connections = httptask.Static{"partner": {}}
	}
	c := httptask.New(cfg)
	t.Cleanup(func() { c.Close() })
	return c
}

// invoke calls http:invoke with more members beside a URL, a method and a connection; members replace those.
func invoke(c *httptask.Client, members string) (string, *task.Error) {
	return invokeContext(context.Background(), c, members)
}

func invokeContext(ctx context.Context, c *httptask.Client, members string) (string, *task.Error) {
	input := map[string]json.RawMessage{}
	base := `{"ApiEndpoint":"https://api.partner.example/v1","Method":"GET","Authentication":{"ConnectionArn":"` + connARN + `"}}`
	for _, text := range []string{base, "{" + members + "}"} {
		if err := json.Unmarshal([]byte(text), &input); err != nil {
			panic(err)
		}
	}
	for name, v := range input {
		if string(v) == `"-"` {
			delete(input, name) // takes one away
		}
	}
	text, err := json.Marshal(input)
	if err != nil {
		panic(err)
	}
	out, failure := task.Call(ctx, c, &task.Request{Resource: httpInvoke, State: "Call", Input: text})
	return string(out), failure
}

// echo answers with what it was asked, as text: first line, headers that matter, body.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "text/plain")
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s", r.Method, r.Host, r.RequestURI)
	for _, name := range []string{"Authorization", "X-Api-Key", "X-One", "Content-Type", "User-Agent", "Range", "Accept-Encoding"} {
		if v := r.Header.Values(name); len(v) > 0 {
			fmt.Fprintf(&b, "\n%s: %s", name, strings.Join(v, ";"))
		}
	}
	if len(body) > 0 {
		fmt.Fprintf(&b, "\n\n%s", body)
	}
	io.WriteString(w, b.String())
}

// bodyOf returns the member ResponseBody of a result, a string.
func bodyOf(t *testing.T, result string) string {
	t.Helper()
	var r struct{ ResponseBody string }
	if err := json.Unmarshal([]byte(result), &r); err != nil {
		t.Fatalf("%v in %s", err, result)
	}
	return r.ResponseBody
}

// wantFailure checks the error name, and that the cause holds a text.
func wantFailure(t *testing.T, out string, got *task.Error, name, part string) {
	t.Helper()
	if got == nil {
		t.Fatalf("result %.200s, want %s", out, name)
	}
	if got.Name != name || !strings.Contains(got.Cause, part) {
		t.Errorf("failed with %s: %.600s\nwant %s with %q", got.Name, got.Cause, name, part)
	}
}

func contains(s, part string) bool { return strings.Contains(s, part) }
