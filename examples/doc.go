// Package examples holds small complete programs, one per directory. Its test builds and runs each of them.
package examples
