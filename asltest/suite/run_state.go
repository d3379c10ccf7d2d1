package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// runState runs a test of one state.
func (s *Suite) runState(t asltest.TB, m *asltest.Machine, c *test) done {
	t.Helper()
	q := asltest.TestStateRequest{
		Definition: string(m.Definition()), StateName: c.state.name, Input: c.input, Variables: c.state.variables, Context: c.state.context,
		InspectionLevel: "DEBUG", Account: c.execution.account, Region: c.execution.region, Start: c.execution.start, Seed: c.execution.bits(),
		RoleARN: c.execution.role,
	}
	for _, mock := range slices.Concat(c.mocks, s.mocks) {
		if mock.key != c.state.name || q.Mock != nil || len(mock.replies) == 0 || mock.replies[0].answer == nil {
			continue
		}
		a := mock.replies[0].answer
		q.Mock = &asltest.StateMock{FieldValidationMode: c.state.validation}
		if a.Failure != nil {
			q.Mock.ErrorOutput = &asltest.MockedError{Error: a.Failure.Error, Cause: a.Failure.Cause}
		} else {
			q.Mock.Result = &a.Output
		}
	}
	if c.state.retryCount > 0 {
		q.Configuration = &asltest.StateConfiguration{RetrierRetryCount: c.state.retryCount}
	}
	r, err := asltest.TestState(q)
	if err != nil {
		t.Errorf("state %q: %v", c.state.name, err)
		return done{}
	}
	c.expect.checkState(t, c.state.name, r)
	return done{status: r.Status}
}

func (e *expectation) checkState(t asltest.TB, name string, r *asltest.TestStateResponse) {
	t.Helper()
	var failed []string
	fail := func(format string, args ...any) { failed = append(failed, fmt.Sprintf(format, args...)) }
	want := e.status
	if want == "" {
		want = "SUCCEEDED"
		if e.errorName != nil || e.cause != nil || e.causeContains != nil {
			want = "FAILED"
		}
	}
	if r.Status != want {
		fail("the status is %s, want %s", r.Status, want)
	}
	if e.next != nil && r.NextState != *e.next {
		fail("the next state is %q, want %q", r.NextState, *e.next)
	}
	if e.output != "" {
		if d := asltest.DiffJSON(e.output, deref(r.Output)); d != "" {
			fail("output %s", d)
		}
	}
	if e.outputIncludes != "" {
		if d := asltest.MissingJSON(e.outputIncludes, deref(r.Output)); d != "" {
			fail("output %s", d)
		}
	}
	if e.errorName != nil && deref(r.Error) != *e.errorName {
		fail("the error is %q, want %q", deref(r.Error), *e.errorName)
	}
	if e.cause != nil && deref(r.Cause) != *e.cause && !sameJSON(deref(r.Cause), *e.cause) {
		fail("the cause is %q, want %q", deref(r.Cause), *e.cause)
	}
	for _, part := range e.causeContains {
		if !strings.Contains(deref(r.Cause), part) {
			fail("the cause is %q, want it to contain %q", deref(r.Cause), part)
		}
	}
	if len(e.variables) > 0 {
		e.stateVariables(r, fail)
	}
	if len(e.assert) > 0 {
		check(e.assert, stateDocument(r), fail)
	}
	if len(failed) == 0 {
		return
	}
	t.Errorf("state %q: %s\n%s", name, strings.Join(failed, "\n"), stateTable(r))
}

func (e *expectation) stateVariables(r *asltest.TestStateResponse, fail func(string, ...any)) {
	var all value.Value
	if d := r.InspectionData; d != nil && d.Variables != nil {
		all, _ = value.ParseString(*d.Variables)
	}
	for _, v := range e.variables {
		got, ok := all.Get(v.name)
		if !ok {
			fail("the variable %q has no value", v.name)
		} else if d := asltest.DiffJSON(v.value, got.JSON()); d != "" {
			fail("variable %q %s", v.name, d)
		}
	}
}

// stateDocument is what assertions of a test of one state look at: status, output, error, cause, next and variables.
func stateDocument(r *asltest.TestStateResponse) value.Value {
	text := value.FromString
	members := []value.Member{value.M("status", text(r.Status))}
	if r.Output != nil {
		if out, err := value.ParseString(*r.Output); err == nil {
			members = append(members, value.M("output", out))
		}
	}
	if r.Error != nil {
		members = append(members, value.M("error", text(*r.Error)))
	}
	if r.Cause != nil {
		members = append(members, value.M("cause", text(*r.Cause)))
	}
	if r.NextState != "" {
		members = append(members, value.M("next", text(r.NextState)))
	}
	if d := r.InspectionData; d != nil && d.Variables != nil {
		if v, err := value.ParseString(*d.Variables); err == nil {
			members = append(members, value.M("variables", v))
		}
	}
	return value.FromMembers(members)
}

// stateTable shows each document on the way through a state.
func stateTable(r *asltest.TestStateResponse) string {
	var b strings.Builder
	row := func(name string, text *string) {
		if text != nil {
			fmt.Fprintf(&b, "  %-19s  %s\n", name, clipTo(*text, 200))
		}
	}
	if d := r.InspectionData; d != nil {
		row("input", d.Input)
		row("afterInputPath", d.AfterInputPath)
		row("afterParameters", d.AfterParameters)
		row("afterArguments", d.AfterArguments)
		row("afterItemsPath", d.AfterItemsPath)
		row("afterItemSelector", d.AfterItemSelector)
		row("result", d.Result)
		row("afterResultSelector", d.AfterResultSelector)
		row("afterResultPath", d.AfterResultPath)
		row("variables", d.Variables)
	}
	row("error", r.Error)
	row("cause", r.Cause)
	row("output", r.Output)
	if r.NextState != "" {
		row("next state", &r.NextState)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func clipTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-3], "") + "…"
}
