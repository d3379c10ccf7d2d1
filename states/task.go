package states

import (
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
)

// schedule begins an attempt of a Task state: its arguments, its limits of time, the Scheduled event and the request.
func (s *stepper) schedule(f *Frame, t *asl.Task) *stateError {
	s.wait(f, AwaitTask) // the generation is part of the token that the arguments may show
	f.Due, f.Heartbeat = 0, 0
	s.context = value.Value{}
	w := &TaskWait{}
	var err *stateError
	if err = s.prepare(f, t, w); err != nil {
		f.Phase = Entering
		return err
	}
	if t.Resource.Kind == asl.Activity && s.env.HasActivity != nil && !s.env.HasActivity(t.Name, t.Resource.Text) {
		f.Phase = Entering
		return s.runtimeError("The activity " + t.Resource.Text + " does not exist.") // recorded: nothing is scheduled
	}
	f.Task = w
	r := Record{Doc: s.shownParameters(t, w.Arguments), HasDoc: true, Task: &TaskDetail{
		ResourceType: t.Resource.Service, Resource: t.Resource.Action,
		TimeoutSeconds: w.TimeoutSeconds, HeartbeatSeconds: w.HeartbeatSeconds, RoleARN: w.RoleARN,
	}}
	switch t.Resource.Kind {
	case asl.LambdaFunction:
		r.Type, r.Name = LambdaFunctionScheduled, t.Resource.Text
	case asl.Activity:
		r.Type, r.Name = ActivityScheduled, t.Resource.Text
	default:
		r.Type = TaskScheduled
		if r.Task.Region = t.Resource.Region; r.Task.Region == "" && s.env.Host != nil {
			r.Task.Region = s.env.Host.Region
		}
	}
	s.on(f, r)
	if t.Resource.Kind != asl.Activity {
		s.armTask(f, s.now) // an activity's clocks start when a worker takes it
	}
	s.c.Tasks = append(s.c.Tasks, s.request(f, t))
	return nil
}

// prepare evaluates the fields of a Task that make up the request.
func (s *stepper) prepare(f *Frame, t *asl.Task, w *TaskWait) (err *stateError) {
	input := f.Input
	if s.common.Lang == asl.JSONPath {
		if input, err = s.inputPath(f); err != nil {
			return err
		}
	}
	if w.TimeoutSeconds, err = s.seconds(&t.Timeout, "TimeoutSeconds", input); err != nil {
		return err
	}
	if w.HeartbeatSeconds, err = s.seconds(&t.Heartbeat, "HeartbeatSeconds", input); err != nil {
		return err
	}
	if t.RoleARN != nil {
		role, err := s.evalTemplate(t.RoleARN, bindings{input: input})
		if err != nil {
			return err
		}
		switch e := t.RoleARN.Root.Expr; {
		case role.Kind() == value.String:
		case e != nil:
			return s.typeError(e, "string", role)
		default:
			return s.runtimeError("The field 'RoleArn' of 'Credentials' must be a string but was: " + role.JSON())
		}
		w.RoleARN = role.Str()
	}
	if w.Arguments, err = s.effectiveInput(f); err != nil {
		return err
	}
	if err = s.checkPayload(s.common.Name, w.Arguments); err != nil {
		return err
	}
	return s.checkParameters(t, w.Arguments)
}

// checkParameters refuses parameters with which AWS does not call an optimised integration. Recorded executions end before the task
// is scheduled.
func (s *stepper) checkParameters(t *asl.Task, parameters value.Value) *stateError {
	if t.Integration == nil {
		return nil
	}
	problems := t.Integration.Check(parameters)
	if problems == nil {
		return nil
	}
	return s.runtimeError("The Parameters '" + parameters.JSON() + "' could not be used to start the Task: [" +
		strings.Join(problems, ", ") + "]")
}

// shownParameters are the parameters as the Scheduled event shows them, with what Step Functions adds.
func (s *stepper) shownParameters(t *asl.Task, parameters value.Value) value.Value {
	if t.Integration == nil {
		return parameters
	}
	_, pattern, _ := catalogue.SplitAction(t.Resource.Action)
	return t.Integration.Shown(parameters, pattern)
}

