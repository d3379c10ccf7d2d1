package asltest

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// Run runs one execution of m to its end and returns what happened. The input is a JSON text.
//
// When Status is RUNNING and err is nil, the execution waits for ever (Stalled) or beyond Options.MaxElapsed. With an error the
// Result holds what happened before it; it is nil only when the input is not JSON. Errors: *[UnansweredError], [ErrBudget], a
// *value.SyntaxError about the input or an answer, or an error of [states.Step].
func Run(m *asl.Machine, input string, o Options) (*Result, error) {
	o = o.withDefaults()
	doc, err := value.ParseString(input)
	if err != nil {
		return nil, fmt.Errorf("asltest: input: %w", err)
	}
	r := &runner{
		o: o, start: states.MillisOf(o.Start), now: states.MillisOf(o.Start), calls: map[string]int{}, visits: map[string]int{},
		visiting: map[place]int{}, retries: map[string]int{},
	}
	r.main = r.add(party{host: o.host(doc), limits: o.Limits, name: o.Name,
		program: &program{name: o.MachineName, m: m, resolve: o.Resolve, watch: o.Watch}})
	r.env.Watch = func(turn states.Turn) {
		if turn.Kind == states.UsedRetrier {
			r.retries[turn.State.Common().Name]++
		}
		if r.stepping.watch != nil {
			r.stepping.watch(turn)
		}
	}
	if o.HasActivity != nil {
		r.env.HasActivity = func(_, arn string) bool { return o.HasActivity(arn) }
	}
	r.env.TokenKey = sha256.Sum256(append([]byte("token"), o.Seed[:]...))
	r.env.Scratch = new(states.Scratch)
	err = r.run(doc)
	return r.result(), err
}

// runner is one run: an execution and, where it has distributed Maps, their map runs and child executions, on one clock.
type runner struct {
	o        Options
	main     *party
	mux      *task.Mux // for nested executions; nil before the first
	broken   error     // of an execution that another one started or stopped
	asking   asking
	stepping *program // whose step is made
	members  []*party // by number
	live     []*party // that have not ended
	env      states.Env
	start    states.Millis
	now      states.Millis
	queue    queue
	events   int            // of all executions
	calls    map[string]int // by name of the state
	retries  map[string]int // as well
	visits   map[string]int // as well
	// visiting is the number of the visit that a frame is at.
	visiting map[place]int
	made     []Call
	scheduled,
	steps int
	stopped, stalled bool
}

func (r *runner) run(input value.Value) error {
	if err := r.step(r.main, states.Start{Input: input}); err != nil {
		return err
	}
	for r.main.x.Status == states.Running {
		to, in, ok := r.next()
		if !ok {
			return nil
		}
		if err := r.step(to, in); err != nil {
			return err
		}
	}
	return r.settle()
}

// next returns the next input and whose it is, moving the clock when nothing is left to happen now. It reports false when the run
// is over.
func (r *runner) next() (*party, states.Input, bool) {
	for {
		if at := r.queue.next(); at != 0 && at <= r.now {
			d, in := r.pop()
			if in == nil {
				continue
			}
			return r.members[d.ref.Exec-1], in, true
		}
		first, due := r.nextDue()
		if due != 0 && due <= r.now {
			return first, states.Tick{}, true
		}
		if s := r.o.Stop; s != nil && !r.stopped && r.main.x.Events >= s.Events && r.stopAt() <= r.now {
			r.stopped = true
			return r.main, states.Abort{Error: text(s.Error), Cause: text(s.Cause)}, true
		}
		if !r.advance(due) {
			return nil, nil, false
		}
	}
}

// nextDue returns the execution that wants a tick first, and when.
func (r *runner) nextDue() (first *party, due states.Millis) {
	kept := r.live[:0]
	for _, m := range r.live {
		if m.x.Status != states.Running {
			continue
		}
		kept = append(kept, m)
		if at := m.x.NextDue(); at != 0 && (due == 0 || at < due) {
			first, due = m, at
		}
	}
	clear(r.live[len(kept):])
	r.live = kept
	return first, due
}

// stopAt returns the earliest time of the Stop.
func (r *runner) stopAt() states.Millis {
	return r.start + states.Millis(r.o.Stop.After/time.Millisecond)
}

// advance moves the clock to the next moment at which something is due.
func (r *runner) advance(due states.Millis) bool {
	at := due
	if next := r.queue.next(); next != 0 && (at == 0 || next < at) {
		at = next
	}
	if r.o.Stop != nil && !r.stopped && r.stopAt() > r.now && (at == 0 || r.stopAt() < at) {
		at = r.stopAt()
	}
	if at == 0 {
		r.stalled = true
		return false
	}
	if (at - r.start) > states.Millis(r.o.MaxElapsed/time.Millisecond) {
		return false
	}
	r.now = at
	return true
}

