package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asl/lint"
)

type lintCmd struct {
	Files        []string `arg:"" optional:"" name:"file" help:"Definitions in JSON or YAML, or directories with them; - is standard input."`
	Ignore       []string `help:"Rules that are not applied." placeholder:"RULE,…"`
	Only         []string `help:"The rules that are applied." placeholder:"RULE,…"`
	WarningsOnly bool     `name:"warnings" short:"w" help:"Show warnings only, no advice."`
	Express      bool     `help:"The machines are of type EXPRESS."`
	AnyResource  bool     `help:"Accept every Resource, not only ARNs and gait:NAME."`
	Set          []string `sep:"none" help:"Value of a placeholder $${NAME} in the definitions." placeholder:"NAME=VALUE"`
	JSON         bool     `help:"Print one object for each file: file and findings; with --list one for each rule."`
	List         bool     `help:"List the rules."`
}

// linted is what --json prints for a file.
type linted struct {
	File        string         `json:"file"`
	Findings    []lint.Finding `json:"findings"`
	Diagnostics []finding      `json:"diagnostics,omitempty"` // of an invalid definition
}

// Run runs the command.
func (c *lintCmd) Run(a *app) error {
	if c.List {
		return c.list(a)
	}
	if len(c.Files) == 0 {
		return usage("name a definition, or a directory with definitions")
	}
	files, err := a.definitions(c.Files)
	if err != nil {
		return err
	}
	worst := exitDone
	for _, name := range files {
		code, err := c.file(a, name)
		if err != nil {
			return err
		}
		worst = max(worst, code)
	}
	if worst != exitDone {
		return &exitError{code: worst}
	}
	return nil
}

// file lints one file and returns the exit code for it.
func (c *lintCmd) file(a *app, name string) (int, error) {
	src, text, err := a.readDefinition(name, c.Set)
	var found []lint.Finding
	if err == nil {
		found, err = lint.Check(src, lint.Config{
			Options: asl.Options{Express: c.Express, AnyResource: c.AnyResource}, Ignore: c.Ignore, Only: c.Only,
		})
	}
	out := linted{File: shown(name), Findings: []lint.Finding{}}
	if refused, ok := errors.AsType[*asl.Error](err); ok {
		if !c.JSON {
			printDiagnostics(a.stderr, out.File, text, refused.Diagnostics)
			return exitInvalid, nil
		}
		for _, d := range refused.Diagnostics {
			out.Diagnostics = append(out.Diagnostics, finding(d))
		}
		return exitInvalid, a.printJSON(out)
	}
	if err != nil {
		return exitUsage, err
	}
	code := exitDone
	for _, f := range found {
		if f.Severity == lint.Warning {
			code = exitFailed
		} else if c.WarningsOnly {
			continue
		}
		out.Findings = append(out.Findings, f)
	}
	if c.JSON {
		return code, a.printJSON(out)
	}
	lines := bytes.Split(text, []byte("\n"))
	for _, f := range out.Findings {
		fmt.Fprintf(a.stdout, "%s:%d:%d: %s: %s [%s]\n", out.File, f.Line, f.Column, f.Severity, f.Message, f.Rule)
		printExcerpt(a.stdout, out.File, lines, f.Line, f.Column)
		if f.Hint != "" {
			fmt.Fprintf(a.stdout, "    hint: %s\n", f.Hint)
		}
	}
	return code, nil
}

// list prints the rules.
func (c *lintCmd) list(a *app) error {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	if !c.JSON {
		fmt.Fprintln(t, "RULE\tSEVERITY\tFINDS")
	}
	for _, r := range lint.Rules() {
		if c.JSON {
			if err := a.printJSON(r); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.ID, r.Severity, r.Summary)
	}
	return t.Flush()
}

// definitions replaces directories by the definitions below them: files that end in .asl.json, .asl.yaml, .asl.yml or .asl, and
// other JSON and YAML files that have StartAt and States. Hidden directories and node_modules are left out.
func (a *app) definitions(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		if info, err := os.Stat(name); name == "-" || err != nil || !info.IsDir() {
			files = append(files, name)
			continue
		}
		before := len(files)
		err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			switch base := filepath.Base(path); {
			case err != nil:
				return err
			case d.IsDir():
				if path != name && (strings.HasPrefix(base, ".") || base == "node_modules") {
					return filepath.SkipDir
				}
			case d.Type().IsRegular() && a.isDefinition(path):
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, usage("%w", err)
		}
		if len(files) == before {
			return nil, usage("%s has no definitions", name)
		}
	}
	return files, nil
}

// isDefinition tells by its name, or by what is in it, whether a file is a definition.
func (a *app) isDefinition(path string) bool {
	if slices.ContainsFunc([]string{".asl", ".asl.json", ".asl.yaml", ".asl.yml"}, func(s string) bool { return strings.HasSuffix(path, s) }) {
		return true
	}
	if ext := filepath.Ext(path); ext != ".json" && ext != ".yaml" && ext != ".yml" {
		return false
	}
	text, err := a.readFile(path)
	if err != nil {
		return false
	}
	src, err := asl.Read(path, text, nil)
	if err != nil {
		return false
	}
	var top struct {
		StartAt *string
		States  map[string]json.RawMessage
	}
	return json.Unmarshal(src.Definition, &top) == nil && top.StartAt != nil && top.States != nil
}
