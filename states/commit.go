package states

import (
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// Commit is the whole effect of one step. Its slices are not modified after Step returns; the frames it names are those of the
// execution it was made from.
type Commit struct {
	Exec       ExecID
	Base       uint64    // Execution.Seq before the step: the optimistic fence. Execution.Seq is Base+1 afterwards
	FirstEvent int64     // id of Records[0]
	Records    []Record  // history records; ids follow each other
	Changed    []FrameID // frames put or removed, ascending
	Tasks      []TaskRequest
	Runs       []MapRequest // map runs to make
	Cancel     []Ref        // waits whose work no longer matters
	Stop       []Stop       // those of Cancel that were submitted with a handle: work that goes on by itself unless it is stopped
	QuitRuns   []string     // ARNs of map runs that nobody waits for any more
	Outcome    *Outcome     // nil while running
	More       bool         // the transition budget is spent: the host must step a [Continue]

	// The rest is of map runs: see [MapRun].
	Children []int32 // child executions to start, by their place in the plan
	Quit     []int32 // child executions to stop
	Write    bool    // the results are to be gathered, and answered with [RunWritten]
}

// TaskRequest asks the host to have work done. Hosts act on it only after the commit is durable.
type TaskRequest struct {
	Ref              Ref
	Resource         string // as written in the definition
	Input            value.Value
	State            string // name
	Attempt          int    // 0 at first, then the retry count
	TimeoutSeconds   int64  // 0: none
	HeartbeatSeconds int64  // 0: none
	Token            string // empty unless the resource waits for a task token
	Pattern          asl.Pattern
	RoleARN          string // Credentials; empty: the execution's role
}

// Stop asks the host to give up work that was submitted and that nobody waits for any more.
type Stop struct {
	Ref      Ref
	Handle   string // of TaskSubmitted
	Resource string // as written in the definition
	State    string // name
}

// Env is everything a step may know of the outside world.
type Env struct {
	Now      time.Time // the step's only clock; used with millisecond precision
	Seed     [16]byte  // entropy for jitter, States.UUID, States.MathRandom, $random, $uuid
	TokenKey [32]byte  // seals task tokens
	Host     *Host
	Limits   Limits
	// Discard leaves Commit.Records empty; events are counted all the same. For runs that nobody looks back at.
	Discard bool
	// HasActivity, when it is set, tells whether there is an activity of this ARN for a state of this name; otherwise all exist.
	HasActivity func(state, arn string) bool
	// Worker, when it is set, is asked at the end of the step about each task for an activity that the step has scheduled: whether
	// a worker waits for it already, and its name. Then the same commit says that this worker has the task, as [TaskStarted] does,
	// and the task is not among its Tasks. The worker is to have it once the commit is durable.
	Worker func(ref Ref, arn string) (name string, waits bool)
	// Scratch, when it is set, saves the step some of its garbage.
	Scratch *Scratch
	// Watch, when it is set, is told what of the definition the step reached. Coverage is made of it; it must not call back.
	Watch func(Turn)
	// Trace, when it is set, shows how one state comes to its output; see there how it changes the step.
	Trace *Trace
}

// Host is what stays the same for all steps of one execution.
type Host struct {
	Execution    value.Value // the Execution member of the context object, with Id, Input, StartTime, Name, RoleArn, …
	StateMachine value.Value // the StateMachine member: Id and Name
	RoleARN      string
	Region       string
	Express      bool
}

// Limits are the quotas of AWS, or other ones. A zero field means the quota of AWS, a negative number of bytes or events no limit.
type Limits struct {
	Payload     int   // bytes of an input, output or result; 262,144
	Events      int64 // history events; 25,000. Negative for Express
	Transitions int   // states entered in one step before it yields; 128
	Variable    int   // bytes of one variable and of one Assign; 262,144
	Variables   int   // bytes of all variables of an execution; 10,485,760
	Concurrency int32 // iterations of an inline Map at once; 40
	Children    int32 // child executions of a map run at once; 10,000
}

// Input is one of [Start], [TaskStarted], [TaskSubmitted], [TaskSucceeded], [TaskFailed], [RunEnded], [Heartbeat], [Tick],
// [Abort], [Continue], [Redrive] or [Batch]. Those of map runs are [StartRun], [ChildEnded], [RunWritten], [UpdateRun],
// [Abort] and [RedriveRun].
type Input interface{ input() }

type (
	// Start begins the execution, whose Frames must be empty. A child execution of a map run begins with the Flow of the item
	// processor, and Item is the Map.Item that its context object shows, if any; the machine's TimeoutSeconds is not its own.
	Start struct {
		Input value.Value
		Flow  asl.FlowID
		Item  value.Value
	}

	// TaskStarted says that the work has begun, at At or, when that is 0, now. Worker is the name an activity worker gave. A
	// host that lets the news ride with a later input sends it before that input in a [Batch]. Taken says that a worker has the
	// task and answers for it, so that the host does not deliver it again.
	TaskStarted struct {
		Ref    Ref
		Worker string
		At     Millis
		Taken  bool
	}

	// TaskSubmitted says that a Run-a-Job or callback resource has answered the request itself. Handle is what the host needs to
	// find the work again; Follow says that the host sees to it that the end of the work is noticed. Both are kept in the
	// frame's TaskWait.
	TaskSubmitted struct {
		Ref    Ref
		Output value.Value
		Handle string
		Follow bool
	}

	// TaskSucceeded brings the result. StartedAt is when the work began if no TaskStarted was sent before.
	TaskSucceeded struct {
		Ref       Ref
		Output    value.Value
		StartedAt Millis
	}

	// TaskFailed brings the failure of the work. Callback says that it came with the task token.
	TaskFailed struct {
		Ref       Ref
		Failure   Failure
		StartedAt Millis
		Stage     FailStage
		Callback  bool
	}

	// Heartbeat says that the work is still going on.
	Heartbeat struct{ Ref Ref }

	// Tick lets time pass: whatever is due at Env.Now happens.
	Tick struct{}

	// Abort stops the execution, as StopExecution does.
	Abort struct{ Error, Cause Text }

	// Continue goes on after a commit with More, unless the machine's time is up.
	Continue struct{}

	// Redrive makes an execution that ended without success go on from where it failed. Token makes asking again harmless; it may
	// be empty. It stands alone, never in a Batch.
	Redrive struct{ Token string }

	// Batch applies several inputs in order in one commit. Stale members are skipped.
	Batch []Input
)

func (Start) input()         {}
func (TaskStarted) input()   {}
func (TaskSubmitted) input() {}
func (TaskSucceeded) input() {}
func (TaskFailed) input()    {}
func (Heartbeat) input()     {}
func (Tick) input()          {}
func (Abort) input()         {}
func (Continue) input()      {}
func (Redrive) input()       {}
func (Batch) input()         {}

// FailStage says how far the work got before it failed: it decides the type of the history event.
type FailStage uint8

// The stages.
const (
	WorkFailed     FailStage = iota // TaskFailed, LambdaFunctionFailed, ActivityFailed
	StartFailed                     // TaskStartFailed, LambdaFunctionStartFailed
	SubmitFailed                    // TaskSubmitFailed
	ScheduleFailed                  // LambdaFunctionScheduleFailed, ActivityScheduleFailed
)
