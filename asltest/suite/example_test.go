package suite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gait-engine/gait/asltest/suite"
)

// Under go test each test of the file is a subtest.
func ExampleRun() {
	var t *testing.T // func TestOrder(t *testing.T) {
	test := func() {
		suite.Run(t, "order.test.yaml")
	}
	_ = test // go test calls it
}

// A program of its own, as gait test is.
func ExampleSuite_Run() {
	s, err := suite.Load("testdata/order.test.yaml", suite.Options{})
	if err != nil {
		fmt.Println(err) // file:line:column of everything that is wrong
		return
	}
	r, err := s.Run(context.Background(), suite.RunOptions{Filter: regexp.MustCompile("card|stopped")})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range r.Tests {
		fmt.Println(r.Tests[i].Outcome, r.Tests[i].Status, r.Tests[i].Name, r.Tests[i].Elapsed)
	}
	// Output:
	// passed SUCCEEDED a busy card is charged again 20h0m2s
	// passed ABORTED the execution is stopped 2h0m0s
	// passed CAUGHT_ERROR a refused card is caught 0s
}

func ExampleFind() {
	files, err := suite.Find("testdata")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	for _, f := range files {
		fmt.Println(filepath.ToSlash(f))
	}
	// Output: testdata/order.test.yaml
}
