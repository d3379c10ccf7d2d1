package conformance_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gait-engine/gait/conformance"
)

// The sections of the CDK's task library that a machine must be able to call. Each has definitions which the CDK made.
var seeds = []string{
	"Evaluate Expression",
	"API Gateway / Call REST API Endpoint", "API Gateway / Call HTTP API Endpoint",
	"AWS SDK", "AWS SDK / Cross-region AWS API call",
	"Athena / StartQueryExecution", "Athena / GetQueryExecution", "Athena / GetQueryResults", "Athena / StopQueryExecution",
	"Batch / SubmitJob",
	"Bedrock / InvokeModel", "Bedrock / createModelCustomizationJob",
	"CodeBuild / StartBuild", "CodeBuild / StartBuildBatch",
	"DynamoDB / GetItem", "DynamoDB / PutItem", "DynamoDB / DeleteItem", "DynamoDB / UpdateItem",
	"ECS / RunTask / EC2", "ECS / RunTask / Fargate", "ECS / RunTask / ECS enable Exec",
	"EMR / Create Cluster", "EMR / Termination Protection", "EMR / Terminate Cluster", "EMR / Add Step", "EMR / Cancel Step",
	"EMR / Modify Instance Fleet", "EMR / Modify Instance Group",
	"EMR on EKS / Create Virtual Cluster", "EMR on EKS / Delete Virtual Cluster", "EMR on EKS / Start Job Run",
	"EKS / Call",
	"EventBridge / Put Events", "EventBridge Scheduler / Create Scheduler",
	"Glue / StartJobRun", "Glue / StartCrawlerRun", "Glue DataBrew / Start Job Run",
	"Invoke HTTP API",
	"Lambda / Invoke",
	"MediaConvert / CreateJob",
	"SageMaker / Create Training Job", "SageMaker / Create Transform Job", "SageMaker / Create Endpoint",
	"SageMaker / Create Endpoint Config", "SageMaker / Create Model", "SageMaker / Update Endpoint",
	"SNS / Publish",
	"Step Functions / Start Execution", "Step Functions / Invoke Activity",
	"SQS / Send Message",
}

// onlyMocked are sections of which no case can be compared when a Caller serves it, and why. Package task tests them.
var onlyMocked = map[string]string{
	"EMR / Cancel Step":                "the mocked result has another member than the one that AWS documents",
	"Step Functions / Invoke Activity": "activities are no service",
}

// TestEachSectionOfTheTaskLibraryRuns runs the cases of each section twice: with mocked results, and with a Caller that answers the
// calls of the services. None may fail, and of each section some must pass either way.
func TestEachSectionOfTheTaskLibraryRuns(t *testing.T) {
	t.Parallel()
	const dir = "testdata/cdk"
	var out strings.Builder
	if _, err := conformance.Run(t.Context(), conformance.Options{Dirs: []string{dir}, Verbose: true, Out: &out}); err != nil {
		t.Fatal(err)
	}
	verdict := map[string]string{} // by id of the case: pass, FAIL or skip
	for line := range strings.Lines(out.String()) {
		if word, rest, ok := strings.Cut(line, " cdk/"); ok {
			id, _, _ := strings.Cut(strings.TrimSpace(rest), ":")
			verdict["cdk/"+id] = word
		}
	}
	files, err := filepath.Glob(dir + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	bySection := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			ID          string
			SeedSection string
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		bySection[c.SeedSection] = append(bySection[c.SeedSection], c.ID)
	}
	for _, section := range seeds {
		t.Run(section, func(t *testing.T) {
			mocked, called := 0, 0
			for _, id := range bySection[section] {
				for _, way := range []string{"cdk/cases/", "cdk/calls/", "cdk/services/"} {
					switch v := verdict[way+id]; {
					case v == "FAIL":
						t.Errorf("%s%s fails", way, id)
					case v == "pass" && way == "cdk/cases/":
						mocked++
					case v == "pass":
						called++
					}
				}
			}
			if mocked == 0 || called == 0 && onlyMocked[section] == "" || called > 0 && onlyMocked[section] != "" {
				t.Errorf("of %d cases %d pass with mocks and %d with a Caller", len(bySection[section]), mocked, called)
			}
		})
	}
}
