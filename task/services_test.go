package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/task"
)

// recorder is a Caller that answers from a list and notes what it was asked.
type recorder struct {
	answers []any // string: JSON, or error
	calls   []string
	region  string
	role    string
}

func (r *recorder) Call(ctx context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
	r.calls = append(r.calls, service+":"+action+" "+string(input))
	if req, ok := task.RequestFrom(ctx); ok {
		r.region, r.role = req.Region, req.RoleARN
	}
	if len(r.answers) == 0 {
		return nil, errors.New("no answer is left")
	}
	a := r.answers[0]
	r.answers = r.answers[1:]
	if err, ok := a.(error); ok {
		return nil, err
	}
	return json.RawMessage(a.(string)), nil
}

const executionARN = "arn:aws:states:us-east-1:123456789012:execution:orders:x"

// serve runs a request-response or callback task.
func serve(t *testing.T, c task.Caller, resource, input string) (string, *task.Error) {
	t.Helper()
	var mux task.Mux
	mux.HandleServices(c)
	r, ok := mux.Lookup("orders", "S", resource)
	if !ok || r.Handler == nil {
		t.Fatalf("Lookup(%q): %+v, %t, want a handler", resource, r, ok)
	}
	out, failure := task.Call(context.Background(), r.Handler, &task.Request{
		Resource: resource, Input: json.RawMessage(input), Key: "key-1", Execution: executionARN, State: "S", RoleARN: "role",
	})
	return string(out), failure
}

const metadata = `"SdkHttpMetadata":{"AllHttpHeaders":{"x-amzn-RequestId":["key-1"]},"HttpHeaders":{"x-amzn-RequestId":"key-1"},` +
	`"HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"key-1"}`

