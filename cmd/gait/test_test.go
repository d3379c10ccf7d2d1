package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer may be written and read at the same time; grown tells of each write.
type lockedBuffer struct {
	mu    sync.Mutex
	b     bytes.Buffer
	grown chan struct{}
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.grown <- struct{}{}:
	default:
	}
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// await waits until the text has appeared n times.
func (l *lockedBuffer) await(t *testing.T, text string, n int) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for strings.Count(l.String(), text) < n {
		select {
		case <-l.grown:
		case <-time.After(10 * time.Millisecond): // a write between the two
		case <-deadline:
			t.Fatalf("want %q %d times in:\n%s", text, n, l)
		}
	}
}

// replace writes a file at once: nobody sees it empty.
func replace(t *testing.T, name, text string) {
	t.Helper()
	write(t, "written", text)
	if err := os.Rename("written", name); err != nil {
		t.Fatal(err)
	}
}

// TestWatchRunsAgainWhenAFileChanges changes a suite, breaks it, mends the definition and adds a suite.
func TestWatchRunsAgainWhenAFileChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "m.asl.json", `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 1, "End": true}}}`)
	write(t, "m.test.yaml", "tests: [{name: one, expect: {output: 1}}]")
	ctx, cancel := context.WithCancel(t.Context())
	out, errs := &lockedBuffer{grown: make(chan struct{}, 1)}, &lockedBuffer{grown: make(chan struct{}, 1)}
	code := make(chan int)
	go func() { code <- Run(ctx, []string{"test", "--watch"}, strings.NewReader(""), out, errs, os.Environ()) }()

	out.await(t, "1 passed, 0 failed\n", 1)
	errs.await(t, "watching 2 files", 1)
	replace(t, "m.test.yaml", "tests: [{name: one, expect: {output: 22}}]")
	out.await(t, "0 passed, 1 failed\n", 1)
	errs.await(t, "watching 2 files", 2)
	replace(t, "m.test.yaml", "tests: [{name: one, expct: {output: 22}}]")
	errs.await(t, "did you mean", 1)
	errs.await(t, "watching", 3)
	replace(t, "m.test.yaml", "tests: [{name: one, expect: {output: 22}}]")
	errs.await(t, "watching", 4)
	replace(t, "m.asl.json", `{"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 22, "End": true}}}`)
	out.await(t, "1 passed, 0 failed\n", 2)
	errs.await(t, "watching 2 files", 4)
	replace(t, "m.b.test.yaml", "tests: [{name: two}]")
	out.await(t, "2 passed, 0 failed\n", 1)
	cancel()
	if got := <-code; got != exitDone {
		t.Errorf("code %d\n%s", got, errs)
	}
}
