package engine_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

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
	batches, writes atomic.Int64
}

func newCounted(s store.Store) *counted { return &counted{Store: s} }

// Apply counts and passes on.
func (c *counted) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	c.batches.Add(1)
	c.writes.Add(int64(len(batch)))
	return c.Store.Apply(ctx, epoch, batch)
}

// flaky fails as it is told.
type flaky struct {
	store.Store
	mu   sync.Mutex
	fail func(batch []store.Write) error // nil: no failure
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
