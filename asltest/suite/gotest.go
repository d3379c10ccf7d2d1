package suite

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gait-engine/gait/asltest"
)

// Runner is what [Run] needs of a test: *testing.T has it.
type Runner[T any] interface {
	asltest.TB
	Run(name string, f func(t T)) bool
	Skip(args ...any)
	Logf(format string, args ...any)
}

// Run runs a suite file under go test, each of its tests as a subtest:
//
//	func TestOrder(t *testing.T) { suite.Run(t, "order.test.yaml") }
//
// What is wrong with the file or its definition fails t. So does coverage below the suite's threshold, unless -run or -skip left out
// subtests. What it covers counts for GAIT_COVERAGE_DIR as that of other tests does.
func Run[T Runner[T]](t T, file string) { RunWith(t, file, Options{}) }

// RunWith is [Run] with options.
func RunWith[T Runner[T]](t T, file string, o Options) {
	t.Helper()
	s, err := Load(file, o)
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	if s.Skip != "" {
		t.Skip(s.Skip)
		return
	}
	if dir := os.Getenv(asltest.CoverageDir); dir != "" {
		t.Cleanup(func() {
			if err := s.WriteCoverage(dir); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	ran, failed := 0, false
	for _, c := range s.tests {
		passed := t.Run(c.name, func(t T) {
			ran++
			t.Helper()
			if c.skip != "" {
				t.Skip(c.skip)
			}
			if d := s.run(t, c); d.note != "" {
				t.Logf("%s", d.note)
			}
		})
		failed = failed || !passed
	}
	if ran < len(s.tests) || failed {
		return
	}
	if lines := s.low(s.machine.Coverage()); lines != nil {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}

// RunAll runs all suites at these paths, as [Find] finds them, each as a subtest with its path as name.
func RunAll[T Runner[T]](t T, paths ...string) {
	t.Helper()
	files, err := Find(paths...)
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	for _, file := range files {
		t.Run(filepath.ToSlash(file), func(t T) { Run(t, file) })
	}
}
