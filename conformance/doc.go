// Package conformance runs cases of recorded and derived behaviour against this module and counts what agrees.
//
// A case is a JSON object; a file holds one or an array of them. What kind of case it is can be told from its members, so that
// cases may lie in any directory:
//
//	aws/execution            an execution recorded from AWS, with the answers its tasks got and its whole history
//	aws/validation           what AWS said about a definition
//	definitions/verdicts     a definition and whether it is valid
//	definitions/realworld    a published definition
//	definitions/executions   a definition with mocked results and its outcome
//	definitions/expressions  one path, intrinsic function or choice rule and its value
//	cdk/cases                a machine that the AWS CDK synthesised, with mocked results
//
// Other kinds, and cases that need a feature that is not built yet, are skipped with a reason that is counted and printed
// (skip.go); they never pass. Executions run on package asltest, on a virtual clock.
//
//	report, err := conformance.Run(ctx, conformance.Options{Dirs: []string{"testdata"}, Out: os.Stdout})
//
// The cases in testdata belong to this repository. The tests also run a larger corpus when there is one: see
// conformance_test.go.
package conformance
