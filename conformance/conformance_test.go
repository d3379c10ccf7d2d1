package conformance_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/conformance"
)

var update = flag.Bool("update", false, "raise the floors in floors.json to what passes now")

// floors are the numbers of cases that must pass, by group, of the repository's own cases and of the larger corpus.
type floors struct {
	Own    map[string]int `json:"own"`
	Corpus map[string]int `json:"corpus"`
}

func TestOwnCasesStayAboveTheirFloors(t *testing.T) {
	checkFloors(t, "testdata", func(f *floors) *map[string]int { return &f.Own })
}

func TestCorpusStaysAboveItsFloors(t *testing.T) {
	checkFloors(t, corpus(t), func(f *floors) *map[string]int { return &f.Corpus })
}

// corpus returns the directory of the larger corpus, or skips the test.
func corpus(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("GAIT_CONFORMANCE_DIR"); dir != "" {
		return dir
	}
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		dir := filepath.Join(at, "shared", "conformance")
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		above := filepath.Dir(at)
		if above == at {
			t.Skip("the conformance corpus is absent: set GAIT_CONFORMANCE_DIR, or put it in shared/conformance beside the module")
		}
		at = above
	}
}

func checkFloors(t *testing.T, dir string, part func(*floors) *map[string]int) {
	t.Helper()
	var out strings.Builder
	report, err := conformance.Run(t.Context(), conformance.Options{Dirs: []string{dir}, Out: &out, CaseTime: 5 * time.Minute}) // a hang
	t.Log(out.String())
	if err != nil {
		t.Fatal(err)
	}
	const file = "floors.json"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all floors
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	passed := map[string]int{}
	for _, g := range report.Groups {
		passed[g.Group] = g.Passed
	}
	want := part(&all)
	for group, floor := range *want {
		if passed[group] < floor {
			t.Errorf("%s: %d cases pass, the floor is %d", group, passed[group], floor)
		}
	}
	if !*update {
		return
	}
	if *want == nil {
		*want = map[string]int{}
	}
	for group, n := range passed {
		if n > (*want)[group] {
			(*want)[group] = n
		}
	}
	text, err = json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestUnreadableFilesAreFailures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	deep := strings.Repeat("[", 100_000)
	files := map[string]string{
		"a-empty.json":   "",
		"b-garbage.json": "{\"id\": ",
		"c-deep.json":    deep,
		"d-number.json":  "7",
		"e-array.json":   `[1, {"id": "x"}, {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}]`,
		"f-bytes.json":   "\xff\xfe\x00",
		"g-types.json":   `{"id": 1, "definition": 2, "input": {}, "expect": [], "mocks": "x"}`,
		"h-verdict.json": `{"id": "v", "definition": null, "verdict": 3}`,
		"i-aws.json":     `{"id": "execution/x/y", "definition": [], "expect": {"comparison": 1}}`,
		"j-none.json":    `{"id": "execution/x/z", "definition": {}, "expect": {"comparison": "exact", "history": []}, "mocks": []}`,
		"k-kind.json":    `{"id": "e", "kind": "none", "expr": 1, "input": {}, "voters": {}, "expect": {}}`,
		"ignored.txt":    "{",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	report, err := conformance.Run(t.Context(), conformance.Options{Dirs: []string{dir}, Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	const bad = 12 // two of the array and one of each other file
	if report.Failed+report.Skipped != bad || report.Passed != 1 || len(report.Failures) != report.Failed {
		t.Errorf("got %d passed, %d failed, %d skipped; want 1, and %d together", report.Passed, report.Failed, report.Skipped, bad)
		t.Log(out.String())
	}
	last := fmt.Sprintf("\n1 passed, %d failed, %d skipped\n", report.Failed, report.Skipped)
	if !strings.HasSuffix(out.String(), last) {
		t.Errorf("got the end %q, want %q", out.String()[max(0, out.Len()-80):], last)
	}
}

func TestMissingDirectoryIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := conformance.Run(t.Context(), conformance.Options{Dirs: []string{filepath.Join(t.TempDir(), "none")}}); err == nil {
		t.Error("got no error")
	}
}

func TestGroupSelectsByPrefixOfTheID(t *testing.T) {
	t.Parallel()
	for group, want := range map[string]int{"own/execution/map-": 4, "own/execution/pass": 1, "nothing": 0} {
		r, err := conformance.Run(t.Context(), conformance.Options{Dirs: []string{"testdata"}, Group: group})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Passed + r.Failed + r.Skipped; got != want {
			t.Errorf("%s: got %d cases, want %d", group, got, want)
		}
	}
}
