package random_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/internal/random"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

func compile(t *rapid.T, m random.Machine) *asl.Machine {
	t.Helper()
	c, err := asl.Compile([]byte(m.Definition), asl.Options{})
	if err != nil {
		t.Fatalf("%s\n%v", m.Definition, err)
	}
	return c
}

// simulate runs the machine on the virtual clock.
func simulate(t *rapid.T, m random.Machine) *asltest.Result {
	t.Helper()
	n := 0
	r, err := asltest.Run(compile(t, m), m.Input, asltest.Options{Resolve: func(asltest.Call) (asltest.Answer, error) {
		out, name := m.Reply(n)
		n++
		if name != "" {
			return asltest.Fail(name, "drawn"), nil
		}
		return asltest.Return(out), nil
	}})
	if err != nil || r.Status == "RUNNING" {
		t.Fatalf("%v, %+v", err, r)
	}
	return r
}

func TestTwoRunsGiveOneHistory(t *testing.T) {
	t.Parallel()
	machines := random.Machines(true)
	rapid.Check(t, func(t *rapid.T) {
		m := machines.Draw(t, "machine")
		if d := cmp.Diff(simulate(t, m), simulate(t, m)); d != "" {
			t.Fatalf("two runs (-first +second):\n%s", d)
		}
	})
}

// TestSameArgumentsSameCommit steps one execution three times over: as it is, as it comes back from its packed form, and by applying
// the packed commits. All three must stay the same.
func TestSameArgumentsSameCommit(t *testing.T) {
	t.Parallel()
	machines := random.Machines(true)
	text := cmp.Comparer(func(v, w value.Value) bool { return v.JSON() == w.JSON() })
	rapid.Check(t, func(t *rapid.T) {
		drawn := machines.Draw(t, "machine")
		m := compile(t, drawn)
		input, err := value.ParseString(drawn.Input)
		if err != nil {
			t.Fatal(err)
		}
		env := states.Env{Now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), TokenKey: sha256.Sum256([]byte("key"))}
		x, replayed := &states.Execution{ID: 1}, &states.Execution{ID: 1}
		var in states.Input = states.Start{Input: input}
		var tasks []states.TaskRequest
		calls := 0
		for step := 0; x.Status != states.Succeeded && x.Outcome == nil; step++ {
			if step > 5000 {
				t.Fatalf("5,000 steps and still running")
			}
			env.Seed[0] = byte(step)
			again := &states.Execution{ID: 1}
			if step > 0 {
				if again, err = pack.Execution(pack.AppendExecution(nil, x), x.Input); err != nil {
					t.Fatal(err)
				}
			}
			c, err := states.Step(m, x, &env, in)
			if err != nil {
				t.Fatal(err)
			}
			c2, err := states.Step(m, again, &env, in)
			if err != nil {
				t.Fatal(err)
			}
			packed := pack.AppendCommit(nil, &c, x)
			if d := cmp.Diff(c, c2, text) + cmp.Diff(x, again, text, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("step %d (%T): the commits differ (-first +second):\n%s", step, in, d)
			}
			change, err := pack.Commit(packed)
			if err == nil {
				if step == 0 {
					replayed.Input = input
				}
				err = change.Apply(replayed)
			}
			if err != nil {
				t.Fatalf("step %d: %v", step, err)
			}
			if d := cmp.Diff(x, replayed, text, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("step %d (%T): applied commits give another execution (-stepped +applied):\n%s", step, in, d)
			}
			tasks = append(tasks, c.Tasks...)
			tasks = slices.DeleteFunc(tasks, func(r states.TaskRequest) bool { return slices.Contains(c.Cancel, r.Ref) })
			switch {
			case c.More:
				in = states.Continue{}
			case len(tasks) > 0:
				out, name := drawn.Reply(calls)
				calls++
				in = states.TaskFailed{Ref: tasks[0].Ref, Failure: states.Failure{Name: states.Some(name), Task: true}}
				if name == "" {
					doc, err := value.ParseString(out)
					if err != nil {
						t.Fatal(err)
					}
					in = states.TaskSucceeded{Ref: tasks[0].Ref, Output: doc}
				}
				tasks = tasks[1:]
			default:
				env.Now = x.NextDue().Time()
				in = states.Tick{}
			}
		}
	})
}

// hurry is a clock that jumps to each time that somebody waits for. It is for executions in which one thing waits at a time.
type hurry struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hurry) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hurry) AfterFunc(d time.Duration, f func()) func() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(max(d, 0))
	go f()
	return func() bool { return false }
}

// TestTheEngineWritesTheHistoryOfTheSimulation runs machines without concurrency on an engine with a store in memory and on the
// virtual clock: the same events with the same details, times left out.
func TestTheEngineWritesTheHistoryOfTheSimulation(t *testing.T) {
	t.Parallel()
	machines := random.Machines(false)
	const account, role = "123456789012", "arn:aws:iam::123456789012:role/StateMachineRole"
	rapid.Check(t, func(t *rapid.T) {
		m := machines.Draw(t, "machine")
		want := simulate(t, m)
		var tasks task.Mux
		n := 0
		tasks.Handle("gait:work", task.HandlerFunc(func(context.Context, *task.Request) (any, error) {
			out, name := m.Reply(n) // one call at a time
			n++
			if name != "" {
				return nil, &task.Error{Name: name, Cause: "drawn"}
			}
			return json.RawMessage(out), nil
		}))
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // a hang
		defer cancel()
		e, err := engine.Open(ctx, engine.Config{Store: memory.New(), Tasks: &tasks, Clock: &hurry{now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)},
			Account: account, RoleARN: role, Shards: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := e.Close(ctx); err != nil {
				t.Error(err)
			}
		}()
		if _, err := e.Deploy(ctx, "StateMachine", []byte(m.Definition)); err != nil {
			t.Fatal(err)
		}
		id, err := e.Start(ctx, "StateMachine", []byte(m.Input), engine.WithName("execution"))
		if err != nil {
			t.Fatal(err)
		}
		if r, err := e.Wait(ctx, id); r.ID == "" {
			t.Fatal(err)
		}
		var got []history.Event
		for ev, err := range e.History(ctx, id) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ev)
		}
		plain := cmpopts.IgnoreFields(history.Event{}, "Timestamp")
		if d := cmp.Diff(want.Events, got, plain); d != "" {
			t.Fatalf("%s\nevents (-simulation +engine):\n%s", m.Definition, d)
		}
	})
}
