package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

func testOwnership(t *testing.T, b Backend) {
	place := t.TempDir()
	first := open(t, b, place)
	if first.own.Epoch < 1 || first.own.TokenKey == [32]byte{} || first.own.LastID != 0 {
		t.Errorf("ownership of a new store: %+v", first.own)
	}
	if _, err := first.Own(t.Context(), "another engine"); !errors.Is(err, store.ErrOwned) {
		t.Errorf("another holder on the same handle: %v, want ErrOwned", err)
	}
	again, err := first.Own(t.Context(), "storetest")
	if err != nil || again.Epoch <= first.own.Epoch || again.TokenKey != first.own.TokenKey {
		t.Errorf("the holder again: %v, %+v after %+v", err, again, first.own)
	}
	first.own = again
	first.apply(t, []store.Write{create(5, "m", "a"), create(3, "m", "b")})

	second := b.Open(t, place)
	t.Cleanup(func() { _ = second.Close() })
	if _, err := second.Own(t.Context(), "storetest"); !errors.Is(err, store.ErrOwned) {
		t.Errorf("another handle: %v, want ErrOwned", err)
	}
	for _, err := range second.Apply(t.Context(), again.Epoch, []store.Write{create(6, "m", "c")}) {
		if !errors.Is(err, store.ErrFenced) {
			t.Errorf("a write of who is not the owner: %v, want ErrFenced", err)
		}
	}
	if x, err := second.Load(t.Context(), 5); err != nil || x.Name != "a" {
		t.Errorf("who is not the owner may read: %v, %q", err, x.Name)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := second.Own(t.Context(), "storetest")
	if err != nil || after.Epoch <= again.Epoch || after.TokenKey != again.TokenKey || after.LastID != 5 {
		t.Errorf("after Close: %v, %+v; want a later epoch, the same key and LastID 5", err, after)
	}
}

func testFencing(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	c.apply(t, []store.Write{create(1, "m", "a")})
	old := c.own.Epoch
	var err error
	if c.own, err = c.Own(t.Context(), "storetest"); err != nil {
		t.Fatal(err)
	}
	for _, epoch := range []int64{old, c.own.Epoch + 1, 0} {
		for i, err := range c.Apply(t.Context(), epoch, []store.Write{next(1, 1), create(2, "m", "b")}) {
			if !errors.Is(err, store.ErrFenced) {
				t.Errorf("epoch %d of %d, write %d: %v, want ErrFenced", epoch, c.own.Epoch, i, err)
			}
		}
	}
	if x := c.load(t, 1); x.Seq != 1 {
		t.Errorf("seq %d after fenced writes, want 1", x.Seq)
	}
	if _, err := c.Load(t.Context(), 2); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a fenced create: %v, want ErrNotFound", err)
	}
	c.apply(t, []store.Write{next(1, 1)})
}

