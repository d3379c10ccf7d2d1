package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/gait-engine/gait/store"
)

// PutRecord implements [store.Store].
func (s *Store) PutRecord(ctx context.Context, r store.Record) error {
	return s.change(ctx, "put record", func(c *conn) error {
		put, err := c.prepare("INSERT INTO record (kind, name, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body")
		if err != nil {
			return err
		}
		defer c.finalize(put)
		if err := bindName(put, r.Kind, r.Name); err != nil {
			return err
		}
		if err := put.bindBytes(3, r.Body); err != nil {
			return err
		}
		return put.run()
	})
}

// DeleteRecord implements [store.Store].
func (s *Store) DeleteRecord(ctx context.Context, kind, name string) error {
	return s.change(ctx, "delete record", func(c *conn) error {
		remove, err := c.prepare("DELETE FROM record WHERE kind = ? AND name = ? RETURNING 1")
		if err != nil {
			return err
		}
		defer c.finalize(remove)
		if err := bindName(remove, kind, name); err != nil {
			return err
		}
		there, err := remove.step()
		if err == nil && !there {
			return store.ErrNotFound
		}
		return err
	})
}

// change runs f in a transaction of its own.
func (s *Store) change(ctx context.Context, what string, f func(c *conn) error) error {
	err := s.write(ctx, func() error { return s.w.transaction(func() error { return f(s.w.c) }) })
	if err != nil {
		return wrap(what, err)
	}
	return nil
}

func bindName(s *stmt, kind, name string) error {
	if err := s.bindText(1, kind); err != nil {
		return err
	}
	return s.bindText(2, name)
}

// Record implements [store.Store].
func (s *Store) Record(ctx context.Context, kind, name string) (r store.Record, err error) {
	err = s.reading(ctx, "record", func() error {
		err := s.read.record.QueryRowContext(ctx, kind, name).Scan(&r.Kind, &r.Name, &r.Body)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrNotFound
		}
		return err
	})
	return r, err
}

// Records implements [store.Store].
func (s *Store) Records(ctx context.Context, kind, after string, limit int) (all []store.Record, err error) {
	err = s.reading(ctx, "records", func() error {
		rows, err := s.read.records.QueryContext(ctx, kind, after, clamp(limit))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r store.Record
			if err := rows.Scan(&r.Kind, &r.Name, &r.Body); err != nil {
				return err
			}
			all = append(all, r)
		}
		return rows.Err()
	})
	return all, err
}
