package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/gait-engine/gait/store/sqlite"
)

func TestFullDiskLosesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("1 check left out: mounting a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ballast, path := filepath.Join(dir, "ballast"), filepath.Join(dir, "gait.db")
	writeFile(t, ballast, make([]byte, 512<<10))
	s := mustOpen(t, path, sqlite.Options{})
	own, err := s.Own(t.Context(), "e")
	if err != nil {
		t.Fatal(err)
	}
	n, err := fill(t, s, own.Epoch, 1)
	if e := new(sqlite.Error); !errors.As(err, &e) {
		t.Errorf("%v, want an *Error", err)
	}
	t.Logf("%d executions, then: %v", n-1, err)
	intact(t, s, n)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	m, err := fill(t, s, own.Epoch, n)
	if m <= n {
		t.Errorf("nothing could be stored when there was room again: %v", err)
	}
	intact(t, s, m)
	// The WAL cannot be moved into the database now; that is an error, and loses nothing.
	if err := s.Close(); err != nil {
		t.Logf("close: %v", err)
	}
	intact(t, mustOpen(t, path, sqlite.Options{}), m)
	integrity(t, path)
}

// asNobody runs f in a thread without the rights of root, in a directory that it may enter.
func asNobody(t *testing.T, dir string, f func()) {
	t.Helper()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		err := syscall.Setfsuid(65534)
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Skipf("1 check left out: changing the user: %v", err)
	}
}

func TestReadOnlyFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gait.db")
	if err := mustOpen(t, path, sqlite.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, path)
	for _, mode := range []struct {
		name      string
		file, dir os.FileMode
	}{{"file", 0o444, 0o777}, {"file and directory", 0o444, 0o555}, {"directory", 0o666, 0o555}} {
		if err := errors.Join(os.Chmod(path, mode.file), os.Chmod(dir, mode.dir)); err != nil {
			t.Fatal(err)
		}
		asNobody(t, dir, func() {
			s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err == nil {
				_ = s.Close()
				t.Errorf("read-only %s: opened", mode.name)
			} else if e := new(sqlite.Error); !errors.As(err, &e) || !strings.Contains(err.Error(), path) {
				t.Errorf("read-only %s: %v, want an *Error with the path", mode.name, err)
			} else {
				t.Logf("read-only %s: %v", mode.name, err)
			}
		})
	}
	if string(readFile(t, path)) != string(before) {
		t.Error("the file was changed")
	}
}

func TestDirectoryThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	asNobody(t, dir, func() {
		_, err := sqlite.Open(t.Context(), filepath.Join(dir, "gait.db"), sqlite.Options{})
		if e := new(sqlite.Error); !errors.As(err, &e) {
			t.Errorf("%v, want an *Error", err)
		}
	})
}
