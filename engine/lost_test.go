package engine_test

import (
	"context"
	"errors"
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

// TestPollEndsThoughTheQueueHoldsDeadTasks lets the time of a worker run out while its task is being stopped, as is the only other
// task of the queue. Nothing is left to wait for.
func TestPollEndsThoughTheQueueHoldsDeadTasks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &watched{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Shards: 1})
		a, err := e.CreateActivity(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "m", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"`+a.ARN+`","End":true}}}`)
		first, second := start(t, e, "m", `1`), start(t, e, "m", `2`)
		synctest.Wait()
		gate := make(chan struct{})
		st.gate.Store(&gate)
		for _, id := range []engine.ID{second, first} {
			go e.Stop(t.Context(), id, "", "")
			synctest.Wait() // until its commit is on its way
		}
		polled := make(chan error)
		go func() {
			got, err := e.GetActivityTask(t.Context(), "a", "w")
			if got != nil {
				t.Errorf("got %+v, which was stopped", got)
			}
			polled <- err
		}()
		time.Sleep(61 * time.Second)
		st.gate.Store(nil)
		close(gate)
		synctest.Wait()
		select {
		case err := <-polled:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("the worker still waits")
			go func() { <-polled }()
		}
	})
}

// unreadable cannot load the executions up to a number.
type unreadable struct {
	store.Store
	upTo states.ExecID
}

// Load fails or passes on.
func (u *unreadable) Load(ctx context.Context, id states.ExecID) (store.Execution, error) {
	if id <= u.upTo {
		return store.Execution{}, errDisk
	}
	return u.Store.Load(ctx, id)
}

// TestExecutionsThatCannotBeReadHoldUpNobody opens a store with many executions that cannot be read, and one that can.
func TestExecutionsThatCannotBeReadHoldUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const bad = 300
		st := memory.New()
		e, st := reopened(t, st, engine.Config{Tasks: handlers(func(ctx context.Context, _ *task.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		deploy(t, e, "chain", chain(1))
		var id engine.ID
		for range bad + 1 {
			id = start(t, e, "chain", `{}`)
		}
		closeNow(t, e)
		e = open(t, engine.Config{Store: &unreadable{st.Reopen(), bad}, Tasks: handlers(echo)})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		// Nobody asks for it but the engine itself: to wait does not load it.
		if r, err := e.Wait(ctx, id); err != nil || string(r.Output) != `{}` {
			t.Errorf("ended with %s, %v", r.Output, err)
		}
	})
}

// slowFind holds up the first look at a child execution of a map run.
type slowFind struct {
	store.Store
	looks atomic.Int64
	gate  chan struct{}
}

// Find waits, the first time, and passes on.
func (s *slowFind) Find(ctx context.Context, q store.Query) ([]store.Execution, error) {
	if strings.Contains(q.Machine, ":") && q.Name != "" && s.looks.Add(1) == 1 {
		<-s.gate
	}
	return s.Store.Find(ctx, q)
}

// TestWhatAMapRunLeftUndoneDoesNotHitItsRedrive redrives a map run that has ended while its child executions, which went on by
// themselves after a restart, are still being looked for.
func TestWhatAMapRunLeftUndoneDoesNotHitItsRedrive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		round, release := atomic.Int64{}, make(chan struct{})
		tasks := handlers(func(ctx context.Context, r *task.Request) (any, error) {
			switch round.Load() {
			case 0:
				<-ctx.Done()
				return nil, ctx.Err()
			case 1:
				return nil, errors.New("not yet")
			}
			select {
			case <-release:
				return r.Input, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
		e, mem := reopened(t, memory.New(), engine.Config{Tasks: tasks})
		deploy(t, e, "m", spread(``))
		id := start(t, e, "m", numbers(3))
		synctest.Wait()
		closeNow(t, e)
		round.Store(1)
		st := &slowFind{Store: mem.Reopen(), gate: make(chan struct{})}
		e = open(t, engine.Config{Store: st, Tasks: tasks})
		if got := wait(t, e, id); !strings.HasPrefix(got, "FAILED States.ExceedToleratedFailureThreshold") {
			t.Fatalf("ended with %s", got)
		}
		synctest.Wait()
		round.Store(2)
		redrive(t, e, id)
		synctest.Wait()
		close(st.gate)
		synctest.Wait()
		close(release)
		expectRedriven(t, e, id, 1)
	})
}
