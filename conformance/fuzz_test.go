package conformance

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// FuzzCase runs whatever a file may hold: it must neither panic nor hang.
func FuzzCase(f *testing.F) {
	for _, dir := range []string{"testdata/execution", "testdata/cdk"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range entries[:min(len(entries), 40)] {
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	for _, text := range []string{
		`{"id":"execution/a/b","definition":{"StartAt":"A","States":{"A":{"Type":"Succeed"}}},"expect":{"comparison":"unordered-sections","status":"SUCCEEDED","history":[{"id":-1},{"id":99},{"id":0}]}}`,
		`{"id":"v","request":{"definition":7},"operation":"CreateStateMachine","expect":{}}`,
		`{"id":"x","kind":"choice","expr":[],"input":{},"expect":{"value":true}}`,
		`{"id":"r","kind":"field-error","stateType":"Choice","field":"Choices[99999999]/Output[-1]","expr":"1","expect":{}}`,
		`{"id":"p","placeholders":["","(",7],"anyWords":{},"definition":{},"input":"{}","expect":{"comparison":"exact"}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := value.Options{MaxDepth: maxFileDepth}.Parse(text)
		if err != nil {
			return
		}
		list := []testCase{newCase(doc, "fuzz.json", "fuzz.json")}
		for i, e := range doc.Elems() {
			if i < 10 {
				list = append(list, newCase(e, "fuzz.json", "fuzz.json"))
			}
		}
		for _, c := range list {
			if c.id == "" || c.group == "" {
				t.Errorf("a case without id or group: %s", text)
			}
			if v := runWithin(context.Background(), c, 20*time.Second); v.difference != "" && v.skip != "" {
				t.Errorf("failed and skipped: %+v", v)
			} else if len(v.difference) > 6 && v.difference[:6] == "panic:" {
				t.Error(v.difference)
			}
		}
	})
}
