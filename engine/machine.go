package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/store"
)

// Revision is one stored definition of a state machine.
type Revision struct {
	Machine string // name
	ARN     string // of the machine
	Number  int64  // from 1
}

// DeployOption tunes one Deploy.
type DeployOption func(*deployment)

type deployment struct {
	settings     settings
	requireTasks bool
}

// settings are what the engine keeps beside a definition, as JSON.
type settings struct {
	RoleARN string `json:"roleArn,omitempty"`
	Type    Type   `json:"type,omitempty"` // empty: Standard
}

// Type is the type of a state machine. It is chosen with its first revision and never changes.
type Type string

// The types.
const (
	Standard Type = "STANDARD" // durable, up to a year
	Express  Type = "EXPRESS"  // in memory, up to five minutes; no callbacks, jobs, activities and distributed Maps
)

// WithType sets the type of the machine. Default: the type it has, Standard for a new one.
func WithType(t Type) DeployOption { return func(d *deployment) { d.settings.Type = t } }

// WithRole sets the role that the context object and the history show for executions of this revision.
func WithRole(arn string) DeployOption { return func(d *deployment) { d.settings.RoleARN = arn } }

// RequireTasks makes Deploy refuse, with a *[TasksError], a definition with Task states that nothing is registered for.
func RequireTasks() DeployOption { return func(d *deployment) { d.requireTasks = true } }

// machine is a compiled revision. It is shared and immutable.
type machine struct {
	name     string
	revision int64
	arn      string
	role     string
	express  bool
	size     int // bytes of the definition
	asl      *asl.Machine
	member   value.Value // the StateMachine member of the context object
}

// machines keeps compiled revisions.
type machines struct {
	mu       sync.RWMutex
	latest   map[string]*machine
	compiled map[revisionKey]*machine
}

type revisionKey struct {
	name     string
	revision int64
}

// Deploy stores a definition under name and returns its revision. The definition and the options of the newest revision give
// that revision again. Executions started from now on use it; running ones keep theirs.
//
// Errors: *asl.Error with every diagnostic when the definition is not valid, *[NameError], *[TasksError], *[StoreError].
func (e *Engine) Deploy(ctx context.Context, name string, definition []byte, opts ...DeployOption) (Revision, error) {
	if err := e.enter(ctx); err != nil {
		return Revision{}, err
	}
	var d deployment
	for _, opt := range opts {
		opt(&d)
	}
	if err := checkName(name); err != nil {
		return Revision{}, err
	}
	e.deploying.Lock() // so that the newest revision in memory is the newest one stored
	defer e.deploying.Unlock()
	if err := e.settleType(ctx, name, &d.settings); err != nil {
		return Revision{}, err
	}
	m, err := asl.Compile(definition, compileOptions(d.settings))
	if err != nil {
		return Revision{}, err
	}
	if d.requireTasks {
		if err := e.checkTasks(name, m); err != nil {
			return Revision{}, err
		}
	}
	kept, err := json.Marshal(d.settings)
	if err != nil {
		return Revision{}, fmt.Errorf("engine: deploy %q: %w", name, err)
	}
	stored := store.Machine{Name: name, Definition: definition, Settings: kept, Created: e.clock.Now()}
	if stored.Revision, err = e.store.PutMachine(ctx, stored); err != nil {
		return Revision{}, &StoreError{Op: "deploy", Err: err}
	}
	made, err := e.newMachine(stored, m)
	if err != nil {
		return Revision{}, err
	}
	e.machines.put(made, true)
	e.log.Info("machine deployed", "machine", name, "revision", stored.Revision)
	return Revision{Machine: name, ARN: made.arn, Number: made.revision}, nil
}

// settleType gives settings the type of the machine, if there is one.
func (e *Engine) settleType(ctx context.Context, name string, s *settings) error {
	switch s.Type {
	case Standard:
		s.Type = "" // as it was stored before there were types
	case "", Express:
	default:
		return invalid("type", string(s.Type), "Member must satisfy enum value set: [STANDARD, EXPRESS]")
	}
	return nil
}

// compileOptions accept any resource: which ones work is decided by the handlers that are registered.
func compileOptions(s settings) asl.Options {
	return asl.Options{AnyResource: true, Express: s.Type == Express}
}

// checkTasks reports the Task states that have no handler.
func (e *Engine) checkTasks(name string, m *asl.Machine) error {
	var missing []MissingTask
	for _, f := range m.Flows {
		for _, s := range f.States {
			t, ok := s.(*asl.Task)
			if !ok || t.Resource.Kind == asl.Activity {
				continue
			}
			if _, ok := e.route(name, t.Name, t.Resource.Text); !ok {
				missing = append(missing, MissingTask{State: t.Name, Resource: t.Resource.Text})
			}
		}
	}
	if len(missing) > 0 {
		return &TasksError{Missing: missing}
	}
	return nil
}

// machine returns a compiled revision, 0 for the newest. The name may be one under which map runs and child executions are stored.
func (e *Engine) machine(ctx context.Context, name string, revision int64) (*machine, error) {
	if base, label, ok := labelled(name); ok {
		m, err := e.machine(ctx, base, revision)
		if err != nil {
			return nil, err
		}
		return labelledMachine(m, label), nil
	}
	if m := e.machines.get(name, revision); m != nil {
		return m, nil
	}
	stored, err := e.store.Machine(ctx, name, revision)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &NotFoundError{ARN: e.arns.machine + name, Machine: true}
	}
	if err != nil {
		return nil, &StoreError{Op: "load machine", Err: err}
	}
	s, err := readSettings(stored)
	if err != nil {
		return nil, err
	}
	compiled, err := asl.Compile(stored.Definition, compileOptions(s))
	if err != nil {
		return nil, fmt.Errorf("engine: machine %q, revision %d as stored: %w", name, stored.Revision, err)
	}
	m, err := e.newMachine(stored, compiled)
	if err != nil {
		return nil, err
	}
	e.machines.put(m, revision == 0)
	return m, nil
}

func readSettings(stored store.Machine) (s settings, err error) {
	if len(stored.Settings) > 0 {
		if err := json.Unmarshal(stored.Settings, &s); err != nil {
			return s, fmt.Errorf("engine: machine %q, revision %d: settings: %w", stored.Name, stored.Revision, err)
		}
	}
	return s, nil
}

func (e *Engine) newMachine(stored store.Machine, compiled *asl.Machine) (*machine, error) {
	s, err := readSettings(stored)
	if err != nil {
		return nil, err
	}
	m := &machine{name: stored.Name, revision: stored.Revision, arn: e.arns.machine + stored.Name, role: s.RoleARN, asl: compiled,
		express: s.Type == Express, size: len(stored.Definition)}
	if m.role == "" {
		m.role = e.cfg.RoleARN
	}
	m.member = value.Obj(value.M("Id", value.FromString(m.arn)), value.M("Name", value.FromString(m.name)))
	return m, nil
}

func (c *machines) get(name string, revision int64) *machine {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if revision == 0 {
		return c.latest[name]
	}
	return c.compiled[revisionKey{name, revision}]
}

// put keeps m. newest says that m was the newest revision in the store; an older one never replaces a newer.
func (c *machines) put(m *machine, newest bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.compiled[revisionKey{m.name, m.revision}] = m
	if old := c.latest[m.name]; newest && (old == nil || old.revision <= m.revision) {
		c.latest[m.name] = m
	}
}
