package main

import (
	"fmt"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
)

type graphCmd struct {
	File      string   `arg:"" optional:"" help:"Definition in JSON or YAML; - is standard input. With --execution it may be left out: the execution knows its own."`
	Format    string   `short:"f" help:"Format: ${enum}." enum:"mermaid,dot,svg" default:"mermaid"`
	Execution string   `short:"e" help:"Show the way of this execution, an ARN or a name." placeholder:"ARN"`
	Store     string   `short:"s" help:"The store that has the execution." placeholder:"FILE.db"`
	Set       []string `sep:"none" help:"Value of a placeholder $${NAME} in the definition." placeholder:"NAME=VALUE"`
}

// Run runs the command.
func (c *graphCmd) Run(a *app) error {
	if (c.Execution == "") != (c.Store == "") {
		return usage("--execution and --store go together")
	}
	if c.File == "" && c.Execution == "" {
		return usage("name a definition, or an execution with --execution and --store")
	}
	d := &drawing{}
	if c.File != "" {
		_, m, err := a.compile(c.File, c.Set)
		if err != nil {
			return err
		}
		d.machine = m
	}
	if c.Execution != "" {
		if err := c.follow(a, d); err != nil {
			return err
		}
	}
	draw := map[string]func(*drawing) string{"mermaid": mermaid, "dot": dot, "svg": svg}[c.Format]
	_, err := fmt.Fprint(a.stdout, draw(d))
	return err
}

// follow takes in the way of the execution and, when no file was given, its definition.
func (c *graphCmd) follow(a *app, d *drawing) error {
	r, st, err := a.openStore(c.Store)
	if err != nil {
		return err
	}
	defer st.Close()
	id, err := a.find(r, c.Execution)
	if err != nil {
		return err
	}
	about, err := r.Describe(a.ctx, id)
	if err != nil {
		return usage("%w", err)
	}
	if d.machine == nil {
		stored, err := st.Machine(a.ctx, about.Machine, about.Revision)
		if err != nil {
			return usage("%w", err)
		}
		if d.machine, err = asl.Compile(stored.Definition, asl.Options{AnyResource: true}); err != nil {
			return &exitError{exitInvalid, err}
		}
	}
	t := newTrace()
	d.taken = map[[2]string]bool{}
	for e, err := range r.History(a.ctx, id, engine.WithoutData()) {
		if err != nil {
			return usage("%w", err)
		}
		what, v := t.add(&e)
		switch {
		case v == nil:
		case what == stepEntered && t.exits[e.PreviousEventID]:
			d.taken[[2]string{t.visits[t.owner[e.PreviousEventID]].name, v.name}] = true
		case e.Type == "ExecutionFailed":
			for at := t.owner[e.PreviousEventID]; at != 0; {
				at = t.up(at, func(v *visit) bool { return v.open })
				if v := t.visits[at]; v != nil {
					v.failed = true
					at = t.owner[v.previous]
				}
			}
		}
	}
	d.status = t.statuses(about.Status == states.Running)
	return nil
}

// status is how far a state got in an execution.
type status int

const (
	notReached status = iota // the least one; a state that was visited several times has the greatest of its visits
	succeeded
	aborted
	inProgress
	caught
	failed
)

// looks is how a status is shown. The word is the name of its class, too.
var looks = [...]struct{ icon, word, fill, line string }{
	notReached: {"", "not-reached", "#ffffff", "#9aa0a6"},
	succeeded:  {"✓ ", "succeeded", "#d7f0dd", "#1a7f37"},
	aborted:    {"■ ", "aborted", "#e8eaed", "#5f6368"},
	inProgress: {"▶ ", "in-progress", "#d6e6fb", "#0b57d0"},
	caught:     {"! ", "caught", "#fde7c7", "#b45309"},
	failed:     {"✗ ", "failed", "#fbd9d7", "#c5221f"},
}

// statuses returns the status of each state that was visited.
func (t *trace) statuses(running bool) map[string]status {
	all := map[string]status{}
	for _, v := range t.visits {
		s, alive := succeeded, running
		for p := t.parent(v); p != nil; p = t.parent(p) {
			alive = alive && p.open
		}
		switch {
		case v.caught:
			s = caught
		case !v.open:
		case v.kind == "Fail" || v.failed && !alive:
			s = failed
		case alive:
			s = inProgress
		default:
			s = aborted
		}
		all[v.name] = max(all[v.name], s)
	}
	return all
}

// drawing is what is drawn.
type drawing struct {
	machine *asl.Machine
	status  map[string]status // nil: no execution
	taken   map[[2]string]bool
}

// arrow is a transition; several ones between the same states are one.
type arrow struct {
	from, to asl.StateID // to is NoState for the end
	label    string
	onlyCatch,
	taken bool
}

// arrows returns the transitions of a flow, in document order.
func (d *drawing) arrows(f *asl.Flow) []arrow {
	var all []arrow
	for i, s := range f.States {
		at := map[asl.StateID]int{}
		first := len(all)
		for _, e := range asl.Transitions(s) {
			to, catch := e.Target, e.Kind == asl.CatchEdge
			if e.End {
				to = asl.NoState
			}
			label := d.label(s, e)
			if n, ok := at[to]; ok {
				if label != "" && all[n].label != "" {
					label = all[n].label + ", " + label
				} else {
					label += all[n].label
				}
				all[n].label, all[n].onlyCatch = label, all[n].onlyCatch && catch
				continue
			}
			at[to] = len(all)
			all = append(all, arrow{from: asl.StateID(i), to: to, label: label, onlyCatch: catch})
		}
		c := s.Common()
		if c.Type == asl.TypeSucceed {
			all = append(all, arrow{from: asl.StateID(i), to: asl.NoState})
		}
		went := false
		for n := first; n < len(all); n++ {
			if to := all[n].to; to != asl.NoState {
				all[n].taken = d.taken[[2]string{c.Name, f.States[to].Common().Name}]
				went = went || all[n].taken
			}
		}
		for n := first; n < len(all); n++ {
			if all[n].to == asl.NoState {
				all[n].taken = !went && d.status[c.Name] == succeeded
			}
		}
	}
	return all
}

// label says when a transition is taken; empty for the usual one.
func (d *drawing) label(s asl.State, e asl.Edge) string {
	switch e.Kind {
	case asl.CatchEdge:
		return shortLabel("catch " + strings.Join(s.Common().Catch[e.Index].ErrorEquals, ", "))
	case asl.DefaultEdge:
		return "default"
	case asl.RuleEdge:
		if rule := s.(*asl.Choice).Rules[e.Index]; rule.Expr != nil {
			return shortLabel(rule.Expr.Text)
		}
		return fmt.Sprintf("rule %d", e.Index+1)
	}
	return ""
}

func shortLabel(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 32 {
		return string(r[:31]) + "…"
	}
	return s
}

// look returns how the status of a state is shown; ok is false without an execution.
func (d *drawing) look(name string) (icon, word string, ok bool) {
	if d.status == nil {
		return "", "", false
	}
	l := looks[d.status[name]]
	return l.icon, l.word, true
}

// inner returns the flows that a state runs.
func inner(s asl.State) []asl.FlowID {
	switch s := s.(type) {
	case *asl.Parallel:
		return s.Branches
	case *asl.Map:
		return []asl.FlowID{s.Processor}
	}
	return nil
}
