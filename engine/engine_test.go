package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

const passMachine = `{"StartAt":"P","States":{"P":{"Type":"Pass","Result":{"done":true},"ResultPath":"$.p","End":true}}}`

func TestExecutionSucceeds(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			e := open(t, engine.Config{Store: openStore(t, kind, t.TempDir()), Tasks: handlers(echo), Region: "eu-west-1", Account: "123456789012"})
			deploy(t, e, "chain", chain(2))
			id := start(t, e, "chain", `{"a": 1.0}`, engine.WithName("first"))
			if want := engine.ID("arn:aws:states:eu-west-1:123456789012:execution:chain:first"); id != want {
				t.Errorf("id %s, want %s", id, want)
			}
			if got, want := wait(t, e, id), `SUCCEEDED {"a":1.0}`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			// A second Wait is answered from the store.
			if got, want := wait(t, e, id), `SUCCEEDED {"a":1.0}`; got != want {
				t.Errorf("second wait: got %s, want %s", got, want)
			}
			want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited " +
				"TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded"
			if got := types(t, events(t, e, id)); got != want {
				t.Errorf("history (-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
}

func TestWaitReturnsAnExecutionErrorForFailures(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	deploy(t, e, "fail", `{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"Card.Busy","Cause":"later"}}}`)
	id := start(t, e, "fail", `{}`)
	r, err := e.Wait(t.Context(), id)
	var failed *engine.ExecutionError
	if !errors.As(err, &failed) || failed.Name != "Card.Busy" || failed.Cause != "later" || failed.Status != states.Failed {
		t.Fatalf("Wait: %v, want an ExecutionError with Card.Busy", err)
	}
	if r.Output != nil || r.Error != "Card.Busy" {
		t.Errorf("result %+v", r)
	}
}

func TestStartChecksItsArguments(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	deploy(t, e, "pass", passMachine)
	big := `"` + strings.Repeat("x", 262_142) + `"`
	tests := []struct {
		name, machine, input, execution string
		code                            string // "" for success
		text                            string
	}{
		{"nothing wrong", "pass", `{"a":1}`, "ok", "", ""},
		{"by ARN", "arn:aws:states:us-east-1:000000000000:stateMachine:pass", `{}`, "arn", "", ""},
		{"unknown machine", "none", `{}`, "x", "StateMachineDoesNotExist", "stateMachine:none'"},
		{"no JSON", "pass", `{"a":`, "x", "InvalidExecutionInput", "Invalid State Machine Execution Input: '"},
		{"empty input", "pass", ``, "x", "InvalidExecutionInput", "Invalid execution input."},
		{"two documents", "pass", `{} {}`, "x", "InvalidExecutionInput", ""},
		{"number", "pass", `17`, "seventeen", "", ""},
		{"largest input", "pass", big, "big", "", ""},
		{"too large", "pass", big + " ", "x", "ValidationException",
			"1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144"},
		{"name with a blank", "pass", `{}`, "a b", "InvalidName", "Invalid Name: 'a b'"},
		{"name with a colon", "pass", `{}`, "a:b", "InvalidName", ""},
		{"name of 81 characters", "pass", `{}`, strings.Repeat("ä", 81), "ValidationException",
			"' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80"},
		{"name of 80 characters", "pass", `{}`, strings.Repeat("ä", 80), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			input := []byte(tt.input)
			id, err := e.Start(t.Context(), tt.machine, input, engine.WithName(tt.execution))
			if tt.code == "" {
				if err != nil || id.Name() != tt.execution {
					t.Fatalf("Start: %q %v, want success", id, err)
				}
				return
			}
			var coded engine.Coded
			if !errors.As(err, &coded) || coded.Code() != tt.code || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Start: %v, want %s that says %q", err, tt.code, tt.text)
			}
		})
	}
}

