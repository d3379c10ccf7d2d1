package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	_ "modernc.org/sqlite" // the driver of the readers

	"github.com/gait-engine/gait/store"
)

var _ store.Store = (*Store)(nil)

// Synchronous says how far a commit must have come before Apply returns.
type Synchronous int

// The levels. Full survives a power cut; Normal survives a kill of the process but may lose the last commits, never their
// order, when the machine goes down.
const (
	Full Synchronous = iota
	Normal
)

// Options tunes a store. The zero Options has the defaults.
type Options struct {
	Synchronous Synchronous
	BusyTimeout time.Duration // how long to wait for another process that writes to the file; default 5 s
	Readers     int           // connections that read at once; default 4
	// MaxBytes bounds the size of the database file: a commit beyond it fails as on a full disk. Default no bound.
	MaxBytes int64
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	path string

	life   sync.RWMutex // held for reading by every call, for writing by Close
	closed bool

	mu     sync.Mutex // guards what follows
	w      *writer
	lock   *os.File // nil while not the owner
	holder string
	epoch  int64

	lag     atomic.Pointer[overlay] // what run lags behind the log, which the owner knows; nil while not the owner
	seen    atomic.Pointer[overlay] // what it lagged when this store, not being the owner, last looked; never changed
	readers *sql.DB
	read    statements
}

// Open opens the store in a file, and creates the file when it is not there. Its directory must exist: else the error matches
// [io/fs.ErrNotExist].
//
// The error matches [store.ErrForeign] when the file is something else, [store.ErrSchema] when a later version wrote it, and
// [store.ErrOwned] when its schema is older and a running engine keeps it from being brought up to date. A store may be open
// in several processes; one of them at a time owns it.
func Open(ctx context.Context, path string, opts Options) (*Store, error) {
	s, err := open(ctx, path, opts)
	if err != nil {
		if e := new(Error); errors.As(err, &e) && e.Code&0xFF == sqlite3.SQLITE_NOTADB {
			err = store.ErrForeign
		}
		return nil, fmt.Errorf("store: open %q: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string, opts Options) (_ *Store, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if path == "" || path == ":memory:" {
		return nil, errors.New("a store needs a file")
	}
	if opts.BusyTimeout <= 0 {
		opts.BusyTimeout = 5 * time.Second
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // so that the lock has one name
	}
	busy := int(opts.BusyTimeout.Milliseconds())
	c, err := openConn(path, busy)
	if err != nil {
		if _, dir := os.Stat(filepath.Dir(path)); dir != nil {
			err = dir // SQLite says no more than that it cannot open the file
		}
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = c.close() // the first error says more
		}
	}()
	if err := upgrade(ctx, c, path, opts); err != nil {
		return nil, err
	}
	// A file that cannot be written is found out here, not by the first commit.
	if err := c.writable(); err != nil {
		return nil, err
	}
	s := &Store{path: path}
	if s.w, err = newWriter(c); err != nil {
		return nil, err
	}
	dsn := fmt.Sprintf("file:%s?mode=rw&_pragma=busy_timeout(%d)&_pragma=query_only(1)", (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), busy)
	if s.readers, err = sql.Open("sqlite", dsn); err != nil {
		return nil, err
	}
	n := opts.Readers
	if n <= 0 {
		n = 4
	}
	s.readers.SetMaxOpenConns(n)
	s.readers.SetMaxIdleConns(n)
	if err = s.read.prepare(ctx, s.readers); err != nil {
		_ = s.readers.Close() // the first error says more
		return nil, err
	}
	return s, nil
}

// configure sets what SQLite does not keep in the file, and the WAL mode, which it does.
func configure(c *conn, opts Options) error {
	level := "FULL"
	if opts.Synchronous == Normal {
		level = "NORMAL"
	}
	s, err := c.prepare("PRAGMA journal_mode = WAL")
	if err != nil {
		return err
	}
	_, err = s.step()
	mode := string(s.bytes(0))
	c.finalize(s)
	if err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not allow WAL mode: journal_mode is %q", mode)
	}
	if err := c.exec("PRAGMA synchronous = " + level + "; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF"); err != nil {
		return err
	}
	if opts.MaxBytes > 0 {
		size, err := c.queryInt("PRAGMA page_size")
		if err != nil {
			return err
		}
		return c.exec(fmt.Sprintf("PRAGMA max_page_count = %d", max(1, opts.MaxBytes/size)))
	}
	return nil
}

