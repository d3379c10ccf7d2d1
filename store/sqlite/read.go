package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// statements are those of the readers.
type statements struct {
	newest, machine, machines    *sql.Stmt
	load, forward, reverse, tail *sql.Stmt
	due, pending, machineName    *sql.Stmt
	record, records              *sql.Stmt
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
		{&r.load, selectExecution(false, true) + " WHERE r.id = ?"},
		{&r.forward, chain("r.id = ?1 AND ?2 <= r.events", "c.first_event > ?2") + entries("c ORDER BY id LIMIT ?3")},
		{&r.reverse, chain("r.id = ?1", "true") + entries("c WHERE first_event <= ?2 LIMIT ?3")},
		{&r.tail, chain("r.id = ?1", "c.seq > ?2 + 1") + entries("c WHERE seq <= ?3 ORDER BY id")},
		{&r.due, "SELECT id, due_ms, wake_ms FROM run INDEXED BY run_due WHERE due_ms <= ? ORDER BY due_ms"},
		{&r.pending, "SELECT id FROM run INDEXED BY run_pending WHERE pending = 1 AND id > ? ORDER BY id LIMIT ?"},
		{&r.machineName, "SELECT id FROM machine WHERE name = ?"},
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

// chain begins a query with the table c: the rows of the log of one execution, newest first, without their bodies. The first
// condition finds the execution, the second one says of a row whether to go on to the one before it.
func chain(from, goOn string) string {
	return "WITH RECURSIVE c (id, prev, seq, first_event) AS (" +
		"SELECT l.id, l.prev, l.seq, l.first_event FROM run r CROSS JOIN log l ON l.id = r.last_log WHERE " + from + " UNION ALL " +
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

// clamp cuts a limit to what the contract allows.
func clamp(limit int) int { return min(max(limit, 1), 10_000) }

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, id states.ExecID) (x store.Execution, err error) {
	err = s.reading(ctx, "load", func() error {
		x, err = scanExecution(s.read.load.QueryRowContext(ctx, int64(id)))
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrNotFound
		}
		if err == nil && x.StateSeq < x.Seq {
			// A commit that comes between the two reads adds entries after Seq and takes none away.
			x.Tail, err = s.entries(ctx, s.read.tail, int64(id), int64(x.StateSeq), int64(x.Seq))
		}
		return err
	})
	return x, err
}

// selectExecution returns the columns and the join that scanExecution expects. The order of the join is fixed: run is
// searched, execution and machine are looked up.
func selectExecution(brief, state bool) string {
	documents := "e.settings, e.input, r.outcome"
	if brief {
		documents = "e.settings, NULL, NULL"
	}
	if state {
		documents += ", (SELECT body FROM state WHERE state.id = r.id), r.state_seq"
	} else {
		documents += ", NULL, 0"
	}
	return "SELECT r.id, m.name, e.revision, e.name, e.started_ms, r.status, coalesce(r.stopped_ms, 0), r.seq, r.events, r.redrives, " +
		documents + " FROM run r CROSS JOIN execution e ON e.id = r.id CROSS JOIN machine m ON m.id = e.machine"
}

func scanExecution(row interface{ Scan(...any) error }) (x store.Execution, err error) {
	var seq, stateSeq int64
	err = row.Scan(&x.ID, &x.Machine, &x.Revision, &x.Name, &x.Started, &x.Status, &x.Stopped, &seq, &x.Events, &x.Redrives,
		&x.Settings, &x.Input, &x.Outcome, &x.State, &stateSeq)
	x.Seq, x.StateSeq = uint64(seq), uint64(stateSeq)
	return x, err
}

// Log implements [store.Store]. It walks back from the newest row: the further from the end, the more rows it passes.
func (s *Store) Log(ctx context.Context, id states.ExecID, from int64, reverse bool, limit int) (all []store.Entry, err error) {
	err = s.reading(ctx, "log", func() error {
		statement := s.read.forward
		if reverse {
			statement = s.read.reverse
		}
		all, err = s.entries(ctx, statement, int64(id), from, int64(clamp(limit)))
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
	err = s.reading(ctx, "due", func() error {
		rows, err := s.read.due.QueryContext(ctx, int64(before))
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
			at, _ := slices.BinarySearchFunc(due, d, byDue)
			if d.Due > before || at == limit {
				continue
			}
			due = slices.Insert(due[:min(len(due), limit-1)], at, d)
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
	err = s.reading(ctx, "pending", func() error {
		rows, err := s.read.pending.QueryContext(ctx, int64(after), clamp(limit))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id states.ExecID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	return ids, err
}
