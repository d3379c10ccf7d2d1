package lint_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asl/lint"
	"github.com/google/go-cmp/cmp"
)

// definition makes a definition of a sample in YAML. One that begins with "States:" starts at its state A; one that does not is the state A and ends
// in a state Z that succeeds.
func definition(sample string) string {
	sample = strings.TrimSpace(sample)
	switch {
	case strings.HasPrefix(sample, "StartAt:"):
		return sample
	case strings.HasPrefix(sample, "States:"):
		return "StartAt: A\n" + sample
	default:
		return "StartAt: A\nStates:\n  A: " + sample + "\n  Z: {Type: Succeed}\n"
	}
}

var update = flag.Bool("update", false, "rewrite docs/lint.md")

const (
	lambda   = `Resource: "arn:aws:states:::lambda:invoke"`
	activity = `Resource: "arn:aws:states:us-east-1:123456789012:activity:a"`
	token    = `Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken", TimeoutSeconds: 9`
	send     = `Resource: "arn:aws:states:::sqs:sendMessage"`
	put      = `Resource: "arn:aws:states:::dynamodb:putItem"`
	updateIt = `Resource: "arn:aws:states:::dynamodb:updateItem"`
	describe = `Resource: "arn:aws:states:::aws-sdk:ec2:describeInstances"`
	jsonata  = `QueryLanguage: JSONata`
	retryAll = `Retry: [{ErrorEquals: [States.ALL]}]`
)

type example struct {
	rule string
	bad  map[string]string // by pointer; what follows a blank tells samples with the same one apart
	good []string
}

