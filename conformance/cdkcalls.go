package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task"
)

// The CDK cases run a second time, one level lower: their Task states on AWS services are served by a Caller, as a program would
// serve them, and jobs are started, polled and read by the rules of the catalogue. Cases with the raw calls of a job are the group
// cdk/calls; the others with calls of services are cdk/services.

const (
	contradicting = "the raw calls of the case do not lead to the result that it expects"
	otherForm     = "the mocked result has not the form that AWS documents for the integration"
)

// cdkVariants returns the further ways in which a case is run.
func cdkVariants(c testCase) []testCase {
	if c.format != cdkCase || c.broken != "" {
		return nil
	}
	if _, runs := get(c.doc, "expect").Get("status"); !runs {
		return nil
	}
	v := c
	switch {
	case get(c.doc, "syncCalls").Len() > 0:
		v.format = cdkCalls
	case strings.Contains(get(c.doc, "definition").JSON(), `"arn:aws:states:::`), strings.Contains(get(c.doc, "definition").JSON(), `"arn:aws:lambda:`):
		v.format = cdkServices
	default:
		return nil
	}
	v.group = string(v.format)
	v.id = v.group + strings.TrimPrefix(c.id, string(cdkCase))
	return []testCase{v}
}

// runCDKCalls runs a case through a Caller.
func runCDKCalls(doc value.Value) verdict {
	express := str(doc, "machineType") == "EXPRESS"
	m, err := asl.Compile([]byte(get(doc, "definition").JSON()), asl.Options{Express: express})
	if err != nil {
		return failed("expected to be accepted, got %s", cut(err.Error(), 600))
	}
	w := &cdkWorld{doc: doc, calls: map[string]int{}, played: map[string]int{}}
	w.mux.HandleServices(w)
	r, err := asltest.Run(m, get(doc, "input").JSON(), asltest.Options{
		Resolve: w.resolve, Tasks: &w.mux, Express: express, Objects: givenObjects(doc),
	})
	if w.problem != "" {
		return failed("%s", w.problem)
	}
	if err != nil {
		return failed("%s", describe(err, r))
	}
	for state, list := range get(doc, "syncCalls").All() {
		if n := w.played[state]; n < list.Len() {
			return failed("%d of %d calls were made for %q, and the execution is %s%s", n, list.Len(), state, r.Status, because(r))
		}
	}
	if r.Status == "RUNNING" {
		return failed("the execution does not end")
	}
	switch {
	case w.contradicts() && str(get(doc, "expect"), "status") == "SUCCEEDED" && r.Status != "SUCCEEDED":
		return failed("the raw calls end well, and the execution is %s%s", r.Status, because(r))
	case w.contradicts():
		return skipped(contradicting)
	case w.otherForm:
		return skipped(otherForm)
	}
	expect := bareResult(get(doc, "expect"))
	if out, err := value.ParseString(r.Output); err == nil {
		r.Output = bareResult(out).JSON()
	}
	if d := compareResult(expect, r); d != "" {
		return verdict{difference: d}
	}
	inputs := map[string][]value.Value{}
	for _, c := range r.Calls {
		in, err := value.ParseString(c.Input)
		if err != nil {
			return failed("%v", err)
		}
		inputs[c.State] = append(inputs[c.State], in)
	}
	return verdict{difference: compareInputs(get(get(doc, "expect"), "taskInputs"), inputs)}
}

// cdkWorld is the AWS of a case: what its services answer.
type cdkWorld struct {
	doc     value.Value
	mux     task.Mux
	calls   map[string]int // by state: calls of the task so far
	played  map[string]int // by state: raw calls so far
	problem string         // the first call that was not the expected one
	// otherForm says that a mocked result is none that the service's answer could have become.
	otherForm bool
}

