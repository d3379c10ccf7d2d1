package suite_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asltest/suite"
)

// The suite of this package under go test.
func TestOrder(t *testing.T) { suite.Run(t, "testdata/order.test.yaml") }

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const definition = `{"StartAt": "A", "States": {
 "A": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage", "Next": "C",
   "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["Bad"], "Next": "F"}]},
 "C": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "F"}], "Default": "S"},
 "S": {"Type": "Succeed"},
 "F": {"Type": "Fail", "Error": "No"}}}`

// load puts a suite beside the definition.
func load(t *testing.T, text string) (*suite.Suite, error) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "m.asl.json", definition)
	return suite.Load(write(t, dir, "m.test.yaml", text), suite.Options{})
}

func TestMistakesOfASuiteHaveAPlaceAndAHint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string // "line:column: message" and hints, in order
	}{
		{"unknown key", "test: []\n", []string{`1:1: unknown key "test" in the suite`, `did you mean "tests"?`, "1:1: the suite has no tests", "add tests:"}},
		{"unknown key of a test", "tests:\n  - name: a\n    inputs: 1\n", []string{`3:5: unknown key "inputs" in a test`, `did you mean "input"?`}},
		{"unknown key of expect", "tests:\n  - name: a\n    expect: {outptu: 1}\n", []string{`3:14: unknown key "outptu" in expect`, `did you mean "output"?`}},
		{"no name", "tests:\n  - input: 1\n", []string{"2:5: the test has no name"}},
		{"two of a name", "tests:\n  - name: a\n  - name: a\n", []string{`3:11: two tests are called "a"; the other is in line 2`}},
		{"no list", "tests: {}\n", []string{"1:8: tests must be a list"}},
		{"a state that is none", "tests:\n  - name: a\n    mocks: {B: {return: 1}}\n", []string{`3:13: the definition has no state "B"`}},
		{"a misspelt state", "tests:\n  - name: a\n    mocks: {a: {return: 1}}\n", []string{`3:13: the definition has no state "a"`, `did you mean "A"?`}},
		{"a mock of a choice", "tests:\n  - name: a\n    mocks: {C: {return: 1}}\n", []string{`the state "C" is a Choice; only a Task calls anything`}},
		{"a path to nowhere", "tests:\n  - name: a\n    expect: {path: [A, ..., X]}\n", []string{`3:29: the definition has no state "X"`}},
		{"one state of a path", "tests:\n  - name: a\n    expect: {path: [X]}\n", []string{`the definition has no state "X"`}},
		{"retries of nothing", "tests:\n  - name: a\n    expect: {retries: {X: 1}}\n", []string{`3:27: the definition has no state "X"`}},
		{"two outcomes", "tests:\n  - name: a\n    mocks: {A: {return: 1, throw: B}}\n", []string{"3:28: a reply has one outcome, and this has return and throw"}},
		{"no outcome", "tests:\n  - name: a\n    mocks: {A: {after: 1s}}\n", []string{"3:16: the reply does not say what comes of the call"}},
		{"a duration", "tests:\n  - name: a\n    mocks: {A: {return: 1, after: soon}}\n", []string{`3:35: after is no duration: a string "soon"`}},
		{"a status", "tests:\n  - name: a\n    expect: {status: SUCCEDED}\n", []string{"3:22: status must be one of", `did you mean "SUCCEEDED"?`}},
		{"keys that exclude each other", "tests:\n  - name: a\n    state: A\n    sweep: true\n", []string{"4:5: sweep and state do not go together"}},
		{"variables without a state", "tests:\n  - name: a\n    variables: {x: 1}\n", []string{"3:5: variables is for tests of one state"}},
		{"a missing file", "tests:\n  - name: a\n    inputFile: none.json\n", []string{"3:16: inputFile: open"}},
		{"a file that is no history", "tests:\n  - name: a\n    replay: m.asl.json\n", []string{"3:13: m.asl.json: recording:"}},
		{"an expression", "tests:\n  - name: a\n    expect: {assert: 'a ='}\n", []string{`3:22: "a =" is no JSONata expression`}},
		{"a sweep of nothing", "tests:\n  - name: a\n    sweep: {states: [C]}\n", []string{`3:22: the state "C" is a Choice; only a Task can be broken`}},
		{"coverage", "coverage: 101\ntests:\n  - name: a\n", []string{"1:11: coverage is a percentage"}},
		{"coverage of what", "coverage: {stats: 1}\ntests:\n  - name: a\n", []string{`1:12: unknown key "stats"`, `did you mean "states"?`}},
		{"no YAML", "tests: [\n", []string{"did not find expected node content"}},
		{"a time", "execution: {startTime: now}\ntests:\n  - name: a\n", []string{"1:24: startTime is no time"}},
		{"received no list", "tests:\n  - name: a\n    expect: {received: {A: {x: 1}}}\n", []string{"3:28: expected a list with one document for each call", "put it in brackets"}},
		{"no definition", "definition: other.json\ntests:\n  - name: a\n", []string{"the definition: open", "other.json"}},
		{"a variable of the environment", "definition: $GAIT_NOT_SET/other.json\ntests:\n  - name: a\n", []string{"1:13: the definition is at", "set GAIT_NOT_SET"}},
		{"a mock of another state", "tests:\n  - name: a\n    state: C\n    mocks: {A: {return: 1}}\n", []string{`4:13: the test is about the state "C" alone`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, tt.text)
			if err == nil {
				t.Fatal("it is accepted")
			}
			text := err.Error()
			for _, part := range tt.want {
				i := strings.Index(text, part)
				if i < 0 {
					t.Fatalf("want %q in order in:\n%s", part, err)
				}
				text = text[i+len(part):]
			}
		})
	}
}

