package states_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

const lambda = `"Resource":"arn:aws:lambda:us-east-1:123456789012:function:f"`

// TestHistories holds whole histories, one rule each. In them "4<3" is event 4, which points at event 3.
func TestHistories(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source  string
		machine       string
		input         string // "{}" when empty
		limits        states.Limits
		do            func(w *world)
		want, outcome string
	}{
		{
			name: "parameters that cannot be sent end the execution before the task is scheduled", source: "recorded: apigateway Headers",
			machine: `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::apigateway:invoke","End":true,
				"Parameters":{"ApiEndpoint":"e","Method":"GET","Headers.$":"$.h"},"Catch":[{"ErrorEquals":["States.ALL"],"Next":"T"}]}}}`,
			input: `{"h":{"a":"b"}}`,
			want: `1<0 ExecutionStarted
				2<0 TaskStateEntered T
				3<2 ExecutionFailed States.Runtime: An error occurred while executing the state 'T' (entered at the event id #2). The Parameters '{"ApiEndpoint":"e","Method":"GET","Headers":{"a":"b"}}' could not be used to start the Task: [The value of the field 'Headers' has an invalid format]`,
		},
		{
			name: "headers that http:invoke does not take end the execution before the task is scheduled", source: "integrations.md 2 and 4",
			machine: `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::http:invoke","End":true,
				"Parameters":{"ApiEndpoint":"https://e","Method":"GET","Headers.$":"$.h"},"Catch":[{"ErrorEquals":["States.ALL"],"Next":"T"}]}}}`,
			input: `{"h":{"X-amz-Date":"b","Accept":"c","HOST":"d"}}`,
			want: `1<0 ExecutionStarted
				2<0 TaskStateEntered T
				3<2 ExecutionFailed States.Runtime: An error occurred while executing the state 'T' (entered at the event id #2). The Parameters '{"ApiEndpoint":"https://e","Method":"GET","Headers":{"X-amz-Date":"b","Accept":"c","HOST":"d"}}' could not be used to start the Task: [The field 'Headers.X-amz-Date' is not supported by Step Functions, The field 'Headers.HOST' is not supported by Step Functions]`,
		},
		{
			name: "a region in the resource is that of the task", source: "API reference, TaskScheduledEventDetails",
			machine: `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:eu-west-1::aws-sdk:s3:listBuckets","End":true}}}`,
			do: func(w *world) {
				if got := w.commits[0].Records[2].Task.Region; got != "eu-west-1" {
					w.t.Errorf("region %q, want eu-west-1", got)
				}
			},
			want: `1<0 ExecutionStarted
				2<0 TaskStateEntered T
				3<2 TaskScheduled`,
		},
		{
			name: "a Fail state in one branch aborts what the others wait for", source: "history.md 4, Parallel",
			machine: `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
				{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E","Cause":"C"}}},
				{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9,"End":true}}}]}}}`,
			want: `1<0 ExecutionStarted
				2<0 ParallelStateEntered P
				3<2 ParallelStateStarted
				4<3 FailStateEntered F
				5<4 ParallelStateFailed
				6<5 ExecutionFailed E: C`,
		},
		{
			name:   "a failing task in a branch is aborted itself, then its siblings, and a request of the same commit is never sent",
			source: "history.md 4, Parallel, failing Task",
			machine: `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
				{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"gait:a","Next":"B"},"B":{"Type":"Task","Resource":"gait:b","End":true}}},
				{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","End":true}}},
				{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9,"End":true}}}]}}}`,
			do: func(w *world) {
				w.step(states.Batch{
					states.TaskFailed{Ref: w.task("T"), Failure: states.Failure{Name: states.Some("E")}, Stage: states.StartFailed},
					states.TaskSucceeded{Ref: w.task("A")},
				})
				c := w.commits[len(w.commits)-1]
				if len(c.Tasks) != 0 || len(c.Cancel) != 1 || c.Cancel[0].Frame != 1 {
					w.t.Errorf("tasks %v, cancel %v", c.Tasks, c.Cancel)
				}
			},
			want: `1<0 ExecutionStarted
				2<0 ParallelStateEntered P
				3<2 ParallelStateStarted
				4<3 TaskStateEntered A
				5<4 TaskScheduled
				6<3 TaskStateEntered T
				7<6 TaskScheduled
				8<3 WaitStateEntered W
				9<7 TaskStartFailed E
				10<9 TaskStateAborted
				11<9 TaskStateAborted
				12<9 WaitStateAborted
				13<9 ParallelStateFailed
				14<13 ExecutionFailed E`,
		},
		{
			name: "timeouts that fall together are recorded before the first of them fails the Map", source: "history.md 4, Map inline, concurrent",
			machine: `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"T","States":
				{"T":{"Type":"Task","TimeoutSeconds":2,"End":true,` + lambda + `}}}}}}`,
			input: `[1,2]`,
			do:    func(w *world) { w.pass(2 * time.Second) },
			want: `1<0 ExecutionStarted
				2<0 MapStateEntered M
				3<2 MapStateStarted 2
				4<3 MapIterationStarted 0
				5<3 MapIterationStarted 1
				6<4 TaskStateEntered T
				7<6 LambdaFunctionScheduled arn:aws:lambda:us-east-1:123456789012:function:f 1
				8<5 TaskStateEntered T
				9<8 LambdaFunctionScheduled arn:aws:lambda:us-east-1:123456789012:function:f 2
				10<7 LambdaFunctionStarted
				11<10 LambdaFunctionTimedOut States.Timeout
				12<9 LambdaFunctionStarted
				13<12 LambdaFunctionTimedOut States.Timeout
				14<11 MapIterationFailed 0
				15<11 TaskStateAborted
				16<11 MapIterationAborted 1
				17<11 TaskStateAborted
				18<11 MapStateFailed
				19<18 ExecutionFailed States.Timeout`,
		},
		{
			name: "iterations start in order, a waiting one when a slot is free", source: "history.md 3, MapIterationStarted that had to wait",
			machine: `{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":2,"End":true,"ItemProcessor":{"StartAt":"T","States":
				{"T":{"Type":"Task","Resource":"gait:t","End":true}}}}}}`,
			input: `["a","b","c"]`,
			do: func(w *world) {
				w.step(states.TaskSucceeded{Ref: states.Ref{Exec: 7, Frame: 2, Gen: w.x.Frames[2].Gen}, Output: value.FromInt(2)})
				w.step(states.TaskSucceeded{Ref: states.Ref{Exec: 7, Frame: 1, Gen: w.x.Frames[1].Gen}, Output: value.FromInt(1)})
				w.succeed("T", "3")
			},
			want: `1<0 ExecutionStarted
				2<0 MapStateEntered M
				3<2 MapStateStarted 3
				4<3 MapIterationStarted 0
				5<3 MapIterationStarted 1
				6<4 TaskStateEntered T
				7<6 TaskScheduled
				8<5 TaskStateEntered T
				9<8 TaskScheduled
				10<9 TaskStarted
				11<10 TaskSucceeded 2
				12<11 TaskStateExited T 2
				13<12 MapIterationSucceeded 1
				14<12 MapIterationStarted 2
				15<14 TaskStateEntered T
				16<15 TaskScheduled
				17<7 TaskStarted
				18<17 TaskSucceeded 1
				19<18 TaskStateExited T 1
				20<19 MapIterationSucceeded 0
				21<16 TaskStarted
				22<21 TaskSucceeded 3
				23<22 TaskStateExited T 3
				24<23 MapIterationSucceeded 2
				25<24 MapStateSucceeded
				26<24 MapStateExited M [1,2,3]
				27<26 ExecutionSucceeded [1,2,3]`,
		},
		{
			name: "an empty Map", source: "history.md 4, Map, empty items",
			machine: `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Pass","End":true}}}}}}`,
			input:   `[]`,
			want: `1<0 ExecutionStarted
				2<0 MapStateEntered M
				3<2 MapStateStarted 0
				4<3 MapStateSucceeded
				5<3 MapStateExited M []
				6<5 ExecutionSucceeded []`,
		},
		{
			name:   "an ItemSelector that fails aborts the iterations under way",
			source: "states.md 12.1, the other iterations are aborted; history.md 3, what follows points at EvaluationFailed",
			machine: `{"QueryLanguage":"JSONata","StartAt":"M","States":{"D":{"Type":"Succeed"},"M":{"Type":"Map","Items":[1,2,"x"],"MaxConcurrency":2,
				"ItemSelector":"{% $states.context.Map.Item.Value + 1 %}","Catch":[{"ErrorEquals":["States.QueryEvaluationError"],"Output":0,"Next":"D"}],
				"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","End":true}}},"End":true}}}`,
			do: func(w *world) { w.succeed("T", "1") },
			want: `1<0 ExecutionStarted
				2<0 MapStateEntered M
				3<2 MapStateStarted 3
				4<3 MapIterationStarted 0
				5<3 MapIterationStarted 1
				6<4 TaskStateEntered T
				7<6 TaskScheduled
				8<5 TaskStateEntered T
				9<8 TaskScheduled
				10<7 TaskStarted
				11<10 TaskSucceeded 1
				12<11 TaskStateExited T 1
				13<12 MapIterationSucceeded 0
				14<0 EvaluationFailed M States.QueryEvaluationError: An error occurred while executing the state 'M' (entered at the event id #2). The JSONata expression '$states.context.Map.Item.Value + 1' specified for the field 'ItemSelector' threw an error during evaluation. T2001: The left side of the "+" operator must evaluate to a number at ItemSelector
				15<14 MapIterationAborted 1
				16<14 TaskStateAborted
				17<14 MapStateFailed
				18<17 MapStateExited M 0
				19<18 SucceedStateEntered D
				20<19 SucceedStateExited D 0
				21<20 ExecutionSucceeded 0`,
		},
		{
			name: "a Map is retried from its first item, and starts from the failing event", source: "history.md 4, Map with a Fail state, Retry",
			machine: `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}],
				"ItemProcessor":{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E"}}}}}}`,
			input: `[1]`,
			do:    func(w *world) { w.pass(time.Second) },
			want: `1<0 ExecutionStarted
				2<0 MapStateEntered M
				3<2 MapStateStarted 1
				4<3 MapIterationStarted 0
				5<4 FailStateEntered F
				6<5 MapIterationFailed 0
				7<5 MapStateStarted 1
				8<7 MapIterationStarted 0
				9<8 FailStateEntered F
				10<9 MapIterationFailed 0
				11<9 MapStateFailed
				12<11 ExecutionFailed E`,
		},
		{
			name: "States.Runtime in a branch ends the execution at once", source: "history.md 4, States.Runtime inside a branch",
			machine: `{"StartAt":"P","States":{"D":{"Type":"Succeed"},"P":{"Type":"Parallel","Next":"D","Catch":[{"ErrorEquals":["States.ALL"],"Next":"D"}],"Branches":[
				{"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"$.no","End":true}}}]}}}`,
			want: `1<0 ExecutionStarted
				2<0 ParallelStateEntered P
				3<2 ParallelStateStarted
				4<3 PassStateEntered A
				5<4 ExecutionFailed States.Runtime: An error occurred while executing the state 'A' (entered at the event id #4). Invalid path '$.no' : No results for path: $['no']`,
		},
		{
			name: "the last event of a full history is the failure", source: "history.md 6; limits.md, history",
			machine: `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","End":true}}}`,
			limits:  states.Limits{Events: 5},
			want: `1<0 ExecutionStarted
				2<0 PassStateEntered A
				3<2 PassStateExited A {}
				4<3 PassStateEntered B
				5<4 ExecutionFailed States.Runtime: The execution reached the maximum number of history events (5).`,
		},
		{
			name: "an execution that ends with the last event has not failed", source: "history.md 6",
			machine: `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`,
			limits:  states.Limits{Events: 4},
			want: `1<0 ExecutionStarted
				2<0 PassStateEntered A
				3<2 PassStateExited A {}
				4<3 ExecutionSucceeded {}`,
		},
		{
			name: "a success whose exit found no room is the failure of a full history", source: "history.md 6",
			machine: `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`,
			limits:  states.Limits{Events: 3},
			want: `1<0 ExecutionStarted
				2<0 PassStateEntered A
				3<2 ExecutionFailed States.Runtime: The execution reached the maximum number of history events (3).`,
		},
		{
			name: "so is a failure", source: "history.md 6",
			machine: `{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"E"}}}`,
			limits:  states.Limits{Events: 2},
			want: `1<0 ExecutionStarted
				2<1 ExecutionFailed States.Runtime: The execution reached the maximum number of history events (2).`,
		},
		{
			name: "events of iterations count, and no task is sent that the history has no room for", source: "history.md 6",
			machine: `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","End":true}}}}}}`,
			input:   `[1,2]`,
			limits:  states.Limits{Events: 9},
			want: `1<0 ExecutionStarted
				2<0 MapStateEntered M
				3<2 MapStateStarted 2
				4<3 MapIterationStarted 0
				5<3 MapIterationStarted 1
				6<4 TaskStateEntered T
				7<6 TaskScheduled
				8<5 TaskStateEntered T
				9<8 ExecutionFailed States.Runtime: The execution reached the maximum number of history events (9).`,
		},
		{
			name: "the machine's time runs out at its second, however late the tick", source: "history.md 4, Timed out",
			machine: `{"TimeoutSeconds":3,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":99,"End":true}}}`,
			do: func(w *world) {
				w.pass(10 * time.Second)
				if got := w.x.Outcome.Stopped - w.x.Started; got != 3000 || w.records[2].At != w.x.Outcome.Stopped {
					w.t.Errorf("stopped after %d ms", got)
				}
			},
			want: `1<0 ExecutionStarted
				2<0 WaitStateEntered W
				3<0 ExecutionTimedOut States.Timeout`,
		},
		{
			name: "an abort tells nothing of what was running", source: "history.md 4, Abort",
			machine: `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":99,"End":true}}}`,
			do:      func(w *world) { w.step(states.Abort{Error: states.Some("E"), Cause: states.Some("C")}) },
			want: `1<0 ExecutionStarted
				2<0 WaitStateEntered W
				3<0 ExecutionAborted E: C`,
		},
		{
			name: "iterations read the variables around them and not each other's", source: "states.md 5, scope",
			machine: `{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"o":1},"Next":"M"},"M":{"Type":"Map","ItemsPath":"$.a","MaxConcurrency":1,"End":true,
				"ItemProcessor":{"StartAt":"I","States":{
					"I":{"Type":"Choice","Choices":[{"Variable":"$mine","IsPresent":true,"Next":"F"}],"Default":"S"},"F":{"Type":"Fail"},
					"S":{"Type":"Pass","Parameters":{"o.$":"$o"},"Assign":{"mine.$":"$$.Map.Item.Value"},"Next":"R"},
					"R":{"Type":"Pass","Parameters":{"m.$":"$mine","o.$":"$o"},"End":true}}}}}}`,
			input: `{"a":["x","y"]}`, outcome: `[{"m":"x","o":1},{"m":"y","o":1}]`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, crash := range []bool{false, true} {
				w := newWorld(t, tt.machine)
				w.crash, w.env.Limits = crash, tt.limits
				if tt.input == "" {
					tt.input = "{}"
				}
				w.start(tt.input)
				if tt.do != nil {
					tt.do(w)
				}
				if tt.want != "" {
					w.want(tt.want)
				}
				if tt.outcome != "" && (w.x.Outcome == nil || w.x.Outcome.Output.JSON() != tt.outcome) {
					t.Errorf("got %+v, want %s (%s)", w.x.Outcome, tt.outcome, tt.source)
				}
			}
		})
	}
}

