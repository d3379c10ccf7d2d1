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
	// Of 834 that are scored. The others: a WriterConfig without Transformation (AWS wants both), a variable called "top-level"
	// and a JSONPath state inside of a JSONata machine, which AWS refuses. Of 248 pointers two name a field where several are at
	// fault together, or States for a name in it.
	const floor, pointedFloor = 831, 246
	passed, scored, disputed, pointed, pointers := 0, 0, 0, 0, 0
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
			disputed++ // not scored, says the corpus
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
	t.Logf("verdicts: %d of %d agree, %d of %d pointers agree, %d disputed ones skipped", passed, scored, pointed, pointers, disputed)
	if passed < min(floor, scored) || pointed < min(pointedFloor, pointers) {
		t.Errorf("%d verdicts and %d pointers agree, the floors are %d and %d", passed, pointed, floor, pointedFloor)
	}
}
