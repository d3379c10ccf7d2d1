package asltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// NestedMachine is a state machine that the one under test may start; see [Options].
type NestedMachine struct {
	Machine *asl.Machine
	Resolve Resolver          // answers its task calls; nil: as Options.Resolve and Options.Tasks do
	Watch   func(states.Turn) // is told which parts of it are reached; nil: nobody is
	Express bool
}

// Nested lets tasks with the resources arn:aws:states:::states:startExecution, in all three patterns, run a machine of this name:
// its executions run on the same virtual clock, with these mocks for the calls of their own tasks. They are in Result.Children. A mock
// that answers the task that would start one is preferred.
//
//	order.Run(`{"item": "lamp"}`, asltest.Nested("shipment", shipment, asltest.On("Pack", asltest.Return(`"box"`))))
//
// aws-sdk:sfn:startExecution, describeExecution, stopExecution, sendTaskSuccess, sendTaskFailure and sendTaskHeartbeat work too. An
// execution that is waited for (.sync, .sync:2) is stopped with the one that waits; those that nobody waits for are left where they are
// when the main execution ends.
func Nested(name string, m *Machine, mocks ...Mock) Mock {
	return Mock{label: fmt.Sprintf("Nested(%q)", name), nested: &nested{name, m, mocks}}
}

// nested is a machine with its mocks.
type nested struct {
	name  string
	m     *Machine
	mocks []Mock
}

// nestedOf gathers the machines that mocks bring, those of their own mocks too.
func nestedOf(into map[string]NestedMachine, mocks []Mock) (map[string]NestedMachine, error) {
	for _, mock := range mocks {
		n := mock.nested
		if n == nil {
			continue
		}
		if n.m == nil || n.name == "" {
			return nil, fmt.Errorf("asltest: %s has no machine or no name", mock.label)
		}
		if _, taken := into[n.name]; taken {
			return nil, fmt.Errorf("asltest: %s is given twice", mock.label)
		}
		p := newPlay(n.m, n.mocks)
		if err := p.check(); err != nil {
			return nil, err
		}
		all := map[string]NestedMachine{n.name: {Machine: n.m.m, Resolve: p.resolve, Watch: n.m.watch(nil), Express: n.m.Options.Express}}
		for name, other := range into {
			all[name] = other
		}
		var err error
		if into, err = nestedOf(all, n.mocks); err != nil {
			return nil, err
		}
	}
	return into, nil
}

// callee returns the machine, and its mocks, that made a call: m or one that it nests.
func (m *Machine) callee(mocks []Mock, c Call) (*Machine, []Mock) {
	if taskOf(m.m, c.State) != nil {
		return m, mocks
	}
	for _, mock := range mocks {
		if n := mock.nested; n != nil {
			if of, theirs := n.m.callee(n.mocks, c); taskOf(of.m, c.State) != nil {
				return of, theirs
			}
		}
	}
	return m, mocks
}

// program is a machine as the runner runs it.
type program struct {
	name    string
	m       *asl.Machine
	resolve Resolver
	watch   func(states.Turn)
}

// starter answers the calls of Step Functions for the executions of a run.
type starter struct{ r *runner }

// asking is a call that is being answered.
type asking struct{ made *party } // the execution it has started

// own returns what serves a call when there are machines to start; ok is false for other calls.
func (r *runner) own(t *states.TaskRequest) (task.Route, bool) {
	if len(r.o.Machines) == 0 {
		return task.Route{}, false
	}
	if r.mux == nil {
		r.mux = new(task.Mux)
		r.mux.HandleServices(starter{r}, "states", "aws-sdk:sfn")
	}
	if arn, ok := t.Input.Get("StateMachineArn"); ok {
		if _, known := r.o.Machines[r.machineName(arn.Str())]; !known {
			return task.Route{}, false
		}
	}
	return r.mux.Lookup("", t.State, t.Resource)
}

