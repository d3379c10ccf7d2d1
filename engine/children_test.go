package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

const childARN = "arn:aws:states:us-east-1:000000000000:stateMachine:child"

// nesting returns a machine with one state that starts the machine child, with more members of the state.
func nesting(pattern, more string) string {
	return `{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution` + pattern + `",` + more + `
		"Parameters":{"StateMachineArn":"` + childARN + `","Name.$":"$.name","Input.$":"$.in"},"End":true}}}`
}

// child machines: one that waits for three seconds and returns its input with more, one that fails then, and one that waits for ever.
const (
	slowChild   = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3,"Next":"R"},"R":{"Type":"Pass","Result":{"Arg1":"argument1"},"End":true}}}`
	failChild   = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3,"Next":"F"},"F":{"Type":"Fail","Error":"SomeFailure","Cause":"as the test wants"}}}`
	deadChild   = `{"TimeoutSeconds":3,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":100,"End":true}}}`
	parkedChild = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1000000,"End":true}}}`
)

// TestNestedExecutionsLookAsRecorded compares whole histories with the recorded shapes: conformance cases start_execution_sync2,
// start_execution_sync_delegate_failure, start_execution_sync_delegate_timeout and start_execution_input_json. Source also:
// recorded results of 2024 and 2025 for the members Redrive….
func TestNestedExecutionsLookAsRecorded(t *testing.T) {
	t.Parallel()
	const (
		exec    = "arn:aws:states:us-east-1:000000000000:execution:child:run-1"
		key     = "arn:aws:states:us-east-1:000000000000:execution:parent:p#1"
		meta    = `"SdkHttpMetadata":{"AllHttpHeaders":{"x-amzn-RequestId":["` + key + `"]},"HttpHeaders":{"x-amzn-RequestId":"` + key + `"},"HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"` + key + `"}`
		begun   = `{"ExecutionArn":"` + exec + `",` + meta + `,"StartDate":946684800000}`
		good    = `"RedriveCount":0,"RedriveStatus":"NOT_REDRIVABLE","RedriveStatusReason":"Execution is SUCCEEDED and cannot be redriven","StartDate":946684800000,"StateMachineArn":"` + childARN + `","Status":"SUCCEEDED","StopDate":946684803000}`
		bad     = `"RedriveCount":0,"RedriveStatus":"REDRIVABLE","StartDate":946684800000,"StateMachineArn":"` + childARN + `","Status":"%s","StopDate":946684803000}`
		details = `"InputDetails":{"Included":true},"Name":"run-1",`
	)
	tests := []struct {
		name, pattern, child string
		want                 []string // types of the events after TaskStarted
		submitted            string   // output of TaskSubmitted, or of TaskSucceeded without it
		result               string
	}{
		{"request response", "", slowChild, []string{"TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}, begun, "SUCCEEDED " + begun},
		{"sync", ".sync", slowChild, []string{"TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}, begun,
			`SUCCEEDED {"ExecutionArn":"` + exec + `","Input":"{\"Hello\":\"World\"}",` + details +
				`"Output":"{\"Arg1\":\"argument1\"}","OutputDetails":{"Included":true},` + good},
		{"sync:2", ".sync:2", slowChild, []string{"TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}, begun,
			`SUCCEEDED {"ExecutionArn":"` + exec + `","Input":{"Hello":"World"},` + details +
				`"Output":{"Arg1":"argument1"},"OutputDetails":{"Included":true},` + good},
		{"sync failed", ".sync", failChild, []string{"TaskSubmitted", "TaskFailed", "ExecutionFailed"}, begun,
			`FAILED States.TaskFailed: {"Cause":"as the test wants","Error":"SomeFailure","ExecutionArn":"` + exec +
				`","Input":"{\"Hello\":\"World\"}",` + details + fmt.Sprintf(bad, "FAILED")},
		{"sync:2 timed out", ".sync:2", deadChild, []string{"TaskSubmitted", "TaskFailed", "ExecutionFailed"}, begun,
			`FAILED States.TaskFailed: {"Error":"States.Timeout","ExecutionArn":"` + exec +
				`","Input":"{\"Hello\":\"World\"}",` + details + fmt.Sprintf(bad, "TIMED_OUT")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := open(t, engine.Config{})
				deploy(t, e, "child", tt.child)
				deploy(t, e, "parent", nesting(tt.pattern, ""))
				id := start(t, e, "parent", `{"name":"run-1","in":{"Hello":"World"}}`, engine.WithName("p"))
				if diff := cmp.Diff(tt.result, wait(t, e, id)); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				all := events(t, e, id)
				want := strings.Join(append([]string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted"}, tt.want...), " ")
				if got := types(t, all); got != want {
					t.Fatalf("history %s, want %s", got, want)
				}
				if d := all[2].Details; d.ResourceType != "states" || d.Resource != "startExecution"+tt.pattern || d.Region != "us-east-1" ||
					d.Parameters != `{"StateMachineArn":"`+childARN+`","Name":"run-1","Input":{"Hello":"World"}}` {
					t.Errorf("TaskScheduled %+v", d)
				}
				if diff := cmp.Diff(tt.submitted, all[4].Details.Output); diff != "" {
					t.Errorf("%s (-want +got):\n%s", all[4].Type, diff)
				}
				for i := 1; i < len(all); i++ {
					want := all[i].ID - 1
					if i == 1 {
						want = 0 // the first state's event
					}
					if all[i].PreviousEventID != want {
						t.Errorf("event %d points at %d, want %d", all[i].ID, all[i].PreviousEventID, want)
					}
				}
			})
		})
	}
}

func TestNestedExecutionThatCannotBeStarted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, resource, parameters, want, event string
	}{
		{"unknown machine", "states:startExecution", `{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:none"}`,
			"StepFunctions.StateMachineDoesNotExistException: State Machine Does Not Exist: 'arn:aws:states:us-east-1:000000000000:stateMachine:none'" +
				" (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: KEY; Proxy: null)", "TaskFailed"},
		{"unknown machine of a job", "states:startExecution.sync", `{"StateMachineArn":"none"}`,
			"StepFunctions.StateMachineDoesNotExistException: State Machine Does Not Exist: 'arn:aws:states:us-east-1:000000000000:stateMachine:none'" +
				" (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: KEY; Proxy: null)", "TaskSubmitFailed"},
		{"machine of another region", "states:startExecution", `{"StateMachineArn":"arn:aws:states:eu-west-1:000000000000:stateMachine:child"}`,
			"StepFunctions.StateMachineDoesNotExistException: State Machine Does Not Exist: 'arn:aws:states:eu-west-1:000000000000:stateMachine:child'" +
				" (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: KEY; Proxy: null)", "TaskFailed"},
		{"input that is no JSON", "states:startExecution", `{"StateMachineArn":"` + childARN + `","Input":"{"}`,
			"StepFunctions.InvalidExecutionInputException: ", "TaskFailed"},
		{"name", "states:startExecution.sync:2", `{"StateMachineArn":"` + childARN + `","Name":"a b"}`,
			"StepFunctions.InvalidNameException: Invalid Name: 'a b' (Service: AWSStepFunctions; Status Code: 400; Error Code: InvalidName; " +
				"Request ID: KEY; Proxy: null)", "TaskSubmitFailed"},
		{"name that is taken", "states:startExecution", `{"StateMachineArn":"` + childARN + `","Name":"taken"}`,
			"StepFunctions.ExecutionAlreadyExistsException: Execution Already Exists: " +
				"'arn:aws:states:us-east-1:000000000000:execution:child:taken' (Service: AWSStepFunctions; Status Code: 400; " +
				"Error Code: ExecutionAlreadyExists; Request ID: KEY; Proxy: null)", "TaskFailed"},
		{"token", "aws-sdk:sfn:sendTaskSuccess", `{"TaskToken":"NoSuchTaskToken","Output":"ParameterOutput"}`,
			"Sfn.InvalidTokenException: Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: KEY) (SDK Attempt Count: 1)", "TaskFailed"},
		{"action", "aws-sdk:sfn:listActivities", `{}`, "States.TaskFailed: no handler is registered for the resource", "TaskFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := open(t, engine.Config{})
			deploy(t, e, "child", slowChild)
			start(t, e, "child", `{"another":1}`, engine.WithName("taken"))
			deploy(t, e, "parent", `{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::`+tt.resource+`","Parameters":`+tt.parameters+`,"End":true}}}`)
			id := start(t, e, "parent", `{}`)
			if got, want := wait(t, e, id), "FAILED "+strings.ReplaceAll(tt.want, "KEY", string(id)+"#1"); !strings.HasPrefix(got, want) {
				t.Errorf("got\n%s, want\n%s", got, want)
			}
			if got := types(t, events(t, e, id)); !strings.HasSuffix(got, " TaskStarted "+tt.event+" ExecutionFailed") {
				t.Errorf("history %s, want %s", got, tt.event)
			}
		})
	}
}

