package catalogue

// Source: developer guide, "Send messages to an Amazon SQS queue"; recorded executions.
var sqs = Service{
	Name: "sqs", Prefix: "SQS", Generic: "AmazonSQSException", Client: "AmazonSQS",
	Actions: []Action{{
		Name: "sendMessage", Patterns: TaskToken,
		Params: params("QueueUrl:string* MessageBody:text* DelaySeconds MessageAttributes MessageDeduplicationId:string MessageGroupId:string " +
			"MessageSystemAttributes"),
	}},
}

// Source: developer guide, "Publish messages to an Amazon SNS topic"; recorded executions.
var sns = Service{
	Name: "sns", Prefix: "SNS", Generic: "AmazonSNSException", Client: "AmazonSNS",
	Actions: []Action{{
		Name: "publish", Patterns: TaskToken,
		Params: params("Message:text* MessageAttributes MessageDeduplicationId:string MessageGroupId:string MessageStructure:string " +
			"PhoneNumber:string Subject:string TargetArn:string TopicArn:string"),
		OneOf: []string{"TopicArn", "TargetArn", "PhoneNumber"},
	}},
}

// Source: developer guide, "Add EventBridge events"; recorded executions.
var events = Service{
	Name: "events", Prefix: "EventBridge", Generic: "AmazonEventBridgeException", Client: "AmazonEventBridge", Bare: true,
	Actions: []Action{{
		Name: "putEvents", Patterns: TaskToken, Params: params("Entries* EndpointId:string"), Texts: []string{"Entries[].Detail"},
		Marks:      []Mark{{At: "Entries[].Resources[]", Origin: true}},
		FailedWhen: Partial{Member: "FailedEntryCount", Error: "EventBridge.FailedEntry"},
	}},
}

// Source: developer guide, "Start a new AWS Step Functions state machine from a running execution"; recorded executions.
var states = Service{
	Name: "states", Prefix: "StepFunctions", Generic: "AWSStepFunctionsException", Client: "AWSStepFunctions", Camel: true,
	Actions: []Action{{
		Name: "startExecution", Patterns: RunJob | RunJobParsed | TaskToken,
		Params: params("StateMachineArn:string* Input:text Name:string TraceHeader:string"),
		Job: &Job{
			Describe: "describeExecution", Ask: shape("ExecutionArn=out.ExecutionArn"),
			Status: "Status", Success: []string{"SUCCEEDED"}, Failure: []string{"FAILED", "TIMED_OUT", "ABORTED"},
			Parsed: []string{"Input", "Output"},
			Stop:   "stopExecution", StopAsk: shape("ExecutionArn=out.ExecutionArn"), StopReason: "Cause",
		},
	}},
}

// Source: developer guide, "Create API Gateway APIs"; recorded executions for the form of Headers and for failures.
var apigateway = Service{
	Name: "apigateway", Prefix: "ApiGateway", Generic: "AmazonApiGatewayException", Client: "AmazonApiGateway", Bare: true,
	HTTP: "ApiGateway",
	Actions: []Action{{
		Name: "invoke", Patterns: TaskToken,
		Params: params("ApiEndpoint:string* Method:string* AllowNullValues AuthType:string Headers:lists Path:string QueryParameters:lists " +
			"RequestBody Stage:string"),
		Forbidden: gatewayForbidden,
	}},
}

// Source: developer guide, "Call HTTPS APIs in Step Functions workflows".
var http = Service{
	Name: "http", Prefix: "Http", Generic: "HttpException", Client: "Http", Bare: true,
	HTTP: "States.Http.StatusCode", WholeCause: true, Transport: "States.TaskFailed",
	Actions: []Action{{
		Name:      "invoke",
		Params:    params("ApiEndpoint:string* Method:string* Authentication Headers InvocationConfig QueryParameters RequestBody Transform"),
		Forbidden: httpForbidden,
		Open:      true,
	}},
}