// machineName returns the name in the ARN of a machine, or in what is a name itself.
func (r *runner) machineName(arn string) string {
	if _, name, ok := strings.Cut(arn, ":stateMachine:"); ok && strings.HasPrefix(arn, "arn:") {
		name, _, _ = strings.Cut(name, ":")
		return name
	}
	return arn
}

var errUnknownAction = errors.New("asltest: nested executions cannot be asked for this")

// Call answers one call.
func (s starter) Call(_ context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
	in, err := value.Parse(input)
	if err != nil {
		return nil, err
	}
	sdk := service == "sfn"
	out := value.Obj()
	switch action {
	case "startExecution":
		out, err = s.start(in, sdk)
	case "describeExecution", "stopExecution":
		var m *party
		if m, err = s.find(in); err != nil {
			break
		}
		if action == "describeExecution" {
			out = s.describe(m, sdk)
			break
		}
		if m.x.Status == states.Running {
			err = s.step(m, states.Abort{Error: present(in, "Error"), Cause: present(in, "Cause")})
		}
		if err == nil {
			out = value.Obj(value.M("StopDate", catalogue.Time(m.x.Outcome.Stopped.Time(), sdk)))
		}
	case "sendTaskSuccess", "sendTaskFailure", "sendTaskHeartbeat":
		err = s.send(action, in)
	default:
		err = errUnknownAction
	}
	if err != nil {
		return nil, err
	}
	return out.AppendJSON(nil), nil
}

func present(in value.Value, name string) states.Text {
	v, ok := in.Get(name)
	return states.Text{Set: ok && v.Str() != "", S: v.Str()}
}

// start begins an execution.
func (s starter) start(in value.Value, sdk bool) (value.Value, error) {
	r := s.r
	arn, _ := in.Get("StateMachineArn")
	machine := r.machineName(arn.Str())
	n, ok := r.o.Machines[machine]
	if !ok {
		return value.Value{}, &task.ServiceError{Code: "StateMachineDoesNotExist", Message: "State Machine Does Not Exist: '" + arn.Str() + "'"}
	}
	doc := value.Obj()
	if v, ok := in.Get("Input"); ok && !v.IsNull() {
		var err error
		if doc, err = value.ParseString(v.Str()); err != nil {
			return value.Value{}, &task.ServiceError{Code: "InvalidExecutionInput", Message: "Invalid State Machine Execution Input: '" + err.Error() + "'"}
		}
	}
	name := present(in, "Name").S
	if name == "" {
		name = "execution-" + strconv.Itoa(len(r.members))
	}
	id := r.o.arn("execution") + machine + ":" + name
	for _, m := range r.members {
		if !n.Express && m.name == name && m.program.name == machine {
			if was, _ := m.host.Execution.Get("Input"); m.x.Status == states.Running && was.Equal(doc) {
				r.asking.made = m
				return s.begun(m, sdk), nil
			}
			return value.Value{}, &task.ServiceError{Code: "ExecutionAlreadyExists", Message: "Execution Already Exists: '" + id + "'"}
		}
	}
	limits := r.o.Limits
	if n.Express {
		id = r.o.arn("express") + machine + ":" + name + ":00000000-0000-4000-8000-" + fmt.Sprintf("%012d", len(r.members))
		if limits.Events == 0 {
			limits.Events = -1
		}
	}
	m := r.add(party{host: r.o.hostOf(id, name, machine, doc, r.now, n.Express), limits: limits, name: name, nested: true,
		program: &program{name: machine, m: n.Machine, resolve: n.Resolve, watch: n.Watch}})
	r.asking.made = m
	outer := r.asking
	err := s.step(m, states.Start{Input: doc}) // its own tasks may ask for something
	r.asking = outer
	return s.begun(m, sdk), err
}

// step steps another execution. An error of it is one of the run, which does not go on.
func (s starter) step(m *party, in states.Input) error {
	err := s.r.step(m, in)
	if err != nil {
		s.r.broken = err
	}
	return err
}

