package engine_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
)

// TestCompiledRevisionsAreBounded deploys many revisions of one machine, each with an execution, and many machines.
func TestCompiledRevisionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := &spoiled{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Loaded: 8})
		definition := func(n int) string {
			return fmt.Sprintf(`{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"Next":"P"},"P":{"Type":"Pass","Result":%d,"End":true}}}`, n)
		}
		const keep, revisions, machines = 64, 190, 130
		engine.KeepCompiled(e, keep)
		ids := make([]engine.ID, revisions)
		for i := range ids {
			deploy(t, e, "m", definition(i))
			ids[i] = start(t, e, "m", `1`)
		}
		for i := range machines {
			deploy(t, e, fmt.Sprint("other", i), definition(i))
		}
		runtime.GC() // only the collector tells what nobody uses
		deploy(t, e, "last", definition(0))
		if kept, evicted := engine.Compiled(e); kept > keep || evicted > 2*keep+1 {
			t.Errorf("%d revisions are kept and %d remembered, want at most %d and %d", kept, evicted, keep, 2*keep+1)
		}
		time.Sleep(25 * time.Hour)
		for i, id := range ids { // those whose revision was forgotten go on with it
			if got := wait(t, e, id); got != fmt.Sprint("SUCCEEDED ", i) {
				t.Fatalf("revision %d: %s", i+1, got)
			}
		}
		time.Sleep(time.Hour)
		if got := wait(t, e, start(t, e, "m", `1`)); got != fmt.Sprint("SUCCEEDED ", revisions-1) {
			t.Errorf("a start takes another revision than the newest: %s", got)
		}
		if kept, _ := engine.Compiled(e); kept > keep {
			t.Errorf("%d revisions are kept", kept)
		}
	})
}

// TestRevisionInUseStays uses one revision now and then while many others come, and lets an execution hold another.
func TestRevisionInUseStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int64
		st := &spoiled{Store: memory.New()}
		e := open(t, engine.Config{Store: st, Tasks: handlers(echo)})
		deploy(t, e, "used", one(""))
		deploy(t, e, "held", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}}`)
		held := start(t, e, "held", `1`)
		st.machine = func(m *store.Machine) {
			if m.Name == "used" || m.Name == "held" {
				reads.Add(1)
			}
		}
		engine.KeepCompiled(e, 64)
		for i := range 190 {
			deploy(t, e, fmt.Sprint("other", i), one(""))
			if i%30 == 0 {
				wait(t, e, start(t, e, "used", `1`))
			}
		}
		runtime.GC()
		if d, err := e.Describe(t.Context(), held); err != nil || len(d.Waiting) != 1 {
			t.Errorf("Describe: %+v %v", d, err)
		}
		if n := reads.Load(); n != 0 {
			t.Errorf("definitions were read %d times, want none", n)
		}
	})
}
