package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/store/storetest"
)

// TestCrash kills a writing process 15 times, or as often as GAIT_CRASH_ROUNDS says.
func TestCrash(t *testing.T) {
	rounds := 15
	if n, err := strconv.Atoi(os.Getenv("GAIT_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	storetest.Crash(t, rounds, func(ctx context.Context, place string) (store.Store, error) {
		return sqlite.Open(ctx, filepath.Join(place, "gait.db"), sqlite.Options{})
	}, func(t *testing.T, place string) { integrity(t, filepath.Join(place, "gait.db")) })
}

// integrity lets SQLite check every page and index of a file.
func integrity(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return // killed before the file was made
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var answer string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&answer); err != nil || answer != "ok" {
		t.Fatalf("integrity check: %s, %v", answer, err)
	}
	// What the schema cannot say: the run, its facts, its state and its log belong together.
	var wrong int
	if err := db.QueryRow("SELECT count(*) FROM pragma_table_info('log') WHERE name = 'marks'").Scan(&wrong); err != nil || wrong == 0 {
		return // killed before the newest schema was made
	}
	err = db.QueryRow(`SELECT
		(SELECT count(*) FROM run r LEFT JOIN execution e ON e.id = r.id WHERE e.id IS NULL OR e.machine <> r.machine)
		+ (SELECT count(*) FROM (SELECT id FROM execution EXCEPT SELECT execution FROM log WHERE seq = 1))
		+ (SELECT count(*) FROM log l LEFT JOIN log p ON p.id = l.prev
			WHERE l.seq = 1 AND l.prev <> 0 OR l.seq > 1 AND (p.id IS NULL OR p.execution <> l.execution OR p.seq <> l.seq - 1))
		+ (SELECT count(*) FROM run r LEFT JOIN log l ON l.id = r.last_log WHERE l.id IS NULL OR l.execution <> r.id OR l.seq <> r.seq)
		+ (SELECT count(*) FROM log l LEFT JOIN run r ON r.id = l.execution
			WHERE l.id <= (SELECT folded FROM owner) AND (r.id IS NULL OR r.seq < l.seq))
		+ (SELECT count(*) FROM (SELECT id, seq FROM state EXCEPT SELECT execution, seq FROM log WHERE marks & 2))
	`).Scan(&wrong)
	if err != nil || wrong != 0 {
		t.Fatalf("%d rows that do not belong together, %v", wrong, err)
	}
}
