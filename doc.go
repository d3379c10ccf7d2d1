// Package gait is the overview of the module: an embeddable, durable workflow engine that runs the Amazon States Language (ASL)
// inside a Go program. It has no code of its own; see the example, and these packages:
//
//   - engine runs state machines durably: open it on a store, deploy definitions, start executions, wait for them.
//   - task is what you implement: the handlers behind Task states.
//   - store/sqlite keeps everything in one file, in pure Go; store/memory keeps it in maps.
//   - asltest runs a state machine on a virtual clock, with answers to its tasks given by the test.
//   - asl compiles definitions and says what is wrong with them, and where, in the codes and words of AWS.
//   - history is the view of an execution that AWS calls its history.
//
// Below them, and exported for hosts, are states, which is what ASL means as a pure function, jsonpath and jsonata, the two
// query languages, and store, the contract of a store. The command gait in cmd/gait uses the public packages only.
//
// One sentence says how it works: a pure core turns a machine, an execution and an input into a commit; a host makes the commit
// durable first and acts on it second. docs/rationale.md says why, docs/differences.md where the result differs from AWS.
package gait
