package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
)

func main() {
	dir := flag.String("dir", ".", "where the database files go")
	rounds := flag.Int("rounds", 7, "rounds per size")
	young := flag.Int("prefill", 10_000, "finished executions in the store before the first round")
	sizes := flag.String("sizes", "1,64,1000", "commits per transaction")
	fsyncs := flag.Bool("fsyncs", false, "count fsyncs with strace instead of measuring time")
	only := flag.String("only", "", "raw or sqlite: run one round of one variant and end (used by -fsyncs)")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench/store:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		size, err := strconv.Atoi(text)
		if err == nil {
			switch {
			case *fsyncs:
				err = trace(*dir, size)
			case *only != "":
				err = single(*dir, size, *only)
			default:
				err = compare(*dir, size, *rounds, *young)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench/store:", err)
			os.Exit(1)
		}
	}
}

// commitsPerRound gives rounds of a tenth of a second to a second.
func commitsPerRound(size int) int {
	switch {
	case size == 1:
		return 4_400
	case size < 200:
		return 440 * size
	default:
		return 66 * size
	}
}

// pair is a raw log and a store that get the same commits.
type pair struct {
	raw   *raw
	store *sqlite.Store
	epoch int64
}

func openPair(dir string) (*pair, error) {
	r, err := openRaw(dir)
	if err != nil {
		return nil, err
	}
	s, err := sqlite.Open(context.Background(), filepath.Join(dir, "store.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	own, err := s.Own(context.Background(), "bench")
	return &pair{r, s, own.Epoch}, err
}

func (p *pair) apply(batch []store.Write) error {
	for _, err := range p.store.Apply(context.Background(), p.epoch, batch) {
		if err != nil {
			return err
		}
	}
	return nil
}

// cost is what a run took.
type cost struct{ wall, cpu time.Duration }

func timed(batches [][]store.Write, apply func([]store.Write) error) (cost, error) {
	runtime.GC() // so that no run pays for the garbage of the one before
	start, used := time.Now(), cpuTime()
	for _, b := range batches {
		if err := apply(b); err != nil {
			return cost{}, err
		}
	}
	return cost{time.Since(start), cpuTime() - used}, nil
}

// cpuTime is the processor time of the process so far: less noisy than the clock on a machine that others use.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// compare prints the ratio of the store's speed to the limit.
func compare(dir string, size, rounds, young int) error {
	place, err := os.MkdirTemp(dir, "bench-store-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(place)
	p, err := openPair(place)
	if err != nil {
		return err
	}
	defer p.store.Close()
	before := newLoad(1000, 1)
	for range young / 1000 * (steps + 1) {
		b := before.batch()
		if err := p.apply(b); err != nil {
			return err
		}
		if err := p.raw.apply(b); err != nil {
			return err
		}
	}
	l := newLoad(size, 2)
	l.last = before.last
	var ratios, cpuRatios, rawRates, rates, rawCPU, cpu []float64
	for round := range rounds + 1 {
		var batches [][]store.Write
		for range commitsPerRound(size) / size {
			batches = append(batches, l.batch())
		}
		var limit, got cost
		run := []func() error{
			func() (err error) { limit, err = timed(batches, p.raw.apply); return err },
			func() (err error) { got, err = timed(batches, p.apply); return err },
		}
		rand.Shuffle(2, func(i, j int) { run[i], run[j] = run[j], run[i] })
		for _, f := range run {
			if err := f(); err != nil {
				return err
			}
		}
		if round == 0 {
			continue // warms up
		}
		n := float64(commitsPerRound(size) / size * size)
		ratios = append(ratios, limit.wall.Seconds()/got.wall.Seconds())
		cpuRatios = append(cpuRatios, limit.cpu.Seconds()/got.cpu.Seconds())
		rawRates = append(rawRates, n/limit.wall.Seconds())
		rates = append(rates, n/got.wall.Seconds())
		rawCPU = append(rawCPU, limit.cpu.Seconds()*1e6/n)
		cpu = append(cpu, got.cpu.Seconds()*1e6/n)
	}
	slices.Sort(ratios)
	fmt.Printf("size %4d: %.2f of raw [%.2f..%.2f], %.0f against %.0f commits/s; processor %.2f, %.1f against %.1f us; "+
		"%d log bytes per commit, %d rounds\n", size, median(ratios), ratios[0], ratios[len(ratios)-1], median(rates), median(rawRates),
		median(cpuRatios), median(cpu), median(rawCPU), l.bytes/l.commits, rounds)
	return nil
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// single runs one variant alone, so that its system calls can be counted.
func single(dir string, size int, variant string) error {
	p, err := openPair(dir)
	if err != nil {
		return err
	}
	defer p.store.Close()
	l := newLoad(size, 3)
	apply := p.apply
	if variant == "raw" {
		apply = p.raw.apply
	}
	for range commitsPerRound(size) / size {
		if err := apply(l.batch()); err != nil {
			return err
		}
	}
	return nil
}

var fsyncLine = regexp.MustCompile(`(?m)^\s*\S+\s+\S+\s+\S+\s+(\d+)\s+(?:\d+\s+)?(?:fsync|fdatasync|sync_file_range|msync)$`)

// trace counts the fsyncs of both variants, opening and closing included.
func trace(dir string, size int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("size %4d: fsyncs per commit", size)
	for _, variant := range []string{"raw", "sqlite"} {
		place, err := os.MkdirTemp(dir, "bench-store-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(place)
		report := filepath.Join(place, "strace.txt")
		cmd := exec.Command("strace", "-f", "-c", "-e", "trace=fsync,fdatasync,msync,sync_file_range", "-o", report, self,
			"-only", variant, "-sizes", strconv.Itoa(size), "-dir", place)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("strace: %w", err)
		}
		text, err := os.ReadFile(report)
		if err != nil {
			return err
		}
		total := 0
		for _, m := range fsyncLine.FindAllSubmatch(text, -1) {
			n, _ := strconv.Atoi(string(m[1])) // digits by the pattern
			total += n
		}
		fmt.Printf(" %s %.4f", variant, float64(total)/float64(commitsPerRound(size)/size*size))
	}
	fmt.Println()
	return nil
}
