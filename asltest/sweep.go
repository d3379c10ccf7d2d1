package asltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
)

// Sweep says which faults [Machine.Sweep] injects and which ends of the execution are all right. The zero Sweep injects every
// fault that the definition speaks of, and wants each execution to end as SUCCEEDED or FAILED, or as TIMED_OUT when the machine
// has TimeoutSeconds, with any error but States.Runtime.
type Sweep struct {
	// Errors are thrown by every task, ErrorsOf by the task of that name: the errors of the services and functions that you use.
	// They come besides those that the task's own Retry and Catch name, and those of the Map and Parallel states around it, and
	// besides States.TaskFailed and States.Timeout.
	Errors   []string
	ErrorsOf map[string][]string
	// Except are error names that are not thrown after all.
	Except []string
	// States are the Task states to break; nil means all.
	States []string

	// Statuses, ErrorNames and EndsIn restrict how executions may end: their status, the error of those that fail, and the
	// state that was entered last on the top level, so that EndsIn: {"Shipped", "Refuse"} forbids errors that nobody catches. nil
	// leaves the default.
	Statuses, ErrorNames, EndsIn []string
	// Check returns an error for an execution that broke a rule of your own; nil: none is asked.
	Check func(r *Result) error

	// MaxRuns bounds the executions; default 10,000. A sweep that would need more fails the test.
	MaxRuns int
}

// Injection is a fault of a sweep: what the n-th visit of a Task state gets.
type Injection struct {
	State string
	Visit int // from 1
	// Error is the error thrown; "" when Timeout, Heartbeat or Slow is set.
	Error string
	// Timeout is a call that goes on, with heartbeats, until TimeoutSeconds end it; Heartbeat one that is silent until
	// HeartbeatSeconds do; Slow one that goes on until the TimeoutSeconds of the machine end the execution.
	Timeout, Heartbeat, Slow bool
	// Always means that each retry gets the same; otherwise the first attempt only.
	Always bool
}

// String returns the fault in words: `state "Charge", visit 1: Card.Busy, retries too`.
func (i Injection) String() string {
	what := i.Error
	switch {
	case i.Timeout:
		what = "its timeout fires"
	case i.Heartbeat:
		what = "its heartbeat is missing"
	case i.Slow:
		what = "goes on until the machine times out"
	}
	if i.Always {
		what += ", retries too"
	}
	return fmt.Sprintf("state %q, visit %d: %s", i.State, i.Visit, what)
}

// SweepReport is what came of a sweep.
type SweepReport struct {
	Runs   int // executions, with the one without a fault
	Faults int // injected
	// Broken are the executions that ended as they may not, in the order in which they ran.
	Broken []BrokenRun
	// Unbroken is how many faults MaxRuns left out.
	Unbroken int
}

// BrokenRun is an execution that ended as it may not.
type BrokenRun struct {
	// Faults lead there: the last one is what was tried; those before it reach its state.
	Faults []Injection
	Why    string
	Result *Result
}

// Sweep runs the execution again and again, each time with one task call broken in one way: each error that the task may throw,
// its timeout, its missing heartbeat, on each visit, once and until its retries are used up. A state that is only reached after a
// failure is broken too, after the failure that first reached it. Each execution must end as the Sweep allows; those that do not
// fail the test, each with its fault and, for the first ones, the walk. The mocks answer the calls that are not broken.
//
// The runs are made one after the other in an order that depends on nothing but the arguments. Coverage counts them.
func (m *Machine) Sweep(input string, s Sweep, mocks ...Mock) *SweepReport {
	m.t.Helper()
	w := &sweeper{m: m, s: s, input: input, mocks: mocks, report: &SweepReport{}, swept: map[visit]bool{}}
	if err := w.check(); err != nil {
		m.t.Fatalf("asltest: sweep: %v", err)
		return w.report
	}
	if err := w.run(); err != nil {
		m.t.Fatalf("%v", err)
		return w.report
	}
	if text := w.report.text(m); text != "" {
		m.t.Errorf("%s", text)
	}
	return w.report
}

