package conformance

import (
	"errors"
	"slices"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// recordedTasks answers the task calls of a recorded execution: with the recorded response, or with what the named function does.
type recordedTasks struct {
	doc     value.Value
	used    map[string][]bool // by state, which recorded calls are used up
	workers []string          // names of the activity workers, in the order in which they took tasks
	loose   []value.Value     // recorded ends of calls that no entry of the case holds
}

func newRecordedTasks(doc value.Value) *recordedTasks {
	t := &recordedTasks{doc: doc, used: map[string][]bool{}}
	for _, e := range get(get(doc, "expect"), "history").Elems() {
		if typeOf(e) == "ActivityStarted" {
			t.workers = append(t.workers, str(get(e, "activityStartedEventDetails"), "workerName"))
		}
	}
	if get(doc, "mocksApproximate").Bool() {
		t.loose = looseEnds(doc)
	}
	return t
}

// looseEnds returns the recorded ends of service calls that the entries of a case with an unordered recording do not account
// for: where the owner of a call was guessed, an entry may be pending whose end was recorded all the same.
func looseEnds(doc value.Value) []value.Value {
	var ends []value.Value
	for _, e := range get(get(doc, "expect"), "history").Elems() {
		switch typeOf(e) {
		case "TaskSucceeded":
			ends = append(ends, get(e, "taskSucceededEventDetails").With("outcome", value.FromString("succeeded")))
		case "TaskFailed":
			ends = append(ends, get(e, "taskFailedEventDetails").With("outcome", value.FromString("failed")))
		}
	}
	same := func(a, b value.Value, names ...string) bool {
		for _, n := range names {
			if !get(a, n).Equal(get(b, n)) {
				return false
			}
		}
		return true
	}
	for _, calls := range get(doc, "mocks").All() {
		for _, call := range calls.Elems() {
			i := slices.IndexFunc(ends, func(e value.Value) bool {
				return same(e, call, "outcome", "resource", "resourceType", "output", "error", "cause")
			})
			if i >= 0 {
				ends = slices.Delete(ends, i, i+1)
			}
		}
	}
	return ends
}

// takeLoose returns the next loose end of the resource.
func (t *recordedTasks) takeLoose(call value.Value) (value.Value, bool) {
	i := slices.IndexFunc(t.loose, func(e value.Value) bool { return str(e, "resource") == str(call, "resource") })
	if i < 0 {
		return value.Value{}, false
	}
	end := t.loose[i]
	t.loose = slices.Delete(t.loose, i, i+1)
	return end, true
}

// resolve takes the first unused entry whose request matches, else the first unused one.
func (t *recordedTasks) resolve(c asltest.Call) (asltest.Answer, error) {
	entries := get(get(t.doc, "mocks"), c.State).Elems()
	if entries == nil {
		return t.function(c)
	}
	used := t.used[c.State]
	if used == nil {
		used = make([]bool, len(entries))
		t.used[c.State] = used
	}
	request, first, chosen := value.FromString(c.Input), -1, -1
	for i, e := range entries {
		if used[i] {
			continue
		}
		if first < 0 {
			first = i
		}
		if want, ok := e.Get("request"); ok && newMatcher(t.doc).diff(want, request, "request") == "" {
			chosen = i
			break
		}
	}
	if chosen < 0 {
		chosen = first
	}
	if chosen < 0 {
		return asltest.Answer{}, errors.New("all recorded calls are used up")
	}
	used[chosen] = true
	return t.answer(entries[chosen]), nil
}

// answer turns a recorded call into what the execution gets.
func (t *recordedTasks) answer(e value.Value) asltest.Answer {
	a := asltest.Answer{Unstarted: !get(e, "started").Bool()}
	if str(e, "family") == "Activity" && !a.Unstarted && len(t.workers) > 0 {
		a.Worker, t.workers = t.workers[0], t.workers[1:]
	}
	if s, ok := e.Get("submitted"); ok {
		a.Submitted = jsonText(s)
	}
	if str(e, "outcome") == "pending" {
		if end, ok := t.takeLoose(e); ok {
			e = end
		}
	}
	stage := states.WorkFailed
	switch str(e, "outcome") {
	case "succeeded":
		a.Output = jsonText(get(e, "output"))
		return a
	case "startFailed":
		stage = states.StartFailed
	case "submitFailed":
		stage = states.SubmitFailed
	case "timedOut", "pending":
		a.Never = true
		return a
	}
	a.Failure = &asltest.Failure{Error: textOf(e, "error"), Cause: textOf(e, "cause"), Stage: stage}
	return a
}

// jsonText returns the JSON text that a recorded output stands for: of an object its text; a string is that text itself, or
// plain text where it is no JSON.
func jsonText(v value.Value) string {
	if v.Kind() == value.String {
		if _, err := value.ParseString(v.Str()); err == nil {
			return v.Str()
		}
	}
	return v.JSON()
}
