package asltest_test

import (
	"fmt"

	"github.com/gait-engine/gait/asltest"
)

// Every call is broken in every way; the card that stays busy and the parcel that is never sent are not caught.
func ExampleMachine_Sweep() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	report := m.Sweep(`{"id": 7, "total": 30}`, asltest.Sweep{
		States: []string{"Charge"},
		Except: []string{"States.TaskFailed", "States.Timeout"},
		EndsIn: []string{"Ship", "Refuse"},
	}, asltest.On("Charge", asltest.Payload(`{"id": "r1"}`)), asltest.On("Ship"))
	fmt.Println(report.Runs, "executions,", report.Faults, "faults")
	// Output:
	// 1 of 4 executions of the sweep ended as they may not:
	//   1. state "Charge", visit 1: Card.Busy, retries too (testdata/order.asl.json:13)
	//      it ended as FAILED with Card.Busy in state "Charge", allowed Ship, Refuse
	// walk:
	//   #   time  state   event               input → output
	//   1   +0s           ExecutionStarted    {"id":7,"total":30}
	//   2   +0s   Check   ChoiceStateEntered  {"id":7,"total":30}
	//   3   +0s   Check   ChoiceStateExited   → {"id":7,"total":30}
	//   4   +0s   Charge  TaskStateEntered    {"id":7,"total":30}
	//   5   +0s   Charge  TaskScheduled       invoke {"FunctionName":"charge-test","Payload":{"amount":30…
	//   6   +0s   Charge  TaskStarted
	//   7   +0s   Charge  TaskFailed          ! Card.Busy: injected by a sweep
	//   8   +2s   Charge  TaskScheduled       invoke {"FunctionName":"charge-test","Payload":{"amount":30…
	//   9   +2s   Charge  TaskStarted
	//   10  +2s   Charge  TaskFailed          ! Card.Busy: injected by a sweep
	//   11  +6s   Charge  TaskScheduled       invoke {"FunctionName":"charge-test","Payload":{"amount":30…
	//   12  +6s   Charge  TaskStarted
	//   13  +6s   Charge  TaskFailed          ! Card.Busy: injected by a sweep
	//   14  +14s  Charge  TaskScheduled       invoke {"FunctionName":"charge-test","Payload":{"amount":30…
	//   15  +14s  Charge  TaskStarted
	//   16  +14s  Charge  TaskFailed          ! Card.Busy: injected by a sweep
	//   17  +14s          ExecutionFailed     ! Card.Busy: injected by a sweep
	// 4 executions, 3 faults
}
