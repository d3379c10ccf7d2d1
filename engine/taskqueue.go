package engine

import (
	"cmp"

	"github.com/gait-engine/gait/states"
)

// queuedTask is a task that waits for a worker: no more than its address and its place in the queue.
type queuedTask struct {
	at  states.Millis // when it was scheduled
	ref states.Ref
	// started says that its start is recorded and its worker was gone by then: it comes first.
	started bool
}

func (t queuedTask) before(o queuedTask) bool {
	if t.started != o.started {
		return t.started
	}
	return cmp.Or(cmp.Compare(t.at, o.at), cmp.Compare(t.ref.Exec, o.ref.Exec), cmp.Compare(t.ref.Gen, o.ref.Gen)) < 0
}

// taskQueue is a heap of tasks, the one that was scheduled first on top. Tasks that come in the order of their time cost no more
// than in a list; after a restart they come in another.
type taskQueue struct{ heap []queuedTask }

func (q *taskQueue) len() int { return len(q.heap) }

func (q *taskQueue) push(t queuedTask) {
	q.heap = append(q.heap, t)
	for i := len(q.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.heap[i].before(q.heap[parent]) {
			return
		}
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}

// pop removes the first task. There must be one.
func (q *taskQueue) pop() queuedTask {
	first, last := q.heap[0], len(q.heap)-1
	q.heap[0] = q.heap[last]
	q.heap = q.heap[:last]
	q.down(0)
	q.shrink()
	return first
}

func (q *taskQueue) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q.heap); child++ {
			if q.heap[child].before(q.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}

// shrink gives memory back when most of it is unused.
func (q *taskQueue) shrink() {
	if n := len(q.heap); n == 0 && cap(q.heap) > keptQueue {
		q.heap = nil
	} else if cap(q.heap) > keptQueue && n < cap(q.heap)/4 {
		q.heap = append(make([]queuedTask, 0, cap(q.heap)/2), q.heap...)
	}
}

// keptQueue is the capacity up to which a queue does not shrink.
const keptQueue = 256

// sweep removes the tasks whose waits are dead and returns how many those were.
func (q *taskQueue) sweep(dead map[states.Ref]struct{}) int {
	kept := q.heap[:0]
	for _, t := range q.heap {
		if _, gone := dead[t.ref]; !gone {
			kept = append(kept, t)
		}
	}
	removed := len(q.heap) - len(kept)
	q.heap = kept
	for i := len(q.heap)/2 - 1; i >= 0; i-- {
		q.down(i)
	}
	q.shrink()
	return removed
}
