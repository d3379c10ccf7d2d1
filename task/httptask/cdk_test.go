package httptask_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

// cdkCase is a machine that the AWS CDK synthesised, with what the services answer.
type cdkCase struct {
	ID         string
	Definition json.RawMessage
	Input      json.RawMessage
	Mocks      map[string][]struct {
		Return json.RawMessage
		Throw  *struct{ Error, Cause string }
	}
	Expect struct {
		Status string
		Output any
	}
}

// TestCDKMachinesRunOverHTTP runs every case of the conformance suite that calls http:invoke or apigateway:invoke against a server
// that answers what the case says.
func TestCDKMachinesRunOverHTTP(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../conformance/testdata/cdk/*.json")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(text); !strings.Contains(s, ":http:invoke") && !strings.Contains(s, ":apigateway:invoke") {
			continue
		}
		var c cdkCase
		if err := json.Unmarshal(text, &c); err != nil || c.Expect.Status == "" {
			t.Logf("%s is not run: %v %q", file, err, c.Expect.Status)
			continue
		}
		ran++
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			runCDK(t, &c)
		})
	}
	if ran < 20 {
		t.Errorf("%d cases, want at least 20", ran)
	}
}

func runCDK(t *testing.T, c *cdkCase) {
	m, err := asl.Compile(c.Definition, asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	state, token, calls := "", "", map[string]int{}
	server := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		list := c.Mocks[state]
		mock := list[min(calls[state], len(list)-1)]
		calls[state]++
		w.Header()["Date"] = nil
		if mock.Throw != nil {
			name := mock.Throw.Error
			var status int
			if _, err := fmt.Sscan(name[strings.LastIndexByte(name, '.')+1:], &status); err != nil {
				t.Errorf("mock %s has no status", name)
			}
			w.WriteHeader(status)
			w.Write([]byte(mock.Throw.Cause))
			return
		}
		if token != "" { // the mock is what will be sent to SendTaskSuccess
			if body, _ := io.ReadAll(r.Body); !strings.Contains(fmt.Sprint(r.URL.Query(), r.Header, string(body)), token) {
				t.Errorf("the request does not carry the token: %s %s", r.URL, body)
			}
			return
		}
		var answer struct {
			Headers      map[string][]string
			ResponseBody json.RawMessage
			StatusCode   int
		}
		if err := json.Unmarshal(mock.Return, &answer); err != nil {
			t.Error(err)
		}
		for name, values := range answer.Headers {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		w.WriteHeader(answer.StatusCode)
		w.Write(answer.ResponseBody)
	}
	client := serve(t, httptask.Config{Sign: func(*http.Request, []byte) error { return nil }}, server)
	var mux task.Mux
	client.Register(&mux)
	resolve := func(call asltest.Call) (asltest.Answer, error) {
		mu.Lock()
		state, token = call.State, call.Token
		mu.Unlock()
		route, ok := mux.Lookup("m", call.State, call.Resource)
		if !ok {
			return asltest.Answer{}, fmt.Errorf("nothing answers %s", call.Resource)
		}
		out, failure := task.Call(context.Background(), route.Handler, &task.Request{
			Resource: call.Resource, State: call.State, Input: []byte(call.Input), Token: task.Token(call.Token)})
		if failure != nil {
			return asltest.Fail(failure.Name, failure.Cause), nil
		}
		if call.Token != "" {
			return asltest.Return(string(c.Mocks[call.State][0].Return)), nil
		}
		return asltest.Return(string(out)), nil
	}
	r, err := asltest.Run(m, string(c.Input), asltest.Options{Resolve: resolve})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Status; got != c.Expect.Status {
		t.Fatalf("%s %v %v, want %s", got, r.Error, r.Cause, c.Expect.Status)
	}
	var got any
	if err := json.Unmarshal([]byte(r.Output), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain(c.Expect.Output), plain(got)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// plain leaves out what the mock does not say: the headers that every server sends, and the cause of a status.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "content-length")
		delete(v, "Content-Length")
		delete(v, "Date")
		delete(v, "Cause")
		for k := range v {
			v[k] = plain(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}
