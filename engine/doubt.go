package engine

import (
	"slices"

	"github.com/gait-engine/gait/states"
)

// doubt is a commit that the store has refused and may hold all the same: its answer was lost, or it failed after the transaction
// was durable. Only the execution as it is loaded again tells.
type doubt struct {
	seq      uint64 // of the execution when the commit is stored
	cancel   []states.Ref
	stop     []states.Stop
	quitRuns []string
	answered []states.Input  // whose callers were told that the store has failed
	taken    []scheduledTask // tasks that it started for workers
}

// newDoubt returns what a refused commit of r would have asked for.
func newDoubt(r *run, c *states.Commit) *doubt {
	d := &doubt{seq: c.Base + 1, cancel: slices.Clone(c.Cancel), stop: slices.Clone(c.Stop), quitRuns: slices.Clone(c.QuitRuns)}
	for _, in := range r.flying {
		switch {
		case in.call != nil && in.call.poll != nil:
			t := in.call.poll.activities.matched(in.call.poll)
			t.started = true
			d.taken = append(d.taken, scheduledTask{in.call.poll.arn, t})
		case !in.internal():
			d.answered = append(d.answered, in.in)
		}
	}
	return d
}

// settleDoubt does what the refused commit of r asked for, if it turns out to be stored. What is to be delivered and what goes on is
// told by the execution itself; what ended with the commit is not.
func (s *shard) settleDoubt(r *run) {
	d := r.doubt
	r.doubt = nil
	if d == nil || r.x.Seq != d.seq {
		return
	}
	for _, in := range d.answered {
		s.noteJob(r, in)
	}
	s.giveUp(r, &states.Commit{Cancel: d.cancel, Stop: d.stop, QuitRuns: d.quitRuns})
	for _, t := range d.taken {
		if open(r.x, t.task.ref) { // for a worker who never got it: the next one does
			s.scheduled = append(s.scheduled, t)
		}
	}
}