func TestFullHistoryIsEvent25000(t *testing.T) {
	t.Parallel()
	m := newWorld(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$","IsPresent":false,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}`)
	x, in := &states.Execution{ID: 1}, states.Input(states.Start{})
	for {
		c, err := states.Step(m.m, x, &m.env, in)
		if err != nil {
			t.Fatal(err)
		}
		if !c.More {
			last := c.Records[len(c.Records)-1]
			if x.Events != 25_000 || last.Type != states.ExecutionFailed || last.Prev != 24_999 || x.Outcome.Failure.Name.S != "States.Runtime" {
				t.Errorf("event %d is %s, after %d", x.Events, last.Type, last.Prev)
			}
			return
		}
		in = states.Continue{}
	}
}

func TestPayloadLimits(t *testing.T) {
	t.Parallel()
	big := `"` + strings.Repeat("x", 300_000) + `"`
	exact := `"` + strings.Repeat("x", 262_142) + `"`
	const cause = "' returned a result with a size exceeding the maximum number of bytes service limit."
	tests := []struct {
		name, source, machine, result, want string
	}{
		{"a Task's result", "limits.md, state result too large: the ARN names it",
			`{"StartAt":"T","States":{"T":{"Type":"Task","End":true,` + lambda + `}}}`, big, "arn:aws:lambda:us-east-1:123456789012:function:f"},
		{"a result as large as allowed", "limits.md, 262,144 bytes", `{"StartAt":"T","States":{"T":{"Type":"Task","End":true,` + lambda + `}}}`, exact, ""},
		{"the output of a state", "limits.md, name is the state's",
			`{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","Next":"P"},"P":{"Type":"Pass","Parameters":{"a.$":"$","b.$":"$"},"End":true}}}`, exact, "P"},
		{"the input of branches", "limits.md, input of a state",
			`{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","Next":"P"},"P":{"Type":"Parallel","Parameters":{"a.$":"$","b.$":"$"},"End":true,
			"Branches":[{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}]}}}`, exact, "P"},
		{"the input of an iteration", "limits.md, input of a state",
			`{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","ResultSelector":{"i":[1]},"ResultPath":"$.i","Next":"M"},"M":{"Type":"Map","ItemsPath":"$.i.i","ItemSelector":{"a.$":"$.s","b.$":"$.s"},"End":true,
			"ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass","Result":0,"End":true}}}}}}`, `1`, "M"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.machine)
			w.start(`{"s":"`+strings.Repeat("y", 200_000)+`"}`).succeed("T", tt.result)
			got := w.x.Outcome
			if tt.want == "" {
				if got.Status != states.Succeeded {
					t.Errorf("got %s %s", got.Status, got.Failure.Cause.S)
				}
			} else if got.Failure.Name.S != "States.DataLimitExceeded" || got.Failure.Cause.S != "The state/task '"+tt.want+cause {
				t.Errorf("got %s: %.100s, want the cause to name %s (%s)", got.Failure.Name.S, got.Failure.Cause.S, tt.want, tt.source)
			}
		})
	}
}

