//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const twoTasks = `{"StartAt": "One", "States": {
	"One": {"Type": "Task", "Resource": "gait:one", "Next": "Two"},
	"Two": {"Type": "Task", "Resource": "gait:two", "End": true}}}`

// await waits until a file is there with something in it.
func await(t *testing.T, name string) string {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		if text, err := os.ReadFile(name); err == nil && bytes.HasSuffix(text, []byte("\n")) {
			return string(text)
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%s did not come", name)
	return ""
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The tests of this file change the working directory, so they are not parallel.

func TestKilledRunIsResumedByName(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "m.json", twoTasks)
	args := []string{"run", "m.json", "--store", "s.db", "--name", "a", "-i", "[7]",
		"--task", "One=echo one >> calls; cat",
		"--task", "Two=echo two >> calls; if [ -e pid ]; then cat; else echo $$ > pid; exec sleep 60; fi"}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self, args...)
	child.Env = append(os.Environ(), "GAIT_TEST_RUN=1")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(await(t, "pid")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) }) // the command outlives the program
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed, and says so

	var out, errs bytes.Buffer
	if code := Run(t.Context(), args, strings.NewReader(""), &out, &errs, os.Environ()); code != exitDone || out.String() != "[7]\n" {
		t.Fatalf("got code %d and output %q, want 0 and [7]; stderr:\n%s", code, out.String(), errs.String())
	}
	if !strings.HasPrefix(errs.String(), "resuming a\n") {
		t.Errorf("got standard error %q, want it to begin with \"resuming a\"", errs.String())
	}
	if got := text(t, "calls"); got != "one\ntwo\ntwo\n" {
		t.Errorf("got calls %q, want one, two and two again", got)
	}
}

func TestInterruptedRunFinishesItsTasksAndTellsHowToResume(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "m.json", twoTasks)
	args := []string{"run", "m.json", "--store", "s.db", "--name", "a", "-q", "-i", "[7]",
		"--task", "One=echo one >> calls; while [ ! -e go ]; do sleep 0.002; done; cat",
		"--task", "Two=echo two >> calls; cat"}
	ctx, interrupt := context.WithCancel(t.Context())
	var out bytes.Buffer
	errs := &lockedBuffer{grown: make(chan struct{}, 1)}
	done := make(chan int)
	go func() { done <- Run(ctx, args, strings.NewReader(""), &out, errs, os.Environ()) }()
	await(t, "calls")
	interrupt()
	errs.await(t, "stopping: waiting for tasks at work (1)", 1) // else the run may end before it notices
	write(t, "go", "")
	if code := <-done; code != exitInterrupted {
		t.Errorf("got code %d, want %d", code, exitInterrupted)
	}
	want := "gait: interrupted; resume with: gait run m.json --store s.db --name a --task 'One=echo one >> calls; " +
		"while [ ! -e go ]; do sleep 0.002; done; cat' --task 'Two=echo two >> calls; cat'\n"
	if !strings.HasSuffix(errs.String(), want) {
		t.Errorf("got standard error\n%swant it to end with\n%s", errs.String(), want)
	}
	out.Reset()
	if code := Run(t.Context(), args, strings.NewReader(""), &out, errs, os.Environ()); code != exitDone || out.String() != "[7]\n" {
		t.Errorf("resumed: got code %d and output %q, want 0 and [7]; stderr:\n%s", code, out.String(), errs.String())
	}
	if got := text(t, "calls"); got != "one\ntwo\n" {
		t.Errorf("got calls %q, want each once: what finished while stopping is kept", got)
	}
}

func TestSecondInterruptEndsTheCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "m.json", twoTasks)
	talk, errs := io.Pipe()
	done := make(chan int)
	go func() {
		done <- Run(t.Context(), []string{"run", "m.json", "-q", "--task", "gait:*=echo >> calls; sleep 60; echo 1"}, strings.NewReader(""),
			io.Discard, errs, os.Environ())
	}()
	await(t, "calls")
	heard := bufio.NewScanner(talk)
	interrupt := func(want string) {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if !heard.Scan() || !strings.HasPrefix(heard.Text(), want) {
			t.Fatalf("got line %q, want %q", heard.Text(), want)
		}
	}
	interrupt("stopping: waiting for tasks at work (1)")
	interrupt("gait: interrupted")
	if code := <-done; code != exitInterrupted {
		t.Errorf("got code %d, want %d", code, exitInterrupted)
	}
}

func TestInterruptWithoutStoreLeavesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	write(t, "w.json", `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}}`)
	ctx, interrupt := context.WithCancel(t.Context())
	talk, errs := io.Pipe()
	done := make(chan int)
	go func() {
		done <- Run(ctx, []string{"run", "w.json"}, strings.NewReader(""), io.Discard, errs, os.Environ())
	}()
	heard := bufio.NewScanner(talk)
	if !heard.Scan() || !strings.HasSuffix(heard.Text(), "→ W") {
		t.Fatalf("got line %q, want the state W to be entered", heard.Text())
	}
	interrupt()
	if !heard.Scan() || heard.Text() != "gait: interrupted; nothing is kept without --store" {
		t.Errorf("got line %q", heard.Text())
	}
	if code := <-done; code != exitInterrupted {
		t.Errorf("got code %d, want %d", code, exitInterrupted)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestStoreInUseCanBeLookedAtButNotRunOn(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "m.json", twoTasks)
	run := []string{"run", "m.json", "--store", "s.db", "--name", "a", "-q", "-i", "[7]", "--task", "gait:*=echo >> calls; while [ ! -e go ]; do sleep 0.002; done; cat"}
	done := make(chan int)
	go func() { done <- Run(t.Context(), run, strings.NewReader(""), io.Discard, io.Discard, os.Environ()) }()
	await(t, "calls")
	tests := []struct {
		args           []string
		code           int
		stdout, stderr string // parts of them
	}{
		{args: []string{"list", "--store", "s.db"}, stdout: "RUNNING"},
		{args: []string{"describe", "a", "--store", "s.db"}, stdout: "One (Task): the result of gait:one"},
		{args: []string{"history", "a", "--store", "s.db"}, stdout: "TaskScheduled"},
		{args: []string{"graph", "-e", "a", "--store", "s.db"}, stdout: `state "▶ One"`},
		{args: run, code: exitUsage, stderr: "s.db is in use by another process"},
	}
	for _, tt := range tests {
		var out, errs bytes.Buffer
		code := Run(t.Context(), tt.args, strings.NewReader(""), &out, &errs, os.Environ())
		if code != tt.code || !strings.Contains(out.String(), tt.stdout) || !strings.Contains(errs.String(), tt.stderr) {
			t.Errorf("gait %q: got code %d, stdout %q, stderr %q, want %d, %q, %q", tt.args[0], code, out.String(), errs.String(), tt.code, tt.stdout, tt.stderr)
		}
	}
	write(t, "go", "")
	if code := <-done; code != exitDone {
		t.Errorf("the run got code %d", code)
	}
}
