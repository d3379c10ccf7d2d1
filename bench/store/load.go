package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// steps is the number of Task states of one execution; it takes steps+1 commits.
const steps = 10

// stored is how many commits pass before one brings the state, as in the engine.
const stored = 32

// load makes the commits of many executions that run side by side.
type load struct {
	rng     *rand.Rand
	clients []*states.Execution // nil: between two executions
	last    states.ExecID
	now     states.Millis
	bytes   int // of all log bodies made
	commits int
}

func newLoad(clients int, seed uint64) *load {
	return &load{rng: rand.New(rand.NewPCG(seed, 0)), clients: make([]*states.Execution, clients), now: 1_767_225_600_000}
}

// batch returns the next commit of every client.
func (l *load) batch() []store.Write {
	batch := make([]store.Write, len(l.clients))
	for i := range l.clients {
		batch[i] = l.commit(&l.clients[i])
		l.bytes += len(batch[i].Log)
		l.commits++
	}
	return batch
}

func doc(format string, args ...any) value.Value {
	v, err := value.ParseString(fmt.Sprintf(format, args...))
	if err != nil {
		panic(err)
	}
	return v
}

// commit moves one execution on by a task result, or starts the next one.
func (l *load) commit(client **states.Execution) store.Write {
	l.now += states.Millis(l.rng.IntN(3))
	x := *client
	c := &states.Commit{Changed: []states.FrameID{0}}
	var w store.Write
	if x == nil {
		l.last++
		x = &states.Execution{ID: l.last, Started: l.now, Input: doc(
			`{"order":{"id":"o-%d","customer":"c-%d","lines":[{"sku":"A-%d","quantity":2},{"sku":"B-77","quantity":1}]},"currency":"EUR"}`,
			l.rng.IntN(1e9), l.rng.IntN(1e6), l.rng.IntN(1e4))}
		x.Frames = []*states.Frame{{Parent: states.NoFrame, Index: -1, Phase: states.AwaitTask, Input: x.Input}}
		*client = x
		w.Create = &store.Execution{
			Machine: "orders", Revision: 1, Started: l.now, Input: []byte(x.Input.JSON()),
			Name: fmt.Sprintf("%08x-%04x-7%03x-%04x-%012x", l.now>>16, l.now&0xFFFF, l.rng.Uint32()>>20, l.rng.Uint32()>>16, l.rng.Uint64()>>16),
		}
		c.Records = []states.Record{{Type: states.ExecutionStarted, At: l.now, Doc: x.Input, HasDoc: true}}
	}
	c.Exec, c.Base, c.FirstEvent = x.ID, x.Seq, x.Events+1
	add := func(r states.Record) {
		x.Events++
		r.At, r.Prev = l.now, x.Events-1
		c.Records = append(c.Records, r)
	}
	f := x.Frames
	if w.Create == nil {
		detail := &states.TaskDetail{ResourceType: "gait", Resource: "charge", Region: "local", TimeoutSeconds: 30}
		result := doc(`{"receipt":{"id":"r-%d","at":"2026-01-01T00:00:00.000Z","amount":%d},"warehouse":"north-%d","carrier":"post"}`,
			l.rng.IntN(1e9), l.rng.IntN(1e4), l.rng.IntN(100))
		add(states.Record{Type: states.TaskStartedEvent, Task: detail})
		add(states.Record{Type: states.TaskSucceededEvent, Task: detail, Doc: result, HasDoc: true})
		output := f[0].Input.With("result", result)
		add(states.Record{Type: states.TaskStateExited, Name: fmt.Sprint("Step ", x.Seq), Doc: output, HasDoc: true})
		f[0].Input = output
	} else {
		x.Events++ // ExecutionStarted
	}
	x.Seq++
	x.Last = l.now
	if x.Seq == steps+1 {
		add(states.Record{Type: states.ExecutionSucceeded, Doc: f[0].Input, HasDoc: true})
		x.Status, x.Frames = states.Succeeded, nil
		x.Outcome = &states.Outcome{Status: states.Succeeded, Output: f[0].Input, Stopped: l.now}
		c.Outcome = x.Outcome
		w.Status, w.Stopped, w.Outcome = states.Succeeded, l.now, pack.AppendOutcome(nil, x.Outcome)
		w.State = []byte{}
		*client = nil
	} else {
		args := doc(`{"order":"o-%d","step":%d,"amount":1999}`, l.rng.IntN(1e9), x.Seq)
		add(states.Record{Type: states.TaskStateEntered, Name: fmt.Sprint("Step ", x.Seq), Doc: f[0].Input, HasDoc: true})
		add(states.Record{Type: states.TaskScheduled, Doc: args, HasDoc: true, Task: &states.TaskDetail{
			ResourceType: "gait", Resource: "charge", Region: "local", TimeoutSeconds: 30}})
		x.Gen++
		f[0].Gen, f[0].Entered, f[0].EnteredEvent, f[0].EnteredPrev, f[0].Prev = x.Gen, l.now, x.Events-1, x.Events-2, x.Events
		f[0].State, f[0].Due = asl.StateID(x.Seq), l.now+30_000
		f[0].Task = &states.TaskWait{Arguments: args, TimeoutSeconds: 30}
		w.Due, w.Pending = f[0].Due, true
		if x.Seq%stored == 0 {
			w.State = pack.AppendExecution(nil, x)
		}
	}
	w.ID, w.Base, w.FirstEvent, w.Events = x.ID, c.Base, c.FirstEvent, x.Events
	w.Log = pack.AppendCommit(nil, c, x)
	return w
}
