package asltest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// Recording is the history of an execution that ran somewhere else: on AWS, or in an engine. It is immutable.
type Recording struct {
	// Input is the JSON text that the execution was started with.
	Input string
	// Start is when it started.
	Start time.Time

	events []recordedEvent
	calls  map[string][]recordedCall // by name of the state
	stop   *Stop
	role   string
	region string
}

// recordedEvent is one event of a history file.
type recordedEvent struct {
	id, prev int64
	kind     string
	at       time.Time
	details  value.Value
	state    string // that it belongs to; "" for events of the execution
}

// recordedCall is one call of a task and how it ended.
type recordedCall struct {
	request value.Value
	answer  Answer
}

// ParseRecording reads what `aws stepfunctions get-execution-history --execution-arn … > history.json` wrote (the command follows
// all pages by itself): an object with the list events, or the list alone, in order; or what `gait history --json` wrote: an event
// in each line. Timestamps may be texts or epoch seconds.
// Errors: a *value.SyntaxError; a file that is no history, or that was made with --no-include-execution-data or in reverse order.
func ParseRecording(history []byte) (*Recording, error) {
	doc, err := value.Parse(history)
	if events := eventLines(history); events != nil {
		doc, err = value.FromArray(events), nil
	}
	if err != nil {
		return nil, fmt.Errorf("asltest: recording: %w", err)
	}
	if list, ok := doc.Get("events"); ok {
		doc = list
	}
	if doc.Kind() != value.Array || doc.Len() == 0 {
		return nil, fmt.Errorf("asltest: recording: expected a list of history events")
	}
	r := &Recording{calls: map[string][]recordedCall{}}
	for i, e := range doc.Elems() {
		event, err := readEvent(e)
		if err == nil && event.id != int64(i)+1 {
			err = fmt.Errorf("it has the id %d: the whole history is needed, oldest events first", event.id)
		}
		if err != nil {
			return nil, fmt.Errorf("asltest: recording: event %d: %w", i+1, err)
		}
		r.events = append(r.events, event)
	}
	first := r.events[0]
	if r.Input = textMember(first.details, "input"); first.kind != "ExecutionStarted" || r.Input == "" {
		return nil, fmt.Errorf("asltest: recording: expected ExecutionStarted with an input, found %s; record with execution data", first.kind)
	}
	r.Start, r.role = first.at, textMember(first.details, "roleArn")
	r.own()
	r.findCalls()
	if last := r.events[len(r.events)-1]; last.kind == "ExecutionAborted" {
		r.stop = &Stop{Events: last.id - 1, Error: optionalMember(last.details, "error"), Cause: optionalMember(last.details, "cause")}
	}
	return r, nil
}

// eventLines reads a text with an event in each line; nil when it is something else.
func eventLines(text []byte) []value.Value {
	var events []value.Value
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		v, err := value.Parse(line)
		if _, ok := v.Get("type"); err != nil || !ok {
			return nil
		}
		events = append(events, v)
	}
	return events
}

func readEvent(v value.Value) (recordedEvent, error) {
	var e recordedEvent
	kind, _ := v.Get("type")
	id, _ := v.Get("id")
	prev, _ := v.Get("previousEventId")
	e.kind = kind.Str()
	e.id, _ = id.Int()
	e.prev, _ = prev.Int()
	if v.Kind() != value.Object || e.kind == "" {
		return e, fmt.Errorf("expected an object with a type, found %s", cut(v.JSON(), 64))
	}
	if e.prev < 0 || e.prev >= e.id {
		return e, fmt.Errorf("the previous event %d does not come before it", e.prev)
	}
	at, _ := v.Get("timestamp")
	switch at.Kind() {
	case value.Number:
		e.at = time.UnixMilli(int64(at.Float()*1000 + 0.5)).UTC()
	case value.String:
		t, err := time.Parse(time.RFC3339Nano, at.Str())
		if err != nil {
			return e, fmt.Errorf("timestamp %q: expected RFC 3339", cut(at.Str(), 64))
		}
		e.at = t.UTC()
	}
	for name, d := range v.All() {
		if strings.HasSuffix(name, "EventDetails") {
			e.details = d
		}
	}
	return e, nil
}

// textMember returns a string member, or the JSON text of another one; "" when it is absent.
func textMember(v value.Value, name string) string {
	m, ok := v.Get(name)
	switch {
	case !ok || m.IsNull():
		return ""
	case m.Kind() == value.String:
		return m.Str()
	}
	return m.JSON()
}

func optionalMember(v value.Value, name string) *string {
	if m, ok := v.Get(name); !ok || m.IsNull() {
		return nil
	}
	text := textMember(v, name)
	return &text
}

// own says which state each event belongs to.
func (r *Recording) own() {
	for i := range r.events {
		e := &r.events[i]
		switch {
		case strings.HasPrefix(e.kind, "Execution"):
		case strings.HasSuffix(e.kind, "StateEntered"), strings.HasSuffix(e.kind, "StateExited"), strings.HasPrefix(e.kind, "MapIteration"):
			e.state = textMember(e.details, "name")
		case e.kind == "EvaluationFailed":
			e.state = textMember(e.details, "state")
		case e.prev > 0:
			e.state = r.events[e.prev-1].state
		}
	}
}

