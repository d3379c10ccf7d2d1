package asltest_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asltest"
	objects "github.com/gait-engine/gait/task"
)

// distributed is a machine of one distributed Map whose items are worked on by body.
func distributed(fields, body string) string {
	more := ""
	if strings.Contains(fields, `"Caught"`) {
		more = `, "Caught": {"Type": "Pass", "End": true}`
	}
	return `{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, ` + fields + `
		"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {` + body + `}}}` + more + `}}`
}

const (
	passItem = `"I": {"Type": "Pass", "End": true}`
	workItem = `"I": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage", "End": true}`
	catchAll = `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], `
)

// failingFor fails the calls with these inputs.
func failingFor(inputs ...string) asltest.Resolver {
	return func(c asltest.Call) (asltest.Answer, error) {
		for _, in := range inputs {
			if c.Input == in {
				return asltest.Fail("Bad", "item "+in), nil
			}
		}
		return asltest.Return(c.Input), nil
	}
}

func TestDistributedMapWritesItsEventsAlone(t *testing.T) {
	t.Parallel()
	r := run(t, distributed(``, passItem), `["a","b"]`, asltest.Options{})
	var got []string
	for _, e := range r.Events {
		got = append(got, fmt.Sprintf("%d<%d %s", e.ID, e.PreviousEventID, e.Type))
	}
	want := []string{"1<0 ExecutionStarted", "2<0 MapStateEntered", "3<2 MapStateStarted", "4<3 MapRunStarted", "5<4 MapRunSucceeded",
		"6<5 MapStateSucceeded", "7<4 MapStateExited", "8<7 ExecutionSucceeded"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if len(r.Children) != 2 || r.Children[1].Input != `"b"` || r.Children[1].Output != `"b"` || len(r.Children[1].Events) != 4 {
		t.Errorf("child executions: %+v, want two with histories of their own", r.Children)
	}
}

func TestDistributedMapTolerance(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, fields, input, status, output string }{
		{"no failure is tolerated by default", ``, `[1,2,3]`, "FAILED", ""},
		{"a count is tolerated", `"ToleratedFailureCount": 1, `, `[1,2,3]`, "SUCCEEDED", `[1,3]`},
		{"not one more", `"ToleratedFailureCount": 1, `, `[1,2,2]`, "FAILED", ""},
		{"a percentage is tolerated", `"ToleratedFailurePercentage": 50, `, `[1,2]`, "SUCCEEDED", `[1]`},
		{"not more of it", `"ToleratedFailurePercentage": 49.9, `, `[1,2]`, "FAILED", ""},
		{"the stricter of both counts", `"ToleratedFailurePercentage": 100, "ToleratedFailureCount": 1, `, `[2,2,1]`, "FAILED", ""},
		{"a batch fails as a whole", `"ItemBatcher": {"MaxItemsPerBatch": 2}, "ToleratedFailureCount": 1, `, `[1,2]`, "FAILED", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, distributed(tt.fields, workItem), tt.input, asltest.Options{Resolve: failingFor(`2`, `{"Items":[1,2]}`)})
			if r.Status != tt.status || r.Output != tt.output {
				t.Errorf("status %s, output %s, want %s %s", r.Status, r.Output, tt.status, tt.output)
			}
			if tt.status == "FAILED" && (*r.Error != "States.ExceedToleratedFailureThreshold" ||
				*r.Cause != "The specified tolerated failure threshold was exceeded") {
				t.Errorf("error %s, cause %s", *r.Error, *r.Cause)
			}
		})
	}
}

func TestFailedMapRunStopsItsChildren(t *testing.T) {
	t.Parallel()
	slow := func(c asltest.Call) (asltest.Answer, error) {
		if c.Input == `"bad"` {
			return asltest.Fail("Bad", ""), nil
		}
		return asltest.Answer{Never: true}, nil
	}
	r := run(t, distributed(catchAll+`"MaxConcurrency": 3, `, workItem), `["x","bad","y","never started"]`, asltest.Options{Resolve: slow})
	var got []string
	for _, c := range r.Children {
		got = append(got, c.Input+" "+c.Status)
	}
	want := []string{`"x" ABORTED`, `"bad" FAILED`, `"y" ABORTED`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("child executions (-want +got):\n%s", diff)
	}
	if r.Status != "SUCCEEDED" || len(r.MapRuns) != 1 || r.MapRuns[0].Status != "FAILED" {
		t.Errorf("status %s, map runs %+v; want the failure to be caught", r.Status, r.MapRuns)
	}
}

