// Package intrinsic parses and evaluates the intrinsic functions (States.*) of the Amazon States Language.
//
// [Parse] takes the whole text of a ".$" field and refuses what AWS refuses when a state machine is created: unknown names, a wrong
// number of arguments, bad escapes, malformed paths. [Call.Eval] does the rest at run time: types, ranges, paths that find nothing.
//
//	call, err := intrinsic.Parse("States.Format('Hi {}', $.name)")
//	v, err := call.Eval(input, roots, random)
//
// The package reads no clock and draws no random numbers: States.UUID and an unseeded States.MathRandom take theirs from [Random].
//
// Source: Amazon States Language, "Intrinsic Functions"; AWS Step Functions Developer Guide, "Intrinsic functions for JSONPath
// states"; behaviour recorded on AWS where these are silent.
package intrinsic
