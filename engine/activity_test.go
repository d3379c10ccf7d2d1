package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

const packARN = "arn:aws:states:us-east-1:000000000000:activity:pack"

// packing returns a definition of one Task state for the activity pack, with more members.
func packing(more string) string {
	return `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"` + packARN + `",` + more + `"End":true}}}`
}

// openPacking returns an engine with the activity pack and the machine m, whose only state is a task for it.
func openPacking(t testing.TB, cfg engine.Config, more string) *engine.Engine {
	t.Helper()
	e := open(t, cfg)
	createPack(t, e)
	deploy(t, e, "m", packing(more))
	return e
}

func createPack(t testing.TB, e *engine.Engine) {
	t.Helper()
	if a, err := e.CreateActivity(t.Context(), "pack"); err != nil || a.ARN != packARN {
		t.Fatalf("CreateActivity: %+v %v", a, err)
	}
}

// poll returns the next task of the activity pack. There must be one.
func poll(t testing.TB, e *engine.Engine, worker string) *task.ActivityTask {
	t.Helper()
	got, err := e.GetActivityTask(t.Context(), packARN, worker)
	if err != nil || got == nil {
		t.Fatalf("GetActivityTask: %v %v, want a task", got, err)
	}
	return got
}

func succeed(t testing.TB, e *engine.Engine, token task.Token, output string) {
	t.Helper()
	if err := e.SendTaskSuccess(t.Context(), token, []byte(output)); err != nil {
		t.Fatalf("SendTaskSuccess: %v", err)
	}
}

// code returns the name that AWS has for an error.
func code(err error) string {
	var coded engine.Coded
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return fmt.Sprint(err)
}

func TestActivitiesAreCreatedListedAndDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, st := reopened(t, memory.New(), engine.Config{})
		began := time.Now()
		names := []string{"pack", "büro", "a.b-c_d"}
		for _, name := range names {
			if _, err := e.CreateActivity(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		again, err := e.CreateActivity(t.Context(), "pack")
		want := engine.Activity{Name: "pack", ARN: packARN, Created: began.UTC()}
		if diff := cmp.Diff(want, again); err != nil || diff != "" {
			t.Errorf("created again: %v (-want +got):\n%s", err, diff)
		}
		closeNow(t, e)
		e, _ = reopened(t, st, engine.Config{})
		defer closeNow(t, e)

		list := func(after string) (found []string) {
			for a, err := range e.ListActivities(t.Context(), after) {
				if err != nil {
					return append(found, code(err))
				}
				found = append(found, a.Name)
			}
			return found
		}
		if got := list(""); !slices.Equal(got, names) {
			t.Errorf("listed %q, want %q", got, names)
		}
		if got := list(packARN); !slices.Equal(got, names[1:]) {
			t.Errorf("listed after pack %q, want %q", got, names[1:])
		}
		if got, err := e.DescribeActivity(t.Context(), "pack"); err != nil || got != again {
			t.Errorf("described %+v %v, want %+v", got, err, again)
		}
		for range 2 { // to delete what does not exist is no error
			if err := e.DeleteActivity(t.Context(), packARN); err != nil {
				t.Errorf("delete: %v", err)
			}
		}
		if got := list(""); !slices.Equal(got, names[1:]) {
			t.Errorf("listed %q, want %q", got, names[1:])
		}
	})
}

