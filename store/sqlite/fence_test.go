package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
)

// An owner that has lost its lock, here because somebody removed the file, and has not noticed: what it holds in memory never fits
// the tables again. It reads what the new owner wrote all the same, and its commits are refused.
func TestAnOwnerThatWasReplacedReads(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	path := filepath.Join(t.TempDir(), "gait.db")
	before, after := mustOpen(t, path, sqlite.Options{}), mustOpen(t, path, sqlite.Options{})
	first, err := before.Own(ctx, "before")
	if err != nil {
		t.Fatal(err)
	}
	load(t, before, first.Epoch, 3)
	if err := os.Remove(path + "-lock"); err != nil {
		t.Skipf("the lock's file cannot be removed while it is held, so nobody can replace the owner: %v", err)
	}
	second, err := after.Own(ctx, "after")
	if err != nil {
		t.Fatal(err)
	}
	next := store.Write{ID: 2, Base: 3, FirstEvent: 7, Events: 8, Log: []byte("fourth"), Due: 9, Pending: true}
	if err := after.Apply(ctx, second.Epoch, []store.Write{next})[0]; err != nil {
		t.Fatal(err)
	}
	see := func() {
		t.Helper()
		for _, id := range []states.ExecID{1, 2} {
			found, err := before.Find(ctx, store.Query{Before: id + 1, Limit: 1})
			if err != nil || len(found) != 1 || found[0].ID != id || found[0].Seq != uint64(id)+2 {
				t.Errorf("execution %d: found %+v, %v", id, found, err)
			}
		}
		if due, err := before.Due(ctx, 9, 10); err != nil || len(due) != 3 {
			t.Errorf("due %v, %v", due, err)
		}
	}
	see()
	next.Base = 4
	if err := before.Apply(ctx, first.Epoch, []store.Write{next})[0]; !errors.Is(err, store.ErrFenced) {
		t.Errorf("a commit of the owner before: %v, want ErrFenced", err)
	}
	see()
	if x, err := before.Load(ctx, 2); err != nil || x.Seq != 4 {
		t.Errorf("loaded %+v, %v", x, err)
	}
}
