package asl_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gait-engine/gait/asl"
)

// corpus returns the directory of the shared conformance corpus, or skips the test when there is none.
func corpus(t testing.TB) string {
	if dir := os.Getenv("GAIT_CONFORMANCE_DIR"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		candidate := filepath.Join(dir, "shared", "conformance")
		if info, err := os.Stat(candidate); err == nil && info.IsDir() {
			return candidate
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("no conformance corpus: set GAIT_CONFORMANCE_DIR")
	return ""
}

// eachCase calls f with every JSON object of the files that match the pattern; a file may hold one or an array of them.
func eachCase(t testing.TB, pattern string, f func(id string, c map[string]json.RawMessage)) {
	t.Helper()
	dir := filepath.Join(corpus(t), filepath.FromSlash(pattern))
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var many []map[string]json.RawMessage
		if json.Unmarshal(src, &many) != nil {
			var one map[string]json.RawMessage
			if err := json.Unmarshal(src, &one); err != nil {
				t.Errorf("%s: %v", path, err)
				return nil
			}
			many = append(many, one)
		}
		for _, c := range many {
			var id string
			if json.Unmarshal(c["id"], &id) != nil {
				id = filepath.Base(path)
			}
			f(id, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCorpusAccepts(t *testing.T) {
	for _, pattern := range []string{"cdk/cases", "aws/execution", "definitions/executions"} {
		n, bad := 0, 0
		eachCase(t, pattern, func(id string, c map[string]json.RawMessage) {
			n++
			var opts asl.Options
			opts.Express = string(c["type"]) == `"EXPRESS"` || string(c["machineType"]) == `"EXPRESS"`
			if _, err := asl.Compile(c["definition"], opts); err != nil {
				bad++
				t.Errorf("%s: %v", id, err)
			}
		})
		t.Logf("%s: %d of %d accepted", pattern, n-bad, n)
	}
}

func TestCorpusRealWorld(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus(t), "definitions/realworld/*.asl.json"))
	bad := 0
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := asl.Compile(src, asl.Options{}); err != nil {
			bad++
			t.Errorf("%s: %v", filepath.Base(f), err)
		}
	}
	t.Logf("realworld: %d of %d accepted", len(files)-bad, len(files))
}
