package asl

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gait-engine/gait/internal/value"
)

// Bounds of YAML: aliases let a short text stand for a very long document.
const (
	maxYAMLNodes = 1 << 18
	maxYAMLDepth = defaultMaxDepth
)

// yamlReader turns YAML nodes into JSON text and notes where each value stands.
type yamlReader struct {
	subs   *substituter
	out    []byte
	places map[string]position
	keys   map[string]position // of the names of members
	nodes  int
}

// codeYAML is the code of text that is no YAML, or YAML that has no JSON form.
const codeYAML = "INVALID_YAML_DESCRIPTION"

// readYAML returns the JSON form of a YAML document.
func readYAML(src []byte, subs *substituter) (text []byte, places, keys map[string]position, err error) {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(src)))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil, nil, nil // blank: Compile says so
	case err != nil:
		return nil, nil, nil, notYAML(err)
	}
	if err := dec.Decode(&more); err == nil {
		return nil, nil, nil, yamlError(&more, "a definition is one YAML document, and another begins here")
	} else if !errors.Is(err, io.EOF) {
		return nil, nil, nil, notYAML(err)
	}
	r := &yamlReader{subs: subs, places: map[string]position{}, keys: map[string]position{}}
	if err := r.node(&doc, "", 0); err != nil {
		return nil, nil, nil, err
	}
	return r.out, r.places, r.keys, nil
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// notYAML takes the line out of the library's text.
func notYAML(err error) *Error {
	d := Diagnostic{Severity: SeverityError, Code: codeYAML, Message: strings.TrimPrefix(err.Error(), "yaml: "), Line: 1, Column: 1}
	if m := yamlLine.FindStringSubmatchIndex(d.Message); m != nil {
		d.Line, _ = strconv.Atoi(d.Message[m[2]:m[3]])
		d.Message = d.Message[:m[0]] + d.Message[m[1]:]
	}
	return &Error{Diagnostics: []Diagnostic{d}}
}

func yamlError(n *yaml.Node, format string, args ...any) *Error {
	return &Error{Diagnostics: []Diagnostic{{
		Severity: SeverityError, Code: codeYAML, Message: fmt.Sprintf(format, args...), Line: max(1, n.Line), Column: max(1, n.Column),
	}}}
}

func (r *yamlReader) node(n *yaml.Node, pointer string, depth int) error {
	if r.nodes++; r.nodes > maxYAMLNodes {
		return yamlError(n, "the document has more than %d values", maxYAMLNodes)
	}
	if depth > maxYAMLDepth {
		return yamlError(n, "nested deeper than %d levels", maxYAMLDepth)
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		return r.node(n.Content[0], pointer, depth)
	}
	r.places[pointer] = position{max(1, n.Line), max(1, n.Column)}
	switch n.Kind {
	case yaml.AliasNode:
		return r.node(n.Alias, pointer, depth+1)
	case yaml.MappingNode:
		return r.mapping(n, pointer, depth)
	case yaml.SequenceNode:
		if n.Tag != "!!seq" {
			return yamlError(n, "the tag %q is not supported", n.Tag)
		}
		r.out = append(r.out, '[')
		for i, e := range n.Content {
			if i > 0 {
				r.out = append(r.out, ',')
			}
			if err := r.node(e, pointer+"/"+strconv.Itoa(i), depth+1); err != nil {
				return err
			}
		}
		r.out = append(r.out, ']')
		return nil
	case yaml.ScalarNode:
		return r.scalar(n)
	default:
		r.out = append(r.out, "null"...)
		return nil
	}
}

// pair is one member of a mapping.
type pair struct{ key, value *yaml.Node }

