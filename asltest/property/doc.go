// Package property checks state machines with inputs that nobody thought of: documents shaped like an example or a JSON Schema, made by
// [pgregory.net/rapid], which shrinks a failing one to the smallest that still fails.
//
//	func TestNoInputBreaksTheOrder(t *testing.T) {
//		m := asltest.Load(t, "order.asl.json")
//		property.Check(t, m, property.Like(`{"id": 7, "total": 30, "items": ["pen"]}`), func(x *asltest.Execution) {
//			property.NoRuntimeError(x)
//			if x.Status == "SUCCEEDED" && len(x.Inputs("Charge")) > 1 {
//				x.Failf("a card is charged twice")
//			}
//		}, asltest.Otherwise())
//	}
//
// [Like] changes an example in a few places: members go missing, values get other types, numbers and texts become extreme. [Schema]
// makes documents that a schema allows. [Replies] draws what tasks answer, so that the results of services are unforeseen too. For
// more, use rapid itself: Machine.For takes a *rapid.T.
//
// It is a package of its own so that package asltest does not depend on rapid, which registers flags with every test that links
// it: -rapid.checks sets how many inputs are tried, -rapid.seed repeats a failure.
package property
