package asltest

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/gait-engine/gait/history"
)

// Lengths of a printed walk.
const (
	firstRows = 12
	lastRows  = 28
	cellWidth = 60
)

// Table returns the history as a table: event, time since the start, state, type, and what went in or came out, cut. In the
// middle of a long history rows are left out.
func (r *Result) Table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  #\ttime\tstate\tevent\tinput → output")
	owners := r.owners()
	for i, e := range r.Events {
		if left := len(r.Events) - firstRows - lastRows; i == firstRows && left > 0 {
			fmt.Fprintf(w, "  …\t\t\t%d more\t\n", left)
		}
		if i >= firstRows && i < len(r.Events)-lastRows {
			continue
		}
		fmt.Fprintf(w, "  %d\t+%s\t%s\t%s\t%s\n", e.ID, span(e.Timestamp.Sub(r.Events[0].Timestamp)), owners[i], e.Type, shown(&e.Details, e.Type))
	}
	_ = w.Flush() // into memory
	return strings.TrimSuffix(trimLines(b.String()), "\n")
}

// trimLines removes the padding at the ends of lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// span words a duration, long ones in days.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return d.String()
	}
	if rest := d % day; rest != 0 {
		return fmt.Sprintf("%dd%s", d/day, rest)
	}
	return fmt.Sprintf("%dd", d/day)
}

// shown is what a row tells of the details.
func shown(d *history.Details, kind string) string {
	if d.Error != nil || d.Cause != nil {
		var text string
		if d.Error != nil {
			text = *d.Error
		}
		if d.Cause != nil && *d.Cause != "" {
			text += ": " + *d.Cause
		}
		if d.Location != "" {
			text = d.Location + ": " + text
		}
		return clip("! " + text)
	}
	switch {
	case d.Input != "":
		return clip(d.Input)
	case d.Parameters != "":
		return clip(strings.TrimPrefix(d.Resource+" "+d.Parameters, " "))
	case d.Output != "":
		return clip("→ " + d.Output)
	case strings.HasPrefix(kind, "MapIteration"):
		return fmt.Sprintf("index %d", d.Index)
	case kind == "MapStateStarted":
		return fmt.Sprintf("%d items", d.Length)
	}
	return ""
}

// clip fits a text into a cell.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) <= cellWidth {
		return s
	}
	return string([]rune(s)[:cellWidth-1]) + "…"
}

// owners returns the state that each event belongs to: the one that was entered last on its chain of previous events.
func (r *Result) owners() []string {
	owners := make([]string, len(r.Events))
	for i, e := range r.Events {
		switch {
		case strings.HasPrefix(e.Type, "Execution"):
		case strings.HasSuffix(e.Type, "StateEntered"), strings.HasSuffix(e.Type, "StateExited"), strings.HasPrefix(e.Type, "MapIteration"):
			owners[i] = e.Details.Name
		case e.Type == "EvaluationFailed":
			owners[i] = e.Details.State
		case e.PreviousEventID > 0 && e.PreviousEventID <= int64(i):
			owners[i] = owners[e.PreviousEventID-1]
		}
	}
	return owners
}

// wrong describes where a failed execution went wrong: the state whose failure ended it, with its input and the error. "" when
// it did not fail or when no state did.
func (m *Machine) wrong(r *Result) string {
	if r.Status == "SUCCEEDED" {
		return ""
	}
	owners := r.owners()
	state := ""
	for i, e := range r.Events {
		failed := strings.HasSuffix(e.Type, "Failed") || strings.HasSuffix(e.Type, "TimedOut") || e.Type == "FailStateEntered"
		if failed && owners[i] != "" && !strings.HasPrefix(e.Type, "MapIteration") && !strings.HasPrefix(e.Type, "MapState") &&
			!strings.HasPrefix(e.Type, "ParallelState") {
			state = owners[i]
		}
	}
	if state == "" { // a States.Runtime failure of a state's own fields, or a state that waits
		for i := range r.Events {
			if owners[i] != "" {
				state = owners[i]
			}
		}
	}
	s, ok := m.m.Find(state)
	if !ok {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "in state %q (%s)", state, m.at(s.Common().Pointer))
	for i := len(r.Events) - 1; i >= 0; i-- {
		e := &r.Events[i]
		if e.Details.Name == state && strings.HasSuffix(e.Type, "StateEntered") {
			fmt.Fprintf(&b, "\n  input  %s", cut(e.Details.Input, 2000))
			break
		}
	}
	for i := len(r.Events) - 1; i >= 0; i-- {
		e := &r.Events[i]
		if owners[i] == state && e.Details.Parameters != "" {
			fmt.Fprintf(&b, "\n  call   %s %s", e.Details.Resource, cut(e.Details.Parameters, 2000))
			break
		}
	}
	for i := len(r.Events) - 1; i >= 0; i-- {
		if e := &r.Events[i]; owners[i] == state && e.Details.Output != "" {
			fmt.Fprintf(&b, "\n  output %s", cut(e.Details.Output, 2000))
			break
		}
	}
	if r.Error != nil {
		fmt.Fprintf(&b, "\n  error  %s", *r.Error)
	}
	if r.Cause != nil {
		fmt.Fprintf(&b, "\n  cause  %s", cut(*r.Cause, 2000))
	}
	return b.String()
}
