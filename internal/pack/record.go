package pack

import "github.com/gait-engine/gait/states"

// The fields of a record, those that most records have first. Append only.
const (
	rName = iota
	rDoc
	rTime
	rPrev
	rTask
	rVars
	rFail
	rN
	rFields
)

func (e *encoder) records(c *states.Commit) {
	e.count(len(c.Records))
	var last states.Millis
	for i := range c.Records {
		r := &c.Records[i]
		prev := c.FirstEvent + int64(i) - 1
		e.byte(byte(r.Type))
		e.uint(bit(rName, r.Name != "") | bit(rDoc, r.HasDoc) | bit(rTime, r.At != last) | bit(rPrev, r.Prev != prev) |
			bit(rTask, r.Task != nil) | bit(rVars, !r.Vars.IsNull()) | bit(rFail, r.Fail != nil) | bit(rN, r.N != 0))
		if r.Name != "" {
			e.text(r.Name)
		}
		if r.HasDoc {
			e.doc(r.Doc)
		}
		if r.At != last {
			e.time(r.At, last)
			last = r.At
		}
		if r.Prev != prev {
			e.int(r.Prev)
		}
		if r.Task != nil {
			e.detail(r.Task)
		}
		if !r.Vars.IsNull() {
			e.doc(r.Vars)
		}
		if r.Fail != nil {
			e.failing(r.Fail)
		}
		if r.N != 0 {
			e.int(r.N)
		}
	}
}

func (d *decoder) records(first int64) []states.Record {
	n := d.count()
	if n == 0 {
		return nil
	}
	if 2*n > len(d.src)-d.pos {
		d.fail(ErrCorrupt, "%d records in %d bytes", n, len(d.src)-d.pos)
		return nil
	}
	records := make([]states.Record, n)
	var last states.Millis
	for i := range records {
		r := &records[i]
		r.Type = states.EventType(d.byte())
		has := d.flags(rFields)
		if d.err != nil {
			return nil
		}
		if r.Type == 0 || r.Type.String() == "" {
			d.fail(ErrVersion, "event type %d", r.Type)
			return nil
		}
		if has&(1<<rName) != 0 {
			r.Name = d.text()
		}
		if has&(1<<rDoc) != 0 {
			r.Doc, r.HasDoc = d.doc(), true
		}
		if has&(1<<rTime) != 0 {
			last = d.time(last)
		}
		r.At, r.Prev = last, first+int64(i)-1
		if has&(1<<rPrev) != 0 {
			r.Prev = d.int()
		}
		if has&(1<<rTask) != 0 {
			r.Task = d.detail()
		}
		if has&(1<<rVars) != 0 {
			r.Vars = d.doc()
		}
		if has&(1<<rFail) != 0 {
			r.Fail = d.failing()
		}
		if has&(1<<rN) != 0 {
			r.N = d.int()
		}
	}
	return records
}

// The fields of a task detail. Append only.
const (
	dType = iota
	dResource
	dRegion
	dTimeout
	dHeartbeat
	dRole
	dFields
)

func (e *encoder) detail(t *states.TaskDetail) {
	e.uint(bit(dType, t.ResourceType != "") | bit(dResource, t.Resource != "") | bit(dRegion, t.Region != "") |
		bit(dTimeout, t.TimeoutSeconds != 0) | bit(dHeartbeat, t.HeartbeatSeconds != 0) | bit(dRole, t.RoleARN != ""))
	for _, s := range [...]string{t.ResourceType, t.Resource, t.Region} {
		if s != "" {
			e.text(s)
		}
	}
	if t.TimeoutSeconds != 0 {
		e.int(t.TimeoutSeconds)
	}
	if t.HeartbeatSeconds != 0 {
		e.int(t.HeartbeatSeconds)
	}
	if t.RoleARN != "" {
		e.text(t.RoleARN)
	}
}

func (d *decoder) detail() *states.TaskDetail {
	has := d.flags(dFields)
	t := &states.TaskDetail{}
	for i, s := range [...]*string{&t.ResourceType, &t.Resource, &t.Region} {
		if has&(1<<i) != 0 {
			*s = d.text()
		}
	}
	if has&(1<<dTimeout) != 0 {
		t.TimeoutSeconds = d.int()
	}
	if has&(1<<dHeartbeat) != 0 {
		t.HeartbeatSeconds = d.int()
	}
	if has&(1<<dRole) != 0 {
		t.RoleARN = d.text()
	}
	return t
}

// The fields of a failing. Append only.
const (
	gError = iota
	gCause
	gLocation
	gFields
)

func (e *encoder) failing(g *states.Failing) {
	e.uint(bit(gError, g.Error.Set) | bit(gCause, g.Cause.Set) | bit(gLocation, g.Location != ""))
	if g.Error.Set {
		e.text(g.Error.S)
	}
	if g.Cause.Set {
		e.text(g.Cause.S)
	}
	if g.Location != "" {
		e.text(g.Location)
	}
}

func (d *decoder) failing() *states.Failing {
	has := d.flags(gFields)
	g := &states.Failing{}
	if has&(1<<gError) != 0 {
		g.Error = states.Some(d.text())
	}
	if has&(1<<gCause) != 0 {
		g.Cause = states.Some(d.text())
	}
	if has&(1<<gLocation) != 0 {
		g.Location = d.text()
	}
	return g
}
