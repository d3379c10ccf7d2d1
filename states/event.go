package states

import "github.com/gait-engine/gait/asl"

// enteredEvent returns the type of the event that tells of entering a state.
func enteredEvent(st asl.State) EventType {
	switch st.(type) {
	case *asl.Pass:
		return PassStateEntered
	case *asl.Task:
		return TaskStateEntered
	case *asl.Choice:
		return ChoiceStateEntered
	case *asl.Wait:
		return WaitStateEntered
	case *asl.Succeed:
		return SucceedStateEntered
	case *asl.Fail:
		return FailStateEntered
	case *asl.Parallel:
		return ParallelStateEntered
	}
	return MapStateEntered
}

// exitedEvent returns the type of the event that tells of leaving a state. A Fail state is never left.
func exitedEvent(st asl.State) EventType {
	switch st.(type) {
	case *asl.Pass:
		return PassStateExited
	case *asl.Task:
		return TaskStateExited
	case *asl.Choice:
		return ChoiceStateExited
	case *asl.Wait:
		return WaitStateExited
	case *asl.Succeed:
		return SucceedStateExited
	case *asl.Parallel:
		return ParallelStateExited
	}
	return MapStateExited
}

// abortedEvent returns the type of the event that tells that a state was given up; 0 for the states that do not wait.
func abortedEvent(st asl.State) EventType {
	switch st.(type) {
	case *asl.Task:
		return TaskStateAborted
	case *asl.Wait:
		return WaitStateAborted
	case *asl.Parallel:
		return ParallelStateAborted
	case *asl.Map:
		return MapStateAborted
	}
	return 0
}
