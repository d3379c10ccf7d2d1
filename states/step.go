package states

import (
	"errors"
	"slices"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// The errors of Step: the input was of no use and nothing has changed.
var (
	ErrStale    = errors.New("states: the wait that this input answers has ended")
	ErrFinished = errors.New("states: the execution has ended")
	ErrStarted  = errors.New("states: the execution has been started before")
	ErrInput    = errors.New("states: not an input")
)

// Step applies in to x, lets every line of control run until it waits, and returns what must become durable. m is only read; x
// is changed in place, so a host that cannot store the commit must drop x and load it again.
//
// A workflow failure is data inside the Commit. The error is one of ErrStale, ErrFinished, ErrStarted and ErrInput, and x
// is unchanged then. The same arguments give the same commit.
func Step(m *asl.Machine, x *Execution, env *Env, in Input) (Commit, error) {
	s := env.Scratch.begin()
	defer env.Scratch.end()
	s.m, s.x, s.env = m, x, env
	s.limits, s.now, s.last = env.Limits.withDefaults(), max(MillisOf(env.Now), x.Last), x.Last
	s.random.seed(env.Seed)
	s.c.Exec, s.c.Base, s.c.FirstEvent = x.ID, x.Seq, x.Events+1
	if err := s.apply(in); err != nil {
		return Commit{}, err
	}
	s.run()
	s.handOut()
	x.Seq++
	if x.Events >= s.c.FirstEvent {
		x.Last = max(s.now, s.last)
	}
	slices.Sort(s.c.Changed)
	s.c.Changed = slices.Compact(s.c.Changed)
	s.c.Outcome = x.Outcome
	s.c.More = len(x.Ready) > 0
	return s.c, nil
}

// stepper is one Step under way. It is also the jsonpath.Roots of the state it is looking at.
type stepper struct {
	m      *asl.Machine
	x      *Execution
	env    *Env
	limits Limits
	now    Millis
	last   Millis // of the latest record
	random random
	c      Commit

	// The state in focus, which paths and expressions are evaluated for.
	f       *Frame
	st      asl.State
	detail  *TaskDetail // of the task in focus, built on demand
	common  *asl.Common
	item    value.Value // Map.Item while an ItemSelector is evaluated; null otherwise
	context value.Value // the context object, built on demand; null when not built

	entered  int  // states entered in this step
	overflow bool // the history is full
}

// apply takes in the input. It must not change anything when it returns an error.
func (s *stepper) apply(in Input) error {
	switch in := in.(type) {
	case Start:
		return s.start(in)
	case Redrive:
		return s.redrive(in)
	case RedriveRun:
		return s.restartRun(in)
	}
	if in, ok := in.(StartRun); ok {
		return s.startRun(in)
	}
	if s.x.Status != Running || len(s.x.Frames) == 0 && s.x.Run == nil {
		return ErrFinished
	}
	if batch, ok := in.(Batch); ok {
		return s.batch(batch)
	}
	if s.x.Run != nil {
		return s.runInput(in)
	}
	switch in := in.(type) {
	case TaskStarted:
		return s.taskStarted(in)
	case TaskSubmitted:
		return s.taskSubmitted(in)
	case TaskSucceeded:
		return s.taskSucceeded(in)
	case TaskFailed:
		return s.taskFailed(in)
	case Heartbeat:
		return s.heartbeat(in)
	case Tick:
		s.tick()
	case Abort:
		s.finish(Record{Type: ExecutionAborted, Fail: &Failing{Error: in.Error, Cause: in.Cause}},
			Outcome{Status: Aborted, Failure: Failure{Name: in.Error, Cause: in.Cause}})
	case Continue:
		s.expire() // a loop that never waits gets no ticks
	case RunEnded:
		return s.runEnded(in)
	default:
		return ErrInput
	}
	return nil
}

// batch applies the members in order and skips stale ones; it is stale when all of them are.
func (s *stepper) batch(in Batch) error {
	err := ErrStale
	for _, member := range in {
		if s.x.Status != Running || s.overflow {
			break
		}
		switch e := s.apply(member); {
		case e == nil:
			err = nil
		case err != nil:
			err = e
		}
	}
	return err
}

// longestExpress is how long an Express execution may take. Source: AWS Step Functions Developer Guide, "Step Functions service quotas".
const longestExpress = Millis(5 * 60 * 1000)

func (s *stepper) start(in Start) error {
	if len(s.x.Frames) > 0 || s.x.Status != Running || s.x.Run != nil {
		return ErrStarted
	}
	if int(in.Flow) >= len(s.m.Flows) || in.Flow < 0 {
		return ErrInput
	}
	s.x.Input, s.x.Started = in.Input, s.now
	if t := s.m.TimeoutSeconds; t > 0 && in.Flow == 0 {
		s.x.Deadline = s.now + Millis(t)*1000
	}
	if limit := s.now + longestExpress; s.env.Host != nil && s.env.Host.Express && (s.x.Deadline == 0 || s.x.Deadline > limit) {
		s.x.Deadline = limit
	}
	r := Record{Type: ExecutionStarted, Doc: in.Input, HasDoc: true}
	if s.env.Host != nil {
		r.Name = s.env.Host.RoleARN
	}
	s.record(r)
	// The first state's event points at 0, not at ExecutionStarted.
	root := s.newFrame(NoFrame, -1, in.Flow, in.Input, 0)
	root.Item = in.Item
	s.ready(root)
	return nil
}

// run lets frames go on, in turn, until all of them wait or the budget of this step is spent.
func (s *stepper) run() {
	for len(s.x.Ready) > 0 && s.x.Status == Running {
		if s.overflow {
			break
		}
		f := s.frame(s.x.Ready[0])
		if f != nil && (f.Phase == Entering || f.Phase == Rerunning) && s.entered >= s.limits.Transitions {
			return
		}
		s.x.Ready = slices.Delete(s.x.Ready, 0, 1) // short, and keeps its capacity
		if f == nil {
			continue
		}
		s.touch(f)
		switch f.Phase {
		case Entering:
			s.enter(f)
		case Exiting:
			s.exit(f)
		case Rerunning:
			s.rerun(f)
		case AwaitFrames:
			s.resumeMap(f)
		}
	}
	if s.overflow && s.x.Status == Running {
		s.finish(Record{}, Outcome{})
	}
	if len(s.x.Ready) == 0 {
		s.x.Ready = nil
	}
}

// frame returns a frame, nil when it has gone.
func (s *stepper) frame(id FrameID) *Frame {
	if id < 0 || int(id) >= len(s.x.Frames) {
		return nil
	}
	return s.x.Frames[id]
}

// ready puts f at the end of the queue of frames that can go on.
func (s *stepper) ready(f *Frame) {
	s.touch(f)
	s.x.Ready = append(s.x.Ready, f.ID)
}

// touch notes that the commit changes f.
func (s *stepper) touch(f *Frame) {
	if n := len(s.c.Changed); n == 0 || s.c.Changed[n-1] != f.ID {
		s.c.Changed = append(s.c.Changed, f.ID)
	}
}

// newFrame adds a frame that is about to enter the first state of a flow.
func (s *stepper) newFrame(parent FrameID, index int32, flow asl.FlowID, input value.Value, prev int64) *Frame {
	f := &Frame{Parent: parent, Index: index, Flow: flow, State: s.m.Flows[flow].StartAt, Input: input, Prev: prev}
	for i := range s.x.Frames {
		if s.x.Frames[i] == nil {
			f.ID = FrameID(i)
			s.x.Frames[i] = f
			s.touch(f)
			return f
		}
	}
	f.ID = FrameID(len(s.x.Frames))
	s.x.Frames = append(s.x.Frames, f)
	s.touch(f)
	return f
}

// removeFrame takes f and everything below it out of the tree and cancels the work they wait for.
func (s *stepper) removeFrame(f *Frame) {
	if f.Join != nil {
		for _, child := range s.children(f) {
			s.removeFrame(child)
		}
	}
	s.cancel(f)
	s.unqueue(f) // its place in the queue must not pass to the next frame with this ID
	s.touch(f)
	s.x.Frames[f.ID] = nil
	for n := len(s.x.Frames); n > 1 && s.x.Frames[n-1] == nil; n-- {
		s.x.Frames = s.x.Frames[:n-1]
	}
}

// unqueue takes f off the queue of frames that can go on.
func (s *stepper) unqueue(f *Frame) {
	switch f.Phase {
	case Entering, Exiting, Rerunning, AwaitFrames:
		s.x.Ready = slices.DeleteFunc(s.x.Ready, func(id FrameID) bool { return id == f.ID })
	}
}

// cancel gives up the task or the map run that f waits for. A request of this very commit has not been sent and never will be.
func (s *stepper) cancel(f *Frame) {
	if f.Phase == AwaitRun && f.Run != nil {
		ref := s.ref(f)
		if unsent := slices.IndexFunc(s.c.Runs, func(r MapRequest) bool { return r.Ref == ref }); unsent >= 0 {
			s.c.Runs = slices.Delete(s.c.Runs, unsent, unsent+1)
		} else {
			s.c.QuitRuns = append(s.c.QuitRuns, f.Run.ARN)
		}
		return
	}
	if f.Task == nil {
		return
	}
	ref := s.ref(f)
	w := f.Task
	f.Task = nil
	unsent := slices.IndexFunc(s.c.Tasks, func(r TaskRequest) bool { return r.Ref == ref })
	if unsent < 0 {
		s.c.Cancel = append(s.c.Cancel, ref)
		if t, ok := s.state(f).(*asl.Task); ok && w.Handle != "" {
			s.c.Stop = append(s.c.Stop, Stop{Ref: ref, Handle: w.Handle, Resource: t.Resource.Text, State: t.Name})
		}
		return
	}
	s.c.Tasks = slices.Delete(s.c.Tasks, unsent, unsent+1)
}

// children returns the frames right below f, by index.
func (s *stepper) children(f *Frame) []*Frame {
	var found []*Frame
	for _, c := range s.x.Frames {
		if c != nil && c.Parent == f.ID {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *Frame) int { return int(a.Index - b.Index) })
	return found
}

func (s *stepper) ref(f *Frame) Ref { return Ref{Exec: s.x.ID, Frame: f.ID, Gen: f.Gen} }

// wait parks f under a new generation, which makes answers to earlier waits stale.
func (s *stepper) wait(f *Frame, phase Phase) {
	s.x.Gen++
	f.Gen, f.Phase = s.x.Gen, phase
	s.touch(f)
}

// state returns the state that f is in.
func (s *stepper) state(f *Frame) asl.State { return s.m.Flows[f.Flow].States[f.State] }

// focus makes paths and expressions see the state that f is in.
func (s *stepper) focus(f *Frame) asl.State {
	s.f, s.st, s.detail, s.item, s.context = f, s.state(f), nil, value.Value{}, value.Value{}
	s.common = s.st.Common()
	return s.st
}

// record appends a history event and returns its id.
func (s *stepper) record(r Record) int64 {
	if s.limits.Events > 0 && s.x.Events >= s.limits.Events-1 && !terminal(r.Type) {
		s.overflow = true
		return s.x.Events
	}
	s.x.Events++
	if r.At == 0 {
		r.At = s.now
	}
	r.At = max(r.At, s.last)
	s.last = r.At
	if !s.env.Discard {
		if s.c.Records == nil {
			s.c.Records = make([]Record, 0, 8) // most steps have a few
		}
		s.c.Records = append(s.c.Records, r)
	}
	return s.x.Events
}

// on appends an event to the line of f: it points at the one before, and the next one will point at it.
func (s *stepper) on(f *Frame, r Record) int64 {
	r.Prev = f.Prev
	f.Prev = s.record(r)
	return f.Prev
}

func terminal(t EventType) bool {
	return t == ExecutionFailed || t == ExecutionSucceeded || t == ExecutionAborted || t == ExecutionTimedOut
}

// failExecution ends the execution with an event that points at prev.
func (s *stepper) failExecution(prev int64, f Failure) {
	s.finish(Record{Type: ExecutionFailed, Prev: prev, Fail: &Failing{Error: f.Name, Cause: f.Cause}},
		Outcome{Status: Failed, Failure: f})
}

// finish closes the execution: its last event is recorded, and the work that frames wait for is cancelled. The frames go, unless a
// redrive may need them. When the history is full that is how it ends, whatever was about to be recorded.
//
// Source: limits, measured on AWS: event 25,000 is the failure, and points at event 24,999.
func (s *stepper) finish(r Record, o Outcome) {
	if s.overflow {
		f := Failure{
			Name:  Some(errRuntime),
			Cause: Some("The execution reached the maximum number of history events (" + itoa(s.limits.Events) + ")."),
		}
		r = Record{Type: ExecutionFailed, Prev: s.x.Events, Fail: &Failing{Error: f.Name, Cause: f.Cause}}
		o = Outcome{Status: Failed, Failure: f}
	}
	s.record(r)
	o.Stopped = s.last
	s.x.Status, s.x.Outcome, s.x.Deadline = o.Status, &o, 0
	keep := s.keepsFrames()
	for _, f := range s.x.Frames {
		switch {
		case f == nil:
		case keep:
			s.stop(f)
		default:
			s.cancel(f)
			s.c.Changed = append(s.c.Changed, f.ID)
		}
	}
	if !keep {
		s.x.Frames = nil
	}
	s.x.Ready = nil
}
