package main

import (
	"fmt"
	"strings"

	"github.com/gait-engine/gait/asl"
)

// The measures of a drawing, in pixels.
const (
	charWidth   = 7.3 // of the font of names, generously
	leafWidth   = 128 // at least
	leafHeight  = 42
	markSize    = 14 // of the start and the end of a flow
	boxPadding  = 14
	titleHeight = 40
	margin      = 16
)

// svg draws the machine as a picture that needs nothing else. States inside Parallel and Map stand in their box.
func svg(d *drawing) string {
	top := layFlow(d, 0)
	w, h := top.width+2*margin, top.height+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, "<title>%s</title>\n<style>\n%s</style>\n", xmlText(titleOf(d.machine)), svgStyle())
	fmt.Fprintf(&b, `<rect class="paper" width="%.0f" height="%.0f"/>`+"\n", w, h)
	top.draw(&b, margin, margin)
	b.WriteString("</svg>\n")
	return b.String()
}

func titleOf(m *asl.Machine) string {
	if m.Comment != "" {
		return m.Comment
	}
	return "State machine"
}

func svgStyle() string {
	var b strings.Builder
	b.WriteString(`text{font:13px system-ui,sans-serif;fill:#202124;text-anchor:middle}
text.kind,text.label{font-size:10px;fill:#5f6368}
text.label{paint-order:stroke;stroke:#fff;stroke-width:3px}
.paper{fill:#fff}
.state{fill:#fff;stroke:#5f6368;stroke-width:1.3}
.box{fill-opacity:.45}
.mark,.head{fill:#5f6368}
.ring{fill:none;stroke:#5f6368}
.way{fill:none;stroke:#5f6368;stroke-width:1.2}
.catch{stroke-dasharray:5 3}
.taken{stroke-width:2.6}
`)
	for _, l := range looks {
		dash := ""
		if l.word == looks[notReached].word {
			dash = ";stroke-dasharray:4 3"
		}
		fmt.Fprintf(&b, ".%s{fill:%s;stroke:%s%s}\n", l.word, l.fill, l.line, dash)
	}
	b.WriteString("@media(prefers-color-scheme:dark){.paper{fill:#202124}text.label{fill:#dadce0;stroke:#202124}.way,.ring{stroke:#bdc1c6}.mark,.head{fill:#bdc1c6}}\n")
	return b.String()
}

// picture is a flow with its places, ready to be drawn.
type picture struct {
	layout
	d        *drawing
	flow     *asl.Flow
	arrows   []arrow
	branches [][]*picture // of each state
	end      int          // node of the end; 0: none
}

// layFlow lays a flow out, with what is inside of its states. Node 0 is the start, node i+1 is state i.
func layFlow(d *drawing, id asl.FlowID) *picture {
	f := &d.machine.Flows[id]
	p := &picture{d: d, flow: f, arrows: d.arrows(f), branches: make([][]*picture, len(f.States))}
	p.nodes = append(p.nodes, node{w: markSize, h: markSize})
	p.edges = append(p.edges, route{from: 0, to: int(f.StartAt) + 1})
	for i, s := range f.States {
		n := node{w: max(leafWidth, charWidth*float64(len([]rune(p.title(s))))+26), h: leafHeight}
		if flows := inner(s); len(flows) > 0 {
			w, h := -float64(boxPadding), 0.0
			for _, child := range flows {
				c := layFlow(d, child)
				p.branches[i] = append(p.branches[i], c)
				w, h = w+c.width+boxPadding, max(h, c.height)
			}
			n.w, n.h = max(n.w, w+2*boxPadding), titleHeight+h+boxPadding
		}
		p.nodes = append(p.nodes, n)
	}
	for _, a := range p.arrows {
		to := int(a.to) + 1
		if a.to == asl.NoState {
			if p.end == 0 {
				p.end = len(p.nodes)
				p.nodes = append(p.nodes, node{w: markSize, h: markSize})
			}
			to = p.end
		}
		p.edges = append(p.edges, route{from: int(a.from) + 1, to: to})
	}
	p.place()
	for _, a := range p.arrows {
		if a.to == a.from {
			p.width += nodeGap // room for the loop
			break
		}
	}
	return p
}

// title is what stands in a state.
func (p *picture) title(s asl.State) string {
	name := []rune(s.Common().Name)
	if len(name) > 40 {
		name = append(name[:39], '…')
	}
	icon, _, _ := p.d.look(s.Common().Name)
	return icon + string(name)
}

