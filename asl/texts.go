package asl

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// list prints names as AWS does: "[Next, End]".
func list(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

// Hints cost a comparison with every candidate, so there are few of them and none among very many names.
const (
	maxHints      = 50
	maxCandidates = 500
)

// didYouMean returns a hint that names the candidate nearest to name, or "" when none is near.
func didYouMean[V any](name string, candidates map[string]V) string {
	if len(candidates) > maxCandidates {
		return ""
	}
	return nearest(name, slices.Sorted(maps.Keys(candidates)))
}

// nearest is didYouMean for a list; of equally near candidates the first is named.
func nearest(name string, candidates []string) string {
	best, distance := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if strings.EqualFold(c, name) {
			return "did you mean " + strconv.Quote(c) + "?"
		}
		if d := editDistance(name, c, distance); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + strconv.Quote(best) + "?"
}

// hint reports whether another hint may be looked for.
func (c *compiler) hint() bool {
	c.hints++
	return c.hints <= maxHints
}

// editDistance returns how many characters must be inserted, deleted, replaced or swapped with their neighbour to turn a into
// b, or limit when it is that much or more.
func editDistance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= limit || len(y)-len(x) >= limit || len(x) > maxStateName || len(y) > maxStateName {
		return limit
	}
	two, one, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return min(one[len(y)], limit)
}
