package asltest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Failf reports an assertion of the test's own that does not hold, with the walk when it has not been printed yet.
func (x *Execution) Failf(format string, args ...any) *Execution {
	x.m.t.Helper()
	return x.fail(format, args...)
}

// Ended asserts the status of the execution: "SUCCEEDED", "FAILED" with whatever error, "TIMED_OUT" or "ABORTED".
func (x *Execution) Ended(status string) *Execution {
	x.m.t.Helper()
	if x.Status != status {
		return x.ended(status)
	}
	return x
}

// OutputIncludes asserts that the execution succeeded with an output that has at least what want has: of objects the members
// that want names, of arrays all elements in their order, of all else the same value.
func (x *Execution) OutputIncludes(want string) *Execution {
	x.m.t.Helper()
	if x.Status != "SUCCEEDED" {
		return x.ended("SUCCEEDED")
	}
	if d := missingIn(want, x.Result.Output); d != "" {
		return x.fail("output %s", d)
	}
	return x
}

// ReceivedIncludes is [Execution.Received] with parts of the inputs, compared as [Execution.OutputIncludes] does: for members that
// differ each time, such as task tokens.
func (x *Execution) ReceivedIncludes(state string, want ...string) *Execution {
	x.m.t.Helper()
	return x.received(state, want, missingIn)
}

// entered is Visited with the states that child executions of distributed Maps entered.
func (x *Execution) entered() []string {
	names := x.Visited()
	for _, c := range x.Children {
		names = append(names, c.Visited()...)
	}
	return names
}

// NeverReached asserts that the execution, and the child executions of its distributed Maps, entered none of these states.
func (x *Execution) NeverReached(states ...string) *Execution {
	x.m.t.Helper()
	got := x.entered()
	for _, s := range states {
		if !x.known(s) {
			return x
		}
		if slices.Contains(got, s) {
			return x.fail("state %q was reached, and should not be; path %s", s, strings.Join(got, " → "))
		}
	}
	return x
}

// Reached asserts that the execution, or a child execution of its distributed Maps, entered each of these states.
func (x *Execution) Reached(states ...string) *Execution {
	x.m.t.Helper()
	got := x.entered()
	for _, s := range states {
		if !x.known(s) {
			return x
		}
		if !slices.Contains(got, s) {
			return x.fail("state %q was not reached; path %s", s, strings.Join(got, " → "))
		}
	}
	return x
}

// MissingJSON returns "" when got has all that want has, as [Execution.OutputIncludes] compares them; else one line for each place
// that differs.
func MissingJSON(want, got string) string { return missingIn(want, got) }

// missingIn returns "" when got has all that want has, else one line for each place that differs.
func missingIn(want, got string) string {
	w, err := value.ParseString(want)
	if err != nil {
		return fmt.Sprintf("the wanted document is not JSON: %v", err)
	}
	g, err := value.ParseString(got)
	if err != nil {
		return fmt.Sprintf("does not include %s: it is %q, which is not JSON", cut(want, 400), cut(got, 400))
	}
	var lines []string
	missing(w, g, "", &lines)
	if len(lines) == 0 {
		return ""
	}
	return "lacks what is wanted:\n  " + strings.Join(lines, "\n  ") + "\n  all of it: " + cut(got, 2000)
}

const maxMissing = 20

func missing(want, got value.Value, at string, lines *[]string) {
	if len(*lines) >= maxMissing {
		return
	}
	say := func(what string) {
		*lines = append(*lines, fmt.Sprintf("%s: want %s, got %s", orRoot(at), cut(want.JSON(), 400), what))
	}
	switch {
	case want.Kind() == value.Object && got.Kind() == value.Object:
		for _, m := range want.Members() {
			below := value.AppendPointer(at, m.Key)
			if g, ok := got.Get(m.Key); ok {
				missing(m.Value, g, below, lines)
			} else {
				*lines = append(*lines, fmt.Sprintf("%s: want %s, got nothing", below, cut(m.Value.JSON(), 400)))
			}
		}
	case want.Kind() == value.Array && got.Kind() == value.Array:
		if want.Len() != got.Len() {
			say(fmt.Sprintf("%d elements, not %d: %s", got.Len(), want.Len(), cut(got.JSON(), 400)))
			return
		}
		for i, w := range want.Elems() {
			missing(w, got.Elems()[i], at+"/"+strconv.Itoa(i), lines)
		}
	case !want.Equal(got):
		say(cut(got.JSON(), 400))
	}
}

func orRoot(pointer string) string {
	if pointer == "" {
		return "(the whole)"
	}
	return pointer
}
