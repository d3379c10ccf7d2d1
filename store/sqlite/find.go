package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
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
	err = s.reading(ctx, "find", func() error {
		if q.Machine != "" {
			var id int64
			switch err := s.read.machineName.QueryRowContext(ctx, q.Machine).Scan(&id); {
			case errors.Is(err, sql.ErrNoRows):
				return nil
			case err != nil:
				return err
			}
			found, err = s.find(ctx, q, []int64{id})
			return err
		}
		rare := len(q.Statuses) > 0 && !slices.Contains(q.Statuses, states.Succeeded)
		var machines []int64
		if rare || q.Name != "" {
			if machines, err = s.machineIDs(ctx); err != nil {
				return err
			}
		}
		found, err = s.find(ctx, q, machines)
		return err
	})
	return found, err
}

// machineIDs returns the ids of the names of machines, none when they are too many to read one by one.
func (s *Store) machineIDs(ctx context.Context) (ids []int64, err error) {
	rows, err := s.readers.QueryContext(ctx, "SELECT id FROM machine LIMIT ?", maxMerged+1)
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

// find reads the executions of the machines, of all when there are none.
func (s *Store) find(ctx context.Context, q store.Query, machines []int64) ([]store.Execution, error) {
	statuses := q.Statuses
	rare := len(statuses) > 0 && !slices.Contains(statuses, states.Succeeded)
	if len(machines) == 0 || q.Name == "" && !rare {
		var p part
		if len(machines) > 0 {
			p.where("r.machine = ?", machines[0])
		}
		if q.Name != "" {
			p.where("e.name = ?", q.Name)
		}
		if len(statuses) > 0 {
			p.where("r.status IN ("+strings.Repeat("?, ", len(statuses)-1)+"?)", anys(statuses)...)
		}
		return s.query(ctx, q, p)
	}
	var merged []store.Execution
	for _, machine := range machines {
		if q.Name != "" {
			// A name is one execution of a machine at most.
			var p part
			p.where("r.id = (SELECT id FROM execution WHERE machine = ? AND name = ?)", machine, q.Name)
			if len(statuses) > 0 {
				p.where("r.status IN ("+strings.Repeat("?, ", len(statuses)-1)+"?)", anys(statuses)...)
			}
			found, err := s.query(ctx, q, p)
			if err != nil {
				return nil, err
			}
			merged = append(merged, found...)
			continue
		}
		for _, status := range statuses {
			var p part
			p.index = "run_rare"
			p.where("r.status <> 1 AND r.machine = ? AND r.status = ?", machine, int64(status))
			found, err := s.query(ctx, q, p)
			if err != nil {
				return nil, err
			}
			merged = append(merged, found...)
		}
	}
	slices.SortFunc(merged, func(a, b store.Execution) int { return cmp.Compare(b.ID, a.ID) })
	return merged[:min(len(merged), q.Limit)], nil
}

func anys(statuses []states.Status) []any {
	var all []any
	for _, s := range statuses {
		all = append(all, int64(s))
	}
	return all
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

// query runs one query with the terms that every kind of query has.
func (s *Store) query(ctx context.Context, q store.Query, p part) ([]store.Execution, error) {
	if q.Before > 0 {
		p.where("r.id < ?", int64(q.Before))
	}
	if q.From != 0 {
		p.where("e.started_ms >= ?", int64(q.From))
	}
	if q.To != 0 {
		p.where("e.started_ms < ?", int64(q.To))
	}
	if q.Redriven != nil {
		p.where("(r.redrives > 0) = ?", *q.Redriven)
	}
	text := selectExecution(q.Brief, false)
	if p.index != "" {
		text = strings.Replace(text, "run r ", "run r INDEXED BY "+p.index+" ", 1)
	}
	if len(p.terms) > 0 {
		text += " WHERE " + strings.Join(p.terms, " AND ")
	}
	rows, err := s.readers.QueryContext(ctx, text+" ORDER BY r.id DESC LIMIT ?", append(p.args, q.Limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []store.Execution
	for rows.Next() {
		x, err := scanExecution(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, x)
	}
	return found, rows.Err()
}
