package nevers

import (
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestModuleKeepsTheRules(t *testing.T) {
	t.Parallel()
	tree, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range tree.check() {
		t.Error(broken)
	}
}

// Rules about packages that do not exist would never fail.
func TestRulesNamePackagesThatExist(t *testing.T) {
	t.Parallel()
	tree, err := load()
	if err != nil {
		t.Fatal(err)
	}
	exists := func(pattern string) bool {
		return slices.ContainsFunc(tree.rooms, func(r room) bool { return covers(pattern, r.path) })
	}
	for _, name := range core {
		if !exists(name) {
			t.Errorf("core: no package %q", name)
		}
	}
	for _, e := range edges {
		for _, name := range e.from {
			if !exists(name) {
				t.Errorf("from: no package %q", name)
			}
		}
		for file := range e.except {
			if !slices.ContainsFunc(tree.rooms, func(r room) bool {
				return slices.ContainsFunc(r.files, func(s source) bool { return s.name == file })
			}) {
				t.Errorf("except: no file %q", file)
			}
		}
	}
	for i, e := range edges {
		for _, name := range e.to {
			first, _, _ := strings.Cut(name, "/")
			if slices.ContainsFunc(tree.rooms, func(r room) bool { return strings.HasPrefix(r.path+"/", first+"/") }) && !exists(name) {
				t.Errorf("rule %d, to: no package %q", i, name)
			}
		}
	}
}

// TestPlantedViolationsAreFound checks the checks: each case is a module of a few lines.
func TestPlantedViolationsAreFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string // name in the module: text after the package clause
		outer map[string][]string
		want  []string
	}{
		{
			name:  "nothing is wrong",
			files: map[string]string{"states/a.go": "import \"time\"\nvar x time.Time\nfunc f() { y := x; y = y.Add(time.Second); _ = y }"},
		},
		{
			name: "the core reaches the engine by a detour",
			files: map[string]string{
				"states/a.go":  `import _ "` + module + `/middle"`,
				"middle/a.go":  `import _ "` + module + `/engine"`,
				"engine/a.go":  ``,
				"history/a.go": ``,
			},
			want: []string{"states -> middle -> engine: the core must run without a host"},
		},
		{
			name:  "the core reaches the database through another module",
			files: map[string]string{"asltest/a.go": `import _ "time"`},
			outer: map[string][]string{"time": {"middle/sql"}, "middle/sql": {"database/sql"}},
			want:  []string{"asltest -> time -> middle/sql -> database/sql: testing a state machine must not need a database"},
		},
		{
			name:  "the core imports os",
			files: map[string]string{"jsonpath/a.go": `import _ "os"`, "jsonpath/a_test.go": `import _ "os"`},
			want:  []string{"jsonpath/a.go imports os: the core does no I/O"},
		},
		{
			name:  "os is reached through fmt",
			files: map[string]string{"jsonpath/a.go": `import _ "fmt"`},
			outer: map[string][]string{"fmt": {"os"}},
		},
		{
			name:  "sync beside the file that may",
			files: map[string]string{"asl/schema.go": "import \"sync\"\nvar o = sync.OnceValue(f)\nvar m sync.Mutex", "asl/b.go": `import _ "sync"`},
			want: []string{
				"asl/b.go imports sync: the core has no goroutines to synchronise",
				"asl/schema.go:4:7: sync.Mutex: the core is a function of its arguments",
			},
		},
		{
			name:  "a clock under another name",
			files: map[string]string{"states/a.go": "import t \"time\"\nfunc f() { t.Now() }", "engine/a.go": "import \"time\"\nfunc f() { time.Now() }"},
			want:  []string{"states/a.go:3:12: time.Now: the core is a function of its arguments"},
		},
		{
			name:  "a local name that looks like a clock",
			files: map[string]string{"states/a.go": "func f(time clock) { time.Now() }\ntype clock struct{}\nfunc (clock) Now() {}"},
		},
		{
			name:  "goroutines and channels",
			files: map[string]string{"jsonata/a.go": "func f() { go f() }\nvar c chan int\nfunc g() { select {} }"},
			want: []string{
				"jsonata/a.go:2:12: a go statement: the core is a function of its arguments",
				"jsonata/a.go:3:7: a channel: the core is a function of its arguments",
				"jsonata/a.go:4:12: a channel: the core is a function of its arguments",
			},
		},
		{
			name:  "init",
			files: map[string]string{"task/a.go": "func init() {}\ntype t struct{}\nfunc (t) init() {}"},
			want:  []string{"task/a.go:2:1: init: nothing happens before a program asks for it"},
		},
		{
			name: "package variables that change",
			files: map[string]string{
				"task/a.go": "var x int\nvar m = map[int]int{}\nfunc f() { x = 1; x++; m[1] = 2; delete(m, 1); x := 3; x = 4; _ = x }",
				"task/b.go": "func g() { x = 2 }",
			},
			want: []string{
				"task/a.go:4:12: x is written: package variables do not change",
				"task/a.go:4:19: x is written: package variables do not change",
				"task/a.go:4:24: m is written: package variables do not change",
				"task/a.go:4:41: m is written: package variables do not change",
				"task/b.go:2:12: x is written: package variables do not change",
			},
		},
		{
			name: "dependencies out of place",
			files: map[string]string{
				"asl/schema.go":     `import _ "github.com/santhosh-tekuri/jsonschema/v5"`,
				"asl/parse.go":      `import _ "github.com/santhosh-tekuri/jsonschema/v5"`,
				"jsonpath/a.go":     `import _ "github.com/ohler55/ojg/jp"`,
				"task/a.go":         `import _ "github.com/google/go-cmp/cmp"`,
				"task/a_test.go":    `import _ "github.com/google/go-cmp/cmp"`,
				"engine/a_test.go":  `import _ "modernc.org/sqlite"`,
				"store/sqlite/a.go": `import _ "modernc.org/sqlite/lib"`,
			},
			want: []string{
				"asl/parse.go imports github.com/santhosh-tekuri/jsonschema/v5: a dependency has one place that may import it",
				"engine/a_test.go imports modernc.org/sqlite: a dependency has one place that may import it",
				"jsonpath/a.go imports github.com/ohler55/ojg/jp: a dependency has one place that may import it",
				"task/a.go imports github.com/google/go-cmp/cmp: a dependency has one place that may import it",
			},
		},
		{
			name: "testing outside of tests",
			files: map[string]string{
				"asltest/a.go": `import _ "testing"`, "store/storetest/a.go": `import _ "testing"`, "task/a_test.go": `import _ "testing"`,
			},
			want: []string{"asltest/a.go imports testing: only tests do"},
		},
		{
			name: "programs that need internals",
			files: map[string]string{
				"cmd/gait/a.go": `import _ "` + module + `/internal/value"`, "examples/x/a.go": `import _ "` + module + `/internal/value"`,
				"engine/a.go": `import _ "` + module + `/internal/value"`, "internal/value/a.go": "",
			},
			want: []string{
				"cmd/gait/a.go imports internal/value: what a program of ours needs, users need",
				"examples/x/a.go imports internal/value: what a program of ours needs, users need",
			},
		},
		{
			name: "a store that unpacks",
			files: map[string]string{
				"store/memory/a.go": `import _ "` + module + `/internal/pack"`, "internal/pack/a.go": "",
				"engine/a.go": `import _ "` + module + `/internal/pack"`,
			},
			want: []string{"store/memory -> internal/pack: stores move bytes and do not know what they mean"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := plant(t, test.files, test.outer).check()
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(test.want, "\n\t"))
			}
		})
	}
}

// plant makes a tree of files; outer are the imports of packages outside of the module.
func plant(t *testing.T, files map[string]string, outer map[string][]string) *tree {
	t.Helper()
	made := &tree{fset: token.NewFileSet(), imports: map[string][]string{}}
	for p, imports := range outer {
		made.imports[p] = imports
	}
	rooms := map[string]*room{}
	for name, text := range files {
		dir := path.Dir(name)
		if rooms[dir] == nil {
			rooms[dir] = &room{path: dir}
		}
		r := rooms[dir]
		if err := r.add(made.fset, path.Base(name), []byte("package p\n"+text)); err != nil {
			t.Fatal(err)
		}
		if f := r.files[len(r.files)-1]; !f.test {
			full := path.Join(module, dir)
			made.imports[full] = append(made.imports[full], f.imports()...)
		}
	}
	for _, r := range rooms {
		made.rooms = append(made.rooms, *r)
	}
	return made
}
