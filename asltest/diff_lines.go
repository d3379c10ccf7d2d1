package asltest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// lines writes a document in lines, so that equal documents give equal lines: members sorted by name, numbers by value, a comma
// behind the last element too.
func lines(v value.Value) []string {
	var out []string
	appendLines(&out, v, "", "", "")
	return out
}

func appendLines(out *[]string, v value.Value, indent, name, end string) {
	switch v.Kind() {
	case value.Object:
		if v.Len() == 0 {
			break
		}
		members := slices.Clone(v.Members())
		slices.SortFunc(members, func(a, b value.Member) int { return cmp.Compare(a.Key, b.Key) })
		*out = append(*out, indent+name+"{")
		for _, m := range members {
			appendLines(out, m.Value, indent+"  ", string(value.AppendQuoted(nil, m.Key))+": ", ",")
		}
		*out = append(*out, indent+"}"+end)
		return
	case value.Array:
		if v.Len() == 0 {
			break
		}
		*out = append(*out, indent+name+"[")
		for _, e := range v.Elems() {
			appendLines(out, e, indent+"  ", "", ",")
		}
		*out = append(*out, indent+"]"+end)
		return
	case value.Number:
		if whole, ok := v.Int(); ok {
			v = value.FromInt(whole)
		} else {
			v = value.FromFloat(v.Float())
		}
	}
	*out = append(*out, indent+name+v.JSON()+end)
}

const (
	maxLines = 1000 // of each text, beyond what begins and ends the same, that are compared line by line
	nearby   = 2    // equal lines shown around a difference
	short    = 20   // lines of a difference that is shown whole
)

// diffLines shows the lines that differ, "-" for those of want and "+" for those of got, with some around them; "" when none do.
func diffLines(want, got []string) string {
	if slices.Equal(want, got) {
		return ""
	}
	head := 0
	for head < len(want) && head < len(got) && want[head] == got[head] {
		head++
	}
	tail := 0
	for tail < len(want)-head && tail < len(got)-head && want[len(want)-1-tail] == got[len(got)-1-tail] {
		tail++
	}
	marked := make([]string, 0, len(want)+len(got))
	for _, l := range want[:head] {
		marked = append(marked, "  "+l)
	}
	marked = append(marked, align(want[head:len(want)-tail], got[head:len(got)-tail])...)
	for _, l := range want[len(want)-tail:] {
		marked = append(marked, "  "+l)
	}
	return around(marked)
}

// align marks the lines of two texts by their longest common subsequence.
func align(want, got []string) []string {
	var out []string
	if len(want) > maxLines || len(got) > maxLines {
		for _, l := range want {
			out = append(out, "- "+l)
		}
		for _, l := range got {
			out = append(out, "+ "+l)
		}
		return out
	}
	// common[i][j] is the length of the subsequence of want[i:] and got[j:].
	common := make([][]int32, len(want)+1)
	for i := range common {
		common[i] = make([]int32, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			out = append(out, "  "+want[i])
			i, j = i+1, j+1
		case i < len(want) && (j == len(got) || common[i+1][j] >= common[i][j+1]):
			out = append(out, "- "+want[i])
			i++
		default:
			out = append(out, "+ "+got[j])
			j++
		}
	}
	return out
}

// around leaves out equal lines that are far from a difference.
func around(marked []string) string {
	near := make([]bool, len(marked))
	for i, l := range marked {
		near[i] = near[i] || len(marked) <= short
		if l[0] != ' ' {
			for j := max(0, i-nearby); j <= min(len(marked)-1, i+nearby); j++ {
				near[j] = true
			}
		}
	}
	var b strings.Builder
	skipped := false
	for i, l := range marked {
		if !near[i] {
			if !skipped {
				b.WriteString("  …\n")
			}
			skipped = true
			continue
		}
		skipped = false
		b.WriteString(cut(l, 400))
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}
