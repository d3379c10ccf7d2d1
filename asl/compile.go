package asl

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Options tunes [Compile] and [Validate]. The zero Options compiles a Standard state machine as AWS would.
type Options struct {
	Express     bool // the machine is of type EXPRESS: no .sync, .waitForTaskToken, activities or distributed Maps
	AnyResource bool // accept every non-empty Resource; otherwise ARNs and texts that begin with "gait:"
	// Single is a name: the text is then not a machine but one state, which gets this name and is the only one. Its targets need
	// not exist: each stands for a Succeed state of that name. For trying states alone, as TestState does.
	Single   string
	MaxBytes int // length of the definition; default 1,048,576, the quota of AWS
	MaxDepth int // nesting of arrays and objects; default 1,000, the limit of the JSON reader of AWS
}

// The bounds that Options leaves at zero, and the most diagnostics that are reported.
const (
	defaultMaxBytes = 1 << 20
	defaultMaxDepth = 1000
	maxDiagnostics  = 100
)

// Compile returns the machine that src defines. The error is an *[Error] with all diagnostics of the stage that refused it.
// src is not kept.
func Compile(src []byte, opts Options) (*Machine, error) {
	return compileText(src, opts, nil)
}

func compileText(src []byte, opts Options, places map[string]position) (*Machine, error) {
	c := compile(string(src), opts, places)
	if c.refused() {
		return nil, &Error{Diagnostics: c.diagnostics()}
	}
	c.m.Hash = sha256.Sum256(src)
	return c.m, nil
}

// Validate returns everything there is to say about src, errors and warnings, at most 100 diagnostics: sorted by
// position, but missing targets before the unreachable states that follow from them, as on AWS.
func Validate(src []byte, opts Options) []Diagnostic {
	return compile(string(src), opts, nil).diagnostics()
}

// stage is when a problem is found. Problems of a stage hide those of later ones.
type stage uint8

const (
	structure stage = iota
	transitions
	expressions
	stages
)

// finding is a diagnostic before its position is known.
type finding struct {
	Diagnostic
	rank int // findings of a lower rank come first, whatever their position
}

// compiler walks one definition, builds the machine and collects what is wrong with it.
type compiler struct {
	opts        Options
	src         string
	places      map[string]position // where values stood before they became src; nil when src is what the author wrote
	m           *Machine
	found       [stages][]finding
	warnings    []finding
	names       map[string]string // state name to the pointer of its state, over the whole machine
	readings    []reading
	assignments []assignment
	stubs       []State // of the targets of a single state
	hints       int
	flows       []string // where each flow stands, as AWS prints it; "" for the machine
}

// maxFindings bounds the memory that a hopeless definition can take: findings of one stage before they are sorted and cut.
const maxFindings = 2000

func compile(src string, opts Options, places map[string]position) *compiler {
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = defaultMaxBytes
	}
	if opts.MaxDepth <= 0 {
		opts.MaxDepth = defaultMaxDepth
	}
	c := &compiler{opts: opts, src: src, places: places, m: &Machine{}, names: map[string]string{}}
	doc, ok := c.parse()
	switch {
	case !ok:
	case opts.Single != "":
		c.single(doc)
	default:
		c.machine(doc)
	}
	return c
}

// refused reports whether any stage found an error.
func (c *compiler) refused() bool {
	for _, f := range c.found {
		if len(f) > 0 {
			return true
		}
	}
	return false
}

// report notes an error. at is where it stands, owner where AWS says it stands.
func (c *compiler) report(s stage, code, message string, owner, at *place) *Diagnostic {
	return c.add(&c.found[s], finding{Diagnostic: Diagnostic{
		Severity: SeverityError, Code: code, Message: message, Location: owner.location(), Pointer: at.pointer(),
	}})
}

// add notes a finding once: an object and its owner may both say that it is none.
func (c *compiler) add(list *[]finding, f finding) *Diagnostic {
	for i := range *list {
		if d := &(*list)[i].Diagnostic; d.Message == f.Message && d.Pointer == f.Pointer && d.Location == f.Location && d.Code == f.Code {
			return d
		}
	}
	if len(*list) >= maxFindings {
		return &f.Diagnostic
	}
	*list = append(*list, f)
	return &(*list)[len(*list)-1].Diagnostic
}

// refuse notes a structural error at a value.
func (c *compiler) refuse(at *place, message string) *Diagnostic {
	return c.report(structure, codeSchema, message, at, at)
}

// refuseMember notes a structural error of the member at, which AWS locates at the object that owns it.
func (c *compiler) refuseMember(owner, at *place, message string) *Diagnostic {
	return c.report(structure, codeSchema, message, owner, at)
}

// warn notes something that does not refuse the definition.
func (c *compiler) warn(code, message string, at *place) {
	c.add(&c.warnings, finding{Diagnostic: Diagnostic{
		Severity: SeverityWarning, Code: code, Message: message, Location: at.location(), Pointer: at.pointer(),
	}})
}

// diagnostics returns the findings of the first stage that has any, and the warnings, with positions.
func (c *compiler) diagnostics() []Diagnostic {
	var all []finding
	for _, f := range c.found {
		if len(f) > 0 {
			all = append(all, f...)
			break
		}
	}
	all = append(all, c.warnings...)
	if len(all) == 0 {
		return nil
	}
	c.position(all)
	slices.SortStableFunc(all, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	out := make([]Diagnostic, min(len(all), maxDiagnostics))
	for i := range out {
		out[i] = all[i].Diagnostic
		if name, ok := strings.CutPrefix(out[i].Message, missingTarget); ok && out[i].Code == codeMissingTarget && c.names[name] != "" {
			out[i].Hint = "the state at " + c.names[name] + " is in another scope: transitions stay in theirs"
		}
	}
	return out
}

// position fills in the lines and columns that are not known yet.
func (c *compiler) position(all []finding) {
	if c.places == nil {
		_, at, err := value.Options{MaxDepth: c.opts.MaxDepth}.ParseAt(c.src)
		for i := range all {
			if err == nil && all[i].Line == 0 {
				all[i].Line, all[i].Column = at.Value(all[i].Pointer)
			}
		}
		return
	}
	for i := range all {
		pointer := all[i].Pointer
		p, ok := c.places[pointer]
		for !ok && pointer != "" {
			pointer = pointer[:strings.LastIndexByte(pointer, '/')]
			p, ok = c.places[pointer]
		}
		all[i].Line, all[i].Column = max(1, p.line), max(1, p.column)
	}
}
