package asltest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/asltest"
)

// BenchmarkRun/wait-year is a Wait of a year; order is two tasks, one of them retried twice; twenty is twenty states, ten of them
// tasks. bench/asltest compares the same with its targets.
func BenchmarkRun(b *testing.B) {
	b.Run("wait-year", func(b *testing.B) {
		m := asltest.Define(b, single(`"Type": "Wait", "Seconds": 31536000, "End": true`))
		b.ReportAllocs()
		for b.Loop() {
			m.Run(`{}`).Waited(365 * 24 * time.Hour)
		}
	})
	b.Run("order", func(b *testing.B) {
		m := order(b)
		busy, ship := asltest.Fail("Card.Busy", ""), asltest.On("Ship", asltest.Return(`1`))
		b.ReportAllocs()
		for b.Loop() {
			m.Run(`{"id": 1, "total": 3}`, ship, asltest.On("Charge", busy, busy, asltest.Payload(`{"id": 2}`))).Succeeded()
		}
	})
	b.Run("twenty", func(b *testing.B) {
		m := asltest.Define(b, twenty())
		mocks := twentyMocks()
		b.ReportAllocs()
		for b.Loop() {
			m.Run(`{"order": {"id": 7}, "sum": 1}`, mocks...).Succeeded().Retried("S4", 2).Path("S1", "...", "S20")
		}
	})
}

func twentyMocks() []asltest.Mock {
	busy := asltest.Fail("Busy", "later")
	return []asltest.Mock{
		asltest.On("S4", busy, busy, asltest.Payload(`{"n": 4}`)), asltest.On("S10", asltest.Fail("Refused", "no")),
		asltest.Otherwise(asltest.Payload(`{"n": 1}`)),
	}
}

// twenty is a machine of twenty states: Tasks, Choices, Passes, Waits, and a Succeed.
func twenty() string {
	var b strings.Builder
	b.WriteString(`{"StartAt": "S1", "States": {`)
	for i := 1; i < 20; i++ {
		next := fmt.Sprintf(`"Next": "S%d"`, i+1)
		fmt.Fprintf(&b, `"S%d": `, i)
		switch {
		case i%2 == 0:
			catch := ""
			if i == 10 {
				catch = `"Catch": [{"ErrorEquals": ["Refused"], "ResultPath": "$.refused", "Next": "S11"}], `
			}
			fmt.Fprintf(&b, `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f%d", "Payload.$": "$"},
				"ResultSelector": {"n.$": "$.Payload.n"}, "ResultPath": "$.r%d", "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 3}], %s%s},`, i, i, catch, next)
		case i%5 == 0:
			fmt.Fprintf(&b, `{"Type": "Wait", "Seconds": 3600, %s},`, next)
		case i%3 == 0:
			fmt.Fprintf(&b, `{"Type": "Pass", "Parameters": {"order.$": "$.order", "sum.$": "States.MathAdd($.sum, %d)"}, %s},`, i, next)
		default:
			fmt.Fprintf(&b, `{"Type": "Choice", "Choices": [{"Variable": "$.sum", "NumericLessThan": 0, "Next": "S20"}], "Default": "S%d"},`, i+1)
		}
	}
	b.WriteString(`"S20": {"Type": "Succeed"}}}`)
	return b.String()
}
