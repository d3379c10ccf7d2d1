package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/task"
)

// The rules of the API that no recording of a whole sequence of calls shows.

// TestHistoryNamesWhatWasStarted reads the first event of executions of a version, an alias and the machine itself.
//
// Source: API model, ExecutionStartedEventDetails.
func TestHistoryNamesWhatWasStarted(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, e *engine.Engine, _ func() *engine.Engine) {
		v := create(t, e, "m", "a", engine.Publish())
		a, err := e.CreateAlias(t.Context(), "live", "", engine.Route{VersionARN: v.VersionARN, Weight: 100})
		if err != nil {
			t.Fatal(err)
		}
		for asked, want := range map[string][2]string{"m": {}, v.VersionARN: {v.VersionARN}, a.ARN: {v.VersionARN, a.ARN}} {
			id := start(t, e, asked, `{}`)
			for ev, err := range e.History(t.Context(), id) {
				if err != nil {
					t.Fatal(err)
				}
				if got := [2]string{ev.Details.VersionARN, ev.Details.AliasARN}; got != want {
					t.Errorf("%s: the history begins with %q, want %q", asked, got, want)
				}
				break
			}
		}
	})
}

// TestLoggingConfiguration has the rules of recorded answers.
func TestLoggingConfiguration(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	const group = `{"cloudWatchLogsLogGroup":{"logGroupArn":"arn:aws:logs:us-east-1:000000000000:log-group:g:*"}}`
	const one = "Invalid Logging Configuration: Must specify exactly one Log Destination."
	tests := []struct{ given, shown, refused string }{
		{`{}`, `{"level":"OFF","includeExecutionData":false}`, ""},
		{`{"destinations":[]}`, `{"level":"OFF","includeExecutionData":false,"destinations":[]}`, ""},
		{`{"level":"ERROR", "destinations":[` + group + `]}`, `{"level":"ERROR","includeExecutionData":false,"destinations":[` + group + `]}`, ""},
		{`{"level":"ALL"}`, "", one},
		{`{"level":"ALL","destinations":[` + group + `,` + group + `]}`, "", one},
		{`{"level":"FATAL","destinations":[]}`, "", one},
		{`[]`, "", "Invalid Logging Configuration: It is no loggingConfiguration: json: cannot unmarshal array into Go value of type engine.logging"},
	}
	for _, tt := range tests {
		_, err := e.Deploy(t.Context(), "m", passing("a"), engine.WithLogging([]byte(tt.given)))
		if tt.refused != "" {
			coded(t, err, "InvalidLoggingConfiguration", tt.refused)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", tt.given, err)
		}
		d, err := e.DescribeMachine(t.Context(), "m")
		if err != nil || string(d.Logging) != tt.shown {
			t.Errorf("%s is shown as %s, %v, want %s", tt.given, d.Logging, err, tt.shown)
		}
	}
	_, err := e.Deploy(t.Context(), "m", passing("a"), engine.WithLogging([]byte(`{"level":"all"}`)))
	coded(t, err, "ValidationException", "1 validation error detected: Value 'all' at 'loggingConfiguration.level' failed to satisfy "+
		"constraint: Member must satisfy enum value set: [ALL, ERROR, FATAL, OFF]")
	_, err = e.Deploy(t.Context(), "m", passing("a"), engine.WithTracing([]byte(`{"enabled":1}`)))
	coded(t, err, "InvalidTracingConfiguration", "")
}

// TestMembersHaveTheLengthsOfTheModel breaks the constraints of members; values of sensitive ones are not repeated.
func TestMembersHaveTheLengthsOfTheModel(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	create(t, e, "m", "a")
	id := start(t, e, "m", `{}`)
	long := strings.Repeat("x", 40_000)
	const detected, too = "1 validation error detected: Value at ", " failed to satisfy constraint: Member must have length less than or equal to "
	coded(t, e.Stop(t.Context(), id, long, ""), "ValidationException", detected+"'error'"+too+"256")
	coded(t, e.Stop(t.Context(), id, "", long), "ValidationException", detected+"'cause'"+too+"32768")
	coded(t, e.Stop(t.Context(), id, long, long), "ValidationException",
		"2 validation errors detected: Value at 'cause'"+too+"32768; Value at 'error'"+too+"256")
	_, err := e.CreateMachine(t.Context(), "big", []byte(strings.Repeat(" ", 1_048_577)))
	coded(t, err, "ValidationException", detected+"'definition'"+too+"1048576")
	_, err = e.PublishVersion(t.Context(), "m", engine.WithDescription(long))
	coded(t, err, "ValidationException", detected+"'description'"+too+"256")
	_, err = e.CreateActivity(t.Context(), "")
	coded(t, err, "ValidationException", "1 validation error detected: Value '' at 'name' failed to satisfy constraint: "+
		"Member must have length greater than or equal to 1")
	_, err = e.Start(t.Context(), "m", nil, engine.WithTraceHeader("é"))
	coded(t, err, "ValidationException", `1 validation error detected: Value 'é' at 'traceHeader' failed to satisfy constraint: `+
		`Member must satisfy regular expression pattern: ^\p{ASCII}*$`)
}

