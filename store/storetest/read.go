package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

func ids(found []store.Execution) []states.ExecID {
	var all []states.ExecID
	for _, x := range found {
		all = append(all, x.ID)
	}
	return all
}

func testPaging(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	id := states.ExecID(0)
	add := func() {
		id++
		c.apply(t, []store.Write{create(id, []string{"m", "n"}[id%2], fmt.Sprint(id))})
	}
	for range 50 {
		add()
	}
	for _, machine := range []string{"", "m", "n"} {
		there := id
		var got, want []states.ExecID
		for before := states.ExecID(0); ; {
			page, err := c.Find(t.Context(), store.Query{Machine: machine, Before: before, Limit: 7})
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, ids(page)...)
			before = got[len(got)-1]
			add()
		}
		for i := there; i > 0; i-- {
			if machine == "" || machine == []string{"m", "n"}[i%2] {
				want = append(want, i)
			}
		}
		same(t, fmt.Sprintf("pages of %q", machine), got, want)
	}
}

func testFind(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	all := []states.Status{states.Running, states.Succeeded, states.Failed, states.TimedOut, states.Aborted}
	var stored []store.Execution // newest first
	for i := range 120 {
		id := states.ExecID(i + 1)
		w := create(id, fmt.Sprint("machine ", i%3), fmt.Sprint("name ", i/2))
		c.apply(t, []store.Write{w})
		status, redrives := all[i%len(all)], int32(i/5%2)
		if status != states.Running || redrives != 0 {
			f := finish(id, 1, status)
			f.Redrives = redrives
			if status == states.Running {
				f = next(id, 1)
				f.Redrives = redrives
			}
			c.apply(t, []store.Write{f})
		}
		x := c.load(t, id)
		x.State, x.StateSeq = nil, 0
		stored = append([]store.Execution{x}, stored...)
	}
	yes, no := true, false
	queries := []store.Query{
		{}, {Limit: 1}, {Limit: 1000}, {Before: 60}, {Before: 1}, {Machine: "machine 1"}, {Machine: "unknown"},
		{Machine: "machine 2", Name: "name 4"}, {Name: "name 7"}, {Name: "unknown"}, {Redriven: &yes}, {Redriven: &no},
		{From: 1_000_300}, {To: 1_000_300}, {From: 1_000_300, To: 1_000_310}, {Machine: "machine 0", From: 1_000_300, Limit: 3},
		{Statuses: all}, {Statuses: all[1:3], Machine: "machine 1"}, {Statuses: all[2:], Machine: "machine 1", Limit: 5},
		{Statuses: all[3:], Redriven: &yes}, {Statuses: all[2:4], Before: 100, Limit: 4}, {Statuses: []states.Status{0, 0}},
		{Brief: true}, {Brief: true, Machine: "machine 1", Statuses: all[:1]},
	}
	for _, status := range all {
		queries = append(queries, store.Query{Statuses: []states.Status{status}},
			store.Query{Statuses: []states.Status{status}, Machine: "machine 2", Limit: 3},
			store.Query{Statuses: []states.Status{status}, Machine: "machine 2", Before: 50, From: 1_000_100})
	}
	for _, q := range queries {
		want := []store.Execution{}
		limit := q.Limit
		if limit == 0 {
			limit = 100
		}
		for _, x := range stored {
			if len(want) < limit && selects(q, x) {
				if q.Brief {
					x.Input, x.Outcome = nil, nil
				}
				want = append(want, x)
			}
		}
		got, err := c.Find(t.Context(), q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		same(t, fmt.Sprintf("%+v", q), got, want)
	}
}

// selects says in the plainest way what a query means.
func selects(q store.Query, x store.Execution) bool {
	switch {
	case q.Machine != "" && q.Machine != x.Machine, q.Name != "" && q.Name != x.Name:
		return false
	case len(q.Statuses) > 0 && !slices.Contains(q.Statuses, x.Status):
		return false
	case q.Before != 0 && x.ID >= q.Before, q.From != 0 && x.Started < q.From, q.To != 0 && x.Started >= q.To:
		return false
	case q.Redriven != nil && *q.Redriven != (x.Redrives > 0):
		return false
	}
	return true
}

func testLog(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	// The number of events of each commit; 0 is a commit without history.
	counts := []int64{3, 2, 0, 0, 1, 4, 0, 1, 1, 0, 2, 7, 0}
	var entries []store.Entry
	first := int64(1)
	for i, n := range counts {
		w := next(1, uint64(i))
		if i == 0 {
			w = create(1, "m", "a")
		}
		w.FirstEvent, w.Events = first, first+n-1
		c.apply(t, []store.Write{w, func() store.Write { // another execution in between
			if i == 0 {
				return create(2, "m", "b")
			}
			return next(2, uint64(i))
		}()})
		entries = append(entries, store.Entry{Seq: uint64(i + 1), FirstEvent: first, Body: w.Log})
		first += n
	}
	events := first - 1
	for from := int64(-1); from <= events+2; from++ {
		for _, limit := range []int{1, 3, 100} {
			forward, err := c.Log(t.Context(), 1, from, false, limit)
			if err != nil {
				t.Fatal(err)
			}
			reverse, err := c.Log(t.Context(), 1, from, true, limit)
			if err != nil {
				t.Fatal(err)
			}
			// The window in one piece, with those that must be in it.
			contiguous(t, forward, entries, 1)
			contiguous(t, reverse, entries, -1)
			if len(forward) > limit || len(reverse) > limit {
				t.Fatalf("from %d: %d and %d entries, limit %d", from, len(forward), len(reverse), limit)
			}
			if want := max(from, 1); from <= events && (len(forward) == 0 || !holds(forward, counts, want) && limit == 100) {
				t.Fatalf("forward from %d: no entry holds event %d: %s", from, want, show(forward))
			}
			if from > events && len(forward) > 0 {
				t.Fatalf("forward from %d of %d events: %s, want nothing", from, events, show(forward))
			}
			if len(forward) > 0 && forward[0].FirstEvent > max(from, 1) {
				t.Fatalf("forward from %d begins at event %d", from, forward[0].FirstEvent)
			}
			if want := min(from, events); want >= 1 && (len(reverse) == 0 || !holds(reverse, counts, want) && limit == 100) {
				t.Fatalf("reverse from %d: no entry holds event %d: %s", from, want, show(reverse))
			}
			if from < 1 && len(reverse) > 0 {
				t.Fatalf("reverse from %d: %s, want nothing", from, show(reverse))
			}
			if limit == 100 && len(forward) > 0 && forward[len(forward)-1].Seq != uint64(len(counts)) {
				t.Fatalf("forward from %d ends at %d", from, forward[len(forward)-1].Seq)
			}
			if limit == 100 && len(reverse) > 0 && reverse[len(reverse)-1].Seq != 1 {
				t.Fatalf("reverse from %d ends at %d", from, reverse[len(reverse)-1].Seq)
			}
		}
	}
	newest, err := c.Log(t.Context(), 1, math.MaxInt64, true, 2)
	if err != nil || len(newest) != 2 || newest[0].Seq != uint64(len(counts)) {
		t.Fatalf("reverse from the end: %v %s", err, show(newest))
	}
	if none, err := c.Log(t.Context(), 99, 1, false, 2); err != nil || len(none) != 0 {
		t.Fatalf("an unknown execution: %v, %d entries", err, len(none))
	}
}

// contiguous checks that got is a run of all, in the direction given.
func contiguous(t *testing.T, got, all []store.Entry, step int) {
	t.Helper()
	for i, e := range got {
		want := all[int(got[0].Seq)-1+i*step]
		same(t, "entry", e, want)
	}
}

// holds reports whether an entry of the window holds the event. counts has the events of each entry, by Seq-1.
func holds(window []store.Entry, counts []int64, event int64) bool {
	return slices.ContainsFunc(window, func(e store.Entry) bool {
		return e.FirstEvent <= event && event < e.FirstEvent+counts[e.Seq-1]
	})
}

func testDue(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	due := func(before states.Millis, limit int, want ...store.DueExecution) {
		t.Helper()
		got, err := c.Due(t.Context(), before, limit)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("due before %d, at most %d", before, limit), got, want)
	}
	at := func(w store.Write, due states.Millis) store.Write {
		w.Due = due
		return w
	}
	due(math.MaxInt64, 10)
	c.apply(t, []store.Write{at(create(1, "m", "a"), 300), at(create(2, "m", "b"), 100), at(create(3, "m", "c"), 200),
		create(4, "m", "d"), at(create(5, "m", "e"), 100)})
	due(99, 10)
	due(100, 10, store.DueExecution{ID: 2, Due: 100}, store.DueExecution{ID: 5, Due: 100})
	due(300, 3, store.DueExecution{ID: 2, Due: 100}, store.DueExecution{ID: 5, Due: 100}, store.DueExecution{ID: 3, Due: 200})
	c.apply(t, []store.Write{next(2, 1), at(next(3, 1), 50), at(next(4, 1), 60), at(finish(5, 1, states.Failed), 100), at(next(1, 1), 300)})
	due(1000, 10, store.DueExecution{ID: 3, Due: 50}, store.DueExecution{ID: 4, Due: 60}, store.DueExecution{ID: 1, Due: 300})
	due(1000, 0, store.DueExecution{ID: 3, Due: 50})
	c.apply(t, []store.Write{at(next(5, 2), 10)}) // redriven
	due(50, 10, store.DueExecution{ID: 5, Due: 10}, store.DueExecution{ID: 3, Due: 50})
}

