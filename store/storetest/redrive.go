package storetest

import (
	"testing"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// testRedrive lets an execution that has ended run again.
func testRedrive(t *testing.T, b Backend) {
	place := t.TempDir()
	c := open(t, b, place)
	c.apply(t, []store.Write{create(1, "m", "one"), create(2, "m", "two")})
	c.apply(t, []store.Write{finish(1, 1, states.Failed), finish(2, 1, states.Aborted)})
	again := next(1, 2)
	again.Due, again.Pending, again.Redrives = 5_000, true, 1
	c.apply(t, []store.Write{again})
	check := func(when string) {
		t.Helper()
		x := c.load(t, 1)
		if x.Status != states.Running || x.Stopped != 0 || x.Outcome != nil || x.Redrives != 1 || x.Seq != 3 || string(x.State) != "state 1/3" {
			t.Errorf("%s: %s", when, show(x))
		}
		yes := true
		for name, q := range map[string]store.Query{
			"by status": {Machine: "m", Statuses: []states.Status{states.Running}}, "redriven": {Redriven: &yes},
		} {
			found, err := c.Find(t.Context(), q)
			if err != nil || len(found) != 1 || found[0].ID != 1 || found[0].Stopped != 0 || found[0].Outcome != nil {
				t.Errorf("%s: found %s: %v, %v", when, name, found, err)
			}
		}
		due, err := c.Due(t.Context(), 10_000, 10)
		if err != nil || len(due) != 1 || due[0] != (store.DueExecution{ID: 1, Due: 5_000}) {
			t.Errorf("%s: due %v, %v", when, due, err)
		}
		pending, err := c.Pending(t.Context(), 0, 10)
		if err != nil || len(pending) != 1 || pending[0] != 1 {
			t.Errorf("%s: pending %v, %v", when, pending, err)
		}
	}
	check("at once")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, b, place)
	check("after a restart")
	c.apply(t, []store.Write{finish(1, 3, states.Succeeded)})
	if x := c.load(t, 1); x.Status != states.Succeeded || x.Stopped == 0 {
		t.Errorf("ended again: %s", show(x))
	}
}
