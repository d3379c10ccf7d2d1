package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gait-engine/gait/asl"
)

// maxFile bounds what is read of a file or of standard input, in bytes.
const maxFile = 64 << 20

// readFile reads a file, or standard input for "-".
func (a *app) readFile(name string) ([]byte, error) {
	in := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usage("%w", err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, usage("%s is a directory: name a file in it", name)
		}
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, usage("read %s: %w", name, err)
	}
	if len(data) > maxFile {
		return nil, usage("%s is longer than %d MiB", name, maxFile>>20)
	}
	return data, nil
}

// readJSON reads an argument that is JSON itself, "@file", or "-" for standard input. flag names it in errors.
func (a *app) readJSON(flag, arg string) ([]byte, error) {
	data, from := []byte(arg), flag
	if name, ok := strings.CutPrefix(arg, "@"); ok || arg == "-" {
		var err error
		if data, err = a.readFile(name); err != nil {
			return nil, err
		}
		from = name
		if name == "-" {
			from = "standard input"
		}
	}
	if err := checkJSON(data); err != nil {
		hint := ""
		if from == flag && !strings.ContainsAny(arg, `{["`) {
			hint = "; write @FILE for a file, - for standard input"
		}
		return nil, usage("%s is no JSON: %w%s", from, err, hint)
	}
	return bytes.TrimSpace(data), nil
}

// checkJSON tells whether data is one JSON text, and where it is not.
func checkJSON(data []byte) error {
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("it is empty")
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := data[:min(int(e.Offset), len(data))]
		line := 1 + bytes.Count(before, []byte("\n"))
		return fmt.Errorf("%w at %d:%d", err, line, max(len(before)-1-bytes.LastIndexByte(before, '\n'), 1))
	}
	return err
}

// substitutions reads the flags --set NAME=VALUE; nil when there are none.
func substitutions(set []string) (map[string]string, error) {
	if len(set) == 0 {
		return nil, nil
	}
	m := make(map[string]string, len(set))
	for _, s := range set {
		name, v, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, usage("--set %q: expected NAME=VALUE", s)
		}
		m[name] = v
	}
	return m, nil
}

// readDefinition reads a definition in JSON or YAML. text is the file itself, for showing lines of it. The error is an *asl.Error
// for what does not become a document.
func (a *app) readDefinition(name string, set []string) (src *asl.Source, text []byte, err error) {
	subs, err := substitutions(set)
	if err != nil {
		return nil, nil, err
	}
	if text, err = a.readFile(name); err != nil {
		return nil, nil, err
	}
	src, err = asl.Read(shown(name), text, subs)
	return src, text, err
}

// compile reads a definition that may call any resource. What is wrong with it has been shown when the error has no text.
func (a *app) compile(file string, set []string) ([]byte, *asl.Machine, error) {
	return a.compileAs(file, set, asl.Options{AnyResource: true})
}

// compileAs is compile with options.
func (a *app) compileAs(file string, set []string, options asl.Options) ([]byte, *asl.Machine, error) {
	src, text, err := a.readDefinition(file, set)
	var m *asl.Machine
	if err == nil {
		m, err = src.Compile(options)
	}
	if refused, ok := errors.AsType[*asl.Error](err); ok {
		printDiagnostics(a.stderr, shown(file), text, refused.Diagnostics)
		return nil, nil, &exitError{code: exitInvalid}
	}
	if err != nil {
		return nil, nil, err
	}
	return src.Definition, m, nil
}

// shown is how messages call a file.
func shown(name string) string {
	if name == "-" {
		return "<stdin>"
	}
	return name
}

// What the names of machines and executions are limited to.
const (
	maxName    = 80
	notInNames = "<>{}[]?*\"#%\\^|~`$&,;:/"
)

// machineName makes a name for a machine of the name of its file: "order" of "dir/order.asl.json".
func machineName(file string) string {
	base := filepath.Base(file)
	if file == "-" {
		base = "stdin"
	}
	for _, suffix := range []string{".json", ".yaml", ".yml", ".asl"} {
		base = strings.TrimSuffix(base, suffix)
	}
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(notInNames+" \t", r) || r < ' ' || r >= 0x7f && r < 0xa0 {
			return '-'
		}
		return r
	}, base)
	if r := []rune(name); len(r) > maxName {
		name = string(r[:maxName])
	}
	if name == "" {
		return "machine"
	}
	return name
}
