package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// Apply implements [store.Store]. Nothing in it can fail half way, so a batch needs no undoing.
func (s *Store) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	errs := make([]error, len(batch))
	err := s.lock(ctx)
	if err == nil {
		defer s.d.mu.Unlock()
		if s.d.owner != s || s.d.epoch != epoch {
			err = store.ErrFenced
		}
	}
	for i := range batch {
		if err != nil {
			errs[i] = err
		} else {
			errs[i] = s.d.apply(&batch[i])
		}
	}
	return errs
}

func (d *data) apply(w *store.Write) error {
	x := d.execs[w.ID]
	if w.Create != nil {
		key := name{w.Create.Machine, w.Create.Name}
		if _, taken := d.names[key]; taken {
			return store.ErrExists
		}
		if x != nil || w.Base != 0 {
			return store.ErrConflict
		}
		x = &execution{Execution: store.Execution{
			ID: w.ID, Machine: w.Create.Machine, Revision: w.Create.Revision, Name: w.Create.Name,
			Settings: bytes.Clone(w.Create.Settings), Input: bytes.Clone(w.Create.Input), Started: w.Create.Started,
		}}
		d.execs[w.ID], d.names[key] = x, w.ID
		at, _ := slices.BinarySearch(d.ids, w.ID)
		d.ids = slices.Insert(d.ids, at, w.ID)
	} else if x == nil || x.Seq != w.Base {
		return store.ErrConflict
	}
	x.Seq, x.Events, x.Status, x.Stopped, x.Redrives = w.Base+1, w.Events, w.Status, w.Stopped, w.Redrives
	x.Outcome = bytes.Clone(w.Outcome)
	if w.State != nil {
		x.State, x.StateSeq = bytes.Clone(w.State), x.Seq
	}
	x.log = append(x.log, store.Entry{Seq: x.Seq, FirstEvent: w.FirstEvent, Body: bytes.Clone(w.Log)})
	due, pending := w.Due, w.Pending
	if w.Status != states.Running {
		due, pending = 0, false
	}
	d.reschedule(x, due, pending)
	return nil
}

// reschedule moves x in the ordered lists.
func (d *data) reschedule(x *execution, due states.Millis, pending bool) {
	if due != x.due {
		if at, ok := slices.BinarySearchFunc(d.due, store.DueExecution{ID: x.ID, Due: x.due}, byDue); ok {
			d.due = slices.Delete(d.due, at, at+1)
		}
		if due != 0 {
			entry := store.DueExecution{ID: x.ID, Due: due}
			at, _ := slices.BinarySearchFunc(d.due, entry, byDue)
			d.due = slices.Insert(d.due, at, entry)
		}
		x.due = due
	}
	if pending != x.pending {
		at, _ := slices.BinarySearch(d.pending, x.ID)
		if pending {
			d.pending = slices.Insert(d.pending, at, x.ID)
		} else {
			d.pending = slices.Delete(d.pending, at, at+1)
		}
		x.pending = pending
	}
}

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, id states.ExecID) (store.Execution, error) {
	if err := s.rlock(ctx); err != nil {
		return store.Execution{}, err
	}
	defer s.d.mu.RUnlock()
	x := s.d.execs[id]
	if x == nil {
		return store.Execution{}, store.ErrNotFound
	}
	return x.clone(), nil
}

func (x *execution) clone() store.Execution {
	c := x.Execution
	c.Settings, c.Input = bytes.Clone(c.Settings), bytes.Clone(c.Input)
	c.Outcome, c.State = bytes.Clone(c.Outcome), bytes.Clone(c.State)
	c.Tail = slices.Clone(x.log[c.StateSeq:]) // the seq of the first entry is 1
	for i := range c.Tail {
		c.Tail[i].Body = bytes.Clone(c.Tail[i].Body)
	}
	return c
}

// Find implements [store.Store].
func (s *Store) Find(ctx context.Context, q store.Query) ([]store.Execution, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.d.mu.RUnlock()
	limit := min(cmp.Or(max(q.Limit, 0), 100), 1000)
	last := len(s.d.ids)
	if q.Before > 0 {
		last, _ = slices.BinarySearch(s.d.ids, q.Before)
	}
	var found []store.Execution
	for i := last - 1; i >= 0 && len(found) < limit; i-- {
		x := s.d.execs[s.d.ids[i]]
		if !matches(x, &q) {
			continue
		}
		c := x.Execution
		c.State, c.StateSeq = nil, 0
		if q.Brief {
			c.Settings, c.Input, c.Outcome = bytes.Clone(c.Settings), nil, nil
		} else {
			c.Settings, c.Input, c.Outcome = bytes.Clone(c.Settings), bytes.Clone(c.Input), bytes.Clone(c.Outcome)
		}
		found = append(found, c)
	}
	return found, nil
}

func matches(x *execution, q *store.Query) bool {
	return (q.Machine == "" || x.Machine == q.Machine) && (q.Name == "" || x.Name == q.Name) &&
		(len(q.Statuses) == 0 || slices.Contains(q.Statuses, x.Status)) &&
		(q.From == 0 || x.Started >= q.From) && (q.To == 0 || x.Started < q.To) &&
		(q.Redriven == nil || *q.Redriven == (x.Redrives > 0))
}

// Log implements [store.Store].
func (s *Store) Log(ctx context.Context, id states.ExecID, from int64, reverse bool, limit int) ([]store.Entry, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.d.mu.RUnlock()
	x := s.d.execs[id]
	if x == nil || !reverse && from > x.Events {
		return nil, nil
	}
	// The last entry that begins at or before the place: it or those after hold the events from there up.
	at, _ := slices.BinarySearchFunc(x.log, from+1, func(e store.Entry, first int64) int { return cmp.Compare(e.FirstEvent, first) })
	if from == 1<<63-1 {
		at = len(x.log)
	}
	var entries []store.Entry
	if reverse {
		for i := at - 1; i >= 0 && len(entries) < clamp(limit); i-- {
			entries = append(entries, x.log[i])
		}
	} else {
		begin := max(at-1, 0)
		entries = slices.Clone(x.log[begin:min(begin+clamp(limit), len(x.log))])
	}
	for i := range entries {
		entries[i].Body = bytes.Clone(entries[i].Body)
	}
	return entries, nil
}

// Due implements [store.Store].
func (s *Store) Due(ctx context.Context, before states.Millis, limit int) ([]store.DueExecution, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.d.mu.RUnlock()
	n := 0
	for n < len(s.d.due) && n < clamp(limit) && s.d.due[n].Due <= before {
		n++
	}
	return slices.Clone(s.d.due[:n]), nil
}

// Pending implements [store.Store].
func (s *Store) Pending(ctx context.Context, after states.ExecID, limit int) ([]states.ExecID, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.d.mu.RUnlock()
	at, found := slices.BinarySearch(s.d.pending, after)
	if found {
		at++
	}
	return slices.Clone(s.d.pending[at:min(at+clamp(limit), len(s.d.pending))]), nil
}
