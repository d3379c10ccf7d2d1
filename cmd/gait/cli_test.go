package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestMain runs the program itself when a test starts this binary for that.
func TestMain(m *testing.M) {
	if os.Getenv("GAIT_TEST_RUN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestCommandLines runs the tables in testdata. A case begins with "## name" and runs in a directory of its own:
//
//	file NAME   followed by lines "| text": a file
//	$ ARGS      runs gait with these arguments, quoted as for a shell
//	< text      a line of standard input
//	> text      an expected line of standard output, in order
//	! text      an expected line of standard error, in order
//	= CODE      the expected exit code; 0 when it is not given
//
// In expected lines "[..]" stands for anything, and a line "> ..." or "! ..." for any number of lines. $EXAMPLES is the directory of example
// definitions. Times of the walk are shown as 0.000s. Not parallel: the cases change the working directory.
func TestCommandLines(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	type table struct{ name, text string }
	var tables []table
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table{strings.TrimSuffix(filepath.Base(f), ".txt"), string(text)})
	}
	for _, tab := range tables {
		for _, c := range strings.Split(tab.text, "\n## ")[1:] {
			name, body, _ := strings.Cut(c, "\n")
			t.Run(tab.name+"/"+name, func(t *testing.T) {
				if runtime.GOOS == "windows" && strings.Contains(body, "--task") {
					t.Skip("the commands of this case are for a Unix shell")
				}
				t.Chdir(t.TempDir())
				runScript(t, body, examples)
			})
		}
	}
}

// invocation is one call of the program in a case.
type invocation struct {
	args             []string
	in, out, err     []string
	code, wantedCode int
}

func runScript(t *testing.T, body, examples string) {
	t.Helper()
	var all []*invocation
	file := ""
	for _, line := range strings.Split(body, "\n") {
		mark, rest, _ := strings.Cut(line, " ")
		if mark != "" && mark != "file" && mark != "|" && mark != "$" && mark != "#" && len(all) == 0 {
			t.Fatalf("line %q before the first $", line)
		}
		switch mark {
		case "", "#":
		case "file":
			file = rest
			write(t, file, "")
		case "|":
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			write(t, file, string(old)+rest+"\n")
		case "$":
			all = append(all, &invocation{args: words(t, strings.ReplaceAll(rest, "$EXAMPLES", examples))})
		case "<":
			all[len(all)-1].in = append(all[len(all)-1].in, rest)
		case ">":
			all[len(all)-1].out = append(all[len(all)-1].out, rest)
		case "!":
			all[len(all)-1].err = append(all[len(all)-1].err, rest)
		case "=":
			if _, err := fmt.Sscan(rest, &all[len(all)-1].wantedCode); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("line %q is not understood", line)
		}
	}
	for _, v := range all {
		stdin := strings.Join(v.in, "\n")
		if stdin != "" {
			stdin += "\n"
		}
		var out, errs bytes.Buffer
		v.code = Run(t.Context(), v.args, strings.NewReader(stdin), &out, &errs, os.Environ())
		gotOut, gotErr := lines(out.String(), examples), lines(errs.String(), examples)
		if v.code != v.wantedCode || !matches(v.out, gotOut) || !matches(v.err, gotErr) {
			t.Errorf("gait %q\ngot code %d, want %d\nwant\n%s%sgot\n%s%s", v.args, v.code, v.wantedCode,
				marked("> ", v.out), marked("! ", v.err), marked("> ", gotOut), marked("! ", gotErr))
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// words splits a line as a shell does: single quotes, double quotes with backslashes, blanks.
func words(t *testing.T, line string) []string {
	t.Helper()
	var all []string
	var word strings.Builder
	in, escaped, quote := false, false, rune(0)
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote == '"':
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, in = r, true
		case quote == 0 && r == ' ':
			if in {
				all = append(all, word.String())
				word.Reset()
			}
			in = false
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if quote != 0 {
		t.Fatalf("open quote in %q", line)
	}
	if in {
		all = append(all, word.String())
	}
	return all
}

var (
	walkTime = regexp.MustCompile(`(?m)^ *\d+\.\d{3}s `)
	duration = regexp.MustCompile(`(?m)  (caught )?[0-9.]+(ms|s)$`)
)

func lines(text, examples string) []string {
	text = strings.ReplaceAll(text, examples, "$EXAMPLES")
	text = duration.ReplaceAllString(walkTime.ReplaceAllString(text, "0.000s "), "")
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// matches compares lines with patterns.
func matches(want, got []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for i := range len(got) + 1 {
			if matches(want[1:], got[i:]) {
				return true
			}
		}
		return false
	}
	if len(got) == 0 {
		return false
	}
	want0 := strings.ReplaceAll(regexp.QuoteMeta(want[0]), `\[\.\.\]`, ".*")
	return regexp.MustCompile("^"+strings.TrimRight(want0, " ")+" *$").MatchString(got[0]) && matches(want[1:], got[1:])
}

func marked(mark string, all []string) string {
	var b strings.Builder
	for _, l := range all {
		b.WriteString(mark + l + "\n")
	}
	return b.String()
}
