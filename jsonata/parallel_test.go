package jsonata

import (
	"sync"
	"testing"

	"github.com/gait-engine/gait/internal/value"
)

// One program serves many goroutines: run with -race.
func TestProgramIsSharedByGoroutines(t *testing.T) {
	t.Parallel()
	input, err := value.ParseString(fuzzInput)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range fuzzSeeds {
		p, err := Compile(source)
		if err != nil {
			continue
		}
		want, _, wantErr := p.EvalValue(fuzzEnv(), input)
		var wg sync.WaitGroup
		for range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 20 {
					got, _, err := p.EvalValue(fuzzEnv(), input)
					if got.JSON() != want.JSON() || (err == nil) != (wantErr == nil) {
						t.Errorf("%s: got %s (%v), want %s (%v)", source, got, err, want, wantErr)
						return
					}
				}
			}()
		}
		wg.Wait()
	}
}
