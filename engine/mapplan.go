package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/maprun"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/items"
)

// The plan of a map run, the inputs of its child executions, lies in records of the store until the run has ended: one that says
// what there is, and parts of it. Nothing of it is in the state that commits rewrite, and a part at a time in memory.
const (
	planKind  = "map-plan"      // named by the run
	partKind  = "map-plan-part" // named "RUN/NUMBER"
	partItems = 1000            // child executions in a part at most
	partBytes = 1 << 20         // and bytes, but for a single larger one
)

// planIndex is the record of a plan.
type planIndex struct {
	Machine string        `json:"machine"` // under which the map run is stored
	Exec    states.ExecID `json:"exec"`    // whose Map state it is
	Firsts  []int32       `json:"firsts"`  // the first child execution of each part
}

func partName(run string, part int) string { return fmt.Sprintf("%s/%010d", run, part) }

// planWriter stores a plan as it is made. Storing it again replaces what was there.
type planWriter struct {
	store store.Store
	run   string
	index planIndex
	part  []value.Value
	bytes int
	n     int32
	items int64
}

// begin stores that there is going to be a plan, so that parts of one that is never finished are found.
func (w *planWriter) begin(ctx context.Context) error { return w.putIndex(ctx) }

func (w *planWriter) putIndex(ctx context.Context) error {
	body, err := json.Marshal(w.index)
	if err != nil {
		return err
	}
	return w.store.PutRecord(ctx, store.Record{Kind: planKind, Name: w.run, Body: body})
}

// add takes the next child execution.
func (w *planWriter) add(ctx context.Context, c states.ChildPlan) error {
	size := c.Input.Size() + c.Item.Size()
	if len(w.part) > 0 && (len(w.part) >= partItems || w.bytes+size > partBytes) {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	if len(w.part) == 0 {
		w.index.Firsts = append(w.index.Firsts, w.n)
	}
	w.part = append(w.part, value.FromArray([]value.Value{c.Input, c.Item, value.FromInt(c.Items)}))
	w.bytes += size
	w.n++
	w.items += c.Items
	return ctx.Err()
}

func (w *planWriter) flush(ctx context.Context) error {
	if len(w.part) == 0 {
		return nil
	}
	body := value.FromArray(w.part).AppendJSON(nil)
	err := w.store.PutRecord(ctx, store.Record{Kind: partKind, Name: partName(w.run, len(w.index.Firsts)-1), Body: body})
	w.part, w.bytes = w.part[:0:0], 0
	return err
}

// finish stores what is left.
func (w *planWriter) finish(ctx context.Context) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.putIndex(ctx)
}

// sources are where the items of a Map state come from. Resources other than those of S3 are handlers, as they are for tasks.
func (h *mapHost) sources(state string) maprun.Sources {
	return maprun.Sources{Objects: h.e.cfg.Objects, Call: func(ctx context.Context, resource string, arguments value.Value) (value.Value, error) {
		route, ok := h.e.tasks.Lookup(h.machine.name, state, resource)
		if !ok || route.Handler == nil {
			return value.Value{}, &items.Error{Cause: fmt.Sprintf("No handler is registered for the resource '%s'.", resource)}
		}
		raw, failure := task.Call(ctx, route.Handler, &task.Request{
			Resource: resource, Input: arguments.AppendJSON(nil), Key: string(h.arn), Delivery: 1, Execution: string(h.arn),
			Machine: h.machine.name, State: state,
		})
		if ctx.Err() != nil {
			return value.Value{}, ctx.Err()
		}
		if failure != nil {
			return value.Value{}, &items.Error{Cause: failure.Name + ": " + failure.Cause}
		}
		v, err := value.Parse(raw)
		if err != nil {
			return value.Value{}, &items.Error{Cause: task.NoJSON(resource, err).Cause, Err: err}
		}
		return v, nil
	}}
}

// plan reads what a planWriter stored. It is for one goroutine.
type plan struct {
	store store.Store
	run   string
	index *planIndex
	part  int // that is loaded; valid when rows is not null
	rows  value.Value
}

