package catalogue

// Source: developer guide, "Invoke an AWS Lambda function"; recorded executions for the result and for LogType.
var lambda = Service{
	Name: "lambda", Prefix: "Lambda", Generic: "AWSLambdaException", Client: "AWSLambda",
	Actions: []Action{{
		Name: "invoke", Patterns: TaskToken,
		Params: params("FunctionName:string* Payload:json InvocationType:string ClientContext:text Qualifier:string LogType:string TenantId:string"),
		Blobs:  []string{"Payload"},
	}},
}

// Source: developer guide, "Run AWS Batch workloads"; published results of AWS for the description and MANAGED_BY_AWS.
var batch = Service{
	Name: "batch", Prefix: "Batch", Generic: "AWSBatchException", Client: "AWSBatch", Camel: true,
	Actions: []Action{{
		Name: "submitJob", Patterns: RunJob,
		Params: params("JobDefinition:string* JobName:string* JobQueue:string* Parameters:strings ArrayProperties ConsumableResourcePropertiesOverride " +
			"ContainerOverrides DependsOn EcsPropertiesOverride EksPropertiesOverride NodeOverrides PropagateTags RetryStrategy " +
			"SchedulingPriorityOverride ServiceJobType ShareIdentifier:string Tags:strings Timeout"),
		Marks: []Mark{{
			At: "ContainerOverrides.Environment[]", Value: `{"Name":"MANAGED_BY_AWS","Value":"STARTED_BY_STEP_FUNCTIONS"}`,
		}},
		Job: &Job{
			Describe: "describeJobs", Ask: shape("Jobs=[out.JobId]"), Found: "Jobs[0]",
			Status: "Status", Success: []string{"SUCCEEDED"}, Failure: []string{"FAILED"},
			Stop: "terminateJob", StopAsk: shape("JobId=out.JobId"), StopReason: "Reason",
		},
	}},
}

// Source: developer guide, "Run Amazon ECS or Fargate tasks"; recorded executions for StartedBy and for the result.
var ecs = Service{
	Name: "ecs", Prefix: "ECS", Generic: "AmazonECSException", Client: "AmazonECS", Camel: true,
	Actions: []Action{{
		Name: "runTask", Patterns: RunJob | TaskToken,
		Params: params("Cluster:string TaskDefinition:string* CapacityProviderStrategy ClientToken:string Count EnableECSManagedTags " +
			"EnableExecuteCommand Group:string LaunchType:string NetworkConfiguration Overrides PlacementConstraints PlacementStrategy " +
			"PlatformVersion:string PropagateTags:string ReferenceId:string StartedBy:string Tags VolumeConfigurations"),
		Marks:      []Mark{{At: "StartedBy", Value: `"AWS Step Functions"`, JobOnly: true, Shown: true}},
		FailedWhen: Partial{Member: "Failures", Error: "AmazonECS.Unknown", Waiting: true},
		Job: &Job{
			Describe: "describeTasks", Ask: shape("Cluster=in.Cluster|out.Tasks[0].ClusterArn Tasks=[out.Tasks[0].TaskArn]"), Found: "Tasks[0]",
			Status: "LastStatus", Success: []string{"STOPPED"}, Containers: true,
			Stop: "stopTask", StopAsk: shape("Cluster=in.Cluster|out.Tasks[0].ClusterArn Task=out.Tasks[0].TaskArn"), StopReason: "Reason",
		},
	}},
}

// Source: developer guide, "Create and manage Amazon EKS clusters".
var eks = Service{
	Name: "eks", Prefix: "EKS", Generic: "AmazonEKSException", Client: "AmazonEKS", Camel: true,
	HTTP: "EKS", WholeCause: true,
	Actions: []Action{
		{
			Name: "call", Patterns: TaskToken, Bare: true,
			Params: params("ClusterName:string* CertificateAuthority:string* Endpoint:string* Method:string* Path:string* " +
				"QueryParameters:lists RequestBody"),
		},
		{
			Name: "runJob", Patterns: RunJob, Bare: true,
			Params: params("ClusterName:string* CertificateAuthority:string* Endpoint:string* Job* Namespace:string LogOptions"),
			Job:    &Job{Conditions: true},
		},
		eksJob("createCluster", "describeCluster", "Cluster", "Name=in.Name", "ACTIVE", "FAILED"),
		eksJob("deleteCluster", "describeCluster", "Cluster", "Name=in.Name", "", "FAILED"),
		eksJob("createNodegroup", "describeNodegroup", "Nodegroup", "ClusterName=in.ClusterName NodegroupName=in.NodegroupName",
			"ACTIVE", "CREATE_FAILED"),
		eksJob("deleteNodegroup", "describeNodegroup", "Nodegroup", "ClusterName=in.ClusterName NodegroupName=in.NodegroupName",
			"", "DELETE_FAILED"),
		eksJob("createFargateProfile", "describeFargateProfile", "FargateProfile",
			"ClusterName=in.ClusterName FargateProfileName=in.FargateProfileName", "ACTIVE", "CREATE_FAILED"),
		eksJob("deleteFargateProfile", "describeFargateProfile", "FargateProfile",
			"ClusterName=in.ClusterName FargateProfileName=in.FargateProfileName", "", "DELETE_FAILED"),
	},
}

