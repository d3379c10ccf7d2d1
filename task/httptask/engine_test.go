package httptask_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

// fast is a clock on which a second passes in a millisecond: retries come at once.
type fast struct{ began time.Time }

func (c fast) Now() time.Time { return c.began.Add(time.Since(c.began) * 1000) }

func (c fast) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d/1000, f).Stop }

// TestFaultsOfTargetsLoseNothing runs executions against targets that misbehave: each is told by AWS's error, a Catch goes on from
// there with the input as it was, and a Retry gets through when the target is well again.
func TestFaultsOfTargetsLoseNothing(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	client := serve(t, httptask.Config{}, func(w http.ResponseWriter, r *http.Request) {
		if !broken.Load() {
			io.WriteString(w, `"well"`)
			return
		}
		broken.Store(r.URL.Query().Get("once") == "")
		switch r.URL.Path {
		case "/unavailable":
			w.WriteHeader(503)
		case "/endless":
			for {
				if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		case "/reset":
			panic(http.ErrAbortHandler)
		case "/image":
			w.Header().Set("Content-Type", "image/png")
		}
	})
	guarded := httptask.New(httptask.Config{Connections: httptask.Static{"partner": {}}, Resolver: hosts{"private.example": {"10.0.0.1"}}})
	t.Cleanup(func() { guarded.Close() })
	var tasks task.Mux
	tasks.HandleFunc(httpInvoke, func(ctx context.Context, req *task.Request) (any, error) {
		if strings.Contains(string(req.Input), "private.example") {
			return guarded.ServeTask(ctx, req)
		}
		return client.ServeTask(ctx, req)
	})
	e, err := engine.Open(t.Context(), engine.Config{Store: memory.New(), Tasks: &tasks, Clock: fast{time.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close(context.Background()) })
	if _, err := e.Deploy(t.Context(), "call", []byte(`{"StartAt":"Call","States":{
		"Call":{"Type":"Task","Resource":"arn:aws:states:::http:invoke","Parameters":{"ApiEndpoint.$":"$.url","Method":"GET",
			"Authentication":{"ConnectionArn":"arn:aws:events:us-east-1:123456789012:connection/partner/7f3f"}},"ResultSelector":{"body.$":"$.ResponseBody"},"ResultPath":"$.result",
			"Retry":[{"ErrorEquals":["Never"]},{"ErrorEquals":["States.Http.StatusCode.503","States.TaskFailed","States.DataLimitExceeded"],"IntervalSeconds":1,"MaxAttempts":1,"MaxDelaySeconds":2}],
			"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.result","Next":"Caught"}],"Next":"Done"},
		"Done":{"Type":"Pass","OutputPath":"$.result.body","End":true},
		"Caught":{"Type":"Pass","Parameters":{"url.$":"$.url","error.$":"$.result.Error"},"End":true}}}`)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ url, want string }{
		{"https://api.example/unavailable?once=1", `"well"`},
		{"https://api.example/endless?once=1", `"well"`},
		{"https://api.example/reset?once=1", `"well"`},
		{"https://api.example/unavailable", `{"url":"https://api.example/unavailable","error":"States.Http.StatusCode.503"}`},
		{"https://api.example/endless", `{"url":"https://api.example/endless","error":"States.DataLimitExceeded"}`},
		{"https://api.example/reset", `{"url":"https://api.example/reset","error":"States.TaskFailed"}`},
		{"https://private.example/", `{"url":"https://private.example/","error":"States.TaskFailed"}`},
		{"https://api.example/image", "FAILED States.Runtime"},
	} {
		broken.Store(true)
		id, err := e.Start(t.Context(), "call", []byte(`{"url":"`+tt.url+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		result, err := e.Wait(t.Context(), id)
		got := string(result.Output)
		if err != nil {
			got = result.Status.String() + " " + result.Error
		}
		if got != tt.want {
			t.Errorf("%s: %s %v, want %s", tt.url, got, err, tt.want)
		}
	}
}
