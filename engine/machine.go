package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/store"
)

// Revision is one stored definition of a state machine, with its role and the rest of its settings.
type Revision struct {
	Machine    string    // name
	ARN        string    // of the machine
	Number     int64     // from 1; it grows with each change, and goes on when a machine of this name is deleted and made again
	ID         string    // the revisionId of AWS; empty for the first revision of a machine
	VersionARN string    // when it was published
	Created    time.Time // of the machine
	Updated    time.Time // when this revision was stored
}

// DeployOption tunes one Deploy, CreateMachine or UpdateMachine.
type DeployOption func(*deployment)

// deployment is what is asked for. Nil fields are not asked for.
type deployment struct {
	definition   []byte
	role         *string
	kind         *Type
	logging      *string
	tracing      *string
	encryption   *string
	tags         []Tag
	requireTasks bool
	create       bool // what is there must be what is asked for
	publish      bool
	description  *string // of the version
}

// settings are what the engine keeps beside a definition, as JSON.
type settings struct {
	RoleARN    string `json:"roleArn,omitempty"`
	Type       Type   `json:"type,omitempty"` // empty: Standard
	RevisionID string `json:"revisionId,omitempty"`
	Life       int    `json:"life,omitempty"` // keeps the revisions of machines apart that had one name after the other
	Logging    string `json:"logging,omitempty"`
	Tracing    string `json:"tracing,omitempty"`
	Encryption string `json:"encryption,omitempty"`
}

// same reports whether s and t are the same to their users.
func (s settings) same(t settings) bool {
	s.RevisionID, s.Life, t.RevisionID, t.Life = "", 0, "", 0
	return s == t
}

// Type is the type of a state machine. It is chosen with its first revision and never changes.
type Type string

// The types.
const (
	Standard Type = "STANDARD" // durable, up to a year
	Express  Type = "EXPRESS"  // in memory, up to five minutes; no callbacks, jobs, activities and distributed Maps
)

// WithType sets the type of the machine. Default: the type it has, Standard for a new one.
func WithType(t Type) DeployOption { return func(d *deployment) { d.kind = &t } }

// WithRole sets the role that the context object and the history show for executions of this revision.
func WithRole(arn string) DeployOption { return func(d *deployment) { d.role = &arn } }

// WithDefinition gives UpdateMachine a new definition.
func WithDefinition(definition []byte) DeployOption {
	return func(d *deployment) { d.definition = definition }
}

// WithLogging keeps a loggingConfiguration with the revision, as JSON. It is checked, a *[LoggingError] refuses it, and shown again with
// its defaults; nothing is logged by it.
func WithLogging(configuration json.RawMessage) DeployOption {
	return func(d *deployment) { d.logging = compactText(configuration) }
}

// WithTracing keeps a tracingConfiguration with the revision, as JSON. It is checked, a *[TracingError] refuses it, and shown again with
// its defaults; nothing is traced by it.
func WithTracing(configuration json.RawMessage) DeployOption {
	return func(d *deployment) { d.tracing = compactText(configuration) }
}

// WithEncryption keeps an encryptionConfiguration with the revision, as JSON. The engine only shows it again.
func WithEncryption(configuration json.RawMessage) DeployOption {
	return func(d *deployment) { d.encryption = compactText(configuration) }
}

// compactText returns JSON without white space, or what is no JSON as it is.
func compactText(src json.RawMessage) *string {
	var b bytes.Buffer
	if json.Compact(&b, src) != nil {
		s := string(src)
		return &s
	}
	s := b.String()
	return &s
}

// WithTags gives a new machine tags. One that exists keeps those it has.
func WithTags(tags ...Tag) DeployOption { return func(d *deployment) { d.tags = tags } }

// Publish makes the revision a version, see [Engine.PublishVersion].
func Publish() DeployOption { return func(d *deployment) { d.publish = true } }

// WithVersionDescription describes the version that [Publish] makes, in at most 256 characters.
func WithVersionDescription(text string) DeployOption {
	return func(d *deployment) { d.description = &text }
}

// RequireTasks refuses, with a *[TasksError], a definition with Task states that nothing is registered for.
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

// machine returns a compiled revision, 0 for the newest of a machine that is there. The name may be one under which map runs and child
// executions are stored.
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
	var stored store.Machine
	var err error
	if revision == 0 {
		e.deploying.Lock() // so that none is kept that has just been deleted
		defer e.deploying.Unlock()
		if _, stored, err = e.living(ctx, machineRef{given: e.arns.machine + name, name: name}); err != nil {
			return nil, err
		}
	} else if stored, err = e.store.Machine(ctx, name, revision); errors.Is(err, store.ErrNotFound) {
		return nil, &NotFoundError{ARN: e.arns.machine + name, Machine: true}
	} else if err != nil {
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
