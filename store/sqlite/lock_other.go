//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package sqlite

import (
	"errors"
	"os"
)

// lockFile refuses: without a lock that dies with its process, two engines could share a store.
func lockFile(path string) (*os.File, error) {
	return nil, &os.PathError{Op: "lock", Path: path, Err: errors.ErrUnsupported}
}

// unlockFile gives the lock back.
func unlockFile(f *os.File) error { return f.Close() }
