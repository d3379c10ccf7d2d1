package history

import (
	"iter"

	"github.com/gait-engine/gait/states"
)

// Log gives access to the records of one execution, wherever they are kept.
type Log struct {
	// Len is the number of records.
	Len int64
	// From yields records first, first+1, …, Len; or first, first-1, …, 1 when reverse is set. first is between 1 and Len.
	From func(first int64, reverse bool) iter.Seq2[states.Record, error]
}

// Memory returns a Log over records that are all in memory. The slice must not change while the Log is used.
func Memory(records []states.Record) Log {
	return Log{Len: int64(len(records)), From: func(first int64, reverse bool) iter.Seq2[states.Record, error] {
		return func(yield func(states.Record, error) bool) {
			step := int64(1)
			if reverse {
				step = -1
			}
			for i := first; i >= 1 && i <= int64(len(records)); i += step {
				if !yield(records[i-1], nil) {
					return
				}
			}
		}
	}}
}

// Page sizes of GetExecutionHistory.
const (
	DefaultPage = 100
	MaxPage     = 1000
)

// PageQuery selects one page. The zero PageQuery is the first page in ascending order.
type PageQuery struct {
	First   int64 // id of the first event of the page, the Next of the page before; 0: begin
	Max     int   // events; 0: [DefaultPage]; more than [MaxPage] counts as MaxPage
	Reverse bool  // newest first; ids and previousEventIds stay as they are
}

// PageResult is one page. Next is the First of the page that follows, 0 when there is none.
type PageResult struct {
	Events []Event
	Next   int64
}

// Page returns one page of the history. An execution that is running may have grown since the page before: in ascending order
// the new events follow, in descending order they are not seen. An id outside of the log gives an empty page. The error is the
// log's.
func Page(log Log, q PageQuery, o Options) (PageResult, error) {
	size, first, step := q.Max, q.First, int64(1)
	switch {
	case size <= 0:
		size = DefaultPage
	case size > MaxPage:
		size = MaxPage
	}
	if q.Reverse {
		step = -1
	}
	if first == 0 {
		first = 1
		if q.Reverse {
			first = log.Len
		}
	}
	var page PageResult
	if first < 1 || first > log.Len {
		return page, nil
	}
	id := first
	for r, err := range log.From(first, q.Reverse) {
		if err != nil {
			return PageResult{}, err
		}
		if len(page.Events) == size {
			page.Next = id
			break
		}
		page.Events = append(page.Events, o.Event(id, &r))
		id += step
	}
	return page, nil
}
