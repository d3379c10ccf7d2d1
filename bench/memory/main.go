package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/gait-engine/gait/history"
)

// The ratios to reach.
const (
	wantDiscard = 6
	wantEvents  = 2.5
)

type options struct {
	dir, node, only        string
	rounds, millis, warmUp int
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", ".", "directory whose node_modules has the npm package, or gets it")
	flag.StringVar(&o.node, "node", "node", "the node program")
	flag.StringVar(&o.only, "only", "", "run the machines whose name contains this")
	flag.IntVar(&o.rounds, "rounds", 9, "turns of each side")
	flag.IntVar(&o.millis, "ms", 150, "milliseconds of each turn")
	flag.IntVar(&o.warmUp, "warm", 1000, "milliseconds for which each side warms up on each machine")
	profile := flag.String("cpuprofile", "", "write a CPU profile of this process to this file")
	flag.Parse()
	if err := profiled(*profile, func() error { return compare(o) }); err != nil {
		fmt.Fprintln(os.Stderr, "bench/memory:", err)
		os.Exit(1)
	}
}

func profiled(name string, f func() error) error {
	if name == "" {
		return f()
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}

// row is what is known of one machine in the end.
type row struct {
	name        string
	transitions int
	costs       [][]cost // of the sides, in the order of the constants below
	allocs      [3]float64
	bytes       [3]float64
}

// The sides, in the order of row.costs.
const (
	limitSide = iota
	discardSide
	eventsSide
	jsonSide
	nodeSide
	nodeEventsSide
)

func compare(o options) error {
	if err := install(o.dir); err != nil {
		return err
	}
	n, err := startNode(o.node, o.dir)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d processors; node %s, %s %s\n", runtime.Version(), runtime.GOMAXPROCS(0), n.version, npmPackage, npmVersion)
	fmt.Printf("%d rounds of %d ms a side in random order, after %d ms of warming up; outputs agree\n\n", o.rounds, o.millis, o.warmUp)
	var rows []row
	for _, m := range machines() {
		if !strings.Contains(m.name, o.only) {
			continue
		}
		r, err := n.measure(&m, o)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		rows = append(rows, r)
	}
	if err := n.close(); err != nil {
		return err
	}
	print(rows)
	return comparePaths(o.rounds, o.millis)
}

// measure checks that all sides do the same work with m, and times them.
func (n *node) measure(m *machine, o options) (row, error) {
	h, err := newHost(m)
	if err != nil {
		return row{}, err
	}
	transitions, err := agree(m, h, n)
	if err != nil {
		return row{}, err
	}
	r := row{name: m.name, transitions: transitions}
	gait := func(how mode) func() error {
		return func() error { _, _, err := h.run(how); return err }
	}
	var sink any
	sides := []side{
		limitSide:      {"by hand", func(ms int) (cost, error) { return timed(ms, func() error { sink = m.byHand(); return nil }) }},
		discardSide:    {"gait", func(ms int) (cost, error) { return timed(ms, gait(discard)) }},
		eventsSide:     {"gait, events", func(ms int) (cost, error) { return timed(ms, gait(events)) }},
		jsonSide:       {"gait, JSON", func(ms int) (cost, error) { return timed(ms, gait(asJSON)) }},
		nodeSide:       {"node", func(ms int) (cost, error) { return n.run(m.name, ms, false) }},
		nodeEventsSide: {"node, events", func(ms int) (cost, error) { return n.run(m.name, ms, true) }},
	}
	if _, err := interleave(sides, 1, o.warmUp); err != nil {
		return row{}, err
	}
	if r.costs, err = interleave(sides, o.rounds, o.millis); err != nil {
		return row{}, err
	}
	runtime.KeepAlive(sink)
	for how := discard; how <= asJSON; how++ {
		if r.allocs[how], r.bytes[how], err = allocated(gait(how), transitions); err != nil {
			return row{}, err
		}
	}
	return r, nil
}

// agree runs m once on every side and returns the number of transitions: states entered. The error says who differs.
func agree(m *machine, h *host, n *node) (int, error) {
	transitions, err := agreeByHand(m, h)
	if err != nil {
		return 0, err
	}
	output, _, err := h.run(discard)
	if err != nil {
		return 0, err
	}
	theirs, entered, err := n.load(m)
	if err != nil {
		return 0, err
	}
	// Its log closes before the last events of branches and iterations have come through; their outputs show that they ran.
	if entered < transitions {
		fmt.Printf("%s: the event log of node tells of %d of %d entered states\n", m.name, entered, transitions)
	}
	if entered > transitions {
		return 0, fmt.Errorf("node entered %d states, Gait %d", entered, transitions)
	}
	return transitions, same(theirs, []byte(output.JSON()))
}

// agreeByHand is agree without node.
func agreeByHand(m *machine, h *host) (transitions int, err error) {
	output, p, err := h.run(events)
	if err != nil {
		return 0, err
	}
	plain, err := json.Marshal(m.byHand())
	if err != nil {
		return 0, err
	}
	return entered(p.events), same(plain, []byte(output.JSON()))
}

func entered(pages [][]history.Event) (n int) {
	for _, page := range pages {
		for i := range page {
			if strings.HasSuffix(page[i].Type, "StateEntered") {
				n++
			}
		}
	}
	return n
}

func same(other, gait []byte) error {
	var a, b any
	if err := errors.Join(json.Unmarshal(other, &a), json.Unmarshal(gait, &b)); err != nil {
		return err
	}
	if !reflect.DeepEqual(a, b) {
		return fmt.Errorf("outputs differ: Gait %.200s, the other side %.200s", gait, other)
	}
	return nil
}

// print writes the tables.
func print(rows []row) {
	table("thousand transitions/s", []string{"transitions", "by hand", "no history", "events", "JSON", "node", "node, events"}, rows, func(r *row) (cells []string) {
		cells = append(cells, strconv.Itoa(r.transitions))
		for _, c := range r.costs {
			cells = append(cells, fmt.Sprintf("%.0f", float64(r.transitions)*1e6/median(walls(c))))
		}
		return cells
	})
	pairs := []string{fmt.Sprintf("no history (>= %g)", float64(wantDiscard)), fmt.Sprintf("events (>= %g)", wantEvents), "JSON", "both with events"}
	compared := func(by func(a, b []cost) spread) func(r *row) []string {
		return func(r *row) []string {
			return []string{
				by(r.costs[nodeSide], r.costs[discardSide]).String(), by(r.costs[nodeSide], r.costs[eventsSide]).String(),
				by(r.costs[nodeSide], r.costs[jsonSide]).String(), by(r.costs[nodeEventsSide], r.costs[eventsSide]).String(),
			}
		}
	}
	table("Gait / node, speed", pairs, rows, compared(ratio))
	table("the same, processor time", pairs, rows, compared(cpuRatio))
	for _, by := range []struct {
		name string
		gait int
	}{{"no history", discardSide}, {"events", eventsSide}, {"JSON", jsonSide}} {
		var wall, cpu []float64
		for _, r := range rows {
			wall = append(wall, ratio(r.costs[nodeSide], r.costs[by.gait]).median)
			cpu = append(cpu, cpuRatio(r.costs[nodeSide], r.costs[by.gait]).median)
		}
		fmt.Printf("geometric mean of the medians, %s: %.1fx in speed, %.1fx in processor time\n", by.name, geometricMean(wall), geometricMean(cpu))
	}
	fmt.Println()
	table("Gait / by hand, time", []string{"no history", "events"}, rows, func(r *row) []string {
		return []string{ratio(r.costs[discardSide], r.costs[limitSide]).String(), ratio(r.costs[eventsSide], r.costs[limitSide]).String()}
	})
	table("Gait, per transition", []string{"no history: ns", "allocs", "bytes", "events: ns", "allocs", "bytes", "JSON: ns", "allocs", "bytes"}, rows, func(r *row) (cells []string) {
		for how := discard; how <= asJSON; how++ {
			cells = append(cells, fmt.Sprintf("%.0f", median(walls(r.costs[discardSide+int(how)]))/float64(r.transitions)),
				fmt.Sprintf("%.1f", r.allocs[how]), fmt.Sprintf("%.0f", r.bytes[how]))
		}
		return cells
	})
}

// table writes one table, with its title over the names of the machines.
func table(title string, columns []string, rows []row, cells func(*row) []string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\t%s\t\n", title, strings.Join(columns, "\t"))
	for i := range rows {
		fmt.Fprintf(w, "%s\t%s\t\n", rows[i].name, strings.Join(cells(&rows[i]), "\t"))
	}
	fmt.Fprintln(w)
	w.Flush() // standard output: an error would have nowhere to go
}
