package history

import (
	"strconv"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// Event is one event of an execution history. It is a plain value: nobody else holds what it points at.
type Event struct {
	Timestamp       time.Time // UTC, whole milliseconds
	Type            string    // as AWS spells it: "TaskStateEntered"
	ID              int64     // 1, 2, 3 … without gaps
	PreviousEventID int64     // 0: none
	Details         Details
}

// Details are what an event tells beside its envelope. One type uses few of the fields; the others are zero.
type Details struct {
	Name         string // of the state; for map iterations of the Map state
	Index        int64  // of a map iteration, from 0
	Length       int64  // MapStateStarted: number of items; 0 for a distributed Map with an ItemReader
	RedriveCount int64

	// Input, Output and Parameters are JSON texts; "" when the event has none or when it was rendered without data.
	Input, Output, Parameters string
	// Assigned holds the variables that the state assigned, in the order of its Assign field; nil when there were none.
	Assigned []Variable

	// Error and Cause are nil when absent, which is not the same as empty. At most 256 and 32,768 characters.
	Error, Cause *string
	State        string // EvaluationFailed: name of the state
	Location     string // EvaluationFailed: the field, "Output/a"; "" when unknown

	ResourceType, Resource, Region string
	TimeoutInSeconds               int64 // 0: absent
	HeartbeatInSeconds             int64 // 0: absent
	TaskRoleARN                    string
	WorkerName                     string
	MapRunARN                      string

	RoleARN, AliasARN, VersionARN string // ExecutionStarted
}

// Variable is an assigned variable. Value is a JSON text.
type Variable struct{ Name, Value string }

// MarshalJSON returns the event as GetExecutionHistory does; see [Event.AppendJSON].
func (e Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// AppendJSON appends the event as GetExecutionHistory writes it: timestamp (epoch seconds, at most three decimals), type, id,
// previousEventId and the details under the name that belongs to the type. Members without a value are left out, never null.
// A type that AWS does not have gets no details.
func (e Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"timestamp":`...)
	dst = appendSeconds(dst, e.Timestamp)
	dst = append(dst, `,"type":`...)
	dst = value.AppendQuoted(dst, e.Type)
	dst = append(dst, `,"id":`...)
	dst = strconv.AppendInt(dst, e.ID, 10)
	dst = append(dst, `,"previousEventId":`...)
	dst = strconv.AppendInt(dst, e.PreviousEventID, 10)
	if s, ok := shapes[e.Type]; ok {
		dst = append(dst, `,"`...)
		dst = append(dst, s.member...)
		dst = append(dst, `":`...)
		dst = e.Details.appendJSON(dst, s.fields)
	}
	return append(dst, '}')
}

func appendSeconds(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, '0')
	}
	return strconv.AppendFloat(dst, float64(t.UnixMilli())/1000, 'f', -1, 64)
}

func (d *Details) appendJSON(dst []byte, fields []field) []byte {
	dst = append(dst, '{')
	for _, f := range fields {
		dst = d.appendField(dst, f)
	}
	if dst[len(dst)-1] == ',' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '}')
}

// appendField appends `"name":value,`, or nothing when the field has no value.
func (d *Details) appendField(dst []byte, f field) []byte {
	switch f {
	case fieldName:
		return appendText(dst, "name", d.Name)
	case fieldIndex:
		return appendInt(dst, "index", d.Index)
	case fieldLength:
		return appendInt(dst, "length", d.Length)
	case fieldRedriveCount:
		return appendInt(dst, "redriveCount", d.RedriveCount)
	case fieldInput:
		return appendData(dst, "input", `"inputDetails":{"truncated":false},`, d.Input)
	case fieldOutput:
		return appendData(dst, "output", `"outputDetails":{"truncated":false},`, d.Output)
	case fieldParameters:
		return appendData(dst, "parameters", "", d.Parameters)
	case fieldAssigned:
		return d.appendAssigned(dst)
	case fieldError:
		return appendOptional(dst, "error", d.Error)
	case fieldCause:
		return appendOptional(dst, "cause", d.Cause)
	case fieldState:
		return appendText(dst, "state", d.State)
	case fieldLocation:
		return appendData(dst, "location", "", d.Location)
	case fieldResourceType:
		return appendText(dst, "resourceType", d.ResourceType)
	case fieldResource, fieldResourceARN:
		return appendText(dst, "resource", d.Resource)
	case fieldRegion:
		return appendText(dst, "region", d.Region)
	case fieldTimeout:
		return appendPositive(dst, "timeoutInSeconds", d.TimeoutInSeconds)
	case fieldHeartbeat:
		return appendPositive(dst, "heartbeatInSeconds", d.HeartbeatInSeconds)
	case fieldCredentials:
		if d.TaskRoleARN == "" {
			return dst
		}
		dst = append(dst, `"taskCredentials":{"roleArn":`...)
		return append(value.AppendQuoted(dst, d.TaskRoleARN), '}', ',')
	case fieldWorkerName:
		return appendData(dst, "workerName", "", d.WorkerName)
	case fieldMapRunARN:
		return appendText(dst, "mapRunArn", d.MapRunARN)
	case fieldRoleARN:
		return appendText(dst, "roleArn", d.RoleARN)
	case fieldAliasARN:
		return appendData(dst, "stateMachineAliasArn", "", d.AliasARN)
	default:
		return appendData(dst, "stateMachineVersionArn", "", d.VersionARN)
	}
}

func (d *Details) appendAssigned(dst []byte) []byte {
	if len(d.Assigned) == 0 {
		return dst
	}
	dst = append(dst, `"assignedVariables":{`...)
	for i, v := range d.Assigned {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = value.AppendQuoted(dst, v.Name)
		dst = append(dst, ':')
		dst = value.AppendQuoted(dst, v.Value)
	}
	return append(dst, `},"assignedVariablesDetails":{"truncated":false},`...)
}

func appendMember(dst []byte, name string) []byte {
	dst = append(dst, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

func appendText(dst []byte, name, text string) []byte {
	return append(value.AppendQuoted(appendMember(dst, name), text), ',')
}

// appendData leaves the member out when the text is empty, and writes what must stand beside it.
func appendData(dst []byte, name, beside, text string) []byte {
	if text == "" {
		return dst
	}
	return append(appendText(dst, name, text), beside...)
}

func appendOptional(dst []byte, name string, text *string) []byte {
	if text == nil {
		return dst
	}
	return appendText(dst, name, *text)
}

func appendInt(dst []byte, name string, n int64) []byte {
	return append(strconv.AppendInt(appendMember(dst, name), n, 10), ',')
}

func appendPositive(dst []byte, name string, n int64) []byte {
	if n <= 0 {
		return dst
	}
	return appendInt(dst, name, n)
}
