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
// Facts of an execution, its moving part, its state and its log are in tables of their own (migration/0003.sql, 0004.sql). The log comes
// first: of an execution that runs, a commit appends its row of the log and writes nothing else. The rows of run, which are what is
// searched, are brought up to date later ("folded"), oldest first and in the same transactions, when more than a window of
// executions or of rows lags behind; a commit that ends an execution folds it at once, and Close folds all. In between an overlay in
// memory answers. It is a function of the tables and of the log after owner.folded, so the next owner reads it from there after a
// crash, and so does each look of a process that does not own the store. A commit that is not based on the newest one of its
// execution, in the overlay or in run, is [store.ErrConflict], with nothing to undo. The log has no index: each row names the one
// before it of its execution.
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
