package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

type runCmd struct {
	File    string    `arg:"" help:"Definition in JSON or YAML (.yaml, .yml); - is standard input."`
	Input   string    `short:"i" help:"Input: JSON, @FILE, or - for standard input. Default {}." placeholder:"JSON"`
	Task    []string  `short:"t" sep:"none" help:"Command that does a task: STATE=COMMAND, ARN=COMMAND, or PREFIX*=COMMAND. Its standard input is the task's input, its standard output the result." placeholder:"STATE=COMMAND"`
	Mock    string    `help:"File of results: {\"STATE\": [{\"return\": VALUE}, {\"throw\": {\"error\": NAME, \"cause\": TEXT}}]}; the last one repeats." placeholder:"FILE"`
	HTTP    httpFlags `embed:""`
	Here    hereFlags `embed:""`
	Express bool      `help:"Run it as a machine of type EXPRESS: in memory, for five minutes at most. It cannot be resumed."`
	Objects string    `help:"Directory for the items and results of distributed Maps: each directory in it is a bucket, each file below that an object." placeholder:"DIR" type:"path"`
	Store   string    `short:"s" help:"Keep the execution in this file, so that it can be resumed. Default: a file that is removed afterwards." placeholder:"FILE.db"`
	Name    string    `short:"n" help:"Name of the execution. With --store, the same name again resumes it or reports its result."`
	With    []string  `sep:"none" help:"Another state machine, which tasks may start by states:startExecution: NAME=FILE, or FILE." placeholder:"NAME=FILE"`
	Machine string    `help:"Name of the state machine. Default: that of the file, without endings."`
	Set     []string  `sep:"none" help:"Value of a placeholder $${NAME} in the definition." placeholder:"NAME=VALUE"`
	JSON    bool      `help:"Print one object with executionArn, name, status, output, error and cause."`
	Quiet   bool      `short:"q" help:"Show no progress."`
}

