// Engine measures durable executions against the limit of SQLite itself.
//
// The load is executions of ten Task states, each handled by a Go function and with a timeout: eleven steps, one commit each.
// So many clients start one, wait for it and start the next. The limit, "raw", writes the same log bytes with one prepared
// INSERT per commit and as many commits per transaction as there are clients. Rounds of both are interleaved in random order
// and the median of their ratios is printed, with the lowest and the highest.
//
//	go run ./engine                    # on the file system of the working directory
//	go run ./engine -fsyncs            # fsyncs per step, counted by strace around a run of each size
//	go run ./engine -alone             # the engine on a store that keeps nothing: its processor time and allocations
//	go run ./engine -clients 64 -cpuprofile cpu.out
package main

import (
	"context"
	"errors"
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
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gait-engine/gait/bench/raw"
	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

const steps = 11 // commits of one execution

type options struct {
	dir     string
	rounds  int
	profile string
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", ".", "where the database files go")
	flag.IntVar(&o.rounds, "rounds", 7, "rounds per number of clients")
	flag.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of the engine's rounds to this file")
	clients := flag.String("clients", "1,64,1000", "executions at once")
	fsyncs := flag.Bool("fsyncs", false, "count fsyncs with strace instead of measuring time")
	lonely := flag.Bool("alone", false, "measure the engine on a store that keeps nothing, with handlers that return their input or another document")
	memory := flag.String("memprofile", "", "write a profile of all allocations to this file")
	only := flag.Bool("only", false, "run one round of the engine and end (used by -fsyncs)")
	flag.Parse()
	if *memory != "" {
		runtime.MemProfileRate = 8 << 10
	}
	for text := range strings.SplitSeq(*clients, ",") {
		n, err := strconv.Atoi(text)
		if err == nil {
			switch {
			case *fsyncs:
				err = trace(o.dir, n)
			case *only:
				err = single(o.dir, n)
			case *lonely:
				err = errors.Join(alone(o, n, "same document", echo), alone(o, n, "other document", fresh))
			default:
				err = compare(o, n)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench/engine:", err)
			os.Exit(1)
		}
	}
	if *memory != "" {
		if err := writeHeap(*memory); err != nil {
			fmt.Fprintln(os.Stderr, "bench/engine:", err)
			os.Exit(1)
		}
	}
}

// profile writes a CPU profile to a file until stop is called; it does nothing without a name.
func profile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	return pprof.StopCPUProfile, pprof.StartCPUProfile(f)
}

func writeHeap(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}

// executionsPerRound gives rounds of a tenth of a second to a second.
func executionsPerRound(clients int) int {
	switch {
	case clients == 1:
		return 400
	case clients < 200:
		return 40 * clients
	default:
		return 6 * clients
	}
}

// recorder keeps the log bytes of what passes while it is on.
type recorder struct {
	store.Store
	on      atomic.Bool
	writes  []store.Write
	batches atomic.Int64
}

// Apply records the batch and passes it on.
func (r *recorder) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	r.batches.Add(1)
	if r.on.Load() {
		for _, w := range batch {
			r.writes = append(r.writes, store.Write{ID: w.ID, Base: w.Base, FirstEvent: w.FirstEvent, Log: slices.Clone(w.Log)})
		}
	}
	return r.Store.Apply(ctx, epoch, batch)
}

func open(dir string) (*engine.Engine, *recorder, error) {
	ctx := context.Background()
	st, err := sqlite.Open(ctx, filepath.Join(dir, "gait.db"), sqlite.Options{})
	if err != nil {
		return nil, nil, err
	}
	rec := &recorder{Store: st}
	e, err := launch(rec, echo)
	return e, rec, err
}

// launch opens an engine with the machine of the load.
func launch(st store.Store, work task.HandlerFunc) (*engine.Engine, error) {
	ctx := context.Background()
	var tasks task.Mux
	tasks.HandleFunc("gait:work", work)
	e, err := engine.Open(ctx, engine.Config{Store: st, Tasks: &tasks})
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(`{"StartAt":"S1","States":{`)
	for i := 1; i < steps; i++ {
		next := fmt.Sprintf(`"Next":"S%d"},`, i+1)
		if i == steps-1 {
			next = `"End":true}`
		}
		fmt.Fprintf(&b, `"S%d":{"Type":"Task","Resource":"gait:work","TimeoutSeconds":60,%s`, i, next)
	}
	b.WriteString(`}}`)
	_, err = e.Deploy(ctx, "chain", []byte(b.String()))
	return e, err
}

// order is the input of an execution, and what its tasks pass on: log rows become about as large as those of bench/store.
const order = `{"order":{"id":"o-%d","customer":"c-%d","placed":"2026-01-15T10:30:00Z","lines":[` +
	`{"sku":"A-1009","title":"Desk lamp, brass","quantity":2,"cents":4950},{"sku":"B-77","title":"Light bulb, E27","quantity":4,"cents":390}],` +
	`"address":{"name":"Ada Lovelace","street":"12 St James's Square","city":"London","country":"GB"}},"currency":"EUR","total":%d}`

