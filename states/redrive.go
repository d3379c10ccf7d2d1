package states

import (
	"errors"
	"slices"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// ErrRedrive is the error of Step for a [Redrive] of an execution that cannot be redriven; [Execution.NotRedrivable] says why.
var ErrRedrive = errors.New("states: the execution cannot be redriven")

// RedriveMark says when an execution was redriven, and by which client token.
type RedriveMark struct {
	At    Millis
	Token string // empty: none was given
}

// The bounds of redriving.
//
// Source: AWS Step Functions Developer Guide, "Restarting state machine executions with redrive"; the tokens are those of the API
// model, RedriveExecution.
const (
	redrivePeriod = Millis(14 * 24 * 60 * 60 * 1000)  // after the end of the execution
	longestOpen   = Millis(365 * 24 * 60 * 60 * 1000) // running, all attempts together
	maxRedrives   = 1000
	tokenPeriod   = Millis(15 * 60 * 1000)
	keptMarks     = 10
)

// NotRedrivable returns why x cannot be redriven at a point in time, in the words of AWS, or "" when it can be. Of the limits
// only Events counts.
func (x *Execution) NotRedrivable(now Millis, limits Limits) string {
	if x.Status == Running || x.Status == Succeeded {
		return "Execution is " + x.Status.String() + " and cannot be redriven"
	}
	stopped := x.Last
	if x.Outcome != nil {
		stopped = x.Outcome.Stopped
	}
	events := limits.withDefaults().Events
	switch {
	case events > 0 && x.Events >= events-1:
		return "Execution history event limit exceeded"
	case len(x.Frames) == 0 || x.Frames[0] == nil: // it ended before frames were kept
		return "Execution was started before the launch of RedriveExecution"
	case x.Open+stopped-x.begun() >= longestOpen:
		return "Execution has exceeded the max execution time"
	case now-stopped > redrivePeriod:
		return "Execution redrivable period exceeded"
	case x.Redrives >= maxRedrives:
		return "Execution redrive limit exceeded" // a belief: no such text was seen
	}
	return ""
}

// RedrivenWith returns when x was redriven with this client token, if that was not long ago: the request is a repetition.
func (x *Execution) RedrivenWith(token string, now Millis) (Millis, bool) {
	for _, m := range x.Redriven {
		if token != "" && m.Token == token && now-m.At <= tokenPeriod {
			return m.At, true
		}
	}
	return 0, false
}

// LastRedrive returns when x was redriven the last time, 0 for never.
func (x *Execution) LastRedrive() Millis {
	if n := len(x.Redriven); n > 0 {
		return x.Redriven[n-1].At
	}
	return 0
}

// begun returns when the latest attempt of the execution began.
func (x *Execution) begun() Millis { return max(x.Started, x.LastRedrive()) }

// redrive lets every line of control go on that did not come to its end: in the state where it failed or was given up, with the
// input it had there. What succeeded is not run again; retries count from 0 and the machine's time begins anew.
//
// Which events a redrive writes was never recorded; see docs/differences.md#redrive.
//
// Source: AWS Step Functions Developer Guide, "Restarting state machine executions with redrive".
func (s *stepper) redrive(in Redrive) error {
	x := s.x
	if x.NotRedrivable(s.now, s.limits) != "" {
		return ErrRedrive
	}
	x.Open += x.Outcome.Stopped - x.begun()
	x.Status, x.Outcome = Running, nil
	x.Redrives++
	x.Redriven = slices.DeleteFunc(slices.Clone(x.Redriven), func(m RedriveMark) bool { return m.Token == "" })
	x.Redriven = append(x.Redriven[max(0, len(x.Redriven)-keptMarks+1):], RedriveMark{At: s.now, Token: in.Token})
	if t := s.m.TimeoutSeconds; t > 0 && x.Frames[0].Flow == 0 {
		x.Deadline = s.now + Millis(t)*1000
	}
	id := s.record(Record{Type: ExecutionRedriven, Prev: x.Events, N: int64(x.Redrives)})
	s.resume(x.Frames[0], id)
	return nil
}

// resume puts the lines of control of f and below on the queue; their next event points at prev. Nothing runs yet, so nothing
// can fail here.
func (s *stepper) resume(f *Frame, prev int64) {
	f.Prev = prev
	f.Attempts, f.RetryCount = nil, 0
	s.touch(f)
	if f.Phase != Stopped {
		s.ready(f) // it was about to enter a state, or to leave one whose work was done
		return
	}
	if j := f.Join; j != nil {
		children := s.children(f)
		s.wait(f, AwaitFrames)
		j.Running, j.Last = int32(len(children)), prev
		for _, child := range children {
			s.resume(child, prev)
		}
		if int(j.Next) < len(j.Results) {
			s.ready(f) // for the iterations that were never started
		}
		return
	}
	f.Phase = Rerunning
	if _, fails := s.state(f).(*asl.Fail); fails {
		f.Phase = Entering // as documented, a Fail state is entered again
	}
	s.ready(f)
}

// rerun begins the work of the state of f once more after a redrive.
func (s *stepper) rerun(f *Frame) {
	s.entered++
	s.focus(f)
	if st, ok := s.st.(*asl.Map); ok && f.Run != nil {
		s.redriveRun(f, st)
		return
	}
	s.work(f)
}

// resumeMap starts iterations of a Map that was redriven.
func (s *stepper) resumeMap(f *Frame) {
	if st, ok := s.focus(f).(*asl.Map); ok && f.Join != nil {
		if err := s.startIterations(f, st, f.Prev); err != nil {
			s.raise(f, err)
		}
	}
}

// keepsFrames reports whether an execution that has just ended may be redriven one day.
func (s *stepper) keepsFrames() bool {
	express := s.env.Host != nil && s.env.Host.Express
	return s.x.Status != Succeeded && !s.overflow && !express && s.env.Trace == nil
}

// stop gives up the work that f waits for and keeps the rest for a redrive: the state, its input and the variables. A frame that
// has not entered its state, or has only to leave it, stays as it is.
func (s *stepper) stop(f *Frame) {
	s.cancel(f)
	s.unqueue(f)
	s.touch(f)
	f.Due, f.Heartbeat, f.Attempts, f.RetryCount = 0, 0, nil, 0
	if f.Phase == Exiting || f.Phase == Entering && f.EnteredEvent == 0 {
		return
	}
	f.Phase, f.Result = Stopped, value.Value{}
}

// stopTree stops f and everything below it.
func (s *stepper) stopTree(f *Frame) {
	if f.Join != nil {
		for _, child := range s.children(f) {
			s.stopTree(child)
		}
	}
	s.stop(f)
}
