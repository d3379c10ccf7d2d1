package jsonata

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// Expressions that mean harm must end within the budget, with an error that says which.
func TestHostileExpressionsEndInABudgetError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, expr string
		want       Limit
	}{
		{"infinite recursion", `($f := function($n){ 1 + $f($n) }; $f(1))`, DepthLimit},
		{"infinite tail recursion", `($f := function($n){ $f($n) }; $f(1))`, TimeLimit},
		{"string growth", `($f := function($s){ $f($s & $s) }; $f("x"))`, MemoryLimit},
		{"array growth", `($f := function($a){ $f([$a, $a]) }; $f([1]))`, MemoryLimit},
		{"append growth", `($f := function($a){ $f($append($a, $a)) }; $f([1]))`, MemoryLimit},
		{"kept strings", `[1..100000].($pad("x", 1000000))`, MemoryLimit},
		{"product", `[1..5000].[1..5000]`, MemoryLimit},
		{"catastrophic regex", `$contains("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", /^(a+)+$/)`, TimeLimit},
		{"regex with references", `$contains($pad("", 5000, "a"), /^(a*)*\1\1b$/)`, TimeLimit},
		{"pad", `$pad("x", 1e12)`, MemoryLimit},
		{"mutual recursion", `($f := function($n){ [$g($n)] }; $g := function($n){ [$f($n)] }; $f(1))`, DepthLimit},
		{"deep value", `($f := function($a){ $f([$a]) }; $f([]))`, TimeLimit},
		{"objects in objects", `($f := function($a, $n){ $n = 0 ? $string($a) : $f({"a": $a}, $n - 1) }; $f({}, 50000))`, DepthLimit},
		{"replace", `$replace($pad("", 100000, "a"), /a/, $pad("", 100000, "b"))`, MemoryLimit},
		{"join", `$join($map([1..3000], function($i){ "x" }), $pad("", 100000))`, MemoryLimit},
		{"descendants", `($f := function($a){ $f({"l": $a, "r": $a}) }; $g := function($a, $n){ $n = 0 ? $a : $g({"l": $a, "r": $a}, $n - 1)}; $count($g({}, 40).**))`, TimeLimit},
		{"equal", `($g := function($a, $n){ $n = 0 ? $a : $g({"l": $a, "r": $a}, $n - 1)}; $g({}, 40) = $g({}, 40))`, TimeLimit},
		{"stringify", `($g := function($a, $n){ $n = 0 ? $a : $g({"l": $a, "r": $a}, $n - 1)}; $length($string($g({}, 60))))`, MemoryLimit},
		{"clone", `($g := function($a, $n){ $n = 0 ? $a : $g({"l": $a, "r": $a}, $n - 1)}; $clone($g({}, 60)))`, TimeLimit},
		{"result", `($g := function($a, $n){ $n = 0 ? $a : $g({"l": $a, "r": $a}, $n - 1)}; $g({}, 60))`, TimeLimit},
		{"flatten", `($g := function($a, $n){ $n = 0 ? $a : $g([[$a], [$a]], $n - 1)}; {"a": $g([1], 60)}.*)`, TimeLimit},
		{"lookup", `($g := function($a, $n){ $n = 0 ? $a : $g([[$a], [$a]], $n - 1)}; $g([{}], 60).a)`, TimeLimit},
		{"truth", `($g := function($a, $n){ $n = 0 ? $a : $g([[$a], [$a]], $n - 1)}; $boolean($g([0], 60)))`, TimeLimit},
		{"number picture", `$formatInteger(5, $pad("", 10000000, "0"))`, MemoryLimit},
		{"cyclic transform", `{"a": 1} ~> |$|{"b": $}|`, NoLimit},
		{"shuffle", `($f := function($n){ $f($shuffle([1..1000])) }; $f(1))`, MemoryLimit},
	}
	for _, d := range []struct {
		name string
		opts []Option
	}{
		{"default", []Option{WithLimits(Limits{Steps: 2_000_000, TotalBytes: 256 << 20, ValueBytes: 64 << 20})}},
		{"aws", []Option{AWS(), WithLimits(Limits{Steps: 2_000_000})}},
	} {
		for _, test := range tests {
			start := time.Now()
			err := ends(t, d.name+"/"+test.name, MustCompile(test.expr, d.opts...))
			t.Logf("%s/%s: %v", d.name, test.name, time.Since(start))
			var e *Error
			if test.want == NoLimit {
				continue
			}
			if !errors.As(err, &e) || e.Code != "U1001" {
				t.Errorf("%s/%s: got %v, want an exceeded budget", d.name, test.name, err)
			} else if e.Limit != test.want && d.name == "default" {
				t.Errorf("%s/%s: got limit %d (%v), want %d", d.name, test.name, e.Limit, err, test.want)
			}
		}
	}
}

