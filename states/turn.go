package states

import "github.com/gait-engine/gait/asl"

// Turn is a part of a definition that an execution reached.
type Turn struct {
	State asl.State
	Kind  TurnKind
	Index int // of the choice rule, catcher or retrier, from 0
}

// TurnKind says which part of the state a [Turn] is.
type TurnKind uint8

// The kinds of turns. A rule or catcher counts when it is chosen, even if its own fields then fail; a retrier when it grants
// an attempt.
const (
	EnteredState TurnKind = iota
	TookNext              // Next or End
	TookRule
	TookDefault
	TookCatch
	UsedRetrier
)

// turn tells the watcher, if there is one, what was reached in the state in focus.
func (s *stepper) turn(kind TurnKind, index int) {
	if s.env.Watch != nil {
		s.env.Watch(Turn{State: s.st, Kind: kind, Index: index})
	}
}
