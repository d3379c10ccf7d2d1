package engine

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/task"
)

// Engine runs executions durably. Its methods are safe for concurrent use.
type Engine struct {
	cfg    Config
	store  store.Store
	tasks  *task.Mux
	own    *task.Mux // what the engine serves itself
	log    *slog.Logger
	clock  Clock
	arns   arns
	owner  store.Ownership
	opened states.Millis

	shards         []*shard
	loadedPerShard int
	writer         *writer
	writes         []store.Write // belongs to the writer's goroutine
	timers         *timers
	dispatcher     *dispatcher
	jobs           *jobs
	activities     *activities
	feeder         *feeder
	loaders        loaders
	machines       machines
	catalog        catalog
	random         *lockedRand
	deploying      sync.Mutex
	ids            idCache
	waiters        waiters
	express        expressRuns
	mapRuns        *mapRuns
	lastID         atomic.Int64
	gate           chan struct{} // one place for each caller whose input is on its way

	// step is states.Step; tests replace it.
	step func(*asl.Machine, *states.Execution, *states.Env, states.Input) (states.Commit, error)

	ctx        context.Context // ends when the engine has failed or closed
	end        context.CancelFunc
	background context.Context // of timers and feeder; ends when Close begins
	endFeeding context.CancelFunc
	workers    sync.WaitGroup
	shardsDone sync.WaitGroup
	failed     atomic.Pointer[error]
	closing    atomic.Bool
	closed     chan struct{} // closed when Close is done
	closeError error
}

// gatePlaces bounds the callers whose inputs are on their way to the store.
const gatePlaces = 4096

// Open takes ownership of the store and resumes what was in flight: tasks without a result are delivered again, timers run on,
// and what is overdue happens at once. It returns when the engine is ready; resuming goes on in the background.
//
// Errors: an invalid Config; store.ErrOwned when another engine works on the store; other errors of the store.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	owner, err := cfg.Store.Own(ctx, "gait-"+newName(cfg.Clock.Now()))
	if err != nil {
		return nil, fmt.Errorf("engine: open: %w", err)
	}
	e := &Engine{
		cfg: cfg, store: cfg.Store, tasks: cfg.Tasks, log: cfg.Logger, clock: cfg.Clock, owner: owner,
		arns: newARNs(cfg.Region, cfg.Account), opened: states.MillisOf(cfg.Clock.Now()),
		writer: newWriter(), timers: newTimers(), feeder: newFeeder(), gate: make(chan struct{}, gatePlaces),
		machines: newMachines(),
		catalog:  catalog{known: map[string]*machineRecord{}}, random: &lockedRand{r: rand.New(cfg.Rand)},
		step: states.Step, closed: make(chan struct{}),
	}
	e.loadedPerShard = max(cfg.Loaded/cfg.Shards, 1)
	e.loaders.e = e
	e.dispatcher = newDispatcher(e)
	e.jobs = newJobs(e)
	e.mapRuns = newMapRuns(e)
	e.own = new(task.Mux)
	e.own.HandleServices(e.Caller(), "states", "aws-sdk:sfn")
	e.activities = newActivities(e)
	if err := e.loadActivities(ctx); err != nil {
		return nil, err
	}
	e.lastID.Store(int64(owner.LastID))
	e.ctx, e.end = context.WithCancel(context.Background())
	e.background, e.endFeeding = context.WithCancel(e.ctx)
	for range cfg.Shards {
		s := &shard{e: e, runs: map[states.ExecID]*run{}, halted: map[states.ExecID]error{}, wake: make(chan struct{}, 1)}
		s.idle.newer, s.idle.older = &s.idle, &s.idle
		s.env = states.Env{TokenKey: owner.TokenKey, Limits: cfg.Limits, Scratch: new(states.Scratch)}
		s.env.HasActivity = func(state, arn string) bool { return e.hasActivity(s.stepping, state, arn) }
		s.env.Worker = s.takeWorker
		var seed [32]byte
		crand.Read(seed[:]) // never fails, see its documentation
		s.seeds = rand.NewChaCha8(seed)
		e.shards = append(e.shards, s)
	}
	e.express = expressRuns{runs: map[*expressRun]struct{}{}, empty: make(chan struct{}),
		places: make(chan struct{}, cfg.MaxExpress)}
	e.shardsDone.Add(len(e.shards))
	for _, s := range e.shards {
		go s.loop()
	}
	e.workers.Add(3)
	go e.write(e.writer)
	go e.keepTime(e.background)
	go e.feed(e.background)
	e.goMap(e.sweepPlans)
	e.log.Info("engine opened", "epoch", owner.Epoch, "shards", cfg.Shards)
	return e, nil
}

