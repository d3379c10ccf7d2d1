package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/task"
)

// nestedMachine is a machine that the one of a run may start.
type nestedMachine struct {
	name       string
	definition []byte
	m          *asl.Machine
}

// nested reads the machines of --with.
func (c *runCmd) nested(a *app) ([]nestedMachine, error) {
	var all []nestedMachine
	taken := map[string]bool{c.Machine: true}
	for _, flag := range c.With {
		name, file, ok := strings.Cut(flag, "=")
		if !ok {
			name, file = machineName(flag), flag
		}
		if taken[name] {
			return nil, usage("--with %s: two machines have the name %q; give --with NAME=FILE", flag, name)
		}
		taken[name] = true
		definition, m, err := a.compile(file, c.Set)
		if err != nil {
			return nil, err
		}
		all = append(all, nestedMachine{name, definition, m})
	}
	return all, nil
}

// starts lets tasks start the machines of --with and that of the run, on this engine. Which region and account an ARN names
// does not matter.
func (w *work) starts(machines []nestedMachine, main string) {
	names := map[string]bool{main: true}
	for _, m := range machines {
		names[m.name] = true
	}
	w.mux.HandleServices(task.CallerFunc(func(ctx context.Context, service, action string, input json.RawMessage) (json.RawMessage, error) {
		req, _ := task.RequestFrom(ctx)
		select {
		case <-w.known:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !w.mine(ctx, engine.ID(req.Execution)) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		var members map[string]json.RawMessage
		var arn string
		if json.Unmarshal(input, &members) == nil && json.Unmarshal(members["StateMachineArn"], &arn) == nil {
			if _, name, ok := strings.Cut(arn, ":stateMachine:"); ok && names[name] {
				members["StateMachineArn"], _ = json.Marshal(name) // a text
				input, _ = json.Marshal(members)                   // what was JSON before
			}
		}
		return w.engine.Caller().Call(ctx, service, action, input)
	}), "states", "aws-sdk:sfn")
}
