package engine_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// renderFarm is a service with jobs. It notes every call with the time since the farm was made.
type renderFarm struct {
	start func(ctx context.Context, r *task.Request) (task.Submission, error)
	poll  func(ctx context.Context, ref task.JobRef) (task.Progress, error)
	stop  func(ctx context.Context, ref task.JobRef) error

	mu    sync.Mutex
	made  time.Time
	calls []string
	begun map[string]int // by key
}

func newFarm() *renderFarm { return &renderFarm{made: time.Now(), begun: map[string]int{}} }

func (f *renderFarm) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf("%v ", time.Since(f.made))+fmt.Sprintf(format, args...))
}

func (f *renderFarm) noted() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

// Start begins job 1, 2, … and gives a key that is known its job again.
func (f *renderFarm) Start(ctx context.Context, r *task.Request) (task.Submission, error) {
	f.mu.Lock()
	n, known := f.begun[r.Key]
	if !known {
		n = len(f.begun) + 1
		f.begun[r.Key] = n
	}
	f.mu.Unlock()
	f.note("start job-%d delivery %d", n, r.Delivery)
	if f.start != nil {
		return f.start(ctx, r)
	}
	return task.Submission{Handle: fmt.Sprint("job-", n), Output: map[string]int{"N": n}}, nil
}

func (f *renderFarm) Poll(ctx context.Context, ref task.JobRef) (task.Progress, error) {
	f.note("poll %s", ref.Handle)
	if f.poll == nil {
		return task.Pending(), nil
	}
	return f.poll(ctx, ref)
}

func (f *renderFarm) Stop(ctx context.Context, ref task.JobRef) error {
	f.note("stop %s", ref.Handle)
	if f.stop == nil {
		return nil
	}
	return f.stop(ctx, ref)
}

// tasks registers the farm for gait:render, and for what AWS calls submitJob.
func (f *renderFarm) tasks() *task.Mux {
	var m task.Mux
	m.HandleJob("gait:render", f)
	m.HandleJob("arn:aws:states:::batch:submitJob*", f)
	return &m
}

// jobMachine has one state that runs a job, with more members.
func jobMachine(more string) string {
	return strings.Replace(one(more), "gait:work", "gait:render", 1)
}

func checkCalls(t *testing.T, f *renderFarm, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.noted()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestJobIsPolledWithGrowingPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.poll = func(_ context.Context, ref task.JobRef) (task.Progress, error) {
			if ref.Polls < 4 {
				return task.Pending(), nil
			}
			return task.Done(map[string]string{"Frames": ref.Handle}), nil
		}
		st := newCounted(memory.New())
		e := open(t, engine.Config{Store: st, Tasks: farm.tasks()})
		deploy(t, e, "m", `{"StartAt":"J","States":{"J":{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.sync",
			"Parameters":{"JobName":"n","JobDefinition":"d","JobQueue":"q"},"End":true}}}`)
		id := start(t, e, "m", `{}`)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if runs, _, calls := engine.Holding(e); calls != 0 || runs != 1 {
			t.Errorf("%d calls and %d runs while the job is waited for, want 0 and 1", calls, runs)
		}
		writes := st.writes.Load()
		d, err := e.Describe(t.Context(), id)
		if err != nil || len(d.Waiting) != 1 || d.Waiting[0].For != engine.ForJob || d.Waiting[0].Handle != "job-1" {
			t.Errorf("waiting for %+v (%v), want job-1", d.Waiting, err)
		}
		if got := wait(t, e, id); got != `SUCCEEDED {"Frames":"job-1"}` {
			t.Errorf("got %s", got)
		}
		if n := st.writes.Load(); n != writes+1 {
			t.Errorf("%d commits after the job was submitted, want the one with its result", n-writes+1)
		}
		checkCalls(t, farm, "0s start job-1 delivery 1", "1s poll job-1", "2.5s poll job-1", "4.75s poll job-1", "8.125s poll job-1",
			"13.187s poll job-1")
		all := events(t, e, id)
		if got, want := types(t, all), "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded "+
			"TaskStateExited ExecutionSucceeded"; got != want {
			t.Errorf("history %s, want %s", got, want)
		}
		if s := all[4].Details; s.Output != `{"N":1}` || s.ResourceType != "batch" || s.Resource != "submitJob.sync" {
			t.Errorf("TaskSubmitted says %+v, want the output of Start", s)
		}
	})
}

func TestJobSaysWhenToPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.start = func(context.Context, *task.Request) (task.Submission, error) {
			return task.Submission{PollAfter: time.Hour}, nil
		}
		farm.poll = func(_ context.Context, ref task.JobRef) (task.Progress, error) {
			return task.Progress{Done: ref.Polls == 2, PollAfter: 10 * time.Minute}, nil
		}
		e := open(t, engine.Config{Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(""))
		id := start(t, e, "m", `{}`)
		if got := wait(t, e, id); got != `SUCCEEDED null` {
			t.Errorf("got %s", got)
		}
		key := string(id) + "#1" // a job without a handle is found by its key
		checkCalls(t, farm, "0s start job-1 delivery 1", "1h0m0s poll "+key, "1h10m0s poll "+key, "1h20m0s poll "+key)
	})
}

func TestSlowestPollIsOneMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.poll = func(_ context.Context, ref task.JobRef) (task.Progress, error) {
			return task.Progress{Done: ref.Polls == 100}, nil
		}
		e := open(t, engine.Config{Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(""))
		wait(t, e, start(t, e, "m", `{}`))
		if d := time.Since(farm.made); d < 90*time.Minute || d > 95*time.Minute {
			t.Errorf("101 polls took %v, want most of them to be a minute apart", d)
		}
	})
}

