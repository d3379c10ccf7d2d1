package asltest

import (
	"container/heap"
	"context"
	"iter"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/maprun"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task/items"
)

// party is one execution of a run: the main one, a map run, or a child execution.
type party struct {
	x       *states.Execution
	host    *states.Host
	limits  states.Limits
	records []states.Record

	// Of a map run and of a child execution.
	owner *party // the execution whose Map it serves, or the map run
	run   bool   // it is a map run
	plan  []states.ChildPlan
	kids  []*party // of a map run, by their places in the plan
	child int32    // its place
	name  string

	program *program
	nested  bool   // a task has started it
	told    []told // who waits for its end
}

// add makes an execution known under the next number.
func (r *runner) add(m party) *party {
	if m.program == nil && m.owner != nil {
		m.program = m.owner.program
	}
	m.x = &states.Execution{ID: states.ExecID(len(r.members) + 1)}
	r.members = append(r.members, &m)
	r.live = append(r.live, &m)
	return &m
}

// post lets an execution have an input at once, when what is going on now is over.
func (r *runner) post(to *party, in states.Input) {
	r.queue.add(delivery{at: r.now, rank: rankEnd, order: r.scheduled, ref: states.Ref{Exec: to.x.ID}, input: in})
	r.scheduled++
}

// mapWork does what a commit asks for on behalf of distributed Maps.
func (r *runner) mapWork(of *party, c *states.Commit) error {
	for _, arn := range c.QuitRuns {
		for _, m := range r.members {
			if m.run && m.x.Run != nil && m.x.Run.ARN == arn {
				if err := r.step(m, states.Abort{}); err != nil {
					return err
				}
			}
		}
	}
	for i := range c.Runs {
		if err := r.startRun(of, &c.Runs[i]); err != nil {
			return err
		}
	}
	for _, child := range c.Children {
		if err := r.startChild(of, child); err != nil {
			return err
		}
	}
	for _, child := range c.Quit {
		if err := r.step(of.kids[child], states.Abort{}); err != nil {
			return err
		}
	}
	if c.Write {
		st := of.program.m.State(of.x.Run.Flow, of.x.Run.State).(*asl.Map)
		limit := of.limits.Payload
		if limit == 0 {
			limit = 262_144
		}
		written, err := maprun.Gather(context.Background(), r.o.Objects, st, of.x.Run, limit, r.ends(of))
		if err != nil {
			return err
		}
		r.post(of, written)
	}
	if o := c.Outcome; o != nil && of.run {
		ended := states.RunEnded{ARN: of.x.Run.ARN, Output: o.Output}
		if o.Status != states.Succeeded {
			ended.Failure = &o.Failure
		}
		r.post(of.owner, ended)
	} else if o != nil && of.owner != nil {
		r.post(of.owner, states.ChildEnded{Child: of.child, Items: of.owner.plan[of.child].Items, Status: o.Status})
	}
	return nil
}

// startRun reads and plans the items of a map run, and begins it.
func (r *runner) startRun(of *party, req *states.MapRequest) error {
	m := r.add(party{host: of.host, limits: of.limits, owner: of, run: true, name: req.Name})
	n := int64(0)
	failed, err := maprun.Plan(context.Background(), r.sources(req.State.Name), req, func(c states.ChildPlan) error {
		if len(m.plan) > r.o.MaxSteps {
			return ErrBudget
		}
		m.plan = append(m.plan, c)
		n += c.Items
		return nil
	})
	if err != nil {
		return err
	}
	m.kids = make([]*party, len(m.plan))
	return r.step(m, states.StartRun{Run: req.Run(int32(len(m.plan)), n), Failure: failed})
}

// sources are where the items of a Map state come from. Resources other than those of S3 are calls like those of tasks.
func (r *runner) sources(state string) maprun.Sources {
	return maprun.Sources{Objects: r.o.Objects, Call: func(_ context.Context, resource string, arguments value.Value) (value.Value, error) {
		c := Call{State: state, N: r.calls[state], Resource: resource, Input: arguments.JSON(), Elapsed: r.elapsed()}
		r.calls[state]++
		r.made = append(r.made, c)
		if r.o.Resolve == nil {
			return value.Value{}, &UnansweredError{Call: c}
		}
		a, err := r.o.Resolve(c)
		if err != nil {
			return value.Value{}, &UnansweredError{Call: c, Err: err}
		}
		if a.Failure != nil {
			return value.Value{}, &items.Error{Cause: deref(a.Failure.Error) + ": " + deref(a.Failure.Cause)}
		}
		v, err := value.ParseString(a.Output)
		if err != nil {
			return value.Value{}, &UnansweredError{Call: c, Err: err}
		}
		return v, nil
	}}
}

