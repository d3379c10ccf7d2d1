package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// everyWait is a machine whose branches wait for all that an execution can wait for, with a child that waits itself.
const everyWait = `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
	{"StartAt":"Handler","States":{"Handler":{"Type":"Task","Resource":"gait:work","End":true}}},
	{"StartAt":"Token","States":{"Token":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters":{"QueueUrl":"u","MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}},
	{"StartAt":"Activity","States":{"Activity":{"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:a","End":true}}},
	{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":9000,"End":true}}},
	{"StartAt":"Retry","States":{"Retry":{"Type":"Task","Resource":"gait:no","Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":9000}],"End":true}}},
	{"StartAt":"Items","States":{"Items":{"Type":"Map","ItemsPath":"$.items","ItemProcessor":{"StartAt":"Item","States":{
		"Item":{"Type":"Task","Resource":"gait:work","End":true}}},"End":true}}},
	{"StartAt":"Run","States":{"Run":{"Type":"Map","Label":"run","ItemsPath":"$.items","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED",
		"ExecutionType":"STANDARD"},"StartAt":"Far","States":{"Far":{"Type":"Wait","Seconds":9000,"End":true}}},"End":true}}},
	{"StartAt":"Child","States":{"Child":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
		"Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:child","Name.$":"$.child"},"End":true}}}]}}}`

