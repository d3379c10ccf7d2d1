package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// The tests of this file run in a bubble: time stands still while anything can go on, and then jumps.

// one returns a definition of one Task state that calls gait:work, with more members, and the state Caught if they name it.
func one(more string) string {
	caught := ""
	if strings.Contains(more, `"Caught"`) {
		caught = `,"Caught":{"Type":"Pass","End":true}`
	}
	return `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:work",` + more + `"End":true}` + caught + `}}`
}

func TestRetryBacksOffAndCatchTakesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var attempts []string
		began := time.Now()
		e := open(t, engine.Config{Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			attempts = append(attempts, fmt.Sprintf("%d/%d after %v", r.Attempt, r.Delivery, time.Since(began)))
			return nil, &task.Error{Name: "Card.Busy", Cause: "later"}
		})})
		deploy(t, e, "m", one(`"Retry":[{"ErrorEquals":["Card.Busy"],"IntervalSeconds":3,"BackoffRate":2,"MaxAttempts":3}],
			"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.error","Next":"Caught"}],`))
		got := wait(t, e, start(t, e, "m", `{"a":1}`))
		if want := `SUCCEEDED {"a":1,"error":{"Error":"Card.Busy","Cause":"later"}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		want := []string{"0/1 after 0s", "1/1 after 3s", "2/1 after 9s", "3/1 after 21s"}
		if diff := cmp.Diff(want, attempts); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
	})
}

func TestKeysDifferByAttemptOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := map[string]int{}
		e := open(t, engine.Config{Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			keys[r.Key]++
			return nil, errors.New("no")
		})})
		deploy(t, e, "m", one(`"Retry":[{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":4}],`))
		wait(t, e, start(t, e, "m", `{}`))
		wait(t, e, start(t, e, "m", `{}`))
		if len(keys) != 10 {
			t.Errorf("%d different keys of 10 attempts: %v", len(keys), keys)
		}
	})
}

func TestFailuresOfHandlers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		h    task.HandlerFunc
		want string // prefix
	}{
		{"error", func(context.Context, *task.Request) (any, error) { return nil, errors.New("disk full") },
			"FAILED States.TaskFailed: disk full"},
		{"panic", func(context.Context, *task.Request) (any, error) { panic("oops") },
			`FAILED States.TaskFailed: the handler of "gait:work" panicked: oops at `},
		{"invalid JSON", func(context.Context, *task.Request) (any, error) { return json.RawMessage(`{"a":}`), nil },
			`FAILED States.TaskFailed: the handler of "gait:work" returned no JSON: `},
		{"no JSON type", func(context.Context, *task.Request) (any, error) { return func() {}, nil },
			`FAILED States.TaskFailed: the handler of "gait:work" returned no JSON: json: unsupported type: func()`},
		{"own deadline", func(context.Context, *task.Request) (any, error) { return nil, context.DeadlineExceeded },
			"FAILED States.Timeout: context deadline exceeded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := open(t, engine.Config{Tasks: handlers(tt.h)})
				deploy(t, e, "m", one(""))
				if got := wait(t, e, start(t, e, "m", `{}`)); !strings.HasPrefix(got, tt.want) {
					t.Errorf("got %s, want %s…", got, tt.want)
				}
			})
		})
	}
}

func TestHandlerThatEndsItsGoroutineFailsTheTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{MaxTasks: 1, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			if string(r.Input) == "1" {
				goexit()
			}
			return 2, nil
		})})
		deploy(t, e, "m", one(""))
		if got, want := wait(t, e, start(t, e, "m", `1`)),
			`FAILED States.TaskFailed: the handler of "gait:work" ended its goroutine`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := wait(t, e, start(t, e, "m", `{}`)); got != "SUCCEEDED 2" {
			t.Errorf("the only place for handlers was lost: %s", got)
		}
	})
}

func TestTimeoutBitesWhileTheHandlerBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := make(chan string, 1)
		e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			deadline, ok := ctx.Deadline()
			<-ctx.Done()
			seen <- fmt.Sprintf("%v %v %v", ok, time.Until(deadline), ctx.Err())
			return 1, nil // too late
		})})
		deploy(t, e, "m", one(`"TimeoutSeconds":7,`))
		began := time.Now()
		id := start(t, e, "m", `{}`)
		if got := wait(t, e, id); got != "FAILED States.Timeout: " {
			t.Errorf("got %s, want States.Timeout without a cause", got)
		}
		if d := time.Since(began); d != 7*time.Second {
			t.Errorf("timed out after %v, want 7s", d)
		}
		if got, want := <-seen, "true 0s context deadline exceeded"; got != want {
			t.Errorf("the handler saw %s, want %s", got, want)
		}
		want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskTimedOut ExecutionFailed"
		if got := types(t, events(t, e, id)); got != want {
			t.Errorf("history %s, want %s", got, want)
		}
	})
}

func TestMachineTimeoutBitesWhileTheHandlerBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cancelled := make(chan error, 1)
		e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			cancelled <- ctx.Err()
			return nil, ctx.Err()
		})})
		deploy(t, e, "m", `{"TimeoutSeconds":11,`+chain(1)[1:])
		began := time.Now()
		id := start(t, e, "m", `{}`)
		if got := wait(t, e, id); !strings.HasPrefix(got, "TIMED_OUT ") {
			t.Errorf("got %s, want TIMED_OUT", got)
		}
		if d := time.Since(began); d != 11*time.Second {
			t.Errorf("timed out after %v, want 11s", d)
		}
		if err := <-cancelled; err == nil {
			t.Error("the handler's context did not end")
		}
	})
}

func TestHeartbeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		beats := 0
		e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
			for range beats {
				time.Sleep(4 * time.Second)
				if err := r.Heartbeat(ctx); err != nil {
					return nil, err
				}
			}
			<-ctx.Done()
			return nil, r.Heartbeat(context.Background())
		})})
		deploy(t, e, "m", one(`"HeartbeatSeconds":5,"TimeoutSeconds":60,`))
		for _, tt := range []struct {
			beats int
			after time.Duration
		}{{0, 5 * time.Second}, {3, 17 * time.Second}} {
			beats = tt.beats
			began := time.Now()
			if got := wait(t, e, start(t, e, "m", `{}`)); !strings.HasPrefix(got, "FAILED States.") {
				t.Errorf("%d beats: %s, want a timeout", tt.beats, got)
			}
			if d := time.Since(began); d != tt.after {
				t.Errorf("%d beats: timed out after %v, want %v", tt.beats, d, tt.after)
			}
		}
	})
}

func TestStopBitesWhileTheHandlerBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cancelled := make(chan error, 1)
		e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			cancelled <- ctx.Err()
			return nil, ctx.Err()
		})})
		deploy(t, e, "m", one(""))
		id := start(t, e, "m", `{}`)
		synctest.Wait()
		if err := e.Stop(t.Context(), id, "Manual", "enough"); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, e, id); got != "ABORTED Manual: enough" {
			t.Errorf("got %s", got)
		}
		if err := <-cancelled; !errors.Is(err, context.Canceled) {
			t.Errorf("the handler saw %v, want context.Canceled", err)
		}
		before := events(t, e, id)
		synctest.Wait() // the late result must change nothing
		if err := e.Stop(t.Context(), id, "Again", ""); err != nil {
			t.Errorf("stopping what has ended: %v, want nil", err)
		}
		if diff := cmp.Diff(before, events(t, e, id)); diff != "" {
			t.Errorf("history changed after the end (-before +after):\n%s", diff)
		}
	})
}

