package asltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
)

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
