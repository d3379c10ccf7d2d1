package catalogue

// Source: developer guide, "Invoke and customize Amazon Bedrock models".
var bedrock = Service{
	Name: "bedrock", Prefix: "Bedrock", Generic: "AmazonBedrockException", Client: "AmazonBedrock", Camel: true, Bare: true,
	Actions: []Action{
		{
			Name: "invokeModel", Patterns: TaskToken,
			Params: params("ModelId:string* Accept:string Body:json ContentType:string GuardrailIdentifier:string GuardrailVersion:string Input " +
				"Output PerformanceConfigLatency:string ServiceTier:string Trace:string"),
			Blobs: []string{"Body"},
		},
		{
			Name: "createModelCustomizationJob", Patterns: RunJob,
			Params: params("BaseModelIdentifier:string* CustomModelName:string* JobName:string* OutputDataConfig* RoleArn:string* TrainingDataConfig* " +
				"ClientRequestToken:string CustomModelKmsKeyId:string CustomModelTags CustomizationConfig CustomizationType:string HyperParameters:strings " +
				"JobTags ValidationDataConfig VpcConfig"),
			Job: &Job{
				Describe: "getModelCustomizationJob", Ask: shape("JobIdentifier=out.JobArn"),
				Status: "Status", Success: []string{"Completed"}, Failure: []string{"Failed", "Stopped"},
				Stop: "stopModelCustomizationJob", StopAsk: shape("JobIdentifier=out.JobArn"),
			},
		},
	},
}

// Source: developer guide, "Invoke Amazon Bedrock AgentCore harness".
var bedrockagentcore = Service{
	Name: "bedrockagentcore", Prefix: "BedrockAgentCore", Generic: "AmazonBedrockAgentCoreException", Client: "AmazonBedrockAgentCore",
	Camel: true, Bare: true,
	Actions: []Action{{Name: "invokeHarness", Params: params("HarnessArn:string* RuntimeSessionId:string Messages"), Open: true}},
}

// Source: developer guide, "Create and manage Amazon SageMaker AI jobs".
var sagemaker = Service{
	Name: "sagemaker", Prefix: "SageMaker", Generic: "AmazonSageMakerException", Client: "AmazonSageMaker",
	Actions: []Action{
		{Name: "createEndpoint", Params: params("EndpointName:string* EndpointConfigName:string* DeploymentConfig Tags")},
		{Name: "createEndpointConfig", Params: params("EndpointConfigName:string*"), Open: true},
		{
			Name: "createModel",
			Params: params("ModelName:string* Containers EnableNetworkIsolation ExecutionRoleArn:string InferenceExecutionConfig PrimaryContainer " +
				"Tags VpcConfig"),
		},
		{Name: "updateEndpoint", Params: params("EndpointName:string* EndpointConfigName:string*"), Open: true},
		sagemakerJob("TrainingJob", "AlgorithmSpecification OutputDataConfig* ResourceConfig RoleArn:string* StoppingCondition"),
		sagemakerJob("TransformJob", "ModelName:string* TransformInput* TransformOutput* TransformResources*"),
		sagemakerJob("HyperParameterTuningJob", "HyperParameterTuningJobConfig*"),
		sagemakerJob("LabelingJob", "HumanTaskConfig* InputConfig* LabelAttributeName:string* OutputConfig* RoleArn:string*"),
		sagemakerJob("ProcessingJob", "AppSpecification* ProcessingResources* RoleArn:string*"),
	},
}

// sagemakerJob is a job that is described by its name: createX, describeX and stopX with XName and XStatus. That Stopped fails the
// task is not documented; the service's own waiters take it as an end like any other.
func sagemakerJob(kind, list string) Action {
	name := kind + "Name"
	return Action{
		Name: "create" + kind, Patterns: RunJob, Params: params(name + ":string* " + list), Open: true,
		Job: &Job{
			Describe: "describe" + kind, Ask: shape(name + "=in." + name),
			Status: kind + "Status", Success: []string{"Completed"}, Failure: []string{"Failed", "Stopped"},
			Stop: "stop" + kind, StopAsk: shape(name + "=in." + name),
		},
	}
}
