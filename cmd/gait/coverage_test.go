package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/gait-engine/gait/asltest"
)

// TestCoverageOfTests reports what two tests with package asltest leave behind.
func TestCoverageOfTests(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "m.asl.json", `{"StartAt": "C", "States": {
		"C": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "S"}], "Default": "F"},
		"S": {"Type": "Succeed"},
		"F": {"Type": "Fail"}}}`)
	t.Setenv(asltest.CoverageDir, "cov")
	report := func(args ...string) (code int, out, errs string) {
		t.Helper()
		var o, e bytes.Buffer
		code = Run(t.Context(), append([]string{"coverage", "cov"}, args...), strings.NewReader(""), &o, &e, nil)
		return code, o.String(), e.String()
	}

	t.Run("first", func(t *testing.T) { asltest.Load(t, "m.asl.json").Run(`{"x": 1}`).Succeeded() })
	code, out, errs := report("--html", "c.html", "--lcov", "c.lcov", "--min", "57.5%")
	const half = "m.asl.json: 57.1% of 7: states 2/3, transitions 1/2, choices 1/2\n" +
		"m.asl.json:2: transition C -> F by Default\nm.asl.json:2: choice C: Default\nm.asl.json:4: state F\n"
	const low = "gait: coverage is below 57.5%: m.asl.json 57.1%\n"
	if code != exitFailed || out != half || errs != low {
		t.Errorf("code %d, want %d\ngot\n%s%swant\n%s%s", code, exitFailed, out, errs, half, low)
	}
	for file, parts := range map[string][]string{"c.html": {"<!DOCTYPE html>", "m.asl.json", "</html>"}, "c.lcov": {"SF:", "DA:3,1\n", "DA:4,0\n", "end_of_record\n"}} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			if !strings.Contains(string(text), p) {
				t.Errorf("%s has no %q:\n%s", file, p, text)
			}
		}
	}
	if code, _, errs := report("--min", "57"); code != exitDone || errs != "" {
		t.Errorf("57.1%% are not 57%%: code %d, %s", code, errs)
	}

	t.Run("second", func(t *testing.T) { asltest.Load(t, "m.asl.json").Run(`{}`).Failed("") })
	code, out, errs = report("--min", "100")
	const whole = "m.asl.json: 100.0% of 7: states 3/3, transitions 2/2, choices 2/2\n"
	if code != exitDone || out != whole || errs != "" {
		t.Errorf("code %d\ngot\n%s%swant\n%s", code, out, errs, whole)
	}
}
