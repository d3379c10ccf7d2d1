package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

const machinePrefix = "arn:aws:states:us-east-1:000000000000:stateMachine:"

// passing returns a definition whose output is a text.
func passing(text string) []byte {
	return []byte(`{"StartAt":"P","States":{"P":{"Type":"Pass","Result":"` + text + `","End":true}}}`)
}

// coded fails the test unless err has this code and this text.
func coded(t testing.TB, err error, code, text string) {
	t.Helper()
	var c engine.Coded
	if !errors.As(err, &c) || c.Code() != code || text != "" && err.Error() != text {
		t.Errorf("got %v, want %s: %s", err, code, text)
	}
}

func update(t testing.TB, e *engine.Engine, name, text string, opts ...engine.DeployOption) engine.Revision {
	t.Helper()
	r, err := e.UpdateMachine(t.Context(), name, append(opts, engine.WithDefinition(passing(text)))...)
	if err != nil {
		t.Fatalf("update %s: %v", name, err)
	}
	return r
}

func create(t testing.TB, e *engine.Engine, name, text string, opts ...engine.DeployOption) engine.Revision {
	t.Helper()
	r, err := e.CreateMachine(t.Context(), name, passing(text), opts...)
	if err != nil {
		t.Fatalf("create %s: %v", name, err)
	}
	return r
}

// eachStore runs f on an engine of every kind of store. reopen closes the engine and opens another on the same store.
func eachStore(t *testing.T, f func(t *testing.T, e *engine.Engine, reopen func() *engine.Engine)) {
	for _, kind := range []string{"memory", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			st := openStore(t, kind, dir)
			e, err := engine.Open(t.Context(), engine.Config{Store: st})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { e.Close(context.Background()) })
			f(t, e, func() *engine.Engine {
				if kind == "memory" {
					return e
				}
				if err := e.Close(context.Background()); err != nil {
					t.Fatal(err)
				}
				if e, err = engine.Open(t.Context(), engine.Config{Store: openStore(t, kind, dir)}); err != nil {
					t.Fatal(err)
				}
				return e
			})
		})
	}
}

func TestCreateAndUpdateMachine(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, e *engine.Engine, reopen func() *engine.Engine) {
		first := create(t, e, "m", "one", engine.WithRole("role-1"))
		if first.ARN != machinePrefix+"m" || first.ID != "" || first.Number != 1 || first.VersionARN != "" {
			t.Errorf("created %+v", first)
		}
		if again := create(t, e, "m", "one", engine.WithRole("role-2")); again != first {
			t.Errorf("the same again: %+v", again)
		}
		if d, err := e.DescribeMachine(t.Context(), "m"); err != nil || d.RoleARN != "role-1" {
			t.Errorf("the role has changed: %+v, %v", d, err)
		}
		_, err := e.CreateMachine(t.Context(), "m", append(passing("one"), '\n'))
		coded(t, err, "StateMachineAlreadyExists", "State Machine Already Exists: '"+machinePrefix+"m'")
		_, err = e.CreateMachine(t.Context(), "m", passing("one"), engine.WithType(engine.Express))
		coded(t, err, "StateMachineAlreadyExists", "")
		_, err = e.Deploy(t.Context(), "m", passing("one"), engine.WithType(engine.Express))
		coded(t, err, "StateMachineAlreadyExists", "")
		_, err = e.CreateMachine(t.Context(), "n", passing("one"), engine.WithVersionDescription("x"))
		coded(t, err, "ValidationException", "Version description can only be set when publish is true")

		_, err = e.UpdateMachine(t.Context(), "m")
		coded(t, err, "MissingRequiredParameter",
			"Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified")
		_, err = e.UpdateMachine(t.Context(), machinePrefix+"m:2", engine.WithRole("r"))
		coded(t, err, "StateMachineDoesNotExist", "State Machine Does Not Exist: '"+machinePrefix+"m:2'")
		_, err = e.UpdateMachine(t.Context(), "none", engine.WithRole("r"))
		coded(t, err, "StateMachineDoesNotExist", "")
		_, err = e.UpdateMachine(t.Context(), "arn:of:nothing", engine.WithRole("r"))
		coded(t, err, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: arn:of:nothing'")

		if same := update(t, e, "m", "one"); same.ID != "" || same.Number != 1 {
			t.Errorf("an update that changes nothing: %+v", same)
		}
		second := update(t, e, "m", "two")
		if second.ID == "" || second.Number != 2 {
			t.Errorf("updated %+v", second)
		}
		e = reopen()
		role, err := e.UpdateMachine(t.Context(), machinePrefix+"m", engine.WithRole("role-3"))
		if err != nil || role.ID == "" || role.ID == second.ID {
			t.Errorf("new role: %+v, %v", role, err)
		}
		if same := update(t, e, "m", "two"); same.ID != role.ID {
			t.Errorf("the same again: %+v, want %s", same, role.ID)
		}
		d, err := e.DescribeMachine(t.Context(), machinePrefix+"m")
		want := engine.MachineDescription{
			MachineSummary: engine.MachineSummary{ARN: machinePrefix + "m", Name: "m", Type: engine.Standard, Created: first.Created},
			Status:         engine.MachineActive, Definition: passing("two"), RoleARN: "role-3", Revision: 3, RevisionID: role.ID, Updated: role.Updated,
			Logging: json.RawMessage(`{"level":"OFF","includeExecutionData":false}`), Tracing: json.RawMessage(`{"enabled":false}`),
			Encryption: json.RawMessage(`{"type":"AWS_OWNED_KEY"}`), Variables: map[string][]string{},
		}
		if diff := cmp.Diff(want, d); diff != "" || err != nil {
			t.Errorf("described (-want +got): %v\n%s", err, diff)
		}
		if got := wait(t, e, start(t, e, "m", `{}`)); got != `SUCCEEDED "two"` {
			t.Error(got)
		}
	})
}

