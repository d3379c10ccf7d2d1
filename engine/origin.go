package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/maprun"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// origin says on whose behalf an execution was started: who is to be told when it has ended. It is part of what the store keeps
// of a start, so that it survives everything that the execution does.
type origin struct {
	MapRun *runOrigin   `json:"mapRun,omitempty"` // of a map run
	Child  *childOrigin `json:"child,omitempty"`  // of a child execution of one
	Parent *parent      `json:"parent,omitempty"` // of an execution that a task started

	Version int64  `json:"version,omitempty"` // of the machine, when one was asked for or the alias chose it
	Alias   string `json:"alias,omitempty"`   // that was asked for
	Trace   string `json:"trace,omitempty"`   // X-Ray trace header
}

// runOrigin is the execution whose Map state waits for a map run.
type runOrigin struct {
	Exec states.ExecID `json:"exec"`
}

// childOrigin is the place of a child execution in its map run.
type childOrigin struct {
	Run     states.ExecID `json:"run"`
	Child   int32         `json:"child"`
	Items   int64         `json:"items"`
	Express bool          `json:"express,omitempty"`
	Round   int32         `json:"round,omitempty"` // redrives of the map run before it was started
}

// roundToken is the client token with which a child execution is redriven, before the number of the round.
const roundToken = "map-run-redrive-"

// round returns how often the map run had been redriven when the child execution was started, or redriven, for the last time.
func (o *childOrigin) round(x *states.Execution) int32 {
	for _, m := range slices.Backward(x.Redriven) {
		if number, ok := strings.CutPrefix(m.Token, roundToken); ok {
			n, _ := strconv.ParseInt(number, 10, 32) // nobody else redrives it
			return int32(n)
		}
	}
	return o.Round
}

// encode returns the form that is stored.
func (o origin) encode() []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic("engine: " + err.Error()) // it has nothing that could fail
	}
	return b
}

func originOf(settings []byte) (o origin, err error) {
	if len(settings) == 0 {
		return o, nil
	}
	if err := json.Unmarshal(settings, &o); err != nil {
		return o, fmt.Errorf("engine: facts of a start as stored: %w", err)
	}
	return o, nil
}

// express reports whether the execution behaves as one of an Express state machine.
func (o *origin) express() bool { return o.Child != nil && o.Child.Express }

// tellOrigin posts the end of an execution to who waits for it. It may be told more than once: only the first time counts.
func (e *Engine) tellOrigin(o *origin, arn ID, x *states.Execution) {
	out := x.Outcome
	var in states.Input
	var to states.ExecID
	switch {
	case o.MapRun != nil:
		ended := states.RunEnded{ARN: string(arn), Redrives: x.Redrives, Output: out.Output}
		if out.Status != states.Succeeded {
			ended.Failure = &out.Failure
		}
		in, to = ended, o.MapRun.Exec
	case o.Child != nil:
		e.mapRuns.childEnded(o.Child)
		in = states.ChildEnded{Child: o.Child.Child, Round: o.Child.round(x), Items: o.Child.Items, Status: out.Status}
		to = o.Child.Run
	default:
		return
	}
	e.shardOf(to).post(message{kind: inputMessage, id: to, in: in})
}

// runLimits are the limits of an execution: an Express one has none of history events, unless one is set.
func (e *Engine) runLimits(r *run) states.Limits {
	l := e.cfg.Limits
	if r.origin.express() && l.Events == 0 {
		l.Events = -1
	}
	return l
}

// A map run is stored as an execution of "MACHINE/LABEL" that has the name of the run, and its child executions as those of
// "MACHINE/LABEL:RUN". No machine can be called so, which keeps them out of each other's way.

// runKey and childKey are the machines under which a map run and its child executions are stored.
func runKey(machine, label string) string     { return machine + "/" + label }
func childKey(runKey, run string) string      { return runKey + ":" + run }
func splitChildKey(key string) (string, bool) { k, _, ok := strings.Cut(key, ":"); return k, ok }

