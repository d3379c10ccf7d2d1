package engine

import (
	"time"

	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// run is an execution in memory. It belongs to its shard's goroutine; only id and shard may be read by others.
type run struct {
	id      states.ExecID
	machine *machine
	arn     ID
	host    states.Host
	x       *states.Execution // nil until it is loaded
	create  *store.Execution  // header, until the first commit is durable
	origin  origin            // on whose behalf it was started

	inbox    []entry // what arrived while it could not be stepped
	flying   []entry // what the commit in flight was made from
	inflight bool    // a commit is with the writer
	loading  bool
	more     bool          // the last commit asked for a Continue
	tick     bool          // a timer fired
	resend   bool          // pending tasks are to be delivered again
	queued   bool          // is on the shard's list of runs to step
	delivery int           // of the tasks that resend delivers
	failures int           // of the store, in a row
	unread   int           // how often it could not be read, in a row
	ailing   error         // why it can lastingly not be read; guarded by the shard's mu
	halted   error         // why it was halted: it is loaded to be stopped, and for nothing else
	remains  bool          // x is made of the header alone, and its state is to be stored anew
	fed      int           // places of the feeder that it holds
	doubt    *doubt        // the commit that was refused last, until it is known whether it is stored
	due      states.Millis // the timer that is set for it

	stateSeq uint64 // the seq of the state that is stored

	newer, older *run // the shard's list of idle runs, when idle
	idle         bool
}

// entry is an input and the caller who waits for it to become durable.
type entry struct {
	in   states.Input
	call *call
}

// call is a caller of the engine who waits. Only the first answer counts.
type call struct {
	done chan error // has room for one; nil: then is told instead
	ref  states.Ref // of the wait that must be open; zero: no condition
	kept bool       // its input is stepped again when the store refused the commit, as those without a caller are
	then func(error)
	poll *poller // the worker that is to get a task, in place of done; nil for other callers
	same bool    // that task was scheduled by the same commit: without it there is none

	redriven states.Millis // of a Redrive: when it was done; set before the answer
}

// newCall returns a caller; ref is the wait that must be open for its input, or zero.
func newCall(ref states.Ref) *call { return &call{done: make(chan error, 1), ref: ref} }

func (c *call) answer(err error) {
	if c == nil {
		return
	}
	if c.then != nil {
		c.then(err)
		return
	}
	if c.poll != nil && c.same {
		c.poll.activities.miss(c.poll)
		return
	}
	if c.poll != nil {
		c.poll.activities.refused(c.poll, err)
		return
	}
	select {
	case c.done <- err:
	default:
	}
}

// internal reports whether an input belongs to the engine itself.
func (in *entry) internal() bool { return in.call == nil || in.call.kept }

// host returns what the context object says of an execution until it is redriven again. redriven is 0 before the first time.
//
// Source: recorded context objects: Id, Input, StartTime, Name, RoleArn, RedriveCount, in this order. Where RedriveTime stands
// among them is a belief. A synchronous Express execution shows no RedriveCount at all.
func (e *Engine) host(m *machine, arn ID, started states.Millis, input value.Value, redrives int32, redriven states.Millis) states.Host {
	members := []value.Member{
		value.M("Id", value.FromString(string(arn))),
		value.M("Input", input),
		value.M("StartTime", value.FromString(timestamp(started))),
		value.M("Name", value.FromString(arn.Name())),
		value.M("RoleArn", value.FromString(m.role)),
	}
	if redrives != noRedriveCount {
		members = append(members, value.M("RedriveCount", value.FromInt(int64(redrives))))
	}
	if redriven != 0 {
		members = append(members, value.M("RedriveTime", value.FromString(timestamp(redriven))))
	}
	return states.Host{
		Execution:    value.FromMembers(members),
		StateMachine: m.member,
		RoleARN:      m.role,
		Region:       e.cfg.Region,
	}
}

// noRedriveCount is the number of redrives of an execution that shows none.
const noRedriveCount = -1

// timestamp writes a time as the context object does: ISO 8601 in UTC with the fraction's trailing zeros dropped.
func timestamp(m states.Millis) string { return m.Time().Format(time.RFC3339Nano) }

// write fills w in with the commit c, which made r.x what it is. The bytes are in buf, which is returned.
func (r *run) write(w *store.Write, c *states.Commit, now states.Millis, buf []byte) []byte {
	x := r.x
	buf = pack.AppendCommit(buf, c, x)
	log := len(buf)
	if r.writesState() {
		buf = pack.AppendExecution(buf, x)
		r.stateSeq = x.Seq
	}
	state := len(buf)
	if x.Outcome != nil {
		buf = pack.AppendOutcome(buf, x.Outcome)
	}
	due := x.NextDue()
	if r.due > now && (due == 0 || r.due < due) {
		due = r.due // the timer that is set stays, see Write.Due
	}
	*w = store.Write{
		Create: r.create, ID: r.id, Base: c.Base, FirstEvent: c.FirstEvent, Events: x.Events,
		Log: buf[:log:log], Status: x.Status, Due: due,
		Pending: deliverable(x) || r.waited() != nil, Redrives: x.Redrives,
	}
	if state > log {
		w.State = buf[log:state:state]
	}
	if x.Outcome != nil {
		w.Stopped, w.Outcome = x.Outcome.Stopped, buf[state:]
	}
	if x.Status == states.Succeeded && w.State == nil {
		w.State, r.stateSeq = []byte{}, x.Seq // there is nothing to go on from
	}
	return buf
}

// stateEvery is after how many commits the whole state is stored again. In between the log says how it changed; loading an
// execution reads at most so many entries of it.
const stateEvery = 32

// writesState reports whether the commit that is being written stores the state. That of a success is only what is known of its
// redrives, or what there is to tell of a map run.
func (r *run) writesState() bool {
	if r.remains {
		return true
	}
	if r.x.Status == states.Succeeded {
		return r.x.Redrives > 0 || r.x.Run != nil
	}
	return r.x.Seq-r.stateSeq >= stateEvery
}

// deliverable reports whether x has something that the engine must do by itself after a restart: deliver a task, or go on.
func deliverable(x *states.Execution) bool {
	if x.Status != states.Running {
		return false
	}
	if len(x.Ready) > 0 || x.Run != nil {
		return true
	}
	for _, f := range x.Frames {
		if waitsForHost(f) || waitsForRun(f) || following(f) {
			return true
		}
	}
	return false
}

// waitsForHost reports whether the engine owes f a call of a handler.
func waitsForHost(f *states.Frame) bool {
	return f != nil && f.Phase == states.AwaitTask && f.Task != nil && !f.Task.Submitted
}

// open reports whether the wait that ref addresses still goes on.
func open(x *states.Execution, ref states.Ref) bool {
	if x == nil || x.Status != states.Running || int(ref.Frame) >= len(x.Frames) || ref.Frame < 0 {
		return false
	}
	f := x.Frames[ref.Frame]
	return f != nil && f.Gen == ref.Gen && f.Phase == states.AwaitTask
}