// Close stops the engine and closes the store. It takes no new work, lets the handlers that are running finish and stores their
// results. Express executions, which cannot be resumed, go on until they end or only wait for time. When ctx ends first, their contexts are cancelled and what they return afterwards is dropped. Whatever is unfinished
// resumes when the store is opened again. The error is that of ctx, if it ended first, or of the store. Further calls wait for
// the first and return the same.
func (e *Engine) Close(ctx context.Context) error {
	if e.closing.Swap(true) {
		<-e.closed
		return e.closeError
	}
	e.endFeeding()
	for _, drained := range []func() <-chan struct{}{func() <-chan struct{} { return e.express.drain(ErrClosed) }, e.dispatcher.drain} {
		select {
		case <-drained():
		case <-ctx.Done():
			e.closeError = ctx.Err()
		}
	}
	e.express.abort(ErrClosed)
	e.dispatcher.interrupt()
	for _, s := range e.shards {
		s.mu.Lock()
		s.stopping = true
		s.mu.Unlock()
		s.poke()
	}
	e.shardsDone.Wait()
	e.jobs.end()
	close(e.writer.stop)
	e.end()
	e.workers.Wait()
	if err := e.store.Close(); err != nil && e.closeError == nil {
		e.closeError = fmt.Errorf("engine: close: %w", err)
	}
	e.log.Info("engine closed")
	close(e.closed)
	return e.closeError
}

// fail stops the engine after an error that it cannot work with.
func (e *Engine) fail(err error) {
	if errors.Is(err, store.ErrFenced) {
		err = fmt.Errorf("%w: %w", ErrFenced, err)
	}
	if e.failed.CompareAndSwap(nil, &err) {
		e.log.Error("engine stopped", "err", err)
		e.express.drain(err)
		e.express.abort(err)
		e.dispatcher.drain()
		e.dispatcher.interrupt()
		e.end()
	}
}

// failure returns why the engine has stopped, nil while it works.
func (e *Engine) failure() error {
	if err := e.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// enter returns why the engine takes no requests, nil when it does.
func (e *Engine) enter(ctx context.Context) error {
	if err := e.failure(); err != nil {
		return err
	}
	if e.closing.Load() {
		return ErrClosed
	}
	return ctx.Err()
}

// gone returns why a caller who waited on e.ctx must stop waiting.
func (e *Engine) gone() error {
	if err := e.failure(); err != nil {
		return err
	}
	return ErrClosed
}

func (e *Engine) shardOf(id states.ExecID) *shard { return e.shards[uint64(id)%uint64(len(e.shards))] }

// submit posts m, which carries a call, and waits for the answer. An answer that is not waited for does not undo anything.
func (e *Engine) submit(ctx context.Context, m message) error {
	select {
	case e.gate <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-e.ctx.Done():
		return e.gone()
	}
	defer func() { <-e.gate }()
	e.shardOf(m.id).post(m)
	select {
	case err := <-m.call.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-e.ctx.Done():
		select {
		case err := <-m.call.done:
			return err
		default:
			return e.gone()
		}
	}
}

// send steps in on an execution and waits until the commit is durable. The wait ref must be open, unless it is zero.
func (e *Engine) send(ctx context.Context, id states.ExecID, in states.Input, ref states.Ref) error {
	if err := e.failure(); err != nil {
		return err
	}
	return e.submit(ctx, message{kind: inputMessage, id: id, in: in, call: newCall(ref)})
}
