package suite

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

func (r *reader) stop(v value.Value, at string) *asltest.Stop {
	s := &asltest.Stop{}
	if !r.object(v, at, "stop", stopKeys) {
		return s
	}
	for _, m := range v.Members() {
		at := value.AppendPointer(at, m.Key)
		switch m.Key {
		case "after":
			s.After = r.duration(m.Value, at, "after")
		case "error":
			text := r.text(m.Value, at, "error")
			s.Error = &text
		case "cause":
			text := r.text(m.Value, at, "cause")
			s.Cause = &text
		}
	}
	return s
}

func (r *reader) sweep(v value.Value, at string) *asltest.Sweep {
	s := &asltest.Sweep{}
	if v.Kind() == value.Bool && v.Bool() {
		return s
	}
	if !r.object(v, at, "sweep", sweepKeys) {
		return s
	}
	for _, m := range v.Members() {
		at := value.AppendPointer(at, m.Key)
		switch m.Key {
		case "errors":
			if m.Value.Kind() != value.Object {
				s.Errors = r.texts(m.Value, at, "errors")
				break
			}
			s.ErrorsOf = map[string][]string{}
			for _, of := range m.Value.Members() {
				s.ErrorsOf[of.Key] = r.texts(of.Value, value.AppendPointer(at, of.Key), "errors")
			}
		case "except":
			s.Except = r.texts(m.Value, at, "except")
		case "states":
			s.States = r.texts(m.Value, at, "states")
		case "maxRuns":
			s.MaxRuns = r.count(m.Value, at, "maxRuns", 1, 1<<24)
		case "allow":
			if !r.object(m.Value, at, "allow", allowKeys) {
				break
			}
			for _, a := range m.Value.Members() {
				at := value.AppendPointer(at, a.Key)
				switch a.Key {
				case "status":
					for i, e := range r.list(a.Value) {
						s.Statuses = append(s.Statuses, r.oneOf(e, place(a.Value, at, i), "status", statuses[:]...))
					}
				case "error":
					s.ErrorNames = r.texts(a.Value, at, "error")
				case "endsIn":
					s.EndsIn = r.texts(a.Value, at, "endsIn")
				case "assert":
					s.Check = invariant(r.assertions(a.Value, at))
				}
			}
		}
	}
	return s
}

// invariant returns a check of executions by expressions.
func invariant(all []assertion) func(*asltest.Result) error {
	return func(r *asltest.Result) error {
		var failed []string
		check(all, document(r), func(format string, args ...any) { failed = append(failed, fmt.Sprintf(format, args...)) })
		if failed == nil {
			return nil
		}
		return errors.New(strings.Join(failed, "; "))
	}
}
