package main

import (
	"encoding/json"
	"os"

	"github.com/gait-engine/gait/conformance"
)

type conformanceCmd struct {
	Dirs    []string `arg:"" name:"dir" help:"Directories of cases, or single files."`
	Report  string   `help:"Write the counts and the failures to this file, as JSON." placeholder:"FILE.json"`
	Group   string   `help:"Run only the cases whose id begins like this." placeholder:"PREFIX"`
	Verbose bool     `short:"v" help:"Print a line for each case."`
}

// Run runs the command.
func (c *conformanceCmd) Run(a *app) error {
	for _, dir := range c.Dirs {
		if _, err := os.Stat(dir); err != nil {
			return usage("%w", err)
		}
	}
	r, err := conformance.Run(a.ctx, conformance.Options{Dirs: c.Dirs, Group: c.Group, Verbose: c.Verbose, Out: a.stdout})
	if err != nil {
		return usage("%w", err)
	}
	if c.Report != "" {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.Report, append(text, '\n'), 0o644); err != nil {
			return usage("%w", err)
		}
	}
	if r.Failed > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}