// visit is a visit of a Task state, from 1.
type visit struct {
	state string
	n     int
}

type sweeper struct {
	m      *Machine
	s      Sweep
	input  string
	mocks  []Mock
	report *SweepReport
	swept  map[visit]bool
	queue  []plan
}

// plan is a way to reach a visit.
type plan struct {
	faults []Injection
	calls  []Call // first attempts
	visits []visit
}

const defaultMaxRuns = 10_000

func (w *sweeper) check() error {
	p := newPlay(w.m, w.mocks)
	if err := p.check(); err != nil {
		return err
	}
	for _, name := range w.s.States {
		if taskOf(w.m.m, name) == nil {
			return fmt.Errorf("%s has no Task state %q%s", w.m.file, name, w.m.tasks())
		}
	}
	for name := range w.s.ErrorsOf {
		if taskOf(w.m.m, name) == nil {
			return fmt.Errorf("%s has no Task state %q%s", w.m.file, name, w.m.tasks())
		}
	}
	for _, name := range w.s.EndsIn {
		if f := &w.m.m.Flows[0]; !hasState(f, name) {
			return fmt.Errorf("%s has no state %q on its top level", w.m.file, name)
		}
	}
	return nil
}

func hasState(f *asl.Flow, name string) bool {
	_, ok := f.Lookup(name)
	return ok
}