func TestStoppedExecutionStopsItsChildren(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, extra, status string }{
		{"stopped", ``, "ABORTED"},
		{"timed out", `, "TimeoutSeconds": 5`, "TIMED_OUT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			definition := strings.TrimSuffix(distributed(``, workItem), "}") + tt.extra + "}"
			o := asltest.Options{Resolve: always(asltest.Answer{Never: true})}
			if tt.extra == "" {
				o.Stop = &asltest.Stop{After: time.Minute}
			}
			r := run(t, definition, `[1,2]`, o)
			if r.Status != tt.status || r.Children[0].Status != "ABORTED" || r.Children[1].Status != "ABORTED" || r.MapRuns[0].Status != "ABORTED" {
				t.Errorf("status %s, children %s and %s, map run %s", r.Status, r.Children[0].Status, r.Children[1].Status, r.MapRuns[0].Status)
			}
		})
	}
}

func TestRetriedDistributedMapBeginsANewMapRun(t *testing.T) {
	t.Parallel()
	n := 0
	once := func(c asltest.Call) (asltest.Answer, error) {
		if n++; n == 1 {
			return asltest.Fail("Bad", ""), nil
		}
		return asltest.Return(c.Input), nil
	}
	r := run(t, distributed(`"Retry": [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"]}], `, workItem), `[1]`, asltest.Options{Resolve: once})
	if r.Output != `[1]` || len(r.MapRuns) != 2 || r.MapRuns[0].ARN == r.MapRuns[1].ARN || r.Retries["M"] != 1 {
		t.Errorf("output %s, map runs %+v, retries %v", r.Output, r.MapRuns, r.Retries)
	}
}

func TestDistributedMapKeepsItsConcurrency(t *testing.T) {
	t.Parallel()
	most, now := 0, map[time.Duration]int{}
	slow := func(c asltest.Call) (asltest.Answer, error) {
		now[c.Elapsed]++
		most = max(most, now[c.Elapsed])
		return asltest.Answer{After: time.Second, Output: c.Input}, nil
	}
	r := run(t, distributed(`"MaxConcurrency": 3, `, workItem), `[1,2,3,4,5,6,7]`, asltest.Options{Resolve: slow})
	if most != 3 || r.Elapsed != 3*time.Second {
		t.Errorf("%d at once, %s in all; want 3 and 3s", most, r.Elapsed)
	}
}

func TestChildExecutionHasItsOwnContext(t *testing.T) {
	t.Parallel()
	body := `"I": {"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id", "machine.$": "$$.StateMachine.Id", "input.$": "$$.Execution.Input",
		"item.$": "$$.Map.Item"}, "End": true}`
	r := run(t, distributed(`"Label": "lab", "ItemSelector": {"v.$": "$$.Map.Item.Value", "all.$": "$"}, `, body), `[7]`, asltest.Options{})
	name := strings.TrimPrefix(r.Children[0].ARN, "arn:aws:states:us-east-1:123456789012:execution:StateMachine/lab:")
	if name == r.Children[0].ARN {
		t.Fatalf("the ARN of the child execution is %s", r.Children[0].ARN)
	}
	want := `[{"id":"` + r.Children[0].ARN + `","machine":"arn:aws:states:us-east-1:123456789012:stateMachine:StateMachine/lab",` +
		`"input":{"v":7,"all":[7]},"item":{"Index":0,"Value":7,"Source":"STATE_DATA"}}]`
	if r.Output != want {
		t.Errorf("output %s\n  want %s", r.Output, want)
	}
}

func TestChildExecutionsSeeNoVariablesOfTheirParent(t *testing.T) {
	t.Parallel()
	definition := `{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"n": 5}, "Next": "M"},
		"M": {"Type": "Map", "Items": [1], "ItemSelector": {"n": "{% $n %}"}, "End": true, "ItemProcessor": {
			"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "I", "States": {
				"I": {"Type": "Pass", "Output": "{% $states.input.n %}", "End": true}}}}}}`
	if r := run(t, definition, `{}`, asltest.Options{}); r.Output != `[5]` {
		t.Errorf("output %s %v, want what the ItemSelector took along", r.Output, r.Cause)
	}
}

