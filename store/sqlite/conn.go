package sqlite

import (
	"fmt"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Error is an error of SQLite with its extended result code, https://sqlite.org/rescode.html.
type Error struct {
	Code    int
	Message string
}

// Error returns SQLite's message and the code.
func (e *Error) Error() string { return fmt.Sprintf("sqlite: %s (%d)", e.Message, e.Code) }

// conn is the connection that writes. It is used by one goroutine at a time.
//
// Memory: SQLite is translated C and sees only memory of its own allocator. Bytes are copied there into an arena, bound
// without another copy (SQLITE_STATIC), and must stay until the statement has run; [conn.recycle] then gives the arena back
// for the next transaction.
type conn struct {
	tls   *libc.TLS
	db    uintptr
	out   uintptr // room for one pointer
	arena arena
	stmts []*stmt
	fault func() error // tests: asked before each statement
}

// openConn opens or creates a database file and waits up to busyMillis for locks of other processes.
func openConn(path string, busyMillis int) (*conn, error) {
	c := &conn{tls: libc.NewTLS()}
	c.out = libc.Xmalloc(c.tls, 8)
	name, err := libc.CString(path)
	if err != nil || c.out == 0 {
		c.close()
		return nil, &Error{Code: sqlite3.SQLITE_NOMEM, Message: "out of memory"}
	}
	defer libc.Xfree(c.tls, name)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out,
		sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE|sqlite3.SQLITE_OPEN_NOMUTEX, 0)
	c.db = *(*uintptr)(at(c.out))
	if rc != sqlite3.SQLITE_OK {
		err := c.err(rc)
		c.close()
		return nil, err
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	sqlite3.Xsqlite3_busy_timeout(c.tls, c.db, int32(busyMillis))
	return c, nil
}

// close finalizes the statements and gives back all memory.
func (c *conn) close() error {
	var err error
	for _, s := range c.stmts {
		sqlite3.Xsqlite3_finalize(c.tls, s.p)
	}
	c.stmts = nil
	if c.db != 0 {
		if rc := sqlite3.Xsqlite3_close_v2(c.tls, c.db); rc != sqlite3.SQLITE_OK {
			err = c.err(rc)
		}
		c.db = 0
	}
	c.arena.free(c.tls)
	libc.Xfree(c.tls, c.out)
	c.tls.Close()
	return err
}

// err returns the error of the call that gave rc.
func (c *conn) err(rc int32) error {
	if c.db == 0 {
		return &Error{Code: int(rc), Message: libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))}
	}
	if code := sqlite3.Xsqlite3_extended_errcode(c.tls, c.db); code&0xFF == rc&0xFF {
		rc = code
	}
	return &Error{Code: int(rc), Message: libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))}
}

// exec runs a script of statements and drops their rows.
func (c *conn) exec(script string) error {
	p, err := libc.CString(script)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, p)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.db, p, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return c.err(rc)
	}
	return nil
}

// queryInt runs a query of one row and one column, NULL as 0.
func (c *conn) queryInt(query string) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	defer c.finalize(s)
	if row, err := s.step(); err != nil || !row {
		return 0, err
	}
	return s.int(0), nil
}

// writable reports an error when the file is open for reading only: SQLite falls back to that without a word.
func (c *conn) writable() error {
	name, err := libc.CString("main")
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	if sqlite3.Xsqlite3_db_readonly(c.tls, c.db, name) != 0 {
		return &Error{sqlite3.SQLITE_READONLY, libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, sqlite3.SQLITE_READONLY))}
	}
	return c.exec("BEGIN IMMEDIATE; ROLLBACK")
}

// inTransaction reports whether a transaction is open: SQLite ends it by itself after some errors.
func (c *conn) inTransaction() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// recycle makes the arena empty. Nothing that was bound may be used after it.
func (c *conn) recycle() { c.arena.reset(c.tls) }

// stmt is a prepared statement. Parameters count from 1, columns from 0.
type stmt struct {
	c *conn
	p uintptr
}

