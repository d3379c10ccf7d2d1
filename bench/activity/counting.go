package main

import (
	"context"
	"sync/atomic"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// counting counts the calls of what an open engine uses of its store. Each makes one SQL statement at least.
type counting struct {
	store.Store
	calls atomic.Int64
}

// Apply counts and passes on.
func (c *counting) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	c.calls.Add(1)
	return c.Store.Apply(ctx, epoch, batch)
}

// Load counts and passes on.
func (c *counting) Load(ctx context.Context, id states.ExecID) (store.Execution, error) {
	c.calls.Add(1)
	return c.Store.Load(ctx, id)
}

// Find counts and passes on.
func (c *counting) Find(ctx context.Context, q store.Query) ([]store.Execution, error) {
	c.calls.Add(1)
	return c.Store.Find(ctx, q)
}

// Log counts and passes on.
func (c *counting) Log(ctx context.Context, id states.ExecID, from int64, reverse bool, limit int) ([]store.Entry, error) {
	c.calls.Add(1)
	return c.Store.Log(ctx, id, from, reverse, limit)
}

// Due counts and passes on.
func (c *counting) Due(ctx context.Context, before states.Millis, limit int) ([]store.DueExecution, error) {
	c.calls.Add(1)
	return c.Store.Due(ctx, before, limit)
}

// Pending counts and passes on.
func (c *counting) Pending(ctx context.Context, after states.ExecID, limit int) ([]states.ExecID, error) {
	c.calls.Add(1)
	return c.Store.Pending(ctx, after, limit)
}

// Machine counts and passes on.
func (c *counting) Machine(ctx context.Context, name string, revision int64) (store.Machine, error) {
	c.calls.Add(1)
	return c.Store.Machine(ctx, name, revision)
}

// Record counts and passes on.
func (c *counting) Record(ctx context.Context, kind, name string) (store.Record, error) {
	c.calls.Add(1)
	return c.Store.Record(ctx, kind, name)
}

// Records counts and passes on.
func (c *counting) Records(ctx context.Context, kind, after string, limit int) ([]store.Record, error) {
	c.calls.Add(1)
	return c.Store.Records(ctx, kind, after, limit)
}
