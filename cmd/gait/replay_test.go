package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestAnExecutionOfAStoreIsReplayed takes a history out of a store and compares it with the definition.
func TestAnExecutionOfAStoreIsReplayed(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "m.asl.json", `{"StartAt": "T", "States": {
		"T": {"Type": "Task", "Resource": "gait:t", "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}], "Next": "M"},
		"M": {"Type": "Map", "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}, "End": true}}}`)
	write(t, "mock.json", `{"T": [{"throw": {"error": "Busy", "cause": ""}}, {"return": [1, 2]}]}`)
	gait := func(args ...string) (int, string) {
		t.Helper()
		var out, errs bytes.Buffer
		code := Run(t.Context(), args, strings.NewReader(""), &out, &errs, nil)
		return code, out.String()
	}
	if code, out := gait("run", "m.asl.json", "--store", "s.db", "--name", "x", "--mock", "mock.json"); code != exitDone {
		t.Fatal(code, out)
	}
	_, history := gait("history", "x", "--store", "s.db", "--json")
	write(t, "h.jsonl", history)
	if code, out := gait("replay", "m.asl.json", "--history", "h.jsonl"); code != exitDone || !strings.Contains(out, "events as recorded; SUCCEEDED") {
		t.Errorf("code %d: %s", code, out)
	}
}
