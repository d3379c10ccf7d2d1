package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// Caller returns a Caller that answers calls of Step Functions by this engine: startExecution, startSyncExecution,
// describeExecution, stopExecution, redriveExecution, sendTaskSuccess, sendTaskFailure and sendTaskHeartbeat.
//
// Tasks with the resources arn:aws:states:::states:startExecution, in all its patterns, and arn:aws:states:::aws-sdk:sfn:… use it by
// themselves, unless something is registered for them. Registering it is for an engine that has a Caller for all services:
//
//	tasks.HandleServices(aws)
//	tasks.HandleServices(e.Caller(), "states", "aws-sdk:sfn")
//
// Executions started by it for one attempt of a task are started once, however often the attempt is delivered. Besides an ARN,
// StateMachineArn may be the name of a machine.
func (e *Engine) Caller() task.Caller { return caller{e} }

// caller answers calls of Step Functions.
type caller struct{ e *Engine }

var _ task.Caller = caller{}

// action answers one call. sdk tells a call through aws-sdk.
type action func(c caller, ctx context.Context, in value.Value, sdk bool) (value.Value, error)

// actions are what a caller answers.
func actions(name string) action {
	switch name {
	case "startExecution":
		return caller.startExecution
	case "startSyncExecution":
		return caller.startSyncExecution
	case "describeExecution":
		return caller.describeExecution
	case "stopExecution":
		return caller.stopExecution
	case "redriveExecution":
		return caller.redriveExecution
	case "sendTaskSuccess":
		return caller.sendTaskSuccess
	case "sendTaskFailure":
		return caller.sendTaskFailure
	case "sendTaskHeartbeat":
		return caller.sendTaskHeartbeat
	}
	return nil
}

// storeRetry is the pause before a call is tried again that the store failed. It doubles.
const storeRetry = 50 * time.Millisecond