func TestEndsOfJobs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		more    string
		farm    func(f *renderFarm)
		want    string // prefix of the result
		calls   []string
		history string // the events after TaskStarted
	}{
		{name: "failed", farm: func(f *renderFarm) {
			f.poll = func(context.Context, task.JobRef) (task.Progress, error) {
				return task.JobFailed(map[string]string{"Status": "FAILED"}), nil
			}
		}, want: `FAILED States.TaskFailed: {"Status":"FAILED"}`, calls: []string{"0s start job-1 delivery 1", "1s poll job-1"},
			history: "TaskSubmitted TaskFailed ExecutionFailed"},
		{name: "refused", farm: func(f *renderFarm) {
			f.start = func(context.Context, *task.Request) (task.Submission, error) {
				return task.Submission{}, &task.Error{Name: "Batch.ServerException", Cause: "busy"}
			}
		}, want: `FAILED Batch.ServerException: busy`, calls: []string{"0s start job-1 delivery 1"},
			history: "TaskSubmitFailed ExecutionFailed"},
		{name: "refused at first", more: `"Retry":[{"ErrorEquals":["Batch.ServerException"]}],`, farm: func(f *renderFarm) {
			f.start = func(_ context.Context, r *task.Request) (task.Submission, error) {
				if r.Attempt == 0 {
					return task.Submission{}, &task.Error{Name: "Batch.ServerException", Cause: "busy"}
				}
				return task.Submission{Handle: "second"}, nil
			}
			f.poll = func(context.Context, task.JobRef) (task.Progress, error) { return task.Done(1), nil }
		}, want: `SUCCEEDED 1`, calls: []string{"0s start job-1 delivery 1", "1s start job-2 delivery 1", "2s poll second"},
			history: "TaskSubmitFailed TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
		{name: "start panics", farm: func(f *renderFarm) {
			f.start = func(context.Context, *task.Request) (task.Submission, error) { panic("no queue") }
		}, want: `FAILED States.TaskFailed: the handler of "gait:render" panicked: no queue`, calls: []string{"0s start job-1 delivery 1"},
			history: "TaskSubmitFailed ExecutionFailed"},
		{name: "start ends its goroutine", farm: func(f *renderFarm) {
			f.start = func(context.Context, *task.Request) (task.Submission, error) {
				runtime.Goexit()
				return task.Submission{}, nil
			}
		}, want: `FAILED States.TaskFailed: the handler of "gait:render" ended its goroutine`, calls: []string{"0s start job-1 delivery 1"},
			history: "TaskFailed ExecutionFailed"},
		{name: "start gives no JSON", farm: func(f *renderFarm) {
			f.start = func(context.Context, *task.Request) (task.Submission, error) {
				return task.Submission{Handle: "a", Output: make(chan int)}, nil
			}
		}, want: `FAILED States.TaskFailed: the handler of "gait:render" returned no JSON`, calls: []string{"0s start job-1 delivery 1", "0s stop a"},
			history: "TaskSubmitFailed ExecutionFailed"},
		{name: "handle too long", farm: func(f *renderFarm) {
			f.start = func(context.Context, *task.Request) (task.Submission, error) {
				return task.Submission{Handle: strings.Repeat("h", task.MaxHandle+1)}, nil
			}
			f.stop = func(context.Context, task.JobRef) error { f.calls[1] = "stopped"; return nil }
		}, want: `FAILED States.TaskFailed: the job of "gait:render" has a handle of 32769 bytes`,
			calls: []string{"0s start job-1 delivery 1", "stopped"}, history: "TaskSubmitFailed ExecutionFailed"},
		{name: "poll panics", farm: func(f *renderFarm) {
			f.poll = func(context.Context, task.JobRef) (task.Progress, error) { panic("index 3") }
		}, want: `FAILED States.TaskFailed: the handler of "gait:render" panicked: index 3`,
			calls: []string{"0s start job-1 delivery 1", "1s poll job-1", "1s stop job-1"}, history: "TaskSubmitted TaskFailed ExecutionFailed"},
		{name: "poll ends its goroutine", farm: func(f *renderFarm) {
			f.poll = func(context.Context, task.JobRef) (task.Progress, error) {
				runtime.Goexit()
				return task.Progress{}, nil
			}
		}, want: `FAILED States.TaskFailed: polling the job of "gait:render" ended its goroutine`,
			calls: []string{"0s start job-1 delivery 1", "1s poll job-1", "1s stop job-1"}, history: "TaskSubmitted TaskFailed ExecutionFailed"},
		{name: "poll gives no JSON", farm: func(f *renderFarm) {
			f.poll = func(context.Context, task.JobRef) (task.Progress, error) { return task.Done(func() {}), nil }
		}, want: `FAILED States.TaskFailed: the handler of "gait:render" returned no JSON`,
			calls: []string{"0s start job-1 delivery 1", "1s poll job-1"}, history: "TaskSubmitted TaskFailed ExecutionFailed"},
		{name: "poll fails and recovers", farm: func(f *renderFarm) {
			f.poll = func(_ context.Context, ref task.JobRef) (task.Progress, error) {
				if ref.Polls < 3 {
					return task.Progress{Done: true}, errors.New("connection refused")
				}
				return task.Done(nil), nil
			}
		}, want: `SUCCEEDED null`,
			calls:   []string{"0s start job-1 delivery 1", "1s poll job-1", "3s poll job-1", "7s poll job-1", "15s poll job-1"},
			history: "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
		{name: "poll hangs until its context ends", farm: func(f *renderFarm) {
			f.poll = func(ctx context.Context, ref task.JobRef) (task.Progress, error) {
				if ref.Polls == 0 {
					<-ctx.Done()
					return task.Progress{}, ctx.Err()
				}
				return task.Done(nil), nil
			}
		}, want: `SUCCEEDED null`, calls: []string{"0s start job-1 delivery 1", "1s poll job-1", "1m3s poll job-1"},
			history: "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
		{name: "poll fails until the timeout", more: `"TimeoutSeconds":10,`, farm: func(f *renderFarm) {
			f.poll = func(context.Context, task.JobRef) (task.Progress, error) { return task.Progress{}, errors.New("no") }
		}, want: `FAILED States.Timeout: `,
			calls:   []string{"0s start job-1 delivery 1", "1s poll job-1", "3s poll job-1", "7s poll job-1", "10s stop job-1"},
			history: "TaskSubmitted TaskTimedOut ExecutionFailed"},
		{name: "result too large", farm: func(f *renderFarm) {
			f.poll = func(context.Context, task.JobRef) (task.Progress, error) {
				return task.Done(strings.Repeat("x", 262_144)), nil
			}
		}, want: `FAILED States.DataLimitExceeded: `, calls: []string{"0s start job-1 delivery 1", "1s poll job-1"},
			history: "TaskSubmitted TaskFailed ExecutionFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				farm := newFarm()
				tt.farm(farm)
				e := open(t, engine.Config{MaxTasks: 1, Tasks: farm.tasks()})
				deploy(t, e, "m", jobMachine(tt.more))
				id := start(t, e, "m", `{}`)
				if got := wait(t, e, id); !strings.HasPrefix(got, tt.want) {
					t.Errorf("got %s, want %s…", got, tt.want)
				}
				time.Sleep(time.Hour) // nothing is called any more
				synctest.Wait()
				checkCalls(t, farm, tt.calls...)
				got := types(t, events(t, e, id))
				if want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted " + tt.history; got != want {
					t.Errorf("history\n%s, want\n%s", got, want)
				}
				if _, timers, calls := engine.Holding(e); calls != 0 || timers != 0 || engine.Following(e) != 0 {
					t.Errorf("%d calls, %d timers and %d jobs are left", calls, timers, engine.Following(e))
				}
			})
		})
	}
}

func TestJobIsStoppedWhenNobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	const parallel = `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"J","States":{"J":{"Type":"Task","Resource":"gait:render","End":true}}},
		{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3,"Next":"F"},"F":{"Type":"Fail","Error":"Sibling"}}}]}}}`
	tests := []struct {
		name, definition string
		stop             func(t *testing.T, e *engine.Engine, id engine.ID)
		want             string
		at               string
	}{
		{"StopExecution", jobMachine(""), func(t *testing.T, e *engine.Engine, id engine.ID) {
			time.Sleep(3 * time.Second)
			if err := e.Stop(t.Context(), id, "No", "more"); err != nil {
				t.Error(err)
			}
		}, "ABORTED No: more", "3s"},
		{"timeout of the task", jobMachine(`"TimeoutSeconds":3,`), nil, "FAILED States.Timeout: ", "3s"},
		{"timeout of the machine", `{"TimeoutSeconds":3,` + jobMachine("")[1:], nil, "TIMED_OUT States.Timeout: ", "3s"},
		{"failing sibling", parallel, nil, "FAILED Sibling: ", "3s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				farm := newFarm()
				farm.stop = func(ctx context.Context, ref task.JobRef) error {
					if n := len(farm.noted()); n < 6 { // start, two polls, and three stops, of which the last is good
						return errors.New("not now")
					}
					return nil
				}
				e := open(t, engine.Config{Tasks: farm.tasks()})
				deploy(t, e, "m", tt.definition)
				id := start(t, e, "m", `{}`)
				if tt.stop != nil {
					tt.stop(t, e, id)
				}
				if got := wait(t, e, id); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				time.Sleep(time.Hour)
				checkCalls(t, farm, "0s start job-1 delivery 1", "1s poll job-1", "2.5s poll job-1",
					tt.at+" stop job-1", "4s stop job-1", "6s stop job-1")
			})
		})
	}
}

func TestStopIsGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.stop = func(ctx context.Context, _ task.JobRef) error { <-ctx.Done(); return ctx.Err() }
		e := open(t, engine.Config{MaxTasks: 1, Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(`"TimeoutSeconds":1,`))
		wait(t, e, start(t, e, "m", `{}`))
		time.Sleep(24 * time.Hour)
		if n := len(farm.noted()); n != 1+1+8 && n != 1+8 { // a poll may fall together with the timeout
			t.Errorf("%d calls, want one start and 8 stops: %v", n, farm.noted())
		}
	})
}

func TestJobStartedForNobodyIsStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.start = func(context.Context, *task.Request) (task.Submission, error) {
			time.Sleep(5 * time.Second) // deaf to its context
			return task.Submission{Handle: "late"}, nil
		}
		e := open(t, engine.Config{Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(""))
		id := start(t, e, "m", `{}`)
		time.Sleep(time.Second)
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		checkCalls(t, farm, "0s start job-1 delivery 1", "5s stop late")
	})
}

// TestSubmissionAndStopAtOnce lets the execution be stopped at every moment around the return of Start. Whatever comes first,
// a job that nobody waits for is stopped.
func TestSubmissionAndStopAtOnce(t *testing.T) {
	t.Parallel()
	for round := range 200 {
		farm := newFarm()
		go1, done := make(chan struct{}), make(chan struct{})
		farm.start = func(context.Context, *task.Request) (task.Submission, error) {
			close(go1)
			for range round % 20 {
				runtime.Gosched()
			}
			return task.Submission{Handle: "a"}, nil
		}
		farm.stop = func(context.Context, task.JobRef) error { close(done); return nil }
		e, err := engine.Open(t.Context(), engine.Config{Store: memory.New(), Tasks: farm.tasks()})
		if err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "m", jobMachine(""))
		id := start(t, e, "m", `{}`)
		<-go1
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		<-done
		if engine.Following(e) != 0 {
			t.Fatalf("round %d: the job is still followed", round)
		}
		if err := e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestJobIsToldOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		told  bool
		after time.Duration // of the answer; negative: before Start returns
		calls []string
		types string
	}{
		{"never polled", true, time.Hour, []string{"0s start job-1 delivery 1"}, "TaskStarted TaskSubmitted TaskSucceeded"},
		{"before a poll finds out", false, 3 * time.Second, []string{"0s start job-1 delivery 1", "1s poll job-1", "2.5s poll job-1"},
			"TaskStarted TaskSubmitted TaskSucceeded"},
		{"before Start returns", true, -1, []string{"0s start job-1 delivery 1", "0s stop job-1"}, "TaskStarted TaskSucceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				farm := newFarm()
				var e *engine.Engine
				var token task.Token
				tell := func() {
					if err := e.SendTaskSuccess(context.Background(), token, []byte(`"told"`)); err != nil {
						t.Error(err)
					}
				}
				farm.start = func(_ context.Context, r *task.Request) (task.Submission, error) {
					if token = r.Token; tt.after < 0 {
						tell()
					}
					return task.Submission{Handle: "job-1", Told: tt.told}, nil
				}
				e = open(t, engine.Config{Tasks: farm.tasks()})
				deploy(t, e, "m", jobMachine(""))
				id := start(t, e, "m", `{}`)
				if tt.after >= 0 {
					time.Sleep(tt.after)
					synctest.Wait() // Start has returned
					tell()
				}
				if got := wait(t, e, id); got != `SUCCEEDED "told"` {
					t.Errorf("got %s", got)
				}
				var closed *engine.TokenError
				if err := e.SendTaskFailure(t.Context(), token, "E", ""); !errors.As(err, &closed) || !closed.Closed {
					t.Errorf("told twice: %v, want a closed token", err)
				}
				time.Sleep(time.Hour)
				checkCalls(t, farm, tt.calls...)
				if got := types(t, events(t, e, id)); !strings.Contains(got, tt.types+" TaskStateExited") {
					t.Errorf("history %s, want %s in it", got, tt.types)
				}
				if engine.Following(e) != 0 {
					t.Errorf("%d jobs are left", engine.Following(e))
				}
			})
		})
	}
}

func TestPatternDecidesWhatAJobIsCalledFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		tokens := make(chan task.Token, 1)
		farm.start = func(_ context.Context, r *task.Request) (task.Submission, error) {
			if strings.HasSuffix(r.Resource, ".waitForTaskToken") {
				tokens <- r.Token
			}
			return task.Submission{Handle: "a", Output: "started"}, nil
		}
		e := open(t, engine.Config{Tasks: farm.tasks()})
		deploy(t, e, "m", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob",
				"Parameters":{"JobName":"n","JobDefinition":"d","JobQueue":"q"},"Next":"B"},
			"B":{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.waitForTaskToken",
				"Parameters":{"JobName.$":"$$.Task.Token","JobDefinition":"d","JobQueue":"q"},"End":true}}}`)
		id := start(t, e, "m", `{}`)
		if err := e.SendTaskSuccess(t.Context(), <-tokens, []byte(`"called back"`)); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, e, id); got != `SUCCEEDED "called back"` {
			t.Errorf("got %s", got)
		}
		time.Sleep(time.Hour)
		checkCalls(t, farm, "0s start job-1 delivery 1", "0s start job-2 delivery 1")
		want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited " +
			"TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"
		all := events(t, e, id)
		if got := types(t, all); got != want {
			t.Errorf("history\n%s, want\n%s", got, want)
		}
		if got := all[4].Details.Output; got != `"started"` {
			t.Errorf("the request-response task gave %s, want the output of Start", got)
		}
	})
}

func TestJobGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.poll = func(context.Context, task.JobRef) (task.Progress, error) {
			return task.Progress{Done: time.Since(farm.made) > 100*time.Second}, nil
		}
		e, st := reopened(t, memory.New(), engine.Config{Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(`"TimeoutSeconds":600,`))
		id := start(t, e, "m", `{}`)
		stopped := start(t, e, "m", `{}`)
		time.Sleep(1200 * time.Millisecond)
		closeNow(t, e)
		time.Sleep(100*time.Second - 1200*time.Millisecond)
		e, _ = reopened(t, st, engine.Config{Tasks: farm.tasks()})
		defer closeNow(t, e)
		if err := e.Stop(t.Context(), stopped, "", ""); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, e, id); got != "SUCCEEDED null" {
			t.Errorf("got %s", got)
		}
		starts, stops, polls := 0, 0, 0
		for _, call := range farm.noted() {
			switch {
			case strings.Contains(call, "start"):
				starts++
			case strings.Contains(call, "stop"):
				stops++
			case strings.HasPrefix(call, "1m40s poll job-1"):
				polls++
			}
		}
		if starts != 2 || stops != 1 || polls != 1 {
			t.Errorf("%d starts, %d stops and %d polls at once after the restart, want 2, 1 and 1: %v", starts, stops, polls, farm.noted())
		}
	})
}

// TestHandleThatWasNotStored kills the engine between the return of Start and the commit of the handle.
func TestHandleThatWasNotStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.poll = func(context.Context, task.JobRef) (task.Progress, error) { return task.Done("good"), nil }
		mem := memory.New()
		st := &flaky{Store: mem}
		e, err := engine.Open(t.Context(), engine.Config{Store: st, Tasks: farm.tasks()})
		if err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "m", jobMachine(""))
		farm.start = func(_ context.Context, r *task.Request) (task.Submission, error) {
			st.set(func([]store.Write) error { return errDisk })
			return task.Submission{Handle: r.Key}, nil
		}
		id := start(t, e, "m", `{}`)
		time.Sleep(10 * time.Second)
		closeNow(t, e)
		if got := len(farm.noted()); got != 1 {
			t.Errorf("calls %v while the store fails, want one start", farm.noted())
		}
		farm.start = nil
		e, _ = reopened(t, mem, engine.Config{Tasks: farm.tasks()})
		defer closeNow(t, e)
		if got := wait(t, e, id); got != `SUCCEEDED "good"` {
			t.Errorf("got %s", got)
		}
		checkCalls(t, farm, "0s start job-1 delivery 1", "10s start job-1 delivery 2", "11s poll job-1")
	})
}

// TestJobsUnderStoreFaults lets every third batch fail, some after they were stored. Each job is started under one key, and what
// is not waited for is stopped.
func TestJobsUnderStoreFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.start = func(_ context.Context, r *task.Request) (task.Submission, error) {
			time.Sleep(10 * time.Millisecond)
			return task.Submission{Handle: r.Key, Output: "begun"}, nil
		}
		farm.poll = func(_ context.Context, ref task.JobRef) (task.Progress, error) {
			return task.Progress{Done: ref.Polls > 1, Output: ref.Handle}, nil
		}
		st := &flaky{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Shards: 2, Loaded: 4, MaxTasks: 3, Batch: 5, Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(""))
		n := 0
		st.set(func(batch []store.Write) error {
			if n++; n%3 != 0 {
				return nil
			}
			if n%2 == 0 {
				st.Store.Apply(context.Background(), 1, batch)
			}
			return errDisk
		})
		const executions = 60
		for i := range executions {
			name := engine.WithName(fmt.Sprint("e", i))
			_, err := e.Start(t.Context(), "m", []byte(`{}`), name)
			for failed := (*engine.StoreError)(nil); errors.As(err, &failed); {
				_, err = e.Start(t.Context(), "m", []byte(`{}`), name)
			}
			if exists := (*engine.ExistsError)(nil); err != nil && !errors.As(err, &exists) {
				t.Fatal(err)
			}
		}
		for i := range executions {
			id := e.ID("m", fmt.Sprint("e", i))
			if got, want := wait(t, e, id), fmt.Sprintf("SUCCEEDED %q", string(id)+"#1"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if got, want := types(t, events(t, e, id)), "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted "+
				"TaskSucceeded TaskStateExited ExecutionSucceeded"; got != want {
				t.Errorf("%s: history %s", id, got)
			}
		}
		synctest.Wait()
		if _, _, calls := engine.Holding(e); calls != 0 || engine.Following(e) != 0 {
			t.Errorf("%d calls and %d jobs are left", calls, engine.Following(e))
		}
		if len(farm.begun) != executions {
			t.Errorf("%d keys of %d jobs", len(farm.begun), executions)
		}
	})
}

func TestCloseStopsWhatIsToBeStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.stop = func(context.Context, task.JobRef) error { time.Sleep(time.Second); return nil }
		e := open(t, engine.Config{MaxTasks: 1, Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(""))
		var ids []engine.ID
		for range 3 {
			ids = append(ids, start(t, e, "m", `{}`))
		}
		time.Sleep(500 * time.Millisecond)
		for _, id := range ids {
			if err := e.Stop(t.Context(), id, "", ""); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		stops := 0
		for _, call := range farm.noted() {
			if strings.Contains(call, "stop") {
				stops++
			}
		}
		if stops != 3 {
			t.Errorf("%d of 3 jobs were stopped: %v", stops, farm.noted())
		}
	})
}

// TestJobThatNobodyKnowsAfterARestart resumes with a program that has not registered the job yet.
func TestJobThatNobodyKnowsAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		farm := newFarm()
		farm.poll = func(context.Context, task.JobRef) (task.Progress, error) {
			return task.Progress{Done: time.Since(farm.made) > time.Minute}, nil
		}
		e, st := reopened(t, memory.New(), engine.Config{Tasks: farm.tasks()})
		deploy(t, e, "m", jobMachine(""))
		id := start(t, e, "m", `{}`)
		time.Sleep(1500 * time.Millisecond)
		closeNow(t, e)
		var tasks task.Mux
		e, _ = reopened(t, st, engine.Config{Tasks: &tasks})
		defer closeNow(t, e)
		time.Sleep(10 * time.Minute)
		tasks.HandleJob("gait:render", farm)
		if got := wait(t, e, id); got != "SUCCEEDED null" {
			t.Errorf("got %s", got)
		}
		if d := time.Since(farm.made); d > 16*time.Minute {
			t.Errorf("the job was looked at after %v, want within five minutes of its registration", d)
		}
	})
}
