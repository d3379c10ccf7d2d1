package asl_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/gait-engine/gait/asl"
)

var reasonPointer = regexp.MustCompile(`^at (/\S*?)(: |$)`)

func TestCorpusVerdicts(t *testing.T) {
	const floor = 831 // of 834 that are scored
	passed, scored, pointed, pointers := 0, 0, 0, 0
	eachCase(t, "definitions/verdicts", func(id string, c map[string]json.RawMessage) {
		var verdict, text string
		var reasons []string
		if err := json.Unmarshal(c["verdict"], &verdict); err != nil {
			t.Fatal(err)
		}
		_ = json.Unmarshal(c["reasons"], &reasons)
		src := []byte(c["definition"])
		if json.Unmarshal(c["definition_text"], &text) == nil && text != "" {
			src = []byte(text)
		}
		var errs []string
		at := map[string]bool{}
		for _, d := range asl.Validate(src, asl.Options{}) {
			if d.Severity == asl.SeverityError {
				errs = append(errs, d.String())
				at[d.Pointer] = true
			}
		}
		if verdict == "disputed" {
			t.Logf("disputed %s: %v; we say %q", id, reasons, errs)
			return
		}
		scored++
		if (verdict == "valid") != (len(errs) == 0) {
			t.Logf("%s: want %s %q, got %q", id, verdict, reasons, errs)
			return
		}
		passed++
		for _, r := range reasons {
			m := reasonPointer.FindStringSubmatch(r)
			if m == nil || verdict == "valid" {
				continue
			}
			pointers++
			want := strings.TrimSuffix(m[1], "/")
			if at[want] {
				pointed++
			} else {
				t.Logf("%s: want pointer %q (%s), got %q", id, want, r, errs)
			}
		}
	})
	t.Logf("verdicts: %d of %d agree, %d of %d pointers agree", passed, scored, pointed, pointers)
	if passed < floor {
		t.Errorf("%d verdicts agree, the floor is %d", passed, floor)
	}
}