func (s starter) begun(m *party, sdk bool) value.Value {
	return value.Obj(value.M("ExecutionArn", value.FromString(id(m))), value.M("StartDate", catalogue.Time(m.x.Started.Time(), sdk)))
}

// find returns the execution that a call names.
func (s starter) find(in value.Value) (*party, error) {
	arn, _ := in.Get("ExecutionArn")
	for _, m := range s.r.members {
		if !m.run && id(m) == arn.Str() {
			return m, nil
		}
	}
	return nil, &task.ServiceError{Code: "ExecutionDoesNotExist", Message: "Execution Does Not Exist: '" + arn.Str() + "'"}
}

func (s starter) describe(m *party, sdk bool) value.Value {
	in, _ := m.host.Execution.Get("Input")
	machine, _ := m.host.StateMachine.Get("Id")
	x := catalogue.Execution{ARN: id(m), Name: m.name, MachineARN: machine.Str(), Status: m.x.Status.String(), Input: in.AppendJSON(nil),
		Started: m.x.Started.Time(), RedriveStatus: "NOT_REDRIVABLE", RedriveReason: "Execution is " + m.x.Status.String() + " and cannot be redriven"}
	if o := m.x.Outcome; o != nil {
		x.Output, x.Error, x.Cause, x.Stopped = o.Output.AppendJSON(nil), o.Failure.Name.S, o.Failure.Cause.S, o.Stopped.Time()
		if o.Status != states.Succeeded {
			x.RedriveStatus, x.RedriveReason = "REDRIVABLE", ""
		}
	}
	return x.Description(sdk)
}

// send answers the task that a token was given to.
func (s starter) send(action string, in value.Value) error {
	token, _ := in.Get("TaskToken")
	ref, err := states.OpenToken(s.r.env.TokenKey, token.Str())
	if err != nil || ref.Exec < 1 || int(ref.Exec) > len(s.r.members) {
		return &task.ServiceError{Code: "InvalidToken", Message: "Invalid Token: 'Invalid token'"}
	}
	to := s.r.members[ref.Exec-1]
	if int(ref.Frame) >= len(to.x.Frames) || to.x.Frames[ref.Frame] == nil || to.x.Frames[ref.Frame].Gen != ref.Gen {
		return &task.ServiceError{Code: "TaskTimedOut", Message: "Task Timed Out: 'Provided task does not exist anymore'"}
	}
	var input states.Input = states.Heartbeat{Ref: ref}
	switch action {
	case "sendTaskSuccess":
		output, _ := in.Get("Output")
		doc, err := value.ParseString(output.Str())
		if err != nil {
			return &task.ServiceError{Code: "InvalidOutput", Message: "Invalid Output: '" + err.Error() + "'"}
		}
		input = states.TaskSucceeded{Ref: ref, Output: doc}
	case "sendTaskFailure":
		input = states.TaskFailed{Ref: ref, Failure: states.Failure{Name: present(in, "Error"), Cause: present(in, "Cause"), Nulls: true, Task: true}}
	}
	s.r.queue.add(delivery{at: s.r.now, rank: rankEnd, order: s.r.scheduled, ref: ref, input: input})
	s.r.scheduled++
	return nil
}

// waitFor has the end of the execution that a job has started noticed without polling. It reports false when it has started none.
func (r *runner) waitFor(ref states.Ref, p *poll) bool {
	m := r.asking.made
	if m == nil {
		return false
	}
	m.told = append(m.told, told{ref, p})
	if m.x.Status != states.Running {
		r.tell(m)
	}
	return true
}

// told is a wait for the end of an execution.
type told struct {
	ref  states.Ref
	poll *poll
}

// tell has those who wait for the end of m look at it.
func (r *runner) tell(m *party) {
	for _, t := range m.told {
		r.queue.add(delivery{at: r.now, rank: rankEnd, order: r.scheduled, ref: t.ref, poll: t.poll})
		r.scheduled++
	}
	m.told = nil
}
