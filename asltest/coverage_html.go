package asltest

import (
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

// WriteHTML writes one page with a graph of each machine and its text: what was covered is green with the number of times, what
// was not is red, dashed and marked with ✗. It needs no network.
func (c *Coverage) WriteHTML(w io.Writer) error {
	page := htmlPage{Percent: fmt.Sprintf("%.1f%%", c.Percent())}
	for i := range c.Machines {
		page.Machines = append(page.Machines, newHTMLMachine(&c.Machines[i]))
	}
	return htmlReport.Execute(w, page)
}

type htmlPage struct {
	Percent  string
	Machines []htmlMachine
}

type htmlMachine struct {
	Name, Summary string
	Flows         []htmlFlow
	Missing       []CoverageItem
	Lines         []htmlLine
}

type htmlLine struct {
	N           int
	Text, Class string
	Title       string
}

// htmlFlow is the drawing of one StartAt with its states.
type htmlFlow struct {
	Title         string
	Width, Height int
	Boxes         []htmlBox
	Edges         []htmlEdge
}

type htmlBox struct {
	X, Y, W, H, TextX, TextY int
	Name, Title, Class       string
}

type htmlEdge struct {
	Path, Title, Class string
}

func newHTMLMachine(m *MachineCoverage) htmlMachine {
	var summary strings.Builder
	_ = (&Coverage{Machines: []MachineCoverage{*m}}).WriteSummary(&summary) // a Builder does not fail
	h := htmlMachine{Name: shortPath(m.Name), Summary: strings.TrimSpace(summary.String())}
	var flows []string
	for _, item := range m.Items {
		if item.Hits == 0 {
			h.Missing = append(h.Missing, item)
		}
		if !slices.Contains(flows, item.Flow) {
			flows = append(flows, item.Flow)
		}
	}
	for _, flow := range flows {
		h.Flows = append(h.Flows, drawFlow(m, flow))
	}
	h.Lines = sourceLines(m)
	return h
}

// sourceLines marks the lines of the text: missed when one of its items was, else hit.
func sourceLines(m *MachineCoverage) []htmlLine {
	classes, titles := map[int]string{}, map[int][]string{}
	for _, item := range m.Items {
		if item.Hits == 0 {
			classes[item.Line] = "missed"
		} else if classes[item.Line] == "" {
			classes[item.Line] = "hit"
		}
		titles[item.Line] = append(titles[item.Line], fmt.Sprintf("%s %s: %d", item.Kind, item.Label, item.Hits))
	}
	var lines []htmlLine
	for i, text := range strings.Split(strings.TrimSuffix(m.Source, "\n"), "\n") {
		lines = append(lines, htmlLine{N: i + 1, Text: text, Class: classes[i+1], Title: strings.Join(titles[i+1], "\n")})
	}
	return lines
}

// Measures of the drawing.
const (
	boxWidth, boxHeight = 170, 34
	gapX, gapY          = 30, 46
)

// drawFlow lays the states out in rows, each state one row below the first state that leads to it.
func drawFlow(m *MachineCoverage, flow string) htmlFlow {
	d := htmlFlow{Title: flow}
	row, led := map[string]int{}, map[string]bool{}
	var names []string
	hits := map[string]int{}
	var edges []CoverageItem
	for _, item := range m.Items {
		switch {
		case item.Flow != flow:
		case item.Kind == CoverState:
			names = append(names, item.State)
			hits[item.State] = item.Hits
		case item.Kind == CoverTransition && item.To != "":
			edges = append(edges, item)
			led[item.To] = led[item.To] || item.To != item.State
		}
	}
	var queue []string
	place := func(name string, at int) {
		if _, ok := row[name]; !ok {
			row[name] = at
			queue = append(queue, name)
		}
	}
	for _, roots := range []bool{true, false} { // states that nothing leads to first; then what only circles hold
		for _, name := range names {
			if roots && led[name] {
				continue
			}
			place(name, 0)
			for len(queue) > 0 {
				at := queue[0]
				queue = queue[1:]
				for _, e := range edges {
					if e.State == at {
						place(e.To, row[at]+1)
					}
				}
			}
		}
	}
	column, used := map[string]int{}, map[int]int{}
	for _, name := range names {
		column[name] = used[row[name]]
		used[row[name]]++
		d.Width = max(d.Width, gapX+used[row[name]]*(boxWidth+gapX))
		d.Height = max(d.Height, gapY+(row[name]+1)*(boxHeight+gapY))
	}
	x := func(name string) int { return gapX + column[name]*(boxWidth+gapX) }
	y := func(name string) int { return gapY/2 + row[name]*(boxHeight+gapY) }
	for _, e := range edges {
		class := "hit"
		if e.Hits == 0 {
			class = "missed"
		}
		fromX, fromY, toX, toY := x(e.State)+boxWidth/2, y(e.State)+boxHeight, x(e.To)+boxWidth/2, y(e.To)
		path := fmt.Sprintf("M%d %d L%d %d", fromX, fromY, toX, toY-2)
		if row[e.To] != row[e.State]+1 { // not to the next row: a curve on the right, around what is between
			side := max(x(e.State), x(e.To)) + boxWidth + gapX/2
			path = fmt.Sprintf("M%d %d C%d %d %d %d %d %d", x(e.State)+boxWidth, fromY-boxHeight/2, side, fromY, side, toY, x(e.To)+boxWidth+2, toY+boxHeight/2)
		}
		d.Edges = append(d.Edges, htmlEdge{Path: path, Class: class, Title: fmt.Sprintf("%s: %d", e.Label, e.Hits)})
	}
	for _, name := range names {
		b := htmlBox{
			X: x(name), Y: y(name), W: boxWidth, H: boxHeight, TextX: x(name) + boxWidth/2, TextY: y(name) + boxHeight/2 + 4,
			Class: "hit", Title: fmt.Sprintf("%s: %d", name, hits[name]), Name: fmt.Sprintf("%s ×%d", clipName(name), hits[name]),
		}
		if hits[name] == 0 {
			b.Class, b.Name = "missed", clipName(name)+" ✗"
		}
		d.Boxes = append(d.Boxes, b)
	}
	return d
}

func clipName(name string) string {
	const most = 18
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}

var htmlReport = template.Must(template.New("coverage").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>State machine coverage</title><style>
:root { color-scheme: light dark; --hit: #2a7d46; --missed: #c0392b; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; }
pre { font: 12px/1.5 ui-monospace, monospace; } pre span { display: block; }
pre .hit { border-left: 4px solid var(--hit); } pre .missed { border-left: 4px dashed var(--missed); background: #c0392b22; }
pre span { border-left: 4px solid transparent; padding-left: .5em; }
svg text { font: 12px system-ui, sans-serif; text-anchor: middle; fill: currentColor; }
svg rect, svg path { fill: none; stroke-width: 1.5; }
svg .hit { stroke: var(--hit); } svg .missed { stroke: var(--missed); stroke-dasharray: 5 4; }
</style></head><body><h1>State machine coverage: {{.Percent}}</h1>
<svg width="0" height="0"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><polygon points="0,0 8,4 0,8" fill="currentColor"/></marker></defs></svg>
{{range .Machines}}<h2>{{.Name}}</h2><p>{{.Summary}}</p>
{{range .Flows}}{{if .Title}}<h3>{{.Title}}</h3>{{end}}
<svg width="{{.Width}}" height="{{.Height}}" role="img">
{{range .Edges}}<path class="{{.Class}}" d="{{.Path}}" marker-end="url(#tip)"><title>{{.Title}}</title></path>
{{end}}{{range .Boxes}}<g><title>{{.Title}}</title><rect class="{{.Class}}" x="{{.X}}" y="{{.Y}}" width="{{.W}}" height="{{.H}}" rx="6"/><text x="{{.TextX}}" y="{{.TextY}}">{{.Name}}</text></g>
{{end}}</svg>
{{end}}{{if .Missing}}<h3>Not covered</h3><ul>{{range .Missing}}<li>line {{.Line}}: {{.Kind}} {{.Label}}</li>{{end}}</ul>{{end}}
<pre>{{range .Lines}}<span class="{{.Class}}" title="{{.Title}}">{{printf "%4d" .N}}  {{.Text}}</span>{{end}}</pre>
{{end}}</body></html>
`))