func TestObjectItemsAreMembers(t *testing.T) {
	t.Parallel()
	r := run(t, distributed(``, passItem), `{"a":1,"b":2}`, asltest.Options{})
	if want := `[{"Key":"a","Value":1},{"Key":"b","Value":2}]`; r.Output != want {
		t.Errorf("output %s, want %s", r.Output, want)
	}
	r = run(t, distributed(`"ItemSelector": {"k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value"}, `, passItem), `{"a":1}`, asltest.Options{})
	if want := `[{"k":"a","v":1}]`; r.Output != want {
		t.Errorf("output %s, want %s", r.Output, want)
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, batcher, input, want string }{
		{"by count", `{"MaxItemsPerBatch": 2}`, `[1,2,3]`, `[{"Items":[1,2]},{"Items":[3]}]`},
		{"one each", `{"MaxItemsPerBatch": 1}`, `[1,2]`, `[{"Items":[1]},{"Items":[2]}]`},
		{"by bytes", `{"MaxInputBytesPerBatch": 15}`, `[1,2,3]`, `[{"Items":[1,2]},{"Items":[3]}]`},
		{"an item that is too large is alone", `{"MaxInputBytesPerBatch": 15}`, `[1,"0123456789",2]`,
			`[{"Items":[1]},{"Items":["0123456789"]},{"Items":[2]}]`},
		{"with an input of their own", `{"MaxItemsPerBatch": 5, "BatchInput": {"n.$": "$[0]"}}`, `[1,2]`, `[{"BatchInput":{"n":1},"Items":[1,2]}]`},
		{"of nothing", `{"MaxItemsPerBatch": 5}`, `[]`, `[]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if r := run(t, distributed(`"ItemBatcher": `+tt.batcher+`, `, passItem), tt.input, asltest.Options{}); r.Output != tt.want {
				t.Errorf("output %s %v, want %s", r.Output, r.Cause, tt.want)
			}
		})
	}
}

func TestItemReaderAndResultWriter(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := &objects.MemoryObjects{}
	if err := store.Put(ctx, objects.ObjectName{Bucket: "in", Key: "a.csv"}, []byte("n\n1\nbad\n")); err != nil {
		t.Fatal(err)
	}
	definition := distributed(`"Label": "L", "ToleratedFailureCount": 1, "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "a.csv"},
		"ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}}, "ItemSelector": {"n.$": "$$.Map.Item.Value.n", "from.$": "$$.Map.Item.Source"},
		"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p"},
			"WriterConfig": {"OutputType": "JSONL", "Transformation": "COMPACT"}}, `, workItem)
	r := run(t, definition, `{}`, asltest.Options{Objects: store, Resolve: failingFor(`{"n":"bad","from":"S3://in/a.csv"}`)})
	id := r.MapRuns[0].ARN[strings.LastIndexByte(r.MapRuns[0].ARN, ':')+1:]
	want := `{"MapRunArn":"` + r.MapRuns[0].ARN + `","ResultWriterDetails":{"Bucket":"out","Key":"p/` + id + `/manifest.json"}}`
	if r.Output != want {
		t.Fatalf("output %s %v\n  want %s", r.Output, r.Cause, want)
	}
	read := func(key string) string {
		t.Helper()
		body, err := store.Get(ctx, objects.ObjectName{Bucket: "out", Key: "p/" + id + "/" + key})
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := read("SUCCEEDED_0.jsonl"); got != `{"n":"1","from":"S3://in/a.csv"}`+"\n" {
		t.Errorf("results: %s", got)
	}
	for _, part := range []string{`"Status":"FAILED"`, `"Error":"Bad"`, `"ExecutionArn":"` + r.Children[1].ARN, `"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:StateMachine/L"`} {
		if got := read("FAILED_0.jsonl"); !strings.Contains(got, part) {
			t.Errorf("what failed: %s, want it to contain %s", got, part)
		}
	}
	if got := read("manifest.json"); !strings.Contains(got, `"PENDING":[],"SUCCEEDED":[{"Key":"p/`+id+`/SUCCEEDED_0.jsonl","Size":33}]`) {
		t.Errorf("manifest: %s", got)
	}
}

