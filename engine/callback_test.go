package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
	"github.com/gait-engine/gait/task"
)

// callback is a definition of one Task state that waits for its token, with more members.
func callback(more string) string {
	return `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
		"Parameters":{"QueueUrl":"q","MessageBody":{"token.$":"$$.Task.Token"}},` + more + `"End":true}}}`
}

// sender registers a handler for what callback calls.
func sender(h task.HandlerFunc) *task.Mux {
	var m task.Mux
	m.HandleFunc("arn:aws:states:::sqs:sendMessage.waitForTaskToken", h)
	return &m
}

// TestCallbackBeforeTheHandlerHasReturned answers a task from inside of its handler, as a queue may do that is faster than its
// own acknowledgement.
func TestCallbackBeforeTheHandlerHasReturned(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer func(context.Context, *engine.Engine, task.Token) error
		want   string
		types  string
	}{
		{"success", func(ctx context.Context, e *engine.Engine, token task.Token) error {
			return e.SendTaskSuccess(ctx, token, []byte(`"early"`))
		}, `SUCCEEDED "early"`, "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
		{"failure", func(ctx context.Context, e *engine.Engine, token task.Token) error {
			return e.SendTaskFailure(ctx, token, "E", "C")
		}, "FAILED E: C", "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskFailed ExecutionFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var e *engine.Engine
				returned := make(chan error, 1)
				began := time.Now().UTC()
				e = open(t, engine.Config{Tasks: sender(func(ctx context.Context, r *task.Request) (any, error) {
					time.Sleep(3 * time.Second)
					if err := tt.answer(ctx, e, r.Token); err != nil {
						t.Errorf("answer: %v", err)
					}
					time.Sleep(3 * time.Second) // goes on undisturbed
					returned <- ctx.Err()
					return "too late to be seen", nil
				})})
				deploy(t, e, "m", callback(`"TimeoutSeconds":60,`))
				id := start(t, e, "m", `{}`)
				if got := wait(t, e, id); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				all := events(t, e, id)
				if got := types(t, all); got != tt.types {
					t.Errorf("history %s, want %s", got, tt.types)
				} else if !all[3].Timestamp.Equal(began) || !all[4].Timestamp.Equal(began.Add(3*time.Second)) {
					t.Errorf("started at %v and submitted at %v, want the begin of the call and the time of the answer", all[3].Timestamp, all[4].Timestamp)
				}
				if err := <-returned; err != nil {
					t.Errorf("the handler was cancelled: %v", err)
				}
				synctest.Wait()
				if n := len(events(t, e, id)); n != len(all) {
					t.Errorf("the return of the handler added %d events", n-len(all))
				}
			})
		})
	}
}

func TestRequestOfACallbackThatFails(t *testing.T) {
	t.Parallel()
	e := open(t, engine.Config{Tasks: sender(func(context.Context, *task.Request) (any, error) {
		return nil, &task.Error{Name: "SQS.QueueDoesNotExist", Cause: "no such queue"}
	})})
	deploy(t, e, "m", callback(""))
	id := start(t, e, "m", `{}`)
	if got := wait(t, e, id); got != "FAILED SQS.QueueDoesNotExist: no such queue" {
		t.Errorf("got %s", got)
	}
	want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitFailed ExecutionFailed"
	if got := types(t, events(t, e, id)); got != want {
		t.Errorf("history %s, want %s", got, want)
	}
}

// TestParkedExecutionsAreLeftAloneAfterAReopen wants that nothing has to be read of what waits for others.
func TestParkedExecutionsAreLeftAloneAfterAReopen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tokens := make(chan task.Token, 10)
		tasks := sender(func(_ context.Context, r *task.Request) (any, error) {
			tokens <- r.Token
			return nil, nil
		})
		mem := memory.New()
		e, mem := reopened(t, mem, engine.Config{Tasks: tasks})
		createPack(t, e)
		deploy(t, e, "callback", callback(`"HeartbeatSeconds":30,`))
		deploy(t, e, "activity", packing(""))
		parked, worked := start(t, e, "callback", `{}`), start(t, e, "activity", `{}`)
		token, taken := <-tokens, poll(t, e, "w").Token
		synctest.Wait()
		closeNow(t, e)

		st := &watched{Store: mem.Reopen()}
		if ids, err := st.Pending(t.Context(), 0, 10); err != nil || len(ids) != 0 {
			t.Errorf("the executions %v are to be loaded, %v, want none", ids, err)
		}
		e, err := engine.Open(t.Context(), engine.Config{Store: st, Tasks: tasks})
		if err != nil {
			t.Fatal(err)
		}
		defer closeNow(t, e)
		synctest.Wait()
		if runs, _, _ := engine.Holding(e); runs != 0 {
			t.Errorf("%d executions were loaded", runs)
		}
		if len(tokens) != 0 {
			t.Error("the request was made again")
		}
		time.Sleep(29 * time.Second)
		if err := e.SendTaskHeartbeat(t.Context(), token); err != nil {
			t.Errorf("heartbeat with a token from before: %v", err)
		}
		succeed(t, e, token, "1")
		succeed(t, e, taken, "2")
		if one, two := wait(t, e, parked), wait(t, e, worked); one != "SUCCEEDED 1" || two != "SUCCEEDED 2" {
			t.Errorf("got %s and %s", one, two)
		}
	})
}

// keyed remembers the key that seals tokens.
type keyed struct {
	store.Store
	key [32]byte
}

// Own passes on and remembers.
func (k *keyed) Own(ctx context.Context, holder string) (store.Ownership, error) {
	own, err := k.Store.Own(ctx, holder)
	k.key = own.TokenKey
	return own, err
}

func TestTokenOfAnExecutionThatIsGone(t *testing.T) {
	t.Parallel()
	st := &keyed{Store: memory.New()}
	e := open(t, engine.Config{Store: st})
	token := task.Token(states.SealToken(st.key, states.Ref{Exec: 99, Gen: 1}))
	for _, err := range []error{
		e.SendTaskSuccess(t.Context(), token, []byte(`1`)), e.SendTaskFailure(t.Context(), token, "", ""), e.SendTaskHeartbeat(t.Context(), token),
	} {
		if code(err) != "TaskDoesNotExist" {
			t.Errorf("got %v, want TaskDoesNotExist", err)
		}
	}
}
