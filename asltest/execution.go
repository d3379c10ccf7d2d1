package asltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
)

// Execution is a finished execution and the assertions about it. An assertion that does not hold marks the test as failed, with
// what was wanted and what happened, and goes on; the first one also prints the walk. All return the Execution, so that they
// can be chained.
type Execution struct {
	*Result

	m       *Machine
	printed bool
}

// Run runs one execution with this input, a JSON text, to its end under the virtual clock, and returns it.
//
// Each task call is answered by the mocks; see [On], [OnResource], [OnFunction] and [Otherwise]. A call that no mock answers
// fails the test at once, naming the state and the line to add. So does an execution that waits for ever or takes too many steps.
// The same arguments give the same history.
func (m *Machine) Run(input string, mocks ...Mock) *Execution {
	m.t.Helper()
	p := newPlay(m, mocks)
	if err := p.check(); err != nil {
		m.t.Fatalf("%v", err)
		return &Execution{m: m, Result: &Result{}}
	}
	return m.play(m.Options, input, mocks, p.resolve)
}

// play runs an execution and reports why it did not come to an end.
func (m *Machine) play(o Options, input string, mocks []Mock, resolve Resolver) *Execution {
	m.t.Helper()
	x := &Execution{m: m, Result: &Result{}}
	o.Resolve = resolve
	o.Watch = m.watch(o.Watch)
	var err error
	if o.Machines, err = nestedOf(o.Machines, mocks); err != nil {
		m.t.Fatalf("%v", err)
		return x
	}
	r, err := Run(m.m, input, o)
	if r != nil {
		x.Result = r
	}
	var unanswered *UnansweredError
	switch {
	case errors.As(err, &unanswered) && errors.Is(err, ErrUnmocked):
		of, theirs := m.callee(mocks, unanswered.Call)
		m.t.Fatalf("%s\n%s", of.unmocked(unanswered.Call, theirs), x.walk())
	case errors.As(err, &unanswered):
		m.t.Fatalf("asltest: call %d of state %q (%s): %v\n%s", unanswered.Call.N, unanswered.Call.State,
			m.stateAt(unanswered.Call.State), unanswered.Err, x.walk())
	case err != nil:
		m.t.Fatalf("%v\n%s", err, x.walk())
	case r.Status == "RUNNING":
		why := "it would go on after Options.MaxElapsed"
		if r.Stalled {
			why = "it waits for an answer that never comes and has no timeout"
		}
		m.t.Fatalf("asltest: the execution does not end: %s; %s\n%s", why, m.wrong(r), x.walk())
	}
	return x
}

// watch counts what an execution covers, and tells next if there is one.
func (m *Machine) watch(next func(states.Turn)) func(states.Turn) {
	return func(turn states.Turn) {
		m.covers.count(turn)
		if next != nil {
			next(turn)
		}
	}
}

// unmocked words a call that no mock answers.
func (m *Machine) unmocked(c Call, mocks []Mock) string {
	var b strings.Builder
	fmt.Fprintf(&b, "asltest: state %q (%s) calls %s and no mock answers", c.State, m.stateAt(c.State), c.Resource)
	fmt.Fprintf(&b, "\n  input  %s", cut(c.Input, 2000))
	if m.Advice != nil {
		fmt.Fprintf(&b, "\n%s", m.Advice(c))
	} else {
		fmt.Fprintf(&b, "\n  add    asltest.On(%q, asltest.%s),", c.State, example(c, m))
	}
	if name := functionOf(c); name != "" && m.Advice == nil {
		fmt.Fprintf(&b, "\n  or     asltest.OnFunction(%q, asltest.Return(`{}`)),", name)
	}
	if len(mocks) > 0 && m.Advice == nil {
		labels := make([]string, len(mocks))
		for i := range mocks {
			labels[i] = mocks[i].label
		}
		fmt.Fprintf(&b, "\n  mocks  %s", strings.Join(labels, ", "))
	}
	return b.String()
}

// example is a reply for the call, as Go source.
func example(c Call, m *Machine) string {
	t := taskOf(m.m, c.State)
	switch {
	case c.Token != "":
		return "Token(func(token string) asltest.Answer { return asltest.Return(`{}`) })"
	case t != nil && t.Resource.Kind == asl.Integration && t.Resource.Service == "lambda" && t.Resource.Action == "invoke":
		return "Payload(`{}`)"
	}
	return "Return(`{}`)"
}

func (m *Machine) stateAt(name string) string {
	if s, ok := m.m.Find(name); ok {
		return m.at(s.Common().Pointer)
	}
	return m.file
}

func (x *Execution) walk() string {
	if x.printed || len(x.Result.Events) == 0 {
		return ""
	}
	x.printed = true
	return "walk:\n" + x.Table()
}

// fail reports a broken assertion.
func (x *Execution) fail(format string, args ...any) *Execution {
	x.m.t.Helper()
	text := fmt.Sprintf(format, args...)
	if walk := x.walk(); walk != "" {
		text += "\n" + walk
	}
	x.m.t.Errorf("%s", text)
	return x
}

// ended reports a status that was not wanted, with where it went wrong.
func (x *Execution) ended(want string) *Execution {
	x.m.t.Helper()
	text := fmt.Sprintf("the execution has the status %s, want %s", x.Status, want)
	if x.Status == "SUCCEEDED" {
		text += "\n  output " + cut(x.Result.Output, 2000)
	} else if where := x.m.wrong(x.Result); where != "" {
		text += "; " + where
	}
	return x.fail("%s", text)
}

// Succeeded asserts that the execution succeeded.
func (x *Execution) Succeeded() *Execution {
	x.m.t.Helper()
	if x.Status != "SUCCEEDED" {
		return x.ended("SUCCEEDED")
	}
	return x
}

// Failed asserts that the execution failed with this error name; "" is a failure without a name.
func (x *Execution) Failed(name string) *Execution {
	x.m.t.Helper()
	if x.Status != "FAILED" {
		return x.ended("FAILED with " + name)
	}
	if got := deref(x.Error); got != name {
		return x.fail("the execution failed with %q, want %q; %s", got, name, x.m.wrong(x.Result))
	}
	return x
}

// CauseContains asserts that the execution's cause contains the text.
func (x *Execution) CauseContains(text string) *Execution {
	x.m.t.Helper()
	if got := deref(x.Cause); !strings.Contains(got, text) {
		return x.fail("the cause is %q, want it to contain %q", cut(got, 2000), text)
	}
	return x
}

// TimedOut asserts that the TimeoutSeconds of the state machine ended the execution.
func (x *Execution) TimedOut() *Execution {
	x.m.t.Helper()
	if x.Status != "TIMED_OUT" {
		return x.ended("TIMED_OUT")
	}
	return x
}

// Aborted asserts that the execution was stopped; see [Options].
func (x *Execution) Aborted() *Execution {
	x.m.t.Helper()
	if x.Status != "ABORTED" {
		return x.ended("ABORTED")
	}
	return x
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Output asserts that the execution succeeded with this output, a JSON text: members in any order, numbers by value. The text
// that came out is in the field Result.Output.
func (x *Execution) Output(want string) *Execution {
	x.m.t.Helper()
	if x.Status != "SUCCEEDED" {
		return x.ended("SUCCEEDED")
	}
	if d := diffJSON(want, x.Result.Output); d != "" {
		return x.fail("output %s", d)
	}
	return x
}

// Decode decodes the output of an execution that succeeded into what v points at, by encoding/json.
func (x *Execution) Decode(v any) *Execution {
	x.m.t.Helper()
	if x.Status != "SUCCEEDED" {
		return x.ended("SUCCEEDED")
	}
	if err := json.Unmarshal([]byte(x.Result.Output), v); err != nil {
		return x.fail("the output %s: %v", cut(x.Result.Output, 2000), err)
	}
	return x
}

// Visited returns the names of the states in the order in which they were entered, those of branches and iterations too.
func (r *Result) Visited() []string {
	var names []string
	for i := range r.Events {
		if strings.HasSuffix(r.Events[i].Type, "StateEntered") {
			names = append(names, r.Events[i].Details.Name)
		}
	}
	return names
}

// Path asserts that the execution entered these states in this order and no others. "..." stands for any number of states.
func (x *Execution) Path(states ...string) *Execution {
	x.m.t.Helper()
	got := x.Visited()
	if !fits(states, got) {
		return x.fail("path %s", patternDiff(states, got))
	}
	return x
}

// Events asserts that the history has events of these types in this order and no others. "..." stands for any number of events.
func (x *Execution) Events(types ...string) *Execution {
	x.m.t.Helper()
	got := make([]string, len(x.Result.Events))
	for i := range got {
		got[i] = x.Result.Events[i].Type
	}
	if !fits(types, got) {
		return x.fail("events %s", patternDiff(types, got))
	}
	return x
}

func patternDiff(want, got []string) string {
	if !slices.Contains(want, "...") {
		return diffList(want, got)
	}
	return fmt.Sprintf("do not fit\n  want %s\n   got %s", strings.Join(want, " → "), strings.Join(got, " → "))
}

// Inputs returns what each call of the Task state received: JSON texts, in the order of the calls, retries included.
func (x *Execution) Inputs(state string) []string {
	var list []string
	for _, c := range x.Calls {
		if c.State == state {
			list = append(list, c.Input)
		}
	}
	return list
}

// Received asserts what the calls of the Task state received: one JSON text for each call, retries included. Without texts it
// asserts that the state made no call.
func (x *Execution) Received(state string, want ...string) *Execution {
	x.m.t.Helper()
	return x.received(state, want, diffJSON)
}

// received compares each input of a state's calls with what is wanted, "" from differ meaning that it is that.
func (x *Execution) received(state string, want []string, differ func(want, got string) string) *Execution {
	x.m.t.Helper()
	got := x.Inputs(state)
	if !x.known(state) {
		return x
	}
	if len(got) != len(want) {
		return x.fail("state %q made %d calls, want %d:\n  %s", state, len(got), len(want), strings.Join(got, "\n  "))
	}
	for i := range want {
		if d := differ(want[i], got[i]); d != "" {
			return x.fail("call %d of state %q received %s", i, state, d)
		}
	}
	return x
}

// known reports a name that no state has: an assertion about it would mean nothing.
func (x *Execution) known(state string) bool {
	x.m.t.Helper()
	if _, ok := x.m.m.Find(state); !ok {
		x.fail("%s has no state %q", x.m.file, state)
		return false
	}
	return true
}

// Retried asserts that the state was retried n times, over all its visits. It may be a Task, a Map or a Parallel.
func (x *Execution) Retried(state string, n int) *Execution {
	x.m.t.Helper()
	if !x.known(state) {
		return x
	}
	if got := x.Retries[state]; got != n {
		return x.fail("state %q was retried %d times, want %d", state, got, n)
	}
	return x
}

// Waited asserts how much virtual time the execution took.
func (x *Execution) Waited(want time.Duration) *Execution {
	x.m.t.Helper()
	if x.Elapsed != want {
		return x.fail("the execution took %s, want %s", span(x.Elapsed), span(want))
	}
	return x
}

// Variable asserts the value, a JSON text, that was assigned to a variable last.
func (x *Execution) Variable(name, want string) *Execution {
	x.m.t.Helper()
	for _, e := range slices.Backward(x.Result.Events) {
		for _, v := range e.Details.Assigned {
			if v.Name == name {
				if d := diffJSON(want, v.Value); d != "" {
					return x.fail("variable %q %s", name, d)
				}
				return x
			}
		}
	}
	return x.fail("variable %q was never assigned", name)
}
