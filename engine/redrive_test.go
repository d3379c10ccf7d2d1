package engine_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// redrive redrives an execution.
func redrive(t testing.TB, e *engine.Engine, id engine.ID, opts ...engine.RedriveOption) time.Time {
	t.Helper()
	at, err := e.Redrive(t.Context(), id, opts...)
	if err != nil {
		t.Fatalf("redrive %s: %v", id, err)
	}
	return at
}

// failingUntil returns a handler that fails until n is 0, and then echoes.
func failingUntil(n *atomic.Int64) task.HandlerFunc {
	return func(_ context.Context, r *task.Request) (any, error) {
		if n.Load() > 0 {
			return nil, &task.Error{Name: "Broken"}
		}
		return r.Input, nil
	}
}

func TestRedriveGoesOnAfterTheProblemIsGone(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			clock := &fakeClock{now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
			var broken atomic.Int64
			broken.Store(1)
			e := open(t, engine.Config{Store: openStore(t, kind, t.TempDir()), Clock: clock, Tasks: handlers(failingUntil(&broken))})
			deploy(t, e, "m", `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"count.$":"$$.Execution.RedriveCount"},"Next":"T"},
				"T":{"Type":"Task","Resource":"gait:work","Parameters":{"seen.$":"$.count","count.$":"$$.Execution.RedriveCount"},"Next":"B"},
				"B":{"Type":"Pass","Parameters":{"in.$":"$","at.$":"$$.Execution.RedriveTime","start.$":"$$.Execution.StartTime"},"End":true}}}`)
			id := start(t, e, "m", `{}`)
			if got := wait(t, e, id); got != "FAILED Broken: " {
				t.Fatalf("got %s", got)
			}
			d := describe(t, e, id)
			if d.RedriveStatus != engine.Redrivable || d.RedriveReason != "" || d.Redrives != 0 || !d.Redriven.IsZero() {
				t.Errorf("before: %+v", d)
			}
			clock.advance(time.Hour)
			broken.Store(0)
			at := redrive(t, e, id)
			if !at.Equal(clock.Now()) {
				t.Errorf("redriven at %v, want %v", at, clock.Now())
			}
			want := `SUCCEEDED {"in":{"seen":0,"count":1},"at":"2031-01-01T01:00:00Z","start":"2031-01-01T00:00:00Z"}`
			if got := wait(t, e, id); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			d = describe(t, e, id)
			if d.RedriveStatus != engine.NotRedrivable || d.RedriveReason != "Execution is SUCCEEDED and cannot be redriven" ||
				d.Redrives != 1 || !d.Redriven.Equal(at) {
				t.Errorf("after: %+v", d)
			}
			for s, err := range e.List(t.Context(), engine.Filter{}) {
				if err != nil || s.Redrives != 1 || !s.Redriven.Equal(at) {
					t.Errorf("listed as %+v, %v", s, err)
				}
			}
			all := events(t, e, id)
			wantTypes := "ExecutionStarted PassStateEntered PassStateExited TaskStateEntered TaskScheduled TaskStarted TaskFailed " +
				"ExecutionFailed ExecutionRedriven TaskScheduled TaskStarted TaskSucceeded TaskStateExited PassStateEntered " +
				"PassStateExited ExecutionSucceeded"
			if diff := cmp.Diff(wantTypes, types(t, all)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if all[8].Details.RedriveCount != 1 {
				t.Errorf("redriveCount %d", all[8].Details.RedriveCount)
			}
		})
	}
}

func describe(t testing.TB, e *engine.Engine, id engine.ID) engine.Description {
	t.Helper()
	d, err := e.Describe(t.Context(), id)
	if err != nil {
		t.Fatalf("describe %s: %v", id, err)
	}
	return d
}