// run breaks what the execution without faults reaches, then what the broken ones reach beyond that.
func (w *sweeper) run() error {
	r, err := w.execute(nil)
	if err != nil {
		return err
	}
	if why := w.wrong(r); why != "" {
		w.broken(nil, why, r)
	}
	w.plan(nil, r)
	for len(w.queue) > 0 {
		next := w.queue[0]
		w.queue = w.queue[1:]
		for i := range next.calls {
			if err := w.breakCall(next.faults, &next.calls[i], next.visits[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// plan notes the visits of an execution that nobody broke yet.
func (w *sweeper) plan(faults []Injection, r *Result) {
	p := plan{faults: slices.Clip(faults)}
	for _, c := range r.Calls {
		v := visit{c.State, c.Visit}
		if w.swept[v] || w.s.States != nil && !slices.Contains(w.s.States, c.State) {
			continue
		}
		w.swept[v] = true
		p.calls, p.visits = append(p.calls, c), append(p.visits, v)
	}
	if len(p.calls) > 0 {
		w.queue = append(w.queue, p)
	}
}

// breakCall breaks one visit in every way.
func (w *sweeper) breakCall(before []Injection, c *Call, v visit) error {
	for _, fault := range w.faults(c, v) {
		for _, always := range []bool{false, true} {
			fault.Always = always
			if w.report.Runs >= w.maxRuns() {
				w.report.Unbroken++
				break
			}
			faults := append(slices.Clip(before), fault)
			r, err := w.execute(faults)
			if err != nil {
				return err
			}
			w.report.Faults++
			if why := w.wrong(r); why != "" {
				w.broken(faults, why, r)
			}
			w.plan(faults, r)
			if !retried(r, v) {
				break // all attempts would be the same
			}
		}
	}
	return nil
}

func (w *sweeper) maxRuns() int {
	if w.s.MaxRuns > 0 {
		return w.s.MaxRuns
	}
	return defaultMaxRuns
}

// retried reports whether a visit had more than one attempt.
func retried(r *Result, v visit) bool {
	return slices.ContainsFunc(r.Calls, func(c Call) bool { return c.State == v.state && c.Visit == v.n && c.Attempt > 0 })
}

// faults lists the ways to break a call.
func (w *sweeper) faults(c *Call, v visit) []Injection {
	var all []Injection
	add := func(i Injection) {
		i.State, i.Visit = v.state, v.n
		if !slices.Contains(all, i) && !slices.Contains(w.s.Except, i.Error) {
			all = append(all, i)
		}
	}
	for _, name := range w.m.namedErrors(v.state) {
		if c.TimeoutSeconds == 0 || name != "States.Timeout" {
			add(Injection{Error: name})
		}
	}
	add(Injection{Error: "States.TaskFailed"})
	for _, name := range w.s.Errors {
		add(Injection{Error: name})
	}
	for _, name := range w.s.ErrorsOf[v.state] {
		add(Injection{Error: name})
	}
	switch {
	case slices.Contains(w.s.Except, "States.Timeout"):
	case c.TimeoutSeconds > 0:
		add(Injection{Timeout: true})
	default:
		add(Injection{Error: "States.Timeout"})
	}
	if c.HeartbeatSeconds > 0 && !slices.Contains(w.s.Except, "States.HeartbeatTimeout") {
		add(Injection{Heartbeat: true})
	}
	if limit := w.m.m.TimeoutSeconds; limit > 0 && (c.TimeoutSeconds == 0 || c.Elapsed+seconds(c.TimeoutSeconds) > seconds(limit)) {
		add(Injection{Slow: true})
	}
	return all
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// thrown reports whether the call of a task can fail with an error of this name. Of the names that begin with "States." few are
// those of calls; the others are errors of states, like States.ItemReaderFailed, or patterns, like States.ALL. A missing heartbeat is not
// thrown but happens.
func thrown(name string) bool {
	switch name {
	case "States.TaskFailed", "States.Timeout", "States.Permissions", "States.DataLimitExceeded":
		return true
	}
	return !strings.HasPrefix(name, "States.") || strings.HasPrefix(name, "States.Http.")
}

// namedErrors returns the error names in the retriers and catchers that a failure of the task meets: its own, then those of the
// Map and Parallel states around it; those that a call can fail with.
func (m *Machine) namedErrors(state string) []string {
	var names []string
	s, ok := m.m.Find(state)
	for ok && s != nil {
		c := s.Common()
		var lists [][]string
		for i := range c.Retry {
			lists = append(lists, c.Retry[i].ErrorEquals)
		}
		for i := range c.Catch {
			lists = append(lists, c.Catch[i].ErrorEquals)
		}
		for _, list := range lists {
			for _, name := range list {
				if thrown(name) && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		s = m.m.Parent(c.Flow)
	}
	return names
}

// execute runs with these faults. The error is one of the test: a call that no mock answers.
func (w *sweeper) execute(faults []Injection) (*Result, error) {
	w.report.Runs++
	p := newPlay(w.m, w.mocks)
	o := w.m.Options
	o.Resolve = func(c Call) (Answer, error) {
		for _, f := range faults {
			if f.State == c.State && f.Visit == c.Visit && (f.Always || c.Attempt == 0) {
				return completed(taskOf(w.m.m, c.State), w.answer(f, c)), nil
			}
		}
		return p.resolve(c)
	}
	o.Watch = w.m.watch(o.Watch)
	r, err := Run(w.m.m, w.input, o)
	if err == nil {
		return r, nil
	}
	at := ""
	if len(faults) > 0 {
		at = fmt.Sprintf("\n  after  %s", faults[len(faults)-1])
	}
	unanswered, ok := errors.AsType[*UnansweredError](err)
	switch {
	case errors.Is(err, ErrBudget):
		r.Status = "RUNNING" // a loop: it is reported with its fault
		return r, nil
	case ok && errors.Is(err, ErrUnmocked):
		return r, fmt.Errorf("%s%s\nwalk:\n%s", w.m.unmocked(unanswered.Call, w.mocks), at, r.Table())
	}
	return r, fmt.Errorf("%w%s", err, at)
}

// answer is what a fault does to a call.
func (w *sweeper) answer(f Injection, c Call) Answer {
	switch {
	case f.Heartbeat:
		return Never()
	case f.Timeout, f.Slow:
		a := Never()
		if c.HeartbeatSeconds == 0 {
			return a
		}
		end := seconds(c.TimeoutSeconds)
		if limit := seconds(w.m.m.TimeoutSeconds); f.Slow || end == 0 {
			end = limit
		}
		beat := max(seconds(c.HeartbeatSeconds)/2, time.Millisecond)
		for t := beat; t < end && len(a.Heartbeats) < maxBeats; t += beat {
			a.Heartbeats = append(a.Heartbeats, t)
		}
		return a
	}
	return Fail(f.Error, "injected by a sweep")
}

const maxBeats = 10_000

// wrong says why an execution may not end as it did; "" when it may.
func (w *sweeper) wrong(r *Result) string {
	switch {
	case r.Stalled:
		return "it waits for ever"
	case r.Status == "RUNNING":
		return "it does not end"
	}
	statuses := w.s.Statuses
	if statuses == nil {
		statuses = []string{"SUCCEEDED", "FAILED"}
		if w.m.m.TimeoutSeconds > 0 {
			statuses = append(statuses, "TIMED_OUT")
		}
	}
	end := r.Status
	if name := deref(r.Error); name != "" && r.Status != "TIMED_OUT" {
		end += " with " + name
	}
	if !slices.Contains(statuses, r.Status) {
		return fmt.Sprintf("it ended as %s, allowed %s", end, strings.Join(statuses, ", "))
	}
	if name := deref(r.Error); r.Status == "FAILED" {
		switch {
		case w.s.ErrorNames == nil && name == "States.Runtime":
			return "it ended as " + end + ": " + cut(deref(r.Cause), 200)
		case w.s.ErrorNames != nil && !slices.Contains(w.s.ErrorNames, name):
			return fmt.Sprintf("it ended as %s, allowed errors are %s", end, strings.Join(w.s.ErrorNames, ", "))
		}
	}
	if last := w.m.lastState(r); w.s.EndsIn != nil && !slices.Contains(w.s.EndsIn, last) {
		return fmt.Sprintf("it ended as %s in state %q, allowed %s", end, last, strings.Join(w.s.EndsIn, ", "))
	}
	if w.s.Check != nil {
		if err := w.s.Check(r); err != nil {
			return fmt.Sprintf("it ended as %s: %v", end, err)
		}
	}
	return ""
}

// lastState returns the state of the top level that was entered last.
func (m *Machine) lastState(r *Result) string {
	for _, e := range slices.Backward(r.Events) {
		if strings.HasSuffix(e.Type, "StateEntered") && hasState(&m.m.Flows[0], e.Details.Name) {
			return e.Details.Name
		}
	}
	return ""
}

func (w *sweeper) broken(faults []Injection, why string, r *Result) {
	w.report.Broken = append(w.report.Broken, BrokenRun{Faults: faults, Why: why, Result: r})
}

// What a failing sweep prints.
const (
	walksShown  = 3
	brokenShown = 50
)

// text is what fails the test; "" when nothing does.
func (r *SweepReport) text(m *Machine) string {
	var b strings.Builder
	if len(r.Broken) > 0 {
		fmt.Fprintf(&b, "%d of %d executions of the sweep ended as they may not:", len(r.Broken), r.Runs)
	}
	for i := range r.Broken {
		if i == brokenShown {
			fmt.Fprintf(&b, "\n  … %d more", len(r.Broken)-i)
			break
		}
		br := &r.Broken[i]
		if len(br.Faults) == 0 {
			fmt.Fprintf(&b, "\n  %d. without a fault: %s", i+1, br.Why)
		}
		for j, f := range br.Faults {
			switch {
			case j == 0:
				fmt.Fprintf(&b, "\n  %d. %s (%s)", i+1, f, m.stateAt(f.State))
			default:
				fmt.Fprintf(&b, "\n     then %s (%s)", f, m.stateAt(f.State))
			}
		}
		if len(br.Faults) > 0 {
			fmt.Fprintf(&b, "\n     %s", br.Why)
		}
		if i < walksShown {
			fmt.Fprintf(&b, "\nwalk:\n%s", br.Result.Table())
		} else {
			fmt.Fprintf(&b, "\n     path %s", cut(strings.Join(br.Result.Visited(), " → "), 400))
		}
	}
	if r.Unbroken > 0 {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "the sweep is not complete: %d runs are made and at least %d faults are left; raise MaxRuns, or name fewer States or Errors",
			r.Runs, r.Unbroken)
	}
	return b.String()
}
