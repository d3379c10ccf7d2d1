package suite

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/gait-engine/gait/asl"
)

// The schema and the reader are two descriptions of one format.
func TestTheSchemaHasTheKeysOfTheReader(t *testing.T) {
	t.Parallel()
	type node struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Defs       map[string]json.RawMessage `json:"$defs"`
		AnyOf      []json.RawMessage          `json:"anyOf"`
	}
	read := func(text json.RawMessage) (n node) {
		t.Helper()
		if err := json.Unmarshal(text, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	root := read(Schema())
	test := read(root.Defs["test"])
	sweep := read(read(test.Properties["sweep"]).AnyOf[1])
	both := append(slices.Clone(expectKeys), "next")
	for _, tt := range []struct {
		name string
		got  node
		want []string
	}{
		{"suite", root, suiteKeys}, {"test", test, testKeys}, {"execution", read(root.Defs["execution"]), executionKeys},
		{"reply", read(root.Defs["reply"]), replyKeys}, {"expect", read(root.Defs["expect"]), both}, {"stop", read(test.Properties["stop"]), stopKeys},
		{"sweep", sweep, sweepKeys}, {"allow", read(sweep.Properties["allow"]), allowKeys},
		{"coverage", read(read(root.Properties["coverage"]).AnyOf[1]), coverageKeys},
	} {
		got, want := slices.Sorted(keys(tt.got.Properties)), slices.Sorted(slices.Values(tt.want))
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: the reader has -, the schema +:\n%s", tt.name, d)
		}
	}
	for _, k := range stateExpectKeys {
		if !slices.Contains(both, k) {
			t.Errorf("expect of a state has %s alone", k)
		}
	}
}

func TestTheSchemaAgreesWithTheReader(t *testing.T) {
	t.Parallel()
	compiled := jsonschema.MustCompileString("schema.json", string(Schema()))
	valid := func(text string) bool {
		t.Helper()
		src, err := asl.Read("x.yaml", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(src.Definition, &doc); err != nil {
			t.Fatal(err)
		}
		return compiled.Validate(doc) == nil
	}
	files, err := Find("testdata", filepath.FromSlash("../../examples"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !valid(string(text)) {
			t.Errorf("the schema refuses %s", f)
		}
	}
	dir := t.TempDir()
	definition := `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "gait:a", "End": true}}}`
	if err := os.WriteFile(filepath.Join(dir, "m.asl.json"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		test string
		want bool
	}{
		{"name: a", true}, {"nam: a", false}, {"name: ''", false}, {"name: 1", false}, {"name: a, input: null", true},
		{"name: a, skip: ''", false}, {"name: a, stop: {after: 1s}", true},
		{"name: a, stop: {in: 1s}", false}, {"name: a, stop: {after: [1]}", false},
		{"name: a, mocks: {A: {}}", false}, {"name: a, mocks: {A: []}", false}, {"name: a, mocks: {A: 1}", false}, {"name: a, mocks: []", false},
		{"name: a, mocks: {A: {return: null}}", true}, {"name: a, mocks: {A: [{return: 1, times: 2}, {throw: B}]}", true},
		{"name: a, mocks: {A: {return: 1, payload: 2}}", false}, {"name: a, mocks: {A: {throw: {cause: B}}}", false},
		{"name: a, mocks: {A: {throw: {error: B, cause: {x: 1}}}}", true}, {"name: a, mocks: {A: {throw: ''}}", false},
		{"name: a, mocks: {A: {never: false}}", false}, {"name: a, mocks: {A: {never: true}}", true},
		{"name: a, mocks: {A: {return: 1, times: 0}}", false}, {"name: a, mocks: {A: {return: 1, after: -1}}", false},
		{"name: a, mocks: {A: {return: 1, after: 2d12h}}", true}, {"name: a, mocks: {A: {return: 1, after: tomorrow}}", false},
		{"name: a, mocks: {A: {functionError: {type: B}}}", true}, {"name: a, mocks: {A: {functionError: B}}", false},
		{"name: a, mocks: {A: {serviceError: {service: S, exception: E, message: m}}}", true}, {"name: a, mocks: {A: {serviceError: {service: S}}}", false},
		{"name: a, mocks: {A: {httpError: {status: 404}}}", true}, {"name: a, mocks: {A: {httpError: {status: 4}}}", false},
		{"name: a, mocks: {A: {jobFailed: {x: 1}}}", true}, {"name: a, mocks: {A: {submitFailed: {error: B}}}", true},
		{"name: a, sweep: true", true}, {"name: a, sweep: false", false}, {"name: a, sweep: {maxRuns: 0}", false},
		{"name: a, sweep: {errors: {A: [B]}, allow: {status: [FAILED], error: B, endsIn: A}}", true}, {"name: a, sweep: {allow: {status: BROKEN}}", false},
		{"name: a, sweep: true, stop: {}", false}, {"name: a, mockConfig: x", false}, {"name: a, variables: {}", false},
		{"name: a, state: A, variables: {}, context: {}, retryCount: 1, validation: NONE", true}, {"name: a, state: A, validation: ALL", false},
		{"name: a, state: A, replay: x", false}, {"name: a, state: A, expect: {path: [A]}", false}, {"name: a, state: A, expect: {status: ABORTED}", false},
		{"name: a, state: A, expect: {status: CAUGHT_ERROR, next: A}", true}, {"name: a, expect: {status: CAUGHT_ERROR}", false},
		{"name: a, expect: {next: A}", false}, {"name: a, expect: {received: {A: [1]}, receivedIncludes: {A: [{}]}}", true},
		{"name: a, expect: {received: {A: 1}}", false}, {"name: a, expect: {retries: {A: -1}}", false}, {"name: a, expect: {elapsed: 90}", true},
		{"name: a, expect: {path: A, reached: [A], neverReached: [A], events: ['...'], assert: [status]}", true}, {"name: a, expect: {variables: 1}", false},
		{"name: a, expect: {error: '', cause: {a: 1}, causeContains: [x]}", true}, {"name: a, expect: {causeContains: [1]}", false},
		{"name: a, objects: {b/k: [1]}, expect: {objects: {b/*: text}}", true}, {"name: a, objects: {b: 1}", false},
		{"name: a, state: A, objects: {b/k: 1}", false}, {"name: a, objectFiles: {b/k: [1]}", false},
		{"name: a, execution: {seed: 1, startTime: '2026-01-01T00:00:00Z'}", true}, {"name: a, execution: {seed: x}", false},
	} {
		text := "tests:\n  - {" + tt.test + "}\n"
		file := filepath.Join(dir, "m.test.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(file, Options{})
		if (err == nil) != tt.want || valid(text) != tt.want {
			t.Errorf("%s: want %t; the reader says %v, the schema %t", tt.test, tt.want, err, valid(text))
		}
	}
}
