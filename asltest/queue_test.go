package asltest

import (
	"container/heap"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/states"
)

func TestQueueOrdersByTimeRankAndCall(t *testing.T) {
	t.Parallel()
	ref := func(frame states.FrameID) states.Ref { return states.Ref{Exec: 1, Frame: frame} }
	var q queue
	for _, d := range []delivery{
		{at: 20, rank: rankStart, order: 0, ref: ref(1)},
		{at: 10, rank: rankEnd, order: 0, ref: ref(1)},
		{at: 10, rank: rankEnd, order: 1, ref: ref(2)},
		{at: 10, rank: rankSubmit, order: 1, ref: ref(2)},
		{at: 10, rank: rankStart, order: 1, ref: ref(2)},
		{at: 10, rank: rankStart, order: 0, ref: ref(1)},
		{at: 5, rank: rankHeartbeat, order: 2, ref: ref(3)},
		{at: 5, rank: rankEnd, order: 3, ref: ref(4)},
	} {
		q.add(d)
	}
	q.drop(ref(4))
	type place struct {
		at    states.Millis
		rank  rank
		order int
	}
	var got []place
	for q.next() != 0 {
		d := heap.Pop(&q).(delivery)
		got = append(got, place{d.at, d.rank, d.order})
	}
	want := []place{
		{5, rankHeartbeat, 2}, {10, rankStart, 0}, {10, rankStart, 1}, {10, rankSubmit, 1}, {10, rankEnd, 0}, {10, rankEnd, 1}, {20, rankStart, 0},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(place{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
