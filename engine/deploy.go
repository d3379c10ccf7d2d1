package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// Deploy stores a definition under name, whether or not there is a machine of this name, and returns its revision. The definition
// and the options of the newest revision give that revision again. Executions started from now on use it; running ones keep theirs,
// see [Engine.PendingRedeploy].
//
// Errors: *asl.Error with every diagnostic when the definition is not valid, *[NameError], *[TasksError], *[DeletingError],
// *[MachineExistsError] when it is to have another type, *[ValidationError], *[LoggingError], *[TracingError], *[TagError], *[QuotaError],
// *[StoreError].
func (e *Engine) Deploy(ctx context.Context, name string, definition []byte, opts ...DeployOption) (Revision, error) {
	d := newDeployment(definition, opts)
	return e.change(ctx, name, d, func(before *settings, _ bool) (settings, error) {
		s := settings{}
		if before != nil {
			s.Type = before.Type
			if d.kind != nil && *d.kind != cmp.Or(before.Type, Standard) {
				return s, &MachineExistsError{ARN: e.arns.machine + name}
			}
		}
		return s, d.into(&s)
	})
}

// CreateMachine makes a state machine. When there is one of this name, the same definition, to the letter, with the same options
// gives it again, and the version that it made; the role and the tags do not count, and stay as they are.
//
// Errors: *asl.Error, *[NameError], *[TasksError], *[MachineExistsError], *[DeletingError], *[ValidationError], *[LoggingError],
// *[TracingError], *[TagError], *[StoreError].
//
// Source: API reference, CreateStateMachine.
func (e *Engine) CreateMachine(ctx context.Context, name string, definition []byte, opts ...DeployOption) (Revision, error) {
	d := newDeployment(definition, opts)
	d.create = true
	return e.change(ctx, name, d, func(before *settings, sameText bool) (settings, error) {
		var s settings
		if err := d.into(&s); err != nil || before == nil {
			return s, err
		}
		if s.RoleARN = before.RoleARN; !sameText || !s.same(*before) {
			return s, &MachineExistsError{ARN: e.arns.machine + name}
		}
		return *before, nil
	})
}

// UpdateMachine changes a state machine, given by name or unqualified ARN: what the options name, of definition, role, logging and
// tracing, at least one; the rest stays. What changes nothing gives the newest revision again. Running executions keep their
// revision.
//
// Errors: *[NotFoundError], *[ARNError], *[MissingParameterError], *asl.Error, *[TasksError], *[DeletingError], *[ValidationError],
// *[LoggingError], *[TracingError], *[QuotaError], *[StoreError].
//
// Source: API reference, UpdateStateMachine.
func (e *Engine) UpdateMachine(ctx context.Context, machine string, opts ...DeployOption) (Revision, error) {
	r, err := e.arns.plainRef(machine)
	if err != nil {
		return Revision{}, err
	}
	d := newDeployment(nil, opts)
	if d.definition == nil && d.role == nil && d.logging == nil && d.tracing == nil && d.encryption == nil {
		return Revision{}, &MissingParameterError{}
	}
	d.tags = nil
	return e.change(ctx, r.name, d, func(before *settings, _ bool) (settings, error) {
		if before == nil {
			return settings{}, &NotFoundError{ARN: r.given, Machine: true}
		}
		s := *before
		if d.kind != nil && *d.kind != cmp.Or(s.Type, Standard) {
			return s, &ValidationError{Message: "The type of a state machine cannot be changed"}
		}
		return s, d.into(&s)
	})
}

func newDeployment(definition []byte, opts []DeployOption) *deployment {
	d := &deployment{definition: definition}
	for _, opt := range opts {
		opt(d)
	}
	return d
}

// about is the description of the version, empty for none.
func (d *deployment) about() string {
	if d.description == nil {
		return ""
	}
	return *d.description
}

// into sets what is asked for in s.
func (d *deployment) into(s *settings) error {
	set := func(field *string, v *string) {
		if v != nil {
			*field = *v
		}
	}
	set(&s.RoleARN, d.role)
	var err error
	if d.logging != nil {
		if s.Logging, err = checkLogging(*d.logging); err != nil {
			return err
		}
	}
	if d.tracing != nil {
		if s.Tracing, err = checkTracing(*d.tracing); err != nil {
			return err
		}
	}
	set(&s.Encryption, d.encryption)
	if d.kind != nil {
		switch s.Type = *d.kind; s.Type {
		case Standard, "":
			s.Type = "" // as it was stored before there were types
		case Express:
		default:
			return invalid("type", string(s.Type), "Member must satisfy enum value set: [STANDARD, EXPRESS]")
		}
	}
	return nil
}

// check refuses what cannot be, whatever is there.
func (d *deployment) check(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if d.description != nil {
		if !d.publish {
			return &ValidationError{Message: "Version description can only be set when publish is true"}
		}
		if err := checkDescription("versionDescription", *d.description); err != nil {
			return err
		}
	}
	if utf8.RuneCount(d.definition) > maxDefinition {
		return invalidSecret("definition", tooLong(maxDefinition))
	}
	return checkTags(nil, d.tags)
}

// checkDescription applies the API model's rule for descriptions of versions and aliases.
func checkDescription(member, text string) error {
	if utf8.RuneCountInString(text) > 256 {
		return invalidSecret(member, tooLong(256))
	}
	return nil
}

