package asltest

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// testStateLimit is the time after which AWS gives up a test without a mock; with one, nothing takes time.
const testStateLimit = 5 * time.Minute

// run runs the state on the core and shows what it did.
func (t *stateTest) run() (*TestStateResponse, error) {
	trace := states.NewTrace()
	trace.Context = t.contextObject()
	trace.FailedIterations = t.failures()
	if c := t.Configuration; c != nil {
		trace.RetryCount = c.RetrierRetryCount
	}
	if t.Mock != nil {
		trace.Result, trace.Failure = t.result, t.mockedFailure()
	}
	if st, ok := t.state.(*asl.Map); ok && st.Reader != nil {
		trace.Items, trace.ReaderFailure = t.readItems(st.Reader)
	}
	now := states.MillisOf(t.start())
	c := t.state.Common()
	f := &states.Frame{
		Parent: states.NoFrame, Index: -1, Flow: c.Flow, State: c.ID, Phase: states.Entering, Input: t.input, Vars: t.variables,
	}
	if _, ok := t.machine.Parent(c.Flow).(*asl.Map); ok {
		f.Item = value.Obj(value.M("Index", value.FromInt(0)), value.M("Value", t.input))
	}
	x := &states.Execution{ID: 1, Started: now, Input: t.input, Frames: []*states.Frame{f}, Ready: []states.FrameID{0}}
	env := &states.Env{Now: now.Time(), Trace: trace, Seed: t.Seed}
	timedOut, err := t.drive(x, env, trace)
	if err != nil {
		return nil, err
	}
	if n := trace.Iterations; n != nil && t.failures() > *n {
		return nil, invalid("Map iteration failure count must be less than or equal to the number of Map iterations")
	}
	return t.response(x, trace, timedOut), nil
}

// drive steps the execution until its state is left, has failed or waits for a retry. It reports whether it took too long.
func (t *stateTest) drive(x *states.Execution, env *states.Env, trace *states.Trace) (timedOut bool, err error) {
	limit := x.Started + states.Millis(testStateLimit/time.Millisecond)
	in := states.Input(states.Continue{})
	for {
		c, err := states.Step(t.machine, x, env, in)
		if err != nil {
			return false, fmt.Errorf("asltest: test state: %w", err)
		}
		if x.Status != states.Running || trace.Retry {
			return false, nil
		}
		at := states.MillisOf(env.Now)
		switch {
		case len(c.Tasks) > 0:
			var after time.Duration
			if in, after, err = t.answer(&c.Tasks[0]); err != nil {
				return false, err
			}
			if end := at + states.Millis(after/time.Millisecond); in != nil && (x.NextDue() == 0 || end < x.NextDue()) {
				at = end
				break
			}
			at, in = x.NextDue(), states.Tick{}
			if at == 0 {
				return true, nil // no answer, and no TimeoutSeconds
			}
		default:
			at, in = x.NextDue(), states.Tick{}
		}
		if at == 0 || at > limit && t.Mock == nil {
			return true, nil
		}
		env.Now = at.Time()
	}
}

// answer returns what a task gets, and when; a nil input is no answer at all.
func (t *stateTest) answer(r *states.TaskRequest) (states.Input, time.Duration, error) {
	if t.Mock != nil {
		if e := t.mockedFailure(); e != nil {
			return states.TaskFailed{Ref: r.Ref, Failure: *e}, 0, nil
		}
		return states.TaskSucceeded{Ref: r.Ref, Output: t.result}, 0, nil
	}
	call := Call{
		State: r.State, Resource: r.Resource, Input: r.Input.JSON(), RoleARN: r.RoleARN,
		TimeoutSeconds: r.TimeoutSeconds, HeartbeatSeconds: r.HeartbeatSeconds,
	}
	if t.Resolve == nil {
		return nil, 0, &UnansweredError{Call: call}
	}
	a, err := t.Resolve(call)
	if err != nil {
		return nil, 0, &UnansweredError{Call: call, Err: err}
	}
	t.exchange = exchanged(call, a)
	switch {
	case a.Never:
		return nil, 0, nil
	case a.Failure != nil:
		e := states.Failure{Name: text(a.Failure.Error), Cause: text(a.Failure.Cause), Task: true}
		return states.TaskFailed{Ref: r.Ref, Failure: e, Stage: a.Failure.Stage}, a.After, nil
	case a.Output == "":
		a.Output = "null"
	}
	doc, err := value.ParseString(a.Output)
	if err != nil {
		return nil, 0, &UnansweredError{Call: call, Err: err}
	}
	return states.TaskSucceeded{Ref: r.Ref, Output: doc}, a.After, nil
}

// mockedFailure is the failure of the mock, nil when it has a result. One that comes from a Task is matched by States.TaskFailed.
func (t *stateTest) mockedFailure() *states.Failure {
	if t.Mock.ErrorOutput == nil {
		return nil
	}
	e := &states.Failure{Name: text(t.Mock.ErrorOutput.Error), Cause: text(t.Mock.ErrorOutput.Cause)}
	_, e.Task = t.state.(*asl.Task)
	if c := t.Configuration; c != nil && c.ErrorCausedByState != "" {
		if s, ok := t.machine.Find(c.ErrorCausedByState); ok {
			_, e.Task = s.(*asl.Task)
		}
	}
	return e
}

