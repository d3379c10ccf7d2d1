// Parked measures executions that wait for a task token: how fast they get there, what each of them costs, and how soon a store
// full of them is back at work after a restart.
//
// Each execution is one Task state with .waitForTaskToken, whose handler answers at once and keeps the token. So many clients
// start them. Then the store is opened again by a process of its own, which measures when the first timer fires that came due
// meanwhile, and whether tokens from before still work.
//
//	go run ./parked                  # 100,000
//	go run ./parked -n 1000000       # the target is stated for a million
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gait-engine/gait/engine"
	"github.com/gait-engine/gait/store"
	"github.com/gait-engine/gait/store/sqlite"
	"github.com/gait-engine/gait/task"
)

const (
	resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
	approval = `{"StartAt":"Approve","States":{"Approve":{"Type":"Task","Resource":"` + resource + `",` +
		`"Parameters":{"QueueUrl":"https://sqs.example/approvals","MessageBody":{"order.$":"$.order","token.$":"$$.Task.Token"}},"End":true}}}`
	timer = `{"StartAt":"Later","States":{"Later":{"Type":"Wait","Seconds":%d,"End":true}}}`
	order = `{"order":{"id":"o-%d","customer":"c-%d","cents":%d}}`
)

// The targets.
const (
	targetRSS    = 100     // bytes for each execution beyond an empty engine
	targetDisk   = 1536    // bytes for each execution
	targetRate   = 10_000  // parked per second
	targetAt     = 100_000 // of which the rate is taken
	targetReopen = 2 * time.Second
)

type options struct {
	n, clients int
	dir        string
	profile    string
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 100_000, "executions")
	flag.IntVar(&o.clients, "clients", 512, "clients that start them")
	flag.StringVar(&o.dir, "dir", ".", "where the database goes")
	flag.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of the parking to this file")
	reopen := flag.String("reopen", "", "open this store and measure the restart (used by the program itself)")
	flag.Parse()
	run := func() error { return measure(o) }
	if *reopen != "" {
		run = func() error { return restart(*reopen, flag.Args()) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/parked:", err)
		os.Exit(1)
	}
}

// counting counts the commits that are durable.
type counting struct {
	store.Store
	commits atomic.Int64
}

// Apply passes the batch on and counts.
func (c *counting) Apply(ctx context.Context, epoch int64, batch []store.Write) []error {
	errs := c.Store.Apply(ctx, epoch, batch)
	for _, err := range errs {
		if err == nil {
			c.commits.Add(1)
		}
	}
	return errs
}

// tokens keeps a few tokens, so that memory does not grow with them.
type tokens struct {
	mu   sync.Mutex
	kept []string
}

func open(ctx context.Context, file string, kept *tokens) (*engine.Engine, *counting, error) {
	st, err := sqlite.Open(ctx, file, sqlite.Options{})
	if err != nil {
		return nil, nil, err
	}
	var tasks task.Mux
	tasks.HandleFunc(resource, func(_ context.Context, req *task.Request) (any, error) {
		kept.mu.Lock()
		if len(kept.kept) < 16 {
			kept.kept = append(kept.kept, string(req.Token))
		}
		kept.mu.Unlock()
		return map[string]string{"MessageId": "5fea7756-0ea4-451a-a703-a558b933e274"}, nil
	})
	c := &counting{Store: st}
	e, err := engine.Open(ctx, engine.Config{Store: c, Tasks: &tasks})
	return e, c, err
}

