package engine_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
)

// planless stores no plan of a machine called bad.
type planless struct {
	store.Store
	tries atomic.Int64
	works atomic.Bool
}

// PutRecord fails or passes on.
func (p *planless) PutRecord(ctx context.Context, r store.Record) error {
	if r.Kind == "map-plan" && strings.Contains(string(r.Body), `"bad`) && !p.works.Load() {
		p.tries.Add(1)
		return errDisk
	}
	return p.Store.PutRecord(ctx, r)
}

// TestPlansThatFailHoldUpNoOthers lets more map runs fail to be planned than are planned at the same time.
func TestPlansThatFailHoldUpNoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &planless{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: handlers(echo)})
		deploy(t, e, "bad", spread(``))
		deploy(t, e, "good", spread(``))
		var bad []engine.ID
		for range 20 {
			bad = append(bad, start(t, e, "bad", numbers(2)))
		}
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if r, err := e.Wait(ctx, start(t, e, "good", numbers(2))); err != nil {
			t.Errorf("another map run: %+v %v", r, err)
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("another map run took %v", d)
		}
		time.Sleep(10 * time.Minute)
		before := st.tries.Load()
		time.Sleep(10 * time.Minute)
		if n := st.tries.Load() - before; n < 20*9 || n > 20*11 {
			t.Errorf("%d tries in ten minutes, want one a minute for each", n)
		}
		st.works.Store(true)
		for _, id := range bad {
			if got := wait(t, e, id); !strings.HasPrefix(got, "SUCCEEDED ") {
				t.Errorf("got %s", got)
			}
		}
	})
}