func (r *yamlReader) mapping(n *yaml.Node, pointer string, depth int) error {
	if n.Tag != "!!map" {
		return yamlError(n, "the tag %q is not supported", n.Tag)
	}
	pairs, err := r.pairs(n, depth)
	if err != nil {
		return err
	}
	r.out = append(r.out, '{')
	for i, p := range pairs {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		name := r.subs.text(p.key.Value, p.key.Line, p.key.Column)
		r.out = append(value.AppendQuoted(r.out, name), ':')
		below := value.AppendPointer(pointer, name)
		r.keys[below] = position{max(1, p.key.Line), max(1, p.key.Column)}
		if err := r.node(p.value, below, depth+1); err != nil {
			return err
		}
	}
	r.out = append(r.out, '}')
	return nil
}

// pairs returns the members of a mapping with merge keys resolved: a name that the mapping gives itself wins.
func (r *yamlReader) pairs(n *yaml.Node, depth int) ([]pair, error) {
	if depth > maxYAMLDepth {
		return nil, yamlError(n, "nested deeper than %d levels", maxYAMLDepth)
	}
	var out []pair
	var merges []*yaml.Node
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		for k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		switch {
		case k.Kind != yaml.ScalarNode:
			return nil, yamlError(k, "the name of a member must be a text")
		case k.Tag == "!!merge":
			merges = append(merges, v)
			continue
		case seen[k.Value]:
			return nil, yamlError(k, "the member %.64q appears twice", k.Value)
		}
		seen[k.Value] = true
		out = append(out, pair{k, v})
	}
	for _, m := range merges {
		for m.Kind == yaml.AliasNode {
			m = m.Alias
		}
		from := []*yaml.Node{m}
		if m.Kind == yaml.SequenceNode {
			from = m.Content
		}
		for _, f := range from {
			for f.Kind == yaml.AliasNode {
				f = f.Alias
			}
			if f.Kind != yaml.MappingNode {
				return nil, yamlError(f, "a merge key needs a mapping")
			}
			inherited, err := r.pairs(f, depth+1)
			if err != nil {
				return nil, err
			}
			if r.nodes += len(inherited); r.nodes > maxYAMLNodes {
				return nil, yamlError(f, "the document has more than %d values", maxYAMLNodes)
			}
			for _, p := range inherited {
				if !seen[p.key.Value] {
					seen[p.key.Value] = true
					out = append(out, p)
				}
			}
		}
	}
	return out, nil
}

// scalar writes a scalar. Plain ones mean what YAML says they mean, after substitution.
func (r *yamlReader) scalar(n *yaml.Node) error {
	text, tag := n.Value, n.ShortTag()
	if strings.Contains(text, "${") {
		text = r.subs.text(text, n.Line, n.Column)
		if n.Style == 0 && text != n.Value {
			plain := yaml.Node{Kind: yaml.ScalarNode, Value: text}
			tag = plain.ShortTag()
		}
	}
	switch tag {
	case "!!str", "!!timestamp", "!!merge":
		r.out = value.AppendQuoted(r.out, text)
	case "!!null":
		r.out = append(r.out, "null"...)
	case "!!bool":
		r.out = strconv.AppendBool(r.out, strings.EqualFold(text, "true"))
	case "!!int", "!!float":
		number, ok := jsonNumber(text)
		if !ok {
			return yamlError(n, "the number %.64q cannot be written in JSON", text)
		}
		r.out = append(r.out, number...)
	default:
		return yamlError(n, "the tag %q is not supported", n.Tag)
	}
	return nil
}

// jsonNumber returns the JSON form of a YAML number, unchanged where it is one already.
func jsonNumber(s string) (string, bool) {
	if v, err := value.ParseString(s); err == nil && v.Kind() == value.Number {
		return s, true
	}
	plain := strings.ReplaceAll(strings.TrimPrefix(s, "+"), "_", "")
	if i, err := strconv.ParseInt(plain, 0, 64); err == nil {
		return strconv.FormatInt(i, 10), true
	}
	f, err := strconv.ParseFloat(plain, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return "", false
	}
	return value.FromFloat(f).JSON(), true
}
