package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Lambda makes h fail as an AWS Lambda function written in Go does: the error name is the errorType, the cause is the JSON text
// {"errorMessage":…,"errorType":…}. The errorType is the name of a [Named] error, otherwise that of the error's Go type, as the
// AWS runtime for Go reports it; deadlines stay States.Timeout. Results are not changed. [Mux.HandleLambda] applies it.
//
// Source: AWS Lambda, "Go function errors"; recorded executions for the shape of the cause.
func Lambda(h Handler) Handler {
	return HandlerFunc(func(ctx context.Context, req *Request) (any, error) {
		out, err := h.ServeTask(ctx, req)
		if err != nil {
			return nil, lambdaError(err)
		}
		return out, nil
	})
}

func lambdaError(err error) error {
	var named Named
	if !errors.As(err, &named) && errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := ErrorOf(err)
	if named == nil {
		e.Name = errorType(err)
	}
	cause := value.Obj(value.M("errorMessage", value.FromString(e.Cause)), value.M("errorType", value.FromString(e.Name)))
	return &Error{Name: e.Name, Cause: cause.JSON()}
}

// errorType returns the name of err's type without package and pointer: "errorString", "PathError".
func errorType(err error) string {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		return TaskFailed
	}
	return t.Name()
}

// functionName returns NAME of arn:<partition>:lambda:<region>:<account>:function:NAME[:<qualifier>], "" for other resources.
func functionName(resource string) string {
	parts := strings.Split(resource, ":")
	if len(parts) < 7 || len(parts) > 8 || parts[0] != "arn" || parts[2] != "lambda" || parts[5] != "function" {
		return ""
	}
	return parts[6]
}

// invoker answers arn:aws:states:::lambda:invoke from the Lambda functions of a Mux.
type invoker struct{ mux *Mux }

// invocation are the parameters of lambda:invoke. Members that only the service itself could honour are taken and not used.
type invocation struct {
	FunctionName   *string
	Payload        json.RawMessage
	InvocationType string
	Qualifier      string
	ClientContext  json.RawMessage
	LogType        string
}

// ServeTask calls the function that the parameters name and wraps its result as Lambda's Invoke does:
// {"ExecutedVersion":…,"Payload":…,"SdkHttpMetadata":…,"SdkResponseMetadata":…,"StatusCode":200}.
//
// InvocationType Event calls the function too, before it answers 202, and drops its result; DryRun answers 204 without a call.
func (i invoker) ServeTask(ctx context.Context, req *Request) (any, error) {
	var p invocation
	if err := json.Unmarshal(req.Input, &p); err != nil {
		return nil, Errorf(TaskFailed, "the parameters of lambda:invoke in state %q cannot be read: %v", req.State, err)
	}
	if p.FunctionName == nil {
		return nil, Errorf("States.Runtime", "The Parameters '%s' could not be used to start the Task: "+
			"[The field 'FunctionName' is required but was missing]", req.Input)
	}
	name, version := splitFunction(*p.FunctionName)
	if p.Qualifier != "" {
		version = p.Qualifier
	}
	h, ok := i.mux.lambda(name)
	if !ok {
		if r, ok := i.mux.callerOf(req.Resource); ok {
			return r.Handler.ServeTask(ctx, req)
		}
		return nil, Errorf("Lambda.ResourceNotFoundException", "Function not found: %s:%s (Service: AWSLambda; Status Code: 404; "+
			"Error Code: ResourceNotFoundException; Request ID: %s; Proxy: null)", *p.FunctionName, version, req.Key)
	}
	switch p.InvocationType {
	case "", "RequestResponse":
	case "Event":
		if _, failure := Call(ctx, h, withInput(req, p.Payload)); failure != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return invokeResult(req, "", nil, 202), nil
	case "DryRun":
		return invokeResult(req, "", nil, 204), nil
	default:
		return nil, Errorf("Lambda.InvalidParameterValueException", "InvocationType %q is none of RequestResponse, Event, DryRun",
			p.InvocationType)
	}
	out, failure := Call(ctx, h, withInput(req, p.Payload))
	if failure != nil {
		return nil, failure
	}
	if _, err := value.Parse(out); err != nil {
		return nil, NoJSON(*p.FunctionName, err) // or its text would end the document it is put into
	}
	return invokeResult(req, version, out, 200), nil
}

// withInput returns a copy of req with the payload as input; a missing payload, and null, is {} as recorded executions show.
func withInput(req *Request, payload json.RawMessage) *Request {
	inner := *req
	inner.Input = payload
	if len(payload) == 0 || string(payload) == "null" {
		inner.Input = json.RawMessage("{}")
	}
	return &inner
}

// splitFunction returns the name and the version of a FunctionName: a name, "name:version", an ARN, or a partial ARN
// "account:function:name". The version is "$LATEST" when none is given.
func splitFunction(s string) (name, version string) {
	rest := s
	if at := strings.LastIndex(s, "function:"); at >= 0 {
		rest = s[at+len("function:"):]
	}
	name, version, found := strings.Cut(rest, ":")
	if !found {
		version = "$LATEST"
	}
	return name, version
}

func invokeResult(req *Request, version string, payload json.RawMessage, status int) json.RawMessage {
	var b []byte
	b = append(b, '{')
	if version != "" {
		b = append(b, `"ExecutedVersion":`...)
		b = value.AppendQuoted(b, version)
		b = append(b, ',')
	}
	length := len(payload)
	if payload != nil {
		b = append(b, `"Payload":`...)
		b = append(b, payload...)
		b = append(b, ',')
	}
	b = fmt.Appendf(b, `"SdkHttpMetadata":{"AllHttpHeaders":{"Content-Length":["%d"],"Content-Type":["application/json"]},`+
		`"HttpHeaders":{"Content-Length":"%d","Content-Type":"application/json"},"HttpStatusCode":%d},`, length, length, status)
	b = append(b, `"SdkResponseMetadata":{"RequestId":`...)
	b = value.AppendQuoted(b, req.Key)
	return fmt.Appendf(b, `},"StatusCode":%d}`, status)
}
