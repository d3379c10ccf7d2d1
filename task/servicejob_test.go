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

// jobRun is a job of a service from its start to its end.
type jobRun struct {
	c   *recorder
	mux task.Mux
	ref task.JobRef
	job task.Job
}

// startJob starts a job through a Caller that has these answers.
func startJob(t *testing.T, resource, input string, answers ...any) (*jobRun, string, *task.Error) {
	t.Helper()
	r := &jobRun{c: &recorder{answers: answers}}
	r.mux.HandleServices(r.c)
	route, ok := r.mux.Lookup("orders", "S", resource)
	if !ok || route.Job == nil {
		t.Fatalf("Lookup(%q): %+v, %t, want a job", resource, route, ok)
	}
	r.job = route.Job
	s, output, failure := task.StartJob(context.Background(), r.job, &task.Request{
		Resource: resource, Input: json.RawMessage(input), Key: "key-1", Execution: executionARN, State: "S", RoleARN: "role",
	})
	if s != nil {
		r.ref = task.JobRef{Handle: s.Handle, Resource: resource, Key: "key-1", Execution: executionARN, State: "S"}
	}
	return r, string(output), failure
}

// poll looks at the job once: "…" while it runs, its result, "!error: cause", or "?error" when it could not be looked at.
func (r *jobRun) poll() string {
	p, output, failure, err := task.PollJob(context.Background(), r.job, r.ref)
	r.ref.Polls++
	switch {
	case err != nil:
		return "?" + err.Error()
	case !p.Done:
		return "…"
	case failure != nil:
		return "!" + failure.Error()
	}
	return string(output)
}

// Every Run-a-Job integration: what it starts, asks and stops, how it is seen to go on, to succeed and to fail. In the answers to the
// description %s is the status.
func TestJobsOfServices(t *testing.T) {
	t.Parallel()
	tests := []struct {
		resource, input string
		start           string // the call that starts it
		started         string // its answer
		submitted       string // what the history shows of it, without the metadata of HTTP
		describe        string // the call that is repeated
		description     string
		running         []string
		succeeded       []string
		result          string // of a success, with %s
		failed          []string
		cause           string // of a failure, with %s
		stop            string // the call that gives it up; "" for none
	}{
		{
			resource: "athena:startQueryExecution.sync", input: `{"QueryString":"SELECT 1"}`,
			start: `athena:startQueryExecution {"QueryString":"SELECT 1"}`, started: `{"QueryExecutionId":"q"}`,
			describe:    `athena:getQueryExecution {"QueryExecutionId":"q"}`,
			description: `{"QueryExecution":{"Status":{"State":"%s"}}}`, running: []string{"QUEUED", "RUNNING"},
			succeeded: []string{"SUCCEEDED"}, result: `{"QueryExecution":{"Status":{"State":"%s"}}}`,
			failed: []string{"FAILED", "CANCELLED"}, cause: `{"QueryExecution":{"Status":{"State":"%s"}}}`,
			stop: `athena:stopQueryExecution {"QueryExecutionId":"q"}`,
		},
		{
			resource: "batch:submitJob.sync", input: `{"JobName":"n","JobDefinition":"d","JobQueue":"q"}`,
			start: `batch:submitJob {"JobName":"n","JobDefinition":"d","JobQueue":"q","ContainerOverrides":{"Environment":[` +
				`{"Name":"MANAGED_BY_AWS","Value":"STARTED_BY_STEP_FUNCTIONS"}]}}`, started: `{"JobId":"j"}`,
			describe: `batch:describeJobs {"Jobs":["j"]}`, description: `{"Jobs":[{"Status":"%s"}]}`,
			running:   []string{"SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"},
			succeeded: []string{"SUCCEEDED"}, result: `{"Status":"%s"}`, failed: []string{"FAILED"}, cause: `{"Status":"%s"}`,
			stop: `batch:terminateJob {"JobId":"j","Reason":"The execution of AWS Step Functions that waited for it has ended"}`,
		},
		{
			resource: "bedrock:createModelCustomizationJob.sync", input: `{"JobName":"n"}`,
			start: `bedrock:createModelCustomizationJob {"JobName":"n"}`, started: `{"JobArn":"a"}`,
			describe: `bedrock:getModelCustomizationJob {"JobIdentifier":"a"}`, description: `{"Status":"%s"}`, running: []string{"InProgress", "Stopping"},
			succeeded: []string{"Completed"}, result: `{"Status":"%s"}`, failed: []string{"Failed", "Stopped"}, cause: `{"Status":"%s"}`,
			stop: `bedrock:stopModelCustomizationJob {"JobIdentifier":"a"}`,
		},
		{
			resource: "codebuild:startBuild.sync", input: `{"ProjectName":"p"}`,
			start: `codebuild:startBuild {"ProjectName":"p"}`, started: `{"Build":{"Id":"b"}}`,
			describe: `codebuild:batchGetBuilds {"Ids":["b"]}`, description: `{"Builds":[{"BuildStatus":"%s"}]}`, running: []string{"IN_PROGRESS"},
			succeeded: []string{"SUCCEEDED"}, result: `{"Build":{"BuildStatus":"%s"}}`,
			failed: []string{"FAILED", "FAULT", "TIMED_OUT", "STOPPED"}, cause: `{"Build":{"BuildStatus":"%s"}}`,
			stop: `codebuild:stopBuild {"Id":"b"}`,
		},
		{
			resource: "codebuild:startBuildBatch.sync", input: `{"ProjectName":"p"}`,
			start: `codebuild:startBuildBatch {"ProjectName":"p"}`, started: `{"BuildBatch":{"Id":"b"}}`,
			describe: `codebuild:batchGetBuildBatches {"Ids":["b"]}`, description: `{"BuildBatches":[{"BuildBatchStatus":"%s"}]}`,
			running: []string{"IN_PROGRESS"}, succeeded: []string{"SUCCEEDED"}, result: `{"BuildBatch":{"BuildBatchStatus":"%s"}}`,
			failed: []string{"FAILED", "FAULT", "TIMED_OUT", "STOPPED"}, cause: `{"BuildBatch":{"BuildBatchStatus":"%s"}}`,
			stop: `codebuild:stopBuildBatch {"Id":"b"}`,
		},
		{
			resource: "codebuild:retryBuildBatch.sync", input: `{"Id":"p:1"}`,
			start: `codebuild:retryBuildBatch {"Id":"p:1"}`, started: `{"BuildBatch":{"Id":"b"}}`,
			describe: `codebuild:batchGetBuildBatches {"Ids":["b"]}`, description: `{"BuildBatches":[{"BuildBatchStatus":"%s"}]}`,
			running: []string{"IN_PROGRESS"}, succeeded: []string{"SUCCEEDED"}, result: `{"BuildBatch":{"BuildBatchStatus":"%s"}}`,
			failed: []string{"FAILED"}, cause: `{"BuildBatch":{"BuildBatchStatus":"%s"}}`, stop: `codebuild:stopBuildBatch {"Id":"b"}`,
		},
		{
			resource: "databrew:startJobRun.sync", input: `{"Name":"n"}`, start: `databrew:startJobRun {"Name":"n"}`, started: `{"RunId":"r"}`,
			describe: `databrew:describeJobRun {"Name":"n","RunId":"r"}`, description: `{"State":"%s"}`, running: []string{"STARTING", "RUNNING", "STOPPING"},
			succeeded: []string{"SUCCEEDED"}, result: `{"State":"%s"}`, failed: []string{"FAILED", "STOPPED", "TIMEOUT"}, cause: `{"State":"%s"}`,
			stop: `databrew:stopJobRun {"Name":"n","RunId":"r"}`,
		},
		{
			resource: "ecs:runTask.sync", input: `{"Cluster":"c","TaskDefinition":"d"}`,
			start:    `ecs:runTask {"Cluster":"c","TaskDefinition":"d","StartedBy":"AWS Step Functions"}`,
			started:  `{"Failures":[],"Tasks":[{"ClusterArn":"ca","TaskArn":"ta"}]}`,
			describe: `ecs:describeTasks {"Cluster":"c","Tasks":["ta"]}`, description: `{"Failures":[],"Tasks":[{"LastStatus":"%s","Containers":[{"ExitCode":0}]}]}`,
			running: []string{"PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING"}, succeeded: []string{"STOPPED"},
			result: `{"LastStatus":"%s","Containers":[{"ExitCode":0}]}`,
			stop:   `ecs:stopTask {"Cluster":"c","Task":"ta","Reason":"The execution of AWS Step Functions that waited for it has ended"}`,
		},
		{
			resource: "eks:createCluster.sync", input: `{"Name":"c"}`, start: `eks:createCluster {"Name":"c"}`, started: `{"Cluster":{"Name":"c"}}`,
			describe: `eks:describeCluster {"Name":"c"}`, description: `{"Cluster":{"Status":"%s"}}`, running: []string{"CREATING"},
			succeeded: []string{"ACTIVE"}, result: `{"Cluster":{"Status":"%s"}}`, failed: []string{"FAILED"}, cause: `{"Cluster":{"Status":"%s"}}`,
		},
		{
			resource: "eks:createNodegroup.sync", input: `{"ClusterName":"c","NodegroupName":"n"}`,
			start: `eks:createNodegroup {"ClusterName":"c","NodegroupName":"n"}`, started: `{"Nodegroup":{}}`,
			describe: `eks:describeNodegroup {"ClusterName":"c","NodegroupName":"n"}`, description: `{"Nodegroup":{"Status":"%s"}}`,
			running: []string{"CREATING"}, succeeded: []string{"ACTIVE"}, result: `{"Nodegroup":{"Status":"%s"}}`,
			failed: []string{"CREATE_FAILED"}, cause: `{"Nodegroup":{"Status":"%s"}}`,
		},
		{
			resource: "eks:createFargateProfile.sync", input: `{"ClusterName":"c","FargateProfileName":"f"}`,
			start: `eks:createFargateProfile {"ClusterName":"c","FargateProfileName":"f"}`, started: `{"FargateProfile":{}}`,
			describe:    `eks:describeFargateProfile {"ClusterName":"c","FargateProfileName":"f"}`,
			description: `{"FargateProfile":{"Status":"%s"}}`, running: []string{"CREATING"}, succeeded: []string{"ACTIVE"},
			result: `{"FargateProfile":{"Status":"%s"}}`, failed: []string{"CREATE_FAILED"}, cause: `{"FargateProfile":{"Status":"%s"}}`,
		},
		{
			resource: "elasticmapreduce:createCluster.sync", input: `{"Name":"n","Instances":{}}`,
			start: `elasticmapreduce:runJobFlow {"Name":"n","Instances":{}}`, started: `{"ClusterArn":"a","JobFlowId":"j"}`,
			submitted: `{"ClusterArn":"a","ClusterId":"j"}`,
			describe:  `elasticmapreduce:describeCluster {"ClusterId":"j"}`, description: `{"Cluster":{"Status":{"State":"%s"}}}`,
			running: []string{"STARTING", "BOOTSTRAPPING", "RUNNING", "TERMINATING"}, succeeded: []string{"WAITING"},
			result: `{"Cluster":{"Status":{"State":"%s"}},"ClusterArn":"a","ClusterId":"j"}`,
			failed: []string{"TERMINATED", "TERMINATED_WITH_ERRORS"}, cause: `{"Cluster":{"Status":{"State":"%s"}}}`,
		},
		{
			resource: "elasticmapreduce:terminateCluster.sync", input: `{"ClusterId":"j"}`,
			start: `elasticmapreduce:terminateJobFlows {"JobFlowIds":["j"]}`, started: ``, submitted: `{}`,
			describe: `elasticmapreduce:describeCluster {"ClusterId":"j"}`, description: `{"Cluster":{"Status":{"State":"%s"}}}`,
			running: []string{"WAITING", "TERMINATING"}, succeeded: []string{"TERMINATED", "TERMINATED_WITH_ERRORS"},
			result: `{"Cluster":{"Status":{"State":"%s"}}}`,
		},
		{
			resource: "elasticmapreduce:addStep.sync", input: `{"ClusterId":"j","Step":{"Name":"n"}}`,
			start: `elasticmapreduce:addJobFlowSteps {"JobFlowId":"j","Steps":[{"Name":"n"}]}`, started: `{"StepIds":["s"]}`,
			submitted: `{"StepId":"s"}`, describe: `elasticmapreduce:describeStep {"ClusterId":"j","StepId":"s"}`,
			description: `{"Step":{"Status":{"State":"%s"}}}`, running: []string{"PENDING", "CANCEL_PENDING", "RUNNING"},
			succeeded: []string{"COMPLETED"}, result: `{"Step":{"Status":{"State":"%s"}}}`,
			failed: []string{"FAILED", "CANCELLED", "INTERRUPTED"}, cause: `{"Step":{"Status":{"State":"%s"}}}`,
			stop: `elasticmapreduce:cancelSteps {"ClusterId":"j","StepIds":["s"]}`,
		},
		{
			resource: "emr-containers:startJobRun.sync", input: `{"VirtualClusterId":"v"}`,
			start: `emr-containers:startJobRun {"VirtualClusterId":"v"}`, started: `{"Id":"r","VirtualClusterId":"v"}`,
			describe: `emr-containers:describeJobRun {"Id":"r","VirtualClusterId":"v"}`, description: `{"JobRun":{"State":"%s"}}`,
			running: []string{"PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING"}, succeeded: []string{"COMPLETED"}, result: `{"State":"%s"}`,
			failed: []string{"FAILED", "CANCELLED"}, cause: `{"State":"%s"}`, stop: `emr-containers:cancelJobRun {"Id":"r","VirtualClusterId":"v"}`,
		},
		{
			resource: "emr-containers:deleteVirtualCluster.sync", input: `{"Id":"v"}`,
			start: `emr-containers:deleteVirtualCluster {"Id":"v"}`, started: `{"Id":"v"}`,
			describe: `emr-containers:describeVirtualCluster {"Id":"v"}`, description: `{"VirtualCluster":{"State":"%s"}}`,
			running: []string{"RUNNING", "TERMINATING"}, succeeded: []string{"TERMINATED"}, result: `{"VirtualCluster":{"State":"%s"}}`,
			failed: []string{"ARRESTED"}, cause: `{"VirtualCluster":{"State":"%s"}}`,
		},
		{
			resource: "emr-serverless:createApplication.sync", input: `{"ReleaseLabel":"r","Type":"SPARK"}`,
			start: `emr-serverless:createApplication {"ReleaseLabel":"r","Type":"SPARK"}`, started: `{"ApplicationId":"a","Arn":"arn","Name":"n"}`,
			describe: `emr-serverless:getApplication {"ApplicationId":"a"}`, description: `{"Application":{"State":"%s"}}`,
			running: []string{"CREATING"}, succeeded: []string{"CREATED", "STARTED"}, result: `{"ApplicationId":"a","Arn":"arn","Name":"n"}`,
			failed: []string{"TERMINATED"}, cause: `{"Application":{"State":"%s"}}`, stop: `emr-serverless:deleteApplication {"ApplicationId":"a"}`,
		},
		{
			resource: "emr-serverless:startApplication.sync", input: `{"ApplicationId":"a"}`,
			start: `emr-serverless:startApplication {"ApplicationId":"a"}`, started: ``, submitted: `{"ApplicationId":"a"}`,
			describe: `emr-serverless:getApplication {"ApplicationId":"a"}`, description: `{"Application":{"State":"%s"}}`,
			running: []string{"CREATED", "STOPPED", "STARTING"}, succeeded: []string{"STARTED"}, result: `{"ApplicationId":"a"}`,
			failed: []string{"TERMINATED"}, cause: `{"Application":{"State":"%s"}}`, stop: `emr-serverless:stopApplication {"ApplicationId":"a"}`,
		},
		{
			resource: "emr-serverless:stopApplication.sync", input: `{"ApplicationId":"a"}`,
			start: `emr-serverless:stopApplication {"ApplicationId":"a"}`, started: ``, submitted: `{"ApplicationId":"a"}`,
			describe: `emr-serverless:getApplication {"ApplicationId":"a"}`, description: `{"Application":{"State":"%s"}}`,
			running: []string{"STARTED", "STOPPING"}, succeeded: []string{"STOPPED", "TERMINATED"}, result: `{"ApplicationId":"a"}`,
		},
		{
			resource: "emr-serverless:deleteApplication.sync", input: `{"ApplicationId":"a"}`,
			start: `emr-serverless:deleteApplication {"ApplicationId":"a"}`, started: ``, submitted: `{"ApplicationId":"a"}`,
			describe: `emr-serverless:getApplication {"ApplicationId":"a"}`, description: `{"Application":{"State":"%s"}}`,
			running: []string{"STOPPED"}, succeeded: []string{"TERMINATED"}, result: `{"ApplicationId":"a"}`,
		},
		{
			resource: "emr-serverless:startJobRun.sync", input: `{"ApplicationId":"a","ExecutionRoleArn":"r"}`,
			start:   `emr-serverless:startJobRun {"ApplicationId":"a","ExecutionRoleArn":"r"}`,
			started: `{"ApplicationId":"a","Arn":"arn","JobRunId":"j"}`, describe: `emr-serverless:getJobRun {"ApplicationId":"a","JobRunId":"j"}`,
			description: `{"JobRun":{"State":"%s"}}`, running: []string{"SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING", "QUEUED"},
			succeeded: []string{"SUCCESS"}, result: `{"ApplicationId":"a","Arn":"arn","JobRunId":"j"}`,
			failed: []string{"FAILED", "CANCELLED"}, cause: `{"JobRun":{"State":"%s"}}`,
			stop: `emr-serverless:cancelJobRun {"ApplicationId":"a","JobRunId":"j"}`,
		},
		{
			resource: "emr-serverless:cancelJobRun.sync", input: `{"ApplicationId":"a","JobRunId":"j"}`,
			start:   `emr-serverless:cancelJobRun {"ApplicationId":"a","JobRunId":"j"}`,
			started: `{"ApplicationId":"a","JobRunId":"j"}`, describe: `emr-serverless:getJobRun {"ApplicationId":"a","JobRunId":"j"}`,
			description: `{"JobRun":{"State":"%s"}}`, running: []string{"RUNNING", "CANCELLING"}, succeeded: []string{"CANCELLED"},
			result: `{"ApplicationId":"a","JobRunId":"j"}`, failed: []string{"SUCCESS", "FAILED"}, cause: `{"JobRun":{"State":"%s"}}`,
		},
		{
			resource: "glue:startJobRun.sync", input: `{"JobName":"n"}`, start: `glue:startJobRun {"JobName":"n"}`, started: `{"JobRunId":"r"}`,
			submitted: `{"JobRunId":"r","JobName":"n"}`, describe: `glue:getJobRun {"JobName":"n","RunId":"r"}`,
			description: `{"JobRun":{"JobRunState":"%s"}}`, running: []string{"STARTING", "RUNNING", "STOPPING", "WAITING"},
			succeeded: []string{"SUCCEEDED"}, result: `{"JobRunState":"%s"}`,
			failed: []string{"FAILED", "TIMEOUT", "ERROR", "EXPIRED", "STOPPED"}, cause: `{"JobRunState":"%s"}`,
			stop: `glue:batchStopJobRun {"JobName":"n","JobRunIds":["r"]}`,
		},
		{
			resource: "mediaconvert:createJob.sync", input: `{"Role":"r","Settings":{},"Tags":{"a":"b"}}`,
			start:   `mediaconvert:createJob {"Role":"r","Settings":{},"Tags":{"a":"b","ManagedByService":"AWSStepFunctions"}}`,
			started: `{"Job":{"Id":"j"}}`, describe: `mediaconvert:getJob {"Id":"j"}`, description: `{"Job":{"Status":"%s"}}`,
			running: []string{"SUBMITTED", "PROGRESSING"}, succeeded: []string{"COMPLETE"}, result: `{"Job":{"Status":"%s"}}`,
			failed: []string{"ERROR", "CANCELED"}, cause: `{"Job":{"Status":"%s"}}`, stop: `mediaconvert:cancelJob {"Id":"j"}`,
		},
		sageMakerJob("TrainingJob"), sageMakerJob("TransformJob"), sageMakerJob("ProcessingJob"), sageMakerJob("LabelingJob"),
		sageMakerJob("HyperParameterTuningJob"),
		{
			resource: "states:startExecution.sync", input: `{"StateMachineArn":"m","Input":{"a":1}}`,
			start: `states:startExecution {"StateMachineArn":"m","Input":"{\"a\":1}"}`, started: `{"ExecutionArn":"e","StartDate":"d"}`,
			describe: `states:describeExecution {"ExecutionArn":"e"}`, description: `{"Input":"{\"a\":1}","Output":"[1]","Status":"%s"}`,
			running: []string{"RUNNING", "PENDING_REDRIVE"}, succeeded: []string{"SUCCEEDED"}, result: `{"Input":"{\"a\":1}","Output":"[1]","Status":"%s"}`,
			failed: []string{"FAILED", "TIMED_OUT", "ABORTED"}, cause: `{"Input":"{\"a\":1}","Output":"[1]","Status":"%s"}`,
			stop: `states:stopExecution {"ExecutionArn":"e","Cause":"The execution of AWS Step Functions that waited for it has ended"}`,
		},
		{
			resource: "states:startExecution.sync:2", input: `{"StateMachineArn":"m"}`,
			start: `states:startExecution {"StateMachineArn":"m"}`, started: `{"ExecutionArn":"e","StartDate":"d"}`,
			describe: `states:describeExecution {"ExecutionArn":"e"}`, description: `{"Input":"{\"a\":1}","Output":"[1]","Status":"%s"}`,
			running: []string{"RUNNING"}, succeeded: []string{"SUCCEEDED"}, result: `{"Input":{"a":1},"Output":[1],"Status":"%s"}`,
			failed: []string{"FAILED"}, cause: `{"Input":"{\"a\":1}","Output":"[1]","Status":"%s"}`,
			stop: `states:stopExecution {"ExecutionArn":"e","Cause":"The execution of AWS Step Functions that waited for it has ended"}`,
		},
	}
	fill := func(form, status string) string { return strings.ReplaceAll(form, "%s", status) }
	for _, tt := range tests {
		t.Run(tt.resource, func(t *testing.T) {
			t.Parallel()
			r, output, failure := startJob(t, "arn:aws:states:::"+tt.resource, tt.input, tt.started)
			if failure != nil {
				t.Fatal(failure)
			}
			if tt.submitted == "" {
				tt.submitted = tt.started
			}
			if got := bare(t, output); !sameJSON(t, got, tt.submitted) {
				t.Errorf("submitted %s, want %s", got, tt.submitted)
			}
			if diff := cmp.Diff([]string{tt.start}, r.c.calls); diff != "" {
				t.Errorf("start (-want +got):\n%s", diff)
			}
			look := func(status, want string) {
				t.Helper()
				r.c.calls, r.c.answers, r.c.role = nil, []any{fill(tt.description, status)}, ""
				if got := r.poll(); got != want {
					t.Errorf("%s:\n got %s\nwant %s", status, got, want)
				}
				if diff := cmp.Diff([]string{tt.describe}, r.c.calls); diff != "" {
					t.Errorf("describe (-want +got):\n%s", diff)
				}
				if r.c.role != "role" {
					t.Errorf("the description was asked for with the role %q, want that of the task", r.c.role)
				}
			}
			for _, status := range tt.running {
				look(status, "…")
			}
			for _, status := range tt.succeeded {
				look(status, fill(tt.result, status))
			}
			for _, status := range tt.failed {
				look(status, "!States.TaskFailed: "+fill(tt.cause, status))
			}
			r.c.calls, r.c.answers = nil, []any{`{}`}
			if err := task.StopJob(context.Background(), r.job, r.ref); err != nil {
				t.Error(err)
			}
			if got := strings.Join(r.c.calls, "; "); got != tt.stop {
				t.Errorf("stop\n got %s\nwant %s", got, tt.stop)
			}
		})
	}
}

