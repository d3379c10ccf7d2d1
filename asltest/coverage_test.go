package asltest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asltest"
)

func TestCoverageCountsWhatExecutionsReach(t *testing.T) {
	t.Parallel()
	m := order(t)
	ship := asltest.On("Ship", asltest.Return(`1`))
	m.Run(`{"id": 1, "total": 0}`, ship)
	m.Run(`{"id": 1, "total": 1}`, ship, asltest.On("Charge", asltest.Fail("Card.Busy", ""), asltest.Payload(`{"id": 1}`)))
	c := m.Coverage()
	var summary, missing strings.Builder
	if err := errors.Join(c.WriteSummary(&summary), c.WriteMissing(&missing)); err != nil {
		t.Fatal(err)
	}
	want := "testdata/order.asl.json: 66.7% of 15: states 3/4, transitions 4/6, choices 2/3, catchers 0/1, retriers 1/1\n"
	if got := filepath.ToSlash(summary.String()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	wantMissing := `testdata/order.asl.json:9: transition Check -> Refuse by rule 1
testdata/order.asl.json:9: choice Check: rule 1
testdata/order.asl.json:20: transition Charge -> Refuse by catcher 0
testdata/order.asl.json:20: catcher Charge: catcher 0 (Card.Refused)
testdata/order.asl.json:31: state Refuse
`
	if d := cmp.Diff(wantMissing, filepath.ToSlash(missing.String())); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	var low *asltest.LowCoverageError
	if err := c.Check(66); err != nil {
		t.Errorf("got %v", err)
	}
	if err := c.Check(67); !errors.As(err, &low) || !strings.Contains(err.Error(), "order.asl.json 66.7%") {
		t.Errorf("got %v", err)
	}
	m.Run(`{"id": 1, "total": -1}`)
	m.Run(`{"id": 1, "total": 1}`, asltest.On("Charge", asltest.Fail("Card.Refused", "")))
	if p := m.Coverage().Percent(); p != 100 {
		t.Errorf("got %v%%, want everything covered", p)
	}
}

func TestCoverageReachesBranchesAndIterations(t *testing.T) {
	t.Parallel()
	m := asltest.Define(t, `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
		"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "A"}], "Default": "B"},
		"A": {"Type": "Pass", "End": true}, "B": {"Type": "Succeed"}}}}}}`)
	m.Run(`[1]`)
	before := m.Coverage().Percent()
	m.For(t).Run(`[1, 2]`)
	if after := m.Coverage().Percent(); before >= 100 || after != 100 {
		t.Errorf("got %v%% and %v%%, want 100%% in the end only", before, after)
	}
}

func TestReportsForMachinesAndPeople(t *testing.T) {
	t.Parallel()
	m := order(t)
	m.Run(`{"id": 1, "total": 0}`, asltest.On("Ship", asltest.Return(`1`)))
	var lcov, page strings.Builder
	if err := errors.Join(m.Coverage().WriteLCOV(&lcov), m.Coverage().WriteHTML(&page)); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"SF:/", "order.asl.json\n", "DA:5,1\n", "DA:31,0\n", "BRH:3\n", "end_of_record\n"} {
		if !strings.Contains(lcov.String(), part) {
			t.Errorf("want %q in %s", part, lcov.String())
		}
	}
	for _, part := range []string{"order.asl.json", "Ship ×1", "Refuse ✗", "&#34;StartAt&#34;", "stroke-dasharray", "line 31: state Refuse"} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("want %q in the page", part)
		}
	}
}

// suite is a package's tests as Main sees them.
type suite func() int

func (s suite) Run() int { return s() }

