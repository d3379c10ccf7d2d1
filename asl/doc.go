// Package asl turns the text of a state machine, written in the Amazon States Language, into a compiled [Machine], or into
// diagnostics that say what is wrong and where.
//
// It does not run anything: package states does. A Machine is immutable and may be shared.
//
//	m, err := asl.Compile(src, asl.Options{})
//	var refused *asl.Error
//	if errors.As(err, &refused) {
//		for _, d := range refused.Diagnostics {
//			fmt.Println(d)
//		}
//	}
//
// [Read] and [Load] make JSON of YAML and fill in placeholders first; diagnostics then point into the file.
//
// # Stages
//
// Problems are found in the stages in which AWS finds them, and an earlier stage hides the later ones: text that is not JSON;
// then the structure (fields, types, ranges, paths, intrinsic functions: code SCHEMA_VALIDATION_FAILED); then transitions
// (missing targets, unreachable states, no end); then JSONata expressions and variables. Within a stage everything is reported.
//
// Codes, messages and locations are those of AWS where it has been observed; see [Diagnostic]. The rules come from the Amazon
// States Language specification and the AWS Step Functions Developer Guide.
package asl
