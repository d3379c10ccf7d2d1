package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// StartOption tunes one Start.
type StartOption func(*start)

// start is a request to begin an execution, checked.
type start struct {
	name, trace string
	target
	input  []byte
	doc    value.Value // input, parsed
	parent *parent     // the wait that starts it; nil: it stands by itself
}

// WithName names the execution. A start with the same name and input as a running execution of the machine returns that
// execution: a caller who does not know whether its start succeeded starts again. Executions of Express machines may share a
// name. Default: a new UUID.
func WithName(name string) StartOption { return func(s *start) { s.name = name } }

// WithTraceHeader gives the X-Ray trace header of the caller, at most 256 characters, which Describe shows.
func WithTraceHeader(header string) StartOption { return func(s *start) { s.trace = header } }

// Start begins an execution of the newest revision of a machine, given by name or ARN, or of a version or by an alias, given by
// ARN, and returns when it is durable. input is JSON of at most Limits.Payload bytes; nil means {}.
//
// An execution of a machine of type Express runs in memory alone and returns when it has begun: it does not survive the engine, has no
// history, and cannot be described, stopped or waited for; [Config.ExpressLog] tells what becomes of it.
//
// Errors: *[NotFoundError] for an unknown machine, version or alias, *[DeletingError], *[ARNError], *[InputError],
// *[ValidationError] for what is too long, *[NameError], *[ExistsError] when the name is taken by an
// execution with another input or one that has ended, *[StoreError]. When ctx ends, the execution may have been started
// all the same.
func (e *Engine) Start(ctx context.Context, machine string, input []byte, opts ...StartOption) (ID, error) {
	s, err := e.prepare(ctx, machine, input, opts)
	if err != nil {
		return "", err
	}
	x, err := e.begin(ctx, s)
	return x.id, err
}

// startedExecution is an execution that was started, or found.
type startedExecution struct {
	id   ID
	at   time.Time
	ours bool // by this start, or by one for the same wait
}

// begin starts an execution, or finds the one that was started before.
func (e *Engine) begin(ctx context.Context, s *start) (startedExecution, error) {
	if s.machine.express {
		at := e.clock.Now()
		id, err := e.startExpress(ctx, s)
		return startedExecution{id: id, at: at}, err
	}
	m, doc := s.machine, s.doc
	now := states.MillisOf(e.clock.Now())
	id := states.ExecID(e.lastID.Add(1))
	arn := e.arns.id(m.name, s.name)
	r := &run{id: id, machine: m, arn: arn, origin: s.origin(), x: &states.Execution{ID: id}}
	r.host = e.host(m, arn, now, doc, 0, 0)
	r.create = &store.Execution{ID: id, Machine: m.name, Revision: m.revision, Name: s.name, Input: s.input, Started: now}
	if r.origin != (origin{}) {
		r.create.Settings = r.origin.encode()
	}
	err := e.submit(ctx, message{kind: startMessage, id: id, in: states.Start{Input: doc}, run: r, call: newCall(states.Ref{})})
	if errors.Is(err, store.ErrExists) {
		return e.started(ctx, arn, doc, s.parent)
	}
	if err != nil {
		return startedExecution{}, err
	}
	return startedExecution{id: arn, at: now.Time(), ours: true}, nil
}

// prepare checks a request to begin an execution.
func (e *Engine) prepare(ctx context.Context, machine string, input []byte, opts []StartOption) (*start, error) {
	if err := e.enter(ctx); err != nil {
		return nil, err
	}
	s := new(start)
	for _, opt := range opts {
		opt(s)
	}
	if s.name == "" {
		s.name = newName(e.clock.Now())
	} else if err := checkName(s.name); err != nil {
		return nil, err
	}
	if err := checkTraceHeader(s.trace); err != nil {
		return nil, err
	}
	if s.input = bytes.Clone(input); input == nil {
		s.input = []byte("{}")
	}
	var err error
	if s.doc, err = e.checkInput(s.input); err != nil {
		return nil, err
	}
	s.target, err = e.target(ctx, machine)
	return s, err
}