func TestCoverageIsWrittenAndMerged(t *testing.T) { // not parallel: it sets the environment
	dir := filepath.Join(t.TempDir(), "cover")
	t.Setenv(asltest.CoverageDir, dir)
	for _, input := range []string{`{"id": 1, "total": 0}`, `{"id": 1, "total": -1}`} {
		s := &spy{}
		order(s).Run(input, asltest.On("Ship", asltest.Return(`1`)))
		for _, f := range s.cleanups {
			f()
		}
		if s.said != nil {
			t.Fatal(s.said)
		}
	}
	c, err := asltest.ReadCoverage(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Machines) != 1 {
		t.Fatalf("got %d machines, want 1", len(c.Machines))
	}
	if n, of := c.Machines[0].Count(asltest.CoverChoice); n != 2 || of != 3 {
		t.Errorf("got %d of %d rules, want 2 of 3", n, of)
	}
	if n, of := c.Machines[0].Count(asltest.CoverState); n != 3 || of != 4 {
		t.Errorf("got %d of %d states, want 3 of 4", n, of)
	}
	if err := os.WriteFile(filepath.Join(dir, "gait-x.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := asltest.ReadCoverage(dir); err == nil || !strings.Contains(err.Error(), "gait-x.json") {
		t.Errorf("got %v, want the broken file named", err)
	}
	if _, err := asltest.ReadCoverage(filepath.Join(dir, "none")); err == nil {
		t.Error("got no error for a directory that is not there")
	}
}

func TestMainReportsAndChecks(t *testing.T) { // not parallel: it sets the environment
	t.Setenv(asltest.CoverageDir, "")
	tests := []struct {
		name, min string
		tests     int // status of the tests
		want      int
		printed   string
	}{
		{"no threshold", "", 0, 0, "order.asl.json: 33.3% of 15"},
		{"reached", "33%", 0, 0, "choice Check: rule 1"},
		{"not reached", "34", 0, 1, "coverage is below 34.0%"},
		{"failed tests stay failed", "", 3, 3, "order.asl.json"},
		{"no number", "most", 0, 1, `GAIT_COVERAGE_MIN is "most"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(asltest.CoverageMin, tt.min)
			var out strings.Builder
			code := asltest.Report(suite(func() int {
				s := &spy{}
				order(s).Run(`{"id": 1, "total": 0}`, asltest.On("Ship", asltest.Return(`1`)))
				for _, f := range s.cleanups {
					f()
				}
				return tt.tests
			}), &out)
			if code != tt.want || !strings.Contains(out.String(), tt.printed) {
				t.Errorf("got status %d and\n%s\nwant %d and %q", code, out.String(), tt.want, tt.printed)
			}
			if os.Getenv(asltest.CoverageDir) != "" {
				t.Error("the environment is left changed")
			}
		})
	}
}

func TestTextsOfOneTestAreKeptApart(t *testing.T) { // not parallel: it sets the environment
	dir := t.TempDir()
	t.Setenv(asltest.CoverageDir, dir)
	s := &spy{}
	for _, definition := range []string{single(`"Type": "Succeed"`), single(`"Type": "Pass", "End": true`)} {
		asltest.Define(s, definition).Run(`{}`)
	}
	for _, f := range s.cleanups {
		f()
	}
	c, err := asltest.ReadCoverage(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Machines) != 2 || c.Percent() != 100 {
		t.Errorf("got %d machines, %v%%; want 2, all covered", len(c.Machines), c.Percent())
	}
}

func TestAnEditedFileCountsAnew(t *testing.T) { // not parallel: it sets the environment
	dir := t.TempDir()
	t.Setenv(asltest.CoverageDir, filepath.Join(dir, "cover"))
	file := filepath.Join(dir, "m.asl.json")
	for i, definition := range []string{single(`"Type": "Pass", "End": true`), single(`"Type": "Succeed"`)} {
		if err := os.WriteFile(file, []byte(definition), 0o644); err != nil {
			t.Fatal(err)
		}
		s := &spy{}
		asltest.Load(s, file).Run(`{}`)
		for _, f := range s.cleanups {
			f()
		}
		files, err := filepath.Glob(filepath.Join(dir, "cover", "*.json"))
		if err != nil || len(files) != i+1 {
			t.Fatalf("got %v, %v", files, err)
		}
		if i == 0 { // the clock of the file system may be coarse
			old := time.Now().Add(-time.Hour)
			if err := os.Chtimes(files[0], old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := asltest.ReadCoverage(filepath.Join(dir, "cover"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Machines) != 1 || len(c.Machines[0].Items) != 1 {
		t.Errorf("got %+v, want the last text alone", c.Machines)
	}
}
