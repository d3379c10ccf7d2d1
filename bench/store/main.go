package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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

	"github.com/gait-engine/gait/bench/raw"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
)

func main() {
	dir := flag.String("dir", ".", "where the database files go")
	rounds := flag.Int("rounds", 7, "rounds per size")
	young := flag.Int("prefill", 10_000, "finished executions in the store before the first round")
	sizes := flag.String("sizes", "1,64,1000", "commits per transaction")
	fsyncs := flag.Bool("fsyncs", false, "count fsyncs with strace instead of measuring time")
	only := flag.String("only", "", "raw or sqlite: serve rounds of one variant on standard input (what the program starts as its children)")
	profile := flag.String("cpuprofile", "", "write CPU profiles to files of this name and the variant")
	flag.Parse()
	if *profile != "" && *only != "" {
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
				err = serve(*dir, size, *young, *only)
			default:
				err = compare(*dir, size, *rounds, *young, *profile)
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

// target is what commits are applied to.
type target struct {
	apply func([]store.Write) error
	close func() error
}

func openTarget(dir, variant string) (*target, error) {
	if variant == "raw" {
		r, err := raw.Open(dir)
		return &target{r.Apply, func() error { return nil }}, err
	}
	s, err := sqlite.Open(context.Background(), filepath.Join(dir, "store.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	own, err := s.Own(context.Background(), "bench")
	return &target{close: s.Close, apply: func(batch []store.Write) error {
		return errors.Join(s.Apply(context.Background(), own.Epoch, batch)...)
	}}, err
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

// serve is the child process: it runs the rounds of one variant, each when a line comes in, and prints what it took. The
// variants must not share a process: SQLite keeps one page cache for all connections, and one would take the other's pages.
func serve(dir string, size, young int, variant string) error {
	t, err := openTarget(dir, variant)
	if err != nil {
		return err
	}
	before := newLoad(1000, 1)
	for range young / 1000 * (steps + 1) {
		if err := t.apply(before.batch()); err != nil {
			return err
		}
	}
	l := newLoad(size, 2)
	l.last = before.last
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var batches [][]store.Write
		for range commitsPerRound(size) / size {
			batches = append(batches, l.batch())
		}
		c, err := timed(batches, t.apply)
		if err != nil {
			return err
		}
		fmt.Println(c.wall.Nanoseconds(), c.cpu.Nanoseconds(), l.bytes/l.commits)
	}
	return t.close()
}

// child is a process that serves.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startChild(args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self, args...)}
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

// round lets the child run one round.
func (c *child) round() (got cost, bytes int, err error) {
	if _, err := fmt.Fprintln(c.in); err != nil {
		return cost{}, 0, err
	}
	var wall, cpu int64
	_, err = fmt.Fscan(c.out, &wall, &cpu, &bytes)
	return cost{time.Duration(wall), time.Duration(cpu)}, bytes, err
}

// compare prints the ratio of the store's speed to the limit.
func compare(dir string, size, rounds, young int, profile string) error {
	place, err := os.MkdirTemp(dir, "bench-store-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(place)
	variants := [2]string{"raw", "sqlite"}
	var children [2]*child
	for i, variant := range variants {
		args := []string{"-only", variant, "-dir", place, "-sizes", strconv.Itoa(size), "-prefill", strconv.Itoa(young)}
		if profile != "" {
			args = append(args, "-cpuprofile", profile+"."+variant)
		}
		if children[i], err = startChild(args...); err != nil {
			return err
		}
	}
	var ratios, cpuRatios []float64
	var rates, cpus [2][]float64
	n := float64(commitsPerRound(size) / size * size)
	bytes := 0
	for round := range rounds + 1 {
		var got [2]cost
		first := rand.IntN(2)
		for _, i := range [2]int{first, 1 - first} {
			if got[i], bytes, err = children[i].round(); err != nil {
				return err
			}
		}
		if round == 0 {
			continue // warms up
		}
		ratios = append(ratios, got[0].wall.Seconds()/got[1].wall.Seconds())
		cpuRatios = append(cpuRatios, got[0].cpu.Seconds()/got[1].cpu.Seconds())
		for i := range got {
			rates[i] = append(rates[i], n/got[i].wall.Seconds())
			cpus[i] = append(cpus[i], got[i].cpu.Seconds()*1e6/n)
		}
	}
	for _, c := range children {
		if err := errors.Join(c.in.Close(), c.cmd.Wait()); err != nil {
			return err
		}
	}
	slices.Sort(ratios)
	fmt.Printf("size %4d: %.2f of raw [%.2f..%.2f], %.0f against %.0f commits/s; processor %.2f, %.1f against %.1f us; "+
		"%d log bytes per commit, %d rounds\n", size, median(ratios), ratios[0], ratios[len(ratios)-1], median(rates[1]), median(rates[0]),
		median(cpuRatios), median(cpus[1]), median(cpus[0]), bytes, rounds)
	return nil
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
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
			"-only", variant, "-sizes", strconv.Itoa(size), "-dir", place, "-prefill", "0")
		cmd.Stdin, cmd.Stderr = strings.NewReader("\n"), os.Stderr
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
