package asltest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/states"
)

// CoverageDir is the environment variable that names the directory into which tests write what they covered: one small file for
// each machine handle. Without it nothing is written. It need not exist, and must not be shared with other files. Tests run in the
// directory of their package, so give it as an absolute path:
//
//	GAIT_COVERAGE_DIR=$PWD/.coverage go test -count=1 ./...
//
// -count=1 keeps go test from taking a package's result from its cache, which writes nothing.
const CoverageDir = "GAIT_COVERAGE_DIR"

// CoverageMin is the environment variable with the least percentage for which [Main] succeeds: "80".
const CoverageMin = "GAIT_COVERAGE_MIN"

// CoverageKind says what a [CoverageItem] is.
type CoverageKind string

// The kinds, in the order of reports.
const (
	CoverState      CoverageKind = "state"
	CoverTransition CoverageKind = "transition" // Next, End, and those of choice rules, Default and catchers
	CoverChoice     CoverageKind = "choice"     // a choice rule, or Default
	CoverCatcher    CoverageKind = "catcher"
	CoverRetrier    CoverageKind = "retrier" // granted an attempt
)

var coverageKinds = [...]CoverageKind{CoverState, CoverTransition, CoverChoice, CoverCatcher, CoverRetrier}

// CoverageItem is a part of a definition that a test can reach.
type CoverageItem struct {
	Kind    CoverageKind `json:"kind"`
	Pointer string       `json:"pointer"`      // JSON pointer in the definition
	State   string       `json:"state"`        // name of the state
	To      string       `json:"to,omitempty"` // the target's name; "" for an end
	Flow    string       `json:"flow"`         // pointer of the object that holds StartAt
	Label   string       `json:"label"`        // for people: `Check -> Ship`, `Check: rule 1`
	Line    int          `json:"line"`
	Hits    int          `json:"hits"`
}

// MachineCoverage is what was covered of one definition.
type MachineCoverage struct {
	Name   string         `json:"name"`   // the absolute path of the file, or the name of the test that holds the text
	Hash   string         `json:"hash"`   // of the text
	Source string         `json:"source"` // the text
	Items  []CoverageItem `json:"items"`  // in the order of the definition, by kind
}

// Coverage is what was covered of a set of definitions, sorted by name.
type Coverage struct {
	Machines []MachineCoverage `json:"machines"`
}

// collector counts what the executions of a machine reach. It is shared by all handles of one Load.
type collector struct {
	mu    sync.Mutex
	hits  map[coverageKey]int
	m     *Machine
	text  []byte
	items []CoverageItem // made on demand
}

type coverageKey struct {
	kind    CoverageKind
	pointer string
}

func newCollector(m *Machine, text []byte) *collector {
	return &collector{hits: map[coverageKey]int{}, m: m, text: text}
}

// count adds what an execution reached.
func (c *collector) count(turn states.Turn) {
	s := turn.State.Common()
	c.mu.Lock()
	defer c.mu.Unlock()
	add := func(kind CoverageKind, pointer string) { c.hits[coverageKey{kind, pointer}]++ }
	switch turn.Kind {
	case states.EnteredState:
		add(CoverState, s.Pointer)
	case states.TookNext:
		field := "/Next"
		if s.Next.End {
			field = "/End"
		}
		add(CoverTransition, s.Pointer+field)
	case states.TookRule:
		rule := turn.State.(*asl.Choice).Rules[turn.Index].Pointer
		add(CoverChoice, rule)
		add(CoverTransition, rule+"/Next")
	case states.TookDefault:
		add(CoverChoice, s.Pointer+"/Default")
		add(CoverTransition, s.Pointer+"/Default")
	case states.TookCatch:
		catcher := s.Pointer + "/Catch/" + strconv.Itoa(turn.Index)
		add(CoverCatcher, catcher)
		add(CoverTransition, catcher+"/Next")
	case states.UsedRetrier:
		add(CoverRetrier, s.Pointer+"/Retry/"+strconv.Itoa(turn.Index))
	}
}

// itemsOf lists what there is to cover, with no hits.
func itemsOf(m *Machine) []CoverageItem {
	var items []CoverageItem
	for i := range m.m.Flows {
		flow := &m.m.Flows[i]
		for _, st := range flow.States {
			s := st.Common()
			add := func(kind CoverageKind, pointer, to, label string) {
				items = append(items, CoverageItem{Kind: kind, Pointer: pointer, State: s.Name, To: to, Flow: flow.Pointer, Label: label})
			}
			add(CoverState, s.Pointer, "", s.Name)
			for _, e := range asl.Transitions(st) {
				to, target := "", "end"
				if !e.End {
					to = m.m.State(s.Flow, e.Target).Common().Name
					target = to
				}
				way := map[asl.EdgeKind]string{
					asl.RuleEdge: fmt.Sprintf(" by rule %d", e.Index), asl.DefaultEdge: " by Default",
					asl.CatchEdge: fmt.Sprintf(" by catcher %d", e.Index),
				}[e.Kind]
				add(CoverTransition, e.Pointer, to, fmt.Sprintf("%s -> %s%s", s.Name, target, way))
				switch e.Kind {
				case asl.RuleEdge:
					add(CoverChoice, strings.TrimSuffix(e.Pointer, "/Next"), to, fmt.Sprintf("%s: rule %d", s.Name, e.Index))
				case asl.DefaultEdge:
					add(CoverChoice, e.Pointer, to, s.Name+": Default")
				case asl.CatchEdge:
					add(CoverCatcher, strings.TrimSuffix(e.Pointer, "/Next"), to,
						fmt.Sprintf("%s: catcher %d (%s)", s.Name, e.Index, strings.Join(s.Catch[e.Index].ErrorEquals, ", ")))
				}
			}
			for i, r := range s.Retry {
				add(CoverRetrier, fmt.Sprintf("%s/Retry/%d", s.Pointer, i), "",
					fmt.Sprintf("%s: retrier %d (%s)", s.Name, i, strings.Join(r.ErrorEquals, ", ")))
			}
		}
	}
	pointers := make([]string, len(items))
	for i := range items {
		pointers[i] = items[i].Pointer
	}
	for i, p := range m.src.Positions(pointers...) {
		items[i].Line = p.Line
	}
	return items
}

