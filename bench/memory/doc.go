// Memory measures transitions in memory: no store, no engine, only the core.
//
// Gait is package states, stepped by a host of a few lines (host.go) over machines compiled once. It runs in three ways: with
// Env.Discard, which writes no history; with every history event rendered as AWS has it, and kept; and with those events
// written as the JSON of GetExecutionHistory instead. It is compared with npm aws-local-stepfunctions in one node process that
// lives as long as the program, and with the same work written by hand as a Go loop over a struct: the physical limit.
//
//	go run ./memory                 # from the directory bench; installs the npm package below bench/node_modules
//	go run ./memory -only counter   # machines whose name contains this
//	go run ./memory -cpuprofile cpu.out -only counter
//
// Before anything is timed, all sides run every machine, and the program ends if an output differs. Node's event log may tell
// of fewer transitions, for it loses the last events of branches; the program says so. The sides then take turns, in an order
// drawn anew for each round; a ratio is taken within a round, and the median of the rounds is printed with the lowest and the
// highest. The ratios are those to a run of node whose event log is not read, unless they say otherwise.
//
// The collectors of garbage have their defaults. Go's is a heap of 4 MB for a program this small; GOGC=400 shows Gait inside of
// a program with a larger one.
package main
