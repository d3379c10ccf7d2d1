package states_test

import (
	"testing"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// passChoice is a loop of Pass and Choice states: 3 transitions a round.
const passChoice = `{"StartAt":"A","States":{"E":{"Type":"Succeed"},
 "A":{"Type":"Pass","Parameters":{"n.$":"$.n","tag":"x"},"ResultPath":"$.p","Next":"B"},
 "B":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericGreaterThan":10,"Next":"E"}],"Default":"C"},
 "C":{"Type":"Pass","Next":"A"}}}`

// BenchmarkTransition measures one Pass or Choice transition, with and without history.
func BenchmarkTransition(b *testing.B) {
	for _, discard := range []bool{true, false} {
		name := "history"
		if discard {
			name = "no-history"
		}
		b.Run(name, func(b *testing.B) {
			m, err := asl.Compile([]byte(passChoice), asl.Options{})
			if err != nil {
				b.Skip(err)
			}
			input, _ := value.ParseString(`{"n":5,"s":"text"}`)
			env := &states.Env{Now: time.Unix(1700000000, 0), Discard: discard, Limits: states.Limits{Events: -1, Transitions: 300}}
			x := &states.Execution{ID: 1}
			if _, err := states.Step(m, x, env, states.Start{Input: input}); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += 300 {
				if _, err := states.Step(m, x, env, states.Continue{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