func TestResultLargerThanTheLimitFailsTheTask(t *testing.T) {
	t.Parallel()
	var tasks task.Mux
	tasks.HandleFunc("gait:work", func(context.Context, *task.Request) (any, error) { return strings.Repeat("x", 300<<10), nil })
	e := open(t, engine.Config{Tasks: &tasks})
	deploy(t, e, "chain", chain(1))
	got := wait(t, e, start(t, e, "chain", `{}`))
	if !strings.HasPrefix(got, "FAILED States.DataLimitExceeded: ") {
		t.Errorf("got %.200s, want States.DataLimitExceeded", got)
	}
	wide := open(t, engine.Config{Tasks: &tasks, Limits: states.Limits{Payload: 1 << 20}})
	deploy(t, wide, "chain", chain(1))
	if got := wait(t, wide, start(t, wide, "chain", `"`+strings.Repeat("i", 300<<10)+`"`)); len(got) != len("SUCCEEDED ")+300<<10+2 {
		t.Errorf("with a limit of 1 MiB: got %.60s…, %d bytes", got, len(got))
	}
}

func TestStartIsIdempotentByName(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return r.Input, nil
	})})
	deploy(t, e, "chain", chain(1))
	first := start(t, e, "chain", `{"a":1,"b":2}`, engine.WithName("n"))
	if again := start(t, e, "chain", `{"b":2, "a":1.0}`, engine.WithName("n")); again != first {
		t.Errorf("same name and input: %s, want %s", again, first)
	}
	var exists *engine.ExistsError
	if _, err := e.Start(t.Context(), "chain", []byte(`{"a":2}`), engine.WithName("n")); !errors.As(err, &exists) || exists.ID != first {
		t.Errorf("other input: %v, want an ExistsError for %s", err, first)
	}
	close(release)
	wait(t, e, first)
	if _, err := e.Start(t.Context(), "chain", []byte(`{"a":1,"b":2}`), engine.WithName("n")); !errors.As(err, &exists) {
		t.Errorf("same input after the end: %v, want an ExistsError", err)
	}
	if got := len(slices.Collect(summaries(t, e, engine.Filter{}))); got != 1 {
		t.Errorf("%d executions, want 1", got)
	}
}

func TestManyStartsOfOneNameMakeOneExecution(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			block := make(chan struct{})
			e := open(t, engine.Config{Store: openStore(t, kind, t.TempDir()), Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
				select {
				case <-block:
				case <-ctx.Done():
				}
				return r.Input, nil
			})})
			deploy(t, e, "chain", chain(1))
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() {
					for i := range 20 {
						if _, err := e.Start(t.Context(), "chain", []byte(`{}`), engine.WithName(fmt.Sprint("n", i))); err != nil {
							t.Errorf("start n%d: %v", i, err)
						}
					}
				})
			}
			wg.Wait()
			close(block)
			n := 0
			for s := range summaries(t, e, engine.Filter{Machine: "chain"}) {
				n++
				if got := wait(t, e, s.ID); got != "SUCCEEDED {}" {
					t.Errorf("%s: %s", s.ID, got)
				}
			}
			if n != 20 {
				t.Errorf("%d executions, want 20", n)
			}
		})
	}
}

