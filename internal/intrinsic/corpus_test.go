package intrinsic_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gait-engine/gait/internal/intrinsic"
	"github.com/gait-engine/gait/internal/value"
)

// corpusDir returns the directory of the shared conformance corpus, or skips the test.
func corpusDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("GAIT_CONFORMANCE_DIR"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if at := filepath.Join(dir, "shared", "conformance"); isDir(at) {
			return at
		}
	}
	t.Skip("the conformance corpus is not here: set GAIT_CONFORMANCE_DIR to run this test")
	return ""
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// expression is one case of definitions/expressions; its FORMAT.md explains the fields.
type expression struct {
	ID, Kind string
	Expr     json.RawMessage
	Input    value.Value
	Context  value.Value
	Result   value.Value
	Expect   struct {
		Value *value.Value
		Error string
	}
}

// expressions calls run for every case of one of the kinds. run returns the value, or the error.
func expressions(t *testing.T, kinds map[string]func(expression) (value.Value, error)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpusDir(t), "definitions", "expressions", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	passed, skipped := map[string]int{}, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c expression
		// An absent "value" and a null one differ, so that the field is read apart.
		var raw struct {
			Expect struct{ Value json.RawMessage }
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := json.Unmarshal(text, &raw); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		run := kinds[c.Kind]
		if run == nil {
			continue
		}
		got, err := run(c)
		if reason := contradicted[c.ID]; reason != "" {
			t.Logf("%s is contradicted: %s", c.ID, reason)
			skipped++
			if (err != nil) == (c.Expect.Error != "") {
				t.Errorf("%s passes: take it off the list", c.ID)
			}
			continue
		}
		switch {
		case c.Expect.Error != "":
			if err == nil {
				t.Errorf("%s: %s\ninput %s\ngot   %s\nwant  error %s", c.ID, c.Expr, c.Input, got, c.Expect.Error)
				continue
			}
		case err != nil:
			t.Errorf("%s: %s\ninput %s\ngot   error %v\nwant  %s", c.ID, c.Expr, c.Input, err, raw.Expect.Value)
			continue
		default:
			want, err := value.Parse(raw.Expect.Value)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if !got.Equal(want) {
				t.Errorf("%s: %s\ninput %s\ngot   %s\nwant  %s", c.ID, c.Expr, c.Input, got, want)
				continue
			}
		}
		passed[c.Kind]++
	}
	for kind := range kinds {
		t.Logf("%s: %d cases passed, %d are contradicted", kind, passed[kind], skipped)
		if passed[kind] < 60 {
			t.Errorf("%s: only %d cases passed, the corpus has at least 60", kind, passed[kind])
		}
	}
}

// roots has a context object and variables.
type roots struct {
	context   value.Value
	variables map[string]value.Value
}

func (r roots) Context() value.Value { return r.context }
func (r roots) Variable(name string) (value.Value, bool) {
	v, ok := r.variables[name]
	return v, ok
}

// contradicted are cases that another rule overrides. They are run too: one that passes must leave the list.
var contradicted = map[string]string{
	"x-intrinsic-aws-local-stepfunctions-intrinsic-rors-should-throw-error-if-placeholder-argument-is-an-ob": formatPrints,
	"x-intrinsic-aws-local-stepfunctions-intrinsic-rrors-should-throw-error-if-placeholder-argument-is-an-a": formatPrints,
	"x-intrinsic-floe-intrinsic-ction-value-states-format-fails-with-wrong-type-of-arguments-3":              formatPrints,
	"x-intrinsic-floe-intrinsic-ction-value-states-format-fails-with-wrong-type-of-arguments-4":              formatPrints,
}

const formatPrints = "States.Format prints objects and arrays: recorded on AWS in execution/intrinsic_functions/generic/format_2"

func TestCallsGiveWhatTheCorpusExpects(t *testing.T) {
	t.Parallel()
	expressions(t, map[string]func(expression) (value.Value, error){
		"intrinsic": func(c expression) (value.Value, error) {
			call, err := intrinsic.Parse(exprText(t, c))
			if err != nil {
				return value.Value{}, err
			}
			return call.Eval(c.Input, roots{context: c.Context}, new(counter))
		},
	})
}

// counter is a source of numbers for tests.
type counter uint64

func (c *counter) Uint64() uint64 {
	*c += 0x9E3779B97F4A7C15
	return uint64(*c)
}

func exprText(t *testing.T, c expression) string {
	t.Helper()
	var s string
	if err := json.Unmarshal(c.Expr, &s); err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	return s
}

// recorded is what this test reads of an execution that was recorded on AWS.
type recorded struct {
	ID         string
	Definition struct {
		StartAt string
		States  map[string]struct {
			Type       string
			End        bool
			Parameters value.Value
		}
	}
	Input  *string
	Expect struct {
		Status string
		Output value.Value
	}
}

// calls returns the calls of the only state, by the names of their fields; nil when the machine is anything but one Pass state whose
// output is what its calls return.
func (r *recorded) calls() map[string]string {
	state, ok := r.Definition.States[r.Definition.StartAt]
	if !ok || len(r.Definition.States) != 1 || state.Type != "Pass" || !state.End {
		return nil
	}
	calls := map[string]string{}
	for key, v := range state.Parameters.All() {
		name, ok := strings.CutSuffix(key, ".$")
		if !ok || !strings.HasPrefix(v.Str(), "States.") {
			return nil
		}
		calls[name] = v.Str()
	}
	return calls
}

func TestCallsGiveWhatAWSRecorded(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpusDir(t), "aws", "execution", "intrinsic_functions", "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	passed, other, random := 0, 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r recorded
		if json.Unmarshal(text, &r) != nil || r.calls() == nil || r.Expect.Status != "SUCCEEDED" {
			other++
			continue
		}
		input := value.Obj()
		if r.Input != nil {
			if input, err = value.ParseString(*r.Input); err != nil {
				t.Fatal(err)
			}
		}
		machine := value.Obj(
			value.M("Id", value.FromString("arn:aws:states:us-east-1:111111111111:stateMachine:ArnPart_0idx")),
			value.M("Name", value.FromString("ArnPart_0idx")))
		context := value.Obj(value.M("StateMachine", machine),
			value.M("Execution", value.Obj(value.M("Name", value.FromString("ExecArnPart_0idx")), value.M("Input", input))))
		for name, text := range r.calls() {
			call, err := intrinsic.Parse(text)
			if err != nil {
				t.Errorf("%s: %v", r.ID, err)
				continue
			}
			got, err := call.Eval(input, roots{context: context}, new(counter))
			if call.Name() == "States.UUID" || call.Name() == "States.MathRandom" {
				random++
				continue
			}
			want, ok := r.Expect.Output.Get(name)
			if !ok && len(r.calls()) == 1 {
				want = r.Expect.Output
			}
			if err != nil || !got.Equal(want) {
				t.Errorf("%s: %s\ninput %s\ngot   %s %v\nwant  %s", r.ID, text, input, got, err, want)
				continue
			}
			passed++
		}
	}
	t.Logf("%d calls passed, %d are random, %d recordings are of another form", passed, random, other)
	if passed < 60 {
		t.Errorf("only %d calls passed, the corpus has at least 60", passed)
	}
}
