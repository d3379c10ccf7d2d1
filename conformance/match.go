package conformance

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// matcher compares expected with actual values by the rules of the corpus:
//
//   - an expected string in anyWords matches everything;
//   - strings match if equal, if the expected one with its placeholders replaced by non-empty texts gives the actual one, or if
//     both are JSON texts of matching values; a placeholder that ends in ":N>" stands for the same text everywhere;
//   - an expected object or array matches the JSON text of a matching value;
//   - objects have the same members, arrays the same length, numbers are equal by value.
type matcher struct {
	words  map[string]bool
	tokens *regexp.Regexp // nil without placeholders
	bound  map[string]string
}

// indexed tells placeholders that stand for one text.
var indexed = regexp.MustCompile(`:\d+>$`)

func newMatcher(doc value.Value) *matcher {
	m := &matcher{words: map[string]bool{}, bound: map[string]string{}}
	for _, w := range get(doc, "anyWords").Elems() {
		m.words[w.Str()] = true
	}
	var tokens []string
	for _, t := range get(doc, "placeholders").Elems() {
		if t.Len() > 0 && t.Kind() == value.String {
			tokens = append(tokens, t.Str())
		}
	}
	if len(tokens) > 0 {
		slices.SortStableFunc(tokens, func(a, b string) int { return len(b) - len(a) })
		for i, t := range tokens {
			tokens[i] = regexp.QuoteMeta(t)
		}
		m.tokens = regexp.MustCompile(strings.Join(tokens, "|"))
	}
	return m
}

// try is diff that binds nothing unless the values match.
func (m *matcher) try(want, got value.Value) bool {
	if m.tokens == nil {
		return m.diff(want, got, "$") == ""
	}
	bound := maps.Clone(m.bound)
	if m.diff(want, got, "$") == "" {
		return true
	}
	m.bound = bound
	return false
}

// diff returns "" when got matches want, else what differs and where.
func (m *matcher) diff(want, got value.Value, path string) string {
	switch want.Kind() {
	case value.String:
		return m.diffString(want, got, path)
	case value.Object:
		return m.diffObject(want, payload(got), path)
	case value.Array:
		got = payload(got)
		if got.Kind() != value.Array || got.Len() != want.Len() {
			return mismatch(want, got, path)
		}
		for i, w := range want.Elems() {
			if d := m.diff(w, got.Elems()[i], fmt.Sprintf("%s[%d]", path, i)); d != "" {
				return d
			}
		}
		return ""
	default:
		if want.Equal(got) {
			return ""
		}
		return mismatch(want, got, path)
	}
}

func (m *matcher) diffString(want, got value.Value, path string) string {
	w := want.Str()
	if m.words[w] {
		return ""
	}
	if got.Kind() == value.String {
		g := got.Str()
		if w == g || m.tokens != nil && m.text(w, g) {
			return ""
		}
		wv, wErr := value.ParseString(w)
		gv, gErr := value.ParseString(g)
		if wErr == nil && gErr == nil {
			return m.diff(wv, gv, path+"(json)")
		}
	}
	return mismatch(want, got, path)
}

func (m *matcher) diffObject(want, got value.Value, path string) string {
	if got.Kind() != value.Object {
		return mismatch(want, got, path)
	}
	for _, w := range want.Members() {
		g, ok := got.Get(w.Key)
		if !ok {
			return fmt.Sprintf("%s: missing member %q, expected %s", path, w.Key, short(w.Value))
		}
		if d := m.diff(w.Value, g, path+"."+w.Key); d != "" {
			return d
		}
	}
	for _, g := range got.Members() {
		if _, ok := want.Get(g.Key); !ok {
			return fmt.Sprintf("%s: unexpected member %q: %s", path, g.Key, short(g.Value))
		}
	}
	return ""
}

// text reports whether want with its placeholders filled in gives got, and binds the indexed ones.
func (m *matcher) text(want, got string) bool {
	at := m.tokens.FindAllStringIndex(want, -1)
	if len(at) == 0 {
		return false
	}
	var pattern strings.Builder
	pattern.WriteString(`(?s)\A`)
	end := 0
	for _, span := range at {
		pattern.WriteString(regexp.QuoteMeta(want[end:span[0]]))
		pattern.WriteString("(.+?)")
		end = span[1]
	}
	pattern.WriteString(regexp.QuoteMeta(want[end:]))
	pattern.WriteString(`\z`)
	re, err := regexp.Compile(pattern.String())
	if err != nil {
		return false // longer than a pattern may be
	}
	found := re.FindStringSubmatch(got)
	if found == nil {
		return false
	}
	for i, span := range at {
		token := want[span[0]:span[1]]
		if !indexed.MatchString(token) {
			continue
		}
		if old, ok := m.bound[token]; ok && old != found[i+1] {
			return false
		}
		m.bound[token] = found[i+1]
	}
	return true
}

// payload returns the value of a string that is a JSON text, and v itself otherwise.
func payload(v value.Value) value.Value {
	if v.Kind() != value.String {
		return v
	}
	if x, err := value.ParseString(v.Str()); err == nil {
		return x
	}
	return v
}

func mismatch(want, got value.Value, path string) string {
	return fmt.Sprintf("%s: expected %s, got %s", path, short(want), short(got))
}

// short is the JSON text of a value, cut.
func short(v value.Value) string { return cut(v.JSON(), 400) }

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