// Call answers a call. It waits while the store fails.
func (c caller) Call(ctx context.Context, service, name string, input json.RawMessage) (json.RawMessage, error) {
	act := actions(name)
	if act == nil || service != "states" && service != "sfn" {
		return nil, &task.ServiceError{Code: "UnknownOperationException", Message: "The engine does not offer " + service + ":" + name}
	}
	in, err := value.Parse(input)
	if err != nil {
		return nil, err
	}
	for pause := storeRetry; ; pause = min(2*pause, 5*time.Second) {
		out, err := act(c, ctx, in, service == "sfn")
		if err == nil {
			return out.AppendJSON(nil), nil
		}
		var coded Coded
		var failed *StoreError
		switch {
		case errors.As(err, &coded):
			return nil, &task.ServiceError{Code: coded.Code(), Message: err.Error()}
		case errors.Is(err, ErrClosed), errors.Is(err, ErrFenced):
			if call := c.served(ctx); call != nil {
				call.again = true
			}
			return nil, err
		case !errors.As(err, &failed):
			return nil, err
		}
		if err := c.e.sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// sleep waits, by the engine's clock.
func (e *Engine) sleep(ctx context.Context, d time.Duration) error {
	done := make(chan struct{})
	stop := e.clock.AfterFunc(d, func() { close(done) })
	defer stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-e.ctx.Done():
		return e.gone()
	}
}

// served returns the call of this engine's dispatcher that ctx belongs to, nil for another context.
func (c caller) served(ctx context.Context) *handlerCall {
	if s, ok := ctx.Value(servedKey{}).(served); ok && s.e == c.e {
		return s.call
	}
	return nil
}

// served is a call and the engine that makes it, as the value of a context.
type served struct {
	e    *Engine
	call *handlerCall
}

type servedKey struct{}

func member(in value.Value, name string) string {
	v, _ := in.Get(name)
	return v.Str()
}

// startExecution starts an execution, for an attempt of a task at most one.
func (c caller) startExecution(ctx context.Context, in value.Value, sdk bool) (value.Value, error) {
	name := member(in, "Name")
	var by *parent
	call := c.served(ctx)
	if call != nil && call.express == nil {
		by = &parent{Exec: call.req.Ref.Exec, Frame: call.req.Ref.Frame, Gen: call.req.Ref.Gen, Waits: call.starts}
		if by.Waits {
			if by.Depth = call.depth + 1; by.Depth > maxNested {
				return value.Value{}, &task.ServiceError{Code: "ExecutionLimitExceeded",
					Message: "Execution Limit Exceeded: 'more than " + strconv.Itoa(maxNested) + " executions wait for each other'"}
			}
			c.e.jobs.expect(call.req.Ref, 0) // before the child can end
		}
		if name == "" {
			name = childName(taskKey(call.arn, call.req.Ref), call.req.Ref)
		}
	}
	machine, err := c.machine(in)
	if err != nil {
		return value.Value{}, err
	}
	s, err := c.e.prepare(ctx, machine, inputOf(in), []StartOption{WithName(name), WithTraceHeader(member(in, "TraceHeader"))})
	if err != nil {
		return value.Value{}, err
	}
	s.parent = by
	x, err := c.e.begin(ctx, s)
	if err != nil {
		return value.Value{}, err
	}
	if by != nil {
		call.linked = x.ours && by.Waits
		if call.linked && call.delivery > 1 { // the child may have ended before this process could hear of it
			c.e.jobs.poke(call.req.Ref)
		}
	}
	return value.Obj(value.M("ExecutionArn", value.FromString(string(x.id))), value.M("StartDate", catalogue.Time(x.at, sdk))), nil
}

// machine returns the machine that a start names. Those of other regions and accounts are not here.
func (c caller) machine(in value.Value) (string, error) {
	name := member(in, "StateMachineArn")
	if strings.HasPrefix(name, "arn:") && !strings.HasPrefix(name, c.e.arns.machine) {
		return "", &NotFoundError{ARN: name, Machine: true}
	}
	return name, nil
}

// inputOf returns the input of a start: a text, {} when there is none.
func inputOf(in value.Value) []byte {
	if v, ok := in.Get("Input"); ok && !v.IsNull() {
		return []byte(v.Str())
	}
	return []byte("{}")
}

// startSyncExecution runs an Express execution. Its own tasks need places of the dispatcher, so the call lends out its own.
func (c caller) startSyncExecution(ctx context.Context, in value.Value, sdk bool) (value.Value, error) {
	machine, err := c.machine(in)
	if err != nil {
		return value.Value{}, err
	}
	var r SyncResult
	run := func() {
		r, err = c.e.StartSync(ctx, machine, inputOf(in), WithName(member(in, "Name")), WithTraceHeader(member(in, "TraceHeader")))
	}
	if c.served(ctx) != nil {
		c.e.dispatcher.lend(run)
	} else {
		run()
	}
	if err != nil {
		return value.Value{}, err
	}
	var d catalogue.Answering
	d.Add("BillingDetails", value.Obj(value.M("BilledDurationInMilliseconds", value.FromInt(r.Billing.Duration.Milliseconds())),
		value.M("BilledMemoryUsedInMB", value.FromInt(int64(r.Billing.MemoryMB)))))
	d.Text("Cause", r.Cause)
	d.Text("Error", r.Error)
	d.Text("ExecutionArn", string(r.ID))
	d.Included("Input", r.Input)
	d.Text("Name", r.Name)
	if r.Status == states.Succeeded {
		d.Included("Output", r.Output)
	}
	d.Add("StartDate", catalogue.Time(r.Started, sdk))
	d.Text("StateMachineArn", r.MachineARN)
	d.Text("Status", r.Status.String())
	d.Add("StopDate", catalogue.Time(r.Stopped, sdk))
	d.Text("TraceHeader", r.TraceHeader)
	return d.Value(), nil
}

// describeExecution describes an execution.
func (c caller) describeExecution(ctx context.Context, in value.Value, sdk bool) (value.Value, error) {
	d, by, err := c.e.describe(ctx, ID(member(in, "ExecutionArn")))
	if err != nil {
		return value.Value{}, err
	}
	if call := c.served(ctx); call != nil && by != nil && by.Waits && by.ref() == call.req.Ref {
		call.linked = true // it tells when it has ended
	}
	x := catalogue.Execution{ARN: string(d.ID), Name: d.Name, MachineARN: d.MachineARN, Status: d.Status.String(), Input: d.Input, Output: d.Output,
		Error: d.Error, Cause: d.Cause, Started: d.Started, Stopped: d.Stopped, Redrives: int64(d.Redrives), Redriven: d.Redriven,
		RedriveStatus: string(d.RedriveStatus), RedriveReason: d.RedriveReason}
	return x.Description(sdk), nil
}

func (c caller) stopExecution(ctx context.Context, in value.Value, sdk bool) (value.Value, error) {
	id := ID(member(in, "ExecutionArn"))
	if err := c.e.Stop(ctx, id, member(in, "Error"), member(in, "Cause")); err != nil {
		return value.Value{}, err
	}
	d, err := c.e.Describe(ctx, id)
	if err != nil {
		return value.Value{}, err
	}
	return value.Obj(value.M("StopDate", catalogue.Time(d.Stopped, sdk))), nil
}

func (c caller) redriveExecution(ctx context.Context, in value.Value, sdk bool) (value.Value, error) {
	at, err := c.e.Redrive(ctx, ID(member(in, "ExecutionArn")), WithClientToken(member(in, "ClientToken")))
	if err != nil {
		return value.Value{}, err
	}
	return value.Obj(value.M("RedriveDate", catalogue.Time(at, sdk))), nil
}

func (c caller) sendTaskSuccess(ctx context.Context, in value.Value, _ bool) (value.Value, error) {
	return value.Obj(), c.e.SendTaskSuccess(ctx, task.Token(member(in, "TaskToken")), []byte(member(in, "Output")))
}

func (c caller) sendTaskFailure(ctx context.Context, in value.Value, _ bool) (value.Value, error) {
	return value.Obj(), c.e.SendTaskFailure(ctx, task.Token(member(in, "TaskToken")), member(in, "Error"), member(in, "Cause"))
}

func (c caller) sendTaskHeartbeat(ctx context.Context, in value.Value, _ bool) (value.Value, error) {
	return value.Obj(), c.e.SendTaskHeartbeat(ctx, task.Token(member(in, "TaskToken")))
}

// route returns what serves a task: what the user has registered, or the engine itself.
func (e *Engine) route(machine, state, resource string) (task.Route, bool) {
	if r, ok := e.tasks.Lookup(machine, state, resource); ok {
		return r, true
	}
	parts := strings.Split(resource, ":")
	if len(parts) < 7 {
		return task.Route{}, false
	}
	name, _, _ := strings.Cut(parts[len(parts)-1], ".")
	if parts[len(parts)-1] == "2" { // .sync:2
		name, _, _ = strings.Cut(parts[len(parts)-2], ".")
	}
	if actions(name) == nil {
		return task.Route{}, false
	}
	return e.own.Lookup(machine, state, resource)
}
