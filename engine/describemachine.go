package engine

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// MachineStatus says whether executions of a machine can be started.
type MachineStatus string

// The statuses.
const (
	MachineActive   MachineStatus = "ACTIVE"
	MachineDeleting MachineStatus = "DELETING" // its last executions are running
)

// MachineSummary is what a list tells of a machine.
type MachineSummary struct {
	ARN     string
	Name    string
	Type    Type
	Created time.Time
}

// MachineDescription is everything about a revision of a machine.
type MachineDescription struct {
	MachineSummary // ARN is that of the version or the alias that was asked for; Created is that of a version
	Status         MachineStatus
	Definition     []byte // as it was given
	RoleARN        string
	Revision       int64
	RevisionID     string    // empty for the first revision
	Updated        time.Time // when the revision was stored
	Description    string    // of a version
	Label          string    // of the distributed Map, for a child execution; its ARN is that of the machine with the label behind it
	MapRun         ID        // that the child execution belongs to
	// Logging, Tracing and Encryption are the configurations as they were given, or the defaults of AWS.
	Logging, Tracing, Encryption json.RawMessage
	// Variables are the variables that each state reads, by the name of the state.
	Variables map[string][]string
}

// The configurations that AWS shows for a machine that was given none.
const (
	defaultLogging    = `{"level":"OFF","includeExecutionData":false}`
	defaultTracing    = `{"enabled":false}`
	defaultEncryption = `{"type":"AWS_OWNED_KEY"}`
)

// DescribeMachine returns the newest revision of a machine, given by name or ARN; by the ARN of a version the revision of that, and
// by that of an alias the revision of the version that the alias routes to first.
//
// Errors: *[NotFoundError], *[ARNError], *[ValidationError] for the ARN of a distributed Map, *[StoreError].
//
// Source: API reference, DescribeStateMachine.
func (e *Engine) DescribeMachine(ctx context.Context, machine string) (MachineDescription, error) {
	r, err := e.arns.machineRef(machine)
	if err != nil {
		return MachineDescription{}, err
	}
	if r.label != "" {
		return MachineDescription{}, labelError(r.given)
	}
	missing := &NotFoundError{ARN: r.given, Machine: true}
	rec, stored, standing, err := e.stand(ctx, r.name)
	if err != nil {
		return MachineDescription{}, err
	}
	if standing == absent {
		return MachineDescription{}, missing
	}
	created, text := rec.Created, ""
	if r.qualifier != "" {
		number := r.version()
		if a := rec.alias(r.qualifier); a != nil {
			number = a.Routes[0].Version
		}
		v := rec.version(number)
		if v == nil {
			return MachineDescription{}, missing
		}
		if stored, err = e.store.Machine(ctx, r.name, v.Revision); err != nil {
			return MachineDescription{}, &StoreError{Op: "load machine", Err: err}
		}
		created, text = v.Created, v.Description
	}
	d, err := e.describeRevision(stored)
	d.ARN, d.Created, d.Description = r.given, clockTime(created), text
	if standing == deleting {
		d.Status = MachineDeleting
	}
	return d, err
}

// MachineOf returns the revision of the machine that an execution runs, or ran.
//
// Errors: *[NotFoundError], *[ARNError], *[StoreError]. Source: API reference, DescribeStateMachineForExecution.
func (e *Engine) MachineOf(ctx context.Context, id ID) (MachineDescription, error) {
	n, err := e.resolve(ctx, id)
	if err != nil {
		return MachineDescription{}, err
	}
	x, err := e.store.Load(ctx, n)
	if err != nil {
		return MachineDescription{}, &StoreError{Op: "load", Err: err}
	}
	stored, err := e.store.Machine(ctx, machineOf(x.Machine), x.Revision)
	if err != nil {
		return MachineDescription{}, &StoreError{Op: "load machine", Err: err}
	}
	d, err := e.describeRevision(stored)
	if _, label, child := labelled(x.Machine); child {
		d.Label, d.MapRun = label, id.MapRun()
		d.ARN = e.arns.machine + runKey(stored.Name, label)
	}
	return d, err
}

// describeRevision describes a revision as that of its machine.
func (e *Engine) describeRevision(stored store.Machine) (MachineDescription, error) {
	s, err := readSettings(stored)
	if err != nil {
		return MachineDescription{}, err
	}
	d := MachineDescription{
		MachineSummary: summaryOfMachine(e.arns.machine+stored.Name, stored, s, states.MillisOf(stored.Created)), Status: MachineActive,
		Definition: stored.Definition, RoleARN: s.RoleARN, Revision: stored.Revision, RevisionID: s.RevisionID, Updated: stored.Created.UTC(),
		Logging: orDefault(s.Logging, defaultLogging), Tracing: orDefault(s.Tracing, defaultTracing),
		Encryption: orDefault(s.Encryption, defaultEncryption),
	}
	if d.RoleARN == "" {
		d.RoleARN = e.cfg.RoleARN
	}
	if m, err := asl.Compile(stored.Definition, compileOptions(s)); err == nil { // it was valid once; what it is now matters elsewhere
		d.Variables = m.VariableReferences()
	}
	return d, nil
}

func orDefault(text, otherwise string) json.RawMessage {
	if text == "" {
		text = otherwise
	}
	return json.RawMessage(text)
}

func summaryOfMachine(arn string, stored store.Machine, s settings, created states.Millis) MachineSummary {
	t := s.Type
	if t == "" {
		t = Standard
	}
	return MachineSummary{ARN: arn, Name: stored.Name, Type: t, Created: clockTime(created)}
}

// Machines yields the machines in the order in which they were made. An error ends the sequence, beside a zero summary. Those that
// are being deleted are among them.
//
// Errors: *[StoreError], ErrClosed. Source: API reference, ListStateMachines; the order is that of recordings.
func (e *Engine) Machines(ctx context.Context) iter.Seq2[MachineSummary, error] {
	return func(yield func(MachineSummary, error) bool) {
		all, err := e.allMachines(ctx)
		if err != nil {
			yield(MachineSummary{}, err)
			return
		}
		for _, m := range all {
			if !yield(m, nil) {
				return
			}
		}
	}
}

// machinePage is how many machines are read at once.
const machinePage = 100

func (e *Engine) allMachines(ctx context.Context) ([]MachineSummary, error) {
	if err := e.enter(ctx); err != nil {
		return nil, err
	}
	var all []MachineSummary
	for after := ""; ; {
		found, err := e.store.Machines(ctx, after, machinePage)
		if err != nil {
			return nil, &StoreError{Op: "list machines", Err: err}
		}
		for _, stored := range found {
			s, err := readSettings(stored)
			if err != nil {
				return nil, err
			}
			rec, _, standing, err := e.stand(ctx, stored.Name)
			if err != nil {
				return nil, err
			}
			if standing != absent {
				all = append(all, summaryOfMachine(e.arns.machine+stored.Name, stored, s, rec.Created))
			}
		}
		if len(found) < machinePage {
			break
		}
		after = found[len(found)-1].Name
	}
	sortedByCreation(all)
	return all, nil
}

// machineOf returns the machine of what is stored under a name: child executions of a distributed Map have its label behind it.
func machineOf(stored string) string {
	name, _, _ := strings.Cut(stored, "/")
	return name
}
