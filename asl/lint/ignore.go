package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// ignore is one "gait:ignore" of a Comment.
type ignore struct {
	pointer string          // of the object that has the Comment
	rules   map[string]bool // false: has hidden nothing yet
}

var ignorePattern = regexp.MustCompile(`gait:ignore[ \t]+([A-Za-z0-9_-]+(?:[ \t]*,[ \t]*[A-Za-z0-9_-]+)*)`)

// suppressions reads the Comments of the machine, its states, rules, retriers, catchers, branches and processors.
func (l *linter) suppressions() {
	l.comment("", l.doc)
	for i := range l.m.Flows {
		f := &l.m.Flows[i]
		if f.Pointer != "" {
			l.commentAt(f.Pointer)
		}
		for _, s := range f.States {
			p := s.Common().Pointer
			v, _ := l.raw(p)
			l.comment(p, v)
			for _, field := range []string{"Choices", "Retry", "Catch"} {
				list, _ := v.Get(field)
				for i, e := range list.Elems() {
					l.comment(at(p, field, itoa(i)), e)
				}
			}
		}
	}
	for _, g := range l.ignores {
		for id := range g.rules {
			if _, ok := ruleByID(id); !ok {
				hint := "gait lint --list names the rules"
				if near := nearest(id, ruleIDs()); near != "" {
					hint = "did you mean " + quoted(near) + "?"
				}
				l.add("unknown-ignore", at(g.pointer, "Comment"), hint, "There is no rule %q to ignore", id)
				g.rules[id] = true
			}
		}
	}
}

func (l *linter) commentAt(pointer string) {
	if v, ok := l.raw(pointer); ok {
		l.comment(pointer, v)
	}
}

func (l *linter) comment(pointer string, v value.Value) {
	c, ok := v.Get("Comment")
	if !ok || c.Kind() != value.String || !strings.Contains(c.Str(), "gait:ignore") {
		return
	}
	g := &ignore{pointer: pointer, rules: map[string]bool{}}
	for _, m := range ignorePattern.FindAllStringSubmatch(c.Str(), -1) {
		for _, id := range strings.Split(m[1], ",") {
			g.rules[strings.TrimSpace(id)] = false
		}
	}
	l.ignores = append(l.ignores, g)
}

// ignored reports whether a Comment around the pointer turns the rule off.
func (l *linter) ignored(rule, pointer string) bool {
	hidden := false
	for _, g := range l.ignores {
		if _, ok := g.rules[rule]; !ok {
			continue
		}
		if rest, ok := strings.CutPrefix(pointer, g.pointer); ok && (rest == "" || rest[0] == '/') {
			g.rules[rule], hidden = true, true
		}
	}
	return hidden
}

// uselessIgnores tells of comments that hide nothing. Rules that were not applied cannot tell.
func (l *linter) uselessIgnores() {
	if len(l.cfg.Only)+len(l.cfg.Ignore) > 0 {
		return
	}
	for _, g := range l.ignores {
		var idle []string
		for id, used := range g.rules {
			if !used {
				idle = append(idle, id)
			}
		}
		if len(idle) > 0 {
			slices.Sort(idle)
			l.add("useless-ignore", at(g.pointer, "Comment"), "remove it from the comment", "Nothing is found here by %s", list(idle))
		}
	}
}