func TestInputOfNestedExecutions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{`{"Hello":"World","AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID":"x"}`, `{"Hello":"World","AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID":"x"}`},
		{`null`, `{}`},
		{`"{\"a\":1}"`, `{"a":1}`},
		{`"\"text\""`, `"text"`},
		{`[1,2.0]`, `[1,2.0]`},
		{`7`, `7`},
	} {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			e := open(t, engine.Config{})
			deploy(t, e, "child", `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`)
			deploy(t, e, "parent", `{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
				"Parameters":{"StateMachineArn":"`+childARN+`","Input.$":"$.in"},"OutputPath":"$.Output","End":true}}}`)
			if got := wait(t, e, start(t, e, "parent", `{"in":`+tt.in+`}`)); got != "SUCCEEDED "+tt.want {
				t.Errorf("the child got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNestedExecutionCallsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{})
		deploy(t, e, "child", `{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":60,"Next":"S"},
			"S":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
			"Parameters":{"TaskToken.$":"$.token","Output":{"from":"the child"}},"End":true}}}`)
		deploy(t, e, "parent", `{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.waitForTaskToken",
			"Parameters":{"StateMachineArn":"`+childARN+`","Name":"c","Input":{"token.$":"$$.Task.Token"}},"End":true}}}`)
		id := start(t, e, "parent", `{}`)
		if got := wait(t, e, id); got != `SUCCEEDED {"from":"the child"}` {
			t.Errorf("got %s", got)
		}
		if got := wait(t, e, e.ID("child", "c")); got != "SUCCEEDED {}" {
			t.Errorf("the child: %s", got)
		}
		want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"
		if got := types(t, events(t, e, id)); got != want {
			t.Errorf("history %s, want %s", got, want)
		}
	})
}