// findCalls follows each call from its Scheduled event to its end.
func (r *Recording) findCalls() {
	type place struct {
		state string
		n     int
	}
	of := map[int64]place{} // event id to the call that it belongs to
	scheduled := map[place]time.Time{}
	for i := range r.events {
		e := &r.events[i]
		family, what := splitCallEvent(e.kind)
		if family == "" {
			continue
		}
		if what == "Scheduled" {
			request := textMember(e.details, "parameters")
			if request == "" {
				request = textMember(e.details, "input")
			}
			doc, err := value.ParseString(request)
			if err != nil {
				doc = value.FromString(request)
			}
			if region := textMember(e.details, "region"); region != "" {
				r.region = region
			}
			p := place{e.state, len(r.calls[e.state])}
			r.calls[e.state] = append(r.calls[e.state], recordedCall{doc, Answer{Unstarted: true, Never: true}})
			of[e.id], scheduled[p] = p, e.at
			continue
		}
		p, ok := of[e.prev]
		if !ok {
			continue
		}
		of[e.id] = p
		a := &r.calls[p.state][p.n].answer
		switch what {
		case "Started":
			a.Unstarted, a.Worker = false, textMember(e.details, "workerName")
		case "Submitted":
			a.Submitted = documentText(textMember(e.details, "output"))
		case "Succeeded":
			a.Never, a.After, a.Output = false, e.at.Sub(scheduled[p]), documentText(textMember(e.details, "output"))
		case "Failed", "StartFailed", "SubmitFailed", "ScheduleFailed":
			a.Never, a.After = false, e.at.Sub(scheduled[p])
			stage := map[string]states.FailStage{"StartFailed": states.StartFailed, "SubmitFailed": states.SubmitFailed, "ScheduleFailed": states.ScheduleFailed}[what]
			a.Failure = &Failure{Error: optionalMember(e.details, "error"), Cause: optionalMember(e.details, "cause"), Stage: stage}
		}
	}
}

// splitCallEvent splits the type of an event of a task call: "TaskStartFailed" is Task, StartFailed.
func splitCallEvent(kind string) (family, what string) {
	for _, family := range [...]string{"LambdaFunction", "Activity", "Task"} {
		if what, ok := strings.CutPrefix(kind, family); ok && !strings.HasPrefix(what, "State") {
			return family, what
		}
	}
	return "", ""
}

// documentText returns a recorded output as JSON text; text that is not JSON becomes a string.
func documentText(text string) string {
	if text == "" {
		return ""
	}
	if _, err := value.ParseString(text); err != nil {
		return value.FromString(text).JSON()
	}
	return text
}

// Mocks returns a mock for each Task state that was called: the n-th call gets what the n-th recorded call got.
func (r *Recording) Mocks() []Mock {
	var mocks []Mock
	seen := map[string]bool{}
	for _, e := range r.events {
		if calls := r.calls[e.state]; len(calls) > 0 && !seen[e.state] {
			seen[e.state] = true
			replies := make([]Reply, len(calls))
			for i, c := range calls {
				replies[i] = c.answer
			}
			mocks = append(mocks, On(e.state, replies...))
		}
	}
	return mocks
}

// resolver answers the calls of one execution: with the first unused recorded call of the state that had the same request, else
// the first unused one.
func (r *Recording) resolver(next Resolver) Resolver {
	used := map[string][]bool{}
	return func(c Call) (Answer, error) {
		calls := r.calls[c.State]
		if used[c.State] == nil {
			used[c.State] = make([]bool, len(calls))
		}
		request, err := value.ParseString(c.Input)
		chosen := -1
		for i, taken := range used[c.State] {
			if !taken && (chosen < 0 || err == nil && calls[i].request.Equal(request)) {
				chosen = i
				if calls[i].request.Equal(request) {
					break
				}
			}
		}
		if chosen < 0 {
			if next != nil {
				return next(c)
			}
			return Answer{}, fmt.Errorf("the recording has %d calls of this state", len(calls))
		}
		used[c.State][chosen] = true
		return calls[chosen].answer, nil
	}
}

// Replay runs the definition again as the recording tells: same input, same start, and for each task call the recorded result at
// its recorded time. The error is a *[ReplayError] when the histories differ, or one of [Run]; the Result is there with either.
// o.Resolve answers calls that the recording does not have; nil refuses them.
func (r *Recording) Replay(m *asl.Machine, o Options) (*Result, error) {
	o.Start, o.Stop = r.Start, r.stop
	if r.role != "" {
		o.RoleARN = r.role
		if parts := strings.Split(r.role, ":"); len(parts) > 4 && o.Account == "" {
			o.Account = parts[4]
		}
	}
	if o.Region == "" {
		o.Region = r.region
	}
	tokens := map[string]bool{}
	resolve := r.resolver(o.Resolve)
	o.Resolve = func(c Call) (Answer, error) {
		if c.Token != "" {
			tokens[c.Token] = true
		}
		return resolve(c)
	}
	res, err := Run(m, r.Input, o)
	if res != nil {
		if d := r.compare(res, tokens, concurrent(m)); d != nil {
			if err != nil {
				d.Err = err
			}
			return res, d
		}
	}
	return res, err
}

// concurrent reports that lines of a machine may overlap, so that the order of events was chance.
func concurrent(m *asl.Machine) bool { return len(m.Flows) > 1 }

// Replay is [Recording.Replay] as an assertion: it fails the test when the definition, as it is now, would not have run as
// recorded, and names the first event that differs. The mocks answer calls that the recording does not have.
//
//	history, _ := os.ReadFile("testdata/order-4711.history.json")
//	m.Replay(history).Succeeded()
func (m *Machine) Replay(history []byte, mocks ...Mock) *Execution {
	m.t.Helper()
	x := &Execution{m: m, Result: &Result{}}
	r, err := ParseRecording(history)
	p := newPlay(m, mocks)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		m.t.Fatalf("%v", err)
		return x
	}
	o := m.Options
	o.Resolve = nil
	if len(mocks) > 0 {
		o.Resolve = p.resolve
	}
	o.Watch = m.watch(o.Watch)
	res, err := r.Replay(m.m, o)
	if res != nil {
		x.Result = res
	}
	if err != nil {
		x.fail("%v", err)
	}
	return x
}