// run runs a number of executions with so many clients and returns how long it took.
func run(e *engine.Engine, clients, executions int) (time.Duration, error) {
	var left atomic.Int64
	left.Store(int64(executions))
	failures := make([]error, clients)
	var wg sync.WaitGroup
	began := time.Now()
	for c := range clients {
		wg.Go(func() {
			ctx := context.Background()
			for n := left.Add(-1); n >= 0 && failures[c] == nil; n = left.Add(-1) {
				input := fmt.Appendf(nil, order, n, n%977, n)
				id, err := e.Start(ctx, "chain", input)
				if err == nil {
					_, err = e.Wait(ctx, id)
				}
				failures[c] = err
			}
		})
	}
	wg.Wait()
	return time.Since(began), errors.Join(failures...)
}

// compare prints the ratio of the engine's speed to the limit.
func compare(o options, clients int) error {
	place, err := os.MkdirTemp(o.dir, "bench-engine-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(place)
	e, rec, err := open(place)
	if err != nil {
		return err
	}
	defer e.Close(context.Background())
	limit, err := raw.Open(place)
	if err != nil {
		return err
	}
	executions := executionsPerRound(clients)
	rec.on.Store(true)
	if _, err := run(e, clients, executions); err != nil { // warms up
		return err
	}
	rec.on.Store(false)
	batches := slices.Collect(slices.Chunk(rec.writes, clients))
	bytes := 0
	for _, w := range rec.writes {
		bytes += len(w.Log)
	}
	rec.batches.Store(0)
	stop, err := profile(o.profile)
	if err != nil {
		return err
	}
	defer stop()
	var ratios, limits, rates []float64
	var spentRaw, spent cost
	n := float64(executions * steps)
	for range o.rounds {
		var lost, got time.Duration
		parts := []func() error{
			func() error {
				began, before := time.Now(), costs()
				for _, b := range batches {
					if err := limit.Apply(b); err != nil {
						return err
					}
				}
				lost = time.Since(began)
				spentRaw.add(before)
				return nil
			},
			func() (err error) {
				before := costs()
				got, err = run(e, clients, executions)
				spent.add(before)
				return err
			},
		}
		rand.Shuffle(2, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		for _, part := range parts {
			if err := part(); err != nil {
				return err
			}
		}
		ratios = append(ratios, lost.Seconds()/got.Seconds())
		limits = append(limits, n/lost.Seconds())
		rates = append(rates, n/got.Seconds())
	}
	slices.Sort(ratios)
	fmt.Printf("clients %4d: %.2f of raw [%.2f..%.2f], %.0f against %.0f steps/s, %d log bytes and %.4f transactions per step, %d rounds\n",
		clients, ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1], median(rates), median(limits), bytes/len(rec.writes),
		float64(rec.batches.Load())/(n*float64(o.rounds)), o.rounds)
	all := n * float64(o.rounds)
	fmt.Printf("              %.1f us of processor time per step against %.1f, %.0f bytes written against %.0f\n",
		spent.cpu.Seconds()/all*1e6, spentRaw.cpu.Seconds()/all*1e6, spent.written/all, spentRaw.written/all)
	return nil
}

// cost is what a process has used, which the load of others changes less than it changes the time that passes.
type cost struct {
	cpu     time.Duration
	written float64 // bytes handed to write calls
}

// costs returns what this process has used so far.
func costs() (c cost) {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		c.cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	if text, err := os.ReadFile("/proc/self/io"); err == nil { // Linux only; elsewhere 0 is printed
		if _, rest, ok := strings.Cut(string(text), "wchar: "); ok {
			digits, _, _ := strings.Cut(rest, "\n")
			c.written, _ = strconv.ParseFloat(digits, 64)
		}
	}
	return c
}

// add adds what was used since before.
func (c *cost) add(before cost) {
	now := costs()
	c.cpu += now.cpu - before.cpu
	c.written += now.written - before.written
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// single runs one round alone, so that its system calls can be counted.
func single(dir string, clients int) error {
	e, _, err := open(dir)
	if err != nil {
		return err
	}
	if _, err := run(e, clients, executionsPerRound(clients)); err != nil {
		return err
	}
	return e.Close(context.Background())
}

var fsyncLine = regexp.MustCompile(`(?m)^\s*\S+\s+\S+\s+\S+\s+(\d+)\s+(?:\d+\s+)?(?:fsync|fdatasync|sync_file_range|msync)$`)

// trace counts the fsyncs of a round, opening and closing included.
func trace(dir string, clients int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	place, err := os.MkdirTemp(dir, "bench-engine-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(place)
	report := filepath.Join(place, "strace.txt")
	cmd := exec.Command("strace", "-f", "-c", "-e", "trace=fsync,fdatasync,msync,sync_file_range", "-o", report, self,
		"-only", "-clients", strconv.Itoa(clients), "-dir", place)
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
	fmt.Printf("clients %4d: %.4f fsyncs per step\n", clients, float64(total)/float64(executionsPerRound(clients)*steps))
	return nil
}
