package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
)

// mermaid draws a state diagram of Mermaid: Parallel and Map are composite states, Parallel with a line between its branches.
func mermaid(d *drawing) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	classes := map[string][]string{}
	mermaidFlow(&b, d, 0, "    ", classes)
	if d.status != nil {
		for s, l := range looks {
			dash := ""
			if status(s) == notReached {
				dash = ",stroke-dasharray:4 3"
			}
			if ids := classes[l.word]; len(ids) > 0 {
				fmt.Fprintf(&b, "    classDef %s fill:%s,stroke:%s,color:#202124%s\n    class %s %s\n", l.word, l.fill, l.line, dash, strings.Join(ids, ","), l.word)
			}
		}
	}
	return b.String()
}

func mermaidFlow(b *strings.Builder, d *drawing, flow asl.FlowID, indent string, classes map[string][]string) {
	f := &d.machine.Flows[flow]
	id := func(s asl.StateID) string { return fmt.Sprintf("f%ds%d", flow, s) }
	for i, s := range f.States {
		name := s.Common().Name
		icon, word, ok := d.look(name)
		fmt.Fprintf(b, "%sstate \"%s\" as %s\n", indent, mermaidText(icon+name), id(asl.StateID(i)))
		flows := inner(s)
		if len(flows) == 0 {
			if ok {
				classes[word] = append(classes[word], id(asl.StateID(i)))
			}
			continue
		}
		fmt.Fprintf(b, "%sstate %s {\n", indent, id(asl.StateID(i)))
		for n, child := range flows {
			if n > 0 {
				fmt.Fprintf(b, "%s    --\n", indent)
			}
			mermaidFlow(b, d, child, indent+"    ", classes)
		}
		fmt.Fprintf(b, "%s}\n", indent)
	}
	fmt.Fprintf(b, "%s[*] --> %s\n", indent, id(f.StartAt))
	for _, a := range d.arrows(f) {
		to := "[*]"
		if a.to != asl.NoState {
			to = id(a.to)
		}
		label := mermaidText(a.label)
		if a.taken {
			label = strings.TrimSpace("✓ " + label)
		}
		if label != "" {
			label = " : " + label
		}
		fmt.Fprintf(b, "%s%s --> %s%s\n", indent, id(a.from), to, label)
	}
	for i, s := range f.States {
		if s.Common().Type == asl.TypeFail {
			fmt.Fprintf(b, "%s%s --> [*] : fails\n", indent, id(asl.StateID(i)))
		}
	}
}

// mermaidText writes a text with the entities that Mermaid knows.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\"#;:<>{}\\`%", r):
			fmt.Fprintf(&b, "#%d;", r)
		case r < ' ':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// dot draws a graph of Graphviz: the branches of Parallel and Map are clusters below their state.
func dot(d *drawing) string {
	var b strings.Builder
	b.WriteString("digraph machine {\n  node [fontname=\"sans-serif\", fontsize=11, style=\"rounded,filled\", fillcolor=white, shape=box];\n" +
		"  edge [fontname=\"sans-serif\", fontsize=9];\n")
	dotFlow(&b, d, 0, "  ")
	b.WriteString("}\n")
	return b.String()
}

var dotShapes = map[asl.Type]string{asl.TypeChoice: "diamond", asl.TypeSucceed: "oval", asl.TypeFail: "octagon",
	asl.TypeParallel: "box3d", asl.TypeMap: "box3d"}

func dotFlow(b *strings.Builder, d *drawing, flow asl.FlowID, indent string) {
	f := &d.machine.Flows[flow]
	id := func(s asl.StateID) string { return fmt.Sprintf("f%ds%d", flow, s) }
	end := fmt.Sprintf("f%dend", flow)
	for i, s := range f.States {
		c := s.Common()
		icon, word, ok := d.look(c.Name)
		attributes := []string{"label=" + dotText(icon+c.Name)}
		if shape := dotShapes[c.Type]; shape != "" {
			attributes = append(attributes, "shape="+shape)
		}
		if ok {
			l := looks[d.status[c.Name]]
			attributes = append(attributes, fmt.Sprintf("fillcolor=%q, color=%q, tooltip=%q", l.fill, l.line, word))
			if d.status[c.Name] == notReached {
				attributes = append(attributes, `style="rounded,filled,dashed"`)
			}
		}
		fmt.Fprintf(b, "%s%s [%s];\n", indent, id(asl.StateID(i)), strings.Join(attributes, ", "))
		for _, child := range inner(s) {
			fmt.Fprintf(b, "%ssubgraph cluster_f%d {\n%s  style=\"rounded,dashed\"; color=gray; label=%s;\n", indent, child, indent, dotText(c.Name))
			dotFlow(b, d, child, indent+"  ")
			fmt.Fprintf(b, "%s}\n%s%s -> f%dstart [style=dashed];\n", indent, indent, id(asl.StateID(i)), child)
		}
	}
	all := d.arrows(f)
	fmt.Fprintf(b, "%sf%dstart [shape=circle, label=\"\", width=0.15, fillcolor=black];\n", indent, flow)
	if slices.ContainsFunc(all, func(a arrow) bool { return a.to == asl.NoState }) {
		fmt.Fprintf(b, "%s%s [shape=doublecircle, label=\"\", width=0.1, fillcolor=black];\n", indent, end)
	}
	fmt.Fprintf(b, "%sf%dstart -> %s;\n", indent, flow, id(f.StartAt))
	for _, a := range all {
		to := end
		if a.to != asl.NoState {
			to = id(a.to)
		}
		var attributes []string
		if a.label != "" {
			attributes = append(attributes, "label="+dotText(a.label))
		}
		if a.onlyCatch {
			attributes = append(attributes, "style=dashed")
		}
		if a.taken {
			attributes = append(attributes, `color="#1a7f37", penwidth=2`)
		}
		list := ""
		if len(attributes) > 0 {
			list = " [" + strings.Join(attributes, ", ") + "]"
		}
		fmt.Fprintf(b, "%s%s -> %s%s;\n", indent, id(a.from), to, list)
	}
}

// dotText writes a quoted string of DOT, in which only quotes and backslashes are special.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(s) + `"`
}
