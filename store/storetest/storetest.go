package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// Backend tells the suite how to reach a store.
type Backend struct {
	// Open opens the store of a place, a directory of its own for each test, and creates it when it is not there. Opening a
	// place again after Close is a restart; opening it twice is what two processes would do. It fails tb when it cannot.
	Open func(tb testing.TB, place string) store.Store

	// Fail makes statement n, from 0, of the next call of Apply fail with err, and returns a function that says whether the
	// statement was reached and takes the fault away. nil when no statement of Apply can fail.
	Fail func(s store.Store, n int, err error) (reached func() bool)
}

// Run runs the suite.
func Run(t *testing.T, b Backend) {
	tests := []struct {
		name string
		f    func(t *testing.T, b Backend)
	}{
		{"one owner at a time", testOwnership},
		{"an older epoch is fenced", testFencing},
		{"machines have revisions", testMachines},
		{"records are put, listed and deleted", testRecords},
		{"what is applied can be loaded", testApplyLoad},
		{"a state that is not given again stays", testKeptState},
		{"a bad write leaves its batch alone", testConflicts},
		{"a failed batch leaves nothing", testAtomic},
		{"a restart keeps everything", testReopen},
		{"what has ended can run again", testRedrive},
		{"pages are stable while executions are added", testPaging},
		{"queries restrict by every field", testFind},
		{"the log is read in both directions", testLog},
		{"due executions come by time", testDue},
		{"pending executions come by id", testPending},
		{"readers see whole commits", testConcurrent},
		{"a cancelled context stops a call", testContext},
		{"a closed store refuses everything", testClosed},
		{"it answers as the reference does", testReference},
		{"no goroutine is left behind", testLeak},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.f(t, b) })
	}
}

// client is a store that this test owns.
type client struct {
	store.Store
	own store.Ownership
}

func open(t testing.TB, b Backend, place string) *client {
	t.Helper()
	s := b.Open(t, place)
	t.Cleanup(func() { _ = s.Close() }) // a second time for most: ErrClosed
	own, err := s.Own(t.Context(), "storetest")
	if err != nil {
		t.Fatalf("own: %v", err)
	}
	return &client{s, own}
}

// apply applies a batch under the client's epoch and fails the test unless the errors are as wanted; no want means none.
func (c *client) apply(t testing.TB, batch []store.Write, want ...error) {
	t.Helper()
	errs := c.Apply(t.Context(), c.own.Epoch, batch)
	if len(errs) != len(batch) {
		t.Fatalf("apply: %d errors for %d writes", len(errs), len(batch))
	}
	for i, err := range errs {
		var w error
		if i < len(want) {
			w = want[i]
		}
		if !errors.Is(err, w) || w == nil && err != nil {
			t.Fatalf("apply: write %d: %v, want %v", i, err, w)
		}
	}
}

// create is the first write of an execution.
func create(id states.ExecID, machine, name string) store.Write {
	return store.Write{
		Create: &store.Execution{
			Machine: machine, Revision: 1, Name: name, Input: []byte(`{"n":1}`), Settings: []byte("settings"),
			Started: states.Millis(1_000_000 + 10*id),
		},
		ID: id, FirstEvent: 1, Events: 3, Log: []byte(fmt.Sprintf("log %d/1", id)), State: []byte(fmt.Sprintf("state %d/1", id)),
	}
}

// next is a later write: the one that builds on base.
func next(id states.ExecID, base uint64) store.Write {
	return store.Write{
		ID: id, Base: base, FirstEvent: int64(3*base) + 1, Events: int64(3*base) + 3,
		Log: []byte(fmt.Sprintf("log %d/%d", id, base+1)), State: []byte(fmt.Sprintf("state %d/%d", id, base+1)),
	}
}

// finish is a later write that ends the execution.
func finish(id states.ExecID, base uint64, status states.Status) store.Write {
	w := next(id, base)
	w.Status, w.Stopped, w.State, w.Outcome = status, 2_000_000, []byte{}, []byte("outcome")
	return w
}

func (c *client) load(t testing.TB, id states.ExecID) store.Execution {
	t.Helper()
	x, err := c.Load(t.Context(), id)
	if err != nil {
		t.Fatalf("load %d: %v", id, err)
	}
	return x
}

// same fails the test when got is not want; nil and empty bytes count as one.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if g, w := show(got), show(want); g != w {
		t.Fatalf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// show renders a value so that equal text means equal content.
func show(v any) string {
	switch v := v.(type) {
	case error:
		for _, known := range []error{
			store.ErrConflict, store.ErrExists, store.ErrNotFound, store.ErrFenced, store.ErrOwned, store.ErrClosed,
		} {
			if errors.Is(v, known) {
				return known.Error()
			}
		}
		return v.Error()
	case store.Machine:
		return fmt.Sprintf("{%s/%d %q %q %d}", v.Name, v.Revision, v.Definition, v.Settings, v.Created.UnixMilli())
	case store.Execution:
		return fmt.Sprintf("{%d %s/%d/%s %q in %q %d..%d %v seq %d events %d redrives %d out %q state %d %q tail %s}", v.ID, v.Machine,
			v.Revision, v.Name, v.Settings, v.Input, v.Started, v.Stopped, v.Status, v.Seq, v.Events, v.Redrives, v.Outcome, v.StateSeq, v.State,
			show(v.Tail))
	case store.Record:
		return fmt.Sprintf("{%s %q %q}", v.Kind, v.Name, v.Body)
	case store.Entry:
		return fmt.Sprintf("{%d from %d %q}", v.Seq, v.FirstEvent, v.Body)
	}
	if r := reflect.ValueOf(v); v != nil && r.Kind() == reflect.Slice && r.Type().Elem().Kind() != reflect.Uint8 {
		var all []string
		for i := range r.Len() {
			all = append(all, show(r.Index(i).Interface()))
		}
		return "[" + strings.Join(all, " ") + "]"
	}
	return fmt.Sprint(v)
}

func testLeak(t *testing.T, b Backend) {
	place := t.TempDir()
	use := func() {
		s := b.Open(t, place)
		own, err := s.Own(context.Background(), "leak")
		if err != nil {
			t.Fatal(err)
		}
		last := own.LastID + 1
		for _, err := range s.Apply(context.Background(), own.Epoch, []store.Write{create(last, "m", fmt.Sprint(last))}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Load(context.Background(), last); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Find(context.Background(), store.Query{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	use() // what a driver starts once stays
	before := runtime.NumGoroutine()
	for range 5 {
		use()
	}
	// Goroutines that were told to end may need a moment to be gone.
	deadline := time.Now().Add(time.Minute)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}
