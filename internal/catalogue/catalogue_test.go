package catalogue_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
)

func TestTheTableIsWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range catalogue.Services() {
		if seen[s.Name] {
			t.Errorf("%s stands in the table twice", s.Name)
		}
		seen[s.Name] = true
		if s.Prefix == "" || s.Generic == "" || s.Client == "" || len(s.Actions) == 0 {
			t.Errorf("%s: names are missing: %+v", s.Name, s)
		}
		for _, a := range s.Actions {
			name := s.Name + ":" + a.Name
			if of, found := catalogue.Find(s.Name, a.Name); of != s || found == nil || found.Name != a.Name {
				t.Errorf("%s is not found", name)
			}
			if (a.Job != nil) != a.Has(catalogue.RunJob) {
				t.Errorf("%s: a job and the pattern .sync go together", name)
			}
			if len(a.Params) == 0 && !a.Open {
				t.Errorf("%s takes no parameters", name)
			}
			for _, p := range a.OneOf {
				if err := a.Check(value.Obj(value.M(p, value.Value{}))); len(err) > 0 && strings.Contains(err[0], p) {
					t.Errorf("%s: %s is one of its parameters and is not known: %v", name, p, err)
				}
			}
			j := a.Job
			if j == nil || j.Conditions {
				continue
			}
			if j.Describe == "" || len(j.Ask) == 0 || j.Status == "" || len(j.Success) == 0 && !j.Gone {
				t.Errorf("%s: the job cannot be followed: %+v", name, j)
			}
			if (j.Stop == "") != (len(j.StopAsk) == 0) && j.Stop != "" {
				t.Errorf("%s: stopping asks about nothing", name)
			}
			for _, status := range j.Failure {
				for _, other := range j.Success {
					if status == other {
						t.Errorf("%s: %s is both success and failure", name, status)
					}
				}
			}
		}
	}
}

func TestChecksOfParameters(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, action, parameters string
		want                     []string
	}{
		{"headers in lists", "apigateway:invoke", `{"ApiEndpoint":"e","Method":"GET","Headers":{"a":["b"]},"QueryParameters":{}}`, nil},
		{"recorded: a header that is no list", "apigateway:invoke", `{"ApiEndpoint":"e","Method":"GET","Headers":{"a":"b"}}`,
			[]string{"The value of the field 'Headers' has an invalid format"}},
		{"headers that are no object", "apigateway:invoke", `{"ApiEndpoint":"e","Method":"GET","QueryParameters":[]}`,
			[]string{"The value of the field 'QueryParameters' has an invalid format"}},
		{"null stands for nothing", "apigateway:invoke", `{"ApiEndpoint":"e","Method":"GET","Headers":null,"RequestBody":null}`, nil},
		{"required and not supported", "sqs:sendMessage", `{"queueUrl":"q"}`, []string{"The field 'queueUrl' is not supported by Step Functions",
			"The field 'QueueUrl' is required but was missing", "The field 'MessageBody' is required but was missing"}},
		{"no object", "sqs:sendMessage", `[1]`, []string{"The field 'QueueUrl' is required but was missing", "The field 'MessageBody' is required but was missing"}},
		{"any text", "sqs:sendMessage", `{"QueueUrl":"q","MessageBody":{"a":[1]}}`, nil},
		{"one of three", "sns:publish", `{"Message":1}`, []string{"The field 'TopicArn' is required but was missing"}},
		{"another of three", "sns:publish", `{"Message":1,"PhoneNumber":"+1"}`, nil},
		{"a string", "glue:startJobRun", `{"JobName":7}`, []string{"The value for the field 'JobName' must be a STRING"}},
		{"a string inside", "glue:startJobRun", `{"JobName":"n","Arguments":{"--n":"1","--m":2}}`, []string{"The value for the field '--m' must be a STRING"}},
		{"more than the table knows", "codebuild:startBuild", `{"ProjectName":"p","SourceVersion":"v"}`, nil},
	}
	for _, tt := range tests {
		service, name, _ := strings.Cut(tt.action, ":")
		_, action := catalogue.Find(service, name)
		parameters, err := value.ParseString(tt.parameters)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, action.Check(parameters)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", tt.name, tt.parameters, diff)
		}
	}
}

