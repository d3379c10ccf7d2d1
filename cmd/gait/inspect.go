package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store/sqlite"
)

type listCmd struct {
	Store   string   `short:"s" required:"" help:"The store." placeholder:"FILE.db"`
	Machine string   `help:"Only executions of this state machine: its name, or the ARN of it, a version or an alias."`
	Status  []string `help:"Only executions with one of these: ${enum}." enum:"RUNNING,SUCCEEDED,FAILED,TIMED_OUT,ABORTED" placeholder:"STATUS"`
	Limit   int      `help:"At most so many, newest first." default:"100"`
	JSON    bool     `help:"Print one object in a line for each execution."`
}

type describeCmd struct {
	Execution string `arg:"" help:"ARN or name of the execution."`
	Store     string `short:"s" required:"" help:"The store." placeholder:"FILE.db"`
	JSON      bool   `help:"Print one object."`
}

type historyCmd struct {
	Execution string `arg:"" help:"ARN or name of the execution."`
	Store     string `short:"s" required:"" help:"The store." placeholder:"FILE.db"`
	Reverse   bool   `short:"r" help:"Newest event first."`
	NoData    bool   `help:"Leave out inputs, outputs and variables."`
	JSON      bool   `help:"Print one event in a line, as GetExecutionHistory has it."`
}

// openStore opens a store that exists for looking.
func (a *app) openStore(file string) (*engine.Reader, *sqlite.Store, error) {
	if _, err := os.Stat(file); err != nil {
		return nil, nil, usage("%w", err)
	}
	st, err := sqlite.Open(a.ctx, file, sqlite.Options{})
	if err != nil {
		return nil, nil, openError(file, err)
	}
	r, err := engine.NewReader(engine.Config{Store: st})
	if err != nil {
		st.Close()
		return nil, nil, err
	}
	return r, st, nil
}

// find returns the execution that the user means: by ARN, or by a name that only one execution has.
func (a *app) find(r *engine.Reader, arg string) (engine.ID, error) {
	if strings.HasPrefix(arg, "arn:") {
		return engine.ID(arg), nil
	}
	var found []engine.ID
	for s, err := range r.List(a.ctx, engine.Filter{}) {
		if err != nil {
			return "", err
		}
		if s.Name == arg {
			found = append(found, s.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", usage("the store has no execution %q; see gait list", arg)
	case 1:
		return found[0], nil
	}
	return "", usage("%d executions have the name %q; give the ARN of one, such as %s", len(found), arg, found[0])
}

// summary is an execution as --json prints it. Times that are not set are left out.
type summary struct {
	ExecutionARN string     `json:"executionArn"`
	Name         string     `json:"name"`
	Machine      string     `json:"machine"`
	Revision     int64      `json:"revision"`
	Status       string     `json:"status"`
	StartDate    time.Time  `json:"startDate"`
	StopDate     *time.Time `json:"stopDate,omitempty"`
	Events       int64      `json:"events"`
	VersionARN   string     `json:"stateMachineVersionArn,omitempty"`
	AliasARN     string     `json:"stateMachineAliasArn,omitempty"`
	RedriveCount int        `json:"redriveCount"`
	RedriveDate  *time.Time `json:"redriveDate,omitempty"`
}

func summaryOf(s *engine.Summary) summary {
	out := summary{ExecutionARN: string(s.ID), Name: s.Name, Machine: s.Machine, Revision: s.Revision, Status: s.Status.String(),
		StartDate: s.Started.UTC(), Events: s.Events, VersionARN: s.VersionARN, AliasARN: s.AliasARN, RedriveCount: s.Redrives}
	if !s.Redriven.IsZero() {
		t := s.Redriven.UTC()
		out.RedriveDate = &t
	}
	if !s.Stopped.IsZero() {
		t := s.Stopped.UTC()
		out.StopDate = &t
	}
	return out
}

// Run runs the command.
func (c *listCmd) Run(a *app) error {
	r, st, err := a.openStore(c.Store)
	if err != nil {
		return err
	}
	defer st.Close()
	f := engine.Filter{Machine: c.Machine}
	for _, name := range c.Status {
		for s := states.Running; s <= states.Aborted; s++ {
			if s.String() == name {
				f.Statuses = append(f.Statuses, s)
			}
		}
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	n := 0
	for s, err := range r.List(a.ctx, f) {
		if err != nil {
			return err
		}
		if n == c.Limit {
			break
		}
		if n++; c.JSON {
			if err := a.printJSON(summaryOf(&s)); err != nil {
				return err
			}
			continue
		}
		if n == 1 {
			fmt.Fprintln(t, "STATUS\tMACHINE\tNAME\tSTARTED\tTOOK")
		}
		length := ""
		if !s.Stopped.IsZero() {
			length = s.Stopped.Sub(s.Started).Round(time.Millisecond).String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.Status, s.Machine, s.Name, s.Started.UTC().Format(time.RFC3339), length)
	}
	if n == 0 && !c.JSON {
		fmt.Fprintln(a.stderr, "no executions")
	}
	return t.Flush()
}

// Run runs the command.
func (c *describeCmd) Run(a *app) error {
	r, st, err := a.openStore(c.Store)
	if err != nil {
		return err
	}
	defer st.Close()
	id, err := a.find(r, c.Execution)
	if err != nil {
		return err
	}
	d, err := r.Describe(a.ctx, id)
	if err != nil {
		return usage("%w", err)
	}
	if c.JSON {
		return a.printDescription(&d)
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, text)
		}
	}
	row("Execution", string(d.ID))
	row("Machine", fmt.Sprintf("%s, revision %d", d.Machine, d.Revision))
	row("Status", d.Status.String())
	row("Started", d.Started.UTC().Format(time.RFC3339Nano))
	if !d.Stopped.IsZero() {
		row("Stopped", d.Stopped.UTC().Format(time.RFC3339Nano))
	}
	row("Events", fmt.Sprint(d.Events))
	row("Version", d.VersionARN)
	row("Alias", d.AliasARN)
	if d.Redrives > 0 {
		row("Redriven", fmt.Sprintf("%d times, last %s", d.Redrives, d.Redriven.UTC().Format(time.RFC3339Nano)))
	}
	if d.Status != states.Running && d.Status != states.Succeeded {
		row("Redrive", strings.Join(slices.DeleteFunc([]string{string(d.RedriveStatus), d.RedriveReason}, func(s string) bool { return s == "" }), ": "))
	}
	row("Input", string(d.Input))
	row("Output", string(d.Output))
	row("Error", d.Error)
	row("Cause", d.Cause)
	for _, w := range d.Waiting {
		row("Waits", describeWait(&w))
	}
	return t.Flush()
}

// describeWait words what a line of control is doing.
func describeWait(w *engine.Waiting) string {
	s := fmt.Sprintf("%s (%s)", w.State, w.Type)
	if w.Index >= 0 {
		s += fmt.Sprintf(" in branch or item %d", w.Index)
	}
	switch w.For {
	case engine.ForTask:
		s += ": the result of " + w.Resource
	case engine.ForCallback:
		s += ": the callback of " + w.Resource
	case engine.ForTimer:
		s += ": its time"
	case engine.ForRetry:
		s += fmt.Sprintf(": retry %d", w.Attempt)
	case engine.ForBranches:
		s += fmt.Sprintf(": %d of %d done, %d running", w.Done, w.Total, w.Running)
	case engine.ForEngine:
		s += ": an engine that goes on with it"
	}
	if !w.Until.IsZero() {
		s += ", until " + w.Until.UTC().Format(time.RFC3339)
	}
	return s
}

// printDescription writes a description as one object.
func (a *app) printDescription(d *engine.Description) error {
	type waiting struct {
		State    string     `json:"state"`
		For      string     `json:"for"`
		Index    int        `json:"index"`
		Attempt  int        `json:"attempt"`
		Resource string     `json:"resource,omitempty"`
		Since    time.Time  `json:"since"`
		Until    *time.Time `json:"until,omitempty"`
	}
	out := struct {
		summary
		StateMachineARN string    `json:"stateMachineArn"`
		Input           any       `json:"input"`
		Output          any       `json:"output,omitempty"`
		Error           string    `json:"error,omitempty"`
		Cause           string    `json:"cause,omitempty"`
		RedriveStatus   string    `json:"redriveStatus"`
		RedriveReason   string    `json:"redriveStatusReason,omitempty"`
		Waiting         []waiting `json:"waiting,omitempty"`
	}{RedriveStatus: string(d.RedriveStatus), RedriveReason: d.RedriveReason, summary: summaryOf(&d.Summary), StateMachineARN: d.MachineARN, Input: d.Input, Error: d.Error, Cause: d.Cause}
	if d.Output != nil {
		out.Output = d.Output
	}
	for _, w := range d.Waiting {
		v := waiting{State: w.State, For: string(w.For), Index: w.Index, Attempt: w.Attempt, Resource: w.Resource, Since: w.Since.UTC()}
		if !w.Until.IsZero() {
			until := w.Until.UTC()
			v.Until = &until
		}
		out.Waiting = append(out.Waiting, v)
	}
	return a.printJSON(out)
}

// Run runs the command.
func (c *historyCmd) Run(a *app) error {
	r, st, err := a.openStore(c.Store)
	if err != nil {
		return err
	}
	defer st.Close()
	id, err := a.find(r, c.Execution)
	if err != nil {
		return err
	}
	var opts []engine.HistoryOption
	if c.Reverse {
		opts = append(opts, engine.Reverse())
	}
	if c.NoData {
		opts = append(opts, engine.WithoutData())
	}
	for e, err := range r.History(a.ctx, id, opts...) {
		if err != nil {
			return usage("%w", err)
		}
		if c.JSON {
			if err := a.printJSON(e); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(a.stdout, "%5d  %s  %-24s %s\n", e.ID, e.Timestamp.Format("15:04:05.000"), e.Type, about(&e)); err != nil {
			return err
		}
	}
	return nil
}

// about words the details of an event in one line.
func about(e *history.Event) string {
	d := &e.Details
	var parts []string
	for _, s := range []string{d.Name, d.State, d.Resource, d.Input, d.Parameters, d.Output} {
		if s != "" {
			parts = append(parts, shorten(s))
		}
	}
	switch e.Type {
	case "MapStateStarted":
		parts = append(parts, fmt.Sprintf("%d items", d.Length))
	case "MapIterationStarted", "MapIterationSucceeded", "MapIterationFailed", "MapIterationAborted":
		parts = append(parts, fmt.Sprintf("item %d", d.Index))
	}
	for _, v := range d.Assigned {
		parts = append(parts, shorten("$"+v.Name+" = "+v.Value))
	}
	if r := reason(d.Error, d.Cause); r != "" {
		parts = append(parts, r)
	}
	return strings.Join(parts, "  ")
}

// shorten cuts a text to what fits a line.
func shorten(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
