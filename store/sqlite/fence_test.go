package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
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

// A reader sees at least what the one before it saw, also of an execution that is folded with every other commit, when the tables have a
// commit that the overlay does not have yet.
func TestNobodySeesLessThanBefore(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, filepath.Join(t.TempDir(), "gait.db"), sqlite.Options{Synchronous: sqlite.Normal})
	sqlite.SetWindow(s, 0, 0)
	own, err := s.Own(t.Context(), "e")
	if err != nil {
		t.Fatal(err)
	}
	apply := func(seq int) {
		t.Helper()
		w := store.Write{ID: 1, Base: uint64(seq), FirstEvent: int64(seq + 1), Events: int64(seq + 1), Log: []byte("log")}
		if seq == 0 {
			w.Create = &store.Execution{Machine: "m", Revision: 1, Name: "a", Started: 1}
		}
		if err := s.Apply(t.Context(), own.Epoch, []store.Write{w})[0]; err != nil {
			t.Fatal(err)
		}
	}
	apply(0)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	defer readers.Wait()
	defer close(stop)
	looks := []func() (uint64, error){
		func() (uint64, error) {
			x, err := s.Load(t.Context(), 1)
			return x.Seq, err
		},
		func() (uint64, error) {
			entries, err := s.Log(t.Context(), 1, 1<<40, true, 1)
			if err != nil || len(entries) != 1 {
				return 0, err
			}
			return entries[0].Seq, nil
		},
		func() (uint64, error) {
			found, err := s.Find(t.Context(), store.Query{Machine: "m", Name: "a"})
			if err != nil || len(found) != 1 {
				return 0, err
			}
			return found[0].Seq, nil
		},
		func() (uint64, error) {
			found, err := s.Find(t.Context(), store.Query{})
			if err != nil || len(found) != 1 {
				return 0, err
			}
			return found[0].Seq, nil
		},
	}
	for r := range 3 {
		readers.Go(func() {
			var seen uint64
			for i := r; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				seq, err := looks[i%len(looks)]()
				if err != nil {
					t.Errorf("look %d: %v", i%len(looks), err)
					return
				}
				if seq < seen {
					t.Errorf("look %d sees commit %d after %d was seen", i%len(looks), seq, seen)
					return
				}
				seen = seq
			}
		})
	}
	for seq := range 3_000 {
		apply(seq + 1)
	}
}