// examples are definitions in which a rule finds something, at the pointer, and definitions in which it finds nothing.
var examples = []example{
	{"activity-without-heartbeat", map[string]string{
		"/States/A": `{Type: Task, ` + activity + `, TimeoutSeconds: 3600, Next: Z}`,
	}, []string{
		`{Type: Task, ` + activity + `, TimeoutSeconds: 3600, HeartbeatSeconds: 60, Next: Z}`,
		`{Type: Task, ` + activity + `, TimeoutSeconds: 60, Next: Z}`,
	}},
	{"catch-repeats-forever", map[string]string{
		"/States/A/Catch/0/Next": `{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [States.ALL], Next: A}], Next: Z}`,
	}, []string{
		`{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [States.ALL], Next: Z}], Next: Z}`,
		`{Type: Task, ` + lambda + `, ` + retryAll + `, Catch: [{ErrorEquals: [States.ALL], Next: A}], Next: Z}`,
	}},
	{"catcher-never-matches", map[string]string{
		"/States/A/Catch/1":            `{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [E, F], Next: Z}, {ErrorEquals: [F], Next: Z}], Next: Z}`,
		"/States/A/Catch/0":            `{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [States.Runtime], Next: Z}], Next: Z}`,
		"/States/A/Catch/1 #failed":    `{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [States.TaskFailed], Next: Z}, {ErrorEquals: [Mine], Next: Z}], Next: Z}`,
		"/States/A/Catch/0 #typo":      `{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [States.Timout], Next: Z}], Next: Z}`,
		"/States/A/Catch/0 #prefix":    `{Type: Task, ` + put + `, Catch: [{ErrorEquals: [ConditionalCheckFailedException], Next: Z}], Next: Z}`,
		"/States/A/Catch/0 #letters":   `{Type: Task, ` + put + `, Catch: [{ErrorEquals: [DynamoDb.ConditionalCheckFailedException], Next: Z}], Next: Z}`,
		"/States/A/Catch/0 #other":     `{Type: Task, ` + put + `, Catch: [{ErrorEquals: [SQS.QueueDoesNotExist], Next: Z}], Next: Z}`,
		"/States/A/Catch/0 #lambda":    `{Type: Task, ` + put + `, Catch: [{ErrorEquals: [Lambda.ServiceException], Next: Z}], Next: Z}`,
		"/States/A/Catch/0 #parallel":  `{Type: Parallel, Branches: [{StartAt: B, States: {B: {Type: Pass, End: true}}}], Catch: [{ErrorEquals: [Mine], Next: Z}], Next: Z}`,
		"/States/A/Catch/0 #heartbeat": `{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [States.HeartbeatTimeout], Next: Z}], Next: Z}`,
	}, []string{
		`{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [E], Next: Z}, {ErrorEquals: [F], Next: Z}, {ErrorEquals: [States.ALL], Next: Z}], Next: Z}`,
		`{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [States.TaskFailed], Next: Z}, {ErrorEquals: [States.Timeout], Next: Z}], Next: Z}`,
		`{Type: Task, ` + put + `, Catch: [{ErrorEquals: [DynamoDB.ConditionalCheckFailedException], Next: Z}], Next: Z}`,
		`{Type: Task, ` + token + `, Parameters: {"t.$": "$$.Task.Token"}, Catch: [{ErrorEquals: [Mine, Lambda.X], Next: Z}], Next: Z}`,
		`{Type: Parallel, Branches: [{StartAt: B, States: {B: {Type: Fail, Error: Mine}}}], Catch: [{ErrorEquals: [Mine], Next: Z}], Next: Z}`,
		`{Type: Parallel, Branches: [{StartAt: B, States: {B: {Type: Task, ` + activity + `, HeartbeatSeconds: 5, End: true}}}], Catch: [{ErrorEquals: [States.HeartbeatTimeout, Mine], Next: Z}], Next: Z}`,
	}},
	{"choice-rule-never-matches", map[string]string{
		"/States/A/Choices/1": `{Type: Choice, Default: Z, Choices: [{Variable: $.n, NumericGreaterThan: 5, Next: Z}, {Variable: $.n, NumericGreaterThanEquals: 6, Next: Z}]}`,
		"/States/A/Choices/1 #and": `{Type: Choice, Default: Z, Choices: [{Variable: $.s, StringEquals: x, Next: Z},
			{And: [{Variable: $.s, StringEquals: x}, {Variable: $.t, IsNull: true}], Next: Z}]}`,
		"/States/A/Choices/0":                         `{Type: Choice, Default: Z, Choices: [{And: [{Variable: $.n, NumericLessThan: 1}, {Variable: $.n, NumericGreaterThan: 1}], Next: Z}]}`,
		"/States/A/Choices/0 #false":                  `{Type: Choice, ` + jsonata + `, Default: Z, Choices: [{Condition: false, Next: Z}]}`,
		"/States/A/Choices/1 #same":                   `{Type: Choice, ` + jsonata + `, Default: Z, Choices: [{Condition: "{% $states.input.a %}", Next: Z}, {Condition: "{%$states.input.a%}", Next: Z}]}`,
		"/States/A/Default":                           `{Type: Choice, ` + jsonata + `, Default: Z, Choices: [{Condition: true, Next: Z}]}`,
		"/States/C/Choices/0/Variable":                "States:\n  A: {Type: Pass, Parameters: {x: 1}, Next: C}\n  C: {Type: Choice, Default: Z, Choices: [{Variable: $.y, IsPresent: true, Next: Z}]}\n  Z: {Type: Succeed}",
		"/States/C/Choices/0/Variable #type":          "States:\n  A: {Type: Pass, Parameters: {n: 1}, Next: C}\n  C: {Type: Choice, Default: Z, Choices: [{Variable: $.n, StringEquals: '1', Next: Z}]}\n  Z: {Type: Succeed}",
		"/States/C/Choices/0/And/0/NumericEqualsPath": "States:\n  A: {Type: Pass, Parameters: {n: '1'}, ResultPath: $.x, Next: C}\n  C: {Type: Choice, Default: Z, Choices: [{And: [{Variable: $.n, NumericEqualsPath: $.x.n}], Next: Z}]}\n  Z: {Type: Succeed}",
		"/States/A/Choices/0 #opposite":               `{Type: Choice, Default: Z, Choices: [{And: [{Variable: $.b, BooleanEquals: true}, {Not: {Variable: $.b, BooleanEquals: true}}], Next: Z}]}`,
	}, []string{
		`{Type: Choice, Default: Z, Choices: [{Variable: $.n, NumericGreaterThan: 6, Next: Z}, {Variable: $.n, NumericGreaterThan: 5, Next: Z}]}`,
		`{Type: Choice, Default: Z, Choices: [{And: [{Variable: $.s, StringEquals: x}, {Variable: $.t, IsNull: true}], Next: Z}, {Variable: $.s, StringEquals: x, Next: Z}]}`,
		`{Type: Choice, Default: Z, Choices: [{And: [{Variable: $.n, NumericLessThanEquals: 1}, {Variable: $.n, NumericGreaterThanEquals: 1}], Next: Z}]}`,
		"States:\n  A: {Type: Pass, Parameters: {n: 1, l: [1, x]}, Next: C}\n  C: {Type: Choice, Default: Z, Choices: [{Not: {Variable: $.n, StringEquals: '1'}, Next: Z}, {Variable: '$.l[0]', StringEquals: x, Next: Z}]}\n  Z: {Type: Succeed}",
		`{Type: Choice, ` + jsonata + `, Default: Z, Choices: [{Condition: "{% $random() < 0.5 %}", Next: Z}, {Condition: "{% $random() < 0.5 %}", Next: Z}]}`,
		"States:\n  A: {Type: Pass, ResultPath: $.x, Parameters: {x: 1}, Next: C}\n  C: {Type: Choice, Default: Z, Choices: [{Variable: $.y, IsPresent: true, Next: Z}]}\n  Z: {Type: Succeed}",
	}},
	{"choice-without-default", map[string]string{
		"/States/A": `{Type: Choice, Choices: [{Variable: $.n, NumericEquals: 1, Next: Z}]}`,
	}, []string{
		`{Type: Choice, Choices: [{Variable: $.n, NumericEquals: 1, Next: Z}], Default: Z}`,
		`{Type: Choice, Choices: [{Variable: $.b, BooleanEquals: true, Next: Z}, {Variable: $.b, BooleanEquals: false, Next: Z}]}`,
		`{Type: Choice, Choices: [{Variable: $.n, NumericLessThan: 1, Next: Z}, {Variable: $.n, NumericGreaterThanEquals: 1, Next: Z}]}`,
		`{Type: Choice, Choices: [{Variable: $.s, StringEquals: a, Next: Z}, {Not: {Variable: $.s, StringEquals: a}, Next: Z}]}`,
		`{Type: Choice, ` + jsonata + `, Choices: [{Condition: true, Next: Z}]}`,
	}},
	{"choice-without-effect", map[string]string{
		"/States/A": `{Type: Choice, Default: Z, Choices: [{Variable: $.n, NumericEquals: 1, Next: Z}]}`,
	}, []string{
		`{Type: Choice, Default: Z, Choices: [{Variable: $.n, NumericEquals: 1, Next: Z, Assign: {a: 1}}]}`,
		"States:\n  A: {Type: Choice, Default: Y, Choices: [{Variable: $.n, NumericEquals: 1, Next: Z}]}\n  Y: {Type: Succeed}\n  Z: {Type: Succeed}",
	}},
	{"constant-expression", map[string]string{
		"/States/A/Output/a": `{Type: Pass, ` + jsonata + `, Output: {a: "{% 1 + 1 %}"}, Next: Z}`,
		"/States/A/Output":   `{Type: Pass, ` + jsonata + `, Output: "{% 'costs $5' %}", Next: Z}`,
	}, []string{
		`{Type: Pass, ` + jsonata + `, Output: {a: "{% $states.input.a %}", b: "{% $now() %}"}, Next: Z}`,
	}},
	{"deprecated-field", map[string]string{
		"/States/A/Iterator":   `{Type: Map, Iterator: {StartAt: B, States: {B: {Type: Pass, End: true}}}, Next: Z}`,
		"/States/A/Parameters": `{Type: Map, Parameters: {a: 1}, ItemProcessor: {StartAt: B, States: {B: {Type: Pass, End: true}}}, Next: Z}`,
	}, []string{
		`{Type: Map, ItemSelector: {a: 1}, ItemProcessor: {StartAt: B, States: {B: {Type: Pass, End: true}}}, Next: Z}`,
		`{Type: Pass, Parameters: {a: 1}, Next: Z}`,
	}},
	{"endless-loop", map[string]string{
		"/States/B":                     "States:\n  A: {Type: Choice, Default: Z, Choices: [{Variable: $.n, IsNull: true, Next: B}]}\n  B: {Type: Pass, Next: C}\n  C: {Type: Wait, Seconds: 1, Next: B}\n  Z: {Type: Succeed}",
		"/States/A/Branches/0/States/B": `{Type: Parallel, Branches: [{StartAt: B, States: {B: {Type: Pass, Next: B}}}], Next: Z}`,
	}, []string{
		"States:\n  A: {Type: Choice, Default: Z, Choices: [{Variable: $.n, IsNull: true, Next: B}]}\n  B: {Type: Pass, Next: A}\n  Z: {Type: Succeed}",
		"States:\n  A: {Type: Task, " + lambda + ", Catch: [{ErrorEquals: [States.ALL], Next: F}], Next: A}\n  F: {Type: Fail}\n",
	}},
	{"error-never-matches", map[string]string{
		"/States/A/Catch/0/ErrorEquals/1": `{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [E, States.Runtime], Next: Z}], Next: Z}`,
		"/States/A/Retry/1/ErrorEquals/0": `{Type: Task, ` + lambda + `, Retry: [{ErrorEquals: [E]}, {ErrorEquals: [E, F]}], Next: Z}`,
	}, []string{
		`{Type: Task, ` + lambda + `, Catch: [{ErrorEquals: [States.TaskFailed, E], Next: Z}], Next: Z}`,
		`{Type: Task, ` + lambda + `, Retry: [{ErrorEquals: [E]}, {ErrorEquals: [F]}], Next: Z}`,
	}},
	{"expression-not-evaluated", map[string]string{
		"/States/A/Parameters/a": `{Type: Pass, Parameters: {a: "{% $states.input %}"}, Next: Z}`,
		"/States/A/Output/a":     `{Type: Pass, ` + jsonata + `, Output: {a: "Hello {% $states.input.name %}!"}, Next: Z}`,
	}, []string{
		`{Type: Pass, ` + jsonata + `, Output: {a: "{% 'Hello ' & $states.input.name %}"}, Next: Z}`,
		`{Type: Pass, Result: {a: "{% x %}"}, Next: Z}`,
	}},
	{"fail-without-error", map[string]string{"/States/A": `States: {A: {Type: Fail}}`}, []string{`States: {A: {Type: Fail, Error: E}}`}},
	{"heartbeat-without-worker", map[string]string{
		"/States/A/HeartbeatSeconds": `{Type: Task, ` + lambda + `, HeartbeatSeconds: 5, Next: Z}`,
	}, []string{`{Type: Task, ` + activity + `, HeartbeatSeconds: 5, Next: Z}`, `{Type: Task, ` + token + `, HeartbeatSeconds: 5, Next: Z}`}},
	{"items-not-array", map[string]string{
		"/States/M/ItemsPath": "States:\n  A: {Type: Pass, Result: {a: 1}, Next: M}\n  M: {Type: Map, ItemsPath: $.a, ItemProcessor: {StartAt: B, States: {B: {Type: Pass, End: true}}}, End: true}",
		"/States/M":           "States:\n  A: {Type: Pass, Result: {a: 1}, Next: M}\n  M: {Type: Map, ItemProcessor: {StartAt: B, States: {B: {Type: Pass, End: true}}}, End: true}",
	}, []string{
		"States:\n  A: {Type: Pass, Result: {a: [1]}, Next: M}\n  M: {Type: Map, ItemsPath: $.a, ItemProcessor: {StartAt: B, States: {B: {Type: Pass, End: true}}}, End: true}",
		`{Type: Map, ItemsPath: $.a, ItemProcessor: {StartAt: B, States: {B: {Type: Pass, End: true}}}, Next: Z}`,
	}},
	{"job-without-timeout", map[string]string{
		"/States/A": `{Type: Task, Resource: "arn:aws:states:::batch:submitJob.sync", Next: Z}`,
	}, []string{
		`{Type: Task, Resource: "arn:aws:states:::batch:submitJob.sync", TimeoutSeconds: 60, Next: Z}`,
		"StartAt: A\nTimeoutSeconds: 60\nStates: {A: {Type: Task, Resource: 'arn:aws:states:::batch:submitJob.sync', End: true}}",
	}},
	{"jsonpath-in-jsonata", map[string]string{
		"/States/A/Output/a.$": `{Type: Pass, ` + jsonata + `, Output: {"a.$": "$.a"}, Next: Z}`,
		"/States/A/Output/b":   `{Type: Pass, ` + jsonata + `, Output: {b: "$.a"}, Next: Z}`,
		"/States/A/Output/c":   `{Type: Pass, ` + jsonata + `, Output: {c: "States.UUID()"}, Next: Z}`,
	}, []string{`{Type: Pass, ` + jsonata + `, Output: {a: "$5", b: "{% $states.input.b %}"}, Next: Z}`}},
	{"lambda-without-retry", map[string]string{
		"/States/A":     `{Type: Task, ` + lambda + `, Next: Z}`,
		"/States/A #ex": `{Type: Task, Resource: "arn:aws:lambda:us-east-1:123456789012:function:f", Retry: [{ErrorEquals: [Mine]}], Next: Z}`,
	}, []string{
		`{Type: Task, ` + lambda + `, Retry: [{ErrorEquals: [Lambda.ServiceException]}], Next: Z}`,
		`{Type: Task, ` + lambda + `, ` + retryAll + `, Next: Z}`,
		`{Type: Parallel, ` + retryAll + `, Branches: [{StartAt: B, States: {B: {Type: Task, ` + lambda + `, End: true}}}], Next: Z}`,
	}},
	{"map-result-grows", map[string]string{
		"/States/A": `{Type: Map, ItemReader: {Resource: "arn:aws:states:::s3:getObject", ReaderConfig: {InputType: JSON}, Parameters: {Bucket: b, Key: k}}, ItemProcessor: {ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}, StartAt: B, States: {B: {Type: Pass, End: true}}}, Next: Z}`,
	}, []string{
		`{Type: Map, ResultPath: null, ItemReader: {Resource: "arn:aws:states:::s3:getObject", ReaderConfig: {InputType: JSON}, Parameters: {Bucket: b, Key: k}}, ItemProcessor: {ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}, StartAt: B, States: {B: {Type: Pass, End: true}}}, Next: Z}`,
		`{Type: Map, ItemProcessor: {StartAt: B, States: {B: {Type: Pass, End: true}}}, Next: Z}`,
	}},
	{"missing-timeout", map[string]string{
		"/States/A":        `{Type: Task, ` + activity + `, Next: Z}`,
		"/States/A #token": `{Type: Task, Resource: "arn:aws:states:::sns:publish.waitForTaskToken", Parameters: {"t.$": $$.Task.Token}, Next: Z}`,
	}, []string{
		`{Type: Task, ` + activity + `, TimeoutSeconds: 60, Next: Z}`,
		`{Type: Task, ` + activity + `, HeartbeatSeconds: 60, Next: Z}`,
		`{Type: Task, ` + send + `, Next: Z}`,
		"StartAt: A\nTimeoutSeconds: 60\nStates: {A: {Type: Task, " + activity + ", End: true}}",
	}},
	{"no-dollar", map[string]string{"/States/A/Parameters/a": `{Type: Pass, Parameters: {a: $.x}, Next: Z}`}, []string{`{Type: Pass, Parameters: {a.$: $.x}, Next: Z}`}},
	{"operand-looks-like-path", map[string]string{
		"/States/A/Choices/0/StringEquals":       `{Type: Choice, Default: Z, Choices: [{Variable: $.a, StringEquals: $.b, Next: Z}]}`,
		"/States/A/Choices/0/Not/StringLessThan": `{Type: Choice, Default: Z, Choices: [{Not: {Variable: $.a, StringLessThan: $.b}, Next: Z}]}`,
	}, []string{`{Type: Choice, Default: Z, Choices: [{Variable: $.a, StringEqualsPath: $.b, Next: Z}, {Variable: $.a, StringEquals: $5, Next: Z}]}`}},
	{"parameter-refused", map[string]string{
		"/States/A/Parameters/Headers":  `{Type: Task, Resource: "arn:aws:states:::apigateway:invoke", Parameters: {ApiEndpoint.$: $.host, Method: GET, Headers: {Accept: text/plain}}, Next: Z}`,
		"/States/A/Parameters/QueueUrl": `{Type: Task, ` + send + `, Parameters: {QueueUrl: 7, MessageBody: x}, Next: Z}`,
		"/States/A/Arguments/QueueUrl":  `{Type: Task, ` + jsonata + `, ` + send + `, Arguments: {QueueUrl: 7, MessageBody: "{% $states.input %}"}, Next: Z}`,
	}, []string{
		`{Type: Task, Resource: "arn:aws:states:::apigateway:invoke", Parameters: {ApiEndpoint.$: $.host, Method: GET, Headers: {Accept: [text/plain]}}, Next: Z}`,
		`{Type: Task, ` + send + `, Parameters: {QueueUrl.$: $.q, MessageBody: {a: 1}}, Next: Z}`,
		`{Type: Task, ` + send + `, Parameters: {QueueUrl: {"Fn::GetAtt": [Queue, Url]}, MessageBody: {a: 1}}, Next: Z}`,
	}},
	{"pass-result-is-static", map[string]string{"/States/A/Result": `{Type: Pass, Result: $.x, Next: Z}`}, []string{`{Type: Pass, Result: x, Next: Z}`}},
	{"pass-without-effect", map[string]string{
		"/States/A":       `{Type: Pass, Next: Z}`,
		"/States/A #null": `{Type: Pass, ResultPath: null, InputPath: $, Next: Z}`,
	}, []string{
		`{Type: Pass, Comment: both ways meet here, Next: Z}`, `{Type: Pass, Result: 1, Next: Z}`, `{Type: Pass, InputPath: $.a, Next: Z}`,
		`{Type: Pass, ResultPath: $.copy, Next: Z}`, `{Type: Pass, Assign: {a: 1}, Next: Z}`, `States: {A: {Type: Pass, End: true}}`,
	}},
	{"path-not-produced", map[string]string{
		"/States/B/InputPath":                        "States:\n  A: {Type: Pass, Parameters: {order: {id.$: $.id}}, Next: B}\n  B: {Type: Pass, InputPath: $.order.number, End: true}",
		"/States/B/Parameters/x.$":                   "States:\n  A: {Type: Task, " + lambda + ", Next: B}\n  B: {Type: Pass, Parameters: {x.$: $.body}, End: true}",
		"/States/A/ResultSelector/x.$":               `{Type: Task, ` + lambda + `, ResultSelector: {x.$: $.body}, Next: Z}`,
		"/States/B/Parameters/x.$ #caught":           "States:\n  A: {Type: Task, " + lambda + ", Catch: [{ErrorEquals: [States.ALL], Next: B}], End: true}\n  B: {Type: Pass, Parameters: {x.$: $.id}, End: true}",
		"/States/B/Output":                           "States:\n  A: {Type: Pass, " + jsonata + ", Output: {a: 1}, Next: B}\n  B: {Type: Pass, " + jsonata + ", Output: '{% $states.input.b %}', End: true}",
		"/States/B/Output #within":                   "States:\n  A: {Type: Pass, " + jsonata + ", Output: {a: 1}, Next: B}\n  B: {Type: Pass, " + jsonata + ", Output: \"{% 'x' & $states.input.b %}\", End: true}",
		"/States/B/Parameters/x.$ #nothing":          "States:\n  A: {Type: Pass, OutputPath: null, Next: B}\n  B: {Type: Pass, Parameters: {x.$: $.a}, End: true}",
		"/States/B/Parameters/x.$ #var":              "States:\n  A: {Type: Pass, Assign: {v: {a: 1}}, Next: B}\n  B: {Type: Pass, Parameters: {x.$: $v.b}, End: true}",
		"/States/M/ItemProcessor/States/I/InputPath": "States:\n  A: {Type: Pass, Result: [{a: 1}], Next: M}\n  M: {Type: Map, End: true, ItemProcessor: {StartAt: I, States: {I: {Type: Pass, InputPath: $.b, End: true}}}}",
		"/States/C/InputPath":                        "States:\n  A: {Type: Parallel, Next: C, Branches: [{StartAt: I, States: {I: {Type: Pass, Result: {a: 1}, End: true}}}]}\n  C: {Type: Pass, InputPath: '$[0].b', End: true}",
		"/States/B/Choices/0/Variable":               "States:\n  A: {Type: Pass, Result: {a: 1}, Next: B}\n  B: {Type: Choice, Default: Z, Choices: [{Variable: $.b, NumericEquals: 1, Next: Z}]}\n  Z: {Type: Succeed}",
		"/States/B/Parameters/x.$ #intrinsic":        "States:\n  A: {Type: Pass, Result: {a: 1}, Next: B}\n  B: {Type: Pass, Parameters: {x.$: \"States.Format('{}', $.b)\"}, End: true}",
		"/States/B/SecondsPath":                      "States:\n  A: {Type: Pass, Result: {a: 1}, Next: B}\n  B: {Type: Wait, SecondsPath: $.b, End: true}",
	}, []string{
		"States:\n  A: {Type: Task, " + lambda + ", Next: B}\n  B: {Type: Pass, Parameters: {x.$: $.Payload.body}, End: true}",
		`{Type: Pass, InputPath: $.anything.at.all, Next: Z}`,
		"States:\n  A: {Type: Pass, Parameters: {x: 1}, ResultPath: $.more, Next: B}\n  B: {Type: Pass, InputPath: $.id, End: true}",
		"States:\n  A: {Type: Task, " + lambda + ", Catch: [{ErrorEquals: [States.ALL], ResultPath: $.error, Next: B}], End: true}\n  B: {Type: Pass, Parameters: {x.$: $.id, y.$: $.error.Cause}, End: true}",
		"States:\n  A: {Type: Choice, Default: B, Choices: [{Variable: $.k, IsPresent: true, Next: C}]}\n  B: {Type: Pass, Result: {b: 1}, Next: D}\n  C: {Type: Pass, Result: {c: 1}, Next: D}\n  D: {Type: Pass, InputPath: $.c, End: true}",
		"States:\n  A: {Type: Pass, Result: {a: 1}, Next: B}\n  B: {Type: Choice, Default: Z, Choices: [{And: [{Variable: $.b, IsPresent: true}, {Variable: $.b, NumericEquals: 1}], Next: Z}]}\n  Z: {Type: Succeed}",
		"States:\n  A: {Type: Pass, Result: {n: 1}, Next: B}\n  B: {Type: Pass, Parameters: {last.$: $, n: 1}, Next: C}\n  C: {Type: Choice, Default: Z, Choices: [{Variable: $.last.last.n, NumericEquals: 1, Next: B}]}\n  Z: {Type: Succeed}",
		"States:\n  A: {Type: Pass, Result: {a: 1}, Next: B}\n  B: {Type: Pass, Parameters: {x.$: '$..b'}, End: true}",
		"States:\n  A: {Type: Pass, Result: [{a: 1}], Next: B}\n  B: {Type: Pass, " + jsonata + ", Output: '{% $states.input.a %}', End: true}",
		"States:\n  A: {Type: Pass, Result: {a: 1}, Next: B}\n  B: {Type: Pass, " + jsonata + ", Output: \"{% 'not $states.input.b' %}\", End: true}",
		"States:\n  A: {Type: Task, Resource: 'arn:aws:states:::aws-sdk:s3:getObject', Next: B}\n  B: {Type: Pass, InputPath: $.Body, End: true}",
		"States:\n  A: {Type: Map, Next: B, ItemsPath: $.l, ItemProcessor: {StartAt: I, States: {I: {Type: Pass, Parameters: {k: 1}, End: true}}}}\n  B: {Type: Pass, InputPath: '$[0].k', End: true}",
	}},
	{"poll-without-wait", map[string]string{
		"/States/A": "States:\n  A: {Type: Task, " + describe + ", Next: B}\n  B: {Type: Choice, Default: A, Choices: [{Variable: $.State, StringEquals: ok, Next: Z}]}\n  Z: {Type: Succeed}",
	}, []string{
		"States:\n  A: {Type: Task, " + describe + ", Next: B}\n  B: {Type: Choice, Default: W, Choices: [{Variable: $.State, StringEquals: ok, Next: Z}]}\n  W: {Type: Wait, Seconds: 5, Next: A}\n  Z: {Type: Succeed}",
		"States:\n  A: {Type: Task, " + describe + ", Parameters: {NextToken.$: $.NextToken}, Next: B}\n  B: {Type: Choice, Default: A, Choices: [{Variable: $.State, StringEquals: ok, Next: Z}]}\n  Z: {Type: Succeed}",
		"States:\n  A: {Type: Task, " + lambda + ", Next: B}\n  B: {Type: Choice, Default: A, Choices: [{Variable: $.Payload, StringEquals: ok, Next: Z}]}\n  Z: {Type: Succeed}",
	}},
	{"possibly-undefined-variable", map[string]string{
		"/States/C/Parameters/x.$": "States:\n  A: {Type: Choice, Default: C, Choices: [{Variable: $.a, IsNull: true, Next: B}]}\n  B: {Type: Pass, Assign: {v: 1}, Next: C}\n  C: {Type: Pass, Parameters: {x.$: $v}, End: true}",
	}, []string{
		"States:\n  A: {Type: Pass, Assign: {v: 1}, Next: C}\n  C: {Type: Pass, Parameters: {x.$: $v}, End: true}",
		"States:\n  A: {Type: Pass, Next: C}\n  C: {Type: Pass, Parameters: {x.$: $v}, End: true}", // undefined-variable says so
	}},
	{"result-dropped", map[string]string{
		"/States/A/ResultSelector":    `{Type: Task, ` + lambda + `, ResultSelector: {x: 1}, ResultPath: null, Next: Z}`,
		"/States/A/Result":            `{Type: Pass, Result: 1, ResultPath: null, Next: Z}`,
		"/States/A/ResultPath":        `{Type: Task, ` + lambda + `, ResultPath: $.a, OutputPath: $.b, Next: Z}`,
		"/States/A/ResultPath #null":  `{Type: Task, ` + lambda + `, ResultPath: $.a, OutputPath: null, Next: Z}`,
		"/States/A/Parameters":        `{Type: Pass, Parameters: {a: 1}, Result: 1, Next: Z}`,
		"/States/A/InputPath":         `{Type: Pass, InputPath: $.a, Result: 1, Next: Z}`,
		"/States/A/Parameters #null ": `{Type: Pass, Parameters: {a: 1}, ResultPath: null, Next: Z}`,
	}, []string{
		`{Type: Task, ` + lambda + `, ResultPath: null, Next: Z}`,
		`{Type: Task, ` + lambda + `, ResultPath: $.a.b, OutputPath: $.a, Next: Z}`,
		`{Type: Task, ` + lambda + `, ResultPath: $.a, OutputPath: $.a.b, Next: Z}`,
		`{Type: Pass, Result: 1, ResultPath: null, Assign: {a.$: $}, Next: Z}`,
	}},
	{"result-path-never-fits", map[string]string{
		"/States/B/ResultPath":       "States:\n  A: {Type: Map, Next: B, ItemProcessor: {StartAt: I, States: {I: {Type: Pass, End: true}}}}\n  B: {Type: Pass, Result: 1, ResultPath: $.x, End: true}",
		"/States/B/ResultPath #deep": "States:\n  A: {Type: Pass, Result: {a: 1}, Next: B}\n  B: {Type: Pass, Result: 1, ResultPath: $.a.x, End: true}",
		"/States/B/ResultPath #both": "States:\n  A: {Type: Choice, Choices: [{Variable: $.a, IsNull: true, Next: L}], Default: O}\n  L: {Type: Pass, Result: {r: [1]}, Next: B}\n" +
			"  O: {Type: Pass, Result: 7, Next: B}\n  B: {Type: Pass, Result: 1, ResultPath: $.r.q, End: true}",
		"/States/B/Catch/0/ResultPath": "States:\n  A: {Type: Pass, Result: [1], Next: B}\n  B: {Type: Task, " + lambda + ", Catch: [{ErrorEquals: [States.ALL], ResultPath: $.e, Next: Z}], Next: Z}\n  Z: {Type: Succeed}",
	}, []string{
		"States:\n  A: {Type: Map, Next: B, ResultPath: $.l, ItemProcessor: {StartAt: I, States: {I: {Type: Pass, End: true}}}}\n  B: {Type: Pass, Result: 1, ResultPath: $.x.y, End: true}",
		"States:\n  A: {Type: Pass, Result: {a: {}}, Next: B}\n  B: {Type: Pass, Result: 1, ResultPath: $.a.x, End: true}",
		"States:\n  A: {Type: Pass, Result: [1], Next: B}\n  B: {Type: Pass, Result: 1, ResultPath: $, End: true}",
		// On one of the ways to B, what would be in the way is not there.
		"States:\n  A: {Type: Map, ResultPath: $.r, Catch: [{ErrorEquals: [E], Next: B}], Next: B, " +
			"ItemProcessor: {StartAt: I, States: {I: {Type: Fail, Error: E}}}}\n  B: {Type: Pass, ResultPath: $.r.q, End: true}",
		"States:\n  A: {Type: Choice, Choices: [{Variable: $.a, IsNull: true, Next: L}], Default: O}\n  L: {Type: Pass, Result: {r: [1]}, Next: B}\n" +
			"  O: {Type: Pass, Result: {}, Next: B}\n  B: {Type: Pass, Result: 1, ResultPath: $.r.q, End: true}",
		"States:\n  A: {Type: Choice, Choices: [{Variable: $.a, IsNull: true, Next: L}], Default: B}\n  L: {Type: Pass, Result: {r: {s: 1}}, Next: O}\n" +
			"  O: {Type: Pass, Result: 1, ResultPath: $.r.t, Next: B}\n  B: {Type: Pass, Result: 1, ResultPath: $.r.s.u, End: true}",
	}},
	{"retrier-never-matches", map[string]string{
		"/States/A/Retry/1": `{Type: Task, ` + lambda + `, Retry: [{ErrorEquals: [E]}, {ErrorEquals: [E]}], Next: Z}`,
	}, []string{
		`{Type: Task, ` + lambda + `, Retry: [{ErrorEquals: [E], MaxAttempts: 0}, {ErrorEquals: [States.ALL]}], Next: Z}`,
	}},
	{"retry-not-idempotent", map[string]string{
		"/States/A/Retry/0/ErrorEquals/0":         `{Type: Task, ` + send + `, Parameters: {QueueUrl: q, MessageBody: b}, ` + retryAll + `, Next: Z}`,
		"/States/A/Retry/0/ErrorEquals/0 #update": `{Type: Task, ` + updateIt + `, Parameters: {UpdateExpression: "SET n = n + :x"}, ` + retryAll + `, Next: Z}`,
	}, []string{
		`{Type: Task, ` + send + `, Parameters: {QueueUrl: q, MessageDeduplicationId: d}, ` + retryAll + `, Next: Z}`,
		`{Type: Task, ` + send + `, Parameters: {QueueUrl: q}, Retry: [{ErrorEquals: [SQS.ThrottlingException]}], Next: Z}`,
		`{Type: Task, ` + send + `, Parameters: {QueueUrl: q}, Retry: [{ErrorEquals: [States.ALL], MaxAttempts: 0}], Next: Z}`,
		`{Type: Task, ` + updateIt + `, Parameters: {UpdateExpression: "SET n = :x"}, ` + retryAll + `, Next: Z}`,
		`{Type: Task, ` + put + `, Parameters: {Item: {}}, ` + retryAll + `, Next: Z}`,
	}},
	{"timeout-never-reached", map[string]string{
		"/States/A/TimeoutSeconds": "StartAt: A\nTimeoutSeconds: 60\nStates: {A: {Type: Task, " + lambda + ", TimeoutSeconds: 60, End: true}}",
	}, []string{"StartAt: A\nTimeoutSeconds: 60\nStates: {A: {Type: Task, " + lambda + ", TimeoutSeconds: 59, End: true}}"}},
	{"token-not-passed", map[string]string{
		"/States/A":       `{Type: Task, ` + token + `, Parameters: {MessageBody: x}, Next: Z}`,
		"/States/A #none": `{Type: Task, ` + token + `, Next: Z}`,
		"/States/A #ja":   `{Type: Task, ` + jsonata + `, ` + token + `, Arguments: {MessageBody: "{% $states.input %}"}, Next: Z}`,
	}, []string{
		`{Type: Task, ` + token + `, Parameters: {MessageBody: {t.$: $$.Task.Token}}, Next: Z}`,
		`{Type: Task, ` + token + `, Parameters: {MessageBody.$: "States.Format('{}', $$.Task.Token)"}, Next: Z}`,
		`{Type: Task, ` + token + `, Parameters: {MessageBody.$: $$}, Next: Z}`,
		`{Type: Task, ` + jsonata + `, ` + token + `, Arguments: {MessageBody: ["{% $states.context.Task.Token %}"]}, Next: Z}`,
	}},
	{"token-outside-callback", map[string]string{
		"/States/A/Parameters/t.$":  `{Type: Task, ` + send + `, Parameters: {t.$: $$.Task.Token}, Next: Z}`,
		"/States/A/Arguments/t":     `{Type: Task, ` + jsonata + `, ` + send + `, Arguments: {t: "{% $states.context.Task.Token %}"}, Next: Z}`,
		"/States/A/Parameters/t.$ ": `{Type: Pass, Parameters: {t.$: $$.Task.Token}, Next: Z}`,
	}, []string{`{Type: Task, ` + token + `, Parameters: {t.$: $$.Task.Token}, Next: Z}`}},
	{"undefined-variable", map[string]string{
		"/States/A/Parameters/x.$": `{Type: Pass, Parameters: {x.$: $v}, Next: Z}`,
		"/States/A/Output":         `{Type: Pass, ` + jsonata + `, Assign: {v: 1}, Output: "{% $v %}", Next: Z}`,
	}, []string{
		"States:\n  A: {Type: Pass, Assign: {v: 1}, Next: C}\n  C: {Type: Pass, Parameters: {x.$: $v}, End: true}",
		"States:\n  A: {Type: Choice, Default: C, Choices: [{Variable: $.a, IsNull: true, Next: B}]}\n  B: {Type: Pass, Assign: {v: 1}, Next: C}\n  C: {Type: Pass, Parameters: {x.$: $v}, End: true}",
	}},
	{"unknown-context-field", map[string]string{
		"/States/A/Parameters/x.$":  `{Type: Pass, Parameters: {x.$: $$.Execution.ID}, Next: Z}`,
		"/States/A/Parameters/x.$ ": `{Type: Pass, Parameters: {x.$: $$.Map.Item.Value}, Next: Z}`,
		"/States/A/Output":          `{Type: Pass, ` + jsonata + `, Output: "{% $states.context.Execution.Nmae %}", Next: Z}`,
	}, []string{
		`{Type: Pass, Parameters: {x.$: $$.Execution.Id, y.$: $$.Execution.Input.any, z.$: $$.State.Name}, Next: Z}`,
		`{Type: Map, ItemSelector: {x.$: $$.Map.Item.Value.any}, ItemProcessor: {StartAt: B, States: {B: {Type: Pass, Parameters: {x.$: $$.Map.Item.Index}, End: true}}}, Next: Z}`,
	}},
	{"unknown-ignore", map[string]string{"/States/A/Comment": `{Type: Pass, Comment: "gait:ignore no-such-rule", Next: Z}`}, []string{`{Type: Pass, Comment: "gait:ignore pass-without-effect", Next: Z}`}},
	{"unreachable-state", map[string]string{
		"/States/B": "States:\n  A: {Type: Choice, " + jsonata + ", Default: Z, Choices: [{Condition: false, Next: B}]}\n  B: {Type: Pass, Next: Z}\n  Z: {Type: Succeed}",
	}, []string{
		"States:\n  A: {Type: Choice, " + jsonata + ", Default: B, Choices: [{Condition: false, Next: B}]}\n  B: {Type: Pass, Next: Z}\n  Z: {Type: Succeed}",
	}},
	{"unused-variable", map[string]string{
		"/States/A/Assign/v":     `{Type: Pass, Assign: {v: 1}, Next: Z}`,
		"/States/A/Assign/v.$":   `{Type: Pass, Assign: {v.$: $.a}, Next: Z}`,
		"/States/A/Assign/child": "States:\n  A: {Type: Pass, Assign: {child: 1}, Next: M}\n  M: {Type: Map, End: true, ItemProcessor: {ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}, StartAt: I, States: {I: {Type: Pass, Parameters: {x.$: $child}, End: true}}}}",
	}, []string{
		"States:\n  A: {Type: Pass, Assign: {v: 1}, Next: M}\n  M: {Type: Map, End: true, ItemProcessor: {StartAt: I, States: {I: {Type: Pass, Parameters: {x.$: $v}, End: true}}}}",
	}},
	{"useless-ignore", map[string]string{"/States/A/Comment": `{Type: Pass, Result: 1, Comment: "gait:ignore pass-without-effect", Next: Z}`}, []string{
		`{Type: Task, Comment: "gait:ignore lambda-without-retry", ` + lambda + `, Next: Z}`,
	}},
	{"wait-outlasts-machine", map[string]string{
		"/States/A/Seconds":                        "StartAt: A\nTimeoutSeconds: 60\nStates: {A: {Type: Wait, Seconds: 60, End: true}}",
		"/States/A/ItemProcessor/States/B/Seconds": `{Type: Map, ItemProcessor: {ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: EXPRESS}, StartAt: B, States: {B: {Type: Wait, Seconds: 301, End: true}}}, Next: Z}`,
	}, []string{"StartAt: A\nTimeoutSeconds: 60\nStates: {A: {Type: Wait, Seconds: 59, End: true}}", `{Type: Wait, Seconds: 1000, Next: Z}`}},
	{"wildcard-in-string-equals", map[string]string{
		"/States/A/Choices/0/StringEquals": `{Type: Choice, Default: Z, Choices: [{Variable: $.a, StringEquals: "*.csv", Next: Z}]}`,
	}, []string{`{Type: Choice, Default: Z, Choices: [{Variable: $.a, StringMatches: "*.csv", Next: Z}, {Variable: $.a, StringEquals: "a*b", Next: Z}]}`}},
	{"wrong-number-of-arguments", map[string]string{
		"/States/A/Parameters/x.$": `{Type: Pass, Parameters: {x.$: "States.ArrayLength($.a, 1)"}, Next: Z}`,
	}, []string{`{Type: Pass, Parameters: {x.$: "States.ArrayLength($.a)"}, Next: Z}`}},
}

