package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/states"
)

// Version is an immutable snapshot of a state machine: one of its revisions, with a number of its own.
type Version struct {
	ARN         string // that of the machine, a colon and the number
	Number      int64  // from 1; the number of a version that was deleted is not used again
	Revision    int64
	RevisionID  string // empty for the first revision of a machine
	Description string
	Created     time.Time
}

const (
	maxVersions = 1000 // of one machine. Source: Developer Guide, "Step Functions service quotas"
	maxAliases  = 100
)

// PublishOption tunes one PublishVersion.
type PublishOption func(*publishing)

type publishing struct {
	revision    *string
	description *string
}

// OfRevision makes the publishing depend on the revisionId that the machine has: of the newest [Revision] its ID, or "INITIAL"
// when that is empty.
func OfRevision(id string) PublishOption { return func(p *publishing) { p.revision = &id } }

// WithDescription describes a version, in at most 256 characters.
func WithDescription(text string) PublishOption { return func(p *publishing) { p.description = &text } }

// initialRevision stands for the revisionId of a machine that has none yet.
const initialRevision = "INITIAL"

// PublishVersion makes a version of the newest revision of a machine, given by name or unqualified ARN. A revision that was
// published before gives that version again.
//
// Errors: *[NotFoundError], *[ARNError], *[DeletingError], *[ConflictError] when the machine has another revision, *[ValidationError]
// for the description, *[QuotaError], *[StoreError].
//
// Source: API reference, PublishStateMachineVersion.
func (e *Engine) PublishVersion(ctx context.Context, machine string, opts ...PublishOption) (Version, error) {
	if err := e.enter(ctx); err != nil {
		return Version{}, err
	}
	var p publishing
	for _, opt := range opts {
		opt(&p)
	}
	if p.description != nil {
		if err := checkDescription("description", *p.description); err != nil {
			return Version{}, err
		}
	}
	r, err := e.arns.plainRef(machine)
	if err != nil {
		return Version{}, err
	}
	e.deploying.Lock()
	defer e.deploying.Unlock()
	rec, newest, err := e.living(ctx, r)
	if err != nil {
		return Version{}, err
	}
	s, err := readSettings(newest)
	if err != nil {
		return Version{}, err
	}
	if current := orInitial(s.RevisionID); p.revision != nil && *p.revision != current {
		return Version{}, &ConflictError{Message: "Failed to publish the State Machine version for revision " + *p.revision +
			". The current State Machine revision is " + current + "."}
	}
	v, err := e.publish(ctx, r.name, rec, newest.Revision, p.description)
	v.RevisionID = s.RevisionID
	return v, err
}

func orInitial(id string) string {
	if id == "" {
		return initialRevision
	}
	return id
}

// publish makes a version of a revision, or finds it. e.deploying is held.
func (e *Engine) publish(ctx context.Context, name string, rec *machineRecord, revision int64, description *string) (Version, error) {
	for i := range rec.Versions {
		if rec.Versions[i].Revision == revision {
			return e.versionOf(name, &rec.Versions[i]), nil
		}
	}
	if len(rec.Versions) >= maxVersions {
		return Version{}, &QuotaError{What: "versions of a state machine", Limit: maxVersions}
	}
	next := rec.clone()
	next.Last++
	made := versionRecord{Number: next.Last, Revision: revision, Created: states.MillisOf(e.clock.Now())}
	if description != nil {
		made.Description = *description
	}
	next.Versions = append(next.Versions, made)
	if err := e.putRecord(ctx, name, next); err != nil {
		return Version{}, err
	}
	e.log.Info("version published", "machine", name, "version", made.Number, "revision", revision)
	return e.versionOf(name, &made), nil
}

func (e *Engine) versionOf(machine string, v *versionRecord) Version {
	return Version{ARN: e.arns.versionARN(machine, v.Number), Number: v.Number, Revision: v.Revision, Description: v.Description,
		Created: clockTime(v.Created)}
}

// Versions returns the versions of a machine, given by name or unqualified ARN, the newest first. There are at most 1,000.
//
// Errors: *[NotFoundError], *[ARNError], *[DeletingError], *[StoreError]. Source: API reference, ListStateMachineVersions.
func (e *Engine) Versions(ctx context.Context, machine string) ([]Version, error) {
	r, err := e.arns.plainRef(machine)
	if err != nil {
		return nil, err
	}
	rec, _, err := e.living(ctx, r)
	if err != nil {
		return nil, err
	}
	all := make([]Version, 0, len(rec.Versions))
	for i := len(rec.Versions) - 1; i >= 0; i-- {
		all = append(all, e.versionOf(r.name, &rec.Versions[i]))
	}
	return all, nil
}

// DeleteVersion deletes a version, given by its ARN. Executions that it runs go on. To delete what does not exist is no error.
//
// Errors: *[ARNError], *[ConflictError] while an alias routes to it, *[StoreError]. Source: API reference, DeleteStateMachineVersion.
func (e *Engine) DeleteVersion(ctx context.Context, version string) error {
	if err := e.enter(ctx); err != nil {
		return err
	}
	r, err := e.arns.machineRef(version)
	if _, foreign := errors.AsType[*NotFoundError](err); foreign {
		return nil
	}
	if err != nil {
		return err
	}
	number := r.version()
	if number == 0 || r.label != "" {
		return &ARNError{ARN: version}
	}
	e.deploying.Lock()
	defer e.deploying.Unlock()
	rec, _, standing, err := e.stand(ctx, r.name)
	if err != nil || standing != active || rec.version(number) == nil {
		return err
	}
	var used []string
	for _, a := range rec.Aliases {
		if slices.ContainsFunc(a.Routes, func(route aliasRoute) bool { return route.Version == number }) {
			used = append(used, a.Name)
		}
	}
	if len(used) > 0 {
		return &ConflictError{Message: "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [" +
			strings.Join(used, ", ") + "]"}
	}
	next := rec.clone()
	next.Versions = slices.DeleteFunc(next.Versions, func(v versionRecord) bool { return v.Number == number })
	return e.putRecord(ctx, r.name, next)
}
