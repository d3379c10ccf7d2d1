package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

type redriveCmd struct {
	Execution string    `arg:"" help:"ARN or name of an execution that failed, timed out or was stopped."`
	Store     string    `short:"s" required:"" help:"The store." placeholder:"FILE.db"`
	Task      []string  `short:"t" sep:"none" help:"Command that does a task, as for gait run." placeholder:"STATE=COMMAND"`
	Mock      string    `help:"File of results, as for gait run." placeholder:"FILE"`
	Objects   string    `help:"Directory for the items and results of distributed Maps, as for gait run." placeholder:"DIR" type:"path"`
	HTTP      httpFlags `embed:""`
	JSON      bool      `help:"Print one object with executionArn, name, status, output, error and cause."`
	Quiet     bool      `short:"q" help:"Show no progress."`
}

type stopCmd struct {
	Execution string `arg:"" help:"ARN or name of the execution."`
	Store     string `short:"s" required:"" help:"The store." placeholder:"FILE.db"`
	Error     string `help:"Error name to be shown." placeholder:"NAME"`
	Cause     string `help:"Cause to be shown." placeholder:"TEXT"`
}

// look returns an execution of a store and the revision of its machine.
func (a *app) look(file, execution string) (engine.Description, engine.MachineDescription, error) {
	r, st, err := a.openStore(file)
	if err != nil {
		return engine.Description{}, engine.MachineDescription{}, err
	}
	defer st.Close()
	id, err := a.find(r, execution)
	if err != nil {
		return engine.Description{}, engine.MachineDescription{}, err
	}
	d, err := r.Describe(a.ctx, id)
	if err != nil {
		return d, engine.MachineDescription{}, usage("%w", err)
	}
	m, err := r.MachineOf(a.ctx, id)
	return d, m, err
}

// Run runs the command.
func (c *redriveCmd) Run(a *app) error {
	d, stored, err := a.look(c.Store, c.Execution)
	if err != nil {
		return err
	}
	if d.RedriveStatus != engine.Redrivable {
		return usage("%s: %s", d.Name, d.RedriveReason)
	}
	m, err := asl.Compile(stored.Definition, asl.Options{AnyResource: true})
	if err != nil {
		return err
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
	w := newWork(a.env)
	if err := w.register(taskStates(m), c.Task, mocks, client); err != nil {
		return err
	}
	config := engine.Config{Tasks: &w.mux, MaxTasks: 1 << 16}
	if c.Objects != "" {
		objects, err := task.OpenDir(c.Objects)
		if err != nil {
			return usage("%w", err)
		}
		defer objects.Close()
		config.Objects = objects
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	e, err := a.openEngine(c.Store, config)
	if err != nil {
		return err
	}
	run := &runCmd{File: "FILE", Store: c.Store, Machine: d.Machine, Task: c.Task, Mock: c.Mock, Objects: c.Objects, HTTP: c.HTTP, JSON: c.JSON, Quiet: c.Quiet}
	r := &running{app: a, cmd: run, engine: e, work: w, signals: signals, progress: newProgress(a, c.Quiet), id: d.ID, next: d.Events + 1}
	w.begin(e, d.ID)
	if _, err := e.Redrive(a.ctx, d.ID); err != nil {
		r.close(context.Background())
		return usage("%w", err)
	}
	return r.follow()
}

// openEngine opens a store that exists for work.
func (a *app) openEngine(file string, config engine.Config) (*engine.Engine, error) {
	st, err := sqlite.Open(a.ctx, file, sqlite.Options{})
	if err != nil {
		return nil, openError(file, err)
	}
	config.Store = st
	e, err := engine.Open(a.ctx, config)
	if err != nil {
		st.Close()
		return nil, openError(file, err)
	}
	return e, nil
}

// Run runs the command. Tasks of other executions are not done meanwhile: they are left to whoever opens the store next.
func (c *stopCmd) Run(a *app) error {
	d, _, err := a.look(c.Store, c.Execution)
	if err != nil {
		return err
	}
	if d.Status != states.Running {
		fmt.Fprintf(a.stderr, "%s has ended already: %s\n", d.Name, d.Status)
		return nil
	}
	var idle task.Mux
	idle.HandleFunc("*", func(ctx context.Context, _ *task.Request) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	e, err := a.openEngine(c.Store, engine.Config{Tasks: &idle})
	if err != nil {
		return err
	}
	stopped := e.Stop(a.ctx, d.ID, c.Error, c.Cause)
	atOnce, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Close(atOnce); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(a.stderr, "gait: close the store: %v\n", err)
	}
	return stopped
}
