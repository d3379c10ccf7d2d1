package jsonpath_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
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
	passed := map[string]int{}
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
		t.Logf("%s: %d cases passed", kind, passed[kind])
		if passed[kind] < 30 {
			t.Errorf("%s: only %d cases passed, the corpus has at least 30", kind, passed[kind])
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

func TestPathsGiveWhatTheCorpusExpects(t *testing.T) {
	t.Parallel()
	expressions(t, map[string]func(expression) (value.Value, error){
		"jsonpath": func(c expression) (value.Value, error) {
			p, err := jsonpath.Compile(exprText(t, c))
			if err != nil {
				return value.Value{}, err
			}
			return p.Eval(c.Input, roots{context: c.Context})
		},
		"referencepath": func(c expression) (value.Value, error) {
			p, err := jsonpath.CompileReference(exprText(t, c))
			if err != nil {
				return value.Value{}, err
			}
			return p.Set(c.Input, c.Result)
		},
	})
}

func exprText(t *testing.T, c expression) string {
	t.Helper()
	var s string
	if err := json.Unmarshal(c.Expr, &s); err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	return s
}
