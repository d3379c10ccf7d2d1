package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/pack"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// loaded is what a run needs of the store.
type loaded struct {
	machine *machine
	arn     ID
	host    states.Host
	x       *states.Execution
	origin  origin

	stateSeq uint64 // the seq of the state that is stored
	remains  bool   // x is made of the header alone
}

// maxLoaders bounds the goroutines that read executions. They end when there is nothing to read.
const maxLoaders = 4

// loaders read executions for shards, which must not wait for the store.
type loaders struct {
	mu     sync.Mutex
	queue  []loadRequest
	active int
	e      *Engine
}

type loadRequest struct {
	run   *run
	shard *shard
}

func (l *loaders) add(r *run, s *shard) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, loadRequest{r, s})
	if l.active < maxLoaders {
		l.active++
		l.e.workers.Add(1)
		go l.work()
	}
}

func (l *loaders) next() (loadRequest, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.active--
		l.queue = nil
		return loadRequest{}, false
	}
	req := l.queue[0]
	l.queue = l.queue[1:]
	return req, true
}

func (l *loaders) work() {
	defer l.e.workers.Done()
	for req, ok := l.next(); ok; req, ok = l.next() {
		read := l.e.loadRun
		if req.run.halted != nil {
			read = l.e.loadHalted
		}
		found, err := read(l.e.ctx, req.run.id)
		req.shard.post(message{kind: loadedMessage, id: req.run.id, run: req.run, found: found, err: err})
	}
}

// load reads one execution. The errors are the store's, and *[UnreadableError], beside the header.
func (e *Engine) load(ctx context.Context, id states.ExecID) (*loaded, store.Execution, error) {
	stored, err := e.store.Load(ctx, id)
	if err != nil {
		return nil, stored, err
	}
	l := &loaded{stateSeq: stored.StateSeq}
	l.origin, err = originOf(stored.Settings)
	l.arn = e.arns.of(stored.Machine, stored.Name, l.origin.express())
	unreadable := func(err error) (*loaded, store.Execution, error) {
		return nil, stored, &UnreadableError{ID: l.arn, Err: err}
	}
	if err != nil {
		return unreadable(err)
	}
	if l.machine, err = e.machine(ctx, stored.Machine, stored.Revision); err != nil {
		if _, failed := errors.AsType[*StoreError](err); failed || ctx.Err() != nil {
			return nil, stored, err
		}
		return unreadable(err)
	}
	input, err := value.Parse(stored.Input)
	if err != nil {
		return unreadable(fmt.Errorf("input as stored: %w", err))
	}
	if l.x, err = unpack(&stored, input); err == nil {
		err = fits(l.machine.asl, l.x)
	}
	if err != nil {
		return unreadable(fmt.Errorf("state as stored: %w", err))
	}
	l.host = e.host(l.machine, l.arn, stored.Started, input, l.x.Redrives, l.x.LastRedrive())
	l.host.Express = l.origin.express()
	return l, stored, nil
}

func (e *Engine) loadRun(ctx context.Context, id states.ExecID) (*loaded, error) {
	l, _, err := e.load(ctx, id)
	return l, err
}

// loadHalted reads an execution that is only to be stopped. One that is unreadable has a single frame, which nothing is known of.
func (e *Engine) loadHalted(ctx context.Context, id states.ExecID) (*loaded, error) {
	l, stored, err := e.load(ctx, id)
	damaged, is := errors.AsType[*UnreadableError](err)
	if !is {
		return l, err
	}
	l = &loaded{arn: damaged.ID, machine: &machine{name: stored.Machine, revision: stored.Revision, asl: &asl.Machine{}}, remains: true}
	l.origin, _ = originOf(stored.Settings) // the zero one when that is what is unreadable: nobody can be told
	l.host.Express = true                   // keeps nothing for a redrive
	l.x = &states.Execution{ID: id, Seq: stored.Seq, Events: stored.Events, Started: stored.Started, Status: stored.Status, Redrives: stored.Redrives}
	if stored.Status != states.Running {
		l.x.Outcome, err = pack.Outcome(stored.Outcome)
		return l, err
	}
	l.x.Frames = []*states.Frame{{Parent: states.NoFrame, Index: -1, Phase: states.Done}}
	return l, nil
}

// fits reports what of an execution cannot be of the machine.
func fits(m *asl.Machine, x *states.Execution) error {
	for i, f := range x.Frames {
		if f == nil {
			continue
		}
		st := m.State(f.Flow, f.State)
		ok := st != nil && int(f.ID) == i && f.Parent < states.FrameID(len(x.Frames)) && f.Parent >= states.NoFrame
		switch f.Phase {
		case states.AwaitTask:
			_, task := st.(*asl.Task)
			ok = ok && task && f.Task != nil
		case states.AwaitRun:
			_, is := st.(*asl.Map)
			ok = ok && is && f.Run != nil
		}
		if !ok {
			return fmt.Errorf("frame %d (phase %v, flow %d, state %d) is none of the definition", i, f.Phase, f.Flow, f.State)
		}
	}
	if r := x.Run; r != nil {
		if _, is := m.State(r.Flow, r.State).(*asl.Map); !is {
			return fmt.Errorf("the map run of flow %d, state %d is none of the definition", r.Flow, r.State)
		}
	}
	return nil
}

// unpack returns an execution as it is stored: the last state that was written and the commits after it.
func unpack(stored *store.Execution, input value.Value) (x *states.Execution, err error) {
	switch {
	case len(stored.State) > 0:
		if x, err = pack.Execution(stored.State, input); err != nil {
			return nil, err
		}
	case stored.StateSeq > 0: // it has succeeded without a redrive, and its state was removed
		x = &states.Execution{ID: stored.ID, Seq: stored.Seq, Events: stored.Events, Started: stored.Started, Status: stored.Status,
			Redrives: stored.Redrives, Input: input}
		x.Outcome, err = pack.Outcome(stored.Outcome)
		return x, err
	default:
		x = &states.Execution{ID: stored.ID, Input: input}
	}
	for _, entry := range stored.Tail {
		change, err := pack.Commit(entry.Body)
		if err != nil {
			return nil, err
		}
		if err := change.Apply(x); err != nil {
			return nil, err
		}
	}
	return x, nil
}
