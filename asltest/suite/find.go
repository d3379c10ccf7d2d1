package suite

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// endings are those of suite files.
var endings = [...]string{".test.yaml", ".test.yml", ".test.json"}

// IsSuite reports whether a file is a suite by its name: "order.test.yaml", "order.test.yml" or "order.test.json".
func IsSuite(file string) bool {
	return slices.ContainsFunc(endings[:], func(e string) bool { return strings.HasSuffix(file, e) })
}

// stemOf returns the name of a suite file without its directory and ending.
func stemOf(file string) string {
	name := filepath.Base(file)
	for _, e := range endings {
		name = strings.TrimSuffix(name, e)
	}
	return name
}

// Find returns the suite files at these paths, sorted, each once. A directory gives all suites in it and below it, without
// directories that begin with "." or are called node_modules or vendor; a definition gives the suites beside it that are called
// like it: order.test.yaml and order.refunds.test.yaml of order.asl.json; any other path is taken as a suite. The error is an
// *fs.PathError of a path that cannot be read, or a *[NoSuiteError].
func Find(paths ...string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		var found []string
		switch {
		case info.IsDir():
			found, err = below(path)
		case IsSuite(path):
			found = []string{path}
		default:
			found, err = beside(path)
		}
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, &NoSuiteError{path}
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// NoSuiteError is the error of [Find] for a path that has no suites.
type NoSuiteError struct{ Path string }

// Error names the path and how the files of suites end.
func (e *NoSuiteError) Error() string {
	return fmt.Sprintf("%s has no test suites: files that end in .test.yaml, .test.yml or .test.json", e.Path)
}

func below(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != dir && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor") {
			return filepath.SkipDir
		}
		if !d.IsDir() && IsSuite(name) {
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

func beside(definition string) ([]string, error) {
	base := filepath.Base(definition)
	for _, e := range definitionEndings {
		if cut, ok := strings.CutSuffix(base, e); ok {
			base = cut
			break
		}
	}
	entries, err := os.ReadDir(filepath.Dir(definition))
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() && IsSuite(name) && (stemOf(name) == base || strings.HasPrefix(name, base+".")) {
			files = append(files, filepath.Join(filepath.Dir(definition), name))
		}
	}
	return files, nil
}
