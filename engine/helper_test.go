package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// open returns an engine on st, or on a new store in memory, which is closed at the end of the test.
func open(t testing.TB, cfg engine.Config) *engine.Engine {
	t.Helper()
	if cfg.Store == nil {
		cfg.Store = memory.New()
	}
	e, err := engine.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

// deploy stores a definition given as the members of the machine: "StartAt":…
func deploy(t testing.TB, e *engine.Engine, name, definition string) {
	t.Helper()
	if _, err := e.Deploy(t.Context(), name, []byte(definition)); err != nil {
		t.Fatalf("deploy %s: %v", name, err)
	}
}

func start(t testing.TB, e *engine.Engine, machine, input string, opts ...engine.StartOption) engine.ID {
	t.Helper()
	id, err := e.Start(t.Context(), machine, []byte(input), opts...)
	if err != nil {
		t.Fatalf("start %s: %v", machine, err)
	}
	return id
}

// wait returns "STATUS output" or "STATUS error: cause".
func wait(t testing.TB, e *engine.Engine, id engine.ID) string {
	t.Helper()
	r, err := e.Wait(t.Context(), id)
	if err != nil && r.ID == "" {
		t.Fatalf("wait for %s: %v", id, err)
	}
	if r.Output != nil {
		return r.Status.String() + " " + string(r.Output)
	}
	return fmt.Sprintf("%s %s: %s", r.Status, r.Error, r.Cause)
}

// events returns the history of an execution and checks that it has no gap.
func events(t testing.TB, e *engine.Engine, id engine.ID, opts ...engine.HistoryOption) []history.Event {
	t.Helper()
	var all []history.Event
	for ev, err := range e.History(t.Context(), id, opts...) {
		if err != nil {
			t.Fatalf("history of %s: %v", id, err)
		}
		all = append(all, ev)
	}
	return all
}

// types returns the types of events, one blank between them; it fails on a gap in the ids or a link that goes forward.
func types(t testing.TB, all []history.Event) string {
	t.Helper()
	names := make([]string, len(all))
	for i, ev := range all {
		if ev.ID != int64(i+1) || ev.PreviousEventID >= ev.ID {
			t.Errorf("event %d has id %d and previousEventId %d", i+1, ev.ID, ev.PreviousEventID)
		}
		names[i] = ev.Type
	}
	return strings.Join(names, " ")
}

// chain returns a definition of n Task states, each calling gait:work.
func chain(n int) string {
	var b strings.Builder
	b.WriteString(`{"StartAt":"S1","States":{`)
	for i := 1; i <= n; i++ {
		if i > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"S%d":{"Type":"Task","Resource":"gait:work","TimeoutSeconds":60,`, i)
		if i == n {
			b.WriteString(`"End":true}`)
		} else {
			fmt.Fprintf(&b, `"Next":"S%d"}`, i+1)
		}
	}
	b.WriteString(`}}`)
	return b.String()
}

// handlers returns a Mux with one handler for gait:work.
func handlers(work task.HandlerFunc) *task.Mux {
	var m task.Mux
	m.Handle("gait:work", work)
	return &m
}

// echo returns its input.
func echo(_ context.Context, req *task.Request) (any, error) { return req.Input, nil }

// goexit ends the goroutine of a handler.
func goexit() { runtime.Goexit() }

// seeds runs a test in a bubble for each of four seeds.
func seeds(t *testing.T, test func(t *testing.T, seed uint64)) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, seed) })
		})
	}
}
