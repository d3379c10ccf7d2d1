package catalogue

// Source: developer guide, "Run Athena queries"; published results of AWS.
var athena = Service{
	Name: "athena", Prefix: "Athena", Generic: "AmazonAthenaException", Client: "AmazonAthena",
	Actions: []Action{
		{
			Name: "startQueryExecution", Patterns: RunJob,
			Params: params("QueryString:string* ClientRequestToken:string EngineConfiguration ExecutionParameters QueryExecutionContext " +
				"ResultConfiguration ResultReuseConfiguration WorkGroup:string"),
			Job: &Job{
				Describe: "getQueryExecution", Ask: shape("QueryExecutionId=out.QueryExecutionId"), Found: "QueryExecution", As: "QueryExecution",
				Status: "Status.State", Success: []string{"SUCCEEDED"}, Failure: []string{"FAILED", "CANCELLED"},
				Stop: "stopQueryExecution", StopAsk: shape("QueryExecutionId=out.QueryExecutionId"),
			},
		},
		{Name: "getQueryExecution", Params: params("QueryExecutionId:string*")},
		{Name: "getQueryResults", Params: params("QueryExecutionId:string* MaxResults NextToken:string QueryResultType:string")},
		{Name: "stopQueryExecution", Params: params("QueryExecutionId:string*")},
	},
}

// Source: developer guide, "Perform DynamoDB CRUD operations"; recorded executions.
var dynamodb = Service{
	Name: "dynamodb", Prefix: "DynamoDB", Generic: "AmazonDynamoDBException", Client: "AmazonDynamoDBv2",
	Actions: []Action{
		{Name: "getItem", Params: params("TableName:string* Key* AttributesToGet ConsistentRead ExpressionAttributeNames:strings " +
			"ProjectionExpression:string ReturnConsumedCapacity:string")},
		{Name: "putItem", Params: params("TableName:string* Item* " + dynamodbWrite)},
		{Name: "deleteItem", Params: params("TableName:string* Key* " + dynamodbWrite)},
		{Name: "updateItem", Params: params("TableName:string* Key* AttributeUpdates UpdateExpression:string " + dynamodbWrite)},
	},
}

const dynamodbWrite = "ConditionExpression:string ConditionalOperator:string Expected ExpressionAttributeNames:strings " +
	"ExpressionAttributeValues ReturnConsumedCapacity:string ReturnItemCollectionMetrics:string ReturnValues:string " +
	"ReturnValuesOnConditionCheckFailure:string"

// Source: developer guide, "Start an AWS Glue job"; published results of AWS. That STOPPED fails is not documented.
var glue = Service{
	Name: "glue", Prefix: "Glue", Generic: "AWSGlueException", Client: "AWSGlue",
	Actions: []Action{{
		Name: "startJobRun", Patterns: RunJob,
		Params: params("JobName:string* JobRunId:string AllocatedCapacity Arguments:strings ExecutionClass:string ExecutionRoleSessionPolicy:string " +
			"JobRunQueuingEnabled MaxCapacity NotificationProperty NumberOfWorkers SecurityConfiguration:string Timeout WorkerType:string"),
		Reply: shape("... JobName=in.JobName"),
		Job: &Job{
			Describe: "getJobRun", Ask: shape("JobName=in.JobName RunId=out.JobRunId"), Found: "JobRun",
			Status: "JobRunState", Success: []string{"SUCCEEDED"}, Failure: []string{"FAILED", "TIMEOUT", "ERROR", "EXPIRED", "STOPPED"},
			Stop: "batchStopJobRun", StopAsk: shape("JobName=in.JobName JobRunIds=[out.JobRunId]"),
		},
	}},
}

// Source: developer guide, "Start an AWS Glue DataBrew job". The guide's policies grant ListJobRuns; DescribeJobRun tells the same.
var databrew = Service{
	Name: "databrew", Prefix: "DataBrew", Generic: "AWSGlueDataBrewException", Client: "AWSGlueDataBrew",
	Actions: []Action{{
		Name: "startJobRun", Patterns: RunJob, Params: params("Name:string*"),
		Job: &Job{
			Describe: "describeJobRun", Ask: shape("Name=in.Name RunId=out.RunId"),
			Status: "State", Success: []string{"SUCCEEDED"}, Failure: []string{"FAILED", "STOPPED", "TIMEOUT"},
			Stop: "stopJobRun", StopAsk: shape("Name=in.Name RunId=out.RunId"),
		},
	}},
}