// taskDetail is what the events of the task in focus tell of its resource. They share it.
func (s *stepper) taskDetail(t *asl.Task) *TaskDetail {
	if s.detail == nil {
		s.detail = &TaskDetail{ResourceType: t.Resource.Service, Resource: t.Resource.Action}
	}
	return s.detail
}

// request is what the host has to have done for the task that f waits for.
func (s *stepper) request(f *Frame, t *asl.Task) TaskRequest {
	r := TaskRequest{
		Ref: s.ref(f), Resource: t.Resource.Text, Input: f.Task.Arguments, State: t.Name, Attempt: int(f.RetryCount),
		TimeoutSeconds: f.Task.TimeoutSeconds, HeartbeatSeconds: f.Task.HeartbeatSeconds, RoleARN: f.Task.RoleARN,
		Pattern: t.Resource.Pattern,
	}
	if t.Resource.Pattern == asl.WaitForTaskToken || t.Resource.Kind == asl.Activity {
		r.Token = SealToken(s.env.TokenKey, r.Ref)
	}
	return r
}

// Pending returns the requests of all tasks that x waits for and whose resource has not said that it has them: what a host
// sends again after a restart.
func Pending(m *asl.Machine, x *Execution, env *Env) []TaskRequest {
	s := &stepper{m: m, x: x, env: env}
	var requests []TaskRequest
	if x.Status != Running {
		return nil
	}
	for _, f := range x.Frames {
		if f != nil && f.Phase == AwaitTask && !f.Task.Submitted {
			if t, ok := s.state(f).(*asl.Task); ok {
				requests = append(requests, s.request(f, t))
			}
		}
	}
	return requests
}

// armTask starts the clocks of a task at a point in time.
func (s *stepper) armTask(f *Frame, from Millis) {
	if t := f.Task.TimeoutSeconds; t > 0 {
		f.Due = from + Millis(t)*1000
	}
	if t := f.Task.HeartbeatSeconds; t > 0 {
		f.Heartbeat = from + Millis(t)*1000
	}
}

// waiting returns the frame that waits for the answer to ref and puts its state in focus.
func (s *stepper) waiting(ref Ref) (*Frame, *asl.Task) {
	f := s.frame(ref.Frame)
	if f == nil || ref.Exec != s.x.ID || f.Phase != AwaitTask || f.Gen != ref.Gen {
		return nil, nil
	}
	t, ok := s.focus(f).(*asl.Task)
	if !ok {
		return nil, nil
	}
	s.touch(f)
	return f, t
}

// handOut begins the tasks of this step that workers wait for.
func (s *stepper) handOut() {
	if s.env.Worker == nil || s.x.Status != Running {
		return
	}
	s.c.Tasks = slices.DeleteFunc(s.c.Tasks, func(r TaskRequest) bool {
		f, t := s.waiting(r.Ref)
		if f == nil || t.Resource.Kind != asl.Activity {
			return false
		}
		worker, waits := s.env.Worker(r.Ref, t.Resource.Text)
		return waits && s.taskStarted(TaskStarted{Ref: r.Ref, Worker: worker, Taken: true}) == nil
	})
	if s.overflow {
		s.finish(Record{}, Outcome{})
	}
}

func (s *stepper) taskStarted(in TaskStarted) error {
	f, t := s.waiting(in.Ref)
	if f == nil {
		return ErrStale
	}
	if !f.Task.Started {
		f.Task.Worker = in.Worker
		f.Task.Submitted = in.Taken
		from := s.now
		if in.At != 0 {
			from = min(max(in.At, f.Entered), s.now)
		}
		s.armTask(f, from)
		s.recordStarted(f, t, in.At)
	}
	return nil
}

