package conformance

import (
	"strings"
	"testing"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/internal/value"
)

func parse(t *testing.T, text string) value.Value {
	t.Helper()
	v, err := value.ParseString(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestMatcher(t *testing.T) {
	t.Parallel()
	const doc = `{"placeholders": ["<uuid:1>", "<uuid:2>", "<part>"], "anyWords": ["timestamp"]}`
	tests := []struct {
		name, want, got string
		matches         bool
	}{
		{"equal strings", `"a"`, `"a"`, true},
		{"different strings", `"a"`, `"b"`, false},
		{"an any-word matches a number", `"timestamp"`, `1.5`, true},
		{"an any-word inside a longer string is literal", `"timestamp x"`, `"now x"`, false},
		{"a placeholder stands for text", `"a-<part>-b"`, `"a-xyz-b"`, true},
		{"a placeholder does not stand for nothing", `"a-<part>-b"`, `"a--b"`, false},
		{"an indexed placeholder stands for one text", `["<uuid:1>", "<uuid:1>"]`, `["x", "y"]`, false},
		{"two indices stand for two texts", `["<uuid:1>", "<uuid:2>", "<uuid:1>"]`, `["x", "y", "x"]`, true},
		{"one without index may differ", `["<part>", "<part>"]`, `["x", "y"]`, true},
		{"a token not listed is literal", `"<other:1>"`, `"x"`, false},
		{"JSON texts match by value", `"{\"a\": 1}"`, `"{\"a\":1.0}"`, true},
		{"placeholders inside JSON texts", `"{\"a\": \"<uuid:1>\"}"`, `"{\"a\":\"x\"}"`, true},
		{"an object matches its text", `{"a": [1]}`, `"{\"a\":[1.0]}"`, true},
		{"an array matches its text", `[1, 2]`, `"[1,2]"`, true},
		{"a text does not match an object", `"{\"a\":1}"`, `{"a": 1}`, false},
		{"a member is missing", `{"a": 1, "b": 2}`, `{"a": 1}`, false},
		{"a member too many", `{"a": 1}`, `{"a": 1, "b": 2}`, false},
		{"the order of members does not count", `{"a": 1, "b": 2}`, `{"b": 2, "a": 1}`, true},
		{"the order of elements counts", `[1, 2]`, `[2, 1]`, false},
		{"null is only null", `null`, `false`, false},
		{"true is not 1", `true`, `1`, false},
		{"a number is not its text", `1`, `"1"`, false},
		{"numbers compare by value", `100`, `1e2`, true},
	}
	for _, tt := range tests {
		d := newMatcher(parse(t, doc)).diff(parse(t, tt.want), parse(t, tt.got), "$")
		if (d == "") != tt.matches {
			t.Errorf("%s: %s against %s: got difference %q, want match %t", tt.name, tt.want, tt.got, d, tt.matches)
		}
	}
}

// eventList reads a history written as "type<prev type<prev …". Ids count from 1; "0:" before a type makes them 0.
func eventList(t *testing.T, text string) []history.Event {
	t.Helper()
	var list []history.Event
	for i, word := range strings.Fields(text) {
		rest, unordered := strings.CutPrefix(word, "0:")
		name, prev, _ := strings.Cut(rest, "<")
		n, _ := parse(t, prev).Int()
		e := history.Event{ID: int64(i + 1), Type: name, PreviousEventID: n}
		if unordered {
			e.ID = 0
		}
		list = append(list, e)
	}
	return list
}

func expected(t *testing.T, text string) string {
	t.Helper()
	var list []string
	for _, e := range eventList(t, text) {
		list = append(list, string(e.AppendJSON(nil)))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func TestHistoryComparison(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, mode, want, got string
		matches               bool
	}{
		{"exact", "exact", "X<0 Y<0", "X<0 Y<0", true},
		{"another predecessor", "exact", "X<0 Y<0", "X<0 Y<1", false},
		{"an event too few", "exact", "X<0 Y<0", "X<0", false},
		{"an event too many", "exact", "X<0", "X<0 Y<0", false},
		{"prefix", "prefix", "X<0", "X<0 Y<0", true},
		{"prefix too short", "prefix", "X<0 Y<0", "X<0", false},
		{"distributed Map may leave through MapRunStarted", "exact",
			"MapRunStarted<0 MapRunSucceeded<1 MapStateSucceeded<2 MapStateExited<2",
			"MapRunStarted<0 MapRunSucceeded<1 MapStateSucceeded<2 MapStateExited<1", true},
		{"the tolerance is of MapRun events only", "exact", "X<0 MapRunStarted<1 MapStateExited<2", "X<0 MapRunStarted<1 MapStateExited<1", false},
		{"concurrent order is free", "concurrent", "X<0 ParallelStateStarted<1 MapStateFailed<1", "X<0 MapStateFailed<1 ParallelStateStarted<1", true},
		{"concurrent predecessors count by type", "concurrent", "X<0 Y<1 Z<1", "X<0 Y<1 Z<2", false},
		{"concurrent counts repetitions", "concurrent", "X<0 Y<1 Y<1", "X<0 Y<1 Z<1", false},
		{"sections", "unordered-sections", "X<0 0:B<0 0:A<0 Z<3", "X<0 A<1 B<2 Z<3", true},
		{"sections may lack Parallel events", "unordered-sections", "X<0 0:A<0 Z<1", "X<0 A<1 Z<1", true},
		{"a section event is missing", "unordered-sections", "X<0 0:A<0 0:B<0 Z<1", "X<0 A<1 C<1 Z<1", false},
		{"unknown mode", "other", "X<0", "X<0", false},
	}
	for _, tt := range tests {
		doc := parse(t, `{"expect": {"status": "SUCCEEDED", "comparison": "`+tt.mode+`", "history": `+expected(t, tt.want)+`}}`)
		d := compareExecution(doc, &asltest.Result{Status: "SUCCEEDED", Events: eventList(t, tt.got)})
		if (d == "") != tt.matches {
			t.Errorf("%s: got difference %q, want match %t", tt.name, d, tt.matches)
		}
	}
}

func TestOutcomeComparison(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	tests := []struct {
		name, expect string
		result       asltest.Result
		matches      bool
	}{
		{"success", `{"status": "SUCCEEDED", "output": {"a": 1}}`, asltest.Result{Status: "SUCCEEDED", Output: `{"a":1}`}, true},
		{"another status", `{"status": "SUCCEEDED", "output": 1}`, asltest.Result{Status: "FAILED"}, false},
		{"another output", `{"status": "SUCCEEDED", "output": {"a": 1}}`, asltest.Result{Status: "SUCCEEDED", Output: `{"a":2}`}, false},
		{"an output too many", `{"status": "SUCCEEDED"}`, asltest.Result{Status: "SUCCEEDED", Output: `1`}, false},
		{"failure", `{"status": "FAILED", "error": "E"}`, asltest.Result{Status: "FAILED", Error: text("E")}, true},
		{"a cause too many", `{"status": "FAILED", "error": "E"}`, asltest.Result{Status: "FAILED", Error: text("E"), Cause: text("")}, false},
		{"a cause too few", `{"status": "FAILED", "cause": "c"}`, asltest.Result{Status: "FAILED"}, false},
	}
	for _, tt := range tests {
		doc := value.Obj(value.M("expect", parse(t, tt.expect).With("comparison", value.FromString("outcome"))))
		if d := compareExecution(doc, &tt.result); (d == "") != tt.matches {
			t.Errorf("%s: got difference %q, want match %t", tt.name, d, tt.matches)
		}
	}
}
