package asltest

import (
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/task/httptask"
)

// TestStateRequest is what AWS's TestState takes: one state, and the documents that it sees. Documents are JSON texts. The zero
// value of a member that is not a pointer means that it is absent.
//
// Source: AWS Step Functions API Reference, "TestState".
type TestStateRequest struct {
	// Definition is one state, or a whole state machine when StateName is set.
	Definition string
	// StateName is the state of the machine to test, also one inside of a Parallel or Map.
	StateName string
	// RoleARN is needed for a Task state without a mock.
	RoleARN   string
	Input     string // default "{}"
	Variables string // an object: the variables that the state sees
	// Context is the Context object, with a mock only. Without it names and times are made up.
	Context         string
	InspectionLevel string // "INFO" (default), "DEBUG" or "TRACE"
	RevealSecrets   bool
	Mock            *StateMock // nil: none
	Configuration   *StateConfiguration

	// Resolve stands for the services that a Task state without a mock calls. AWS calls them; here a call that nobody answers
	// is an [UnansweredError].
	Resolve Resolver
	// Account and Region appear in the Context object that is made up; default "123456789012", or the account of RoleARN, and
	// "us-east-1". Start is the time; default 2025-01-01T00:00:00Z. Seed feeds names and random functions.
	Account, Region string
	Start           time.Time
	Seed            [16]byte
}

// StateMock is the result of a Task, Map or Parallel state, or its failure: exactly one of Result and ErrorOutput is set.
type StateMock struct {
	// Result is a JSON text: what the service answers, the array of the results of all iterations, or that of all branches.
	Result      *string
	ErrorOutput *MockedError
	// FieldValidationMode says how Result is compared with the API of the service: "STRICT" (default), "PRESENT" or "NONE". Of
	// services that are not in the table of package asltest nothing is compared.
	FieldValidationMode string
}

// MockedError is the failure of a mock. A nil member is absent.
type MockedError struct{ Error, Cause *string }

// StateConfiguration says what happened before or inside of the state.
type StateConfiguration struct {
	// RetrierRetryCount is how often the retrier that matches the failure has been used.
	RetrierRetryCount int
	// ErrorCausedByState is the state inside of a Map or Parallel that a mocked failure comes from.
	ErrorCausedByState string
	// MapIterationFailureCount is how many iterations of a Map failed; nil: absent.
	MapIterationFailureCount *int
	// MapItemReaderData is the text that the ItemReader of a Map reads, as its InputType has it: JSON, lines of JSON, or CSV. Of
	// other InputTypes and of listObjectsV2 it is the JSON array of the items. Nil: absent; a mocked result then says how many
	// items there are.
	MapItemReaderData *string
}

// TestStateResponse is what AWS's TestState answers. Documents are JSON texts.
type TestStateResponse struct {
	Status         string          `json:"status"` // "SUCCEEDED", "FAILED", "RETRIABLE" or "CAUGHT_ERROR"
	Output         *string         `json:"output,omitempty"`
	Error          *string         `json:"error,omitempty"`
	Cause          *string         `json:"cause,omitempty"`
	NextState      string          `json:"nextState,omitempty"` // "" at the end of a flow and after a failure
	InspectionData *InspectionData `json:"inspectionData,omitempty"`
}

// InspectionData shows how the output came to be. Documents are JSON texts; absent members are nil.
type InspectionData struct {
	Input                      *string       `json:"input,omitempty"`
	AfterInputPath             *string       `json:"afterInputPath,omitempty"`
	AfterParameters            *string       `json:"afterParameters,omitempty"`
	AfterArguments             *string       `json:"afterArguments,omitempty"`
	Result                     *string       `json:"result,omitempty"`
	AfterResultSelector        *string       `json:"afterResultSelector,omitempty"`
	AfterResultPath            *string       `json:"afterResultPath,omitempty"`
	AfterItemsPath             *string       `json:"afterItemsPath,omitempty"`
	AfterItemsPointer          *string       `json:"afterItemsPointer,omitempty"` // the items that ItemsPointer leaves
	AfterItemSelector          *string       `json:"afterItemSelector,omitempty"`
	AfterItemBatcher           *string       `json:"afterItemBatcher,omitempty"` // the inputs of the child executions
	MaxConcurrency             *int64        `json:"maxConcurrency,omitempty"`   // 0 when the Map sets none
	ToleratedFailureCount      *int64        `json:"toleratedFailureCount,omitempty"`
	ToleratedFailurePercentage *float64      `json:"toleratedFailurePercentage,omitempty"`
	Variables                  *string       `json:"variables,omitempty"`
	ErrorDetails               *ErrorDetails `json:"errorDetails,omitempty"`
	// Request and Response are those of an HTTP task without a mock, at the level TRACE.
	Request  *InspectedRequest  `json:"request,omitempty"`
	Response *InspectedResponse `json:"response,omitempty"`
}

// ErrorDetails tells which catcher and retrier matched a failure, counted from 0, and how long the retrier waits.
type ErrorDetails struct {
	CatchIndex                  *int   `json:"catchIndex,omitempty"`
	RetryIndex                  *int   `json:"retryIndex,omitempty"`
	RetryBackoffIntervalSeconds *int64 `json:"retryBackoffIntervalSeconds,omitempty"`
}

// TestStateError is a request that AWS refuses.
type TestStateError struct {
	Code    string // "ValidationException", "InvalidDefinition", "InvalidExecutionInput" or "SerializationException"
	Message string // AWS's text, as far as it is known
	Err     error  // an *asl.Error of InvalidDefinition; otherwise nil
}

// Error returns the code and the message.
func (e *TestStateError) Error() string { return "asltest: " + e.Code + ": " + e.Message }

// Unwrap returns Err.
func (e *TestStateError) Unwrap() error { return e.Err }

func invalid(message string) *TestStateError {
	return &TestStateError{Code: "ValidationException", Message: message}
}

// stateTest is one request on its way.
type stateTest struct {
	TestStateRequest
	machine   *asl.Machine
	state     asl.State
	input     value.Value
	variables value.Value
	context   value.Value // as given; null when absent
	result    value.Value // of the mock
	exchange  *httptask.Exchange
}

// TestState runs one state as AWS's TestState does and returns what it does with its input: its output and next state, or what
// its retriers and catchers make of a failure. Time is virtual: a Wait state takes none, and what takes more than five minutes
// without a mock fails with States.Timeout.
//
// Errors: *[TestStateError] for a request that AWS refuses; *[UnansweredError] when a service is called that nobody answers.
func TestState(r TestStateRequest) (*TestStateResponse, error) {
	t := &stateTest{TestStateRequest: r}
	for _, check := range []func() *TestStateError{t.constraints, t.documents, t.define, t.checkMock, t.checkContext} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return t.run()
}