// eksJob is an action that makes or unmakes a thing; success "" means until the thing is gone. A stopped execution does not undo
// it.
func eksJob(name, describe, thing, ask, success, failure string) Action {
	j := &Job{
		Describe: describe, Ask: shape(ask), Found: thing, As: thing, Status: "Status", Failure: []string{failure}, Gone: success == "",
	}
	if success != "" {
		j.Success = []string{success}
	}
	a := Action{Name: name, Patterns: RunJob, Open: true, Job: j}
	for _, f := range j.Ask {
		a.Params = append(a.Params, Param{Name: f.name, Kind: String, Required: true})
	}
	return a
}

// Source: developer guide, "Call AWS CodeBuild".
var codebuild = Service{
	Name: "codebuild", Prefix: "CodeBuild", Generic: "AWSCodeBuildException", Client: "AWSCodeBuild", Camel: true,
	Actions: []Action{
		{Name: "startBuild", Patterns: RunJob, Params: params("ProjectName:string* EnvironmentVariablesOverride"), Open: true, Job: &Job{
			Describe: "batchGetBuilds", Ask: shape("Ids=[out.Build.Id]"), Found: "Builds[0]", As: "Build",
			Status: "BuildStatus", Success: []string{"SUCCEEDED"}, Failure: []string{"FAILED", "FAULT", "TIMED_OUT", "STOPPED"},
			Stop: "stopBuild", StopAsk: shape("Id=out.Build.Id"),
		}},
		{
			Name: "startBuildBatch", Patterns: RunJob, Params: params("ProjectName:string* EnvironmentVariablesOverride"), Open: true,
			Job: &buildBatch,
		},
		{Name: "retryBuildBatch", Patterns: RunJob, Params: params("Id:string IdempotencyToken:string RetryType:string"), Job: &buildBatch},
		{Name: "stopBuild", Params: params("Id:string*")},
		{Name: "stopBuildBatch", Params: params("Id:string*")},
		{Name: "batchDeleteBuilds", Params: params("Ids*")},
		{Name: "batchGetReports", Params: params("ReportArns*")},
		{Name: "deleteBuildBatch", Params: params("Id:string*")},
	},
}

var buildBatch = Job{
	Describe: "batchGetBuildBatches", Ask: shape("Ids=[out.BuildBatch.Id]"), Found: "BuildBatches[0]", As: "BuildBatch",
	Status: "BuildBatchStatus", Success: []string{"SUCCEEDED"}, Failure: []string{"FAILED", "FAULT", "TIMED_OUT", "STOPPED"},
	Stop: "stopBuildBatch", StopAsk: shape("Id=out.BuildBatch.Id"),
}

// Source: developer guide, "Create an AWS Elemental MediaConvert job"; without the tag polling and cancelling are denied.
var mediaconvert = Service{
	Name: "mediaconvert", Prefix: "MediaConvert", Generic: "AWSMediaConvertException", Client: "AWSMediaConvert", Camel: true,
	Actions: []Action{{
		Name: "createJob", Patterns: RunJob,
		Params: params("Role:string* Settings* AccelerationSettings BillingTagsSource:string ClientRequestToken:string HopDestinations " +
			"JobEngineVersion:string JobTemplate:string Priority Queue:string SimulateReservedQueue:string StatusUpdateInterval:string " +
			"Tags:strings UserMetadata:strings"),
		Marks: []Mark{{At: "Tags.ManagedByService", Value: `"AWSStepFunctions"`}},
		Job: &Job{
			Describe: "getJob", Ask: shape("Id=out.Job.Id"), Found: "Job", As: "Job",
			Status: "Status", Success: []string{"COMPLETE"}, Failure: []string{"ERROR", "CANCELED"},
			Stop: "cancelJob", StopAsk: shape("Id=out.Job.Id"),
		},
	}},
}
