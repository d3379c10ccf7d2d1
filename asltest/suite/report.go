package suite

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gait-engine/gait/asltest"
)

// Outcome is what came of a test.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Report is what came of suites.
type Report struct {
	Suites []SuiteReport `json:"suites"`
	// Coverage is what all suites together covered.
	Coverage *asltest.Coverage `json:"-"`
}

// SuiteReport is what came of one suite.
type SuiteReport struct {
	File       string       `json:"file"`
	Definition string       `json:"definition"`
	Tests      []TestReport `json:"tests"`
	// Coverage is what the suite covered of its definition; nil when it was skipped.
	Coverage *asltest.Coverage `json:"-"`
	// LowCoverage are the lines that tell where the suite is below its own threshold, and what is missing; nil otherwise, and
	// when only some of the tests were run.
	LowCoverage []string `json:"lowCoverage,omitempty"`
}

// TestReport is what came of one test.
type TestReport struct {
	Name    string  `json:"name"`
	Line    int     `json:"line"` // in the suite
	Outcome Outcome `json:"outcome"`
	// Messages say what went wrong, each of one or more lines; of a skipped test why it was.
	Messages []string `json:"messages,omitempty"`
	// Status is that of the execution; "" when there was none.
	Status         string  `json:"status,omitempty"`
	ElapsedSeconds float64 `json:"elapsedSeconds"` // virtual
	// Note tells how much a sweep did: "19 executions, 18 faults".
	Note string `json:"note,omitempty"`
	// Elapsed is virtual, Took real time; 0 without a clock.
	Elapsed time.Duration `json:"-"`
	Took    time.Duration `json:"-"`
}

// RunOptions say which tests run.
type RunOptions struct {
	// Filter selects tests by name, as part of "FILE: NAME"; nil: all.
	Filter *regexp.Regexp
	// Now is a clock for the real time that tests take; nil: it is not measured.
	Now func() time.Time
	// Done is told of each test when it is over; nil: nobody is.
	Done func(s *Suite, t TestReport)
}

// Run runs the tests of the suite one after the other. Ending ctx leaves out those that have not begun; the error is then that of
// ctx, and the report has the others.
func (s *Suite) Run(ctx context.Context, o RunOptions) (SuiteReport, error) {
	report := SuiteReport{File: s.File, Definition: s.Definition, Tests: []TestReport{}}
	all := true
	for _, c := range s.tests {
		if o.Filter != nil && !o.Filter.MatchString(s.File+": "+c.name) {
			all = false
			continue
		}
		if err := ctx.Err(); err != nil {
			return report, err
		}
		t := s.test(c, o.Now)
		report.Tests = append(report.Tests, t)
		if o.Done != nil {
			o.Done(s, t)
		}
	}
	if s.Skip == "" {
		report.Coverage = s.machine.Coverage()
		if all {
			report.LowCoverage = s.low(report.Coverage)
		}
	}
	return report, nil
}

func (s *Suite) test(c *test, now func() time.Time) TestReport {
	t := TestReport{Name: c.name, Line: c.line, Outcome: Passed}
	for _, why := range []string{s.Skip, c.skip} {
		if why != "" {
			t.Outcome, t.Messages = Skipped, []string{why}
			return t
		}
	}
	r := &recorder{name: c.name}
	var began time.Time
	if now != nil {
		began = now()
	}
	var d done
	r.run(func() { d = s.run(r, c) })
	if now != nil {
		t.Took = now().Sub(began)
	}
	t.Status, t.Elapsed, t.ElapsedSeconds, t.Note = d.status, d.elapsed, d.elapsed.Seconds(), d.note
	if len(r.messages) > 0 {
		t.Outcome, t.Messages = Failed, r.messages
	}
	return t
}

// low compares coverage with the thresholds of the suite.
func (s *Suite) low(c *asltest.Coverage) []string {
	var lines []string
	for _, th := range s.coverage {
		m := &c.Machines[0]
		covered, total := m.Count(th.kind)
		if total == 0 || 100*float64(covered)/float64(total) >= th.least {
			continue
		}
		what := "states, transitions, choices, catchers and retriers"
		if th.kind != "" {
			what = string(th.kind) + "s"
		}
		at := s.src.Positions(th.pointer)[0]
		lines = append(lines, fmt.Sprintf("%s:%d: the tests cover %d of %d %s, %.1f%%; want %g%%", s.File, at.Line, covered, total, what,
			100*float64(covered)/float64(total), th.least))
		var b strings.Builder
		part := asltest.Coverage{Machines: []asltest.MachineCoverage{{Name: m.Name}}}
		for _, item := range m.Items {
			if th.kind == "" || item.Kind == th.kind {
				part.Machines[0].Items = append(part.Machines[0].Items, item)
			}
		}
		if err := part.WriteMissing(&b); err == nil {
			for line := range strings.Lines(b.String()) {
				lines = append(lines, "  "+strings.TrimRight(line, "\n"))
			}
		}
	}
	return lines
}

// WriteCoverage adds a file with what the suite covered so far to a directory, for [asltest.ReadCoverage].
func (s *Suite) WriteCoverage(dir string) error {
	if s.Skip != "" {
		return nil
	}
	return s.machine.WriteCoverage(dir)
}

// Add adds a suite to the report and its coverage to that of all.
func (r *Report) Add(s SuiteReport) {
	r.Suites = append(r.Suites, s)
	if s.Coverage == nil {
		return
	}
	if r.Coverage == nil {
		r.Coverage = &asltest.Coverage{}
	}
	r.Coverage.Merge(s.Coverage)
}

// Count returns how many tests have the outcome.
func (r *Report) Count(o Outcome) int {
	n := 0
	for i := range r.Suites {
		for j := range r.Suites[i].Tests {
			if r.Suites[i].Tests[j].Outcome == o {
				n++
			}
		}
	}
	return n
}

// OK reports whether no test failed and no suite is below its coverage.
func (r *Report) OK() bool {
	for i := range r.Suites {
		if r.Suites[i].LowCoverage != nil {
			return false
		}
	}
	return r.Count(Failed) == 0
}
