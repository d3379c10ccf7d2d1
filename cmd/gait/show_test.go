package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/task/httptask"
)

func TestLiveLineIsRewritten(t *testing.T) {
	t.Parallel()
	m, err := asl.Compile([]byte(`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Wait", "Seconds": 2, "End": true}}}`), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := asltest.Run(m, "{}", asltest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	p := &progress{w: &b, live: true, trace: newTrace()}
	for i, e := range r.Events {
		p.event(&e)
		if i == 3 {
			p.draw(e.Timestamp.Add(time.Second))
		}
	}
	const want = "   0.000s ✓ A\n" + "     1.0s ⠋ B" + "\r\x1b[2K" + "   2.000s ✓ B  2s\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

func TestColoursAreLeftOutWithNoColor(t *testing.T) {
	t.Parallel()
	for _, p := range []*progress{{}, {colours: true}} {
		if got := strings.Contains(p.paint(red, "x"), "\x1b"); got != p.colours {
			t.Errorf("colours %v: escape sequence %v", p.colours, got)
		}
	}
}

// TestSVGIsWellFormed draws loops, branches and names that XML has to escape, and reads the picture back.
func TestSVGIsWellFormed(t *testing.T) {
	t.Parallel()
	m, err := asl.Compile([]byte(`{"StartAt": "A<\"&>", "States": {
		"A<\"&>": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "A<\"&>"}, {"Variable": "$.y", "IsPresent": true, "Next": "P"}], "Default": "B"},
		"B": {"Type": "Wait", "Seconds": 1, "Next": "A<\"&>"},
		"P": {"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Pass", "End": true}}}, {"StartAt": "Y", "States": {"Y": {"Type": "Fail"}}}], "End": true}}}`), asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	picture := svg(&drawing{machine: m})
	rects, heads := 0, 0
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, picture)
		}
		if e, ok := token.(xml.StartElement); ok {
			switch {
			case e.Name.Local == "rect":
				rects++
			case e.Name.Local == "path" && e.Attr[0].Value == "head":
				heads++
			}
		}
	}
	if rects != 1+5 {
		t.Errorf("got %d rectangles, want the paper and 5 states", rects)
	}
	if heads != 9 {
		t.Errorf("got %d arrows, want 3 of starts, 3 of the Choice, and those of B, P and X", heads)
	}
}

// TestStatesDoNotOverlap checks the layout of a flow with long, crossing and closing transitions.
func TestStatesDoNotOverlap(t *testing.T) {
	t.Parallel()
	l := layout{}
	for range 9 {
		l.nodes = append(l.nodes, node{w: 100, h: 40})
	}
	for _, e := range [][2]int{{0, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 5}, {3, 6}, {4, 5}, {5, 7}, {6, 7}, {7, 1}, {1, 8}, {7, 8}, {3, 3}} {
		l.edges = append(l.edges, route{from: e[0], to: e[1]})
	}
	l.place()
	for i, a := range l.nodes {
		if a.x-a.w/2 < -0.01 || a.x+a.w/2 > l.width+0.01 || a.y < 0 || a.y+a.h > l.height+0.01 {
			t.Errorf("node %d at %.0f,%.0f is outside of %.0f×%.0f", i, a.x, a.y, l.width, l.height)
		}
		for j, b := range l.nodes[:i] {
			if a.layer == b.layer && a.x-a.w/2 < b.x+b.w/2 && b.x-b.w/2 < a.x+a.w/2 {
				t.Errorf("nodes %d and %d overlap", j, i)
			}
		}
	}
	for _, e := range l.edges {
		if want := e.from == 7 && e.to == 1; e.back != want && e.from != e.to {
			t.Errorf("transition %d→%d: back is %v, want %v", e.from, e.to, e.back, want)
		}
	}
}

func TestCompletionScriptForBashIsUnderstood(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	var script bytes.Buffer
	if code := Run(t.Context(), []string{"completion", "bash"}, strings.NewReader(""), &script, io.Discard, nil); code != exitDone {
		t.Fatalf("got code %d", code)
	}
	cmd := exec.Command(bash, "--norc", "-c", script.String()+"\nCOMP_WORDS=(gait run --st); COMP_CWORD=2; _gait; echo \"${COMPREPLY[@]}\"\n"+
		"COMP_WORDS=(gait va); COMP_CWORD=1; _gait; echo \"${COMPREPLY[@]}\"")
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "--store\nvalidate\n" {
		t.Errorf("got %q, %v, want --store and validate", out, err)
	}
}

func TestExampleOfMocksIsOne(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../examples/order-mock.json")
	if err != nil {
		t.Fatal(err)
	}
	mocks, err := parseMocks(data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := os.ReadFile("../../examples/order.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	machine, err := asl.Compile(m, asl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := newWork(nil).register(taskStates(machine), nil, mocks, httptask.New(httptask.Config{})); err != nil {
		t.Error(err)
	}
}
