package asltest_test

import (
	"fmt"
	"testing"

	"github.com/gait-engine/gait/asltest"
)

// TestAThousandTestsShareAMachine runs under the race detector, too: one definition and its mocks, a handle for each test.
func TestAThousandTestsShareAMachine(t *testing.T) {
	t.Parallel()
	const tests = 1000
	m := asltest.Define(t, twenty())
	mocks := twentyMocks()
	t.Run("all", func(t *testing.T) {
		for i := range tests {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				m := m.For(t)
				m.Options.Name = fmt.Sprint("execution-", i)
				m.Run(fmt.Sprintf(`{"order": {"id": %d}, "sum": %d}`, i, i), mocks...).
					OutputIncludes(fmt.Sprintf(`{"order": {"id": %d}, "sum": %d}`, i, i+3+9)).
					Retried("S4", 2).Path("S1", "...", "S20")
			})
		}
	})
	for _, item := range m.Coverage().Machines[0].Items {
		if item.Kind == asltest.CoverState && item.Hits != tests {
			t.Errorf("%s was reached %d times, want %d", item.Label, item.Hits, tests)
		}
	}
}
