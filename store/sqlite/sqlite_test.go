package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/store/storetest"
)

// TestStore runs the suite with everything in the window, with a window that everything soon leaves, and with none.
func TestStore(t *testing.T) {
	for _, w := range []struct {
		name       string
		executions int
		rows       int64
	}{{"default", 16_384, 32_768}, {"small", 3, 20}, {"none", 0, 0}} {
		if testing.Short() && w.name != "small" {
			continue // it has what the others have, and they take as long
		}
		t.Run(w.name, func(t *testing.T) {
			storetest.Run(t, storetest.Backend{
				Open: func(tb testing.TB, place string) store.Store {
					s, err := sqlite.Open(tb.Context(), filepath.Join(place, "gait.db"), sqlite.Options{})
					if err != nil {
						tb.Fatal(err)
					}
					sqlite.SetWindow(s, w.executions, w.rows)
					return s
				},
				Fail: func(s store.Store, n int, err error) func() bool { return sqlite.SetFault(s.(*sqlite.Store), n, err) },
			})
		})
	}
}