// Source: developer guide, "Create and manage Amazon EMR clusters", with what it says of each API's differences. A stopped
// execution does not end a cluster.
var elasticmapreduce = Service{
	Name: "elasticmapreduce", Prefix: "ElasticMapReduce", Generic: "AmazonElasticMapReduceException", Client: "AmazonElasticMapReduce",
	Actions: []Action{
		{
			Name: "createCluster", API: "runJobFlow", Patterns: RunJob,
			Params: params("Name:string* Instances* AdditionalInfo:string AmiVersion:string Applications AutoScalingRole:string AutoTerminationPolicy " +
				"BootstrapActions Configurations CustomAmiId:string EbsRootVolumeIops EbsRootVolumeSize EbsRootVolumeThroughput " +
				"ExtendedSupport JobFlowRole:string KerberosAttributes LogEncryptionKmsKeyId:string LogUri:string ManagedScalingPolicy " +
				"NewSupportedProducts OSReleaseLabel:string PlacementGroupConfigs ReleaseLabel:string RepoUpgradeOnBoot:string " +
				"ScaleDownBehavior:string SecurityConfiguration:string ServiceRole:string StepConcurrencyLevel SupportedProducts Tags " +
				"UnhealthyNodeReplacement VisibleToAllUsers"),
			Reply: shape("ClusterArn=out.ClusterArn ClusterId=out.JobFlowId|out.ClusterId"),
			Job: &Job{
				Describe: "describeCluster", Ask: shape("ClusterId=out.JobFlowId|out.ClusterId"), Found: "Cluster", As: "Cluster",
				Keep:   []string{"ClusterArn", "ClusterId"},
				Status: "Status.State", Success: []string{"WAITING"}, Failure: []string{"TERMINATED", "TERMINATED_WITH_ERRORS"},
			},
		},
		{
			Name: "setClusterTerminationProtection", API: "setTerminationProtection", Params: params("ClusterId:string* TerminationProtected*"),
			Call: shape("JobFlowIds=[in.ClusterId] TerminationProtected=in.TerminationProtected"),
		},
		{
			Name: "terminateCluster", API: "terminateJobFlows", Patterns: RunJob, Params: params("ClusterId:string*"),
			Call: shape("JobFlowIds=[in.ClusterId]"),
			Job: &Job{
				Describe: "describeCluster", Ask: shape("ClusterId=in.ClusterId"), Found: "Cluster", As: "Cluster",
				Status: "Status.State", Success: []string{"TERMINATED", "TERMINATED_WITH_ERRORS"},
			},
		},
		{
			Name: "addStep", API: "addJobFlowSteps", Patterns: RunJob, Params: params("ClusterId:string* Step* ExecutionRoleArn:string"),
			Call:  shape("JobFlowId=in.ClusterId Steps=[in.Step] ExecutionRoleArn=in.ExecutionRoleArn"),
			Reply: shape("StepId=out.StepIds[0]|out.StepId"),
			Job: &Job{
				Describe: "describeStep", Ask: shape("ClusterId=in.ClusterId StepId=out.StepIds[0]|out.StepId"), Found: "Step", As: "Step",
				Status: "Status.State", Success: []string{"COMPLETED"}, Failure: []string{"FAILED", "CANCELLED", "INTERRUPTED"},
				Stop: "cancelSteps", StopAsk: shape("ClusterId=in.ClusterId StepIds=[out.StepIds[0]|out.StepId]"),
			},
		},
		{
			Name: "cancelStep", API: "cancelSteps", Params: params("ClusterId:string* StepId:string* StepCancellationOption:string"),
			Call:  shape("ClusterId=in.ClusterId StepIds=[in.StepId] StepCancellationOption=in.StepCancellationOption"),
			Reply: shape("CancelStepsInfo=out.CancelStepsInfoList[0]|out.CancelStepsInfo"),
		},
		{
			Name: "modifyInstanceFleetByName", API: "modifyInstanceFleet", Params: params("ClusterId:string* InstanceFleetName:string* InstanceFleet*"),
			ByName: &ByName{List: "listInstanceFleets", Members: "InstanceFleets", From: "InstanceFleetName", Into: "InstanceFleet", ID: "InstanceFleetId"},
			Call:   shape("ClusterId=in.ClusterId InstanceFleet=in.InstanceFleet"),
		},
		{
			Name: "modifyInstanceGroupByName", API: "modifyInstanceGroups", Params: params("ClusterId:string* InstanceGroupName:string* InstanceGroup*"),
			ByName: &ByName{List: "listInstanceGroups", Members: "InstanceGroups", From: "InstanceGroupName", Into: "InstanceGroup", ID: "InstanceGroupId"},
			Call:   shape("ClusterId=in.ClusterId InstanceGroups=[in.InstanceGroup]"),
		},
	},
}

