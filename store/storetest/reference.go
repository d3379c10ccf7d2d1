package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/memory"
)

// testReference plays random programs against the store and the reference and compares every answer.
func testReference(t *testing.T, b Backend) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			place := t.TempDir()
			p := &program{rng: rand.New(rand.NewPCG(seed, 1)), seq: map[states.ExecID]uint64{}}
			got := open(t, b, place)
			m := memory.New()
			ref := &client{Store: m}
			ref.own, _ = m.Own(t.Context(), "storetest")
			for step := range 150 {
				if p.rng.IntN(40) == 0 {
					if err := got.Close(); err != nil {
						t.Fatal(err)
					}
					got = open(t, b, place)
				}
				batch := p.batch()
				errs := ref.Apply(t.Context(), ref.own.Epoch, batch)
				same(t, fmt.Sprint("errors of batch ", step), got.Apply(t.Context(), got.own.Epoch, batch), errs)
				for i, err := range errs {
					if err == nil {
						p.seq[batch[i].ID] = batch[i].Base + 1
					}
				}
				p.compare(t, got, ref)
			}
		})
	}
}

type program struct {
	rng *rand.Rand
	seq map[states.ExecID]uint64
	max states.ExecID
}

var statuses = []states.Status{0, 0, 0, 0, states.Succeeded, states.Succeeded, states.Failed, states.TimedOut, states.Aborted}

// batch makes up to 40 writes, most of them good.
func (p *program) batch() []store.Write {
	batch := make([]store.Write, p.rng.IntN(40))
	for i := range batch {
		w := &batch[i]
		if p.max == 0 || p.rng.IntN(4) == 0 {
			p.max += states.ExecID(p.rng.IntN(3))
			*w = create(p.max, fmt.Sprint("m", p.rng.IntN(4)), fmt.Sprint(p.rng.IntN(300)))
			w.Create.Started = states.Millis(p.rng.IntN(100))
		} else {
			id := 1 + states.ExecID(p.rng.IntN(int(p.max)))
			*w = next(id, p.seq[id])
			if p.rng.IntN(10) == 0 {
				w.Base += uint64(p.rng.IntN(3)) - 1
			}
			w.Status = statuses[p.rng.IntN(len(statuses))]
			if w.Status != states.Running {
				w.Stopped, w.Outcome = states.Millis(p.rng.IntN(1000)), []byte("outcome")
			}
			w.Redrives = int32(p.rng.IntN(2))
		}
		switch p.rng.IntN(3) {
		case 0:
			w.State = nil
		case 1:
			w.State = []byte{}
		}
		w.Due = states.Millis(max(0, p.rng.IntN(50)-20))
		w.Pending = p.rng.IntN(2) == 0
	}
	return batch
}

// compare asks both stores the same questions.
func (p *program) compare(t *testing.T, got, want *client) {
	t.Helper()
	ctx, rng := t.Context(), p.rng
	ask := func(what string, f func(c *client) (any, error)) {
		t.Helper()
		g, gerr := f(got)
		w, werr := f(want)
		same(t, what+": error", gerr, werr)
		same(t, what, g, w)
	}
	id := states.ExecID(rng.IntN(int(p.max) + 2))
	ask(fmt.Sprint("load ", id), func(c *client) (any, error) { return c.Load(ctx, id) })
	from, reverse, limit := int64(rng.IntN(30)), rng.IntN(2) == 0, rng.IntN(12)
	ask(fmt.Sprintf("log of %d from %d, %v, %d", id, from, reverse, limit), func(c *client) (any, error) {
		return c.Log(ctx, id, from, reverse, limit)
	})
	before, after := states.Millis(rng.IntN(40)), states.ExecID(rng.IntN(int(p.max)+1))
	ask(fmt.Sprint("due ", before, limit), func(c *client) (any, error) { return c.Due(ctx, before, limit) })
	ask(fmt.Sprint("pending ", after, limit), func(c *client) (any, error) { return c.Pending(ctx, after, limit) })
	q := store.Query{Limit: rng.IntN(20), Brief: rng.IntN(2) == 0}
	if rng.IntN(2) == 0 {
		q.Machine = fmt.Sprint("m", rng.IntN(5))
	}
	if rng.IntN(4) == 0 {
		q.Name = fmt.Sprint(rng.IntN(300))
	}
	if rng.IntN(2) == 0 {
		for range 1 + rng.IntN(3) {
			q.Statuses = append(q.Statuses, statuses[rng.IntN(len(statuses))])
		}
	}
	if rng.IntN(2) == 0 {
		q.Before = after
	}
	if rng.IntN(4) == 0 {
		q.From, q.To = before, before+20
	}
	if rng.IntN(4) == 0 {
		q.Redriven = &reverse
	}
	ask(fmt.Sprintf("find %+v", q), func(c *client) (any, error) { return c.Find(ctx, q) })
}
