package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// The recorded sequences of API calls, made as calls of the engine's methods: an endpoint has only to translate. Left out, and
// counted, is what is that translation's: lengths and ranges of members, enumerations, page tokens.

// apiGroups are the groups of the corpus that are made of methods of the engine.
var apiGroups = []string{"sfn_api", "sfn_api_aliasing", "sfn_api_versioning", "sfn_api_tagging", "sfn_api_variable_references",
	"sfn_api_express", "sfn_api_logs", "sfn_api_map_run", "sfn_api_activities", "timeouts/timeouts", "express/express_sync", "express/express_async"}

func TestMethodsAnswerAsTheAPIDoes(t *testing.T) {
	dir := apiCorpus(t)
	steps, left, skipped := 0, 0, 0
	for _, group := range apiGroups {
		files, err := filepath.Glob(filepath.Join(dir, group, "*.json"))
		if err != nil || len(files) == 0 {
			t.Errorf("group %s: no cases, %v", group, err)
		}
		for _, file := range files {
			t.Run(group+"/"+strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
				doc, err := read(file)
				if err != nil {
					t.Fatal(err)
				}
				if regexp.MustCompile(`role/snf_role_t\d`).MatchString(doc.JSON()) {
					skipped++
					t.Skip("the roles that the requests of the recording named cannot be told apart")
				}
				synctest.Test(t, func(t *testing.T) {
					w := newAPIWorld(t, doc)
					for _, step := range get(doc, "steps").Elems() {
						if str(step, "operation") == "StopExecution" {
							w.stops++
						}
					}
					for _, step := range get(doc, "steps").Elems() {
						w.step(step)
					}
					steps, left = steps+w.steps, left+w.left
				})
			})
		}
	}
	t.Logf("%d calls made, %d answers left to an endpoint, %d cases skipped", steps, left, skipped)
}

func apiCorpus(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("GAIT_CONFORMANCE_DIR"); dir != "" {
		return filepath.Join(dir, "aws", "api")
	}
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		dir := filepath.Join(at, "shared", "conformance", "aws", "api")
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	t.Skip("the conformance corpus is absent: set GAIT_CONFORMANCE_DIR, or put it in shared/conformance beside the module")
	return ""
}

// apiWorld is an engine and what a case has bound so far.
type apiWorld struct {
	t      *testing.T
	e      *engine.Engine
	m      *matcher
	bound  map[string]string // placeholders and <stepN.field>
	tokens *regexp.Regexp    // of placeholders
	ended  chan value.Value  // the last event of an Express execution that nobody waits for
	starts int
	stops  int // StopExecutions that are still to come

	next   string // the last page token
	mapRun string // the last one that was listed

	steps, left int
}

