package asltest

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// ReplayError tells where an execution first differs from its recording.
type ReplayError struct {
	Event    int64  // id of the recorded event; one more than there are when the execution has more events
	State    string // that the event belongs to; "" for events of the execution
	Want     string // type of the recorded event; "" when the recording is over
	Got      string // type of the event that came instead; "" when the execution is over or the order does not count
	Location string // in the event: "taskScheduledEventDetails/parameters/amount"; "" when the events are of different types
	Diff     string // recorded and actual value
	Err      error  // why the execution could not go on; nil when it could
}

// Error names the event and the state, and what was recorded and came instead.
func (e *ReplayError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "asltest: replay: event %d", e.Event)
	if e.State != "" {
		fmt.Fprintf(&b, " (state %q)", e.State)
	}
	switch {
	case e.Location != "":
		fmt.Fprintf(&b, ": %s differs in %s %s", e.Want, e.Location, e.Diff)
	case e.Want == "":
		fmt.Fprintf(&b, ": the recording is over, the execution goes on with %s", e.Got)
	case e.Got == "":
		fmt.Fprintf(&b, ": recorded %s, and the execution has no such event%s", e.Want, e.Diff)
	default:
		fmt.Fprintf(&b, ": recorded %s, got %s", e.Want, e.Got)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, "; %v", e.Err)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *ReplayError) Unwrap() error { return e.Err }

// comparison compares events of a recording with those of an execution. Timestamps are not compared; of texts in which two
// executions always differ (task tokens, UUIDs, times, ARNs of executions) only the kind is.
type comparison struct {
	tokens map[string]bool // of this execution
}

// compare returns the first difference, nil when there is none. Where lines overlap the order of events was chance: then each
// recorded event must have one like it.
func (r *Recording) compare(res *Result, tokens map[string]bool, anyOrder bool) *ReplayError {
	c := comparison{tokens}
	got := make([]value.Value, len(res.Events))
	for i := range res.Events {
		v, err := value.Parse(res.Events[i].AppendJSON(nil))
		if err != nil {
			return &ReplayError{Event: int64(i) + 1, Err: err}
		}
		got[i] = detailsOf(v)
	}
	if anyOrder {
		return r.compareSets(c, res, got)
	}
	for i := range r.events {
		e := &r.events[i]
		d := &ReplayError{Event: e.id, State: e.state, Want: e.kind}
		if i >= len(got) {
			return d
		}
		if d.Got = res.Events[i].Type; d.Got != e.kind {
			return d
		}
		if d.Location, d.Diff = c.diff(e.details, got[i], ""); d.Location != "" {
			return d
		}
		if p := res.Events[i].PreviousEventID; p != e.prev {
			d.Location, d.Diff = "previousEventId", fmt.Sprintf("recorded %d, got %d", e.prev, p)
			return d
		}
	}
	if n := len(r.events); n < len(got) {
		return &ReplayError{Event: int64(n) + 1, State: res.owners()[n], Got: res.Events[n].Type}
	}
	return nil
}

func (r *Recording) compareSets(c comparison, res *Result, got []value.Value) *ReplayError {
	used := make([]bool, len(got))
	owners := res.owners()
next:
	for i := range r.events {
		e := &r.events[i]
		near := -1
		for j := range got {
			if used[j] || res.Events[j].Type != e.kind || owners[j] != e.state {
				continue
			}
			if at, _ := c.diff(e.details, got[j], ""); at == "" {
				used[j] = true
				continue next
			}
			if near < 0 {
				near = j
			}
		}
		d := &ReplayError{Event: e.id, State: e.state, Want: e.kind}
		if near >= 0 {
			d.Location, d.Diff = c.diff(e.details, got[near], "")
		}
		return d
	}
	for j, taken := range used {
		if !taken {
			return &ReplayError{Event: int64(len(r.events)) + 1, State: owners[j], Got: res.Events[j].Type}
		}
	}
	return nil
}