func TestStopReachesTheChild(t *testing.T) {
	t.Parallel()
	parallel := func(branch string) string {
		return `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[` + branch + `,
			{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3,"Next":"F"},"F":{"Type":"Fail","Error":"Sibling"}}}]}}}`
	}
	stop := func(t *testing.T, e *engine.Engine, id engine.ID) {
		time.Sleep(3 * time.Second)
		if err := e.Stop(t.Context(), id, "No", "more"); err != nil {
			t.Error(err)
		}
	}
	tests := []struct {
		name, definition string
		end              func(t *testing.T, e *engine.Engine, id engine.ID)
		want             string // of the child
	}{
		{"StopExecution", nesting(".sync", ""), stop, "ABORTED"},
		{"timeout of the task", nesting(".sync:2", `"TimeoutSeconds":3,`), nil, "ABORTED"},
		{"timeout of the machine", `{"TimeoutSeconds":3,` + nesting(".sync", "")[1:], nil, "ABORTED"},
		{"failing sibling", parallel(nesting(".sync", "")), nil, "ABORTED"},
		{"not of a callback", strings.Replace(nesting(".waitForTaskToken", ""), `"Input.$":"$.in"`, `"Input":{"t.$":"$$.Task.Token"}`, 1),
			stop, "RUNNING"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := open(t, engine.Config{})
				deploy(t, e, "child", nestedOnce)
				deploy(t, e, "grandchild", parkedChild)
				deploy(t, e, "parent", tt.definition)
				id := start(t, e, "parent", `{"name":"c","in":{}}`)
				if tt.end != nil {
					tt.end(t, e, id)
				}
				wait(t, e, id)
				time.Sleep(time.Second)
				d, err := e.Describe(t.Context(), e.ID("child", "c"))
				if err != nil || d.Status.String() != tt.want {
					t.Errorf("the child is %v (%v), want %s", d.Status, err, tt.want)
				}
				if d.Parent != id {
					t.Errorf("the child's parent is %q, want %q", d.Parent, id)
				}
				if tt.want == "ABORTED" {
					if got := wait(t, e, e.ID("grandchild", "g")); !strings.HasPrefix(got, "ABORTED ") {
						t.Errorf("the grandchild: %s, want ABORTED", got)
					}
					if d := d.Stopped.Sub(d.Started); d != 3*time.Second {
						t.Errorf("the child ran for %v, want 3s", d)
					}
				}
				synctest.Wait()
				if tt.want == "ABORTED" && engine.Following(e) != 0 {
					t.Errorf("%d jobs are left", engine.Following(e))
				}
			})
		})
	}
}