func TestRedriveIsRefused(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := open(t, engine.Config{Clock: clock})
	deploy(t, e, "wait", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9900000,"End":true}}}`)
	deploy(t, e, "fail", `{"StartAt":"F","States":{"F":{"Type":"Fail"}}}`)
	deploy(t, e, "pass", `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`)
	refused := func(id engine.ID, reason string) {
		t.Helper()
		_, err := e.Redrive(t.Context(), id)
		var no *engine.NotRedrivableError
		if !errors.As(err, &no) || no.Reason != reason || no.Code() != "ExecutionNotRedrivable" {
			t.Errorf("got %v, want %s", err, reason)
		}
		if d := describe(t, e, id); d.RedriveStatus != engine.NotRedrivable || d.RedriveReason != reason {
			t.Errorf("described as %s %s", d.RedriveStatus, d.RedriveReason)
		}
	}
	refused(start(t, e, "wait", `{}`), "Execution is RUNNING and cannot be redriven")
	passed := start(t, e, "pass", `{}`)
	wait(t, e, passed)
	refused(passed, "Execution is SUCCEEDED and cannot be redriven")
	failed := start(t, e, "fail", `{}`)
	wait(t, e, failed)
	clock.advance(14*24*time.Hour + time.Second)
	refused(failed, "Execution redrivable period exceeded")

	var missing *engine.NotFoundError
	if _, err := e.Redrive(t.Context(), e.ID("pass", "none")); !errors.As(err, &missing) {
		t.Errorf("an unknown execution: %v", err)
	}
	for _, token := range []string{strings.Repeat("x", 65), "a b", "é"} {
		var bad *engine.ValidationError
		if _, err := e.Redrive(t.Context(), failed, engine.WithClientToken(token)); !errors.As(err, &bad) {
			t.Errorf("token %q: %v", token, err)
		}
	}
	if runs, _, _ := engine.Holding(e); runs != 1 {
		t.Errorf("%d executions are in memory, want only the one that waits", runs)
	}
}

func TestRedriveWithTheSameTokenHappensOnce(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := open(t, engine.Config{Clock: clock})
	deploy(t, e, "m", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":99,"End":true}}}`)
	id := start(t, e, "m", `{}`)
	stop := func() {
		t.Helper()
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	first := redrive(t, e, id, engine.WithClientToken("one"))
	clock.advance(time.Minute)
	if again := redrive(t, e, id, engine.WithClientToken("one")); !again.Equal(first) { // while it is running
		t.Errorf("got %v, want %v", again, first)
	}
	stop()
	if again := redrive(t, e, id, engine.WithClientToken("one")); !again.Equal(first) { // and when it has ended again
		t.Errorf("got %v, want %v", again, first)
	}
	if second := redrive(t, e, id, engine.WithClientToken("two")); !second.After(first) {
		t.Errorf("another token: %v", second)
	}
	if d := describe(t, e, id); d.Redrives != 2 || d.Status != states.Running {
		t.Errorf("%d redrives, %v", d.Redrives, d.Status)
	}
}

