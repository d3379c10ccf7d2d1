package asltest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// MockConfigFile is a mock configuration file of Step Functions Local: test cases of state machines, each of which names a mocked
// response for some Task states. It is immutable.
//
// Source: AWS Step Functions Developer Guide, "Using mocked service integrations for testing in Step Functions Local".
type MockConfigFile struct {
	machines  map[string]map[string]map[string]string // machine, test case, state: name of the response
	responses map[string]mockedResponse
}

// mockedResponse is the answers to the calls of one state, in ranges from call 0 on without a gap.
type mockedResponse []mockedRange

type mockedRange struct {
	first, last int // calls, inclusive
	answer      Answer
}

// MockConfigError is the error of [ParseMockConfig]: everything that is wrong with a file.
type MockConfigError struct{ Problems []MockConfigProblem }

// MockConfigProblem is one finding.
type MockConfigProblem struct {
	Line, Column int
	Pointer      string // JSON pointer
	Message      string
}

// Error returns one line for each problem: "line:column: pointer: message".
func (e *MockConfigError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%d:%d: %s: %s", p.Line, p.Column, p.Pointer, p.Message)
	}
	return "asltest: mock configuration:\n" + strings.Join(lines, "\n")
}

// MockConfig reads the mock configuration file of a test, relative to its directory. A file that Step Functions Local would not
// take fails the test.
func MockConfig(t TB, file string) *MockConfigFile {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("asltest: %v", err)
		return nil
	}
	c, err := ParseMockConfig(text)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
		return nil
	}
	return c
}

// ParseMockConfig reads the text of a MockConfigFile.json. The error is a *[MockConfigError], or a *value.SyntaxError of text
// that is not JSON.
//
// The file holds StateMachines and MockedResponses and nothing else. A test case maps states to responses; a response maps the
// numbers of calls, "0" or "1-2", to either Return (any JSON value: the task's raw result) or Throw (Error and Cause). The numbers
// begin at 0 and follow each other without gap or overlap.
func ParseMockConfig(text []byte) (*MockConfigFile, error) {
	doc, at, err := value.Options{}.ParseAt(string(text))
	if err != nil {
		return nil, fmt.Errorf("asltest: mock configuration: %w", err)
	}
	r := &configReader{at: at, out: &MockConfigFile{machines: map[string]map[string]map[string]string{}, responses: map[string]mockedResponse{}}}
	r.file(doc)
	if len(r.problems) > 0 {
		return nil, &MockConfigError{Problems: r.problems}
	}
	return r.out, nil
}

// configReader checks a file and collects what is wrong with it.
type configReader struct {
	at       *value.Positions
	out      *MockConfigFile
	problems []MockConfigProblem
}

const maxProblems = 100

func (r *configReader) say(pointer, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		return
	}
	line, column := r.at.Value(pointer)
	r.problems = append(r.problems, MockConfigProblem{line, column, pointer, fmt.Sprintf(format, args...)})
}

// object reports values that are not objects and members that the object may not have; nil allows any.
func (r *configReader) object(v value.Value, pointer string, allowed []string) bool {
	if v.Kind() != value.Object {
		r.say(pointer, "expected an object, found %s", v.Kind())
		return false
	}
	for _, m := range v.Members() {
		if allowed != nil && !slices.Contains(allowed, m.Key) {
			r.say(value.AppendPointer(pointer, m.Key), "unknown field %q, expected %s", cut(m.Key, 64), strings.Join(allowed, " or "))
		}
	}
	return true
}

func (r *configReader) file(doc value.Value) {
	if !r.object(doc, "", []string{"StateMachines", "MockedResponses"}) {
		return
	}
	responses, ok := doc.Get("MockedResponses")
	if !ok {
		r.say("", "the field MockedResponses is missing")
	} else if r.object(responses, "/MockedResponses", nil) {
		for _, m := range responses.Members() {
			r.out.responses[m.Key] = r.response(m.Value, value.AppendPointer("/MockedResponses", m.Key))
		}
	}
	machines, ok := doc.Get("StateMachines")
	if !ok {
		r.say("", "the field StateMachines is missing")
	} else if r.object(machines, "/StateMachines", nil) {
		for _, m := range machines.Members() {
			r.out.machines[m.Key] = r.machine(m.Value, value.AppendPointer("/StateMachines", m.Key))
		}
	}
}

