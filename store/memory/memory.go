package memory

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

var _ store.Store = (*Store)(nil)

// Store is one handle to a store in memory. It is safe for concurrent use.
type Store struct {
	d      *data
	closed bool // guarded by d.mu
}

// data is what the handles share.
type data struct {
	mu       sync.RWMutex
	owner    *Store // the handle that owns the store; nil when none does
	holder   string
	epoch    int64
	key      [32]byte
	machines map[string][]store.Machine   // by revision
	records  map[string]map[string][]byte // by kind, then name
	execs    map[states.ExecID]*execution
	ids      []states.ExecID // ascending
	names    map[name]states.ExecID
	due      []store.DueExecution // ascending by time, then id
	pending  []states.ExecID      // ascending
}

type name struct{ machine, name string }

type execution struct {
	store.Execution
	due     states.Millis
	pending bool
	log     []store.Entry
}

// New returns an empty store.
func New() *Store {
	d := &data{
		machines: map[string][]store.Machine{}, records: map[string]map[string][]byte{},
		execs: map[states.ExecID]*execution{}, names: map[name]states.ExecID{},
	}
	_, _ = rand.Read(d.key[:]) // never fails
	return &Store{d: d}
}

// Reopen returns another handle to the same data, as another process that opens the same file would have. It may be called
// after Close. Ownership is per handle.
func (s *Store) Reopen() *Store { return &Store{d: s.d} }

// Own implements [store.Store].
func (s *Store) Own(ctx context.Context, holder string) (store.Ownership, error) {
	if err := s.lock(ctx); err != nil {
		return store.Ownership{}, err
	}
	d := s.d
	defer d.mu.Unlock()
	if d.owner != nil && (d.owner != s || d.holder != holder) {
		return store.Ownership{}, store.ErrOwned
	}
	d.owner, d.holder = s, holder
	d.epoch++
	own := store.Ownership{Epoch: d.epoch, TokenKey: d.key}
	if n := len(d.ids); n > 0 {
		own.LastID = d.ids[n-1]
	}
	return own, nil
}

// PutMachine implements [store.Store].
func (s *Store) PutMachine(ctx context.Context, m store.Machine) (int64, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.d.mu.Unlock()
	old := s.d.machines[m.Name]
	if n := len(old); n > 0 && bytes.Equal(old[n-1].Definition, m.Definition) && bytes.Equal(old[n-1].Settings, m.Settings) {
		return old[n-1].Revision, nil
	}
	m = cloneMachine(m)
	m.Revision = int64(len(old)) + 1
	s.d.machines[m.Name] = append(old, m)
	return m.Revision, nil
}

func cloneMachine(m store.Machine) store.Machine {
	m.Definition, m.Settings = bytes.Clone(m.Definition), bytes.Clone(m.Settings)
	return m
}

// Machine implements [store.Store].
func (s *Store) Machine(ctx context.Context, name string, revision int64) (store.Machine, error) {
	if err := s.rlock(ctx); err != nil {
		return store.Machine{}, err
	}
	defer s.d.mu.RUnlock()
	all := s.d.machines[name]
	if revision == 0 {
		revision = int64(len(all))
	}
	if revision < 1 || revision > int64(len(all)) {
		return store.Machine{}, store.ErrNotFound
	}
	return cloneMachine(all[revision-1]), nil
}

// Machines implements [store.Store].
func (s *Store) Machines(ctx context.Context, after string, limit int) ([]store.Machine, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.d.mu.RUnlock()
	var newest []store.Machine
	for name, all := range s.d.machines {
		if name > after {
			newest = append(newest, all[len(all)-1])
		}
	}
	slices.SortFunc(newest, func(a, b store.Machine) int { return strings.Compare(a.Name, b.Name) })
	newest = newest[:min(len(newest), clamp(limit))]
	for i := range newest {
		newest[i] = cloneMachine(newest[i])
	}
	return newest, nil
}

// Close implements [store.Store].
func (s *Store) Close() error {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.closed = true
	if s.d.owner == s {
		s.d.owner = nil
	}
	return nil
}

func (s *Store) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.d.mu.Lock()
	if s.closed {
		s.d.mu.Unlock()
		return store.ErrClosed
	}
	return nil
}

func (s *Store) rlock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.d.mu.RLock()
	if s.closed {
		s.d.mu.RUnlock()
		return store.ErrClosed
	}
	return nil
}

// clamp cuts a limit to what the contract allows.
func clamp(limit int) int { return min(max(limit, 1), 10_000) }

func byDue(a, b store.DueExecution) int {
	return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID))
}