// nestedOnce is a child that has a child itself.
const nestedOnce = `{"StartAt":"G","States":{"G":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync",
	"Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:grandchild","Name":"g"},"End":true}}}`

func TestChildIsWaitedForWithoutPolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newCounted(memory.New())
		e := open(t, engine.Config{Store: st, Loaded: 1, Shards: 1})
		deploy(t, e, "child", strings.Replace(slowChild, `"Seconds":3`, `"Seconds":100000`, 1))
		deploy(t, e, "parent", nesting(".sync:2", `"OutputPath":"$.Output",`))
		var ids []engine.ID
		for i := range 20 {
			ids = append(ids, start(t, e, "parent", fmt.Sprintf(`{"name":"c%d","in":{}}`, i)))
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if _, _, calls := engine.Holding(e); calls != 0 {
			t.Errorf("%d calls while the children run, want none", calls)
		}
		loads := st.loads.Load()
		time.Sleep(time.Hour)
		if n := st.loads.Load() - loads; n != 0 {
			t.Errorf("%d reads in an hour in which nothing happens", n)
		}
		for _, id := range ids {
			if got := wait(t, e, id); got != `SUCCEEDED {"Arg1":"argument1"}` {
				t.Errorf("got %s", got)
			}
		}
	})
}

func TestParentAndChildSurviveRestarts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		down time.Duration // how long no engine runs, from 1 s after the start
	}{{"child still runs", time.Second}, {"child is overdue", time.Hour}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, st := reopened(t, memory.New(), engine.Config{})
				deploy(t, e, "child", slowChild)
				deploy(t, e, "parent", nesting(".sync:2", `"OutputPath":"$.Output",`))
				id := start(t, e, "parent", `{"name":"c","in":{}}`)
				time.Sleep(time.Second)
				closeNow(t, e)
				time.Sleep(tt.down)
				e, _ = reopened(t, st, engine.Config{})
				defer closeNow(t, e)
				if got := wait(t, e, id); got != `SUCCEEDED {"Arg1":"argument1"}` {
					t.Errorf("got %s", got)
				}
				want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"
				if got := types(t, events(t, e, id)); got != want {
					t.Errorf("history %s, want %s", got, want)
				}
			})
		})
	}
}

// TestChildIsStartedOnceUnderStoreFaults lets batches fail, some after they were stored, and kills the engine in between.
func TestChildIsStartedOnceUnderStoreFaults(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{true, false} {
		t.Run(fmt.Sprint("named ", named), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				mem := memory.New()
				n := 0
				const parents = 30
				parent := nesting(".sync:2", `"OutputPath":"$.Output",`)
				if !named {
					parent = strings.Replace(parent, `"Name.$":"$.name",`, "", 1)
				}
				opened := func() (*engine.Engine, *flaky) {
					st := &flaky{Store: mem}
					e, err := engine.Open(t.Context(), engine.Config{Store: st, Shards: 2, Loaded: 4, MaxTasks: 3, Batch: 5})
					if err != nil {
						t.Fatal(err)
					}
					return e, st
				}
				e, st := opened()
				deploy(t, e, "child", slowChild)
				deploy(t, e, "parent", parent)
				faults := func(batch []store.Write) error {
					if n++; n%3 != 0 {
						return nil
					}
					if n%2 == 0 {
						st.Store.Apply(context.Background(), 1, batch)
					}
					return errDisk
				}
				for i := range parents {
					start(t, e, "parent", fmt.Sprintf(`{"name":"c%d","in":{}}`, i), engine.WithName(fmt.Sprint("p", i)))
				}
				for round := range 4 {
					st.set(faults)
					time.Sleep(time.Duration(round*700+20) * time.Millisecond)
					closeNow(t, e)
					mem = mem.Reopen()
					e, st = opened()
				}
				defer func() { closeNow(t, e) }()
				for i := range parents {
					if got := wait(t, e, e.ID("parent", fmt.Sprint("p", i))); got != `SUCCEEDED {"Arg1":"argument1"}` {
						t.Errorf("parent %d: %s", i, got)
					}
				}
				children := 0
				for _, err := range e.List(t.Context(), engine.Filter{Machine: "child"}) {
					if err != nil {
						t.Fatal(err)
					}
					children++
				}
				if children != parents {
					t.Errorf("%d children of %d parents", children, parents)
				}
			})
		})
	}
}

