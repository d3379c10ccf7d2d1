// Package suites holds examples of tests of state machines: the same tests of three definitions as files (*.test.yaml, *.test.json)
// and in Go, and suites of ten published definitions, which are not part of this repository (realworld/).
//
//	go test ./examples/testing/...
//	go run ./cmd/gait test examples/testing
package suites
