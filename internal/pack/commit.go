package pack

import (
	"github.com/gait-engine/gait/states"
)

// AppendCommit appends the packed form of c to dst. x is the execution as it is after the commit. The task requests,
// cancellations and what c asks for on behalf of map runs are not written: the frames and the map run say what is out.
func AppendCommit(dst []byte, c *states.Commit, x *states.Execution) []byte {
	e := encoder{dst: dst, changes: true}
	e.start(formCommit)
	e.int(c.FirstEvent)
	e.records(c)
	e.uint(uint64(c.Exec))
	e.int(int64(x.Started))
	e.uint(bit(0, c.More))
	e.counters(x)
	e.count(len(c.Changed))
	last := states.FrameID(-1)
	for _, id := range c.Changed {
		e.uint(uint64(id - last - 1))
		last = id
		var f *states.Frame
		if int(id) < len(x.Frames) {
			f = x.Frames[id]
		}
		e.frame(f, x)
	}
	return e.dst
}

// Change is an unpacked commit and what it changed.
type Change struct {
	Commit states.Commit   // without what it asks the host for
	Frames []*states.Frame // of Commit.Changed, in that order; nil for one that has gone

	after      states.Execution // the counters after the commit; no frames, no input
	frameCount int
}

// Commit reads what [AppendCommit] wrote. The error is an *[Error].
func Commit(src []byte) (*Change, error) {
	var d decoder
	d.start(src, formCommit)
	c := &Change{}
	c.Commit.FirstEvent = d.int()
	c.Commit.Records = d.records(c.Commit.FirstEvent)
	x := &c.after
	x.ID, x.Started = states.ExecID(d.uint()), states.Millis(d.int())
	c.Commit.More = d.flags(1) != 0
	d.counters(x, true)
	c.frameCount = d.frameCount
	c.Commit.Exec, c.Commit.Outcome, c.Commit.Base = x.ID, x.Outcome, x.Seq-1
	n := d.count()
	if n > 0 {
		c.Commit.Changed = make([]states.FrameID, 0, n)
		c.Frames = make([]*states.Frame, 0, n)
	}
	for at := uint64(0); n > 0 && d.err == nil; n-- {
		gap := d.uint()
		if gap >= maxFrames || at+gap >= maxFrames {
			d.fail(ErrCorrupt, "frame %d after %d, expected at most %d", gap, at, maxFrames)
			break
		}
		id := states.FrameID(at + gap)
		at += gap + 1
		f := d.frame(id, x)
		if f != nil && int(id) >= c.frameCount {
			d.fail(ErrCorrupt, "frame %d of %d", id, c.frameCount)
		}
		c.Commit.Changed = append(c.Commit.Changed, id)
		c.Frames = append(c.Frames, f)
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return c, nil
}

// Apply brings x, the execution before the commit, to the state after it. x keeps its input, and takes over the frames of c.
// It reports an *[Error] when x is not the execution or the place in its life that the commit was made from.
func (c *Change) Apply(x *states.Execution) error {
	if x.Seq != c.Commit.Base || x.Seq != 0 && x.ID != c.Commit.Exec {
		d := decoder{}
		d.fail(ErrCorrupt, "commit %d of execution %d, expected commit %d of execution %d", c.Commit.Base, c.Commit.Exec, x.Seq, x.ID)
		return d.err
	}
	frames, input := x.Frames, x.Input
	*x = c.after
	x.Input = input
	if len(frames) > c.frameCount {
		frames = frames[:c.frameCount:c.frameCount]
	}
	if n := c.frameCount - len(frames); n > 0 {
		frames = append(frames, make([]*states.Frame, n)...)
	}
	for i, id := range c.Commit.Changed {
		if int(id) < len(frames) {
			frames[id] = c.Frames[i]
		}
	}
	if len(frames) == 0 {
		frames = nil
	}
	x.Frames = frames
	return nil
}

// Records reads the history records of a packed commit and stops there. firstEvent is the id of the first, which the log
// keeps beside the bytes. The error is an *[Error].
func Records(src []byte, firstEvent int64) ([]states.Record, error) {
	var d decoder
	d.start(src, formCommit)
	if first := d.int(); d.err == nil && first != firstEvent {
		d.fail(ErrCorrupt, "records from event %d, expected %d", first, firstEvent)
	}
	records := d.records(firstEvent)
	return records, d.err
}