// checkTraceHeader applies the API model's rules for trace headers.
func checkTraceHeader(header string) error {
	if strings.ContainsFunc(header, func(r rune) bool { return r > unicode.MaxASCII }) {
		return invalid("traceHeader", header, `Member must satisfy regular expression pattern: ^\p{ASCII}*$`)
	}
	if len(header) > 256 {
		return invalid("traceHeader", header, tooLong(256))
	}
	return nil
}

// checkInput parses the input of an execution.
func (e *Engine) checkInput(input []byte) (value.Value, error) {
	if limit := e.cfg.Limits.Payload; limit > 0 && len(input) > limit {
		return value.Value{}, invalidSecret("input", tooLong(limit))
	}
	if len(input) == 0 {
		return value.Value{}, &InputError{Reason: "Invalid execution input."}
	}
	doc, err := value.Parse(input)
	if err != nil {
		return value.Value{}, &InputError{Reason: jsonFault(input, err), Err: err}
	}
	return doc, nil
}

// started answers a start whose name is taken. Inputs are compared as documents: a client that encodes a map again may write
// its members in another order. What was started for the same wait is found again, however it stands.
//
// Source: API reference, StartExecution, idempotency.
func (e *Engine) started(ctx context.Context, id ID, input value.Value, by *parent) (startedExecution, error) {
	machine, name, err := e.arns.split(id)
	if err != nil {
		return startedExecution{}, err
	}
	found, err := e.store.Find(ctx, store.Query{Machine: machine, Name: name, Limit: 1})
	if err != nil {
		return startedExecution{}, &StoreError{Op: "find", Err: err}
	}
	if len(found) == 0 {
		return startedExecution{}, &ExistsError{ID: id}
	}
	there := startedExecution{id: id, at: found[0].Started.Time()}
	if by != nil {
		o, err := originOf(found[0].Settings)
		if err != nil {
			return startedExecution{}, err
		}
		if there.ours = o.Parent != nil && o.Parent.ref() == by.ref(); there.ours {
			return there, nil
		}
	}
	if found[0].Status != states.Running {
		return startedExecution{}, &ExistsError{ID: id}
	}
	before, err := value.Parse(found[0].Input)
	if err != nil {
		return startedExecution{}, fmt.Errorf("engine: input of %s as stored: %w", id, err)
	}
	if !before.Equal(input) {
		return startedExecution{}, &ExistsError{ID: id}
	}
	return there, nil
}

// ID returns the ID of the execution of a machine, given by name or ARN, that has this name, whether or not there is one.
func (e *Engine) ID(machine, name string) ID { return e.arns.id(e.arns.machineName(machine), name) }

// Stop ends a running execution with status ABORTED and returns when that is durable. Handlers that work for it are cancelled.
// Empty strings leave error and cause absent. An execution that has ended stays as it is, without an error. One that is halted, or
// cannot be loaded, is stopped too; of the latter it is not known what works for it.
//
// Errors: *[NotFoundError], *[ARNError], *[ValidationError] for an error name of more than 256 characters or a cause of more than
// 32,768, *[StoreError], *[HaltedError].
func (e *Engine) Stop(ctx context.Context, id ID, errName, cause string) error {
	if err := checkFailure(errName, cause); err != nil {
		return err
	}
	n, err := e.resolve(ctx, id)
	if err != nil {
		return err
	}
	return e.send(ctx, n, states.Abort{Error: text(errName), Cause: text(cause)}, states.Ref{})
}

func text(s string) states.Text { return states.Text{Set: s != "", S: s} }

// resolve returns the number of an execution.
func (e *Engine) resolve(ctx context.Context, id ID) (states.ExecID, error) {
	if err := e.enter(ctx); err != nil {
		return 0, err
	}
	if n, ok := e.ids.get(id); ok {
		return n, nil
	}
	machine, name, err := e.arns.split(id)
	if err != nil {
		return 0, err
	}
	found, err := e.store.Find(ctx, store.Query{Machine: machine, Name: name, Limit: 1, Brief: true})
	if err != nil {
		return 0, &StoreError{Op: "find", Err: err}
	}
	if len(found) == 0 {
		return 0, &NotFoundError{ARN: string(id)}
	}
	e.ids.put(id, found[0].ID)
	return found[0].ID, nil
}

// clockTime returns m as a time, the zero time for 0.
func clockTime(m states.Millis) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return m.Time()
}
