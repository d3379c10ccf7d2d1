package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/httptask"
)

// maxCommands is how many commands run at once.
const maxCommands = 64

// work answers the tasks of one execution. Tasks of other executions in the store are left as they are: their handlers wait
// until the engine closes, and are called again by whoever runs those executions.
type work struct {
	mux task.Mux
	env []string

	mu        sync.Mutex
	execution string         // ARN; empty until it is known, and when all executions are this run's
	alone     bool           // all executions are this run's
	known     chan struct{}  // closed when it is known
	calls     map[string]int // of mocked states
	engine    *engine.Engine
	runs      sync.Map // ARNs of map runs and nested executions to whether they are of this execution

	running atomic.Int32 // handlers at work for this execution
	slots   chan struct{}
	missing chan *task.Request // of a task that nobody does
}

func newWork(env []string) *work {
	return &work{env: env, known: make(chan struct{}), calls: map[string]int{}, slots: make(chan struct{}, maxCommands),
		missing: make(chan *task.Request, 1)}
}

// begin says whose tasks are to be done.
func (w *work) begin(e *engine.Engine, id engine.ID) {
	w.engine, w.execution = e, string(id)
	close(w.known)
}

// taskStates returns the Task states of a machine.
func taskStates(m *asl.Machine) []*asl.Task {
	var all []*asl.Task
	for _, f := range m.Flows {
		for _, s := range f.States {
			if t, ok := s.(*asl.Task); ok {
				all = append(all, t)
			}
		}
	}
	return all
}

// register takes in the flags --task and the mocks. HTTP tasks that they leave open are done by the client; everything else stops
// the run when it is called.
func (w *work) register(tasks []*asl.Task, flags []string, mocks map[string][]mock, client *httptask.Client) error {
	taken := map[string]bool{}
	for _, flag := range flags {
		key, command, err := splitTask(flag, tasks)
		if err != nil {
			return err
		}
		if taken[key] {
			return usage("--task %s is given twice", key)
		}
		taken[key] = true
		h := w.own(w.command(command))
		if slices.ContainsFunc(tasks, func(t *asl.Task) bool { return t.Name == key }) {
			w.mux.HandleState("", key, h)
		} else {
			w.mux.Handle(key, h)
		}
	}
	for state, list := range mocks {
		if !slices.ContainsFunc(tasks, func(t *asl.Task) bool { return t.Name == state }) {
			return usage("--mock: the machine has no Task state %q; %s", state, listTasks(tasks))
		}
		if taken[state] {
			return usage("state %q has both a --task and a mock; remove one", state)
		}
		w.mux.HandleState("", state, w.own(w.mocked(list)))
	}
	for _, t := range tasks {
		h := client.Handler(t.Resource.Text)
		if _, done := w.mux.Lookup("", "", t.Resource.Text); h != nil && !done {
			w.mux.Handle(t.Resource.Text, w.own(h.ServeTask))
		}
	}
	w.mux.HandleFallback(w.own(w.unanswered))
	return nil
}

// splitTask splits KEY=COMMAND, where KEY is the name of a Task state, a resource of one, or the beginning of such resources and
// "*". Names may have "=" in them.
func splitTask(flag string, tasks []*asl.Task) (key, command string, err error) {
	for i := range len(flag) {
		if flag[i] != '=' {
			continue
		}
		key := flag[:i]
		prefix, isPattern := strings.CutSuffix(key, "*")
		if slices.ContainsFunc(tasks, func(t *asl.Task) bool {
			return t.Name == key || t.Resource.Text == key || isPattern && strings.HasPrefix(t.Resource.Text, prefix)
		}) {
			if strings.TrimSpace(flag[i+1:]) == "" {
				return "", "", usage("--task %s: the command is missing", flag)
			}
			return key, flag[i+1:], nil
		}
	}
	key, _, ok := strings.Cut(flag, "=")
	if !ok {
		return "", "", usage("--task %q: expected STATE=COMMAND or ARN=COMMAND", flag)
	}
	return "", "", usage("--task: the machine has no Task state and no resource %q; %s", key, listTasks(tasks))
}

// listTasks names the first few Task states.
func listTasks(tasks []*asl.Task) string {
	if len(tasks) == 0 {
		return "it has no Task states"
	}
	var names []string
	for i, t := range tasks {
		if i == 8 {
			names = append(names, "…")
			break
		}
		names = append(names, fmt.Sprintf("%q (%s)", t.Name, t.Resource.Text))
	}
	return "its Task states are " + strings.Join(names, ", ")
}

// await returns when a task of the execution may be served: this run is known, and the execution belongs to it. A task of another
// run is left alone until ctx ends, whose error is returned.
func (w *work) await(ctx context.Context, id engine.ID) error {
	select {
	case <-w.known:
		if w.mine(ctx, id) {
			return nil
		}
		<-ctx.Done()
	case <-ctx.Done():
	}
	return ctx.Err()
}

