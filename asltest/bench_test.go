package asltest_test

import (
	"testing"
	"time"

	"github.com/gait-engine/gait/asltest"
)

// BenchmarkRun/wait-year is a Wait of a year; order is two tasks, one of them retried twice.
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
}