// resolve leaves calls of services to the Caller. The end of a callback, a job without raw calls and an activity come from the mocks.
func (w *cdkWorld) resolve(c asltest.Call) (asltest.Answer, error) {
	_, raw := get(w.doc, "syncCalls").Get(c.State)
	if raw {
		return asltest.Answer{}, asltest.ErrUnmocked
	}
	n := w.calls[c.State]
	w.calls[c.State]++
	outcome := w.outcome(c.State, n)
	a := answerOf(outcome)
	route, served := w.mux.Lookup("", c.State, c.Resource)
	switch {
	case !served || route.Job != nil:
		return a, nil
	case c.Token == "":
		return asltest.Answer{}, asltest.ErrUnmocked
	}
	// A callback: the request is made, and the token is answered.
	text, failure := task.Call(context.Background(), route.Handler, &task.Request{
		Resource: c.Resource, Input: json.RawMessage(c.Input), Key: "key", State: c.State, Token: task.Token(c.Token),
	})
	if failure != nil {
		w.fail("the request of %q failed: %v", c.State, failure)
	}
	a.Submitted = string(text)
	return a, nil
}

// outcome returns what the mocks have for the n-th call of a state; the last one repeats.
func (w *cdkWorld) outcome(state string, n int) value.Value {
	v, _ := get(get(w.doc, "mocks"), state).At(min(n, get(get(w.doc, "mocks"), state).Len()-1))
	return v
}

func answerOf(outcome value.Value) asltest.Answer {
	if out, ok := outcome.Get("return"); ok {
		return asltest.Return(out.JSON())
	}
	throw := get(outcome, "throw")
	return asltest.Answer{Failure: &asltest.Failure{Error: textOf(throw, "error"), Cause: textOf(throw, "cause")}}
}

func (w *cdkWorld) fail(format string, args ...any) {
	if w.problem == "" {
		w.problem = fmt.Sprintf(format, args...)
	}
}

var _ task.Caller = (*cdkWorld)(nil)

// Call answers from the raw calls of the state, or makes the answer of the result that the mocks have.
func (w *cdkWorld) Call(ctx context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
	req, ok := task.RequestFrom(ctx)
	if !ok {
		w.fail("the call %s:%s has no request", service, action)
		return nil, nil
	}
	doc, err := value.Parse(input)
	if err != nil || doc.Kind() != value.Object {
		w.fail("the call %s:%s of %q has the input %.100q, %v", service, action, req.State, input, err)
		return nil, nil
	}
	if list, ok := get(w.doc, "syncCalls").Get(req.State); ok {
		return w.play(req.State, service+":"+action, doc, list)
	}
	if req.Token != "" {
		if !strings.Contains(string(input), string(req.Token)) && strings.Contains(string(req.Input), string(req.Token)) {
			w.fail("the call %s:%s of %q has lost the token: %s", service, action, req.State, input)
		}
		return json.RawMessage(`{}`), nil
	}
	if members, found := strings.CutPrefix(action, "list"); found && strings.HasPrefix(members, "Instance") {
		return w.named(req, members), nil
	}
	outcome := w.outcome(req.State, w.calls[req.State]-1)
	if throw, ok := outcome.Get("throw"); ok {
		return nil, &task.Error{Name: str(throw, "error"), Cause: str(throw, "cause")}
	}
	return json.RawMessage(w.answer(service, action, req, get(outcome, "return")).JSON()), nil
}

// play answers the next raw call of a job.
func (w *cdkWorld) play(state, api string, input, list value.Value) (json.RawMessage, error) {
	n := w.played[state]
	next, ok := list.At(n)
	if !ok {
		w.fail("call %d of %q is %s; the case has %d calls", n, state, api, list.Len())
		return nil, nil
	}
	w.played[state]++
	if want := str(next, "api"); want != api {
		w.fail("call %d of %q: expected %s, got %s", n, state, want, api)
	}
	if n > 0 && input.Len() == 0 {
		w.fail("call %d of %q: %s is asked about nothing", n, state, api)
	}
	for name, v := range input.All() {
		if n > 0 && v.Kind() == value.String && v.Str() == "" {
			w.fail("call %d of %q: the parameter %s of %s is empty", n, state, name, api)
		}
	}
	return json.RawMessage(get(next, "return").JSON()), nil
}

