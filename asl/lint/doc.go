// Package lint warns about definitions that are valid and still wrong: states that nothing can reach, catchers that never match,
// paths that no earlier state can have produced, callbacks that wait for a year.
//
// What AWS would refuse is found by package asl, not here. Package lint does no I/O and runs nothing. What it says of data it can
// prove: it follows the possible shapes of the document and of the variables along all transitions, and when it cannot know, it
// is silent.
//
//	src, err := asl.Read("order.asl.yaml", text, nil)
//	findings, err := lint.Check(src, lint.Config{Ignore: []string{"lambda-without-retry"}})
//	for _, f := range findings {
//		fmt.Println(f)
//	}
//
// [Rules] lists what is looked for; docs/lint.md is made of it.
//
// # Ignoring findings
//
// A Comment that contains "gait:ignore" and the identifiers of rules turns those rules off for the object that it belongs to and for
// everything inside: a machine, a state, a choice rule, a retrier, a catcher, a branch. What follows the identifiers is for the reader.
//
//	"Comment": "gait:ignore lambda-without-retry, missing-timeout: the function retries by itself"
package lint