// check lints a sample and returns the findings.
func check(t *testing.T, sample string, cfg lint.Config) []lint.Finding {
	t.Helper()
	src, err := asl.Read("sample.yaml", []byte(definition(sample)), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, sample)
	}
	cfg.Options.AnyResource = true // the samples do without parameters
	found, err := lint.Check(src, cfg)
	if err != nil {
		t.Fatalf("%v\n%s", err, definition(sample))
	}
	return found
}

func TestRulesFindAndStaySilent(t *testing.T) {
	t.Parallel()
	for _, e := range examples {
		t.Run(e.rule, func(t *testing.T) {
			t.Parallel()
			for pointer, sample := range e.bad {
				pointer, _, _ = strings.Cut(pointer, " ")
				found := check(t, sample, lint.Config{})
				i := slices.IndexFunc(found, func(f lint.Finding) bool { return f.Rule == e.rule && f.Pointer == pointer })
				if i < 0 {
					t.Errorf("nothing found at %s:\n%s\nfound: %v", pointer, sample, found)
					continue
				}
				if f := found[i]; f.Line < 1 || f.Column < 1 || f.Message == "" || f.Hint == "" || f.State == "" {
					t.Errorf("incomplete finding: %+v", f)
				}
			}
			for _, sample := range e.good {
				for _, f := range check(t, sample, lint.Config{}) {
					if f.Rule == e.rule {
						t.Errorf("found %v:\n%s", f, sample)
					}
				}
			}
		})
	}
}

