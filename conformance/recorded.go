package conformance

import (
	"errors"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// recordedTasks answers the task calls of a recorded execution: with the recorded response, or with what the named function does.
type recordedTasks struct {
	doc     value.Value
	used    map[string][]bool // by state, which recorded calls are used up
	workers []string          // names of the activity workers, in the order in which they took tasks
}

func newRecordedTasks(doc value.Value) *recordedTasks {
	t := &recordedTasks{doc: doc, used: map[string][]bool{}}
	for _, e := range get(get(doc, "expect"), "history").Elems() {
		if typeOf(e) == "ActivityStarted" {
			t.workers = append(t.workers, str(get(e, "activityStartedEventDetails"), "workerName"))
		}
	}
	return t
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
