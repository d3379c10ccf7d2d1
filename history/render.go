package history

import (
	"iter"
	"strings"

	"github.com/gait-engine/gait/states"
)

// Options say what records do not know, and what to leave out.
type Options struct {
	RoleARN    string // of the execution, for an ExecutionStarted record that does not name it
	AliasARN   string // of the state machine, if it was started through an alias; "" leaves it out
	VersionARN string // of the state machine, if a version was started; "" leaves it out
	// WithoutData leaves out inputs, outputs, parameters and assigned variables, as includeExecutionData=false does.
	WithoutData bool
}

// Limits of the API model, in UTF-16 units.
const (
	maxError = 256
	maxCause = 32_768
)

// Render yields the events of an execution whose records come in order from the first. The ids count from 1. An error of
// records ends the sequence, with a zero event beside it.
func Render(records iter.Seq2[states.Record, error], o Options) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		id := int64(0)
		for r, err := range records {
			if err != nil {
				yield(Event{}, err)
				return
			}
			id++
			if !yield(o.Event(id, &r), nil) {
				return
			}
		}
	}
}

// All returns the events of records that are all in memory, the first with id 1.
func All(records []states.Record, o Options) []Event {
	events := make([]Event, len(records))
	for i := range records {
		o.render(&events[i], int64(i)+1, &records[i])
	}
	return events
}

// Event returns record number id as AWS shows it. Which fields of the record count is listed in the package documentation.
func (o Options) Event(id int64, r *states.Record) Event {
	var e Event
	o.render(&e, id, r)
	return e
}

// render fills an event, which is zero.
func (o Options) render(e *Event, id int64, r *states.Record) {
	e.Timestamp, e.Type, e.ID, e.PreviousEventID = r.At.Time(), r.Type.String(), id, r.Prev
	for _, f := range shapes[e.Type].fields {
		o.fill(&e.Details, f, r)
	}
}

// fill copies one field from the record.
func (o Options) fill(d *Details, f field, r *states.Record) {
	switch f {
	case fieldName:
		d.Name = r.Name
	case fieldIndex:
		d.Index = r.N
	case fieldLength:
		d.Length = r.N
	case fieldRedriveCount:
		d.RedriveCount = r.N
	case fieldInput:
		d.Input = o.document(r)
	case fieldOutput:
		d.Output = o.document(r)
	case fieldParameters:
		d.Parameters = o.document(r)
	case fieldAssigned:
		d.Assigned = o.assigned(r)
	case fieldError, fieldCause, fieldLocation:
		fillFailing(d, f, r.Fail)
	case fieldState:
		d.State = r.Name
	case fieldResourceARN:
		d.Resource = r.Name
	case fieldResource, fieldResourceType, fieldRegion, fieldTimeout, fieldHeartbeat, fieldCredentials:
		fillTask(d, f, r.Task)
	case fieldWorkerName:
		d.WorkerName = r.Name
	case fieldMapRunARN:
		d.MapRunARN = r.Name
	case fieldRoleARN:
		d.RoleARN = r.Name
		if d.RoleARN == "" {
			d.RoleARN = o.RoleARN
		}
	case fieldAliasARN:
		d.AliasARN = o.AliasARN
	case fieldVersionARN:
		d.VersionARN = o.VersionARN
	}
}

func fillFailing(d *Details, f field, fail *states.Failing) {
	switch {
	case fail == nil:
	case f == fieldError:
		d.Error = optional(fail.Error, maxError)
	case f == fieldCause:
		d.Cause = optional(fail.Cause, maxCause)
	default:
		d.Location = fail.Location
	}
}

func fillTask(d *Details, f field, t *states.TaskDetail) {
	if t == nil {
		return
	}
	switch f {
	case fieldResource:
		d.Resource = t.Resource
	case fieldResourceType:
		d.ResourceType = t.ResourceType
	case fieldRegion:
		d.Region = t.Region
	case fieldTimeout:
		d.TimeoutInSeconds = t.TimeoutSeconds
	case fieldHeartbeat:
		d.HeartbeatInSeconds = t.HeartbeatSeconds
	default:
		d.TaskRoleARN = t.RoleARN
	}
}

func (o Options) document(r *states.Record) string {
	if o.WithoutData || !r.HasDoc {
		return ""
	}
	return r.Doc.JSON()
}

func (o Options) assigned(r *states.Record) []Variable {
	if o.WithoutData || r.Vars.Len() == 0 {
		return nil
	}
	vars := make([]Variable, 0, r.Vars.Len())
	for name, v := range r.Vars.All() {
		vars = append(vars, Variable{name, v.JSON()})
	}
	return vars
}

func optional(t states.Text, limit int) *string {
	if !t.Set {
		return nil
	}
	s := Cut(t.S, limit)
	return &s
}

// Cut returns the longest beginning of s that has at most limit UTF-16 units, the unit in which AWS counts the lengths of
// names, errors and causes. It never splits a character.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	units := 0
	for i, r := range s {
		units++
		if r > 0xFFFF {
			units++
		}
		if units > limit {
			return strings.Clone(s[:i]) // the rest may be large and should not be kept alive
		}
	}
	return s
}
