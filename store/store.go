package store

import (
	"context"
	"errors"
	"time"

	"github.com/gait-engine/gait/states"
)

// Store keeps machines, executions and logs. Methods are safe for concurrent use; Apply is called by one goroutine at a time.
// Every implementation must pass storetest.Run. After Close every method returns ErrClosed. Limits are cut to 1..10,000.
// Bytes handed in are not kept, and bytes handed out belong to the caller. An error that is none of this package wraps that of
// the driver or the context.
type Store interface {
	// Own takes the store for holder, or refuses with ErrOwned while another live process or engine has it. Each take raises
	// the epoch, and a write under an older epoch fails with ErrFenced. The holder itself may take it again; Close gives it up,
	// and so does the death of the process.
	Own(ctx context.Context, holder string) (Ownership, error)

	// PutMachine stores a definition under its name. The same definition and settings as the newest revision give that
	// revision again; other bytes make the next one, from 1. Revisions never change. It does not need ownership.
	PutMachine(ctx context.Context, m Machine) (revision int64, err error)
	// Machine returns a revision, 0 for the newest, or ErrNotFound.
	Machine(ctx context.Context, name string, revision int64) (Machine, error)
	// Machines returns the newest revision of each machine whose name is greater than after, by name, at most limit.
	Machines(ctx context.Context, after string, limit int) ([]Machine, error)

	// PutRecord stores a record, in place of the one with its kind and name if there is one. It does not need ownership.
	PutRecord(ctx context.Context, r Record) error
	// Record returns a record, or ErrNotFound.
	Record(ctx context.Context, kind, name string) (Record, error)
	// Records returns the records of a kind whose name is greater than after, by name, at most limit.
	Records(ctx context.Context, kind, after string, limit int) ([]Record, error)
	// DeleteRecord removes a record, or returns ErrNotFound. It does not need ownership.
	DeleteRecord(ctx context.Context, kind, name string) error

	// Apply makes a batch durable in one transaction before it returns. The result has one error per write, nil for those
	// that are stored: ErrConflict when Base is not the stored sequence number or a created id is taken, ErrExists when Create names a taken name.
	// Such a write is left out and the others go on; any other error is that of every write, and means that nothing of the
	// batch was stored. Writes take effect in order, so one may build on an earlier one of its batch. ErrFenced also tells a
	// caller that does not own the store. The context ends the wait for the store, not a transaction that has begun.
	Apply(ctx context.Context, epoch int64, batch []Write) []error

	// Load returns an execution with its packed state and the entries of the log that came after it, or ErrNotFound.
	Load(ctx context.Context, id states.ExecID) (Execution, error)
	// Find returns executions that match, newest first (greatest id). States are not loaded. A page that begins below the
	// last id of the page before neither repeats nor skips what was there, whatever is added meanwhile.
	Find(ctx context.Context, q Query) ([]Execution, error)
	// Log returns the entries of an execution with first events around a place: forward, those that hold events from `from` up;
	// in reverse, those that hold events from `from` down, newest first. At most limit entries. Entries that hold no event may
	// stand among them. The first one may hold events on the other side of `from`. None when the execution does not exist.
	Log(ctx context.Context, id states.ExecID, from int64, reverse bool, limit int) ([]Entry, error)

	// Due returns running executions whose due time is set and not after before, earliest first, then by id, at most limit.
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

// Record is a small thing with a name that an engine keeps beside machines and executions: an activity, an alias, the tags of a
// machine. Names order by their bytes.
type Record struct {
	Kind, Name string
	Body       []byte // opaque
}

// Execution is the header of an execution and, from Load, its packed state: the last one that was stored, and what the log says
// happened since.
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
	State    []byte // packed execution as it was at StateSeq; nil when none is stored, and from Find
	StateSeq uint64
	Tail     []Entry // from Load: the entries of the log after StateSeq, up to Seq
}

// Write is one commit as a store sees it and, for the first commit of an execution, its header.
type Write struct {
	Create     *Execution // nil after the first commit; only Machine, Revision, Name, Settings, Input and Started are read
	ID         states.ExecID
	Base       uint64 // the stored Seq this write builds on, 0 with Create; it becomes Base+1
	FirstEvent int64  // id of the first event in Log
	Events     int64  // events of the execution after this write
	Log        []byte // packed commit: records and state change, self-contained
	// State is the packed execution after this write. nil keeps the one that is stored, if any, with its StateSeq, which saves a
	// store much of its work; empty removes it.
	State   []byte
	Status  states.Status
	Stopped states.Millis
	// Due is not later than the earliest time the execution waits for; 0: none. Too early is harmless, and a time that stays
	// the same costs a store nothing, so a host may keep an earlier time that has not passed. Ignored unless Running.
	Due      states.Millis
	Pending  bool // some frame waits for work that the engine has to deliver; ignored unless Running
	Redrives int32
	Outcome  []byte
}

// Query selects executions. Zero fields do not restrict.
type Query struct {
	Machine  string
	Name     string          // exact
	Statuses []states.Status // any of these
	Before   states.ExecID   // ids below this one: the place to go on from
	From, To states.Millis   // started in [From, To)
	Redriven *bool
	Limit    int  // default 100, at most 1,000
	Brief    bool // leave Input and Outcome nil, which may be large
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
