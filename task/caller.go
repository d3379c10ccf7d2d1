package task

import (
	"context"
	"encoding/json"
	"fmt"
)

// Caller makes calls to AWS services, or to whatever stands in for them: a fake in a test, an SDK, a queue in this process. One
// Caller serves every resource of the forms arn:aws:states:::service:action, arn:aws:states:::aws-sdk:service:action and the ARN of
// a Lambda function; [Mux.HandleServices] registers it.
//
// What a Caller sees is the service's own API, for all patterns alike. Run-a-Job becomes calls that start, describe and stop the
// job; callbacks are ordinary calls that carry the token among their parameters; the differences of the optimised integrations
// (one Step where the API takes Steps) are gone. Of Step Functions alone are apigateway invoke, eks call and http invoke, which
// are HTTP requests and are answered {"Headers":{"name":["value"]},"ResponseBody":…,"StatusCode":200,"StatusText":"OK"}.
//
// It is called from many goroutines at once and ends with its context.
type Caller interface {
	// Call makes one call and returns its answer.
	//
	// service is the name in the resource ("elasticmapreduce", "states"; "s3" of "aws-sdk:s3"), action the API's operation in
	// camelCase ("addJobFlowSteps"). input and output are JSON objects whose members are in PascalCase, whatever the service
	// itself speaks; keys that users choose stay as they are. Members that the service takes as text or bytes are strings here: a
	// MessageBody, the Payload of a function, whose text is JSON. Members that are not there are left out of the output. Times are
	// numbers of milliseconds since 1970, for aws-sdk resources texts in ISO 8601. No output at all counts as {}.
	// The output may bring SdkHttpMetadata and SdkResponseMetadata; where AWS has them and it does not, they are made up.
	//
	// The state that calls is told by [RequestFrom]: Request.Region and Request.RoleARN where the definition names them,
	// Request.Key for services that take a client token, Request.Delivery above 1 when the call may have been made before.
	//
	// A *[ServiceError] is a refusal by the service and becomes the error that AWS makes of it: "SQS.AmazonSQSException". A
	// [Named] error stays as it is. Any other error means that the service was not reached: "SQS.SdkClientException".
	Call(ctx context.Context, service, action string, input json.RawMessage) (output json.RawMessage, err error)
}

// CallerFunc makes a Caller of a function.
type CallerFunc func(ctx context.Context, service, action string, input json.RawMessage) (json.RawMessage, error)

// Call calls f.
func (f CallerFunc) Call(ctx context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
	return f(ctx, service, action, input)
}

// ServiceError is what a service says when it refuses a call. Where it comes from decides how AWS words it: the code
// "ConditionalCheckFailedException" of dynamodb putItem is the error name DynamoDB.ConditionalCheckFailedException, with the cause
// "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; Request
// ID: …; Proxy: null)"; of aws-sdk:dynamodb:putItem it is DynamoDb.ConditionalCheckFailedException, "… (Service: DynamoDb, Status
// Code: 400, Request ID: …) (SDK Attempt Count: 1)".
type ServiceError struct {
	Code      string // as the service spells it: "NotFound", "ResourceNotFoundException"
	Message   string
	Status    int    // of HTTP; 0 counts as 400
	RequestID string // "" for one made up
	HostID    string // the extended request id of S3
	Attempts  int    // how often an SDK has tried; 0 counts as 1
	// Unmodeled says that the service's model does not name the code: the error name then is the service's general one, such as
	// DynamoDB.AmazonDynamoDBException or DynamoDb.DynamoDbException. Codes of the front of AWS, such as ValidationException
	// and MissingParameter, count as not named where that is known.
	Unmodeled bool
}

// Error returns "code: message (status)".
func (e *ServiceError) Error() string {
	return fmt.Sprintf("%s: %s (%d)", e.Code, e.Message, e.Status)
}