// ends evaluates an expression and fails the test when that does not come to an end. The budget is what bounds an evaluation: how
// long it takes depends on the machine and its load, so the limit is several hundred times what the slowest one needs.
func ends(t *testing.T, name string, p *Program) error {
	t.Helper()
	const limit = 5 * time.Minute
	done := make(chan error, 1)
	go func() {
		_, _, err := p.EvalValue(awsEnv(), value.Obj())
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		t.Fatalf("%s: still at work after %v: something in it counts no steps", name, limit)
		return nil
	}
}

func TestHostileSourcesAreRefused(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"parentheses":  strings.Repeat("(", 100_000),
		"brackets":     strings.Repeat("[", 100_000),
		"unary minus":  strings.Repeat("-", 100_000) + "1",
		"operators":    "1" + strings.Repeat("+1", 100_000),
		"lambdas":      strings.Repeat("function(){", 100_000),
		"conditions":   strings.Repeat("1?", 100_000),
		"length":       `"` + strings.Repeat("x", 2<<20) + `"`,
		"groups":       "/" + strings.Repeat("(a", 10_000) + strings.Repeat(")", 10_000) + "/",
		"repetitions":  "/((((a{1000}){1000}){1000}){1000})/",
		"paths":        "a" + strings.Repeat(".(a", 50_000),
		"predicates":   strings.Repeat("a[", 50_000),
		"transform":    strings.Repeat("|", 50_000),
		"object pairs": strings.Repeat(`{"a":`, 50_000),
	} {
		if _, err := Compile(source); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
}

// The bounds that AWS was measured to have.
func TestAWSDepth(t *testing.T) {
	t.Parallel()
	sum := func(n int) string { return "1" + strings.Repeat("+1", n-1) }
	recursion := func(n int) string {
		return fmt.Sprintf(`($f := function($n){ $n <= 0 ? 0 : 1 + $f($n - 1) }; $f(%d))`, n)
	}
	for expr, want := range map[string]bool{
		sum(90): true, sum(200): false, recursion(30): true, recursion(40): false,
		`[1..873782] ~> $count()`: true, `[1..873783] ~> $count()`: false,
		`($f := function($n){ $n = 0 ? 0 : $f($n - 1) }; $f(10000))`:                           true,
		`($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p("x", 22)))`: true,
		`($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p("x", 23)))`: false,
		`$count($range(1, 200000, 1))`: true, `$count($range(1, 370000, 1))`: false,
	} {
		_, _, err := MustCompile(expr, AWS()).EvalValue(awsEnv(), NoInput())
		if (err == nil) != want {
			t.Errorf("%.80s: got %v, want success %v", expr, err, want)
		}
	}
}

func TestContextEndsAnEvaluation(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	p := MustCompile(`($f := function($n){ $f($n + 1) }; $f(1))`, WithLimits(Limits{Steps: -1, TotalBytes: -1})) // nothing else ends it
	_, err := p.Eval(ctx, nil, nil, nil)
	var e *Error
	if !errors.As(err, &e) || e.Limit != TimeLimit || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
