// Package states is the deterministic core: what the Amazon States Language means, as a function.
//
// [Step] takes a compiled machine, the state of one execution and one [Input], changes the execution and returns a [Commit]:
// the history records, the tasks to send and how the execution ended, if it did. A host makes the commit durable first and acts
// on it second. There is no clock, no randomness, no goroutine and no I/O in here: [Env] carries the time and the entropy.
//
// An execution is a tree of frames, one for each line of control: the root, each branch of a Parallel state, each iteration of
// an inline Map. A parked execution is data; it needs no goroutine to wait for a year.
//
//	x := &states.Execution{ID: 1}
//	c, err := states.Step(machine, x, &env, states.Start{Input: input})
//	// store c and x, send c.Tasks, arm a timer for x.NextDue(); later:
//	c, err = states.Step(machine, x, &env, states.TaskSucceeded{Ref: ref, Output: output})
//
// A distributed Map asks for a map run, which is an execution of its own without frames: see [MapRequest] and [MapRun]. Its child
// executions are ordinary ones that begin in the flow of the item processor.
//
// The package is a host seam: it is exported for hosts, but not covered by the compatibility promise before v1. Section names
// in comments refer to the Amazon States Language specification and the AWS Step Functions Developer Guide; where AWS was
// recorded to do otherwise, the recording is followed and docs/differences.md says so.
package states
