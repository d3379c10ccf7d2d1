package asltest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asltest"
)

func TestLintFailsForWarnings(t *testing.T) {
	t.Parallel()
	const definition = `
StartAt: A
States:
  A: {Type: Task, Resource: "arn:aws:states:::lambda:invoke", Next: B}
  B: {Type: Pass, InputPath: $.body, End: true}
`
	text, fatal := told(func(t asltest.TB) { asltest.Define(t, definition).Lint() })
	want := "Spy:5:30: warning: The path $.body selects nothing: no earlier state puts it into the input [path-not-produced]\n" +
		"    no document that reaches this state has \"body\"; what is there: ExecutedVersion, FunctionError, LogResult, Payload, SdkHttpMetadata, SdkResponseMetadata, StatusCode"
	if d := cmp.Diff(want, text); d != "" || fatal {
		t.Errorf("fatal %v (-want +got):\n%s", fatal, d)
	}
	if text, _ := told(func(t asltest.TB) { asltest.Define(t, definition).Lint("path-not-produced") }); text != "" {
		t.Errorf("ignored, and still said: %s", text)
	}
	if _, fatal := told(func(t asltest.TB) { asltest.Define(t, definition).Lint("path-not-prodced") }); !fatal {
		t.Error("a rule that does not exist was accepted")
	}
}
