package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1 // the machine ran and failed, a case did, the coverage is too low, or lint warned
	exitUsage       = 2 // wrong usage, or something that cannot be read or opened
	exitInvalid     = 3 // invalid definition
	exitInterrupted = 130
)

// grammar is what the command line consists of.
type grammar struct {
	Run         runCmd         `cmd:"" help:"Run a state machine and print its output."`
	Validate    validateCmd    `cmd:"" help:"Check definitions."`
	Lint        lintCmd        `cmd:"" help:"Warn about what is valid and still wrong in definitions."`
	List        listCmd        `cmd:"" help:"List the executions in a store."`
	Describe    describeCmd    `cmd:"" help:"Show one execution of a store."`
	Redrive     redriveCmd     `cmd:"" help:"Let an execution go on that failed, from where it failed."`
	Stop        stopCmd        `cmd:"" help:"Stop a running execution."`
	History     historyCmd     `cmd:"" help:"Show the events of an execution."`
	Graph       graphCmd       `cmd:"" help:"Draw a definition, or the way an execution took through it."`
	Eval        evalCmd        `cmd:"" help:"Evaluate a JSONata or JSONPath expression."`
	Test        testCmd        `cmd:"" help:"Run test suites, or the test cases of a mock configuration file."`
	Replay      replayCmd      `cmd:"" help:"Run a definition again as a recorded history tells, and show where it differs."`
	Coverage    coverageCmd    `cmd:"" help:"Report what the tests of a program covered of its state machines."`
	Conformance conformanceCmd `cmd:"" help:"Run conformance cases."`
	Completion  completionCmd  `cmd:"" help:"Print a completion script for a shell."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// app is what the commands know of the world.
type app struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	env            []string // as os.Environ gives it
	model          *kong.Application
}

// exitError ends the program with a code. The message of err goes to stderr; nil: everything has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage refuses a command line, or something it names.
func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// exited carries the exit code out of kong, which expects that a process ends.
type exited int

// Run runs the program with these arguments, without its name, and returns its exit code. Ending ctx is what Ctrl-C is: it stops
// cleanly. env is a list of NAME=value, as os.Environ returns it.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) (code int) {
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, env: env}
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(exited)
			if !ok {
				panic(p)
			}
			code = int(e)
		}
	}()
	var g grammar
	k, err := kong.New(&g, kong.Name("gait"), kong.Writers(stdout, stderr), kong.Exit(func(c int) { panic(exited(c)) }),
		kong.Description("Runs state machines in the Amazon States Language, durably, on this machine."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.WithHyphenPrefixedParameters(true))
	if err != nil {
		return a.fail(err)
	}
	a.model = k.Model
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := k.Parse(args)
	if err != nil {
		return a.fail(usage("%w; see gait --help", err))
	}
	return a.fail(command.Run(a))
}

// fail reports err, if there is one, and returns the exit code.
func (a *app) fail(err error) int {
	if err == nil {
		return exitDone
	}
	e, ok := errors.AsType[*exitError](err)
	if !ok {
		e = &exitError{exitUsage, err}
	}
	if e.err != nil {
		fmt.Fprintf(a.stderr, "gait: %v\n", e.err)
	}
	return e.code
}

// getenv returns a variable of the environment.
func (a *app) getenv(name string) string {
	for _, kv := range a.env {
		if k, v, _ := strings.Cut(kv, "="); k == name {
			return v
		}
	}
	return ""
}

// terminal reports whether w is a terminal that can be drawn on.
func (a *app) terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || a.getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// colours reports whether text on w may be coloured.
func (a *app) colours(w io.Writer) bool { return a.getenv("NO_COLOR") == "" && a.terminal(w) }