// change stores what d asks for. merge is told the settings of the newest revision, nil when there is no machine, and whether its
// definition is that of d to the letter; it returns the new settings.
func (e *Engine) change(ctx context.Context, name string, d *deployment, merge func(before *settings, sameText bool) (settings, error)) (Revision, error) {
	if err := e.enter(ctx); err != nil {
		return Revision{}, err
	}
	if err := d.check(name); err != nil {
		return Revision{}, err
	}
	e.deploying.Lock() // so that what is in memory is what is stored
	defer e.deploying.Unlock()
	rec, newest, standing, err := e.stand(ctx, name)
	if err != nil {
		return Revision{}, err
	}
	var before *settings
	switch standing {
	case deleting:
		return Revision{}, &DeletingError{ARN: e.arns.machine + name}
	case active:
		s, err := readSettings(newest)
		if err != nil {
			return Revision{}, err
		}
		before = &s
		if d.definition == nil {
			d.definition = newest.Definition
		}
	}
	sameText := before != nil && string(d.definition) == string(newest.Definition)
	s, err := merge(before, sameText)
	if err != nil {
		return Revision{}, err
	}
	if d.create && before != nil && (d.publish != rec.Publish || d.about() != rec.About) {
		return Revision{}, &MachineExistsError{ARN: e.arns.machine + name}
	}
	compiled, err := asl.Compile(d.definition, compileOptions(s))
	if err != nil {
		return Revision{}, err
	}
	if d.requireTasks {
		if err := e.checkTasks(name, compiled); err != nil {
			return Revision{}, err
		}
	}
	if before == nil {
		if rec, err = e.beginLife(ctx, name, rec, newest, d); err != nil {
			return Revision{}, err
		}
	}
	stored := newest
	if !sameText || !s.same(*before) {
		if stored, err = e.storeRevision(ctx, name, d.definition, s, rec, before != nil); err != nil {
			return Revision{}, err
		}
	}
	made, err := e.newMachine(stored, compiled)
	if err != nil {
		return Revision{}, err
	}
	e.machines.put(made, true)
	r := Revision{Machine: name, ARN: made.arn, Number: made.revision, Created: clockTime(rec.Created), Updated: stored.Created}
	if s, err = readSettings(stored); err != nil {
		return Revision{}, err
	}
	r.ID = s.RevisionID
	if d.publish {
		v, err := e.publish(ctx, name, rec, stored.Revision, d.description)
		if err != nil {
			return Revision{}, err
		}
		r.VersionARN = v.ARN
	}
	return r, nil
}

// beginLife makes the record of a machine that is about to be made. It is stored first: without a revision it stands for nothing.
func (e *Engine) beginLife(ctx context.Context, name string, old *machineRecord, last store.Machine, d *deployment) (*machineRecord, error) {
	rec := &machineRecord{Created: states.MillisOf(e.clock.Now()), First: last.Revision + 1, Publish: d.publish, About: d.about()}
	if old != nil && old.Deleted > 0 {
		rec.Life, rec.Deleted = old.Life, old.Deleted
	}
	if err := e.putRecord(ctx, name, rec); err != nil {
		return nil, err
	}
	if len(d.tags) == 0 {
		return rec, nil
	}
	return rec, e.putTags(ctx, e.arns.machine+name, mergeTags(nil, d.tags))
}

// storeRevision stores the next revision of a machine.
func (e *Engine) storeRevision(ctx context.Context, name string, definition []byte, s settings, rec *machineRecord, update bool) (store.Machine, error) {
	now := e.clock.Now()
	s.RevisionID, s.Life = "", rec.Life
	if update {
		s.RevisionID = newName(now)
	}
	kept, err := json.Marshal(s)
	if err != nil {
		return store.Machine{}, fmt.Errorf("engine: deploy %q: %w", name, err)
	}
	m := store.Machine{Name: name, Definition: definition, Settings: kept, Created: states.MillisOf(now).Time()}
	if m.Revision, err = e.store.PutMachine(ctx, m); err != nil {
		return m, &StoreError{Op: "deploy", Err: err}
	}
	e.log.Info("machine deployed", "machine", name, "revision", m.Revision)
	return m, nil
}

// DeleteMachine deletes a state machine, given by name or unqualified ARN, with its versions, aliases and tags. Nothing can be
// started any more. Its running executions go on to their end; while there are any its status is DELETING, and then it is gone. Its
// executions stay in the store. To delete what does not exist is no error.
//
// Errors: *[ARNError], *[ValidationError] for the ARN of a distributed Map, *[StoreError].
//
// Source: API reference, DeleteStateMachine; see docs/differences.md#executions-of-a-deleted-machine.
func (e *Engine) DeleteMachine(ctx context.Context, machine string) error {
	if err := e.enter(ctx); err != nil {
		return err
	}
	r, err := e.arns.plainRef(machine)
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	e.deploying.Lock()
	defer e.deploying.Unlock()
	rec, newest, standing, err := e.stand(ctx, r.name)
	if err != nil || standing != active {
		return err
	}
	gone := &machineRecord{Created: rec.Created, First: rec.First, Life: rec.Life + 1, Deleted: newest.Revision}
	if err := e.putRecord(ctx, r.name, gone); err != nil {
		return err
	}
	e.machines.forget(r.name)
	e.log.Info("machine deleted", "machine", r.name)
	return e.dropTags(ctx, e.arns.machine+r.name)
}

// deleted reports whether the machine of a revision was deleted.
func (e *Engine) deleted(ctx context.Context, name string, revision int64) (bool, error) {
	name = machineOf(name)
	rec, err := e.record(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, &StoreError{Op: "load machine", Err: err}
	}
	return revision <= rec.Deleted, nil
}

// sortedByCreation orders summaries of machines as AWS lists them.
func sortedByCreation(all []MachineSummary) {
	slices.SortFunc(all, func(a, b MachineSummary) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name))
	})
}