func TestVersionsAreSnapshots(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, e *engine.Engine, reopen func() *engine.Engine) {
		ctx := t.Context()
		if r := create(t, e, "m", "one", engine.Publish(), engine.WithVersionDescription("the first")); r.VersionARN != machinePrefix+"m:1" {
			t.Errorf("created %+v", r)
		}
		if r := update(t, e, "m", "one", engine.Publish()); r.VersionARN != machinePrefix+"m:1" || r.ID != "" {
			t.Errorf("published again: %+v", r)
		}
		r := update(t, e, "m", "two")
		_, err := e.PublishVersion(ctx, "m", engine.OfRevision("INITIAL"))
		coded(t, err, "ConflictException", "Failed to publish the State Machine version for revision INITIAL. The current State Machine revision is "+r.ID+".")
		v, err := e.PublishVersion(ctx, "m", engine.OfRevision(r.ID), engine.WithDescription("the second"))
		if err != nil || v.ARN != machinePrefix+"m:2" || v.RevisionID != r.ID {
			t.Fatalf("published %+v, %v", v, err)
		}
		if again, err := e.PublishVersion(ctx, "m"); err != nil || again != v {
			t.Errorf("published again: %+v, %v", again, err)
		}
		update(t, e, "m", "three")
		e = reopen()
		for text, arn := range map[string]string{"one": machinePrefix + "m:1", "two": machinePrefix + "m:2", "three": machinePrefix + "m"} {
			id := start(t, e, arn, `{}`)
			if got := wait(t, e, id); got != `SUCCEEDED "`+text+`"` {
				t.Errorf("%s: %s", arn, got)
			}
			d := describe(t, e, id)
			if version := arn; text == "three" && d.VersionARN != "" || text != "three" && d.VersionARN != version || d.AliasARN != "" || d.MachineARN != machinePrefix+"m" {
				t.Errorf("%s: %+v", arn, d)
			}
			m, err := e.MachineOf(ctx, id)
			if err != nil || string(m.Definition) != string(passing(text)) || m.ARN != machinePrefix+"m" {
				t.Errorf("%s: machine %+v, %v", arn, m, err)
			}
		}
		d, err := e.DescribeMachine(ctx, machinePrefix+"m:1")
		if err != nil || d.ARN != machinePrefix+"m:1" || d.Description != "the first" || d.RevisionID != "" || string(d.Definition) != string(passing("one")) {
			t.Errorf("version 1: %+v, %v", d, err)
		}
		var listed []string
		for s, err := range e.List(ctx, engine.Filter{Machine: machinePrefix + "m:2"}) {
			if err != nil {
				t.Fatal(err)
			}
			listed = append(listed, s.VersionARN)
		}
		if !slices.Equal(listed, []string{machinePrefix + "m:2"}) {
			t.Errorf("executions of version 2: %v", listed)
		}
		numbers := func() (all []int64) {
			t.Helper()
			versions, err := e.Versions(ctx, "m")
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range versions {
				all = append(all, v.Number)
			}
			return all
		}
		if got := numbers(); !slices.Equal(got, []int64{2, 1}) {
			t.Errorf("versions %v, want the newest first", got)
		}
		for _, arn := range []string{machinePrefix + "m:2", machinePrefix + "m:2", machinePrefix + "m:1", machinePrefix + "none:1"} {
			if err := e.DeleteVersion(ctx, arn); err != nil {
				t.Errorf("delete %s: %v", arn, err)
			}
		}
		coded(t, e.DeleteVersion(ctx, machinePrefix+"m"), "InvalidArn", "")
		_, err = e.Start(ctx, machinePrefix+"m:2", nil)
		coded(t, err, "StateMachineDoesNotExist", "State Machine Does Not Exist: '"+machinePrefix+"m:2'")
		if v, err := e.PublishVersion(ctx, "m"); err != nil || v.Number != 3 {
			t.Errorf("after deleting: %+v, %v", v, err)
		}
		if got := numbers(); !slices.Equal(got, []int64{3}) {
			t.Errorf("versions %v", got)
		}
		_, err = e.PublishVersion(ctx, "none")
		coded(t, err, "StateMachineDoesNotExist", "")
	})
}

