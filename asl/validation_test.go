package asl_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gait-engine/gait/asl"
)

// TestCorpusValidation compares with what AWS answered to CreateStateMachine and ValidateStateMachineDefinition: the message of
// the refusal, or the diagnostics with code, text, location and severity.
func TestCorpusValidation(t *testing.T) {
	const floor = 87
	passed, n := 0, 0
	eachCase(t, "aws/validation", func(id string, c map[string]json.RawMessage) {
		n++
		var req struct{ Definition, Type, Severity string }
		var expect struct {
			Error    *struct{ Code, Message string }
			Response *struct {
				Result      string
				Diagnostics []struct{ Code, Location, Message, Severity string }
			}
		}
		if err := json.Unmarshal(c["request"], &req); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(c["expect"], &expect); err != nil {
			t.Fatal(err)
		}
		opts := asl.Options{Express: req.Type == "EXPRESS"}
		_, err := asl.Compile([]byte(req.Definition), opts)
		switch {
		case strings.Contains(string(c["suspect"]), "reply-not-from-aws"):
			if err == nil {
				t.Logf("%s: accepted", id)
				return
			}
		case expect.Error != nil:
			if err == nil || err.Error() != expect.Error.Message {
				t.Logf("%s:\nwant %s\ngot  %v", id, expect.Error.Message, err)
				return
			}
		default:
			var want, got []string
			for _, d := range expect.Response.Diagnostics {
				want = append(want, fmt.Sprint(d.Severity, " ", d.Code, ": ", d.Message, " at ", d.Location))
			}
			for _, d := range asl.Validate([]byte(req.Definition), opts) {
				if d.Severity == asl.SeverityError || req.Severity == "WARNING" {
					got = append(got, fmt.Sprint(d.Severity, " ", d.Code, ": ", d.Message, " at ", d.Location))
				}
			}
			if fmt.Sprint(want) != fmt.Sprint(got) || (expect.Response.Result == "OK") != (err == nil) {
				t.Logf("%s:\nwant %q\ngot  %q", id, want, got)
				return
			}
		}
		passed++
	})
	t.Logf("validation: %d of %d agree", passed, n)
	if passed < min(floor, n) {
		t.Errorf("%d cases agree, the floor is %d", passed, floor)
	}
}
