package task

import (
	"strings"
	"sync"

	"github.com/gait-engine/gait/internal/catalogue"
)

// Mux chooses the handler of a Task state. The zero Mux is ready to use. It is safe for concurrent use; handlers may be added
// while an engine is running.
//
// The choice, best first: the state's name in its machine, the state's name in any machine, the exact resource, the Lambda
// function named by a function ARN or by lambda:invoke, the longest pattern that ends in "*", the Caller of the service, the
// fallback.
//
// Registration panics when the pattern is empty or taken or the handler nil: those are mistakes in the program.
type Mux struct {
	mu       sync.RWMutex
	exact    map[string]Route
	prefixes map[string]Route // without the "*"
	states   map[stateKey]Route
	lambdas  map[string]Route
	callers  map[string]Caller // by service; "" for all others
	named    map[string]Route  // Lambda functions by patterns of their names
	fallback *Route
}

// Route is a registered handler, or job, and the promise made for it.
type Route struct {
	Handler Handler // nil when Job is set
	Job     Job
	// Once means never delivered again: when it is not known whether the call was made, the task fails with States.TaskFailed.
	Once bool
}

type stateKey struct{ machine, state string }

// Handle registers h for a resource. A pattern that ends in "*" stands for every resource that begins with the rest.
func (m *Mux) Handle(pattern string, h Handler) { m.handle(pattern, Route{Handler: h}) }

// HandleFunc registers f for a resource, as Handle does.
func (m *Mux) HandleFunc(pattern string, f HandlerFunc) { m.Handle(pattern, f) }

// HandleOnce registers h as Handle does, for work that must not be done twice: at most one call is made for each attempt. An
// attempt that was out when the host died fails with States.TaskFailed, so that the state's Retry decides.
func (m *Mux) HandleOnce(pattern string, h Handler) { m.handle(pattern, Route{Handler: h, Once: true}) }

// HandleJob registers j for a resource, as Handle does.
func (m *Mux) HandleJob(pattern string, j Job) { m.handle(pattern, Route{Job: j}) }

func (m *Mux) handle(pattern string, r Route) {
	check(pattern, r)
	m.mu.Lock()
	defer m.mu.Unlock()
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		put(&m.prefixes, prefix, r, pattern)
		return
	}
	put(&m.exact, pattern, r, pattern)
}

// HandleState registers h for the Task states of this name, whatever their resource; machine "" means in every machine.
func (m *Mux) HandleState(machine, state string, h Handler) {
	r := Route{Handler: h}
	check(state, r)
	m.mu.Lock()
	defer m.mu.Unlock()
	put(&m.states, stateKey{machine, state}, r, state)
}

// HandleLambda registers h as the Lambda function of this name. It serves Task states whose resource is the ARN of the
// function, in any region, account and version, and those that name it in the FunctionName of arn:aws:states:::lambda:invoke.
// See [Lambda] for what results and errors look like. A name with "*" in it stands for all names that have any text in its place;
// an exact name goes before patterns, and a longer pattern before a shorter one.
func (m *Mux) HandleLambda(name string, h Handler) {
	r := Route{Handler: h}
	check(name, r)
	m.mu.Lock()
	defer m.mu.Unlock()
	if strings.Contains(name, "*") {
		put(&m.named, name, Route{Handler: Lambda(h)}, name)
		return
	}
	put(&m.lambdas, name, Route{Handler: Lambda(h)}, name)
}

// HandleFallback registers h for every resource that nothing else matches.
func (m *Mux) HandleFallback(h Handler) {
	r := Route{Handler: h}
	check("fallback", r)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fallback != nil {
		panic("task: the fallback is registered twice")
	}
	m.fallback = &r
}

// Lookup returns the route for a state; ok is false when nothing is registered for it.
func (m *Mux) Lookup(machine, state, resource string) (r Route, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.states) > 0 {
		if r, ok := m.states[stateKey{machine, state}]; ok {
			return r, true
		}
		if r, ok := m.states[stateKey{"", state}]; ok {
			return r, true
		}
	}
	if r, ok := m.exact[resource]; ok {
		return r, true
	}
	if len(m.lambdas)+len(m.named) > 0 {
		if r, ok := m.function(functionName(resource)); ok {
			return r, true
		}
		if catalogue.InvokesFunction(resource) {
			return Route{Handler: invoker{m}}, true
		}
	}
	best := -1
	for prefix, route := range m.prefixes {
		if len(prefix) > best && strings.HasPrefix(resource, prefix) {
			best, r = len(prefix), route
		}
	}
	if best >= 0 {
		return r, true
	}
	if r, ok := m.service(resource); ok {
		return r, true
	}
	if m.fallback != nil {
		return *m.fallback, true
	}
	return Route{}, false
}

func (m *Mux) lambda(name string) (Handler, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, ok := m.function(name)
	return r.Handler, ok
}

// function returns the Lambda function of this name. m.mu is held.
func (m *Mux) function(name string) (r Route, ok bool) {
	if name == "" {
		return Route{}, false
	}
	if r, ok := m.lambdas[name]; ok {
		return r, true
	}
	best := ""
	for pattern, route := range m.named {
		if (len(pattern) > len(best) || len(pattern) == len(best) && pattern < best) && fits(name, pattern) {
			best, r = pattern, route
		}
	}
	return r, best != ""
}

// fits reports whether name has the form of pattern, where "*" stands for any text.
func fits(name, pattern string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, part := range parts[1:last] {
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name = name[at+len(part):]
	}
	return strings.HasSuffix(name, parts[last])
}

func check(pattern string, r Route) {
	if pattern == "" {
		panic("task: a handler is registered for an empty pattern")
	}
	if r.Handler == nil && r.Job == nil {
		panic("task: a nil handler is registered for " + quote(pattern))
	}
}

func put[K comparable](routes *map[K]Route, key K, r Route, pattern string) {
	if _, taken := (*routes)[key]; taken {
		panic("task: two handlers are registered for " + quote(pattern))
	}
	if *routes == nil {
		*routes = map[K]Route{}
	}
	(*routes)[key] = r
}
