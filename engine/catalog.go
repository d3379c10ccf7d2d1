package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// machineKind is the kind of the records that hold what the engine keeps of a machine beside its revisions.
const machineKind = "machine"

// machineRecord is the body of such a record, as JSON. A machine without one has no versions and no aliases, and was never deleted.
// Records in memory are never changed: a change makes a new one.
type machineRecord struct {
	Created  states.Millis   `json:"created"`
	First    int64           `json:"first"`              // its first revision
	Publish  bool            `json:"publish,omitempty"`  // its creation was asked to make a version,
	About    string          `json:"about,omitempty"`    // described by this
	Life     int             `json:"life,omitempty"`     // how often a machine of this name was deleted
	Deleted  int64           `json:"deleted,omitempty"`  // the last revision of the one that was deleted
	Last     int64           `json:"last,omitempty"`     // the greatest number of a version so far
	Versions []versionRecord `json:"versions,omitempty"` // by number
	Aliases  []aliasRecord   `json:"aliases,omitempty"`  // in the order in which they were made
}

type versionRecord struct {
	Number      int64         `json:"number"`
	Revision    int64         `json:"revision"`
	Description string        `json:"description,omitempty"`
	Created     states.Millis `json:"created"`
}

type aliasRecord struct {
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Routes      []aliasRoute  `json:"routes"`
	Created     states.Millis `json:"created"`
	Updated     states.Millis `json:"updated"`
}

type aliasRoute struct {
	Version int64 `json:"version"`
	Weight  int   `json:"weight"`
}

// catalog holds the records that were read. Readers, who do not own the store, keep none.
type catalog struct {
	mu    sync.RWMutex
	known map[string]*machineRecord // nil: nothing is kept
}

func (c *catalog) get(name string) *machineRecord {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.known[name]
}

func (c *catalog) put(name string, r *machineRecord) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known != nil {
		c.known[name] = r
	}
}

// record returns the record of a machine, store.ErrNotFound when there never was such a machine.
func (e *Engine) record(ctx context.Context, name string) (*machineRecord, error) {
	if r := e.catalog.get(name); r != nil {
		return r, nil
	}
	r := &machineRecord{First: 1}
	stored, err := e.store.Record(ctx, machineKind, name)
	switch {
	case err == nil:
		if err := json.Unmarshal(stored.Body, r); err != nil {
			return nil, fmt.Errorf("engine: machine %q: record as stored: %w", name, err)
		}
	case errors.Is(err, store.ErrNotFound):
		first, err := e.store.Machine(ctx, name, 1)
		if err != nil {
			return nil, err
		}
		r.Created = states.MillisOf(first.Created)
	default:
		return nil, err
	}
	e.catalog.put(name, r)
	return r, nil
}

// putRecord makes r the record of a machine. e.deploying is held.
func (e *Engine) putRecord(ctx context.Context, name string, r *machineRecord) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("engine: machine %q: record: %w", name, err)
	}
	if err := e.store.PutRecord(ctx, store.Record{Kind: machineKind, Name: name, Body: body}); err != nil {
		return &StoreError{Op: "put record", Err: err}
	}
	e.catalog.put(name, r)
	return nil
}

// standing is how a machine is there.
type standing uint8

const (
	absent standing = iota // never made, or gone
	active
	deleting // to be gone when its executions have ended
)

// stand returns the record and the newest revision of a machine, and whether it is there.
func (e *Engine) stand(ctx context.Context, name string) (*machineRecord, store.Machine, standing, error) {
	rec, err := e.record(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, store.Machine{}, absent, nil
	}
	if err != nil {
		return nil, store.Machine{}, absent, &StoreError{Op: "load machine", Err: err}
	}
	newest, err := e.store.Machine(ctx, name, 0)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return rec, newest, absent, nil
	case err != nil:
		return nil, newest, absent, &StoreError{Op: "load machine", Err: err}
	case newest.Revision > rec.Deleted:
		return rec, newest, active, nil
	}
	left, err := e.store.Find(ctx, store.Query{Machine: name, Statuses: onlyRunning, Limit: 1, Brief: true})
	if err != nil {
		return nil, newest, absent, &StoreError{Op: "load machine", Err: err}
	}
	if len(left) > 0 {
		return rec, newest, deleting, nil
	}
	return rec, newest, absent, nil
}

// living returns the record and the newest revision of a machine that can be used. The errors are *NotFoundError, *DeletingError and
// *StoreError.
func (e *Engine) living(ctx context.Context, r machineRef) (*machineRecord, store.Machine, error) {
	rec, newest, s, err := e.stand(ctx, r.name)
	switch {
	case err != nil:
	case s == absent:
		err = &NotFoundError{ARN: r.given, Machine: true}
	case s == deleting:
		err = &DeletingError{ARN: e.arns.machine + r.name}
	}
	return rec, newest, err
}

// clone returns a copy of r to be changed.
func (r *machineRecord) clone() *machineRecord {
	c := *r
	c.Versions, c.Aliases = slices.Clone(r.Versions), slices.Clone(r.Aliases)
	return &c
}

// version returns a version, nil when there is none of this number.
func (r *machineRecord) version(number int64) *versionRecord {
	i := slices.IndexFunc(r.Versions, func(v versionRecord) bool { return v.Number == number })
	if i < 0 {
		return nil
	}
	return &r.Versions[i]
}

// alias returns an alias, nil when there is none of this name.
func (r *machineRecord) alias(name string) *aliasRecord {
	i := slices.IndexFunc(r.Aliases, func(a aliasRecord) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Aliases[i]
}
