package asltest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gait-engine/gait/asltest"
)

// printer stands for the *testing.T that a test function has: it prints what would fail the test.
type printer struct{}

func (printer) Helper()                           {}
func (printer) Name() string                      { return "Example" }
func (printer) Cleanup(func())                    {}
func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (printer) Fatalf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

var t printer // in a test: t *testing.T

func Example() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	x := m.Run(`{"id": 7, "total": 30}`,
		asltest.OnFunction("charge-test", asltest.Fail("Card.Busy", "try again"), asltest.Return(`{"id": "r1"}`)),
		asltest.On("Ship", asltest.After(36*time.Hour, asltest.Return(`12`))),
	)
	fmt.Println(x.Status, x.Visited(), x.Elapsed)
	// TimeoutSeconds of Ship is a day, and the parcel takes 36 hours.
	x.Failed("States.Timeout").Retried("Charge", 1)
	// Output:
	// FAILED [Check Charge Ship] 24h0m2s
}

// A year of waiting takes no time.
func Example_aYear() {
	m := asltest.Define(t, `{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 31536000, "Next": "Remind"},
		"Remind": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:123456789012:renewals", "Message": "renew"}, "End": true}}}`)
	x := m.Run(`{}`, asltest.On("Remind", asltest.Return(`{"MessageId": "1"}`)))
	x.Succeeded().Waited(365 * 24 * time.Hour)
	first, last := x.Result.Events[0], x.Result.Events[len(x.Result.Events)-1]
	fmt.Println(first.Timestamp.Format(time.DateOnly), "to", last.Timestamp.Format(time.DateOnly))
	// Output:
	// 2025-01-01 to 2026-01-01
}

// A task that no mock answers fails the test and names the line to add.
func ExampleMachine_Run_unmocked() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	m.Run(`{"id": 7, "total": 30}`)
	// Output:
	// asltest: state "Charge" (testdata/order.asl.json:13) calls arn:aws:states:::lambda:invoke and no mock answers
	//   input  {"FunctionName":"charge-test","Payload":{"amount":30}}
	//   add    asltest.On("Charge", asltest.Payload(`{}`)),
	//   or     asltest.OnFunction("charge-test", asltest.Return(`{}`)),
	// walk:
	//   #  time  state   event               input → output
	//   1  +0s           ExecutionStarted    {"id":7,"total":30}
	//   2  +0s   Check   ChoiceStateEntered  {"id":7,"total":30}
	//   3  +0s   Check   ChoiceStateExited   → {"id":7,"total":30}
	//   4  +0s   Charge  TaskStateEntered    {"id":7,"total":30}
	//   5  +0s   Charge  TaskScheduled       invoke {"FunctionName":"charge-test","Payload":{"amount":30…
}

// A broken assertion says where it went wrong and prints the walk.
func ExampleExecution_Succeeded() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	m.Run(`{"id": 7, "total": 30}`, asltest.On("Charge", asltest.FunctionError("Card.Stolen", "call the police"))).Succeeded()
	// Output:
	// the execution has the status FAILED, want SUCCEEDED; in state "Charge" (testdata/order.asl.json:13)
	//   input  {"id":7,"total":30}
	//   call   invoke {"FunctionName":"charge-test","Payload":{"amount":30}}
	//   error  Card.Stolen
	//   cause  {"errorMessage":"call the police","errorType":"Card.Stolen","requestId":"00000000-0000-4000-8000-000000000000","stackTrace":[]}
	// walk:
	//   #  time  state   event               input → output
	//   1  +0s           ExecutionStarted    {"id":7,"total":30}
	//   2  +0s   Check   ChoiceStateEntered  {"id":7,"total":30}
	//   3  +0s   Check   ChoiceStateExited   → {"id":7,"total":30}
	//   4  +0s   Charge  TaskStateEntered    {"id":7,"total":30}
	//   5  +0s   Charge  TaskScheduled       invoke {"FunctionName":"charge-test","Payload":{"amount":30…
	//   6  +0s   Charge  TaskStarted
	//   7  +0s   Charge  TaskFailed          ! Card.Stolen: {"errorMessage":"call the police","errorType…
	//   8  +0s           ExecutionFailed     ! Card.Stolen: {"errorMessage":"call the police","errorType…
}

// Typed functions stand for tasks; the input is decoded and the result encoded.
func ExampleFunc() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	type charge struct{ Amount int }
	type receipt struct {
		ID string `json:"id"`
	}
	x := m.Run(`{"id": 7, "total": 30}`,
		asltest.OnFunction("charge-test", asltest.Func(func(in charge) (receipt, error) {
			return receipt{ID: fmt.Sprintf("r-%d", in.Amount)}, nil
		})),
		asltest.On("Ship", asltest.Return(`{}`)))
	fmt.Println(x.Result.Output)
	// Output: {"id":7,"total":30,"receipt":{"id":"r-30"},"parcel":{}}
}

// The callback of a .waitForTaskToken task, with heartbeats.
func ExampleToken() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	x := m.Run(`{"id": 7, "total": 0}`, asltest.On("Ship", asltest.Token(func(token string) asltest.Answer {
		fmt.Println("a token:", token != "")
		return asltest.Answer{After: 3 * time.Hour, Output: `{"tracking": "42"}`} // SendTaskSuccess after three hours
	})))
	fmt.Println(x.Result.Output, x.Elapsed)
	// Output:
	// a token: true
	// {"id":7,"total":0,"parcel":{"tracking":"42"}} 3h0m0s
}

// A seed that breaks the machine can be kept as a test.
func ExampleFaults() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	failed := 0
	for seed := range uint64(100) {
		x := m.Run(`{"id": 7, "total": 30}`,
			asltest.Faults(seed, 0.5, asltest.Fail("Card.Busy", "injected")),
			asltest.On("Charge", asltest.Payload(`{"id": "r1"}`)), asltest.On("Ship", asltest.Return(`{}`)))
		if x.Status != "SUCCEEDED" {
			failed++
		}
	}
	fmt.Println("some seeds fail, some do not:", failed > 0 && failed < 100)
	// Output: some seeds fail, some do not: true
}

func ExampleMachine_RunCase() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	config := asltest.MockConfig(t, "testdata/MockConfigFile.json")
	x := m.RunCase(config, "BusyCard", `{"id": 7, "total": 30}`).Succeeded().Retried("Charge", 3)
	fmt.Println(x.Result.Output)
	// Output: {"id":7,"total":30,"receipt":{"id":"r4"},"parcel":{"parcel":1}}
}

func ExampleMachine_Coverage() {
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	m.Run(`{"id": 7, "total": 30}`, asltest.On("Charge", asltest.Payload(`{"id": "r1"}`)), asltest.On("Ship", asltest.Return(`{}`)))
	var b strings.Builder
	if err := m.Coverage().WriteSummary(&b); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Print(filepath.ToSlash(b.String()))
	// Output:
	// testdata/order.asl.json: 46.7% of 15: states 3/4, transitions 3/6, choices 1/3, catchers 0/1, retriers 0/1
}