func sageMakerJob(kind string) (row struct {
	resource, input           string
	start, started, submitted string
	describe, description     string
	running, succeeded        []string
	result                    string
	failed                    []string
	cause, stop               string
}) {
	named := fmt.Sprintf(`{"%sName":"n"}`, kind)
	status := fmt.Sprintf(`{"%sStatus":"%%s"}`, kind)
	row.resource, row.input = "sagemaker:create"+kind+".sync", named
	row.start, row.started = "sagemaker:create"+kind+" "+named, fmt.Sprintf(`{"%sArn":"a"}`, kind)
	row.describe, row.description = "sagemaker:describe"+kind+" "+named, status
	row.running, row.succeeded, row.failed = []string{"InProgress", "Stopping"}, []string{"Completed"}, []string{"Failed", "Stopped"}
	row.result, row.cause, row.stop = status, status, "sagemaker:stop"+kind+" "+named
	return row
}

// bare takes the metadata of the HTTP exchange off.
func bare(t *testing.T, text string) string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	delete(m, "SdkHttpMetadata")
	delete(m, "SdkResponseMetadata")
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal([]byte(a), &x), json.Unmarshal([]byte(b), &y)); err != nil {
		t.Fatalf("%s, %s: %v", a, b, err)
	}
	return cmp.Equal(x, y)
}

