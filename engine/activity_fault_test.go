package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

func TestWorkerThatDiesIsReplacedByRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := openPacking(t, engine.Config{}, `"HeartbeatSeconds":10,"Retry":[{"ErrorEquals":["States.HeartbeatTimeout"],"IntervalSeconds":1}],`)
		id := start(t, e, "m", `{}`)
		dead := poll(t, e, "dead")
		second := poll(t, e, "alive") // waits for the retry
		if second.Token == dead.Token {
			t.Error("both attempts have the same token")
		}
		if err := e.SendTaskHeartbeat(t.Context(), dead.Token); code(err) != "TaskTimedOut" {
			t.Errorf("heartbeat with the token of the first attempt: %v, want TaskTimedOut", err)
		}
		if err := e.SendTaskSuccess(t.Context(), dead.Token, []byte(`"late"`)); code(err) != "TaskTimedOut" {
			t.Errorf("success with the token of the first attempt: %v, want TaskTimedOut", err)
		}
		succeed(t, e, second.Token, `"done"`)
		if got := wait(t, e, id); got != `SUCCEEDED "done"` {
			t.Errorf("got %s", got)
		}
		want := "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivityTimedOut " +
			"ActivityScheduled ActivityStarted ActivitySucceeded TaskStateExited ExecutionSucceeded"
		if got := types(t, events(t, e, id)); got != want {
			t.Errorf("history %s, want %s", got, want)
		}
	})
}

func TestTokensAnswerTheirOwnTaskOnce(t *testing.T) {
	t.Parallel()
	e := openPacking(t, engine.Config{}, "")
	one, two := start(t, e, "m", `1`), start(t, e, "m", `2`)
	first, second := poll(t, e, ""), poll(t, e, "")
	if string(first.Input) == "2" {
		first, second = second, first
	}
	succeed(t, e, second.Token, `"two"`)
	if got := wait(t, e, two); got != `SUCCEEDED "two"` {
		t.Errorf("got %s", got)
	}
	for _, again := range []error{
		e.SendTaskSuccess(t.Context(), second.Token, []byte(`1`)), e.SendTaskFailure(t.Context(), second.Token, "E", ""),
		e.SendTaskHeartbeat(t.Context(), second.Token),
	} {
		if code(again) != "TaskTimedOut" {
			t.Errorf("second answer: %v, want TaskTimedOut", again)
		}
	}
	other := open(t, engine.Config{})
	for _, e := range []*engine.Engine{other, e} {
		token := first.Token
		if e != other {
			token = token[:len(token)-1] + "-"
		}
		if err := e.SendTaskSuccess(t.Context(), token, []byte(`1`)); code(err) != "InvalidToken" {
			t.Errorf("token of another store, or a changed one: %v, want InvalidToken", err)
		}
	}
	if err := e.SendTaskSuccess(t.Context(), first.Token, []byte(`{`)); code(err) != "InvalidOutput" {
		t.Errorf("output that is no JSON: %v, want InvalidOutput", err)
	}
	if err := e.SendTaskSuccess(t.Context(), first.Token, []byte(`"`+strings.Repeat("x", 262_144)+`"`)); code(err) != "ValidationException" {
		t.Errorf("output that is too long: %v, want ValidationException", err)
	}
	for _, err := range []error{
		e.SendTaskFailure(t.Context(), first.Token, strings.Repeat("e", 257), ""),
		e.SendTaskFailure(t.Context(), first.Token, "", strings.Repeat("c", 32_769)),
	} {
		if code(err) != "ValidationException" {
			t.Errorf("failure with long texts: %v, want ValidationException", code(err))
		}
	}
	if err := e.Stop(t.Context(), one, "", ""); err != nil {
		t.Fatal(err)
	}
	if err := e.SendTaskSuccess(t.Context(), first.Token, []byte(`1`)); code(err) != "TaskTimedOut" {
		t.Errorf("success after a stop: %v, want TaskTimedOut", err)
	}
}

func TestQueuesAreRebuiltFromTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, st := reopened(t, memory.New(), engine.Config{})
		createPack(t, e)
		deploy(t, e, "m", packing(`"TimeoutSeconds":600,`))
		deploy(t, e, "late", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Next":"T"},`+packing("")[len(`{"StartAt":"T","States":{`):])
		late := start(t, e, "late", `"late"`) // the least number, and scheduled last
		var ids []engine.ID
		for i := range 10 {
			ids = append(ids, start(t, e, "m", fmt.Sprint(i)))
			time.Sleep(time.Millisecond)
		}
		taken := poll(t, e, "before")
		time.Sleep(2 * time.Second)
		closeNow(t, e)

		e, _ = reopened(t, st, engine.Config{Loaded: 2})
		defer closeNow(t, e)
		synctest.Wait()
		for i := 1; i < 10; i++ {
			got := poll(t, e, "after")
			if string(got.Input) != fmt.Sprint(i) {
				t.Errorf("task %d after the restart has the input %s", i, got.Input)
			}
			succeed(t, e, got.Token, "1")
		}
		succeed(t, e, poll(t, e, "after").Token, `"too"`)
		if got := wait(t, e, late); got != `SUCCEEDED "too"` {
			t.Errorf("got %s", got)
		}
		succeed(t, e, taken.Token, `"from before"`)
		if got := wait(t, e, ids[0]); got != `SUCCEEDED "from before"` {
			t.Errorf("a task that was taken before the restart: %s", got)
		}
		if tasks, _, _ := engine.Queued(e); tasks != 0 {
			t.Errorf("%d tasks are left in the queue", tasks)
		}
	})
}

func TestTaskOfAWorkerThatLeftGoesToTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &watched{Store: memory.New()}
		e := openPacking(t, engine.Config{Store: st}, `"TimeoutSeconds":60,`)
		id := start(t, e, "m", `1`)
		time.Sleep(time.Second)
		other := start(t, e, "m", `2`)
		gate := make(chan struct{})
		st.gate.Store(&gate)
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := e.GetActivityTask(ctx, packARN, "gone")
			left <- err
		}()
		synctest.Wait() // the start is on its way to the store
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		st.gate.Store(nil)
		close(gate)
		synctest.Wait()
		time.Sleep(50 * time.Second)
		got := poll(t, e, "next")
		if string(got.Input) != "1" {
			t.Errorf("the next worker got the task %s, want the one whose worker has left", got.Input)
		}
		succeed(t, e, got.Token, `"done"`)
		if got := wait(t, e, id); got != `SUCCEEDED "done"` {
			t.Errorf("got %s", got)
		}
		if all := events(t, e, id); all[3].Type != "ActivityStarted" || all[3].Details.WorkerName != "gone" || all[4].Type != "ActivitySucceeded" {
			t.Errorf("the history has %s of %s, then %s, want one start, of the worker that has left", all[3].Type, all[3].Details.WorkerName, all[4].Type)
		}
		// One that leaves before its task is started leaves no trace.
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		if _, err := e.GetActivityTask(ctx, packARN, "gone"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		succeed(t, e, poll(t, e, "w").Token, "2")
		if got := wait(t, e, other); got != "SUCCEEDED 2" {
			t.Errorf("got %s", got)
		}
	})
}

func TestStoreFailureWhileATaskIsStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &flaky{Store: memory.New()}
		e := openPacking(t, engine.Config{Store: st}, "")
		id := start(t, e, "m", `1`)
		st.set(func([]store.Write) error { return errDisk })
		var failed *engine.StoreError
		if got, err := e.GetActivityTask(t.Context(), packARN, "w"); !errors.As(err, &failed) || got != nil {
			t.Errorf("got %v %v, want a *StoreError", got, err)
		}
		st.set(nil)
		succeed(t, e, poll(t, e, "again").Token, "1")
		if got := wait(t, e, id); got != "SUCCEEDED 1" {
			t.Errorf("got %s", got)
		}
		if tasks, _, _ := engine.Queued(e); tasks != 0 {
			t.Errorf("%d tasks are left in the queue", tasks)
		}
	})
}

func TestCloseEndsPollsAndLosesNoTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mem := memory.New()
		st := &watched{Store: mem}
		e, err := engine.Open(t.Context(), engine.Config{Store: st})
		if err != nil {
			t.Fatal(err)
		}
		createPack(t, e)
		if _, err := e.CreateActivity(t.Context(), "idle"); err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "m", packing(""))
		id := start(t, e, "m", `1`)
		gate := make(chan struct{})
		st.gate.Store(&gate)
		idle, busy := make(chan error), make(chan *task.ActivityTask)
		go func() {
			_, err := e.GetActivityTask(t.Context(), "idle", "w")
			idle <- err
		}()
		go func() {
			got, err := e.GetActivityTask(t.Context(), packARN, "w")
			if err != nil {
				t.Errorf("the worker whose task was being started: %v", err)
			}
			busy <- got
		}()
		synctest.Wait()
		closed := make(chan error)
		go func() { closed <- e.Close(context.Background()) }()
		if err := <-idle; !errors.Is(err, engine.ErrClosed) {
			t.Errorf("the idle worker heard %v, want ErrClosed", err)
		}
		close(gate)
		got := <-busy
		if err := <-closed; err != nil || got == nil {
			t.Fatalf("Close: %v, task %v", err, got)
		}
		if _, err := e.GetActivityTask(t.Context(), packARN, "w"); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("after Close: %v, want ErrClosed", err)
		}
		e, _ = reopened(t, mem, engine.Config{})
		defer closeNow(t, e)
		succeed(t, e, got.Token, "2")
		if got := wait(t, e, id); got != "SUCCEEDED 2" {
			t.Errorf("got %s", got)
		}
	})
}

func TestQueueForgetsWhatWasStopped(t *testing.T) {
	t.Parallel()
	e := openPacking(t, engine.Config{}, "")
	for i := range 8000 {
		id := start(t, e, "m", fmt.Sprint(i))
		if i%2000 == 1999 {
			continue // stays
		}
		if err := e.Stop(t.Context(), id, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	if tasks, dead, capacity := engine.Queued(e); tasks > 3000 || dead > 3000 || capacity > 10_000 {
		t.Errorf("%d tasks, %d dead, capacity %d, want the stopped ones swept", tasks, dead, capacity)
	}
	for i := range 4 {
		if got := poll(t, e, "w"); string(got.Input) != fmt.Sprint(2000*i+1999) {
			t.Errorf("got the task %s, which was stopped", got.Input)
		}
	}
}

// TestManyWorkersAndImpatientOnes hands out every task exactly once while workers come and go.
func TestManyWorkersAndImpatientOnes(t *testing.T) {
	t.Parallel()
	e := openPacking(t, engine.Config{Loaded: 20}, "")
	const executions, workers = 400, 16
	var mu sync.Mutex
	tokens := map[task.Token]bool{}
	ctx, end := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range workers {
		random := rand.New(rand.NewPCG(1, uint64(w)))
		wg.Go(func() {
			for ctx.Err() == nil {
				ask, cancel := context.WithCancel(ctx)
				if random.IntN(3) == 0 {
					time.AfterFunc(time.Duration(random.IntN(300))*time.Microsecond, cancel)
				}
				got, err := e.GetActivityTask(ask, packARN, "w")
				cancel()
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("GetActivityTask: %v", err)
				}
				if got == nil {
					continue
				}
				mu.Lock()
				if tokens[got.Token] {
					t.Errorf("the task %s was handed out twice", got.Input)
				}
				tokens[got.Token] = true
				mu.Unlock()
				if err := e.SendTaskSuccess(context.Background(), got.Token, got.Input); err != nil {
					t.Errorf("SendTaskSuccess: %v", err)
				}
			}
		})
	}
	ids := make([]engine.ID, executions)
	for i := range ids {
		ids[i] = start(t, e, "m", fmt.Sprint(i))
	}
	for i, id := range ids {
		if got := wait(t, e, id); got != fmt.Sprint("SUCCEEDED ", i) {
			t.Errorf("execution %d: %s", i, got)
		}
	}
	end()
	wg.Wait()
	if len(tokens) != executions {
		t.Errorf("%d tasks were handed out, want %d", len(tokens), executions)
	}
}
