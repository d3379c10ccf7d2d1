package conformance

import (
	"fmt"
	"strings"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// compareExecution returns "" when the result is what an AWS execution case expects, else the first difference.
func compareExecution(doc value.Value, r *asltest.Result) string {
	expect := get(doc, "expect")
	mode := str(expect, "comparison")
	history, recorded := expect.Get("history")
	if mode != "prefix" && r.Status != str(expect, "status") {
		return fmt.Sprintf("status: expected %s, got %s%s", str(expect, "status"), r.Status, because(r))
	}
	if recorded {
		c := &historyComparison{m: newMatcher(doc), want: history.Elems(), got: events(r)}
		return c.diff(mode)
	}
	return compareOutcome(newMatcher(doc), expect, r)
}

// because says what is known about an execution that did not end as expected.
func because(r *asltest.Result) string {
	var parts []string
	if r.Error != nil {
		parts = append(parts, "error "+*r.Error)
	}
	if r.Cause != nil {
		parts = append(parts, "cause "+cut(*r.Cause, 300))
	}
	if r.Stalled {
		parts = append(parts, "nothing can happen any more")
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// compareOutcome compares output, error and cause; what is absent in expect must be absent.
func compareOutcome(m *matcher, expect value.Value, r *asltest.Result) string {
	got := map[string]*string{"error": r.Error, "cause": r.Cause}
	if r.Output != "" {
		got["output"] = &r.Output
	}
	for _, name := range [...]string{"output", "error", "cause"} {
		want, wanted := expect.Get(name)
		switch text := got[name]; {
		case !wanted && text != nil:
			return fmt.Sprintf("unexpected %s %s", name, cut(*text, 400))
		case !wanted:
		case text == nil:
			return fmt.Sprintf("%s: expected %s, got none", name, short(want))
		default:
			if d := m.diff(want, value.FromString(*text), name); d != "" {
				return d
			}
		}
	}
	return ""
}

// events returns the history as GetExecutionHistory shows it.
func events(r *asltest.Result) []value.Value {
	list := make([]value.Value, len(r.Events))
	for i, e := range r.Events {
		v, err := value.Parse(e.AppendJSON(nil))
		if err != nil {
			v = value.FromString("not JSON: " + err.Error()) // matches no event
		}
		list[i] = v.Without("timestamp")
	}
	return list
}

// historyComparison compares an expected with an actual history.
type historyComparison struct {
	m         *matcher
	want, got []value.Value
}

func (c *historyComparison) diff(mode string) string {
	switch mode {
	case "exact", "prefix":
		return c.ordered(mode == "prefix")
	case "concurrent":
		return c.concurrent()
	case "unordered-sections":
		return c.sections()
	}
	return fmt.Sprintf("unknown comparison %q", mode)
}

func typeOf(e value.Value) string { return str(e, "type") }

func idOf(e value.Value) int64 { return whole(e, "id") }

func prevOf(e value.Value) int64 { return whole(e, "previousEventId") }

func whole(v value.Value, name string) int64 {
	n, _ := get(v, name).Int()
	return n
}

// ordered compares position by position.
func (c *historyComparison) ordered(prefix bool) string {
	n := min(len(c.want), len(c.got))
	for i := range n {
		want, got := c.want[i].Without("timestamp"), c.tolerate(c.want[i], c.got[i])
		if typeOf(want) != typeOf(got) {
			return fmt.Sprintf("event %d: expected %s, got %s%s", i+1, typeOf(want), typeOf(got), failureOf(got))
		}
		if d := c.m.diff(want, got, fmt.Sprintf("event %d %s", i+1, typeOf(want))); d != "" {
			return d
		}
	}
	if len(c.got) < len(c.want) {
		return fmt.Sprintf("expected %d events, got %d; %s is missing", len(c.want), len(c.got), typeOf(c.want[n]))
	}
	if !prefix && len(c.got) > len(c.want) {
		return fmt.Sprintf("expected %d events, got %d; %s is not expected", len(c.want), len(c.got), typeOf(c.got[n]))
	}
	return ""
}

// failureOf quotes the error and cause of a failure event that was not expected.
func failureOf(e value.Value) string {
	if !strings.HasSuffix(typeOf(e), "Failed") {
		return ""
	}
	return " " + short(e)
}

// tolerate lets the MapStateExited of a distributed Map point at MapRunStarted or at MapRunSucceeded: AWS changed it in 2024.
func (c *historyComparison) tolerate(want, got value.Value) value.Value {
	if typeOf(want) != "MapStateExited" || typeOf(got) != "MapStateExited" || prevOf(want) == prevOf(got) {
		return got
	}
	if c.isMapRun(prevOf(want)) && c.isMapRun(prevOf(got)) {
		return got.With("previousEventId", get(want, "previousEventId"))
	}
	return got
}

func (c *historyComparison) isMapRun(id int64) bool {
	for _, e := range c.want {
		if idOf(e) == id {
			return strings.HasPrefix(typeOf(e), "MapRun")
		}
	}
	return false
}

// body is an event without its place.
func body(e value.Value) value.Value {
	return e.Without("id").Without("previousEventId").Without("timestamp")
}

// concurrent compares as multisets of type, details and kind of predecessor.
func (c *historyComparison) concurrent() string {
	if len(c.want) != len(c.got) {
		return fmt.Sprintf("expected %d events, got %d", len(c.want), len(c.got))
	}
	wantKeys, gotKeys := predecessors(c.want), predecessors(c.got)
	used := make([]bool, len(c.got))
next:
	for i, want := range c.want {
		for j, got := range c.got {
			if !used[j] && typeOf(want) == typeOf(got) && wantKeys[i] == gotKeys[j] && c.m.try(body(want), body(got)) {
				used[j] = true
				continue next
			}
		}
		return fmt.Sprintf("no event like %s after %s", short(want), wantKeys[i])
	}
	return ""
}

// predecessors returns for each event the type, name and index of the event before it.
func predecessors(events []value.Value) []string {
	by := make(map[int64]value.Value, len(events))
	for _, e := range events {
		by[idOf(e)] = e
	}
	keys := make([]string, len(events))
	for i, e := range events {
		p, ok := by[prevOf(e)]
		if !ok {
			continue
		}
		keys[i] = typeOf(p)
		for name, d := range p.All() {
			if strings.HasSuffix(name, "EventDetails") {
				keys[i] += " " + str(d, "name") + " " + get(d, "index").JSON()
			}
		}
	}
	return keys
}

// sections compares events with an id by id, and those with id 0, whose order was not recorded, with any event left.
func (c *historyComparison) sections() string {
	if n := len(c.want); n == 0 || idOf(c.want[n-1]) != int64(len(c.got)) {
		return fmt.Sprintf("expected %d events, got %d", idOf(c.want[max(0, n-1)]), len(c.got))
	}
	used := make([]bool, len(c.got))
	for _, want := range c.want {
		id := idOf(want)
		if id == 0 {
			continue
		}
		if id < 1 || id > int64(len(c.got)) {
			return fmt.Sprintf("there is no event %d", id)
		}
		if !c.m.try(want.Without("timestamp"), c.got[id-1]) {
			if typeOf(want) == "ParallelStateStarted" {
				continue // a nested one may sit elsewhere
			}
			return c.m.diff(want.Without("timestamp"), c.got[id-1], fmt.Sprintf("event %d", id))
		}
		used[id-1] = true
	}
next:
	for _, want := range c.want {
		if idOf(want) != 0 {
			continue
		}
		for j, got := range c.got {
			if !used[j] && typeOf(want) == typeOf(got) && c.m.try(body(want), body(got)) {
				used[j] = true
				continue next
			}
		}
		return "no event like " + short(body(want))
	}
	for j, got := range c.got {
		if !used[j] && !strings.HasPrefix(typeOf(got), "ParallelState") {
			return "unexpected event " + short(got)
		}
	}
	return ""
}
