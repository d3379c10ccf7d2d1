// Package store defines what an engine needs of durable storage: machines, executions with their packed state, and an
// append-only log per execution.
//
// Stores move bytes and keep the columns they search by; what the bytes mean is the engine's business (package
// internal/pack). The package is a host seam: it is not covered by the compatibility promise before v1.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/gait-engine/gait/states"
)

// Store keeps machines, executions and logs. Methods are safe for concurrent use; Apply is called by one goroutine at a time.
// Every implementation must pass storetest.Run. After Close every method returns ErrClosed.
type Store interface {
	// Own takes the store for holder, or refuses with ErrOwned while another live process or engine has it. Each take raises
	// the epoch, and a write under an older epoch fails with ErrFenced.
	Own(ctx context.Context, holder string) (Ownership, error)

	// PutMachine stores a definition under its name. The same bytes as the newest revision give that revision again; other
	// bytes make the next one, from 1. Revisions never change.
	PutMachine(ctx context.Context, m Machine) (revision int64, err error)
	// Machine returns a revision, 0 for the newest, or ErrNotFound.
	Machine(ctx context.Context, name string, revision int64) (Machine, error)
	// Machines returns the newest revision of each machine whose name is greater than after, by name, at most limit.
	Machines(ctx context.Context, after string, limit int) ([]Machine, error)

	// Apply makes a batch durable in one transaction before it returns. The result has one error per write, nil for those
	// that are stored: ErrConflict when Base is not the stored sequence number, ErrExists when Create names a taken name.
	// Such a write is left out and the others go on; any other error means that nothing of the batch was stored.
	Apply(ctx context.Context, epoch int64, batch []Write) []error

	// Load returns an execution with its packed state, or ErrNotFound.
	Load(ctx context.Context, id states.ExecID) (Execution, error)
	// Find returns executions that match, newest first. States are not loaded.
	Find(ctx context.Context, q Query) ([]Execution, error)
	// Log returns the entries of an execution with first events around a place: forward, those that hold events from `from` up;
	// in reverse, those that hold events from `from` down, newest first. At most limit entries.
	Log(ctx context.Context, id states.ExecID, from int64, reverse bool, limit int) ([]Entry, error)

	// Due returns running executions whose due time is set and not after before, earliest first, at most limit.
	Due(ctx context.Context, before states.Millis, limit int) ([]DueExecution, error)
	// Pending returns running executions with work to deliver and an id greater than after, by id, at most limit.
	Pending(ctx context.Context, after states.ExecID, limit int) ([]states.ExecID, error)

	// Close releases the store and its ownership.
	Close() error
}

// Ownership fences writes and seals task tokens. The key is made once, when the store is created, and survives restarts.
type Ownership struct {
	Epoch    int64
	TokenKey [32]byte
	LastID   states.ExecID // the greatest execution id in the store
}

// Machine is one revision of a stored definition.
type Machine struct {
	Name       string
	Revision   int64 // set by the store
	Definition []byte
	Settings   []byte // opaque: type, role and what else the engine keeps beside a definition
	Created    time.Time
}

// Execution is the header of an execution and, from Load, its packed state.
type Execution struct {
	ID       states.ExecID
	Machine  string
	Revision int64
	Name     string
	Settings []byte // opaque: facts of the start that the engine keeps (trace header, alias, parent, …)
	Input    []byte // JSON
	Started  states.Millis
	Status   states.Status
	Stopped  states.Millis // 0 while running
	Seq      uint64
	Events   int64
	Redrives int32
	Outcome  []byte // packed outcome; nil while running
	State    []byte // packed execution; nil from Find
}

// Write is one commit as a store sees it and, for the first commit of an execution, its header.
type Write struct {
	Create     *Execution // nil after the first commit; its moving fields are ignored
	ID         states.ExecID
	Base       uint64 // the stored Seq this write builds on; it becomes Base+1
	FirstEvent int64  // id of the first event in Log
	Events     int64  // events of the execution after this write
	Log        []byte // packed commit: records and state change, self-contained
	State      []byte // packed execution after this write
	Status     states.Status
	Stopped    states.Millis
	Due        states.Millis // not later than the earliest time the execution waits for; 0: none
	Pending    bool          // some frame waits for work that the engine has to deliver
	Redrives   int32
	Outcome    []byte
}

// Query selects executions. Zero fields do not restrict.
type Query struct {
	Machine  string
	Name     string          // exact
	Statuses []states.Status // any of these
	Before   states.ExecID   // ids below this one: the place to go on from
	From, To states.Millis   // started in [From, To)
	Redriven *bool
	Limit    int // default 100, at most 1,000
}

// Entry is one row of the log.
type Entry struct {
	Seq        uint64
	FirstEvent int64
	Body       []byte
}

// DueExecution is an execution that waits for a time.
type DueExecution struct {
	ID  states.ExecID
	Due states.Millis
}

// The errors of stores, for errors.Is.
var (
	ErrConflict = errors.New("store: commit is not based on the latest state")
	ErrExists   = errors.New("store: an execution with this name exists")
	ErrNotFound = errors.New("store: not found")
	ErrFenced   = errors.New("store: another owner has taken over")
	ErrOwned    = errors.New("store: owned by a running engine")
	ErrClosed   = errors.New("store: closed")
	ErrSchema   = errors.New("store: the file was written by a newer version")
	ErrForeign  = errors.New("store: the file is not a Gait store")
)
