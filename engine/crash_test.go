package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

// The crash test runs executions in a child process, kills it at random moments, and lets the next child go on with the same
// file. GAIT_CRASH_KILLS and GAIT_CRASH_EXECUTIONS set how often and how many; GAIT_CRASH_SEED repeats the moments.

const (
	crashDir  = "GAIT_CRASH_DIR"  // set in the child: where the store and the list of acknowledged starts are
	crashUpTo = "GAIT_CRASH_UPTO" // set in the child: how many executions to start
)

// crashMachine is one kind of execution and what number i of it must end with.
type crashMachine struct {
	name, definition string
	want             func(i int) string
}

func inc(next string) string {
	return `{"Type":"Task","Resource":"gait:inc","TimeoutSeconds":600,` + next + `}`
}

var crashMachines = []crashMachine{
	{"chain", `{"StartAt":"A","States":{"A":` + inc(`"Next":"B"`) + `,"B":` + inc(`"Next":"C"`) + `,"C":` + inc(`"Next":"D"`) +
		`,"D":` + inc(`"Next":"E"`) + `,"E":` + inc(`"End":true`) + `}}`,
		func(i int) string { return fmt.Sprintf(`SUCCEEDED {"n":%d}`, i+5) }},
	{"retry", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"gait:flaky","Retry":[{"ErrorEquals":["Flaky"],"IntervalSeconds":1,
		"BackoffRate":1,"MaxAttempts":3}],"Next":"B"},"B":` + inc(`"End":true`) + `}}`,
		func(i int) string { return fmt.Sprintf(`SUCCEEDED {"n":%d}`, i+3) }},
	{"catch", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"gait:refuse","Catch":[{"ErrorEquals":["Refused"],"ResultPath":"$.error",
		"Next":"B"}],"End":true},"B":{"Type":"Pass","InputPath":"$.error.Cause","End":true}}}`,
		func(i int) string { return fmt.Sprintf(`SUCCEEDED "no %d"`, i) }},
	{"parallel", `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"A","States":{"A":` + inc(`"Next":"B"`) + `,"B":` + inc(`"End":true`) + `}},
		{"StartAt":"C","States":{"C":` + inc(`"End":true`) + `}},
		{"StartAt":"D","States":{"D":{"Type":"Pass","Result":"d","Next":"E"},"E":{"Type":"Succeed"}}}]}}}`,
		func(i int) string { return fmt.Sprintf(`SUCCEEDED [{"n":%d},{"n":%d},"d"]`, i+2, i+1) }},
	{"map", `{"StartAt":"I","States":{"I":{"Type":"Pass","Result":[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5}],"Next":"M"},
		"M":{"Type":"Map","MaxConcurrency":2,"End":true,"ItemProcessor":{"StartAt":"A","States":{"A":` + inc(`"End":true`) + `}}}}}`,
		func(int) string { return `SUCCEEDED [{"n":2},{"n":3},{"n":4},{"n":5},{"n":6}]` }},
	{"wait", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Next":"A"},"A":` + inc(`"Next":"C"`) + `,
		"C":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericGreaterThan":-1,"Next":"F"}],"Default":"S"},
		"S":{"Type":"Succeed"},"F":{"Type":"Fail","Error":"Wanted","Cause":"by the test"}}}`,
		func(int) string { return `FAILED Wanted: by the test` }},
	{"spread", `{"StartAt":"I","States":{"I":{"Type":"Pass","Result":[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5},{"n":6}],"Next":"M"},
		"M":{"Type":"Map","MaxConcurrency":4,"Label":"l","Next":"J","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
			"StartAt":"A","States":{"A":` + inc(`"Next":"B"`) + `,"B":` + inc(`"End":true`) + `}}},
		"J":{"Type":"Pass","End":true}}}`,
		func(int) string { return `SUCCEEDED [{"n":3},{"n":4},{"n":5},{"n":6},{"n":7},{"n":8}]` }},
	{"spread-redrive", `{"StartAt":"I","States":{"I":{"Type":"Pass","Result":[{"n":1},{"n":2},{"n":3}],"Next":"M"},
		"M":{"Type":"Map","Label":"l","Next":"J","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
			"StartAt":"A","States":{"A":` + inc(`"Next":"T"`) + `,
			"T":{"Type":"Task","Resource":"gait:later","Parameters":{"n.$":"$.n","redrives.$":"$$.Execution.RedriveCount"},"End":true}}}},
		"J":{"Type":"Pass","End":true}}}`,
		func(int) string { return `SUCCEEDED [{"n":3},{"n":4},{"n":5}]` }},
	{"redrive", `{"StartAt":"A","States":{"A":` + inc(`"Next":"T"`) + `,
		"T":{"Type":"Task","Resource":"gait:later","Parameters":{"n.$":"$.n","redrives.$":"$$.Execution.RedriveCount"},"Next":"B"},
		"B":` + inc(`"End":true`) + `}}`,
		func(i int) string { return fmt.Sprintf(`SUCCEEDED {"n":%d}`, i+3) }},
	{"job", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"gait:job","TimeoutSeconds":600,"Next":"B"},"B":` + inc(`"End":true`) + `}}`,
		func(i int) string { return fmt.Sprintf(`SUCCEEDED {"n":%d}`, i+11) }},
	{"leaf", `{"StartAt":"A","States":{"A":` + inc(`"Next":"B"`) + `,"B":` + inc(`"End":true`) + `}}`,
		func(i int) string { return fmt.Sprintf(`SUCCEEDED {"n":%d}`, i+2) }},
	{"nested", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
		"Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:leaf","Input.$":"$"},"OutputPath":"$.Output","Next":"B"},
		"B":` + inc(`"End":true`) + `}}`,
		func(i int) string { return fmt.Sprintf(`SUCCEEDED {"n":%d}`, i+3) }},
}

// settle waits for the end of an execution, redriving it for as long as it fails because it was not redriven often enough.
func settle(t testing.TB, e *engine.Engine, id engine.ID) string {
	t.Helper()
	if err := redriveUntilDone(e, id); err != nil {
		t.Fatalf("redrive %s: %v", id, err)
	}
	return wait(t, e, id)
}

func redriveUntilDone(e *engine.Engine, id engine.ID) error {
	ctx := context.Background()
	for {
		r, err := e.Wait(ctx, id)
		if r.ID == "" {
			return err
		}
		if r.Error != "TooEarly" && r.Error != "States.ExceedToleratedFailureThreshold" {
			return nil
		}
		// A redrive whose answer was lost in a crash may have happened: the token is that of the next one in any case.
		d, err := e.Describe(ctx, id)
		if err != nil {
			return err
		}
		var not *engine.NotRedrivableError
		if _, err := e.Redrive(ctx, id, engine.WithClientToken(fmt.Sprint("redrive-", d.Redrives))); err != nil && !errors.As(err, &not) {
			return err
		}
	}
}

// crashCase returns machine, name and number of execution i.
func crashCase(i int) (crashMachine, string) {
	return crashMachines[i%len(crashMachines)], fmt.Sprint("e", i)
}

type counter struct {
	N int `json:"n"`
}

func crashTasks() *task.Mux {
	var m task.Mux
	m.Handle("gait:inc", task.Func(func(_ context.Context, c counter) (counter, error) { return counter{c.N + 1}, nil }))
	m.HandleFunc("gait:flaky", func(_ context.Context, r *task.Request) (any, error) {
		if r.Attempt < 2 {
			return nil, &task.Error{Name: "Flaky"}
		}
		return task.Func(func(_ context.Context, c counter) (counter, error) { return counter{c.N + 2}, nil }).ServeTask(context.Background(), r)
	})
	m.Handle("gait:later", task.Func(func(_ context.Context, c struct{ N, Redrives int }) (counter, error) {
		if c.Redrives < 2 {
			return counter{}, &task.Error{Name: "TooEarly"}
		}
		return counter{c.N + 1}, nil
	}))
	m.HandleJob("gait:job", task.JobFuncs{
		OnStart: func(_ context.Context, r *task.Request) (task.Submission, error) {
			return task.Submission{Handle: string(r.Input), PollAfter: 5 * time.Millisecond}, nil
		},
		OnPoll: func(_ context.Context, ref task.JobRef) (task.Progress, error) {
			var c counter
			err := json.Unmarshal([]byte(ref.Handle), &c)
			return task.Progress{Done: ref.Polls > 1, Output: counter{c.N + 10}, PollAfter: 5 * time.Millisecond}, err
		},
		OnStop: func(context.Context, task.JobRef) error { panic("a job was stopped that is waited for") },
	})
	m.Handle("gait:refuse", task.Func(func(_ context.Context, c counter) (any, error) {
		return nil, task.Errorf("Refused", "no %d", c.N)
	}))
	return &m
}

func openCrashEngine(dir string) (*engine.Engine, error) {
	st, err := sqlite.Open(context.Background(), filepath.Join(dir, "gait.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	return engine.Open(context.Background(), engine.Config{Store: st, Tasks: crashTasks(), Loaded: 64})
}

// acknowledged returns the executions whose start a child has seen acknowledged.
func acknowledged(dir string) (map[int]bool, error) {
	f, err := os.Open(filepath.Join(dir, "acknowledged"))
	if errors.Is(err, os.ErrNotExist) {
		return map[int]bool{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := map[int]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		i, err := strconv.Atoi(lines.Text())
		if err != nil {
			return nil, err
		}
		all[i] = true
	}
	return all, lines.Err()
}

// TestCrashChild is the child process of the crash test. It starts what is not acknowledged yet and then waits to be killed.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("only run by TestExecutionsSurviveKills")
	}
	upTo, err := strconv.Atoi(os.Getenv(crashUpTo))
	if err != nil {
		t.Fatal(err)
	}
	e, err := openCrashEngine(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range crashMachines {
		deploy(t, e, m.name, m.definition)
	}
	fmt.Println("open") // children that are killed early are killed before
	before, err := acknowledged(dir)
	if err != nil {
		t.Fatal(err)
	}
	acks, err := os.OpenFile(filepath.Join(dir, "acknowledged"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	redriving := func(i int) {
		if m, name := crashCase(i); strings.HasSuffix(m.name, "redrive") {
			go func() {
				if err := redriveUntilDone(e, e.ID(m.name, name)); err != nil {
					t.Errorf("redrive %s: %v", name, err)
					os.Exit(3)
				}
			}()
		}
	}
	for i := range before {
		redriving(i)
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range 8 {
		wg.Go(func() {
			for i := range next {
				m, name := crashCase(i)
				_, err := e.Start(context.Background(), m.name, fmt.Appendf(nil, `{"n":%d}`, i), engine.WithName(name))
				var exists *engine.ExistsError
				if err != nil && !errors.As(err, &exists) { // it may have ended before it was acknowledged
					t.Errorf("start %d: %v", i, err)
					os.Exit(3)
				}
				fmt.Fprintln(acks, i)
				redriving(i)
			}
		})
	}
	for i := range upTo {
		if !before[i] {
			next <- i
		}
	}
	close(next)
	wg.Wait()
	select {} // until the kill
}

func envInt(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s=%q: %v", name, s, err)
	}
	return n
}

func TestExecutionsSurviveKills(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	t.Parallel()
	kills, executions := envInt(t, "GAIT_CRASH_KILLS", 6), envInt(t, "GAIT_CRASH_EXECUTIONS", 120)
	seed := uint64(envInt(t, "GAIT_CRASH_SEED", int(time.Now().UnixNano())))
	t.Logf("GAIT_CRASH_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	for k := range kills {
		// Each child may start a share of the executions, so that every kill finds work.
		kill(t, dir, (k+1)*executions/kills, time.Duration(random.ExpFloat64()*float64(100*time.Millisecond)), random.IntN(4) == 0)
	}
	acks, err := acknowledged(dir)
	if err != nil {
		t.Fatal(err)
	}
	e, err := openCrashEngine(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	for _, m := range crashMachines {
		deploy(t, e, m.name, m.definition)
	}
	want := undisturbed(t)
	for i := range executions {
		m, name := crashCase(i)
		var missing *engine.NotFoundError
		if _, err := e.Describe(t.Context(), e.ID(m.name, name)); errors.As(err, &missing) && !acks[i] {
			start(t, e, m.name, fmt.Sprintf(`{"n":%d}`, i), engine.WithName(name)) // no child came so far
		}
	}
	for i := range executions {
		m, name := crashCase(i)
		id := e.ID(m.name, name)
		if got := settle(t, e, id); got != m.want(i) {
			t.Errorf("%s: %s, want %s", id, got, m.want(i))
		}
		got := strings.Fields(types(t, events(t, e, id)))
		slices.Sort(got)
		if m.name == "spread-redrive" { // how often it is redriven depends on which child executions were stopped
			got = want[m.name]
		}
		if diff := cmp.Diff(want[m.name], got); diff != "" {
			t.Errorf("%s: events (-undisturbed +got):\n%s", id, diff)
		}
		if m.name == "spread" {
			checkMapRun(t, e, id, 6)
		}
	}
	leaves, started := 0, 0
	for i := range executions {
		if m, _ := crashCase(i); m.name == "leaf" || m.name == "nested" {
			started++
		}
	}
	for x, err := range e.List(t.Context(), engine.Filter{Machine: "leaf"}) {
		if err != nil {
			t.Fatal(err)
		}
		leaves++
		if x.Status != states.Succeeded {
			t.Errorf("%s is %v", x.ID, x.Status)
		}
	}
	if leaves != started {
		t.Errorf("%d executions of leaf, want %d: one for each that was started, and one child for each parent", leaves, started)
	}
	t.Logf("%d kills, %d of %d executions acknowledged by children, all checked", kills, len(acks), executions)
}

// checkMapRun checks that an execution had one map run, with one child execution for each of n items, all of which succeeded.
func checkMapRun(t *testing.T, e *engine.Engine, id engine.ID, n int) {
	t.Helper()
	runs := mapRuns(t, e, id)
	if len(runs) != 1 {
		t.Errorf("%s: %d map runs, want 1", id, len(runs))
		return
	}
	children := childrenOf(t, e, runs[0].ARN)
	if got := runs[0].Executions; len(children) != n || got.Succeeded != int64(n) || got.Total != int64(n) {
		t.Errorf("%s: %d child executions, counts %+v, want %d", id, len(children), got, n)
	}
	for _, c := range children {
		if got := len(events(t, e, c.ID)); c.Status != states.Succeeded || got != 12 {
			t.Errorf("%s: %s with %d events, want 12", c.ID, c.Status, got)
		}
	}
}

// kill runs a child and kills it some time after it has opened the store or, when early is set, after it was started.
func kill(t *testing.T, dir string, upTo int, after time.Duration, early bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashUpTo+"="+strconv.Itoa(upTo))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !early {
		var said []string
		for lines.Scan() {
			if lines.Text() == "open" {
				said = nil
				break
			}
			said = append(said, lines.Text())
		}
		if said != nil {
			t.Fatalf("the child did not open the store:\n%s", strings.Join(said, "\n"))
		}
	}
	time.Sleep(after) // the moment of the kill is random in real time: nothing waits for it
	if err := cmd.Process.Kill(); err != nil {
		t.Errorf("the child ended by itself: %v", err)
	}
	for lines.Scan() {
		if strings.Contains(lines.Text(), "FAIL") || strings.Contains(lines.Text(), "panic") {
			t.Errorf("the child says: %s", lines.Text())
		}
	}
	_ = cmd.Wait() // it was killed
}

// undisturbed returns the sorted event types of one execution of each machine that nothing interrupts.
func undisturbed(t *testing.T) map[string][]string {
	t.Helper()
	e := open(t, engine.Config{Tasks: crashTasks()})
	all := map[string][]string{}
	for i, m := range crashMachines {
		deploy(t, e, m.name, m.definition)
		id := start(t, e, m.name, fmt.Sprintf(`{"n":%d}`, i))
		if got := settle(t, e, id); got != m.want(i) {
			t.Fatalf("undisturbed %s: %s, want %s", m.name, got, m.want(i))
		}
		all[m.name] = strings.Fields(types(t, events(t, e, id)))
		slices.Sort(all[m.name])
	}
	return all
}