func testMachines(t *testing.T, b Backend) {
	place := t.TempDir()
	c := open(t, b, place)
	put := func(name, definition, settings string, want int64) {
		t.Helper()
		m := store.Machine{
			Name: name, Definition: []byte(definition), Settings: []byte(settings), Created: time.UnixMilli(1000 + want).UTC(),
		}
		got, err := c.PutMachine(t.Context(), m)
		if err != nil || got != want {
			t.Fatalf("put %s %q %q: revision %d, %v; want %d", name, definition, settings, got, err, want)
		}
		clear(m.Definition) // the caller's bytes are not kept
		clear(m.Settings)
	}
	put("b", "one", "", 1)
	put("b", "one", "", 1)
	put("b", "two", "", 2)
	put("b", "two", "role", 3)
	put("b", "one", "", 4)
	put("a", "one", "", 1)
	put("ç", "", "", 1)
	c.apply(t, []store.Write{create(1, "never put", "x")}) // names a machine; that does not make one

	check := func() {
		t.Helper()
		for _, want := range []store.Machine{
			{Name: "b", Revision: 1, Definition: []byte("one"), Created: time.UnixMilli(1001)},
			{Name: "b", Revision: 3, Definition: []byte("two"), Settings: []byte("role"), Created: time.UnixMilli(1003)},
			{Name: "a", Revision: 1, Definition: []byte("one"), Created: time.UnixMilli(1001)},
		} {
			got, err := c.Machine(t.Context(), want.Name, want.Revision)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "machine", got, want)
		}
		newest, err := c.Machine(t.Context(), "b", 0)
		if err != nil || newest.Revision != 4 {
			t.Errorf("newest: revision %d, %v; want 4", newest.Revision, err)
		}
		for _, m := range []store.Machine{{Name: "b", Revision: 5}, {Name: "b", Revision: -1}, {Name: "c"}, {Name: "never put"}} {
			if _, err := c.Machine(t.Context(), m.Name, m.Revision); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s/%d: %v, want ErrNotFound", m.Name, m.Revision, err)
			}
		}
		var names []string
		for after := ""; ; {
			page, err := c.Machines(t.Context(), after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, m := range page {
				names = append(names, fmt.Sprintf("%s/%d", m.Name, m.Revision))
				after = m.Name
			}
		}
		same(t, "machines by name", names, []string{"a/1", "b/4", "ç/1"})
	}
	check()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, b, place)
	check()
	put("b", "one", "", 4)
}

func testApplyLoad(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	big := bytes.Repeat([]byte("0123456789abcdef"), 40_000)
	w := create(1<<40, "machine", "näme with 'quotes' and \x00")
	w.Create.Input, w.Create.Revision = big, 7
	w.State, w.Log = append([]byte(nil), big[1:]...), append([]byte(nil), big[2:]...)
	c.apply(t, []store.Write{w})
	want := store.Execution{
		ID: 1 << 40, Machine: "machine", Revision: 7, Name: w.Create.Name, Settings: []byte("settings"), Input: big[:len(big):len(big)],
		Started: w.Create.Started, Seq: 1, Events: 3, State: append([]byte(nil), w.State...), StateSeq: 1,
	}
	clear(w.State) // the caller's bytes are not kept
	same(t, "after the first commit", c.load(t, 1<<40), want)

	w = next(1<<40, 1)
	w.Redrives, w.Due, w.Pending = 2, 99, true
	c.apply(t, []store.Write{w})
	want.Seq, want.Events, want.Redrives, want.State, want.StateSeq = 2, 6, 2, w.State, 2
	same(t, "after the second commit", c.load(t, 1<<40), want)

	for i, status := range []states.Status{states.Failed, states.Running, states.TimedOut, states.Running, states.Aborted, states.Succeeded} {
		base := uint64(2 + i)
		w, want.Stopped, want.Outcome = next(1<<40, base), 0, nil
		w.Status = status
		if status != states.Running {
			w.Stopped, w.Outcome = states.Millis(5000+base), []byte(fmt.Sprint("outcome ", base))
			want.Stopped, want.Outcome = w.Stopped, w.Outcome
		}
		c.apply(t, []store.Write{w})
		want.Status, want.Seq, want.Events, want.State, want.StateSeq, want.Redrives = status, base+1, w.Events, w.State, base+1, 0
		same(t, fmt.Sprint("after ", status), c.load(t, 1<<40), want)
	}
	if _, err := c.Load(t.Context(), 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("load of an unknown id: %v, want ErrNotFound", err)
	}
	if errs := c.Apply(t.Context(), c.own.Epoch, nil); len(errs) != 0 {
		t.Errorf("an empty batch: %v", errs)
	}
	var bare store.Write // everything that may be empty is
	bare.ID, bare.Create = 2, &store.Execution{}
	c.apply(t, []store.Write{bare})
	same(t, "a bare execution", c.load(t, 2), store.Execution{ID: 2, Seq: 1, Tail: []store.Entry{{Seq: 1}}})
}

