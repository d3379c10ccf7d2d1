// Activity measures the round trip of an activity task: start an execution, poll the task, answer it, have the result.
//
// So many clients each start an execution of one activity state, wait for its end and start the next; 16 workers take the tasks
// and answer at once. It is compared with one commit of the store: one write, synchronous, as the engine makes two of for each
// round trip. Then workers poll while there is nothing to do, and calls of the store are counted.
//
//	go run ./activity
//	go run ./activity -clients 1,16,64 -n 20000 -cpuprofile cpu.out
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
)

type options struct {
	n, workers, rounds, idle int
	dir, profile             string
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 5000, "executions in a round for 16 clients and more; one client gets a tenth")
	flag.IntVar(&o.workers, "workers", 16, "workers")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds per number of clients")
	flag.IntVar(&o.idle, "idle", 1000, "workers that poll while there is nothing to do")
	flag.StringVar(&o.dir, "dir", ".", "where the database files go")
	flag.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of the rounds to this file")
	clients := flag.String("clients", "1,16,64", "executions at once")
	flag.Parse()
	var counts []int
	for text := range strings.SplitSeq(*clients, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			fail(err)
		}
		counts = append(counts, n)
	}
	if err := measure(o, counts); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench/activity:", err)
	os.Exit(1)
}

func measure(o options, counts []int) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp(o.dir, "activity-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	st, err := sqlite.Open(ctx, filepath.Join(dir, "gait.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	counted := &counting{Store: st}
	e, err := engine.Open(ctx, engine.Config{Store: counted})
	if err != nil {
		return err
	}
	pack, err := e.CreateActivity(ctx, "pack")
	if err != nil {
		return err
	}
	definition := `{"StartAt":"Pack","States":{"Pack":{"Type":"Task","Resource":"` + pack.ARN + `","TimeoutSeconds":60,"End":true}}}`
	if _, err := e.Deploy(ctx, "order", []byte(definition)); err != nil {
		return err
	}
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	working, end := context.WithCancel(ctx)
	workers := work(working, e, pack.ARN, o.workers)
	if _, _, err := run(ctx, e, min(o.n, 1000), 16); err != nil { // to warm up
		return err
	}
	for _, clients := range counts {
		n := o.n
		if clients == 1 {
			n /= 10
		}
		var rates, medians, ratios, commits, used []float64
		for range o.rounds {
			commit, err := commitTime(o.dir, 200)
			if err != nil {
				return err
			}
			cpu := processorTime()
			took, times, err := run(ctx, e, n, clients)
			if err != nil {
				return err
			}
			used = append(used, float64(processorTime()-cpu)/1e3/float64(n))
			p50 := median(times)
			rates = append(rates, float64(n)/took.Seconds())
			medians = append(medians, p50)
			commits = append(commits, commit)
			ratios = append(ratios, p50/commit)
		}
		fmt.Printf("%3d clients, %d workers: %8.0f round trips/s [%.0f..%.0f], %4.0f µs of processor each, p50 %6.2f ms, one commit %5.2f ms, p50 / commit %.2f [%.2f..%.2f]%s\n",
			clients, o.workers, median(rates), slices.Min(rates), slices.Max(rates), median(used), median(medians), median(commits),
			median(ratios), slices.Min(ratios), slices.Max(ratios), verdict(clients, median(ratios)))
	}
	end()
	workers.Wait()

	working, end = context.WithCancel(ctx)
	workers = work(working, e, pack.ARN, o.idle)
	time.Sleep(500 * time.Millisecond)
	before := counted.calls.Load()
	time.Sleep(5 * time.Second)
	calls := counted.calls.Load() - before
	fmt.Printf("%d idle workers: %d calls of the store in 5 s   target 0 %s\n", o.idle, calls, map[bool]string{true: "met", false: "MISSED"}[calls == 0])
	end()
	workers.Wait()
	return e.Close(ctx)
}

// verdict compares with the target, which is stated for a caller that is alone: with many of them commits are shared, and wait.
func verdict(clients int, ratio float64) string {
	switch {
	case clients > 1:
		return ""
	case ratio <= 4:
		return "   target <= 4 met"
	}
	return "   target <= 4 MISSED"
}

// work runs workers that answer every task at once.
func work(ctx context.Context, e *engine.Engine, activity string, n int) *sync.WaitGroup {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for ctx.Err() == nil {
				t, err := e.GetActivityTask(ctx, activity, "worker")
				if t == nil {
					if err != nil && !errors.Is(err, context.Canceled) {
						fail(err)
					}
					continue
				}
				if err := e.SendTaskSuccess(context.Background(), t.Token, t.Input); err != nil {
					fail(err)
				}
			}
		})
	}
	return &wg
}

// run makes n round trips and returns how long that took, and each of them in milliseconds.
func run(ctx context.Context, e *engine.Engine, n, clients int) (time.Duration, []float64, error) {
	times := make([]float64, n)
	errs := make([]error, clients)
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for c := range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[c] == nil; i = int(next.Add(1)) - 1 {
				at := time.Now()
				var id engine.ID
				if id, errs[c] = e.Start(ctx, "order", fmt.Appendf(nil, `{"Order":%d}`, i)); errs[c] == nil {
					_, errs[c] = e.Wait(ctx, id)
				}
				times[i] = float64(time.Since(at)) / 1e6
			}
		})
	}
	wg.Wait()
	return time.Since(began), times, errors.Join(errs...)
}

// commitTime returns the median time of one commit of one write, in milliseconds, of n in a store of its own.
func commitTime(dir string, n int) (float64, error) {
	ctx := context.Background()
	tmp, err := os.MkdirTemp(dir, "commit-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	st, err := sqlite.Open(ctx, filepath.Join(tmp, "gait.db"), sqlite.Options{})
	if err != nil {
		return 0, err
	}
	defer st.Close()
	owner, err := st.Own(ctx, "bench")
	if err != nil {
		return 0, err
	}
	body := make([]byte, 250) // about what a commit of the round trip has
	times := make([]float64, n)
	for i := range times {
		id := states.ExecID(i + 1)
		w := store.Write{ID: id, FirstEvent: 1, Events: 3, Log: body, State: body[:120], Create: &store.Execution{
			Machine: "order", Revision: 1, Name: fmt.Sprintf("0f8a1c1e-93ce-4d0b-8f5d-%012d", i), Input: []byte(`{"Order":1}`), Started: 1}}
		began := time.Now()
		if err := errors.Join(st.Apply(ctx, owner.Epoch, []store.Write{w})...); err != nil {
			return 0, err
		}
		times[i] = float64(time.Since(began)) / 1e6
	}
	return median(times), nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
