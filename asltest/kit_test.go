package asltest_test

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asltest"
	handler "github.com/gait-engine/gait/task"
)

//go:embed testdata
var files embed.FS

// spy is a TB that keeps what a test would be told. Fatalf ends the function under stopped.
type spy struct {
	said     []string
	fatal    bool
	cleanups []func()
}

func (s *spy) Helper()          {}
func (s *spy) Name() string     { return "Spy" }
func (s *spy) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }
func (s *spy) Errorf(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

type stop struct{}

func (s *spy) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	s.fatal = true
	panic(stop{})
}

// told returns what f tells its test.
func told(f func(t asltest.TB)) (text string, fatal bool) {
	s := &spy{}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(stop{}) {
				panic(p)
			}
		}()
		f(s)
	}()
	return strings.Join(s.said, "\n"), s.fatal
}

var stage = asltest.Substitutions{"Stage": "test"}

func order(t asltest.TB) *asltest.Machine {
	t.Helper()
	return asltest.Load(t, "testdata/order.asl.json", stage)
}

func TestOnFunctionKnowsFunctionsOfEveryPartitionAndRegion(t *testing.T) {
	t.Parallel()
	for _, resource := range []string{
		"arn:aws:states:::lambda:invoke", "arn:aws-cn:states:::lambda:invoke", "arn:aws-us-gov:states:us-gov-west-1:123456789012:lambda:invoke",
	} {
		m := asltest.Define(t, `{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "`+resource+`", "End": true,
			"Parameters": {"FunctionName": "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:live", "Payload": {"n": 2}}, "OutputPath": "$.Payload"}}}`)
		m.Run(`{}`, asltest.OnFunction("f", asltest.Func(func(in struct{ N int }) (int, error) { return in.N + 1, nil }))).Output(`3`)
	}
}

func TestAMachineIsRunWithMocks(t *testing.T) {
	t.Parallel()
	m := order(t)
	x := m.Run(`{"id": 7, "total": 30}`,
		asltest.OnFunction("charge-test", asltest.Fail("Card.Busy", "later"), asltest.Fail("Card.Busy", "later"), asltest.Return(`{"id": "r1"}`)),
		asltest.On("Ship", asltest.Token(func(token string) asltest.Answer {
			if token == "" {
				t.Error("the token is empty")
			}
			return asltest.Answer{Output: `{"parcel": "p1"}`, After: time.Hour}
		})),
	)
	x.Succeeded().
		Output(`{"id": 7, "total": 30.0, "receipt": {"id": "r1"}, "parcel": {"parcel": "p1"}}`).
		Path("Check", "Charge", "Ship").
		Retried("Charge", 2).
		Waited(time.Hour+6*time.Second).
		Events("ExecutionStarted", "...", "TaskFailed", "...", "TaskFailed", "...", "TaskSubmitted", "TaskSucceeded", "...")
	call := `{"FunctionName": "charge-test", "Payload": {"amount": 30}}`
	x.Received("Charge", call, call, call)
	var out struct{ Receipt struct{ ID string } }
	x.Decode(&out)
	if out.Receipt.ID != "r1" {
		t.Errorf("got %+v", out)
	}
}

