package suite

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// Problem is one thing that is wrong with a suite file.
type Problem struct {
	Line, Column int    // from 1
	Pointer      string // JSON pointer, "" for the whole file
	Message      string
	Hint         string // what to write instead; may be empty
}

// Error is the error of [Load]: everything that is wrong with a suite file, in the order of the file, at most 100 problems.
type Error struct {
	File     string
	Problems []Problem
}

// Error returns a line "file:line:column: message" for each problem, and the hint below it.
func (e *Error) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", e.File, p.Line, p.Column, p.Message)
		if p.Hint != "" {
			fmt.Fprintf(&b, "\n    %s", p.Hint)
		}
	}
	return b.String()
}

const maxProblems = 100

// reader checks a file and collects what is wrong with it.
type reader struct {
	src      *asl.Source
	dir      string // files are relative to it
	problems []Problem
	files    []string // that the suite reads
}

func (r *reader) add(p Problem) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, p)
	}
}

// say reports something about the value at the pointer.
func (r *reader) say(pointer, format string, args ...any) { r.hint(pointer, "", format, args...) }

func (r *reader) hint(pointer, hint, format string, args ...any) {
	at := r.src.Positions(pointer)[0]
	r.add(Problem{at.Line, at.Column, pointer, fmt.Sprintf(format, args...), hint})
}

// sayKey reports something about the name of the member at the pointer.
func (r *reader) sayKey(pointer, hint, format string, args ...any) {
	at := r.src.Key(pointer)
	r.add(Problem{at.Line, at.Column, pointer, fmt.Sprintf(format, args...), hint})
}

func (r *reader) err(file string) error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return &Error{File: file, Problems: r.problems}
}

// object reports a value that is not an object, and members that it may not have.
func (r *reader) object(v value.Value, pointer, what string, allowed []string) bool {
	if v.Kind() != value.Object {
		r.say(pointer, "%s must be an object, found %s", what, kindOf(v))
		return false
	}
	for _, m := range v.Members() {
		if !slices.Contains(allowed, m.Key) {
			r.sayKey(value.AppendPointer(pointer, m.Key), suggestion(m.Key, allowed), "unknown key %q in %s", clip(m.Key), what)
		}
	}
	return true
}

// kindOf names the kind of a value, for messages.
func kindOf(v value.Value) string {
	switch v.Kind() {
	case value.Object, value.Array:
		return "an " + v.Kind().String()
	case value.Null:
		return "null"
	}
	return "a " + v.Kind().String() + " " + clip(v.JSON())
}

func clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	return strings.ToValidUTF8(s[:61], "") + "…"
}

func (r *reader) text(v value.Value, pointer, what string) string {
	if v.Kind() != value.String {
		r.say(pointer, "%s must be a text, found %s", what, kindOf(v))
	} else if v.Str() == "" {
		r.say(pointer, "%s must not be empty", what)
	}
	return v.Str()
}

func (r *reader) oneOf(v value.Value, pointer, what string, allowed ...string) string {
	if v.Kind() != value.String || !slices.Contains(allowed, v.Str()) {
		r.hint(pointer, suggestion(v.Str(), allowed), "%s must be one of %s, found %s", what, strings.Join(allowed, ", "), kindOf(v))
	}
	return v.Str()
}

// count reads a whole number from least to most.
func (r *reader) count(v value.Value, pointer, what string, least, most int64) int {
	n, ok := v.Int()
	if v.Kind() != value.Number || !ok || n < least || n > most {
		r.say(pointer, "%s must be a whole number from %d to %d, found %s", what, least, most, kindOf(v))
		return int(least)
	}
	return int(n)
}

// list reads an array, or one element without its brackets.
func (r *reader) list(v value.Value) []value.Value {
	if v.Kind() == value.Array {
		return v.Elems()
	}
	return []value.Value{v}
}

// place is the pointer of element i of what list returned.
func place(v value.Value, pointer string, i int) string {
	if v.Kind() == value.Array {
		return pointer + "/" + strconv.Itoa(i)
	}
	return pointer
}

func (r *reader) texts(v value.Value, pointer, what string) []string {
	all := []string{}
	for i, e := range r.list(v) {
		all = append(all, r.text(e, place(v, pointer, i), what))
	}
	return all
}

// duration reads "90s", "1h30m", "2d12h" or a number of seconds.
func (r *reader) duration(v value.Value, pointer, what string) time.Duration {
	d, ok := time.Duration(0), false
	switch v.Kind() {
	case value.Number:
		seconds := v.Float()
		d, ok = time.Duration(seconds*1e3+0.5)*time.Millisecond, seconds >= 0 && seconds <= maxSeconds
	case value.String:
		d, ok = parseDuration(v.Str())
	}
	if !ok {
		r.hint(pointer, `write a duration such as "90s", "1h30m" or "2d12h", or a number of seconds`, "%s is no duration: %s", what, kindOf(v))
	}
	return d
}

const maxSeconds = 200 * 365 * 24 * 3600

// parseDuration is time.ParseDuration with days, of times that are not negative.
func parseDuration(s string) (time.Duration, bool) {
	days, rest, found := strings.Cut(s, "d")
	total := time.Duration(0)
	if found {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, false
		}
		total, s = time.Duration(n)*24*time.Hour, rest
	}
	if s != "" {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return 0, false
		}
		total += d
	}
	return total, found || s != ""
}

// path returns the path of a file that the suite names.
func (r *reader) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.dir, filepath.FromSlash(name))
}

// suggestion is a hint for a name that is not among the known ones.
func suggestion(name string, known []string) string {
	best, least := "", len(name)/2+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k), least); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if len(known) == 0 || len(known) > 30 {
		return ""
	}
	return "known are " + strings.Join(known, ", ")
}

// distance is the number of letters to insert, drop, change or swap to make b of a; limit when it is not less.
func distance(a, b string, limit int) int {
	if len(a) > 80 || len(b) > 80 || max(len(a), len(b))-min(len(a), len(b)) >= limit {
		return limit
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	var twoBefore []int
	for j := range row {
		before[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(before[j]+1, row[j-1]+1, before[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], twoBefore[j-2]+1)
			}
		}
		twoBefore, before, row = before, row, make([]int, len(b)+1)
	}
	return min(before[len(b)], limit)
}