// recordStarted writes the Started event once; at 0 means now. An event that rides with the result has its own, earlier time.
func (s *stepper) recordStarted(f *Frame, t *asl.Task, at Millis) {
	if f.Task.Started {
		return
	}
	f.Task.Started = true
	r := Record{At: min(max(at, s.x.Last), s.now)}
	if at == 0 {
		r.At = s.now
	}
	switch t.Resource.Kind {
	case asl.LambdaFunction:
		r.Type = LambdaFunctionStarted
	case asl.Activity:
		r.Type, r.Name = ActivityStarted, f.Task.Worker
	default:
		r.Type, r.Task = TaskStartedEvent, s.taskDetail(t)
	}
	s.on(f, r)
}

func (s *stepper) taskSubmitted(in TaskSubmitted) error {
	f, t := s.waiting(in.Ref)
	if f == nil {
		return ErrStale
	}
	s.recordStarted(f, t, 0)
	if !f.Task.Submitted {
		f.Task.Submitted, f.Task.Handle, f.Task.Follow = true, in.Handle, in.Follow
		s.on(f, Record{Type: TaskSubmittedEvent, Task: s.taskDetail(t), Doc: in.Output, HasDoc: true})
	}
	return nil
}

// recordSubmitted writes the TaskSubmitted event of a task that was answered with its token before the resource has answered the
// request itself: AWS shows it in every history of a callback. What the resource says is not known and so left out.
func (s *stepper) recordSubmitted(f *Frame, t *asl.Task) {
	if t.Resource.Pattern != asl.WaitForTaskToken || f.Task.Submitted {
		return
	}
	f.Task.Submitted = true
	s.on(f, Record{Type: TaskSubmittedEvent, Task: s.taskDetail(t)})
}

func (s *stepper) taskSucceeded(in TaskSucceeded) error {
	f, t := s.waiting(in.Ref)
	if f == nil {
		return ErrStale
	}
	s.recordStarted(f, t, in.StartedAt)
	s.recordSubmitted(f, t)
	name := t.Resource.Text
	if t.Resource.Kind == asl.Integration && t.Resource.Service != "" {
		name = t.Resource.Service
	}
	if err := s.checkPayload(name, in.Output); err != nil {
		s.taskEnded(f, t, err.Failure, WorkFailed)
		return nil
	}
	s.env.Trace.see(AfterWork, in.Output)
	r := Record{Doc: in.Output, HasDoc: true}
	switch t.Resource.Kind {
	case asl.LambdaFunction:
		r.Type = LambdaFunctionSucceeded
	case asl.Activity:
		r.Type = ActivitySucceeded
	default:
		r.Type, r.Task = TaskSucceededEvent, s.taskDetail(t)
	}
	s.on(f, r)
	f.Task, f.Due, f.Heartbeat, f.Result, f.Phase = nil, 0, 0, in.Output, Exiting
	s.ready(f)
	return nil
}

func (s *stepper) taskFailed(in TaskFailed) error {
	f, t := s.waiting(in.Ref)
	if f == nil {
		return ErrStale
	}
	if in.Stage != ScheduleFailed && in.Stage != StartFailed {
		s.recordStarted(f, t, in.StartedAt)
	}
	if in.Callback {
		s.recordSubmitted(f, t)
	}
	if in.Stage > ScheduleFailed {
		in.Stage = WorkFailed
	}
	in.Failure.Task = true
	in.Failure.Name.S = cut(in.Failure.Name.S, longestName)
	in.Failure.Cause.S = cut(in.Failure.Cause.S, longestCause)
	s.taskEnded(f, t, in.Failure, in.Stage)
	return nil
}

// taskEnded records how the task of f failed and lets the state handle it.
func (s *stepper) taskEnded(f *Frame, t *asl.Task, e Failure, stage FailStage) {
	s.recordTaskFailure(f, t, e, stage)
	f.Phase, f.Task = Entering, nil
	s.fail(f, e)
}

// The failure events of each kind of resource by stage, and the one of a timeout.
var (
	lambdaFailures   = [...]EventType{LambdaFunctionFailed, LambdaFunctionStartFailed, LambdaFunctionFailed, LambdaFunctionScheduleFailed}
	activityFailures = [...]EventType{ActivityFailed, ActivityFailed, ActivityFailed, ActivityScheduleFailed}
	taskFailures     = [...]EventType{TaskFailedEvent, TaskStartFailed, TaskSubmitFailed, TaskFailedEvent}
)

