package asl_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
)

// A rule is one definition and everything AWS would say about it. A state may be given alone: it is then the state S of a
// machine that has another, N, to go on to.
type rule struct {
	name    string
	state   string // of S; or
	machine string
	express bool
	want    []string // "MESSAGE at LOCATION", with another code than SCHEMA_VALIDATION_FAILED before it
}

func (r rule) definition() string {
	if r.machine != "" {
		return r.machine
	}
	if !strings.Contains(r.state, `"N"`) { // S ends the machine, or N would not be reachable
		return `{"StartAt":"S","States":{"S":` + r.state + `}}`
	}
	return `{"StartAt":"S","States":{"S":` + r.state + `,"N":{"Type":"Succeed"}}}`
}

func run(t *testing.T, rules []rule) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			var got []string
			for _, d := range asl.Validate([]byte(r.definition()), asl.Options{Express: r.express}) {
				got = append(got, strings.TrimPrefix(d.AWS(), "SCHEMA_VALIDATION_FAILED: "))
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", r.definition(), diff)
			}
		})
	}
}

func TestMachineRules(t *testing.T) {
	run(t, []rule{
		{name: "blank", machine: " \n", want: []string{"Definition must be a valid JSON object at null"}},
		{name: "no object", machine: `[1]`, want: []string{"Definition must be a valid JSON object at null"}},
		{name: "missing fields, all in one message", machine: `{}`, want: []string{"These fields are required: [States, StartAt] at /"}},
		{name: "unknown field", machine: `{"StartAt":"S","Foo":1,"States":{"S":{"Type":"Succeed"}}}`, want: []string{"Field 'Foo' is not supported at /"}},
		{name: "empty States", machine: `{"StartAt":"S","States":{}}`, want: []string{"Value cannot be empty at /States"}},
		{name: "empty StartAt", machine: `{"StartAt":"","States":{"S":{"Type":"Succeed"}}}`, want: []string{"Value cannot be empty at /StartAt"}},
		{name: "types", machine: `{"Comment":1,"StartAt":2,"TimeoutSeconds":"3","States":{"S":4}}`, want: []string{
			"Expected value of type [STRING] at /Comment", "Expected value of type [STRING] at /StartAt",
			"Expected value of type [INTEGER] at /TimeoutSeconds", "Expected value of type [OBJECT] at /States/S",
		}},
		{name: "version", machine: `{"Version":"2.0","StartAt":"S","States":{"S":{"Type":"Succeed"}}}`, want: []string{"Value should be one of the following: [1.0] at /Version"}},
		{name: "range of TimeoutSeconds", machine: `{"TimeoutSeconds":100000000,"StartAt":"S","States":{"S":{"Type":"Succeed"}}}`,
			want: []string{"Maximum value is 99999999 at /TimeoutSeconds"}},
		{name: "unknown language", machine: `{"QueryLanguage":"jq","StartAt":"S","States":{"S":{"Type":"Succeed"}}}`,
			want: []string{"Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage"}},
		{name: "language of another type", machine: `{"QueryLanguage":1,"StartAt":"S","States":{"S":{"Type":"Succeed"}}}`,
			want: []string{"Expected value of type [STRING] at /QueryLanguage"}},
		{name: "an unknown language counts as JSONata", machine: `{"QueryLanguage":"jq","StartAt":"S","States":{"S":{"Type":"Succeed","InputPath":"$"}}}`, want: []string{
			"Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage",
			"The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/S"}},
		{name: "a JSONata machine has no JSONPath states", machine: `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Succeed","QueryLanguage":"JSONPath"}}}`,
			want: []string{"'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/S"}},
		{name: "nested states have the language of the machine, not of the state around them",
			state: `{"Type":"Parallel","QueryLanguage":"JSONata","End":true,"Branches":[{"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"$.a","End":true}}}]}`},
		{name: "a branch has no language", state: `{"Type":"Parallel","End":true,"Branches":[{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}]}`,
			want: []string{"Field 'QueryLanguage' is not supported at /States/S/Branches[0]"}},
		{name: "a state name is used once in the whole machine", state: `{"Type":"Parallel","End":true,"Branches":[{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}]}`,
			want: []string{"DUPLICATE_STATE_NAME: A state with the name 'S' already exists at /States/S/Branches[0]/States/S"}},
		{name: "80 characters of a state name", machine: `{"StartAt":"` + strings.Repeat("ü", 80) + `","States":{"` + strings.Repeat("ü", 80) + `":{"Type":"Succeed"}}}`},
		{name: "81 characters of a state name", machine: `{"StartAt":"` + strings.Repeat("n", 81) + `","States":{"` + strings.Repeat("n", 81) + `":{"Type":"Succeed"}}}`,
			want: []string{"The state name '" + strings.Repeat("n", 64) + "…' has 81 characters, the maximum is 80 at /States"}},
	})
}