func TestAllMistakesAreReportedInTheirOrder(t *testing.T) {
	t.Parallel()
	_, err := load(t, "coverage: x\ntests:\n  - nam: a\n    skip: 1\n  - name: b\n    expect: 3\n")
	refused, ok := errors.AsType[*suite.Error](err)
	if !ok {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range refused.Problems {
		lines = append(lines, p.Line)
	}
	if d := cmp.Diff([]int{1, 3, 3, 4, 6}, lines); d != "" {
		t.Errorf("lines (-want +got):\n%s\n%v", d, err)
	}
}

func TestJSONSuitesAreStrictToo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "m.asl.json", definition)
	for text, want := range map[string]string{
		"{\"tests\": [\n {\"name\": \"a\",\n  \"inptu\": 1}]}":   `:3:3: unknown key "inptu" in a test`,
		"{\"tests\": [],\n \"tests\": []}":                       ":2:",
		"{\"tests\": [\n {\"name\": \"a\", \"expect\": {]}]}":    ":2:",
		"{\"tests\": [{\"name\": \"a\"}], \"definition\": \"\"}": "definition must not be empty",
	} {
		_, err := suite.Load(write(t, dir, "m.test.json", text), suite.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", text, want, err)
		}
	}
}

func TestADefinitionThatIsRefusedIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "m.asl.yaml", "StartAt: A\nStates:\n  A: {Type: Pass, Next: B}\n")
	_, err := suite.Load(write(t, dir, "m.test.yaml", "tests:\n  - name: a\n"), suite.Options{})
	refused, ok := errors.AsType[*suite.DefinitionError](err)
	if !ok || !strings.Contains(refused.Error(), "m.asl.yaml:3:") {
		t.Errorf("got %v", err)
	}
}

// outcomes runs a suite.
func outcomes(t *testing.T, text string) *suite.Report {
	t.Helper()
	s, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context(), suite.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	report := &suite.Report{}
	report.Add(r)
	return report
}

