package lint

import "slices"

// Rule is one thing that is looked for.
type Rule struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	Summary  string   `json:"summary"` // what it finds
	Why      string   `json:"why"`     // what happens otherwise, and what is not reported
	Fix      string   `json:"fix"`
}

// Rules returns all rules, sorted by identifier.
func Rules() []Rule { return slices.Clone(rules) }

func ruleByID(id string) (Rule, bool) {
	i, ok := slices.BinarySearchFunc(rules, id, func(r Rule, id string) int {
		switch {
		case r.ID < id:
			return -1
		case r.ID > id:
			return 1
		}
		return 0
	})
	if !ok {
		return Rule{}, false
	}
	return rules[i], true
}

func ruleIDs() []string {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	return ids
}

// rules are sorted by identifier. docs/lint.md is made of them.
var rules = []Rule{
	{
		"activity-without-heartbeat", Advice, "An activity has a timeout of more than ten minutes and no HeartbeatSeconds.",
		"When a worker dies, its task is not given to another one before the timeout is over.",
		"Set HeartbeatSeconds and let workers call SendTaskHeartbeat.",
	},
	{
		"catch-repeats-forever", Warning, "A catcher leads back to its own state, which has no retrier.",
		"As long as the task fails it is called again at once, until the history is full with 25,000 events.",
		"Use a retrier: it waits, more each time, and gives up after MaxAttempts.",
	},
	{
		"catcher-never-matches", Warning, "No error can reach a catcher.",
		"Each of its names is taken by an earlier catcher, or is one that the state cannot fail with: a reserved name that does not exist or that is raised by " +
			"something else, an error of Lambda where no function is called, a name without the prefix of the service, or with that of another one. In a Task, States.TaskFailed takes all names but " +
			"most that begin with States. Errors of functions, activities, callbacks, jobs and of resources that are not of AWS may have any name.",
		"Correct the name, put the catcher first, or remove it.",
	},
	{
		"choice-rule-never-matches", Warning, "A choice rule, or Default, can never be taken.",
		"Its conditions exclude each other; an earlier rule matches whenever it would; it asks for the presence of something that no earlier state puts into the input; or it " +
			"compares a value that is always of another type than the operator's.",
		"Correct the rule, put it before the other one, or remove it.",
	},
	{
		"choice-without-default", Warning, "A Choice has no Default, and its rules may all fail to match.",
		"The execution then ends with States.Runtime, which nothing can catch. Rules that cover all values of a boolean or of a number, or a test and its opposite, need no Default.",
		"Add a Default that leads on, or to a Fail state with an error of its own.",
	},
	{
		"choice-without-effect", Warning, "All rules of a Choice and its Default lead to the same state.",
		"The Choice decides nothing. Rules with Assign or Output are not reported.",
		"Correct the targets, or remove the Choice.",
	},
	{
		"constant-expression", Advice, "A JSONata expression reads nothing and calls nothing.",
		"Its value is always the same: a literal says so more plainly, and is checked when the machine is created.",
		"Write the value itself.",
	},
	{
		"deprecated-field", Advice, "A Map uses Iterator or Parameters.",
		"Both are kept for old definitions only. Newer features are described for their successors.",
		"Rename them to ItemProcessor and ItemSelector.",
	},
	{
		"endless-loop", Warning, "No transition leads out of a loop to an end of its flow.",
		"Only an error, a timeout or the limit of 25,000 events ends it. AWS checks for the top level that there is an end, not that it can be reached.",
		"Give the loop a way out.",
	},
	{
		"error-never-matches", Warning, "One of several names of a retrier or catcher is never matched.",
		"The reasons are those of catcher-never-matches; the other names have their effect.",
		"Correct the name or remove it.",
	},
	{
		"expression-not-evaluated", Warning, "A text contains {% … %} and is not evaluated.",
		"In JSONata the whole text has to be the expression; in JSONPath there are none. The text is passed on as it is.",
		"Make the whole text one expression, or set QueryLanguage.",
	},
	{
		"fail-without-error", Advice, "A Fail state has no Error.",
		"Callers, catchers around it and alarms cannot tell it from other failures.",
		"Give it an Error and a Cause.",
	},
	{
		"heartbeat-without-worker", Advice, "A task has HeartbeatSeconds and nobody who could send heartbeats.",
		"Heartbeats come from workers of activities and from whoever holds a task token.",
		"Use TimeoutSeconds.",
	},
	{
		"items-not-array", Warning, "What a Map iterates over is never an array.",
		"The state fails each time. A distributed Map may also iterate over an object.",
		"Select the array with ItemsPath or Items.",
	},
	{
		"job-without-timeout", Advice, "A .sync task has no timeout, nor has the machine.",
		"A job that hangs keeps the execution open for up to a year.",
		"Set TimeoutSeconds on the state or on the machine.",
	},
	{
		"jsonpath-in-jsonata", Warning, "A JSONata state has a member whose name ends in .$, or a text that is a path or an intrinsic function.",
		"Both are literals in JSONata: names keep their .$ and texts are passed on as they are.",
		"Write them as {% … %}.",
	},
	{
		"lambda-without-retry", Advice, "A function is called with no retrier for errors of the Lambda service.",
		"Lambda fails now and then with errors that pass, such as Lambda.ServiceException. A retrier with States.ALL, States.TaskFailed or any of these errors is enough, on the state " +
			"or on a Parallel or Map around it.",
		"Retry Lambda.ClientExecutionTimeoutException, Lambda.ServiceException, Lambda.AWSLambdaException and Lambda.SdkClientException.",
	},
	{
		"map-result-grows", Advice, "A distributed Map reads its items from S3 and returns all results.",
		"The output of a state may have 256 KiB: with enough items the state fails after all the work is done.",
		"Set ResultWriter, or drop the results with ResultPath null.",
	},
	{
		"missing-timeout", Warning, "An activity or a callback has neither timeout nor heartbeat, nor has the machine a timeout.",
		"When the worker or the answer is lost, the execution stays open for up to a year.",
		"Set TimeoutSeconds on the state or on the machine.",
	},
	{
		"no-dollar", Warning, "A value of a payload template looks like a path or an intrinsic function, and its name does not end in .$.",
		"The text is passed on as it is. AWS warns of it as NO_DOLLAR.",
		"End the name of the member in .$.",
	},
	{
		"operand-looks-like-path", Warning, "A choice rule compares with a literal text that looks like a path.",
		"The comparison is with the text itself.",
		"Use the operator that ends in Path.",
	},
	{
		"parameter-refused", Warning, "A parameter of an optimised integration has a value that Step Functions does not pass on.",
		"The state fails each time with States.Runtime, before the service is called: a number where a string is wanted, a header of apigateway:invoke that is no array. " +
			"Only values that are written in the definition are looked at.",
		"Write the value in the form that the integration wants.",
	},
	{
		"pass-result-is-static", Warning, "The Result of a Pass state looks like a path or an intrinsic function.",
		"Result is never evaluated. AWS warns of it as PASS_RESULT_IS_STATIC.",
		"Use Parameters with names that end in .$.",
	},
	{
		"pass-without-effect", Advice, "A Pass state in the middle of a flow hands on its input as it is.",
		"It costs a transition. One with a Comment, or at an end, is taken to be there for readers.",
		"Remove it, or say in its Comment what it is for.",
	},
	{
		"path-not-produced", Warning, "A path selects nothing, whatever the execution does before.",
		"The possible documents and variables are followed along all transitions, catchers, branches and iterations. The input of the execution, results of functions, activities and " +
			"callbacks, and whatever is computed may hold anything; the results of lambda:invoke, sqs, sns, dynamodb, events, http, apigateway and nested executions are known. Reported is only " +
			"what no way through the machine can have put there.",
		"Correct the path, or the ResultPath, Parameters or Output that lost the data.",
	},
	{
		"poll-without-wait", Warning, "A loop asks for the state of something again and again without a Wait.",
		"It runs as fast as the service answers, costs transitions and meets the limit of 25,000 events. Loops that read page by page are not reported.",
		"Put a Wait state into the loop, or use a .sync integration.",
	},
	{
		"possibly-undefined-variable", Warning, "A variable may be read before anything has assigned it.",
		"On a way that does not assign it the state fails. AWS warns of it as POSSIBLY_UNDEFINED_VARIABLE.",
		"Assign it on every way.",
	},
	{
		"result-dropped", Warning, "A result is computed and has no effect.",
		"ResultPath is null beside a ResultSelector, a Result or Parameters; or OutputPath leaves out the place where ResultPath has put the result; or a Pass has InputPath or Parameters beside Result.",
		"Remove what has no effect, or give the result a place.",
	},
	{
		"result-path-never-fits", Warning, "The input of a state is never an object that ResultPath could put something into.",
		"The state, or its catcher, fails each time with States.ResultPathMatchFailure. Often an array from a Map or Parallel comes in.",
		"Put the array into an object first, with ResultPath or ResultSelector of the state before.",
	},
	{
		"retrier-never-matches", Warning, "No error can reach a retrier.",
		"The reasons are those of catcher-never-matches.",
		"Correct the name, put the retrier first, or remove it.",
	},
	{
		"retry-not-idempotent", Advice, "A retrier for States.ALL, States.TaskFailed or States.Timeout repeats what should happen once.",
		"When a call has had its effect and only its answer was lost, a second message, job or execution follows. Calls with a token or name by which the service recognises repetitions, and " +
			"updates with a condition or without arithmetic, are not reported.",
		"Give such a token, or retry only errors that say that nothing was done.",
	},
	{
		"timeout-never-reached", Warning, "A task has a timeout that is not shorter than that of the machine.",
		"The execution times out first, and no retrier or catcher acts.",
		"Make it smaller than the TimeoutSeconds of the machine.",
	},
	{
		"token-not-passed", Warning, "A request with .waitForTaskToken does not contain the task token.",
		"Nobody can answer: the task waits until its timeout.",
		`Pass on $$.Task.Token, in JSONata $states.context.Task.Token.`,
	},
	{
		"token-outside-callback", Warning, "The task token is read in a state that has none.",
		"Only tasks with .waitForTaskToken have one; elsewhere the path selects nothing and the state fails.",
		"End the Resource in .waitForTaskToken.",
	},
	{
		"undefined-variable", Warning, "A variable is read that nothing has assigned on any way to the state.",
		"The state fails each time.",
		"Assign it before, or correct the name.",
	},
	{
		"unknown-context-field", Warning, "A path reads what the context object does not have, or has not here.",
		"The state fails. Map is there in Map states and inside of their processors only.",
		"Correct the path.",
	},
	{
		"unknown-ignore", Warning, "A Comment ignores a rule that does not exist.",
		"It has no effect.",
		"Correct the identifier.",
	},
	{
		"unreachable-state", Warning, "Only rules or catchers that never match lead to a state.",
		"It is never entered. States to which nothing leads at all are refused by AWS, and by gait validate.",
		"Correct the rule or catcher, or remove the state.",
	},
	{
		"unused-variable", Warning, "Nothing reads a variable.",
		"Often its name is misspelt where it is read or assigned. Children of a distributed Map do not see the variables around them.",
		"Correct the name, or remove it.",
	},
	{
		"useless-ignore", Advice, "A Comment ignores a rule that finds nothing there.",
		"What it was written for is gone.",
		"Remove it.",
	},
	{
		"wait-outlasts-machine", Warning, "A Wait takes as long as the execution may take, or longer.",
		"The execution always times out there: after the TimeoutSeconds of the machine, or after the five minutes of an Express execution.",
		"Wait less, or raise the limit.",
	},
	{
		"wildcard-in-string-equals", Warning, "StringEquals compares with a text that begins or ends with *.",
		"StringEquals has no wildcards.",
		"Use StringMatches.",
	},
	{
		"wrong-number-of-arguments", Warning, "An intrinsic function is called with a wrong number of arguments.",
		"AWS accepts the definition, and the state fails.",
		"Give the arguments that the function takes.",
	},
}
