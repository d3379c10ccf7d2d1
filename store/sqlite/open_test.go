package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
)

func execSQL(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
}

func TestForeignFilesAreRefusedUntouched(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, path string)
	}{
		{"a short text", func(t *testing.T, path string) { writeFile(t, path, []byte("hello")) }},
		{"a long text", func(t *testing.T, path string) { writeFile(t, path, bytes.Repeat([]byte("hello\n"), 5000)) }},
		{"a database with a table", func(t *testing.T, path string) { execSQL(t, path, "CREATE TABLE t (x); INSERT INTO t VALUES (1)") }},
		{"a database with an application id", func(t *testing.T, path string) { execSQL(t, path, "PRAGMA application_id = 7; CREATE TABLE t (x)") }},
		{"a database with a version", func(t *testing.T, path string) { execSQL(t, path, "PRAGMA user_version = 1") }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "file")
			test.make(t, path)
			before := readFile(t, path)
			_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if !errors.Is(err, store.ErrForeign) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want ErrForeign with the path", err)
			}
			if !bytes.Equal(readFile(t, path), before) {
				t.Error("the file was changed")
			}
		})
	}
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gait.db")
	s := mustOpen(t, path, sqlite.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	execSQL(t, path, "PRAGMA user_version = 99")
	_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "99") {
		t.Errorf("%v, want ErrSchema that names the version", err)
	}
}

func mustOpen(t *testing.T, path string, opts sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a second time for some
	return s
}

func TestPathsThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{"", ":memory:", dir, filepath.Join(dir, "missing", "gait.db"), "/proc/gait.db"} {
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err == nil {
			_ = s.Close()
			t.Errorf("%q: opened", path)
			continue
		}
		if !strings.Contains(err.Error(), fmt.Sprintf("%q", path)) || !strings.HasPrefix(err.Error(), "store: open ") {
			t.Errorf("%q: %v, want the path in the text", path, err)
		}
	}
}

func TestPathsWithOddCharacters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "a?mode=memory", "a#b", "a%20b", "ä.db", "file:x"} {
		s := mustOpen(t, filepath.Join(dir, name), sqlite.Options{})
		if _, err := s.Machines(t.Context(), "", 1); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gait.db")
	var owners []error
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = s.Close() })
			_, err = s.Own(t.Context(), fmt.Sprint("engine ", i))
			mu.Lock()
			owners = append(owners, err)
			mu.Unlock()
		})
	}
	all.Wait()
	won := 0
	for _, err := range owners {
		if err == nil {
			won++
		} else if !errors.Is(err, store.ErrOwned) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d owners, want 1", won)
	}
}

func TestLinksLeadToOneLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "gait.db"), filepath.Join(dir, "link.db")
	first := mustOpen(t, path, sqlite.Options{})
	if _, err := first.Own(t.Context(), "first engine"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	_, err := mustOpen(t, link, sqlite.Options{}).Own(t.Context(), "second")
	if !errors.Is(err, store.ErrOwned) || !strings.Contains(err.Error(), "first engine") {
		t.Errorf("%v, want ErrOwned that names the holder", err)
	}
}

func TestAnEmptyFileThatIsBeingMade(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gait.db")
	first := mustOpen(t, path, sqlite.Options{})
	if _, err := first.Own(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	// Another file with the same lock: as seen by who comes while the owner still makes the tables.
	other := filepath.Join(t.TempDir(), "gait.db")
	if err := os.Link(path+"-lock", other+"-lock"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), other, sqlite.Options{BusyTimeout: 30 * time.Millisecond}); !errors.Is(err, store.ErrOwned) {
		t.Errorf("%v, want ErrOwned", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, other, sqlite.Options{})
}

// fill applies executions with a large input until one batch fails, and returns how many were stored and the error.
func fill(t *testing.T, s *sqlite.Store, epoch int64, from int) (int, error) {
	t.Helper()
	for i := from; i < from+10_000; i++ {
		w := store.Write{
			ID: states.ExecID(i), Log: bytes.Repeat([]byte("l"), 3000), State: bytes.Repeat([]byte("s"), 3000), Events: 1, FirstEvent: 1,
			Create: &store.Execution{Machine: "m", Name: fmt.Sprint(i), Input: bytes.Repeat([]byte("i"), 3000)},
		}
		if err := s.Apply(t.Context(), epoch, []store.Write{w})[0]; err != nil {
			return i, err
		}
	}
	t.Fatal("the disk never became full")
	return 0, nil
}

// intact checks that executions 1 to n-1 are stored, and no more.
func intact(t *testing.T, s *sqlite.Store, n int) {
	t.Helper()
	for i := 1; i < n; i++ {
		if x, err := s.Load(t.Context(), states.ExecID(i)); err != nil || len(x.State) != 3000 || len(x.Input) != 3000 {
			t.Fatalf("execution %d of %d: %v", i, n-1, err)
		}
	}
	if _, err := s.Load(t.Context(), states.ExecID(n)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the execution that failed: %v, want ErrNotFound", err)
	}
}

func TestFullDatabaseLosesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gait.db")
	s := mustOpen(t, path, sqlite.Options{MaxBytes: 1 << 20})
	own, err := s.Own(t.Context(), "e")
	if err != nil {
		t.Fatal(err)
	}
	n, err := fill(t, s, own.Epoch, 1)
	if e := new(sqlite.Error); !errors.As(err, &e) || e.Code != 13 || !strings.Contains(err.Error(), "store: apply: ") {
		t.Errorf("%v, want SQLITE_FULL", err)
	}
	intact(t, s, n)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path, sqlite.Options{})
	intact(t, s, n)
	if own, err = s.Own(t.Context(), "e"); err != nil {
		t.Fatal(err)
	}
	// With room again it goes on.
	w := store.Write{ID: states.ExecID(n), Create: &store.Execution{Machine: "m", Name: "again"}}
	if err := s.Apply(t.Context(), own.Epoch, []store.Write{w})[0]; err != nil {
		t.Fatal(err)
	}
	integrity(t, path)
}

