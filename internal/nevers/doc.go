// Package nevers is the import rules of the module, as a test. It exports nothing.
//
// The rules are the tables in rules_test.go: which package may not reach or import which, which files alone may import a
// third-party module, and which identifiers and statements the deterministic core may not contain. A broken rule is reported
// with the chain of imports, or with the place in the file, and the reason for the rule.
//
// "Reaches" counts every import on the way, "imports" counts the files of the package itself: fmt reaches os, so that no
// package could be said not to reach it.
package nevers