func TestExpectationsThatDoNotHoldAreReported(t *testing.T) {
	t.Parallel()
	tests := []struct{ test, want string }{
		{"mocks: {A: {throw: {error: Oops, cause: broken}}}", "has the status FAILED, want SUCCEEDED"},
		{"mocks: {A: {return: {}}}\n    expect: {error: X}", "has the status SUCCEEDED, want FAILED with X"},
		{"mocks: {A: {throw: Y}}\n    expect: {error: X}", `failed with "Y", want "X"`},
		{"mocks: {A: {throw: {error: Y, cause: z}}}\n    expect: {error: Y, cause: q}", `the cause is "z", want "q"`},
		{"mocks: {A: {throw: {error: Y, cause: z}}}\n    expect: {causeContains: [q]}", `the cause is "z", want it to contain "q"`},
		{"mocks: {A: {return: {a: 1, b: 2}}}\n    expect: {output: {a: 1, b: 3}}", "    -   \"b\": 3,\n    +   \"b\": 2,"},
		{"mocks: {A: {return: {a: [1, {b: 2}]}}}\n    expect: {outputIncludes: {a: [1, {b: 3}]}}", "/a/1/b: want 3, got 2"},
		{"mocks: {A: {return: {a: 1}}}\n    expect: {outputIncludes: {b: 3}}", "/b: want 3, got nothing"},
		{"mocks: {A: {return: {}}}\n    expect: {path: [A, S]}", "+ C"},
		{"mocks: {A: {return: {}}}\n    expect: {reached: [F]}", `state "F" was not reached; path A → C → S`},
		{"mocks: {A: {return: {}}}\n    expect: {neverReached: [C]}", `state "C" was reached`},
		{"mocks: {A: {return: {}}}\n    expect: {retries: {A: 1}}", "retried 0 times, want 1"},
		{"mocks: {A: {return: {}}}\n    input: {q: 1}\n    expect: {received: {A: [{q: 2}]}}", `-   "q": 2,`},
		{"mocks: {A: {return: {}}}\n    expect: {receivedIncludes: {A: [{}, {}]}}", "made 1 calls, want 2"},
		{"mocks: {A: {return: {}, after: 1m}}\n    expect: {elapsed: 1h}", "took 1m0s, want 1h0m0s"},
		{"mocks: {A: {return: {}}}\n    expect: {events: [ExecutionStarted]}", "ExecutionSucceeded"},
		{"mocks: {A: {return: {}}}\n    expect: {variables: {v: 1}}", `variable "v" was never assigned`},
		{"mocks: {A: {return: {}}}\n    expect: {assert: output.x}", "assert output.x: want true, got nothing"},
		{"mocks: {A: {never: true}}", "waits for an answer that never comes"},
		{"input: 1", "mocks:\n           A: {return: {}}"},
		{"mocks: {A: {return: {}}}\n    sweep: {allow: {error: [No]}}", `ended as FAILED with States.TaskFailed, allowed errors are No`},
		{"mocks: {A: {return: {}}}\n    sweep: {allow: {assert: $count(calls) < 2}}", `ended as SUCCEEDED: assert $count(calls) < 2: want true, got false`},
		{"state: A\n    mocks: {A: {throw: Bad}}\n    expect: {status: CAUGHT_ERROR, next: S}", `the next state is "F", want "S"`},
		{"state: C\n    input: {}\n    expect: {output: {x: 1}, next: S}", `-   "x": 1,`},
	}
	for _, tt := range tests {
		t.Run(tt.test, func(t *testing.T) {
			t.Parallel()
			r := outcomes(t, "tests:\n  - name: a\n    "+tt.test+"\n")
			got := r.Suites[0].Tests[0]
			text := strings.Join(got.Messages, "\n")
			if got.Outcome != suite.Failed || !strings.Contains(indent(text), tt.want) && !strings.Contains(text, tt.want) {
				t.Errorf("want %q in %s:\n%s", tt.want, got.Outcome, text)
			}
		})
	}
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }

const three = `coverage: {states: 100, catchers: 100}
mocks: {A: {return: {}}}
tests:
  - {name: good, mocks: {A: {return: {}, after: 90s}}}
  - {name: bad, expect: {error: No}}
  - {name: later, skip: not built}
`