// A thing that is deleted is described until the service no longer knows it.
func TestDeletionIsOverWhenTheThingIsGone(t *testing.T) {
	t.Parallel()
	tests := []struct{ resource, input, started, deleting, failed string }{
		{"eks:deleteCluster", `{"Name":"c"}`, `{"Cluster":{"Name":"c"}}`, `{"Cluster":{"Status":"DELETING"}}`, `{"Cluster":{"Status":"FAILED"}}`},
		{"eks:deleteNodegroup", `{"ClusterName":"c","NodegroupName":"n"}`, `{"Nodegroup":{"NodegroupName":"n"}}`,
			`{"Nodegroup":{"Status":"DELETING"}}`, `{"Nodegroup":{"Status":"DELETE_FAILED"}}`},
		{"eks:deleteFargateProfile", `{"ClusterName":"c","FargateProfileName":"f"}`, `{"FargateProfile":{"FargateProfileName":"f"}}`,
			`{"FargateProfile":{"Status":"DELETING"}}`, `{"FargateProfile":{"Status":"DELETE_FAILED"}}`},
	}
	for _, tt := range tests {
		r, _, failure := startJob(t, "arn:aws:states:::"+tt.resource+".sync", tt.input, tt.started, tt.deleting,
			&task.ServiceError{Code: "ResourceNotFoundException", Message: "none", Status: 404}, tt.failed)
		if failure != nil {
			t.Fatal(failure)
		}
		for _, want := range []string{"…", tt.started, "!States.TaskFailed: " + tt.failed} {
			if got := r.poll(); got != want {
				t.Errorf("%s:\n got %s\nwant %s", tt.resource, got, want)
			}
		}
	}
}

