package examples_test

import (
	"testing"

	"github.com/gait-engine/gait/asltest"
)

func TestOrderIsChargedAgainWhenTheCardIsBusy(t *testing.T) {
	order := asltest.Load(t, "order.asl.json")
	order.Run(`{"id": 7, "total": 20, "items": ["pen", "ink"]}`,
		asltest.On("Charge", asltest.Fail("Card.Busy", "try again"), asltest.Return(`{"id": "r-1"}`)),
		asltest.On("Pick", asltest.Return(`{"picked": true}`)),
		asltest.On("Print invoice", asltest.Return(`{"pages": 1}`)),
	).Retried("Charge", 1).Path("Check", "Charge", "Fulfil", "...", "Shipped").Received("Print invoice", `{"id": "r-1"}`)
}