// detailsOf returns the details of an event as GetExecutionHistory shows it.
func detailsOf(event value.Value) value.Value {
	for name, d := range event.All() {
		if strings.HasSuffix(name, "EventDetails") {
			return d
		}
	}
	return value.Value{}
}

// diff returns where and how got differs from want; "" when it does not. Members that say how much was recorded are not compared,
// nor those that were cut.
func (c comparison) diff(want, got value.Value, at string) (where, how string) {
	differ := func() (string, string) {
		if at == "" {
			at = "details"
		}
		return at, fmt.Sprintf("recorded %s, got %s", cut(want.JSON(), 400), cut(got.JSON(), 400))
	}
	if k := want.Kind(); (k == value.Object || k == value.Array) && got.Kind() == value.String {
		// A recording whose texts were opened, for people to read.
		if doc, err := value.ParseString(got.Str()); err == nil {
			got = doc
		}
	}
	switch want.Kind() {
	case value.Object:
		if got.Kind() != value.Object {
			return differ()
		}
		for _, m := range want.Members() {
			if at == "" && (strings.HasSuffix(m.Key, "Details") || truncated(want, m.Key) || strings.HasPrefix(m.Key, "stateMachine")) {
				continue
			}
			g, ok := got.Get(m.Key)
			below := strings.TrimPrefix(at+"/"+m.Key, "/")
			if !ok {
				if m.Value.IsNull() && at == "" {
					continue
				}
				return below, fmt.Sprintf("recorded %s, got nothing", cut(m.Value.JSON(), 400))
			}
			if where, how := c.diff(m.Value, g, below); where != "" {
				return where, how
			}
		}
		for _, m := range got.Members() {
			if _, ok := want.Get(m.Key); !ok && (at != "" || !strings.HasSuffix(m.Key, "Details")) {
				return strings.TrimPrefix(at+"/"+m.Key, "/"), fmt.Sprintf("recorded nothing, got %s", cut(m.Value.JSON(), 400))
			}
		}
		return "", ""
	case value.Array:
		if got.Kind() != value.Array || got.Len() != want.Len() {
			return differ()
		}
		for i, w := range want.Elems() {
			if where, how := c.diff(w, got.Elems()[i], fmt.Sprintf("%s/%d", at, i)); where != "" {
				return where, how
			}
		}
		return "", ""
	case value.String:
		if got.Kind() != value.String {
			return differ()
		}
		if want.Str() == got.Str() || c.alike(want.Str(), got.Str()) {
			return "", ""
		}
		w, err := value.ParseString(want.Str())
		g, err2 := value.ParseString(got.Str())
		if err == nil && err2 == nil && (w.Kind() == value.Object || w.Kind() == value.Array || w.Kind() == value.String) {
			return c.diff(w, g, at)
		}
		if err == nil && err2 == nil && w.Equal(g) {
			return "", ""
		}
		return differ()
	}
	if !want.Equal(got) {
		return differ()
	}
	return "", ""
}

// truncated reports that the recording says that a member was cut.
func truncated(details value.Value, name string) bool {
	d, _ := details.Get(name + "Details")
	t, _ := d.Get("truncated")
	return t.Bool()
}

var (
	uuid         = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	executionARN = regexp.MustCompile(`^arn:[^:]+:states:[^:]*:[^:]*:(execution|express|mapRun|stateMachine):`)
	eventNumber  = regexp.MustCompile(`event id #\d+`)
)

// alike reports texts in which executions always differ.
func (c comparison) alike(want, got string) bool {
	if c.tokens[got] || uuid.MatchString(want) && uuid.MatchString(got) {
		return true
	}
	if w, g := executionARN.FindStringSubmatch(want), executionARN.FindStringSubmatch(got); w != nil && g != nil {
		return w[1] == g[1]
	}
	_, err := time.Parse(time.RFC3339Nano, want)
	_, err2 := time.Parse(time.RFC3339Nano, got)
	if err == nil && err2 == nil {
		return true
	}
	return strings.Contains(want, "event id #") && eventNumber.ReplaceAllString(want, "#") == eventNumber.ReplaceAllString(got, "#")
}
