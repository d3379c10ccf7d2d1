//go:build unix

package main

import (
	"context"
	"os/exec"
	"syscall"
)

// shell returns the command that runs a line of shell. It is in a process group of its own: Ctrl-C at the terminal does not reach
// it, so that running tasks can finish, and the end of ctx ends all that it has started.
func shell(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}