func (r *configReader) machine(v value.Value, pointer string) map[string]map[string]string {
	cases := map[string]map[string]string{}
	if !r.object(v, pointer, []string{"TestCases"}) {
		return cases
	}
	pointer += "/TestCases"
	list, ok := v.Get("TestCases")
	if !ok {
		r.say(pointer, "the field TestCases is missing")
		return cases
	}
	if !r.object(list, pointer, nil) {
		return cases
	}
	for _, testCase := range list.Members() {
		at := value.AppendPointer(pointer, testCase.Key)
		states := map[string]string{}
		cases[testCase.Key] = states
		if !r.object(testCase.Value, at, nil) {
			continue
		}
		for _, state := range testCase.Value.Members() {
			at := value.AppendPointer(at, state.Key)
			name := state.Value.Str()
			if state.Value.Kind() != value.String {
				r.say(at, "expected the name of a mocked response, found %s", state.Value.Kind())
			} else if _, ok := r.out.responses[name]; !ok {
				r.say(at, "there is no mocked response %q", cut(name, 64))
			}
			states[state.Key] = name
		}
	}
	return cases
}

func (r *configReader) response(v value.Value, pointer string) mockedResponse {
	if !r.object(v, pointer, nil) {
		return nil
	}
	var list mockedResponse
	for _, m := range v.Members() {
		at := value.AppendPointer(pointer, m.Key)
		first, last, ok := callNumbers(m.Key)
		if !ok {
			r.say(at, `%q is no number of a call, expected "0" or "1-2"`, cut(m.Key, 64))
			continue
		}
		list = append(list, mockedRange{first, last, r.answer(m.Value, at)})
	}
	slices.SortStableFunc(list, func(a, b mockedRange) int { return a.first - b.first })
	next := 0
	for _, e := range list {
		switch {
		case e.first > next:
			r.say(pointer, "there is no answer to call %d", next)
		case e.first < next:
			r.say(pointer, "there are two answers to call %d", e.first)
		}
		next = max(next, e.last+1)
	}
	if v.Len() == 0 {
		r.say(pointer, "there is no answer to call 0")
	}
	return list
}

// callNumbers reads "3" and "1-2".
func callNumbers(key string) (first, last int, ok bool) {
	from, to, isRange := strings.Cut(key, "-")
	if !isRange {
		to = from
	}
	a, err := strconv.ParseUint(from, 10, 31)
	b, err2 := strconv.ParseUint(to, 10, 31)
	return int(a), int(b), err == nil && err2 == nil && a <= b
}

func (r *configReader) answer(v value.Value, pointer string) Answer {
	if !r.object(v, pointer, []string{"Return", "Throw"}) {
		return Answer{}
	}
	result, returns := v.Get("Return")
	throw, throws := v.Get("Throw")
	switch {
	case returns == throws:
		r.say(pointer, "expected exactly one of Return and Throw")
	case returns:
		return Return(result.JSON())
	case r.object(throw, pointer+"/Throw", []string{"Error", "Cause"}):
		var texts [2]string
		for i, name := range [...]string{"Error", "Cause"} {
			text, ok := throw.Get(name)
			if !ok || text.Kind() != value.String {
				r.say(pointer+"/Throw", "%s must be a string", name)
			}
			texts[i] = text.Str()
		}
		return Fail(texts[0], texts[1])
	}
	return Answer{}
}

// Machines returns the names of the state machines that have test cases, sorted.
func (c *MockConfigFile) Machines() []string { return slices.Sorted(maps.Keys(c.machines)) }

// TestCases returns the names of the test cases of a state machine, sorted; nil when there are none.
func (c *MockConfigFile) TestCases(machine string) []string {
	return slices.Sorted(maps.Keys(c.machines[machine]))
}

// NoTestCaseError is the error for a test case that a mock configuration does not have. Step Functions Local answers it with
// InvalidName.
type NoTestCaseError struct {
	Machine, TestCase string
	Have              []string // "machine#case"
}

// Error names the test case that was asked for and those that there are.
func (e *NoTestCaseError) Error() string {
	return fmt.Sprintf("asltest: the mock configuration has no test case %q of state machine %q; it has %s",
		cut(e.TestCase, 64), cut(e.Machine, 64), strings.Join(e.Have, ", "))
}