func TestTasksOfECSFailByTheirContainers(t *testing.T) {
	t.Parallel()
	for description, fails := range map[string]bool{
		`{"LastStatus":"STOPPED","StopCode":"EssentialContainerExited","Containers":[{"ExitCode":0},{"ExitCode":0}]}`:  false,
		`{"LastStatus":"STOPPED","Containers":[{"ExitCode":0},{"ExitCode":137}]}`:                                      true,
		`{"LastStatus":"STOPPED","StopCode":"TaskFailedToStart","Containers":[{"Reason":"CannotPullContainerError"}]}`: true,
		`{"LastStatus":"STOPPED","StopCode":"TaskFailedToStart","Containers":[]}`:                                      true,
	} {
		r, _, failure := startJob(t, "arn:aws:states:::ecs:runTask.sync", `{"TaskDefinition":"d"}`,
			`{"Failures":[],"Tasks":[{"ClusterArn":"ca","TaskArn":"ta"}]}`, `{"Tasks":[`+description+`]}`)
		if failure != nil {
			t.Fatal(failure)
		}
		want := description
		if fails {
			want = "!States.TaskFailed: " + description
		}
		if got := r.poll(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if diff := cmp.Diff(`ecs:describeTasks {"Cluster":"ca","Tasks":["ta"]}`, r.c.calls[1]); diff != "" {
			t.Errorf("the cluster is the one of the answer (-want +got):\n%s", diff)
		}
	}
	if _, _, failure := startJob(t, "arn:aws:states:::ecs:runTask.sync", `{"TaskDefinition":"d"}`, `{"Failures":[{"Reason":"RESOURCE:MEMORY"}],"Tasks":[]}`); failure == nil || failure.Name != "AmazonECS.Unknown" {
		t.Errorf("failure %v, want AmazonECS.Unknown", failure)
	}
}

func TestTroubleWhileAJobIsFollowed(t *testing.T) {
	t.Parallel()
	r, _, failure := startJob(t, "arn:aws:states:::glue:startJobRun.sync", `{"JobName":"n"}`, `{"JobRunId":"r"}`,
		errors.New("connection refused"),
		&task.ServiceError{Code: "ThrottlingException", Message: "slow down", Status: 400},
		&task.ServiceError{Code: "InternalServiceException", Message: "oops", Status: 500},
		`{}`,
		`{"JobRun":{"JobRunState":"RUNNING"}}`,
		&task.ServiceError{Code: "EntityNotFoundException", Message: "no such run", Status: 400, RequestID: "r-9"},
	)
	if failure != nil {
		t.Fatal(failure)
	}
	for _, want := range []string{
		"?connection refused", "?ThrottlingException: slow down (400)", "?InternalServiceException: oops (500)", "…", "…",
		"!Glue.EntityNotFoundException: no such run (Service: AWSGlue; Status Code: 400; Error Code: EntityNotFoundException; Request ID: r-9; Proxy: null)",
	} {
		if got := r.poll(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, tt := range []struct {
		err  error
		fail bool
	}{
		{&task.ServiceError{Code: "InvalidInputException", Message: "it has ended", Status: 400}, false},
		{&task.ServiceError{Code: "ThrottlingException", Status: 400}, true},
		{errors.New("connection refused"), true},
	} {
		r.c.answers = []any{tt.err}
		if err := task.StopJob(context.Background(), r.job, r.ref); (err != nil) != tt.fail {
			t.Errorf("Stop with %v: %v", tt.err, err)
		}
	}
	r.ref.Handle = "{"
	if got := r.poll(); !strings.HasPrefix(got, "!States.TaskFailed: task: the handle of") {
		t.Errorf("a broken handle: %s", got)
	}
}

func TestARefusedJobIsNotSubmitted(t *testing.T) {
	t.Parallel()
	_, _, failure := startJob(t, "arn:aws:states:::batch:submitJob.sync", `{}`, &task.ServiceError{Code: "ClientException", Message: "no queue", Status: 404, RequestID: "r"})
	want := "Batch.ClientException: no queue (Service: AWSBatch; Status Code: 404; Error Code: ClientException; Request ID: r; Proxy: null)"
	if failure == nil || failure.Error() != want {
		t.Errorf("failure %v, want %s", failure, want)
	}
}

func TestAGreatAnswerDoesNotBecomeTheHandle(t *testing.T) {
	t.Parallel()
	r, _, failure := startJob(t, "arn:aws:states:::eks:deleteCluster.sync", `{"Name":"c"}`, `{"Cluster":{"Tags":"`+strings.Repeat("x", task.MaxHandle)+`"}}`,
		&task.ServiceError{Code: "ResourceNotFoundException", Status: 404})
	if failure != nil {
		t.Fatal(failure)
	}
	if got := r.poll(); got != "{}" {
		t.Errorf("got %s", got)
	}
}
