package task

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
)

// HandleServices registers c for AWS services by their names in a resource: "sqs", "aws-sdk:s3". Without names it serves every service
// that no other Caller was registered for, and Lambda functions by their ARN.
//
// A handler that is registered for the resource, the state or the function is preferred; a pattern that ends in "*" too. Panics
// when c is nil or a service is taken.
func (m *Mux) HandleServices(c Caller, services ...string) {
	if c == nil {
		panic("task: a nil Caller is registered")
	}
	if len(services) == 0 {
		services = []string{""}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range services {
		if _, taken := m.callers[name]; taken {
			panic("task: two Callers are registered for the service " + quote(name))
		}
		if m.callers == nil {
			m.callers = map[string]Caller{}
		}
		m.callers[name] = c
	}
}

// callerOf is service for those that do not hold m.mu.
func (m *Mux) callerOf(resource string) (Route, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.service(resource)
}

// service returns the route to the Caller for a resource. m.mu is held.
func (m *Mux) service(resource string) (Route, bool) {
	if len(m.callers) == 0 {
		return Route{}, false
	}
	t, ok := parseTarget(resource)
	if !ok {
		return Route{}, false
	}
	name := t.service
	if t.sdk {
		name = sdkService + name
	}
	if t.caller, ok = m.callers[name]; !ok {
		if t.caller, ok = m.callers[""]; !ok {
			return Route{}, false
		}
	}
	var job Job
	if t.info != nil && t.info.Job != nil {
		job = serviceJob{t}
		if t.info.Job.Conditions {
			job = kubernetesJob{t}
		}
	}
	switch {
	case t.pattern&(catalogue.RunJob|catalogue.RunJobParsed) != 0:
		return Route{Job: job}, job != nil // no job: the definition was accepted without the table
	case t.info != nil && t.info.Job != nil && t.info.Job.Conditions:
		return Route{Handler: kubernetesJob{t}}, true
	}
	return Route{Handler: t}, true
}

const sdkService = "aws-sdk:"

// target is a resource of an AWS service, and who calls it. It is the handler of request-response and callback tasks.
type target struct {
	caller          Caller
	service, action string // without "aws-sdk:", and without the pattern
	region          string
	pattern         catalogue.Patterns
	sdk             bool
	function        string                               // the ARN that is the resource; "" for other resources
	of              *catalogue.Service                   // nil for aws-sdk
	info            *catalogue.Action                    // nil for aws-sdk and for actions that the table lacks
	_               [0]func(catalogue.Patterns) struct{} // not comparable
}

// parseTarget takes a resource apart. It reports false for those that name no AWS service.
func parseTarget(resource string) (target, bool) {
	if functionName(resource) != "" {
		t := target{service: "lambda", action: "invoke", function: resource, region: strings.SplitN(resource, ":", 5)[3]}
		t.of, t.info = catalogue.Find(t.service, t.action)
		return t, true
	}
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "states" {
		return target{}, false
	}
	t := target{region: parts[3]}
	rest, sdk := strings.CutPrefix(parts[5], sdkService)
	service, action, ok := strings.Cut(rest, ":")
	if !ok || service == "" || action == "" || service == "activity" {
		return target{}, false
	}
	t.sdk, t.service = sdk, service
	if t.action, t.pattern, ok = catalogue.SplitAction(action); !ok {
		return target{}, false
	}
	if !sdk {
		if t.of, t.info = catalogue.Find(t.service, t.action); t.of == nil {
			t.of = &catalogue.Service{Name: service, Prefix: service, Generic: service + "Exception", Client: service, Bare: true}
		}
		if t.info == nil {
			t.info = &catalogue.Action{Name: t.action, Open: true}
		}
	}
	return t, true
}

// ServeTask makes the call.
func (t target) ServeTask(ctx context.Context, req *Request) (any, error) {
	parameters, err := t.parameters(req.Input)
	if err != nil {
		return nil, err
	}
	_, result, err := t.begin(t.context(ctx, req), req, parameters)
	if err != nil {
		return nil, err
	}
	if t.function != "" {
		result = catalogue.FunctionResult(result)
	}
	return json.RawMessage(result.JSON()), nil
}

// parameters returns the parameters of the call: the task's, or for a function by its ARN those that say the same.
func (t target) parameters(input json.RawMessage) (value.Value, error) {
	doc, err := value.Parse(input)
	if err != nil {
		return value.Value{}, Errorf(TaskFailed, "the input of %s cannot be read: %v", t.service, err)
	}
	if t.function != "" {
		doc = value.Obj(value.M("FunctionName", value.FromString(t.function)), value.M("Payload", doc))
	}
	return doc, nil
}

// context returns the context of calls for a request.
func (t target) context(ctx context.Context, req *Request) context.Context {
	r := *req
	if r.Region == "" {
		r.Region = t.region
	}
	return context.WithValue(ctx, requestKey{}, &r)
}

// begin makes the call that the parameters ask for and returns its answer and the result it stands for.
func (t target) begin(ctx context.Context, req *Request, parameters value.Value) (answer, result value.Value, err error) {
	action, input := t.action, parameters
	if t.sdk {
		input = catalogue.SDKRequest(t.service, action, parameters)
	} else {
		if input, err = t.named(ctx, parameters); err != nil {
			return answer, result, err
		}
		action = t.info.APIName()
		input = t.info.Request(input, t.pattern, originOf(req.Execution))
	}
	if answer, err = t.call(ctx, action, input); err != nil {
		return answer, result, t.wording(ctx, req, err)
	}
	if t.sdk {
		return answer, answer, nil
	}
	result, failure := t.of.Answer(t.info, parameters, answer, t.pattern, req.Key)
	if failure != nil {
		return answer, result, &Error{Name: failure.Name, Cause: failure.Cause}
	}
	return answer, result, nil
}

// call makes one call. The error is the Caller's.
func (t target) call(ctx context.Context, action string, input value.Value) (value.Value, error) {
	if input.IsNull() {
		input = value.Obj()
	}
	text, err := t.caller.Call(ctx, t.service, action, input.AppendJSON(nil))
	if err != nil {
		return value.Value{}, err
	}
	if len(text) == 0 {
		return value.Obj(), nil
	}
	answer, err := value.Parse(text)
	if err != nil {
		return value.Value{}, Errorf(TaskFailed, "the answer of %s to %s is no JSON: %v", t.service, action, err)
	}
	if answer.IsNull() {
		answer = value.Obj()
	}
	return answer, nil
}

// named puts the id into the parameters that the API wants where the task gives a name.
func (t target) named(ctx context.Context, parameters value.Value) (value.Value, error) {
	by := t.info.ByName
	if by == nil {
		return parameters, nil
	}
	wanted, _ := parameters.Get(by.From)
	into, _ := parameters.Get(by.Into)
	ask := value.Obj()
	if cluster, ok := parameters.Get("ClusterId"); ok {
		ask = ask.With("ClusterId", cluster)
	}
	for range maxPages {
		page, err := t.call(ctx, by.List, ask)
		if err != nil {
			return parameters, t.wording(ctx, nil, err)
		}
		members, _ := page.Get(by.Members)
		for _, m := range members.Elems() {
			name, _ := m.Get("Name")
			if id, ok := m.Get("Id"); ok && name.Str() == wanted.Str() {
				return parameters.With(by.Into, into.With(by.ID, id)), nil
			}
		}
		marker, more := page.Get("Marker")
		if !more || marker.Str() == "" {
			break
		}
		ask = ask.With("Marker", marker)
	}
	return parameters, t.wording(ctx, nil, &ServiceError{
		Code: "InvalidRequestException", Message: by.From + " " + wanted.JSON() + " is not known in the cluster", Status: 400,
	})
}

// maxPages bounds what is read of a list.
const maxPages = 1000

// wording returns the ASL error that a Caller's error stands for.
func (t target) wording(ctx context.Context, req *Request, err error) error {
	var named Named
	if ctx.Err() != nil || errors.As(err, &named) {
		return err
	}
	p := problemOf(err)
	if p.RequestID == "" && req != nil {
		p.RequestID = req.Key
	}
	var f catalogue.Failure
	if t.sdk {
		f = catalogue.SDKFailure(t.service, p)
	} else {
		f = t.of.Failure(p)
	}
	return &Error{Name: f.Name, Cause: f.Cause}
}

// problemOf returns what a Caller's error says about the service.
func problemOf(err error) catalogue.Problem {
	var e *ServiceError
	if !errors.As(err, &e) {
		return catalogue.Problem{Message: err.Error()}
	}
	return catalogue.Problem{
		Code: e.Code, Message: e.Message, Status: e.Status, RequestID: e.RequestID, HostID: e.HostID, Attempts: e.Attempts, Unnamed: e.Unmodeled,
	}
}

// originOf returns the ARNs of an execution and, as far as its own tells, of its state machine.
func originOf(execution string) catalogue.Origin {
	o := catalogue.Origin{Execution: execution}
	parts := strings.SplitN(execution, ":", 8)
	if len(parts) >= 7 && (parts[5] == "execution" || parts[5] == "express") {
		parts[5] = "stateMachine"
		o.StateMachine = strings.Join(parts[:7], ":")
	}
	return o
}