func TestItemReaderFailures(t *testing.T) {
	t.Parallel()
	reader := func(config string) string {
		return distributed(`"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key.$": "$.key"}, "ReaderConfig": {`+config+`}}, `, passItem)
	}
	tests := []struct{ name, config, body, cause string }{
		{"duplicate headers", `"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"`, "a,a\n1,2\n", "CSV headers cannot contain duplicates."},
		{"an object", `"InputType": "JSON"`, `{"a":1}`, "Attempting to map over non-iterable node."},
		{"no such pointer", `"InputType": "JSON", "ItemsPointer": "/b"`, `{"a":1}`,
			"The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure."},
		{"negative MaxItems", `"InputType": "JSON", "MaxItemsPath": "$.max"`, `[1]`, "field MaxItems must be positive"},
		{"Parquet", `"InputType": "PARQUET"`, `PAR1`, "The InputType PARQUET is not supported."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &objects.MemoryObjects{}
			if err := store.Put(context.Background(), objects.ObjectName{Bucket: "in", Key: "k"}, []byte(tt.body)); err != nil {
				t.Fatal(err)
			}
			r := run(t, reader(tt.config), `{"key": "k", "max": -1}`, asltest.Options{Objects: store})
			if r.Status != "FAILED" || *r.Error != "States.ItemReaderFailed" || *r.Cause != tt.cause {
				t.Errorf("status %s, error %v, cause %v; want cause %q", r.Status, r.Error, *r.Cause, tt.cause)
			}
			if n := len(r.Events); r.Events[n-3].Type != "MapRunFailed" || r.Events[n-2].Type != "MapStateFailed" {
				t.Errorf("the history ends with %s, %s", r.Events[n-3].Type, r.Events[n-2].Type)
			}
		})
	}
	r := run(t, reader(`"InputType": "JSON"`), `{"key": "k"}`, asltest.Options{})
	if r.Status != "FAILED" || *r.Error != "States.ItemReaderFailed" {
		t.Errorf("without objects: status %s", r.Status)
	}
}

func TestItemsOfAHandlerAreMocked(t *testing.T) {
	t.Parallel()
	definition := distributed(`"ItemReader": {"Resource": "gait:items", "Parameters": {"n": 1}}, `, passItem)
	r := run(t, definition, `{}`, asltest.Options{Resolve: func(c asltest.Call) (asltest.Answer, error) {
		if c.State != "M" || c.Resource != "gait:items" || c.Input != `{"n":1}` {
			t.Errorf("called with %+v", c)
		}
		return asltest.Return(`{"a": 1}`), nil
	}})
	if want := `[{"Key":"a","Value":1}]`; r.Output != want {
		t.Errorf("output %s, want %s", r.Output, want)
	}
}

func TestNestedDistributedMaps(t *testing.T) {
	t.Parallel()
	inner := `"I": {"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
		"StartAt": "J", "States": {"J": {"Type": "Pass", "End": true}}}}`
	if r := run(t, distributed(``, inner), `[[1,2],[3],[]]`, asltest.Options{}); r.Output != `[[1,2],[3],[]]` || len(r.MapRuns) != 4 {
		t.Errorf("output %s, %d map runs", r.Output, len(r.MapRuns))
	}
}

func TestManyItems(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteByte('[')
	for i := range 3000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, i)
	}
	b.WriteByte(']')
	if r := run(t, distributed(``, passItem), b.String(), asltest.Options{}); r.Output != b.String() {
		t.Errorf("status %s %v", r.Status, r.Cause)
	}
	r := run(t, distributed(``, `"I": {"Type": "Pass", "Result": "`+strings.Repeat("x", 100)+`", "End": true}`), b.String(), asltest.Options{})
	if r.Status != "FAILED" || *r.Error != "States.DataLimitExceeded" {
		t.Errorf("results of 300 KB: status %s, want States.DataLimitExceeded", r.Status)
	}
}
