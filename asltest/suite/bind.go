package suite

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// bind compares what the suite names with what the definition has.
func (r *reader) bind(s *Suite) {
	m := s.machine.Compiled()
	b := &binder{reader: r, m: m}
	for _, f := range m.Flows {
		for _, st := range f.States {
			b.states = append(b.states, st.Common().Name)
			if _, ok := st.(*asl.Task); ok {
				b.tasks = append(b.tasks, st.Common().Name)
			}
		}
	}
	b.mocks(s.mocks)
	for _, t := range s.tests {
		b.test(t)
	}
}

type binder struct {
	*reader
	m             *asl.Machine
	states, tasks []string
}

func (b *binder) test(t *test) {
	b.mocks(t.mocks)
	e := &t.expect
	b.names(t.expect.path, e.pathAt, "...")
	b.names(t.expect.reached, e.reachedAt)
	b.names(t.expect.neverReached, e.neverAt)
	for _, list := range [][]received{e.received, e.receivedIncludes} {
		for _, x := range list {
			b.task(x.state, x.pointer, "only a Task receives anything")
		}
	}
	for _, x := range e.retries {
		b.state(x.state, x.pointer)
	}
	if t.state != nil {
		b.state(t.state.name, t.pointer+"/state")
		b.onlyMock(t)
	}
	if e.next != nil && *e.next != "" {
		b.state(*e.next, t.pointer+"/expect/next")
	}
	if t.sweep != nil {
		for i, name := range t.sweep.States {
			b.task(name, element(t.pointer+"/sweep/states", i), "only a Task can be broken")
		}
		for name := range t.sweep.ErrorsOf {
			b.task(name, value.AppendPointer(t.pointer+"/sweep/errors", name), "only a Task can be broken")
		}
		for i, name := range t.sweep.EndsIn {
			at := element(t.pointer+"/sweep/allow/endsIn", i)
			if b.state(name, at); b.problems == nil {
				if _, ok := b.m.Flows[0].Lookup(name); !ok {
					b.say(at, "the state %q is inside of another; an execution ends in one of the top level", clip(name))
				}
			}
		}
	}
}

// element points at an element of a list; of what was no list, at the value, since positions are those of the nearest value.
func element(pointer string, i int) string { return pointer + "/" + strconv.Itoa(i) }

func (b *binder) names(names []string, at string, also ...string) {
	for i, name := range names {
		if !slices.Contains(also, name) {
			b.state(name, element(at, i))
		}
	}
}

// state reports a name that no state has.
func (b *binder) state(name, at string) bool {
	if _, ok := b.m.Find(name); ok {
		return true
	}
	b.unknown(name, at, b.states)
	return false
}

func (b *binder) unknown(name, at string, known []string) {
	b.hint(at, suggestion(name, known), "the definition has no state %q", clip(name))
}

// task reports a name that no Task state has.
func (b *binder) task(name, at, why string) {
	if !b.state(name, at) {
		return
	}
	if st, _ := b.m.Find(name); !slices.Contains(b.tasks, name) {
		b.say(at, "the state %q is a %s; %s", clip(name), st.Common().Type, why)
	}
}

const functionPrefix = "function:"

// mocks reports keys that can answer no call.
func (b *binder) mocks(all []mock) {
	for _, m := range all {
		if st, ok := b.m.Find(m.key); ok {
			if !slices.Contains(b.tasks, m.key) {
				b.sayKey(m.pointer, "", "the state %q is a %s; only a Task calls anything", clip(m.key), st.Common().Type)
			}
		} else if !isResource(m.key) && !strings.HasPrefix(m.key, functionPrefix) {
			hint := suggestion(m.key, b.tasks)
			if hint == "" {
				hint = `other keys are function:NAME, a resource such as "arn:aws:states:::sqs:*", and "*" for all the rest`
			}
			b.sayKey(m.pointer, hint, "the definition has no state %q", clip(m.key))
		}
	}
}

func isResource(key string) bool {
	return strings.HasPrefix(key, "arn:") || strings.HasPrefix(key, "gait:") || strings.Contains(key, "*")
}

// onlyMock reports mocks of other states in a test of one state, and replies that TestState cannot take.
func (b *binder) onlyMock(t *test) {
	for _, m := range t.mocks {
		switch {
		case m.key != t.state.name:
			b.sayKey(m.pointer, "", "the test is about the state %q alone; nothing else is called", clip(t.state.name))
		case len(m.replies) != 1 || m.replies[0].answer == nil || m.replies[0].answer.Never:
			b.say(m.pointer, "a test of one state needs one reply, with a result or an error that is thrown")
		}
	}
}

// mocksOf makes the mocks of a test: its own first, then those of the suite.
func (s *Suite) mocksOf(t *test) []asltest.Mock {
	var all []asltest.Mock
	taken := map[string]bool{}
	for _, list := range [][]mock{t.mocks, s.mocks} {
		for _, m := range list {
			if !taken[m.key] {
				taken[m.key] = true
				all = append(all, m.make(s.machine))
			}
		}
	}
	if t.recording != nil {
		all = append(all, t.recording.Mocks()...)
	}
	return all
}

func (m *mock) make(machine *asltest.Machine) asltest.Mock {
	replies := make([]asltest.Reply, len(m.replies))
	for i := range replies {
		replies[i] = m.replies[i].Reply
	}
	function, isFunction := strings.CutPrefix(m.key, functionPrefix)
	switch _, isState := machine.Compiled().Find(m.key); {
	case isState:
		return asltest.On(m.key, replies...)
	case isFunction:
		return asltest.OnFunction(function, replies...)
	case m.key == "*":
		return asltest.Otherwise(replies...)
	}
	return asltest.OnResource(m.key, replies...)
}
