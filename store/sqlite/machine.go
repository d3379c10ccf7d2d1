package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/gait-engine/gait/store"
)

// PutMachine implements [store.Store].
func (s *Store) PutMachine(ctx context.Context, m store.Machine) (revision int64, err error) {
	err = s.write(ctx, func() error {
		return s.w.transaction(func() error {
			revision, err = s.w.putMachine(m)
			return err
		})
	})
	if err != nil {
		return 0, wrap("put machine", err)
	}
	return revision, nil
}

func (w *writer) putMachine(m store.Machine) (int64, error) {
	id, err := w.machine(m.Name)
	if err != nil {
		return 0, err
	}
	newest, err := w.c.prepare("SELECT revision, definition, settings FROM revision WHERE machine = ? ORDER BY revision DESC LIMIT 1")
	if err != nil {
		return 0, err
	}
	defer w.c.finalize(newest)
	newest.bindInt(1, id)
	there, err := newest.step()
	if err != nil {
		return 0, err
	}
	revision := int64(1)
	if there {
		revision = newest.int(0)
		if bytes.Equal(newest.bytes(1), m.Definition) && bytes.Equal(newest.bytes(2), m.Settings) {
			return revision, nil
		}
		revision++
		newest.reset()
	}
	insert, err := w.c.prepare("INSERT INTO revision (machine, revision, created_ms, settings, definition) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return 0, err
	}
	defer w.c.finalize(insert)
	insert.bindInt(1, id)
	insert.bindInt(2, revision)
	insert.bindInt(3, m.Created.UnixMilli())
	if err := insert.bindBytes(4, m.Settings); err != nil {
		return 0, err
	}
	if err := insert.bindBytes(5, m.Definition); err != nil {
		return 0, err
	}
	return revision, insert.run()
}

const machineColumns = "SELECT m.name, r.revision, r.created_ms, r.settings, r.definition FROM machine m JOIN revision r ON r.machine = m.id "

func scanMachine(row interface{ Scan(...any) error }) (m store.Machine, err error) {
	var created int64
	err = row.Scan(&m.Name, &m.Revision, &created, &m.Settings, &m.Definition)
	m.Created = time.UnixMilli(created).UTC()
	return m, err
}

// Machine implements [store.Store].
func (s *Store) Machine(ctx context.Context, name string, revision int64) (m store.Machine, err error) {
	err = s.reading(ctx, "machine", func() error {
		if revision == 0 {
			m, err = scanMachine(s.read.newest.QueryRowContext(ctx, name))
		} else {
			m, err = scanMachine(s.read.machine.QueryRowContext(ctx, name, revision))
		}
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrNotFound
		}
		return err
	})
	return m, err
}

// Machines implements [store.Store].
func (s *Store) Machines(ctx context.Context, after string, limit int) (all []store.Machine, err error) {
	err = s.reading(ctx, "machines", func() error {
		rows, err := s.read.machines.QueryContext(ctx, after, clamp(limit))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			m, err := scanMachine(rows)
			if err != nil {
				return err
			}
			all = append(all, m)
		}
		return rows.Err()
	})
	return all, err
}
