// Package value holds the document type of the whole module: an immutable JSON value that keeps the order of object members
// and the text of numbers.
//
// A [Value] is a three-word struct. Scalars live in it without an allocation, arrays and objects are shared by pointer, so
// copying a document costs nothing and no method changes its receiver. Numbers keep the text they were read with
// (9007199254740993 and 1.0 stay as they are) beside their value as a binary64.
//
// Defined behaviour for odd input, the same everywhere:
//
//   - Duplicate object members: the last value wins, at the place of the first, unless [Options].RejectDuplicates is set.
//   - Invalid UTF-8 is refused. A \u escape that is half of a surrogate pair becomes U+FFFD.
//   - Numbers of any size are kept as text, up to 1,000 characters; beyond the range of binary64 [Value.Float] is ±Inf.
//   - Nesting deeper than [Options].MaxDepth and text longer than [Options].MaxBytes are refused, before memory is spent.
//
// [FromGo] and [Value.Go] convert from and to plain Go values, with numbers as json.Number so that their text survives.
//
// The package does not select parts of a document by path (package jsonpath does) and knows nothing of state machines.
package value
