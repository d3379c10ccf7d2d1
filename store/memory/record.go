package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/gait-engine/gait/store"
)

// PutRecord implements [store.Store].
func (s *Store) PutRecord(ctx context.Context, r store.Record) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.d.mu.Unlock()
	if s.d.records[r.Kind] == nil {
		s.d.records[r.Kind] = map[string][]byte{}
	}
	s.d.records[r.Kind][r.Name] = bytes.Clone(r.Body)
	return nil
}

// DeleteRecord implements [store.Store].
func (s *Store) DeleteRecord(ctx context.Context, kind, name string) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.d.mu.Unlock()
	if _, ok := s.d.records[kind][name]; !ok {
		return store.ErrNotFound
	}
	delete(s.d.records[kind], name)
	return nil
}

// Record implements [store.Store].
func (s *Store) Record(ctx context.Context, kind, name string) (store.Record, error) {
	if err := s.rlock(ctx); err != nil {
		return store.Record{}, err
	}
	defer s.d.mu.RUnlock()
	body, ok := s.d.records[kind][name]
	if !ok {
		return store.Record{}, store.ErrNotFound
	}
	return store.Record{Kind: kind, Name: name, Body: bytes.Clone(body)}, nil
}

// Records implements [store.Store].
func (s *Store) Records(ctx context.Context, kind, after string, limit int) ([]store.Record, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.d.mu.RUnlock()
	names := slices.Sorted(maps.Keys(s.d.records[kind]))
	from, found := slices.BinarySearch(names, after)
	if found {
		from++
	}
	var all []store.Record
	for _, name := range names[from:min(len(names), from+clamp(limit))] {
		all = append(all, store.Record{Kind: kind, Name: name, Body: bytes.Clone(s.d.records[kind][name])})
	}
	return all, nil
}