// TestConcurrentRedrives lets many callers redrive and stop many executions at once: each redrive that is acknowledged is in the
// history, and no other.
func TestConcurrentRedrives(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{Loaded: 2, Shards: 2, Tasks: handlers(func(context.Context, *task.Request) (any, error) {
		return nil, &task.Error{Name: "Broken"}
	})})
	deploy(t, e, "m", chain(1))
	const executions, callers = 6, 12
	var done [executions]atomic.Int64
	var ids [executions]engine.ID
	for i := range ids {
		ids[i] = start(t, e, "m", `{}`)
	}
	for _, id := range ids { // or all callers may come before the end, and be refused
		wait(t, e, id)
	}
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i, id := range ids {
				_, err := e.Redrive(context.Background(), id)
				var no *engine.NotRedrivableError
				switch {
				case err == nil:
					done[i].Add(1)
				case !errors.As(err, &no):
					t.Errorf("redrive: %v", err)
				}
				if _, err := e.Wait(context.Background(), id); !errors.As(err, new(*engine.ExecutionError)) {
					t.Errorf("wait: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for i, id := range ids {
		got := strings.Count(types(t, events(t, e, id)), "ExecutionRedriven")
		d := describe(t, e, id)
		if int64(got) != done[i].Load() || d.Redrives != got || got == 0 || d.Status != states.Failed {
			t.Errorf("%s: %d in the history, %d acknowledged, %+v", id, got, done[i].Load(), d.Summary)
		}
	}
}

func TestRedriveUsesTheRevisionOfTheExecution(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := engine.Open(t.Context(), engine.Config{Store: openStore(t, "sqlite", dir), Tasks: handlers(func(context.Context, *task.Request) (any, error) {
		return nil, &task.Error{Name: "Broken"}
	})})
	if err != nil {
		t.Fatal(err)
	}
	deploy(t, e, "m", chain(2))
	id := start(t, e, "m", `{"n":1}`)
	wait(t, e, id)
	deploy(t, e, "m", `{"StartAt":"New","States":{"New":{"Type":"Pass","End":true}}}`)
	if err := e.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	e = open(t, engine.Config{Store: openStore(t, "sqlite", dir), Tasks: handlers(echo)})
	redrive(t, e, id)
	if got := wait(t, e, id); got != `SUCCEEDED {"n":1}` {
		t.Errorf("got %s", got)
	}
	if got := types(t, events(t, e, id)); strings.Count(got, "TaskStateEntered") != 2 || strings.Contains(got, "Pass") {
		t.Errorf("history %s", got)
	}
}

func TestRedriveOfATimeoutBeginsTheTimeAnew(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := open(t, engine.Config{Clock: clock})
	deploy(t, e, "m", `{"StartAt":"W","TimeoutSeconds":10,"States":{"W":{"Type":"Wait","Seconds":20,"End":true}}}`)
	id := start(t, e, "m", `{}`)
	for n := 1; n <= 2; n++ {
		clock.advance(10 * time.Second)
		if got := wait(t, e, id); got != "TIMED_OUT States.Timeout: " {
			t.Fatalf("got %s", got)
		}
		clock.advance(time.Hour)
		redrive(t, e, id)
		clock.advance(9 * time.Second)
		if d := describe(t, e, id); d.Status != states.Running || d.Redrives != n || !d.Stopped.IsZero() {
			t.Fatalf("%+v", d)
		}
		clock.advance(-9 * time.Second)
	}
}

// TestTwoThousandIterationsAreRedriven redrives a Map that is larger than one commit may run.
func TestTwoThousandIterationsAreRedriven(t *testing.T) {
	t.Parallel()
	var broken atomic.Int64
	broken.Store(1)
	e := open(t, engine.Config{Tasks: handlers(failingUntil(&broken)), Limits: states.Limits{Concurrency: 2000}})
	deploy(t, e, "m", `{"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"T","States":{
		"T":{"Type":"Task","Resource":"gait:work","End":true}}},"End":true}}}`)
	items := make([]string, 2000)
	for i := range items {
		items[i] = fmt.Sprint(i)
	}
	input := "[" + strings.Join(items, ",") + "]"
	id := start(t, e, "m", input)
	wait(t, e, id)
	broken.Store(0)
	redrive(t, e, id)
	if got := wait(t, e, id); got != "SUCCEEDED "+input {
		t.Errorf("got %.200s", got)
	}
}

func TestRedrivenChildDoesNotNeedItsParent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	called := make(chan bool, 1)
	e, err := engine.Open(t.Context(), engine.Config{Store: openStore(t, "sqlite", dir), Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
		called <- true
		<-ctx.Done()
		return nil, ctx.Err()
	})})
	if err != nil {
		t.Fatal(err)
	}
	deploy(t, e, "child", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9000,"End":true}}}`)
	deploy(t, e, "parent", `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
		"Parameters":{"StateMachineArn":"`+machinePrefix+`child","Name":"c"},"End":true}}}`)
	deploy(t, e, "marker", chain(1))
	parent := start(t, e, "parent", `{}`)
	child := e.ID("child", "c")
	for {
		_, err := e.Describe(t.Context(), child)
		if err == nil {
			break
		}
		if missing := (*engine.NotFoundError)(nil); !errors.As(err, &missing) {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	if err := e.Stop(t.Context(), child, "Stopped", ""); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, e, parent); !strings.HasPrefix(got, "FAILED States.TaskFailed") {
		t.Fatalf("parent: %s", got)
	}
	redrive(t, e, child)
	marker := start(t, e, "marker", `{}`)
	<-called
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Close(ended); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// One shard and one place for work take things in the order of their numbers: when the marker is done, the child was looked at.
	e = open(t, engine.Config{Store: openStore(t, "sqlite", dir), Tasks: handlers(echo), Shards: 1, MaxTasks: 1})
	if got := wait(t, e, marker); got != "SUCCEEDED {}" {
		t.Error(got)
	}
	if d := describe(t, e, child); d.Status != states.Running {
		t.Errorf("the child is %v: %s", d.Status, d.Cause)
	}
}

// TestWhatCameBeforeARedriveDoesNotHitWhatGoesOn stops and redrives an execution that has ended, while it is being read: what was asked
// for first is about what has ended.
func TestWhatCameBeforeARedriveDoesNotHitWhatGoesOn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want string
		stopFirst  bool
	}{
		{"a stop before it", `SUCCEEDED 7`, true},
		{"a stop after it", "ABORTED Enough: ", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var broken atomic.Int64
				broken.Store(1)
				var gate atomic.Pointer[chan struct{}]
				st := &spoiled{Store: memory.New(), load: func(*store.Execution) error {
					if gate := gate.Load(); gate != nil {
						<-*gate
					}
					return nil
				}}
				e := open(t, engine.Config{Store: st, Tasks: handlers(failingUntil(&broken))})
				deploy(t, e, "m", one(""))
				id := start(t, e, "m", `7`)
				wait(t, e, id)
				broken.Store(0)
				synctest.Wait()
				held := make(chan struct{})
				gate.Store(&held)
				errs := make(chan error, 2)
				ask := []func(){
					func() { errs <- e.Stop(t.Context(), id, "Enough", "") },
					func() { _, err := e.Redrive(t.Context(), id); errs <- err },
				}
				if !tt.stopFirst {
					ask[0], ask[1] = ask[1], ask[0]
				}
				for _, f := range ask {
					go f()
					synctest.Wait()
				}
				gate.Store(nil)
				close(held)
				for range 2 {
					if err := <-errs; err != nil {
						t.Errorf("%v, want both to succeed", err)
					}
				}
				if got := wait(t, e, id); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			})
		})
	}
}
