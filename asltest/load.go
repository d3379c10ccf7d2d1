package asltest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gait-engine/gait/asl"
)

// Machine is a state machine under test. It may be used by parallel subtests, each with its own handle from [Machine.For].
type Machine struct {
	// Options of the executions that Run starts; Resolve is not used. Change them before the first Run.
	Options Options
	// Advice words how to answer a call that no mock answers, one or more lines, for tests that are not written in Go; nil says
	// it in Go.
	Advice func(c Call) string

	t       TB
	src     *asl.Source
	compile asl.Options
	file    string // for messages: the file, or the name of the test
	m       *asl.Machine
	covers  *collector
}

// LoadOption tunes [Load], [LoadFS] and [Define].
type LoadOption interface{ apply(*loading) }

type loading struct {
	substitutions map[string]string
	compile       asl.Options
}

// Substitutions are the values of the placeholders ${Name} in a definition, as in the DefinitionSubstitutions of CloudFormation.
// A placeholder without a value fails the test, with its line.
type Substitutions map[string]string

func (s Substitutions) apply(l *loading) { l.substitutions = s }

type loadFunc func(*loading)

func (f loadFunc) apply(l *loading) { f(l) }

// Express says that the definition is one of an Express state machine: it is checked and run as such.
func Express() LoadOption { return loadFunc(func(l *loading) { l.compile.Express = true }) }

// AnyResource accepts every Resource, for definitions whose placeholders are filled in elsewhere. AWS would refuse them.
func AnyResource() LoadOption { return loadFunc(func(l *loading) { l.compile.AnyResource = true }) }

// Load reads and compiles the definition in a file, relative to the directory of the test: JSON, or YAML when the name ends in
// ".yaml" or ".yml". A definition that AWS would refuse fails the test, with all diagnostics as file:line:column.
func Load(t TB, file string, options ...LoadOption) *Machine {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("asltest: %v", err)
		return nil
	}
	return compile(t, file, file, text, options)
}

// LoadFS is [Load] from a file system, such as an embed.FS.
func LoadFS(t TB, fsys fs.FS, file string, options ...LoadOption) *Machine {
	t.Helper()
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		t.Fatalf("asltest: %v", err)
		return nil
	}
	return compile(t, file, file, text, options)
}

// Define is [Load] of a text: JSON when it begins with "{", else YAML.
func Define(t TB, definition string, options ...LoadOption) *Machine {
	t.Helper()
	name := "definition.json"
	if !strings.HasPrefix(strings.TrimSpace(definition), "{") {
		name = "definition.yaml"
	}
	return compile(t, t.Name(), name, []byte(definition), options)
}

func compile(t TB, file, name string, text []byte, options []LoadOption) *Machine {
	t.Helper()
	m, err := compileText(file, name, text, options)
	if err != nil {
		t.Fatalf("asltest: the definition is refused:\n%s", diagnosticsOf(file, err))
		return nil
	}
	m.t = t
	if dir := os.Getenv(CoverageDir); dir != "" {
		t.Cleanup(func() {
			if err := m.WriteCoverage(dir); err != nil {
				t.Errorf("asltest: %v", err)
			}
		})
	}
	return m
}

// Compile is [Load] of a text that was read already, for programs that are not tests of package testing: JSON, or YAML when the
// name of the file ends in ".yaml" or ".yml". Before the machine is run it needs a test, which [Machine.For] gives it; what it
// covers is written by [Machine.WriteCoverage] only. The error is an *[asl.Error].
func Compile(file string, text []byte, options ...LoadOption) (*Machine, error) {
	return compileText(file, file, text, options)
}

func compileText(file, name string, text []byte, options []LoadOption) (*Machine, error) {
	l := loading{}
	for _, o := range options {
		o.apply(&l)
	}
	src, err := asl.Read(name, text, l.substitutions)
	if err != nil {
		return nil, err
	}
	m, err := src.Compile(l.compile)
	if err != nil {
		return nil, err
	}
	k := &Machine{
		Options: Options{Express: l.compile.Express, MachineName: machineName(file)},
		src:     src, compile: l.compile, file: file, m: m,
	}
	k.covers = newCollector(k, text)
	return k, nil
}

// machineName makes a name of a state machine out of a file name: "flows/order.asl.json" is "order".
func machineName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(filepath.ToSlash(file)), ".")
	name = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, name)
	return name[:min(len(name), 80)]
}

func diagnosticsOf(file string, err error) string {
	var refused *asl.Error
	if !errors.As(err, &refused) {
		return "  " + err.Error()
	}
	var b strings.Builder
	for _, d := range refused.Diagnostics {
		fmt.Fprintf(&b, "  %s:%s\n", file, d)
		if d.Hint != "" {
			fmt.Fprintf(&b, "      %s\n", d.Hint)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// For returns a handle on the same machine for a subtest: its Run fails that test. Coverage is counted together. The options
// are a copy.
func (m *Machine) For(t TB) *Machine {
	other := *m
	other.t = t
	return &other
}

// Compiled returns the compiled definition.
func (m *Machine) Compiled() *asl.Machine { return m.m }

// Definition returns the definition as JSON, with placeholders filled in. The bytes must not be changed.
func (m *Machine) Definition() []byte { return m.src.Definition }

// at returns "file:line" of a JSON pointer in the definition.
func (m *Machine) at(pointer string) string {
	return fmt.Sprintf("%s:%d", m.file, m.src.Positions(pointer)[0].Line)
}
