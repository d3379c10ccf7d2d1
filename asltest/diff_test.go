package asltest

import (
	"strings"
	"testing"
)

func TestDifferencesAreThoseThatCount(t *testing.T) {
	t.Parallel()
	if d := diffJSON(`{"a": 1, "b": [30.0, 1e2]}`, `{"b":[30,100],"a":1}`); d != "" {
		t.Errorf("got %s", d)
	}
	d := diffJSON(`{"id": 2, "total": 30.0}`, `{"id": 3, "total": 30}`)
	for line := range strings.Lines(d) {
		if (strings.HasPrefix(line, "-") || strings.HasPrefix(line, "+")) && strings.Contains(line, "total") {
			t.Errorf("what is equal is shown as different: %s", d)
		}
	}
	if d := diffJSON(`9007199254740993`, `9007199254740992`); d == "" {
		t.Error("large whole numbers are not told apart")
	}
	if d := diffJSON(`{`, `{}`); !strings.Contains(d, "wanted document is not JSON") {
		t.Errorf("got %s", d)
	}
}

func TestPatternsOfLists(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, list string
		want          bool
	}{
		{"", "", true}, {"a", "", false}, {"", "a", false}, {"a b", "a b", true}, {"a b", "a b c", false},
		{"...", "", true}, {"...", "a b", true}, {"a ...", "a b c", true}, {"... c", "a b c", true}, {"... c", "a c b", false},
		{"a ... c", "a c", true}, {"a ... c ... d", "a b c x d", true}, {"a ... c ... d", "a d c", false},
		{"... a b ... a c", "a b a b a c", true}, {"... ... a", "b a", true}, {"a ... a", "a", false},
	}
	for _, tt := range tests {
		if got := fits(strings.Fields(tt.pattern), strings.Fields(tt.list)); got != tt.want {
			t.Errorf("%q with %q: got %t", tt.pattern, tt.list, got)
		}
	}
	deep := make([]string, 5000)
	for i := range deep {
		deep[i] = "x"
	}
	if fits([]string{"...", "x", "...", "x", "...", "y", "..."}, deep) {
		t.Error("there is no y")
	}
}
