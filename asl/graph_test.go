package asl_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
)

func compile(t *testing.T, definition string) *asl.Machine {
	t.Helper()
	m, err := asl.Compile([]byte(definition), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const graph = `{"Comment":"c","StartAt":"T","TimeoutSeconds":9,"States":{
	"T":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken","Parameters":{"a.$":"$.a","b":{"c":[1,{"d.$":"States.UUID()"}]},"e":{"f":2}},
		"TimeoutSeconds":30,"HeartbeatSecondsPath":"$.h","ResultPath":null,"Credentials":{"RoleArn.$":"$.role"},
		"Retry":[{"ErrorEquals":["A","B"]},{"ErrorEquals":["States.ALL"],"IntervalSeconds":2,"MaxAttempts":0,"BackoffRate":1.5,"MaxDelaySeconds":60,"JitterStrategy":"FULL"}],
		"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.error","Assign":{"x":1},"Next":"C"}],"Next":"C"},
	"C":{"Type":"Choice","Default":"P","Choices":[
		{"And":[{"Variable":"$.t","TimestampLessThan":"2020-01-02T03:04:05.5Z"},{"Not":{"Variable":"$$.Execution.Name","StringEqualsPath":"$v"}}],"Next":"P"},
		{"Variable":"$.n","NumericGreaterThanEquals":1.50,"Next":"M","Assign":{"x.$":"$.n"}}]},
	"P":{"Type":"Parallel","Branches":[{"StartAt":"P0","States":{"P0":{"Type":"Fail","Error":"E","CausePath":"States.Format('{}',$.m)"}}},
		{"StartAt":"P1","States":{"P1":{"Type":"Wait","Timestamp":"2020-01-02T03:04:05+01:00","End":true}}}],"Next":"M"},
	"M":{"Type":"Map","ItemsPath":"$$.Execution.Input.items","MaxConcurrencyPath":"$.n","ToleratedFailurePercentage":0.5,"Label":"l",
		"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"b"},"ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN","CSVHeaders":["x","y"],"MaxItems":10}},
		"ItemBatcher":{"MaxItemsPerBatch":3,"MaxInputBytesPerBatchPath":"$.b","BatchInput":{"k.$":"$.k"}},
		"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"b"},"WriterConfig":{"Transformation":"FLATTEN","OutputType":"JSONL"}},
		"ItemSelector":{"i.$":"$$.Map.Item.Index"},
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"M0","States":{"M0":{"Type":"Pass","Result":{"z.$":1},"Next":"M1"},"M1":{"Type":"Succeed"}}},
		"End":true}}}`

func TestCompiledGraph(t *testing.T) {
	m := compile(t, graph)
	if m.Comment != "c" || m.TimeoutSeconds != 9 || m.QueryLanguage != asl.JSONPath || m.Hash == [32]byte{} {
		t.Errorf("machine: %q %d %v %x", m.Comment, m.TimeoutSeconds, m.QueryLanguage, m.Hash)
	}
	var flows []string
	for i, f := range m.Flows {
		if f.ID != asl.FlowID(i) {
			t.Errorf("flow %d has the ID %d", i, f.ID)
		}
		for j, s := range f.States {
			c := s.Common()
			if c.Flow != f.ID || c.ID != asl.StateID(j) || m.State(c.Flow, c.ID) != s {
				t.Errorf("%s has the IDs %d, %d", c.Name, c.Flow, c.ID)
			}
		}
		flows = append(flows, fmt.Sprint(f.Pointer, " ", f.States[f.StartAt].Common().Name, " ", len(f.States)))
	}
	if diff := cmp.Diff([]string{" T 4", "/States/P/Branches/0 P0 1", "/States/P/Branches/1 P1 1", "/States/M/ItemProcessor M0 2"}, flows); diff != "" {
		t.Errorf("flows (-want +got):\n%s", diff)
	}

	s, _ := m.Find("T")
	task := s.(*asl.Task)
	if want := (asl.Resource{Text: "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken", Pattern: asl.WaitForTaskToken, Service: "aws-sdk:sqs", Action: "sendMessage.waitForTaskToken"}); task.Resource != want {
		t.Errorf("resource: %+v", task.Resource)
	}
	wantRetry := []asl.Retrier{
		{ErrorEquals: []string{"A", "B"}, IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2},
		{ErrorEquals: []string{"States.ALL"}, IntervalSeconds: 2, BackoffRate: 1.5, MaxDelaySeconds: 60, FullJitter: true},
	}
	if diff := cmp.Diff(wantRetry, task.Retry); diff != "" {
		t.Errorf("retry (-want +got):\n%s", diff)
	}
	if c := task.Catch[0]; c.Next != 1 || c.ResultPath.Path.String() != "$.error" || c.Assign.Root.Members[0].Key != "x" {
		t.Errorf("catch: %+v", c)
	}
	if !task.Timeout.Set || task.Timeout.Literal != 30 || task.Heartbeat.Path.String() != "$.h" || !task.ResultPath.Null || task.RoleARN.Root.Path.String() != "$.role" {
		t.Errorf("task: %+v", task)
	}
	root := task.Arguments.Root
	if root.Kind != asl.ObjectNode || root.Members[0].Key != "a" || root.Members[0].Node.Field != "a.$" || root.Members[0].Node.Kind != asl.PathNode ||
		root.Members[1].Node.Members[0].Node.Elems[1].Members[0].Node.Kind != asl.IntrinsicNode || root.Members[2].Node.Literal.JSON() != `{"f":2}` {
		t.Errorf("template: %+v", root)
	}

	s, _ = m.Find("C")
	choice := s.(*asl.Choice)
	and := choice.Rules[0].Condition
	if and.Op != asl.And || and.Children[0].Op != asl.TimestampLessThan || !and.Children[0].OperandTime.Equal(time.Date(2020, 1, 2, 3, 4, 5, 5e8, time.UTC)) ||
		and.Children[1].Op != asl.Not || and.Children[1].Children[0].OperandPath.String() != "$v" || and.Children[1].Children[0].Op != asl.StringEquals {
		t.Errorf("condition: %+v", and)
	}
	if r := choice.Rules[1]; r.Condition.Operand.JSON() != "1.50" || r.Next != 3 || r.Pointer != "/States/C/Choices/1" || choice.Default != 2 {
		t.Errorf("rule: %+v", r)
	}

	s, _ = m.Find("M")
	mp := s.(*asl.Map)
	if !mp.Distributed || !mp.Express || mp.Processor != 3 || mp.Label != "l" || mp.MaxConcurrency.Path.String() != "$.n" || mp.ToleratedPercentage.Literal != 0.5 ||
		mp.ItemsPath.Path.String() != "$$.Execution.Input.items" || mp.ItemSelector == nil || mp.Arguments != nil {
		t.Errorf("map: %+v", mp)
	}
	if r := mp.Reader; r.InputType != "CSV" || len(r.CSVHeaders) != 2 || r.MaxItems.Literal != 10 || r.Arguments.Root.Literal.JSON() != `{"Bucket":"b"}` {
		t.Errorf("reader: %+v", r)
	}
	if b := mp.Batcher; b.MaxItems.Literal != 3 || b.MaxInputBytes.Path.String() != "$.b" || b.BatchInput.Root.Kind != asl.ObjectNode {
		t.Errorf("batcher: %+v", b)
	}
	if w := mp.Writer; w.Resource != "arn:aws:states:::s3:putObject" || w.Transformation != "FLATTEN" || w.OutputType != "JSONL" {
		t.Errorf("writer: %+v", w)
	}
	s, _ = m.Find("M0")
	if p := s.(*asl.Pass); !p.HasResult || p.Result.JSON() != `{"z.$":1}` {
		t.Errorf("pass: %+v", p)
	}
	s, _ = m.Find("P0")
	if f := s.(*asl.Fail); f.Error.Literal != "E" || f.Cause.Call == nil || f.Cause.Path != nil {
		t.Errorf("fail: %+v", f)
	}
	s, _ = m.Find("P1")
	if w := s.(*asl.Wait); w.Timestamp.Text != "2020-01-02T03:04:05+01:00" || w.Timestamp.Literal.UTC().Hour() != 2 || w.Seconds.Set {
		t.Errorf("wait: %+v", w)
	}
}

func TestCompiledJSONata(t *testing.T) {
	m := compile(t, `{"QueryLanguage":"JSONata","StartAt":"T","States":{
		"T":{"Type":"Task","Resource":"gait:t","Arguments":{"a":["{%  $states.input.x %}",1]},"TimeoutSeconds":"{% 1+1 %}","Output":null,"Assign":{"v":"{% $states.result %}","w":2},
			"Catch":[{"ErrorEquals":["E"],"Output":"{% $states.errorOutput %}","Next":"C"}],"Next":"C"},
		"C":{"Type":"Choice","Choices":[{"Condition":"{% $v = 1 %}","Output":{"o":"{%$v%}"},"Next":"E"},{"Condition":true,"Next":"E"}],"Output":7},
		"E":{"Type":"Wait","Seconds":3,"End":true}}}`)
	s, _ := m.Find("T")
	task := s.(*asl.Task)
	field := func(e *asl.Expression) string { return e.Field + " = " + e.Program.Source() }
	got := []string{
		field(task.Arguments.Root.Members[0].Node.Elems[0].Expr), field(task.Timeout.Expr), field(task.Assign.Root.Members[0].Node.Expr),
		field(task.Catch[0].Output.Root.Expr),
	}
	s, _ = m.Find("C")
	choice := s.(*asl.Choice)
	got = append(got, field(choice.Rules[0].Expr), field(choice.Rules[0].Output.Root.Members[0].Node.Expr))
	want := []string{
		"Arguments/a[0] = $states.input.x", "TimeoutSeconds = 1+1", "Assign/v = $states.result", "Catch[0]/Output = $states.errorOutput",
		"Choices[0]/Condition = $v = 1", "Choices[0]/Output/o = $v",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("expressions (-want +got):\n%s", diff)
	}
	if task.Output == nil || !task.Output.Root.Literal.IsNull() || task.Output.Root.Kind != asl.LiteralNode {
		t.Errorf("a null Output is a value: %+v", task.Output)
	}
	if r := choice.Rules[1]; r.Expr != nil || !r.Literal {
		t.Errorf("a literal condition: %+v", r)
	}
}

func TestResources(t *testing.T) {
	tests := []struct {
		text            string
		kind            asl.ResourceKind
		pattern         asl.Pattern
		service, action string
		region          string
	}{
		{"arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", asl.LambdaFunction, asl.RequestResponse, "lambda", "function", ""},
		{"arn:aws:states:us-east-1:123456789012:activity:a", asl.Activity, asl.RequestResponse, "states", "activity", ""},
		{"arn:aws-cn:states:::ecs:runTask.sync", asl.Integration, asl.RunJob, "ecs", "runTask.sync", ""},
		{"arn:aws:states:::states:startExecution.sync:2", asl.Integration, asl.RunJob, "states", "startExecution.sync:2", ""},
		{"arn:aws:states:us-east-1:123456789012:aws-sdk:s3:getObject", asl.Integration, asl.RequestResponse, "aws-sdk:s3", "getObject", "us-east-1"},
		{"arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken", asl.Integration, asl.WaitForTaskToken, "aws-sdk:sfn", "startExecution.waitForTaskToken", ""},
		{"gait:charge", asl.Integration, asl.RequestResponse, "", "", ""},
		{"gait:charge.waitForTaskToken", asl.Integration, asl.WaitForTaskToken, "", "", ""},
	}
	for _, tt := range tests {
		m := compile(t, `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"`+tt.text+`","End":true}}}`)
		s, _ := m.Find("T")
		want := asl.Resource{Text: tt.text, Kind: tt.kind, Pattern: tt.pattern, Service: tt.service, Action: tt.action, Region: tt.region}
		if got := s.(*asl.Task).Resource; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	for _, text := range []string{"", "foo", "docker://x", "arn:aws:lambda:us-east-1:1:layer:l", "arn:aws:states:::", "arn:aws:states:::sqs", "arn:aws:states:::aws-sdk:s3",
		"arn:aws:states:::aws-sdk:s3:getObject.sync", "arn:aws:states:::sqs:sendMessage.x", "arn:aws:states:us-east-1:1:stateMachine:m", "arn:aws:lambda:us-east-1:1:function:a b"} {
		src := `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"` + text + `","End":true}}}`
		if _, err := asl.Compile([]byte(src), asl.Options{}); err == nil {
			t.Errorf("%q was accepted", text)
		}
		if _, err := asl.Compile([]byte(src), asl.Options{AnyResource: true}); (err == nil) != (text != "") {
			t.Errorf("%q with AnyResource: %v", text, err)
		}
	}
}

func TestMachineHelpers(t *testing.T) {
	m := compile(t, graph)
	edges := map[string][]string{}
	for _, f := range m.Flows {
		for _, s := range f.States {
			for _, e := range asl.Transitions(s) {
				to := "end"
				if !e.End {
					to = f.States[e.Target].Common().Name
				}
				edges[s.Common().Name] = append(edges[s.Common().Name], fmt.Sprint(e.Pointer, " -> ", to, " ", e.Kind, e.Index))
			}
		}
	}
	want := map[string][]string{
		"T":  {"/States/T/Catch/0/Next -> C 3 0", "/States/T/Next -> C 0 0"},
		"C":  {"/States/C/Choices/0/Next -> P 1 0", "/States/C/Choices/1/Next -> M 1 1", "/States/C/Default -> P 2 0"},
		"P":  {"/States/P/Next -> M 0 0"},
		"M":  {"/States/M/End -> end 0 0"},
		"P1": {"/States/P/Branches/1/States/P1/End -> end 0 0"},
		"M0": {"/States/M/ItemProcessor/States/M0/Next -> M1 0 0"},
	}
	if diff := cmp.Diff(want, edges); diff != "" {
		t.Errorf("transitions (-want +got):\n%s", diff)
	}
	for pointer, name := range map[string]string{
		"/States/T": "T", "/States/C/Choices/0/Next": "C", "/States/P/Branches/1/States/P1/End": "P1", "/States/P/Branches/1": "P", "/States": "", "/States/TT": "",
	} {
		got := ""
		if s, ok := m.At(pointer); ok {
			got = s.Common().Name
		}
		if got != name {
			t.Errorf("At(%q) = %q, want %q", pointer, got, name)
		}
	}
	if p := m.Parent(3); p == nil || p.Common().Name != "M" || m.Parent(0) != nil || m.Parent(9) != nil {
		t.Errorf("Parent(3) = %v", p)
	}
	if s, ok := m.Find("nobody"); ok || s != nil || m.State(0, 99) != nil || m.State(-1, 0) != nil {
		t.Error("found what is not there")
	}
	wantReads := map[string][]string{"C": {"v"}}
	if diff := cmp.Diff(wantReads, m.VariableReferences()); diff != "" {
		t.Errorf("variable references (-want +got):\n%s", diff)
	}
}

func TestDiagnosticsHavePlacesAndHints(t *testing.T) {
	src := "{\n  \"StartAt\": \"Chrage\",\n  \"States\": {\n    \"Charge/1\": {\"Type\": \"Task\", \"Resource\": \"gait:x\", \"Retyr\": [], \"End\": true}\n  }\n}"
	want := []asl.Diagnostic{{
		Severity: asl.SeverityError, Code: "SCHEMA_VALIDATION_FAILED", Message: "Field 'Retyr' is not supported", Location: "/States/Charge/1",
		Pointer: "/States/Charge~11/Retyr", Line: 4, Column: 65, Hint: `did you mean "Retry"?`,
	}}
	if diff := cmp.Diff(want, asl.Validate([]byte(src), asl.Options{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ds := asl.Validate([]byte(`{"StartAt":"Chrage","States":{"Charge":{"Type":"Succeed"}}}`), asl.Options{})
	if len(ds) != 1 || ds[0].Hint != `did you mean "Charge"?` || ds[0].String() != "1:12: MISSING_TRANSITION_TARGET: Missing 'Next' target: Chrage at /StartAt" {
		t.Errorf("got %+v", ds)
	}
}

func TestHintsOfTargetsInOtherScopes(t *testing.T) {
	ds := asl.Validate([]byte(`{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"P"}}}]}}}`), asl.Options{})
	if len(ds) != 1 || ds[0].Hint != "the state at /States/P is in another scope: transitions stay in theirs" {
		t.Errorf("got %+v", ds)
	}
}

func TestAtMostAHundredDiagnostics(t *testing.T) {
	src := `{"StartAt":"A","States":{"A":{"Type":"Succeed"}`
	for i := range 300 {
		src += fmt.Sprintf(`,"S%d":{"Type":"Pass"}`, i)
	}
	if n := len(asl.Validate([]byte(src+"}}"), asl.Options{})); n != 100 {
		t.Errorf("%d diagnostics", n)
	}
}

func TestASingleState(t *testing.T) {
	opts := asl.Options{Single: "S"}
	m, err := asl.Compile([]byte(`{"Type":"Choice","Choices":[{"Variable":"$v","IsNull":true,"Next":"A"}],"Default":"B"}`), opts)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range m.Flows[0].States {
		names = append(names, s.Common().Name)
	}
	choice, ok := m.Flows[0].States[0].(*asl.Choice)
	if diff := cmp.Diff([]string{"S", "B", "A"}, names); diff != "" || !ok || names[choice.Rules[0].Next] != "A" || names[choice.Default] != "B" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	ds := asl.Validate([]byte(`{"Type":"Parallel","Next":"S","Branches":[{"StartAt":"X","States":{"Y":{"Type":"Succeed"}}}]}`), opts)
	if len(ds) != 1 || ds[0].AWS() != "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /Branches[0]/StartAt" || ds[0].Column != 54 {
		t.Errorf("got %v", ds)
	}
	if ds = asl.Validate([]byte(`{"Type":"Pass","Foo":1}`), opts); len(ds) != 2 || ds[0].Location != "/" {
		t.Errorf("got %v", ds)
	}
}
