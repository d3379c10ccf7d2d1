package asltest

import (
	"fmt"

	"github.com/gait-engine/gait/internal/value"
)

// DiffJSON returns "" when two JSON texts mean the same document, members in any order and numbers by value; else their difference
// for people to read, as the assertions print it.
func DiffJSON(want, got string) string { return diffJSON(want, got) }

// diffJSON returns "" when both JSON texts mean the same document, else the difference for people to read.
func diffJSON(want, got string) string {
	w, err := value.ParseString(want)
	if err != nil {
		return fmt.Sprintf("the wanted document is not JSON: %v", err)
	}
	g, err := value.ParseString(got)
	if err != nil {
		return fmt.Sprintf("want %s\n got %q, which is not JSON", cut(want, 400), cut(got, 400))
	}
	if w.Equal(g) {
		return ""
	}
	if d := diffLines(lines(w), lines(g)); d != "" {
		return "(-want +got):\n" + cut(d, maxDiff)
	}
	return fmt.Sprintf("want %s\n got %s", cut(want, 400), cut(got, 400))
}

const maxDiff = 16 << 10

// diffList compares lists of texts.
func diffList(want, got []string) string {
	if d := diffLines(want, got); d != "" {
		return "(-want +got):\n" + cut(d, maxDiff)
	}
	return ""
}

// fits compares a list with a pattern in which "..." stands for any number of elements.
func fits(pattern, list []string) bool {
	if len(pattern) == 0 {
		return len(list) == 0
	}
	if pattern[0] != "..." {
		return len(list) > 0 && pattern[0] == list[0] && fits(pattern[1:], list[1:])
	}
	for len(pattern) > 1 && pattern[1] == "..." {
		pattern = pattern[1:]
	}
	if len(pattern) == 1 {
		return true
	}
	// The shortest match up to the next "..." is enough.
	end := 1
	for end < len(pattern) && pattern[end] != "..." {
		end++
	}
	part := pattern[1:end]
	if end == len(pattern) {
		return len(list) >= len(part) && fits(part, list[len(list)-len(part):])
	}
	for i := 0; i+len(part) <= len(list); i++ {
		if fits(part, list[i:i+len(part)]) {
			return fits(pattern[end:], list[i+len(part):])
		}
	}
	return false
}

// cut shortens a text for a message.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
