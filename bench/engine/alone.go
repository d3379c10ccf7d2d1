package main

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// forgetful keeps of executions how they have ended, and nothing else: what is measured on it is the engine.
type forgetful struct {
	store.Store
	mu    sync.Mutex
	ended map[states.ExecID]store.Execution
}

// syncTime is how long a commit takes, so that as much is gathered into one as on a disk.
const syncTime = 500 * time.Microsecond

// Apply waits and forgets.
func (f *forgetful) Apply(_ context.Context, _ int64, batch []store.Write) []error {
	time.Sleep(syncTime)
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range batch {
		if w := &batch[i]; w.Outcome != nil {
			f.ended[w.ID] = store.Execution{ID: w.ID, Status: w.Status, Stopped: w.Stopped, Outcome: bytes.Clone(w.Outcome)}
		}
	}
	return make([]error, len(batch))
}

// Load returns an execution that has ended. It can be asked for once.
func (f *forgetful) Load(_ context.Context, id states.ExecID) (store.Execution, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, ok := f.ended[id]
	if !ok {
		return store.Execution{ID: id}, nil // still running
	}
	delete(f.ended, id)
	return x, nil
}

// echo answers with its input.
func echo(_ context.Context, req *task.Request) (any, error) { return req.Input, nil }

// fresh answers with another document of the same length.
func fresh(_ context.Context, req *task.Request) (any, error) {
	output := slices.Clone(req.Input)
	if i := bytes.IndexByte(output, '-'); i >= 0 {
		output[i]++
	}
	return output, nil
}

// alone prints what a step costs without a store.
func alone(o options, clients int, kind string, work task.HandlerFunc) error {
	e, err := launch(&forgetful{Store: memory.New(), ended: map[states.ExecID]store.Execution{}}, work)
	if err != nil {
		return err
	}
	executions := executionsPerRound(clients)
	if _, err := run(e, clients, executions); err != nil { // warms up
		return err
	}
	stop, err := profile(o.profile)
	if err != nil {
		return err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := costs()
	for range o.rounds {
		if _, err := run(e, clients, executions); err != nil {
			return err
		}
	}
	var spent cost
	spent.add(began)
	runtime.ReadMemStats(&after)
	stop()
	n := float64(o.rounds * executions * steps)
	fmt.Printf("alone, clients %4d, %s: %.2f us of processor time, %.1f allocations and %.0f bytes per step, %d collections of garbage\n",
		clients, kind, spent.cpu.Seconds()/n*1e6, float64(after.Mallocs-before.Mallocs)/n, float64(after.TotalAlloc-before.TotalAlloc)/n,
		after.NumGC-before.NumGC)
	return e.Close(context.Background())
}
