package suite

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// The keys of a suite, of a test and of what they hold. schema.json has the same.
var (
	suiteKeys     = []string{"$schema", "definition", "ifMissing", "substitutions", "type", "execution", "mocks", "objects", "objectFiles", "coverage", "tests"}
	executionKeys = []string{"name", "stateMachine", "startTime", "account", "region", "roleArn", "seed"}
	testKeys      = []string{"name", "skip", "input", "inputFile", "mocks", "objects", "objectFiles", "history", "mockConfig", "execution", "stop", "sweep", "replay",
		"state", "variables", "context", "retryCount", "validation", "expect"}
	stopKeys  = []string{"after", "error", "cause"}
	sweepKeys = []string{"errors", "except", "states", "maxRuns", "allow"}
	allowKeys = []string{"status", "error", "endsIn", "assert"}
)

// suite reads the whole file. The error is one of text that is not JSON; everything else becomes a problem.
func (r *reader) suite(s *Suite) (*header, error) {
	h := &header{}
	doc, err := value.Options{RejectDuplicates: true}.Parse(string(r.src.Definition))
	if e, ok := errors.AsType[*value.SyntaxError](err); ok {
		return h, &Error{File: s.File, Problems: []Problem{{Line: e.Line, Column: e.Column, Message: e.Message}}}
	}
	if err != nil {
		return h, err
	}
	if !r.object(doc, "", "the suite", suiteKeys) {
		return h, nil
	}
	for _, m := range doc.Members() {
		at := value.AppendPointer("", m.Key)
		switch m.Key {
		case "definition":
			h.definition, h.pointer = r.text(m.Value, at, "definition"), at
		case "ifMissing":
			h.ifMissing = r.text(m.Value, at, "ifMissing")
		case "substitutions":
			h.substitutions = r.substitutions(m.Value, at)
		case "type":
			s.execution.express = r.oneOf(m.Value, at, "type", "STANDARD", "EXPRESS") == "EXPRESS"
		case "execution":
			express := s.execution.express
			s.execution = r.execution(m.Value, at, s.execution)
			s.execution.express = express
		case "mocks":
			s.mocks = r.mocks(m.Value, at)
		case "objects", "objectFiles":
			s.objects = append(s.objects, r.objects(m.Value, at, m.Key == "objectFiles")...)
		case "coverage":
			s.coverage = r.coverage(m.Value, at)
		}
	}
	tests, ok := doc.Get("tests")
	if !ok {
		r.hint("", "add tests: [{name: …, input: …, expect: …}]", "the suite has no tests")
		return h, nil
	}
	if tests.Kind() != value.Array || tests.Len() == 0 {
		r.say("/tests", "tests must be a list with at least one test, found %s", kindOf(tests))
		return h, nil
	}
	seen := map[string]int{}
	for i, v := range tests.Elems() {
		at := place(tests, "/tests", i)
		t := r.test(v, at, s.execution)
		if first, ok := seen[t.name]; ok && t.name != "" {
			r.say(at+"/name", "two tests are called %q; the other is in line %d", clip(t.name), first)
		} else {
			seen[t.name] = t.line
		}
		s.tests = append(s.tests, t)
	}
	return h, nil
}

func (r *reader) substitutions(v value.Value, at string) map[string]string {
	values := map[string]string{}
	if v.Kind() != value.Object {
		r.say(at, "substitutions must be an object of values by name, found %s", kindOf(v))
		return values
	}
	for _, m := range v.Members() {
		switch m.Value.Kind() {
		case value.String:
			values[m.Key] = m.Value.Str()
		case value.Number, value.Bool:
			values[m.Key] = m.Value.JSON()
		default:
			r.say(value.AppendPointer(at, m.Key), "the value of a substitution must be a text, a number or a boolean, found %s", kindOf(m.Value))
		}
	}
	return values
}