// testKeptState checks that a state that is not given again stays, and that the log after it comes with it.
func testKeptState(t *testing.T, b Backend) {
	place := t.TempDir()
	c := open(t, b, place)
	first := create(1, "m", "kept")
	c.apply(t, []store.Write{first, create(2, "m", "other")})
	want := c.load(t, 1)
	for base := uint64(1); base < 40; base++ {
		w := next(1, base)
		stopped := base%7 == 0
		if stopped {
			w.Status, w.Stopped, w.Outcome = states.Failed, 5000, []byte("outcome")
		}
		w.Due, w.Pending = states.Millis(base%3*100_000), base%5 == 0
		want.Seq, want.Events, want.Status, want.Stopped, want.Outcome = base+1, w.Events, w.Status, w.Stopped, w.Outcome
		switch {
		case base == 10 || base == 20:
			want.State, want.StateSeq, want.Tail = w.State, base+1, nil
		case base == 30:
			w.State = []byte{}
			want.State, want.StateSeq, want.Tail = nil, base+1, nil
		default:
			w.State = nil
			want.Tail = append(want.Tail, store.Entry{Seq: base + 1, FirstEvent: w.FirstEvent, Body: w.Log})
		}
		c.apply(t, []store.Write{w, next(2, base)})
		same(t, fmt.Sprint("after commit ", base), c.load(t, 1), want)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "after a restart", open(t, b, place).load(t, 1), want)
}

func testConflicts(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	c.apply(t, []store.Write{create(1, "m", "one"), create(2, "m", "two"), create(3, "n", "one")})
	ahead, based := next(2, 2), create(9, "m", "nine")
	based.Base = 1
	c.apply(t, []store.Write{
		next(1, 1),              // good
		ahead,                   // ahead of the stored state
		next(3, 0),              // behind it
		create(4, "m", "one"),   // name taken
		create(5, "n", "two"),   // the same name under another machine is free
		next(6, 1),              // unknown
		create(3, "n", "three"), // id taken
		create(3, "n", "one"),   // both taken
		based,                   // a first commit builds on nothing
		next(5, 1),              // builds on a write of this batch
		next(5, 2),
		next(5, 2),             // loses against the one before
		create(7, "n", "two"),  // name taken within the batch
		next(4, 1),             // builds on one that failed
		create(8, "m", "last"), // good
	}, nil, store.ErrConflict, store.ErrConflict, store.ErrExists, nil, store.ErrConflict, store.ErrConflict, store.ErrExists,
		store.ErrConflict, nil, nil, store.ErrConflict, store.ErrExists, store.ErrConflict, nil)
	for id, seq := range map[states.ExecID]uint64{1: 2, 2: 1, 3: 1, 5: 3, 8: 1} {
		if x := c.load(t, id); x.Seq != seq {
			t.Errorf("execution %d: seq %d, want %d", id, x.Seq, seq)
		}
		entries, err := c.Log(t.Context(), id, 1, false, 100)
		if err != nil || len(entries) != int(seq) {
			t.Errorf("execution %d: %d log entries, %v; want %d", id, len(entries), err, seq)
		}
	}
	for _, id := range []states.ExecID{4, 6, 7, 9} {
		if _, err := c.Load(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("execution %d: %v, want ErrNotFound", id, err)
		}
		if entries, err := c.Log(t.Context(), id, 1, false, 100); err != nil || len(entries) != 0 {
			t.Errorf("execution %d: %d log entries, %v; want none", id, len(entries), err)
		}
	}
	// Many failures and successes mixed, so that no grouping of statements can shift them.
	var batch []store.Write
	var want []error
	for i := range 100 {
		w := create(states.ExecID(100+i), "many", fmt.Sprint(i))
		switch {
		case i%7 == 3:
			w.Create.Name, want = "0", append(want, store.ErrExists)
		case i%11 == 5:
			w, want = next(1, 77), append(want, store.ErrConflict)
		default:
			want = append(want, nil)
		}
		batch = append(batch, w)
	}
	c.apply(t, batch, want...)
	for i := range batch {
		entries, err := c.Log(t.Context(), states.ExecID(100+i), 1, false, 10)
		if err != nil {
			t.Fatal(err)
		}
		if want[i] == nil {
			same(t, fmt.Sprint("log of write ", i), entries, []store.Entry{{Seq: 1, FirstEvent: 1, Body: batch[i].Log}})
		} else if len(entries) != 0 {
			t.Errorf("write %d failed but has log entries", i)
		}
	}
}

