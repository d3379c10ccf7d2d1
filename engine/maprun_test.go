package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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

// spread is a machine of one distributed Map whose items gait:work works on.
func spread(fields string) string {
	return `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"Label":"lab",` + fields + `"ItemProcessor":{
		"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"I","States":{
			"I":{"Type":"Task","Resource":"gait:work","End":true}}}}}}`
}

// numbers is the JSON array of 0 to n-1.
func numbers(n int) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, i)
	}
	b.WriteByte(']')
	return b.String()
}

// mapRuns returns the map runs of an execution.
func mapRuns(t testing.TB, e *engine.Engine, id engine.ID) []engine.MapRun {
	t.Helper()
	var all []engine.MapRun
	for r, err := range e.ListMapRuns(t.Context(), id) {
		if err != nil {
			t.Fatalf("map runs of %s: %v", id, err)
		}
		all = append(all, r)
	}
	return all
}

func childrenOf(t testing.TB, e *engine.Engine, run engine.ID) []engine.Summary {
	t.Helper()
	var all []engine.Summary
	for s, err := range e.List(t.Context(), engine.Filter{MapRun: run}) {
		if err != nil {
			t.Fatalf("children of %s: %v", run, err)
		}
		all = append(all, s)
	}
	return all
}

// records counts what is left of plans.
func records(t testing.TB, st store.Store) int {
	t.Helper()
	n := 0
	for _, kind := range []string{"map-plan", "map-plan-part"} {
		found, err := st.Records(t.Context(), kind, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		n += len(found)
	}
	return n
}

func TestDistributedMapRunsItsItems(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			e := open(t, engine.Config{Store: openStore(t, kind, t.TempDir()), Tasks: handlers(echo)})
			deploy(t, e, "m", spread(`"ItemBatcher":{"MaxItemsPerBatch":2},`))
			id := start(t, e, "m", `[1,2,3]`)
			if got := wait(t, e, id); got != `SUCCEEDED [{"Items":[1,2]},{"Items":[3]}]` {
				t.Fatalf("ended with %s", got)
			}
			want := "ExecutionStarted MapStateEntered MapStateStarted MapRunStarted MapRunSucceeded MapStateSucceeded MapStateExited ExecutionSucceeded"
			if got := types(t, events(t, e, id)); got != want {
				t.Errorf("history %s\n   want %s", got, want)
			}
			runs := mapRuns(t, e, id)
			if len(runs) != 1 {
				t.Fatalf("%d map runs", len(runs))
			}
			r := runs[0]
			if r.Execution != id || r.Status != states.Succeeded || r.MachineARN != "arn:aws:states:us-east-1:000000000000:stateMachine:m/lab" ||
				!strings.HasPrefix(string(r.ARN), "arn:aws:states:us-east-1:000000000000:mapRun:m/lab:") || r.Stopped.IsZero() {
				t.Errorf("map run %+v", r)
			}
			if want := (engine.MapRunCounts{Succeeded: 3, Total: 3, ResultsWritten: 3}); r.Items != want {
				t.Errorf("items %+v, want %+v", r.Items, want)
			}
			if want := (engine.MapRunCounts{Succeeded: 2, Total: 2, ResultsWritten: 2}); r.Executions != want {
				t.Errorf("executions %+v, want %+v", r.Executions, want)
			}
			children := childrenOf(t, e, r.ARN)
			if len(children) != 2 || children[1].Items != 2 || children[1].MapRun != r.ARN || children[1].Machine != "m/lab" {
				t.Fatalf("child executions %+v", children)
			}
			d, err := e.Describe(t.Context(), children[1].ID)
			if err != nil || string(d.Output) != `{"Items":[1,2]}` || !strings.Contains(string(d.ID), ":execution:m/lab:") || d.ID != children[1].ID {
				t.Errorf("child execution: %+v, %v", d, err)
			}
			if got := types(t, events(t, e, children[0].ID)); got != "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded" {
				t.Errorf("history of a child execution: %s", got)
			}
			n := 0
			for s, err := range e.List(t.Context(), engine.Filter{}) {
				if n++; err != nil || s.ID != id {
					t.Errorf("listed %v, %v; want the parent alone", s.ID, err)
				}
			}
		})
	}
}

