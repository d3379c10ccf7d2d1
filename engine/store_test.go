package engine_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/store/sqlite"
)

// openStore opens a store of a kind; dir is where one on disk lives.
func openStore(t testing.TB, kind, dir string) store.Store {
	t.Helper()
	if kind == "memory" {
		return memory.New()
	}
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "gait.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// counted counts the transactions of a store.
type counted struct {
	store.Store
	batches, writes, loads atomic.Int64
}

func newCounted(s store.Store) *counted { return &counted{Store: s} }

// Apply counts and passes on.
func (c *counted) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	c.batches.Add(1)
	c.writes.Add(int64(len(batch)))
	return c.Store.Apply(ctx, epoch, batch)
}

// Load counts and passes on.
func (c *counted) Load(ctx context.Context, id states.ExecID) (store.Execution, error) {
	c.loads.Add(1)
	return c.Store.Load(ctx, id)
}

// flaky fails as it is told.
type flaky struct {
	store.Store
	mu   sync.Mutex
	fail func(batch []store.Write) error // nil: no failure
}

// watched counts every call, and can hold back commits.
type watched struct {
	store.Store
	calls atomic.Int64
	gate  atomic.Pointer[chan struct{}] // commits wait until it is closed
}

// Apply counts, waits for the gate and passes on.
func (w *watched) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	w.calls.Add(1)
	if gate := w.gate.Load(); gate != nil {
		<-*gate
	}
	return w.Store.Apply(ctx, epoch, batch)
}

// Load counts and passes on.
func (w *watched) Load(ctx context.Context, id states.ExecID) (store.Execution, error) {
	w.calls.Add(1)
	return w.Store.Load(ctx, id)
}

// Find counts and passes on.
func (w *watched) Find(ctx context.Context, q store.Query) ([]store.Execution, error) {
	w.calls.Add(1)
	return w.Store.Find(ctx, q)
}

// Due counts and passes on.
func (w *watched) Due(ctx context.Context, before states.Millis, limit int) ([]store.DueExecution, error) {
	w.calls.Add(1)
	return w.Store.Due(ctx, before, limit)
}

// Pending counts and passes on.
func (w *watched) Pending(ctx context.Context, after states.ExecID, limit int) ([]states.ExecID, error) {
	w.calls.Add(1)
	return w.Store.Pending(ctx, after, limit)
}

// Record counts and passes on.
func (w *watched) Record(ctx context.Context, kind, name string) (store.Record, error) {
	w.calls.Add(1)
	return w.Store.Record(ctx, kind, name)
}

// Records counts and passes on.
func (w *watched) Records(ctx context.Context, kind, after string, limit int) ([]store.Record, error) {
	w.calls.Add(1)
	return w.Store.Records(ctx, kind, after, limit)
}

var errDisk = errors.New("disk on fire")

func (f *flaky) set(fail func(batch []store.Write) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

// Apply fails the whole batch when it is to fail.
func (f *flaky) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	f.mu.Lock()
	fail := f.fail
	f.mu.Unlock()
	if fail != nil {
		if err := fail(batch); err != nil {
			errs := make([]error, len(batch))
			for i := range errs {
				errs[i] = err
			}
			return errs
		}
	}
	return f.Store.Apply(ctx, epoch, batch)
}
