// Asltest measures what a test of a state machine costs.
//
// Each line is the median over rounds of the processor time of one run, with the lowest and the highest, beside the target, and the
// median of the time on the clock, which others on the machine make longer. Rounds of all lines are interleaved. A run is everything that a test does after loading the definition: mocks, execution on the virtual clock, the
// assertions; the last lines load, compile and run whole suites.
//
//	go run ./asltest
//	go run ./asltest -rounds 21 -ms 200
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/asltest/suite"
)

// test stands for a *testing.T: what would fail a test ends the program.
type test struct{}

func (test) Helper()        {}
func (test) Name() string   { return "bench" }
func (test) Cleanup(func()) {}
func (test) Errorf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
func (t test) Fatalf(format string, args ...any) { t.Errorf(format, args...) }

// line is one thing that is measured.
type line struct {
	name   string
	target time.Duration // 0: none
	run    func()
	used   []time.Duration // processor time
	took   []time.Duration // on the clock
}

// processor returns what the process has used so far, the collection of garbage included.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		test{}.Fatalf("%v", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func main() {
	rounds := flag.Int("rounds", 11, "rounds")
	ms := flag.Int("ms", 100, "milliseconds of one line in a round")
	flag.Parse()
	lines := []*line{twentyStates(), year(), parallel(), swept(), suites("suites of examples/testing", 0, own), suites("suites of 10 published definitions", time.Second, published)}
	lines = slices.DeleteFunc(lines, func(l *line) bool { return l.run == nil })
	for range *rounds {
		for _, l := range lines {
			runtime.GC()
			n := 0
			began, before := time.Now(), processor()
			for n == 0 || time.Since(began) < time.Duration(*ms)*time.Millisecond {
				l.run()
				n++
			}
			l.used = append(l.used, (processor()-before)/time.Duration(n))
			l.took = append(l.took, time.Since(began)/time.Duration(n))
		}
	}
	fmt.Printf("%-46s  %10s  %-22s  %10s   %s\n", "one run", "processor", "[lowest..highest]", "clock", "target")
	for _, l := range lines {
		slices.Sort(l.used)
		slices.Sort(l.took)
		median, target := l.used[len(l.used)/2], "-"
		if l.target > 0 {
			target = fmt.Sprintf("%v, kept: %t", l.target, median <= l.target)
		}
		short := func(d time.Duration) string { return d.Round(max(d/1000, 1)).String() }
		spread := "[" + short(l.used[0]) + ".." + short(l.used[len(l.used)-1]) + "]"
		fmt.Printf("%-46s  %10s  %-22s  %10s   %s\n", l.name, short(median), spread, short(l.took[len(l.took)/2]), target)
	}
}

// definition is a machine of twenty states: ten Tasks (one of them retried twice, one with a catcher that is used), four Choices, three
// Passes, two Waits, one Succeed.
func definition() string {
	var b strings.Builder
	b.WriteString(`{"StartAt": "S1", "States": {`)
	for i := 1; i < 20; i++ {
		next := fmt.Sprintf(`"Next": "S%d"`, i+1)
		fmt.Fprintf(&b, `"S%d": `, i)
		switch {
		case i%2 == 0:
			catch := ""
			if i == 10 {
				catch = `"Catch": [{"ErrorEquals": ["Refused"], "ResultPath": "$.refused", "Next": "S11"}], `
			}
			fmt.Fprintf(&b, `{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f%d", "Payload.$": "$"},
				"ResultSelector": {"n.$": "$.Payload.n"}, "ResultPath": "$.r%d", "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 3}], %s%s},`, i, i, catch, next)
		case i%5 == 0:
			fmt.Fprintf(&b, `{"Type": "Wait", "Seconds": 3600, %s},`, next)
		case i%3 == 0:
			fmt.Fprintf(&b, `{"Type": "Pass", "Parameters": {"order.$": "$.order", "sum.$": "States.MathAdd($.sum, %d)"}, %s},`, i, next)
		default:
			fmt.Fprintf(&b, `{"Type": "Choice", "Choices": [{"Variable": "$.sum", "NumericLessThan": 0, "Next": "S20"}], "Default": "S%d"},`, i+1)
		}
	}
	b.WriteString(`"S20": {"Type": "Succeed"}}}`)
	return b.String()
}

func twentyMocks() []asltest.Mock {
	busy := asltest.Fail("Busy", "later")
	return []asltest.Mock{
		asltest.On("S4", busy, busy, asltest.Payload(`{"n": 4}`)), asltest.On("S10", asltest.Fail("Refused", "no")),
		asltest.Otherwise(asltest.Payload(`{"n": 1}`)),
	}
}

func twentyStates() *line {
	m := asltest.Define(test{}, definition())
	return &line{name: "a machine of 20 states", target: 300 * time.Microsecond, run: func() {
		x := m.Run(`{"order": {"id": 7}, "sum": 1}`, twentyMocks()...).Succeeded().Retried("S4", 2).Path("S1", "...", "S20")
		if n := len(x.Visited()); n != 20 {
			test{}.Fatalf("%d states", n)
		}
	}}
}

func year() *line {
	m := asltest.Define(test{}, `{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 31536000, "End": true}}}`)
	return &line{name: "a machine that waits for a year", target: time.Millisecond, run: func() { m.Run(`{}`).Waited(365 * 24 * time.Hour) }}
}

func parallel() *line {
	m := asltest.Define(test{}, definition())
	return &line{name: "1,000 of 20 states at the same time", run: func() {
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() { m.For(test{}).Run(`{"order": {}, "sum": 1}`, twentyMocks()...).Succeeded() })
		}
		all.Wait()
	}}
}

func swept() *line {
	m := asltest.Define(test{}, definition())
	return &line{name: "a sweep of 20 states", run: func() {
		m.Sweep(`{"order": {}, "sum": 1}`, asltest.Sweep{}, asltest.Otherwise(asltest.Payload(`{"n": 1}`)))
	}}
}

const (
	own       = "../examples/testing/*.test.*"
	published = "../examples/testing/realworld/*.test.*"
)

// suites loads, compiles and runs suite files; it measures nothing where their definitions are absent.
func suites(name string, target time.Duration, pattern string) *line {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		test{}.Fatalf("no suites at %s; run this in the directory bench", pattern)
	}
	corpus := os.Getenv("GAIT_CONFORMANCE_DIR")
	if corpus == "" {
		corpus = "../../shared/conformance"
	}
	tests := 0
	run := func() {
		tests = 0
		for _, file := range files {
			s, err := suite.Load(file, suite.Options{Getenv: func(string) string { return corpus }})
			if err != nil {
				test{}.Fatalf("%v", err)
			}
			r, err := s.Run(context.Background(), suite.RunOptions{})
			if err != nil {
				test{}.Fatalf("%v", err)
			}
			for _, t := range r.Tests {
				if t.Outcome == suite.Failed {
					test{}.Fatalf("%s: %s: %v", file, t.Name, t.Messages)
				}
				if t.Outcome == suite.Passed {
					tests++
				}
			}
		}
	}
	run()
	if tests == 0 {
		fmt.Fprintf(os.Stderr, "%s: skipped, their definitions are absent\n", name)
		return &line{}
	}
	return &line{name: fmt.Sprintf("%s, %d tests", name, tests), target: target, run: run}
}