func TestManyItemsKeepTheStateSmall(t *testing.T) {
	t.Parallel()
	const items = 10_000
	st := &largest{Store: memory.New()}
	e := open(t, engine.Config{Store: st, Tasks: handlers(echo), Loaded: 500})
	deploy(t, e, "m", spread(`"MaxConcurrency":200,`))
	input := numbers(items)
	id := start(t, e, "m", input)
	if got := wait(t, e, id); got != "SUCCEEDED "+input {
		t.Fatalf("ended with %.100s", got)
	}
	if got := mapRuns(t, e, id)[0].Items; got.Succeeded != items || got.Pending != 0 || got.Running != 0 {
		t.Errorf("items %+v", got)
	}
	if n := st.run.Load(); n == 0 || n > 5000 {
		t.Errorf("the largest state of the map run has %d bytes, want a few hundred however many the items are", n)
	}
	if n := st.parent.Load(); n > 5 {
		t.Errorf("the parent made %d commits, want a few however many the items are", n)
	}
}

// largest notes how large the state of the map run becomes, and how often the parent is written.
type largest struct {
	store.Store
	run, parent atomic.Int64
	runs        sync.Map
}

func (l *largest) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	for _, w := range batch {
		if c := w.Create; c != nil && strings.Contains(c.Machine, "/") && !strings.Contains(c.Machine, ":") {
			l.runs.Store(w.ID, true)
		}
		if _, ok := l.runs.Load(w.ID); ok && w.Status == states.Running {
			l.run.Store(max(l.run.Load(), int64(len(w.State)+len(w.Log))))
		}
		if w.ID == 1 {
			l.parent.Add(1)
		}
	}
	return l.Store.Apply(ctx, epoch, batch)
}

func TestFailedMapRunStopsWhatRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var stopped atomic.Int32
		e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
			if string(r.Input) == "3" {
				time.Sleep(time.Second)
				return nil, errors.New("bad item")
			}
			<-ctx.Done()
			stopped.Add(1)
			return nil, ctx.Err()
		})})
		deploy(t, e, "m", spread(`"MaxConcurrency":4,`))
		id := start(t, e, "m", numbers(6))
		if got := wait(t, e, id); got != "FAILED States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold was exceeded" {
			t.Errorf("ended with %s", got)
		}
		synctest.Wait()
		if got, want := mapRuns(t, e, id)[0].Items, (engine.MapRunCounts{Pending: 2, Failed: 1, Aborted: 3, Total: 6}); got != want {
			t.Errorf("items %+v, want %+v", got, want)
		}
		if n := stopped.Load(); n != 3 {
			t.Errorf("%d handlers were stopped, want 3", n)
		}
		if got := types(t, events(t, e, id)); !strings.HasSuffix(got, "MapRunStarted MapRunFailed MapStateFailed ExecutionFailed") {
			t.Errorf("history %s", got)
		}
	})
}

