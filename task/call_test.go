package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
)

// cardError is an application's own error type with an ASL name.
type cardError struct{ code int }

func (e cardError) Error() string              { return fmt.Sprintf("card error %d", e.code) }
func (e cardError) ASLError() (string, string) { return "Card.Refused", fmt.Sprint("code ", e.code) }

type failingMarshaler struct{}

func (failingMarshaler) MarshalJSON() ([]byte, error) { return nil, errors.New("no text today") }

type panickingMarshaler struct{}

func (panickingMarshaler) MarshalJSON() ([]byte, error) { panic("marshal") }

func TestCallMapsResultsAndErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		h       func(ctx context.Context, req *task.Request) (any, error)
		want    string
		failure *task.Error
		cause   string // part of the cause, when failure.Cause is empty
	}{
		{name: "struct", h: func(context.Context, *task.Request) (any, error) { return struct{ A int }{1}, nil }, want: `{"A":1}`},
		{name: "nil is null", h: func(context.Context, *task.Request) (any, error) { return nil, nil }, want: `null`},
		{name: "nil raw message is null", h: func(context.Context, *task.Request) (any, error) {
			return json.RawMessage(nil), nil
		}, want: `null`},
		{name: "raw message is kept", h: func(_ context.Context, r *task.Request) (any, error) { return r.Input, nil }, want: `{"in": 1.0}`},
		{name: "channel", h: func(context.Context, *task.Request) (any, error) { return make(chan int), nil },
			failure: &task.Error{Name: "States.TaskFailed"}, cause: "unsupported type: chan int"},
		{name: "marshaller that fails", h: func(context.Context, *task.Request) (any, error) { return failingMarshaler{}, nil },
			failure: &task.Error{Name: "States.TaskFailed"}, cause: "no text today"},
		{name: "marshaller that panics", h: func(context.Context, *task.Request) (any, error) { return panickingMarshaler{}, nil },
			failure: &task.Error{Name: "States.TaskFailed"}, cause: "panicked while it was encoded: marshal"},
		{name: "Error gives name and cause", h: func(context.Context, *task.Request) (any, error) {
			return nil, fmt.Errorf("wrapped: %w", &task.Error{Name: "Card.Busy", Cause: "later"})
		}, failure: &task.Error{Name: "Card.Busy", Cause: "later"}},
		{name: "Error without a name", h: func(context.Context, *task.Request) (any, error) { return nil, &task.Error{Cause: "c"} },
			failure: &task.Error{Name: "States.TaskFailed", Cause: "c"}},
		{name: "own error type", h: func(context.Context, *task.Request) (any, error) {
			return nil, fmt.Errorf("pay: %w", cardError{7})
		}, failure: &task.Error{Name: "Card.Refused", Cause: "code 7"}},
		{name: "other error", h: func(context.Context, *task.Request) (any, error) { return nil, errors.New("disk full") },
			failure: &task.Error{Name: "States.TaskFailed", Cause: "disk full"}},
		{name: "deadline", h: func(context.Context, *task.Request) (any, error) {
			return nil, fmt.Errorf("ask the bank: %w", context.DeadlineExceeded)
		}, failure: &task.Error{Name: "States.Timeout", Cause: "ask the bank: context deadline exceeded"}},
		{name: "panic", h: func(context.Context, *task.Request) (any, error) { panic("index 3") },
			failure: &task.Error{Name: "States.TaskFailed"}, cause: `the handler of "gait:x" panicked: index 3 at `},
		{name: "index out of range", h: func(_ context.Context, r *task.Request) (any, error) {
			var list []int
			return list[len(r.Input)], nil
		}, failure: &task.Error{Name: "States.TaskFailed"}, cause: "call_test.go:"},
		{name: "error with output", h: func(context.Context, *task.Request) (any, error) { return 1, errors.New("no") },
			failure: &task.Error{Name: "States.TaskFailed", Cause: "no"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, failure := task.Call(context.Background(), task.HandlerFunc(tt.h),
				&task.Request{Resource: "gait:x", Input: []byte(`{"in": 1.0}`)})
			if string(got) != tt.want {
				t.Errorf("output %s, want %s", got, tt.want)
			}
			if failure != nil && tt.cause != "" {
				if !strings.Contains(failure.Cause, tt.cause) {
					t.Errorf("cause %q, want one that holds %q", failure.Cause, tt.cause)
				}
				failure.Cause = ""
			}
			if diff := cmp.Diff(tt.failure, failure); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHandlerThatEndsItsGoroutineFails(t *testing.T) {
	t.Parallel()
	h := task.HandlerFunc(func(context.Context, *task.Request) (any, error) { runtime.Goexit(); return nil, nil })
	result := make(chan *task.Error, 1)
	go func() {
		var failure *task.Error
		defer func() { result <- failure }()
		_, failure = task.Call(context.Background(), h, &task.Request{})
	}()
	// Goexit cannot be stopped, so Call does not return here; the process and the other goroutines must live on.
	select {
	case <-result:
	case <-time.After(2 * time.Minute):
		t.Fatal("the goroutine neither ended nor answered")
	}
}

func TestFuncDecodesAndEncodes(t *testing.T) {
	t.Parallel()
	type in struct{ A, B int }
	h := task.Func(func(ctx context.Context, v in) (int, error) {
		req, ok := task.RequestFrom(ctx)
		if !ok || req.Key != "k" {
			return 0, errors.New("the request is missing")
		}
		return v.A + v.B, nil
	})
	got, failure := task.Call(context.Background(), h, &task.Request{Key: "k", Input: []byte(`{"A":2,"B":3}`)})
	if failure != nil || string(got) != "5" {
		t.Errorf("got %s %v, want 5", got, failure)
	}
	_, failure = task.Call(context.Background(), h, &task.Request{State: "Add", Input: []byte(`{"A":"two"}`)})
	want := `the input of state "Add" does not fit task_test.in: cannot unmarshal string into Go struct field in.A of type int`
	if failure == nil || failure.Name != "States.TaskFailed" || failure.Cause != want {
		t.Errorf("failure %+v, want States.TaskFailed with %q", failure, want)
	}
}

func TestFuncRefusesTypesThatAreNoJSON(t *testing.T) {
	t.Parallel()
	type tree struct {
		Kids []*tree
		When time.Time
		Any  any
	}
	type bad struct{ Inner struct{ C chan int } }
	type hidden struct {
		C chan int `json:"-"`
		d func()
	}
	_ = hidden{}.d
	tests := []struct {
		name  string
		make  func()
		panic string
	}{
		{"recursive struct", func() { task.Func(func(context.Context, tree) (tree, error) { return tree{}, nil }) }, ""},
		{"hidden fields", func() { task.Func(func(context.Context, hidden) (hidden, error) { return hidden{}, nil }) }, ""},
		{"integer keys", func() { task.Func(func(context.Context, map[int]any) (any, error) { return nil, nil }) }, ""},
		{"channel inside", func() { task.Func(func(context.Context, bad) (any, error) { return nil, nil }) },
			"the input task_test.bad cannot be decoded from JSON: field Inner: field C: it is a chan"},
		{"function", func() { task.Func(func(context.Context, any) (func(), error) { return nil, nil }) },
			"the output func() cannot be encoded as JSON: it is a func"},
		{"map key", func() { task.Func(func(context.Context, any) (map[float64]int, error) { return nil, nil }) },
			"it is a map with keys of type float64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				got, _ := recover().(string)
				if (got == "") != (tt.panic == "") || !strings.Contains(got, tt.panic) {
					t.Errorf("panic %q, want %q", got, tt.panic)
				}
			}()
			tt.make()
		})
	}
}

func TestHeartbeatGoesToTheHost(t *testing.T) {
	t.Parallel()
	beats := 0
	req := &task.Request{Beat: func(context.Context) error { beats++; return nil }}
	if err := req.Heartbeat(context.Background()); err != nil || beats != 1 {
		t.Errorf("Heartbeat: %v after %d beats, want one", err, beats)
	}
	if err := (&task.Request{}).Heartbeat(context.Background()); err != nil {
		t.Errorf("Heartbeat without a host: %v, want nil", err)
	}
}
