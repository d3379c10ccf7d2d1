package suite

import (
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonata"
)

// expectation is what a test wants of its execution; zero fields want nothing. Documents are JSON texts.
type expectation struct {
	status                       string
	output, outputIncludes       string
	errorName, cause             *string
	causeContains                []string
	path                         []string // nil: any
	events                       []string
	reached, neverReached        []string
	received, receivedIncludes   []received
	retries                      []stateCount
	elapsed                      *time.Duration
	variables                    []variable
	objects                      []object
	assert                       []assertion
	next                         *string // of a test of one state
	pathAt, eventsAt, statusAt   string
	reachedAt, neverAt, variesAt string
}

// received is what the calls of a state are to get.
type received struct {
	state, pointer string
	inputs         []string
}

type stateCount struct {
	state, pointer string
	n              int
}

type variable struct{ name, value string }

// assertion is a JSONata expression that is to be true.
type assertion struct {
	text    string
	pointer string
	program *jsonata.Program
}

var (
	statuses      = [...]string{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
	stateStatuses = [...]string{"SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"}
	expectKeys    = []string{"status", "output", "outputFile", "outputIncludes", "error", "cause", "causeContains", "path", "reached", "neverReached",
		"received", "receivedIncludes", "retries", "elapsed", "variables", "events", "objects", "assert"}
	stateExpectKeys = []string{"status", "output", "outputFile", "outputIncludes", "error", "cause", "causeContains", "next", "variables", "assert"}
)

func (r *reader) expect(v value.Value, at string, ofState bool) expectation {
	var e expectation
	keys, known := expectKeys, statuses
	if ofState {
		keys, known = stateExpectKeys, stateStatuses
	}
	if !r.object(v, at, "expect", keys) {
		return e
	}
	for _, m := range v.Members() {
		at := value.AppendPointer(at, m.Key)
		switch m.Key {
		case "status":
			e.status, e.statusAt = r.oneOf(m.Value, at, "status", known[:]...), at
		case "output":
			e.output = m.Value.JSON()
		case "outputFile":
			if e.output != "" {
				r.sayKey(at, "", "outputFile and output do not go together")
			}
			e.output = r.document(m.Value, at, "outputFile")
		case "outputIncludes":
			e.outputIncludes = m.Value.JSON()
		case "error":
			text := m.Value.Str()
			if m.Value.Kind() != value.String {
				r.say(at, "error must be a text, found %s", kindOf(m.Value))
			}
			e.errorName = &text
		case "cause":
			text := m.Value.Str()
			if m.Value.Kind() != value.String {
				text = m.Value.JSON()
			}
			e.cause = &text
		case "causeContains":
			e.causeContains = r.texts(m.Value, at, "causeContains")
		case "path":
			e.path, e.pathAt = r.texts(m.Value, at, "path"), at
		case "events":
			e.events, e.eventsAt = r.texts(m.Value, at, "events"), at
		case "reached":
			e.reached, e.reachedAt = r.texts(m.Value, at, "reached"), at
		case "neverReached":
			e.neverReached, e.neverAt = r.texts(m.Value, at, "neverReached"), at
		case "received":
			e.received = r.received(m.Value, at)
		case "receivedIncludes":
			e.receivedIncludes = r.received(m.Value, at)
		case "retries":
			if m.Value.Kind() != value.Object {
				r.hint(at, "write retries: {Charge: 2}", "retries must be an object of numbers by state, found %s", kindOf(m.Value))
			}
			for _, s := range m.Value.Members() {
				at := value.AppendPointer(at, s.Key)
				e.retries = append(e.retries, stateCount{s.Key, at, r.count(s.Value, at, "the number of retries", 0, 1<<20)})
			}
		case "elapsed":
			d := r.duration(m.Value, at, "elapsed")
			e.elapsed = &d
		case "variables":
			e.variesAt = at
			if m.Value.Kind() != value.Object {
				r.say(at, "variables must be an object, found %s", kindOf(m.Value))
			}
			for _, x := range m.Value.Members() {
				e.variables = append(e.variables, variable{x.Key, x.Value.JSON()})
			}
		case "objects":
			e.objects = r.objects(m.Value, at, false)
		case "assert":
			e.assert = r.assertions(m.Value, at)
		case "next":
			text := r.text(m.Value, at, "next")
			e.next = &text
		}
	}
	return e
}

// received reads the inputs of calls by state: a list has one for each call, anything else is the input of the only one.
func (r *reader) received(v value.Value, at string) []received {
	if v.Kind() != value.Object {
		r.hint(at, "write Charge: [{…}] with one document for each call", "expected an object of lists by state, found %s", kindOf(v))
		return nil
	}
	var all []received
	for _, m := range v.Members() {
		one := received{state: m.Key, pointer: value.AppendPointer(at, m.Key)}
		if m.Value.Kind() != value.Array {
			r.hint(one.pointer, "put it in brackets: [ … ]", "expected a list with one document for each call, found %s", kindOf(m.Value))
		}
		for _, e := range m.Value.Elems() {
			one.inputs = append(one.inputs, e.JSON())
		}
		all = append(all, one)
	}
	return all
}

func (r *reader) assertions(v value.Value, at string) []assertion {
	var all []assertion
	for i, e := range r.list(v) {
		at := place(v, at, i)
		text := strings.TrimSpace(r.text(e, at, "assert"))
		if inner, ok := strings.CutPrefix(text, "{%"); ok {
			text = strings.TrimSpace(strings.TrimSuffix(inner, "%}"))
		}
		p, err := jsonata.Compile(text)
		if err != nil {
			r.say(at, "%q is no JSONata expression: %v", clip(text), err)
		}
		all = append(all, assertion{text, at, p})
	}
	return all
}
