package engine

import "github.com/gait-engine/gait/states"

// startRuns makes the map runs that r asks for.
func (s *shard) startRuns(r *run, requests []states.MapRequest) {
	for i := range requests {
		why := &states.Failure{Name: states.Some("States.Runtime"), Cause: states.Some("This engine has no distributed Map yet.")}
		s.post(message{kind: inputMessage, id: r.id, in: states.RunEnded{Ref: requests[i].Ref, Failure: why}})
	}
}

// waitsForRun reports whether f waits for a map run.
func waitsForRun(f *states.Frame) bool { return f != nil && f.Phase == states.AwaitRun && f.Run != nil }
