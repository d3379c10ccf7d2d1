package conformance

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// Options say what to run.
type Options struct {
	Dirs    []string  // directories of cases, walked in this order; a file counts as a directory of one file
	Group   string    // run only cases whose id begins with it, "aws/execution/base" or one whole id; "": all
	Verbose bool      // print a line for each case
	Out     io.Writer // where the report goes; nil: nowhere
	// CaseTime is the time after which a case counts as failed; default 30 s of real time.
	CaseTime time.Duration
}

// Report counts what happened.
type Report struct {
	Groups   []GroupReport `json:"groups"` // by name
	Passed   int           `json:"passed"`
	Failed   int           `json:"failed"`
	Skipped  int           `json:"skipped"`
	Failures []Failure     `json:"failures"`
	// Reasons counts the skipped cases by reason. It is printed, and no part of the JSON form.
	Reasons map[string]int `json:"-"`
}

// GroupReport counts the cases of one group.
type GroupReport struct {
	Group   string `json:"group"`
	Passed  int    `json:"passed"`
	Failed  int    `json:"failed"`
	Skipped int    `json:"skipped"`
}

// Failure is a case that failed and its first difference.
type Failure struct {
	ID         string `json:"id"`
	Difference string `json:"difference"`
}

// Run runs the cases below the directories and returns what came out. It prints as it goes: failed cases with their first
// difference, then a table of the groups, the reasons of skipped cases, and a last line "N passed, N failed, N skipped".
//
// A file or case that cannot be read is a failure, not an error. The error is of a directory that cannot be walked, of Out, or
// the context's; the report then holds what was run before.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.CaseTime <= 0 {
		o.CaseTime = 30 * time.Second
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	r := Report{Groups: []GroupReport{}, Failures: []Failure{}, Reasons: map[string]int{}}
	at := map[string]int{} // index in Groups
	for c, err := range cases(ctx, o.Dirs) {
		if err != nil {
			return r, err
		}
		if !strings.HasPrefix(c.id, o.Group) {
			continue
		}
		if _, ok := at[c.group]; !ok {
			at[c.group] = len(r.Groups)
			r.Groups = append(r.Groups, GroupReport{Group: c.group})
		}
		v := runWithin(ctx, c, o.CaseTime)
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		r.count(&r.Groups[at[c.group]], c.id, v)
		if err := printCase(o, c.id, v); err != nil {
			return r, err
		}
	}
	slices.SortFunc(r.Groups, func(a, b GroupReport) int { return cmp.Compare(a.Group, b.Group) })
	return r, r.print(o.Out)
}

func (r *Report) count(g *GroupReport, id string, v verdict) {
	switch {
	case v.skip != "":
		g.Skipped++
		r.Skipped++
		r.Reasons[v.skip]++
	case v.difference != "":
		g.Failed++
		r.Failed++
		r.Failures = append(r.Failures, Failure{id, v.difference})
	default:
		g.Passed++
		r.Passed++
	}
}

// runWithin runs one case. One that takes too long is left behind: its goroutine ends when its own budgets do.
func runWithin(ctx context.Context, c testCase, limit time.Duration) verdict {
	done := make(chan verdict, 1)
	go func() { done <- runCase(c) }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case v := <-done:
		return v
	case <-timer.C:
		return failed("no end within %s", limit)
	case <-ctx.Done():
		return verdict{}
	}
}

// runners run the formats that are built.
var runners = map[format]func(testCase) verdict{
	awsExecution:          document(runAWSExecution),
	awsMockConfig:         document(runMockConfig),
	awsValidation:         document(runAWSValidation),
	awsTestState:          document(runTestState),
	definitionsVerdict:    document(runVerdict),
	definitionsRealWorld:  document(runRealWorld),
	definitionsExecution:  document(runDefinitionExecution),
	definitionsExpression: document(runExpression),
	cdkCase:               document(runCDK),
	cdkCalls:              document(runCDKCalls),
	cdkServices:           document(runCDKCalls),
	jsonataSuite:          runSuite,
	jsonataRow:            document(runRow),
}

// document adapts a runner that needs no more than the document of a case.
func document(run func(value.Value) verdict) func(testCase) verdict {
	return func(c testCase) verdict { return run(c.doc) }
}

func runCase(c testCase) (v verdict) {
	defer func() {
		if p := recover(); p != nil {
			v = failed("panic: %v%s", p, origin(debug.Stack()))
		}
	}()
	if c.broken != "" {
		return failed("%s", c.broken)
	}
	if reason := unbuiltFormats[c.format]; reason != "" {
		return skipped(reason)
	}
	run := runners[c.format]
	if run == nil {
		return failed("no runner for the format %q", c.format)
	}
	return run(c)
}

// origin returns the place of a panic: the first frame below the runtime's.
func origin(stack []byte) string {
	_, after, ok := strings.Cut(string(stack), "panic(")
	if !ok {
		return ""
	}
	lines := strings.Split(after, "\n")
	for i := 2; i+1 < len(lines); i += 2 {
		if !strings.HasPrefix(lines[i], "runtime.") {
			return " at " + strings.TrimSpace(lines[i+1])
		}
	}
	return ""
}

func printCase(o Options, id string, v verdict) error {
	var err error
	switch {
	case v.difference != "":
		_, err = fmt.Fprintf(o.Out, "FAIL %s: %s\n", id, v.difference)
	case o.Verbose && v.skip != "":
		_, err = fmt.Fprintf(o.Out, "skip %s: %s\n", id, v.skip)
	case o.Verbose:
		_, err = fmt.Fprintf(o.Out, "pass %s\n", id)
	}
	return err
}
