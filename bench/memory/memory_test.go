package main

import "testing"

func TestGaitDoesWhatTheLoopByHandDoes(t *testing.T) {
	for _, m := range machines() {
		t.Run(m.name, func(t *testing.T) {
			h, err := newHost(&m)
			if err != nil {
				t.Fatal(err)
			}
			transitions, err := agreeByHand(&m, h)
			if err != nil {
				t.Fatal(err)
			}
			if transitions < 50 {
				t.Errorf("%d transitions, want at least 50", transitions)
			}
		})
	}
}

func TestRatioIsTakenRoundByRound(t *testing.T) {
	a := []cost{{wall: 10}, {wall: 40}, {wall: 90}}
	b := []cost{{wall: 5}, {wall: 10}, {wall: 30}}
	got := ratio(a, b)
	if want := (spread{median: 3, low: 2, high: 4}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