// Source: developer guide, "Create and manage Amazon EMR clusters on EKS".
var emrContainers = Service{
	Name: "emr-containers", Prefix: "EMRContainers", Generic: "AmazonEMRContainersException", Client: "AmazonEMRContainers", Camel: true,
	Actions: []Action{
		{
			Name:   "createVirtualCluster",
			Params: params("Name:string* ContainerProvider* ClientToken:string SecurityConfigurationId:string Tags:strings"),
		},
		{Name: "deleteVirtualCluster", Patterns: RunJob, Params: params("Id:string*"), Job: &Job{
			Describe: "describeVirtualCluster", Ask: shape("Id=in.Id|out.Id"), Found: "VirtualCluster", As: "VirtualCluster",
			Status: "State", Success: []string{"TERMINATED"}, Failure: []string{"ARRESTED"},
		}},
		{
			Name: "startJobRun", Patterns: RunJob,
			Params: params("VirtualClusterId:string* ClientToken:string ConfigurationOverrides ExecutionRoleArn:string JobDriver JobTemplateId:string " +
				"JobTemplateParameters:strings Name:string ReleaseLabel:string RetryPolicyConfiguration Tags:strings"),
			Job: &Job{
				Describe: "describeJobRun", Ask: shape("Id=out.Id VirtualClusterId=out.VirtualClusterId|in.VirtualClusterId"), Found: "JobRun",
				Status: "State", Success: []string{"COMPLETED"}, Failure: []string{"FAILED", "CANCELLED"},
				Stop: "cancelJobRun", StopAsk: shape("Id=out.Id VirtualClusterId=out.VirtualClusterId|in.VirtualClusterId"),
			},
		},
	},
}

// Source: developer guide, "Create and manage Amazon EMR Serverless applications", which gives Run-a-Job the result of the request.
var emrServerless = Service{
	Name: "emr-serverless", Prefix: "EMRServerless", Generic: "AWSEMRServerlessException", Client: "AWSEMRServerless", Camel: true,
	Actions: []Action{
		{
			Name: "createApplication", Patterns: RunJob, Params: params("ReleaseLabel:string* Type:string* Name:string"), Open: true,
			Job: serverlessApplication("out", []string{"CREATED", "STARTING", "STARTED", "STOPPED"}, []string{"TERMINATED"}, "deleteApplication"),
		},
		{
			Name: "startApplication", Patterns: RunJob, Params: params("ApplicationId:string*"), Reply: shape("... ApplicationId=in.ApplicationId"),
			Job: serverlessApplication("in", []string{"STARTED"}, []string{"TERMINATED"}, "stopApplication"),
		},
		{
			Name: "stopApplication", Patterns: RunJob, Params: params("ApplicationId:string*"), Reply: shape("... ApplicationId=in.ApplicationId"),
			Job: serverlessApplication("in", []string{"STOPPED", "TERMINATED"}, nil, ""),
		},
		{
			Name: "deleteApplication", Patterns: RunJob, Params: params("ApplicationId:string*"), Reply: shape("... ApplicationId=in.ApplicationId"),
			Job: serverlessApplication("in", []string{"TERMINATED"}, nil, ""),
		},
		{
			Name: "startJobRun", Patterns: RunJob,
			Params: params("ApplicationId:string* ExecutionRoleArn:string* ClientToken:string ConfigurationOverrides ExecutionIamPolicy " +
				"ExecutionTimeoutMinutes JobDriver Mode:string Name:string RetryPolicy Tags:strings"),
			Job: &Job{
				Describe: "getJobRun", Ask: shape("ApplicationId=in.ApplicationId JobRunId=out.JobRunId"), Found: "JobRun", As: "JobRun", KeepAll: true,
				Status: "State", Success: []string{"SUCCESS"}, Failure: []string{"FAILED", "CANCELLED"},
				Stop: "cancelJobRun", StopAsk: shape("ApplicationId=in.ApplicationId JobRunId=out.JobRunId"),
			},
		},
		{
			Name: "cancelJobRun", Patterns: RunJob, Params: params("ApplicationId:string* JobRunId:string* ShutdownGracePeriodInSeconds"),
			Job: &Job{
				Describe: "getJobRun", Ask: shape("ApplicationId=in.ApplicationId JobRunId=in.JobRunId"), Found: "JobRun", As: "JobRun", KeepAll: true,
				Status: "State", Success: []string{"CANCELLED"}, Failure: []string{"SUCCESS", "FAILED"},
			},
		},
	},
}

// serverlessApplication waits for a state of an application whose id is in the parameters ("in") or in the answer ("out").
func serverlessApplication(from string, success, failure []string, stop string) *Job {
	id := shape("ApplicationId=" + from + ".ApplicationId")
	return &Job{
		Describe: "getApplication", Ask: id, Found: "Application", As: "Application", KeepAll: true,
		Status: "State", Success: success, Failure: failure, Stop: stop, StopAsk: id,
	}
}
