package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// statements are those of the readers.
type statements struct {
	newest, machine, machines     *sql.Stmt
	header, start, startBrief     *sql.Stmt
	run, state, unfolded, lastLog *sql.Stmt
	forward, reverse, tail        *sql.Stmt
	due, pending                  *sql.Stmt
	machineName, machineIDs       *sql.Stmt
	nameOf                        *sql.Stmt
	record, records               *sql.Stmt
}

func (r *statements) prepare(ctx context.Context, db *sql.DB) error {
	for _, p := range []struct {
		s     **sql.Stmt
		query string
	}{
		{&r.newest, machineColumns + "WHERE m.name = ? ORDER BY r.revision DESC LIMIT 1"},
		{&r.machine, machineColumns + "WHERE m.name = ? AND r.revision = ?"},
		{&r.machines, machineColumns + "WHERE m.name > ? AND r.revision = (SELECT max(revision) FROM revision WHERE machine = m.id) " +
			"ORDER BY m.name LIMIT ?"},
		{&r.header, selectExecution(false) + " WHERE r.id = ?"},
		{&r.start, selectStart(false) + " WHERE e.id = ?"},
		{&r.startBrief, selectStart(true) + " WHERE e.id = ?"},
		{&r.state, "SELECT seq, body FROM state WHERE id = ?"},
		{&r.run, "SELECT last_log, events FROM run WHERE id = ?"},
		{&r.unfolded, unfolded},
		{&r.lastLog, "SELECT coalesce(max(id), 0) FROM log"},
		{&r.forward, chain("c.first_event > ?2") + entries("c ORDER BY id LIMIT ?3")},
		{&r.reverse, chain("true") + entries("c WHERE first_event <= ?2 LIMIT ?3")},
		{&r.tail, chain("c.seq > ?2 + 1") + entries("c WHERE seq > ?2 ORDER BY id")},
		{&r.due, "SELECT id, due_ms, wake_ms FROM run INDEXED BY run_due WHERE due_ms <= ? ORDER BY due_ms"},
		{&r.pending, "SELECT id FROM run INDEXED BY run_pending WHERE pending = 1 AND id > ? ORDER BY id"},
		{&r.nameOf, "SELECT id FROM execution WHERE machine = ? AND name = ?"},
		{&r.machineName, "SELECT id FROM machine WHERE name = ?"},
		{&r.machineIDs, fmt.Sprintf("SELECT id FROM machine LIMIT %d", maxMerged+1)},
		{&r.record, "SELECT kind, name, body FROM record WHERE kind = ? AND name = ?"},
		{&r.records, "SELECT kind, name, body FROM record WHERE kind = ? AND name > ? ORDER BY name LIMIT ?"},
	} {
		var err error
		if *p.s, err = db.PrepareContext(ctx, p.query); err != nil {
			return err
		}
	}
	return nil
}

// chain begins a query with the table c: rows of the log of one execution without their bodies, the one with the id ?1 first, then
// each time the one before it. The condition says of a row whether to go on.
func chain(goOn string) string {
	return "WITH RECURSIVE c (id, prev, seq, first_event) AS (" +
		"SELECT id, prev, seq, first_event FROM log WHERE id = ?1 UNION ALL " +
		"SELECT l.id, l.prev, l.seq, l.first_event FROM c CROSS JOIN log l ON l.id = c.prev WHERE " + goOn + ") "
}

// entries selects rows of the chain, then reads their bodies: those that are not wanted may be many.
func entries(rows string) string {
	return "SELECT seq, first_event, (SELECT body FROM log WHERE log.id = wanted.id) FROM (SELECT id, seq, first_event FROM " + rows +
		") wanted"
}

// reading runs f, which reads, and wraps its error.
func (s *Store) reading(ctx context.Context, what string, f func() error) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if err := ctx.Err(); err != nil {
		return wrap(what, err)
	}
	if s.closed {
		return store.ErrClosed
	}
	err := f()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = errors.Join(ctx.Err(), err) // the driver says "interrupted"
	}
	return wrap(what, err)
}

// view is one look at the store: the tables, and what of run lags behind the log.
type view struct {
	tx  *sql.Tx // nil: each statement sees the newest
	lag *overlay
}

// stmt returns the statement as this look sees the tables.
func (v view) stmt(ctx context.Context, s *sql.Stmt) *sql.Stmt {
	if v.tx == nil {
		return s
	}
	return v.tx.StmtContext(ctx, s)
}

// since is asked after the row of run was read of an execution that did not lag: m says what the row holds. It may lag by now, and the
// row may come from the commit after, which is not published yet. Then the overlay counts: the next reader would see less than the row.
func (v view) since(id states.ExecID, m moving) (moving, bool) {
	if newer, lags := v.lag.get(id); lags {
		return newer, true
	}
	return m, false
}

