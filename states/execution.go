package states

import (
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// ExecID numbers the executions of one store, from 1, growing with time.
type ExecID int64

// Status is the state of an execution as a whole.
type Status uint8

// The statuses. Running is the only one that is not final.
const (
	Running Status = iota
	Succeeded
	Failed
	TimedOut
	Aborted
)

// String returns the name as AWS spells it: "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT" or "ABORTED".
func (s Status) String() string {
	return [...]string{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}[s]
}

// Millis is a point in time in milliseconds since 1970 UTC, the precision of AWS histories. 0 means none.
type Millis int64

// Time returns m as a time in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// MillisOf cuts t to a Millis.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Execution is the whole moving state of one execution: its counters and its tree of frames. The host owns it and hands it to
// [Step], which changes it in place; after a commit that could not be stored the host must drop it and load it again.
type Execution struct {
	ID       ExecID
	Seq      uint64 // commits so far
	Events   int64  // history events so far
	Gen      uint32 // the last generation given to a wait
	Last     Millis // time of the latest record; time never runs backwards in a history
	Started  Millis
	Deadline Millis // of the machine's TimeoutSeconds; 0: none
	Status   Status
	Redrives int32
	Redriven []RedriveMark // the latest redrives, oldest first
	Open     Millis        // how long it was running before the latest redrive, in milliseconds
	Input    value.Value
	// Frames is indexed by FrameID; nil where a frame has gone. Frames[0] is the root. An execution that has ended without success
	// keeps the frames from which a redrive can go on.
	Frames  []*Frame
	Ready   []FrameID // frames that can go on at once, in turn; not empty only when Commit.More was set
	Outcome *Outcome  // how it ended; nil while running
	Run     *MapRun   // of a map run, which has no frames; nil for others
}

// Outcome is how an execution ended.
type Outcome struct {
	Status  Status
	Output  value.Value // when Succeeded
	Failure Failure     // when Failed, TimedOut or Aborted
	Stopped Millis
}

// Text is a string that may be absent.
type Text struct {
	Set bool
	S   string
}

// Some returns a present text.
func Some(s string) Text { return Text{Set: true, S: s} }

// Failure is an ASL error: a name and a cause, either of which may be absent.
type Failure struct {
	Name, Cause Text
	// Nulls makes a catcher see null for an absent part, as after SendTaskFailure; otherwise the part is missing.
	Nulls bool
	// Task tells failures of a task's work, which States.TaskFailed matches.
	Task bool
	// Heartbeat tells a heartbeat that ran out from other timeouts: States.HeartbeatTimeout matches it too.
	Heartbeat bool
	// TimedOut tells timeouts that the core found itself.
	TimedOut bool
}

// FrameID indexes Execution.Frames. Identifiers are used again when a frame has gone; generations are not.
type FrameID int32

// NoFrame is the parent of the root frame.
const NoFrame FrameID = -1

// Phase says what a frame is doing between two steps.
type Phase uint8

// The phases.
const (
	Entering    Phase = iota // about to enter Frame.State
	AwaitTask                // a task is out
	AwaitTimer               // a Wait state
	AwaitRetry               // backing off before the next attempt
	AwaitFrames              // Parallel and inline Map: children are running
	Exiting                  // the state's work is done; Result is to be processed
	Done                     // the flow has ended; Output is set
	Stopped                  // the flow failed or was given up in Frame.State; a redrive runs the state again
	Rerunning                // about to run Frame.State again after a redrive, without entering it anew
	AwaitRun                 // distributed Map: a map run is out
)

// String returns a lower-case name for messages.
func (p Phase) String() string {
	return [...]string{"entering", "task", "timer", "retry", "frames", "exiting", "done", "stopped", "rerunning", "run"}[p]
}

// Frame is one activation of a flow: the root, a Parallel branch or an inline Map iteration.
type Frame struct {
	ID, Parent FrameID
	Index      int32 // branch or item index; -1 at the root
	Flow       asl.FlowID
	State      asl.StateID
	Phase      Phase
	Gen        uint32 // of the current wait; an input that carries another generation is stale

	Prev         int64  // previousEventId of this line's next event
	EnteredEvent int64  // id of the current state's StateEntered event
	EnteredPrev  int64  // previousEventId of that event
	Entered      Millis // when the current state was entered

	Attempts   []uint16 // per retrier of the current state; nil before the first retry
	RetryCount int32    // attempts of the current state so far, without the first

	Input  value.Value // raw input of the current state
	Result value.Value // Exiting: what the work gave
	Vars   value.Value // variables assigned in this scope, an object
	Item   value.Value // the Map.Item of the context object; null outside of iterations

	Due       Millis // AwaitTimer, AwaitRetry: when it goes on; AwaitTask: when it times out. 0: never
	Heartbeat Millis // AwaitTask: when the heartbeat runs out. 0: never

	Task *TaskWait // AwaitTask
	Join *Join     // AwaitFrames
	Run  *RunWait  // AwaitRun
}

// TaskWait is what a frame knows of the task it waits for.
type TaskWait struct {
	Arguments                        value.Value // as sent to the resource
	TimeoutSeconds, HeartbeatSeconds int64       // 0: none
	RoleARN                          string
	Started                          bool
	Submitted                        bool // the resource, or an activity's worker, has it: nothing is to be delivered again
	Worker                           string
	Handle                           string // of the work that was submitted; empty: it needs none
	Follow                           bool   // the host sees to it that the end of the submitted work is noticed
}

// Join gathers the results of the frames of a Parallel or an inline Map.
type Join struct {
	Items       value.Value   // Map: the items; Parallel: null
	Effective   value.Value   // effective input, which ItemSelector sees
	Results     []value.Value // by index; null until the child is done
	Next        int32         // index of the next iteration to start
	Running     int32         // children alive
	Done        int32         // children that succeeded
	Concurrency int32         // iterations at once
	Started     int64         // id of the ParallelStateStarted or MapStateStarted event
	Last        int64         // Map: id of the last MapIterationSucceeded; Parallel: last event of the branch that ended last
}

// Ref addresses one wait of one frame.
type Ref struct {
	Exec  ExecID
	Frame FrameID
	Gen   uint32
}

// NextDue returns the earliest time at which the execution wants a [Tick], 0 when it waits for no time.
func (x *Execution) NextDue() Millis {
	due := x.Deadline
	if x.Status != Running {
		return 0
	}
	for _, f := range x.Frames {
		if f == nil {
			continue
		}
		for _, at := range [...]Millis{f.Due, f.Heartbeat} {
			if at != 0 && (due == 0 || at < due) {
				due = at
			}
		}
	}
	return due
}