func newAPIWorld(t *testing.T, doc value.Value) *apiWorld {
	w := &apiWorld{t: t, m: newMatcher(doc), bound: map[string]string{}, tokens: regexp.MustCompile(`<[^<>]+>`), ended: make(chan value.Value, 1)}
	var mux task.Mux
	mux.HandleFunc("*", func(_ context.Context, r *task.Request) (any, error) {
		if strings.HasSuffix(r.Resource, ".waitForTaskToken") {
			return struct{}{}, nil
		}
		// The functions of these cases fail, as raise_exception does.
		return nil, &task.Error{Name: "Exception", Cause: lambdaCause(doc)}
	})
	var err error
	w.e, err = engine.Open(t.Context(), engine.Config{Store: memory.New(), Account: "111111111111", Tasks: &mux, Objects: givenObjects(doc),
		ExpressLog: func(id engine.ID, events []history.Event) {
			for _, ev := range events {
				if strings.HasPrefix(ev.Type, "Execution") && ev.Type != "ExecutionStarted" {
					text, err := json.Marshal(ev)
					if err != nil {
						t.Error(err)
					}
					all, _ := value.Parse(text)
					w.ended <- logged(id, all)
				}
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.e.Close(context.Background()) })
	return w
}

// lambdaCause is the cause of a failing function as the case expects it.
func lambdaCause(doc value.Value) string {
	if i := strings.Index(doc.JSON(), `"Cause":"`); i >= 0 {
		text := doc.JSON()[i+len(`"Cause":`):]
		var cause string
		if json.NewDecoder(strings.NewReader(text)).Decode(&cause) == nil {
			return cause
		}
	}
	return "{}"
}

// logged is an event in the form of logs.
func logged(id engine.ID, ev value.Value) value.Value {
	details := value.Obj()
	for _, mem := range ev.Members() {
		name, v := mem.Key, mem.Value
		if strings.HasSuffix(name, "EventDetails") {
			details = v
		}
	}
	text := func(s string) value.Value { return value.FromString(s) }
	return value.Obj(value.M("id", text(get(ev, "id").JSON())), value.M("type", get(ev, "type")), value.M("details", details),
		value.M("previous_event_id", text(get(ev, "previousEventId").JSON())), value.M("event_timestamp", text("0")),
		value.M("execution_arn", text(string(id))), value.M("redrive_count", text("0")))
}

// step makes one call and compares the answer.
func (w *apiWorld) step(step value.Value) {
	w.t.Helper()
	op, expect := str(step, "operation"), get(step, "expect")
	want := get(expect, "response")
	failure := get(expect, "error")
	if get(failure, "clientSide").Bool() || want.Kind() == value.String && strings.HasPrefix(want.Str(), "Parameter validation failed") ||
		regexp.MustCompile(`at '(maxResults|nextToken|statusFilter)'`).MatchString(str(failure, "message")) ||
		str(failure, "code") == "InvalidToken" && str(get(step, "request"), "nextToken") != "" ||
		str(failure, "message") == "Invalid Logging Configuration: Log Destination not found." { // the engine knows no log groups
		w.left++
		return
	}
	w.steps++
	got, err := w.call(op, w.bind(get(step, "request")))
	number := "step " + get(step, "step").JSON() + " " + op
	if !failure.IsNull() {
		code, message := "", fmt.Sprint(err)
		var coded engine.Coded
		var definition *asl.Error
		switch {
		case errors.As(err, &definition):
			code = "InvalidDefinition"
		case errors.As(err, &coded):
			code = coded.Code()
		}
		if d := w.m.diff(value.Obj(value.M("code", get(failure, "code")), value.M("message", get(failure, "message"))),
			value.Obj(value.M("code", value.FromString(code)), value.M("message", value.FromString(message))), "$"); d != "" {
			w.t.Errorf("%s: %s", number, d)
		}
		return
	}
	if err != nil {
		w.t.Fatalf("%s: %v", number, err)
	}
	for _, mem := range got.Members() {
		name, v := mem.Key, mem.Value
		if v.Kind() == value.String || v.Kind() == value.Number {
			w.bound["<step"+get(step, "step").JSON()+"."+name+">"] = strings.Trim(v.JSON(), `"`)
		}
	}
	if token := str(got, "nextToken"); token != "" {
		w.next = token
	}
	if arn := str(got, "executionArn"); arn != "" && strings.HasPrefix(op, "Start") {
		w.bound[fmt.Sprintf("<ExecArnPart_%didx>", w.starts)] = engine.ID(arn).Name()
		w.starts++
		w.bound["<step"+get(step, "step").JSON()+".executionName>"] = engine.ID(arn).Name()
	}
	if want.IsNull() {
		return
	}
	w.learn(want, got)
	if str(step, "key") == "end_event" || str(expect, "expectPath") == "logs" || str(step, "expectPath") == "logs" {
		got = <-w.ended
		w.learn(want, got)
	}
	want, got = w.tolerate(want, dropped(got, "billingDetails"))
	if d := w.m.diff(want, got, "$"); d != "" {
		w.t.Errorf("%s: %s", number, d)
	}
}

// logGroups are the names of log groups, which the recordings replace in answers and not in requests.
var logGroups = regexp.MustCompile(`:log-group:[^:"]+:`)

// tolerate takes out what varies: the bill, names of log groups, and members that AWS has shown since after the recording was made.
func (w *apiWorld) tolerate(want, got value.Value) (value.Value, value.Value) {
	if !get(want, "loggingConfiguration").IsNull() {
		want = parsed([]byte(logGroups.ReplaceAllString(want.JSON(), ":log-group:name:")))
		got = parsed([]byte(logGroups.ReplaceAllString(got.JSON(), ":log-group:name:")))
	}
	want = dropped(want, "billingDetails")
	for _, later := range []string{"encryptionConfiguration", "redriveCount"} {
		if get(want, later).IsNull() {
			got = dropped(got, later)
		}
	}
	if list := get(want, "executions"); list.Len() > 0 {
		if first, _ := list.At(0); get(first, "redriveCount").IsNull() {
			var items []value.Value
			for _, x := range get(got, "executions").Elems() {
				items = append(items, dropped(x, "redriveCount"))
			}
			got = answer("executions", value.FromArray(items))
		}
	}
	return want, got
}

// bind replaces what is bound in a request. A token that is null stands for the last one.
func (w *apiWorld) bind(v value.Value) value.Value {
	if next, ok := v.Get("nextToken"); ok && next.IsNull() {
		v = value.FromMembers(append(dropped(v, "nextToken").Members(), value.M("nextToken", value.FromString(w.next))))
	}
	text := w.tokens.ReplaceAllStringFunc(v.JSON(), func(s string) string {
		if b, ok := w.bound[s]; ok {
			return b
		}
		return s
	})
	bound, err := value.ParseString(text)
	if err != nil {
		return v
	}
	return bound
}

// learn binds the placeholders of strings that are expected.
func (w *apiWorld) learn(want, got value.Value) {
	switch want.Kind() {
	case value.Object:
		for _, mem := range want.Members() {
			name, v := mem.Key, mem.Value
			w.learn(v, get(got, name))
		}
	case value.Array:
		for i, v := range want.Elems() {
			if g, ok := got.At(i); ok {
				w.learn(v, g)
			}
		}
	case value.String:
		tokens := w.tokens.FindAllString(want.Str(), -1)
		pattern := "^" + w.tokens.ReplaceAllString(regexp.QuoteMeta(want.Str()), "(.+)") + "$"
		if m := regexp.MustCompile(pattern).FindStringSubmatch(got.Str()); len(tokens) > 0 && len(m) == len(tokens)+1 {
			for i, token := range tokens {
				w.bound[token] = m[i+1]
			}
		}
	}
}

func dropped(v value.Value, name string) value.Value {
	if v.Kind() != value.Object {
		return v
	}
	var members []value.Member
	for _, mem := range v.Members() {
		k, m := mem.Key, mem.Value
		if k != name {
			members = append(members, value.M(k, m))
		}
	}
	return value.FromMembers(members)
}

// answer makes an object of its members, and leaves absent ones out.
func answer(members ...any) value.Value {
	var all []value.Member
	for i := 0; i < len(members); i += 2 {
		switch v := members[i+1].(type) {
		case string:
			if v != "" {
				all = append(all, value.M(members[i].(string), value.FromString(v)))
			}
		case time.Time:
			if !v.IsZero() {
				all = append(all, value.M(members[i].(string), value.FromInt(v.UnixMilli())))
			}
		case value.Value:
			all = append(all, value.M(members[i].(string), v))
		}
	}
	return value.FromMembers(all)
}

func parsed(text []byte) value.Value {
	v, err := value.Parse(text)
	if err != nil {
		panic(err)
	}
	return v
}

var included = value.Obj(value.M("included", value.FromBool(true)))

// call makes one call of the API with the methods of the engine.
func (w *apiWorld) call(op string, in value.Value) (value.Value, error) {
	e, ctx := w.e, w.t.Context()
	arn := str(in, "stateMachineArn")
	if v := get(in, "stateMachineArn"); v.Kind() == value.String && !strings.HasPrefix(arn, "arn:") && op != "CreateStateMachine" {
		return value.Value{}, &engine.ARNError{ARN: arn} // methods take names too
	}
	switch op {
	case "CreateStateMachine":
		r, err := e.CreateMachine(ctx, str(in, "name"), []byte(str(in, "definition")), deployOptions(in)...)
		return answer("creationDate", r.Created, "stateMachineArn", r.ARN, "stateMachineVersionArn", r.VersionARN), err
	case "UpdateStateMachine":
		opts := deployOptions(in)
		if v := get(in, "definition"); v.Kind() == value.String {
			opts = append(opts, engine.WithDefinition([]byte(v.Str())))
		}
		r, err := e.UpdateMachine(ctx, arn, opts...)
		return answer("updateDate", r.Updated, "revisionId", r.ID, "stateMachineVersionArn", r.VersionARN), err
	case "DescribeStateMachine":
		d, err := e.DescribeMachine(ctx, arn)
		if err != nil {
			return value.Value{}, err
		}
		return machineAnswer(d, "creationDate", d.Created, "status", string(d.Status), "type", string(d.Type), "description", d.Description), nil
	case "DescribeStateMachineForExecution":
		d, err := e.MachineOf(ctx, engine.ID(str(in, "executionArn")))
		if err != nil {
			return value.Value{}, err
		}
		return machineAnswer(d, "updateDate", d.Updated), nil
	case "DeleteStateMachine":
		return value.Obj(), e.DeleteMachine(ctx, arn)
	case "ListStateMachines":
		var items []value.Value
		for m, err := range e.Machines(ctx) {
			if err != nil {
				return value.Value{}, err
			}
			items = append(items, answer("stateMachineArn", m.ARN, "name", m.Name, "type", string(m.Type), "creationDate", m.Created))
		}
		return paged(in, "stateMachines", items), nil
	case "PublishStateMachineVersion":
		var opts []engine.PublishOption
		if v := get(in, "description"); v.Kind() == value.String {
			opts = append(opts, engine.WithDescription(v.Str()))
		}
		if v := get(in, "revisionId"); v.Kind() == value.String {
			opts = append(opts, engine.OfRevision(v.Str()))
		}
		v, err := e.PublishVersion(ctx, arn, opts...)
		return answer("creationDate", v.Created, "stateMachineVersionArn", v.ARN), err
	case "ListStateMachineVersions":
		all, err := e.Versions(ctx, arn)
		var items []value.Value
		for _, v := range all {
			items = append(items, answer("creationDate", v.Created, "stateMachineVersionArn", v.ARN))
		}
		return paged(in, "stateMachineVersions", items), err
	case "DeleteStateMachineVersion":
		return value.Obj(), e.DeleteVersion(ctx, str(in, "stateMachineVersionArn"))
	case "CreateStateMachineAlias":
		a, err := e.CreateAlias(ctx, str(in, "name"), str(in, "description"), routesOf(in)...)
		return answer("creationDate", a.Created, "stateMachineAliasArn", a.ARN), err
	case "UpdateStateMachineAlias":
		var description *string
		if v := get(in, "description"); v.Kind() == value.String {
			s := v.Str()
			description = &s
		}
		a, err := e.UpdateAlias(ctx, str(in, "stateMachineAliasArn"), description, routesOf(in)...)
		return answer("updateDate", a.Updated), err
	case "DescribeStateMachineAlias":
		a, err := e.DescribeAlias(ctx, str(in, "stateMachineAliasArn"))
		var routes []value.Value
		for _, r := range a.Routes {
			routes = append(routes, answer("stateMachineVersionArn", r.VersionARN, "weight", value.FromInt(int64(r.Weight))))
		}
		return answer("stateMachineAliasArn", a.ARN, "name", a.Name, "description", a.Description, "routingConfiguration", value.FromArray(routes),
			"creationDate", a.Created, "updateDate", a.Updated), err
	case "ListStateMachineAliases":
		all, err := e.Aliases(ctx, arn)
		var items []value.Value
		for _, a := range all {
			items = append(items, answer("creationDate", a.Created, "stateMachineAliasArn", a.ARN))
		}
		return paged(in, "stateMachineAliases", items), err
	case "DeleteStateMachineAlias":
		return value.Obj(), e.DeleteAlias(ctx, str(in, "stateMachineAliasArn"))
	case "TagResource":
		return value.Obj(), e.Tag(ctx, str(in, "resourceArn"), tagsOf(in)...)
	case "UntagResource":
		var keys []string
		for _, k := range get(in, "tagKeys").Elems() {
			keys = append(keys, k.Str())
		}
		return value.Obj(), e.Untag(ctx, str(in, "resourceArn"), keys...)
	case "ListTagsForResource":
		tags, err := e.Tags(ctx, str(in, "resourceArn"))
		var items []value.Value
		for _, t := range tags {
			items = append(items, value.Obj(value.M("key", value.FromString(t.Key)), value.M("value", value.FromString(t.Value))))
		}
		return answer("tags", value.FromArray(items)), err
	}
	return w.callExecution(op, arn, in)
}

// callExecution makes one call that is about executions.
func (w *apiWorld) callExecution(op, arn string, in value.Value) (value.Value, error) {
	e, ctx, id := w.e, w.t.Context(), engine.ID(str(in, "executionArn"))
	switch op {
	case "StartExecution", "StartSyncExecution":
		var opts []engine.StartOption
		if name := str(in, "name"); name != "" {
			opts = append(opts, engine.WithName(name))
		}
		var input []byte
		if v := get(in, "input"); v.Kind() == value.String {
			input = []byte(v.Str())
		}
		time.Sleep(time.Second) // of the bubble: starts have times of their own
		if op == "StartSyncExecution" {
			r, err := e.StartSync(ctx, arn, input, opts...)
			if err != nil {
				return value.Value{}, err
			}
			all := answer("executionArn", string(r.ID), "stateMachineArn", r.MachineARN, "name", r.Name, "startDate", r.Started, "stopDate", r.Stopped,
				"status", r.Status.String(), "error", r.Error, "cause", r.Cause, "input", string(r.Input), "inputDetails", included,
				"output", string(r.Output), "outputDetails", included)
			return all, nil
		}
		id, err := e.Start(ctx, arn, input, opts...)
		if err != nil {
			return value.Value{}, err
		}
		at := time.Now()
		if strings.Contains(string(id), ":execution:") {
			if w.stops > 0 { // it is to be stopped while it runs
				synctest.Wait()
			} else {
				limited, cancel := context.WithTimeout(ctx, 10*time.Minute) // some wait for a token that nobody sends
				defer cancel()
				e.Wait(limited, id)
			}
			d, err := e.Describe(ctx, id)
			if err != nil {
				return value.Value{}, err
			}
			at = d.Started
		}
		return answer("executionArn", string(id), "startDate", at), nil
	case "StopExecution":
		w.stops--
		if err := e.Stop(ctx, id, str(in, "error"), str(in, "cause")); err != nil {
			return value.Value{}, err
		}
		d, err := e.Describe(ctx, id)
		return answer("stopDate", d.Stopped), err
	case "DescribeExecution":
		d, err := e.Describe(ctx, id)
		if err != nil {
			return value.Value{}, err
		}
		var output any
		if d.Output != nil {
			output = included
		}
		return answer("executionArn", string(d.ID), "stateMachineArn", d.MachineARN, "name", d.Name, "status", d.Status.String(),
			"startDate", d.Started, "stopDate", d.Stopped, "input", string(d.Input), "inputDetails", included, "output", string(d.Output),
			"outputDetails", output, "error", d.Error, "cause", d.Cause, "stateMachineVersionArn", d.VersionARN, "stateMachineAliasArn", d.AliasARN,
			"redriveCount", value.FromInt(int64(d.Redrives)), "redriveDate", d.Redriven, "redriveStatus", string(d.RedriveStatus),
			"redriveStatusReason", d.RedriveReason), nil
	case "ListExecutions":
		var items []value.Value
		f := engine.Filter{Machine: arn}
		for s := states.Running; s <= states.Aborted; s++ {
			if s.String() == str(in, "statusFilter") {
				f.Statuses = []states.Status{s}
			}
		}
		for s, err := range e.List(ctx, f) {
			if err != nil {
				return value.Value{}, err
			}
			items = append(items, answer("executionArn", string(s.ID), "stateMachineArn", machineARN(s.ID), "name", s.Name,
				"status", s.Status.String(), "startDate", s.Started, "stopDate", s.Stopped, "stateMachineVersionArn", s.VersionARN,
				"stateMachineAliasArn", s.AliasARN, "redriveCount", value.FromInt(int64(s.Redrives)), "redriveDate", s.Redriven))
		}
		return paged(in, "executions", items), nil
	case "GetExecutionHistory":
		var opts []engine.HistoryOption
		if get(in, "reverseOrder").Bool() {
			opts = append(opts, engine.Reverse())
		}
		var items []value.Value
		for ev, err := range e.History(ctx, id, opts...) {
			if err != nil {
				return value.Value{}, err
			}
			text, err := json.Marshal(ev)
			if err != nil {
				return value.Value{}, err
			}
			items = append(items, parsed(text))
		}
		return paged(in, "events", items), nil
	}
	switch op {
	case "ListMapRuns":
		var items []value.Value
		for m, err := range e.ListMapRuns(ctx, id) {
			if err != nil {
				return value.Value{}, err
			}
			w.mapRun = string(m.ARN)
			items = append(items, answer("executionArn", string(m.Execution), "mapRunArn", string(m.ARN), "stateMachineArn", m.MachineARN,
				"startDate", m.Started, "stopDate", m.Stopped))
		}
		return paged(in, "mapRuns", items), nil
	case "DescribeMapRun":
		m, err := e.DescribeMapRun(ctx, engine.ID(w.mapRun)) // the request of the recording has a name of its own
		counts := func(c engine.MapRunCounts) value.Value {
			var members []value.Member
			for name, n := range map[string]int64{"pending": c.Pending, "running": c.Running, "succeeded": c.Succeeded, "failed": c.Failed,
				"timedOut": c.TimedOut, "aborted": c.Aborted, "total": c.Total, "resultsWritten": c.ResultsWritten} {
				members = append(members, value.M(name, value.FromInt(n)))
			}
			return value.FromMembers(members)
		}
		return answer("mapRunArn", string(m.ARN), "executionArn", string(m.Execution), "status", m.Status.String(), "startDate", m.Started,
			"stopDate", m.Stopped, "maxConcurrency", value.FromInt(int64(m.MaxConcurrency)),
			"toleratedFailureCount", value.FromInt(m.ToleratedFailureCount), "toleratedFailurePercentage", value.FromInt(int64(m.ToleratedFailurePercentage)),
			"itemCounts", counts(m.Items), "executionCounts", counts(m.Executions)), err
	}
	if a := str(in, "activityArn"); a != "" && !strings.HasPrefix(a, "arn:") {
		return value.Value{}, &engine.ARNError{ARN: a}
	}
	switch op {
	case "GetActivityTask":
		_, err := e.GetActivityTask(ctx, str(in, "activityArn"), str(in, "workerName"))
		return value.Obj(), err
	case "ListActivities":
		var items []value.Value
		for a, err := range e.ListActivities(ctx, "") {
			if err != nil {
				return value.Value{}, err
			}
			items = append(items, answer("activityArn", a.ARN, "name", a.Name, "creationDate", a.Created))
		}
		return paged(in, "activities", items), nil
	case "CreateActivity":
		a, err := e.CreateActivity(ctx, str(in, "name"), tagsOf(in)...)
		return answer("activityArn", a.ARN, "creationDate", a.Created), err
	case "DescribeActivity":
		a, err := e.DescribeActivity(ctx, str(in, "activityArn"))
		return answer("activityArn", a.ARN, "name", a.Name, "creationDate", a.Created, "encryptionConfiguration",
			parsed([]byte(`{"type":"AWS_OWNED_KEY"}`))), err
	case "DeleteActivity":
		return value.Obj(), e.DeleteActivity(ctx, str(in, "activityArn"))
	}
	w.t.Fatalf("no method for %s", op)
	return value.Value{}, nil
}

func machineARN(id engine.ID) string {
	parts := strings.Split(string(id), ":")
	return strings.Join(append(slices.Clone(parts[:5]), "stateMachine", parts[6]), ":")
}

// machineAnswer is what both descriptions of a machine have, and more.
func machineAnswer(d engine.MachineDescription, more ...any) value.Value {
	members := []any{"stateMachineArn", d.ARN, "name", d.Name, "definition", string(d.Definition), "roleArn", d.RoleARN, "revisionId", d.RevisionID,
		"loggingConfiguration", parsed(d.Logging), "tracingConfiguration", parsed(d.Tracing), "encryptionConfiguration", parsed(d.Encryption)}
	if len(d.Variables) > 0 {
		text, err := json.Marshal(d.Variables)
		if err != nil {
			panic(err)
		}
		members = append(members, "variableReferences", parsed(text))
	}
	return answer(append(members, more...)...)
}

// paged cuts one page out of items. The token is a place, and bound to nothing.
func paged(in value.Value, member string, items []value.Value) value.Value {
	from, _ := strconv.Atoi(strings.TrimPrefix(str(in, "nextToken"), "from-"))
	limit := int(whole(in, "maxResults"))
	if limit == 0 {
		limit = 100
	}
	items = items[min(from, len(items)):]
	next := ""
	if len(items) > limit {
		items, next = items[:limit], fmt.Sprint("from-", from+limit)
	}
	return answer(member, value.FromArray(items), "nextToken", next)
}

func deployOptions(in value.Value) []engine.DeployOption {
	var opts []engine.DeployOption
	if v := get(in, "roleArn"); v.Kind() == value.String {
		opts = append(opts, engine.WithRole(v.Str()))
	}
	if v := str(in, "type"); v != "" {
		opts = append(opts, engine.WithType(engine.Type(v)))
	}
	if v := get(in, "loggingConfiguration"); !v.IsNull() {
		opts = append(opts, engine.WithLogging(v.AppendJSON(nil)))
	}
	if v := get(in, "tracingConfiguration"); !v.IsNull() {
		opts = append(opts, engine.WithTracing(v.AppendJSON(nil)))
	}
	if get(in, "publish").Bool() {
		opts = append(opts, engine.Publish())
	}
	if v := get(in, "versionDescription"); v.Kind() == value.String {
		opts = append(opts, engine.WithVersionDescription(v.Str()))
	}
	return append(opts, engine.WithTags(tagsOf(in)...))
}

func routesOf(in value.Value) []engine.Route {
	var routes []engine.Route
	for _, r := range get(in, "routingConfiguration").Elems() {
		routes = append(routes, engine.Route{VersionARN: str(r, "stateMachineVersionArn"), Weight: int(whole(r, "weight"))})
	}
	return routes
}

func tagsOf(in value.Value) []engine.Tag {
	var tags []engine.Tag
	for _, t := range get(in, "tags").Elems() {
		tags = append(tags, engine.Tag{Key: str(t, "key"), Value: str(t, "value")})
	}
	return tags
}
