package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// maxMerged is how many index ranges a query reads side by side before it prefers to read all executions from the newest down.
const maxMerged = 64

// Find implements [store.Store].
//
// Of a machine it reads the index of the machine or, for statuses other than succeeded, the index of the rare ones; without a
// machine the latter once per machine, as long as they are few. Times and redrives are checked row by row.
func (s *Store) Find(ctx context.Context, q store.Query) (found []store.Execution, err error) {
	q.Limit = min(cmp.Or(max(q.Limit, 0), 100), 1000)
	q.Statuses = slices.Clone(q.Statuses)
	slices.Sort(q.Statuses)
	q.Statuses = slices.Compact(q.Statuses)
	look := s.snapshot
	if q.Machine != "" && q.Name != "" {
		look = s.glance // it is one execution
	}
	err = look(ctx, "find", func(v view) error {
		f := finder{s: s, v: v, Query: q}
		found, err = f.find(ctx)
		return err
	})
	return found, err
}

// finder answers one query.
type finder struct {
	s *Store
	v view
	store.Query
	lagging map[states.ExecID]moving // what the tables say of these is of no account
}

// find reads the executions of the machines that are asked for.
func (f *finder) find(ctx context.Context) (found []store.Execution, err error) {
	rare := len(f.Statuses) > 0 && !slices.Contains(f.Statuses, states.Succeeded)
	var machines []int64
	switch {
	case f.Machine != "":
		var id int64
		switch err := f.v.stmt(ctx, f.s.read.machineName).QueryRowContext(ctx, f.Machine).Scan(&id); {
		case errors.Is(err, sql.ErrNoRows):
			return nil, nil
		case err != nil:
			return nil, err
		}
		machines = []int64{id}
	case rare || f.Name != "":
		if machines, err = f.machineIDs(ctx); err != nil {
			return nil, err
		}
	}
	if f.Name != "" && len(machines) > 0 {
		return f.named(ctx, machines)
	}
	f.lagging = f.v.lag.m
	if found, err = f.running(ctx, machines); err != nil {
		return nil, err
	}
	var parts []part
	if len(machines) > 0 && rare {
		for _, machine := range machines {
			for _, status := range f.Statuses {
				p := part{index: "run_rare"}
				p.where("r.status <> 1 AND r.machine = ? AND r.status = ?", machine, int64(status))
				parts = append(parts, p)
			}
		}
	} else {
		var p part
		if len(machines) > 0 {
			p.where("r.machine = ?", machines[0])
		}
		if f.Name != "" {
			p.where("e.name = ?", f.Name)
		}
		parts = []part{f.withStatus(p)}
	}
	for _, p := range parts {
		more, err := f.query(ctx, p)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return f.newest(found), nil
}

// named reads the execution of each machine that has the name, of which there is one at most.
func (f *finder) named(ctx context.Context, machines []int64) (found []store.Execution, err error) {
	for _, machine := range machines {
		var id states.ExecID
		err := f.v.stmt(ctx, f.s.read.nameOf).QueryRowContext(ctx, machine, f.Name).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var more []store.Execution
		m, lags := f.v.lag.get(id)
		if !lags {
			var p part
			p.where("r.id = ?", int64(id))
			more, err = f.query(ctx, f.withStatus(p))
			m, lags = f.v.since(id, m)
		}
		if lags {
			more, err = f.ahead(ctx, id, &m)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return f.newest(found), nil
}

func (f *finder) newest(found []store.Execution) []store.Execution {
	slices.SortFunc(found, func(a, b store.Execution) int { return cmp.Compare(b.ID, a.ID) })
	return found[:min(len(found), f.Limit)]
}

// running returns those that lag and match, the newest first. All that lag run.
func (f *finder) running(ctx context.Context, machines []int64) (found []store.Execution, err error) {
	for _, id := range slices.SortedFunc(maps.Keys(f.lagging), func(a, b states.ExecID) int { return cmp.Compare(b, a) }) {
		m := f.lagging[id]
		if f.Machine != "" && m.machine != machines[0] {
			continue
		}
		if len(found) == f.Limit {
			break
		}
		x, err := f.ahead(ctx, id, &m)
		if err != nil {
			return nil, err
		}
		found = append(found, x...)
	}
	return found, nil
}

// ahead returns an execution that lags if it matches.
func (f *finder) ahead(ctx context.Context, id states.ExecID, m *moving) ([]store.Execution, error) {
	if len(f.Statuses) > 0 && !slices.Contains(f.Statuses, states.Running) ||
		f.Before > 0 && id >= f.Before || f.Redriven != nil && *f.Redriven != (m.redrives > 0) {
		return nil, nil
	}
	start := f.s.read.start
	if f.Brief {
		start = f.s.read.startBrief
	}
	x, _, err := scanExecution(f.v.stmt(ctx, start).QueryRowContext(ctx, int64(id)))
	if err != nil {
		return nil, err
	}
	if x.Started < f.From || f.To != 0 && x.Started >= f.To || f.Name != "" && x.Name != f.Name {
		return nil, nil
	}
	m.fill(&x)
	x.StateSeq = 0
	return []store.Execution{x}, nil
}

// machineIDs returns the ids of the names of machines, none when they are too many to read one by one.
func (f *finder) machineIDs(ctx context.Context) (ids []int64, err error) {
	rows, err := f.v.stmt(ctx, f.s.read.machineIDs).QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if len(ids) > maxMerged {
		return nil, rows.Err()
	}
	return ids, rows.Err()
}

// part is the beginning of the WHERE of one query.
type part struct {
	index string // the index of run that must be used
	terms []string
	args  []any
}

func (p *part) where(term string, args ...any) {
	p.terms = append(p.terms, term)
	p.args = append(p.args, args...)
}

// withStatus adds the condition on the status.
func (f *finder) withStatus(p part) part {
	if n := len(f.Statuses); n > 0 {
		args := make([]any, n)
		for i, s := range f.Statuses {
			args[i] = int64(s)
		}
		p.where("r.status IN ("+strings.Repeat("?, ", n-1)+"?)", args...)
	}
	return p
}

// query runs one query with the terms that every kind of query has.
func (f *finder) query(ctx context.Context, p part) ([]store.Execution, error) {
	if f.Before > 0 {
		p.where("r.id < ?", int64(f.Before))
	}
	if f.From != 0 {
		p.where("e.started_ms >= ?", int64(f.From))
	}
	if f.To != 0 {
		p.where("e.started_ms < ?", int64(f.To))
	}
	if f.Redriven != nil {
		p.where("(r.redrives > 0) = ?", *f.Redriven)
	}
	text := selectExecution(f.Brief)
	if p.index != "" {
		text = strings.Replace(text, "run r ", "run r INDEXED BY "+p.index+" ", 1)
	}
	if len(p.terms) > 0 {
		text += " WHERE " + strings.Join(p.terms, " AND ")
	}
	query := f.s.readers.QueryContext
	if f.v.tx != nil {
		query = f.v.tx.QueryContext
	}
	rows, err := query(ctx, text+" ORDER BY r.id DESC LIMIT ?", append(p.args, f.Limit+len(f.lagging))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []store.Execution
	for len(found) < f.Limit && rows.Next() {
		x, _, err := scanExecution(rows)
		if err != nil {
			return nil, err
		}
		if _, lags := f.lagging[x.ID]; !lags {
			x.StateSeq = 0
			found = append(found, x)
		}
	}
	return found, rows.Err()
}
