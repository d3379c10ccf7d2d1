package asltest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

func (a Answer) reply(Call) (Answer, error) { return a, nil }

// replyFunc makes a Reply of a function.
type replyFunc func(c Call) (Answer, error)

func (f replyFunc) reply(c Call) (Answer, error) { return f(c) }

// Do answers a call with what f makes of it. It is the most general Reply.
func Do(f func(c Call) Answer) Reply {
	return replyFunc(func(c Call) (Answer, error) { return f(c), nil })
}

// Func answers with a typed function: the input of the call is decoded into In, the result encoded. An error becomes the error
// name and cause that package task gives it: [task.Errorf] makes named ones, others are States.TaskFailed.
//
//	asltest.On("Charge", asltest.Func(func(in Order) (Receipt, error) { … }))
func Func[In, Out any](f func(in In) (Out, error)) Reply {
	return Handle(task.Func(func(_ context.Context, in In) (Out, error) { return f(in) }))
}

// Handle answers with a handler of the program, the one that it registers with its engine.
func Handle(h task.Handler) Reply {
	return replyFunc(func(c Call) (Answer, error) {
		req := &task.Request{
			Resource: c.Resource, Input: json.RawMessage(c.Input), Attempt: c.Attempt, Delivery: 1, Token: task.Token(c.Token),
			Execution: "execution", State: c.State, Key: fmt.Sprintf("%s-%d", c.State, c.N),
		}
		out, failure := task.Call(context.Background(), h, req)
		if failure != nil {
			name, cause := failure.ASLError()
			return Fail(name, cause), nil
		}
		if _, err := value.Parse(out); err != nil {
			name, cause := task.NoJSON(c.Resource, err).ASLError()
			return Fail(name, cause), nil
		}
		return Return(string(out)), nil
	})
}

// Token answers a .waitForTaskToken call: f gets the task token, as the service would, and says how and when the token is
// used. Return stands for SendTaskSuccess, Fail for SendTaskFailure, [Heartbeats] for SendTaskHeartbeat, [Never] for a token that
// is lost.
//
//	asltest.On("AskBoss", asltest.Token(func(token string) asltest.Answer {
//		return asltest.After(48*time.Hour, asltest.Return(`"yes"`))
//	}))
//
// A call without a token is an error of the test.
func Token(f func(token string) Answer) Reply {
	return replyFunc(func(c Call) (Answer, error) {
		if c.Token == "" {
			return Answer{}, fmt.Errorf("state %q has no task token: its resource is %s", c.State, c.Resource)
		}
		return f(c.Token), nil
	})
}

// After is the reply r given d of virtual time after the call.
func After(d time.Duration, r Reply) Reply {
	return replyFunc(func(c Call) (Answer, error) {
		a, err := r.reply(c)
		a.After += d
		return a, err
	})
}

// Heartbeats is the reply r with a heartbeat each time d has passed, until the call ends.
func Heartbeats(d time.Duration, r Reply) Reply {
	const most = 10_000
	return replyFunc(func(c Call) (Answer, error) {
		a, err := r.reply(c)
		if err != nil || d <= 0 {
			return a, err
		}
		for at := d; at < a.After; at += d {
			if len(a.Heartbeats) == most {
				return a, fmt.Errorf("more than %d heartbeats, one each %s", most, d)
			}
			a.Heartbeats = append(a.Heartbeats, at)
		}
		return a, nil
	})
}

// Never is a call that is never answered: its timeout or heartbeat ends it, or the failure of something else.
func Never() Answer { return Answer{Never: true} }

// JSON is a success with v as result, encoded by encoding/json. It panics when v cannot be encoded.
func JSON(v any) Answer {
	text, err := json.Marshal(v)
	if err != nil {
		panic("asltest: JSON: " + err.Error())
	}
	return Return(string(text))
}

// Payload is the result of lambda:invoke for a function that returned this JSON text.
func Payload(payload string) Answer { return Return(lambdaResponse(payload)) }

// FunctionError is the failure of a Lambda function that raised an error: the error's type is the error name, and the cause is
// the JSON text with which Lambda describes it.
func FunctionError(errorType, message string) Answer {
	text := value.FromString
	return Fail(errorType, value.Obj(
		value.M("errorMessage", text(message)), value.M("errorType", text(errorType)), value.M("requestId", text(requestID)),
		value.M("stackTrace", value.FromArray(nil)),
	).JSON())
}

const requestID = "00000000-0000-4000-8000-000000000000"

// ServiceError is the failure of a call to a service, with the error name and cause that AWS makes of it: ServiceError("DynamoDB",
// "ConditionalCheckFailedException", 400, "The conditional request failed") is the error DynamoDB.ConditionalCheckFailedException
// with the cause "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; Error Code:
// ConditionalCheckFailedException; Request ID: …; Proxy: null)"; a resource of the form arn:aws:states:::aws-sdk:… words it
// "(Service: DynamoDb, Status Code: 400, Request ID: …) (SDK Attempt Count: 1)". Mind the spelling of the service in the error name:
// optimised integrations say DynamoDB, aws-sdk ones DynamoDb.
func ServiceError(service, exception string, status int, message string) Reply {
	return replyFunc(func(c Call) (Answer, error) {
		p := catalogue.Problem{Code: exception, Message: message, Status: status, RequestID: requestID}
		_, rest, _ := strings.Cut(c.Resource, ":states:")
		parts := strings.Split(rest, ":") // region, account, service or "aws-sdk" and service, action
		known := &catalogue.Service{Prefix: service, Client: service}
		if len(parts) > 3 && parts[2] == "aws-sdk" {
			return Fail(service+"."+exception, catalogue.SDKFailure(parts[3], p).Cause), nil
		} else if len(parts) > 2 {
			if s, _ := catalogue.Find(parts[2], ""); s != nil {
				known = s
			}
		}
		return Fail(service+"."+exception, known.Failure(p).Cause), nil
	})
}

// HTTPError is the failure of an http:invoke call that was answered with this status: States.Http.StatusCode.404, and so on. The
// body is a JSON text or plain text. The cause is the response, as package task/httptask makes it.
func HTTPError(status int, body string) Answer {
	doc, err := value.ParseString(body)
	if err != nil {
		doc = value.FromString(body)
	}
	return Fail(fmt.Sprintf("States.Http.StatusCode.%d", status), value.Obj(
		value.M("Headers", value.Obj()), value.M("ResponseBody", doc), value.M("StatusCode", value.FromInt(int64(status))),
		value.M("StatusText", value.FromString(http.StatusText(status))),
	).JSON())
}

// JobFailed is the end of a .sync call whose job failed: States.TaskFailed with the JSON text that describes the job as cause.
func JobFailed(job string) Answer { return Fail("States.TaskFailed", job) }

// SubmitFailed is a .sync or callback call that the service refused at once, before any work began.
func SubmitFailed(name, cause string) Answer {
	return Answer{Failure: &Failure{Error: &name, Cause: &cause, Stage: states.SubmitFailed}}
}
