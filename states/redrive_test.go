package states_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/states"
)

// redrive redrives the execution and fails the test when that is refused.
func (w *world) redrive() *world {
	w.t.Helper()
	if !w.step(states.Redrive{}) {
		w.t.Fatalf("not redriven: %s", w.x.NotRedrivable(states.MillisOf(w.env.Now), w.env.Limits))
	}
	return w
}

// waiting returns the states of the tasks that are out, sorted.
func (w *world) waiting() string {
	var names []string
	for _, r := range states.Pending(w.m, w.x, &w.env) {
		names = append(names, r.State)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestRedriveRunsTheFailedTaskAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"A","TimeoutSeconds":60,"States":{
		"A":{"Type":"Pass","Result":{"n":1},"Assign":{"v":7},"Next":"T"},
		"T":{"Type":"Task","Resource":"gait:x","TimeoutSeconds":9,"Parameters":{"n.$":"$.n","v.$":"$v"},
			"Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}],"End":true}}}`)
	w.crash = true
	w.start(`{}`).fail("T", "E").pass(time.Second).fail("T", "E")
	w.env.Now = w.env.Now.Add(time.Hour)
	w.redrive()
	requests := states.Pending(w.m, w.x, &w.env)
	if len(requests) != 1 || requests[0].Input.JSON() != `{"n":1,"v":7}` || requests[0].Attempt != 0 || requests[0].TimeoutSeconds != 9 {
		t.Fatalf("requests %+v", requests)
	}
	now := states.MillisOf(w.env.Now)
	if w.x.Deadline != now+60_000 || w.x.Frames[0].Due != now+9_000 || w.x.LastRedrive() != now || w.x.Redrives != 1 {
		t.Errorf("deadline %d, due %d, redriven %d at %d", w.x.Deadline-now, w.x.Frames[0].Due-now, w.x.Redrives, w.x.LastRedrive())
	}
	w.fail("T", "E").pass(time.Second).succeed("T", `"done"`) // the retrier counts from 0
	w.want(`1<0 ExecutionStarted
		2<0 PassStateEntered A
		3<2 PassStateExited A {"n":1} assigns {"v":7}
		4<3 TaskStateEntered T
		5<4 TaskScheduled
		6<5 TaskStarted
		7<6 TaskFailed E
		8<7 TaskScheduled
		9<8 TaskStarted
		10<9 TaskFailed E
		11<10 ExecutionFailed E
		12<11 ExecutionRedriven
		13<12 TaskScheduled
		14<13 TaskStarted
		15<14 TaskFailed E
		16<15 TaskScheduled
		17<16 TaskStarted
		18<17 TaskSucceeded "done"
		19<18 TaskStateExited T "done"
		20<19 ExecutionSucceeded "done"`)
	if r := w.records[11]; r.N != 1 {
		t.Errorf("redriveCount %d, want 1", r.N)
	}
}

func TestRedriveRunsOnlyFailedBranches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
		{"StartAt":"Good","States":{"Good":{"Type":"Task","Resource":"gait:x","End":true}}},
		{"StartAt":"Bad","States":{"Bad":{"Type":"Task","Resource":"gait:x","End":true}}},
		{"StartAt":"Before","States":{"Before":{"Type":"Pass","Result":1,"Next":"Slow"},"Slow":{"Type":"Task","Resource":"gait:x","End":true}}},
		{"StartAt":"Q","States":{"Q":{"Type":"Parallel","Branches":[
			{"StartAt":"Inner","States":{"Inner":{"Type":"Task","Resource":"gait:x","End":true}}},
			{"StartAt":"Deep","States":{"Deep":{"Type":"Task","Resource":"gait:x","End":true}}}],"End":true}}}],"End":true}}}`)
	w.crash = true
	w.start(`{}`).succeed("Good", `"g"`).succeed("Inner", `"i"`).fail("Bad", "E")
	if w.x.Status != states.Failed {
		t.Fatalf("got %v", w.x.Status)
	}
	before := len(w.records)
	w.redrive()
	if got := w.waiting(); got != "Bad Deep Slow" {
		t.Fatalf("after the redrive %q run, want only what did not succeed", got)
	}
	w.fail("Deep", "F").redrive() // and again
	if got := w.waiting(); got != "Bad Deep Slow" {
		t.Fatalf("after the second redrive %q run", got)
	}
	w.succeed("Slow", `"s"`).succeed("Bad", `"b"`).succeed("Deep", `"d"`)
	if w.x.Status != states.Succeeded || w.x.Outcome.Output.JSON() != `["g","b","s",["i","d"]]` {
		t.Errorf("got %v %s", w.x.Status, w.x.Outcome.Output.JSON())
	}
	for _, r := range w.records[before:] {
		if strings.HasSuffix(r.Type.String(), "Entered") || r.Type == states.ParallelStateStarted {
			t.Errorf("%v is in the history of the redrive", r.Type)
		}
	}
}

func TestRedriveRunsOnlyFailedIterations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":2,"ItemProcessor":
		{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:x","End":true}}},"End":true}}}`)
	w.crash = true
	w.start(`[0,1,2,3]`)
	answer := func(item, output string) {
		t.Helper()
		for _, r := range states.Pending(w.m, w.x, &w.env) {
			if r.Input.JSON() != item {
				continue
			}
			if output == "" {
				w.step(states.TaskFailed{Ref: r.Ref, Failure: states.Failure{Name: states.Some("E")}})
			} else {
				w.step(states.TaskSucceeded{Ref: r.Ref, Output: doc(t, output)})
			}
			return
		}
		t.Fatalf("item %s is not waited for", item)
	}
	answer("0", `"zero"`) // 1 and 2 are out, 3 never began
	answer("1", "")
	before := len(w.records)
	w.redrive()
	if got := w.waiting(); got != "T T" {
		t.Fatalf("%q run, want two iterations at once", got)
	}
	answer("2", `"two"`)
	answer("3", `"three"`)
	answer("1", `"one"`)
	if w.x.Status != states.Succeeded || w.x.Outcome.Output.JSON() != `["zero","one","two","three"]` {
		t.Errorf("got %v %s", w.x.Status, w.x.Outcome.Output.JSON())
	}
	var started []string
	for _, r := range w.records[before:] {
		switch r.Type {
		case states.MapIterationStarted, states.MapIterationSucceeded:
			started = append(started, fmt.Sprintf("%v%d", r.Type, r.N))
		case states.MapStateStarted, states.MapStateEntered:
			t.Errorf("%v is in the history of the redrive", r.Type)
		}
	}
	if got := strings.Join(started, " "); got != "MapIterationSucceeded2 MapIterationStarted3 MapIterationSucceeded3 MapIterationSucceeded1" {
		t.Errorf("iterations: %s", got)
	}
}