func TestActivityIsCreatedWithTags(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	check := func(want ...engine.Tag) {
		t.Helper()
		if got, err := e.Tags(t.Context(), packARN); err != nil || !slices.Equal(got, want) {
			t.Errorf("tags %v %v, want %v", got, err, want)
		}
	}
	create := func(tags ...engine.Tag) error {
		_, err := e.CreateActivity(t.Context(), "pack", tags...)
		return err
	}
	many := make([]engine.Tag, 51)
	for i := range many {
		many[i].Key = fmt.Sprint("k", i)
	}
	for want, tags := range map[string][]engine.Tag{"ValidationException": {{Key: ""}}, "TooManyTags": many} {
		if got := code(create(tags...)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if _, err := e.DescribeActivity(t.Context(), "pack"); code(err) != "ActivityDoesNotExist" {
		t.Errorf("an activity that was refused: %v", err)
	}
	a, b := engine.Tag{Key: "a", Value: "1"}, engine.Tag{Key: "b", Value: "2"}
	if err := create(b, a); err != nil {
		t.Fatal(err)
	}
	check(a, b)
	// Source: API reference, CreateActivity: a repetition with other tags changes nothing.
	if err := create(engine.Tag{Key: "c"}); err != nil {
		t.Fatal(err)
	}
	check(a, b)
	if err := e.DeleteActivity(t.Context(), "pack"); err != nil {
		t.Fatal(err)
	}
	if err := create(); err != nil {
		t.Fatal(err)
	}
	check()
}

func TestErrorsOfActivities(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	createPack(t, e)
	missing := strings.Replace(packARN, "pack", "none", 1)
	create := func(name string) error { _, err := e.CreateActivity(t.Context(), name); return err }
	describe := func(arn string) error { _, err := e.DescribeActivity(t.Context(), arn); return err }
	get := func(arn, worker string) error { _, err := e.GetActivityTask(t.Context(), arn, worker); return err }
	tests := []struct {
		name       string
		err        error
		code, text string
	}{
		{"name with a blank", create("a b"), "InvalidName", "Invalid Name: 'a b'"},
		{"name of 81 characters", create(strings.Repeat("x", 81)), "ValidationException", ""},
		{"describe a missing one", describe(missing), "ActivityDoesNotExist", "Activity Does Not Exist: '" + missing + "'"},
		{"describe no ARN", describe("no an arn"), "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: no an arn'"},
		{"describe another ARN", describe("arn:aws:states:us-east-1:000000000000:stateMachine:m"), "InvalidArn", ""},
		{"task of a missing one", get(missing, "w"), "ActivityDoesNotExist", "Activity Does Not Exist: '" + missing + "'"},
		{"task of another account", get("arn:aws:states:us-east-1:111111111111:activity:pack", "w"), "ActivityDoesNotExist", ""},
		{"task of no ARN", get("a:b", "w"), "InvalidArn", ""},
		{"long name of a worker", get(packARN, strings.Repeat("ü", 81)), "ValidationException", "1 validation error detected: Value '" +
			strings.Repeat("ü", 81) + "' at 'workerName' failed to satisfy constraint: Member must have length less than or equal to 80"},
	}
	for _, tt := range tests {
		if got := code(tt.err); got != tt.code || tt.text != "" && tt.err.Error() != tt.text {
			t.Errorf("%s: %s, %v, want %s, %s", tt.name, got, tt.err, tt.code, tt.text)
		}
	}
}

func TestActivityRoundTrip(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			e := openPacking(t, engine.Config{Store: openStore(t, kind, t.TempDir())},
				`"Parameters":{"n.$":"$.order"},"HeartbeatSeconds":20,"TimeoutSeconds":90,`)
			id := start(t, e, "m", `{"order":7}`)
			got := poll(t, e, "w-1")
			if string(got.Input) != `{"n":7}` || got.HeartbeatSeconds != 20 || got.TimeoutSeconds != 90 {
				t.Errorf("got the input %s with %d and %d seconds", got.Input, got.HeartbeatSeconds, got.TimeoutSeconds)
			}
			d, err := e.Describe(t.Context(), id)
			if err != nil || len(d.Waiting) != 1 || d.Waiting[0].Worker != "w-1" || !d.Waiting[0].Started || d.Waiting[0].For != engine.ForTask {
				t.Errorf("described %+v %v, want a task that w-1 works on", d.Waiting, err)
			}
			succeed(t, e, got.Token, `{"packed":true}`)
			if got := wait(t, e, id); got != `SUCCEEDED {"packed":true}` {
				t.Errorf("got %s", got)
			}
			all := events(t, e, id)
			want := "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded TaskStateExited ExecutionSucceeded"
			if got := types(t, all); got != want {
				t.Errorf("history %s, want %s", got, want)
			} else if worker := all[3].Details.WorkerName; worker != "w-1" {
				t.Errorf("ActivityStarted names %q, want w-1", worker)
			}
		})
	}
}

func TestPollIsEmptyAfterAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := openPacking(t, engine.Config{}, "")
		began := time.Now()
		if got, err := e.GetActivityTask(t.Context(), packARN, ""); got != nil || err != nil {
			t.Errorf("got %v %v, want neither task nor error", got, err)
		}
		if d := time.Since(began); d != time.Minute {
			t.Errorf("waited %v, want a minute", d)
		}
	})
}

func TestTasksAndWorkersGoByTheTimeTheyCame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := openPacking(t, engine.Config{Loaded: 1}, "")
		for i := range 20 {
			start(t, e, "m", fmt.Sprint(i))
			time.Sleep(time.Millisecond)
		}
		for i := range 20 {
			if got := poll(t, e, "w"); string(got.Input) != fmt.Sprint(i) {
				t.Errorf("task %d has the input %s", i, got.Input)
			}
		}
		served := make(chan string, 20)
		for i := range 20 {
			go func() {
				got := poll(t, e, "")
				served <- fmt.Sprintf("worker %d got %s", i, got.Input)
			}()
			synctest.Wait()
		}
		for i := range 20 {
			start(t, e, "m", fmt.Sprint(i))
			if got, want := <-served, fmt.Sprintf("worker %d got %d", i, i); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}

