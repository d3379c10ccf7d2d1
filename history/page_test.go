package history_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/states"
)

func TestPageWalksTheWholeHistory(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		records int
		query   history.PageQuery
		want    [][]int64
	}{
		{"empty history", 0, history.PageQuery{}, [][]int64{nil}},
		{"one page", 3, history.PageQuery{}, [][]int64{{1, 2, 3}}},
		{"a full last page has no next", 4, history.PageQuery{Max: 2}, [][]int64{{1, 2}, {3, 4}}},
		{"ascending", 5, history.PageQuery{Max: 2}, [][]int64{{1, 2}, {3, 4}, {5}}},
		{"descending", 5, history.PageQuery{Max: 2, Reverse: true}, [][]int64{{5, 4}, {3, 2}, {1}}},
		{"empty descending", 0, history.PageQuery{Reverse: true}, [][]int64{nil}},
		{"an id outside", 3, history.PageQuery{First: 9}, [][]int64{nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log := history.Memory(make([]states.Record, tt.records))
			var got [][]int64
			for q := tt.query; ; {
				page, err := history.Page(log, q, history.Options{})
				if err != nil {
					t.Fatal(err)
				}
				var ids []int64
				for _, e := range page.Events {
					ids = append(ids, e.ID)
				}
				got = append(got, ids)
				if page.Next == 0 {
					break
				}
				q.First = page.Next
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPageSizesAreBounded(t *testing.T) {
	t.Parallel()
	log := history.Memory(make([]states.Record, 2000))
	for size, want := range map[int]int{0: 100, -1: 100, 7: 7, 1000: 1000, 5000: 1000} {
		page, err := history.Page(log, history.PageQuery{Max: size}, history.Options{})
		if err != nil || len(page.Events) != want {
			t.Errorf("Max %d: got %d events, %v; want %d", size, len(page.Events), err, want)
		}
	}
}