// startChild begins a child execution of a map run.
func (r *runner) startChild(of *party, child int32) error {
	flow, express, _ := states.Processor(of.program.m, of.x.Run.Flow, of.x.Run.State)
	plan := of.plan[child]
	machine, _, _ := strings.Cut(of.x.Run.ARN[strings.Index(of.x.Run.ARN, ":mapRun:")+len(":mapRun:"):], ":")
	name := maprun.ChildName(of.name, child)
	id := r.o.arn("execution") + machine + ":" + name
	limits := r.o.Limits
	if express {
		id = r.o.arn("express") + machine + ":" + name + ":" + of.name
		if limits.Events == 0 {
			limits.Events = -1
		}
	}
	m := r.add(party{
		host: r.o.hostOf(id, name, machine, plan.Input, r.now, express), limits: limits, owner: of, child: child, name: name,
	})
	of.kids[child] = m
	return r.step(m, states.Start{Input: plan.Input, Flow: flow, Item: plan.Item})
}

// ends yields the ends of the child executions of a map run, in the order of the plan.
func (r *runner) ends(of *party) iter.Seq2[items.Result, error] {
	return func(yield func(items.Result, error) bool) {
		for i, kid := range of.kids {
			res := items.Result{Status: "PENDING", Input: of.plan[i].Input}
			if kid != nil {
				res.ARN, res.Name, res.Status = id(kid), kid.name, kid.x.Status.String()
				machine, _ := kid.host.StateMachine.Get("Id")
				res.MachineARN, res.Started = machine.Str(), kid.x.Started.Time()
				if o := kid.x.Outcome; o != nil {
					res.Output, res.Stopped = o.Output, o.Stopped.Time()
					res.Error, res.Cause = textOf(o.Failure.Name), textOf(o.Failure.Cause)
				}
			}
			if !yield(res, nil) {
				return
			}
		}
	}
}

func id(m *party) string {
	v, _ := m.host.Execution.Get("Id")
	return v.Str()
}

// settle lets map runs take in that the main execution has ended: their child executions are stopped at once.
func (r *runner) settle() error {
	for at := r.queue.next(); at != 0 && at <= r.now; at = r.queue.next() {
		d := heap.Pop(&r.queue).(delivery)
		if to := r.members[d.ref.Exec-1]; to.run {
			if err := r.step(to, d.input); err != nil {
				return err
			}
		}
	}
	return nil
}

// mapResults adds what the map runs and their child executions came to.
func (r *runner) mapResults(res *Result) {
	at := map[*party]int{}
	for _, m := range r.members {
		switch {
		case m.run && m.x.Run != nil:
			at[m] = len(res.MapRuns)
			d := m.x.Run.Done
			res.MapRuns = append(res.MapRuns, MapRun{
				ARN: m.x.Run.ARN, Status: m.x.Status.String(), Items: m.x.Run.Items, Failed: d.Failed + d.TimedOut + d.Aborted,
			})
		case m.owner != nil && !m.run:
			in, _ := m.host.Execution.Get("Input")
			one := r.resultOf(m)
			if o := m.x.Outcome; o != nil {
				one.Elapsed = o.Stopped.Time().Sub(m.x.Started.Time())
			}
			res.Children = append(res.Children, Child{MapRun: at[m.owner], Index: int(m.child), ARN: id(m), Input: in.JSON(), Result: one})
		case m.nested:
			in, _ := m.host.Execution.Get("Input")
			one := r.resultOf(m)
			if o := m.x.Outcome; o != nil {
				one.Elapsed = o.Stopped.Time().Sub(m.x.Started.Time())
			}
			res.Children = append(res.Children, Child{MapRun: -1, Index: -1, ARN: id(m), Input: in.JSON(), Result: one})
		}
	}
}
