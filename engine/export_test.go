package engine

import (
	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
)

// SetStep replaces states.Step before anything is started.
func SetStep(e *Engine, step func(*asl.Machine, *states.Execution, *states.Env, states.Input) (states.Commit, error)) {
	e.step = step
}

// Holding returns how many executions, timers and calls the engine has in memory.
func Holding(e *Engine) (runs, timers, calls int) {
	for _, s := range e.shards {
		s.mu.Lock()
		runs += len(s.runs)
		s.mu.Unlock()
	}
	e.timers.mu.Lock()
	timers = len(e.timers.heap.items)
	e.timers.mu.Unlock()
	e.dispatcher.mu.Lock()
	calls = len(e.dispatcher.calls)
	e.dispatcher.mu.Unlock()
	return runs, timers, calls
}

// Following returns how many jobs the engine polls or has to stop.
func Following(e *Engine) int {
	e.jobs.mu.Lock()
	defer e.jobs.mu.Unlock()
	return len(e.jobs.known) + len(e.jobs.queue)
}

// Queued returns how many tasks wait for workers, how many waits are remembered as ended, and the capacity of all queues.
func Queued(e *Engine) (tasks, dead, capacity int) {
	a := e.activities
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.byARN {
		tasks += one.queue.len()
		capacity += cap(one.queue.heap)
	}
	return tasks, len(a.dead), capacity
}

// Compiled returns how many revisions are kept compiled, and how many are remembered as used by others.
func Compiled(e *Engine) (kept, evicted int) {
	e.machines.mu.RLock()
	defer e.machines.mu.RUnlock()
	return len(e.machines.compiled), len(e.machines.evicted)
}

// KeepCompiled bounds how many compiled revisions an engine keeps that no execution uses. It is called before any is deployed.
func KeepCompiled(e *Engine, revisions int) { e.machines.keep = revisions }