func TestPrefixesOfAWSSDK(t *testing.T) {
	t.Parallel()
	for service, want := range map[string]string{
		"dynamodb": "DynamoDb", "s3": "S3", "sfn": "Sfn", "secretsmanager": "SecretsManager", "fsx": "FSx", "iotsitewise": "IoTSiteWise",
		"codestarnotifications": "CodestarNotifications", "bedrockruntime": "BedrockRuntime", "unheardof": "Unheardof", "": "",
	} {
		if got := catalogue.SDKPrefix(service); got != want {
			t.Errorf("%s: %s, want %s", service, got, want)
		}
	}
}

// A code that a service's model does not name becomes the service's general exception.
func TestNamesOfExceptions(t *testing.T) {
	t.Parallel()
	tests := []struct{ service, code, want string }{
		{"lambda", "AccessDeniedException", "Lambda.AWSLambdaException"},
		{"ecs", "AccessDeniedException", "ECS.AccessDeniedException"},
		{"glue", "ThrottlingException", "Glue.AWSGlueException"},
		{"batch", "ThrottlingException", "Batch.AWSBatchException"},
		{"emr-serverless", "ThrottlingException", "EMRServerless.ThrottlingException"},
		{"bedrockagentcore", "ThrottlingException", "BedrockAgentCore.ThrottlingException"},
		{"states", "ValidationException", "StepFunctions.ValidationException"},
		{"sqs", "AWS.SimpleQueueService.NonExistentQueue", "SQS.QueueDoesNotExistException"},
		{"sqs", "com.amazonaws.sqs#QueueDoesNotExist", "SQS.QueueDoesNotExistException"},
		{"elasticmapreduce", "ValidationException", "ElasticMapReduce.AmazonElasticMapReduceException"},
		{"aws-sdk:kms", "ValidationException", "Kms.KmsException"},
		{"aws-sdk:kinesis", "ValidationException", "Kinesis.ValidationException"},
		{"aws-sdk:cloudwatchlogs", "ThrottlingException", "CloudWatchLogs.ThrottlingException"},
		{"aws-sdk:s3", "AccessDenied", "S3.S3Exception"},
		{"aws-sdk:unheardof", "ValidationException", "Unheardof.ValidationException"},
		{"aws-sdk:unheardof", "InternalFailure", "Unheardof.UnheardofException"},
	}
	for _, tt := range tests {
		p := catalogue.Problem{Code: tt.code}
		var got catalogue.Failure
		if sdk, ok := strings.CutPrefix(tt.service, "aws-sdk:"); ok {
			got = catalogue.SDKFailure(sdk, p)
		} else {
			s, _ := catalogue.Find(tt.service, "")
			got = s.Failure(p)
		}
		if got.Name != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.service, tt.code, got.Name, tt.want)
		}
	}
}

// Whatever documents come in, nothing breaks and nothing that came in changes.
func FuzzRequestAndAnswer(f *testing.F) {
	f.Add(`{"Entries":[{"Detail":{}},1,null,{"Resources":{}}]}`, `{"FailedEntryCount":"x","Entries":{}}`)
	f.Add(`{"ContainerOverrides":[],"Tags":1,"Payload":null,"Headers":{"a":[]}}`, `{"Tasks":[],"StepIds":{},"StatusCode":"x","FunctionError":1,"Payload":[]}`)
	f.Add(`[]`, `null`)
	f.Fuzz(func(t *testing.T, in, out string) {
		parameters, err := value.ParseString(in)
		if err != nil {
			return
		}
		answer, err := value.ParseString(out)
		if err != nil {
			return
		}
		before := parameters.JSON() + answer.JSON()
		for _, s := range catalogue.Services() {
			for i := range s.Actions {
				a := &s.Actions[i]
				for _, p := range []catalogue.Patterns{catalogue.RequestResponse, catalogue.RunJob, catalogue.TaskToken} {
					a.Check(parameters)
					a.Shown(parameters, p)
					a.Request(parameters, p, catalogue.Origin{Execution: "e", StateMachine: "m"})
					result, failure := s.Answer(a, parameters, answer, p, "id")
					if a.Job != nil && failure == nil {
						plan := a.Job.Plan(parameters, answer, result)
						a.Job.Look(plan, answer, true)
						a.Job.Vanished(plan)
					}
				}
			}
		}
		if after := parameters.JSON() + answer.JSON(); after != before {
			t.Errorf("the documents have changed: %s, %s", before, after)
		}
	})
}