func TestReports(t *testing.T) {
	t.Parallel()
	r := outcomes(t, three)
	r.Suites[0].File = "m.test.yaml"
	if r.OK() || r.Count(suite.Passed) != 1 || r.Count(suite.Failed) != 1 || r.Count(suite.Skipped) != 1 {
		t.Errorf("got %+v", r)
	}
	var text, lines, junit bytes.Buffer
	if err := errors.Join(r.WriteText(&text), r.WriteJSON(&lines), r.WriteJUnit(&junit)); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"m.test.yaml\n  ok    good   1m30s\n  FAIL  bad\n        m.test.yaml:5\n        the execution has the status SUCCEEDED, want FAILED with No\n",
		"  skip  later  not built\n", "the tests cover 3 of 4 states, 75.0%; want 100%", "catcher A: catcher 0 (Bad)", "1 passed, 1 failed, 1 skipped\n",
	} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("want %q in:\n%s", part, &text)
		}
	}
	names, percent := []string{}, 0.0
	for line := range strings.Lines(lines.String()) {
		var v struct {
			Name, Outcome, File string
			Percent             float64 `json:"coveragePercent"`
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		names, percent = append(names, v.Name+" "+v.Outcome), v.Percent
	}
	if d := cmp.Diff([]string{"good passed", "bad failed", "later skipped", " "}, names); d != "" || percent == 0 {
		t.Errorf("lines (-want +got), coverage %g:\n%s", percent, d)
	}
	var x struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Cases []struct {
				Name    string  `xml:"name,attr"`
				Failure *string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(junit.Bytes(), &x); err != nil {
		t.Fatal(err)
	}
	if x.Tests != 4 || x.Failures != 2 || x.Skipped != 1 || len(x.Suites) != 1 || x.Suites[0].Cases[3].Name != "coverage" {
		t.Errorf("got %+v of\n%s", x, &junit)
	}
}

func TestAFilterLeavesOutTestsAndTheThreshold(t *testing.T) {
	t.Parallel()
	s, err := load(t, three)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(0, 0)
	r, err := s.Run(t.Context(), suite.RunOptions{Filter: regexp.MustCompile("m.test.yaml: good"), Now: func() time.Time {
		now = now.Add(time.Second)
		return now
	}})
	if err != nil || len(r.Tests) != 1 || r.Tests[0].Outcome != suite.Passed || r.LowCoverage != nil || r.Tests[0].Took != time.Second {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestSuitesAreFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{
		"a/order.asl.json", "a/order.test.yaml", "a/order.refunds.test.json", "a/orders.test.yaml", "b/c/x.test.yml", ".git/y.test.yaml",
		"node_modules/z.test.yaml", "b/test.yaml",
	} {
		write(t, dir, filepath.FromSlash(name), "{}")
	}
	tests := []struct {
		paths []string
		want  string
	}{
		{[]string{""}, "a/order.refunds.test.json a/order.test.yaml a/orders.test.yaml b/c/x.test.yml"},
		{[]string{"b", "a/orders.test.yaml", "b/c"}, "a/orders.test.yaml b/c/x.test.yml"},
		{[]string{"a/order.asl.json"}, "a/order.refunds.test.json a/order.test.yaml"},
	}
	for _, tt := range tests {
		var paths []string
		for _, p := range tt.paths {
			paths = append(paths, filepath.Join(dir, filepath.FromSlash(p)))
		}
		files, err := suite.Find(paths...)
		for i := range files {
			rel, relErr := filepath.Rel(dir, files[i])
			err = errors.Join(err, relErr)
			files[i] = filepath.ToSlash(rel)
		}
		if got := strings.Join(files, " "); err != nil || got != tt.want {
			t.Errorf("%v: got %s, %v; want %s", tt.paths, got, err, tt.want)
		}
	}
	write(t, dir, "empty/x.json", "{}")
	_, err := suite.Find(filepath.Join(dir, "empty"))
	if _, ok := errors.AsType[*suite.NoSuiteError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestADefinitionThatIsAbsentSkips(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := write(t, dir, "m.test.yaml", "definition: $ELSEWHERE/m.asl.json\nifMissing: the shop has it\ntests:\n  - name: a\n    mocks: {A: {return: {}}}\n")
	getenv := func(string) string { return "" }
	s, err := suite.Load(file, suite.Options{Getenv: getenv})
	if err != nil || s.Skip != "the shop has it" {
		t.Fatalf("got %v, %v", s, err)
	}
	r, err := s.Run(t.Context(), suite.RunOptions{})
	if err != nil || r.Tests[0].Outcome != suite.Skipped {
		t.Errorf("got %+v, %v", r, err)
	}
	report, text := &suite.Report{}, bytes.Buffer{}
	report.Add(r)
	if err := report.WriteText(&text); err != nil || !strings.HasSuffix(text.String(), "m.test.yaml\n  skip  1 tests  the shop has it\n0 passed, 0 failed, 1 skipped\n") {
		t.Errorf("got %s", &text)
	}
	write(t, dir, "there/m.asl.json", definition)
	s, err = suite.Load(file, suite.Options{Getenv: func(string) string { return filepath.Join(dir, "there") }})
	if err != nil || s.Skip != "" {
		t.Fatalf("got %v, %v", s, err)
	}
}

func TestRecordingsAnswerAndAreCompared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "m.asl.json", definition)
	write(t, dir, "h.json", history)
	write(t, dir, "in.yaml", "q: 5\n")
	write(t, dir, "mock.json", `{"StateMachines": {"m": {"TestCases": {"Happy": {"A": "R"}}}}, "MockedResponses": {"R": {"0": {"Return": {"ok": 1}}}}}`)
	_, err := suite.Load(write(t, dir, "m.test.yaml", `tests:
  - {name: from the history, history: h.json, expect: {output: {n: 1}, received: {A: [{q: 1}]}}}
  - {name: with another input, history: h.json, inputFile: in.yaml, expect: {received: {A: [{q: 5}]}}}
  - {name: as recorded, replay: h.json}
  - {name: otherwise, replay: other.json}
  - {name: mock config, mockConfig: mock.json#Happy, expect: {output: {ok: 1}}}
`), suite.Options{})
	if err == nil || !strings.Contains(err.Error(), "other.json") {
		t.Fatalf("got %v", err)
	}
	write(t, dir, "other.json", strings.Replace(history, `"name": "S"`, `"name": "F"`, 1))
	s, err := suite.Load(filepath.Join(dir, "m.test.yaml"), suite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context(), suite.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []suite.Outcome{suite.Passed, suite.Passed, suite.Passed, suite.Failed, suite.Passed} {
		if got := r.Tests[i]; got.Outcome != want {
			t.Errorf("%s: got %s, want %s\n%s", got.Name, got.Outcome, want, strings.Join(got.Messages, "\n"))
		}
	}
	if text := strings.Join(r.Tests[3].Messages, "\n"); !strings.Contains(text, "replay: event 9") || !strings.Contains(text, `recorded "F", got "S"`) {
		t.Errorf("got %s", text)
	}
	for _, f := range []string{"h.json", "other.json", "in.yaml", "mock.json", "m.asl.json", "m.test.yaml"} {
		if !strings.Contains(fmt.Sprint(s.Files()), f) {
			t.Errorf("%s is not among %v", f, s.Files())
		}
	}
}

func TestDistributedMapsReadAndWriteObjects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "m.asl.json", `{"StartAt": "M", "States": {"M": {"Type": "Map", "Label": "L", "End": true, "ToleratedFailureCount": 1,
		"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key.$": "$.key"},
			"ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}},
		"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p"}},
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A", "States": {
			"A": {"Type": "Task", "Resource": "gait:a", "End": true, "Catch": [{"ErrorEquals": ["Odd"], "Next": "F"}]},
			"F": {"Type": "Fail", "Error": "No"}}}}}}`)
	write(t, dir, "b.csv", "n\n7\n")
	s, err := suite.Load(write(t, dir, "m.test.yaml", `coverage: 100
objects:
  in/a.csv: "n\n1\n2\n"
mocks: {A: [{return: {ok: 1}}, {throw: Odd}]}
tests:
  - name: one of two items fails
    input: {key: a.csv}
    expect:
      receivedIncludes: {A: [{n: "1"}, {n: "2"}]}
      reached: F
      assert: mapRuns[0].items = 2 and mapRuns[0].failed = 1
      objects: {out/p/*/manifest.json: {DestinationBucket: out}, out/p/*/SUCCEEDED_0.json: [{Output: '{"ok":1}'}]}
  - name: from a file
    input: {key: b.csv}
    objectFiles: {in/b.csv: b.csv}
    expect: {receivedIncludes: {A: [{n: "7"}]}, neverReached: F}
  - name: not there
    input: {key: c.csv}
    expect: {error: States.ItemReaderFailed}
  - name: wrong
    input: {key: b.csv}
    objects: {in/b.csv: "n\n1\n"}
    expect: {objects: {out/p/*/SUCCEEDED_0.json: [{Output: '{"ok":2}'}], out/q: x, none/k: x}, neverReached: A}
`), suite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context(), suite.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []suite.Outcome{suite.Passed, suite.Passed, suite.Passed, suite.Failed} {
		if got := r.Tests[i]; got.Outcome != want {
			t.Errorf("%s: got %s, want %s\n%s", got.Name, got.Outcome, want, strings.Join(got.Messages, "\n"))
		}
	}
	text := strings.Join(r.Tests[3].Messages, "\n")
	for _, part := range []string{`/0/Output: want`, "object out/q: it is not there; the bucket has p/", `object none/k: there is no bucket "none"`, `state "A" was reached`} {
		if !strings.Contains(text, part) {
			t.Errorf("want %q in:\n%s", part, text)
		}
	}
	if r.LowCoverage != nil {
		t.Error(r.LowCoverage)
	}
}

const history = `{"events": [
 {"timestamp": 1735689600, "type": "ExecutionStarted", "id": 1, "previousEventId": 0, "executionStartedEventDetails": {"input": "{\"q\":1}", "inputDetails": {"truncated": false}, "roleArn": "arn:aws:iam::123456789012:role/r"}},
 {"timestamp": 1735689600, "type": "TaskStateEntered", "id": 2, "previousEventId": 0, "stateEnteredEventDetails": {"name": "A", "input": "{\"q\":1}", "inputDetails": {"truncated": false}}},
 {"timestamp": 1735689600, "type": "TaskScheduled", "id": 3, "previousEventId": 2, "taskScheduledEventDetails": {"resourceType": "aws-sdk:sqs", "resource": "sendMessage", "region": "us-east-1", "parameters": "{\"q\":1}"}},
 {"timestamp": 1735689600, "type": "TaskStarted", "id": 4, "previousEventId": 3, "taskStartedEventDetails": {"resourceType": "aws-sdk:sqs", "resource": "sendMessage"}},
 {"timestamp": 1735689601, "type": "TaskSucceeded", "id": 5, "previousEventId": 4, "taskSucceededEventDetails": {"resourceType": "aws-sdk:sqs", "resource": "sendMessage", "output": "{\"n\":1}", "outputDetails": {"truncated": false}}},
 {"timestamp": 1735689601, "type": "TaskStateExited", "id": 6, "previousEventId": 5, "stateExitedEventDetails": {"name": "A", "output": "{\"n\":1}", "outputDetails": {"truncated": false}}},
 {"timestamp": 1735689601, "type": "ChoiceStateEntered", "id": 7, "previousEventId": 6, "stateEnteredEventDetails": {"name": "C", "input": "{\"n\":1}", "inputDetails": {"truncated": false}}},
 {"timestamp": 1735689601, "type": "ChoiceStateExited", "id": 8, "previousEventId": 7, "stateExitedEventDetails": {"name": "C", "output": "{\"n\":1}", "outputDetails": {"truncated": false}}},
 {"timestamp": 1735689601, "type": "SucceedStateEntered", "id": 9, "previousEventId": 8, "stateEnteredEventDetails": {"name": "S", "input": "{\"n\":1}", "inputDetails": {"truncated": false}}},
 {"timestamp": 1735689601, "type": "SucceedStateExited", "id": 10, "previousEventId": 9, "stateExitedEventDetails": {"name": "S", "output": "{\"n\":1}", "outputDetails": {"truncated": false}}},
 {"timestamp": 1735689601, "type": "ExecutionSucceeded", "id": 11, "previousEventId": 10, "executionSucceededEventDetails": {"output": "{\"n\":1}", "outputDetails": {"truncated": false}}}
]}`
