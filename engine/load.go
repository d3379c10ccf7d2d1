package engine

import (
	"context"
	"fmt"
	"sync"

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
		found, _, err := l.e.load(l.e.ctx, req.run.id)
		req.shard.post(message{kind: loadedMessage, id: req.run.id, run: req.run, found: found, err: err})
	}
}

// load reads one execution. The errors are the store's, or say what is wrong with what is stored.
func (e *Engine) load(ctx context.Context, id states.ExecID) (*loaded, store.Execution, error) {
	stored, err := e.store.Load(ctx, id)
	if err != nil {
		return nil, stored, err
	}
	l := &loaded{}
	if l.origin, err = originOf(stored.Settings); err != nil {
		return nil, stored, err
	}
	l.arn = e.arns.of(stored.Machine, stored.Name, l.origin.express())
	if l.machine, err = e.machine(ctx, stored.Machine, stored.Revision); err != nil {
		return nil, stored, err
	}
	input, err := value.Parse(stored.Input)
	if err != nil {
		return nil, stored, fmt.Errorf("engine: input of %s as stored: %w", l.arn, err)
	}
	if l.x, err = unpack(&stored, input); err != nil {
		return nil, stored, fmt.Errorf("engine: state of %s: %w", l.arn, err)
	}
	l.stateSeq = stored.StateSeq
	l.host = e.host(l.machine, l.arn, stored.Started, input, l.x.Redrives, l.x.LastRedrive())
	l.host.Express = l.origin.express()
	return l, stored, nil
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
