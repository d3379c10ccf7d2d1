package lint

import "github.com/gait-engine/gait/asl"

// metadata are the members that optimised integrations add to what the service answers.
func metadata(members ...any) *shape {
	return objectOf(append(members, "SdkHttpMetadata", anything, "SdkResponseMetadata", anything)...)
}

// described is an execution as DescribeExecution shows it, with this output.
func described() *shape {
	return metadata("ExecutionArn", scalar, "StateMachineArn", scalar, "Name", scalar, "Status", scalar, "StartDate", scalar, "StopDate", scalar,
		"Input", anything, "InputDetails", anything, "Output", anything, "OutputDetails", anything, "TraceHeader", scalar, "MapRunArn", scalar,
		"Error", scalar, "Cause", scalar, "StateMachineVersionArn", scalar, "StateMachineAliasArn", scalar, "RedriveCount", scalar,
		"RedriveDate", scalar, "RedriveStatus", scalar, "RedriveStatusReason", scalar)
}

// results are the results of integrations whose members do not depend on what is asked.
// Source: recorded histories and the API references of the services.
var results = map[string]*shape{
	"lambda:invoke": metadata("ExecutedVersion", scalar, "FunctionError", scalar, "LogResult", scalar, "Payload", anything, "StatusCode", number),
	"sns:publish":   metadata("MessageId", scalar, "SequenceNumber", scalar),
	"sqs:sendMessage": metadata("MD5OfMessageAttributes", scalar, "MD5OfMessageBody", scalar, "MD5OfMessageSystemAttributes", scalar,
		"MessageId", scalar, "SequenceNumber", scalar),
	"dynamodb:getItem":    metadata("Item", anything, "ConsumedCapacity", anything),
	"dynamodb:putItem":    metadata("Attributes", anything, "ConsumedCapacity", anything, "ItemCollectionMetrics", anything),
	"dynamodb:updateItem": metadata("Attributes", anything, "ConsumedCapacity", anything, "ItemCollectionMetrics", anything),
	"dynamodb:deleteItem": metadata("Attributes", anything, "ConsumedCapacity", anything, "ItemCollectionMetrics", anything),
	"events:putEvents":    metadata("Entries", arrayOf(anything), "FailedEntryCount", number),
	"apigateway:invoke": objectOf("Headers", anything, "ResponseBody", anything, "StatusCode", scalar, "StatusText", scalar,
		"ApiEndpoint", scalar, "SdkHttpMetadata", anything, "SdkResponseMetadata", anything),
	"http:invoke":                  objectOf("Headers", anything, "ResponseBody", anything, "StatusCode", scalar, "StatusText", scalar),
	"states:startExecution":        metadata("ExecutionArn", scalar, "StartDate", scalar),
	"states:startExecution.sync":   described(),
	"states:startExecution.sync:2": described(),
}

// resultOf returns the shape of what a resource answers.
func resultOf(r asl.Resource) *shape {
	if s, ok := results[r.Service+":"+r.Action]; ok && r.Kind == asl.Integration {
		return s
	}
	return anything
}
