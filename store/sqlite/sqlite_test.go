package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Backend{
		Open: func(tb testing.TB, place string) store.Store {
			s, err := sqlite.Open(tb.Context(), filepath.Join(place, "gait.db"), sqlite.Options{})
			if err != nil {
				tb.Fatal(err)
			}
			return s
		},
		Fail: func(s store.Store, n int, err error) func() bool { return sqlite.SetFault(s.(*sqlite.Store), n, err) },
	})
}
