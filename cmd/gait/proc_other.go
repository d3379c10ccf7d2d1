//go:build !unix

package main

import (
	"context"
	"os/exec"
)

// shell returns the command that runs a line of the command interpreter.
func shell(ctx context.Context, line string) *exec.Cmd {
	return exec.CommandContext(ctx, "cmd", "/C", line)
}