func TestAliasesRoute(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, e *engine.Engine, reopen func() *engine.Engine) {
		ctx := t.Context()
		create(t, e, "m", "one", engine.Publish())
		update(t, e, "m", "two", engine.Publish())
		v1, v2 := machinePrefix+"m:1", machinePrefix+"m:2"
		a, err := e.CreateAlias(ctx, "PROD", "d", engine.Route{VersionARN: v1, Weight: 100})
		if err != nil || a.ARN != machinePrefix+"m:PROD" || !a.Updated.Equal(a.Created) {
			t.Fatalf("created %+v, %v", a, err)
		}
		if again, err := e.CreateAlias(ctx, "PROD", "d", engine.Route{VersionARN: v1, Weight: 100}); err != nil || cmp.Diff(a, again) != "" {
			t.Errorf("again: %+v, %v", again, err)
		}
		const conflict = "Failed to create alias because an alias with the same name and a different routing configuration already exists."
		_, err = e.CreateAlias(ctx, "PROD", "other", engine.Route{VersionARN: v1, Weight: 100})
		coded(t, err, "ConflictException", conflict)
		_, err = e.CreateAlias(ctx, "PROD", "d", engine.Route{VersionARN: v1, Weight: 50}, engine.Route{VersionARN: v2, Weight: 50})
		coded(t, err, "ConflictException", conflict)
		if _, err := e.CreateAlias(ctx, "both", "", engine.Route{VersionARN: v1, Weight: 0}, engine.Route{VersionARN: v2, Weight: 100}); err != nil {
			t.Fatal(err)
		}
		coded(t, e.DeleteVersion(ctx, v1), "ConflictException",
			"Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [PROD, both]")
		e = reopen()
		id := start(t, e, a.ARN, `{}`)
		if got := wait(t, e, id); got != `SUCCEEDED "one"` {
			t.Error(got)
		}
		if d := describe(t, e, id); d.AliasARN != a.ARN || d.VersionARN != v1 {
			t.Errorf("%+v", d.Summary)
		}
		text := "new"
		if a, err = e.UpdateAlias(ctx, a.ARN, &text); err != nil || a.Description != "new" || len(a.Routes) != 1 {
			t.Errorf("updated %+v, %v", a, err)
		}
		if a, err = e.UpdateAlias(ctx, a.ARN, nil, engine.Route{VersionARN: v2, Weight: 100}); err != nil || a.Description != "new" {
			t.Errorf("updated %+v, %v", a, err)
		}
		if got, err := e.DescribeAlias(ctx, a.ARN); err != nil || cmp.Diff(a, got) != "" {
			t.Errorf("described %+v, %v", got, err)
		}
		if got := wait(t, e, start(t, e, a.ARN, `{}`)); got != `SUCCEEDED "two"` {
			t.Error(got)
		}
		n := 0
		for s, err := range e.List(ctx, engine.Filter{Machine: a.ARN}) {
			if n++; err != nil || s.AliasARN != a.ARN {
				t.Errorf("listed %+v, %v", s, err)
			}
		}
		if n != 2 {
			t.Errorf("%d executions of the alias, want 2", n)
		}
		names := func(of string) string {
			t.Helper()
			all, err := e.Aliases(ctx, of)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, a := range all {
				names = append(names, a.Name)
			}
			return strings.Join(names, " ")
		}
		if names("m") != "PROD both" || names(v1) != "both" || names(v2) != "PROD both" {
			t.Errorf("aliases %q, of version 1 %q, of version 2 %q", names("m"), names(v1), names(v2))
		}
		for range 2 {
			if err := e.DeleteAlias(ctx, a.ARN); err != nil {
				t.Error(err)
			}
		}
		const gone = "Request references a resource that does not exist."
		_, err = e.UpdateAlias(ctx, a.ARN, &text)
		coded(t, err, "ResourceNotFound", gone)
		_, err = e.DescribeAlias(ctx, a.ARN)
		coded(t, err, "ResourceNotFound", gone)
		_, err = e.Start(ctx, a.ARN, nil)
		coded(t, err, "StateMachineDoesNotExist", "State Machine Does Not Exist: '"+a.ARN+"'")
	})
}