// TestEndsReachEverythingBelow ends an execution that waits for all there is, in each way that there is.
func TestEndsReachEverythingBelow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		machine string
		end     func(t *testing.T, e *engine.Engine, id engine.ID)
		want    string
	}{
		"by TimeoutSeconds": {`{"TimeoutSeconds":60,` + everyWait[1:], func(*testing.T, *engine.Engine, engine.ID) { time.Sleep(61 * time.Second) },
			"TIMED_OUT States.Timeout: "},
		"by Stop": {everyWait, func(t *testing.T, e *engine.Engine, id engine.ID) {
			if err := e.Stop(t.Context(), id, "Enough", ""); err != nil {
				t.Error(err)
			}
		}, "ABORTED Enough: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var working, cancelled atomic.Int64
				tokens := make(chan task.Token, 2)
				mux := handlers(func(ctx context.Context, _ *task.Request) (any, error) {
					working.Add(1)
					<-ctx.Done()
					cancelled.Add(1)
					return nil, ctx.Err()
				})
				mux.HandleFunc("arn:aws:states:::sqs:sendMessage.waitForTaskToken", func(_ context.Context, r *task.Request) (any, error) {
					tokens <- r.Token
					return struct{}{}, nil
				})
				e := open(t, engine.Config{Tasks: mux})
				if _, err := e.CreateActivity(t.Context(), "a"); err != nil {
					t.Fatal(err)
				}
				deploy(t, e, "child", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9000,"End":true}}}`)
				deploy(t, e, "m", test.machine)
				id := start(t, e, "m", `{"items":[1,2,3],"child":"c"}`)
				synctest.Wait()
				token := <-tokens
				if working.Load() != 4 {
					t.Fatalf("%d handlers work, want 4", working.Load())
				}
				test.end(t, e, id)
				if got := wait(t, e, id); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
				synctest.Wait()
				time.Sleep(time.Minute) // jobs and children are stopped by calls that may take their time
				if cancelled.Load() != 4 {
					t.Errorf("%d handlers were cancelled, want 4", cancelled.Load())
				}
				if d := describe(t, e, e.ID("child", "c")); d.Status != states.Aborted {
					t.Errorf("the child is %v", d.Status)
				}
				var closed *engine.TokenError
				if err := e.SendTaskSuccess(t.Context(), token, []byte(`1`)); !errors.As(err, &closed) {
					t.Errorf("token: %v", err)
				}
				for s, err := range e.List(t.Context(), engine.Filter{Statuses: []states.Status{states.Running}}) {
					t.Errorf("still running: %+v, %v", s, err)
				}
				if runs, timers, calls := engine.Holding(e); runs != 0 || timers != 0 || calls != 0 {
					t.Errorf("%d executions, %d timers, %d calls are left", runs, timers, calls)
				}
				if d := describe(t, e, id); d.RedriveStatus != engine.Redrivable {
					t.Errorf("it is %s: %s", d.RedriveStatus, d.RedriveReason)
				}
			})
		})
	}
}

// TestRedriveSurvivesStoreFaults lets commits fail, some of them after they were stored, while executions are redriven by callers
// who ask until they have an answer.
func TestRedriveSurvivesStoreFaults(t *testing.T) {
	t.Parallel()
	seeds(t, redriveWithFaults)
}

func redriveWithFaults(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 2))
	st := &flaky{Store: memory.New()}
	var broken atomic.Bool
	broken.Store(true)
	e := open(t, engine.Config{Store: st, Shards: 2, Loaded: 2, MaxTasks: 3, Batch: 4,
		Tasks: handlers(func(_ context.Context, r *task.Request) (any, error) {
			if broken.Load() && r.State == "S2" {
				return nil, &task.Error{Name: "Broken"}
			}
			return r.Input, nil
		})})
	deploy(t, e, "m", chain(3))
	const executions = 30
	var ids []engine.ID
	for i := range executions {
		ids = append(ids, start(t, e, "m", fmt.Sprint(i)))
		wait(t, e, ids[i])
	}
	broken.Store(false)
	st.set(func(batch []store.Write) error {
		switch random.IntN(5) {
		case 0:
			return errDisk
		case 1:
			st.Store.Apply(context.Background(), 1, batch)
			return errDisk
		}
		return nil
	})
	for _, id := range ids {
		for failed := (*engine.StoreError)(nil); ; {
			_, err := e.Redrive(t.Context(), id, engine.WithClientToken("again"))
			if err == nil {
				break
			}
			if !errors.As(err, &failed) {
				t.Fatalf("redrive: %v", err)
			}
		}
	}
	for i, id := range ids {
		if got, want := wait(t, e, id), fmt.Sprint("SUCCEEDED ", i); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
		got := types(t, events(t, e, id))
		if strings.Count(got, "ExecutionRedriven") != 1 || strings.Count(got, "TaskStateEntered") != 3 {
			t.Errorf("%s: %s", id, got)
		}
	}
	synctest.Wait()
	if _, _, calls := engine.Holding(e); calls != 0 {
		t.Errorf("%d calls are left in the dispatcher", calls)
	}
}

// TestRedriveOfEverything redrives what was stopped while it waited for all there is, and lets it come to its end.
func TestRedriveOfEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var stopped atomic.Bool
		mux := handlers(func(ctx context.Context, r *task.Request) (any, error) {
			if !stopped.Load() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return r.State, nil
		})
		tokens := make(chan task.Token, 2)
		mux.HandleFunc("arn:aws:states:::sqs:sendMessage.waitForTaskToken", func(_ context.Context, r *task.Request) (any, error) {
			tokens <- r.Token
			return struct{}{}, nil
		})
		e := open(t, engine.Config{Tasks: mux})
		if _, err := e.CreateActivity(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "child", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9,"Next":"P"},"P":{"Type":"Pass","Result":"child","End":true}}}`)
		deploy(t, e, "m", strings.NewReplacer(`,"Name.$":"$.child"`, "", "9000", "9").Replace(everyWait))
		id := start(t, e, "m", `{"items":[1,2],"child":"c"}`)
		synctest.Wait()
		old := <-tokens
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stopped.Store(true)
		mux.HandleFunc("gait:no", func(context.Context, *task.Request) (any, error) { return "retried", nil })
		redrive(t, e, id)
		var closed *engine.TokenError
		if err := e.SendTaskSuccess(t.Context(), old, []byte(`1`)); !errors.As(err, &closed) {
			t.Errorf("the token of the first attempt: %v", err)
		}
		if err := e.SendTaskSuccess(t.Context(), <-tokens, []byte(`"token"`)); err != nil {
			t.Error(err)
		}
		work, err := e.GetActivityTask(t.Context(), "a", "w")
		for err == nil && work != nil && e.SendTaskSuccess(t.Context(), work.Token, []byte(`"activity"`)) != nil {
			work, err = e.GetActivityTask(t.Context(), "a", "w") // that of the first attempt
		}
		if err != nil {
			t.Error(err)
		}
		want := `SUCCEEDED ["Handler","token","activity",{"items":[1,2],"child":"c"},"retried",["Item","Item"],[1,2],`
		if got := wait(t, e, id); !strings.HasPrefix(got, want) || !strings.Contains(got, `"Output":"child"`) {
			t.Errorf("got  %s\nwant %s…", got, want)
		}
		types(t, events(t, e, id))
	})
}

func TestExpressMachinesHaveNoExecutionsToList(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{})
	express(t, e, "m", `{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}`)
	for _, err := range e.List(t.Context(), engine.Filter{Machine: "m"}) {
		coded(t, err, "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
	}
	for _, err := range e.List(t.Context(), engine.Filter{Machine: "none"}) {
		coded(t, err, "StateMachineDoesNotExist", "State Machine Does Not Exist: '"+machinePrefix+"none'")
	}
	_, err := e.StartSync(t.Context(), machinePrefix+"m/label", nil)
	coded(t, err, "ValidationException", "")
}
