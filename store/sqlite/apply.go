package sqlite

import (
	"context"
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
		return s.w.apply(epoch, batch, errs)
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
		if _, err := w.epoch.step(); err != nil {
			return err
		}
		current := w.epoch.int(0)
		w.epoch.reset()
		if current != epoch {
			return store.ErrFenced
		}
		w.rows = w.rows[:0]
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
		return w.log(batch)
	})
	if err != nil {
		w.hints = [hintSize]hint{}
		return err
	}
	w.lastLog += int64(len(w.rows))
	return nil
}

// change brings the rows of one execution up to date. log is the id that the row of the log will have; prev is that of the row
// before it. A refusal leaves no trace.
func (w *writer) change(b *store.Write, log int64) (prev int64, refused, err error) {
	if b.Create != nil {
		refused, err = w.create(b, log)
		return 0, refused, err
	}
	wake, pending := waits(b)
	due := wake
	h := &w.hints[b.ID&(hintSize-1)]
	set := setAll
	if h.id == b.ID && h.seq == b.Base {
		prev = h.last
		if h.running && h.redrives == b.Redrives && b.Status == states.Running && b.Stopped == 0 && len(b.Outcome) == 0 {
			set = 0
			if h.due != 0 && h.due <= wake && wake-h.due <= dueSlack {
				due = h.due
			} else if h.due != wake {
				set |= setDue
			}
			if h.pending != pending {
				set |= setPending
			}
		}
	} else {
		w.lastOf.bindInt(1, int64(b.ID))
		w.lastOf.bindInt(2, int64(b.Base))
		there, err := w.lastOf.step()
		if err != nil {
			return 0, nil, err
		}
		if !there {
			return 0, store.ErrConflict, nil
		}
		prev = w.lastOf.int(0)
		w.lastOf.reset()
	}
	if b.State != nil {
		set |= setState
	}
	changed, err := w.set(b, set, wake, due, pending, log)
	if err != nil {
		return 0, nil, err
	}
	if !changed {
		return 0, store.ErrConflict, nil
	}
	if b.State != nil {
		if err := w.state(b); err != nil {
			return 0, nil, err
		}
	}
	*h = hint{b.ID, b.Base + 1, log, due, b.Redrives, pending, b.Status == states.Running}
	return prev, nil, nil
}

// state stores the state that b brings, or removes the one that is stored.
func (w *writer) state(b *store.Write) error {
	if len(b.State) == 0 {
		w.dropState.bindInt(1, int64(b.ID))
		return w.dropState.run()
	}
	w.putState.bindInt(1, int64(b.ID))
	if err := w.putState.bindBytes(2, b.State); err != nil {
		return err
	}
	return w.putState.run()
}

// dueSlack is how much earlier than wake_ms due_ms may be. Due skips rows that are early by reading at most so much ahead.
const dueSlack states.Millis = 10_000

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

// set runs the UPDATE that names the columns of the bits, and reports whether the row was the one that b builds on.
func (w *writer) set(b *store.Write, bits int, wake, due states.Millis, pending bool, log int64) (bool, error) {
	p := binder{s: w.update[bits]}
	p.int(int64(b.Base) + 1)
	p.int(b.Events)
	p.intOrNull(int64(wake))
	p.int(log)
	if bits&setState != 0 {
		p.int(int64(b.Base) + 1)
	}
	if bits&setAll != 0 {
		p.intOrNull(int64(due))
		p.intOrNull(flag(pending))
		p.int(int64(b.Status))
		p.intOrNull(int64(b.Stopped))
		p.int(int64(b.Redrives))
		p.bytes(b.Outcome)
		p.int(int64(b.ID))
		p.int(int64(b.Base))
	} else {
		if bits&setDue != 0 {
			p.intOrNull(int64(due))
		}
		if bits&setPending != 0 {
			p.intOrNull(flag(pending))
		}
		p.int(int64(b.ID))
		p.int(int64(b.Base))
		p.int(int64(b.Redrives))
		if bits&setDue == 0 {
			p.intOrNull(int64(due))
		}
		if bits&setPending == 0 {
			p.intOrNull(flag(pending))
		}
	}
	if p.err != nil {
		return false, p.err
	}
	if err := p.s.run(); err != nil {
		return false, err
	}
	return w.c.changed() > 0, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// create writes the rows of a new execution.
func (w *writer) create(b *store.Write, log int64) (refused, err error) {
	x := b.Create
	machine, err := w.machine(x.Machine)
	if err != nil {
		return nil, err
	}
	if b.Base != 0 {
		return w.refuse(machine, x.Name)
	}
	s := w.newExecution
	s.bindInt(1, int64(b.ID))
	s.bindInt(2, machine)
	s.bindInt(3, x.Revision)
	if err := s.bindText(4, x.Name); err != nil {
		return nil, err
	}
	s.bindInt(5, int64(x.Started))
	if err := s.bindBytes(6, x.Settings); err != nil {
		return nil, err
	}
	if err := s.bindBytes(7, x.Input); err != nil {
		return nil, err
	}
	if err := s.run(); err != nil {
		switch constraint(err) {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
			return store.ErrExists, nil
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
			return w.refuse(machine, x.Name)
		}
		return nil, err
	}
	wake, pending := waits(b)
	s = w.newRun
	s.bindInt(1, int64(b.ID))
	s.bindInt(2, machine)
	s.bindInt(3, int64(b.Status))
	s.bindInt(4, 1)
	s.bindInt(5, b.Events)
	s.bindInt(6, int64(b.Redrives))
	s.bindIntOrNull(7, int64(b.Stopped))
	s.bindIntOrNull(8, int64(wake))
	s.bindIntOrNull(9, int64(wake))
	s.bindIntOrNull(10, flag(pending))
	s.bindInt(11, log)
	s.bindInt(12, flag(b.State != nil)) // the first seq is 1
	if err := s.bindBytes(13, b.Outcome); err != nil {
		return nil, err
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	if len(b.State) > 0 {
		if err := w.state(b); err != nil {
			return nil, err
		}
	}
	w.hints[b.ID&(hintSize-1)] = hint{b.ID, 1, log, wake, b.Redrives, pending, b.Status == states.Running}
	return nil, nil
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
			s.bindInt(5*i+1, id)
			s.bindInt(5*i+2, row.prev)
			s.bindInt(5*i+3, int64(b.Base)+1)
			s.bindInt(5*i+4, b.FirstEvent)
			if err := s.bindBlob(5*i+5, b.Log); err != nil {
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
