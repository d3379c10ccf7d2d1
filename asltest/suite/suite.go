package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
)

// Suite is a file of tests and the definition that they are about. It is immutable; its tests may run at the same time.
type Suite struct {
	// File is the path of the suite, as it was given.
	File string
	// Definition is the path of the definition.
	Definition string
	// Skip says why no test is run: the definition is absent and the suite has ifMissing. Otherwise "".
	Skip string

	src       *asl.Source
	machine   *asltest.Machine // nil when Skip is set
	mocks     []mock
	objects   []object
	coverage  []threshold
	execution execution
	tests     []*test
	files     []string
}

// Options change what a suite says.
type Options struct {
	// Definition is the path of the definition instead of the one in the file.
	Definition string
	// Substitutions are values of placeholders ${Name} that go before those in the file.
	Substitutions map[string]string
	// Getenv gives the values of $NAME and ${NAME} in the paths of definitions; nil: os.Getenv.
	Getenv func(name string) string
}

// DefinitionError is the error of [Load] for a definition that is refused.
type DefinitionError struct {
	File string     // the path of the definition
	Text []byte     // what the file holds
	Err  *asl.Error // all diagnostics
}

// Error returns a line "file:line:column: …" for each diagnostic.
func (e *DefinitionError) Error() string {
	lines := make([]string, len(e.Err.Diagnostics))
	for i, d := range e.Err.Diagnostics {
		lines[i] = e.File + ":" + d.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns Err.
func (e *DefinitionError) Unwrap() error { return e.Err }

// threshold is the least percentage of a kind; the kind "" means all.
type threshold struct {
	kind    asltest.CoverageKind
	least   float64
	pointer string
}

// execution says who runs and when; zero fields leave the defaults of [asltest.Options].
type execution struct {
	name, machine, account, region, role string
	start                                time.Time
	seed                                 uint64
	express                              bool
}

// test is one element of tests.
type test struct {
	name      string
	pointer   string
	line      int
	skip      string
	input     string // JSON text; "" means {}, or the recorded input
	mocks     []mock
	objects   []object
	execution execution
	stop      *asltest.Stop
	recording *asltest.Recording // mocks from a history
	replay    []byte             // a history to compare with
	config    *asltest.MockConfigFile
	caseName  string // of config
	state     *stateTest
	sweep     *asltest.Sweep
	expect    expectation
}

// stateTest is a test of one state alone.
type stateTest struct {
	name               string
	variables, context string
	retryCount         int
	validation         string
}

// Load reads a suite and its definition, and checks all that can be checked before anything runs: unknown keys, states that the
// definition does not have, files that are not there. Paths in the file are relative to its directory.
//
// With an error about names that the definition does not have the Suite is there, for its Files only.
//
// Errors: *[Error] for what is wrong with the suite, *[DefinitionError] for a definition that is refused, an *fs.PathError for the
// suite or its definition when it cannot be read.
func Load(file string, o Options) (*Suite, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return parse(file, text, o)
}

func parse(file string, text []byte, o Options) (*Suite, error) {
	src, err := asl.Read(file, text, nil)
	if err != nil {
		if refused, ok := errors.AsType[*asl.Error](err); ok {
			return nil, notYAML(file, refused)
		}
		return nil, err
	}
	r := &reader{src: src, dir: filepath.Dir(file)}
	s := &Suite{File: file, src: src}
	head, err := r.suite(s)
	if err != nil {
		return nil, err
	}
	if err := r.err(file); err != nil {
		return nil, err
	}
	if s.Definition, err = head.find(r, file, o); err != nil {
		return nil, err
	}
	s.files = append([]string{file, s.Definition}, r.files...)
	definition, err := readFile(s.Definition)
	if errors.Is(err, fs.ErrNotExist) && head.ifMissing != "" {
		s.Skip = head.ifMissing
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the definition: %w", file, err)
	}
	options := []asltest.LoadOption{asltest.AnyResource()}
	if values := head.values(o); values != nil {
		options = append(options, values)
	}
	if s.execution.express {
		options = append(options, asltest.Express())
	}
	s.machine, err = asltest.Compile(s.Definition, definition, options...)
	if refused, ok := errors.AsType[*asl.Error](err); ok {
		return nil, &DefinitionError{s.Definition, definition, refused}
	}
	if err != nil {
		return nil, err
	}
	s.machine.Advice = advice
	r.bind(s)
	return s, r.err(file)
}

func notYAML(file string, refused *asl.Error) error {
	e := &Error{File: file}
	for _, d := range refused.Diagnostics {
		p := Problem{Line: d.Line, Column: d.Column, Message: d.Message, Hint: d.Hint}
		if p.Hint == "" && strings.Contains(p.Message, "expected") {
			p.Hint = `the mistake may be above; a text that holds ":", "?", "#", "," or a bracket needs quotes`
		}
		e.Problems = append(e.Problems, p)
	}
	return e
}

// Files returns the paths of all that the suite reads: itself, the definition, inputs, histories.
func (s *Suite) Files() []string { return s.files }

// Tests returns the names of the tests in the order of the file.
func (s *Suite) Tests() []string {
	names := make([]string, len(s.tests))
	for i, t := range s.tests {
		names[i] = t.name
	}
	return names
}

// header is what a suite says of its definition.
type header struct {
	definition    string
	pointer       string
	ifMissing     string
	substitutions map[string]string
}

func (h *header) values(o Options) asltest.Substitutions {
	if h.substitutions == nil && o.Substitutions == nil {
		return nil
	}
	all := asltest.Substitutions{}
	for _, from := range []map[string]string{h.substitutions, o.Substitutions} {
		for k, v := range from {
			all[k] = v
		}
	}
	return all
}

// definitionEndings are tried for a suite that names no definition.
var definitionEndings = [...]string{".asl.json", ".asl.yaml", ".asl.yml", ".json", ".yaml", ".yml"}

// find returns the path of the definition.
func (h *header) find(r *reader, file string, o Options) (string, error) {
	if o.Definition != "" {
		return o.Definition, nil
	}
	if h.definition != "" {
		getenv := o.Getenv
		if getenv == nil {
			getenv = os.Getenv
		}
		var unset []string
		name := os.Expand(h.definition, func(name string) string {
			v := getenv(name)
			if v == "" {
				unset = append(unset, name)
			}
			return v
		})
		if len(unset) > 0 && h.ifMissing == "" {
			r.hint(h.pointer, "set "+strings.Join(unset, ", ")+" in the environment", "the definition is at %q, and %s has no value",
				clip(h.definition), strings.Join(unset, ", "))
			return "", r.err(file)
		}
		return r.path(name), nil
	}
	stem := stemOf(file)
	var tried []string
	for base := stem; ; base = strings.TrimSuffix(base, filepath.Ext(base)) {
		for _, ending := range definitionEndings {
			path := filepath.Join(filepath.Dir(file), base+ending)
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path, nil
			}
			tried = append(tried, base+ending)
		}
		if filepath.Ext(base) == "" {
			break
		}
	}
	r.hint("", "name it: definition: FILE", "no definition beside the suite; looked for %s", strings.Join(tried, ", "))
	return "", r.err(file)
}