// Run runs the command.
func (c *runCmd) Run(a *app) error {
	if c.File == "-" && c.Input == "-" {
		return usage("definition and input cannot both come from standard input")
	}
	if c.Express && (c.Store != "" || c.Name != "") {
		return usage("nothing is kept of an --express execution; leave --store and --name out")
	}
	definition, m, err := a.compileAs(c.File, c.Set, asl.Options{AnyResource: true, Express: c.Express})
	if err != nil {
		return err
	}
	var input []byte
	if c.Input != "" {
		if input, err = a.readJSON("--input", c.Input); err != nil {
			return err
		}
	}
	mocks, err := a.readMocks(c.Mock)
	if err != nil {
		return err
	}
	client, err := c.HTTP.client(a)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Machine == "" {
		c.Machine = machineName(c.File)
	}
	with, err := c.nested(a)
	if err != nil {
		return err
	}
	w := newWork(a.env)
	tasks := taskStates(m)
	for _, other := range with {
		tasks = append(tasks, taskStates(other.m)...)
	}
	if err := w.register(tasks, c.Task, mocks, client); err != nil {
		return err
	}
	if len(with) > 0 {
		w.starts(with, c.Machine)
	}
	services, err := c.Here.register(w)
	if err != nil {
		return err
	}
	defer services()
	events := new(expressEvents)
	config := engine.Config{Tasks: &w.mux, MaxTasks: 1 << 16}
	if c.Express {
		config.ExpressLog = events.add
	}
	if c.Objects != "" {
		objects, err := task.OpenDir(c.Objects)
		if err != nil {
			return usage("%w", err)
		}
		defer objects.Close()
		config.Objects = objects
	}
	file, remove, err := c.storeFile()
	if err != nil {
		return err
	}
	defer remove()
	options := sqlite.Options{}
	if c.Store == "" {
		options.Synchronous = sqlite.Normal // nobody will read it after a power cut
	}
	st, err := sqlite.Open(a.ctx, file, options)
	if err != nil {
		return openError(file, err)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	config.Store = st
	e, err := engine.Open(a.ctx, config)
	if err != nil {
		st.Close()
		return openError(file, err)
	}
	r := &running{app: a, cmd: c, engine: e, work: w, with: with, signals: signals, progress: newProgress(a, c.Quiet), events: events}
	if c.Express {
		err = r.startExpress(definition, input)
	} else {
		r.id, err = r.start(definition, input)
	}
	if err != nil {
		r.close(context.Background())
		if bad, ok := errors.AsType[*engine.NameError](err); ok {
			return usage("%w; --name and --machine have 1 to %d characters, without blanks and any of %s", bad, maxName, notInNames)
		}
		if bad, ok := errors.AsType[*engine.ValidationError](err); ok {
			return usage("%w", bad)
		}
		return err
	}
	return r.follow()
}

// storeFile returns the file to use and what removes it when it is only for this run.
func (c *runCmd) storeFile() (file string, remove func(), err error) {
	if c.Store != "" {
		return c.Store, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "gait-")
	if err != nil {
		return "", nil, usage("no place for the execution: %w; name a file with --store", err)
	}
	return filepath.Join(dir, "run.db"), func() { os.RemoveAll(dir) }, nil
}

// openError words why a store cannot be used.
func openError(file string, err error) error {
	switch {
	case errors.Is(err, store.ErrOwned):
		return usage("%s is in use by another process; wait for it to end, or use another file", file)
	case errors.Is(err, store.ErrForeign):
		return usage("%s is not a Gait store; use another file", file)
	case errors.Is(err, store.ErrSchema):
		return usage("%s was written by a newer version of Gait; use that one", file)
	}
	if errors.Is(err, fs.ErrNotExist) { // the file itself is made
		return usage("open %s: the directory %s does not exist", file, filepath.Dir(file))
	}
	return usage("open %s: %w", file, err)
}

// running is a run on its way.
type running struct {
	*app
	cmd      *runCmd
	engine   *engine.Engine
	work     *work
	with     []nestedMachine
	signals  <-chan os.Signal
	progress *progress
	id       engine.ID
	next     int64 // event to show next

	events *expressEvents // of an Express execution
	end    chan ended     // of an Express execution; nil for others
}

// start begins the execution or, when there is one of this name, takes it up.
func (r *running) start(definition, input []byte) (engine.ID, error) {
	c := r.cmd
	if c.Name != "" {
		id := r.engine.ID(c.Machine, c.Name)
		d, err := r.engine.Describe(r.ctx, id)
		if _, absent := errors.AsType[*engine.NotFoundError](err); !absent {
			return id, r.takeUp(&d, input, err)
		}
	}
	if err := r.deploy(definition); err != nil {
		return "", err
	}
	name := c.Name
	if name == "" {
		name = strconv.FormatInt(time.Now().UnixMilli(), 36) + strconv.Itoa(os.Getpid())
	}
	id := r.engine.ID(c.Machine, name)
	r.work.begin(r.engine, id)
	return r.engine.Start(r.ctx, c.Machine, input, engine.WithName(name))
}

// deploy stores the definitions.
func (r *running) deploy(definition []byte, opts ...engine.DeployOption) error {
	if _, err := r.engine.Deploy(r.ctx, r.cmd.Machine, definition, opts...); err != nil {
		return err
	}
	for _, m := range r.with {
		if _, err := r.engine.Deploy(r.ctx, m.name, m.definition); err != nil {
			return err
		}
	}
	return nil
}

// takeUp goes on with an execution that exists.
func (r *running) takeUp(d *engine.Description, input []byte, err error) error {
	if err != nil {
		return usage("%w", err)
	}
	if input != nil && !sameJSON(input, d.Input) {
		return usage("the execution %q exists with another input; leave --input out to resume it, or give another --name", d.Name)
	}
	r.work.begin(r.engine, d.ID)
	if !r.cmd.Quiet {
		if d.Status == states.Running {
			fmt.Fprintf(r.stderr, "resuming %s\n", d.Name)
		} else {
			fmt.Fprintf(r.stderr, "%s has ended already\n", d.Name)
			r.progress.quiet = true
		}
	}
	return nil
}

func sameJSON(a, b []byte) bool {
	var x, y any
	for _, p := range []struct {
		text []byte
		into *any
	}{{a, &x}, {b, &y}} {
		d := json.NewDecoder(bytes.NewReader(p.text))
		d.UseNumber()
		if d.Decode(p.into) != nil {
			return false
		}
	}
	return reflect.DeepEqual(x, y)
}

// pollTime is how often the history is looked at while the execution is running.
const pollTime = 100 * time.Millisecond

type ended struct {
	result engine.Result
	err    error
}

// follow shows the walk until the execution has ended, is stopped by the user or lacks a task.
func (r *running) follow() error {
	done := r.end
	if done == nil {
		done = make(chan ended, 1)
		go func() {
			result, err := r.engine.Wait(context.Background(), r.id)
			done <- ended{result, err}
		}()
	}
	ticker := time.NewTicker(pollTime)
	defer ticker.Stop()
	for {
		select {
		case end := <-done:
			r.show()
			r.progress.clear()
			if err := r.close(context.Background()); err != nil {
				fmt.Fprintf(r.stderr, "gait: close the store: %v\n", err)
			}
			return r.report(end)
		case req := <-r.work.missing:
			r.show()
			r.progress.clear()
			r.close(context.Background())
			return usage("state %q has no command for its task %s; give --task %s, or --mock FILE%s", req.State, req.Resource,
				quote(req.State+"=COMMAND"), r.again())
		case <-ticker.C:
			r.show()
			r.progress.draw(time.Now())
		case <-r.signals:
			return r.interrupted()
		case <-r.ctx.Done():
			return r.interrupted()
		}
	}
}

// show shows the events that are new.
func (r *running) show() {
	if r.progress.quiet {
		return
	}
	if r.end != nil {
		for _, e := range r.events.take() {
			r.progress.event(&e)
		}
		return
	}
	r.next = max(r.next, 1)
	for e, err := range r.engine.History(context.Background(), r.id, engine.FromEvent(r.next), engine.WithoutData()) {
		if err != nil {
			return // Wait reports what is wrong with the store
		}
		r.progress.event(&e)
		r.next = e.ID + 1
	}
}

// interrupted stops: running tasks may finish, unless the user asks a second time.
func (r *running) interrupted() error {
	r.show()
	r.progress.clear()
	if n := r.work.running.Load(); n > 0 {
		fmt.Fprintf(r.stderr, "stopping: waiting for tasks at work (%d); press Ctrl-C again to end them\n", n)
	}
	closed := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-r.signals:
			cancel()
		case <-closed:
		}
	}()
	r.close(ctx)
	close(closed)
	if r.cmd.Store == "" {
		return &exitError{exitInterrupted, errors.New("interrupted; nothing is kept without --store")}
	}
	return &exitError{exitInterrupted, fmt.Errorf("interrupted%s", r.again())}
}