func TestBadAliases(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	create(t, e, "m", "one", engine.Publish())
	update(t, e, "m", "two", engine.Publish())
	create(t, e, "other", "one", engine.Publish())
	v1, v2 := machinePrefix+"m:1", machinePrefix+"m:2"
	type routes = []engine.Route
	tests := []struct {
		name, alias string
		routes      routes
		code, text  string
	}{
		{"three", "a", routes{{v1, 50}, {v2, 30}, {"x", 20}}, "ValidationException", "1 validation error detected: Value '[RoutingConfigurationListItem(stateMachineVersionArn=" +
			v1 + ", weight=50), RoutingConfigurationListItem(stateMachineVersionArn=" + v2 + ", weight=30), RoutingConfigurationListItem(stateMachineVersionArn=x, weight=20)]'" +
			" at 'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2"},
		{"none", "a", routes{}, "ValidationException", ""},
		{"the same twice", "a", routes{{v1, 50}, {v1, 50}}, "ValidationException", "Routing configuration must contain distinct state machine version ARNs. Received: [" + v1 + ", " + v1 + "]"},
		{"no version", "a", routes{{machinePrefix + "m", 70}, {v2, 30}}, "ValidationException", "Routing configuration must contain state machine version ARNs. Received: [" + machinePrefix + "m, " + v2 + "]"},
		{"too heavy", "a", routes{{v1, 101}}, "ValidationException", "1 validation error detected: Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100"},
		{"negative", "a", routes{{v1, -1}}, "ValidationException", ""},
		{"99", "a", routes{{v1, 70}, {v2, 29}}, "ValidationException", "Sum of routing configuration weights must equal 100. Received: [70, 29]"},
		{"101", "a", routes{{v1, 70}, {v2, 31}}, "ValidationException", "Sum of routing configuration weights must equal 100. Received: [70, 31]"},
		{"digits", "12", routes{{v1, 100}}, "ValidationException", ""},
		{"blank", "a b", routes{{v1, 100}}, "ValidationException", ""},
		{"empty", "", routes{{v1, 100}}, "ValidationException", ""},
		{"long", strings.Repeat("a", 81), routes{{v1, 100}}, "ValidationException", ""},
		{"unknown version", "a", routes{{machinePrefix + "m:9", 100}}, "ResourceNotFound", "Request references a resource that does not exist."},
		{"unknown machine", "a", routes{{machinePrefix + "no:1", 100}}, "ResourceNotFound", ""},
		{"two machines", "a", routes{{v1, 50}, {machinePrefix + "other:1", 50}}, "ResourceNotFound", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := e.CreateAlias(t.Context(), test.alias, "", test.routes...)
			coded(t, err, test.code, test.text)
		})
	}
	_, err := e.UpdateAlias(t.Context(), machinePrefix+"m:a", nil)
	coded(t, err, "ValidationException", "")
	_, err = e.DescribeAlias(t.Context(), machinePrefix+"m")
	coded(t, err, "InvalidArn", "")
}

