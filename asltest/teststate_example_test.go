package asltest_test

import (
	"fmt"

	"github.com/gait-engine/gait/asltest"
)

func ExampleTestState() {
	failure := "Card.Busy"
	request := asltest.TestStateRequest{
		Definition: `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "charge"}, "End": true,
			"Retry": [{"ErrorEquals": ["Card.Busy"], "IntervalSeconds": 5, "MaxAttempts": 1}],
			"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Apologise"}]}`,
		Input:           `{"order": 7}`,
		InspectionLevel: "DEBUG",
		Mock:            &asltest.StateMock{ErrorOutput: &asltest.MockedError{Error: &failure}},
		Configuration:   &asltest.StateConfiguration{},
	}
	for retries := range 2 {
		request.Configuration.RetrierRetryCount = retries
		r, err := asltest.TestState(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		if r.Status == "RETRIABLE" {
			fmt.Println(r.Status, *r.InspectionData.ErrorDetails.RetryBackoffIntervalSeconds)
			continue
		}
		fmt.Println(r.Status, r.NextState, *r.Output)
	}
	// Output:
	// RETRIABLE 5
	// CAUGHT_ERROR Apologise {"order":7,"failure":{"Error":"Card.Busy"}}
}
