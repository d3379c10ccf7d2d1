package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// Severity says how sure a finding is to be a mistake.
type Severity string

// The severities.
const (
	Warning Severity = "warning" // most likely a mistake: something fails, never happens, or happens without end
	Advice  Severity = "advice"  // a risk or an untidiness that may be intended
)

// Finding is one thing that was found in a definition.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	State    string   `json:"state,omitempty"` // the innermost state around it
	Pointer  string   `json:"pointer"`         // RFC 6901
	Line     int      `json:"line"`            // from 1, in the file
	Column   int      `json:"column"`          // from 1
	Hint     string   `json:"hint,omitempty"`  // what to do
}

// String returns "line:column: severity: message [rule]".
func (f Finding) String() string {
	return fmt.Sprintf("%d:%d: %s: %s [%s]", f.Line, f.Column, f.Severity, f.Message, f.Rule)
}

// Config tunes [Check]. The zero Config applies all rules to a Standard state machine whose resources are checked as AWS does.
type Config struct {
	Options asl.Options // of compiling
	Ignore  []string    // rules that are not applied
	Only    []string    // when it is not empty: the rules that are applied
}

// UnknownRuleError is a rule that does not exist, in a Config.
type UnknownRuleError struct {
	ID   string
	Near string // the identifier that was probably meant; may be empty
}

// Error names the rule.
func (e *UnknownRuleError) Error() string {
	if e.Near != "" {
		return fmt.Sprintf("lint: unknown rule %q, did you mean %q?", e.ID, e.Near)
	}
	return fmt.Sprintf("lint: unknown rule %q", e.ID)
}

// validate refuses rules that do not exist.
func (c *Config) validate() error {
	for _, id := range slices.Concat(c.Ignore, c.Only) {
		if _, ok := ruleByID(id); !ok {
			return &UnknownRuleError{ID: id, Near: nearest(id, ruleIDs())}
		}
	}
	return nil
}

// maxFindings bounds what is reported of one definition.
const maxFindings = 1000

// Check returns what the rules find in a definition, by position, at most 1,000 findings.
//
// The error is an *[asl.Error] for a definition that is not valid, or an *[UnknownRuleError].
func Check(src *asl.Source, cfg Config) ([]Finding, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	m, err := src.Compile(cfg.Options)
	if err != nil {
		return nil, err
	}
	doc, err := value.Options{MaxDepth: cfg.Options.MaxDepth}.Parse(string(src.Definition))
	if err != nil {
		return nil, fmt.Errorf("lint: read definition: %w", err) // it has just been read with the same options
	}
	l := &linter{m: m, doc: doc, cfg: cfg, seen: map[[2]string]bool{}}
	l.graph = &graph{dead: map[string]bool{}}
	l.suppressions()
	l.diagnostics(src.Validate(cfg.Options))
	l.states()
	return l.finish(src), nil
}

// linter holds what the checks share.
type linter struct {
	m    *asl.Machine
	doc  value.Value
	cfg  Config
	seen map[[2]string]bool // rule and pointer

	graph    *graph
	flow     *analysis
	ignores  []*ignore
	findings []Finding
}

// states runs the checks.
func (l *linter) states() {
	l.flow = analyse(l)
	l.checkGraph()
	l.checkVariables()
	for i := range l.m.Flows {
		for _, s := range l.m.Flows[i].States {
			l.checkState(s)
		}
	}
	l.flow.report()
}

// checkState runs the checks that look at one state.
func (l *linter) checkState(s asl.State) {
	l.checkErrors(s.Common(), s)
	l.checkTexts(s.Common())
	switch s := s.(type) {
	case *asl.Task:
		l.checkTask(s)
	case *asl.Choice:
		l.checkChoice(s)
	case *asl.Map:
		l.checkMap(s)
	case *asl.Pass:
		l.checkPass(s)
	case *asl.Wait:
		l.checkWait(s)
	case *asl.Fail:
		l.checkFail(s)
	}
	l.checkResult(s)
}

// add notes a finding. A rule reports a place once.
func (l *linter) add(rule, pointer, hint, format string, args ...any) {
	key := [2]string{rule, pointer}
	if l.seen[key] || len(l.findings) >= maxFindings {
		return
	}
	l.seen[key] = true
	r, ok := ruleByID(rule)
	if !ok {
		panic("lint: no rule " + rule)
	}
	if slices.Contains(l.cfg.Ignore, rule) || len(l.cfg.Only) > 0 && !slices.Contains(l.cfg.Only, rule) || l.ignored(rule, pointer) {
		return
	}
	f := Finding{Rule: rule, Severity: r.Severity, Message: fmt.Sprintf(format, args...), Pointer: pointer, Hint: hint}
	if s, ok := l.m.At(pointer); ok {
		f.State = s.Common().Name
	}
	l.findings = append(l.findings, f)
}

// compilerRules are the warnings of package asl, which are AWS's own, by code.
var compilerRules = map[string]string{
	"NO_DOLLAR":                   "no-dollar",
	"PASS_RESULT_IS_STATIC":       "pass-result-is-static",
	"POSSIBLY_UNDEFINED_VARIABLE": "possibly-undefined-variable",
	"WRONG_NUMBER_OF_ARGUMENTS":   "wrong-number-of-arguments",
}

// diagnostics takes in the warnings of the compiler.
func (l *linter) diagnostics(all []asl.Diagnostic) {
	for _, d := range all {
		if rule, ok := compilerRules[d.Code]; ok && d.Severity == asl.SeverityWarning {
			if rule == "possibly-undefined-variable" {
				if name, never := l.neverAssigned(d); never {
					l.add("undefined-variable", d.Pointer, "assign it before, or correct the name", "Nothing has assigned the variable %s when the state reads it", quoted(name))
					continue
				}
			}
			r, _ := ruleByID(rule)
			hint := d.Hint
			if hint == "" {
				hint = r.Fix
			}
			l.add(rule, d.Pointer, hint, "%s", d.Message)
		}
	}
}

// finish fills in positions and sorts.
func (l *linter) finish(src *asl.Source) []Finding {
	l.uselessIgnores()
	pointers := make([]string, len(l.findings))
	for i, f := range l.findings {
		pointers[i] = f.Pointer
	}
	for i, p := range src.Positions(pointers...) {
		l.findings[i].Line, l.findings[i].Column = p.Line, p.Column
	}
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Rule, b.Rule))
	})
	return l.findings
}

// raw returns the value at a JSON pointer of the definition.
func (l *linter) raw(pointer string) (value.Value, bool) {
	v := l.doc
	for rest := pointer; rest != ""; {
		token := rest[1:]
		if i := strings.IndexByte(token, '/'); i >= 0 {
			token, rest = token[:i], token[i:]
		} else {
			rest = ""
		}
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		var ok bool
		switch v.Kind() {
		case value.Object:
			v, ok = v.Get(token)
		case value.Array:
			if i, err := strconv.Atoi(token); err == nil {
				v, ok = v.At(i)
			}
		}
		if !ok {
			return value.Value{}, false
		}
	}
	return v, true
}

// has reports whether the object at the pointer has the member.
func (l *linter) has(pointer, member string) bool {
	v, ok := l.raw(pointer)
	if ok {
		_, ok = v.Get(member)
	}
	return ok
}

// at appends names to a pointer.
func at(pointer string, names ...string) string {
	for _, n := range names {
		pointer = value.AppendPointer(pointer, n)
	}
	return pointer
}