// TestAliasRoutesByWeight draws from a source whose numbers are known: the shares are exact.
func TestAliasRoutesByWeight(t *testing.T) {
	t.Parallel()
	for _, weight := range []int{0, 1, 30, 50, 99, 100} {
		seeded := func() rand.Source { return rand.NewPCG(uint64(weight), 7) }
		e := open(t, engine.Config{Rand: seeded()})
		create(t, e, "m", "one", engine.Publish(), engine.WithType(engine.Express))
		update(t, e, "m", "two", engine.Publish())
		a, err := e.CreateAlias(t.Context(), "A", "", engine.Route{VersionARN: machinePrefix + "m:1", Weight: weight},
			engine.Route{VersionARN: machinePrefix + "m:2", Weight: 100 - weight})
		if err != nil {
			t.Fatal(err)
		}
		twin := rand.New(seeded()) // each start draws one number, and two more to seed the execution
		const n = 3000
		got, want := 0, 0
		for range n {
			if twin.IntN(100) < weight {
				want++
			}
			twin.Uint64()
			twin.Uint64()
			r, err := e.StartSync(t.Context(), a.ARN, nil)
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Output) == `"one"` {
				got++
			}
		}
		if got != want {
			t.Errorf("weight %d: %d of %d, want exactly %d", weight, got, n, want)
		}
		if share := 100 * float64(got) / n; share < float64(weight)-3 || share > float64(weight)+3 {
			t.Errorf("weight %d: the share is %.1f %%", weight, share)
		}
	}
}

func TestDeletedMachineEndsWithItsExecutions(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, e *engine.Engine, reopen func() *engine.Engine) {
		ctx := t.Context()
		definition := []byte(`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9000,"End":true}}}`)
		deployed, err := e.Deploy(ctx, "m", definition, engine.Publish(), engine.WithTags(engine.Tag{Key: "k", Value: "v"}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.CreateAlias(ctx, "A", "", engine.Route{VersionARN: deployed.VersionARN, Weight: 100}); err != nil {
			t.Fatal(err)
		}
		id := start(t, e, "m", `{}`)
		failed := start(t, e, "m", `{}`)
		if err := e.Stop(ctx, failed, "", ""); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := e.DeleteMachine(ctx, machinePrefix+"m"); err != nil {
				t.Fatal(err)
			}
		}
		e = reopen()
		const text = "State Machine is being deleted: '" + machinePrefix + "m'"
		for _, arn := range []string{"m", deployed.VersionARN, machinePrefix + "m:A"} {
			_, err = e.Start(ctx, arn, nil)
			coded(t, err, "StateMachineDeleting", text)
		}
		_, err = e.CreateMachine(ctx, "m", definition)
		coded(t, err, "StateMachineDeleting", text)
		_, err = e.Deploy(ctx, "m", definition)
		coded(t, err, "StateMachineDeleting", text)
		_, err = e.PublishVersion(ctx, "m")
		coded(t, err, "StateMachineDeleting", text)
		if d, err := e.DescribeMachine(ctx, "m"); err != nil || d.Status != engine.MachineDeleting {
			t.Errorf("%+v, %v", d, err)
		}
		_, err = e.Redrive(ctx, failed)
		coded(t, err, "ExecutionNotRedrivable", "State machine is in DELETING status")
		if d := describe(t, e, failed); d.RedriveReason != "State machine is in DELETING status" {
			t.Errorf("%+v", d)
		}
		if d := describe(t, e, id); d.Status != states.Running {
			t.Fatalf("%+v", d)
		}
		if err := e.Stop(ctx, id, "", ""); err != nil {
			t.Fatal(err)
		}
		_, err = e.DescribeMachine(ctx, "m")
		coded(t, err, "StateMachineDoesNotExist", "State Machine Does Not Exist: '"+machinePrefix+"m'")
		for m, err := range e.Machines(ctx) {
			t.Errorf("listed %+v, %v", m, err)
		}
		for _, err := range e.List(ctx, engine.Filter{Machine: "m"}) {
			coded(t, err, "StateMachineDoesNotExist", "")
		}
		_, err = e.Tags(ctx, machinePrefix+"m")
		coded(t, err, "ResourceNotFound", "Resource not found: '"+machinePrefix+"m'")

		again, err := e.CreateMachine(ctx, "m", definition, engine.Publish())
		if err != nil || again.Number <= deployed.Number || again.ID != "" || again.VersionARN != machinePrefix+"m:1" {
			t.Fatalf("made again: %+v, %v", again, err)
		}
		if aliases, err := e.Aliases(ctx, "m"); err != nil || len(aliases) != 0 {
			t.Errorf("aliases %v, %v", aliases, err)
		}
		if tags, err := e.Tags(ctx, machinePrefix+"m"); err != nil || len(tags) != 0 {
			t.Errorf("tags %v, %v", tags, err)
		}
		_, err = e.Redrive(ctx, failed) // it was of the machine before
		coded(t, err, "ExecutionNotRedrivable", "State machine is in DELETING status")
		e = reopen()
		if d := describe(t, e, start(t, e, "m", `{}`)); d.Revision != again.Number {
			t.Errorf("%+v", d)
		}
		if err := e.DeleteMachine(ctx, "unknown"); err != nil {
			t.Error(err)
		}
		coded(t, e.DeleteMachine(ctx, machinePrefix+"m/label"), "ValidationException", "")
	})
}

