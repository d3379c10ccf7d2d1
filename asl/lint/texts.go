package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
)

// quoted shows a name in a message, cut to 64 bytes.
func quoted(s string) string { return fmt.Sprintf("%.64q", s) }

// list shows names in a message: the first ten.
func list(names []string) string {
	const most = 10
	more := ""
	if len(names) > most {
		names, more = names[:most], ", …"
	}
	return strings.Join(names, ", ") + more
}

// nearest returns the candidate that differs from a name in few characters only, or "".
func nearest(name string, candidates []string) string {
	best, limit := "", len(name)/3+1
	for _, c := range candidates {
		if strings.EqualFold(c, name) && c != name {
			return c
		}
		if d := distance(name, c); d > 0 && d < limit {
			best, limit = c, d
		}
	}
	return best
}

// distance is the number of characters to insert, delete or replace to make b of a. Long texts are far apart.
func distance(a, b string) int {
	const longest = 80
	x, y := []rune(a), []rune(b)
	if len(x) > longest || len(y) > longest {
		return longest
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

func sortIDs(ids []asl.StateID) { slices.Sort(ids) }

// isAWS reports whether a resource is an integration of AWS, whose results and errors are those of the service.
func isAWS(r asl.Resource) bool {
	if r.Kind == asl.LambdaFunction {
		return true
	}
	part := strings.SplitN(r.Text, ":", 4)
	return r.Kind == asl.Integration && len(part) == 4 && part[0] == "arn" && part[2] == "states"
}