// TestCreateAgain repeats requests to create a machine: whether a version is made, and how it is described, is part of them.
//
// Source: API reference, CreateStateMachine.
func TestCreateAgain(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, e *engine.Engine, reopen func() *engine.Engine) {
		create(t, e, "plain", "a")
		first := create(t, e, "m", "a", engine.Publish(), engine.WithVersionDescription("first"))
		e = reopen()
		again := create(t, e, "m", "a", engine.Publish(), engine.WithVersionDescription("first"), engine.WithRole("arn:aws:iam::1:role/other"))
		if again.VersionARN != first.VersionARN {
			t.Errorf("created again: %s, want %s", again.VersionARN, first.VersionARN)
		}
		create(t, e, "plain", "a")
		for name, opts := range map[string][]engine.DeployOption{
			"plain": {engine.Publish()}, "m": {engine.Publish(), engine.WithVersionDescription("second")},
		} {
			_, err := e.CreateMachine(t.Context(), name, passing("a"), opts...)
			coded(t, err, "StateMachineAlreadyExists", "State Machine Already Exists: '"+machinePrefix+name+"'")
		}
		_, err := e.CreateMachine(t.Context(), "m", passing("a"))
		coded(t, err, "StateMachineAlreadyExists", "")
		if r, err := e.Deploy(t.Context(), "plain", passing("a"), engine.Publish()); err != nil || r.VersionARN == "" {
			t.Errorf("deploy with a version: %+v, %v", r, err)
		}
	})
}

// TestARNsOfOtherKinds gives methods ARNs that are none of theirs.
func TestARNsOfOtherKinds(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	r := create(t, e, "m", "a", engine.Publish())
	a, err := e.CreateActivity(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	const wrong = "Invalid Arn: 'Resource type not valid in this context: "
	_, err = e.DescribeActivity(t.Context(), r.ARN)
	coded(t, err, "InvalidArn", wrong+"stateMachine'")
	_, err = e.DescribeMapRun(t.Context(), engine.ID(a.ARN))
	coded(t, err, "InvalidArn", wrong+"activity'")
	_, err = e.DescribeMachine(t.Context(), a.ARN)
	coded(t, err, "InvalidArn", wrong+"activity'")
	queue := "arn:aws:sqs:us-east-1:000000000000:execution:m:n"
	_, err = e.Describe(t.Context(), engine.ID(queue))
	coded(t, err, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: "+queue+"'")

	elsewhere := strings.NewReplacer("us-east-1", "eu-west-1")
	coded(t, e.Tag(t.Context(), elsewhere.Replace(a.ARN), engine.Tag{Key: "k"}), "ResourceNotFound", "")
	if err := e.DeleteVersion(t.Context(), elsewhere.Replace(r.VersionARN)); err != nil {
		t.Errorf("delete a version of another region: %v", err)
	}
	if err := e.DeleteAlias(t.Context(), elsewhere.Replace(r.ARN+":live")); err != nil {
		t.Errorf("delete an alias of another region: %v", err)
	}
	_, err = e.DescribeAlias(t.Context(), elsewhere.Replace(r.ARN+":live"))
	coded(t, err, "ResourceNotFound", "Request references a resource that does not exist.")
	_, err = e.CreateAlias(t.Context(), "live", "", engine.Route{VersionARN: elsewhere.Replace(r.VersionARN), Weight: 100})
	coded(t, err, "ResourceNotFound", "Request references a resource that does not exist.")

	run := engine.ID("arn:aws:states:us-east-1:000000000000:mapRun:m/l:u")
	listed := func(f engine.Filter) (err error) {
		for _, err = range e.List(t.Context(), f) {
		}
		return err
	}
	coded(t, listed(engine.Filter{MapRun: run}), "ResourceNotFound", "Resource not found: '"+string(run)+"'")
	coded(t, listed(engine.Filter{Machine: r.ARN + "/l"}), "ValidationException", "")
	coded(t, listed(engine.Filter{Machine: "m", MapRun: run}), "ValidationException", "")
}

// TestMachineOfAChildExecution names the distributed Map that it belongs to.
//
// Source: API model, DescribeStateMachineForExecutionOutput.
func TestMachineOfAChildExecution(t *testing.T) {
	t.Parallel()
	var tasks task.Mux
	tasks.HandleFunc("*", func(context.Context, *task.Request) (any, error) { return 1, nil })
	e := open(t, engine.Config{Tasks: &tasks})
	deploy(t, e, "m", `{"StartAt":"M","States":{"M":{"Type":"Map","Label":"L","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED",
		"ExecutionType":"STANDARD"},"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}}`)
	id := start(t, e, "m", `[1]`)
	if _, err := e.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for m, err := range e.ListMapRuns(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		for s, err := range e.List(t.Context(), engine.Filter{MapRun: m.ARN}) {
			if err != nil {
				t.Fatal(err)
			}
			d, err := e.MachineOf(t.Context(), s.ID)
			if err != nil || d.ARN != machinePrefix+"m/L" || d.Label != "L" || d.MapRun != m.ARN || d.Name != "m" {
				t.Errorf("machine of a child: %s, label %q, run %q, %v", d.ARN, d.Label, d.MapRun, err)
			}
			return
		}
	}
	t.Error("no child execution was found")
}
