package pack

import (
	"math"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// The fields of a frame, those of a parked task first. The first byte of a frame is 0 when the frame has gone, else its
// phase+1. Append only.
const (
	fState = iota
	fGen
	fPrev
	fEnteredEvent
	fEnteredPrev
	fEntered
	fInput
	fTask
	fDue
	fParent // a frame that is not the root: parent and index
	fFlow
	fResult
	fVars
	fItem
	fHeartbeat
	fAttempts
	fRetryCount
	fJoin
	fRun
	fFields
)

func (e *encoder) frame(f *states.Frame, x *states.Execution) {
	if f == nil {
		e.byte(0)
		return
	}
	child := f.Parent != states.NoFrame || f.Index != -1
	e.byte(byte(f.Phase) + 1)
	e.uint(bit(fState, f.State != 0) | bit(fGen, f.Gen != x.Gen) | bit(fPrev, f.Prev != x.Events) |
		bit(fEnteredEvent, f.EnteredEvent != 0) | bit(fEnteredPrev, f.EnteredPrev != f.EnteredEvent-1) |
		bit(fEntered, f.Entered != x.Last) | bit(fInput, !f.Input.IsNull()) | bit(fTask, f.Task != nil) | bit(fDue, f.Due != 0) |
		bit(fParent, child) | bit(fFlow, f.Flow != 0) | bit(fResult, !f.Result.IsNull()) | bit(fVars, !f.Vars.IsNull()) |
		bit(fItem, !f.Item.IsNull()) | bit(fHeartbeat, f.Heartbeat != 0) | bit(fAttempts, f.Attempts != nil) |
		bit(fRetryCount, f.RetryCount != 0) | bit(fJoin, f.Join != nil) | bit(fRun, f.Run != nil))
	if f.State != 0 {
		e.int(int64(f.State))
	}
	if f.Gen != x.Gen {
		e.uint(uint64(f.Gen))
	}
	if f.Prev != x.Events {
		e.int(f.Prev)
	}
	if f.EnteredEvent != 0 {
		e.int(f.EnteredEvent)
	}
	if f.EnteredPrev != f.EnteredEvent-1 {
		e.int(f.EnteredPrev)
	}
	if f.Entered != x.Last {
		e.time(f.Entered, x.Last)
	}
	if !f.Input.IsNull() {
		e.doc(f.Input)
	}
	if f.Task != nil {
		e.task(f.Task)
	}
	if f.Due != 0 {
		e.time(f.Due, x.Last)
	}
	if child {
		e.int(int64(f.Parent))
		e.int(int64(f.Index))
	}
	if f.Flow != 0 {
		e.int(int64(f.Flow))
	}
	for _, v := range [...]value.Value{f.Result, f.Vars, f.Item} {
		if !v.IsNull() {
			e.doc(v)
		}
	}
	if f.Heartbeat != 0 {
		e.time(f.Heartbeat, x.Last)
	}
	if f.Attempts != nil {
		e.count(len(f.Attempts))
		for _, n := range f.Attempts {
			e.uint(uint64(n))
		}
	}
	if f.RetryCount != 0 {
		e.int(int64(f.RetryCount))
	}
	if f.Join != nil {
		e.join(f.Join)
	}
	if f.Run != nil {
		e.runWait(f.Run)
	}
}

func (d *decoder) frame(id states.FrameID, x *states.Execution) *states.Frame {
	phase := d.enum(uint8(states.AwaitRun) + 1)
	if phase == 0 {
		return nil
	}
	has := d.flags(fFields)
	f := &states.Frame{
		ID: id, Parent: states.NoFrame, Index: -1, Phase: states.Phase(phase - 1),
		Gen: x.Gen, Prev: x.Events, Entered: x.Last,
	}
	if has&(1<<fState) != 0 {
		f.State = asl.StateID(d.int32())
	}
	if has&(1<<fGen) != 0 {
		f.Gen = d.uint32()
	}
	if has&(1<<fPrev) != 0 {
		f.Prev = d.int()
	}
	if has&(1<<fEnteredEvent) != 0 {
		f.EnteredEvent = d.int()
	}
	f.EnteredPrev = f.EnteredEvent - 1
	if has&(1<<fEnteredPrev) != 0 {
		f.EnteredPrev = d.int()
	}
	if has&(1<<fEntered) != 0 {
		f.Entered = d.time(x.Last)
	}
	if has&(1<<fInput) != 0 {
		f.Input = d.doc()
	}
	if has&(1<<fTask) != 0 {
		f.Task = d.task()
	}
	if has&(1<<fDue) != 0 {
		f.Due = d.time(x.Last)
	}
	if has&(1<<fParent) != 0 {
		f.Parent = states.FrameID(d.int32())
		f.Index = d.int32()
	}
	if has&(1<<fFlow) != 0 {
		f.Flow = asl.FlowID(d.int32())
	}
	if has&(1<<fResult) != 0 {
		f.Result = d.doc()
	}
	if has&(1<<fVars) != 0 {
		f.Vars = d.doc()
	}
	if has&(1<<fItem) != 0 {
		f.Item = d.doc()
	}
	if has&(1<<fHeartbeat) != 0 {
		f.Heartbeat = d.time(x.Last)
	}
	if has&(1<<fAttempts) != 0 {
		f.Attempts = make([]uint16, d.count())
		for i := range f.Attempts {
			f.Attempts[i] = d.uint16()
		}
	}
	if has&(1<<fRetryCount) != 0 {
		f.RetryCount = d.int32()
	}
	if has&(1<<fJoin) != 0 {
		f.Join = d.join()
	}
	if has&(1<<fRun) != 0 {
		f.Run = d.runWait()
	}
	return f
}

func (d *decoder) uint16() uint16 {
	u := d.uint()
	if u > math.MaxUint16 {
		d.fail(ErrCorrupt, "%d, expected a number of 16 bits", u)
	}
	return uint16(u)
}

// The fields of a task. Append only.
const (
	tArguments = iota
	tTimeout
	tHeartbeat
	tStarted
	tSubmitted
	tRole
	tWorker
	tHandle
	tFollow
	tFields
)

func (e *encoder) task(t *states.TaskWait) {
	e.uint(bit(tArguments, !t.Arguments.IsNull()) | bit(tTimeout, t.TimeoutSeconds != 0) |
		bit(tHeartbeat, t.HeartbeatSeconds != 0) | bit(tStarted, t.Started) | bit(tSubmitted, t.Submitted) |
		bit(tRole, t.RoleARN != "") | bit(tWorker, t.Worker != "") | bit(tHandle, t.Handle != "") | bit(tFollow, t.Follow))
	if !t.Arguments.IsNull() {
		e.doc(t.Arguments)
	}
	if t.TimeoutSeconds != 0 {
		e.int(t.TimeoutSeconds)
	}
	if t.HeartbeatSeconds != 0 {
		e.int(t.HeartbeatSeconds)
	}
	if t.RoleARN != "" {
		e.text(t.RoleARN)
	}
	if t.Worker != "" {
		e.text(t.Worker)
	}
	if t.Handle != "" {
		e.text(t.Handle)
	}
}

func (d *decoder) task() *states.TaskWait {
	has := d.flags(tFields)
	t := &states.TaskWait{Started: has&(1<<tStarted) != 0, Submitted: has&(1<<tSubmitted) != 0,
		Follow: has&(1<<tFollow) != 0}
	if has&(1<<tArguments) != 0 {
		t.Arguments = d.doc()
	}
	if has&(1<<tTimeout) != 0 {
		t.TimeoutSeconds = d.int()
	}
	if has&(1<<tHeartbeat) != 0 {
		t.HeartbeatSeconds = d.int()
	}
	if has&(1<<tRole) != 0 {
		t.RoleARN = d.text()
	}
	if has&(1<<tWorker) != 0 {
		t.Worker = d.text()
	}
	if has&(1<<tHandle) != 0 {
		t.Handle = d.text()
	}
	return t
}

// The fields of a join. Append only.
const (
	jItems = iota
	jEffective
	jResults
	jNext
	jRunning
	jDone
	jConcurrency
	jStarted
	jLast
	jFields
)

func (e *encoder) join(j *states.Join) {
	e.uint(bit(jItems, !j.Items.IsNull()) | bit(jEffective, !j.Effective.IsNull()) | bit(jResults, j.Results != nil) |
		bit(jNext, j.Next != 0) | bit(jRunning, j.Running != 0) | bit(jDone, j.Done != 0) |
		bit(jConcurrency, j.Concurrency != 0) | bit(jStarted, j.Started != 0) | bit(jLast, j.Last != 0))
	if !j.Items.IsNull() {
		e.doc(j.Items)
	}
	if !j.Effective.IsNull() {
		e.doc(j.Effective)
	}
	if j.Results != nil {
		e.count(len(j.Results))
		for _, v := range j.Results {
			e.doc(v)
		}
	}
	for _, n := range [...]int32{j.Next, j.Running, j.Done, j.Concurrency} {
		if n != 0 {
			e.int(int64(n))
		}
	}
	for _, n := range [...]int64{j.Started, j.Last} {
		if n != 0 {
			e.int(n)
		}
	}
}

func (d *decoder) join() *states.Join {
	has := d.flags(jFields)
	j := &states.Join{}
	if has&(1<<jItems) != 0 {
		j.Items = d.doc()
	}
	if has&(1<<jEffective) != 0 {
		j.Effective = d.doc()
	}
	if has&(1<<jResults) != 0 {
		j.Results = make([]value.Value, d.count())
		for i := range j.Results {
			j.Results[i] = d.doc()
		}
	}
	for i, n := range [...]*int32{&j.Next, &j.Running, &j.Done, &j.Concurrency} {
		if has&(1<<(jNext+i)) != 0 {
			*n = d.int32()
		}
	}
	for i, n := range [...]*int64{&j.Started, &j.Last} {
		if has&(1<<(jStarted+i)) != 0 {
			*n = d.int()
		}
	}
	return j
}