func TestAnOlderSchemaIsMigrated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "old.db")
	first, err := os.ReadFile("migration/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	execSQL(t, path, string(first)+`
		INSERT INTO owner VALUES (1, 7, '', x'0000000000000000000000000000000000000000000000000000000000000000');
		INSERT INTO machine VALUES (1, 'm');
		INSERT INTO revision VALUES (1, 1, 0, NULL, '{}');
		INSERT INTO execution VALUES (1, 1, 1, 'runs', 10, NULL, '1'), (2, 1, 1, 'ended', 20, NULL, '2');
		INSERT INTO run VALUES (1, 1, 0, 3, 5, 0, NULL, 99, 98, 1, NULL, x'AA'), (2, 1, 1, 2, 4, 0, 30, NULL, NULL, NULL, x'BB', NULL);
		INSERT INTO log VALUES (1, 1, 1, 1, 'a'), (2, 2, 1, 1, 'b'), (3, 1, 2, 3, 'c'), (4, 2, 2, 3, 'd'), (5, 1, 3, 5, 'e');
		PRAGMA user_version = 1; PRAGMA journal_mode = WAL`)
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if m, err := s.Machine(t.Context(), "m", 0); err != nil || m.Revision != 1 {
		t.Errorf("machine of the old file: revision %d, %v", m.Revision, err)
	}
	for id, want := range map[states.ExecID]string{
		1: "RUNNING seq 3 state aa of 3 tail 0 log 1:a 2:c 3:e", 2: "SUCCEEDED seq 2 state  of 2 tail 0 log 1:b 2:d",
	} {
		x, err := s.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%v seq %d state %x of %d tail %d log", x.Status, x.Seq, x.State, x.StateSeq, len(x.Tail))
		entries, err := s.Log(t.Context(), id, 1, false, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			got += fmt.Sprintf(" %d:%s", e.Seq, e.Body)
		}
		if got != want {
			t.Errorf("execution %d: got  %s\nwant %s", id, got, want)
		}
	}
	if due, err := s.Due(t.Context(), 99, 10); err != nil || len(due) != 1 || due[0].ID != 1 {
		t.Errorf("due %v, %v; want execution 1", due, err)
	}
	if err := s.PutRecord(t.Context(), store.Record{Kind: "activity", Name: "a"}); err != nil {
		t.Errorf("record in the migrated file: %v", err)
	}
	own, err := s.Own(t.Context(), "test")
	if err != nil || own.Epoch != 8 {
		t.Fatalf("epoch %d, %v", own.Epoch, err)
	}
	w := store.Write{ID: 1, Base: 3, FirstEvent: 6, Events: 6, Log: []byte("f")}
	if errs := s.Apply(t.Context(), own.Epoch, []store.Write{w}); errs[0] != nil {
		t.Fatal(errs[0])
	}
	if x, err := s.Load(t.Context(), 1); err != nil || len(x.Tail) != 1 || string(x.Tail[0].Body) != "f" {
		t.Errorf("after a commit: %+v, %v", x, err)
	}
}

// SQLite says no more than that it cannot open the file.
func TestOpenNamesADirectoryThatIsNotThere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	_, err := sqlite.Open(t.Context(), filepath.Join(dir, "gait.db"), sqlite.Options{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want that %s does not exist", err, dir)
	}
}