func TestPathsThroughTheSameMachine(t *testing.T) {
	t.Parallel()
	m := order(t)
	ship := asltest.On("Ship", asltest.Return(`"sent"`))
	tests := []struct {
		name, input string
		mocks       []asltest.Mock
		check       func(x *asltest.Execution)
	}{
		{"a free order is not charged", `{"id": 1, "total": 0}`, []asltest.Mock{ship}, func(x *asltest.Execution) {
			x.Succeeded().Path("Check", "Ship").Received("Charge")
		}},
		{"a negative order is refused", `{"id": 1, "total": -1}`, nil, func(x *asltest.Execution) {
			x.Failed("OrderRefused").CauseContains("cannot be paid").Path("...", "Refuse")
		}},
		{"a refused card is caught", `{"id": 1, "total": 1}`,
			[]asltest.Mock{asltest.On("Charge", asltest.FunctionError("Card.Refused", "no"))}, func(x *asltest.Execution) {
				x.Failed("OrderRefused").Path("Check", "...", "Refuse").Retried("Charge", 0)
			}},
		{"a typed function answers", `{"id": 1, "total": 4}`,
			[]asltest.Mock{ship, asltest.OnFunction("charge-test", asltest.Func(func(in struct{ Amount int }) (map[string]int, error) {
				return map[string]int{"id": in.Amount * 2}, nil
			}))}, func(x *asltest.Execution) {
				x.Output(`{"id": 1, "total": 4, "receipt": {"id": 8}, "parcel": "sent"}`)
			}},
		{"an error of a typed function has its name", `{"id": 1, "total": 4}`,
			[]asltest.Mock{asltest.OnFunction("charge-test", asltest.Func(func(struct{}) (any, error) {
				return nil, handler.Errorf("Card.Refused", "empty")
			}))}, func(x *asltest.Execution) { x.Failed("OrderRefused") }},
		{"a lost token times out", `{"id": 1, "total": 0}`, []asltest.Mock{asltest.On("Ship", asltest.Never())}, func(x *asltest.Execution) {
			x.Failed("States.Timeout").Waited(24 * time.Hour)
		}},
		{"patterns of resources", `{"id": 1, "total": 3}`, []asltest.Mock{
			asltest.OnResource("arn:aws:states:::sqs:*", asltest.Return(`1`)), asltest.Otherwise(asltest.Payload(`{"id": 2}`)),
		}, func(x *asltest.Execution) { x.Output(`{"id": 1, "total": 3, "receipt": {"id": 2}, "parcel": 1}`) }},
		{"a fault hits one call", `{"id": 1, "total": 3}`, []asltest.Mock{
			ship, asltest.On("Charge", asltest.Payload(`{"id": 2}`)), asltest.Fault(2, asltest.Fail("Boom", "")),
		}, func(x *asltest.Execution) { x.Failed("Boom").Path("Check", "Charge", "Ship") }},
		{"a fault hits first attempts", `{"id": 1, "total": 3}`, []asltest.Mock{
			ship, asltest.On("Charge", asltest.Payload(`{"id": 2}`)), asltest.FaultAttempt("Charge", 1, asltest.Fail("Card.Busy", "")),
		}, func(x *asltest.Execution) { x.Succeeded().Retried("Charge", 1) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.check(m.For(t).Run(tt.input, tt.mocks...))
		})
	}
}

func TestFaultsAreDrawnFromTheSeed(t *testing.T) {
	t.Parallel()
	m := order(t)
	mocks := func(seed uint64) []asltest.Mock {
		return []asltest.Mock{
			asltest.Faults(seed, 0.5, asltest.Fail("Card.Busy", "")),
			asltest.On("Charge", asltest.Payload(`{"id": 2}`)), asltest.On("Ship", asltest.Return(`1`)),
		}
	}
	statuses := map[string]int{}
	for seed := range uint64(40) {
		a, b := m.Run(`{"id": 1, "total": 3}`, mocks(seed)...), m.Run(`{"id": 1, "total": 3}`, mocks(seed)...)
		if d := cmp.Diff(a.Result.Events, b.Result.Events); d != "" {
			t.Fatalf("seed %d gives two histories: %s", seed, d)
		}
		statuses[a.Status]++
	}
	if statuses["SUCCEEDED"] == 0 || statuses["FAILED"] == 0 {
		t.Errorf("got %v, want both", statuses)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		test func(t asltest.TB)
		want []string // parts of what the test is told
	}{
		{"a task without a mock", func(t asltest.TB) { order(t).Run(`{"id": 1, "total": 2}`, asltest.On("Ship")) },
			[]string{`state "Charge" (testdata/order.asl.json:13)`, `asltest.On("Charge", asltest.Payload(`, `asltest.OnFunction("charge-test"`, `"amount":2`, "TaskStateEntered"}},
		{"a token without a mock", func(t asltest.TB) { order(t).Run(`{"id": 1, "total": 0}`) },
			[]string{`asltest.On("Ship", asltest.Token(func(token string)`}},
		{"a mock of no state", func(t asltest.TB) { order(t).Run(`{}`, asltest.On("Chrage")) },
			[]string{`On("Chrage")`, "Task states are Charge, Ship"}},
		{"a mock of a state that calls nothing", func(t asltest.TB) { order(t).Run(`{}`, asltest.On("Check")) },
			[]string{"testdata/order.asl.json:5", "is a Choice"}},
		{"a zero mock", func(t asltest.TB) { order(t).Run(`{}`, asltest.Mock{}) }, []string{"zero Mock"}},
		{"a definition that AWS refuses", func(t asltest.TB) {
			asltest.Define(t, "{\"StartAt\": \"A\",\n \"States\": {\"A\": {\"Type\": \"Pass\",\n \"Next\": \"B\"}}}")
		}, []string{"Spy:3:", "MISSING_TRANSITION_TARGET"}},
		{"a placeholder without a value", func(t asltest.TB) {
			asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{})
		}, []string{"testdata/order.asl.json:16:", "${Stage}"}},
		{"a file that is not there", func(t asltest.TB) { asltest.LoadFS(t, files, "none.json") }, []string{"none.json"}},
		{"an input that is not JSON", func(t asltest.TB) { order(t).Run(`{`) }, []string{"input"}},
		{"an answer that is not JSON", func(t asltest.TB) {
			order(t).Run(`{"id": 1, "total": 2}`, asltest.On("Charge", asltest.Return(`{`)))
		}, []string{`state "Charge"`, "order.asl.json:13"}},
		{"an execution that waits for ever", func(t asltest.TB) {
			asltest.Define(t, single(task)).Run(`{}`, asltest.On("S", asltest.Never()))
		}, []string{"does not end", "has no timeout", `state "S"`}},
		{"a token where there is none", func(t asltest.TB) {
			order(t).Run(`{"id": 1, "total": 2}`, asltest.On("Charge", asltest.Token(func(string) asltest.Answer { return asltest.Answer{} })))
		}, []string{"has no task token"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, fatal := told(tt.test)
			if !fatal {
				t.Error("the test was not ended")
			}
			for _, part := range tt.want {
				if !strings.Contains(text, part) {
					t.Errorf("want %q in:\n%s", part, text)
				}
			}
		})
	}
}