// labelled returns the label in the name under which something is stored, and whether it has one.
func labelled(machine string) (name, label string, ok bool) {
	name, rest, ok := strings.Cut(machine, "/")
	label, _, _ = strings.Cut(rest, ":")
	return name, label, ok
}

// of returns the ARN of a stored execution, map run or child execution.
func (a arns) of(machine, name string, express bool) ID {
	key, child := splitChildKey(machine)
	switch _, _, ok := labelled(machine); {
	case !ok:
		return a.id(machine, name)
	case !child:
		return ID(a.mapRun + key + ":" + name)
	case express:
		return ID(a.express + key + ":" + name + ":" + strings.TrimPrefix(machine, key+":"))
	}
	return a.id(key, name)
}

// splitRun returns the machine and the name under which the map run of an ARN is stored.
func (a arns) splitRun(id ID) (machine, name string, err error) {
	kind := resourceType(string(id))
	if kind != "mapRun" {
		return "", "", &ARNError{ARN: string(id), Type: kind}
	}
	rest, ours := strings.CutPrefix(string(id), a.mapRun)
	if !ours { // of another region or account
		return "", "", &MapRunNotFoundError{ARN: id}
	}
	machine, name, found := strings.Cut(rest, ":")
	if !found || !strings.Contains(machine, "/") {
		return "", "", &ARNError{ARN: string(id)}
	}
	return machine, name, nil
}

// splitLabelled returns the machine and the name under which the child execution of an ARN is stored.
func (a arns) splitLabelled(id ID) (machine, name string, ok bool) {
	s := string(id)
	rest, is := strings.CutPrefix(s, a.execution)
	if !is {
		if rest, is = strings.CutPrefix(s, a.express); !is {
			return "", "", false
		}
	}
	key, name, found := strings.Cut(rest, ":")
	if !found || !strings.Contains(key, "/") {
		return "", "", false
	}
	name, _, _ = strings.Cut(name, ":") // an Express one has more behind it
	run, _, ok := maprun.SplitChildName(name)
	return childKey(key, run), name, ok
}

// MapRun returns the ARN of the map run that a child execution belongs to, "" for other executions. It looks at the text alone.
func (id ID) MapRun() ID {
	parts := strings.SplitN(string(id), ":", 9)
	if len(parts) < 8 || parts[5] != "execution" && parts[5] != "express" || !strings.Contains(parts[6], "/") {
		return ""
	}
	run, _, ok := maprun.SplitChildName(parts[7])
	if !ok {
		return ""
	}
	return ID(strings.Join(parts[:5], ":") + ":mapRun:" + parts[6] + ":" + run)
}

// find returns an execution by its stored machine and name without its state, or store.ErrNotFound.
func (e *Engine) find(ctx context.Context, machine, name string) (store.Execution, error) {
	found, err := e.store.Find(ctx, store.Query{Machine: machine, Name: name, Limit: 1})
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Execution{}, err
	}
	return found[0], nil
}

// tellStored tells who waits for an execution how it has ended, as the store has it.
func (e *Engine) tellStored(ctx context.Context, id states.ExecID) error {
	l, _, err := e.load(ctx, id)
	if err == nil && l.x.Outcome != nil {
		e.tellOrigin(&l.origin, l.arn, l.x)
	}
	return err
}

// labelledMachine is m as the child executions of one of its Maps see it.
func labelledMachine(m *machine, label string) *machine {
	if label == "" {
		return m
	}
	own := *m
	base, _, _ := strings.Cut(m.arn, "/") // that of a child execution has a label
	own.arn = base + "/" + label
	own.member = value.Obj(value.M("Id", value.FromString(own.arn)), value.M("Name", value.FromString(m.name+"/"+label)))
	return &own
}

// missing reports whether a store's error means that there is no such thing.
func missing(err error) bool { return errors.Is(err, store.ErrNotFound) }
