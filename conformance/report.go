package conformance

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// print writes the table of groups, the reasons of skipped cases and the last line.
func (r *Report) print(w io.Writer) error {
	var b strings.Builder
	width := len("group")
	for _, g := range r.Groups {
		width = max(width, len(g.Group))
	}
	fmt.Fprintf(&b, "\n%-*s  %6s  %6s  %7s\n", width, "group", "passed", "failed", "skipped")
	for _, g := range r.Groups {
		fmt.Fprintf(&b, "%-*s  %6d  %6d  %7d\n", width, g.Group, g.Passed, g.Failed, g.Skipped)
	}
	if len(r.Reasons) > 0 {
		b.WriteString("\nskipped because\n")
	}
	reasons := slices.SortedFunc(maps.Keys(r.Reasons), func(x, y string) int {
		return cmp.Or(r.Reasons[y]-r.Reasons[x], cmp.Compare(x, y))
	})
	for _, reason := range reasons {
		fmt.Fprintf(&b, "%6d  %s\n", r.Reasons[reason], reason)
	}
	fmt.Fprintf(&b, "\n%d passed, %d failed, %d skipped\n", r.Passed, r.Failed, r.Skipped)
	_, err := io.WriteString(w, b.String())
	return err
}