func (p *picture) draw(b *strings.Builder, x, y float64) {
	fmt.Fprintf(b, `<g transform="translate(%.1f %.1f)">`+"\n", x, y)
	for i := range p.edges {
		var a arrow
		if i > 0 {
			a = p.arrows[i-1]
		}
		p.drawEdge(b, &p.edges[i], &a)
	}
	start := &p.nodes[0]
	fmt.Fprintf(b, `<circle class="mark" cx="%.1f" cy="%.1f" r="%.1f"/>`+"\n", start.x, start.y+markSize/2, markSize/2.0)
	if p.end > 0 {
		n := &p.nodes[p.end]
		fmt.Fprintf(b, `<circle class="ring" cx="%.1f" cy="%.1f" r="%.1f"/><circle class="mark" cx="%.1f" cy="%.1f" r="%.1f"/>`+"\n",
			n.x, n.y+markSize/2, markSize/2.0, n.x, n.y+markSize/2, markSize/2.0-3)
	}
	for i, s := range p.flow.States {
		p.drawState(b, s, &p.nodes[i+1], p.branches[i])
	}
	b.WriteString("</g>\n")
}

func (p *picture) drawState(b *strings.Builder, s asl.State, n *node, branches []*picture) {
	c := s.Common()
	class, kind := "state", string(c.Type)
	if _, word, ok := p.d.look(c.Name); ok {
		class += " " + word
		kind += " · " + strings.ReplaceAll(word, "-", " ")
	}
	round := 8
	if c.Type == asl.TypeChoice {
		round = leafHeight / 2
	}
	if len(branches) > 0 {
		class += " box"
	}
	tip := c.Name
	if c.Comment != "" {
		tip += ": " + c.Comment
	}
	fmt.Fprintf(b, `<g><title>%s</title><rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%d"/>`,
		xmlText(tip), class, n.x-n.w/2, n.y, n.w, n.h, round)
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f">%s</text><text class="kind" x="%.1f" y="%.1f">%s</text>`+"\n",
		n.x, n.y+18, xmlText(p.title(s)), n.x, n.y+33, kind)
	total := -float64(boxPadding)
	for _, c := range branches {
		total += c.width + boxPadding
	}
	x := n.x - total/2
	for _, c := range branches {
		c.draw(b, x, n.y+titleHeight)
		x += c.width + boxPadding
	}
	b.WriteString("</g>\n")
}

// drawEdge draws a transition: curves between the layers, straight lines through them.
func (p *picture) drawEdge(b *strings.Builder, e *route, a *arrow) {
	class := "way"
	if a.onlyCatch {
		class += " catch"
	}
	if a.taken {
		class += " taken"
	}
	var path strings.Builder
	var labelX, labelY float64
	aside := e.aside()
	if e.from == e.to {
		n := &p.nodes[e.from]
		right, mid := n.x+n.w/2, n.y+n.h/2
		fmt.Fprintf(&path, "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", right, mid-8, right+26, mid-16, right+26, mid+16, right, mid+8)
		labelX, labelY = right+14, mid-14
	} else {
		first := &p.nodes[e.through[0]]
		fmt.Fprintf(&path, "M%.1f %.1f", first.x+aside, first.y+first.h)
		for k := 1; k < len(e.through); k++ {
			from, to := &p.nodes[e.through[k-1]], &p.nodes[e.through[k]]
			floor := p.floor(from.layer)
			mid := (floor + to.y) / 2
			fmt.Fprintf(&path, "L%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", from.x+aside, floor, from.x+aside, mid, to.x+aside, mid,
				to.x+aside, to.y)
			if k == 1 {
				labelX, labelY = (from.x+3*to.x)/4+aside, mid+layerGap/5
			}
		}
	}
	fmt.Fprintf(b, `<path class="%s" d="%s"/><path class="head" d="%s"/>`+"\n", class, path.String(), p.head(e))
	if a.label != "" {
		fmt.Fprintf(b, `<text class="label" x="%.1f" y="%.1f">%s</text>`+"\n", labelX, labelY, xmlText(a.label))
	}
}

// aside moves transitions that go up beside those that go down.
func (e *route) aside() float64 {
	if e.back {
		return 18
	}
	return 0
}

// head returns the point of the arrow. Transitions meet states from above, those that go up from below, loops from the right.
func (p *picture) head(e *route) string {
	n := &p.nodes[e.to]
	switch {
	case e.from == e.to:
		return fmt.Sprintf("M%.1f %.1fl8 -3 0 7z", n.x+n.w/2, n.y+n.h/2+8)
	case e.back:
		return fmt.Sprintf("M%.1f %.1fl-4 8 8 0z", n.x+e.aside(), n.y+n.h)
	}
	return fmt.Sprintf("M%.1f %.1fl-4 -8 8 0z", n.x, n.y)
}

// xmlText writes a text for XML, without the characters that XML does not have.
func xmlText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