// snapshot returns what was covered so far.
func (c *collector) snapshot() MachineCoverage {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items == nil {
		c.items = itemsOf(c.m)
	}
	sum := sha256.Sum256(c.text)
	name := c.m.file
	if abs, err := filepath.Abs(name); err == nil && strings.Contains(name, ".") {
		if _, err := os.Stat(abs); err == nil {
			name = abs
		}
	}
	out := MachineCoverage{Name: name, Hash: hex.EncodeToString(sum[:]), Source: string(c.text), Items: slices.Clone(c.items)}
	for i := range out.Items {
		out.Items[i].Hits = c.hits[coverageKey{out.Items[i].Kind, out.Items[i].Pointer}]
	}
	return out
}

// Coverage returns what the executions of this machine, by all its handles, have covered so far.
func (m *Machine) Coverage() *Coverage {
	return &Coverage{Machines: []MachineCoverage{m.covers.snapshot()}}
}

// WriteCoverage adds a file with what was covered so far to a directory, for [ReadCoverage]; the directory need not exist.
func (m *Machine) WriteCoverage(dir string) error { return m.covers.write(dir) }

// Merge adds what another Coverage tells. Hits of one definition are added up.
func (c *Coverage) Merge(other *Coverage) {
	for i := range other.Machines {
		m := other.Machines[i]
		m.Items = slices.Clone(m.Items)
		c.add(m)
	}
	slices.SortFunc(c.Machines, func(a, b MachineCoverage) int { return cmp.Compare(a.Name, b.Name) })
}

// write adds a file to the directory. Names are random, so that tests and processes do not meet.
func (c *collector) write(dir string) error {
	out := c.snapshot()
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	f, err := os.CreateTemp(dir, "gait-"+out.Hash[:12]+"-*.tmp")
	if err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	// A reader sees whole files only.
	return os.Rename(f.Name(), strings.TrimSuffix(f.Name(), ".tmp")+".json")
}

// ReadCoverage merges the files that tests wrote into a directory; see [CoverageDir]. Hits of one definition are added up. Where
// files tell of different texts under one name, as after an edit, only those of the text that was written last count.
// Errors: of reading; a file that is no coverage file.
func ReadCoverage(dir string) (*Coverage, error) {
	files, err := filepath.Glob(filepath.Join(escapeGlob(dir), "gait-*.json"))
	if err != nil {
		return nil, fmt.Errorf("asltest: coverage: %w", err)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("asltest: coverage: %w", err)
	}
	type dated struct {
		MachineCoverage
		at int64
	}
	var all []dated
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("asltest: coverage: %w", err)
		}
		var d dated
		if err := json.Unmarshal(text, &d.MachineCoverage); err != nil || d.Hash == "" {
			return nil, &fs.PathError{Op: "read coverage", Path: file, Err: cmp.Or(err, fs.ErrInvalid)}
		}
		if info, err := os.Stat(file); err == nil {
			d.at = info.ModTime().UnixNano()
		}
		all = append(all, d)
	}
	slices.SortStableFunc(all, func(a, b dated) int { return cmp.Compare(b.at, a.at) })
	c := &Coverage{}
	for i := range all {
		c.add(all[i].MachineCoverage)
	}
	slices.SortFunc(c.Machines, func(a, b MachineCoverage) int { return cmp.Compare(a.Name, b.Name) })
	return c, nil
}

func escapeGlob(dir string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// add merges a machine; the first text under a name stays.
func (c *Coverage) add(m MachineCoverage) {
	for i := range c.Machines {
		have := &c.Machines[i]
		if have.Name != m.Name || have.Hash != m.Hash && !filepath.IsAbs(m.Name) {
			continue // a test may hold several texts
		}
		if have.Hash != m.Hash || len(have.Items) != len(m.Items) {
			return
		}
		for j := range have.Items {
			have.Items[j].Hits += m.Items[j].Hits
		}
		return
	}
	c.Machines = append(c.Machines, m)
}

// Count returns how many items of the kind were covered, and how many there are; the kind "" means all.
func (m *MachineCoverage) Count(kind CoverageKind) (covered, total int) {
	for i := range m.Items {
		if kind == "" || m.Items[i].Kind == kind {
			total++
			if m.Items[i].Hits > 0 {
				covered++
			}
		}
	}
	return covered, total
}

// Percent returns the covered share of all items, from 0 to 100; 100 when there are none.
func (m *MachineCoverage) Percent() float64 { return percent(m.Count("")) }

// Percent is [MachineCoverage.Percent] over all machines.
func (c *Coverage) Percent() float64 {
	covered, total := 0, 0
	for i := range c.Machines {
		n, of := c.Machines[i].Count("")
		covered, total = covered+n, total+of
	}
	return percent(covered, total)
}

func percent(n, of int) float64 {
	if of == 0 {
		return 100
	}
	return 100 * float64(n) / float64(of)
}
