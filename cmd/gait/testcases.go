package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/asltest/suite"
)

// testCase names a test case of a mock configuration file.
type testCase struct{ machine, name string }

// tested is what --json prints for a case.
type tested struct {
	Machine string `json:"machine"`
	Case    string `json:"case"`
	// Status is that of the execution; RUNNING when it does not end, or cannot go on for the reason in Problem.
	Status         string          `json:"status"`
	ElapsedSeconds float64         `json:"elapsedSeconds"` // virtual
	Output         json.RawMessage `json:"output,omitempty"`
	Error          *string         `json:"error,omitempty"`
	Cause          *string         `json:"cause,omitempty"`
	Problem        string          `json:"problem,omitempty"`

	elapsed time.Duration
}

// mockConfig runs the test cases of a mock configuration file.
func (c *testCmd) mockConfig(a *app) (*suite.Report, error) {
	if len(c.Path) != 1 {
		return nil, usage("--mock-config wants one definition")
	}
	c.file = c.Path[0]
	stdin := 0
	for _, arg := range []string{c.file, c.MockConfig, c.Input} {
		if arg == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return nil, usage("only one of the definition, --mock-config and --input can come from standard input")
	}
	_, m, err := a.compile(c.file, c.Set)
	if err != nil {
		return nil, err
	}
	text, err := a.readFile(c.MockConfig)
	if err != nil {
		return nil, err
	}
	config, err := asltest.ParseMockConfig(text)
	if refused, ok := errors.AsType[*asltest.MockConfigError](err); ok {
		for _, p := range refused.Problems {
			fmt.Fprintf(a.stderr, "%s:%d:%d: %s at %s\n", shown(c.MockConfig), p.Line, p.Column, p.Message, cmp.Or(p.Pointer, "the top"))
		}
		return nil, &exitError{code: exitUsage}
	}
	if err != nil {
		return nil, usage("%s: %w", shown(c.MockConfig), err)
	}
	cases, err := c.cases(config)
	if err != nil {
		return nil, err
	}
	input, err := a.readJSON("--input", c.Input)
	if err != nil {
		return nil, err
	}
	width := 0
	for _, tc := range cases {
		width = max(width, len([]rune(tc.name)))
	}
	passed, report := 0, suite.SuiteReport{File: c.MockConfig, Definition: c.file}
	for _, tc := range cases {
		if a.ctx.Err() != nil {
			return nil, &exitError{exitInterrupted, errors.New("interrupted")}
		}
		t, err := runCase(config, m, tc, string(input))
		if err != nil {
			return nil, err
		}
		result := suite.TestReport{Name: tc.machine + "#" + tc.name, Outcome: suite.Passed, Status: t.Status, Elapsed: t.elapsed}
		if t.Status == "SUCCEEDED" {
			passed++
		} else {
			result.Outcome, result.Messages = suite.Failed, []string{t.Status + ": " + t.outcome()}
		}
		report.Tests = append(report.Tests, result)
		if c.JSON {
			err = a.printJSON(t)
		} else {
			_, err = fmt.Fprintf(a.stdout, "%-9s  %-*s  %v  %s\n", t.Status, width, tc.name, t.elapsed, t.outcome())
		}
		if err != nil {
			return nil, err
		}
	}
	if !c.JSON {
		if _, err := fmt.Fprintf(a.stdout, "%d succeeded, %d did not\n", passed, len(cases)-passed); err != nil {
			return nil, err
		}
	}
	return &suite.Report{Suites: []suite.SuiteReport{report}}, nil
}

// cases returns what is to be run, in the order of the flags, otherwise by name. There is at least one.
func (c *testCmd) cases(config *asltest.MockConfigFile) ([]testCase, error) {
	var cases []testCase
	for _, arg := range c.Case {
		tc := testCase{}
		var ok bool
		if tc.machine, tc.name, ok = asltest.SplitTestCase(arg); !ok {
			machine, err := c.machine(config)
			if err != nil {
				return nil, err
			}
			tc = testCase{machine, arg}
		} else if c.Machine != "" && c.Machine != tc.machine {
			return nil, usage("--case %q is not of --machine %q", arg, c.Machine)
		}
		if all := config.TestCases(tc.machine); !slices.Contains(all, tc.name) {
			return nil, usage("--case %q: %s has no such test case; the state machine %q has %s",
				arg, shown(c.MockConfig), tc.machine, listed(all))
		}
		cases = append(cases, tc)
	}
	if len(c.Case) > 0 {
		return cases, nil
	}
	machine, err := c.machine(config)
	if err != nil {
		return nil, err
	}
	filter, err := c.filter()
	if err != nil {
		return nil, err
	}
	for _, name := range config.TestCases(machine) {
		if filter == nil || filter.MatchString(name) {
			cases = append(cases, testCase{machine, name})
		}
	}
	if len(cases) == 0 && filter != nil {
		return nil, usage("--run %q: no test case of %q is called so", c.Only, machine)
	}
	if len(cases) == 0 {
		return nil, usage("%s has no test case of the state machine %q", shown(c.MockConfig), machine)
	}
	return cases, nil
}

// machine returns the state machine whose cases are meant.
func (c *testCmd) machine(config *asltest.MockConfigFile) (string, error) {
	all := config.Machines()
	switch named := machineName(c.file); {
	case c.Machine != "":
		if !slices.Contains(all, c.Machine) {
			return "", usage("--machine %q: %s has %s", c.Machine, shown(c.MockConfig), listed(all))
		}
		return c.Machine, nil
	case len(all) == 1:
		return all[0], nil
	case slices.Contains(all, named):
		return named, nil
	}
	return "", usage("%s has %s; name one with --machine", shown(c.MockConfig), listed(all))
}

// listed writes names for a message.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}

// runCase runs a case. The error is one of the input; what is wrong with the case is in the result.
func runCase(config *asltest.MockConfigFile, m *asl.Machine, tc testCase, input string) (*tested, error) {
	r, err := config.Test(m, tc.machine, tc.name, input, asltest.Options{})
	if r == nil {
		return nil, usage("%w", err)
	}
	t := &tested{Machine: tc.machine, Case: tc.name, Status: r.Status, ElapsedSeconds: r.Elapsed.Seconds(),
		Output: json.RawMessage(r.Output), Error: r.Error, Cause: r.Cause, elapsed: r.Elapsed}
	unanswered, isUnanswered := errors.AsType[*asltest.UnansweredError](err)
	switch {
	case isUnanswered:
		t.Problem = fmt.Sprintf("the case has no response for call %d of the state %q (%s)",
			unanswered.Call.N, unanswered.Call.State, unanswered.Call.Resource)
	case err != nil:
		t.Problem = strings.TrimPrefix(err.Error(), "asltest: ")
	case r.Stalled:
		t.Problem = "the execution waits for ever"
	case r.Status == "RUNNING":
		t.Problem = "the execution waits too long"
	}
	if t.Problem != "" {
		t.Status = "RUNNING" // an error may leave another status behind
	}
	return t, nil
}

// outcome is what came of a case, in one line.
func (t *tested) outcome() string {
	if t.Status == "SUCCEEDED" {
		return string(t.Output)
	}
	var parts []string
	for _, s := range []*string{t.Error, t.Cause, &t.Problem} {
		if s != nil && *s != "" {
			parts = append(parts, *s)
		}
	}
	return strings.Join(strings.Fields(strings.Join(parts, ": ")), " ")
}
