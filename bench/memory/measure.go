package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// cost is what one run took, in nanoseconds: by the clock, and of the processor.
type cost struct{ wall, cpu float64 }

// side is one of those that take turns. run runs it for about so many milliseconds.
type side struct {
	name string
	run  func(ms int) (cost, error)
}

// interleave gives every side its turn in every round, in an order drawn anew, and returns the costs of each by round.
func interleave(sides []side, rounds, ms int) ([][]cost, error) {
	got := make([][]cost, len(sides))
	for range rounds {
		for _, i := range rand.Perm(len(sides)) {
			c, err := sides[i].run(ms)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", sides[i].name, err)
			}
			got[i] = append(got[i], c)
		}
	}
	return got, nil
}

// timed runs f for ms milliseconds and returns the mean cost of one run.
func timed(ms int, f func() error) (cost, error) {
	runtime.GC() // so that no side pays for the garbage of the one before
	limit := time.Duration(ms) * time.Millisecond
	start, used := time.Now(), cpuTime()
	n := 0
	for took := time.Duration(0); took < limit; took = time.Since(start) {
		if err := f(); err != nil {
			return cost{}, err
		}
		n++
	}
	return cost{float64(time.Since(start)) / float64(n), float64(cpuTime()-used) / float64(n)}, nil
}

// cpuTime is the processor time of the process so far, collection of garbage included: less noisy than the clock on a machine
// that others use.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// allocated returns the allocations and the bytes of one run of f, divided by per.
func allocated(f func() error, per int) (count, bytes float64, err error) {
	const runs = 50
	if err := f(); err != nil {
		return 0, 0, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		if err := f(); err != nil {
			return 0, 0, err
		}
	}
	runtime.ReadMemStats(&after)
	n := float64(runs * per)
	return float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n, nil
}

// spread is the ratio of two sides.
type spread struct{ median, low, high float64 }

func (s spread) String() string {
	format := "%.1fx [%.1f..%.1f]"
	if s.median < 10 {
		format = "%.2fx [%.2f..%.2f]"
	}
	return fmt.Sprintf(format, s.median, s.low, s.high)
}

// ratio divides the times of a by those of b, round by round.
func ratio(a, b []cost) spread { return spreadOf(walls(a), walls(b)) }

func spreadOf(a, b []float64) spread {
	list := make([]float64, len(a))
	for i := range list {
		list[i] = a[i] / b[i]
	}
	return spread{median(list), slices.Min(list), slices.Max(list)}
}

// cpuRatio is ratio of the processor time.
func cpuRatio(a, b []cost) spread { return spreadOf(cpus(a), cpus(b)) }

func walls(of []cost) []float64 {
	list := make([]float64, len(of))
	for i := range of {
		list[i] = of[i].wall
	}
	return list
}

func cpus(of []cost) []float64 {
	list := make([]float64, len(of))
	for i := range of {
		list[i] = of[i].cpu
	}
	return list
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}

func geometricMean(of []float64) float64 {
	sum := 0.0
	for _, x := range of {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(of)))
}
