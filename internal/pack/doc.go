// Package pack is the binary form in which executions, commits and outcomes are stored.
//
// It has no opinion on where the bytes go: stores move them, the engine makes and reads them. Four forms exist:
//
//   - [AppendExecution] and [Execution]: the whole moving state of an execution, without its input, which stores keep once
//     beside it. Documents that are the input are stored as a reference to it.
//   - [AppendCommit] and [Commit]: one commit, self-contained: its records, the frames it changed and the counters after it.
//     Replaying the commits of an execution in order with [Change.Apply] gives its state again.
//   - [Records]: the history records of a packed commit, without reading the rest.
//   - [AppendOutcome] and [Outcome]: how an execution ended.
//
// # Format
//
// A blob is one version byte, one byte for its form, and fields. Numbers are varints, signed ones in zigzag. A struct is a
// varint of flags, one bit per field that is not zero, then those fields in the order of the bits: a zero field costs nothing,
// and a new field takes the next bit, so that older blobs stay readable. A bit that this version does not know is
// [ErrVersion]. Times are differences to a time written before, event ids to the id expected.
//
// A document is its compact JSON text. It is written once per blob, however many records and frames share it (identity, as
// [value.Value.Same] tells it; equal documents made apart are written twice). Strings of four bytes and more are written once.
//
// The decoders take hostile bytes: they return an *[Error], never panic, and use memory in proportion to the blob. Decoded
// documents point into one copy of the blob and keep it alive.
package pack