func (r *reader) execution(v value.Value, at string, e execution) execution {
	if !r.object(v, at, "execution", executionKeys) {
		return e
	}
	for _, m := range v.Members() {
		at := value.AppendPointer(at, m.Key)
		switch m.Key {
		case "name":
			e.name = r.text(m.Value, at, "name")
		case "startTime":
			t, err := time.Parse(time.RFC3339Nano, m.Value.Str())
			if err != nil {
				r.hint(at, `write it as "2025-01-01T00:00:00Z"`, "startTime is no time: %s", kindOf(m.Value))
			}
			e.start = t
		case "stateMachine":
			e.machine = r.text(m.Value, at, "stateMachine")
		case "account":
			e.account = r.text(m.Value, at, "account")
		case "region":
			e.region = r.text(m.Value, at, "region")
		case "roleArn":
			e.role = r.text(m.Value, at, "roleArn")
		case "seed":
			e.seed = uint64(r.count(m.Value, at, "seed", 0, 1<<53))
		}
	}
	return e
}

// coverage reads a percentage, or percentages by kind.
func (r *reader) coverage(v value.Value, at string) []threshold {
	percent := func(v value.Value, at string) float64 {
		p := v.Float()
		if v.Kind() != value.Number || p < 0 || p > 100 {
			r.say(at, "coverage is a percentage from 0 to 100, found %s", kindOf(v))
		}
		return p
	}
	if v.Kind() != value.Object {
		return []threshold{{"", percent(v, at), at}}
	}
	kinds := map[string]asltest.CoverageKind{"all": "", "states": asltest.CoverState, "transitions": asltest.CoverTransition,
		"choices": asltest.CoverChoice, "catchers": asltest.CoverCatcher, "retriers": asltest.CoverRetrier}
	var all []threshold
	r.object(v, at, "coverage", coverageKeys)
	for _, m := range v.Members() {
		if kind, ok := kinds[m.Key]; ok {
			at := value.AppendPointer(at, m.Key)
			all = append(all, threshold{kind, percent(m.Value, at), at})
		}
	}
	return all
}

var coverageKeys = []string{"all", "states", "transitions", "choices", "catchers", "retriers"}

func (r *reader) test(v value.Value, at string, e execution) *test {
	t := &test{pointer: at, line: r.src.Positions(at)[0].Line, execution: e}
	if !r.object(v, at, "a test", testKeys) {
		return t
	}
	get := func(key string) (value.Value, string, bool) {
		m, ok := v.Get(key)
		return m, at + "/" + key, ok
	}
	if m, at, ok := get("name"); ok {
		t.name = r.text(m, at, "name")
	} else {
		r.hint(at, "say what it shows: name: a busy card is charged again", "the test has no name")
	}
	if m, at, ok := get("skip"); ok {
		t.skip = r.text(m, at, "skip")
	}
	if m, at, ok := get("execution"); ok {
		t.execution = r.execution(m, at, e)
	}
	if m, at, ok := get("mocks"); ok {
		t.mocks = r.mocks(m, at)
	}
	for _, key := range [...]string{"objects", "objectFiles"} {
		if m, at, ok := get(key); ok {
			t.objects = append(t.objects, r.objects(m, at, key == "objectFiles")...)
		}
	}
	if m, at, ok := get("stop"); ok {
		t.stop = r.stop(m, at)
	}
	if m, at, ok := get("sweep"); ok {
		t.sweep = r.sweep(m, at)
	}
	r.inputOf(t, v, at)
	if m, at, ok := get("history"); ok {
		if text := r.file(m, at, "history"); text != nil {
			recording, err := asltest.ParseRecording(text)
			if err != nil {
				r.say(at, "%s: %s", clip(m.Str()), unprefixed(err))
			}
			t.recording = recording
		}
	}
	if m, at, ok := get("replay"); ok {
		if text := r.file(m, at, "replay"); text != nil {
			if _, err := asltest.ParseRecording(text); err != nil {
				r.say(at, "%s: %s", clip(m.Str()), unprefixed(err))
			}
			t.replay = text
		}
	}
	if m, at, ok := get("mockConfig"); ok {
		r.mockConfig(t, m, at)
	}
	if m, at, ok := get("state"); ok {
		t.state = &stateTest{name: r.text(m, at, "state")}
	}
	for _, key := range [...]string{"variables", "context", "retryCount", "validation"} {
		m, at, ok := get(key)
		switch {
		case !ok:
		case t.state == nil:
			r.sayKey(at, "", "%s is for tests of one state, which have state: NAME", key)
		case key == "retryCount":
			t.state.retryCount = r.count(m, at, key, 0, 1<<20)
		case key == "validation":
			t.state.validation = r.oneOf(m, at, key, "STRICT", "PRESENT", "NONE")
		case m.Kind() != value.Object:
			r.say(at, "%s must be an object, found %s", key, kindOf(m))
		case key == "variables":
			t.state.variables = m.JSON()
		default:
			t.state.context = m.JSON()
		}
	}
	if m, at, ok := get("expect"); ok {
		t.expect = r.expect(m, at, t.state != nil)
	}
	r.together(v, at)
	return t
}

