package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/asltest/suite"
)

type testCmd struct {
	Path     []string `arg:"" optional:"" help:"Directories with suites, suites (.test.yaml, .test.json), or definitions with suites beside them. Default: this directory."`
	Only     string   `name:"run" help:"Run the tests whose names match this regular expression; suites match as FILE: NAME." placeholder:"REGEXP"`
	Coverage string   `help:"Fail when less of a definition is covered by all suites together, in percent: 80." placeholder:"PERCENT"`
	JUnit    string   `name:"junit" help:"Write a JUnit report to this file." placeholder:"FILE"`
	JSON     bool     `help:"Print one object for each test, in a line of its own."`
	Watch    bool     `help:"Run again whenever a suite, a definition or a file that a suite reads has changed, until Ctrl-C."`
	Schema   bool     `help:"Print the JSON Schema of suites, for editors."`
	Set      []string `sep:"none" help:"Value of a placeholder $${NAME} in definitions." placeholder:"NAME=VALUE"`

	MockConfig string   `help:"Mock configuration file of Step Functions Local: run its test cases against a definition." placeholder:"CONFIG.json"`
	Machine    string   `help:"State machine in that file. Default: the only one, or the one that is called like the definition, without endings." placeholder:"NAME"`
	Case       []string `sep:"none" help:"Run this test case, or MACHINE#CASE; may be repeated. Default: all of the machine." placeholder:"NAME"`
	Input      string   `short:"i" help:"Input of test cases: JSON, @FILE, or - for standard input. Default {}." default:"{}" placeholder:"JSON"`

	file string // the definition of --mock-config
}

// pollInterval is how often --watch looks at files.
const pollInterval = 300 * time.Millisecond

// Run runs the command.
func (c *testCmd) Run(a *app) error {
	if c.Schema {
		_, err := a.stdout.Write(suite.Schema())
		return err
	}
	if c.MockConfig == "" && (c.Machine != "" || c.Case != nil || c.Input != "{}") {
		return usage("--machine, --case and --input are for --mock-config; suites hold inputs themselves")
	}
	if c.MockConfig != "" && c.Coverage != "" {
		return usage("--coverage is for suites, not for --mock-config")
	}
	if _, err := c.filter(); err != nil {
		return err
	}
	if _, err := c.least(); err != nil {
		return err
	}
	if !c.Watch {
		return c.once(a)
	}
	if c.MockConfig == "-" || c.Input == "-" || len(c.Path) > 0 && c.Path[0] == "-" {
		return usage("--watch cannot watch standard input")
	}
	return c.watch(a)
}

func (c *testCmd) filter() (*regexp.Regexp, error) {
	if c.Only == "" {
		return nil, nil
	}
	re, err := regexp.Compile(c.Only)
	if err != nil {
		return nil, usage("--run: %w", err)
	}
	return re, nil
}

// least returns the percentage of --coverage.
func (c *testCmd) least() (float64, error) {
	p, err := strconv.ParseFloat(strings.TrimSuffix(cmp.Or(c.Coverage, "0"), "%"), 64)
	if err != nil || !(p >= 0 && p <= 100) { // NaN is refused too
		return 0, usage("--coverage %q: expected a percentage from 0 to 100", c.Coverage)
	}
	return p, nil
}

// once runs everything.
func (c *testCmd) once(a *app) (err error) {
	var report *suite.Report
	var refused error // a suite or a definition; the others have run
	if c.MockConfig != "" {
		report, err = c.mockConfig(a)
	} else {
		report, refused, err = c.suites(a)
	}
	if err != nil {
		return err
	}
	if c.JUnit != "" {
		if err := writeFile(c.JUnit, report.WriteJUnit); err != nil {
			return err
		}
	}
	if refused != nil {
		return refused
	}
	least, err := c.least()
	if err != nil {
		return err
	}
	if c.Coverage != "" && report.Coverage != nil {
		if err := report.Coverage.Check(least); err != nil {
			if e := report.Coverage.WriteMissing(a.stderr); e != nil {
				return e
			}
			return &exitError{exitFailed, errors.New(strings.TrimPrefix(err.Error(), "asltest: "))}
		}
	}
	if !report.OK() {
		return &exitError{code: exitFailed}
	}
	return nil
}