func (s *stepper) recordTaskFailure(f *Frame, t *asl.Task, e Failure, stage FailStage) {
	r := Record{Fail: &Failing{Error: e.Name, Cause: e.Cause}}
	switch t.Resource.Kind {
	case asl.LambdaFunction:
		if r.Type = lambdaFailures[stage]; e.TimedOut {
			r.Type = LambdaFunctionTimedOut
		}
	case asl.Activity:
		if r.Type = activityFailures[stage]; e.TimedOut {
			r.Type = ActivityTimedOut
		}
	default:
		r.Task = s.taskDetail(t)
		if r.Type = taskFailures[stage]; e.TimedOut {
			r.Type = TaskTimedOut
		}
	}
	s.on(f, r)
	f.Due, f.Heartbeat = 0, 0
}

func (s *stepper) heartbeat(in Heartbeat) error {
	f, _ := s.waiting(in.Ref)
	if f == nil {
		return ErrStale
	}
	if f.Task.HeartbeatSeconds > 0 {
		f.Heartbeat = s.now + Millis(f.Task.HeartbeatSeconds)*1000
	}
	return nil
}

// tick makes happen whatever is due: the machine's timeout, timeouts and heartbeats of tasks, ends of waits and of back-offs.
func (s *stepper) tick() {
	if s.expire() {
		return
	}
	var timedOut []expired
	for id := FrameID(0); int(id) < len(s.x.Frames); id++ { // frames come and go on the way
		f := s.x.Frames[id]
		if f == nil {
			continue
		}
		switch f.Phase {
		case AwaitTimer:
			if f.Due <= s.now {
				f.Due, f.Phase = 0, Exiting
				s.ready(f)
			}
		case AwaitRetry:
			if f.Due <= s.now {
				f.Due = 0
				s.focus(f)
				s.touch(f)
				s.work(f)
			}
		case AwaitTask:
			late := f.Due != 0 && f.Due <= s.now
			silent := f.Heartbeat != 0 && f.Heartbeat <= s.now
			if late || silent {
				t := s.focus(f).(*asl.Task)
				s.touch(f)
				if t.Resource.Kind != asl.Activity {
					s.recordStarted(f, t, f.clockStart(late)) // a host that runs the work itself tells of its start with the result
				}
				e := Failure{Name: Some(errTimeout), TimedOut: true, Heartbeat: !late}
				s.cancel(f)
				s.recordTaskFailure(f, t, e, WorkFailed)
				timedOut = append(timedOut, expired{f, e})
			}
		}
		if s.x.Status != Running {
			return
		}
	}
	// Timeouts that fall together are all recorded before the first of them makes its flow fail.
	for _, late := range timedOut {
		f := late.f
		if s.x.Status == Running && s.frame(f.ID) == f && f.Phase == AwaitTask {
			f.Phase = Entering
			s.fail(f, late.e)
		}
	}
}

// expire ends the execution when the machine's time is up, as of that time, however late it is noticed.
func (s *stepper) expire() bool {
	if s.x.Deadline == 0 || s.x.Deadline > s.now {
		return false
	}
	s.now = max(s.x.Deadline, s.x.Last)
	s.finish(Record{Type: ExecutionTimedOut, Fail: &Failing{Error: Some(errTimeout)}},
		Outcome{Status: TimedOut, Failure: Failure{Name: Some(errTimeout)}})
	return true
}

// clockStart returns when the clock of f that has run out was started.
func (f *Frame) clockStart(timeout bool) Millis {
	if timeout {
		return f.Due - Millis(f.Task.TimeoutSeconds)*1000
	}
	return f.Heartbeat - Millis(f.Task.HeartbeatSeconds)*1000
}

// expired is a task that took too long or stayed silent. AWS reports both as States.Timeout, without a cause.
type expired struct {
	f *Frame
	e Failure
}