// SplitTestCase splits "machine#case" or an ARN that ends so, as given to StartExecution. It reports false when there is no "#",
// or more than one: then the execution is not mocked.
func SplitTestCase(name string) (machine, testCase string, ok bool) {
	machine, testCase, ok = strings.Cut(name, "#")
	if !ok || strings.Contains(testCase, "#") {
		return name, "", false
	}
	return machine, testCase, true
}

// Resolver returns what answers the calls of one execution of a test case: the n-th call of a listed state gets the answer to n.
// Calls of states that the case does not list go to next, as Step Functions Local sends them to the real service; nil refuses
// them. The error is a *[NoTestCaseError].
//
// A call beyond the last answer fails the execution with States.Runtime. For a state whose Resource is a function's ARN an
// answer of the shape of lambda:invoke, with StatusCode and Payload, gives the payload.
func (c *MockConfigFile) Resolver(m *asl.Machine, machine, testCase string, next Resolver) (Resolver, error) {
	states, ok := c.machines[machine][testCase]
	if !ok {
		e := &NoTestCaseError{Machine: machine, TestCase: testCase}
		for _, m := range c.Machines() {
			for _, t := range c.TestCases(m) {
				e.Have = append(e.Have, m+"#"+t)
			}
		}
		return nil, e
	}
	return func(call Call) (Answer, error) {
		name, ok := states[call.State]
		task := taskOf(m, call.State)
		if !ok || task == nil || task.Resource.Kind == asl.Activity { // the workers of activities are not replaced
			if next == nil {
				return Answer{}, ErrUnmocked
			}
			return next(call)
		}
		a, ok := c.responses[name].at(call.N)
		if !ok {
			return Fail("States.Runtime", fmt.Sprintf("The mocked response '%s' has no answer to invocation %d of the state '%s'.",
				name, call.N, call.State)), nil
		}
		if task.Resource.Kind == asl.LambdaFunction && a.Failure == nil {
			a.Output = payloadOf(a.Output)
		}
		return completed(task, a), nil
	}, nil
}

func (r mockedResponse) at(n int) (Answer, bool) {
	for _, e := range r {
		if e.first <= n && n <= e.last {
			return e.answer, true
		}
	}
	return Answer{}, false
}

// payloadOf returns the payload of a result of lambda:invoke; other results as they are.
func payloadOf(result string) string {
	doc, err := value.ParseString(result)
	if err != nil {
		return result
	}
	payload, ok := doc.Get("Payload")
	if status, has := doc.Get("StatusCode"); !ok || !has || status.Kind() != value.Number {
		return result
	}
	return payload.JSON()
}

// Test runs a test case without a test of package testing: what `gait test` does. Calls of states that the case does not list are
// refused with an *[UnansweredError] unless o.Resolve answers them. Errors: *[NoTestCaseError], and those of [Run].
func (c *MockConfigFile) Test(m *asl.Machine, machine, testCase, input string, o Options) (*Result, error) {
	resolve, err := c.Resolver(m, machine, testCase, o.Resolve)
	if err != nil {
		return nil, err
	}
	o.Resolve = resolve
	if o.MachineName == "" {
		o.MachineName = machine
	}
	return Run(m, input, o)
}

// RunCase runs a test case of a mock configuration file with this input. The case is "HappyPath", of the state machine in the
// file that is called like the definition's file without its extensions or is the only one; or "Machine#HappyPath". The mocks
// answer the calls of states that the case does not list.
func (m *Machine) RunCase(config *MockConfigFile, testCase, input string, mocks ...Mock) *Execution {
	m.t.Helper()
	machine, name, ok := SplitTestCase(testCase)
	if !ok {
		machine, name = m.Options.MachineName, testCase
		if _, ok := config.machines[machine]; !ok && len(config.machines) == 1 {
			machine = config.Machines()[0]
		}
	}
	p := newPlay(m, mocks)
	if err := p.check(); err != nil {
		m.t.Fatalf("%v", err)
		return &Execution{m: m, Result: &Result{}}
	}
	resolve, err := config.Resolver(m.m, machine, name, p.resolve)
	if err != nil {
		m.t.Fatalf("%v", err)
		return &Execution{m: m, Result: &Result{}}
	}
	return m.play(m.Options, input, mocks, resolve)
}
