package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gait-engine/gait/engine"
)

// BenchmarkChain runs executions of ten Task states, so many at once, and reports steps per second and, on SQLite, how many
// transactions a step took. A step is a commit: one for the start and one for the result of each task.
func BenchmarkChain(b *testing.B) {
	for _, kind := range []string{"memory", "sqlite"} {
		for _, clients := range []int{1, 64, 1000} {
			b.Run(fmt.Sprintf("%s/%d", kind, clients), func(b *testing.B) {
				st := newCounted(openStore(b, kind, b.TempDir()))
				e := open(b, engine.Config{Store: st, Tasks: handlers(echo)})
				deploy(b, e, "chain", chain(10))
				input := []byte(`{"order":"4711","amount":120,"currency":"EUR","lines":[{"sku":"a-1","n":2},{"sku":"b-7","n":1}]}`)
				b.ReportAllocs()
				b.ResetTimer()
				var left atomic.Int64
				left.Store(int64(b.N))
				var wg sync.WaitGroup
				for range clients {
					wg.Go(func() {
						for left.Add(-1) >= 0 {
							id, err := e.Start(context.Background(), "chain", input)
							if err != nil {
								b.Error(err)
								return
							}
							if _, err := e.Wait(context.Background(), id); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.StopTimer()
				steps := float64(11 * b.N)
				b.ReportMetric(steps/b.Elapsed().Seconds(), "steps/s")
				b.ReportMetric(float64(st.batches.Load())/steps, "tx/step")
			})
		}
	}
}

// BenchmarkParked starts executions that wait for a day and reports what each of them costs in memory.
func BenchmarkParked(b *testing.B) {
	e := open(b, engine.Config{Store: openStore(b, "sqlite", b.TempDir()), Loaded: 1024})
	deploy(b, e, "wait", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}}`)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	for range 64 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := e.Start(context.Background(), "wait", []byte(`{"a":1}`)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric((float64(after.HeapInuse)-float64(before.HeapInuse))/float64(b.N), "heapB/parked")
	b.ReportMetric(float64(runtime.NumGoroutine()), "goroutines")
}