func TestVariableLimits(t *testing.T) {
	t.Parallel()
	const machine = `{"QueryLanguage":"JSONata","StartAt":"A","States":{
		"A":{"Type":"Pass","Assign":{"a":"{% $states.input %}"},"Next":"B"},"B":{"Type":"Pass","Assign":{"b":"{% $states.input %}"},"End":true}}}`
	for _, tt := range []struct {
		limits states.Limits
		want   states.Status
	}{
		{states.Limits{}, states.Succeeded},
		{states.Limits{Variable: -1, Variables: -1, Payload: -1}, states.Succeeded},
		{states.Limits{Variable: 100}, states.Failed},
		{states.Limits{Variables: 150}, states.Failed},
	} {
		w := newWorld(t, machine)
		w.env.Limits = tt.limits
		if w.start(`"` + strings.Repeat("x", 95) + `"`); w.x.Outcome.Status != tt.want {
			t.Errorf("%+v: %+v", tt.limits, w.x.Outcome)
		}
	}
}

// Source: states.md 13.1 and 13.2.
func TestRetriersAndCatchers(t *testing.T) {
	t.Parallel()
	const machine = `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","TimeoutSeconds":50,"HeartbeatSeconds":20,"Parameters":{"n.$":"$$.State.RetryCount"},"Next":"T2",
		"Retry":[{"ErrorEquals":["A"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":3,"MaxDelaySeconds":7},{"ErrorEquals":["B","A"],"MaxAttempts":1},{"ErrorEquals":["Never"],"MaxAttempts":0}],
		"Catch":[{"ErrorEquals":["States.HeartbeatTimeout"],"Next":"Beat"},{"ErrorEquals":["States.Timeout"],"Next":"Time"},{"ErrorEquals":["States.TaskFailed"],"Next":"Task"},{"ErrorEquals":["States.ALL"],"Next":"All"}]},
		"T2":{"Type":"Task","Resource":"gait:t2","Next":"T"},
		"Beat":{"Type":"Succeed"},"Time":{"Type":"Succeed"},"Task":{"Type":"Succeed"},"All":{"Type":"Succeed"}}}`
	tests := []struct{ name, does, want string }{
		{"each retrier counts for itself", "A B A A", "2 1 6 7"},
		{"the first that matches decides, and counts no further than its own", "A A A A", "2 6 7 Task"},
		{"none left", "B B", "1 Task"},
		{"no attempts", "Never", "Task"},
		{"leaving the state starts again", "A A ok A B A", "2 6 2 1 6"},
		{"a timeout", "timeout", "Time"},
		{"a heartbeat", "heartbeat", "Beat"},
		{"a worker's timeout", "States.Timeout", "Time"},
		{"data limits are no failures of tasks", "States.DataLimitExceeded", "All"},
		{"runtime errors are caught by nobody", "States.Runtime", "FAILED"},
		{"any other", "X", "Task"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, machine)
			w.crash = true
			w.start("{}")
			var got []string
			attempts := 0
			for _, does := range strings.Fields(tt.does) {
				if r := states.Pending(w.m, w.x, &w.env)[0]; r.Attempt != attempts || r.Input.JSON() != `{"n":`+string(rune('0'+attempts))+`}` {
					t.Errorf("attempt %d with %s, want %d", r.Attempt, r.Input.JSON(), attempts)
				}
				switch does {
				case "ok":
					w.succeed("T", "1").succeed("T2", "{}")
					attempts = 0
					continue
				case "timeout":
					for range 3 {
						w.env.Now = w.env.Now.Add(15 * time.Second)
						w.step(states.Heartbeat{Ref: w.task("T")})
					}
					w.pass(5 * time.Second)
				case "heartbeat":
					w.pass(20 * time.Second)
				default:
					w.fail("T", does)
				}
				if w.x.Status == states.Running {
					f := w.x.Frames[0]
					delay := f.Due - states.MillisOf(w.env.Now)
					got = append(got, (time.Duration(delay) * time.Millisecond).String())
					w.env.Now = f.Due.Time().Add(-time.Millisecond)
					if w.step(states.Tick{}); w.x.Frames[0].Phase != states.AwaitRetry {
						t.Error("retried too early")
					}
					w.pass(time.Millisecond)
					attempts++
					continue
				}
				last := w.x.Outcome.Status.String()
				for _, r := range w.records {
					if r.Type == states.SucceedStateEntered {
						last = r.Name
					}
				}
				got = append(got, last)
			}
			if s := strings.ReplaceAll(strings.Join(got, " "), "s ", " "); strings.TrimSuffix(s, "s") != strings.TrimSuffix(tt.want, "s") {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

// Source: states.md 13.1: with FULL the delay is drawn evenly from 0 to the capped delay.
func TestJitterComesFromTheSeed(t *testing.T) {
	t.Parallel()
	delay := func(seed byte) states.Millis {
		w := newWorld(t, `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","End":true,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":100,"MaxDelaySeconds":101,"JitterStrategy":"FULL"}]}}}`)
		w.start("{}")
		w.env.Seed[3] = seed
		w.fail("T", "E")
		return w.x.Frames[0].Due - w.x.Last
	}
	var sum states.Millis
	seen := map[states.Millis]bool{}
	for seed := range byte(200) {
		d := delay(seed)
		if d != delay(seed) || d < 0 || d > 100_000 {
			t.Fatalf("seed %d: %d ms, then %d ms", seed, d, delay(seed))
		}
		sum += d
		seen[d] = true
	}
	if mean := sum / 200; len(seen) < 190 || mean < 40_000 || mean > 60_000 {
		t.Errorf("%d different delays, %d ms on average", len(seen), mean)
	}
}

func TestStartedEventsDoNotTurnBackTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"gait:t","End":true}}},{"StartAt":"B","States":{"B":{"Type":"Task","Resource":"gait:t","End":true}}}]}}}`)
	w.start("{}")
	w.env.Now = w.env.Now.Add(10 * time.Second)
	now := states.MillisOf(w.env.Now)
	w.step(states.Batch{ // checked by world: B began before A's events
		states.TaskSucceeded{Ref: w.task("A"), StartedAt: now - 5000},
		states.TaskSucceeded{Ref: w.task("B"), StartedAt: now - 9000},
	})
	if at := w.records[7].At; w.x.Status != states.Succeeded || at != now-5000 {
		t.Errorf("%v, event 8 at %d before now", w.x.Status, now-at)
	}
}

// Source: history.md 4, Timed out: an execution ends with its time, whatever it is doing.
func TestLoopsThatNeverWaitTimeOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"TimeoutSeconds":5,"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Next":"B"}],"Default":"A"},"B":{"Type":"Succeed"}}}`)
	w.env.Limits = states.Limits{Events: -1}
	in := states.Input(states.Start{Input: doc(t, "{}")})
	for n := 0; w.x.Status == states.Running; n++ {
		if n > 10 {
			t.Fatal("still running")
		}
		if c, err := w.once(in); err != nil || c.More != (n < 5) {
			t.Fatalf("after %d seconds: more %t, %v", n, c.More, err)
		}
		w.env.Now, in = w.env.Now.Add(time.Second), states.Continue{}
	}
	if w.x.Status != states.TimedOut || w.x.Outcome.Stopped-w.x.Started != 5000 {
		t.Errorf("got %+v", w.x.Outcome)
	}
}