// together reports keys that exclude each other.
func (r *reader) together(v value.Value, at string) {
	for _, rule := range [...]struct {
		key    string
		others []string
	}{
		{"state", []string{"history", "mockConfig", "stop", "sweep", "replay", "execution", "objects", "objectFiles"}},
		{"replay", []string{"input", "inputFile", "history", "mockConfig", "stop", "sweep", "execution"}},
		{"sweep", []string{"mockConfig", "stop"}},
		{"inputFile", []string{"input"}},
		{"mockConfig", []string{"history"}},
	} {
		if _, ok := v.Get(rule.key); !ok {
			continue
		}
		for _, other := range rule.others {
			if _, ok := v.Get(other); ok {
				r.sayKey(at+"/"+other, "", "%s and %s do not go together", other, rule.key)
			}
		}
	}
}

func unprefixed(err error) string { return strings.TrimPrefix(err.Error(), "asltest: ") }

func (r *reader) inputOf(t *test, v value.Value, at string) {
	if m, ok := v.Get("input"); ok {
		t.input = m.JSON()
	}
	if m, ok := v.Get("inputFile"); ok {
		t.input = r.document(m, at+"/inputFile", "inputFile")
	}
}

// file reads a file that the suite names; nil when that is not possible.
func (r *reader) file(v value.Value, at, what string) []byte {
	name := r.text(v, at, what)
	if name == "" {
		return nil
	}
	path := r.path(name)
	if !slices.Contains(r.files, path) {
		r.files = append(r.files, path)
	}
	text, err := readFile(path)
	if err != nil {
		r.say(at, "%s: %v", what, err)
		return nil
	}
	return text
}

// document reads a JSON or YAML file, for its JSON text.
func (r *reader) document(v value.Value, at, what string) string {
	text := r.file(v, at, what)
	if text == nil {
		return ""
	}
	src, err := asl.Read(v.Str(), text, nil)
	if err != nil {
		r.say(at, "%s: %v", clip(v.Str()), err)
		return ""
	}
	doc, err := value.Parse(src.Definition)
	if err != nil {
		r.say(at, "%s: %v", clip(v.Str()), err)
		return ""
	}
	return doc.JSON()
}

// mockConfig reads "FILE#CASE" or "FILE#MACHINE#CASE".
func (r *reader) mockConfig(t *test, v value.Value, at string) {
	file, name, ok := strings.Cut(v.Str(), "#")
	if v.Kind() != value.String || !ok || name == "" {
		r.say(at, `mockConfig must be a text such as "MockConfigFile.json#HappyPath", found %s`, kindOf(v))
		return
	}
	text := r.file(value.FromString(file), at, "mockConfig")
	if text == nil {
		return
	}
	config, err := asltest.ParseMockConfig(text)
	if err != nil {
		r.say(at, "%s: %s", clip(file), unprefixed(err))
		return
	}
	t.config, t.caseName = config, name
}