// step applies one input, and what follows at once when the core yields in between.
func (r *runner) step(to *party, in states.Input) error {
	for {
		r.steps++
		if r.steps > r.o.MaxSteps || r.events > r.o.MaxEvents {
			return ErrBudget
		}
		r.env.Now, r.env.Host, r.env.Limits = r.now.Time(), to.host, to.limits
		r.env.Seed = r.seed()
		r.stepping = to.program
		c, err := states.Step(to.program.m, to.x, &r.env, in)
		if errors.Is(err, states.ErrStale) || to != r.main && errors.Is(err, states.ErrFinished) {
			return nil // a heartbeat or an end of a call that is over
		}
		if err != nil {
			return fmt.Errorf("asltest: step %d (%T): %w", r.steps, in, err)
		}
		to.records = append(to.records, c.Records...)
		r.events += len(c.Records)
		r.env.Scratch.Reclaim(&c) // they were copied
		for _, ref := range c.Cancel {
			r.queue.drop(ref)
		}
		if r.stopJobs(to, c.Stop); r.broken != nil {
			return r.broken
		}
		for i := range c.Tasks {
			if err := r.call(&c.Tasks[i]); err != nil {
				return err
			}
		}
		if err := r.mapWork(to, &c); err != nil {
			return err
		}
		if c.Outcome != nil {
			r.tell(to)
		}
		if !c.More {
			return nil
		}
		in = states.Continue{}
	}
}

// seed derives the entropy of one step.
func (r *runner) seed() (seed [16]byte) {
	var text [24]byte
	copy(text[:], r.o.Seed[:])
	binary.BigEndian.PutUint64(text[16:], uint64(r.steps))
	sum := sha256.Sum256(text[:])
	copy(seed[:], sum[:])
	return seed
}

// place is a frame at a state.
type place struct {
	frame states.FrameID
	exec  states.ExecID
	state string
}

// visit returns the number of the visit that a call belongs to.
func (r *runner) visit(t *states.TaskRequest) int {
	p := place{t.Ref.Frame, t.Ref.Exec, t.State}
	if t.Attempt == 0 {
		r.visits[t.State]++
		r.visiting[p] = r.visits[t.State]
	}
	return r.visiting[p]
}

// call asks for the answer to a task and schedules what it brings.
func (r *runner) call(t *states.TaskRequest) error {
	of := r.members[t.Ref.Exec-1]
	counted := t.State
	if of.program != r.main.program {
		counted = of.program.name + "\x00" + t.State // a state of another machine that may have the same name
	}
	c := Call{
		State: t.State, N: r.calls[counted], Attempt: t.Attempt, Visit: r.visit(t), Resource: t.Resource, Input: t.Input.JSON(), Token: t.Token,
		RoleARN: t.RoleARN, TimeoutSeconds: t.TimeoutSeconds, HeartbeatSeconds: t.HeartbeatSeconds, Elapsed: r.elapsed(),
	}
	r.calls[counted]++
	r.made = append(r.made, c)
	var a Answer
	err := ErrUnmocked
	resolve := of.program.resolve
	if resolve == nil {
		resolve = r.o.Resolve
	}
	if resolve != nil {
		a, err = resolve(c)
	}
	if errors.Is(err, ErrUnmocked) && r.serve(of, c, t) {
		return r.broken
	}
	if resolve == nil {
		return &UnansweredError{Call: c}
	}
	if err != nil {
		return &UnansweredError{Call: c, Err: err}
	}
	order := r.scheduled
	r.scheduled++
	add := func(after time.Duration, k rank, in states.Input) {
		r.queue.add(delivery{at: r.now + states.Millis(max(0, after)/time.Millisecond), rank: k, order: order, ref: t.Ref, input: in})
	}
	if !a.Unstarted {
		add(0, rankStart, states.TaskStarted{Ref: t.Ref, Worker: a.Worker})
	}
	if a.Submitted != "" {
		doc, err := value.ParseString(a.Submitted)
		if err != nil {
			return &UnansweredError{Call: c, Err: err}
		}
		add(0, rankSubmit, states.TaskSubmitted{Ref: t.Ref, Output: doc})
	}
	for _, after := range a.Heartbeats {
		add(after, rankHeartbeat, states.Heartbeat{Ref: t.Ref})
	}
	switch {
	case a.Never:
	case a.Failure != nil:
		f := states.Failure{Name: text(a.Failure.Error), Cause: text(a.Failure.Cause), Task: true}
		f.Nulls = !f.Name.Set && !f.Cause.Set
		add(a.After, rankEnd, states.TaskFailed{Ref: t.Ref, Failure: f, Stage: a.Failure.Stage})
	default:
		var doc value.Value
		if a.Output != "" {
			if doc, err = value.ParseString(a.Output); err != nil {
				return &UnansweredError{Call: c, Err: err}
			}
		}
		add(a.After, rankEnd, states.TaskSucceeded{Ref: t.Ref, Output: doc})
	}
	return nil
}

func (r *runner) elapsed() time.Duration { return time.Duration(r.now-r.start) * time.Millisecond }

func (r *runner) result() *Result {
	res := r.resultOf(r.main)
	res.Elapsed, res.Stalled, res.Retries, res.Calls = r.elapsed(), r.stalled, r.retries, r.made
	r.mapResults(res)
	return res
}

// resultOf is what one execution came to.
func (r *runner) resultOf(m *party) *Result {
	res := &Result{Status: m.x.Status.String(), Events: history.All(m.records, history.Options{RoleARN: r.o.RoleARN})}
	if out := m.x.Outcome; out != nil {
		if out.Status == states.Succeeded {
			res.Output = out.Output.JSON()
		}
		res.Error, res.Cause = textOf(out.Failure.Name), textOf(out.Failure.Cause)
	}
	return res
}

func textOf(t states.Text) *string {
	if !t.Set {
		return nil
	}
	return &t.S
}