func TestCallsAreMadeAsTheServicesTakeThem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, resource, input string
		answers               []any
		calls                 []string
		want                  string // result, or failure "name: cause"
	}{
		{
			name: "message body as text", resource: "arn:aws:states:::sqs:sendMessage", input: `{"QueueUrl":"q","MessageBody":{"a":1.0}}`,
			answers: []any{`{"MD5OfMessageBody":"m","MessageId":"i"}`},
			calls:   []string{`sqs:sendMessage {"QueueUrl":"q","MessageBody":"{\"a\":1.0}"}`},
			want:    `{"MD5OfMessageBody":"m","MessageId":"i",` + metadata + `}`,
		},
		{
			name: "a string stays a string", resource: "arn:aws:states:::sns:publish.waitForTaskToken", input: `{"TopicArn":"t","Message":"m"}`,
			answers: []any{`{"MessageId":"i","SdkResponseMetadata":{"RequestId":"theirs"},"SequenceNumber":"1"}`},
			calls:   []string{`sns:publish {"TopicArn":"t","Message":"m"}`},
			want: `{"MessageId":"i","SdkHttpMetadata":{"AllHttpHeaders":{"x-amzn-RequestId":["key-1"]},` +
				`"HttpHeaders":{"x-amzn-RequestId":"key-1"},"HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"theirs"},"SequenceNumber":"1"}`,
		},
		{
			name: "details as text, and where an event comes from", resource: "arn:aws:states:::events:putEvents",
			input:   `{"Entries":[{"Detail":{"a":1},"Resources":["r"]},{"Detail":"{}"}]}`,
			answers: []any{`{"Entries":[{"EventId":"1"},{"EventId":"2"}],"FailedEntryCount":0}`},
			calls: []string{`events:putEvents {"Entries":[{"Detail":"{\"a\":1}","Resources":["r","arn:aws:states:us-east-1:123456789012:stateMachine:orders","` +
				executionARN + `"]},{"Detail":"{}","Resources":["arn:aws:states:us-east-1:123456789012:stateMachine:orders","` + executionARN + `"]}]}`},
			want: `{"Entries":[{"EventId":"1"},{"EventId":"2"}],"FailedEntryCount":0}`,
		},
		{
			name: "a failed entry", resource: "arn:aws:states:::events:putEvents", input: `{"Entries":[]}`,
			answers: []any{`{"Entries":[{"ErrorCode":"x"}],"FailedEntryCount":1}`}, calls: []string{`events:putEvents {"Entries":[]}`},
			want: `EventBridge.FailedEntry: {"Entries":[{"ErrorCode":"x"}],"FailedEntryCount":1}`,
		},
		{
			name: "payload of a function", resource: "arn:aws:states:::lambda:invoke", input: `{"FunctionName":"f","Payload":"0"}`,
			answers: []any{`{"ExecutedVersion":"$LATEST","Payload":"0","StatusCode":200}`},
			calls:   []string{`lambda:invoke {"FunctionName":"f","Payload":"\"0\""}`},
			want:    `{"ExecutedVersion":"$LATEST","Payload":0,` + metadata + `,"StatusCode":200}`,
		},
		{
			name: "a function by its ARN", resource: "arn:aws:lambda:eu-west-1:123456789012:function:f", input: `{"x":1}`,
			answers: []any{`{"Payload":"{\"y\":2}","StatusCode":200}`},
			calls:   []string{`lambda:invoke {"FunctionName":"arn:aws:lambda:eu-west-1:123456789012:function:f","Payload":"{\"x\":1}"}`},
			want:    `{"y":2}`,
		},
		{
			name: "a function that raised", resource: "arn:aws:states:::lambda:invoke", input: `{"FunctionName":"f"}`,
			answers: []any{`{"FunctionError":"Unhandled","Payload":"{\"errorType\":\"Oops\",\"errorMessage\":\"m\"}","StatusCode":200}`},
			calls:   []string{`lambda:invoke {"FunctionName":"f"}`},
			want:    `Oops: {"errorType":"Oops","errorMessage":"m"}`,
		},
		{
			name: "a function that died", resource: "arn:aws:lambda:eu-west-1:123456789012:function:f", input: `null`,
			answers: []any{`{"FunctionError":"Unhandled","Payload":"{\"errorMessage\":\"out of memory\"}","StatusCode":200}`},
			calls:   []string{`lambda:invoke {"FunctionName":"arn:aws:lambda:eu-west-1:123456789012:function:f"}`},
			want:    `Lambda.Unknown: {"errorMessage":"out of memory"}`,
		},
		{
			name: "one step where the service takes many", resource: "arn:aws:states:::elasticmapreduce:addStep", input: `{"ClusterId":"j","Step":{"Name":"n"}}`,
			answers: []any{`{"StepIds":["s"]}`}, calls: []string{`elasticmapreduce:addJobFlowSteps {"JobFlowId":"j","Steps":[{"Name":"n"}]}`},
			want: `{"StepId":"s",` + metadata + `}`,
		},
		{
			name: "a group by its name", resource: "arn:aws:states:::elasticmapreduce:modifyInstanceGroupByName",
			input:   `{"ClusterId":"j","InstanceGroupName":"core","InstanceGroup":{"InstanceCount":2}}`,
			answers: []any{`{"InstanceGroups":[{"Id":"g1","Name":"main"}],"Marker":"p2"}`, `{"InstanceGroups":[{"Id":"g2","Name":"core"}]}`, ``},
			calls: []string{`elasticmapreduce:listInstanceGroups {"ClusterId":"j"}`, `elasticmapreduce:listInstanceGroups {"ClusterId":"j","Marker":"p2"}`,
				`elasticmapreduce:modifyInstanceGroups {"ClusterId":"j","InstanceGroups":[{"InstanceCount":2,"InstanceGroupId":"g2"}]}`},
			want: `{` + metadata + `}`,
		},
		{
			name: "a fleet that is not there", resource: "arn:aws:states:::elasticmapreduce:modifyInstanceFleetByName",
			input:   `{"ClusterId":"j","InstanceFleetName":"core","InstanceFleet":{}}`,
			answers: []any{`{"InstanceFleets":[]}`}, calls: []string{`elasticmapreduce:listInstanceFleets {"ClusterId":"j"}`},
			want: `ElasticMapReduce.InvalidRequestException: InstanceFleetName "core" is not known in the cluster (Service: AmazonElasticMapReduce; ` +
				`Status Code: 400; Error Code: InvalidRequestException; Request ID: ; Proxy: null)`,
		},
		{
			name: "marked jobs", resource: "arn:aws:states:::batch:submitJob", input: `{"JobName":"n","JobDefinition":"d","JobQueue":"q","ContainerOverrides":{"Environment":[{"Name":"A","Value":"b"}]}}`,
			answers: []any{`{"JobId":"1"}`},
			calls: []string{`batch:submitJob {"JobName":"n","JobDefinition":"d","JobQueue":"q","ContainerOverrides":{"Environment":[{"Name":"A","Value":"b"},` +
				`{"Name":"MANAGED_BY_AWS","Value":"STARTED_BY_STEP_FUNCTIONS"}]}}`},
			want: `{"JobId":"1",` + metadata + `}`,
		},
		{
			name: "the job's name in the result of glue", resource: "arn:aws:states:::glue:startJobRun", input: `{"JobName":"n"}`,
			answers: []any{`{"JobRunId":"r"}`}, calls: []string{`glue:startJobRun {"JobName":"n"}`},
			want: `{"JobRunId":"r",` + metadata + `,"JobName":"n"}`,
		},
		{
			name: "an HTTP status", resource: "arn:aws:states:::apigateway:invoke", input: `{"ApiEndpoint":"e","Method":"GET"}`,
			answers: []any{`{"ResponseBody":{"message":"no"},"StatusCode":403,"StatusText":"Forbidden"}`},
			calls:   []string{`apigateway:invoke {"ApiEndpoint":"e","Method":"GET"}`}, want: `ApiGateway.403: {"message":"no"}`,
		},
		{
			name: "an HTTP status of a cluster", resource: "arn:aws:states:::eks:call", input: `{}`,
			answers: []any{`{"ResponseBody":{"kind":"Status"},"StatusCode":401,"StatusText":"Unauthorized"}`},
			calls:   []string{`eks:call {}`}, want: `EKS.401: {"ResponseBody":{"kind":"Status"},"StatusCode":401,"StatusText":"Unauthorized"}`,
		},
		{
			name: "aws-sdk", resource: "arn:aws:states:::aws-sdk:sfn:startExecution", input: `{"StateMachineArn":"m","Input":{"k":1}}`,
			answers: []any{`{"ExecutionArn":"e"}`}, calls: []string{`sfn:startExecution {"StateMachineArn":"m","Input":"{\"k\":1}"}`},
			want: `{"ExecutionArn":"e"}`,
		},
		{
			name: "no answer", resource: "arn:aws:states:::aws-sdk:s3:deleteObject", input: `{}`, answers: []any{``},
			calls: []string{`s3:deleteObject {}`}, want: `{}`,
		},
		{
			name: "a service that the table lacks", resource: "arn:aws:states:::newthing:begin", input: `{"a":{"b":1}}`, answers: []any{`{"c":1}`},
			calls: []string{`newthing:begin {"a":{"b":1}}`}, want: `{"c":1}`,
		},
		{
			name: "start failures of ECS count only when somebody waits", resource: "arn:aws:states:::ecs:runTask", input: `{"TaskDefinition":"d"}`,
			answers: []any{`{"Failures":[{"Reason":"RESOURCE:CPU"}],"Tasks":[]}`}, calls: []string{`ecs:runTask {"TaskDefinition":"d"}`},
			want: `{"Failures":[{"Reason":"RESOURCE:CPU"}],` + metadata + `,"Tasks":[]}`,
		},
		{
			name: "as here", resource: "arn:aws:states:::ecs:runTask.waitForTaskToken", input: `{"TaskDefinition":"d"}`,
			answers: []any{`{"Failures":[{"Reason":"RESOURCE:CPU"}],"Tasks":[]}`}, calls: []string{`ecs:runTask {"TaskDefinition":"d"}`},
			want: `AmazonECS.Unknown: {"Failures":[{"Reason":"RESOURCE:CPU"}],"Tasks":[]}`,
		},
		{
			name: "an answer that is no JSON", resource: "arn:aws:states:::aws-sdk:s3:getObject", input: `{}`, answers: []any{`<xml>`},
			calls: []string{`s3:getObject {}`}, want: `States.TaskFailed: the answer of s3 to getObject is no JSON: `,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &recorder{answers: tt.answers}
			out, failure := serve(t, c, tt.resource, tt.input)
			if diff := cmp.Diff(tt.calls, c.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if failure != nil {
				out = failure.Error()
			}
			if out != tt.want && (failure == nil || !strings.HasPrefix(out, tt.want)) {
				t.Errorf("result\n got %s\nwant %s", out, tt.want)
			}
		})
	}
}