func TestTags(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, e *engine.Engine, reopen func() *engine.Engine) {
		ctx := t.Context()
		arn := create(t, e, "m", "one", engine.Publish(), engine.WithTags(engine.Tag{Key: "key1", Value: "value1"})).ARN
		want := func(tags ...engine.Tag) {
			t.Helper()
			got, err := e.Tags(ctx, arn)
			if err != nil || !slices.Equal(got, tags) {
				t.Errorf("got %v, %v, want %v", got, err, tags)
			}
		}
		want(engine.Tag{Key: "key1", Value: "value1"})
		if err := e.Tag(ctx, arn, engine.Tag{Key: "key2"}, engine.Tag{Key: "key1", Value: "new"}); err != nil {
			t.Error(err)
		}
		e = reopen()
		want(engine.Tag{Key: "key1", Value: "new"}, engine.Tag{Key: "key2"})
		if err := e.Untag(ctx, arn, "key1", "key1", "none"); err != nil {
			t.Error(err)
		}
		want(engine.Tag{Key: "key2"})
		coded(t, e.Tag(ctx, arn+":1", engine.Tag{Key: "k"}), "ResourceNotFound", "Resource not found: '"+arn+":1'")
		coded(t, e.Tag(ctx, "nothing", engine.Tag{Key: "k"}), "InvalidArn", "")
		for _, bad := range []engine.Tag{{}, {Key: "aws:x"}, {Key: "a*b"}, {Key: strings.Repeat("k", 129)}, {Key: "k", Value: strings.Repeat("v", 257)}} {
			coded(t, e.Tag(ctx, arn, bad), "ValidationException", "")
		}
		var many []engine.Tag
		for i := range 50 {
			many = append(many, engine.Tag{Key: fmt.Sprint("many ", i)})
		}
		coded(t, e.Tag(ctx, arn, many...), "TooManyTags", "")
		if err := e.Tag(ctx, arn, many[1:]...); err != nil {
			t.Errorf("50 tags: %v", err)
		}
	})
}

