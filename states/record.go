package states

import "github.com/gait-engine/gait/internal/value"

// Record is one history event as the core decided it. Package history renders records as AWS shapes them; which fields a type
// uses is listed there. Ids are not stored: the records of an execution are numbered from 1 in order.
type Record struct {
	Type EventType
	At   Millis
	Prev int64       // previousEventId
	Name string      // state name (the Map state's for iterations); resource of Lambda and activity events; worker name; map run ARN
	N    int64       // iteration index; length of a Map; redrive count
	Doc  value.Value // input, output or parameters; valid when HasDoc
	Vars value.Value // assignedVariables, an object; null when nothing was assigned
	Task *TaskDetail // TaskScheduled and the other Task… events; timeouts of Lambda and activity events
	Fail *Failing    // error and cause

	HasDoc bool
}

// TaskDetail is what task events tell of the resource.
type TaskDetail struct {
	ResourceType, Resource, Region   string
	TimeoutSeconds, HeartbeatSeconds int64 // 0: absent
	RoleARN                          string
}

// Failing is what failure events tell.
type Failing struct {
	Error, Cause Text
	Location     string // EvaluationFailed: the field; empty: absent
}

// EventType is the type of a history event.
type EventType uint8

// The event types this core writes, by family. Values are stored: append only.
const (
	ExecutionStarted EventType = iota + 1
	ExecutionSucceeded
	ExecutionFailed
	ExecutionAborted
	ExecutionTimedOut
	ExecutionRedriven
	PassStateEntered
	PassStateExited
	TaskStateEntered
	TaskStateExited
	TaskStateAborted
	ChoiceStateEntered
	ChoiceStateExited
	WaitStateEntered
	WaitStateExited
	WaitStateAborted
	SucceedStateEntered
	SucceedStateExited
	FailStateEntered
	ParallelStateEntered
	ParallelStateExited
	ParallelStateAborted
	ParallelStateStarted
	ParallelStateSucceeded
	ParallelStateFailed
	MapStateEntered
	MapStateExited
	MapStateAborted
	MapStateStarted
	MapStateSucceeded
	MapStateFailed
	MapIterationStarted
	MapIterationSucceeded
	MapIterationFailed
	MapIterationAborted
	MapRunStarted
	MapRunSucceeded
	MapRunFailed
	MapRunAborted
	MapRunRedriven
	LambdaFunctionScheduled
	LambdaFunctionScheduleFailed
	LambdaFunctionStarted
	LambdaFunctionStartFailed
	LambdaFunctionSucceeded
	LambdaFunctionFailed
	LambdaFunctionTimedOut
	ActivityScheduled
	ActivityScheduleFailed
	ActivityStarted
	ActivitySucceeded
	ActivityFailed
	ActivityTimedOut
	TaskScheduled
	TaskStartedEvent
	TaskStartFailed
	TaskSubmittedEvent
	TaskSubmitFailed
	TaskSucceededEvent
	TaskFailedEvent
	TaskTimedOut
	EvaluationFailed
)

var eventNames = [...]string{
	"", "ExecutionStarted", "ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut", "ExecutionRedriven",
	"PassStateEntered", "PassStateExited", "TaskStateEntered", "TaskStateExited", "TaskStateAborted", "ChoiceStateEntered",
	"ChoiceStateExited", "WaitStateEntered", "WaitStateExited", "WaitStateAborted", "SucceedStateEntered", "SucceedStateExited",
	"FailStateEntered", "ParallelStateEntered", "ParallelStateExited", "ParallelStateAborted", "ParallelStateStarted",
	"ParallelStateSucceeded", "ParallelStateFailed", "MapStateEntered", "MapStateExited", "MapStateAborted", "MapStateStarted",
	"MapStateSucceeded", "MapStateFailed", "MapIterationStarted", "MapIterationSucceeded", "MapIterationFailed",
	"MapIterationAborted", "MapRunStarted", "MapRunSucceeded", "MapRunFailed", "MapRunAborted", "MapRunRedriven",
	"LambdaFunctionScheduled", "LambdaFunctionScheduleFailed", "LambdaFunctionStarted", "LambdaFunctionStartFailed",
	"LambdaFunctionSucceeded", "LambdaFunctionFailed", "LambdaFunctionTimedOut", "ActivityScheduled", "ActivityScheduleFailed",
	"ActivityStarted", "ActivitySucceeded", "ActivityFailed", "ActivityTimedOut", "TaskScheduled", "TaskStarted",
	"TaskStartFailed", "TaskSubmitted", "TaskSubmitFailed", "TaskSucceeded", "TaskFailed", "TaskTimedOut", "EvaluationFailed",
}

// String returns the name of the type as AWS spells it.
func (t EventType) String() string {
	if int(t) < len(eventNames) {
		return eventNames[t]
	}
	return ""
}
