package engine

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/gait-engine/gait/states"
	"github.com/gait-engine/gait/store"
)

// A child execution is an execution like any other, and a job of the task that started it: its ARN is in the job's handle, and
// DescribeExecution is the poll. The engine does not wait for the time to poll, though: the header of a child names the wait that
// it was started for, and whoever sees a child end has that wait look at once. A wait that the end of its child was not told of,
// because the process died in between, looks by itself when it is resumed.

// maxNested bounds how deep executions may wait for each other, so that a machine that starts itself comes to an end.
const maxNested = 250

// parent is the wait that an execution was started for.
type parent struct {
	Exec  states.ExecID  `json:"exec"`
	Frame states.FrameID `json:"frame"`
	Gen   uint32         `json:"gen"`
	Waits bool           `json:"waits,omitempty"` // for the end: it is told of it, and nobody needs the child without it
	Depth int            `json:"depth,omitempty"` // how many executions wait for this one, one for the other
}

func (p *parent) ref() states.Ref { return states.Ref{Exec: p.Exec, Frame: p.Frame, Gen: p.Gen} }

// childName is the name of the child of a wait that gives it none. It is the same for every delivery, and those of parents that
// were started one after the other are neighbours.
func childName(key string, of states.Ref) string {
	var b [16]byte
	sum := sha256.Sum256([]byte(key))
	copy(b[6:], sum[:])
	for i := range 6 {
		b[i] = byte(uint64(of.Exec) >> (8 * (5 - i)))
	}
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8 of RFC 9562: made as we like
	return uuid(b)
}

// waited returns the wait that needs r to end, nil when r stands by itself.
func (r *run) waited() *parent {
	if p := r.origin.Parent; p != nil && p.Waits {
		return p
	}
	return nil
}

// endOfChild tells the wait that r was started for that r has ended.
func (s *shard) endOfChild(r *run) {
	if p := r.waited(); p != nil {
		s.e.jobs.poke(p.ref())
	}
}

// checkParent stops a child that is resumed when its parent does not wait for it any more: the process died before it was stopped.
func (s *shard) checkParent(r *run) {
	p := r.waited()
	if p == nil || r.x.Redrives > 0 { // one that was redriven stands by itself: its parent has heard of its failure
		return
	}
	ref := states.Ref{Exec: r.id, Frame: states.NoFrame}
	s.jobs = append(s.jobs, job{req: &states.TaskRequest{Ref: ref}, machine: r.machine.name, arn: r.arn, work: func(c *handlerCall) {
		waits, err := s.e.waitsFor(&c.ctx, p.ref())
		switch {
		case err != nil:
			s.e.log.Warn("parent not read", "execution", c.arn, "err", err)
		case !waits:
			s.post(message{kind: inputMessage, id: ref.Exec, in: states.Abort{Cause: states.Some(orphanCause)}})
		}
	}})
}

const orphanCause = "The execution of AWS Step Functions that waited for it has ended"

// waitsFor reports whether a wait is open as the store has it.
func (e *Engine) waitsFor(ctx context.Context, ref states.Ref) (bool, error) {
	l, stored, err := e.load(ctx, ref.Exec)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	return stored.Status == states.Running && open(l.x, ref), nil
}
