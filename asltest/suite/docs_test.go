package suite_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/asltest/suite"
)

var update = flag.Bool("update", false, "rewrite the texts in docs/testing.md that are made by code")

const repository = "../../"

// teller is a test that keeps what it is told.
type teller struct{ said []string }

func (t *teller) Helper()        {}
func (t *teller) Name() string   { return "Test" }
func (t *teller) Cleanup(func()) {}
func (t *teller) Errorf(format string, args ...any) {
	t.said = append(t.said, fmt.Sprintf(format, args...))
}
func (t *teller) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

// told returns what f tells its test.
func told(f func(t asltest.TB)) string {
	t, done := &teller{}, make(chan struct{})
	go func() {
		defer close(done)
		f(t)
	}()
	<-done
	return strings.Join(t.said, "\n")
}

// failures are the texts that docs/testing.md shows.
func failures(t *testing.T) map[string]string {
	t.Helper()
	text := read(t, "examples/order.asl.json")
	load := func(t asltest.TB, definition string) *asltest.Machine {
		return asltest.LoadFS(t, fstest.MapFS{"order.asl.json": {Data: []byte(definition)}}, "order.asl.json")
	}
	const input = `{"id": 7, "total": 20, "items": ["pen"]}`
	charged := asltest.On("Charge", asltest.Return(`{"id": "r-1"}`))
	all := map[string]string{
		"unmocked": told(func(t asltest.TB) {
			load(t, text).Run(input, asltest.On("Pick"), asltest.On("Print invoice"))
		}),
		"output": told(func(t asltest.TB) {
			load(t, text).Run(input, charged, asltest.On("Pick", asltest.Return(`{"picked": true}`)), asltest.On("Print invoice", asltest.Return(`{"pages": 2}`))).
				Output(`{"items": [{"picked": true}], "invoice": {"pages": 1}}`)
		}),
		"failed": told(func(t asltest.TB) {
			load(t, text).Run(`{"id": 7, "items": ["pen"]}`, charged).Succeeded()
		}),
		"refused": told(func(t asltest.TB) {
			load(t, strings.Replace(text, `"Next": "Fulfil"`, `"Next": "Fullfil"`, 1))
		}),
		"sweep": told(func(t asltest.TB) {
			load(t, text).Sweep(input, asltest.Sweep{States: []string{"Refund", "Pick"}, Except: []string{"States.Timeout"},
				ErrorNames: []string{"Order.Refunded"}}, charged, asltest.Otherwise())
		}),
	}
	dir := t.TempDir()
	write(t, dir, "order.asl.json", text)
	file := write(t, dir, "order.test.yaml", "tests:\n  - name: a busy card is charged again\n    input: {id: 7, total: 20, items: [pen]}\n"+
		"    mocks:\n      Chrage: [{throw: Card.Busy}, {return: {id: r-1}}]\n    expect:\n      retry: {Charge: 1}\n")
	_, err := suite.Load(file, suite.Options{})
	if _, ok := errors.AsType[*suite.Error](err); !ok {
		t.Fatal(err)
	}
	_, second := suite.Load(write(t, dir, "order.test.yaml", strings.Replace(read2(t, file), "retry:", "retries:", 1)), suite.Options{})
	if second == nil {
		t.Fatal("the suite is accepted")
	}
	all["suite"] = strings.ReplaceAll(err.Error()+"\n"+second.Error(), dir+string(filepath.Separator), "")
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	return read2(t, filepath.FromSlash(repository+name))
}

func read2(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var block = regexp.MustCompile("(?s)<!-- (failure: |the file |part of )([^ ]+) -->\n```[a-z]+\n(.*?)```\n")

// TestDocumentationShowsWhatIsPrinted keeps the texts in docs/testing.md the same as what tests print, and its examples the same as
// files that are tested.
func TestDocumentationShowsWhatIsPrinted(t *testing.T) {
	t.Parallel()
	doc := read(t, "docs/testing.md")
	texts := failures(t)
	shown := map[string]bool{}
	made := block.ReplaceAllStringFunc(doc, func(b string) string {
		m := block.FindStringSubmatch(b)
		body := m[3]
		switch m[1] {
		case "failure: ":
			text, ok := texts[m[2]]
			if !ok {
				t.Errorf("no failure is called %q", m[2])
			}
			shown[m[2]] = true
			body = strings.ReplaceAll(text, "\u00a0", " ") + "\n"
		case "the file ":
			body = read(t, m[2])
			if n := strings.Count(body, "\n"); n > 15 {
				t.Errorf("%s has %d lines: a first test has at most 15", m[2], n)
			}
		case "part of ":
			if !strings.Contains(read(t, m[2]), body) {
				t.Errorf("%s has no such part:\n%s", m[2], body)
			}
			if n := strings.Count(body, "\n"); n > 15 {
				t.Errorf("the part of %s has %d lines: a first test has at most 15", m[2], n)
			}
		}
		return strings.Replace(b, m[3]+"```\n", body+"```\n", 1)
	})
	for name := range texts {
		if !shown[name] {
			t.Errorf("docs/testing.md does not show the failure %q", name)
		}
	}
	if made == doc {
		return
	}
	if !*update {
		t.Error("docs/testing.md does not show what is printed now; run go test ./asltest/suite -update")
		return
	}
	if err := os.WriteFile(filepath.FromSlash(repository+"docs/testing.md"), []byte(made), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestTheTestsInTheDocumentationPass runs what docs/testing.md shows of suites against the definition that it is about.
func TestTheTestsInTheDocumentationPass(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```yaml\n(  - name: .*?)```\n").FindAllStringSubmatch(read(t, "docs/testing.md"), -1)
	if len(blocks) < 2 {
		t.Fatalf("%d tests", len(blocks))
	}
	text := "mocks: {Charge: {return: {id: r-1}}, Pick: {return: {}}, Print invoice: {return: {}}, Refund: {return: {}}}\ntests:\n"
	for _, b := range blocks {
		text += b[1]
	}
	dir := t.TempDir()
	write(t, dir, "order.asl.json", read(t, "examples/order.asl.json"))
	s, err := suite.Load(write(t, dir, "order.test.yaml", text), suite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context(), suite.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range r.Tests {
		if one.Outcome != suite.Passed {
			t.Errorf("%s: %s", one.Name, strings.Join(one.Messages, "\n"))
		}
	}
}
