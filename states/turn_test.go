package states_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

func TestWatchIsToldOfWhatIsReached(t *testing.T) {
	t.Parallel()
	m, err := asl.Compile([]byte(`{"StartAt": "C", "States": {
		"C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "P"}, {"Variable": "$.n", "NumericEquals": 2, "Next": "P"}], "Default": "F"},
		"P": {"Type": "Parallel", "Branches": [{"StartAt": "F2", "States": {"F2": {"Type": "Fail", "Error": "E"}}}],
			"Catch": [{"ErrorEquals": ["X"], "Next": "F"}, {"ErrorEquals": ["E"], "Next": "S"}], "Next": "F"},
		"S": {"Type": "Pass", "End": true}, "F": {"Type": "Fail", "Error": "Default"}}}`), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"entered", "next", "rule", "default", "catch", "retrier"}
	for input, want := range map[string][]string{
		`{"n": 2}`: {"C entered 0", "C rule 1", "P entered 0", "F2 entered 0", "P catch 1", "S entered 0", "S next 0"},
		`{"n": 3}`: {"C entered 0", "C default 0", "F entered 0"},
	} {
		doc, err := value.ParseString(input)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		env := &states.Env{Now: time.Unix(0, 0), Host: &states.Host{}, Watch: func(turn states.Turn) {
			got = append(got, fmt.Sprint(turn.State.Common().Name, " ", names[turn.Kind], " ", turn.Index))
		}}
		if _, err := states.Step(m, &states.Execution{ID: 1}, env, states.Start{Input: doc}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", input, got, want)
		}
	}
}
