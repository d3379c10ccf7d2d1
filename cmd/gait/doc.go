// Gait runs state machines in the Amazon States Language on this machine, and looks at them.
//
//	gait run order.asl.json --input '{"id": 7}' --task 'Charge=./charge.sh' --store orders.db --name order-7
//
// Usage:
//
//	gait run FILE          run a state machine; its output goes to standard output, the walk to standard error
//	gait validate FILE…    check definitions: file:line:column: CODE: message, the line and a caret, a hint
//	gait lint FILE|DIR…    warn about what is valid and still wrong: docs/lint.md lists the rules
//	gait list              list the executions in a store
//	gait describe NAME     show one of them, and what it waits for
//	gait history NAME      show its events; with --json as GetExecutionHistory does
//	gait graph FILE        draw a definition for Mermaid, Graphviz or as SVG, also with the way an execution took
//	gait eval EXPR         evaluate a JSONata expression, a JSONPath or an intrinsic function
//	gait test PATH…        run the test suites in files beside definitions, with no waiting
//	gait replay FILE       run a definition again as a recorded history tells, and show where it differs
//	gait coverage DIR      report what tests with package asltest covered, also as HTML and LCOV
//	gait conformance DIR…  run conformance cases and count what passes
//	gait completion SHELL  print a completion script for bash, zsh or fish
//	gait version           print the version
//
// Definitions are JSON, or YAML when the name of the file ends in .yaml or .yml; "-" is standard input. --set NAME=VALUE gives
// placeholders ${NAME} their values. An --input is JSON, @FILE, or "-". Each command tells its flags with --help.
//
// # Tasks
//
// A Task state is done by a command: --task STATE=COMMAND, or the state's resource, or the beginning of resources and "*", in
// front of the "=". The command is a line of shell. It gets the task's input as JSON on its standard input, and its standard output
// is the result; no output is null. The environment has GAIT_STATE, GAIT_RESOURCE, GAIT_EXECUTION, GAIT_ATTEMPT, GAIT_TASK_TOKEN,
// and GAIT_KEY, which is the same whenever one attempt is made again after a crash. An exit code other than 0 fails the task: when
// the last line of the standard error is an object {"Error": NAME, "Cause": TEXT}, with that error, otherwise with States.TaskFailed
// and the standard error as cause. For a resource that ends in .waitForTaskToken the end of the command is the callback.
//
// With --mock FILE no command is needed: the file is an object of lists by the name of the state, with the results of its calls in
// order, {"return": VALUE} or {"throw": {"error": NAME, "cause": TEXT}}. The last one repeats.
//
// Distributed Maps read their items from files, and leave their results in files, below --objects DIR: a bucket is a directory in DIR,
// and the key of an object is its path in there.
//
// Tasks of http:invoke and apigateway:invoke that have neither a command nor a mock are done: the call is made. What they are
// authorised with is in --connections FILE, an object of connections by their name or ARN in the shape of EventBridge's
// CreateConnection: {"partner": {"AuthorizationType": "BASIC", "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "p"}}}};
// {"partner": {}} authorises nothing. Only public addresses are called, by https; --allow-private permits all others, and http.
//
// Tasks of states:startExecution start the machines that --with NAME=FILE gives, and wait for them as their pattern says; --task and --mock
// are for the Task states of these machines too.
//
// With --local, tasks of sqs, sns and events send to queues, topics and buses in this process, which are there when they are named; nobody
// reads them but the definition itself, so that a resource of them that ends in .waitForTaskToken still needs a command. With --evaluate
// NAME the Lambda function of a CDK EvaluateExpression is evaluated here. With --express the machine is of type EXPRESS.
//
// Any other task that has neither stops the run, without failing the execution, when it is called.
//
// # Test suites
//
//	gait test                     every suite in this directory and below
//	gait test order.asl.json      the suites beside a definition: order.test.yaml
//	gait test --run refund --watch --junit report.xml --coverage 80 flows
//
// A suite is a file of tests in YAML or JSON, described in docs/testing.md: input, mocks of tasks, and what is expected. test prints a
// line for each test, below it what went wrong with the walk through the states, and at the end what was covered of each definition.
// --schema prints the JSON Schema of suites. Files written to the directory $GAIT_COVERAGE_DIR are for gait coverage.
//
//	gait test order.asl.json --mock-config MockConfigFile.json --input '{"id": 7}' --case HappyPath
//
// With --mock-config it runs each test case of a mock configuration file of Step Functions Local, or those named by --case and --run,
// and prints a line for each: its status, its name, the virtual time it took, and the output or the error. A case passes when its
// execution ends as SUCCEEDED. Without --machine the state machine is the only one in the file, or the one that is called like the
// definition's file. A call of a state that the case does not list ends the case; nothing is done in its place.
//
// # Recorded histories
//
//	aws stepfunctions get-execution-history --execution-arn … > history.json
//	gait replay order.asl.json --history history.json
//
// replay runs the definition, as it is now, with the input, the times and the results that the history recorded, and says at which
// event it would have gone another way. It reads what AWS wrote, and what gait history --json did.
//
// # Coverage
//
//	GAIT_COVERAGE_DIR=$PWD/.coverage go test -count=1 ./...
//	gait coverage .coverage --html coverage.html --min 80
//
// coverage adds up what the tests of a Go program wrote, and prints a line for each state machine, then file:line of each state,
// transition, choice rule, catcher and retrier that no test reaches. --min applies to each machine.
//
// # Stores
//
// With --store an execution is kept in a file of SQLite. Run again with the same --name, it goes on where it was, after a crash too,
// or its result is shown when it has ended. A run only does the tasks of its own execution. Without --store the execution lives in a
// file that is removed afterwards. list, describe, history and graph may look into a store that is in use.
//
// Ctrl-C stops a run: commands at work may finish, and their results are kept. A second Ctrl-C ends them.
//
// # Exit codes
//
//	0    done
//	1    the state machine ran and failed; a test failed; a history differs; the coverage is too low; the expression failed; lint warned
//	2    wrong usage, or something that cannot be read or opened
//	3    invalid definition or expression
//	130  interrupted
//
// Results go to standard output, everything else to standard error. Colours are for terminals only, and not with NO_COLOR.
package main
