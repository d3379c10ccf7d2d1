// Command jsonata compares package jsonata with the reference implementation under Node, on the same expressions and data, turn
// by turn so that both see the same machine. Times are those of the processor, not of the wall.
//
//	npm install --prefix /tmp/ref jsonata@2.0.6
//	go run ./jsonata -module /tmp/ref/node_modules/jsonata
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gait-engine/gait/jsonata"
)

type job struct {
	name, expr string
	want       float64 // ratio to reach
	large      bool    // over a document of 1 MB instead of 1,000 orders
}

var jobs = []job{
	{name: "path three deep", expr: `a.b.c`, want: 4},
	{name: "filter 1,000", expr: `orders[price > 50]`, want: 15},
	{name: "sum of products 1,000", expr: `$sum(orders.(price * qty))`, want: 10},
	{name: "string functions", expr: `$uppercase($substringBefore(s, ",")) & "-" & $pad($trim(s), 20, ".") & $join($split(s, " "), "_")`, want: 5},
	{name: "sort 1,000", expr: `orders^(>price, name)`, want: 12},
	{name: "group 1,000", expr: `orders{kind: $sum(price)}`, want: 15},
	{name: "map 1,000", expr: `$map(orders, function($o){ $o.price * 2 })`},
	{name: "regular expression", expr: `$replace(s, /[aeiou]/, "*")`},
	{name: "object", expr: `{"id": a.b.c, "name": s, "list": [1, 2, 3]}`},
	{name: "path, 1 MB", expr: `orders.name`, large: true},
	{name: "filter, 1 MB", expr: `orders[price > 50]`, large: true},
	{name: "sum of products, 1 MB", expr: `$sum(orders.(price * qty))`, large: true},
	{name: "group, 1 MB", expr: `orders{kind: $sum(price)}`, large: true},
}

// data is the same in every run.
func data(n int) map[string]any {
	orders := make([]any, n)
	for i := range orders {
		orders[i] = map[string]any{
			"id": i, "price": float64((i*7919)%1000) / 10, "qty": i * 31 % 17,
			"kind": fmt.Sprintf("kind-%d", i*13%20), "name": fmt.Sprintf("Item number %d", i*7919%1000),
		}
	}
	return map[string]any{
		"orders": orders, "a": map[string]any{"b": map[string]any{"c": 1}}, "s": " Hello, wonderful World of expressions ",
	}
}

const script = `
const jsonata = require(process.argv[2]);
const data = JSON.parse(require('fs').readFileSync(process.argv[3]));
(async () => {
  const e = jsonata(process.argv[4]), limit = Number(process.argv[5]) * 1e6;
  for (let i = 0; i < 20; i++) await e.evaluate(data);
  const warm = process.hrtime.bigint();
  while (Number(process.hrtime.bigint() - warm) < limit) await e.evaluate(data);
  let n = 0; const start = process.hrtime.bigint(), cpu = process.cpuUsage();
  while (n % 8 || Number(process.hrtime.bigint() - start) < limit) { await e.evaluate(data); n++; }
  const used = process.cpuUsage(cpu);
  console.log((used.user + used.system) * 1000 / n);
})();
`

func main() {
	module := flag.String("module", "", "directory of npm jsonata@2.0.6")
	rounds := flag.Int("rounds", 5, "turns of each side")
	millis := flag.Int("ms", 200, "milliseconds of each turn")
	only := flag.String("only", "", "run the jobs whose name contains this")
	flag.Parse()
	if *module == "" {
		log.Fatal("-module is missing: the directory of npm jsonata@2.0.6")
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	scriptFile := filepath.Join(dir, "bench.js")
	texts, files := map[bool][]byte{}, map[bool]string{}
	for large, n := range map[bool]int{false: 1000, true: 12_500} {
		if texts[large], err = json.Marshal(data(n)); err != nil {
			log.Fatal(err)
		}
		files[large] = filepath.Join(dir, fmt.Sprint("data-", n, ".json"))
		if err := os.WriteFile(files[large], texts[large], 0o600); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile(scriptFile, []byte(script), 0o600); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%-24s %12s %12s %8s %8s\n", "", "node ns", "gait ns", "ratio", "wanted")
	for _, j := range jobs {
		if !strings.Contains(j.name, *only) {
			continue
		}
		var node, gait []float64
		for range *rounds {
			gait = append(gait, evalGait(j.expr, texts[j.large], *millis))
			node = append(node, evalNode(*module, scriptFile, files[j.large], j.expr, *millis))
		}
		n, g := median(node), median(gait)
		fmt.Printf("%-24s %12.0f %12.0f %7.1fx %7.0fx\n", j.name, n, g, n/g, j.want)
	}
	expr := `$states.input.orders[price > 50 and kind = "kind-3"].{"id": id, "total": $sum(price * qty)}[id > 7]`
	start, cpu, n := time.Now(), cpuTime(), 0
	for ; time.Since(start) < 500*time.Millisecond; n++ {
		if _, err := jsonata.Compile(expr); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("compile %d characters: %d ns\n", len(expr), int(cpuTime()-cpu)/n)
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

func evalNode(module, script, data, expr string, ms int) float64 {
	out, err := exec.Command("node", script, module, data, expr, fmt.Sprint(ms)).Output()
	if err != nil {
		log.Fatal("node: ", err)
	}
	var ns float64
	if _, err := fmt.Sscan(string(out), &ns); err != nil {
		log.Fatal(err)
	}
	return ns
}

func evalGait(expr string, text []byte, ms int) float64 {
	input, err := jsonata.ParseInput(text)
	if err != nil {
		log.Fatal(err)
	}
	p := jsonata.MustCompile(expr)
	limit := time.Duration(ms) * time.Millisecond
	run := func() (n int, used time.Duration) {
		start, cpu := time.Now(), cpuTime()
		for time.Since(start) < limit {
			for range 8 {
				if _, err := p.EvalInput(nil, input); err != nil {
					log.Fatal(err)
				}
			}
			n += 8
		}
		return n, cpuTime() - cpu
	}
	run()
	n, used := run()
	return float64(used) / float64(n)
}

// cpuTime is what the process has used so far, its garbage collector included: on a machine that others use as well the clock on
// the wall says little.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
