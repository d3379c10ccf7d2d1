package suite

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteText writes one line for each test, what went wrong below it, and at the end the coverage and the numbers.
func (r *Report) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range r.Suites {
		s := &r.Suites[i]
		if len(s.Tests) == 0 {
			continue
		}
		fmt.Fprintln(b, s.File)
		if s.Coverage == nil {
			fmt.Fprintf(b, "  skip  %d tests  %s\n", len(s.Tests), remark(&s.Tests[0]))
			continue
		}
		width := 0
		for _, t := range s.Tests {
			width = max(width, utf8.RuneCountInString(t.Name))
		}
		for _, t := range s.Tests {
			fmt.Fprintln(b, strings.TrimRight(fmt.Sprintf("  %-4s  %-*s  %s", mark(t.Outcome), width, t.Name, remark(&t)), " "))
			if t.Outcome == Failed {
				fmt.Fprintf(b, "        %s:%d\n", s.File, t.Line)
				for _, m := range t.Messages {
					fmt.Fprintln(b, indent(m, "        "))
				}
			}
		}
		for _, line := range s.LowCoverage {
			fmt.Fprintln(b, "  "+line)
		}
	}
	if r.Coverage != nil {
		if err := b.Flush(); err != nil {
			return err
		}
		if err := r.Coverage.WriteSummary(b); err != nil {
			return err
		}
	}
	fmt.Fprintf(b, "%d passed, %d failed", r.Count(Passed), r.Count(Failed))
	if n := r.Count(Skipped); n > 0 {
		fmt.Fprintf(b, ", %d skipped", n)
	}
	fmt.Fprintln(b)
	return b.Flush()
}

func mark(o Outcome) string {
	switch o {
	case Passed:
		return "ok"
	case Failed:
		return "FAIL"
	}
	return "skip"
}

// remark is what stands behind the name of a test.
func remark(t *TestReport) string {
	switch {
	case t.Outcome == Skipped:
		return strings.Join(t.Messages, "; ")
	case t.Note != "":
		return t.Note
	case t.Elapsed > 0:
		return span(t.Elapsed)
	}
	return ""
}

// span words a duration, long ones in days, as a suite may write it.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return d.String()
	}
	text := fmt.Sprintf("%dd", d/day)
	if rest := d % day; rest != 0 {
		text += rest.String()
	}
	return text
}

func indent(text, by string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = by + l
		}
	}
	return strings.Join(lines, "\n")
}

// jsonTest is a line of WriteJSON.
type jsonTest struct {
	File       string `json:"file"`
	Definition string `json:"definition"`
	TestReport
}

// WriteJSON writes one object for each test, in a line of its own: file, definition, name, line, outcome, messages, status,
// elapsedSeconds; and one for each suite with its coverage in percent and what it lacks.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i := range r.Suites {
		s := &r.Suites[i]
		for _, t := range s.Tests {
			if err := e.Encode(jsonTest{s.File, s.Definition, t}); err != nil {
				return err
			}
		}
		if s.Coverage == nil {
			continue
		}
		if err := e.Encode(struct {
			File        string   `json:"file"`
			Definition  string   `json:"definition"`
			Coverage    float64  `json:"coveragePercent"`
			LowCoverage []string `json:"lowCoverage,omitempty"`
		}{s.File, s.Definition, s.Coverage.Percent(), s.LowCoverage}); err != nil {
			return err
		}
	}
	return nil
}

// The elements of a JUnit report, as Jenkins, GitLab and others read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Class     string        `xml:"classname,attr"`
		File      string        `xml:"file,attr"`
		Line      int           `xml:"line,attr,omitempty"`
		Time      string        `xml:"time,attr"`
		Failure   *junitFailure `xml:"failure"`
		Skipped   *junitSkipped `xml:"skipped"`
		SystemOut string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// WriteJUnit writes the report in the XML form of JUnit. Coverage below a threshold is a failed test called "coverage".
func (r *Report) WriteJUnit(w io.Writer) error {
	var all junitSuites
	for i := range r.Suites {
		s := &r.Suites[i]
		out := junitSuite{Name: s.File}
		var took time.Duration
		for _, t := range s.Tests {
			c := junitCase{Name: t.Name, Class: s.File, File: s.File, Line: t.Line, Time: realSeconds(t.Took)}
			switch t.Outcome {
			case Failed:
				c.Failure = failureOf(t.Messages)
				out.Failures++
			case Skipped:
				c.Skipped = &junitSkipped{strings.Join(t.Messages, "; ")}
				out.Skipped++
			}
			if t.Status != "" {
				c.SystemOut = fmt.Sprintf("%s after %s", t.Status, t.Elapsed)
			}
			took += t.Took
			out.Cases = append(out.Cases, c)
		}
		if s.LowCoverage != nil {
			out.Cases = append(out.Cases, junitCase{Name: "coverage", Class: s.File, File: s.File, Time: realSeconds(0), Failure: failureOf(s.LowCoverage)})
			out.Failures++
		}
		out.Tests, out.Time = len(out.Cases), realSeconds(took)
		all.Tests, all.Failures, all.Skipped = all.Tests+out.Tests, all.Failures+out.Failures, all.Skipped+out.Skipped
		all.Suites = append(all.Suites, out)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func failureOf(messages []string) *junitFailure {
	text := strings.Join(messages, "\n")
	first, _, _ := strings.Cut(text, "\n")
	return &junitFailure{Message: first, Type: "failure", Text: text}
}

func realSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }
