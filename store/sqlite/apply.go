package sqlite

import (
	"context"
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// Apply implements [store.Store].
func (s *Store) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	errs := make([]error, len(batch))
	err := s.write(ctx, func() error {
		if s.lock == nil {
			return store.ErrFenced
		}
		err := s.w.apply(epoch, batch, errs)
		if errors.Is(err, store.ErrFenced) && epoch == s.epoch {
			s.lag.Store(nil) // another owner writes: what this one knows is old
		}
		return err
	})
	if err != nil {
		err = wrap("apply", err)
		for i := range errs {
			errs[i] = err
		}
	}
	return errs
}

// apply writes a batch in one transaction. errs gets the refusals; the error is that of the whole batch.
func (w *writer) apply(epoch int64, batch []store.Write, errs []error) error {
	if len(batch) == 0 {
		return nil
	}
	err := w.transaction(func() error {
		if err := w.fence(epoch); err != nil {
			return err
		}
		w.begun()
		for i := range batch {
			b := &batch[i]
			prev, refused, err := w.change(b, w.lastLog+int64(len(w.rows))+1)
			if err != nil {
				return fmt.Errorf("commit %d of execution %d: %w", b.Base, b.ID, err)
			}
			if errs[i] = refused; refused == nil {
				w.rows = append(w.rows, logRow{int32(i), prev})
			}
		}
		if err := w.log(batch); err != nil {
			return err
		}
		return w.foldOld(false)
	})
	if err == nil {
		w.publish(batch)
	}
	return err
}

// begun forgets what an earlier transaction was about to change.
func (w *writer) begun() {
	w.rows = w.rows[:0]
	clear(w.staged)
	w.newFolded = w.folded
}

// change takes a write into the overlay, or refuses it. log is the id that its row of the log will have; prev is that of the row
// before it. A refusal leaves no trace.
func (w *writer) change(b *store.Write, log int64) (prev int64, refused, err error) {
	var m moving
	if b.Create != nil {
		m.machine, refused, err = w.create(b)
	} else {
		m, refused, err = w.base(b)
	}
	if refused != nil || err != nil {
		return 0, refused, err
	}
	if b.State != nil {
		if m.stateSeq, err = w.state(b, m.stateSeq); err != nil {
			return 0, nil, err
		}
	}
	prev = m.last
	m.seq, m.last, m.events, m.redrives = b.Base+1, log, b.Events, b.Redrives
	m.wake, m.pending = waits(b)
	if m.first == 0 {
		m.first = log
	}
	if b.Status != states.Running || b.Stopped != 0 || len(b.Outcome) > 0 {
		// It will not change again, but for a redrive, and the log has no columns for how it ended.
		err = w.fold(b.ID, &m, end{b.Status, b.Stopped, b.Outcome})
	}
	w.staged[b.ID] = m
	return prev, nil, err
}

// base returns the execution that b builds on.
func (w *writer) base(b *store.Write) (m moving, refused, err error) {
	m, ok := w.current(b.ID)
	if !ok {
		s := w.runOf
		s.bindInt(1, int64(b.ID))
		there, err := s.step()
		if err != nil {
			return m, nil, err
		}
		if !there {
			return m, store.ErrConflict, nil
		}
		m = moving{machine: s.int(0), seq: uint64(s.int(1)), last: s.int(2), events: s.int(3), stateSeq: s.int(4), row: row{
			there: true, status: states.Status(s.int(5)), redrives: int32(s.int(6)), due: states.Millis(s.int(7)), pending: s.int(8) != 0}}
		s.reset()
	}
	if m.seq != b.Base {
		return m, store.ErrConflict, nil
	}
	return m, nil, nil
}

// state stores the state that b brings, or removes the one of the commit before. It returns the new state_seq.
func (w *writer) state(b *store.Write, before int64) (int64, error) {
	seq := int64(b.Base) + 1
	if len(b.State) > 0 {
		w.putState.bindInt(1, int64(b.ID))
		w.putState.bindInt(2, seq)
		if err := w.putState.bindBytes(3, b.State); err != nil {
			return 0, err
		}
		return seq, w.putState.run()
	}
	if before <= 0 {
		return -seq, nil
	}
	w.dropState.bindInt(1, int64(b.ID))
	return -seq, w.dropState.run()
}

// waits returns what the execution waits for: nothing unless it runs.
func waits(b *store.Write) (wake states.Millis, pending bool) {
	if b.Status != states.Running {
		return 0, false
	}
	return b.Due, b.Pending
}

// binder counts the parameters of a statement while they are bound.
type binder struct {
	s   *stmt
	n   int
	err error
}

func (b *binder) int(v int64) {
	b.n++
	b.s.bindInt(b.n, v)
}

func (b *binder) intOrNull(v int64) {
	b.n++
	b.s.bindIntOrNull(b.n, v)
}

func (b *binder) bytes(v []byte) {
	b.n++
	if err := b.s.bindBytes(b.n, v); b.err == nil {
		b.err = err
	}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// create writes the facts of a new execution and returns the id of its machine.
func (w *writer) create(b *store.Write) (machine int64, refused, err error) {
	x := b.Create
	if machine, err = w.machine(x.Machine); err != nil {
		return 0, nil, err
	}
	if b.Base != 0 {
		refused, err = w.refuse(machine, x.Name)
		return 0, refused, err
	}
	s := w.newExecution
	s.bindInt(1, int64(b.ID))
	s.bindInt(2, machine)
	s.bindInt(3, x.Revision)
	if err := s.bindText(4, x.Name); err != nil {
		return 0, nil, err
	}
	s.bindInt(5, int64(x.Started))
	if err := s.bindBytes(6, x.Settings); err != nil {
		return 0, nil, err
	}
	if err := s.bindBytes(7, x.Input); err != nil {
		return 0, nil, err
	}
	if err := s.run(); err != nil {
		switch constraint(err) {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
			return 0, store.ErrExists, nil
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
			refused, err = w.refuse(machine, x.Name)
			return 0, refused, err
		}
		return 0, nil, err
	}
	return machine, nil, nil
}

// refuse says why an execution that cannot be created cannot: its name comes first.
func (w *writer) refuse(machine int64, name string) (refused, err error) {
	s := w.nameTaken
	s.bindInt(1, machine)
	if err := s.bindText(2, name); err != nil {
		return nil, err
	}
	taken, err := s.step()
	if err != nil {
		return nil, err
	}
	if taken {
		s.reset()
		return store.ErrExists, nil
	}
	return store.ErrConflict, nil
}

// log appends the rows of the log, several in one statement.
func (w *writer) log(batch []store.Write) error {
	id := w.lastLog
	for rows := w.rows; len(rows) > 0; {
		s, n := w.newLog, 1
		if len(rows) >= logRows {
			s, n = w.newLogs, logRows
		}
		for i, row := range rows[:n] {
			b := &batch[row.at]
			id++
			wake, _ := waits(b)
			at := logColumns * i
			s.bindInt(at+1, id)
			s.bindInt(at+2, row.prev)
			s.bindInt(at+3, int64(b.ID))
			s.bindInt(at+4, int64(b.Base)+1)
			s.bindInt(at+5, b.FirstEvent)
			s.bindInt(at+6, b.Events)
			s.bindInt(at+7, int64(wake))
			s.bindInt(at+8, marks(b))
			if err := s.bindBlob(at+9, b.Log); err != nil {
				return err
			}
		}
		if err := s.run(); err != nil {
			return fmt.Errorf("log of execution %d: %w", batch[rows[0].at].ID, err)
		}
		rows = rows[n:]
	}
	return nil
}
