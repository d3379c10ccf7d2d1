package httptask_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/task/httptask"
)

// hosts is a Resolver with fixed answers.
type hosts map[string][]string

func (h hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	var list []netip.Addr
	for _, text := range h[host] {
		list = append(list, netip.MustParseAddr(text))
	}
	if list == nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return list, nil
}

// noisy fails a test when anything is sent: its port answers.
func noisy(t *testing.T) (port string, touched *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	touched = new(atomic.Int32)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			touched.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, touched
}

func TestPrivateAddressesAreNotCalled(t *testing.T) {
	t.Parallel()
	port, touched := noisy(t)
	c := httptask.New(httptask.Config{
		AllowHTTP: true, Connections: httptask.Static{"partner": {}},
		Resolver: hosts{
			"loop.example": {"127.0.0.1"}, "meta.example": {"169.254.169.254"}, "ten.example": {"10.1.2.3"},
			"mixed.example": {"::ffff:10.0.0.1", "fd00:ec2::254", "fe80::1"}, "loop6.example": {"::1"},
		},
	})
	defer c.Close()
	for host, kind := range map[string]string{
		"loop.example": "a loopback", "meta.example": "a link-local", "ten.example": "a private", "mixed.example": "a private",
		"loop6.example": "a loopback", "127.0.0.1": "a loopback", "[::1]": "a loopback", "[::ffff:127.0.0.1]": "a loopback",
		"169.254.169.254": "a link-local", "0.0.0.0": "an unspecified", "[::]": "an unspecified", "[fe80::1%25lo]": "a link-local",
		"[64:ff9b::7f00:1]": "a loopback", "[2002:7f00:1::]": "a loopback", "localhost.": "",
	} {
		part := "it has " + kind + " address, which is not allowed here"
		if kind == "" {
			part = "Name or service not known" // this Resolver does not know it
		}
		for _, scheme := range []string{"http", "https"} {
			out, failure := invoke(c, `"ApiEndpoint":"`+scheme+`://`+host+`:`+port+`/"`)
			wantFailure(t, out, failure, "States.TaskFailed", part)
		}
	}
	if n := touched.Load(); n != 0 {
		t.Errorf("%d connections were made, want none", n)
	}
}

func TestTheSystemsResolverIsCheckedToo(t *testing.T) {
	t.Parallel()
	port, touched := noisy(t)
	c := httptask.New(httptask.Config{Connections: httptask.Static{"partner": {}}})
	defer c.Close()
	out, failure := invoke(c, `"ApiEndpoint":"https://localhost:`+port+`/"`)
	wantFailure(t, out, failure, "States.TaskFailed", "it has a loopback address")
	if n := touched.Load(); n != 0 {
		t.Errorf("%d connections were made, want none", n)
	}
}

func TestAllowedNetworksAreCalled(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]httptask.Config{
		"network": {Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, "all": {AllowPrivate: true},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: http.HandlerFunc(echo)}
		done := make(chan struct{})
		go func() { defer close(done); s.Serve(l) }()
		cfg.AllowHTTP, cfg.Connections = true, httptask.Static{"partner": {}}
		cfg.Resolver = hosts{"in.example": {"10.255.255.1", "127.0.0.1"}}
		c := httptask.New(cfg)
		out, failure := invoke(c, `"ApiEndpoint":"http://`+l.Addr().String()+`/x"`)
		if failure != nil || !strings.Contains(out, "/x") {
			t.Errorf("%s: %s %v", name, out, failure)
		}
		if name == "network" { // the first address is refused, the second is not
			_, port, _ := net.SplitHostPort(l.Addr().String())
			if out, failure = invoke(c, `"ApiEndpoint":"http://in.example:`+port+`/y"`); failure != nil || !strings.Contains(out, "/y") {
				t.Errorf("%s: %s %v", name, out, failure)
			}
		}
		c.Close()
		s.Close()
		<-done
	}
}

