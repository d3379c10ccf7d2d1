// Package random draws small state machines for property tests: definitions that compile, an input, and what their tasks answer.
//
// The machines are made of Pass, Wait, Choice, Task, Map, Parallel, Succeed and Fail states in both query languages. Every state
// leads forward, so every execution ends. It is for the tests of this module only.
package random
