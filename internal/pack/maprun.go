package pack

import (
	"encoding/binary"
	"math"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// The fields of what a frame knows of its map run. Append only.
const (
	wARN = iota
	wItems
	wReader
	wWriter
	wBatchInput
	wMaxItems
	wBatchItems
	wBatchBytes
	wConcurrency
	wToleratedCount
	wToleratedPercentage
	wRedrives
	wFields
)

func (e *encoder) runWait(w *states.RunWait) {
	e.uint(bit(wARN, w.ARN != "") | bit(wItems, !w.Items.IsNull()) | bit(wReader, !w.Reader.IsNull()) |
		bit(wWriter, !w.Writer.IsNull()) | bit(wBatchInput, !w.BatchInput.IsNull()) | bit(wMaxItems, w.MaxItems != 0) |
		bit(wBatchItems, w.BatchItems != 0) | bit(wBatchBytes, w.BatchBytes != 0) | bit(wConcurrency, w.Concurrency != 0) |
		bit(wToleratedCount, w.ToleratedCount != 0) | bit(wToleratedPercentage, w.ToleratedPercentage != 0) |
		bit(wRedrives, w.Redrives != 0))
	if w.ARN != "" {
		e.text(w.ARN)
	}
	for _, v := range [...]value.Value{w.Items, w.Reader, w.Writer, w.BatchInput} {
		if !v.IsNull() {
			e.doc(v)
		}
	}
	for _, n := range [...]int64{w.MaxItems, w.BatchItems, w.BatchBytes, int64(w.Concurrency), w.ToleratedCount} {
		if n != 0 {
			e.int(n)
		}
	}
	if w.ToleratedPercentage != 0 {
		e.float(w.ToleratedPercentage)
	}
	if w.Redrives != 0 {
		e.int(int64(w.Redrives))
	}
}

func (d *decoder) runWait() *states.RunWait {
	has := d.flags(wFields)
	w := &states.RunWait{}
	if has&(1<<wARN) != 0 {
		w.ARN = d.text()
	}
	for i, v := range [...]*value.Value{&w.Items, &w.Reader, &w.Writer, &w.BatchInput} {
		if has&(1<<(wItems+i)) != 0 {
			*v = d.doc()
		}
	}
	for i, n := range [...]*int64{&w.MaxItems, &w.BatchItems, &w.BatchBytes} {
		if has&(1<<(wMaxItems+i)) != 0 {
			*n = d.int()
		}
	}
	if has&(1<<wConcurrency) != 0 {
		w.Concurrency = d.int32()
	}
	if has&(1<<wToleratedCount) != 0 {
		w.ToleratedCount = d.int()
	}
	if has&(1<<wToleratedPercentage) != 0 {
		w.ToleratedPercentage = d.float()
	}
	if has&(1<<wRedrives) != 0 {
		w.Redrives = d.int32()
	}
	return w
}

// The fields of a map run. Append only.
const (
	mARN = iota
	mFlow
	mState
	mWriter
	mPlanned
	mItems
	mNext
	mRunning
	mConcurrency
	mToleratedCount
	mToleratedPercentage
	mChildren
	mDone
	mWritten
	mEnding
	mFailure
	mAborted
	mAgain
	mFields
)

func (e *encoder) mapRun(r *states.MapRun) {
	e.uint(bit(mARN, r.ARN != "") | bit(mFlow, r.Flow != 0) | bit(mState, r.State != 0) | bit(mWriter, !r.Writer.IsNull()) |
		bit(mPlanned, r.Planned != 0) | bit(mItems, r.Items != 0) | bit(mNext, r.Next != 0) | bit(mRunning, len(r.Running) != 0) |
		bit(mConcurrency, r.Concurrency != 0) | bit(mToleratedCount, r.ToleratedCount != 0) |
		bit(mToleratedPercentage, r.ToleratedPercentage != 0) | bit(mChildren, r.Children != states.RunCounts{}) |
		bit(mDone, r.Done != states.RunCounts{}) | bit(mWritten, r.Written != 0) | bit(mEnding, r.Ending != 0) |
		bit(mFailure, r.Failure != states.Failure{}) | bit(mAborted, r.Aborted) |
		bit(mAgain, len(r.Again) != 0))
	if r.ARN != "" {
		e.text(r.ARN)
	}
	for _, n := range [...]int64{int64(r.Flow), int64(r.State)} {
		if n != 0 {
			e.int(n)
		}
	}
	if !r.Writer.IsNull() {
		e.doc(r.Writer)
	}
	for _, n := range [...]int64{int64(r.Planned), r.Items, int64(r.Next)} {
		if n != 0 {
			e.int(n)
		}
	}
	if len(r.Running) != 0 {
		e.runs(r.Running)
	}
	for _, n := range [...]int64{int64(r.Concurrency), r.ToleratedCount} {
		if n != 0 {
			e.int(n)
		}
	}
	if r.ToleratedPercentage != 0 {
		e.float(r.ToleratedPercentage)
	}
	for _, c := range [...]states.RunCounts{r.Children, r.Done} {
		if (c != states.RunCounts{}) {
			for _, n := range [...]int64{c.Succeeded, c.Failed, c.TimedOut, c.Aborted} {
				e.int(n)
			}
		}
	}
	if r.Written != 0 {
		e.int(r.Written)
	}
	if r.Ending != 0 {
		e.byte(byte(r.Ending))
	}
	if (r.Failure != states.Failure{}) {
		e.failure(&r.Failure)
	}
	if len(r.Again) != 0 {
		e.runs(r.Again)
	}
}

func (d *decoder) mapRun() *states.MapRun {
	has := d.flags(mFields)
	r := &states.MapRun{Aborted: has&(1<<mAborted) != 0}
	if has&(1<<mARN) != 0 {
		r.ARN = d.text()
	}
	if has&(1<<mFlow) != 0 {
		r.Flow = asl.FlowID(d.int32())
	}
	if has&(1<<mState) != 0 {
		r.State = asl.StateID(d.int32())
	}
	if has&(1<<mWriter) != 0 {
		r.Writer = d.doc()
	}
	if has&(1<<mPlanned) != 0 {
		r.Planned = d.int32()
	}
	if has&(1<<mItems) != 0 {
		r.Items = d.int()
	}
	if has&(1<<mNext) != 0 {
		r.Next = d.int32()
	}
	if has&(1<<mRunning) != 0 {
		r.Running = d.runs()
	}
	if has&(1<<mConcurrency) != 0 {
		r.Concurrency = d.int32()
	}
	if has&(1<<mToleratedCount) != 0 {
		r.ToleratedCount = d.int()
	}
	if has&(1<<mToleratedPercentage) != 0 {
		r.ToleratedPercentage = d.float()
	}
	for i, c := range [...]*states.RunCounts{&r.Children, &r.Done} {
		if has&(1<<(mChildren+i)) != 0 {
			c.Succeeded, c.Failed, c.TimedOut, c.Aborted = d.int(), d.int(), d.int(), d.int()
		}
	}
	if has&(1<<mWritten) != 0 {
		r.Written = d.int()
	}
	if has&(1<<mEnding) != 0 {
		r.Ending = states.Ending(d.enum(uint8(states.Writing)))
	}
	if has&(1<<mFailure) != 0 {
		r.Failure = d.failure()
	}
	if has&(1<<mAgain) != 0 {
		r.Again = d.runs()
	}
	return r
}

// runs writes a list of numbers as lengths of stretches in which each is the one before plus one: the children that run at a time
// are mostly neighbours.
func (e *encoder) runs(list []int32) {
	stretches := 0
	for i := range list {
		if i == 0 || int64(list[i]) != int64(list[i-1])+1 {
			stretches++
		}
	}
	e.count(stretches)
	last := int64(0)
	for i := 0; i < len(list); {
		n := 1
		for i+n < len(list) && int64(list[i+n]) == int64(list[i+n-1])+1 {
			n++
		}
		e.int(int64(list[i]) - last)
		e.uint(uint64(n))
		last = int64(list[i+n-1])
		i += n
	}
}

// maxRunning bounds the children that run at a time: a hundred times what AWS allows.
const maxRunning = 1 << 20

func (d *decoder) runs() []int32 {
	var list []int32
	last := int64(0)
	for n := d.count(); n > 0 && d.err == nil; n-- {
		first, length := last+d.int(), d.uint()
		if length == 0 || length > uint64(maxRunning-len(list)) || first < math.MinInt32 || first+int64(length)-1 > math.MaxInt32 {
			d.fail(ErrCorrupt, "%d numbers from %d on", length, first)
			return nil
		}
		for i := range int64(length) {
			list = append(list, int32(first+i))
		}
		last = first + int64(length) - 1
	}
	return list
}

func (e *encoder) float(f float64) { e.dst = binary.BigEndian.AppendUint64(e.dst, math.Float64bits(f)) }

func (d *decoder) float() float64 {
	b := d.bytes(8)
	if d.err != nil {
		return 0
	}
	f := math.Float64frombits(binary.BigEndian.Uint64([]byte(b)))
	if math.IsNaN(f) {
		d.fail(ErrCorrupt, "no number")
		return 0
	}
	return f
}