// again tells how to go on later; empty when nothing is kept.
func (r *running) again() string {
	if r.cmd.Store == "" {
		return ""
	}
	c := r.cmd
	line := []string{"gait run", quote(c.File), "--store", quote(c.Store), "--name", quote(r.id.Name())}
	if c.Machine != machineName(c.File) {
		line = append(line, "--machine", quote(c.Machine))
	}
	for _, s := range c.Set {
		line = append(line, "--set", quote(s))
	}
	if c.Mock != "" {
		line = append(line, "--mock", quote(c.Mock))
	}
	if c.Objects != "" {
		line = append(line, "--objects", quote(c.Objects))
	}
	line = append(line, c.HTTP.again()...)
	line = append(line, c.Here.again()...)
	for _, t := range c.Task {
		line = append(line, "--task", quote(t))
	}
	return "; resume with: " + strings.Join(line, " ")
}

// quote writes an argument for a shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@=+,%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// close ends the engine. Handlers of this execution may finish until ctx ends; those that only hold back what is not to be
// done here are ended when no other is left.
func (r *running) close(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		t := time.NewTicker(5 * time.Millisecond)
		defer t.Stop()
		for quiet := 0; quiet < 40; { // a moment for the engine to take the last results, on a busy machine as well
			select {
			case <-t.C:
			case <-stop:
				return
			}
			if quiet++; r.work.running.Load() > 0 {
				quiet = 0
			}
		}
		cancel()
	}()
	err := r.engine.Close(ctx)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// outcome is what --json prints.
type outcome struct {
	ExecutionARN string          `json:"executionArn"`
	Name         string          `json:"name"`
	Status       string          `json:"status"`
	Output       json.RawMessage `json:"output,omitempty"`
	Error        string          `json:"error,omitempty"`
	Cause        string          `json:"cause,omitempty"`
	StartDate    time.Time       `json:"startDate"`
	StopDate     time.Time       `json:"stopDate"`
}

// report prints the result.
func (r *running) report(end ended) error {
	failed, isFailed := errors.AsType[*engine.ExecutionError](end.err)
	if end.err != nil && !isFailed {
		return usage("%w%s", end.err, r.again())
	}
	res := end.result
	if r.cmd.JSON {
		if err := r.printJSON(outcome{ExecutionARN: string(res.ID), Name: res.ID.Name(), Status: res.Status.String(), Output: res.Output,
			Error: res.Error, Cause: res.Cause, StartDate: res.Started.UTC(), StopDate: res.Stopped.UTC()}); err != nil {
			return err
		}
	} else if !isFailed {
		if err := r.printDocument(res.Output); err != nil {
			return err
		}
	}
	if !isFailed {
		return nil
	}
	text := failed.Status.String()
	for _, s := range []string{failed.Name, failed.Cause} {
		if s != "" {
			text += ": " + s
		}
	}
	return &exitError{exitFailed, errors.New(text)}
}
