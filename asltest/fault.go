package asltest

import (
	"fmt"
	"math/rand/v2"
)

// every decides which calls a fault hits. It must be a function of its arguments, so that a Mock can be reused.
type every struct {
	hits func(c Call, n int) bool
}

// Fault gives r instead of the mocks' answer to the n-th call of an execution, counted from 1 over all Task states and attempts:
//
//	asltest.Fault(3, asltest.Fail("States.Timeout", "")) // the third call times out
//
// Combine it with mocks: it goes before them.
func Fault(n int, r Reply) Mock {
	return Mock{
		label: fmt.Sprintf("Fault(%d)", n), rank: rankFault, replies: []Reply{r},
		every: &every{func(_ Call, i int) bool { return i == n-1 }},
	}
}

// FaultAttempt gives r to the n-th attempt (from 1) of each visit of the Task state; an empty name means any Task state. With 1
// every first try fails and every retry gets its mock.
func FaultAttempt(state string, n int, r Reply) Mock {
	return Mock{
		label: fmt.Sprintf("FaultAttempt(%q, %d)", state, n), state: state, rank: rankFault, replies: []Reply{r},
		every: &every{func(c Call, _ int) bool { return (state == "" || c.State == state) && c.Attempt == n-1 }},
	}
}

// Faults gives r to calls drawn at random: each call with this probability. The same seed hits the same calls, so a failing seed
// is a test case.
//
//	for seed := range uint64(100) {
//		x := m.Run(input, asltest.Faults(seed, 0.3, asltest.FunctionError("Boom", "injected")), mocks…)
//	}
func Faults(seed uint64, probability float64, r Reply) Mock {
	return Mock{
		label: fmt.Sprintf("Faults(seed %d)", seed), rank: rankFault, replies: []Reply{r},
		every: &every{func(_ Call, n int) bool {
			return rand.New(rand.NewPCG(seed, uint64(n))).Float64() < probability
		}},
	}
}
