// Package sqlite is the default store: one SQLite file, in pure Go.
//
// A transaction is on disk before [Store.Apply] returns: the file is in WAL mode and synchronous is FULL unless
// [Options].Synchronous says otherwise. One connection writes, through the lib package of modernc.org/sqlite so that a commit
// costs no allocation per value; a few read-only ones read, through database/sql. No call waits for a reader.
//
// # Files
//
// Beside the database there are the -wal and -shm files of SQLite and a -lock file. The operating system's lock on it says who
// owns the store, so a second engine is refused at once and a dead one leaves nothing behind; the epoch in the database
// fences an owner that lost the lock in ways no lock can see. Keep the files on a local disk.
//
// # Layout
//
// Facts of an execution, its moving part, its state and its log are in tables of their own (migration/0003.sql). A commit updates
// one row in place, where id and sequence number must match, and appends one log row; no row changed is [store.ErrConflict], with
// nothing to undo. Columns that a commit does not change are left out of its statement, for SQLite rewrites every index entry
// whose column is named. The log has no index: each row names the one before it of its execution.
//
// # Versions
//
// The schema is changed by numbered scripts, one transaction each, recorded in user_version. A file of a later version is
// refused with [store.ErrSchema], one of another program with [store.ErrForeign] before anything in it is touched.
//
// # When the disk fails
//
// A full disk, a read error or a failed write is the error of the whole batch, wrapped in an [Error] with SQLite's code;
// nothing of the batch is visible and earlier commits stay. The exception is the one every database has: when the disk
// reports a failed sync and the process then dies, the batch may be found complete after the restart, never in part.
package sqlite
