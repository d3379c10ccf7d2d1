package history

// field is one member of an event's details, with what stands beside it.
type field uint8

const (
	fieldName field = iota
	fieldIndex
	fieldLength
	fieldRedriveCount
	fieldInput
	fieldOutput
	fieldParameters
	fieldAssigned
	fieldError
	fieldCause
	fieldState
	fieldLocation
	fieldResourceType
	fieldResource
	fieldResourceARN // shown as "resource" too
	fieldRegion
	fieldTimeout
	fieldHeartbeat
	fieldCredentials
	fieldWorkerName
	fieldMapRunARN
	fieldRoleARN
	fieldAliasARN
	fieldVersionARN
)

// shape is the details member of an event type: its name and its fields in the order of the API model.
type shape struct {
	member string
	fields []field
}

var (
	enteredFields   = []field{fieldName, fieldInput}
	exitedFields    = []field{fieldName, fieldOutput, fieldAssigned}
	failureFields   = []field{fieldError, fieldCause}
	iterationFields = []field{fieldName, fieldIndex}
	outputFields    = []field{fieldOutput}
	taskFields      = []field{fieldResourceType, fieldResource}
	taskFailFields  = []field{fieldResourceType, fieldResource, fieldError, fieldCause}
	taskDoneFields  = []field{fieldResourceType, fieldResource, fieldOutput}
)

// shapes lists the types that have details. Source: members of HistoryEvent in the Step Functions API model.
var shapes = map[string]shape{
	"ExecutionStarted":   {"executionStartedEventDetails", []field{fieldInput, fieldRoleARN, fieldAliasARN, fieldVersionARN}},
	"ExecutionSucceeded": {"executionSucceededEventDetails", outputFields},
	"ExecutionFailed":    {"executionFailedEventDetails", failureFields},
	"ExecutionAborted":   {"executionAbortedEventDetails", failureFields},
	"ExecutionTimedOut":  {"executionTimedOutEventDetails", failureFields},
	"ExecutionRedriven":  {"executionRedrivenEventDetails", []field{fieldRedriveCount}},

	"PassStateEntered":     {"stateEnteredEventDetails", enteredFields},
	"TaskStateEntered":     {"stateEnteredEventDetails", enteredFields},
	"ChoiceStateEntered":   {"stateEnteredEventDetails", enteredFields},
	"WaitStateEntered":     {"stateEnteredEventDetails", enteredFields},
	"SucceedStateEntered":  {"stateEnteredEventDetails", enteredFields},
	"FailStateEntered":     {"stateEnteredEventDetails", enteredFields},
	"ParallelStateEntered": {"stateEnteredEventDetails", enteredFields},
	"MapStateEntered":      {"stateEnteredEventDetails", enteredFields},

	"PassStateExited":     {"stateExitedEventDetails", exitedFields},
	"TaskStateExited":     {"stateExitedEventDetails", exitedFields},
	"ChoiceStateExited":   {"stateExitedEventDetails", exitedFields},
	"WaitStateExited":     {"stateExitedEventDetails", exitedFields},
	"SucceedStateExited":  {"stateExitedEventDetails", exitedFields},
	"ParallelStateExited": {"stateExitedEventDetails", exitedFields},
	"MapStateExited":      {"stateExitedEventDetails", exitedFields},

	"MapStateStarted":       {"mapStateStartedEventDetails", []field{fieldLength}},
	"MapIterationStarted":   {"mapIterationStartedEventDetails", iterationFields},
	"MapIterationSucceeded": {"mapIterationSucceededEventDetails", iterationFields},
	"MapIterationFailed":    {"mapIterationFailedEventDetails", iterationFields},
	"MapIterationAborted":   {"mapIterationAbortedEventDetails", iterationFields},
	"MapRunStarted":         {"mapRunStartedEventDetails", []field{fieldMapRunARN}},
	"MapRunFailed":          {"mapRunFailedEventDetails", failureFields},
	"MapRunRedriven":        {"mapRunRedrivenEventDetails", []field{fieldMapRunARN, fieldRedriveCount}},

	"LambdaFunctionScheduled": {"lambdaFunctionScheduledEventDetails",
		[]field{fieldResourceARN, fieldInput, fieldTimeout, fieldCredentials}},
	"LambdaFunctionScheduleFailed": {"lambdaFunctionScheduleFailedEventDetails", failureFields},
	"LambdaFunctionStartFailed":    {"lambdaFunctionStartFailedEventDetails", failureFields},
	"LambdaFunctionSucceeded":      {"lambdaFunctionSucceededEventDetails", outputFields},
	"LambdaFunctionFailed":         {"lambdaFunctionFailedEventDetails", failureFields},
	"LambdaFunctionTimedOut":       {"lambdaFunctionTimedOutEventDetails", failureFields},

	"ActivityScheduled": {"activityScheduledEventDetails",
		[]field{fieldResourceARN, fieldInput, fieldTimeout, fieldHeartbeat}},
	"ActivityScheduleFailed": {"activityScheduleFailedEventDetails", failureFields},
	"ActivityStarted":        {"activityStartedEventDetails", []field{fieldWorkerName}},
	"ActivitySucceeded":      {"activitySucceededEventDetails", outputFields},
	"ActivityFailed":         {"activityFailedEventDetails", failureFields},
	"ActivityTimedOut":       {"activityTimedOutEventDetails", failureFields},

	"TaskScheduled": {"taskScheduledEventDetails", []field{fieldResourceType, fieldResource, fieldRegion, fieldParameters,
		fieldTimeout, fieldHeartbeat, fieldCredentials}},
	"TaskStarted":      {"taskStartedEventDetails", taskFields},
	"TaskSubmitted":    {"taskSubmittedEventDetails", taskDoneFields},
	"TaskSucceeded":    {"taskSucceededEventDetails", taskDoneFields},
	"TaskFailed":       {"taskFailedEventDetails", taskFailFields},
	"TaskStartFailed":  {"taskStartFailedEventDetails", taskFailFields},
	"TaskSubmitFailed": {"taskSubmitFailedEventDetails", taskFailFields},
	"TaskTimedOut":     {"taskTimedOutEventDetails", taskFailFields},

	"EvaluationFailed": {"evaluationFailedEventDetails", []field{fieldError, fieldCause, fieldLocation, fieldState}},
}