func TestClocksOfAnActivityBeginWhenAWorkerHasTheTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := openPacking(t, engine.Config{}, `"TimeoutSeconds":30,"HeartbeatSeconds":10,`)
		id := start(t, e, "m", `{}`)
		time.Sleep(24 * time.Hour)
		got := poll(t, e, "w")
		began := time.Now()
		for range 3 {
			time.Sleep(9 * time.Second)
			if err := e.SendTaskHeartbeat(t.Context(), got.Token); err != nil {
				t.Fatalf("heartbeat: %v", err)
			}
		}
		if got := wait(t, e, id); got != "FAILED States.Timeout: " {
			t.Errorf("got %s", got)
		}
		if d := time.Since(began); d != 30*time.Second {
			t.Errorf("timed out %v after it was handed out, want 30s", d)
		}
		want := "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivityTimedOut ExecutionFailed"
		if got := types(t, events(t, e, id)); got != want {
			t.Errorf("history %s, want %s", got, want)
		}
		if err := e.SendTaskSuccess(t.Context(), got.Token, []byte(`1`)); code(err) != "TaskTimedOut" {
			t.Errorf("success after the timeout: %v, want TaskTimedOut", err)
		}
	})
}

func TestDeletedActivity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := openPacking(t, engine.Config{}, "")
		gone := make(chan string, 3)
		for range 3 {
			go func() {
				_, err := e.GetActivityTask(t.Context(), packARN, "w")
				gone <- code(err)
			}()
		}
		synctest.Wait()
		if err := e.DeleteActivity(t.Context(), packARN); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if got := <-gone; got != "ActivityDoesNotExist" {
				t.Errorf("a waiting worker heard %s", got)
			}
		}
		// Recorded: aws/execution/activities, activity_task_on_deleted.
		want := "FAILED States.Runtime: An error occurred while executing the state 'T' (entered at the event id #2). The activity " +
			packARN + " does not exist."
		if got := wait(t, e, start(t, e, "m", `{}`)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}

		createPack(t, e)
		id := start(t, e, "m", `1`)
		if err := e.DeleteActivity(t.Context(), packARN); err != nil {
			t.Fatal(err)
		}
		createPack(t, e)
		got := poll(t, e, "w")
		if err := e.DeleteActivity(t.Context(), packARN); err != nil {
			t.Fatal(err)
		}
		succeed(t, e, got.Token, `"done"`)
		if got := wait(t, e, id); got != `SUCCEEDED "done"` {
			t.Errorf("a task from before the deletion: %s", got)
		}
	})
}

func TestRegisteredHandlerStandsForWorkers(t *testing.T) {
	t.Parallel()
	var tasks task.Mux
	tasks.HandleFunc(packARN, func(_ context.Context, r *task.Request) (any, error) { return r.Input, nil })
	e := open(t, engine.Config{Tasks: &tasks})
	deploy(t, e, "m", packing(""))
	id := start(t, e, "m", `{"n":1}`)
	if got := wait(t, e, id); got != `SUCCEEDED {"n":1}` {
		t.Errorf("got %s", got)
	}
	want := "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded TaskStateExited ExecutionSucceeded"
	if got := types(t, events(t, e, id)); got != want {
		t.Errorf("history %s, want %s", got, want)
	}
	createPack(t, e) // from now on it has workers
	id = start(t, e, "m", `{"n":2}`)
	succeed(t, e, poll(t, e, "w").Token, `"by a worker"`)
	if got := wait(t, e, id); got != `SUCCEEDED "by a worker"` {
		t.Errorf("got %s", got)
	}
}

func TestIdlePollersDoNotTouchTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &watched{Store: memory.New()}
		e := openPacking(t, engine.Config{Store: st}, "")
		start(t, e, "m", `{}`) // something that waits, too
		poll(t, e, "w")
		ctx, cancel := context.WithCancel(t.Context())
		const workers = 2000
		polls, ended := make(chan struct{}, 100_000), make(chan struct{}, workers)
		for range workers {
			go func() {
				defer func() { ended <- struct{}{} }()
				for ctx.Err() == nil {
					polls <- struct{}{}
					_, _ = e.GetActivityTask(ctx, packARN, "w")
				}
			}()
		}
		synctest.Wait()
		before := st.calls.Load()
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		if n := st.calls.Load() - before; n != 0 {
			t.Errorf("%d idle pollers called the store %d times, want 0", workers, n)
		}
		if n := len(polls); n != 4*workers {
			t.Errorf("%d polls in three minutes, want %d", n, 4*workers)
		}
		cancel()
		for range workers {
			<-ended
		}
	})
}