// TestOrphansAreStopped kills the engine between the end of the parent and the end of its child.
func TestOrphansAreStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mem := memory.New()
		st := &flaky{Store: mem}
		e, err := engine.Open(t.Context(), engine.Config{Store: st, Shards: 1})
		if err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "child", parkedChild)
		deploy(t, e, "parent", nesting(".sync", ""))
		id := start(t, e, "parent", `{"name":"c","in":{}}`)
		kept := start(t, e, "parent", `{"name":"kept","in":{}}`)
		time.Sleep(time.Second)
		aborts := 0
		st.set(func([]store.Write) error {
			if aborts++; aborts > 1 { // the parent's end is stored, and nothing after it
				return errDisk
			}
			return nil
		})
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		closeNow(t, e)
		e, _ = reopened(t, mem, engine.Config{})
		if got, want := wait(t, e, e.ID("child", "c")), "ABORTED : The execution of AWS Step Functions that waited for it has ended"; got != want {
			t.Errorf("the child: %s, want %s", got, want)
		}
		synctest.Wait()
		for _, id := range []engine.ID{kept, e.ID("child", "kept")} {
			if d, err := e.Describe(t.Context(), id); err != nil || d.Status.String() != "RUNNING" {
				t.Errorf("%s is %v (%v), want RUNNING", id, d.Status, err)
			}
		}
		closeNow(t, e)
	})
}

func TestRecursionEnds(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	deploy(t, e, "self", `{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync",
		"Parameters":{"StateMachineArn":"self"},"End":true}}}`)
	if got := wait(t, e, start(t, e, "self", `{}`)); !strings.HasPrefix(got, "FAILED States.TaskFailed: ") || len(got) > 33_000 {
		t.Errorf("got %.200s, want a failure with a cause that does not grow with each level", got)
	}
	refused, all := 0, 0
	for x, err := range e.List(t.Context(), engine.Filter{Machine: "self"}) {
		if err != nil {
			t.Fatal(err)
		}
		all++
		if strings.HasPrefix(wait(t, e, x.ID), "FAILED StepFunctions.ExecutionLimitExceededException: ") {
			refused++
		}
	}
	if all != 251 || refused != 1 {
		t.Errorf("%d executions of which %d ended the recursion, want 251 and 1", all, refused)
	}
}

func TestSameNameAndInputIsTheSameChild(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{})
		deploy(t, e, "child", slowChild)
		deploy(t, e, "parent", nesting(".sync:2", `"OutputPath":"$.Output",`))
		first := start(t, e, "parent", `{"name":"c","in":{"a":1}}`)
		time.Sleep(time.Second)
		second := start(t, e, "parent", `{"name":"c","in":{"a":1.0}}`)
		other := start(t, e, "parent", `{"name":"c","in":{"a":2}}`)
		for _, id := range []engine.ID{first, second} {
			if got := wait(t, e, id); got != `SUCCEEDED {"Arg1":"argument1"}` {
				t.Errorf("got %s", got)
			}
		}
		if got := wait(t, e, other); !strings.HasPrefix(got, "FAILED StepFunctions.ExecutionAlreadyExistsException: ") {
			t.Errorf("another input: %s", got)
		}
	})
}

func TestRegisteredHandlersServeStartExecution(t *testing.T) {
	t.Parallel()
	var tasks task.Mux
	tasks.HandleFunc("arn:aws:states:::states:startExecution.sync:2", func(context.Context, *task.Request) (any, error) { return "mine", nil })
	e := open(t, engine.Config{Tasks: &tasks})
	deploy(t, e, "parent", nesting(".sync:2", ""))
	if got := wait(t, e, start(t, e, "parent", `{"name":"c","in":{}}`)); got != `SUCCEEDED "mine"` {
		t.Errorf("got %s", got)
	}
}

// TestHandlerStartsAnExecution lets a handler start an execution by the Caller and go on: it is nobody's child, and lives on when the
// engine is opened again.
func TestHandlerStartsAnExecution(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var e *engine.Engine
		tasks := handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			return e.Caller().Call(ctx, "states", "startExecution", []byte(`{"StateMachineArn":"child","Name":"c"}`))
		})
		first, st := reopened(t, memory.New(), engine.Config{Tasks: tasks})
		e = first
		deploy(t, e, "child", parkedChild)
		deploy(t, e, "m", one(""))
		if got := wait(t, e, start(t, e, "m", `{}`)); !strings.HasPrefix(got, "SUCCEEDED ") {
			t.Errorf("got %s", got)
		}
		if engine.Following(e) != 0 {
			t.Errorf("%d jobs are followed, want none", engine.Following(e))
		}
		closeNow(t, e)
		e, _ = reopened(t, st, engine.Config{Tasks: tasks})
		defer closeNow(t, e)
		time.Sleep(time.Minute)
		if d, err := e.Describe(t.Context(), e.ID("child", "c")); err != nil || d.Status.String() != "RUNNING" {
			t.Errorf("it is %v (%v), want RUNNING", d.Status, err)
		}
	})
}