// The names and causes are those of recorded executions, but for the lines marked K.
func TestRefusalsAreWordedAsAWSWordsThem(t *testing.T) {
	t.Parallel()
	refusal := func(code, message string, status int) *task.ServiceError {
		return &task.ServiceError{Code: code, Message: message, Status: status, RequestID: "r"}
	}
	tests := []struct {
		resource string
		err      error
		want     string
	}{
		{"arn:aws:states:::sns:publish", refusal("NotFound", "Topic does not exist", 404),
			"SNS.NotFoundException: Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: r; Proxy: null)"},
		{"arn:aws:states:::sqs:sendMessage", refusal("MissingParameter", "The request must contain the parameter MessageBody.", 400),
			"SQS.AmazonSQSException: The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code: 400; Error Code: MissingParameter; Request ID: r; Proxy: null)"},
		{"arn:aws:states:::dynamodb:putItem", refusal("ResourceNotFoundException", "Requested resource not found", 400),
			"DynamoDB.ResourceNotFoundException: Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: r; Proxy: null)"},
		{"arn:aws:states:::dynamodb:putItem", refusal("ValidationException", "m", 400),
			"DynamoDB.AmazonDynamoDBException: m (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: r; Proxy: null)"},
		{"arn:aws:states:::aws-sdk:dynamodb:putItem", refusal("ValidationException", "m", 400),
			"DynamoDb.DynamoDbException: m (Service: DynamoDb, Status Code: 400, Request ID: r) (SDK Attempt Count: 1)"},
		{"arn:aws:states:::states:startExecution", refusal("StateMachineDoesNotExist", "m", 400),
			"StepFunctions.StateMachineDoesNotExistException: m (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: r; Proxy: null)"},
		{"arn:aws:states:::aws-sdk:sfn:sendTaskSuccess", refusal("InvalidToken", "Invalid Token: 'Invalid token'", 400),
			"Sfn.InvalidTokenException: Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: r) (SDK Attempt Count: 1)"},
		{"arn:aws:states:::aws-sdk:s3:getObject", &task.ServiceError{Code: "NoSuchKey", Message: "m", Status: 404, RequestID: "r", HostID: "h", Attempts: 2},
			"S3.NoSuchKeyException: m (Service: S3, Status Code: 404, Request ID: r, Extended Request ID: h) (SDK Attempt Count: 2)"},
		{"arn:aws:states:::aws-sdk:secretsmanager:getSecretValue", &task.ServiceError{Code: "Odd", Message: "m", RequestID: "r", Unmodeled: true},
			"SecretsManager.SecretsManagerException: m (Service: SecretsManager, Status Code: 400, Request ID: r) (SDK Attempt Count: 1)"},
		{"arn:aws:states:::batch:submitJob", refusal("ServerException", "Failed to create shareIdentifier default", 500),
			"Batch.ServerException: Failed to create shareIdentifier default (Service: AWSBatch; Status Code: 500; Error Code: ServerException; Request ID: r; Proxy: null)"},
		{"arn:aws:states:::sqs:sendMessage", errors.New("Unable to execute HTTP request: q: Name or service not known"),
			"SQS.SdkClientException: Unable to execute HTTP request: q: Name or service not known"},
		{"arn:aws:states:::aws-sdk:s3:getObject", errors.New("no route"), "S3.SdkClientException: no route"}, // K
		{"arn:aws:lambda:us-east-1:123456789012:function:f", refusal("ResourceNotFoundException", "Function not found: f", 404),
			"Lambda.ResourceNotFoundException: Function not found: f (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: r; Proxy: null)"},
		{"arn:aws:states:::sqs:sendMessage", fmt.Errorf("wrapped: %w", &task.Error{Name: "Own.Name", Cause: "c"}), "Own.Name: c"},
		{"arn:aws:states:::http:invoke", errors.New("reset"), "States.TaskFailed: reset"}, // K
		{"arn:aws:states:::aws-sdk:docdb:createDBCluster", refusal("DBClusterQuotaExceededFault", "m", 403),
			"DocDb.DBClusterQuotaExceededException: m (Service: DocDb, Status Code: 403, Request ID: r) (SDK Attempt Count: 1)"}, // K
	}
	for _, tt := range tests {
		_, failure := serve(t, &recorder{answers: []any{tt.err}}, tt.resource, `{}`)
		if failure == nil || failure.Error() != tt.want {
			t.Errorf("%s, %v:\n got %v\nwant %s", tt.resource, tt.err, failure, tt.want)
		}
	}
}

