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
	// What the schema cannot say: the run, its facts and its log belong together.
	var wrong int
	if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&wrong); err != nil || wrong == 0 {
		return // killed before the tables were made
	}
	err = db.QueryRow(`WITH RECURSIVE c (run, id, prev, seq) AS (
			SELECT r.id, l.id, l.prev, l.seq FROM run r JOIN log l ON l.id = r.last_log WHERE l.seq = r.seq
			UNION ALL SELECT c.run, l.id, l.prev, l.seq FROM c JOIN log l ON l.id = c.prev WHERE l.seq = c.seq - 1)
		SELECT (SELECT count(*) FROM run r LEFT JOIN execution e ON e.id = r.id WHERE e.id IS NULL OR e.machine <> r.machine)
		+ (SELECT count(*) FROM execution e LEFT JOIN run r ON e.id = r.id WHERE r.id IS NULL)
		+ (SELECT count(*) FROM run r WHERE r.seq <> (SELECT count(*) FROM c WHERE c.run = r.id))
		+ (SELECT count(*) FROM c WHERE (c.seq = 1) <> (c.prev = 0))
		+ abs((SELECT count(*) FROM c) - (SELECT count(*) FROM log))`).Scan(&wrong)
	if err != nil || wrong != 0 {
		t.Fatalf("%d executions whose rows do not belong together, %v", wrong, err)
	}
}
