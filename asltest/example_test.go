package asltest_test

import (
	"fmt"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
)

func ExampleRun() {
	m, err := asl.Compile([]byte(`{"StartAt": "Charge", "States": {
		"Charge": {"Type": "Task", "Resource": "gait:charge", "Next": "Rest",
			"Retry": [{"ErrorEquals": ["Card.Busy"], "IntervalSeconds": 5}]},
		"Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}`), asl.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := asltest.Run(m, `{"order": 7}`, asltest.Options{
		Resolve: func(c asltest.Call) (asltest.Answer, error) {
			fmt.Println(c.State, c.N, c.Input, c.Elapsed)
			if c.N == 0 {
				return asltest.Fail("Card.Busy", "try again"), nil
			}
			return asltest.Return(`{"paid": true}`), nil
		},
	})
	fmt.Println(result.Status, result.Output, result.Elapsed, len(result.Events), err)
	// Output:
	// Charge 0 {"order":7} 0s
	// Charge 1 {"order":7} 5s
	// SUCCEEDED {"paid":true} 1h0m5s 12 <nil>
}
