package sqlite

import (
	"cmp"
	"slices"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// window bounds what run lags behind the log. It is what a crash leaves to replay, and what is held in memory.
type window struct {
	executions int   // that lag before a batch is written
	rows       int64 // of log, from the oldest that is not folded
}

// defaultWindow holds a thousand executions of ten tasks at once. Replaying it takes about a tenth of a second.
var defaultWindow = window{executions: 16_384, rows: 32_768}

// foldedStep is by how many rows of log owner.folded may be lower than it could be: it saves an UPDATE per transaction.
const foldedStep = 4_096

// dirty is the place of an execution in the queue of those that lag.
type dirty struct {
	id    states.ExecID
	first int64 // as in its moving; when that is another one, this place is void
}

// Which columns of run an UPDATE names besides those that move with each commit.
const (
	setDue     = 1 << iota // due_ms
	setPending             // pending
	setRest                // these two, status, stopped_ms, redrives, outcome
)

// updateRun returns the statement that names the columns of the bits. SQLite rewrites every index entry whose column is named.
func updateRun(bits int) string {
	set := "UPDATE run SET seq = ?, events = ?, wake_ms = ?, last_log = ?, state_seq = ?"
	if bits&(setDue|setRest) != 0 {
		set += ", due_ms = ?"
	}
	if bits&(setPending|setRest) != 0 {
		set += ", pending = ?"
	}
	if bits&setRest != 0 {
		set += ", status = ?, stopped_ms = ?, redrives = ?, outcome = ?"
	}
	return set + " WHERE id = ?"
}

// end is how an execution ended, the zero end of one that runs.
type end struct {
	status  states.Status
	stopped states.Millis
	outcome []byte
}

// fold writes the row of run of an execution.
func (w *writer) fold(id states.ExecID, m *moving, e end) error {
	due := m.wake
	if m.row.due != 0 && m.row.due <= m.wake && m.wake-m.row.due <= dueSlack {
		due = m.row.due
	}
	bits := m.changed(due, e)
	p := binder{s: w.update[bits]}
	if !m.row.there {
		bits, p.s = setRest, w.newRun
	}
	p.int(int64(m.seq))
	p.int(m.events)
	p.intOrNull(int64(m.wake))
	p.int(m.last)
	p.int(m.stateSeq)
	if bits&(setDue|setRest) != 0 {
		p.intOrNull(int64(due))
	}
	if bits&(setPending|setRest) != 0 {
		p.intOrNull(flag(m.pending))
	}
	if bits&setRest != 0 {
		p.int(int64(e.status))
		p.intOrNull(int64(e.stopped))
		p.int(int64(m.redrives))
		p.bytes(e.outcome)
	}
	if !m.row.there {
		p.int(m.machine)
	}
	p.int(int64(id))
	if p.err != nil {
		return p.err
	}
	m.first = 0
	m.row = row{there: true, status: e.status, redrives: m.redrives, due: due, pending: m.pending}
	return p.s.run()
}

// changed returns which columns of run are not as they should be.
func (m *moving) changed(due states.Millis, e end) (bits int) {
	if e.status != m.row.status || e.stopped != 0 || len(e.outcome) > 0 || m.redrives != m.row.redrives {
		return setRest
	}
	if due != m.row.due {
		bits |= setDue
	}
	if m.pending != m.row.pending {
		bits |= setPending
	}
	return bits
}

// dueSlack is how much earlier than wake_ms due_ms may be. Due skips rows that are early by reading at most so much ahead.
const dueSlack states.Millis = 10_000

// foldOld folds executions until the window holds those that lag, oldest first, or all of them.
func (w *writer) foldOld(all bool) error {
	left := len(w.lag.m)
	for _, d := range w.queue {
		m, ok := w.current(d.id)
		if !ok || m.first != d.first {
			continue
		}
		if !all && left <= w.window.executions && w.lastLog+int64(len(w.rows))-d.first < w.window.rows {
			return w.setFolded(d.first-1, false)
		}
		if err := w.fold(d.id, &m, end{}); err != nil {
			return err
		}
		w.staged[d.id] = m
		left--
	}
	return w.setFolded(w.lastLog, all)
}

// setFolded stores how far run is known to be up to date.
func (w *writer) setFolded(id int64, exact bool) error {
	if id == w.folded || !exact && id-w.folded < foldedStep {
		return nil
	}
	w.newFolded = id
	w.putFolded.bindInt(1, id)
	return w.putFolded.run()
}

// current returns an execution that lags, as the open transaction has it.
func (w *writer) current(id states.ExecID) (moving, bool) {
	m, ok := w.staged[id]
	if !ok {
		m, ok = w.lag.m[id]
	}
	return m, ok && m.first != 0
}

// publish makes what the transaction changed the truth.
func (w *writer) publish(batch []store.Write) {
	w.lag.mu.Lock()
	for id, m := range w.staged {
		if m.first == 0 {
			delete(w.lag.m, id)
		} else {
			w.lag.m[id] = m
		}
	}
	w.lag.lastLog = w.lastLog + int64(len(w.rows))
	w.lag.mu.Unlock()
	for i, r := range w.rows {
		id, log := batch[r.at].ID, w.lastLog+int64(i)+1
		if w.lag.m[id].first == log {
			w.queue = append(w.queue, dirty{id, log})
		}
	}
	void := 0
	for void < len(w.queue) && w.lag.m[w.queue[void].id].first != w.queue[void].first {
		void++
	}
	w.queue = w.queue[void:]
	w.lastLog += int64(len(w.rows))
	w.folded = w.newFolded
}

// inherit takes over what an owner left, or this one had before: the overlay is what the log says.
func (w *writer) inherit(o *overlay, lastLog, folded int64) {
	w.lag, w.lastLog, w.folded, w.newFolded = o, lastLog, folded, folded
	o.lastLog = lastLog
	w.queue = w.queue[:0]
	for id, m := range o.m {
		w.queue = append(w.queue, dirty{id, m.first})
	}
	slices.SortFunc(w.queue, func(a, b dirty) int { return cmp.Compare(a.first, b.first) })
}

// foldAll folds everything, unless there is another owner by now.
func (w *writer) foldAll(epoch int64) error {
	err := w.transaction(func() error {
		if err := w.fence(epoch); err != nil {
			return err
		}
		w.begun()
		return w.foldOld(true)
	})
	if err == nil {
		w.publish(nil)
	}
	return err
}
