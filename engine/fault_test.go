package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// TestRandomStoreFaults lets every third batch fail, some of them after they were stored, while executions are evicted and
// tasks queue up. Everything must end as if nothing had happened, and every task must have been called.
func TestRandomStoreFaults(t *testing.T) {
	t.Parallel()
	seeds(t, randomStoreFaults)
}

func randomStoreFaults(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	st := &flaky{Store: memory.New()}
	e := open(t, engine.Config{Store: st, Shards: 2, Loaded: 4, MaxTasks: 2, Batch: 5,
		Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			time.Sleep(10 * time.Millisecond)
			return r.Input, nil
		})})
	deploy(t, e, "chain", chain(4))
	st.set(func(batch []store.Write) error {
		switch random.IntN(6) {
		case 0:
			return errDisk
		case 1:
			st.Store.Apply(context.Background(), 1, batch)
			return errDisk
		}
		return nil
	})
	const executions = 100
	for i := range executions {
		name := engine.WithName(fmt.Sprint("e", i))
		_, err := e.Start(t.Context(), "chain", fmt.Append(nil, i), name)
		for failed := (*engine.StoreError)(nil); errors.As(err, &failed); {
			// As a caller does who does not know whether the first start succeeded.
			_, err = e.Start(t.Context(), "chain", fmt.Append(nil, i), name)
		}
		if exists := (*engine.ExistsError)(nil); err != nil && !errors.As(err, &exists) {
			t.Fatalf("start %d: %v", i, err)
		}
	}
	for i := range executions {
		id := e.ID("chain", fmt.Sprint("e", i))
		if got, want := wait(t, e, id), fmt.Sprint("SUCCEEDED ", i); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
		if got := len(events(t, e, id)); got != 2+4*5 {
			t.Errorf("%s: %d events, want %d", id, got, 2+4*5)
		}
		types(t, events(t, e, id))
	}
	synctest.Wait()
	if _, _, calls := engine.Holding(e); calls != 0 {
		t.Errorf("%d calls are left in the dispatcher", calls)
	}
}

// TestRandomStoreFaultsWithWorkers lets batches fail like that under workers, some of which wait as tasks are scheduled. No task has a
// timeout: one that were lost, or handed to nobody, would never end.
func TestRandomStoreFaultsWithWorkers(t *testing.T) {
	t.Parallel()
	seeds(t, randomFaultsWithWorkers)
}

func randomFaultsWithWorkers(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	st := &flaky{Store: memory.New()}
	e := open(t, engine.Config{Store: st, Shards: 2, Loaded: 4, Batch: 5})
	createPack(t, e)
	deploy(t, e, "chain", strings.ReplaceAll(strings.ReplaceAll(chain(3), "gait:work", packARN), `"TimeoutSeconds":60,`, ""))
	st.set(func(batch []store.Write) error {
		switch random.IntN(6) {
		case 0:
			return errDisk
		case 1:
			st.Store.Apply(context.Background(), 1, batch)
			return errDisk
		}
		return nil
	})
	ctx, end := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	for w := range 4 {
		workers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				ask, cancel := ctx, context.CancelFunc(func() {})
				if w == 0 && n%3 == 0 { // an impatient one
					ask, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
				}
				got, err := e.GetActivityTask(ask, packARN, fmt.Sprint(w))
				cancel()
				if failed := (*engine.StoreError)(nil); err != nil && ctx.Err() == nil && !errors.As(err, &failed) && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("GetActivityTask: %v", err)
				}
				for got != nil {
					time.Sleep(10 * time.Millisecond)
					if failed := (*engine.StoreError)(nil); !errors.As(e.SendTaskSuccess(ctx, got.Token, got.Input), &failed) {
						break
					}
				}
			}
		})
	}
	const executions = 60
	for i := range executions {
		for failed := (*engine.StoreError)(nil); ; {
			_, err := e.Start(t.Context(), "chain", fmt.Append(nil, i), engine.WithName(fmt.Sprint("e", i)))
			if !errors.As(err, &failed) {
				break
			}
		}
		if i%7 == 0 {
			time.Sleep(time.Second)
		}
	}
	wait1h, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for i := range executions {
		id := e.ID("chain", fmt.Sprint("e", i))
		if r, err := e.Wait(wait1h, id); err != nil || string(r.Output) != fmt.Sprint(i) {
			t.Errorf("%s: %s %v", id, r.Output, err)
			continue
		}
		all := events(t, e, id)
		if got := types(t, all); strings.Count(got, "ActivityStarted") != 3 || len(all) != 2+3*5 {
			t.Errorf("%s: history %s", id, got)
		}
	}
	end()
	workers.Wait()
	if tasks, _, _ := engine.Queued(e); tasks != 0 {
		t.Errorf("%d tasks are left in the queue", tasks)
	}
}
