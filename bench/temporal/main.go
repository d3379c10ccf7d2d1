// Temporal measures the activity round trip of bench/activity on Temporal's dev server with SQLite, through its Go SDK: a workflow
// of one activity is started and its result waited for.
//
// Server, worker and clients are one process, so that nothing but Temporal itself lies between them. It is a module of its own
// because Temporal brings some hundred dependencies.
//
//	cd bench/temporal && go run .                  # in memory and in a file
//	cd bench/temporal && go run . -n 2000 -clients 64
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const queue = "pack"

type order struct {
	Order int
}

func pack(_ context.Context, o order) (order, error) { return o, nil }

// packing is what the machine of bench/activity does.
func packing(ctx workflow.Context, o order) (out order, err error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	err = workflow.ExecuteActivity(ctx, pack, o).Get(ctx, &out)
	return out, err
}

func main() {
	n := flag.Int("n", 1000, "executions in a round")
	clients := flag.Int("clients", 16, "clients, each of which starts one, waits for it and starts the next")
	workers := flag.Int("workers", 16, "activities worked on at once")
	rounds := flag.Int("rounds", 3, "rounds")
	dir := flag.String("dir", ".", "where the database file goes")
	only := flag.String("only", "", "memory or file")
	flag.Parse()
	for _, kind := range []string{"memory", "file"} {
		if *only != "" && *only != kind {
			continue
		}
		if err := measure(kind, *dir, *n, *clients, *workers, *rounds); err != nil {
			fmt.Fprintln(os.Stderr, "bench/temporal:", err)
			os.Exit(1)
		}
	}
}

func measure(kind, dir string, n, clients, workers, rounds int) error {
	file := ""
	if kind == "file" {
		tmp, err := os.MkdirTemp(dir, "temporal-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		file = filepath.Join(tmp, "temporal.db")
	}
	server, c, err := serve(file)
	if err != nil {
		return err
	}
	defer server.Stop()
	defer c.Close()
	w := worker.New(c, queue, worker.Options{
		MaxConcurrentActivityExecutionSize: workers, MaxConcurrentActivityTaskPollers: workers, MaxConcurrentWorkflowTaskPollers: workers,
	})
	w.RegisterWorkflow(packing)
	w.RegisterActivity(pack)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	if _, _, err := run(c, min(n, 100), clients); err != nil { // to warm up
		return err
	}
	for round := range rounds {
		cpu := processorTime()
		took, times, err := run(c, n, clients)
		if err != nil {
			return err
		}
		slices.Sort(times)
		fmt.Printf("temporal %-6s round %d: %d executions, %d clients, %d workers: %8.1f/s, %5.0f µs of processor each, p50 %v, p99 %v\n", kind, round, n, clients, workers,
			float64(n)/took.Seconds(), float64((processorTime()-cpu).Microseconds())/float64(n), times[len(times)/2].Round(10*time.Microsecond), times[len(times)*99/100].Round(10*time.Microsecond))
	}
	return nil
}

// run runs n workflows and returns how long that took, and each of them.
func run(c client.Client, n, clients int) (time.Duration, []time.Duration, error) {
	ctx := context.Background()
	times := make([]time.Duration, n)
	errs := make([]error, clients)
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for k := range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[k] == nil; i = int(next.Add(1)) - 1 {
				at := time.Now()
				var execution client.WorkflowRun
				execution, errs[k] = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, packing, order{i})
				if errs[k] != nil {
					return
				}
				var out order
				if errs[k] = execution.Get(ctx, &out); errs[k] == nil && out.Order != i {
					errs[k] = fmt.Errorf("order %d came back as %d", i, out.Order)
				}
				times[i] = time.Since(at)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, nil, err
		}
	}
	return time.Since(began), times, nil
}
