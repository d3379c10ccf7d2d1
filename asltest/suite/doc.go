// Package suite runs tests of state machines that are written as data: a YAML or JSON file beside the definition, for people who do
// not write Go. `gait test` runs them on the command line, [Run] under go test.
//
//	# order.test.yaml, beside order.asl.json
//	tests:
//	  - name: a busy card is charged again
//	    input: {id: 7, total: 30}
//	    mocks:
//	      Charge:
//	        - throw: Card.Busy
//	        - payload: {id: r1}
//	      Ship: {return: 12, after: 20h}
//	    expect:
//	      output: {id: 7, total: 30, receipt: {id: r1}, parcel: 12}
//	      path: [Check, Charge, Ship]
//	      retries: {Charge: 1}
//	      elapsed: 20h2s
//
// A test runs an execution on a virtual clock, with package asltest, whose failure texts it shares. It may also test one state
// alone (state), inject faults (sweep), or compare the definition with a recorded history (replay). The keys are described in
// docs/testing.md of this module and in schema.json, which [Schema] returns for editors.
//
// Files are strict: an unknown key, a state that the definition does not have, or a mock that nothing calls is an [Error] with line
// and column, before anything runs.
//
// [Find] finds the files, [Load] reads one, [Suite.Run] runs it, and a [Report] is written as text, JSON lines or JUnit XML. The
// package does not watch files and reads no clock; it reads the files that a suite names, and environment variables for the path
// of a definition.
package suite
