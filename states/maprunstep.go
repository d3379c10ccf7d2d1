package states

import (
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// MapRun is the moving part of a map run. A map run is an execution of its own that has no frames and writes no history: the
// distributed Map state that waits for it is told of its end alone, so that a hundred thousand child executions do not move the
// parent once. It knows its child executions by their places in the plan, from 0; the host keeps the plan.
type MapRun struct {
	ARN   string
	Flow  asl.FlowID // of the Map state
	State asl.StateID

	Writer value.Value // evaluated arguments of the ResultWriter

	Planned int32   // child executions in all
	Items   int64   // they work on
	Next    int32   // the next child execution to start
	Running []int32 // ascending; those that were started and have not ended

	Concurrency         int32 // child executions at once; 0: as many as the limits allow
	ToleratedCount      int64
	ToleratedPercentage float64

	Children, Done RunCounts // how child executions, and the items of them, ended
	Written        int64     // child executions whose results were gathered

	Again []int32 // those of before a redrive that are still to run again

	Ending  Ending
	Failure Failure // why it ends, unless it succeeds
	Aborted bool    // it was stopped from outside
}

// RunCounts counts ends.
type RunCounts struct{ Succeeded, Failed, TimedOut, Aborted int64 }

// total returns the sum.
func (c RunCounts) total() int64 { return c.Succeeded + c.Failed + c.TimedOut + c.Aborted }

func (c *RunCounts) add(s Status, n int64) {
	switch s {
	case Succeeded:
		c.Succeeded += n
	case TimedOut:
		c.TimedOut += n
	case Aborted:
		c.Aborted += n
	default:
		c.Failed += n
	}
}

// Ending says what a map run waits for before it ends.
type Ending uint8

// The endings.
const (
	Going    Ending = iota // child executions are started
	Stopping               // those that run are being stopped
	Writing                // the results are being gathered
)

type (
	// StartRun begins a map run, in an execution without frames. Failure is why it failed before it could start a child
	// execution; nil: it did not. Redrives is how often its Map state was redriven before it began: while its items were read.
	StartRun struct {
		Run      MapRun
		Failure  *Failure
		Redrives int32
	}

	// ChildEnded says that a child execution has ended. Items is how many items it worked on. Round is how often the map run had
	// been redriven when the child execution was started, or redriven, for the last time.
	ChildEnded struct {
		Child  int32
		Round  int32
		Items  int64
		Status Status
	}

	// RunWritten answers Commit.Write: the result of the Map state, or why there is none. TooLarge says that the outputs are
	// more than a payload may hold.
	RunWritten struct {
		Output   value.Value
		Written  int64
		TooLarge bool
		Failure  *Failure
	}

	// RedriveRun lets a map run go on that has ended without success. Children are the child executions that were started and
	// did not succeed, ascending: they run again, and then those that were never started. Redrives is how often its Map state was
	// redriven, which is more than once when the run had not ended in between; at least one more than before.
	RedriveRun struct {
		Children []int32
		Redrives int32
	}

	// UpdateRun changes what is not nil, as UpdateMapRun does.
	UpdateRun struct {
		Concurrency         *int32
		ToleratedCount      *int64
		ToleratedPercentage *float64
	}
)

func (StartRun) input()   {}
func (ChildEnded) input() {}
func (RunWritten) input() {}
func (UpdateRun) input()  {}
func (RedriveRun) input() {}

// Run returns the map run as it begins, when its plan has these numbers.
func (r *MapRequest) Run(planned int32, items int64) MapRun {
	return MapRun{
		ARN: r.ARN, Flow: r.Flow, State: r.ID, Planned: planned, Items: items, Concurrency: r.Concurrency,
		ToleratedCount: r.ToleratedCount, ToleratedPercentage: r.ToleratedPercentage, Writer: r.Writer,
	}
}

// Name returns the last part of the ARN, a UUID.
func (r *MapRun) Name() string { return r.ARN[strings.LastIndexByte(r.ARN, ':')+1:] }

// startRun begins the life of a map run.
func (s *stepper) startRun(in StartRun) error {
	if s.x.Run != nil || len(s.x.Frames) > 0 || s.x.Status != Running {
		return ErrStarted
	}
	if _, _, ok := Processor(s.m, in.Run.Flow, in.Run.State); !ok {
		return ErrInput
	}
	run := in.Run
	s.x.Run, s.x.Redrives, s.x.Started, s.x.Last = &run, in.Redrives, s.now, s.now
	if in.Failure != nil {
		s.endRun(Outcome{Status: Failed, Failure: *in.Failure})
		return nil
	}
	s.startChildren()
	return nil
}

// restartRun lets a map run go on that has ended.
func (s *stepper) restartRun(in RedriveRun) error {
	x := s.x
	switch {
	case x.Run == nil:
		return ErrInput
	case x.Status == Running:
		return ErrStale
	case x.Status == Succeeded:
		return ErrFinished
	}
	for i, child := range in.Children {
		if child < 0 || child >= x.Run.Next || i > 0 && child <= in.Children[i-1] {
			return ErrInput
		}
	}
	r := x.Run
	x.Status, x.Outcome = Running, nil
	x.Redrives = max(x.Redrives+1, in.Redrives)
	r.Again, r.Ending, r.Failure, r.Aborted, r.Written = slices.Clone(in.Children), Going, Failure{}, false, 0
	r.Children, r.Done = RunCounts{Succeeded: r.Children.Succeeded}, RunCounts{Succeeded: r.Done.Succeeded}
	s.startChildren()
	return nil
}

// runInput applies an input to a map run.
func (s *stepper) runInput(in Input) error {
	r := s.x.Run
	switch in := in.(type) {
	case ChildEnded:
		at, ok := slices.BinarySearch(r.Running, in.Child)
		if !ok || in.Round != s.x.Redrives {
			return ErrStale
		}
		r.Running = slices.Delete(r.Running, at, at+1)
		r.Children.add(in.Status, 1)
		r.Done.add(in.Status, in.Items)
		if r.Ending == Going && r.exceeded() {
			s.stopRun(Failure{
				Name: Some(errThreshold), Cause: Some("The specified tolerated failure threshold was exceeded"),
			})
		}
		s.startChildren()
	case RunWritten:
		if r.Ending != Writing {
			return ErrStale
		}
		r.Written = in.Written
		s.written(in)
	case UpdateRun:
		if r.Ending != Going {
			return ErrFinished
		}
		if in.Concurrency != nil {
			r.Concurrency = *in.Concurrency
		}
		if in.ToleratedCount != nil {
			r.ToleratedCount = *in.ToleratedCount
		}
		if in.ToleratedPercentage != nil {
			r.ToleratedPercentage = *in.ToleratedPercentage
		}
		s.startChildren()
	case Abort:
		r.Aborted = true
		s.stopRun(Failure{Name: in.Error, Cause: in.Cause})
		s.startChildren()
	case Tick, Continue: // a map run waits for no time
	default:
		return ErrInput
	}
	return nil
}

// exceeded reports whether more items failed than the Map tolerates. A limit of 0 is none when the other one is given.
//
// Source: AWS Step Functions Developer Guide, "Setting failure thresholds for Distributed Map states": DescribeMapRun shows an
// absent limit as 0, so that 0 cannot mean more than "not given".
func (r *MapRun) exceeded() bool {
	failed := r.Done.total() - r.Done.Succeeded
	switch {
	case failed == 0:
		return false
	case r.ToleratedCount == 0 && r.ToleratedPercentage == 0:
		return true
	case r.ToleratedCount > 0 && failed > r.ToleratedCount:
		return true
	}
	return r.ToleratedPercentage > 0 && float64(failed)*100 > r.ToleratedPercentage*float64(r.Items)
}

// stopRun begins to end a map run that does not succeed: no child execution is started any more, those that run are stopped.
func (s *stepper) stopRun(why Failure) {
	r := s.x.Run
	if r.Ending == Stopping {
		return
	}
	if r.Ending == Going {
		s.c.Quit = append(s.c.Quit, r.Running...)
	}
	r.Ending, r.Failure = Stopping, why
}

// startChildren starts as many child executions as the concurrency allows and, when none is left, ends the run.
func (s *stepper) startChildren() {
	r := s.x.Run
	limit := s.limits.Children
	if r.Concurrency > 0 {
		limit = min(limit, r.Concurrency)
	}
	for r.Ending == Going && len(r.Again) > 0 && int32(len(r.Running)) < limit {
		child := r.Again[0]
		r.Again = r.Again[1:]
		at, _ := slices.BinarySearch(r.Running, child)
		r.Running = slices.Insert(r.Running, at, child)
		s.c.Children = append(s.c.Children, child)
	}
	for r.Ending == Going && r.Next < r.Planned && int32(len(r.Running)) < limit {
		r.Running = append(r.Running, r.Next)
		s.c.Children = append(s.c.Children, r.Next)
		r.Next++
	}
	if len(r.Running) > 0 {
		return
	}
	switch {
	case r.Ending == Going && r.Next == r.Planned:
		s.write()
	case r.Ending == Stopping && r.Aborted:
		s.endRun(Outcome{Status: Aborted, Failure: r.Failure})
	case r.Ending == Stopping:
		s.write()
	}
}

// write asks for the results. A run that failed has none unless they go to a destination.
func (s *stepper) write() {
	r := s.x.Run
	if r.Ending == Stopping && !s.exports() {
		s.endRun(Outcome{Status: Failed, Failure: r.Failure})
		return
	}
	r.Ending, s.c.Write = Writing, true
}

// exports reports whether the Map state has a ResultWriter with a destination.
func (s *stepper) exports() bool {
	st, ok := s.m.Flows[s.x.Run.Flow].States[s.x.Run.State].(*asl.Map)
	return ok && st.Writer != nil && st.Writer.Resource != ""
}

// written ends the run with what came of gathering the results. The failure of the run itself comes first.
func (s *stepper) written(in RunWritten) {
	r := s.x.Run
	name := s.m.Flows[r.Flow].States[r.State].Common().Name
	switch {
	case r.Failure != Failure{}:
		s.endRun(Outcome{Status: Failed, Failure: r.Failure})
	case in.Failure != nil:
		s.endRun(Outcome{Status: Failed, Failure: *in.Failure})
	case in.TooLarge || in.Output.Size() > s.limits.Payload:
		s.endRun(Outcome{Status: Failed, Failure: tooLarge(name)})
	default:
		s.endRun(Outcome{Status: Succeeded, Output: in.Output})
	}
}

// endRun closes a map run.
func (s *stepper) endRun(o Outcome) {
	o.Stopped = s.now
	s.x.Last = s.now
	s.x.Status, s.x.Outcome = o.Status, &o
}

// Pending returns what a map run waits for, as commits said it: what a host takes up again after a restart.
func (r *MapRun) Pending() Commit {
	c := Commit{Write: r.Ending == Writing, Children: r.Running}
	if r.Ending == Stopping {
		c.Quit = r.Running
	}
	return c
}

// Waiting counts the child executions and the items that have not been started; it is told how many items are being worked on.
func (r *MapRun) Waiting(running int64) (children, items int64) {
	return int64(r.Planned - r.Next), r.Items - r.Done.total() - running
}