// own makes h do the tasks of this run's execution alone, and answer those that wait for a task token itself: the end of the work
// is the callback.
func (w *work) own(h task.HandlerFunc) task.Handler {
	return task.HandlerFunc(func(ctx context.Context, req *task.Request) (any, error) {
		if err := w.await(ctx, engine.ID(req.Execution)); err != nil {
			return nil, err
		}
		w.running.Add(1)
		defer w.running.Add(-1)
		out, err := h(ctx, req)
		if req.Token == "" || ctx.Err() != nil {
			return out, err
		}
		if err != nil {
			failure := task.ErrorOf(err)
			return nil, w.engine.SendTaskFailure(ctx, req.Token, failure.Name, failure.Cause)
		}
		raw, err := json.Marshal(out)
		if err != nil {
			return nil, w.engine.SendTaskFailure(ctx, req.Token, task.TaskFailed, task.NoJSON(req.Resource, err).Cause)
		}
		return nil, w.engine.SendTaskSuccess(ctx, req.Token, raw)
	})
}

// mine reports whether an execution is the one of this run, works for it in a map run, or was started by a task of it.
func (w *work) mine(ctx context.Context, id engine.ID) bool {
	if w.alone || string(id) == w.execution {
		return true
	}
	run := id.MapRun()
	if run == "" {
		return w.descends(ctx, id)
	}
	if known, ok := w.runs.Load(run); ok {
		return known.(bool)
	}
	d, err := w.engine.DescribeMapRun(ctx, run)
	if err != nil {
		return false
	}
	mine := w.mine(ctx, d.Execution)
	w.runs.Store(run, mine)
	return mine
}

// descends reports whether a task of this run has started an execution.
func (w *work) descends(ctx context.Context, id engine.ID) bool {
	if known, ok := w.runs.Load(id); ok {
		return known.(bool)
	}
	d, err := w.engine.Describe(ctx, id)
	if err != nil {
		return false
	}
	mine := d.Parent != "" && w.mine(ctx, d.Parent)
	w.runs.Store(id, mine)
	return mine
}

// unanswered reports a task that nobody does and leaves it open.
func (w *work) unanswered(ctx context.Context, req *task.Request) (any, error) {
	select {
	case w.missing <- req:
	default: // one is enough
	}
	w.running.Add(-1) // it does nothing from here on
	defer w.running.Add(1)
	<-ctx.Done()
	return nil, ctx.Err()
}

// command returns a handler that runs a line of shell: the input on its standard input, the result from its standard output.
func (w *work) command(line string) task.HandlerFunc {
	return func(ctx context.Context, req *task.Request) (any, error) {
		select {
		case w.slots <- struct{}{}:
			defer func() { <-w.slots }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		cmd := shell(ctx, line)
		cmd.WaitDelay = time.Second
		cmd.Env = append(slices.Clone(w.env), "GAIT_STATE="+req.State, "GAIT_RESOURCE="+req.Resource, "GAIT_EXECUTION="+req.Execution,
			"GAIT_KEY="+req.Key, "GAIT_ATTEMPT="+strconv.Itoa(req.Attempt), "GAIT_TASK_TOKEN="+string(req.Token))
		cmd.Stdin = bytes.NewReader(append(slices.Clone(req.Input), '\n'))
		var out, talk tail
		out.limit, talk.limit = maxOutput, maxTalk
		cmd.Stdout, cmd.Stderr = &out, &talk
		err := cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, commandFailure(talk.text(), exit)
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && !errors.Is(err, exec.ErrWaitDelay):
			return nil, task.Errorf(task.TaskFailed, "the command of state %q did not run: %v", req.State, err)
		case out.cut:
			return nil, task.Errorf(task.TaskFailed, "the command of state %q wrote more than %d bytes", req.State, maxOutput)
		}
		text := bytes.TrimSpace(out.buf)
		if len(text) == 0 {
			return nil, nil
		}
		if err := checkJSON(text); err != nil {
			return nil, task.Errorf(task.TaskFailed, "the command of state %q wrote no JSON: %v", req.State, err)
		}
		return json.RawMessage(text), nil
	}
}

// commandFailure is what a command that ended with another code than 0 stands for. If the last line of its standard error is an
// object with the member Error, that object is the failure; otherwise it is States.TaskFailed with the standard error as cause.
func commandFailure(talk string, exit *exec.ExitError) *task.Error {
	last := talk[strings.LastIndexByte(talk, '\n')+1:]
	var told struct{ Error, Cause *string }
	if strings.HasPrefix(last, "{") && json.Unmarshal([]byte(last), &told) == nil && told.Error != nil {
		f := &task.Error{Name: *told.Error}
		if told.Cause != nil {
			f.Cause = *told.Cause
		}
		return f
	}
	if talk == "" {
		talk = "the command ended with " + exit.String()
	}
	return &task.Error{Name: task.TaskFailed, Cause: talk}
}

// The bytes that are kept of what a command writes. AWS takes no result above 262,144 bytes and cuts causes to 32,768 characters.
const (
	maxOutput = 1 << 20
	maxTalk   = 32 << 10
)

// tail keeps the last bytes that are written to it.
type tail struct {
	buf   []byte
	limit int
	cut   bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - t.limit; over > 0 {
		t.buf, t.cut = append(t.buf[:0], t.buf[over:]...), true
	}
	return len(p), nil
}

func (t *tail) text() string { return strings.ToValidUTF8(strings.TrimSpace(string(t.buf)), "\uFFFD") }