// contextObject is the Context object as given, or else one like that of an Express execution.
//
// Source: measured on AWS, which calls the state "StateName" whatever its name.
func (t *stateTest) contextObject() value.Value {
	if t.Context != "" {
		return t.context
	}
	account, region := t.Account, t.Region
	if part := strings.SplitN(t.RoleARN, ":", 6); account == "" && len(part) == 6 {
		account = part[4]
	}
	if account == "" {
		account = "123456789012"
	}
	if region == "" {
		region = "us-east-1"
	}
	text := value.FromString
	role := value.Value{}
	if t.RoleARN != "" {
		role = text(t.RoleARN)
	}
	machine, name := t.uuid("machine"), t.uuid("execution")
	prefix := "arn:aws:states:" + region + ":" + account + ":"
	at := text(t.start().Format("2006-01-02T15:04:05.000Z"))
	state := []value.Member{value.M("Name", text(testedName)), value.M("EnteredTime", at)}
	switch t.state.Common().Type {
	case asl.TypeTask, asl.TypeParallel, asl.TypeMap:
		state = append(state, value.M("RetryCount", value.FromInt(0)))
	}
	members := []value.Member{
		value.M("Execution", value.Obj(
			value.M("Id", text(prefix+"express:"+machine+":"+name)), value.M("Input", t.input), value.M("Name", text(name)),
			value.M("RoleArn", role), value.M("StartTime", at),
		)),
		value.M("StateMachine", value.Obj(value.M("Id", text(prefix+"stateMachine:"+machine)), value.M("Name", text(machine)))),
		value.M("State", value.FromMembers(state)),
	}
	if task, ok := t.state.(*asl.Task); ok && task.Resource.Pattern != asl.RequestResponse {
		members = append(members, value.M("Task", value.Obj(value.M("Token", text(t.uuid("token"))))))
	}
	return value.FromMembers(members)
}

func (t *stateTest) start() time.Time {
	if t.Start.IsZero() {
		return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t.Start.UTC().Truncate(time.Millisecond)
}

// uuid makes up an identifier; the same seed gives the same one.
func (t *stateTest) uuid(what string) string {
	sum := sha256.Sum256(append([]byte(what), t.Seed[:]...))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// response words what the trace saw.
func (t *stateTest) response(x *states.Execution, trace *states.Trace, timedOut bool) *TestStateResponse {
	r := &TestStateResponse{}
	failure := func(e states.Failure) { r.Error, r.Cause = textOf(e.Name), textOf(e.Cause) }
	switch {
	case timedOut:
		r.Status = "FAILED"
		failure(states.Failure{Name: states.Some("States.Timeout")})
	case trace.Left && trace.CatchIndex >= 0:
		r.Status, r.NextState, r.Output = "CAUGHT_ERROR", trace.Next, jsonOf(trace.Output)
		failure(*trace.Failed)
	case trace.Left:
		r.Status, r.NextState, r.Output = "SUCCEEDED", trace.Next, jsonOf(trace.Output)
	case trace.Retry:
		r.Status = "RETRIABLE"
		failure(*trace.Failed)
	default:
		r.Status = "FAILED"
		failure(x.Outcome.Failure)
	}
	if t.InspectionLevel == "DEBUG" || t.InspectionLevel == "TRACE" {
		r.InspectionData = t.inspect(trace)
	}
	return r
}

// inspect picks the members that AWS shows for the type of the state.
func (t *stateTest) inspect(trace *states.Trace) *InspectionData {
	at := func(stage states.Stage) *string {
		if v, ok := trace.At(stage); ok {
			return jsonOf(v)
		}
		return nil
	}
	d := &InspectionData{
		Input: jsonOf(t.input), AfterInputPath: at(states.AfterInputPath), AfterParameters: at(states.AfterParameters),
		AfterArguments: at(states.AfterArguments), Result: at(states.AfterWork), AfterResultSelector: at(states.AfterResultSelector),
		AfterResultPath: at(states.AfterResultPath), AfterItemsPath: at(states.AfterItemsPath),
		AfterItemsPointer: at(states.AfterItemsPointer), AfterItemSelector: at(states.AfterItemSelector),
		AfterItemBatcher: at(states.AfterItemBatcher), ToleratedFailurePercentage: trace.ToleratedFailurePC,
		MaxConcurrency: wholeOf(trace.MaxConcurrency), ToleratedFailureCount: wholeOf(trace.ToleratedFailureCount),
	}
	if t.state.Common().Type == asl.TypeParallel { // measured on AWS, also with InputPath
		d.AfterInputPath, d.AfterParameters, d.AfterArguments = nil, nil, nil
	}
	vars := t.variables
	if trace.Left {
		vars = trace.Vars
	}
	if vars.Len() > 0 {
		d.Variables = jsonOf(vars)
	}
	if trace.RetryIndex >= 0 || trace.CatchIndex >= 0 {
		e := &ErrorDetails{}
		if trace.RetryIndex >= 0 {
			e.RetryIndex = &trace.RetryIndex
		}
		if trace.CatchIndex >= 0 {
			e.CatchIndex = &trace.CatchIndex
		}
		if trace.Retry {
			seconds := int64(trace.Backoff+500) / 1000
			e.RetryBackoffIntervalSeconds = &seconds
		}
		d.ErrorDetails = e
	}
	t.inspectHTTP(d)
	return d
}

func jsonOf(v value.Value) *string {
	s := v.JSON()
	return &s
}

func wholeOf(f *float64) *int64 {
	if f == nil {
		return nil
	}
	n := int64(*f)
	return &n
}