func TestSixteenStartersFinishAll(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			e := open(t, engine.Config{Store: openStore(t, kind, t.TempDir()), Tasks: handlers(echo), Shards: 3, Batch: 7, Loaded: 16, MaxTasks: 4})
			deploy(t, e, "chain", chain(3))
			var wg sync.WaitGroup
			for g := range 16 {
				wg.Go(func() {
					for i := range 25 {
						in := fmt.Sprintf(`{"g":%d,"i":%d}`, g, i)
						id, err := e.Start(t.Context(), "chain", []byte(in))
						if err != nil {
							t.Errorf("start: %v", err)
							return
						}
						if r, err := e.Wait(t.Context(), id); err != nil || string(r.Output) != in {
							t.Errorf("wait: %s %v, want %s", r.Output, err, in)
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestRunningExecutionKeepsItsRevision(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	e := open(t, engine.Config{Tasks: handlers(func(context.Context, *task.Request) (any, error) {
		entered <- struct{}{}
		<-release
		return 1, nil
	})})
	def := func(result string) string {
		return `{"StartAt":"W","States":{"W":{"Type":"Task","Resource":"gait:work","Next":"P"},
			"P":{"Type":"Pass","Result":"` + result + `","End":true}}}`
	}
	deploy(t, e, "m", def("old"))
	old := start(t, e, "m", `{}`)
	<-entered
	rev, err := e.Deploy(t.Context(), "m", []byte(def("new")))
	if err != nil || rev.Number != 2 {
		t.Fatalf("Deploy: %+v %v, want revision 2", rev, err)
	}
	if again, err := e.Deploy(t.Context(), "m", []byte(def("new"))); err != nil || again != rev {
		t.Errorf("the same definition again: %+v %v, want %+v", again, err, rev)
	}
	young := start(t, e, "m", `{}`)
	<-entered
	close(release)
	if got := wait(t, e, old); got != `SUCCEEDED "old"` {
		t.Errorf("execution of revision 1: %s", got)
	}
	if got := wait(t, e, young); got != `SUCCEEDED "new"` {
		t.Errorf("execution of revision 2: %s", got)
	}
	if d, err := e.Describe(t.Context(), old); err != nil || d.Revision != 1 {
		t.Errorf("Describe: revision %d %v, want 1", d.Revision, err)
	}
}

func TestDeployRefuses(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{Tasks: handlers(echo)})
	_, err := e.Deploy(t.Context(), "bad", []byte(`{"StartAt":"X","States":{"Y":{"Type":"Pass","End":true}}}`))
	var invalid *asl.Error
	if !errors.As(err, &invalid) || len(invalid.Diagnostics) == 0 {
		t.Errorf("Deploy of a bad definition: %v, want an *asl.Error", err)
	}
	other := `{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"gait:ask","Next":"W"},"W":{"Type":"Task","Resource":"gait:work","End":true}}}`
	_, err = e.Deploy(t.Context(), "other", []byte(other), engine.RequireTasks())
	var missing *engine.TasksError
	if !errors.As(err, &missing) || !slices.Equal(missing.Missing, []engine.MissingTask{{State: "Ask", Resource: "gait:ask"}}) {
		t.Errorf("Deploy with RequireTasks: %v, want the state Ask", err)
	}
	var name *engine.NameError
	if _, err = e.Deploy(t.Context(), "a/b", []byte(passMachine)); !errors.As(err, &name) {
		t.Errorf("Deploy under a bad name: %v, want a *NameError", err)
	}
	deploy(t, e, "other", other)
	if got, want := wait(t, e, start(t, e, "other", `{}`)),
		`FAILED States.TaskFailed: no handler is registered for the resource "gait:ask" of state "Ask"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEndedContextsEndTheCallNotTheExecution(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	e := open(t, engine.Config{Tasks: handlers(func(context.Context, *task.Request) (any, error) { <-release; return 1, nil })})
	deploy(t, e, "chain", chain(1))
	id := start(t, e, "chain", `{}`)
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() { _, err := e.Wait(ctx, id); waited <- err }()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("Wait: %v, want context.Canceled", err)
	}
	if _, err := e.Start(ctx, "chain", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Start: %v, want context.Canceled", err)
	}
	if _, err := e.Describe(ctx, id); !errors.Is(err, context.Canceled) {
		t.Errorf("Describe: %v, want context.Canceled", err)
	}
	for _, err := range e.List(ctx, engine.Filter{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("List: %v, want context.Canceled", err)
		}
	}
	close(release)
	if got := wait(t, e, id); got != "SUCCEEDED 1" {
		t.Errorf("got %s", got)
	}
}

func TestUnknownExecutions(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	tests := []struct{ id, code string }{
		{"arn:aws:states:us-east-1:000000000000:execution:m:none", "ExecutionDoesNotExist"},
		{"arn:aws:states:eu-west-1:000000000000:execution:m:elsewhere", "ExecutionDoesNotExist"},
		{"none", "InvalidArn"},
		{"arn:aws:states:us-east-1:000000000000:execution:m", "InvalidArn"},
		{"", "InvalidArn"},
	}
	for _, tt := range tests {
		calls := map[string]func(id engine.ID) error{
			"Wait":     func(id engine.ID) error { _, err := e.Wait(t.Context(), id); return err },
			"Describe": func(id engine.ID) error { _, err := e.Describe(t.Context(), id); return err },
			"Stop":     func(id engine.ID) error { return e.Stop(t.Context(), id, "", "") },
			"History": func(id engine.ID) (err error) {
				for _, err = range e.History(t.Context(), id) {
				}
				return err
			},
		}
		for name, call := range calls {
			var coded engine.Coded
			if err := call(engine.ID(tt.id)); !errors.As(err, &coded) || coded.Code() != tt.code {
				t.Errorf("%s(%q): %v, want %s", name, tt.id, err, tt.code)
			}
		}
	}
}

// summaries yields a list and fails the test on an error.
func summaries(t testing.TB, e *engine.Engine, f engine.Filter) func(yield func(engine.Summary) bool) {
	return func(yield func(engine.Summary) bool) {
		for s, err := range e.List(t.Context(), f) {
			if err != nil {
				t.Fatalf("List: %v", err)
			}
			if !yield(s) {
				return
			}
		}
	}
}

func TestListFiltersAndPages(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			e := open(t, engine.Config{Store: openStore(t, kind, t.TempDir())})
			deploy(t, e, "pass", passMachine)
			deploy(t, e, "fail", `{"StartAt":"F","States":{"F":{"Type":"Fail"}}}`)
			const each = 250 // more than one page of the store
			for i := range each {
				start(t, e, "pass", `{}`, engine.WithName(fmt.Sprint("p", i)))
				start(t, e, "fail", `{}`, engine.WithName(fmt.Sprint("f", i)))
			}
			if got := len(slices.Collect(summaries(t, e, engine.Filter{}))); got != 2*each {
				t.Errorf("all: %d, want %d", got, 2*each)
			}
			failed := slices.Collect(summaries(t, e, engine.Filter{Machine: "fail", Statuses: []states.Status{states.Failed}}))
			if len(failed) != each || failed[0].Name != fmt.Sprint("f", each-1) || failed[each-1].Name != "f0" {
				t.Errorf("failed: %d, want %d from the newest down", len(failed), each)
			}
			if got := len(slices.Collect(summaries(t, e, engine.Filter{Machine: "fail", Statuses: []states.Status{states.Running, states.Succeeded}}))); got != 0 {
				t.Errorf("running or succeeded of machine fail: %d, want 0", got)
			}
			// Pages of 7, with executions started between them.
			var names []string
			after := engine.ID("")
			for {
				page := 0
				for s := range summaries(t, e, engine.Filter{Machine: "pass", After: after}) {
					names, after = append(names, s.Name), s.ID
					if page++; page == 7 {
						break
					}
				}
				if page == 0 {
					break
				}
				start(t, e, "pass", `{}`)
			}
			if len(names) != each {
				t.Fatalf("paged: %d names, want %d", len(names), each)
			}
			for i, name := range names {
				if want := fmt.Sprint("p", each-1-i); name != want {
					t.Fatalf("name %d is %s, want %s", i, name, want)
				}
			}
		})
	}
}

func TestHistoryPagesAndReverses(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			e := open(t, engine.Config{Store: openStore(t, kind, t.TempDir()), Tasks: handlers(echo)})
			deploy(t, e, "chain", chain(150)) // more log entries than one page
			id := start(t, e, "chain", `{"secret":1}`)
			wait(t, e, id)
			all := events(t, e, id)
			types(t, all)
			if want := 2 + 5*150; len(all) != want {
				t.Fatalf("%d events, want %d", len(all), want)
			}
			reversed := events(t, e, id, engine.Reverse())
			slices.Reverse(reversed)
			if diff := cmp.Diff(all, reversed); diff != "" {
				t.Errorf("reverse (-want +got):\n%s", diff)
			}
			for _, from := range []int64{1, 2, 7, 300, int64(len(all)), int64(len(all)) + 1} {
				got := events(t, e, id, engine.FromEvent(from))
				if diff := cmp.Diff(all[min(int(from)-1, len(all)):], append([]history.Event{}, got...)); diff != "" {
					t.Errorf("from event %d (-want +got):\n%.2000s", from, diff)
				}
				if from > int64(len(all)) {
					continue
				}
				back := events(t, e, id, engine.FromEvent(from), engine.Reverse())
				slices.Reverse(back)
				if diff := cmp.Diff(all[:from], back); diff != "" {
					t.Errorf("from event %d down (-want +got):\n%.2000s", from, diff)
				}
			}
			for _, ev := range events(t, e, id, engine.WithoutData()) {
				if ev.Details.Input != "" || ev.Details.Output != "" || ev.Details.Parameters != "" {
					t.Fatalf("event %d shows data", ev.ID)
				}
			}
		})
	}
}