// suites runs suites and prints what came of them. refused is not nil when one could not be run; err ends everything.
func (c *testCmd) suites(a *app) (report *suite.Report, refused, err error) {
	found, err := suite.Find(c.paths()...)
	if err != nil {
		return nil, nil, usage("%w", err)
	}
	values, err := substitutions(c.Set)
	if err != nil {
		return nil, nil, err
	}
	filter, err := c.filter()
	if err != nil {
		return nil, nil, err
	}
	report = &suite.Report{}
	ran := 0
	for _, file := range found {
		s, err := suite.Load(file, suite.Options{Substitutions: values, Getenv: a.getenv})
		if err != nil {
			refused = worse(refused, a.refuse(err))
			continue
		}
		r, err := s.Run(a.ctx, suite.RunOptions{Filter: filter, Now: time.Now})
		if err != nil {
			return nil, nil, &exitError{exitInterrupted, errors.New("interrupted")}
		}
		ran += len(r.Tests)
		if len(r.Tests) == 0 {
			continue
		}
		report.Add(r)
		if dir := a.getenv(asltest.CoverageDir); dir != "" {
			if err := s.WriteCoverage(dir); err != nil {
				return nil, nil, err
			}
		}
	}
	if ran == 0 && refused == nil {
		return nil, nil, usage("--run %q: no test is called so", c.Only)
	}
	if c.JSON {
		err = report.WriteJSON(a.stdout)
	} else {
		err = report.WriteText(a.stdout)
	}
	return report, refused, err
}

// refuse shows why a suite cannot be run, and returns the exit code as an error.
func (a *app) refuse(err error) error {
	if refused, ok := errors.AsType[*suite.DefinitionError](err); ok {
		printDiagnostics(a.stderr, refused.File, refused.Text, refused.Err.Diagnostics)
		return &exitError{code: exitInvalid}
	}
	if refused, ok := errors.AsType[*suite.Error](err); ok {
		fmt.Fprintln(a.stderr, refused)
		return &exitError{code: exitUsage}
	}
	fmt.Fprintf(a.stderr, "gait: %v\n", err)
	return &exitError{code: exitUsage}
}

// worse returns the error with the higher exit code.
func worse(a, b error) error {
	x, ok := errors.AsType[*exitError](a)
	if y, also := errors.AsType[*exitError](b); !ok || also && y.code > x.code {
		return b
	}
	return a
}

// watch runs again and again, each time a file has changed.
func (c *testCmd) watch(a *app) error {
	for {
		// Files are looked at before they are read: what changes in between is a change.
		files := c.files(a)
		before := c.stamp(files)
		err := c.once(a)
		if e, ok := errors.AsType[*exitError](err); ok && e.code == exitInterrupted {
			return err
		}
		if err != nil {
			a.fail(err)
		}
		fmt.Fprintf(a.stderr, "watching %d files; Ctrl-C ends\n", len(before))
		if !waitUntil(a.ctx, pollInterval, func() bool { return !maps.Equal(before, c.stamp(files)) }) {
			return nil
		}
		fmt.Fprintln(a.stderr)
	}
}

// files returns what a run depends on; suites are among what stamp finds.
func (c *testCmd) files(a *app) []string {
	files := slices.Clone(c.Path)
	if c.MockConfig != "" {
		files = append(files, c.MockConfig)
		if name, ok := strings.CutPrefix(c.Input, "@"); ok {
			files = append(files, name)
		}
		return files
	}
	found, err := suite.Find(c.paths()...)
	if err != nil {
		return files // the run says it
	}
	values, err := substitutions(c.Set)
	if err != nil {
		return files
	}
	for _, file := range found {
		s, err := suite.Load(file, suite.Options{Substitutions: values, Getenv: a.getenv})
		if refused, ok := errors.AsType[*suite.DefinitionError](err); ok {
			files = append(files, refused.File)
		}
		if s != nil { // it may be there with an error about states that the definition does not have
			files = append(files, s.Files()...)
		}
	}
	return files
}

// paths returns where suites are looked for.
func (c *testCmd) paths() []string {
	if len(c.Path) == 0 {
		return []string{"."}
	}
	return c.Path
}

// stamp returns size and time of the files, and of the suites that are there now.
func (c *testCmd) stamp(files []string) map[string]string {
	all := map[string]string{}
	add := func(file string) {
		switch info, err := os.Stat(file); {
		case errors.Is(err, fs.ErrNotExist):
			all[file] = "absent"
		case err != nil:
			all[file] = err.Error()
		case !info.IsDir():
			all[file] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		}
	}
	for _, f := range files {
		add(f)
	}
	if c.MockConfig == "" {
		found, err := suite.Find(c.paths()...)
		if err != nil {
			all["?"] = err.Error()
		}
		for _, f := range found {
			add(f)
		}
	}
	return all
}

// waitUntil asks again and again whether something is so. It reports false when ctx ended first.
func waitUntil(ctx context.Context, every time.Duration, so func() bool) bool {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
			if so() {
				return true
			}
		}
	}
}
