// Package jsonpath compiles and evaluates the paths of the Amazon States Language.
//
// The dialect is that of the Jayway JsonPath library as AWS uses it: dot and bracket children, indexes (negative ones count from
// the end), lists of names and of indexes, slices, wildcards, descent and filters. Its functions (length(), sum(), …) are not
// available and read as member names, as on AWS.
//
// A [Path] begins in the state's data ("$", "$.a"), in the context object ("$$", "$$.Execution.Id") or in a variable ("$x", "$x.a").
// A path that names one place is definite and gives the value there, or an error when there is none; any other path gives the array
// of its matches, in document order, and an empty one when there are none. A reference path is a definite path that can also be
// written to.
//
//	p, err := jsonpath.Compile("$.orders[?(@.total > 10)].id")
//	ids, err := p.Eval(input, roots)
//
// Errors: [SyntaxError] from compiling; [NotFoundError], [MismatchError] and [LimitError] from evaluating. They carry what a caller
// needs to write AWS's texts; see the table at [Reason].
//
// The package does not evaluate payload templates or intrinsic functions, and knows no error names: which of States.Runtime and
// States.ResultPathMatchFailure an error becomes is the caller's business.
package jsonpath