func (c *conn) prepare(query string) (*stmt, error) {
	p, err := libc.CString(query)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, p)
	if rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, p, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, c.out, 0); rc != sqlite3.SQLITE_OK {
		return nil, c.err(rc)
	}
	s := &stmt{c, *(*uintptr)(at(c.out))}
	c.stmts = append(c.stmts, s)
	return s, nil
}

func (c *conn) finalize(s *stmt) {
	for i := range c.stmts {
		if c.stmts[i] == s {
			c.stmts = append(c.stmts[:i], c.stmts[i+1:]...)
			break
		}
	}
	sqlite3.Xsqlite3_finalize(c.tls, s.p)
}

// Binding can only fail when the parameter does not exist or memory runs out; both show as a NULL that step then refuses or
// stores, so the code is not looked at except where NULL is a valid value.

func (s *stmt) bindInt(i int, v int64) { sqlite3.Xsqlite3_bind_int64(s.c.tls, s.p, int32(i), v) }

// bindIntOrNull binds NULL for 0.
func (s *stmt) bindIntOrNull(i int, v int64) {
	if v == 0 {
		sqlite3.Xsqlite3_bind_null(s.c.tls, s.p, int32(i))
	} else {
		sqlite3.Xsqlite3_bind_int64(s.c.tls, s.p, int32(i), v)
	}
}

// bindBytes binds a blob, NULL for none.
func (s *stmt) bindBytes(i int, b []byte) error {
	if len(b) == 0 {
		sqlite3.Xsqlite3_bind_null(s.c.tls, s.p, int32(i))
		return nil
	}
	return s.bound(sqlite3.Xsqlite3_bind_blob64(s.c.tls, s.p, int32(i), s.c.arena.copy(s.c.tls, b), uint64(len(b)), 0))
}

// bindBlob binds a blob, also an empty one.
func (s *stmt) bindBlob(i int, b []byte) error {
	if len(b) == 0 {
		return s.bound(sqlite3.Xsqlite3_bind_zeroblob(s.c.tls, s.p, int32(i), 0))
	}
	return s.bindBytes(i, b)
}

func (s *stmt) bindText(i int, t string) error {
	p := s.c.arena.copy(s.c.tls, unsafe.Slice(unsafe.StringData(t), len(t)))
	return s.bound(sqlite3.Xsqlite3_bind_text(s.c.tls, s.p, int32(i), p, int32(len(t)), 0))
}

func (s *stmt) bound(rc int32) error {
	if rc != sqlite3.SQLITE_OK {
		return s.c.err(rc)
	}
	return nil
}

// step runs the statement to its next row. Without one, and after an error, it is ready to run again.
func (s *stmt) step() (row bool, err error) {
	if s.c.fault != nil {
		if err := s.c.fault(); err != nil {
			return false, err
		}
	}
	switch rc := sqlite3.Xsqlite3_step(s.c.tls, s.p); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		sqlite3.Xsqlite3_reset(s.c.tls, s.p)
		return false, nil
	default:
		err = s.c.err(rc)
		sqlite3.Xsqlite3_reset(s.c.tls, s.p)
		return false, err
	}
}

// run runs a statement that gives no rows.
func (s *stmt) run() error {
	_, err := s.step()
	return err
}

// reset ends a statement that gave a row.
func (s *stmt) reset() { sqlite3.Xsqlite3_reset(s.c.tls, s.p) }

func (s *stmt) int(i int) int64 { return sqlite3.Xsqlite3_column_int64(s.c.tls, s.p, int32(i)) }

// bytes returns a copy of a blob or text.
func (s *stmt) bytes(i int) []byte {
	p := sqlite3.Xsqlite3_column_blob(s.c.tls, s.p, int32(i))
	n := int(sqlite3.Xsqlite3_column_bytes(s.c.tls, s.p, int32(i)))
	if p == 0 || n == 0 {
		return nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(at(p)), n)...)
}

// at turns an address of the C allocator, which the garbage collector does not know, into a pointer.
func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }
