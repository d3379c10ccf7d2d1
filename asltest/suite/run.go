package suite

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonata"
)

// done is what a report says of a test that was run; zero fields do not apply.
type done struct {
	status  string
	elapsed time.Duration // virtual
	note    string        // "19 executions" of a sweep
}

// run runs one test and reports to t.
func (s *Suite) run(t asltest.TB, c *test) done {
	t.Helper()
	m := s.machine.For(t)
	m.Options = c.execution.options(m.Options)
	m.Options.Stop = c.stop
	memory, err := s.stored(c)
	if err != nil {
		t.Fatalf("%v", err)
	}
	m.Options.Objects = memory
	if c.state != nil {
		return s.runState(t, m, c)
	}
	if c.replay != nil {
		x := m.Replay(c.replay, s.mocksOf(c)...)
		c.expect.check(x, c.expect.any())
		c.expect.checkObjects(x, memory)
		return done{status: x.Result.Status, elapsed: x.Elapsed}
	}
	input := c.input
	if c.recording != nil {
		if m.Options.Start.IsZero() {
			m.Options.Start = c.recording.Start
		}
		if input == "" {
			input = c.recording.Input
		}
	}
	if input == "" {
		input = "{}"
	}
	mocks := s.mocksOf(c)
	if c.sweep != nil {
		report := m.Sweep(input, *c.sweep, mocks...)
		d := done{note: fmt.Sprintf("%d executions, %d faults", report.Runs, report.Faults)}
		if c.expect.any() {
			x := m.Run(input, mocks...)
			c.expect.check(x, true)
			c.expect.checkObjects(x, memory)
			d.status, d.elapsed = x.Result.Status, x.Elapsed
		}
		return d
	}
	var x *asltest.Execution
	if c.config != nil {
		x = m.RunCase(c.config, c.caseName, input, mocks...)
	} else {
		x = m.Run(input, mocks...)
	}
	c.expect.check(x, true)
	c.expect.checkObjects(x, memory)
	return done{status: x.Result.Status, elapsed: x.Elapsed}
}

func (e *execution) options(o asltest.Options) asltest.Options {
	o.Name, o.Account, o.Region, o.RoleARN, o.Start = e.name, e.account, e.region, e.role, e.start
	o.Seed = e.bits()
	if e.machine != "" {
		o.MachineName = e.machine
	}
	return o
}

func (e *execution) bits() (seed [16]byte) {
	binary.BigEndian.PutUint64(seed[8:], e.seed)
	return seed
}

// any reports whether anything is expected.
func (e *expectation) any() bool {
	return e.status != "" || e.output != "" || e.outputIncludes != "" || e.errorName != nil || e.cause != nil || e.causeContains != nil ||
		e.path != nil || e.events != nil || e.reached != nil || e.neverReached != nil || e.received != nil || e.receivedIncludes != nil ||
		e.retries != nil || e.elapsed != nil || e.variables != nil || e.objects != nil || e.assert != nil
}

// check compares an execution with what is expected. The status is that of expect; without one FAILED when an error or a cause is
// expected, else SUCCEEDED.
func (e *expectation) check(x *asltest.Execution, andStatus bool) {
	want := e.status
	if want == "" {
		want = "SUCCEEDED"
		if e.errorName != nil || e.cause != nil || e.causeContains != nil {
			want = "FAILED"
		}
	}
	switch {
	case andStatus && want == "FAILED" && e.errorName != nil:
		x.Failed(*e.errorName)
	case andStatus:
		x.Ended(want)
	}
	if ok := x.Result.Status == want; ok || !andStatus { // otherwise all that follows is different, too
		e.outcome(x, want)
	}
	if e.path != nil {
		x.Path(e.path...)
	}
	if e.events != nil {
		x.Events(e.events...)
	}
	x.Reached(e.reached...)
	x.NeverReached(e.neverReached...)
	for _, r := range e.received {
		x.Received(r.state, r.inputs...)
	}
	for _, r := range e.receivedIncludes {
		x.ReceivedIncludes(r.state, r.inputs...)
	}
	for _, r := range e.retries {
		x.Retried(r.state, r.n)
	}
	if e.elapsed != nil {
		x.Waited(*e.elapsed)
	}
	for _, v := range e.variables {
		x.Variable(v.name, v.value)
	}
	if len(e.assert) > 0 {
		check(e.assert, document(x.Result), func(format string, args ...any) { x.Failf(format, args...) })
	}
}

func (e *expectation) outcome(x *asltest.Execution, want string) {
	if e.output != "" {
		x.Output(e.output)
	}
	if e.outputIncludes != "" {
		x.OutputIncludes(e.outputIncludes)
	}
	if e.errorName != nil && want != "FAILED" && deref(x.Error) != *e.errorName {
		x.Failf("the execution ended with the error %q, want %q", deref(x.Error), *e.errorName)
	}
	if e.cause != nil && deref(x.Cause) != *e.cause && !sameJSON(deref(x.Cause), *e.cause) {
		x.Failf("the cause is %q, want %q", deref(x.Cause), *e.cause)
	}
	for _, part := range e.causeContains {
		x.CauseContains(part)
	}
}

func sameJSON(a, b string) bool {
	v, err := value.ParseString(a)
	w, err2 := value.ParseString(b)
	return err == nil && err2 == nil && v.Equal(w)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// document is what assertions look at: status, output, error, cause, path, calls, retries, mapRuns and elapsedSeconds.
func document(x *asltest.Result) value.Value {
	text := value.FromString
	members := []value.Member{value.M("status", text(x.Status))}
	if out, err := value.ParseString(x.Output); err == nil {
		members = append(members, value.M("output", out))
	}
	if x.Error != nil {
		members = append(members, value.M("error", text(*x.Error)))
	}
	if x.Cause != nil {
		members = append(members, value.M("cause", text(*x.Cause)))
	}
	var path, calls []value.Value
	for _, s := range x.Visited() {
		path = append(path, text(s))
	}
	for _, c := range x.Calls {
		in, err := value.ParseString(c.Input)
		if err != nil {
			in = text(c.Input)
		}
		calls = append(calls, value.Obj(value.M("state", text(c.State)), value.M("attempt", value.FromInt(int64(c.Attempt))),
			value.M("input", in), value.M("elapsedSeconds", value.FromFloat(c.Elapsed.Seconds()))))
	}
	var runs []value.Value
	for _, r := range x.MapRuns {
		runs = append(runs, value.Obj(value.M("status", text(r.Status)), value.M("items", value.FromInt(r.Items)), value.M("failed", value.FromInt(r.Failed))))
	}
	var retries []value.Member
	for _, s := range slices.Sorted(keys(x.Retries)) {
		retries = append(retries, value.M(s, value.FromInt(int64(x.Retries[s]))))
	}
	return value.FromMembers(append(members, value.M("path", value.FromArray(path)), value.M("calls", value.FromArray(calls)), value.M("mapRuns", value.FromArray(runs)),
		value.M("retries", value.FromMembers(retries)), value.M("elapsedSeconds", value.FromFloat(x.Elapsed.Seconds()))))
}

func keys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// check evaluates expressions over what happened.
func check(all []assertion, doc value.Value, fail func(format string, args ...any)) {
	for _, a := range all {
		out, err := a.program.EvalJSON(context.Background(), &jsonata.Env{}, []byte(doc.JSON()), nil)
		switch {
		case err != nil:
			fail("assert %s: %v", a.text, err)
		case string(out) != "true":
			got := string(out)
			if out == nil {
				got = "nothing"
			}
			fail("assert %s: want true, got %s\n  over %s", a.text, got, clipTo(doc.JSON(), 1000))
		}
	}
}
