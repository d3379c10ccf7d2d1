package engine

import (
	"context"
	"iter"

	"github.com/gait-engine/gait/history"
)

// Reader looks into a store without owning it: nothing is resumed, nothing is written, and an engine may be working on the store
// at the same time. Its methods are safe for concurrent use.
type Reader struct{ e *Engine }

// NewReader returns a reader of cfg.Store. Of the rest only Region, Account and RoleARN count. The store stays the caller's,
// who closes it. The error is about an invalid Config.
func NewReader(cfg Config) (*Reader, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return &Reader{&Engine{
		cfg: cfg, store: cfg.Store, log: cfg.Logger, clock: cfg.Clock, arns: newARNs(cfg.Region, cfg.Account),
		machines: newMachines(),
	}}, nil
}

// Describe is [Engine.Describe].
func (r *Reader) Describe(ctx context.Context, id ID) (Description, error) {
	return r.e.Describe(ctx, id)
}

// MachineOf is [Engine.MachineOf].
func (r *Reader) MachineOf(ctx context.Context, id ID) (MachineDescription, error) {
	return r.e.MachineOf(ctx, id)
}

// DescribeMachine is [Engine.DescribeMachine].
func (r *Reader) DescribeMachine(ctx context.Context, machine string) (MachineDescription, error) {
	return r.e.DescribeMachine(ctx, machine)
}

// Machines is [Engine.Machines].
func (r *Reader) Machines(ctx context.Context) iter.Seq2[MachineSummary, error] {
	return r.e.Machines(ctx)
}

// PendingRedeploy is [Engine.PendingRedeploy].
func (r *Reader) PendingRedeploy(ctx context.Context, machine string) ([]RevisionUse, error) {
	return r.e.PendingRedeploy(ctx, machine)
}

// History is [Engine.History].
func (r *Reader) History(ctx context.Context, id ID, opts ...HistoryOption) iter.Seq2[history.Event, error] {
	return r.e.History(ctx, id, opts...)
}

// List is [Engine.List].
func (r *Reader) List(ctx context.Context, f Filter) iter.Seq2[Summary, error] {
	return r.e.List(ctx, f)
}

// DescribeMapRun is [Engine.DescribeMapRun].
func (r *Reader) DescribeMapRun(ctx context.Context, arn ID) (MapRun, error) {
	return r.e.DescribeMapRun(ctx, arn)
}

// ListMapRuns is [Engine.ListMapRuns].
func (r *Reader) ListMapRuns(ctx context.Context, execution ID) iter.Seq2[MapRun, error] {
	return r.e.ListMapRuns(ctx, execution)
}

// ID is [Engine.ID].
func (r *Reader) ID(machine, name string) ID { return r.e.ID(machine, name) }
