package suite

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// FuzzParse reads suites that may be anything: no panic, and an error that says where. Those that are all right are run; their tests
// may fail.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"testdata/order.test.yaml", "../../examples/order.test.yaml", "../../examples/testing/renewal.test.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), strings.HasSuffix(file, ".json"))
	}
	f.Add("tests: [{name: a, sweep: true, mocks: {'*': {return: 1, heartbeats: 0.001, after: 6e9}}}]", false)
	f.Add("tests: [{name: a, input: &a [*a]}]", false)
	f.Add(`{"tests":[{"name":"a","mocks":{"Charge":[{"never":true,"times":10000}]},"sweep":{"maxRuns":1}}]}`, true)
	f.Fuzz(func(t *testing.T, text string, json bool) {
		for _, key := range [...]string{"File", "history", "replay", "mockConfig", "definition"} {
			if strings.Contains(text, key) {
				t.Skip("it may name any file")
			}
		}
		name := "x.test.yaml"
		if json {
			name = "x.test.json"
		}
		s, err := parse(name, []byte(text), Options{Definition: "testdata/order.asl.json"})
		if err != nil {
			refused, ok := errors.AsType[*Error](err)
			if _, other := errors.AsType[*DefinitionError](err); !ok && !other { // substitutions may break the definition
				t.Fatalf("%T: %v", err, err)
			}
			if ok && (len(refused.Problems) == 0 || refused.Problems[0].Line < 1 || refused.Problems[0].Column < 1) {
				t.Fatalf("no place: %+v", refused)
			}
			return
		}
		if len(s.tests) > 5 {
			return
		}
		for _, c := range s.tests {
			if c.sweep != nil {
				c.sweep.MaxRuns = 5
			}
		}
		s.machine.Options.MaxSteps = 200
		r, err := s.Run(t.Context(), RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range r.Tests {
			for _, m := range one.Messages {
				if strings.HasPrefix(m, "panic: ") {
					t.Fatalf("%s: %s", one.Name, m)
				}
			}
		}
	})
}
