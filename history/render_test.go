package history_test

import (
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

var (
	doc     = value.Obj(value.M("a", value.FromInt(1)))
	task    = &states.TaskDetail{ResourceType: "sqs", Resource: "sendMessage"}
	failing = &states.Failing{Error: states.Some("E"), Cause: states.Some("C")}
)

const (
	input   = `"input":"{\"a\":1}","inputDetails":{"truncated":false}`
	output  = `"output":"{\"a\":1}","outputDetails":{"truncated":false}`
	failure = `"error":"E","cause":"C"`
	service = `"resourceType":"sqs","resource":"sendMessage"`
)

// wants holds, for every event type, a record with all fields set that the type uses and the details AWS shows for it.
// source: the API model of Step Functions; presence as in recorded histories.
var wants = map[states.EventType]struct {
	record  states.Record
	details string
}{
	states.ExecutionStarted: {states.Record{Name: "arn:aws:iam::1:role/r", Doc: doc, HasDoc: true},
		`"executionStartedEventDetails":{` + input + `,"roleArn":"arn:aws:iam::1:role/r"}`},
	states.ExecutionSucceeded: {states.Record{Doc: doc, HasDoc: true}, `"executionSucceededEventDetails":{` + output + `}`},
	states.ExecutionFailed:    {states.Record{Fail: failing}, `"executionFailedEventDetails":{` + failure + `}`},
	states.ExecutionAborted:   {states.Record{Fail: failing}, `"executionAbortedEventDetails":{` + failure + `}`},
	states.ExecutionTimedOut: {states.Record{Fail: &states.Failing{Error: states.Some("States.Timeout")}},
		`"executionTimedOutEventDetails":{"error":"States.Timeout"}`},
	states.ExecutionRedriven: {states.Record{N: 2}, `"executionRedrivenEventDetails":{"redriveCount":2}`},

	states.PassStateEntered:     entered,
	states.TaskStateEntered:     entered,
	states.ChoiceStateEntered:   entered,
	states.WaitStateEntered:     entered,
	states.SucceedStateEntered:  entered,
	states.FailStateEntered:     entered,
	states.ParallelStateEntered: entered,
	states.MapStateEntered:      entered,
	states.PassStateExited:      exited,
	states.TaskStateExited:      exited,
	states.ChoiceStateExited:    exited,
	states.WaitStateExited:      exited,
	states.SucceedStateExited:   exited,
	states.ParallelStateExited:  exited,
	states.MapStateExited:       exited,

	states.TaskStateAborted:       {},
	states.WaitStateAborted:       {},
	states.ParallelStateAborted:   {},
	states.MapStateAborted:        {},
	states.ParallelStateStarted:   {},
	states.ParallelStateSucceeded: {},
	states.ParallelStateFailed:    {},
	states.MapStateSucceeded:      {},
	states.MapStateFailed:         {},
	states.MapRunSucceeded:        {},
	states.MapRunAborted:          {},
	states.LambdaFunctionStarted:  {},

	states.MapStateStarted:       {states.Record{N: 0}, `"mapStateStartedEventDetails":{"length":0}`},
	states.MapIterationStarted:   iteration("Started"),
	states.MapIterationSucceeded: iteration("Succeeded"),
	states.MapIterationFailed:    iteration("Failed"),
	states.MapIterationAborted:   iteration("Aborted"),
	states.MapRunStarted:         {states.Record{Name: "arn:run"}, `"mapRunStartedEventDetails":{"mapRunArn":"arn:run"}`},
	states.MapRunFailed:          {states.Record{Fail: failing}, `"mapRunFailedEventDetails":{` + failure + `}`},
	states.MapRunRedriven: {states.Record{Name: "arn:run", N: 1},
		`"mapRunRedrivenEventDetails":{"mapRunArn":"arn:run","redriveCount":1}`},

	states.LambdaFunctionScheduled: {
		states.Record{Name: "arn:f", Doc: doc, HasDoc: true, Task: &states.TaskDetail{Resource: "function", TimeoutSeconds: 9, RoleARN: "arn:r"}},
		`"lambdaFunctionScheduledEventDetails":{"resource":"arn:f",` + input +
			`,"timeoutInSeconds":9,"taskCredentials":{"roleArn":"arn:r"}}`},
	states.LambdaFunctionScheduleFailed: failed("lambdaFunctionScheduleFailedEventDetails"),
	states.LambdaFunctionStartFailed:    failed("lambdaFunctionStartFailedEventDetails"),
	states.LambdaFunctionFailed:         failed("lambdaFunctionFailedEventDetails"),
	states.LambdaFunctionTimedOut:       failed("lambdaFunctionTimedOutEventDetails"),
	states.LambdaFunctionSucceeded:      {states.Record{Doc: doc, HasDoc: true}, `"lambdaFunctionSucceededEventDetails":{` + output + `}`},

	states.ActivityScheduled: {
		states.Record{Name: "arn:a", Doc: doc, HasDoc: true, Task: &states.TaskDetail{TimeoutSeconds: 9, HeartbeatSeconds: 3}},
		`"activityScheduledEventDetails":{"resource":"arn:a",` + input + `,"timeoutInSeconds":9,"heartbeatInSeconds":3}`},
	states.ActivityScheduleFailed: failed("activityScheduleFailedEventDetails"),
	states.ActivityStarted:        {states.Record{Name: "w"}, `"activityStartedEventDetails":{"workerName":"w"}`},
	states.ActivitySucceeded:      {states.Record{Doc: doc, HasDoc: true}, `"activitySucceededEventDetails":{` + output + `}`},
	states.ActivityFailed:         failed("activityFailedEventDetails"),
	states.ActivityTimedOut:       failed("activityTimedOutEventDetails"),

	states.TaskScheduled: {
		states.Record{Doc: doc, HasDoc: true, Task: &states.TaskDetail{ResourceType: "sqs", Resource: "sendMessage",
			Region: "us-east-1", TimeoutSeconds: 9, HeartbeatSeconds: 3, RoleARN: "arn:r"}},
		`"taskScheduledEventDetails":{` + service + `,"region":"us-east-1","parameters":"{\"a\":1}","timeoutInSeconds":9,` +
			`"heartbeatInSeconds":3,"taskCredentials":{"roleArn":"arn:r"}}`},
	states.TaskStartedEvent:   {states.Record{Task: task}, `"taskStartedEventDetails":{` + service + `}`},
	states.TaskSubmittedEvent: taskDone("taskSubmittedEventDetails"),
	states.TaskSucceededEvent: taskDone("taskSucceededEventDetails"),
	states.TaskFailedEvent:    taskFailed("taskFailedEventDetails"),
	states.TaskStartFailed:    taskFailed("taskStartFailedEventDetails"),
	states.TaskSubmitFailed:   taskFailed("taskSubmitFailedEventDetails"),
	states.TaskTimedOut:       taskFailed("taskTimedOutEventDetails"),

	states.EvaluationFailed: {
		states.Record{Name: "S", Fail: &states.Failing{Error: states.Some("E"), Cause: states.Some("C"), Location: "Output/a"}},
		`"evaluationFailedEventDetails":{` + failure + `,"location":"Output/a","state":"S"}`},
}

type want = struct {
	record  states.Record
	details string
}

var (
	entered = want{states.Record{Name: "S", Doc: doc, HasDoc: true}, `"stateEnteredEventDetails":{"name":"S",` + input + `}`}
	exited  = want{
		states.Record{Name: "S", Doc: doc, HasDoc: true, Vars: value.Obj(value.M("z", value.FromString("t")), value.M("b", doc))},
		`"stateExitedEventDetails":{"name":"S",` + output +
			`,"assignedVariables":{"z":"\"t\"","b":"{\"a\":1}"},"assignedVariablesDetails":{"truncated":false}}`}
)

func iteration(word string) want {
	return want{states.Record{Name: "M", N: 0}, `"mapIteration` + word + `EventDetails":{"name":"M","index":0}`}
}

func failed(member string) want {
	return want{states.Record{Fail: failing}, `"` + member + `":{` + failure + `}`}
}

func taskFailed(member string) want {
	return want{states.Record{Fail: failing, Task: task}, `"` + member + `":{` + service + `,` + failure + `}`}
}

func taskDone(member string) want {
	return want{states.Record{Doc: doc, HasDoc: true, Task: task}, `"` + member + `":{` + service + `,` + output + `}`}
}

func TestEveryEventTypeHasItsDetails(t *testing.T) {
	t.Parallel()
	options := history.Options{RoleARN: "arn:aws:iam::1:role/other"}
	n := 0
	for typ := states.EventType(1); typ.String() != ""; typ++ {
		n++
		w, ok := wants[typ]
		if !ok {
			t.Errorf("%s has no row in the table", typ)
			continue
		}
		r := w.record
		r.Type, r.At, r.Prev = typ, 1731600000123, 4
		got, err := json.Marshal(options.Event(5, &r))
		if err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		want := `{"timestamp":1731600000.123,"type":"` + typ.String() + `","id":5,"previousEventId":4`
		if w.details != "" {
			want += "," + w.details
		}
		if diff := cmp.Diff(want+"}", string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
	}
	if n != 62 { // source: HistoryEventType of the API model
		t.Errorf("got %d event types, want 62", n)
	}
}

func TestAbsentMembersAreLeftOut(t *testing.T) {
	t.Parallel()
	empty := ""
	tests := []struct {
		name, want string
		event      history.Event
	}{
		{"no error and no cause", `"executionFailedEventDetails":{}`, history.Event{Type: "ExecutionFailed"}},
		{"an empty cause is present", `"executionFailedEventDetails":{"cause":""}`,
			history.Event{Type: "ExecutionFailed", Details: history.Details{Cause: &empty}}},
		{"no worker name", `"activityStartedEventDetails":{}`, history.Event{Type: "ActivityStarted"}},
		{"no location", `"evaluationFailedEventDetails":{"state":"S"}`,
			history.Event{Type: "EvaluationFailed", Details: history.Details{State: "S"}}},
	}
	for _, tt := range tests {
		got := string(tt.event.AppendJSON(nil))
		want := `{"timestamp":0,"type":"` + tt.event.Type + `","id":0,"previousEventId":0,` + tt.want + `}`
		if got != want {
			t.Errorf("%s: got %s, want %s", tt.name, got, want)
		}
	}
}

func TestTimestampsAreSecondsWithAtMostThreeDecimals(t *testing.T) {
	t.Parallel()
	for at, want := range map[states.Millis]string{
		1731600000000: "1731600000", 1731600000100: "1731600000.1", 1731600000001: "1731600000.001", 4102444799999: "4102444799.999",
	} {
		e := history.Options{}.Event(1, &states.Record{Type: states.MapStateFailed, At: at})
		got, _, _ := strings.Cut(strings.TrimPrefix(string(e.AppendJSON(nil)), `{"timestamp":`), ",")
		if got != want {
			t.Errorf("%d: got %s, want %s", at, got, want)
		}
	}
}

func TestWithoutDataDropsDocumentsAndTheirFlags(t *testing.T) {
	t.Parallel()
	records := []states.Record{
		{Type: states.PassStateExited, Name: "S", Doc: doc, HasDoc: true, Vars: doc},
		{Type: states.TaskScheduled, Doc: doc, HasDoc: true, Task: task},
		{Type: states.ExecutionSucceeded, Doc: doc, HasDoc: true},
		{Type: states.ExecutionFailed, Fail: failing},
	}
	wants := []string{
		`"stateExitedEventDetails":{"name":"S"}}`,
		`"taskScheduledEventDetails":{"resourceType":"sqs","resource":"sendMessage","region":""}}`,
		`"executionSucceededEventDetails":{}}`,
		`"executionFailedEventDetails":{"error":"E","cause":"C"}}`,
	}
	for i, e := range history.All(records, history.Options{WithoutData: true}) {
		if got := string(e.AppendJSON(nil)); !strings.HasSuffix(got, wants[i]) {
			t.Errorf("event %d: got %s, want the end %s", i+1, got, wants[i])
		}
	}
}

func TestErrorsAndCausesAreCut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text  string
		limit, want int // bytes kept
	}{
		{"short text stays", "abc", 3, 3},
		{"long text is cut", strings.Repeat("x", 300), 256, 256},
		{"two-byte characters count once", strings.Repeat("é", 300), 256, 512},
		{"characters beyond the basic plane count twice", strings.Repeat("😀", 200), 256, 512},
		{"a character is never split", "a" + strings.Repeat("😀", 200), 256, 1 + 127*4},
	}
	for _, tt := range tests {
		if got := len(history.Cut(tt.text, tt.limit)); got != tt.want {
			t.Errorf("%s: kept %d bytes, want %d", tt.name, got, tt.want)
		}
	}
	long := strings.Repeat("y", 40_000)
	e := history.Options{}.Event(1, &states.Record{Type: states.ExecutionFailed,
		Fail: &states.Failing{Error: states.Some(long), Cause: states.Some(long)}})
	if n, m := len(*e.Details.Error), len(*e.Details.Cause); n != 256 || m != 32_768 {
		t.Errorf("error has %d characters, cause %d; want 256, 32768", n, m)
	}
}

func TestRenderNumbersAndStopsAtAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var source iter.Seq2[states.Record, error] = func(yield func(states.Record, error) bool) {
		_ = yield(states.Record{Type: states.MapStateStarted}, nil) && yield(states.Record{Type: states.MapStateFailed, Prev: 1}, nil) &&
			yield(states.Record{}, broken) && yield(states.Record{}, nil)
	}
	var got []string
	for e, err := range history.Render(source, history.Options{}) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, string(e.AppendJSON(nil)))
	}
	want := []string{
		`{"timestamp":0,"type":"MapStateStarted","id":1,"previousEventId":0,"mapStateStartedEventDetails":{"length":0}}`,
		`{"timestamp":0,"type":"MapStateFailed","id":2,"previousEventId":1}`,
		"broken",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
