package asltest

import (
	"container/heap"

	"github.com/gait-engine/gait/states"
)

// rank orders deliveries of one instant.
type rank uint8

const (
	rankStart rank = iota
	rankSubmit
	rankHeartbeat
	rankEnd
)

// delivery is an input that the execution is to get at a time.
type delivery struct {
	at    states.Millis
	rank  rank
	order int // of the call it belongs to
	ref   states.Ref
	input states.Input
	poll  *poll // instead of an input
}

// queue is a heap of deliveries, the next one first.
type queue []delivery

var _ heap.Interface = (*queue)(nil)

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q queue) Less(i, j int) bool {
	a, b := &q[i], &q[j]
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.rank != b.rank:
		return a.rank < b.rank
	default:
		return a.order < b.order
	}
}

// Push and Pop are for package heap.
func (q *queue) Push(d any) { *q = append(*q, d.(delivery)) }

// Pop removes the last element.
func (q *queue) Pop() any {
	old := *q
	d := old[len(old)-1]
	old[len(old)-1] = delivery{}
	*q = old[:len(old)-1]
	return d
}

// add puts a delivery in its place.
func (q *queue) add(d delivery) { heap.Push(q, d) }

// next returns the time of the first delivery, 0 when there is none.
func (q queue) next() states.Millis {
	if len(q) == 0 {
		return 0
	}
	return q[0].at
}

// drop removes the deliveries of a wait that is over.
func (q *queue) drop(ref states.Ref) {
	kept := (*q)[:0]
	for _, d := range *q {
		if d.ref != ref {
			kept = append(kept, d)
		}
	}
	clear((*q)[len(kept):])
	*q = kept
	heap.Init(q)
}