// upgrade configures the connection and brings the schema up to date when it is older. That takes the owner's lock, for which
// it waits as long as for a lock of SQLite: two processes may create one store at the same moment.
func upgrade(ctx context.Context, c *conn, path string, opts Options) error {
	timeout := time.NewTimer(opts.BusyTimeout)
	defer timeout.Stop()
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for {
		version, err := identify(c)
		if err != nil {
			return err
		}
		if version == schemaVersion {
			return configure(c, opts)
		}
		lock, err := lockFile(path + "-lock")
		if err == nil {
			defer unlockFile(lock)
			if err := configure(c, opts); err != nil {
				return err
			}
			return migrate(c)
		}
		if !errors.Is(err, store.ErrOwned) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout.C:
			return err
		case <-retry.C:
		}
	}
}

// Own implements [store.Store]. The error names the holder when there is one.
func (s *Store) Own(ctx context.Context, holder string) (store.Ownership, error) {
	var own store.Ownership
	err := s.write(ctx, func() error {
		if s.lock != nil && s.holder != holder {
			return fmt.Errorf("%w: %q", store.ErrOwned, s.holder)
		}
		lock := s.lock
		if lock == nil {
			var err error
			if lock, err = lockFile(s.path + "-lock"); err != nil {
				if errors.Is(err, store.ErrOwned) {
					if by, err := s.w.currentHolder(); err == nil && by != "" {
						return fmt.Errorf("%w: %q", store.ErrOwned, by)
					}
				}
				return err
			}
		}
		var err error
		if own, err = s.w.own(holder); err == nil {
			err = s.inherit(ctx)
		}
		if err != nil {
			if s.lock == nil {
				_ = unlockFile(lock) // the first error says more
			}
			return err
		}
		s.lock, s.holder, s.epoch = lock, holder, own.Epoch
		return nil
	})
	if err != nil {
		return store.Ownership{}, wrap("own", err)
	}
	return own, nil
}

// inherit makes this store the one that knows what run lags behind the log.
func (s *Store) inherit(ctx context.Context) error {
	lag, err := replay(ctx, s.read.unfolded)
	if err != nil {
		return err
	}
	last, err := s.w.c.queryInt("SELECT max(id) FROM log")
	if err != nil {
		return err
	}
	folded, err := s.w.c.queryInt("SELECT folded FROM owner")
	if err != nil {
		return err
	}
	s.w.inherit(lag, last, folded)
	s.lag.Store(lag)
	return nil
}

// write runs f with the connection that writes.
func (s *Store) write(ctx context.Context, f func() error) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed {
		return store.ErrClosed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return f()
}

// Close waits for calls that run, folds the log, moves the WAL into the database, and gives up ownership.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.closed = true
	if s.lag.Load() != nil {
		_ = s.w.foldAll(s.epoch) // the next owner replays what could not be folded
	}
	err := s.readers.Close()
	// A reader in another process may hold the WAL back; it then stays, and is read at the next Open.
	_, checkpoint := s.w.c.queryInt("PRAGMA wal_checkpoint(TRUNCATE)")
	err = errors.Join(err, checkpoint, s.w.c.close())
	if s.lock != nil {
		err = errors.Join(err, unlockFile(s.lock))
	}
	if err != nil {
		return wrap("close", err)
	}
	return nil
}

// wrap adds what was done to an error that is not of the contract.
func wrap(what string, err error) error {
	for _, plain := range []error{store.ErrClosed, store.ErrNotFound, store.ErrOwned, store.ErrFenced} {
		if errors.Is(err, plain) {
			return err
		}
	}
	return fmt.Errorf("store: %s: %w", what, err)
}
