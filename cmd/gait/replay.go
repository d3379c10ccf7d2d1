package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gait-engine/gait/asltest"
)

type replayCmd struct {
	File    string   `arg:"" help:"Definition in JSON or YAML (.yaml, .yml); - is standard input."`
	History string   `required:"" help:"Recorded history: what aws stepfunctions get-execution-history or gait history --json printed; - is standard input." placeholder:"FILE"`
	Set     []string `sep:"none" help:"Value of a placeholder $${NAME} in the definition." placeholder:"NAME=VALUE"`
	Express bool     `help:"The state machine is an Express one."`
	JSON    bool     `help:"Print one object: same, status, events, and of a difference event, state, recorded, got, location, detail."`
}

// replayed is what --json prints.
type replayed struct {
	Same   bool   `json:"same"`
	Status string `json:"status"` // of the execution as it is now
	Events int    `json:"events"` // of the execution as it is now
	// The difference.
	Event    int64  `json:"event,omitempty"`
	State    string `json:"state,omitempty"`
	Recorded string `json:"recorded,omitempty"`
	Got      string `json:"got,omitempty"`
	Location string `json:"location,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Problem  string `json:"problem,omitempty"` // why the execution could not go on
}

// Run runs the command.
func (c *replayCmd) Run(a *app) error {
	if c.File == "-" && c.History == "-" {
		return usage("only one of the definition and --history can come from standard input")
	}
	_, m, err := a.compile(c.File, c.Set)
	if err != nil {
		return err
	}
	text, err := a.readFile(c.History)
	if err != nil {
		return err
	}
	recording, err := asltest.ParseRecording(text)
	if err != nil {
		return usage("%s: %s", shown(c.History), strings.TrimPrefix(err.Error(), "asltest: recording: "))
	}
	r, err := recording.Replay(m, asltest.Options{Express: c.Express, MachineName: machineName(c.File)})
	if r == nil {
		return usage("%w", err)
	}
	out := replayed{Same: err == nil, Status: r.Status, Events: len(r.Events)}
	differs, ok := errors.AsType[*asltest.ReplayError](err)
	switch {
	case ok:
		out.Event, out.State, out.Recorded, out.Got = differs.Event, differs.State, differs.Want, differs.Got
		out.Location, out.Detail = differs.Location, strings.TrimSpace(differs.Diff)
		if differs.Err != nil {
			out.Problem = strings.TrimPrefix(differs.Err.Error(), "asltest: ")
		}
	case err != nil:
		out.Problem = strings.TrimPrefix(err.Error(), "asltest: ")
	}
	if c.JSON {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else if err := c.print(a, r, err); err != nil {
		return err
	}
	if !out.Same {
		return &exitError{code: exitFailed}
	}
	return nil
}

func (c *replayCmd) print(a *app, r *asltest.Result, differs error) error {
	if differs == nil {
		_, err := fmt.Fprintf(a.stdout, "the same %d events as recorded; %s\n", len(r.Events), r.Status)
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s\nwalk as it is now:\n%s\n", strings.TrimPrefix(differs.Error(), "asltest: "), r.Table())
	return err
}
