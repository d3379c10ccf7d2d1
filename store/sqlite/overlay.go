package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"sync"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// moving is the moving part of an execution that runs: what its row of run holds, or will hold once it is folded.
type moving struct {
	machine  int64
	seq      uint64
	last     int64 // id of its newest row in log
	events   int64
	wake     states.Millis
	stateSeq int64 // negative when the state was removed by that commit, 0 when none was ever stored
	redrives int32
	pending  bool

	first int64 // id of its oldest row in log that run lags behind; 0: none
	row   row
}

// row says what run holds of the columns that are written only when they change. They are indexed, or belong to an end.
type row struct {
	there    bool
	status   states.Status
	redrives int32
	due      states.Millis
	pending  bool
}

// fill sets what moves in the header of an execution.
func (m *moving) fill(x *store.Execution) {
	x.Status, x.Stopped, x.Outcome = states.Running, 0, nil
	x.Seq, x.Events, x.Redrives = m.seq, m.events, m.redrives
	x.StateSeq = uint64(abs(m.stateSeq))
}

func abs(n int64) int64 { return max(n, -n) }

// overlay has the executions of which run lags behind the log. All of them run: one that ends is folded by the commit that ends it.
// Its maker changes it; readers see whole transactions.
type overlay struct {
	mu      sync.RWMutex // the maker reads without it
	m       map[states.ExecID]moving
	lastLog int64 // the greatest id in log when this was so
}

func (o *overlay) get(id states.ExecID) (moving, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	m, ok := o.m[id]
	return m, ok
}

// copyAt returns a copy, unless the overlay is older or newer than the row of the log.
func (o *overlay) copyAt(lastLog int64) (*overlay, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.lastLog != lastLog {
		return nil, false
	}
	return &overlay{m: maps.Clone(o.m), lastLog: lastLog}, true
}

// The marks of a row of the log.
const (
	markPending = 1 << iota
	markState
	markDropped
	markRedrives = iota // the shift
)

func marks(w *store.Write) int64 {
	bits := int64(w.Redrives) << markRedrives
	if w.Pending {
		bits |= markPending
	}
	switch {
	case len(w.State) > 0:
		bits |= markState
	case w.State != nil:
		bits |= markDropped
	}
	return bits
}

// unfolded selects the rows of the log that may not be in run, with what is.
const unfolded = "SELECT l.id, l.execution, l.seq, l.events, l.wake_ms, l.marks, e.machine, r.seq IS NOT NULL, coalesce(r.seq, 0), " +
	"coalesce(r.status, 0), coalesce(r.redrives, 0), coalesce(r.due_ms, 0), coalesce(r.pending, 0), coalesce(r.state_seq, 0) " +
	"FROM log l CROSS JOIN execution e ON e.id = l.execution LEFT JOIN run r ON r.id = l.execution " +
	"WHERE l.id > (SELECT folded FROM owner WHERE one = 1) ORDER BY l.id"

// replay reads what the log knows and run does not.
func replay(ctx context.Context, s *sql.Stmt) (*overlay, error) {
	rows, err := s.QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	o := &overlay{m: map[states.ExecID]moving{}}
	for rows.Next() {
		var id states.ExecID
		var next, old moving
		var seq, stored, marks int64
		if err := rows.Scan(&next.last, &id, &seq, &next.events, &next.wake, &marks, &old.machine, &old.row.there, &stored,
			&old.row.status, &old.row.redrives, &old.row.due, &old.row.pending, &old.stateSeq); err != nil {
			return nil, err
		}
		if seq <= stored {
			continue // folded out of turn
		}
		old.seq = uint64(stored)
		if m, ok := o.m[id]; ok {
			old = m
		}
		if uint64(seq) != old.seq+1 {
			return nil, fmt.Errorf("log row %d of execution %d has seq %d after %d", next.last, id, seq, old.seq)
		}
		next.machine, next.row, next.stateSeq, next.first = old.machine, old.row, old.stateSeq, old.first
		next.seq = uint64(seq)
		next.redrives = int32(marks >> markRedrives)
		next.pending = marks&markPending != 0
		switch {
		case marks&markState != 0:
			next.stateSeq = seq
		case marks&markDropped != 0:
			next.stateSeq = -seq
		}
		if next.first == 0 {
			next.first = next.last
		}
		o.m[id] = next
	}
	return o, rows.Err()
}
