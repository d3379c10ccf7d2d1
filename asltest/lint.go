package asltest

import (
	"github.com/gait-engine/gait/asl/lint"
)

// Lint fails the test for what package lint warns of in the definition; its advice is shown by gait lint only. ignore names
// rules that are not applied; a Comment with "gait:ignore RULE" in the definition turns one off in one place. docs/lint.md
// describes the rules.
func (m *Machine) Lint(ignore ...string) {
	m.t.Helper()
	found, err := lint.Check(m.src, lint.Config{Options: m.compile, Ignore: ignore})
	if err != nil {
		m.t.Fatalf("asltest: %v", err)
		return
	}
	for _, f := range found {
		if f.Severity != lint.Warning {
			continue
		}
		hint := ""
		if f.Hint != "" {
			hint = "\n    " + f.Hint
		}
		m.t.Errorf("%s:%s%s", m.file, f, hint)
	}
}