// child returns a child execution of the plan.
func (p *plan) child(ctx context.Context, n int32) (c states.ChildPlan, err error) {
	if p.index == nil {
		if p.index, err = readPlanIndex(ctx, p.store, p.run); err != nil {
			return c, err
		}
	}
	at, found := slices.BinarySearch(p.index.Firsts, n)
	if !found {
		at--
	}
	if at < 0 {
		return c, fmt.Errorf("engine: the plan of map run %s has no child %d", p.run, n)
	}
	if p.rows.IsNull() || p.part != at {
		r, err := p.store.Record(ctx, partKind, partName(p.run, at))
		if err != nil {
			return c, fmt.Errorf("engine: part %d of the plan of map run %s: %w", at, p.run, err)
		}
		if p.rows, err = value.Parse(r.Body); err != nil {
			return c, fmt.Errorf("engine: part %d of the plan of map run %s: %w", at, p.run, err)
		}
		p.part = at
	}
	row, ok := p.rows.At(int(n - p.index.Firsts[at]))
	if !ok || row.Len() != 3 {
		return c, fmt.Errorf("engine: the plan of map run %s has no child %d", p.run, n)
	}
	cells := row.Elems()
	c.Input, c.Item = cells[0], cells[1]
	c.Items, _ = cells[2].Int()
	return c, nil
}

func readPlanIndex(ctx context.Context, st store.Store, run string) (*planIndex, error) {
	r, err := st.Record(ctx, planKind, run)
	if err != nil {
		return nil, fmt.Errorf("engine: the plan of map run %s: %w", run, err)
	}
	index := new(planIndex)
	if err := json.Unmarshal(r.Body, index); err != nil {
		return nil, fmt.Errorf("engine: the plan of map run %s: %w", run, err)
	}
	return index, nil
}

// deletePlan removes a plan, its index last, so that what is left after an interruption is found again.
func deletePlan(ctx context.Context, st store.Store, run string) error {
	for {
		parts, err := st.Records(ctx, partKind, run+"/", 8)
		if err != nil {
			return err
		}
		n := 0
		for _, r := range parts {
			if !strings.HasPrefix(r.Name, run+"/") {
				break
			}
			n++
			if err := st.DeleteRecord(ctx, partKind, r.Name); err != nil && !missing(err) {
				return err
			}
		}
		if n == 0 {
			break
		}
	}
	if err := st.DeleteRecord(ctx, planKind, run); err != nil && !missing(err) {
		return err
	}
	return nil
}

// sweepPlans deletes plans that nobody needs any more: an engine was stopped before it could.
func (e *Engine) sweepPlans(ctx context.Context) error {
	for after := ""; ; {
		page, err := e.store.Records(ctx, planKind, after, 100)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			after = r.Name
			if err := e.sweepPlan(ctx, r.Name); err != nil {
				return err
			}
		}
	}
}

// sweepPlan deletes a plan unless it is needed.
func (e *Engine) sweepPlan(ctx context.Context, run string) error {
	r, err := e.store.Record(ctx, planKind, run)
	if missing(err) {
		return nil
	}
	var index planIndex
	if err == nil {
		err = json.Unmarshal(r.Body, &index)
	}
	if err != nil {
		return err
	}
	if needed, err := e.needsPlan(ctx, &index, run); needed || err != nil {
		return err
	}
	return deletePlan(ctx, e.store, run)
}

// needsPlan reports whether a map run goes on, is still to be made, or may be redriven.
func (e *Engine) needsPlan(ctx context.Context, index *planIndex, run string) (bool, error) {
	x, err := e.find(ctx, index.Machine, run)
	switch {
	case err == nil && x.Status == states.Running:
		return true, nil
	case err == nil && x.Status == states.Succeeded:
		return false, nil
	case err != nil && !missing(err):
		return false, err
	}
	parent, _, err := e.load(ctx, index.Exec)
	_, damaged := errors.AsType[*UnreadableError](err)
	switch {
	case damaged:
		return true, nil // another engine may read it
	case missing(err):
		return false, nil
	case err != nil:
		return false, err
	}
	now := states.MillisOf(e.clock.Now())
	if parent.x.Status != states.Running && parent.x.NotRedrivable(now, e.cfg.Limits) != "" {
		return false, nil
	}
	return slices.ContainsFunc(parent.x.Frames, func(f *states.Frame) bool {
		return f != nil && f.Run != nil && strings.HasSuffix(f.Run.ARN, ":"+run)
	}), nil
}