func TestEveryRuleHasExamples(t *testing.T) {
	t.Parallel()
	var have, want []string
	for _, e := range examples {
		if len(e.bad) == 0 || len(e.good) == 0 {
			t.Errorf("%s lacks examples", e.rule)
		}
		have = append(have, e.rule)
	}
	for _, r := range lint.Rules() {
		want = append(want, r.ID)
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("rules and examples (-rules +examples):\n%s", d)
	}
	if !slices.IsSorted(want) {
		t.Error("rules are not sorted")
	}
}

func TestCheckPlacesFindingsInTheFile(t *testing.T) {
	t.Parallel()
	const text = "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Pass\", \"Parameters\": {\"a\": \"$.x\"}, \"End\": true}\n  }\n}"
	src, err := asl.Read("a.asl.json", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := lint.Check(src, lint.Config{})
	if err != nil || len(found) != 1 {
		t.Fatalf("got %v, %v", found, err)
	}
	if got, want := found[0].String(), "4:47: warning: The value of the field 'a' looks like a path or an intrinsic function, but the field name does not end with '.$' [no-dollar]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	yaml := check(t, "States:\n  A:\n    Type: Wait\n    Seconds: 1\n    Next: B\n  B:\n    Type: Fail", lint.Config{})
	if len(yaml) != 1 || yaml[0].Line != 8 || yaml[0].Column != 5 || yaml[0].State != "B" {
		t.Errorf("got %+v", yaml)
	}
}

func TestIgnoring(t *testing.T) {
	t.Parallel()
	const rule = "fail-without-error"
	tests := []struct {
		name, sample string
		cfg          lint.Config
		want         []string
	}{
		{"nothing is ignored", `States: {A: {Type: Fail}}`, lint.Config{}, []string{rule}},
		{"a state", `States: {A: {Type: Fail, Comment: "gait:ignore fail-without-error: callers do not look"}}`, lint.Config{}, nil},
		{"a machine", "StartAt: A\nComment: gait:ignore useless-ignore, fail-without-error\nStates: {A: {Type: Fail}}", lint.Config{}, nil},
		{"another rule", `States: {A: {Type: Fail, Comment: "gait:ignore no-dollar"}}`, lint.Config{}, []string{"useless-ignore", rule}},
		{"an outer state", `{Type: Parallel, Comment: "gait:ignore fail-without-error", Branches: [{StartAt: B, States: {B: {Type: Fail}}}], Next: Z}`, lint.Config{}, nil},
		{"a branch", `{Type: Parallel, Branches: [{StartAt: B, Comment: "gait:ignore fail-without-error", States: {B: {Type: Fail}}}], Next: Z}`, lint.Config{}, nil},
		{"a retrier", `{Type: Task, ` + put + `, Retry: [{ErrorEquals: [E], Comment: "gait:ignore retrier-never-matches"}], Next: Z}`, lint.Config{}, nil},
		{"a rule of a Choice", `{Type: Choice, Default: Y, Choices: [{Variable: $.a, StringEquals: $.b, Comment: "gait:ignore operand-looks-like-path", Next: Z}]}` + "\n  Y: {Type: Succeed}", lint.Config{}, nil},
		{"the configuration", `States: {A: {Type: Fail}}`, lint.Config{Ignore: []string{rule}}, nil},
		{"all but one", "States:\n  A: {Type: Pass, Parameters: {a: $.x}, Next: B}\n  B: {Type: Fail}", lint.Config{Only: []string{rule}}, []string{rule}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range check(t, tt.sample, tt.cfg) {
				got = append(got, f.Rule)
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	src, err := asl.Read("a.json", []byte(`{"StartAt": "A"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	var invalid *asl.Error
	if _, err := lint.Check(src, lint.Config{}); !errors.As(err, &invalid) {
		t.Errorf("got %v, want an *asl.Error", err)
	}
	var unknown *lint.UnknownRuleError
	if _, err := lint.Check(src, lint.Config{Ignore: []string{"choice-without-defalt"}}); !errors.As(err, &unknown) || unknown.Near != "choice-without-default" {
		t.Errorf("got %v, want an *UnknownRuleError with a suggestion", err)
	}
}

func TestRulesAreDocumented(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("../../docs/lint.md")
	want := document()
	if *update {
		err = os.WriteFile("../../docs/lint.md", []byte(want), 0o644)
		got = []byte(want)
	}
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("docs/lint.md is not what the rules say; run go test ./asl/lint -update (-want +got):\n%s", d)
	}
}

// shown is a sample as it stands in the document.
func shown(sample string) string {
	if sample = strings.TrimSpace(sample); strings.HasPrefix(sample, "{") {
		return "A: " + sample
	}
	return strings.TrimPrefix(sample, "StartAt: A\n")
}

// document writes docs/lint.md.
func document() string {
	var b strings.Builder
	b.WriteString(`<!-- Made of the rules in asl/lint by go test ./asl/lint -update. Change them there. -->
# Lint: what is valid and still wrong

` + "`gait lint FILE…|DIR…`" + ` warns about definitions that AWS accepts. In Go it is package ` + "`asl/lint`" + `.

- A **warning** is most likely a mistake: something fails, never happens, or happens without end.
- **Advice** tells of a risk or an untidiness that may be intended. ` + "`-w`" + ` leaves it out.

What is said of data is certain: the possible documents and variables are followed along all transitions, and where they cannot be known,
nothing is said. Resources whose ARN is not of AWS may return and throw anything.

A definition that AWS would refuse is not linted: its errors are shown. Placeholders ` + "`${NAME}`" + ` get values with ` + "`--set NAME=VALUE`" + `; with
` + "`--any-resource`" + ` a Resource may be anything.

Exit codes: 0 no warnings (there may be advice), 1 warnings, 2 wrong usage or a file that cannot be read, 3 an invalid definition.
` + "`--json`" + ` prints one object for each file: ` + "`file`, `findings`" + ` with rule, severity, message, state, pointer, line, column and hint, and
` + "`diagnostics`" + ` of a definition that is invalid. ` + "`--list`" + ` prints the rules. A directory stands for the definitions below it: files that end in
` + "`.asl.json`, `.asl.yaml`, `.asl.yml` or `.asl`" + `, and other JSON and YAML files that have StartAt and States.

## Ignoring findings

In the definition, for an object and everything inside of it (a machine, a state, a choice rule, a retrier, a catcher, a branch, an item processor), by its Comment;
what follows the rules is for the reader:

` + "```json" + `
"Comment": "gait:ignore lambda-without-retry, missing-timeout: the function retries by itself"
` + "```" + `

For a run of the command, ` + "`--ignore RULE,…`" + ` leaves rules out and ` + "`--only RULE,…`" + ` applies no others. In Go, ` + "`lint.Config`" + ` has Ignore and Only, and ` + "`asltest.Machine.Lint`" + ` fails a test for warnings:

` + "```go" + `
m := asltest.Load(t, "order.asl.yaml")
m.Lint("missing-timeout") // all rules but this one
` + "```" + `

## Rules

| rule | severity | finds |
|---|---|---|
`)
	for _, r := range lint.Rules() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, r.ID, r.Severity, r.Summary)
	}
	for _, r := range lint.Rules() {
		fmt.Fprintf(&b, "\n### %s\n\n%s %s\n\n*What to do:* %s\n", r.ID, r.Summary, r.Why, r.Fix)
		i := slices.IndexFunc(examples, func(e example) bool { return e.rule == r.ID })
		if i < 0 {
			continue
		}
		pointer := slices.Min(slices.Collect(maps.Keys(examples[i].bad)))
		where, _, _ := strings.Cut(pointer, " ")
		fmt.Fprintf(&b, "\n```yaml\n# found at %s\n%s\n# not found\n%s\n```\n", where, shown(examples[i].bad[pointer]), shown(examples[i].good[0]))
	}
	return b.String()
}
