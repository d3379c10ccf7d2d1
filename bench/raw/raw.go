// Package raw is the limit that benchmarks compare with: the least that a durable log in SQLite does, in the fastest way the
// binding modernc.org/sqlite/lib allows. One prepared INSERT per commit, in a transaction that also reads the epoch.
package raw

import (
	"errors"
	"path/filepath"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/gait-engine/gait/store"
)

// Log is a table of commits. One goroutine may use it.
type Log struct {
	tls                          *libc.TLS
	db                           uintptr
	begin, epoch, insert, commit uintptr
	mem                          uintptr // C memory of the bodies of one batch
	size                         int
}

var errRaw = errors.New("raw: sqlite error")

// Open makes the file raw.db in dir.
func Open(dir string) (*Log, error) {
	r := &Log{tls: libc.NewTLS()}
	out := libc.Xmalloc(r.tls, 8)
	name, err := libc.CString(filepath.Join(dir, "raw.db"))
	if err != nil {
		return nil, err
	}
	if sqlite3.Xsqlite3_open_v2(r.tls, name, out, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE|sqlite3.SQLITE_OPEN_NOMUTEX, 0) != 0 {
		return nil, errRaw
	}
	r.db = *(*uintptr)(at(out))
	script, err := libc.CString(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
		CREATE TABLE owner (one INTEGER PRIMARY KEY, epoch INTEGER); INSERT INTO owner VALUES (1, 1);
		CREATE TABLE log (id INTEGER PRIMARY KEY, execution INTEGER NOT NULL, seq INTEGER NOT NULL, first_event INTEGER NOT NULL, body BLOB NOT NULL)`)
	if err != nil {
		return nil, err
	}
	if sqlite3.Xsqlite3_exec(r.tls, r.db, script, 0, 0, 0) != 0 {
		return nil, errRaw
	}
	for query, p := range map[string]*uintptr{
		"BEGIN IMMEDIATE": &r.begin, "COMMIT": &r.commit, "SELECT epoch FROM owner WHERE one = 1": &r.epoch,
		"INSERT INTO log (execution, seq, first_event, body) VALUES (?, ?, ?, ?)": &r.insert,
	} {
		text, err := libc.CString(query)
		if err != nil {
			return nil, err
		}
		if sqlite3.Xsqlite3_prepare_v3(r.tls, r.db, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, out, 0) != 0 {
			return nil, errRaw
		}
		*p = *(*uintptr)(at(out))
	}
	return r, nil
}

func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func (r *Log) run(s uintptr) bool {
	rc := sqlite3.Xsqlite3_step(r.tls, s)
	sqlite3.Xsqlite3_reset(r.tls, s)
	return rc == sqlite3.SQLITE_DONE || rc == sqlite3.SQLITE_ROW
}

// Apply writes the log bodies of one batch in one transaction.
func (r *Log) Apply(batch []store.Write) error {
	need := 0
	for i := range batch {
		need += len(batch[i].Log)
	}
	if need > r.size {
		libc.Xfree(r.tls, r.mem)
		r.mem, r.size = libc.Xmalloc(r.tls, libc.Tsize_t(2*need)), 2*need
	}
	ok := r.run(r.begin) && r.run(r.epoch)
	p := r.mem
	for i := range batch {
		w := &batch[i]
		copy(unsafe.Slice((*byte)(at(p)), len(w.Log)), w.Log)
		sqlite3.Xsqlite3_bind_int64(r.tls, r.insert, 1, int64(w.ID))
		sqlite3.Xsqlite3_bind_int64(r.tls, r.insert, 2, int64(w.Base)+1)
		sqlite3.Xsqlite3_bind_int64(r.tls, r.insert, 3, w.FirstEvent)
		sqlite3.Xsqlite3_bind_blob64(r.tls, r.insert, 4, p, uint64(len(w.Log)), 0)
		ok = ok && r.run(r.insert)
		p += uintptr(len(w.Log))
	}
	if ok = ok && r.run(r.commit); !ok {
		return errRaw
	}
	return nil
}