func TestTransitionRules(t *testing.T) {
	run(t, []rule{
		{name: "missing targets of every kind", machine: `{"StartAt":"X1","States":{
			"C":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"X2"}],"Default":"X3"},
			"T":{"Type":"Task","Resource":"gait:t","Catch":[{"ErrorEquals":["E"],"Next":"X4"}],"Next":"X5"},"E":{"Type":"Succeed"}}}`, want: []string{
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: X1 at /StartAt",
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: X2 at /States/C/Choices[0]/Next",
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: X3 at /States/C/Default",
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: X4 at /States/T/Catch[0]/Next",
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: X5 at /States/T/Next"}},
		{name: "missing targets come before unreachable states", machine: `{"StartAt":"A","States":{"U":{"Type":"Succeed"},"A":{"Type":"Pass","Next":"X"}}}`, want: []string{
			"MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Next",
			`MISSING_TRANSITION_TARGET: State "U" is not reachable. at /States/U`}},
		{name: "names are case-sensitive", machine: `{"StartAt":"a","States":{"A":{"Type":"Succeed"}}}`, want: []string{"MISSING_TRANSITION_TARGET: Missing 'Next' target: a at /StartAt"}},
		{name: "a cycle that nothing leads to", machine: `{"StartAt":"A","States":{"A":{"Type":"Succeed"},"B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","Next":"B"}}}`, want: []string{
			`MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B`, `MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C`}},
		{name: "unreachable in a branch", state: `{"Type":"Parallel","End":true,"Branches":[{"StartAt":"A","States":{"A":{"Type":"Succeed"},"B":{"Type":"Succeed"}}}]}`,
			want: []string{`MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/S/Branches[0]/States/B`}},
		{name: "reachable through a catcher", state: `{"Type":"Task","Resource":"gait:t","Catch":[{"ErrorEquals":["E"],"Next":"N"}],"End":true}`},
		{name: "no end replaces the search for unreachable states", machine: `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A"},"B":{"Type":"Pass","Next":"A"}}}`,
			want: []string{"MISSING_END_STATE: Workflow has no terminal state at null"}},
		{name: "inner flows need no end", state: `{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A"}}}}`},
		{name: "no way out of a branch", state: `{"Type":"Parallel","Next":"N","Branches":[{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"N"}}}]}`,
			want: []string{"MISSING_TRANSITION_TARGET: Missing 'Next' target: N at /States/S/Branches[0]/States/A/Next"}},
		{name: "no way into a branch", state: `{"Type":"Parallel","Next":"A","Branches":[{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}],"Comment":"N"}`,
			want: []string{"MISSING_TRANSITION_TARGET: Missing 'Next' target: A at /States/S/Next", `MISSING_TRANSITION_TARGET: State "N" is not reachable. at /States/N`}},
		{name: "Next and End", state: `{"Type":"Pass","Next":"N","End":true}`, want: []string{"There should only be one of the following fields: [Next, End] at /States/S"}},
		{name: "neither Next nor End", state: `{"Type":"Pass"}`, want: []string{"This object should have only one of the following fields: [Next, End] at /States/S"}},
		{name: "End false counts as absent", state: `{"Type":"Pass","Next":"N","End":false}`},
		{name: "End false alone", state: `{"Type":"Pass","End":false}`, want: []string{"This object should have only one of the following fields: [Next, End] at /States/S"}},
		{name: "structure hides transitions", machine: `{"StartAt":"X","Foo":1,"States":{"A":{"Type":"Succeed"}}}`, want: []string{"Field 'Foo' is not supported at /"}},
	})
}

func TestStateRules(t *testing.T) {
	run(t, []rule{
		{name: "no Type", state: `{"End":true,"Bogus":1}`, want: []string{"The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/S/Type"}},
		{name: "Type is case-sensitive", state: `{"Type":"pass","End":true}`, want: []string{"The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/S/Type"}},
		{name: "field of another type", state: `{"Type":"Succeed","Next":"S"}`, want: []string{"Field 'Next' is not supported at /States/S"}},
		{name: "field of the other language", state: `{"Type":"Pass","Output":1,"End":true}`,
			want: []string{"The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/S"}},
		{name: "a refused field is not read", state: `{"Type":"Pass","QueryLanguage":"JSONata","InputPath":5,"Parameters":{"a":"{% x"},"ResultSelector":{"a":"{% x"},"End":true}`, want: []string{
			"The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/S",
			"The QueryLanguage is set to 'JSONata', but field 'Parameters' is only supported for the 'JSONPath' QueryLanguage at /States/S",
			"Field 'ResultSelector' is not supported at /States/S"}},
		{name: "paths", state: `{"Type":"Pass","InputPath":"a","OutputPath":5,"ResultPath":"$.a[*]","End":true}`, want: []string{
			"Value must be a valid JSONPath. at /States/S/InputPath", "Expected value of type [STRING] at /States/S/OutputPath",
			"Value is not a Reference Path at /States/S/ResultPath"}},
		{name: "null paths", state: `{"Type":"Pass","InputPath":null,"OutputPath":null,"ResultPath":null,"End":true}`},
		{name: "ResultPath without $", state: `{"Type":"Pass","ResultPath":"a","End":true}`, want: []string{"Value is not a Reference Path: Reference path didn't start with '$' at /States/S/ResultPath"}},
		{name: "ResultPath into the context object", state: `{"Type":"Pass","ResultPath":"$$.a","End":true}`, want: []string{"Value is not a Reference Path at /States/S/ResultPath"}},
		{name: "templates", state: `{"Type":"Pass","Parameters":{"a.$":"x","b":[{"c.$":{"d":1}}],"e.$":"States.format('x')","f.$":"$.f","g.$":"States.Array(1, $.a)"},"End":true}`, want: []string{
			"The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/Parameters",
			"The value for the field 'c.$' must be a STRING that contains a JSONPath but was an OBJECT at /States/S/Parameters",
			"The value for the field 'e.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/Parameters"}},
		{name: "Result is not a template", state: `{"Type":"Pass","Result":{"a.$":"x","a":1},"End":true}`},
		{name: "wait: none", state: `{"Type":"Wait","End":true}`, want: []string{"This object should have only one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/S"}},
		{name: "wait: two", state: `{"Type":"Wait","Seconds":1,"SecondsPath":"$.a","End":true}`,
			want: []string{"There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/S"}},
		{name: "wait: not RFC 3339", state: `{"Type":"Wait","Timestamp":"2020-01-02 03:04:05Z","End":true}`, want: []string{"String does not match RFC3339 timestamp at /States/S/Timestamp"}},
		{name: "wait: nanoseconds and an offset", state: `{"Type":"Wait","Timestamp":"2020-01-02T03:04:05.123456789-05:30","End":true}`},
		{name: "wait: JSONata text in a JSONPath state", state: `{"Type":"Wait","Timestamp":"{% $now() %}","End":true}`, want: []string{"String does not match RFC3339 timestamp at /States/S/Timestamp"}},
		{name: "wait: JSONata", state: `{"Type":"Wait","QueryLanguage":"JSONata","Seconds":"{% 1 + 1 %}","End":true}`},
		{name: "wait: a text is no number", state: `{"Type":"Wait","QueryLanguage":"JSONata","Seconds":"5","End":true}`, want: []string{"Expected value of type [INTEGER] at /States/S/Seconds"}},
		{name: "half-marked", state: `{"Type":"Pass","QueryLanguage":"JSONata","Output":{"a":"{% 1","b":" {% 1 %}","c":" {% 1 %} "},"End":true}`, want: []string{
			"JSONata string must start with {% and end with %} at /States/S/Output/a", "JSONata string must start with {% and end with %} at /States/S/Output/b"}},
		{name: "fail: pairs", state: `{"Type":"Fail","Error":"e","ErrorPath":"$.e","Cause":"c","CausePath":"$.c"}`, want: []string{
			"There should only be one of the following fields: [Error, ErrorPath] at /States/S", "There should only be one of the following fields: [Cause, CausePath] at /States/S"}},
		{name: "fail: an intrinsic function that gives a text", state: `{"Type":"Fail","ErrorPath":"States.Format('E{}', $.n)","CausePath":"States.ArrayLength($.a)"}`,
			want: []string{"Value must be a valid JSONPath or a valid intrinsic function call that returns a string at /States/S/CausePath"}},
		{name: "parallel: no branches", state: `{"Type":"Parallel","Branches":[],"End":true}`, want: []string{"Value cannot be empty at /States/S/Branches"}},
		{name: "parallel: a branch without States", state: `{"Type":"Parallel","Branches":[{"StartAt":"A"}],"End":true}`, want: []string{"These fields are required: [States] at /States/S/Branches[0]"}},
	})
}

func TestTaskRules(t *testing.T) {
	run(t, []rule{
		{name: "Resource is required", state: `{"Type":"Task","End":true}`, want: []string{"These fields are required: [Resource] at /States/S"}},
		{name: "no ARN", state: `{"Type":"Task","Resource":"foo:bar","End":true}`, want: []string{"Value is not a valid resource ARN at /States/S/Resource"}},
		{name: "the host's own scheme", state: `{"Type":"Task","Resource":"gait:charge","End":true}`},
		{name: "unknown action", state: `{"Type":"Task","Resource":"arn:aws:states:::dynamodb:query","End":true}`,
			want: []string{"The resource provided arn:aws:states:::dynamodb:query is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/S/Resource"}},
		{name: "a pattern the action does not have", state: `{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.sync","End":true}`,
			want: []string{"The resource provided arn:aws:states:::sqs:sendMessage.sync is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/S/Resource"}},
		{name: "a call that aws-sdk leaves out", state: `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:kinesis:subscribeToShard","End":true}`,
			want: []string{"The resource provided arn:aws:states:::aws-sdk:kinesis:subscribeToShard is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/S/Resource"}},
		{name: "parameters that the action lacks or needs", state: `{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl.$":"$.q","messageBody":"m"},"End":true}`,
			want: []string{`The field "messageBody" is not supported by Step Functions at /States/S/Parameters`,
				"The field 'MessageBody' is required but was missing at /States/S/Parameters"}},
		{name: "parameters in JSONata", state: `{"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:states:::sns:publish","Arguments":{"Message":"{% $x %}"},"End":true}`,
			want: []string{"The field 'TopicArn' is required but was missing at /States/S/Arguments"}},
		{name: "parameters that the input gives", state: `{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true}`},
		{name: "an action of aws-sdk in PascalCase", state: `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:s3:GetObject","End":true}`,
			want: []string{"The resource provided arn:aws:states:::aws-sdk:s3:GetObject is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/S/Resource"}},
		{name: "a service of aws-sdk with a hyphen", state: `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:bedrock-runtime:converse","End":true}`,
			want: []string{"The resource provided arn:aws:states:::aws-sdk:bedrock-runtime:converse is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/S/Resource"}},
		{name: "a new service of aws-sdk", state: `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:newest2:doIt.waitForTaskToken","End":true}`},
		{name: "a known service in another spelling", state: `{"Type":"Task","Resource":"arn:aws:states:::bedrock-agentcore:invokeHarness","End":true}`,
			want: []string{"The resource provided arn:aws:states:::bedrock-agentcore:invokeHarness is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/S/Resource"}},
		{name: "parameters of aws-sdk", state: `{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sqs:sendMessage","Parameters":{"x":1},"End":true}`},
		{name: "pairs and ranges", state: `{"Type":"Task","Resource":"gait:t","TimeoutSeconds":0,"TimeoutSecondsPath":"$.t","HeartbeatSeconds":"x","End":true}`, want: []string{
			"There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath] at /States/S",
			"Minimum value is 1 at /States/S/TimeoutSeconds", "Expected value of type [INTEGER] at /States/S/HeartbeatSeconds"}},
		{name: "heartbeat not below timeout", state: `{"Type":"Task","Resource":"gait:t","TimeoutSeconds":5,"HeartbeatSeconds":5,"End":true}`,
			want: []string{"The field 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds' at /States/S/HeartbeatSeconds"}},
		{name: "credentials", state: `{"Type":"Task","Resource":"gait:t","Credentials":{"x":1},"End":true}`, want: []string{"The field 'RoleArn' is required but was missing at /States/S/Credentials"}},
		{name: "credentials from the input", state: `{"Type":"Task","Resource":"gait:t","Credentials":{"RoleArn.$":"States.Format('{}',$.r)"},"End":true}`},
		{name: "credentials of an activity", state: `{"Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:a","Credentials":{"RoleArn":"r"},"End":true}`,
			want: []string{"Field 'Credentials' is not supported at /States/S"}},
		{name: "retrier", state: `{"Type":"Task","Resource":"gait:t","End":true,"Retry":[{"ErrorEquals":[],"IntervalSeconds":0,"MaxAttempts":-1,"BackoffRate":0.5,"JitterStrategy":"x","MaxDelaySeconds":31622400},{"Foo":1}]}`, want: []string{
			"Value cannot be empty at /States/S/Retry[0]/ErrorEquals", "Minimum value is 1 at /States/S/Retry[0]/IntervalSeconds",
			"Minimum value is 0 at /States/S/Retry[0]/MaxAttempts", "Minimum value is 1.0 at /States/S/Retry[0]/BackoffRate",
			"Value should be one of the following: [NONE, FULL] at /States/S/Retry[0]/JitterStrategy", "Maximum value is 31622399 at /States/S/Retry[0]/MaxDelaySeconds",
			"These fields are required: [ErrorEquals] at /States/S/Retry[1]", "Field 'Foo' is not supported at /States/S/Retry[1]"}},
		{name: "empty lists", state: `{"Type":"Task","Resource":"gait:t","End":true,"Retry":[],"Catch":[]}`},
		{name: "States.ALL stands alone and last", state: `{"Type":"Task","Resource":"gait:t","Next":"N","Catch":[{"ErrorEquals":["States.ALL"],"Next":"N"},{"ErrorEquals":["States.ALL","E"],"Next":"N"}]}`, want: []string{
			"States.ALL must appear alone and at end of list at /States/S/Catch[0]/ErrorEquals", "States.ALL must appear alone and at end of list at /States/S/Catch[1]/ErrorEquals"}},
		{name: "catcher fields", state: `{"Type":"Task","Resource":"gait:t","Next":"N","Catch":[{"ErrorEquals":[1]},{"ErrorEquals":["E"],"Next":"N","Output":1}]}`, want: []string{
			"These fields are required: [Next] at /States/S/Catch[0]", "Expected value of type [STRING] at /States/S/Catch[0]/ErrorEquals[0]",
			"The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/S/Catch[1]"}},
		{name: "Express: .sync", express: true, state: `{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","End":true}`,
			want: []string{"Express state machine does not support '.sync' service integration at /States/S/Resource"}},
		{name: "Express: .waitForTaskToken", express: true, state: `{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","End":true}`,
			want: []string{"Express state machine does not support '.waitForTaskToken' service integration  at /States/S/Resource"}},
		{name: "Express: activity", express: true, state: `{"Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:a","End":true}`,
			want: []string{"Express state machine does not support Activity ARN at /States/S/Resource"}},
		{name: "Arguments are an object or an expression", state: `{"Type":"Task","QueryLanguage":"JSONata","Resource":"gait:t","Arguments":"x","End":true}`,
			want: []string{"Expected value of type [OBJECT] at /States/S/Arguments"}},
	})
}

func TestChoiceRules(t *testing.T) {
	choice := func(rules string) string { return `{"Type":"Choice","Choices":[` + rules + `]}` }
	run(t, []rule{
		{name: "no rules", state: choice(``), want: []string{"Value cannot be empty at /States/S/Choices"}},
		{name: "Next is required, in top rules only", state: choice(`{"Variable":"$.a","IsNull":true},{"Not":{"Variable":"$.a","IsNull":true,"Next":"N"},"Next":"N"}`), want: []string{
			"These fields are required: [Next] at /States/S/Choices[0]", "Field 'Next' is not supported at /States/S/Choices[1]/Not"}},
		{name: "one of the rule fields", state: choice(`{"StringEquals":"x","Next":"N"},{"And":[{"Variable":"$.a","IsNull":true}],"Variable":"$.a","Next":"N"}`), want: []string{
			"The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/S/Choices[0]",
			"The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/S/Choices[1]"}},
		{name: "one comparison", state: choice(`{"Variable":"$.a","StringEquals":"x","IsNull":true,"Next":"N"}`), want: []string{
			"There should only be one of the following fields: [StringEquals, IsNull] at /States/S/Choices[0]"}},
		{name: "unknown comparison", state: choice(`{"Variable":"$.a","StringContains":"x","IsNull":true,"Next":"N"}`), want: []string{"Field 'StringContains' is not supported at /States/S/Choices[0]"}},
		{name: "there is no StringMatchesPath", state: choice(`{"Variable":"$.a","StringMatchesPath":"$.x","IsNull":true,"Next":"N"}`), want: []string{"Field 'StringMatchesPath' is not supported at /States/S/Choices[0]"}},
		{name: "operand types", state: choice(`{"Variable":"$.a","StringEquals":1,"Next":"N"},{"Variable":"$.a","NumericEquals":"1","Next":"N"},{"Variable":"$.a","IsNull":1,"Next":"N"},{"Variable":"$.a","TimestampEquals":"1","Next":"N"},{"Variable":"$.a","BooleanEqualsPath":"b","Next":"N"}`), want: []string{
			"Expected value of type [STRING] at /States/S/Choices[0]/StringEquals", "Expected value of type [NUMBER] at /States/S/Choices[1]/NumericEquals",
			"Expected value of type [BOOLEAN] at /States/S/Choices[2]/IsNull", "String does not match RFC3339 timestamp at /States/S/Choices[3]/TimestampEquals",
			"Value is not a Reference Path: Reference path didn't start with '$' at /States/S/Choices[4]/BooleanEqualsPath"}},
		{name: "nested", state: choice(`{"Or":[{"Not":{"And":[]}},5],"Next":"N"}`), want: []string{
			"Value cannot be empty at /States/S/Choices[0]/Or[0]/Not/And", "Expected value of type [OBJECT] at /States/S/Choices[0]/Or[1]"}},
		{name: "Condition in JSONPath", state: choice(`{"Condition":"{% true %}","Next":"N"}`), want: []string{
			"The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage at /States/S/Choices[0]"}},
		{name: "Variable in JSONata", machine: `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"N"}]},"N":{"Type":"Succeed"}}}`, want: []string{
			"The QueryLanguage is set to 'JSONata', but field 'Variable' is only supported for the 'JSONPath' QueryLanguage at /States/S/Choices[0]",
			"The QueryLanguage is set to 'JSONata', but field 'IsNull' is only supported for the 'JSONPath' QueryLanguage at /States/S/Choices[0]"}},
		{name: "no Condition in JSONata", machine: `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Choice","Choices":[{"Next":"N"}]},"N":{"Type":"Succeed"}}}`, want: []string{
			"The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/S/Choices[0]"}},
		{name: "a literal Condition", machine: `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Choice","Choices":[{"Condition":true,"Next":"N"}]},"N":{"Type":"Succeed"}}}`},
	})
}

func TestMapRules(t *testing.T) {
	with := func(fields, config string) string {
		return `{"Type":"Map",` + fields + `"ItemProcessor":{` + config + `"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"End":true}`
	}
	const distributed = `"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`
	run(t, []rule{
		{name: "no processor", state: `{"Type":"Map","End":true}`, want: []string{"This object should have only one of the following fields: [ItemProcessor, Iterator] at /States/S"}},
		{name: "Iterator", state: `{"Type":"Map","Iterator":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"End":true}`},
		{name: "two selectors", state: with(`"ItemSelector":{},"Parameters":{},`, ``), want: []string{"There should only be one of the following fields: [ItemSelector, Parameters] at /States/S"}},
		{name: "no TimeoutSeconds, no Arguments", state: with(`"TimeoutSeconds":1,"Arguments":{},`, ``), want: []string{
			"Field 'TimeoutSeconds' is not supported at /States/S", "Field 'Arguments' is not supported at /States/S"}},
		{name: "ranges", state: with(`"MaxConcurrency":-1,"ToleratedFailureCount":-1,"ToleratedFailurePercentage":101,`, ``), want: []string{
			"Minimum value is 0 at /States/S/MaxConcurrency", "Minimum value is 0 at /States/S/ToleratedFailureCount", "Maximum value is 100.0 at /States/S/ToleratedFailurePercentage"}},
		{name: "a MaxConcurrency beyond all integers", state: with(`"MaxConcurrency":1e400,`, ``)},
		{name: "paths of numbers leave the context object alone", state: with(`"MaxConcurrencyPath":"$$.a","ItemsPath":"$$.b",`, ``), want: []string{"Value is not a Reference Path at /States/S/MaxConcurrencyPath"}},
		{name: "unknown mode", state: with(``, `"ProcessorConfig":{"Mode":"x"},`), want: []string{"Value should be one of the following: [INLINE, DISTRIBUTED] at /States/S/ItemProcessor/ProcessorConfig/Mode"}},
		{name: "ExecutionType is required when distributed", state: with(``, `"ProcessorConfig":{"Mode":"DISTRIBUTED"},`), want: []string{"These fields are required: [ExecutionType] at /States/S/ItemProcessor/ProcessorConfig"}},
		{name: "ExecutionType is refused inline", state: with(``, `"ProcessorConfig":{"Mode":"INLINE","ExecutionType":"STANDARD"},`), want: []string{"Field 'ExecutionType' is not supported at /States/S/ItemProcessor/ProcessorConfig"}},
		{name: "unknown ExecutionType", state: with(``, `"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"x"},`), want: []string{"Value should be one of the following: [STANDARD, EXPRESS] at /States/S/ItemProcessor/ProcessorConfig/ExecutionType"}},
		{name: "label", state: with(`"Label":"a b",`, distributed), want: []string{"Label contains invalid character: ' ' at /States/S/Label"}},
		{name: "long label", state: with(`"Label":"`+strings.Repeat("a", 41)+`",`, distributed), want: []string{"Label cannot exceed 40 characters at /States/S/Label"}},
		{name: "reader", state: with(`"ItemReader":{"Resource":"arn:aws:states:::s3:putObject","ReaderConfig":{"InputType":"CSV"}},`, distributed), want: []string{
			"The field 'Resource' does not match any of the allowed values at /States/S/ItemReader", "The field 'CSVHeaderLocation' is required at /States/S/ItemReader/ReaderConfig"}},
		{name: "reader: headers of JSON", state: with(`"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON","CSVHeaderLocation":"FIRST_ROW"}},`, distributed), want: []string{
			"Field 'CSVHeaderLocation' is not supported at /States/S/ItemReader/ReaderConfig"}},
		{name: "reader: given headers", state: with(`"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN","MaxItems":100000001}},`, distributed), want: []string{
			"These fields are required: [CSVHeaders] at /States/S/ItemReader/ReaderConfig", "Maximum value is 100000000 at /States/S/ItemReader/ReaderConfig/MaxItems"}},
		{name: "batcher", state: with(`"ItemBatcher":{"BatchInput":{"a.$":"b"}},`, distributed), want: []string{
			"This object should have at least one of the following fields: [MaxItemsPerBatch, MaxItemsPerBatchPath, MaxInputBytesPerBatch, MaxInputBytesPerBatchPath] at /States/S/ItemBatcher",
			"The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/ItemBatcher/BatchInput"}},
		{name: "writer", state: with(`"ResultWriter":{},`, distributed), want: []string{"Value cannot be empty at /States/S/ResultWriter"}},
		{name: "writer: a destination has parameters", state: with(`"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject"},`, distributed), want: []string{"These fields are required: [Parameters] at /States/S/ResultWriter"}},
		{name: "writer: config alone", state: with(`"ResultWriter":{"WriterConfig":{"Transformation":"COMPACT","OutputType":"JSONL"}},`, distributed)},
		{name: "writer: half a config", state: with(`"ResultWriter":{"WriterConfig":{"OutputType":"XML"}},`, distributed), want: []string{
			"These fields are required: [Transformation] at /States/S/ResultWriter/WriterConfig", "Value should be one of the following: [JSON, JSONL] at /States/S/ResultWriter/WriterConfig/OutputType"}},
		{name: "objects that are none are told once", state: `{"Type":"Map","ItemProcessor":5,"ItemReader":"x","ResultWriter":[],"ItemBatcher":null,"End":true}`, want: []string{
			"Expected value of type [OBJECT] at /States/S/ItemProcessor", "Expected value of type [OBJECT] at /States/S/ItemReader",
			"Expected value of type [OBJECT] at /States/S/ResultWriter", "Expected value of type [OBJECT] at /States/S/ItemBatcher"}},
		{name: "Items", state: `{"Type":"Map","QueryLanguage":"JSONata","Items":"x","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"End":true}`,
			want: []string{"Expected value of type [ARRAY] at /States/S/Items"}},
		{name: "children of Express runs", state: `{"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","End":true}}}}`,
			want: []string{"Express state machine does not support '.waitForTaskToken' service integration  at /States/S/ItemProcessor/States/I/Resource"}},
	})
}

func TestVariableRules(t *testing.T) {
	run(t, []rule{
		{name: "names", state: `{"Type":"Pass","Assign":{"states":1,"x-y.$":"$.a","1a":2,"_ok":3,"größe":4,"x.y":5},"End":true}`, want: []string{
			"RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/S/Assign/states",
			"INVALID_VARIABLE_NAME: Invalid variable name 'x-y': the variable name contains invalid characters. at /States/S/Assign/x-y.$",
			"INVALID_VARIABLE_NAME: Invalid variable name '1a': the variable name contains invalid characters. at /States/S/Assign/1a",
			"INVALID_VARIABLE_NAME: Invalid variable name 'x.y': the variable name contains invalid characters. at /States/S/Assign/x.y"}},
		{name: "an inner scope cannot assign an outer variable", state: `{"Type":"Parallel","Assign":{"x":1},"End":true,"Branches":[{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1,"y":2},"End":true}}},{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"y":1},"End":true}}}]}`,
			want: []string{"DUPLICATE_VARIABLE_NAME: The variable name 'x' was already defined in a parent scope. at /States/S/Branches[0]/States/A/Assign/x"}},
		{name: "children of a distributed Map have their own", state: `{"Type":"Map","Assign":{"x":1},"End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1},"End":true}}}}`},
		{name: "read before assignment", machine: `{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x.$":"$x"},"Next":"B"},"B":{"Type":"Pass","InputPath":"$x.y","End":true}}}`,
			want: []string{"POSSIBLY_UNDEFINED_VARIABLE: Variable 'x' is possibly not defined. at /States/A/Assign/x.$"}},
		{name: "assigned on one way only", machine: `{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"N","Assign":{"x":1}}],"Default":"N"},"N":{"Type":"Pass","OutputPath":"$x","End":true}}}`,
			want: []string{"POSSIBLY_UNDEFINED_VARIABLE: Variable 'x' is possibly not defined. at /States/N/OutputPath"}},
		{name: "assigned on both ways", machine: `{"StartAt":"C","States":{"C":{"Type":"Choice","Assign":{"x":2},"Choices":[{"Variable":"$.a","IsNull":true,"Next":"N","Assign":{"x":1}}],"Default":"N"},"N":{"Type":"Pass","OutputPath":"$x","End":true}}}`},
		{name: "a caught error skips the state's Assign", state: `{"Type":"Task","Resource":"gait:t","Assign":{"x":1},"Catch":[{"ErrorEquals":["E"],"Next":"M"}],"Next":"M"},"M":{"Type":"Pass","Parameters":{"a.$":"States.Format('{}',$x)"},"End":true}`,
			want: []string{"POSSIBLY_UNDEFINED_VARIABLE: Variable 'x' is possibly not defined. at /States/M/Parameters/a.$"}},
		{name: "seen inside, not in distributed children", machine: `{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1},"Next":"P"},
			"P":{"Type":"Parallel","Next":"D","Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","InputPath":"$x","End":true}}}]},
			"D":{"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"E","States":{"E":{"Type":"Pass","InputPath":"$x","End":true}}}}}}`,
			want: []string{"POSSIBLY_UNDEFINED_VARIABLE: Variable 'x' is possibly not defined. at /States/D/ItemProcessor/States/E/InputPath"}},
		{name: "warnings: a literal that looks like a path", state: `{"Type":"Pass","Parameters":{"a":"$.b"},"End":true}`,
			want: []string{"NO_DOLLAR: The value of the field 'a' looks like a path or an intrinsic function, but the field name does not end with '.$' at /States/S/Parameters/a"}},
		{name: "warnings: a literal of a field that has a Path form looks like a path", state: `{"Type":"Fail","Error":"$.e","Cause":"States.Format('{}', $.c)"}`, want: []string{
			"NO_PATH: The value of the field 'Error' looks like a path or an intrinsic function, but the field name does not end with 'Path' at /States/S/Error",
			"NO_PATH: The value of the field 'Cause' looks like a path or an intrinsic function, but the field name does not end with 'Path' at /States/S/Cause"}},
		{name: "warnings: a literal operand looks like a path", state: `{"Type":"Choice","Choices":[{"Variable":"$.a","StringEquals":"$.b","Next":"N"},{"Variable":"$.a","StringMatches":"$.*","Next":"N"}]}`,
			want: []string{"NO_PATH: The value of the field 'StringEquals' looks like a path or an intrinsic function, but the field name does not end with 'Path' at /States/S/Choices[0]/StringEquals"}},
		{name: "no warning of literals in JSONata", state: `{"Type":"Fail","QueryLanguage":"JSONata","Error":"$.e"}`},
	})
}

func TestExpressionRules(t *testing.T) {
	task := func(fields string) string {
		return `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Task","Resource":"gait:t",` + fields + `"End":true}}}`
	}
	run(t, []rule{
		{name: "syntax", machine: task(`"Output":{"v":"{% 1 + %}","w":["{% 2 %}","{% a[1,2) %}"]},`), want: []string{
			"INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/S/Output/v",
			`INVALID_JSONATA_EXPRESSION: Expected "]", got "," at /States/S/Output/w[1]`}},
		{name: "no context", machine: task(`"Arguments":{"a":"{% phone %}","b":"{% $.x %}","c":"{% $$.x %}","d":"{% $map($states.input.xs, function($v){ $v.a }) %}"},`), want: []string{
			"UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/S/Arguments/a",
			"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$' at the top level is not supported. at /States/S/Arguments/b",
			"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/S/Arguments/c"}},
		{name: "result and errorOutput in their places", machine: task(`"Output":"{% $states.result %}","Assign":{"a":"{% $states.result.a %}"},"Catch":[{"ErrorEquals":["E"],"Next":"S","Output":"{% $states.errorOutput.Error %}","Assign":{"b":"{% $states.errorOutput %}"}}],`)},
		{name: "result and errorOutput elsewhere", machine: task(`"Arguments":"{% $states.result %}","TimeoutSeconds":"{% $states.errorOutput %}","Catch":[{"ErrorEquals":["E"],"Next":"S","Output":"{% $states.result %}"}],`), want: []string{
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/S/Arguments",
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at /States/S/TimeoutSeconds",
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/S/Catch[0]/Output"}},
		{name: "a Pass has no result", machine: `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Pass","Output":"{% $states.result %}","End":true}}}`,
			want: []string{"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/S/Output"}},
		{name: "variables", machine: `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Pass","Assign":{"x":1,"states":2},"Next":"T"},"T":{"Type":"Pass","Output":"{% ($y := $x; $y + $uuid() + $z) %}","End":true}}}`, want: []string{
			"RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/S/Assign/states",
			"POSSIBLY_UNDEFINED_VARIABLE: Variable 'z' is possibly not defined. at /States/T/Output"}},
		{name: "fields that are never expressions", machine: `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Pass","Comment":"{% x","Output":{"Next":"{% 1 %}","{% x":"a"},"End":true}}}`},
		{name: "structure hides expressions", machine: task(`"Output":"{% 1 + %}","Foo":1,`), want: []string{"Field 'Foo' is not supported at /States/S"}},
	})
}