func TestPendingRedeploy(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, e *engine.Engine, reopen func() *engine.Engine) {
		ctx := t.Context()
		waits := func(resource string) []byte {
			return []byte(`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9000,"Next":"T"},"T":{"Type":"Task","Resource":"` + resource + `","End":true}}}`)
		}
		deploy := func(resource string, opts ...engine.DeployOption) int64 {
			t.Helper()
			r, err := e.Deploy(ctx, "m", waits(resource), opts...)
			if err != nil {
				t.Fatal(err)
			}
			return r.Number
		}
		one := deploy("gait:one")
		first := start(t, e, "m", `{}`)
		second := start(t, e, "m", `{}`)
		two := deploy("gait:two", engine.Publish())
		deploy("gait:three")
		start(t, e, "m", `{}`)
		e = reopen()
		got, err := e.PendingRedeploy(ctx, "m")
		if err != nil {
			t.Fatal(err)
		}
		want := []engine.RevisionUse{
			{Revision: one, Running: 2, Oldest: first, Since: describe(t, e, first).Started, Resources: []string{"gait:one"}},
			{Revision: two, Versions: []int64{1}, Resources: []string{"gait:two"}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		var listed []engine.ID
		for s, err := range e.List(ctx, engine.Filter{Machine: "m", Revision: one}) {
			if err != nil {
				t.Fatal(err)
			}
			listed = append(listed, s.ID)
		}
		if !slices.Equal(listed, []engine.ID{second, first}) {
			t.Errorf("listed %v", listed)
		}
		for _, id := range []engine.ID{first, second} {
			if err := e.Stop(ctx, id, "", ""); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.DeleteVersion(ctx, machinePrefix+"m:1"); err != nil {
			t.Fatal(err)
		}
		if got, err := e.PendingRedeploy(ctx, "m"); err != nil || len(got) != 0 {
			t.Errorf("got %v, %v, want nothing", got, err)
		}
	})
}

// TestMachinesUnderConcurrentChange starts executions while the machine changes: each runs a revision that was there.
func TestMachinesUnderConcurrentChange(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	create(t, e, "m", "0", engine.Publish())
	a, err := e.CreateAlias(t.Context(), "A", "", engine.Route{VersionARN: machinePrefix + "m:1", Weight: 100})
	if err != nil {
		t.Fatal(err)
	}
	const changes = 30
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 1; i <= changes; i++ {
			r, err := e.UpdateMachine(context.Background(), "m", engine.WithDefinition(passing(fmt.Sprint(i))), engine.Publish())
			if err == nil {
				_, err = e.UpdateAlias(context.Background(), a.ARN, nil, engine.Route{VersionARN: r.VersionARN, Weight: 100})
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	for range 4 {
		wg.Go(func() {
			for range 50 {
				id, err := e.Start(context.Background(), a.ARN, nil)
				if err != nil {
					t.Error(err)
					return
				}
				r, err := e.Wait(context.Background(), id)
				if err != nil {
					t.Error(err)
				}
				d, err := e.Describe(context.Background(), id)
				if want := fmt.Sprintf(`"%d"`, d.Revision-1); err != nil || string(r.Output) != want || d.VersionARN != fmt.Sprintf("%sm:%d", machinePrefix, d.Revision) {
					t.Errorf("revision %d gave %s, %+v, %v", d.Revision, r.Output, d.Summary, err)
				}
			}
		})
	}
	wg.Wait()
	if got := wait(t, e, start(t, e, "m", `{}`)); got != fmt.Sprintf(`SUCCEEDED "%d"`, changes) {
		t.Error(got)
	}
}

func TestMachinesAreListedInTheOrderOfTheirMaking(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := open(t, engine.Config{Clock: clock})
	for _, name := range []string{"c", "a", "b"} {
		create(t, e, name, "x")
		clock.advance(time.Second)
	}
	update(t, e, "c", "y")
	var names []string
	for m, err := range e.Machines(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, m.Name)
	}
	if got := strings.Join(names, ""); got != "cab" {
		t.Errorf("got %s", got)
	}
}

// TestMachinesOfOlderStores deploys as stores had it before there were records of machines.
func TestMachinesOfOlderStores(t *testing.T) {
	t.Parallel()
	st := openStore(t, "sqlite", t.TempDir())
	for i, text := range []string{"one", "two"} {
		m := store.Machine{Name: "m", Definition: passing(text), Settings: []byte(`{"roleArn":"r"}`), Created: time.UnixMilli(int64(1000 * (i + 1)))}
		if _, err := st.PutMachine(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	e := open(t, engine.Config{Store: st})
	d, err := e.DescribeMachine(t.Context(), "m")
	if err != nil || d.Revision != 2 || d.RevisionID != "" || d.Created.UnixMilli() != 1000 || d.Updated.UnixMilli() != 2000 || d.RoleARN != "r" {
		t.Errorf("%+v, %v", d, err)
	}
	if r, err := e.Deploy(t.Context(), "m", passing("two"), engine.WithRole("r")); err != nil || r.Number != 2 {
		t.Errorf("the same again: %+v, %v", r, err)
	}
	if v, err := e.PublishVersion(t.Context(), "m", engine.OfRevision("INITIAL")); err != nil || v.Number != 1 || v.Revision != 2 {
		t.Errorf("published %+v, %v", v, err)
	}
}