func measure(o options) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp(o.dir, "parked-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "gait.db")
	kept := &tokens{}
	e, commits, err := open(ctx, file, kept)
	if err != nil {
		return err
	}
	if _, err := e.Deploy(ctx, "approval", []byte(approval)); err != nil {
		return err
	}
	if _, err := e.Deploy(ctx, "timer", fmt.Appendf(nil, timer, 2)); err != nil {
		return err
	}
	// What the first executions make grow, caches and stacks, belongs to an empty engine as much as to a full one.
	const warm = 20_000
	if err := park(ctx, e, commits, o.clients, 0, min(warm, o.n/2)); err != nil {
		return err
	}
	rss0, goroutines0 := resident(), runtime.NumGoroutine()
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
	}
	began, cpu := time.Now(), processorTime()
	first := min(o.n, targetAt)
	if err := park(ctx, e, commits, o.clients, warm, first); err != nil {
		return err
	}
	took, used := time.Since(began), processorTime()-cpu
	if err := park(ctx, e, commits, o.clients, warm+first, o.n-first); err != nil {
		return err
	}
	tookAll := time.Since(began)
	pprof.StopCPUProfile()
	rss1, goroutines1 := resident(), runtime.NumGoroutine()

	fmt.Printf("%d parked executions, %d clients, after %d to warm up\n\n", o.n, o.clients, min(warm, o.n/2))
	n := float64(o.n)
	rate := float64(first) / took.Seconds()
	report(fmt.Sprintf("parked per second, the first %d", first), fmt.Sprintf("%.0f", rate), fmt.Sprintf(">= %d", targetRate), rate >= targetRate)
	fmt.Printf("  %-36s %14.0f\n", "per second of processor time", float64(first)/used.Seconds())
	fmt.Printf("  %-36s %14.0f\n", "per second, all of them", n/tookAll.Seconds())
	// Some goroutines of the dispatcher stay for the handlers to come, at most 32 whatever was parked.
	more := max(goroutines1-goroutines0, 0)
	report("goroutines for each", fmt.Sprintf("%.4f", float64(more)/n), "0", more <= 32)
	report("resident bytes for each", fmt.Sprintf("%.1f", float64(rss1-rss0)/n), fmt.Sprintf("<= %d", targetRSS), float64(rss1-rss0) <= targetRSS*n)
	fmt.Printf("  %-36s %14d\n", "resident bytes before", rss0)

	timers, err := e.Start(ctx, "timer", nil, engine.WithName("due"))
	if err != nil {
		return err
	}
	if err := e.Close(ctx); err != nil {
		return err
	}
	disk1, err := size(dir)
	if err != nil {
		return err
	}
	each := float64(disk1) / (n + float64(min(warm, o.n/2)))
	report("bytes on disk for each", fmt.Sprintf("%.0f", each), fmt.Sprintf("<= %d", targetDisk), each <= targetDisk)
	time.Sleep(2100 * time.Millisecond) // the timer comes due while no engine runs
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := append([]string{"-reopen", file, string(timers)}, kept.kept...)
	cmd := exec.Command(self, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// park starts executions until n more of them wait for their tokens.
func park(ctx context.Context, e *engine.Engine, commits *counting, clients, from, n int) error {
	want := commits.commits.Load() + 2*int64(n)
	var next atomic.Int64
	errs := make([]error, clients)
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n) && errs[c] == nil; i = next.Add(1) {
				id := int64(from) + i
				_, errs[c] = e.Start(ctx, "approval", fmt.Appendf(nil, order, id, id%977, 10*id))
			}
		})
	}
	wg.Wait()
	for commits.commits.Load() < want { // the last submissions are on their way
		time.Sleep(time.Millisecond)
	}
	return errors.Join(errs...)
}

// restart opens a store full of parked executions; the timer that came due meanwhile must fire soon.
func restart(file string, args []string) error {
	ctx := context.Background()
	began := time.Now()
	e, _, err := open(ctx, file, &tokens{})
	if err != nil {
		return err
	}
	opened := time.Since(began)
	if _, err := e.Wait(ctx, engine.ID(args[0])); err != nil {
		return err
	}
	fired := time.Since(began)
	report("open, until the first timer fired", fired.Round(time.Millisecond).String(), "<= "+targetReopen.String(), fired <= targetReopen)
	fmt.Printf("  %-36s %14s\n", "of it, Open", opened.Round(time.Millisecond))
	for _, token := range args[1:] {
		if err := e.SendTaskSuccess(ctx, task.Token(token), []byte(`{"approved":true}`)); err != nil {
			return err
		}
	}
	fmt.Printf("  %-36s %14d\n", "tokens from before that worked", len(args)-1)
	fmt.Printf("  %-36s %14d\n", "resident bytes after all this", resident())
	return e.Close(ctx)
}

func report(what, got, target string, met bool) {
	verdict := "met"
	if !met {
		verdict = "MISSED"
	}
	fmt.Printf("  %-36s %14s   target %-10s %s\n", what, got, target, verdict)
}

// resident returns the resident set of the process once garbage has gone back to the system.
func resident() int64 {
	for range 2 {
		runtime.GC()
	}
	debug.FreeOSMemory()
	time.Sleep(50 * time.Millisecond)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kilobytes int64
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			fmt.Sscan(rest, &kilobytes)
		}
	}
	return kilobytes << 10
}

// size returns the bytes of the files in dir.
func size(dir string) (int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return 0, err
		}
		sum += info.Size()
	}
	return sum, nil
}
