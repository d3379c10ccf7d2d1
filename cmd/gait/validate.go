package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/asl"
)

type validateCmd struct {
	Files       []string `arg:"" name:"file" help:"Definitions in JSON or YAML; - is standard input."`
	Express     bool     `help:"The machines are of type EXPRESS."`
	AnyResource bool     `help:"Accept every Resource, not only ARNs and gait:NAME."`
	Warnings    bool     `short:"w" help:"Show warnings too."`
	Set         []string `sep:"none" help:"Value of a placeholder $${NAME} in the definitions." placeholder:"NAME=VALUE"`
	JSON        bool     `help:"Print one object for each file: file, result (OK or FAIL) and diagnostics."`
}

// verdict is what --json prints for a file.
type verdict struct {
	File        string    `json:"file"`
	Result      string    `json:"result"` // OK or FAIL, as ValidateStateMachineDefinition has it
	Diagnostics []finding `json:"diagnostics"`
}

type finding struct {
	Severity asl.Severity `json:"severity"`
	Code     string       `json:"code"`
	Message  string       `json:"message"`
	Location string       `json:"location,omitempty"`
	Pointer  string       `json:"pointer"`
	Line     int          `json:"line"`
	Column   int          `json:"column"`
	Hint     string       `json:"hint,omitempty"`
}

// Run runs the command.
func (c *validateCmd) Run(a *app) error {
	invalid := false
	for _, name := range c.Files {
		src, text, err := a.readDefinition(name, c.Set)
		var all []asl.Diagnostic
		refused, isRefused := errors.AsType[*asl.Error](err)
		switch {
		case isRefused:
			all = refused.Diagnostics
		case err != nil:
			return err
		default:
			all = src.Validate(asl.Options{Express: c.Express, AnyResource: c.AnyResource})
		}
		v := verdict{File: shown(name), Result: "OK", Diagnostics: []finding{}}
		var kept []asl.Diagnostic
		for _, d := range all {
			if d.Severity == asl.SeverityError {
				v.Result, invalid = "FAIL", true
			} else if !c.Warnings {
				continue
			}
			kept = append(kept, d)
			v.Diagnostics = append(v.Diagnostics, finding(d))
		}
		if c.JSON {
			if err := a.printJSON(v); err != nil {
				return err
			}
			continue
		}
		if v.Result == "OK" {
			fmt.Fprintf(a.stdout, "%s: OK\n", shown(name))
		}
		printDiagnostics(a.stderr, shown(name), text, kept)
	}
	if invalid {
		return &exitError{code: exitInvalid}
	}
	return nil
}

// printDiagnostics writes each finding as "file:line:column: CODE: message", the hint, and the line of the source with a caret
// under the place.
func printDiagnostics(w io.Writer, file string, text []byte, all []asl.Diagnostic) {
	lines := bytes.Split(text, []byte("\n"))
	for _, d := range all {
		kind := ""
		if d.Severity == asl.SeverityWarning {
			kind = "warning: "
		}
		location := ""
		if d.Location != "" {
			location = " at " + d.Location
		}
		fmt.Fprintf(w, "%s:%d:%d: %s%s: %s%s\n", file, d.Line, d.Column, kind, d.Code, d.Message, location)
		printExcerpt(w, file, lines, d.Line, d.Column)
		if d.Hint != "" {
			fmt.Fprintf(w, "    hint: %s\n", d.Hint)
		}
	}
}

// printExcerpt writes a line of the source with a caret under the column.
func printExcerpt(w io.Writer, file string, lines [][]byte, line, column int) {
	if line < 1 || line > len(lines) {
		return
	}
	text := string(bytes.TrimRight(lines[line-1], "\r"))
	if !strings.HasSuffix(file, ".yaml") && !strings.HasSuffix(file, ".yml") {
		column = 1 + utf8.RuneCountInString(text[:min(max(column-1, 0), len(text))]) // in JSON columns count bytes
	}
	source, caret := excerpt(text, column)
	fmt.Fprintf(w, "    %s\n    %s^\n", source, caret)
}

// maxExcerpt is how much of a line is shown, in characters.
const maxExcerpt = 100

// excerpt returns the part of a line around a column, which counts characters from 1, and the space that puts a caret under it.
func excerpt(line string, column int) (source, space string) {
	if !utf8.ValidString(line) {
		line = strings.ToValidUTF8(line, "?")
	}
	r := []rune(line)
	at := min(max(column-1, 0), len(r))
	from := 0
	for from < at && (r[from] == ' ' || r[from] == '\t') {
		from++ // indentation says nothing here
	}
	if at-from > maxExcerpt*3/4 {
		from = at - maxExcerpt/2
	}
	to := min(len(r), from+maxExcerpt)
	var b strings.Builder
	for _, c := range r[from:at] {
		if c != '\t' {
			c = ' '
		}
		b.WriteRune(c)
	}
	return string(r[from:to]), b.String()
}