func testPending(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	pending := func(after states.ExecID, limit int, want ...states.ExecID) {
		t.Helper()
		got, err := c.Pending(t.Context(), after, limit)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("pending after %d, at most %d", after, limit), got, want)
	}
	waits := func(w store.Write) store.Write {
		w.Pending = true
		return w
	}
	pending(0, 10)
	c.apply(t, []store.Write{waits(create(5, "m", "a")), create(3, "m", "b"), waits(create(9, "m", "c")), waits(create(2, "m", "d"))})
	pending(0, 10, 2, 5, 9)
	pending(0, 2, 2, 5)
	pending(2, 2, 5, 9)
	pending(4, 1, 5)
	pending(9, 10)
	c.apply(t, []store.Write{next(5, 1), waits(next(3, 1)), waits(next(9, 1)), waits(finish(2, 1, states.Aborted))})
	pending(0, 10, 3, 9)
	c.apply(t, []store.Write{waits(next(2, 2))}) // redriven
	pending(0, 10, 2, 3, 9)
}

func testConcurrent(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	const width = 20
	var batch []store.Write
	for i := range states.ExecID(width) {
		batch = append(batch, create(i+1, "m", fmt.Sprint(i)))
	}
	c.apply(t, batch)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var readers sync.WaitGroup
	check := func(err error) bool {
		if err != nil && ctx.Err() == nil {
			t.Errorf("a reader: %v", err)
		}
		return err == nil
	}
	for r := range 4 {
		readers.Go(func() {
			for i := r; ctx.Err() == nil; i++ {
				id := states.ExecID(i%width + 1)
				x, err := c.Load(ctx, id)
				if !check(err) {
					return
				}
				if want := fmt.Sprintf("state %d/%d", id, x.Seq); string(x.State) != want || x.Events != int64(3*x.Seq) {
					t.Errorf("half a commit: seq %d with state %q, %d events", x.Seq, x.State, x.Events)
					return
				}
				entries, err := c.Log(ctx, id, 1, false, 10_000)
				if !check(err) {
					return
				}
				if len(entries) < int(x.Seq) {
					t.Errorf("%d log entries of an execution that was at %d", len(entries), x.Seq)
					return
				}
				found, err := c.Find(ctx, store.Query{Machine: "m", Brief: true})
				if !check(err) {
					return
				}
				// A batch advances all of them: they must be seen at one place.
				for _, y := range found {
					if y.Seq != found[0].Seq {
						t.Errorf("half a batch: seq %d beside %d", y.Seq, found[0].Seq)
						return
					}
				}
			}
		})
	}
	for base := range uint64(60) {
		for i := range batch {
			batch[i] = next(states.ExecID(i+1), base+1)
		}
		c.apply(t, batch)
		if _, err := c.PutMachine(ctx, store.Machine{Name: "m", Definition: fmt.Append(nil, base)}); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	readers.Wait()
}

func testContext(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	c.apply(t, []store.Write{create(1, "m", "a")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(c.Store, c.own.Epoch) {
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if err := calls(c.Store, c.own.Epoch)["Apply"](late); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Apply after its deadline: %v", err)
	}
	if x := c.load(t, 1); x.Seq != 1 {
		t.Errorf("seq %d, want 1", x.Seq)
	}
	c.apply(t, []store.Write{next(1, 1)})
}

// calls has every method that takes a context.
func calls(s store.Store, epoch int64) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Own":          func(ctx context.Context) error { _, err := s.Own(ctx, "storetest"); return err },
		"PutMachine":   func(ctx context.Context) error { _, err := s.PutMachine(ctx, store.Machine{Name: "m"}); return err },
		"Machine":      func(ctx context.Context) error { _, err := s.Machine(ctx, "m", 0); return err },
		"Machines":     func(ctx context.Context) error { _, err := s.Machines(ctx, "", 1); return err },
		"PutRecord":    func(ctx context.Context) error { return s.PutRecord(ctx, store.Record{Kind: "k", Name: "n"}) },
		"Record":       func(ctx context.Context) error { _, err := s.Record(ctx, "k", "n"); return err },
		"Records":      func(ctx context.Context) error { _, err := s.Records(ctx, "k", "", 1); return err },
		"DeleteRecord": func(ctx context.Context) error { return s.DeleteRecord(ctx, "k", "n") },
		"Apply":        func(ctx context.Context) error { return s.Apply(ctx, epoch, []store.Write{next(1, 1)})[0] },
		"Load":         func(ctx context.Context) error { _, err := s.Load(ctx, 1); return err },
		"Find":         func(ctx context.Context) error { _, err := s.Find(ctx, store.Query{}); return err },
		"Log":          func(ctx context.Context) error { _, err := s.Log(ctx, 1, 1, false, 1); return err },
		"Due":          func(ctx context.Context) error { _, err := s.Due(ctx, 1, 1); return err },
		"Pending":      func(ctx context.Context) error { _, err := s.Pending(ctx, 0, 1); return err },
	}
}

func testClosed(t *testing.T, b Backend) {
	c := open(t, b, t.TempDir())
	c.apply(t, []store.Write{create(1, "m", "a")})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for name, call := range calls(c.Store, c.own.Epoch) {
		if err := call(t.Context()); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
	if err := c.Close(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Close: %v, want ErrClosed", err)
	}
}