func TestStopReachesTheChildren(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{Tasks: handlers(func(ctx context.Context, r *task.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		deploy(t, e, "m", spread(``))
		id := start(t, e, "m", numbers(5))
		synctest.Wait()
		running := mapRuns(t, e, id)[0]
		if want := (engine.MapRunCounts{Running: 5, Total: 5}); running.Items != want || running.Status != states.Running {
			t.Errorf("while it runs: %+v", running)
		}
		if err := e.Stop(t.Context(), id, "Enough", "of it"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r := mapRuns(t, e, id)[0]
		if want := (engine.MapRunCounts{Aborted: 5, Total: 5}); r.Items != want || r.Status != states.Aborted {
			t.Errorf("map run %+v", r)
		}
		for _, c := range childrenOf(t, e, r.ARN) {
			if c.Status != states.Aborted {
				t.Errorf("%s is %s", c.ID, c.Status)
			}
		}
	})
}

func TestUpdateMapRunChangesTheConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		e := open(t, engine.Config{Tasks: handlers(func(context.Context, *task.Request) (any, error) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			now.Add(-1)
			return nil, nil
		})})
		deploy(t, e, "m", spread(`"MaxConcurrency":1,`))
		id := start(t, e, "m", numbers(9))
		time.Sleep(500 * time.Millisecond)
		arn := mapRuns(t, e, id)[0].ARN
		if most.Load() != 1 {
			t.Errorf("%d at once, want 1", most.Load())
		}
		four, percent := 4, 101.0
		if err := e.UpdateMapRun(t.Context(), arn, engine.MapRunUpdate{MaxConcurrency: &four}); err != nil {
			t.Fatal(err)
		}
		wait(t, e, id)
		if most.Load() != 4 {
			t.Errorf("%d at once, want 4", most.Load())
		}
		for _, u := range []engine.MapRunUpdate{{}, {MaxConcurrency: &four}, {ToleratedFailurePercentage: &percent}} {
			var refused *engine.ValidationError
			if err := e.UpdateMapRun(t.Context(), arn, u); !errors.As(err, &refused) {
				t.Errorf("update %+v of a map run that has ended: %v, want a *ValidationError", u, err)
			}
		}
		var unknown *engine.MapRunNotFoundError
		if _, err := e.DescribeMapRun(t.Context(), arn+"0"); !errors.As(err, &unknown) {
			t.Errorf("an unknown map run: %v", err)
		}
		var malformed *engine.ARNError
		if _, err := e.DescribeMapRun(t.Context(), id); !errors.As(err, &malformed) {
			t.Errorf("the ARN of an execution: %v", err)
		}
		if err := e.Stop(t.Context(), arn, "", ""); !errors.As(err, &malformed) {
			t.Errorf("to stop a map run: %v, want an *ARNError", err)
		}
	})
}

func TestItemsComeFromObjectsAndResultsGoThere(t *testing.T) {
	t.Parallel()
	objects := &task.MemoryObjects{}
	if err := objects.Put(t.Context(), task.ObjectName{Bucket: "in", Key: "a.jsonl"}, []byte("1\n2\n3\n")); err != nil {
		t.Fatal(err)
	}
	e := open(t, engine.Config{Objects: objects, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
		if string(r.Input) == "2" {
			return nil, task.Errorf("Bad", "two")
		}
		return r.Input, nil
	})})
	deploy(t, e, "m", spread(`"ToleratedFailurePercentage":40,
		"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"in","Key":"a.jsonl"},"ReaderConfig":{"InputType":"JSONL"}},
		"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"out","Prefix":"p"},
			"WriterConfig":{"OutputType":"JSON","Transformation":"COMPACT"}},`))
	id := start(t, e, "m", `{}`)
	got := wait(t, e, id)
	run := mapRuns(t, e, id)[0]
	name := run.ARN.Name()
	if want := `SUCCEEDED {"MapRunArn":"` + string(run.ARN) + `","ResultWriterDetails":{"Bucket":"out","Key":"p/` + name + `/manifest.json"}}`; got != want {
		t.Fatalf("ended with %s\n   want %s", got, want)
	}
	body, err := objects.Get(t.Context(), task.ObjectName{Bucket: "out", Key: "p/" + name + "/SUCCEEDED_0.json"})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(body); err != nil || string(text) != `[1,3]` {
		t.Errorf("results %s, %v", text, err)
	}
	if want := (engine.MapRunCounts{Succeeded: 2, Failed: 1, Total: 3, ResultsWritten: 3}); run.Items != want {
		t.Errorf("items %+v, want %+v", run.Items, want)
	}
	deploy(t, e, "none", spread(`"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"in","Key":"no"},"ReaderConfig":{"InputType":"JSON"}},`))
	if got := wait(t, e, start(t, e, "none", `{}`)); got != "FAILED States.ItemReaderFailed: The object 'no' does not exist in the bucket 'in'." {
		t.Errorf("without an object: %s", got)
	}
}

