package property_test

import (
	"fmt"
	"strings"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/asltest/property"
)

// The smallest input that the definition cannot handle is found by changing a good one.
func Example() {
	var t tester // in a test: t *testing.T
	m := asltest.Define(t, `{"StartAt": "Check", "States": {
		"Check": {"Type": "Choice", "Choices": [{"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Discount"}], "Default": "Done"},
		"Discount": {"Type": "Pass", "Parameters": {"by.$": "$.customer.name"}, "Next": "Done"},
		"Done": {"Type": "Succeed"}}}`)
	inputs := property.Like(`{"total": 120, "customer": {"name": "Ada"}}`)
	// In a test: property.Check(t, m, inputs, property.NoRuntimeError). Here a few inputs one by one:
	failed := ""
	for seed := 0; failed == ""; seed++ {
		if x := m.Run(inputs.Example(seed)); x.Status == "FAILED" {
			failed = *x.Error
		}
	}
	fmt.Println(failed)
	// Output: States.Runtime
}

// tester is a test that passes.
type tester struct{}

func (tester) Helper()        {}
func (tester) Name() string   { return "Example" }
func (tester) Cleanup(func()) {}
func (tester) Errorf(format string, args ...any) {
	fmt.Println(strings.TrimSpace(fmt.Sprintf(format, args...)))
}
func (tester) Fatalf(format string, args ...any) {
	fmt.Println(strings.TrimSpace(fmt.Sprintf(format, args...)))
}