func TestRedriveRunsAllBranchesAfterTooMuchData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
		{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"gait:x","End":true}}},
		{"StartAt":"B","States":{"B":{"Type":"Task","Resource":"gait:x","End":true}}}],"End":true}}}`)
	w.env.Limits.Payload = 20
	w.start(`{}`).succeed("A", `"0123456789"`).succeed("B", `"0123456789"`)
	if w.x.Outcome == nil || w.x.Outcome.Failure.Name.S != "States.DataLimitExceeded" {
		t.Fatalf("outcome %+v", w.x.Outcome)
	}
	w.redrive()
	if got := w.waiting(); got != "A B" {
		t.Errorf("%q run, want all branches", got)
	}
	w.succeed("A", `1`).step(states.TaskSucceeded{Ref: w.task("B"), Output: doc(t, `"01234567890123456789"`)}) // in a branch
	w.redrive()
	if got := w.waiting(); got != "A B" {
		t.Errorf("%q run after the failure of a branch, want all branches", got)
	}
}

func TestRedriveByTypeOfState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, state string
		stop        states.Input
		after       time.Duration
		want        string // of the events after the end
	}{
		{"Choice", `{"Type":"Choice","Choices":[{"Variable":"$.no","NumericEquals":1,"Next":"Z"}]}`, nil, 0,
			"ExecutionRedriven ExecutionFailed"},
		{"Fail", `{"Type":"Fail","Error":"E"}`, nil, 0, "ExecutionRedriven FailStateEntered ExecutionFailed"},
		{"Wait for seconds", `{"Type":"Wait","Seconds":50,"Next":"Z"}`, states.Abort{}, time.Hour, "ExecutionRedriven"},
		{"Wait until the past", `{"Type":"Wait","Timestamp":"2023-11-14T22:14:00Z","Next":"Z"}`, states.Abort{}, time.Hour,
			"ExecutionRedriven WaitStateExited PassStateEntered PassStateExited ExecutionSucceeded"},
		{"Pass", `{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $error('no') %}","Next":"Z"}`, nil, 0,
			"ExecutionRedriven EvaluationFailed ExecutionFailed"},
		{"back-off", `{"Type":"Task","Resource":"gait:x","Retry":[{"ErrorEquals":["E"],"IntervalSeconds":99}],"Next":"Z"}`,
			states.Batch{states.TaskFailed{Ref: states.Ref{Exec: 7, Gen: 1}, Failure: states.Failure{Name: states.Some("E")}}, states.Abort{}}, 0,
			"ExecutionRedriven TaskScheduled"},
		{"Task whose result was of no use", `{"Type":"Task","Resource":"gait:x","ResultSelector":{"a.$":"$.none"},"Next":"Z"}`,
			states.TaskSucceeded{Ref: states.Ref{Exec: 7, Gen: 1}}, 0, "ExecutionRedriven TaskScheduled"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			z := `,"Z":{"Type":"Pass","End":true}`
			if !strings.Contains(test.state, `"Z"`) {
				z = ""
			}
			w := newWorld(t, `{"StartAt":"S","States":{"S":`+test.state+z+`}}`)
			w.crash = true
			w.start(`{"no":2}`)
			if test.stop != nil {
				w.step(test.stop)
			}
			before := len(w.records)
			w.env.Now = w.env.Now.Add(test.after)
			w.redrive()
			var got []string
			for _, r := range w.records[before:] {
				got = append(got, r.Type.String())
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), test.want)
			}
			if test.name == "Wait for seconds" {
				if due := w.x.Frames[0].Due - states.MillisOf(w.env.Now); due != 50_000 {
					t.Errorf("it waits %d ms, want all of it again", due)
				}
			}
		})
	}
}

func TestRedriveOfAStoppedLoopGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","End":true}}}`)
	w.env.Limits.Transitions = 1
	if c, err := w.once(states.Start{Input: doc(t, `{}`)}); err != nil || !c.More {
		t.Fatal(c, err)
	}
	if _, err := w.once(states.Abort{}); err != nil {
		t.Fatal(err)
	}
	w.redrive()
	w.want(`1<0 ExecutionStarted
		2<0 PassStateEntered A
		3<2 PassStateExited A {}
		4<0 ExecutionAborted
		5<4 ExecutionRedriven
		6<5 PassStateEntered B
		7<6 PassStateExited B {}
		8<7 PassStateEntered C
		9<8 PassStateExited C {}
		10<9 ExecutionSucceeded {}`)
}

func TestWhatCannotBeRedriven(t *testing.T) {
	t.Parallel()
	const machine = `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:x","End":true}}}`
	failed := func(t *testing.T) *world { return newWorld(t, machine).start(`{}`).fail("T", "E") }
	day := 24 * time.Hour
	tests := []struct {
		name string
		make func(t *testing.T) *world
		want string
	}{
		{"running", func(t *testing.T) *world { return newWorld(t, machine).start(`{}`) }, "Execution is RUNNING and cannot be redriven"},
		{"succeeded", func(t *testing.T) *world { return newWorld(t, machine).start(`{}`).succeed("T", `1`) },
			"Execution is SUCCEEDED and cannot be redriven"},
		{"after 14 days", func(t *testing.T) *world {
			w := failed(t)
			w.env.Now = w.env.Now.Add(14*day + time.Millisecond)
			return w
		}, "Execution redrivable period exceeded"},
		{"on the 14th day", func(t *testing.T) *world {
			w := failed(t)
			w.env.Now = w.env.Now.Add(14 * day)
			return w
		}, ""},
		{"a year open", func(t *testing.T) *world {
			w := newWorld(t, machine).start(`{}`).pass(300*day).fail("T", "E")
			w.env.Now = w.env.Now.Add(day) // closed time does not count
			return w.redrive().pass(65*day).fail("T", "E")
		}, "Execution has exceeded the max execution time"},
		{"nearly a year open", func(t *testing.T) *world {
			w := newWorld(t, machine).start(`{}`).pass(300*day).fail("T", "E")
			w.env.Now = w.env.Now.Add(day)
			return w.redrive().pass(65*day-time.Millisecond).fail("T", "E")
		}, ""},
		{"full history", func(t *testing.T) *world {
			w := newWorld(t, machine)
			w.env.Limits.Events = 4
			return w.start(`{}`).fail("T", "E")
		}, "Execution history event limit exceeded"},
		{"history with one place left", func(t *testing.T) *world {
			w := newWorld(t, machine)
			w.env.Limits.Events = 7 // six events, and the seventh would be the failure
			return w.start(`{}`).fail("T", "E")
		}, "Execution history event limit exceeded"},
		{"without frames, as old stores have it", func(t *testing.T) *world {
			w := failed(t)
			w.x.Frames = nil
			return w
		}, "Execution was started before the launch of RedriveExecution"},
		{"Express", func(t *testing.T) *world {
			w := newWorld(t, machine)
			w.env.Host.Express = true
			return w.start(`{}`).fail("T", "E")
		}, "Execution was started before the launch of RedriveExecution"},
		{"a thousand times", func(t *testing.T) *world {
			w := failed(t)
			w.x.Redrives = 1000
			return w
		}, "Execution redrive limit exceeded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := test.make(t)
			got := w.x.NotRedrivable(states.MillisOf(w.env.Now), w.env.Limits)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			_, err := w.once(states.Redrive{})
			if test.want != "" && !errors.Is(err, states.ErrRedrive) || test.want == "" && err != nil {
				t.Errorf("Step: %v", err)
			}
		})
	}
}

func TestRedriveTokensAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"gait:x","End":true}}}`).start(`{}`)
	w.crash = true
	first := states.Millis(0)
	for i := range 12 {
		w.pass(time.Second).fail("T", "E")
		w.step(states.Redrive{Token: fmt.Sprint("t", i)})
		if i == 2 {
			first = w.x.LastRedrive()
		}
	}
	now := states.MillisOf(w.env.Now)
	for i := range 12 {
		if _, known := w.x.RedrivenWith(fmt.Sprint("t", i), now); known != (i >= 2) {
			t.Errorf("token %d known: %t, want the last ten", i, known)
		}
	}
	if at, _ := w.x.RedrivenWith("t2", now); at != first {
		t.Errorf("redriven at %d, want %d", at, first)
	}
	if _, known := w.x.RedrivenWith("t11", w.x.LastRedrive()+15*60_000+1); known {
		t.Error("a token is known after 15 minutes")
	}
	if _, known := w.x.RedrivenWith("", now); known {
		t.Error("no token is known")
	}
}
