package asl

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Source is the text of a definition, ready to compile: JSON, and where each value stood in the file that it was made from.
type Source struct {
	Name       string // of the file, for messages; may be empty
	Definition []byte // JSON
	places     map[string]position
	keys       map[string]position // of the names of members; YAML only, as places
}

// position counts lines and columns from 1.
type position struct{ line, column int }

// Load reads the definition in the named file; see [Read].
func Load(fsys fs.FS, name string, substitutions map[string]string) (*Source, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("asl: read definition: %w", err)
	}
	return Read(name, src, substitutions)
}

// Read makes a Source of JSON text, or of YAML when the name ends in ".yaml" or ".yml".
//
// With substitutions that are not nil, each placeholder ${Name} (letters, digits, '_') is replaced by its value, in the manner
// of CloudFormation's DefinitionSubstitutions: textually, before the document is read. What stands in quotes stays a string
// ("f-${Stage}", and "${T}" too; quotes and backslashes of the value are escaped), what stands without quotes becomes whatever
// the text means: `"TimeoutSeconds": ${T}` in JSON and `TimeoutSeconds: ${T}` in YAML are numbers when T is "30". Names of
// members are substituted as well. With nil, placeholders stay as they are.
//
// YAML is read as one document of plain data: anchors, aliases and merge keys are resolved; tags other than the standard ones
// and infinite numbers are refused; timestamps are strings.
//
// The error is an *[Error]: placeholders without a value (code MISSING_SUBSTITUTION, all of them, with a hint), or text that
// is not YAML. JSON that is not JSON is left for [Compile] to report.
func Read(name string, src []byte, substitutions map[string]string) (*Source, error) {
	s := &substituter{values: substitutions}
	out := &Source{Name: name}
	var err error
	switch path.Ext(name) {
	case ".yaml", ".yml":
		out.Definition, out.places, out.keys, err = readYAML(src, s)
	default:
		out.Definition = []byte(s.json(string(src)))
	}
	if err == nil && len(s.missing) > 0 {
		err = &Error{Diagnostics: s.missing}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Compile is [Compile] with the positions of the file.
func (s *Source) Compile(opts Options) (*Machine, error) {
	return compileText(s.Definition, opts, s.places)
}

// Validate is [Validate] with the positions of the file.
func (s *Source) Validate(opts Options) []Diagnostic {
	return compile(string(s.Definition), opts, s.places).diagnostics()
}

// Position is a place in a file; lines and columns count from 1.
type Position struct{ Line, Column int }

// Positions returns where the values at these JSON pointers stand in the file. Where there is no value it is the place of the
// nearest one around it. The text is read once for all of them.
func (s *Source) Positions(pointers ...string) []Position {
	at := make([]finding, len(pointers))
	for i, p := range pointers {
		at[i].Pointer = p
	}
	(&compiler{src: string(s.Definition), places: s.places}).position(at)
	out := make([]Position, len(at))
	for i := range at {
		out[i] = Position{max(1, at[i].Line), max(1, at[i].Column)}
	}
	return out
}

// substituter replaces placeholders and remembers those that have no value.
type substituter struct {
	values  map[string]string
	missing []Diagnostic
}

// placeholder returns the name of the placeholder that begins s, and its length; 0 when there is none.
func placeholder(s string) (name string, length int) {
	if !strings.HasPrefix(s, "${") {
		return "", 0
	}
	for i := 2; i < len(s); i++ {
		c := s[i]
		if c == '}' && i > 2 {
			return s[2:i], i + 1
		}
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			break
		}
	}
	return "", 0
}

// value returns the value for the name; line and column say where it is wanted.
func (s *substituter) value(name string, line, column int) string {
	v, ok := s.values[name]
	if !ok && len(s.missing) < maxDiagnostics {
		s.missing = append(s.missing, Diagnostic{
			Severity: SeverityError, Code: "MISSING_SUBSTITUTION", Message: "No value for the substitution '${" + name + "}'",
			Line: line, Column: column, Hint: didYouMean(name, s.values),
		})
	}
	return v
}

// text replaces the placeholders of a text that stands at the position.
func (s *substituter) text(t string, line, column int) string {
	if s.values == nil || !strings.Contains(t, "${") {
		return t
	}
	var b strings.Builder
	for i := 0; i < len(t); {
		if name, n := placeholder(t[i:]); n > 0 {
			b.WriteString(s.value(name, line, column))
			i += n
			continue
		}
		b.WriteByte(t[i])
		i++
	}
	return b.String()
}

// json replaces the placeholders of JSON text: escaped inside strings, as they are outside. Lines keep their numbers.
func (s *substituter) json(t string) string {
	if s.values == nil || !strings.Contains(t, "${") {
		return t
	}
	var b strings.Builder
	quoted, line, start := false, 1, 0
	for i := 0; i < len(t); i++ {
		switch c := t[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(t):
			b.WriteByte(c)
			i++
		case c == '\n':
			line, start = line+1, i+1
		case c == '$':
			name, n := placeholder(t[i:])
			if n == 0 {
				break
			}
			v := s.value(name, line, i-start+1)
			if quoted {
				q := value.AppendQuoted(nil, v)
				v = string(q[1 : len(q)-1])
			} else {
				v = strings.NewReplacer("\r\n", " ", "\n", " ").Replace(v)
			}
			b.WriteString(v)
			i += n - 1
			continue
		}
		b.WriteByte(t[i])
	}
	return b.String()
}
