package asltest_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	tasks "github.com/gait-engine/gait/task"
)

func compiled(t *testing.T, definition string) *asl.Machine {
	t.Helper()
	m, err := asl.Compile([]byte(definition), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const job = `{"StartAt":"J","States":{"J":{"Type":"Task","Resource":"gait:job.sync","TimeoutSeconds":600,"End":true}}}`

// A job is polled on the virtual clock: after 1 s, 1.5 s, 2.25 s and so on, or when it says.
func TestJobsArePolledOnTheVirtualClock(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		poll    func(n int) (tasks.Progress, error)
		elapsed time.Duration
		want    string
	}{
		{"at once", func(int) (tasks.Progress, error) { return tasks.Done(7), nil }, time.Second, "SUCCEEDED 7"},
		{"after three looks", func(n int) (tasks.Progress, error) {
			if n < 2 {
				return tasks.Pending(), nil
			}
			return tasks.Done(7), nil
		}, 4750 * time.Millisecond, "SUCCEEDED 7"},
		{"when it says", func(n int) (tasks.Progress, error) {
			if n == 0 {
				return tasks.Progress{PollAfter: 5 * time.Minute}, nil
			}
			return tasks.JobFailed(map[string]string{"Status": "BAD"}), nil
		}, 301 * time.Second, `FAILED States.TaskFailed {"Status":"BAD"}`},
		{"a failed look is repeated", func(n int) (tasks.Progress, error) {
			if n == 0 {
				return tasks.Progress{}, errors.New("busy")
			}
			return tasks.Done(7), nil
		}, 3 * time.Second, "SUCCEEDED 7"},
		{"the task times out", func(int) (tasks.Progress, error) { return tasks.Pending(), nil }, 600 * time.Second, "FAILED States.Timeout "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			polls, stopped := 0, ""
			var mux tasks.Mux
			mux.HandleJob("gait:job.sync", tasks.JobFuncs{
				OnStart: func(_ context.Context, r *tasks.Request) (tasks.Submission, error) {
					return tasks.Submission{Handle: "h", Output: json.RawMessage(`{"in":` + string(r.Input) + `}`)}, nil
				},
				OnPoll: func(_ context.Context, ref tasks.JobRef) (tasks.Progress, error) {
					if ref.Handle != "h" || ref.Polls != polls {
						t.Errorf("poll %d of %+v", polls, ref)
					}
					polls++
					return tt.poll(ref.Polls)
				},
				OnStop: func(_ context.Context, ref tasks.JobRef) error { stopped = ref.Handle; return nil },
			})
			r, err := asltest.Run(compiled(t, job), `{"a":1}`, asltest.Options{Tasks: &mux})
			if err != nil {
				t.Fatal(err)
			}
			got := r.Status + " " + r.Output
			if r.Status == "FAILED" {
				cause := ""
				if r.Cause != nil {
					cause = *r.Cause
				}
				got = r.Status + " " + *r.Error + " " + cause
			}
			if got != tt.want || r.Elapsed != tt.elapsed {
				t.Errorf("got %s after %s, want %s after %s", got, r.Elapsed, tt.want, tt.elapsed)
			}
			if timedOut := strings.Contains(tt.want, "Timeout"); (stopped == "h") != timedOut {
				t.Errorf("stopped %q, want that only of a job that nobody waits for", stopped)
			}
			if got := r.Events[4]; got.Type != "TaskSubmitted" || got.Details.Output != `{"in":{"a":1}}` {
				t.Errorf("event 5 is %s with %s", got.Type, got.Details.Output)
			}
		})
	}
}

func TestTasksAnswerWhatNoMockDoes(t *testing.T) {
	t.Parallel()
	var mux tasks.Mux
	mux.Handle("gait:double", tasks.Func(func(_ context.Context, n int) (int, error) { return 2 * n, nil }))
	mux.Handle("gait:fail", tasks.HandlerFunc(func(context.Context, *tasks.Request) (any, error) {
		return nil, &tasks.Error{Name: "Own.Error", Cause: "c"}
	}))
	m := compiled(t, `{"StartAt":"A","States":{
		"A":{"Type":"Task","Resource":"gait:mocked","Next":"B"},
		"B":{"Type":"Task","Resource":"gait:double","Next":"C"},
		"C":{"Type":"Task","Resource":"gait:fail","Catch":[{"ErrorEquals":["Own.Error"],"Next":"D"}],"End":true},
		"D":{"Type":"Task","Resource":"gait:none","End":true}}}`)
	r, err := asltest.Run(m, `1`, asltest.Options{Tasks: &mux, Resolve: func(c asltest.Call) (asltest.Answer, error) {
		if c.State == "A" {
			return asltest.Return(`21`), nil
		}
		return asltest.Answer{}, asltest.ErrUnmocked
	}})
	var unanswered *asltest.UnansweredError
	if !errors.As(err, &unanswered) || unanswered.Call.State != "D" || unanswered.Call.Input != `{"Error":"Own.Error","Cause":"c"}` {
		t.Errorf("error %v, want one about the call of D", err)
	}
	if len(r.Calls) != 4 || r.Calls[2].Input != "42" {
		t.Errorf("calls %+v, want C to get what B gave", r.Calls)
	}
}
