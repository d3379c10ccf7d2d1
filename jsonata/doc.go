// Package jsonata compiles and evaluates JSONata 2.0.6 natively: compile once, evaluate many times, with limits on time, depth
// and memory.
package jsonata