func testAtomic(t *testing.T, b Backend) {
	if b.Fail == nil {
		t.Skip("1 check left out: no statement of this store can fail")
	}
	place := t.TempDir()
	c := open(t, b, place)
	c.apply(t, []store.Write{create(1, "m", "one"), create(2, "m", "two")})
	before := []string{show(c.load(t, 1)), show(c.load(t, 2))}
	batch := []store.Write{next(1, 1), create(3, "new machine", "three"), finish(2, 1, states.Failed), next(3, 1)}
	for i := range states.ExecID(20) {
		batch = append(batch, create(10+i, "m", fmt.Sprint("more ", i)))
	}
	boom := errors.New("injected")
	n := 0
	for ; ; n++ {
		reached := b.Fail(c.Store, n, boom)
		errs := c.Apply(t.Context(), c.own.Epoch, batch)
		if !reached() {
			for i, err := range errs {
				if err != nil {
					t.Fatalf("without a fault: write %d: %v", i, err)
				}
			}
			break
		}
		for i, err := range errs {
			if !errors.Is(err, boom) {
				t.Fatalf("fault at statement %d: write %d: %v, want the injected error", n, i, err)
			}
		}
		same(t, fmt.Sprint("after a fault at statement ", n), []string{show(c.load(t, 1)), show(c.load(t, 2))}, before)
		found, err := c.Find(t.Context(), store.Query{})
		if err != nil || len(found) != 2 {
			t.Fatalf("fault at statement %d: %d executions, %v; want 2", n, len(found), err)
		}
	}
	if n < 4 {
		t.Errorf("only %d statements could fail", n)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, b, place)
	if x := c.load(t, 3); x.Seq != 2 || x.Machine != "new machine" {
		t.Errorf("after all: %s", show(x))
	}
}

func testReopen(t *testing.T, b Backend) {
	place := t.TempDir()
	var want []string
	c := open(t, b, place)
	for round := range states.ExecID(5) {
		base := 10 * round
		w := create(base+2, "m", fmt.Sprint(round, "b"))
		w.Due, w.Pending = states.Millis(round+1), true
		c.apply(t, []store.Write{create(base+1, "m", fmt.Sprint(round, "a")), w})
		c.apply(t, []store.Write{finish(base+1, 1, states.Succeeded)})
		snapshot := func() []string {
			all := func(v any, err error) string {
				if err != nil {
					t.Fatal(err)
				}
				return show(v)
			}
			ctx := context.Background()
			s := []string{all(c.Find(ctx, store.Query{})), all(c.Due(ctx, 100, 100)), all(c.Pending(ctx, 0, 100))}
			for id := range base + 3 {
				entries, err := c.Log(ctx, id, 1, false, 10)
				s = append(s, all(entries, err))
				if x, err := c.Load(ctx, id); err == nil {
					s = append(s, show(x))
				}
			}
			return s
		}
		want = snapshot()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		c = open(t, b, place)
		if c.own.LastID != base+2 {
			t.Errorf("LastID %d, want %d", c.own.LastID, base+2)
		}
		same(t, fmt.Sprint("round ", round), snapshot(), want)
		c.apply(t, []store.Write{create(base+3, "m", fmt.Sprint(round, "b"))}, store.ErrExists)
	}
}
