package lint_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asl/lint"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/random"
)

// What lint says of data must hold in every execution: a state of which it says that it fails each time is never left, but by a
// catcher, and one that cannot be reached is never entered.
func TestFindingsHoldInExecutions(t *testing.T) {
	t.Parallel()
	machines := random.Machines(true)
	rapid.Check(t, func(t *rapid.T) {
		drawn := machines.Draw(t, "machine")
		src, err := asl.Read("drawn", []byte(drawn.Definition), nil)
		if err != nil {
			t.Fatal(err)
		}
		found, err := lint.Check(src, lint.Config{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := src.Compile(asl.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		result, err := asltest.Run(m, drawn.Input, asltest.Options{Resolve: func(asltest.Call) (asltest.Answer, error) {
			output, name := drawn.Reply(n)
			if n++; name != "" {
				return asltest.Fail(name, "drawn"), nil
			}
			return asltest.Return(output), nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		entered, left := map[string]bool{}, map[string]bool{}
		for _, e := range result.Events {
			if strings.HasSuffix(e.Type, "StateEntered") {
				entered[e.Details.Name] = true
			}
			if strings.HasSuffix(e.Type, "StateExited") {
				left[e.Details.Name] = true
			}
		}
		for _, f := range found {
			s, _ := m.Find(f.State)
			switch f.Rule {
			case "path-not-produced", "items-not-array", "result-path-never-fits":
				if left[f.State] && len(s.Common().Catch) == 0 && !strings.Contains(f.Pointer, "/Choices/") {
					t.Fatalf("%v, but the state was left:\n%s\n%s", f, drawn.Definition, drawn.Input)
				}
			case "unreachable-state":
				if entered[f.State] {
					t.Fatalf("%v, but it was entered:\n%s", f, drawn.Definition)
				}
			}
		}
	})
}