func TestItemsComeFromAHandler(t *testing.T) {
	t.Parallel()
	tasks := handlers(echo)
	tasks.Handle("gait:items", task.Func(func(_ context.Context, in struct{ N int }) ([]int, error) {
		if in.N == 0 {
			return nil, task.Errorf("Empty", "nothing there")
		}
		return []int{in.N, in.N + 1, in.N + 2}, nil
	}))
	e := open(t, engine.Config{Tasks: tasks})
	deploy(t, e, "m", spread(`"ItemReader":{"Resource":"gait:items","Parameters":{"N.$":"$.n"},"ReaderConfig":{"MaxItems":2}},`))
	if got := wait(t, e, start(t, e, "m", `{"n":7}`)); got != "SUCCEEDED [7,8]" {
		t.Errorf("ended with %s", got)
	}
	if got := wait(t, e, start(t, e, "m", `{"n":0}`)); got != "FAILED States.ItemReaderFailed: Empty: nothing there" {
		t.Errorf("ended with %s", got)
	}
	deploy(t, e, "none", spread(`"ItemReader":{"Resource":"gait:none"},`))
	if got := wait(t, e, start(t, e, "none", `{}`)); got != "FAILED States.ItemReaderFailed: No handler is registered for the resource 'gait:none'." {
		t.Errorf("without a handler: %s", got)
	}
}

func TestNestedDistributedMaps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		block := true
		tasks := handlers(func(ctx context.Context, r *task.Request) (any, error) {
			if block {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return r.Input, nil
		})
		st := memory.New()
		e, st := reopened(t, st, engine.Config{Tasks: tasks})
		deploy(t, e, "m", strings.Replace(spread(``), `"I":{"Type":"Task","Resource":"gait:work","End":true}`, `"I":{"Type":"Map","End":true,"Label":"inner",
			"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"J","States":{
				"J":{"Type":"Task","Resource":"gait:work","Parameters":{"x.$":"$","machine.$":"$$.StateMachine.Id"},"ResultSelector":{"machine.$":"$.machine"},"End":true}}}}`, 1))
		id := start(t, e, "m", `[[1,2],[3]]`)
		synctest.Wait()
		closeNow(t, e)
		block = false
		e, _ = reopened(t, st, engine.Config{Tasks: tasks})
		defer closeNow(t, e)
		one := `{"machine":"arn:aws:states:us-east-1:000000000000:stateMachine:m/inner"}`
		if got, want := wait(t, e, id), "SUCCEEDED [["+one+","+one+"],["+one+"]]"; got != want {
			t.Fatalf("ended with %s\n   want %s", got, want)
		}
		outer := mapRuns(t, e, id)[0]
		for _, c := range childrenOf(t, e, outer.ARN) {
			inner := mapRuns(t, e, c.ID)
			if len(inner) != 1 || inner[0].Execution != c.ID || !strings.Contains(string(inner[0].ARN), ":mapRun:m/inner:") {
				t.Fatalf("map runs of %s: %+v", c.ID, inner)
			}
			for _, g := range childrenOf(t, e, inner[0].ARN) {
				if g.ID.MapRun() != inner[0].ARN || !strings.Contains(string(g.ID), ":express:m/inner:") {
					t.Errorf("child execution %s of %s", g.ID, inner[0].ARN)
				}
			}
		}
	})
}

func TestPlansAreDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := memory.New()
		e := open(t, engine.Config{Store: st, Tasks: handlers(echo)})
		deploy(t, e, "m", spread(``))
		wait(t, e, start(t, e, "m", numbers(2500)))
		synctest.Wait()
		if n := records(t, st); n != 0 {
			t.Errorf("%d records are left of the plan", n)
		}
	})
}

