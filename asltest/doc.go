// Package asltest runs a state machine on a virtual clock, with answers to its tasks given by the test.
//
// It is a host of [states.Step] with no store, no goroutine and no waiting: [Run] steps the execution, asks a [Resolver] what
// each task call gets, and moves the clock to the next moment at which something is due. A Wait state of a year takes no time.
// The same machine, input, options and answers give the same history, byte for byte.
//
// It does not call services and keeps nothing; package engine does.
//
//	m, err := asl.Compile(definition, asl.Options{})
//	// …
//	result, err := asltest.Run(m, `{"order": 7}`, asltest.Options{
//		Resolve: func(c asltest.Call) (asltest.Answer, error) {
//			if c.State == "Charge" && c.N == 0 {
//				return asltest.Fail("Card.Busy", "try again"), nil
//			}
//			return asltest.Return(`{"paid": true}`), nil
//		},
//	})
//	fmt.Println(result.Status, result.Output, result.Elapsed)
//
// # Order
//
// What is due at one instant happens in this order: starts of tasks, answers of services to .sync and callback requests,
// heartbeats, results, each in the order in which the tasks were scheduled; then timers of the execution; then [Stop]. Whatever a
// step schedules for the same instant takes its place in that order before the clock moves.
package asltest
