package gait_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeShowsCodeThatIsTested keeps the code in README.md the same as that which the tests of examples run.
func TestReadmeShowsCodeThatIsTested(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	_, program, _ := strings.Cut(read(t, "examples/embed/main.go"), "package main")
	if !strings.Contains(readme, "```go\npackage main"+program+"```") {
		t.Error("README.md does not contain examples/embed/main.go as it is")
	}
	_, test, _ := strings.Cut(read(t, "examples/order_test.go"), "\nfunc ")
	if !strings.Contains(readme, "```go\nfunc "+test+"```") {
		t.Error("README.md does not contain the test of examples/order_test.go as it is")
	}
}

var (
	anchor  = regexp.MustCompile(`docs/(differences|rationale|glossary)\.md(#[A-Za-z0-9_-]+)?`)
	link    = regexp.MustCompile(`\]\(([a-z/.A-Z_-]+)?(#[a-z0-9-]+)?\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// anchors returns what a Markdown file may be linked at, by the rule of GitHub.
func anchors(text string) map[string]bool {
	found := map[string]bool{"": true}
	for _, h := range heading.FindAllStringSubmatch(text, -1) {
		var id strings.Builder
		for _, r := range strings.ToLower(h[1]) {
			switch {
			case r == ' ':
				id.WriteByte('-')
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
				id.WriteRune(r)
			}
		}
		found["#"+id.String()] = true
	}
	return found
}

// TestReferencesToDocumentsHold follows the references from comments to docs, and the links between documents.
func TestReferencesToDocumentsHold(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".git" || d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		var refs [][]string
		switch filepath.Ext(path) {
		case ".go":
			for _, m := range anchor.FindAllStringSubmatch(read(t, path), -1) {
				refs = append(refs, []string{"docs/" + m[1] + ".md", m[2]})
			}
		case ".md":
			for _, m := range link.FindAllStringSubmatch(read(t, path), -1) {
				file := path
				if m[1] != "" {
					file = filepath.Join(filepath.Dir(path), m[1])
				}
				refs = append(refs, []string{file, m[2]})
			}
		}
		for _, r := range refs {
			if _, err := os.Stat(r[0]); err != nil {
				t.Errorf("%s: no file %s", path, r[0])
			} else if r[1] != "" && !anchors(read(t, r[0]))[r[1]] {
				t.Errorf("%s: %s has no heading for %s", path, r[0], r[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
