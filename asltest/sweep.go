package asltest

import (
	"fmt"
	"strings"
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