func TestARegionInTheResourceReachesTheCaller(t *testing.T) {
	t.Parallel()
	for resource, want := range map[string]string{
		"arn:aws:states:eu-west-1::aws-sdk:s3:listBuckets":           "eu-west-1",
		"arn:aws:states:ap-south-1:123456789012:sqs:sendMessage":     "ap-south-1",
		"arn:aws:lambda:us-west-2:123456789012:function:resize:prod": "us-west-2",
		"arn:aws:states:::sqs:sendMessage":                           "",
	} {
		c := &recorder{answers: []any{`{}`}}
		if _, failure := serve(t, c, resource, `{}`); failure != nil {
			t.Errorf("%s: %v", resource, failure)
		}
		if c.region != want || c.role != "role" {
			t.Errorf("%s: region %q and role %q, want %q and the role of the request", resource, c.region, c.role, want)
		}
	}
}

func TestMuxPrefersWhatIsRegisteredForTheResource(t *testing.T) {
	t.Parallel()
	name := func(s string) task.HandlerFunc {
		return func(context.Context, *task.Request) (any, error) { return s, nil }
	}
	caller := func(s string) task.Caller {
		return task.CallerFunc(func(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
			return json.RawMessage(`{"Payload":"1","by":"` + s + `"}`), nil
		})
	}
	var mux task.Mux
	mux.HandleServices(caller("all"))
	mux.HandleServices(caller("queues"), "sqs", "aws-sdk:sqs")
	mux.Handle("arn:aws:states:::sns:publish", name("exact"))
	mux.Handle("arn:aws:states:::dynamodb:*", name("pattern"))
	mux.HandleLambda("local", name("local"))
	mux.HandleFallback(name("fallback"))
	for _, tt := range []struct{ resource, input, want string }{
		{"arn:aws:states:::sqs:sendMessage", `{}`, "queues"},
		{"arn:aws:states:::aws-sdk:sqs:receiveMessage", `{}`, "queues"},
		{"arn:aws:states:::events:putEvents", `{}`, "all"},
		{"arn:aws:states:::sns:publish", `{}`, "exact"},
		{"arn:aws:states:::dynamodb:getItem", `{}`, "pattern"},
		{"arn:aws:lambda:us-east-1:1:function:local", `{}`, "local"},
		{"arn:aws:states:::lambda:invoke", `{"FunctionName":"local"}`, "local"},
		{"arn:aws:states:::lambda:invoke", `{"FunctionName":"far"}`, "all"},
		{"arn:aws:states:us-east-1:1:activity:a", `{}`, "fallback"},
		{"gait:own", `{}`, "fallback"},
	} {
		r, ok := mux.Lookup("m", "S", tt.resource)
		if !ok {
			t.Errorf("%s: no route", tt.resource)
			continue
		}
		out, failure := task.Call(context.Background(), r.Handler, &task.Request{Resource: tt.resource, Input: json.RawMessage(tt.input)})
		if failure != nil || !strings.Contains(string(out), tt.want) {
			t.Errorf("%s %s: %s, %v, want the one called %q", tt.resource, tt.input, out, failure, tt.want)
		}
	}
}

func TestRegisteringAServiceTwicePanics(t *testing.T) {
	t.Parallel()
	for name, register := range map[string]func(*task.Mux){
		"nil":   func(m *task.Mux) { m.HandleServices(nil) },
		"taken": func(m *task.Mux) { m.HandleServices(&recorder{}, "sqs"); m.HandleServices(&recorder{}, "sns", "sqs") },
		"all":   func(m *task.Mux) { m.HandleServices(&recorder{}); m.HandleServices(&recorder{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			register(new(task.Mux))
		}()
	}
}
