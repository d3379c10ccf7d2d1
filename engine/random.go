package engine

import (
	"math/rand/v2"
	"sync"
)

// lockedRand is a generator for several goroutines.
type lockedRand struct {
	mu sync.Mutex
	r  *rand.Rand
}

// IntN returns a number in [0, n).
func (l *lockedRand) IntN(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.IntN(n)
}

// Uint64 returns 64 random bits.
func (l *lockedRand) Uint64() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Uint64()
}
