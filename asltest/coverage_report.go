package asltest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// WriteSummary writes one line for each machine: "order.asl.json: 83.3% of 12: states 4/5, transitions 3/4, choices 2/2, …". Kinds
// that a machine does not have are left out.
func (c *Coverage) WriteSummary(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range c.Machines {
		m := &c.Machines[i]
		_, total := m.Count("")
		fmt.Fprintf(b, "%s: %.1f%% of %d:", shortPath(m.Name), m.Percent(), total)
		sep := " "
		for _, kind := range coverageKinds {
			if n, of := m.Count(kind); of > 0 {
				fmt.Fprintf(b, "%s%ss %d/%d", sep, kind, n, of)
				sep = ", "
			}
		}
		fmt.Fprintln(b)
	}
	return b.Flush()
}

// WriteMissing writes a line for each item that was not covered: "order.asl.json:12: catcher Charge: catcher 0 (States.ALL)".
func (c *Coverage) WriteMissing(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range c.Machines {
		m := &c.Machines[i]
		for _, item := range m.Items {
			if item.Hits == 0 {
				fmt.Fprintf(b, "%s:%d: %s %s\n", shortPath(m.Name), item.Line, item.Kind, item.Label)
			}
		}
	}
	return b.Flush()
}

// WriteLCOV writes the LCOV form that editors and services read: states are lines, transitions and the other kinds are branches
// of their lines.
func (c *Coverage) WriteLCOV(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range c.Machines {
		m := &c.Machines[i]
		fmt.Fprintf(b, "TN:\nSF:%s\n", m.Name)
		lines, hit := map[int]int{}, 0
		var order []int
		branches, taken := 0, 0
		for n, item := range m.Items {
			if _, ok := lines[item.Line]; !ok {
				order = append(order, item.Line)
			}
			lines[item.Line] = max(lines[item.Line], item.Hits)
			if item.Kind == CoverState {
				continue
			}
			branches++
			count := "-"
			if item.Hits > 0 {
				count = strconv.Itoa(item.Hits)
				taken++
			}
			fmt.Fprintf(b, "BRDA:%d,0,%d,%s\n", item.Line, n, count)
		}
		fmt.Fprintf(b, "BRF:%d\nBRH:%d\n", branches, taken)
		for _, line := range order {
			fmt.Fprintf(b, "DA:%d,%d\n", line, lines[line])
			if lines[line] > 0 {
				hit++
			}
		}
		fmt.Fprintf(b, "LF:%d\nLH:%d\nend_of_record\n", len(order), hit)
	}
	return b.Flush()
}

// Check returns an error that names the machines of which less than min percent are covered; nil when there is none.
func (c *Coverage) Check(min float64) error {
	var low []string
	for i := range c.Machines {
		if p := c.Machines[i].Percent(); p < min {
			low = append(low, fmt.Sprintf("%s %.1f%%", shortPath(c.Machines[i].Name), p))
		}
	}
	if low == nil {
		return nil
	}
	return &LowCoverageError{Min: min, Machines: low}
}

// LowCoverageError is the error of [Coverage.Check].
type LowCoverageError struct {
	Min      float64
	Machines []string // "order.asl.json 50.0%"
}

// Error names the threshold in percent and the machines below it.
func (e *LowCoverageError) Error() string {
	return fmt.Sprintf("asltest: coverage is below %.1f%%: %s", e.Min, strings.Join(e.Machines, ", "))
}

// shortPath returns a path relative to the working directory where that is shorter.
func shortPath(path string) string {
	if !filepath.IsAbs(path) {
		return path
	}
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// Main runs the tests of a package and prints what they covered of its state machines: a line for each machine, and under it
// what is missing. It returns the exit status: that of the tests, or 1 when [CoverageMin] is set and a machine is below it.
//
//	func TestMain(m *testing.M) { os.Exit(asltest.Main(m)) }
//
// With [CoverageDir] set the files stay there, for merging over packages, and the lines tell of all that is in it.
func Main(m interface{ Run() int }) int { return report(m, os.Stdout) }

func report(m interface{ Run() int }, w io.Writer) int {
	dir := os.Getenv(CoverageDir)
	if dir == "" {
		temp, err := os.MkdirTemp("", "gait-coverage-")
		if err != nil {
			fmt.Fprintln(w, "asltest:", err)
			return 1
		}
		defer os.RemoveAll(temp) // nothing can be done about what is left
		if err := os.Setenv(CoverageDir, temp); err != nil {
			fmt.Fprintln(w, "asltest:", err)
			return 1
		}
		defer os.Unsetenv(CoverageDir) // cannot fail after Setenv
		dir = temp
	}
	code := m.Run()
	c, err := ReadCoverage(dir)
	if err == nil {
		err = c.WriteSummary(w)
	}
	if err == nil {
		err = c.WriteMissing(w)
	}
	if err == nil {
		err = c.checkText(os.Getenv(CoverageMin))
	}
	if err != nil {
		fmt.Fprintln(w, err)
		return max(code, 1)
	}
	return code
}

// checkText is Check with a percentage from the environment; "" asks for nothing.
func (c *Coverage) checkText(min string) error {
	if min == "" {
		return nil
	}
	p, err := strconv.ParseFloat(strings.TrimSuffix(min, "%"), 64)
	if err != nil {
		return fmt.Errorf("asltest: %s is %q, want a percentage such as 80", CoverageMin, min)
	}
	return c.Check(p)
}
