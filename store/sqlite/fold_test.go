package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/store/storetest"
)

// TestCrashWithASmallWindow is TestCrash with executions that are folded while they run.
func TestCrashWithASmallWindow(t *testing.T) {
	storetest.Crash(t, 5, func(ctx context.Context, place string) (store.Store, error) {
		s, err := sqlite.Open(ctx, filepath.Join(place, "gait.db"), sqlite.Options{})
		if err == nil {
			sqlite.SetWindow(s, 10, 40)
		}
		return s, err
	}, func(t *testing.T, place string) { integrity(t, filepath.Join(place, "gait.db")) })
}

func mustOwn(t *testing.T, s *sqlite.Store) store.Ownership {
	t.Helper()
	own, err := s.Own(t.Context(), "e")
	if err != nil {
		t.Fatal(err)
	}
	return own
}

// load writes executions 1..n of three commits; every third has ended, failed and been redriven. The window leaves some folded.
func load(t *testing.T, s *sqlite.Store, epoch int64, n int) {
	t.Helper()
	apply := func(batch ...store.Write) {
		t.Helper()
		for _, err := range s.Apply(t.Context(), epoch, batch) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := 1; i <= n; i++ {
		id := states.ExecID(i)
		create := &store.Execution{Machine: fmt.Sprint("m", i%2), Revision: 1, Name: fmt.Sprint(i), Input: []byte("{}"), Started: states.Millis(i)}
		second := store.Write{ID: id, Base: 1, FirstEvent: 3, Events: 4, Log: fmt.Append(nil, "second ", i), Due: states.Millis(2 * i), State: []byte("state")}
		third := store.Write{ID: id, Base: 2, FirstEvent: 5, Events: 6, Log: fmt.Append(nil, "third ", i), Due: states.Millis(3 * i), Pending: i%2 == 0}
		switch i % 3 {
		case 0:
			second.Status, second.Stopped, second.Outcome = states.Failed, 99, []byte("outcome")
			third.Redrives = 1
		case 1:
			third.State = []byte{}
		}
		apply(store.Write{ID: id, Create: create, FirstEvent: 1, Events: 2, Log: fmt.Append(nil, "first ", i), Due: 7}, second)
		apply(third)
	}
}

// picture has everything that a store answers.
func picture(t *testing.T, s store.Store, n int) map[string]any {
	t.Helper()
	see := map[string]any{}
	keep := func(what string, v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		see[what] = v
	}
	for i := 1; i <= n; i++ {
		x, err := s.Load(t.Context(), states.ExecID(i))
		keep(fmt.Sprint("load ", i), x, err)
		for _, reverse := range []bool{false, true} {
			entries, err := s.Log(t.Context(), states.ExecID(i), 4, reverse, 10)
			keep(fmt.Sprint("log ", i, reverse), entries, err)
		}
	}
	redriven := true
	for i, q := range []store.Query{{}, {Machine: "m1"}, {Name: "5"}, {Machine: "m0", Name: "6"}, {Statuses: []states.Status{states.Running}},
		{Statuses: []states.Status{states.Succeeded, states.Failed}}, {Redriven: &redriven}, {From: 3, To: 7}, {Before: 6, Limit: 3, Brief: true}} {
		found, err := s.Find(t.Context(), q)
		keep(fmt.Sprint("find ", i), found, err)
	}
	for limit := 1; limit < n; limit += 3 {
		due, err := s.Due(t.Context(), 20, limit)
		keep(fmt.Sprint("due ", limit), due, err)
		pending, err := s.Pending(t.Context(), 2, limit)
		keep(fmt.Sprint("pending ", limit), pending, err)
	}
	return see
}

// copied copies the files of a store, as a crash would leave them.
func copied(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "gait.db")
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// What the tables do not have yet is seen all the same: by the owner, by other processes, after a crash, by the next owner, and
// after a clean end.
func TestWhatIsNotFoldedIsSeen(t *testing.T) {
	t.Parallel()
	const n = 12
	path := filepath.Join(t.TempDir(), "gait.db")
	s := mustOpen(t, path, sqlite.Options{})
	own := mustOwn(t, s)
	sqlite.SetWindow(s, 6, 1_000) // and the batch that is written
	load(t, s, own.Epoch, n)
	if executions, _ := sqlite.Lag(s); executions != 7 {
		t.Fatalf("%d executions lag, want 7", executions)
	}
	want := picture(t, s, n)
	same := func(who string, s store.Store) {
		t.Helper()
		for what, got := range picture(t, s, n) {
			if !reflect.DeepEqual(got, want[what]) {
				t.Errorf("%s: %s:\ngot  %+v\nwant %+v", who, what, got, want[what])
			}
		}
	}
	same("another process", mustOpen(t, path, sqlite.Options{}))

	after := mustOpen(t, copied(t, path), sqlite.Options{})
	same("after a crash", after)
	next, err := after.Own(t.Context(), "next")
	if err != nil {
		t.Fatal(err)
	}
	same("the next owner", after)
	if executions, rows := sqlite.Lag(after); executions != 7 || rows != 3*n {
		t.Errorf("the next owner has %d executions and %d rows to fold, want 7 and %d", executions, rows, 3*n)
	}
	sqlite.SetWindow(after, 1, 1_000)
	w := store.Write{ID: n, Base: 3, FirstEvent: 7, Events: 8, Redrives: 1, Log: []byte("fourth")}
	if err := after.Apply(t.Context(), next.Epoch, []store.Write{w})[0]; err != nil {
		t.Fatal(err)
	}
	if executions, _ := sqlite.Lag(after); executions != 1 {
		t.Errorf("%d executions lag, want 1", executions)
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	integrity(t, path)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows int
	if err := db.QueryRow("SELECT count(*) FROM log WHERE id > (SELECT folded FROM owner)").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows are not folded after Close, %v", rows, err)
	}
	same("after a clean end", mustOpen(t, path, sqlite.Options{}))
}

// The log that a crash leaves to replay stays short, whatever the executions do.
func TestTheWindowIsKept(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, filepath.Join(t.TempDir(), "gait.db"), sqlite.Options{})
	own := mustOwn(t, s)
	sqlite.SetWindow(s, 1_000, 50)
	const step = 4_096 // by which owner.folded may be behind
	load(t, s, own.Epoch, 2_500)
	if executions, rows := sqlite.Lag(s); executions > 50 || rows > 50+step {
		t.Errorf("%d executions and %d rows are not folded", executions, rows)
	}
}

func TestAGapInTheLogIsReported(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gait.db")
	s := mustOpen(t, path, sqlite.Options{})
	own := mustOwn(t, s)
	load(t, s, own.Epoch, 1)
	path = copied(t, path)
	execSQL(t, path, "DELETE FROM log WHERE seq = 2")
	s = mustOpen(t, path, sqlite.Options{})
	if _, err := s.Own(t.Context(), "e"); err == nil || !strings.Contains(err.Error(), "execution 1 has seq 3 after 1") {
		t.Errorf("Own: %v", err)
	}
	if _, err := s.Own(t.Context(), "e"); err == nil || !strings.Contains(err.Error(), "execution 1 has seq 3 after 1") {
		t.Errorf("Own again: %v", err) // and not that the file is locked
	}
}

// An owner that was replaced does not fold, and reads what its successor writes.
func TestAFencedOwnerReadsTheLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gait.db")
	s := mustOpen(t, path, sqlite.Options{})
	own := mustOwn(t, s)
	load(t, s, own.Epoch, 3)
	execSQL(t, path, `UPDATE owner SET epoch = epoch + 1;
		INSERT INTO log SELECT (SELECT max(id) FROM log) + 1, max(id), 2, 4, 7, 8, 0, 0, 'foreign' FROM log WHERE execution = 2`)
	w := store.Write{ID: 2, Base: 3, FirstEvent: 7, Events: 8}
	if err := s.Apply(t.Context(), own.Epoch, []store.Write{w})[0]; err == nil {
		t.Error("a fenced owner has written")
	}
	if x, err := s.Load(t.Context(), 2); err != nil || x.Seq != 4 {
		t.Errorf("seq %d, %v; want that of the successor, 4", x.Seq, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var folded int
	if err := db.QueryRow("SELECT folded FROM owner").Scan(&folded); err != nil || folded != 0 {
		t.Errorf("folded up to %d, %v; want 0", folded, err)
	}
}
