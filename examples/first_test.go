package examples_test

import (
	"testing"

	"github.com/gait-engine/gait/asltest"
)

func TestBusyCardIsChargedAgain(t *testing.T) {
	order := asltest.Load(t, "order.asl.json")
	order.Run(`{"id": 7, "total": 20, "items": ["pen"]}`,
		asltest.On("Charge", asltest.Fail("Card.Busy", ""), asltest.Return(`{"id": "r-1"}`)),
		asltest.Otherwise(asltest.Return(`{}`)),
	).Retried("Charge", 1).Path("Check", "Charge", "Fulfil", "...", "Shipped")
}
