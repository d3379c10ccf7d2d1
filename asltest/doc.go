// Package asltest is for unit tests of state machines: it runs them on a virtual clock, with the tasks mocked by the test. There is
// no server, no store, no goroutine and no waiting; a Wait of a year takes microseconds.
//
//	func TestBusyCardIsRetried(t *testing.T) {
//		m := asltest.Load(t, "order.asl.json", asltest.Substitutions{"Stage": "test"})
//		x := m.Run(`{"id": 7, "total": 30}`,
//			asltest.OnFunction("charge-test", // a Lambda function: replies are payloads
//				asltest.Fail("Card.Busy", "try again"),
//				asltest.Return(`{"id": "r1"}`)),
//			asltest.On("Ship", asltest.Token(func(token string) asltest.Answer { // a .waitForTaskToken task
//				return asltest.Answer{Output: `12`, After: 20 * time.Hour}
//			})),
//		)
//		x.Succeeded().
//			Path("Check", "Charge", "Ship").
//			Retried("Charge", 1).
//			Waited(20*time.Hour + 2*time.Second).
//			Output(`{"id": 7, "total": 30, "receipt": {"id": "r1"}, "parcel": 12}`)
//	}
//
// An assertion that does not hold prints the difference and the walk, a table of the history. A task that no mock answers fails
// the test with its input and the line to add. [Define] takes the definition as text, [LoadFS] from an embed.FS; YAML works too.
// In a table test each subtest takes a handle of its own:
//
//	for _, tt := range tests {
//		t.Run(tt.name, func(t *testing.T) {
//			t.Parallel()
//			m.For(t).Run(tt.input, tt.mocks...).Output(tt.output)
//		})
//	}
//
// # Mocks
//
// [On] answers a state, [OnFunction] a Lambda function, [OnResource] a resource, [Otherwise] the rest; states go before resources.
// Each takes a sequence of replies, one for each call; the last one repeats. A [Reply] is one of
//
//   - [Return], [JSON], [Payload]: a result;
//   - [Fail], [FunctionError], [ServiceError], [HTTPError], [JobFailed], [SubmitFailed]: an error, worded as AWS words it;
//   - [Func], a typed function; [Handle], a handler of the program; [Do], a function of the [Call];
//   - [Token], which is given the task token and says how and when it is used;
//   - [Never]: no answer, so that a timeout or a missing heartbeat ends the call;
//   - [After] and [Heartbeats] around another reply: it comes later, or with heartbeats until then.
//
// [Fault], [FaultAttempt] and [Faults] go before the mocks and break calls on purpose: the n-th, the first attempts, or some drawn
// by a seed. A stop from outside is [Options].Stop.
//
// [Machine.Sweep] is systematic: it breaks each call of the execution in each way that the definition speaks of, one after the other,
// and wants every execution to end as the test allows.
//
// # One state
//
// [TestState] is the operation of AWS of that name: it gives one state an input and a mocked result or failure, and tells the
// output, the next state, the retrier or catcher that matched and each document on the way. Mocked results are compared with the
// APIs of the services in the table of this package: Step Functions whole, and the usual calls of Lambda, DynamoDB, S3, SQS, SNS,
// EventBridge, KMS and Secrets Manager; those of other services pass.
//
// # Recordings
//
// [Machine.Replay] takes what this wrote, answers the tasks from it, and fails at the first event that the definition, as it is
// now, would write otherwise:
//
//	aws stepfunctions get-execution-history --execution-arn … > testdata/order-4711.json
//
// # Mock configuration files
//
// A MockConfigFile.json of Step Functions Local works as it is:
//
//	config := asltest.MockConfig(t, "MockConfigFile.json")
//	m.RunCase(config, "HappyPath", `{"id": 7, "total": 30}`).Succeeded()
//
// # Coverage
//
// Each handle counts the states, transitions, choice rules, catchers and retriers that its executions reach. With
//
//	func TestMain(m *testing.M) { os.Exit(asltest.Main(m)) }
//
// go test prints a line for each machine of the package and under it what no test reaches, with file and line; GAIT_COVERAGE_MIN=80
// fails the run below 80 percent. Over several packages, with or without such a TestMain:
//
//	GAIT_COVERAGE_DIR=$PWD/.coverage go test -count=1 ./...
//
// writes a file for each handle, which [ReadCoverage] merges. A [Coverage] prints itself as text, LCOV and HTML.
//
// # Beside this package
//
// Package asltest/suite runs tests that are written as YAML or JSON beside the definition, `gait test` does so without Go, and package
// asltest/property tests with inputs that are drawn. docs/testing.md of this module is the guide to all of it.
//
// # Without package testing
//
// [Run] is the host below all this: it steps an execution, asks a [Resolver] what each call gets, and moves the clock to the next
// moment at which something is due. The same machine, input, options and answers give the same history, byte for byte, ids and
// tokens included. What is due at one instant happens in this order: starts of tasks, answers of services to .sync and callback
// requests, heartbeats, results, each in the order in which the tasks were scheduled; then timers of the execution; then [Stop].
// Whatever a step schedules for the same instant takes its place in that order before the clock moves.
//
// The package does not call services and keeps nothing; package engine does.
package asltest