func TestStopInterruptsALoop(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{Limits: states.Limits{Events: -1}})
	deploy(t, e, "loop", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[
		{"Variable":"$.stop","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}`)
	id := start(t, e, "loop", `{}`)
	if err := e.Stop(t.Context(), id, "", ""); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, e, id); got != "ABORTED : " {
		t.Errorf("got %s, want ABORTED without error and cause", got)
	}
}

func TestMaxTasksBoundsHandlersAndNothingIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		e := open(t, engine.Config{MaxTasks: 3, Loaded: 10, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			n := running.Add(1)
			defer running.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(time.Second)
			if r.Delivery != 1 {
				return nil, errors.New("delivered again without a restart")
			}
			return r.Input, nil
		})})
		deploy(t, e, "m", one(""))
		var ids []engine.ID
		for i := range 3000 { // more than the dispatcher keeps in memory
			ids = append(ids, start(t, e, "m", fmt.Sprint(i)))
		}
		for i, id := range ids {
			if got, want := wait(t, e, id), fmt.Sprint("SUCCEEDED ", i); got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
		if most.Load() != 3 {
			t.Errorf("at most %d handlers ran at once, want 3", most.Load())
		}
	})
}

func TestDescribeTellsWhatIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
			if string(r.Input) == `"busy"` && r.Attempt < 2 {
				return nil, &task.Error{Name: "Busy"}
			}
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		work := `{"StartAt":"%s","States":{"%[1]s":{"Type":"Task","Resource":"gait:work","Parameters":%[2]s,"TimeoutSeconds":600,"HeartbeatSeconds":90,
			"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":10,"BackoffRate":3}],"End":true}}}`
		deploy(t, e, "m", `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[`+
			fmt.Sprintf(work, "Block", `{"x":1}`)+`,`+fmt.Sprintf(work, "Retry", `{"x":2}`)+`,
			{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}}]}}}`)
		began := time.Now().UTC()
		id := start(t, e, "m", `{}`)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		d, err := e.Describe(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
		want := []engine.Waiting{
			{State: "P", Type: "Parallel", For: engine.ForBranches, Index: -1, Since: began, Running: 3, Total: 3},
			{State: "Block", Type: "Task", For: engine.ForTask, Resource: "gait:work", Since: began, Until: at(600), Heartbeat: at(90)},
			{State: "Retry", Type: "Task", For: engine.ForTask, Index: 1, Resource: "gait:work", Since: began, Until: at(600), Heartbeat: at(90)},
			{State: "W", Type: "Wait", For: engine.ForTimer, Index: 2, Since: began, Until: at(86400)},
		}
		if diff := cmp.Diff(want, d.Waiting); diff != "" {
			t.Errorf("waiting (-want +got):\n%s", diff)
		}
		if d.Status != states.Running || d.Machine != "m" || string(d.Input) != "{}" || !d.Started.Equal(began) {
			t.Errorf("description %+v", d)
		}
		if err := e.Stop(t.Context(), id, "E", "C"); err != nil {
			t.Fatal(err)
		}
		d, err = e.Describe(t.Context(), id)
		if err != nil || d.Error != "E" || d.Cause != "C" || d.Waiting != nil || !d.Stopped.Equal(at(5)) {
			t.Errorf("after Stop: %+v %v", d, err)
		}
	})
}

func TestDescribeShowsRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{Tasks: handlers(func(context.Context, *task.Request) (any, error) { return nil, &task.Error{Name: "Busy"} })})
		deploy(t, e, "m", one(`"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":10,"BackoffRate":3}],`))
		began := time.Now().UTC()
		id := start(t, e, "m", `{}`)
		time.Sleep(15 * time.Second)
		synctest.Wait()
		d, err := e.Describe(t.Context(), id)
		want := []engine.Waiting{{State: "T", Type: "Task", For: engine.ForRetry, Index: -1, Resource: "gait:work", Since: began,
			Until: began.Add(40 * time.Second), Attempt: 2}}
		if diff := cmp.Diff(want, d.Waiting); err != nil || diff != "" {
			t.Errorf("waiting %v (-want +got):\n%s", err, diff)
		}
		wait(t, e, id)
	})
}

func TestLongWaitsEndInTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{Loaded: 8})
		deploy(t, e, "m", `{"StartAt":"W","States":{"W":{"Type":"Wait","SecondsPath":"$","End":true}}}`)
		began := time.Now()
		var ids []engine.ID
		seconds := []int{0, 1, 59, 60, 61, 90, 119, 3600, 86400, 31536000}
		for range 5 {
			for _, s := range seconds {
				ids = append(ids, start(t, e, "m", fmt.Sprint(s)))
			}
		}
		for i := range seconds {
			wait(t, e, ids[i])
			if d, want := time.Since(began), time.Duration(seconds[i])*time.Second; d != want {
				t.Errorf("Wait of %v ended after %v", want, d)
			}
		}
		for _, id := range ids {
			wait(t, e, id)
		}
	})
}

func TestCallbackTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tokens := make(chan task.Token, 1)
		var tasks task.Mux
		tasks.HandleFunc("arn:aws:states:::sqs:sendMessage.waitForTaskToken", func(_ context.Context, r *task.Request) (any, error) {
			tokens <- r.Token
			return map[string]string{"MessageId": "m-1"}, nil
		})
		e := open(t, engine.Config{Tasks: &tasks})
		deploy(t, e, "m", `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
			"Parameters":{"QueueUrl":"q","MessageBody":{"token.$":"$$.Task.Token"}},"HeartbeatSeconds":10,"TimeoutSeconds":600,
			"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"End":true},"C":{"Type":"Pass","End":true}}}`)
		var closed *engine.TokenError

		id := start(t, e, "m", `{}`)
		token := <-tokens
		time.Sleep(9 * time.Second)
		if err := e.SendTaskHeartbeat(t.Context(), token); err != nil {
			t.Fatalf("heartbeat: %v", err)
		}
		time.Sleep(9 * time.Second)
		if d, err := e.Describe(t.Context(), id); err != nil || len(d.Waiting) != 1 || d.Waiting[0].For != engine.ForCallback {
			t.Errorf("Describe: %+v %v, want a wait for a callback", d.Waiting, err)
		}
		var output *engine.OutputError
		if err := e.SendTaskSuccess(t.Context(), token, []byte(`{"ok":`)); !errors.As(err, &output) {
			t.Errorf("output that is no JSON: %v, want an *OutputError", err)
		}
		if err := e.SendTaskSuccess(t.Context(), token, []byte(`{"ok":true}`)); err != nil {
			t.Fatalf("success: %v", err)
		}
		if got := wait(t, e, id); got != `SUCCEEDED {"ok":true}` {
			t.Errorf("got %s", got)
		}
		if err := e.SendTaskSuccess(t.Context(), token, []byte(`1`)); !errors.As(err, &closed) || !closed.Closed {
			t.Errorf("second answer: %v, want TaskTimedOut", err)
		}
		if err := e.SendTaskSuccess(t.Context(), "made up", []byte(`1`)); !errors.As(err, &closed) || closed.Closed {
			t.Errorf("forged token: %v, want InvalidToken", err)
		}

		id = start(t, e, "m", `{}`)
		if err := e.SendTaskFailure(t.Context(), <-tokens, "", ""); err != nil {
			t.Fatalf("failure: %v", err)
		}
		if got := wait(t, e, id); got != `SUCCEEDED {"Error":null,"Cause":null}` {
			t.Errorf("failure without name and cause: %s", got)
		}

		id = start(t, e, "m", `{}`)
		token = <-tokens
		if got := wait(t, e, id); got != `SUCCEEDED {"Error":"States.Timeout","Cause":""}` {
			t.Errorf("heartbeat that ran out: %s", got)
		}
		if err := e.SendTaskHeartbeat(t.Context(), token); !errors.As(err, &closed) || !closed.Closed {
			t.Errorf("heartbeat after the end: %v, want TaskTimedOut", err)
		}
	})
}
