package engine

import (
	"container/heap"
	"context"
	"math"
	"sync"
	"time"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// The heap holds the timers of the near future; the rest is only in the store.
const (
	timerWindow = states.Millis(60_000) // how far the heap reaches after a refill
	timerLead   = states.Millis(30_000) // how long before a timer beyond the heap is due it is fetched
	timerPage   = 10_000                // timers read at once
	timerPause  = states.Millis(50)     // between two refills when there is more than a page
	timerRetry  = time.Second           // after the store could not be read
)

// timers wakes executions up when something is due.
type timers struct {
	mu       sync.Mutex
	heap     dueHeap
	horizon  states.Millis // every timer due until here is in the heap
	refillAt states.Millis // when to read the store again; 0: when a timer beyond the horizon is set
	wake     chan struct{} // has room for one
}

func newTimers() *timers {
	return &timers{wake: make(chan struct{}, 1), heap: dueHeap{at: map[states.ExecID]int{}}, refillAt: 1}
}

// set makes due the only timer of id, 0 for none. Timers beyond the horizon are left to the store.
func (t *timers) set(id states.ExecID, due states.Millis) {
	t.mu.Lock()
	i, known := t.heap.at[id]
	first := t.heap.first()
	fetch := false
	switch {
	case due == 0 || due > t.horizon:
		if known {
			heap.Remove(&t.heap, i)
		}
		fetch = due != 0 && t.fetchBefore(due)
	case known:
		t.heap.items[i].due = due
		heap.Fix(&t.heap, i)
	default:
		heap.Push(&t.heap, dueItem{id, due})
	}
	now := t.heap.first()
	earlier := now != 0 && (first == 0 || now < first)
	t.mu.Unlock()
	if earlier || fetch {
		t.poke()
	}
}

// fetchBefore makes the store be read in time for a timer beyond the horizon, and reports whether that is earlier than it would
// have been. t.mu is held.
func (t *timers) fetchBefore(due states.Millis) bool {
	at := max(due-timerLead, 1)
	if t.refillAt != 0 && t.refillAt <= at {
		return false
	}
	t.refillAt = at
	return true
}

func (t *timers) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// expired removes and returns what is due at now, and says when to look again, 0 for not before something is set.
func (t *timers) expired(now states.Millis) (ids []states.ExecID, next states.Millis) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.heap.items) > 0 && t.heap.items[0].due <= now {
		ids = append(ids, heap.Pop(&t.heap).(dueItem).id)
	}
	next = t.refillAt
	if first := t.heap.first(); first != 0 && (next == 0 || first < next) {
		next = first
	}
	return ids, next
}

// keepTime runs until ctx ends.
func (e *Engine) keepTime(ctx context.Context) {
	defer e.workers.Done()
	t := e.timers
	for {
		now := states.MillisOf(e.clock.Now())
		wait := time.Duration(0)
		if t.needsRefill(now) {
			if err := e.refill(ctx, now); err != nil {
				if ctx.Err() != nil {
					return
				}
				e.log.Error("timers not read", "err", err)
				wait = timerRetry
			}
		}
		ids, next := t.expired(now)
		for _, id := range ids {
			e.shardOf(id).post(message{kind: tickMessage, id: id})
		}
		if wait == 0 && next != 0 {
			wait = next.Time().Sub(e.clock.Now())
		}
		stop := func() bool { return false }
		if wait != 0 || next != 0 {
			stop = e.clock.AfterFunc(wait, t.poke)
		}
		select {
		case <-t.wake:
			stop()
		case <-ctx.Done():
			stop()
			return
		}
	}
}

func (t *timers) needsRefill(now states.Millis) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refillAt != 0 && t.refillAt <= now
}

// refill reads the timers of the next window from the store, and when the first one beyond is due. The horizon is raised first: a
// commit that becomes durable after the store was read then sets its timer itself, and one that was durable before is read.
func (e *Engine) refill(ctx context.Context, now states.Millis) error {
	t := e.timers
	t.mu.Lock()
	horizon, refillAt := t.horizon, t.refillAt
	t.horizon, t.refillAt = now+timerWindow, 0
	t.mu.Unlock()
	rows, err := e.store.Due(ctx, now+timerWindow, timerPage)
	var beyond []store.DueExecution
	if err == nil && len(rows) < timerPage {
		beyond, err = e.store.Due(ctx, math.MaxInt64, len(rows)+1)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.horizon, t.refillAt = horizon, refillAt
		return err
	}
	for _, row := range rows {
		if i, known := t.heap.at[row.ID]; !known {
			heap.Push(&t.heap, dueItem{row.ID, row.Due})
		} else if row.Due < t.heap.items[i].due {
			// The store may name a time that is too early; the execution knows better and sets it again.
			t.heap.items[i].due = row.Due
			heap.Fix(&t.heap, i)
		}
	}
	switch {
	case len(rows) == timerPage: // there may be more: they are read when these are done
		last := rows[len(rows)-1].Due
		t.horizon, t.refillAt = last-1, max(last, now+timerPause)
	case len(beyond) > len(rows):
		// When timers were added between the two reads this is one of the window, and the next refill is early.
		t.fetchBefore(max(beyond[len(beyond)-1].Due, t.horizon+1))
	}
	return nil
}

// dueHeap is a heap of timers, one for each execution.
type dueHeap struct {
	items []dueItem
	at    map[states.ExecID]int
}

type dueItem struct {
	id  states.ExecID
	due states.Millis
}

// first returns the earliest time, 0 when there is none.
func (h *dueHeap) first() states.Millis {
	if len(h.items) == 0 {
		return 0
	}
	return h.items[0].due
}

func (h *dueHeap) Len() int           { return len(h.items) }
func (h *dueHeap) Less(i, j int) bool { return h.items[i].due < h.items[j].due }

func (h *dueHeap) Swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.at[h.items[i].id], h.at[h.items[j].id] = i, j
}

// Push appends x, a dueItem.
func (h *dueHeap) Push(x any) {
	h.at[x.(dueItem).id] = len(h.items)
	h.items = append(h.items, x.(dueItem))
}

// Pop removes the last item.
func (h *dueHeap) Pop() any {
	last := h.items[len(h.items)-1]
	h.items = h.items[:len(h.items)-1]
	delete(h.at, last.id)
	return last
}