// answer turns the result of a task into the answer of the service: payloads as text, and for a function's ARN all of it.
func (w *cdkWorld) answer(service, action string, req *task.Request, result value.Value) value.Value {
	if strings.HasPrefix(req.Resource, "arn:aws:lambda:") {
		return value.Obj(value.M("Payload", value.FromString(result.JSON())), value.M("StatusCode", value.FromInt(200)))
	}
	info := integration(service, action)
	if info == nil || strings.Contains(req.Resource, ":aws-sdk:") {
		return result
	}
	if parameters, err := value.Parse(req.Input); err == nil && info.Reply != nil {
		w.otherForm = w.otherForm || !info.Reply.Make(parameters, result).Equal(result)
	}
	for _, name := range info.Blobs {
		if v, ok := result.Get(name); ok {
			result = result.With(name, value.FromString(v.JSON()))
		}
	}
	return result
}

// integration returns the action behind a call of a service; nil when there is none.
func integration(service, api string) *catalogue.Action {
	for _, s := range catalogue.Services() {
		for i := range s.Actions {
			if s.Name == service && s.Actions[i].APIName() == api {
				return &s.Actions[i]
			}
		}
	}
	return nil
}

// named lists the one instance fleet or group that the task names.
func (w *cdkWorld) named(req *task.Request, members string) json.RawMessage {
	in, _ := value.Parse(req.Input)
	name := get(in, strings.TrimSuffix(members, "s")+"Name")
	one := value.Obj(value.M("Id", value.FromString("i-1")), value.M("Name", name))
	return json.RawMessage(value.Obj(value.M(members, value.FromArray([]value.Value{one}))).JSON())
}

// contradicts reports whether the mocked outcome of a job holds a member that none of its raw calls has: then no reading of them
// leads to it.
func (w *cdkWorld) contradicts() bool {
	for state, list := range get(w.doc, "syncCalls").All() {
		known := map[string]bool{}
		for _, call := range list.Elems() {
			leaves("", get(call, "return"), known)
		}
		for _, outcome := range get(get(w.doc, "mocks"), state).Elems() {
			want := get(outcome, "return")
			if throw, ok := outcome.Get("throw"); ok {
				want, _ = value.ParseString(str(throw, "cause"))
			}
			wanted := map[string]bool{}
			leaves("", want, wanted)
			for leaf := range wanted {
				if !known[leaf] {
					return true
				}
			}
		}
	}
	return false
}

// leaves collects the scalars of a document with the names of their members, those inside of JSON texts too.
func leaves(name string, v value.Value, into map[string]bool) {
	switch v.Kind() {
	case value.Object:
		for name, v := range v.All() {
			leaves(name, v, into)
		}
	case value.Array:
		for _, e := range v.Elems() {
			leaves(name, e, into)
		}
	default:
		into[name+"="+v.JSON()] = true
		if doc, err := value.ParseString(v.Str()); err == nil && doc.Kind() == value.Object {
			leaves("", doc, into)
		}
	}
}

// bareResult returns v in the form in which both ways of running a case agree: without the metadata of HTTP exchanges, which cases
// leave out of most results, and with the Input of a child execution parsed, as recorded executions have it for .sync:2.
func bareResult(v value.Value) value.Value {
	switch v.Kind() {
	case value.Array:
		list := slices.Clone(v.Elems())
		for i := range list {
			list[i] = bareResult(list[i])
		}
		return value.FromArray(list)
	case value.Object:
		_, child := v.Get("InputDetails")
		members := make([]value.Member, 0, v.Len())
		for name, x := range v.All() {
			if name == "SdkHttpMetadata" || name == "SdkResponseMetadata" {
				continue
			}
			if doc, err := value.ParseString(x.Str()); err == nil && child && name == "Input" {
				x = doc
			}
			members = append(members, value.M(name, bareResult(x)))
		}
		return value.FromMembers(members)
	}
	return v
}
