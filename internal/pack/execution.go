package pack

import (
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// The fields of an execution, in the order in which they are written. Append only.
const (
	xSeq = iota
	xEvents
	xGen
	xLast
	xDeadline
	xFrames
	xReady
	xStatus
	xRedrives
	xOutcome
	xRedriven
	xOpen
	xRun
	xFields
)

// AppendExecution appends the packed form of x to dst, without x.Input: stores keep the input once, beside the state. Frames
// that hold the very same document refer to it.
func AppendExecution(dst []byte, x *states.Execution) []byte {
	e := encoder{dst: dst}
	e.start(formExecution)
	e.uint(uint64(x.ID))
	e.int(int64(x.Started))
	if shareable(x.Input) {
		e.docs.add(x.Input)
	}
	e.counters(x)
	return e.dst
}

// counters writes what [xFields] lists. In commits the frames are left out: those that changed follow instead.
func (e *encoder) counters(x *states.Execution) {
	e.uint(bit(xSeq, x.Seq != 0) | bit(xEvents, x.Events != 0) | bit(xGen, x.Gen != 0) | bit(xLast, x.Last != 0) |
		bit(xDeadline, x.Deadline != 0) | bit(xFrames, len(x.Frames) != 0) | bit(xReady, len(x.Ready) != 0) |
		bit(xStatus, x.Status != 0) | bit(xRedrives, x.Redrives != 0) | bit(xOutcome, x.Outcome != nil) |
		bit(xRedriven, len(x.Redriven) != 0) | bit(xOpen, x.Open != 0) | bit(xRun, x.Run != nil))
	if x.Seq != 0 {
		e.uint(x.Seq)
	}
	if x.Events != 0 {
		e.int(x.Events)
	}
	if x.Gen != 0 {
		e.uint(uint64(x.Gen))
	}
	if x.Last != 0 {
		e.time(x.Last, x.Started)
	}
	if x.Deadline != 0 {
		e.time(x.Deadline, x.Started)
	}
	if len(x.Frames) != 0 {
		e.count(len(x.Frames))
		if !e.changes {
			for _, f := range x.Frames {
				e.frame(f, x)
			}
		}
	}
	if len(x.Ready) != 0 {
		e.count(len(x.Ready))
		for _, id := range x.Ready {
			e.int(int64(id))
		}
	}
	if x.Status != 0 {
		e.byte(byte(x.Status))
	}
	if x.Redrives != 0 {
		e.int(int64(x.Redrives))
	}
	if x.Outcome != nil {
		e.outcome(x.Outcome, x.Last)
	}
	if len(x.Redriven) != 0 {
		e.count(len(x.Redriven))
		for _, m := range x.Redriven {
			e.time(m.At, x.Started)
			e.text(m.Token)
		}
	}
	if x.Open != 0 {
		e.int(int64(x.Open))
	}
	if x.Run != nil {
		e.mapRun(x.Run)
	}
}

// Execution reads what [AppendExecution] wrote. input is the input of the execution, which becomes its Input. The error is an
// *[Error].
func Execution(src []byte, input value.Value) (*states.Execution, error) {
	var d decoder
	d.start(src, formExecution)
	x := &states.Execution{ID: states.ExecID(d.uint()), Started: states.Millis(d.int()), Input: input}
	if shareable(input) {
		d.docs = append(d.docs, input)
	}
	d.counters(x, false)
	if err := d.end(); err != nil {
		return nil, err
	}
	return x, nil
}

func (d *decoder) counters(x *states.Execution, changes bool) {
	has := d.flags(xFields)
	if has&(1<<xSeq) != 0 {
		x.Seq = d.uint()
	}
	if has&(1<<xEvents) != 0 {
		x.Events = d.int()
	}
	if has&(1<<xGen) != 0 {
		x.Gen = d.uint32()
	}
	if has&(1<<xLast) != 0 {
		x.Last = d.time(x.Started)
	}
	if has&(1<<xDeadline) != 0 {
		x.Deadline = d.time(x.Started)
	}
	if has&(1<<xFrames) != 0 {
		d.frames(x, changes)
	}
	if has&(1<<xReady) != 0 {
		for n := d.count(); n > 0 && d.err == nil; n-- {
			x.Ready = append(x.Ready, states.FrameID(d.int32()))
		}
	}
	if has&(1<<xStatus) != 0 {
		x.Status = states.Status(d.enum(uint8(states.Aborted)))
	}
	if has&(1<<xRedrives) != 0 {
		x.Redrives = d.int32()
	}
	if has&(1<<xOutcome) != 0 {
		x.Outcome = d.outcome(x.Last)
	}
	if has&(1<<xRedriven) != 0 {
		for n := d.count(); n > 0 && d.err == nil; n-- {
			x.Redriven = append(x.Redriven, states.RedriveMark{At: d.time(x.Started), Token: d.text()})
		}
	}
	if has&(1<<xOpen) != 0 {
		x.Open = states.Millis(d.int())
	}
	if has&(1<<xRun) != 0 {
		x.Run = d.mapRun()
	}
}

// frames reads all frames of an execution or, of a commit, only how many there are.
func (d *decoder) frames(x *states.Execution, changes bool) {
	if changes {
		// Frames that did not change take no bytes, so the count is bounded by what a commit could have made, not by the blob.
		n := d.uint()
		if n > maxFrames {
			d.fail(ErrCorrupt, "%d frames, expected at most %d", n, maxFrames)
			n = 0
		}
		d.frameCount = int(n)
		return
	}
	n := d.count()
	if n > 0 {
		x.Frames = make([]*states.Frame, 0, n)
	}
	for id := range states.FrameID(n) {
		if x.Frames = append(x.Frames, d.frame(id, x)); d.err != nil {
			return
		}
	}
}

// maxFrames bounds the frames of one execution: far more than a history of AWS's length could have entered.
const maxFrames = 1 << 20

// The fields of an outcome. Append only.
const (
	oOutput = iota
	oFailure
	oStopped
	oFields
)

// AppendOutcome appends the packed form of o to dst.
func AppendOutcome(dst []byte, o *states.Outcome) []byte {
	e := encoder{dst: dst}
	e.start(formOutcome)
	e.outcome(o, 0)
	return e.dst
}

// Outcome reads what [AppendOutcome] wrote. The error is an *[Error].
func Outcome(src []byte) (*states.Outcome, error) {
	var d decoder
	d.start(src, formOutcome)
	o := d.outcome(0)
	if err := d.end(); err != nil {
		return nil, err
	}
	return o, nil
}

func (e *encoder) outcome(o *states.Outcome, base states.Millis) {
	e.byte(byte(o.Status))
	e.uint(bit(oOutput, !o.Output.IsNull()) | bit(oFailure, o.Failure != states.Failure{}) | bit(oStopped, o.Stopped != 0))
	if !o.Output.IsNull() {
		e.doc(o.Output)
	}
	if (o.Failure != states.Failure{}) {
		e.failure(&o.Failure)
	}
	if o.Stopped != 0 {
		e.time(o.Stopped, base)
	}
}

func (d *decoder) outcome(base states.Millis) *states.Outcome {
	o := &states.Outcome{Status: states.Status(d.enum(uint8(states.Aborted)))}
	has := d.flags(oFields)
	if has&(1<<oOutput) != 0 {
		o.Output = d.doc()
	}
	if has&(1<<oFailure) != 0 {
		o.Failure = d.failure()
	}
	if has&(1<<oStopped) != 0 {
		o.Stopped = d.time(base)
	}
	return o
}

// The bits of a failure. Append only.
const (
	lName = iota
	lCause
	lNulls
	lTask
	lHeartbeat
	lTimedOut
	lFields
)

func (e *encoder) failure(f *states.Failure) {
	e.uint(bit(lName, f.Name.Set) | bit(lCause, f.Cause.Set) | bit(lNulls, f.Nulls) | bit(lTask, f.Task) |
		bit(lHeartbeat, f.Heartbeat) | bit(lTimedOut, f.TimedOut))
	if f.Name.Set {
		e.text(f.Name.S)
	}
	if f.Cause.Set {
		e.text(f.Cause.S)
	}
}

func (d *decoder) failure() (f states.Failure) {
	has := d.flags(lFields)
	if has&(1<<lName) != 0 {
		f.Name = states.Some(d.text())
	}
	if has&(1<<lCause) != 0 {
		f.Cause = states.Some(d.text())
	}
	f.Nulls, f.Task, f.Heartbeat = has&(1<<lNulls) != 0, has&(1<<lTask) != 0, has&(1<<lHeartbeat) != 0
	f.TimedOut = has&(1<<lTimedOut) != 0
	return f
}
