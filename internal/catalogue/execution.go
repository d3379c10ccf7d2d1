package catalogue

import (
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// Execution is an execution of a state machine, as DescribeExecution tells of it.
type Execution struct {
	ARN, Name, MachineARN string
	Status                string // "RUNNING", …
	Input, Output         []byte // JSON texts; Output is shown of one that succeeded
	Error, Cause          string
	Started, Stopped      time.Time // Stopped is zero while it is running
	Redrives              int64
	Redriven              time.Time // zero: never
	RedriveStatus         string    // "" leaves out what is told of redriving
	RedriveReason         string
}

// Description returns the answer to DescribeExecution, its members in alphabetical order. With sdk, times are ISO 8601 texts, as
// aws-sdk has them, otherwise milliseconds since 1970.
//
// Source: recorded results of startExecution.sync and .sync:2, of 2024 and 2025 for the members Redrive….
func (x *Execution) Description(sdk bool) value.Value {
	var d Answering
	d.Text("Cause", x.Cause)
	d.Text("Error", x.Error)
	d.Text("ExecutionArn", x.ARN)
	d.Included("Input", x.Input)
	d.Text("Name", x.Name)
	if x.Status == "SUCCEEDED" {
		d.Included("Output", x.Output)
	}
	if x.RedriveStatus != "" {
		d.Add("RedriveCount", value.FromInt(x.Redrives))
		if !x.Redriven.IsZero() {
			d.Add("RedriveDate", Time(x.Redriven, sdk))
		}
		d.Text("RedriveStatus", x.RedriveStatus)
		d.Text("RedriveStatusReason", x.RedriveReason)
	}
	d.Add("StartDate", Time(x.Started, sdk))
	d.Text("StateMachineArn", x.MachineARN)
	d.Text("Status", x.Status)
	if !x.Stopped.IsZero() {
		d.Add("StopDate", Time(x.Stopped, sdk))
	}
	return d.Value()
}

// Time returns a time as results show it.
func Time(t time.Time, sdk bool) value.Value {
	if sdk {
		return value.FromString(t.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	return value.FromInt(t.UnixMilli())
}

// Answering is an answer of Step Functions in the making.
type Answering []value.Member

// Add adds a member.
func (a *Answering) Add(name string, v value.Value) { *a = append(*a, value.M(name, v)) }

// Text adds a text, if there is one.
func (a *Answering) Text(name, s string) {
	if s != "" {
		a.Add(name, value.FromString(s))
	}
}

// Included adds an input or output as text, which is never left out.
func (a *Answering) Included(name string, text []byte) {
	a.Add(name, value.FromString(string(text)))
	a.Add(name+"Details", value.Obj(value.M("Included", value.FromBool(true))))
}

// Value returns the answer.
func (a Answering) Value() value.Value { return value.FromMembers(a) }