func TestAssertionsThatDoNotHoldAreReported(t *testing.T) {
	t.Parallel()
	run := func(t asltest.TB) *asltest.Execution {
		return order(t).Run(`{"id": 1, "total": 2}`, asltest.On("Charge", asltest.Payload(`{"id": 3}`)), asltest.On("Ship", asltest.Return(`1`)))
	}
	broken := func(t asltest.TB) *asltest.Execution {
		return order(t).Run(`{"id": 1, "total": 2}`, asltest.On("Charge", asltest.Fail("Boom", "it broke")))
	}
	tests := []struct {
		name string
		test func(t asltest.TB)
		want []string
	}{
		{"succeeded", func(t asltest.TB) { broken(t).Succeeded() },
			[]string{"status FAILED, want SUCCEEDED", `in state "Charge" (testdata/order.asl.json:13)`, `input  {"id":1,"total":2}`, "error  Boom", "cause  it broke", "TaskFailed", "! Boom: it broke"}},
		{"failed", func(t asltest.TB) { run(t).Failed("X") }, []string{"status SUCCEEDED, want FAILED with X"}},
		{"failed otherwise", func(t asltest.TB) { broken(t).Failed("X") }, []string{`failed with "Boom", want "X"`}},
		{"cause", func(t asltest.TB) { broken(t).CauseContains("fine") }, []string{`"it broke"`, `"fine"`}},
		{"timed out", func(t asltest.TB) { broken(t).TimedOut() }, []string{"want TIMED_OUT"}},
		{"aborted", func(t asltest.TB) { broken(t).Aborted() }, []string{"want ABORTED"}},
		{"output", func(t asltest.TB) { run(t).Output(`{"id": 2, "total": 2, "receipt": {"id": 3}, "parcel": 1}`) }, []string{"-want +got", `"id"`}},
		{"output of a failure", func(t asltest.TB) { broken(t).Output(`1`) }, []string{"want SUCCEEDED"}},
		{"decode", func(t asltest.TB) { var n int; run(t).Decode(&n) }, []string{"cannot unmarshal"}},
		{"path", func(t asltest.TB) { run(t).Path("Check", "Ship") }, []string{"-want +got", "+ Charge"}},
		{"path with dots", func(t asltest.TB) { run(t).Path("Ship", "...") }, []string{"Check → Charge → Ship"}},
		{"events", func(t asltest.TB) { run(t).Events("ExecutionStarted", "...", "ExecutionFailed") }, []string{"ExecutionSucceeded"}},
		{"received", func(t asltest.TB) { run(t).Received("Charge", `{}`) }, []string{"call 0 of state \"Charge\"", "FunctionName"}},
		{"received too often", func(t asltest.TB) { run(t).Received("Charge") }, []string{"made 1 calls, want 0"}},
		{"a state that is none", func(t asltest.TB) { run(t).Received("None") }, []string{`no state "None"`}},
		{"retried", func(t asltest.TB) { run(t).Retried("Charge", 1) }, []string{"retried 0 times, want 1"}},
		{"waited", func(t asltest.TB) { run(t).Waited(time.Second) }, []string{"took 0s, want 1s"}},
		{"variable", func(t asltest.TB) { run(t).Variable("v", "1") }, []string{`"v" was never assigned`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, fatal := told(tt.test)
			if fatal || text == "" {
				t.Fatalf("fatal %t: %s", fatal, text)
			}
			for _, part := range append(tt.want, "walk:", "ExecutionStarted") {
				if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), part) {
					t.Errorf("want %q in:\n%s", part, text)
				}
			}
		})
	}
}

