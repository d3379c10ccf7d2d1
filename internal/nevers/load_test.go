package nevers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tree is what the rules are checked against: every package of the module with its files, and the imports of all others.
type tree struct {
	fset    *token.FileSet
	imports map[string][]string // of every package that is reached, by import path; without tests
	rooms   []room              // the packages of the module
}

// room is one package of the module.
type room struct {
	path  string // relative to the module; "" is its root
	files []source
}

// source is one file of a room.
type source struct {
	name string // relative to the module
	test bool
	ast  *ast.File
}

// listed is what go list prints of a package.
type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
	Standard   bool
	Module     *struct{ Path string }
}

// load asks the go command for the packages of the module and reads their files, those of other systems too.
func load() (*tree, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Imports,Standard,Module", module+"/...")
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, talk.String())
	}
	t := &tree{fset: token.NewFileSet(), imports: map[string][]string{}}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return t, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		t.imports[p.ImportPath] = p.Imports
		if p.Standard || p.Module == nil || p.Module.Path != module {
			continue
		}
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			return nil, err
		}
		r := room{path: within(p.ImportPath)}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			if err := r.add(t.fset, filepath.Base(file), text); err != nil {
				return nil, err
			}
		}
		t.rooms = append(t.rooms, r)
	}
}

// add reads one file.
func (r *room) add(fset *token.FileSet, base string, text []byte) error {
	name := path.Join(r.path, base)
	file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	r.files = append(r.files, source{name: name, test: strings.HasSuffix(base, "_test.go"), ast: file})
	return nil
}

// imports returns the import paths of a file, sorted.
func (s source) imports() []string {
	var all []string
	for _, spec := range s.ast.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

// within returns the import path relative to the module, or the path itself when it lies outside.
func within(importPath string) string {
	if importPath == module {
		return ""
	}
	return strings.TrimPrefix(importPath, module+"/")
}

// covers reports whether the pattern names the path: equal, or below a pattern that ends in "/...".
func covers(pattern, p string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return strings.HasPrefix(p, below+"/")
	}
	return pattern == p
}

func covered(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return covers(pattern, p) })
}

// thirdParty reports whether the path belongs to another module: its first element is a domain.
func thirdParty(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return strings.Contains(first, ".") && importPath != module && !strings.HasPrefix(importPath, module+"/")
}
