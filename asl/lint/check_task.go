package lint

import (
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// checkTask looks at a Task.
func (l *linter) checkTask(s *asl.Task) {
	l.checkWaiting(s)
	l.checkToken(s)
	l.checkTimeouts(s)
	l.checkRepeatable(s)
	l.checkLambda(s)
	l.checkLiterals(s)
}

// checkLiterals looks for parameters whose value, as it is written, the service does not take. Their names are checked when the
// machine is created; values that a path or an expression gives are checked when the state runs.
func (l *linter) checkLiterals(s *asl.Task) {
	if s.Integration == nil || s.Arguments == nil {
		return
	}
	root := &s.Arguments.Root
	for _, m := range literalMembers(root) {
		for _, problem := range s.Integration.Check(value.Obj(m)) {
			if strings.Contains(problem, "'"+m.Key+"'") && !strings.Contains(problem, "is required") && !strings.Contains(problem, "not supported") {
				l.add("parameter-refused", at(s.Pointer, argumentsField(s.Lang), m.Key), "see the page of the integration in the AWS Step Functions Developer Guide",
					"The task fails each time: %s", problem)
			}
		}
	}
}

// literalMembers are the members of a template whose value is written in the definition.
func literalMembers(n *asl.Node) []value.Member {
	var out []value.Member
	add := func(key string, v value.Value) {
		if !toBeDeployed(v) {
			out = append(out, value.M(key, v))
		}
	}
	for _, m := range n.Literal.Members() {
		add(m.Key, m.Value)
	}
	for i := range n.Members {
		if m := &n.Members[i]; m.Node.Kind == asl.LiteralNode {
			add(m.Key, m.Node.Literal)
		}
	}
	return out
}

// toBeDeployed reports whether a value is an intrinsic function of CloudFormation, {"Ref": …} or {"Fn::…": …}, or has one inside:
// what is deployed is its result.
func toBeDeployed(v value.Value) bool {
	for _, m := range v.Members() {
		if v.Len() == 1 && (m.Key == "Ref" || strings.HasPrefix(m.Key, "Fn::")) || toBeDeployed(m.Value) {
			return true
		}
	}
	return slices.ContainsFunc(v.Elems(), toBeDeployed)
}

// literal reports whether a number is written in the definition.
func literal(n asl.NumberField) bool { return n.Set && n.Path == nil && n.Expr == nil }

// checkWaiting looks for tasks that may wait for a year. A limit of the machine or a heartbeat ends the wait too.
func (l *linter) checkWaiting(s *asl.Task) {
	if s.Timeout.Set || s.Heartbeat.Set || l.m.TimeoutSeconds > 0 {
		return
	}
	const hint = "set TimeoutSeconds, on the state or on the machine"
	switch r := s.Resource; {
	case r.Kind == asl.Activity:
		l.add("missing-timeout", s.Pointer, hint, "Without TimeoutSeconds the task waits up to a year for a worker of the activity")
	case r.Pattern == asl.WaitForTaskToken:
		l.add("missing-timeout", s.Pointer, hint, "Without TimeoutSeconds the task waits up to a year for its token to come back")
	case r.Pattern == asl.RunJob:
		l.add("job-without-timeout", s.Pointer, hint, "Without TimeoutSeconds the task waits up to a year for a job that hangs")
	}
}

// checkToken looks for callbacks that nobody can answer.
func (l *linter) checkToken(s *asl.Task) {
	if s.Resource.Pattern != asl.WaitForTaskToken || !isAWS(s.Resource) {
		return
	}
	hint := `pass it on, in Parameters: "TaskToken.$": "$$.Task.Token"`
	if s.Lang == asl.JSONata {
		hint = `pass it on, in Arguments: "TaskToken": "{% $states.context.Task.Token %}"`
	}
	if s.Arguments != nil && mentionsToken(&s.Arguments.Root) {
		return
	}
	if s.Arguments == nil && s.InputPath.Path != nil {
		return // it may select the context object
	}
	l.add("token-not-passed", s.Pointer, hint, "The task waits for its token, which the request does not contain: nobody can answer")
}

// mentionsToken reports whether a template may contain the task token.
func mentionsToken(n *asl.Node) bool {
	switch n.Kind {
	case asl.PathNode:
		return contextual(n.Path)
	case asl.IntrinsicNode:
		return slices.ContainsFunc(n.Call.Paths(), contextual)
	case asl.JSONataNode:
		return n.Expr.ReadsContext
	}
	for i := range n.Members {
		if mentionsToken(&n.Members[i].Node) {
			return true
		}
	}
	for i := range n.Elems {
		if mentionsToken(&n.Elems[i]) {
			return true
		}
	}
	return false
}

func contextual(p *jsonpath.Path) bool { return p.Root() == jsonpath.Context }

// checkTimeouts looks for timeouts that cannot come or make no sense.
func (l *linter) checkTimeouts(s *asl.Task) {
	limit := float64(l.m.TimeoutSeconds)
	if limit > 0 && literal(s.Timeout) && s.Timeout.Literal >= limit && !l.inChild(s.Flow) {
		l.add("timeout-never-reached", at(s.Pointer, "TimeoutSeconds"), "make it smaller than the limit of the machine",
			"The execution times out before the task does: the machine has TimeoutSeconds %d", l.m.TimeoutSeconds)
	}
	if s.Heartbeat.Set && s.Resource.Kind != asl.Activity && s.Resource.Pattern == asl.RequestResponse && isAWS(s.Resource) {
		l.add("heartbeat-without-worker", at(s.Pointer, "HeartbeatSeconds"), "use TimeoutSeconds", "Nothing sends heartbeats here: only activities and callbacks do")
	}
	const long = 600
	if s.Resource.Kind == asl.Activity && !s.Heartbeat.Set && literal(s.Timeout) && s.Timeout.Literal > long {
		l.add("activity-without-heartbeat", s.Pointer, "set HeartbeatSeconds and let the worker call SendTaskHeartbeat",
			"A worker that dies is noticed only after TimeoutSeconds, %v", s.Timeout.Literal)
	}
}

// inChild reports whether a flow runs as child executions, or inside of them.
func (l *linter) inChild(flow asl.FlowID) bool {
	for flow > 0 {
		p := l.m.Parent(flow)
		if p == nil {
			return false
		}
		if m, ok := p.(*asl.Map); ok && m.Distributed {
			return true
		}
		flow = p.Common().Flow
	}
	return false
}

// repeating are actions whose repetition has an effect of its own, by service and action, and the arguments of which any makes the
// service recognise a repetition. Source: API references of the services.
var repeating = map[string][]string{
	"sqs:sendMessage":            {"MessageDeduplicationId"},
	"sns:publish":                {"MessageDeduplicationId"},
	"ecs:runTask":                {"ClientToken"},
	"batch:submitJob":            nil,
	"glue:startJobRun":           {"JobRunId"},
	"states:startExecution":      {"Name"},
	"events:putEvents":           nil,
	"codebuild:startBuild":       {"IdempotencyToken"},
	"athena:startQueryExecution": {"ClientRequestToken"},
	"mediaconvert:createJob":     {"ClientRequestToken"},
	"aws-sdk:sqs:sendMessage":    {"MessageDeduplicationId"},
	"aws-sdk:sns:publish":        {"MessageDeduplicationId"},
	"aws-sdk:sfn:startExecution": {"Name"},
	"aws-sdk:ec2:runInstances":   {"ClientToken"},
	"aws-sdk:ecs:runTask":        {"ClientToken"},
	"aws-sdk:ses:sendEmail":      nil,
	"aws-sdk:sesv2:sendEmail":    nil,
	"dynamodb:updateItem":        {"ConditionExpression"},
	"aws-sdk:dynamodb:updateItem": {
		"ConditionExpression",
	},
}

// checkRepeatable looks for retriers that repeat, after any error, what should happen once.
func (l *linter) checkRepeatable(s *asl.Task) {
	action, _, _ := strings.Cut(s.Resource.Action, ".")
	name := s.Resource.Service + ":" + action
	once, ok := repeating[name]
	if !ok || !isAWS(s.Resource) {
		return
	}
	args, _ := l.raw(at(s.Pointer, argumentsField(s.Lang)))
	if args.Kind() != value.Object {
		return // computed as a whole
	}
	for _, field := range once {
		if _, ok := args.Get(field); ok {
			return
		}
		if _, ok := args.Get(field + ".$"); ok {
			return
		}
	}
	if strings.HasSuffix(name, "dynamodb:updateItem") && !adds(args) {
		return
	}
	for i, r := range s.Retry {
		if r.MaxAttempts == 0 {
			continue
		}
		for n, e := range r.ErrorEquals {
			if e != "States.ALL" && e != "States.TaskFailed" && e != "States.Timeout" {
				continue
			}
			hint := "retry only errors that say that nothing was done"
			if len(once) > 0 {
				hint = "give " + strings.Join(once, " or ") + ", or r" + hint[1:]
			}
			l.add("retry-not-idempotent", at(s.Pointer, "Retry", itoa(i), "ErrorEquals", itoa(n)), hint,
				"%s is repeated after %s, also when the first call had its effect and only the answer was lost", name, e)
			break
		}
	}
}

func argumentsField(lang asl.QueryLanguage) string {
	if lang == asl.JSONata {
		return "Arguments"
	}
	return "Parameters"
}

// adds reports whether an update depends on what was there: a second one then gives another result.
func adds(args value.Value) bool {
	x, ok := args.Get("UpdateExpression")
	if !ok || x.Kind() != value.String {
		return false
	}
	s := x.Str()
	return strings.Contains(s, "+") || strings.Contains(strings.ToUpper(s), "ADD ") || strings.Contains(s, "list_append") ||
		strings.Contains(s, " - ")
}

// transient are the errors of Lambda that pass by themselves; a retrier for any shows that they were thought of.
// Source: AWS Step Functions Developer Guide, "Handle transient Lambda service exceptions".
var transient = []string{
	"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.ClientExecutionTimeoutException",
	"Lambda.TooManyRequestsException", "Lambda.Unknown", "States.ALL", "States.TaskFailed",
}

// checkLambda looks for calls of functions that give up at the first hiccup of the service.
func (l *linter) checkLambda(s *asl.Task) {
	r := s.Resource
	if r.Service != "lambda" || !(r.Kind == asl.LambdaFunction || isAWS(r)) {
		return
	}
	retries := func(c *asl.Common) bool {
		return slices.ContainsFunc(c.Retry, func(r asl.Retrier) bool {
			return r.MaxAttempts > 0 && slices.ContainsFunc(r.ErrorEquals, func(e string) bool { return slices.Contains(transient, e) })
		})
	}
	if retries(s.Common()) {
		return
	}
	for flow := s.Flow; flow > 0; {
		p := l.m.Parent(flow)
		if p == nil {
			break
		}
		if retries(p.Common()) {
			return
		}
		flow = p.Common().Flow
	}
	l.add("lambda-without-retry", s.Pointer,
		`add {"ErrorEquals": ["Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"], "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 2}`,
		"The function is not called again after a passing error of the Lambda service")
}

// checkWait looks at a Wait.
func (l *linter) checkWait(s *asl.Wait) {
	if !literal(s.Seconds) {
		return
	}
	place := at(s.Pointer, "Seconds")
	if limit := l.m.TimeoutSeconds; limit > 0 && s.Seconds.Literal >= float64(limit) && !l.inChild(s.Flow) {
		l.add("wait-outlasts-machine", place, "wait less, or raise the limit of the machine",
			"The execution times out before the wait is over: the machine has TimeoutSeconds %d", limit)
	}
	if s.Seconds.Literal > expressSeconds && l.express(s.Flow) {
		l.add("wait-outlasts-machine", place, "wait less, or use a Standard state machine",
			"The execution times out before the wait is over: an Express execution ends after 5 minutes")
	}
}

// expressSeconds is how long an Express execution may take. Source: AWS Step Functions Developer Guide, "Quotas".
const expressSeconds = 300

// express reports whether a flow runs in Express executions.
func (l *linter) express(flow asl.FlowID) bool {
	for flow > 0 {
		p := l.m.Parent(flow)
		if p == nil {
			return false
		}
		if m, ok := p.(*asl.Map); ok && m.Distributed {
			return m.Express
		}
		flow = p.Common().Flow
	}
	return l.cfg.Options.Express
}

// checkFail looks at a Fail.
func (l *linter) checkFail(s *asl.Fail) {
	if !s.Error.Set {
		l.add("fail-without-error", s.Pointer, "give it an Error, so that callers and catchers can tell it from others", "The Fail state has no Error")
	}
}