func TestErrorsOfServicesAreWordedAsByAWS(t *testing.T) {
	t.Parallel()
	sdk := strings.Replace(task, ":::sqs:sendMessage", ":::aws-sdk:dynamodb:putItem", 1)
	ask := func(state string, r asltest.Reply) *asltest.Result {
		return asltest.Define(t, single(state)).Run(`{}`, asltest.On("S", r)).Result
	}
	tests := []struct {
		result       *asltest.Result
		error, cause string
	}{
		{ask(task, asltest.ServiceError("SQS", "QueueDoesNotExist", 400, "No such queue.")), "SQS.QueueDoesNotExist",
			"No such queue. (Service: AmazonSQS; Status Code: 400; Error Code: QueueDoesNotExist; Request ID: 00000000-0000-4000-8000-000000000000; Proxy: null)"},
		{ask(sdk, asltest.ServiceError("DynamoDb", "ConditionalCheckFailedException", 400, "No.")), "DynamoDb.ConditionalCheckFailedException",
			"No. (Service: DynamoDb, Status Code: 400, Request ID: 00000000-0000-4000-8000-000000000000) (SDK Attempt Count: 1)"},
		{ask(task, asltest.HTTPError(404, "gone")), "States.Http.StatusCode.404", `{"Headers":{},"ResponseBody":"gone","StatusCode":404,"StatusText":"Not Found"}`},
		{ask(task, asltest.JobFailed(`{"Status":"FAILED"}`)), "States.TaskFailed", `{"Status":"FAILED"}`},
	}
	for _, tt := range tests {
		if *tt.result.Error != tt.error || *tt.result.Cause != tt.cause {
			t.Errorf("got %s: %s, want %s: %s", *tt.result.Error, *tt.result.Cause, tt.error, tt.cause)
		}
	}
}

func TestHeartbeatsKeepACallAlive(t *testing.T) {
	t.Parallel()
	m := asltest.Define(t, single(strings.Replace(task, "sendMessage", "sendMessage.waitForTaskToken", 1)+`, "HeartbeatSeconds": 60`))
	long := asltest.After(10*time.Minute, asltest.Return(`1`))
	m.Run(`{}`, asltest.On("S", long)).Failed("States.Timeout").Waited(time.Minute)
	m.Run(`{}`, asltest.On("S", asltest.Heartbeats(50*time.Second, long))).Output(`1`).Waited(10 * time.Minute)
}

func TestYAMLAndHandlers(t *testing.T) {
	t.Parallel()
	m := asltest.Define(t, "StartAt: A\nQueryLanguage: JSONata\nStates:\n  A: {Type: Task, Resource: 'gait:double', Assign: {n: '{% $states.result %}'}, End: true}\n")
	double := handler.Func(func(_ context.Context, in struct{ N int }) (int, error) {
		if in.N < 0 {
			return 0, errors.New("negative")
		}
		return in.N * 2, nil
	})
	m.Run(`{"N": 4}`, asltest.On("A", asltest.Handle(double))).Output(`8`).Variable("n", "8")
	m.Run(`{"N": -4}`, asltest.On("A", asltest.Handle(double))).Failed("States.TaskFailed").CauseContains("negative")
}

// The test of the package comment.
func TestBusyCardIsRetried(t *testing.T) {
	t.Parallel()
	m := asltest.Load(t, "testdata/order.asl.json", asltest.Substitutions{"Stage": "test"})
	x := m.Run(`{"id": 7, "total": 30}`,
		asltest.OnFunction("charge-test", // a Lambda function: replies are payloads
			asltest.Fail("Card.Busy", "try again"),
			asltest.Return(`{"id": "r1"}`)),
		asltest.On("Ship", asltest.Token(func(token string) asltest.Answer { // a .waitForTaskToken task
			return asltest.Answer{Output: `12`, After: 20 * time.Hour}
		})),
	)
	x.Succeeded().
		Path("Check", "Charge", "Ship").
		Retried("Charge", 1).
		Waited(20*time.Hour + 2*time.Second).
		Output(`{"id": 7, "total": 30, "receipt": {"id": "r1"}, "parcel": 12}`)
}