// A public server that answers with a redirect to the place where clouds keep credentials.
func TestRedirectToThePrivateNetworkIsRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := ""
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) })}
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(l) }()
	defer func() { s.Close(); <-done }()
	c := httptask.New(httptask.Config{
		AllowHTTP: true, Connections: httptask.Static{"partner": {}}, Resolver: hosts{"rebind.example": {"192.168.0.1"}},
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, // stands for the public internet
	})
	defer c.Close()
	for _, target = range []string{"http://169.254.169.254/latest/meta-data/iam/security-credentials/", "https://169.254.169.254/",
		"http://[::ffff:169.254.169.254]/", "http://rebind.example/", "http://127.0.0.2/"} {
		out, failure := invoke(c, `"ApiEndpoint":"http://`+l.Addr().String()+`/"`)
		wantFailure(t, out, failure, "States.TaskFailed", "address, which is not allowed here")
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	port, touched := noisy(t)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:"+port)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+port)
	c := httptask.New(httptask.Config{Connections: httptask.Static{"partner": {}}, Resolver: hosts{}})
	defer c.Close()
	out, failure := invoke(c, ``)
	wantFailure(t, out, failure, "States.TaskFailed", "Unable to execute HTTP request to api.partner.example: Name or service not known")
	if n := touched.Load(); n != 0 {
		t.Errorf("the proxy got %d connections, want none", n)
	}
}

// raw returns a client whose only peer is a function that has read a request from the connection. Within a bubble of synctest
// time passes only while everybody waits.
func raw(answer func(c net.Conn)) *httptask.Client {
	return rawWith(httptask.Static{"partner": {}}, answer)
}

// silent says nothing until the other side hangs up.
func silent(c net.Conn) { io.Copy(io.Discard, c) }

func rawWith(conns httptask.Connections, answer func(c net.Conn)) *httptask.Client {
	return httptask.New(httptask.Config{
		AllowHTTP: true, Connections: conns,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				if r, err := http.ReadRequest(bufio.NewReader(server)); err == nil { // else it speaks TLS: into the void
					io.Copy(io.Discard, r.Body)
				}
				answer(server)
			}()
			return client, nil
		},
	})
}

func TestResponsesThatNeverEnd(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	forever := func(c net.Conn, pause time.Duration, text string) {
		for {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
	tests := []struct {
		name        string
		answer      func(c net.Conn)
		error, part string
		after       time.Duration
	}{
		{"silence", silent, "States.Http.Socket", "was not answered within 1m0s", time.Minute},
		{"slow headers", func(c net.Conn) {
			io.WriteString(c, head)
			forever(c, time.Second, "X-A: b\r\n")
		}, "States.Http.Socket", "was not answered within 1m0s", time.Minute},
		{"slow body", func(c net.Conn) {
			io.WriteString(c, head+"Content-Length: 1000\r\n\r\n")
			forever(c, time.Second, "x")
		}, "States.Http.Socket", "was not answered within 1m0s", time.Minute},
		{"endless body", func(c net.Conn) {
			io.WriteString(c, head+"\r\n")
			forever(c, 0, strings.Repeat("x", 4096))
		}, "States.DataLimitExceeded", "response", 0},
		{"endless chunks", func(c net.Conn) {
			io.WriteString(c, head+"Transfer-Encoding: chunked\r\n\r\n")
			forever(c, 0, "1f4\r\n"+strings.Repeat("x", 500)+"\r\n")
		}, "States.DataLimitExceeded", "response", 0},
		{"huge headers", func(c net.Conn) {
			io.WriteString(c, head)
			forever(c, 0, "X-A: "+strings.Repeat("b", 4000)+"\r\n")
		}, "States.TaskFailed", "its headers are too large", 0},
		{"endless interim responses", func(c net.Conn) {
			forever(c, 0, "HTTP/1.1 103 Early Hints\r\nLink: "+strings.Repeat("b", 4000)+"\r\n\r\n")
		}, "States.TaskFailed", "its headers are too large", 0},
		{"closed at once", func(net.Conn) {}, "States.TaskFailed", "the connection was closed before the response was complete", 0},
		{"closed in the body", func(c net.Conn) {
			io.WriteString(c, head+"Content-Length: 1000\r\n\r\nhalf")
		}, "States.TaskFailed", "the connection was closed before the response was complete", 0},
		{"no HTTP", func(c net.Conn) { io.WriteString(c, "220 mail.example ESMTP\r\n") }, "States.TaskFailed", "could not be read as HTTP", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := raw(tt.answer)
				defer c.Close()
				began := time.Now()
				out, failure := invoke(c, `"ApiEndpoint":"http://api.partner.example/?secret=1"`)
				wantFailure(t, out, failure, tt.error, tt.part)
				if d := time.Since(began); d != tt.after {
					t.Errorf("failed after %v, want %v", d, tt.after)
				}
				if strings.Contains(failure.Cause, "secret=1") {
					t.Errorf("the cause shows the query: %s", failure.Cause)
				}
				time.Sleep(2 * time.Second) // the peer finds out
			})
		})
	}
}

