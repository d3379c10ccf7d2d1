// Package store defines what an engine needs of durable storage: machines, executions with their packed state, and an
// append-only log per execution.
//
// Stores move bytes and keep the columns they search by; what the bytes mean is the engine's business (package
// internal/pack). The contract is [Store]; package storetest checks it, store/sqlite is the durable implementation and
// store/memory one for tests and throwaway runs.
//
// One owner writes at a time. It takes the store with Own, which raises an epoch that every transaction of Apply checks, so
// that an owner which was declared dead cannot write after its successor began. Reading needs no ownership.
//
// The package is a host seam: it is not covered by the compatibility promise before v1.
package store
