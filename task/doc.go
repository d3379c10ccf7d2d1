// Package task is what users implement: the work behind the Task states of a state machine.
//
// A [Handler] answers a [Request] with a result, which becomes the state's result as JSON, or with an error, which Retry and
// Catch match by name. [Func] makes a handler of an ordinary typed function; a [Mux] chooses a handler by the Resource of the
// state, by the state's name, or by the name of a Lambda function:
//
//	var tasks task.Mux
//	tasks.Handle("gait:charge", task.Func(func(ctx context.Context, c Card) (Receipt, error) {
//		if c.Busy {
//			return Receipt{}, &task.Error{Name: "Card.Busy", Cause: "try again"}
//		}
//		return Receipt{ID: "r-1"}, nil
//	}))
//	tasks.HandleLambda("resize", task.Func(resize)) // its function ARN and arn:aws:states:::lambda:invoke alike
//
// [Mux.HandleServices] serves AWS services through one [Caller], as the optimised integrations of Step Functions and
// arn:aws:states:::aws-sdk:… name them, jobs and callbacks included.
//
// A handler may be called more than once for one attempt: a host that died cannot know whether the call was made. Every
// delivery of an attempt carries the same Request.Key; handlers with outside effects pass it on as their idempotency key.
// Handlers that must never be called twice are registered with [Mux.HandleOnce]: then a lost call fails instead.
//
// Work that outlives a call is a [Job]: started once, polled or told of, stopped when nobody waits for it any more.
//
// The package knows neither engines nor stores. It does not run anything by itself; hosts use [Mux.Lookup] and [Call].
package task
