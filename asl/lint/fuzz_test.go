package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asl/lint"
)

// FuzzCheck lints whatever compiles: it must not panic, and must find the same each time.
func FuzzCheck(f *testing.F) {
	for _, e := range examples {
		for _, s := range e.bad {
			f.Add(definition(s))
		}
		for _, s := range e.good {
			f.Add(definition(s))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		src, err := asl.Read("f.yaml", []byte(text), nil)
		if err != nil {
			return
		}
		cfg := lint.Config{Options: asl.Options{AnyResource: true}}
		first, err := lint.Check(src, cfg)
		if err != nil {
			return
		}
		again, _ := lint.Check(src, cfg)
		if fmt.Sprint(first) != fmt.Sprint(again) {
			t.Errorf("two runs differ:\n%v\n%v", first, again)
		}
	})
}

// Definitions that would be expensive for a careless analysis.
func TestCheckIsBounded(t *testing.T) {
	t.Parallel()
	var chain, growing, rules strings.Builder
	const n = 3000
	for i := range n { // written backwards, each copying what came before into itself
		fmt.Fprintf(&chain, `"S%d": {"Type": "Pass", "Parameters": {"k%d": 1, "last.$": "$", "again.$": "$"}, "Next": "S%d"},`, n-i, i, n-i+1)
	}
	for i := range 300 {
		fmt.Fprintf(&growing, `"S%d": {"Type": "Choice", "Default": "S%d", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "S%d"}], "Assign": {"v%d.$": "$"}},`,
			i, i+1, i*7%300, i)
		fmt.Fprintf(&rules, `{"Variable": "$.n", "NumericGreaterThan": %d, "Next": "Z"},`, 1000-i)
	}
	tests := []struct {
		name, text string
		want       int // findings
	}{
		{"a chain", fmt.Sprintf(`{"StartAt": "S1", "States": {%s "S%d": {"Type": "Succeed"}}}`, chain.String(), n+1), 0},
		{"cycles", fmt.Sprintf(`{"StartAt": "S0", "States": {%s "S300": {"Type": "Succeed"}}}`, growing.String()), 300}, // unused variables
		{"rules", fmt.Sprintf(`{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [%s {"Variable": "$.n", "IsNull": true, "Next": "Z"}]}, "Z": {"Type": "Succeed"}}}`,
			rules.String()), 1}, // no Default
	}
	for _, tt := range tests {
		src, err := asl.Read(tt.name, []byte(tt.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := lint.Check(src, lint.Config{}); err != nil || len(found) != tt.want {
			t.Errorf("%s: got %d findings, %v; want %d", tt.name, len(found), err, tt.want)
		}
	}
	var deep string
	for i := range 150 {
		inner := deep
		if inner == "" {
			inner = `{"StartAt": "L", "States": {"L": {"Type": "Pass", "End": true}}}`
		}
		deep = fmt.Sprintf(`{"StartAt": "M%d", "States": {"M%d": {"Type": "Map", "End": true, "Retry": [{"ErrorEquals": ["E"]}], "ItemProcessor": %s}}}`, i, i, inner)
	}
	src, err := asl.Read("deep", []byte(deep), nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := lint.Check(src, lint.Config{Only: []string{"retrier-never-matches"}})
	if err != nil || len(found) != 150 {
		t.Errorf("got %d findings, %v; want 150", len(found), err)
	}
}
