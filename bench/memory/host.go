package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/history"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/task"
)

// mode is how much history a run of Gait makes.
type mode int

const (
	discard mode = iota // none: Env.Discard
	events              // every event rendered and kept
	asJSON              // every event rendered and written as GetExecutionHistory writes it, into one text
)

// host runs executions of one machine to their end, one at a time, in memory. Limits are the quotas of AWS.
type host struct {
	m     *asl.Machine
	input value.Value
	host  *states.Host
	call  func(value.Value) (value.Value, error)

	last states.ExecID
	text []byte // memory for past.text
}

func newHost(of *machine) (*host, error) {
	m, err := asl.Compile([]byte(of.definition), asl.Options{})
	if err != nil {
		return nil, err
	}
	input, err := value.ParseString(of.input)
	if err != nil {
		return nil, err
	}
	h := &host{m: m, input: input, call: func(v value.Value) (value.Value, error) { return price(v), nil }}
	if of.typed {
		h.call = callTyped(task.Func(func(_ context.Context, in order) (priced, error) { return priceTyped(in), nil }))
	}
	h.host = &states.Host{
		Execution:    value.Obj(value.M("Id", value.FromString("bench")), value.M("Input", input)),
		StateMachine: value.Obj(value.M("Id", value.FromString("bench"))),
	}
	return h, nil
}

// callTyped calls a handler as an engine in the same process does: JSON in, JSON out.
func callTyped(handler task.Handler) func(value.Value) (value.Value, error) {
	return func(in value.Value) (value.Value, error) {
		out, err := handler.ServeTask(context.Background(), &task.Request{Input: in.AppendJSON(nil), Attempt: 0, Delivery: 1})
		if err != nil {
			return value.Value{}, err
		}
		text, err := json.Marshal(out)
		if err != nil {
			return value.Value{}, err
		}
		return value.Parse(text)
	}
}

// past is the history of a run.
type past struct {
	events [][]history.Event // mode events: by commit
	text   []byte            // mode asJSON: the events, each followed by a comma
}

// add renders the records of a commit.
func (p *past) add(c *states.Commit, how mode) {
	if len(c.Records) == 0 {
		return
	}
	o := history.Options{RoleARN: "arn:aws:iam::123456789012:role/bench"}
	if how == asJSON {
		for i := range c.Records {
			p.text = append(o.Event(c.FirstEvent+int64(i), &c.Records[i]).AppendJSON(p.text), ',')
		}
		return
	}
	list := make([]history.Event, len(c.Records))
	for i := range list {
		list[i] = o.Event(c.FirstEvent+int64(i), &c.Records[i])
	}
	p.events = append(p.events, list)
}

// run runs one execution and returns its output and its history, which is empty when it is discarded. The text is
// valid until the next run, which uses its memory again.
func (h *host) run(how mode) (output value.Value, p past, err error) {
	h.last++
	x := &states.Execution{ID: h.last}
	env := &states.Env{Host: h.host, Discard: how == discard}
	p.text = h.text[:0]
	var waiting []states.TaskRequest
	for in := states.Input(states.Start{Input: h.input}); ; {
		env.Now = time.Now()
		binary.LittleEndian.PutUint64(env.Seed[:8], rand.Uint64())
		binary.LittleEndian.PutUint64(env.Seed[8:], rand.Uint64())
		c, err := states.Step(h.m, x, env, in)
		if err != nil {
			return value.Value{}, past{}, err
		}
		p.add(&c, how)
		waiting = append(waiting, c.Tasks...)
		switch {
		case c.Outcome != nil:
			if c.Outcome.Status != states.Succeeded {
				return value.Value{}, past{}, fmt.Errorf("the execution ended as %s: %s", c.Outcome.Status, c.Outcome.Failure.Cause.S)
			}
			h.text = p.text
			return c.Outcome.Output, p, nil
		case c.More:
			in = states.Continue{}
		case len(waiting) == 0:
			return value.Value{}, past{}, errors.New("the execution waits for nothing that this host can give")
		default:
			next := &waiting[0]
			output, err := h.call(next.Input)
			if err != nil {
				return value.Value{}, past{}, err
			}
			in = states.TaskSucceeded{Ref: next.Ref, Output: output, StartedAt: states.MillisOf(env.Now)}
			waiting = waiting[1:]
		}
	}
}
