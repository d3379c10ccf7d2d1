package engine

import (
	"context"
	"iter"

	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/states"
)

// HistoryOption tunes one History.
type HistoryOption func(*historyQuery)

type historyQuery struct {
	reverse bool
	from    int64
	options history.Options
}

// Reverse yields the newest event first.
func Reverse() HistoryOption { return func(q *historyQuery) { q.reverse = true } }

// FromEvent begins with the event of this id instead of the first or, in reverse, the last. To show pages, take as many events
// as fit and begin the next page with the id after, or before, the last one.
func FromEvent(id int64) HistoryOption { return func(q *historyQuery) { q.from = id } }

// WithoutData leaves inputs, outputs, parameters and assigned variables out.
func WithoutData() HistoryOption { return func(q *historyQuery) { q.options.WithoutData = true } }

// historyPage is how many log entries are read at once.
const historyPage = 100

// History yields the events of an execution as they are in the store when they are read; ids count from 1 without gaps. In
// ascending order a running execution may bring more events while the sequence goes on. An error ends the sequence, beside a
// zero event.
//
// Errors: *[NotFoundError], *[ARNError], *[StoreError].
func (e *Engine) History(ctx context.Context, id ID, opts ...HistoryOption) iter.Seq2[history.Event, error] {
	return func(yield func(history.Event, error) bool) {
		var q historyQuery
		for _, opt := range opts {
			opt(&q)
		}
		n, err := e.resolve(ctx, id)
		if err == nil {
			err = e.historyStart(ctx, n, &q)
		}
		if err != nil {
			yield(history.Event{}, err)
			return
		}
		for r, err := range e.records(ctx, n, q.from, q.reverse) {
			if err != nil {
				yield(history.Event{}, &StoreError{Op: "history", Err: err})
				return
			}
			if !yield(q.options.Event(r.id, &r.record), nil) {
				return
			}
		}
	}
}

// historyStart fills in where to begin, the role, and what was asked for to be started.
func (e *Engine) historyStart(ctx context.Context, n states.ExecID, q *historyQuery) error {
	stored, err := e.store.Load(ctx, n)
	if err != nil {
		return &StoreError{Op: "history", Err: err}
	}
	m, err := e.machine(ctx, stored.Machine, stored.Revision)
	if err != nil {
		return err
	}
	o, err := originOf(stored.Settings)
	if err != nil {
		return err
	}
	q.options.RoleARN = m.role
	q.options.VersionARN, q.options.AliasARN = e.arns.versionARN(m.name, o.Version), e.arns.aliasARN(m.name, o.Alias)
	if q.from == 0 {
		q.from = 1
		if q.reverse {
			q.from = stored.Events
		}
	}
	return nil
}

// numbered is a record and the id of its event.
type numbered struct {
	id     int64
	record states.Record
}

// records yields the records of an execution from a place on, page by page.
func (e *Engine) records(ctx context.Context, n states.ExecID, from int64, reverse bool) iter.Seq2[numbered, error] {
	return func(yield func(numbered, error) bool) {
		next := from
		for next >= 1 {
			entries, err := e.store.Log(ctx, n, next, reverse, historyPage)
			if err != nil {
				yield(numbered{}, err)
				return
			}
			seen := false
			for _, entry := range entries {
				records, err := pack.Records(entry.Body, entry.FirstEvent)
				if err != nil {
					yield(numbered{}, err)
					return
				}
				for i := range records {
					id := entry.FirstEvent + int64(i)
					if reverse {
						id = entry.FirstEvent + int64(len(records)-1-i)
					}
					if id != next {
						continue // on the other side of the place, or before it
					}
					seen = true
					if next++; reverse {
						next -= 2
					}
					if !yield(numbered{id, records[id-entry.FirstEvent]}, nil) {
						return
					}
				}
			}
			if !seen {
				return
			}
		}
	}
}