func TestLimitsOfNoSenseDoNotHang(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}}}}`)
	w.env.Limits = states.Limits{Payload: -1, Events: -1, Transitions: -1, Variable: -1, Variables: -1, Concurrency: -1}
	if w.start(`[1,2,3]`); w.x.Status != states.Succeeded {
		t.Errorf("got %+v", w.x.Outcome)
	}
}

func TestAtMost40IterationsRunAtOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		field string
		want  int
	}{{"", 40}, {`"MaxConcurrency":0,`, 40}, {`"MaxConcurrency":7,`, 7}, {`"MaxConcurrency":50,`, 40}, {`"MaxConcurrency":99999999999,`, 40}} {
		w := newWorld(t, `{"StartAt":"M","States":{"M":{"Type":"Map",`+tt.field+`"End":true,"ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:t","End":true}}}}}}`)
		w.start("[" + strings.Repeat("0,", 59) + "0]")
		if got := len(states.Pending(w.m, w.x, &w.env)); got != tt.want {
			t.Errorf("%s: %d at once, want %d", tt.field, got, tt.want)
		}
		for n := 0; w.x.Status == states.Running; n++ {
			if got := len(states.Pending(w.m, w.x, &w.env)); got != min(tt.want, 60-n) {
				t.Fatalf("%s: %d at once after %d", tt.field, got, n)
			}
			w.succeed("T", "1")
		}
	}
}

func TestUnknownStagesCountAsFailuresOfTheWork(t *testing.T) {
	t.Parallel()
	for _, resource := range []string{lambda, `"Resource":"gait:t"`, `"Resource":"arn:aws:states:us-east-1:123456789012:activity:a"`} {
		w := newWorld(t, `{"StartAt":"T","States":{"T":{"Type":"Task","End":true,`+resource+`}}}`)
		w.start("{}").step(states.TaskFailed{Ref: w.task("T"), Stage: 200})
		if w.x.Status != states.Failed || !strings.HasSuffix(w.records[4].Type.String(), "Failed") {
			t.Errorf("%s:\n%s", resource, lines(w.records, 1))
		}
	}
}

// A transition allocates its documents and little else.
func TestTransitionsAllocateLittle(t *testing.T) {
	w := newWorld(t, passChoice)
	for _, discard := range []bool{false, true} {
		env := w.env
		env.Discard, env.Limits = discard, states.Limits{Events: -1, Transitions: 30}
		x := &states.Execution{ID: 1}
		if _, err := states.Step(w.m, x, &env, states.Start{Input: doc(t, `{"n":5,"s":"text"}`)}); err != nil {
			t.Fatal(err)
		}
		perStep := testing.AllocsPerRun(100, func() {
			if _, err := states.Step(w.m, x, &env, states.Continue{}); err != nil {
				t.Fatal(err)
			}
		})
		if got := perStep / 30; got > 15 {
			t.Errorf("%.1f allocations a transition, want at most 15", got)
		} else {
			t.Logf("%.1f allocations a transition", got)
		}
	}
}
