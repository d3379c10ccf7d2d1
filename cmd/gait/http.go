package main

import (
	"context"

	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

// httpFlags say what HTTP tasks may do.
type httpFlags struct {
	Connections  string `help:"File of connections for http:invoke, by name or ARN, as EventBridge's CreateConnection takes them." placeholder:"FILE"`
	AllowPrivate bool   `help:"Let http:invoke call this machine and private networks, also without TLS."`
}

// client returns what makes the calls.
func (f *httpFlags) client(a *app) (*httptask.Client, error) {
	known := connections{}
	if f.Connections != "" {
		text, err := a.readFile(f.Connections)
		if err != nil {
			return nil, err
		}
		if known.Static, err = httptask.ParseConnections(text); err != nil {
			return nil, usage("%s: %w", shown(f.Connections), err)
		}
	}
	return httptask.New(httptask.Config{Connections: known, AllowPrivate: f.AllowPrivate, AllowHTTP: f.AllowPrivate}), nil
}

// again returns the flags for a line that resumes a run.
func (f *httpFlags) again() (line []string) {
	if f.Connections != "" {
		line = append(line, "--connections", quote(f.Connections))
	}
	if f.AllowPrivate {
		line = append(line, "--allow-private")
	}
	return line
}

// connections tells which flag is missing.
type connections struct{ httptask.Static }

func (c connections) Connection(ctx context.Context, arn string) (*httptask.Connection, error) {
	conn, err := c.Static.Connection(ctx, arn)
	if err != nil {
		return nil, task.Errorf("Events.ConnectionResource.ResourceNotFound", "Connection %s not found: give a file that has it with --connections", arn)
	}
	return conn, nil
}