// glance runs f, which reads one execution. Commits may come between its statements, and between them and the overlay.
func (s *Store) glance(ctx context.Context, what string, f func(v view) error) error {
	lag := s.lag.Load()
	if lag == nil {
		return s.snapshot(ctx, what, f)
	}
	return s.reading(ctx, what, func() error { return f(view{lag: lag}) })
}

// snapshot runs f, which sees the store as one transaction left it.
func (s *Store) snapshot(ctx context.Context, what string, f func(v view) error) error {
	return s.reading(ctx, what, func() error {
		for try := range looks {
			v, err := s.look(ctx, try == looks-1)
			if err != nil {
				return err
			}
			if v.tx == nil {
				continue
			}
			defer func() { _ = v.tx.Rollback() }() // it reads only
			return f(v)
		}
		panic("sqlite: the last look sees something")
	})
}

// looks is how often a reader looks, while commits come in between, before it makes the writer wait.
const looks = 8

// look begins a transaction that reads, with the overlay as it was then. The owner has it in memory, in which a commit may come before
// the copy is taken: then there is no transaction, and this should be called again. No commit comes between on the last look: an overlay
// that does not fit then is that of an owner which has been replaced and has not noticed. Those who are not the owner read it from
// the log, unless it is the one they read last.
//
// The owner itself must not read the log: that has commits which the overlay does not have yet, and the next reader would see less.
func (s *Store) look(ctx context.Context, last bool) (v view, err error) {
	if last {
		s.mu.Lock() // before a connection is taken, as Own does
		defer s.mu.Unlock()
	}
	tx, err := s.readers.BeginTx(ctx, nil)
	if err != nil {
		return view{}, err
	}
	defer func() {
		if v.tx == nil {
			_ = tx.Rollback() // it reads only
		}
	}()
	var newest int64
	if err := tx.StmtContext(ctx, s.read.lastLog).QueryRowContext(ctx).Scan(&newest); err != nil {
		return view{}, err
	}
	if owned := s.lag.Load(); owned != nil {
		if lag, ok := owned.copyAt(newest); ok {
			return view{tx, lag}, nil
		}
		if !last {
			return view{}, nil
		}
		s.lag.Store(nil)
	}
	lag := s.seen.Load()
	if lag == nil || lag.lastLog != newest {
		if lag, err = replay(ctx, tx.StmtContext(ctx, s.read.unfolded)); err != nil {
			return view{}, err
		}
		lag.lastLog = newest
		s.seen.Store(lag)
	}
	return view{tx, lag}, nil
}

// clamp cuts a limit to what the contract allows.
func clamp(limit int) int { return min(max(limit, 1), 10_000) }

// errTorn tells that a state was stored or removed after the rest of its execution was read.
var errTorn = errors.New("state and sequence number do not belong together")

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, id states.ExecID) (x store.Execution, err error) {
	load := func(v view) error {
		x, err = s.load(ctx, v, id)
		return err
	}
	if err = s.glance(ctx, "load", load); errors.Is(err, errTorn) {
		err = s.snapshot(ctx, "load", load)
	}
	return x, err
}

func (s *Store) load(ctx context.Context, v view, id states.ExecID) (store.Execution, error) {
	x, m, err := s.header(ctx, v, id)
	if err == nil && m.stateSeq > 0 {
		var of int64
		err = v.stmt(ctx, s.read.state).QueryRowContext(ctx, int64(id)).Scan(&of, &x.State)
		if of != m.stateSeq && (err == nil || errors.Is(err, sql.ErrNoRows)) {
			err = errTorn
		}
	}
	if err == nil && x.StateSeq < x.Seq {
		x.Tail, err = s.entries(ctx, v.stmt(ctx, s.read.tail), m.last, int64(x.StateSeq))
	}
	return x, err
}

