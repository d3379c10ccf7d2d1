package engine_test

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/states"
)

// fakeClock stands still until it is told to move.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*fakeTimer
}

type fakeTimer struct {
	at time.Time
	f  func()
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &fakeTimer{c.now.Add(d), f}
	if d <= 0 {
		go f()
		return func() bool { return false }
	}
	c.timers = append(c.timers, t)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		i := slices.Index(c.timers, t)
		if i >= 0 {
			c.timers = slices.Delete(c.timers, i, i+1)
		}
		return i >= 0
	}
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.timers = slices.DeleteFunc(c.timers, func(t *fakeTimer) bool {
		due := !t.at.After(c.now)
		if due {
			go t.f()
		}
		return due
	})
}

// fire lets every timer go off now, early or not: one that was armed while the clock moved was told too long a time.
func (c *fakeClock) fire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.timers {
		go t.f()
	}
	c.timers = nil
}

func TestConfiguredClockIsTheOnlyOne(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := open(t, engine.Config{Store: openStore(t, "sqlite", t.TempDir()), Clock: clock})
	deploy(t, e, "m", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"Next":"V"},
		"V":{"Type":"Wait","Timestamp":"2031-02-01T00:00:00Z","End":true}}}`)
	id := start(t, e, "m", `{}`)
	clock.advance(24 * time.Hour)
	// The engine is at V once the history says so; nothing but its own goroutines is needed for that.
	for len(events(t, e, id)) < 4 {
		clock.fire()
		runtime.Gosched()
	}
	clock.advance(30 * 24 * time.Hour)
	for describe(t, e, id).Status == states.Running {
		clock.fire()
		runtime.Gosched()
	}
	d, err := e.Describe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2031, 2, 1, 0, 0, 0, 0, time.UTC); !d.Stopped.Equal(want) {
		t.Errorf("stopped at %v, want %v", d.Stopped, want)
	}
}
