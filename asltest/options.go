package asltest

import (
	"time"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// Options say who runs and how. The zero Options runs a Standard execution that calls no task.
type Options struct {
	// Resolve answers task calls. nil refuses every call with an [UnansweredError].
	Resolve Resolver
	// Tasks answers the calls that Resolve, or the mocks, leave open, with the handlers, jobs and callers of a program. Handlers take
	// no virtual time; jobs are polled on the virtual clock, and stopped. nil: such calls are refused with an [UnansweredError].
	Tasks *task.Mux
	// Machines are the state machines that tasks with the resource arn:aws:states:::states:startExecution may start, by name. They run on
	// the same clock. Calls that Resolve, or the mocks, answer do not get here; calls for other machines go to Tasks.
	Machines map[string]NestedMachine
	// Start is the time at which the execution starts; default 2025-01-01T00:00:00Z.
	Start time.Time
	// Objects is where distributed Maps read items and leave results; nil: such a Map fails.
	Objects task.Objects
	// Stop stops the execution from outside, as StopExecution does; nil: never.
	Stop *Stop
	// HasActivity tells whether an activity exists when a task for it is scheduled; nil: all do.
	HasActivity func(arn string) bool
	// Watch is told which parts of the definition the execution reaches; nil: nobody is.
	Watch func(states.Turn)

	Name        string // of the execution; default "execution"
	MachineName string // default "StateMachine"
	Account     string // default "123456789012"
	Region      string // default "us-east-1"
	RoleARN     string // default "arn:aws:iam::123456789012:role/StateMachineRole", with Account
	Express     bool
	// Sync says that an Express execution is started by StartSyncExecution: AWS then shows no RedriveCount in its context object.
	Sync bool

	// Limits are the quotas. An Express execution has no limit of history events unless Limits sets one, as on AWS.
	Limits states.Limits
	// Seed feeds States.UUID, States.MathRandom and the jitter of retries.
	Seed [16]byte
	// MaxElapsed ends the run when the execution wants to wait beyond it, in virtual time; default 100 years.
	MaxElapsed time.Duration
	// MaxSteps and MaxEvents bound the number of steps and of history events, so that a loop ends; default 100,000 and 200,000.
	// Beyond them Run fails with [ErrBudget].
	MaxSteps, MaxEvents int
}

// Stop is a StopExecution call. It is made at the first moment at which After has passed, at least Events history events are
// written and nothing else is left to happen at that moment.
type Stop struct {
	After        time.Duration
	Events       int64
	Error, Cause *string
}

const year = 365 * 24 * time.Hour

// withDefaults fills the fields that are zero.
func (o Options) withDefaults() Options {
	or := func(s *string, text string) {
		if *s == "" {
			*s = text
		}
	}
	or(&o.Name, "execution")
	or(&o.MachineName, "StateMachine")
	or(&o.Account, "123456789012")
	or(&o.Region, "us-east-1")
	or(&o.RoleARN, "arn:aws:iam::"+o.Account+":role/StateMachineRole")
	if o.Start.IsZero() {
		o.Start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	o.Start = o.Start.UTC().Truncate(time.Millisecond)
	if o.MaxElapsed <= 0 {
		o.MaxElapsed = 100 * year
	}
	if o.MaxSteps <= 0 {
		o.MaxSteps = 100_000
	}
	if o.MaxEvents <= 0 {
		o.MaxEvents = 200_000
	}
	if o.Express && o.Limits.Events == 0 {
		o.Limits.Events = -1
	}
	return o
}

// host returns what the context object says of the execution and its state machine, as AWS words it.
func (o Options) host(input value.Value) *states.Host {
	id := o.arn("execution") + o.MachineName + ":" + o.Name
	if o.Express {
		id = o.arn("express") + o.MachineName + ":" + o.Name + ":00000000-0000-4000-8000-000000000000"
	}
	return o.hostOf(id, o.Name, o.MachineName, input, states.MillisOf(o.Start), o.Express)
}

// arn returns how the ARNs of a kind begin.
func (o Options) arn(kind string) string {
	return "arn:aws:states:" + o.Region + ":" + o.Account + ":" + kind + ":"
}

func (o Options) hostOf(id, name, machine string, input value.Value, started states.Millis, express bool) *states.Host {
	text := value.FromString
	execution := []value.Member{
		value.M("Id", text(id)),
		value.M("Input", input),
		value.M("StartTime", text(started.Time().Format("2006-01-02T15:04:05.000Z"))),
		value.M("Name", text(name)),
		value.M("RoleArn", text(o.RoleARN)),
	}
	if !o.Sync {
		execution = append(execution, value.M("RedriveCount", value.FromInt(0)))
	}
	return &states.Host{
		Execution: value.FromMembers(execution),
		StateMachine: value.Obj(
			value.M("Id", text(o.arn("stateMachine")+machine)),
			value.M("Name", text(machine)),
		),
		RoleARN: o.RoleARN,
		Region:  o.Region,
		Express: express,
	}
}