func TestDefinitionsMayRunExpressExecutions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := open(t, engine.Config{MaxTasks: 1, Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			if string(r.Input) == `"bad"` {
				return nil, &task.Error{Name: "Bad", Cause: "input"}
			}
			return r.Input, nil
		})})
		if _, err := e.Deploy(t.Context(), "express", []byte(one("")), engine.WithType(engine.Express)); err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "m", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:startSyncExecution",
			"Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:express","Name":"x","Input.$":"$"},
			"ResultSelector":{"Output.$":"$.Output","Status.$":"$.Status","Start.$":"$.StartDate","All.$":"States.ArrayLength($.*)"},"End":true}}}`)
		for in, want := range map[string]string{
			`{"a":1}`:   `SUCCEEDED {"Output":"{\"a\":1}","Status":"SUCCEEDED","Start":"2000-01-01T00:00:00.000Z","All":11}`,
			`"\"bad\""`: `FAILED`,
		} {
			if got := wait(t, e, start(t, e, "m", in)); !strings.HasPrefix(got, want) {
				t.Errorf("%s: got %s, want %s", in, got, want)
			}
		}
	})
}

func TestDefinitionsMayDescribeAndStopExecutions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var tasks task.Mux
		tasks.HandleServices(task.CallerFunc(func(_ context.Context, service, action string, _ json.RawMessage) (json.RawMessage, error) {
			return nil, errors.New("the cloud is asked for " + service + ":" + action)
		}))
		e := open(t, engine.Config{Tasks: &tasks})
		tasks.HandleServices(e.Caller(), "states", "aws-sdk:sfn")
		deploy(t, e, "child", parkedChild)
		sdk := func(action, rest string) string {
			return `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:` + action + `",` + rest + `}`
		}
		deploy(t, e, "m", `{"StartAt":"A","States":{
			"A":`+sdk("startExecution", `"Parameters":{"StateMachineArn":"`+childARN+`","Name":"c","Input":{"a":1}},"ResultPath":"$.a","Next":"B"`)+`,
			"B":`+sdk("describeExecution", `"Parameters":{"ExecutionArn.$":"$.a.ExecutionArn"},"ResultPath":"$.b","Next":"C"`)+`,
			"C":`+sdk("stopExecution", `"Parameters":{"ExecutionArn.$":"$.a.ExecutionArn","Error":"E","Cause":"C"},"ResultPath":"$.c","Next":"D"`)+`,
			"D":`+sdk("describeExecution", `"Parameters":{"ExecutionArn.$":"$.a.ExecutionArn"},"ResultPath":"$.d","End":true`)+`}}`)
		got := wait(t, e, start(t, e, "m", `{}`))
		const arn = `arn:aws:states:us-east-1:000000000000:execution:child:c`
		want := `SUCCEEDED {"a":{"ExecutionArn":"` + arn + `","StartDate":"2000-01-01T00:00:00.000Z"},` +
			`"b":{"ExecutionArn":"` + arn + `","Input":"{\"a\":1}","InputDetails":{"Included":true},"Name":"c","RedriveCount":0,"RedriveStatus":"NOT_REDRIVABLE",` +
			`"RedriveStatusReason":"Execution is RUNNING and cannot be redriven","StartDate":"2000-01-01T00:00:00.000Z","StateMachineArn":"` + childARN + `","Status":"RUNNING"},` +
			`"c":{"StopDate":"2000-01-01T00:00:00.000Z"},` +
			`"d":{"Cause":"C","Error":"E","ExecutionArn":"` + arn + `","Input":"{\"a\":1}","InputDetails":{"Included":true},"Name":"c","RedriveCount":0,"RedriveStatus":"REDRIVABLE",` +
			`"StartDate":"2000-01-01T00:00:00.000Z","StateMachineArn":"` + childARN + `","Status":"ABORTED","StopDate":"2000-01-01T00:00:00.000Z"}}`
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