func TestChildrenSurviveAReopen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		keys := map[string]int{}
		block := true
		tasks := handlers(func(ctx context.Context, r *task.Request) (any, error) {
			mu.Lock()
			blocked := block && r.Delivery == 1 && string(r.Input) > `"5`
			keys[r.Key]++
			mu.Unlock()
			if blocked {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return r.Input, nil
		})
		st := memory.New()
		e, st := reopened(t, st, engine.Config{Tasks: tasks})
		deploy(t, e, "m", spread(`"MaxConcurrency":7,`))
		input := `["0","1","2","3","4","5","6","7","8","9","91","92"]`
		id := start(t, e, "m", input)
		synctest.Wait()
		closeNow(t, e)
		mu.Lock()
		block = false
		mu.Unlock()
		e, st = reopened(t, st, engine.Config{Tasks: tasks})
		if got := wait(t, e, id); got != "SUCCEEDED "+input {
			t.Errorf("ended with %s", got)
		}
		r := mapRuns(t, e, id)
		if len(r) != 1 || len(childrenOf(t, e, r[0].ARN)) != 12 {
			t.Errorf("map runs %+v, want one with 12 child executions", r)
		}
		synctest.Wait()
		if n := records(t, st); n != 0 {
			t.Errorf("%d records are left of the plan", n)
		}
		if len(keys) != 12 {
			t.Errorf("%d different calls, want 12: %v", len(keys), keys)
		}
		closeNow(t, e)
	})
}

func TestStopBeforeAReopenReachesTheChildren(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tasks := handlers(func(ctx context.Context, r *task.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		st := &flaky{Store: memory.New()}
		e, err := engine.Open(t.Context(), engine.Config{Store: st, Tasks: tasks, Shards: 1})
		if err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "m", spread(``))
		id := start(t, e, "m", numbers(3))
		synctest.Wait()
		// The engine is cut off as soon as the parent's end is stored: the map run hears of nothing.
		st.set(func(batch []store.Write) error {
			for _, w := range batch {
				if w.ID == 1 {
					st.Store.Apply(context.Background(), 1, batch)
					return store.ErrFenced
				}
			}
			return store.ErrFenced
		})
		if err := e.Stop(t.Context(), id, "", ""); err == nil {
			t.Error("the stop was acknowledged")
		}
		closeNow(t, e)
		e, _ = reopened(t, st.Store.(*memory.Store), engine.Config{Tasks: tasks})
		defer closeNow(t, e)
		synctest.Wait()
		d, err := e.Describe(t.Context(), id)
		if err != nil || d.Status != states.Aborted {
			t.Fatalf("parent %+v, %v", d.Status, err)
		}
		r := mapRuns(t, e, id)[0]
		if want := (engine.MapRunCounts{Aborted: 3, Total: 3}); r.Items != want || r.Status != states.Aborted {
			t.Errorf("map run %+v", r)
		}
	})
}

func TestRedriveRunsWhatDidNotSucceed(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"STANDARD", "EXPRESS"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				calls := map[string]int{}
				st := memory.New()
				e := open(t, engine.Config{Store: st, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
					mu.Lock()
					defer mu.Unlock()
					calls[string(r.Input)]++
					if n := calls[string(r.Input)]; string(r.Input) == "2" && n <= 2 {
						return nil, errors.New("not yet")
					}
					return r.Input, nil
				})})
				deploy(t, e, "m", strings.Replace(spread(`"MaxConcurrency":1,`), "STANDARD", kind, 1))
				id := start(t, e, "m", numbers(5))
				for i := range 2 {
					if got := wait(t, e, id); !strings.HasPrefix(got, "FAILED States.ExceedToleratedFailureThreshold") {
						t.Fatalf("ended with %s", got)
					}
					r := mapRuns(t, e, id)[0]
					if want := (engine.MapRunCounts{Pending: 2, Succeeded: 2, Failed: 1, Total: 5}); r.Items != want || r.Redrives != i {
						t.Errorf("map run %+v", r)
					}
					time.Sleep(time.Hour) // the plan must stay
					if _, err := e.Redrive(t.Context(), id); err != nil {
						t.Fatal(err)
					}
				}
				if got := wait(t, e, id); got != "SUCCEEDED "+numbers(5) {
					t.Fatalf("ended with %s", got)
				}
				if diff := cmp.Diff(map[string]int{"0": 1, "1": 1, "2": 3, "3": 1, "4": 1}, calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				want := "MapRunFailed MapStateFailed ExecutionFailed ExecutionRedriven MapRunRedriven MapRunSucceeded MapStateSucceeded MapStateExited ExecutionSucceeded"
				if got := types(t, events(t, e, id)); !strings.HasSuffix(got, want) {
					t.Errorf("history %s\n   want … %s", got, want)
				}
				r := mapRuns(t, e, id)
				if want := (engine.MapRunCounts{Succeeded: 5, Total: 5, ResultsWritten: 5}); len(r) != 1 || r[0].Items != want || r[0].Redrives != 2 {
					t.Errorf("map runs %+v", r)
				}
				synctest.Wait()
				if n := records(t, st); n != 0 {
					t.Errorf("%d records are left of the plan", n)
				}
			})
		})
	}
}

func TestPlanOfACaughtFailureIsDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := memory.New()
		e := open(t, engine.Config{Store: st, Tasks: handlers(func(context.Context, *task.Request) (any, error) { return nil, errors.New("no") })})
		deploy(t, e, "m", strings.TrimSuffix(spread(`"Catch":[{"ErrorEquals":["States.ALL"],"Next":"W"}],`), "}}")+
			`,"W":{"Type":"Wait","Seconds":600,"End":true}}}`)
		id := start(t, e, "m", `[1]`)
		time.Sleep(2 * time.Minute)
		if n := records(t, st); n != 0 {
			t.Errorf("%d records are left of the plan", n)
		}
		wait(t, e, id)
	})
}

func TestChildrenAreNotRedrivenAlone(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{Tasks: handlers(func(context.Context, *task.Request) (any, error) { return nil, errors.New("no") })})
	deploy(t, e, "m", spread(``))
	id := start(t, e, "m", `[1]`)
	wait(t, e, id)
	child := childrenOf(t, e, mapRuns(t, e, id)[0].ARN)[0].ID
	var refused *engine.NotRedrivableError
	if _, err := e.Redrive(t.Context(), child); !errors.As(err, &refused) {
		t.Errorf("redriven: %v", err)
	}
	if d, err := e.Describe(t.Context(), child); err != nil || d.RedriveStatus != engine.RedrivableByMapRun {
		t.Errorf("status %s, %v", d.RedriveStatus, err)
	}
}

// TestDistributedMapUnderStoreFaults lets every third batch fail, some of them after they were stored. Each item must be worked on by one child execution, and
// the parent must end once.
func TestDistributedMapUnderStoreFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 2))
				st := &flaky{Store: memory.New()}
				e := open(t, engine.Config{Store: st, Shards: 2, Loaded: 4, MaxTasks: 4, Batch: 5, Tasks: handlers(echo)})
				deploy(t, e, "m", spread(`"MaxConcurrency":10,`))
				id := start(t, e, "m", numbers(60))
				st.set(func(batch []store.Write) error {
					switch random.IntN(6) {
					case 0:
						return errDisk
					case 1:
						st.Store.Apply(context.Background(), 1, batch)
						return errDisk
					}
					return nil
				})
				if got := wait(t, e, id); got != "SUCCEEDED "+numbers(60) {
					t.Errorf("ended with %s", got)
				}
				st.set(nil)
				synctest.Wait()
				r := mapRuns(t, e, id)
				if len(r) != 1 || r[0].Items.Succeeded != 60 {
					t.Fatalf("map runs %+v", r)
				}
				names := map[string]bool{}
				for _, c := range childrenOf(t, e, r[0].ARN) {
					names[c.Name] = true
				}
				if len(names) != 60 {
					t.Errorf("%d child executions, want 60", len(names))
				}
				if diff := cmp.Diff(8, len(events(t, e, id))); diff != "" {
					t.Errorf("events of the parent (-want +got): %s", diff)
				}
			})
		})
	}
}
