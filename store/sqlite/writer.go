package sqlite

import (
	"errors"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// logRows is how many rows the larger INSERT into log has, and logColumns how many columns each.
const (
	logRows    = 8
	logColumns = 9
)

// writer is the connection that writes, with its statements.
type writer struct {
	c                                     *conn
	begin, commit, rollback, epoch        *stmt
	nameTaken, newMachine                 *stmt
	newExecution, newRun, newLog, newLogs *stmt
	runOf, putState, dropState, putFolded *stmt
	update                                [setRest + 1]*stmt // by which columns are named

	machines map[string]int64 // ids of the names in the database
	added    []string         // of them, those of the open transaction

	// Of the owner.
	window  window
	lag     *overlay
	queue   []dirty // the executions of lag, oldest first, and void places between
	lastLog int64   // the greatest id in log
	folded  int64   // owner.folded

	// Of the open transaction; reused.
	rows      []logRow
	staged    map[states.ExecID]moving // what it changes in lag; of those without first, it is removed
	newFolded int64
}

// logRow is a write of the batch that gets a row in log, and the row before it of its execution.
type logRow struct {
	at   int32
	prev int64
}

func newWriter(c *conn) (*writer, error) {
	w := &writer{c: c, window: defaultWindow, staged: map[states.ExecID]moving{}}
	row := "(?" + strings.Repeat(", ?", logColumns-1) + ")"
	insertLog := "INSERT OR ROLLBACK INTO log (id, prev, execution, seq, first_event, events, wake_ms, marks, body) VALUES "
	for _, p := range []struct {
		s     **stmt
		query string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		{&w.epoch, "SELECT epoch FROM owner WHERE one = 1"},
		{&w.nameTaken, "SELECT 1 FROM execution WHERE machine = ? AND name = ?"},
		{&w.newMachine, "INSERT INTO machine (name) VALUES (?1) ON CONFLICT DO UPDATE SET name = ?1 RETURNING id"},
		{&w.newExecution, "INSERT INTO execution (id, machine, revision, name, started_ms, settings, input) VALUES (?, ?, ?, ?, ?, ?, ?)"},
		{&w.newRun, "INSERT INTO run (seq, events, wake_ms, last_log, state_seq, due_ms, pending, status, stopped_ms, redrives, outcome, " +
			"machine, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
		{&w.runOf, "SELECT machine, seq, last_log, events, state_seq, status, redrives, due_ms, pending FROM run WHERE id = ?"},
		{&w.putFolded, "UPDATE owner SET folded = ? WHERE one = 1"},
		{&w.putState, "INSERT INTO state (id, seq, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, body = excluded.body"},
		{&w.dropState, "DELETE FROM state WHERE id = ?"},
		// A row that cannot be inserted would mean that its id is taken: the transaction must not go on. OR ROLLBACK also saves
		// SQLite the journal it would keep to undo part of a statement.
		{&w.newLog, insertLog + row},
		{&w.newLogs, insertLog + strings.Repeat(row+", ", logRows-1) + row},
	} {
		var err error
		if *p.s, err = c.prepare(p.query); err != nil {
			return nil, err
		}
	}
	for bits := range w.update {
		var err error
		if w.update[bits], err = c.prepare(updateRun(bits)); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// transaction runs f between BEGIN and COMMIT. After an error nothing of it is left.
func (w *writer) transaction(f func() error) error {
	defer w.c.recycle()
	w.added = w.added[:0]
	err := w.begin.run()
	if err == nil {
		if err = f(); err == nil {
			err = w.commit.run()
		}
	}
	if err == nil {
		return nil
	}
	if w.c.inTransaction() {
		if e := w.rollback.run(); e != nil {
			err = errors.Join(err, e)
		}
	}
	for _, name := range w.added {
		delete(w.machines, name)
	}
	return err
}

// machine returns the id of a machine's name, which it makes when there is none.
func (w *writer) machine(name string) (int64, error) {
	if id, ok := w.machines[name]; ok {
		return id, nil
	}
	if err := w.newMachine.bindText(1, name); err != nil {
		return 0, err
	}
	if _, err := w.newMachine.step(); err != nil {
		return 0, err
	}
	id := w.newMachine.int(0)
	w.newMachine.reset()
	if w.machines == nil || len(w.machines) >= maxNames {
		w.machines = map[string]int64{} // a cache: forgetting is harmless
		w.added = w.added[:0]
	}
	w.machines[name] = id
	w.added = append(w.added, name)
	return id, nil
}

// maxNames bounds the cache of machine names.
const maxNames = 10_000

// own raises the epoch.
func (w *writer) own(holder string) (store.Ownership, error) {
	var own store.Ownership
	err := w.transaction(func() error {
		raise, err := w.c.prepare("UPDATE owner SET epoch = epoch + 1, holder = ? RETURNING epoch, token_key")
		if err != nil {
			return err
		}
		defer w.c.finalize(raise)
		if err := raise.bindText(1, holder); err != nil {
			return err
		}
		if _, err := raise.step(); err != nil {
			return err
		}
		own.Epoch = raise.int(0)
		copy(own.TokenKey[:], raise.bytes(1))
		raise.reset()
		last, err := w.c.queryInt("SELECT max(id) FROM execution")
		own.LastID = states.ExecID(last)
		return err
	})
	return own, err
}

// fence refuses a transaction of an earlier owner.
func (w *writer) fence(epoch int64) error {
	if _, err := w.epoch.step(); err != nil {
		return err
	}
	current := w.epoch.int(0)
	w.epoch.reset()
	if current != epoch {
		return store.ErrFenced
	}
	return nil
}

// currentHolder returns the name that the owner gave.
func (w *writer) currentHolder() (string, error) {
	s, err := w.c.prepare("SELECT holder FROM owner WHERE one = 1")
	if err != nil {
		return "", err
	}
	defer w.c.finalize(s)
	if _, err := s.step(); err != nil {
		return "", err
	}
	return string(s.bytes(0)), nil
}

// constraint returns the kind of a constraint that err says was violated, 0 for other errors.
func constraint(err error) int {
	if e, ok := err.(*Error); ok && e.Code&0xFF == sqlite3.SQLITE_CONSTRAINT {
		return e.Code
	}
	return 0
}