// header reads an execution without its state.
func (s *Store) header(ctx context.Context, v view, id states.ExecID) (x store.Execution, m moving, err error) {
	m, lags := v.lag.get(id)
	if !lags {
		x, m, err = scanExecution(v.stmt(ctx, s.read.header).QueryRowContext(ctx, int64(id)))
		m, lags = v.since(id, m)
	}
	if lags {
		x, _, err = scanExecution(v.stmt(ctx, s.read.start).QueryRowContext(ctx, int64(id)))
		m.fill(&x)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	return x, m, err
}

// selectExecution returns the columns and the join that scanExecution expects. The order of the join is fixed: run is
// searched, execution and machine are looked up.
func selectExecution(brief bool) string {
	documents := "e.settings, e.input, r.outcome"
	if brief {
		documents = "e.settings, NULL, NULL"
	}
	return "SELECT r.id, m.name, e.revision, e.name, e.started_ms, r.status, coalesce(r.stopped_ms, 0), r.seq, r.events, r.redrives, " +
		documents + ", r.last_log, r.state_seq FROM run r CROSS JOIN execution e ON e.id = r.id CROSS JOIN machine m ON m.id = e.machine"
}

// selectStart is selectExecution for one of which the overlay knows the rest.
func selectStart(brief bool) string {
	documents := "e.settings, e.input, NULL"
	if brief {
		documents = "e.settings, NULL, NULL"
	}
	return "SELECT e.id, m.name, e.revision, e.name, e.started_ms, 0, 0, 0, 0, 0, " + documents + ", 0, 0 " +
		"FROM execution e CROSS JOIN machine m ON m.id = e.machine"
}

// scanExecution also returns where the log of the execution ends and what is known of its state.
func scanExecution(row interface{ Scan(...any) error }) (x store.Execution, m moving, err error) {
	var seq int64
	err = row.Scan(&x.ID, &x.Machine, &x.Revision, &x.Name, &x.Started, &x.Status, &x.Stopped, &seq, &x.Events, &x.Redrives,
		&x.Settings, &x.Input, &x.Outcome, &m.last, &m.stateSeq)
	x.Seq, x.StateSeq = uint64(seq), uint64(abs(m.stateSeq))
	return x, m, err
}

// Log implements [store.Store]. It walks back from the newest row: the further from the end, the more rows it passes.
func (s *Store) Log(ctx context.Context, id states.ExecID, from int64, reverse bool, limit int) (all []store.Entry, err error) {
	err = s.glance(ctx, "log", func(v view) error {
		m, lags := v.lag.get(id)
		if !lags {
			err := v.stmt(ctx, s.read.run).QueryRowContext(ctx, int64(id)).Scan(&m.last, &m.events)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			if m, lags = v.since(id, m); err != nil && !lags {
				return nil
			}
		}
		statement := s.read.reverse
		if !reverse {
			if statement = s.read.forward; from > m.events {
				return nil
			}
		}
		all, err = s.entries(ctx, v.stmt(ctx, statement), m.last, from, int64(clamp(limit)))
		return err
	})
	return all, err
}

// entries runs a statement that selects rows of the log.
func (s *Store) entries(ctx context.Context, statement *sql.Stmt, args ...any) (all []store.Entry, err error) {
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e store.Entry
		var seq int64
		if err := rows.Scan(&seq, &e.FirstEvent, &e.Body); err != nil {
			return nil, err
		}
		e.Seq = uint64(seq)
		all = append(all, e)
	}
	return all, rows.Err()
}

// Due implements [store.Store]. The index has times that may be early, so rows are read in its order and put in the order of
// the times waited for, until no row to come can be among the first limit.
func (s *Store) Due(ctx context.Context, before states.Millis, limit int) (due []store.DueExecution, err error) {
	limit = clamp(limit)
	add := func(d store.DueExecution) {
		if at, _ := slices.BinarySearchFunc(due, d, byDue); d.Due <= before && at < limit {
			due = slices.Insert(due[:min(len(due), limit-1)], at, d)
		}
	}
	err = s.snapshot(ctx, "due", func(v view) error {
		for id, m := range v.lag.m {
			if m.wake != 0 {
				add(store.DueExecution{ID: id, Due: m.wake})
			}
		}
		rows, err := v.stmt(ctx, s.read.due).QueryContext(ctx, int64(before))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d store.DueExecution
			var early states.Millis
			if err := rows.Scan(&d.ID, &early, &d.Due); err != nil {
				return err
			}
			if len(due) == limit && early > due[limit-1].Due {
				break
			}
			if _, lags := v.lag.m[d.ID]; !lags {
				add(d)
			}
		}
		return rows.Err()
	})
	return due, err
}

func byDue(a, b store.DueExecution) int {
	return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID))
}

// Pending implements [store.Store].
func (s *Store) Pending(ctx context.Context, after states.ExecID, limit int) (ids []states.ExecID, err error) {
	limit = clamp(limit)
	err = s.snapshot(ctx, "pending", func(v view) error {
		for id, m := range v.lag.m {
			if m.pending && id > after {
				ids = append(ids, id)
			}
		}
		rows, err := v.stmt(ctx, s.read.pending).QueryContext(ctx, int64(after))
		if err != nil {
			return err
		}
		defer rows.Close()
		for n := 0; n < limit && rows.Next(); {
			var id states.ExecID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			if _, lags := v.lag.m[id]; !lags {
				ids = append(ids, id)
				n++
			}
		}
		slices.Sort(ids)
		ids = ids[:min(len(ids), limit)]
		return rows.Err()
	})
	return ids, err
}
