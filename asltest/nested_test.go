package asltest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asltest"
)

const shipment = `{"StartAt":"Pack","States":{"Pack":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:pack","Next":"Wait"},
	"Wait":{"Type":"Wait","Seconds":3600,"End":true}}}`

// ordering is a machine with a state of the same name as one of the shipment's.
func ordering(pattern, more string) string {
	return `{"StartAt":"Ship","States":{"Ship":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution` + pattern + `",` + more + `
		"Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:shipment","Name":"s-1","Input.$":"$"},"Next":"Pack"},
		"Pack":{"Type":"Pass","End":true}}}`
}

func TestNestedExecutionsRunOnTheVirtualClock(t *testing.T) {
	t.Parallel()
	child := asltest.Define(t, shipment)
	order := asltest.Define(t, ordering(".sync:2", `"ResultSelector":{"box.$":"$.Output","started.$":"$.StartDate"},`))
	x := order.Run(`{"item":"lamp"}`, asltest.Nested("shipment", child, asltest.On("Pack", asltest.Return(`"a box"`))))
	x.Output(`{"box":"a box","started":1735689600000}`).
		Events("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited",
			"PassStateEntered", "PassStateExited", "ExecutionSucceeded")
	if x.Elapsed != time.Hour {
		t.Errorf("took %v, want the child's hour", x.Elapsed)
	}
	if len(x.Children) != 1 {
		t.Fatalf("children %+v, want one", x.Children)
	}
	c := x.Children[0]
	if c.MapRun != -1 || c.ARN != "arn:aws:states:us-east-1:123456789012:execution:shipment:s-1" || c.Input != `{"item":"lamp"}` ||
		c.Output != `"a box"` || c.Elapsed != time.Hour || len(c.Events) != 9 {
		t.Errorf("child %+v with %+v", c, c.Result)
	}
	for _, item := range child.Coverage().Machines[0].Items {
		if item.Kind == asltest.CoverState && item.Hits != 1 {
			t.Errorf("the state %s of the child counts as reached %d times, want once", item.State, item.Hits)
		}
	}
}

func TestNestedExecutionThatFails(t *testing.T) {
	t.Parallel()
	order := asltest.Define(t, strings.Replace(ordering(".sync", `"Catch":[{"ErrorEquals":["States.TaskFailed"],"ResultPath":"$.e","Next":"Caught"}],`),
		`"Pack":`, `"Caught":{"Type":"Pass","Parameters":{"why.$":"States.StringToJson($.e.Cause)"},"OutputPath":"$.why.Error","End":true},"Pack":`, 1))
	order.Run(`{}`, asltest.Nested("shipment", asltest.Define(t, shipment), asltest.On("Pack", asltest.Fail("NoBox", "none left")))).
		Output(`"NoBox"`)
}

func TestNestedExecutionIsStoppedWithTheOneThatWaits(t *testing.T) {
	t.Parallel()
	order := asltest.Define(t, ordering(".sync", `"TimeoutSeconds":60,`))
	x := order.Run(`{}`, asltest.Nested("shipment", asltest.Define(t, shipment), asltest.On("Pack", asltest.Return(`{}`)))).Failed("States.Timeout")
	if c := x.Children[0]; c.Status != "ABORTED" || c.Elapsed != time.Minute {
		t.Errorf("the child is %s after %v, want ABORTED after a minute", c.Status, c.Elapsed)
	}
}

func TestNestedExecutionCallsBack(t *testing.T) {
	t.Parallel()
	child := asltest.Define(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"Next":"S"},"S":{"Type":"Task",
		"Resource":"arn:aws:states:::aws-sdk:sfn:sendTaskSuccess","Parameters":{"TaskToken.$":"$.token","Output":{"by":"the child"}},"End":true}}}`)
	order := asltest.Define(t, strings.Replace(ordering(".waitForTaskToken", ""), `"Input.$":"$"`, `"Input":{"token.$":"$$.Task.Token"}`, 1))
	x := order.Run(`{}`, asltest.Nested("shipment", child)).Output(`{"by":"the child"}`)
	if x.Elapsed != time.Minute {
		t.Errorf("took %v, want a minute", x.Elapsed)
	}
}

func TestNestedExecutionThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	order := asltest.Define(t, ordering("", `"ResultPath":null,`))
	x := order.Run(`{"a":1}`, asltest.Nested("shipment", asltest.Define(t, shipment), asltest.On("Pack", asltest.Return(`{}`)))).Output(`{"a":1}`)
	if c := x.Children[0]; c.Status != "RUNNING" || x.Elapsed != 0 {
		t.Errorf("the child is %s, after %v, want RUNNING after nothing", c.Status, x.Elapsed)
	}
}

func TestMockOfStartExecutionIsPreferred(t *testing.T) {
	t.Parallel()
	order := asltest.Define(t, ordering(".sync:2", ""))
	x := order.Run(`{}`, asltest.Nested("shipment", asltest.Define(t, shipment)), asltest.On("Ship", asltest.Return(`"mocked"`))).Output(`"mocked"`)
	if len(x.Children) != 0 {
		t.Errorf("children %+v, want none", x.Children)
	}
}

func TestUnmockedCallOfANestedExecutionNamesItsMachine(t *testing.T) {
	t.Parallel()
	text, fatal := told(func(tb asltest.TB) {
		child := asltest.Define(tb, shipment)
		asltest.Define(tb, ordering(".sync", "")).Run(`{}`, asltest.Nested("shipment", child))
	})
	if !fatal || !strings.Contains(text, `asltest: state "Pack" (`) || !strings.Contains(text, "function:pack and no mock answers") ||
		!strings.Contains(text, `asltest.OnFunction("pack"`) {
		t.Errorf("the test is told %q, want the call of the child", text)
	}
	for name, mocks := range map[string][]asltest.Mock{
		"twice":      {asltest.Nested("shipment", asltest.Define(t, shipment)), asltest.Nested("shipment", asltest.Define(t, shipment))},
		"no machine": {asltest.Nested("shipment", nil)},
		"a mistake":  {asltest.Nested("shipment", asltest.Define(t, shipment), asltest.On("None"))},
	} {
		if text, fatal := told(func(tb asltest.TB) { asltest.Define(tb, ordering("", "")).Run(`{}`, mocks...) }); !fatal {
			t.Errorf("%s: the test is told %q, want a fatal mistake", name, text)
		}
	}
}

func TestRecursionOfNestedExecutionsEnds(t *testing.T) {
	t.Parallel()
	self := compiled(t, strings.ReplaceAll(ordering(".sync", ""), `"Name":"s-1",`, ""))
	_, err := asltest.Run(self, `{}`, asltest.Options{MaxSteps: 500, Machines: map[string]asltest.NestedMachine{"shipment": {Machine: self}}})
	if !errors.Is(err, asltest.ErrBudget) {
		t.Errorf("got %v, want ErrBudget", err)
	}
}

func TestSameRunTwiceIsTheSame(t *testing.T) {
	t.Parallel()
	machines := map[string]asltest.NestedMachine{"shipment": {Machine: compiled(t, shipment), Resolve: func(asltest.Call) (asltest.Answer, error) {
		return asltest.Return(`1`), nil
	}}}
	order := compiled(t, ordering(".sync", ""))
	first, err := asltest.Run(order, `{}`, asltest.Options{Machines: machines})
	if err != nil {
		t.Fatal(err)
	}
	second, err := asltest.Run(order, `{}`, asltest.Options{Machines: machines})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}
