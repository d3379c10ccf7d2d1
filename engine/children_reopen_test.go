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
)

// TestChildThatEndedBeforeItsParentKnewOfIt cuts the engine off when a nested execution has ended, and its parent has not stored
// that it was started: the next engine must find out by itself.
func TestChildThatEndedBeforeItsParentKnewOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &flaky{Store: memory.New()}
		e, err := engine.Open(t.Context(), engine.Config{Store: st})
		if err != nil {
			t.Fatal(err)
		}
		deploy(t, e, "leaf", `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":"done","End":true}}}`)
		deploy(t, e, "nested", `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
			"Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:leaf"},"OutputPath":"$.Output","End":true}}}`)
		ended := false
		st.set(func(batch []store.Write) error {
			if ended {
				return store.ErrFenced
			}
			for _, w := range batch {
				if w.ID == 1 && w.Base > 0 {
					return errDisk // the parent does not get on
				}
				ended = ended || w.ID == 2 && w.Status == states.Succeeded
			}
			return nil
		})
		id := start(t, e, "nested", `{}`)
		time.Sleep(time.Minute)
		closeNow(t, e)
		if !ended {
			t.Fatal("the nested execution has not ended")
		}
		e, _ = reopened(t, st.Store.(*memory.Store), engine.Config{})
		defer closeNow(t, e)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if r, err := e.Wait(ctx, id); err != nil || string(r.Output) != `"done"` {
			t.Errorf("ended with %s %s, %v", r.Status, r.Output, err)
		}
	})
}
