package task_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gait-engine/gait/task"
)

var jobRef = task.JobRef{Handle: "j-1", Resource: "gait:render", Key: "k"}

func TestStartJobReportsWhatWasSubmittedAndWhatWentWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		start   func(context.Context, *task.Request) (task.Submission, error)
		want    *task.Submission
		output  string
		failure string // "name: part of the cause"
	}{
		{name: "submitted", start: func(context.Context, *task.Request) (task.Submission, error) {
			return task.Submission{Handle: "j-1", Output: map[string]int{"N": 1}, PollAfter: time.Second}, nil
		}, want: &task.Submission{Handle: "j-1", PollAfter: time.Second}, output: `{"N":1}`},
		{name: "no handle is the key", start: func(context.Context, *task.Request) (task.Submission, error) {
			return task.Submission{Told: true}, nil
		}, want: &task.Submission{Handle: "the key", Told: true}, output: `null`},
		{name: "no output is null", start: func(context.Context, *task.Request) (task.Submission, error) {
			return task.Submission{Handle: "j-1"}, nil
		}, want: &task.Submission{Handle: "j-1"}, output: `null`},
		{name: "refused", start: func(context.Context, *task.Request) (task.Submission, error) {
			return task.Submission{Handle: "ignored"}, &task.Error{Name: "Batch.ServerException", Cause: "busy"}
		}, failure: "Batch.ServerException: busy"},
		{name: "panic", start: func(context.Context, *task.Request) (task.Submission, error) { panic("no queue") },
			failure: `States.TaskFailed: the handler of "gait:render" panicked: no queue`},
		{name: "handle that is too long", start: func(context.Context, *task.Request) (task.Submission, error) {
			return task.Submission{Handle: strings.Repeat("x", task.MaxHandle+1)}, nil
		}, want: &task.Submission{Handle: strings.Repeat("x", task.MaxHandle+1)},
			failure: `States.TaskFailed: the job of "gait:render" has a handle of 32769 bytes`},
		{name: "output that is no JSON", start: func(context.Context, *task.Request) (task.Submission, error) {
			return task.Submission{Handle: "j-1", Output: make(chan int)}, nil
		}, want: &task.Submission{Handle: "j-1"}, failure: "States.TaskFailed: the handler of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, output, failure := task.StartJob(context.Background(), task.JobFuncs{
				OnStart: tt.start, OnPoll: func(context.Context, task.JobRef) (task.Progress, error) { return task.Pending(), nil },
			}, &task.Request{Resource: "gait:render", Key: "the key"})
			if diff := cmp.Diff(tt.want, s, cmpopts.IgnoreFields(task.Submission{}, "Output")); diff != "" {
				t.Errorf("submission (-want +got):\n%s", diff)
			}
			if string(output) != tt.output {
				t.Errorf("output %s, want %s", output, tt.output)
			}
			checkFailure(t, failure, tt.failure)
		})
	}
}

func TestPollJobTellsTheEndOfAJobFromAFailedLook(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		poll    func(context.Context, task.JobRef) (task.Progress, error)
		done    bool
		output  string
		failure string
		err     string
	}{
		{name: "running", poll: func(context.Context, task.JobRef) (task.Progress, error) { return task.Pending(), nil }},
		{name: "done", poll: func(_ context.Context, ref task.JobRef) (task.Progress, error) { return task.Done(ref.Handle), nil },
			done: true, output: `"j-1"`},
		{name: "failed", poll: func(context.Context, task.JobRef) (task.Progress, error) {
			return task.JobFailed(map[string]string{"Status": "FAILED"}), nil
		}, done: true, failure: `States.TaskFailed: {"Status":"FAILED"}`},
		{name: "failed with an error of its own", poll: func(context.Context, task.JobRef) (task.Progress, error) {
			return task.Progress{Done: true, Err: &task.Error{Name: "Render.NoDisk", Cause: "full"}}, nil
		}, done: true, failure: "Render.NoDisk: full"},
		{name: "a failed look is no end", poll: func(context.Context, task.JobRef) (task.Progress, error) {
			return task.Progress{}, errors.New("connection refused")
		}, err: "connection refused"},
		{name: "an error outweighs the progress", poll: func(context.Context, task.JobRef) (task.Progress, error) {
			return task.Done(1), errors.New("connection reset")
		}, err: "connection reset"},
		{name: "panic", poll: func(context.Context, task.JobRef) (task.Progress, error) { panic("index 3") },
			failure: `States.TaskFailed: the handler of "gait:render" panicked: index 3`},
		{name: "output that is no JSON", poll: func(context.Context, task.JobRef) (task.Progress, error) {
			return task.Done(make(chan int)), nil
		}, done: true, failure: "States.TaskFailed: the handler of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, output, failure, err := task.PollJob(context.Background(), task.JobFuncs{OnPoll: tt.poll}, jobRef)
			if p.Done != tt.done {
				t.Errorf("done %t, want %t", p.Done, tt.done)
			}
			if string(output) != tt.output {
				t.Errorf("output %s, want %s", output, tt.output)
			}
			checkFailure(t, failure, tt.failure)
			if (err != nil) != (tt.err != "") || err != nil && err.Error() != tt.err {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func TestStopJobTurnsAPanicIntoAnError(t *testing.T) {
	t.Parallel()
	job := task.JobFuncs{OnStop: func(context.Context, task.JobRef) error { panic("gone") }}
	if err := task.StopJob(context.Background(), job, jobRef); err == nil || !strings.Contains(err.Error(), "panicked: gone") {
		t.Errorf("error %v, want the panic", err)
	}
	if err := task.StopJob(context.Background(), task.JobFuncs{}, jobRef); err != nil {
		t.Errorf("a job that cannot be stopped: error %v, want none", err)
	}
}

func TestStartThatEndsItsGoroutineSubmitsNothing(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		task.StartJob(context.Background(), task.JobFuncs{OnStart: func(context.Context, *task.Request) (task.Submission, error) {
			runtime.Goexit()
			return task.Submission{}, nil
		}}, &task.Request{})
		t.Error("StartJob returned, want the goroutine to end as Call documents")
	}()
	<-done
}

func TestMuxFindsJobs(t *testing.T) {
	t.Parallel()
	var mux task.Mux
	mux.HandleJob("arn:aws:states:::batch:submitJob*", task.JobFuncs{})
	r, ok := mux.Lookup("m", "s", "arn:aws:states:::batch:submitJob.sync")
	if !ok || r.Job == nil || r.Handler != nil {
		t.Errorf("route %+v, %t, want a job", r, ok)
	}
	defer func() {
		if recover() == nil {
			t.Error("a nil job is registered without a panic")
		}
	}()
	mux.HandleJob("gait:none", nil)
}

func checkFailure(t *testing.T, got *task.Error, want string) {
	t.Helper()
	switch {
	case got == nil && want == "":
	case got == nil || want == "" || !strings.HasPrefix(got.Error(), want):
		t.Errorf("failure %v, want one that begins with %q", got, want)
	}
}