func TestTheTasksOwnEndIsNoFailureOfHTTP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := raw(silent)
		defer c.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 7*time.Second)
		defer cancel()
		out, failure := invokeContext(ctx, c, `"ApiEndpoint":"http://api.partner.example/"`)
		wantFailure(t, out, failure, "States.Timeout", "deadline exceeded")
	})
}

func TestConnectionThatIsResetFails(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1")
			conn.(*net.TCPConn).SetLinger(0) // close sends RST
			conn.Close()
		}
	}()
	c := httptask.New(httptask.Config{AllowHTTP: true, AllowPrivate: true, Connections: httptask.Static{"partner": {}}})
	defer c.Close()
	out, failure := invoke(c, `"ApiEndpoint":"http://`+l.Addr().String()+`/"`)
	wantFailure(t, out, failure, "States.TaskFailed", "Unable to execute HTTP request to 127.0.0.1: ")
}

// 100 MB of zeros in 100 kB: what the server packs is not unpacked.
func TestPackedResponsesAreNotUnpacked(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	zeros := make([]byte, 1<<20)
	for range 100 {
		z.Write(zeros)
	}
	z.Close()
	var accepted atomic.Value
	c := serve(t, httptask.Config{}, func(w http.ResponseWriter, r *http.Request) {
		accepted.Store(r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		w.Write(packed.Bytes())
	})
	out, failure := invoke(c, ``)
	wantFailure(t, out, failure, "States.Runtime", "not valid text")
	if accepted.Load() != "" {
		t.Errorf("asked for the encoding %q", accepted.Load())
	}
}

func TestBodyAtTheLimit(t *testing.T) {
	t.Parallel()
	c := serve(t, httptask.Config{}, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat("x", 262_144+len(r.URL.RawQuery)))
	})
	out, failure := invoke(c, ``)
	if failure != nil || len(out) < 262_144 {
		t.Errorf("262,144 bytes: %d bytes, %v", len(out), failure)
	}
	out, failure = invoke(c, `"QueryParameters":"a"`)
	wantFailure(t, out, failure, "States.DataLimitExceeded", "response")
}

func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := serve(t, httptask.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, echo)
	distrust := httptask.New(httptask.Config{Connections: httptask.Static{"partner": {}}, Dial: httptask.DialOf(c)})
	defer distrust.Close()
	out, failure := invoke(distrust, `"ApiEndpoint":"https://example.com/"`)
	wantFailure(t, out, failure, "States.TaskFailed", "its certificate is signed by an unknown authority")
}

func TestConnectionsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		conn        httptask.Connections
		error, part string
	}{
		{"unknown", httptask.Static{}, "Events.ConnectionResource.ResourceNotFound", connARN},
		{"nothing", source{nil, nil}, "Events.ConnectionResource.ResourceNotFound", connARN},
		{"trouble", source{nil, errors.New("vault says hush")}, "Events.ConnectionResource.InternalError", "could not be read"},
		{"named", source{nil, fmt.Errorf("vault: %w", denied{})}, "Events.ConnectionResource.AccessDenied", "not yours"},
		{"incomplete", source{&httptask.Connection{AuthorizationType: "BASIC"}, nil}, "Events.ConnectionResource.InvalidConnectionState", "BasicAuthParameters"},
		{"key with a line break", source{&httptask.Connection{AuthorizationType: "API_KEY", AuthParameters: httptask.AuthParameters{
			APIKeyAuthParameters: &httptask.APIKeyAuth{APIKeyName: "X-Key", APIKeyValue: "hush\r\nX-A: b"}}}, nil},
			"Events.ConnectionResource.InvalidConnectionState", "cannot be used as a header"},
	}
	for _, tt := range tests {
		out, failure := invoke(serve(t, httptask.Config{Connections: tt.conn}, echo), ``)
		wantFailure(t, out, failure, tt.error, tt.part)
		if failure != nil && strings.Contains(failure.Cause, "hush") {
			t.Errorf("%s: the cause shows a secret: %s", tt.name, failure.Cause)
		}
	}
}

// source is a source of one connection.
type source struct {
	c   *httptask.Connection
	err error
}

func (s source) Connection(context.Context, string) (*httptask.Connection, error) { return s.c, s.err }

type denied struct{}

func (denied) Error() string { return "denied" }
func (denied) ASLError() (string, string) {
	return "Events.ConnectionResource.AccessDenied", "not yours"
}
