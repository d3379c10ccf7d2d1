package jsonata

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// corpus returns the directory of the shared conformance corpus: $GAIT_CONFORMANCE_DIR, or shared/conformance in a directory
// above the working directory.
func corpus(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("GAIT_CONFORMANCE_DIR"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if c := filepath.Join(dir, "shared", "conformance"); isDir(c) {
			return c
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("no conformance corpus: set GAIT_CONFORMANCE_DIR")
		}
		dir = up
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

type suiteOutcome struct {
	Result    json.RawMessage `json:"result"`
	Undefined bool            `json:"undefined"`
	Hang      bool            `json:"hang"`
	Error     *struct {
		Code     string          `json:"code"`
		Message  *string         `json:"message"`
		Position *int            `json:"position"`
		Token    json.RawMessage `json:"token"`
		Value    json.RawMessage `json:"value"`
		Value2   json.RawMessage `json:"value2"`
		Index    *int            `json:"index"`
		Native   bool            `json:"native"`
	} `json:"error"`
}

type suiteCase struct {
	ID           string          `json:"id"`
	Expr         sourceText      `json:"expr"`
	Data         json.RawMessage `json:"data"`
	Dataset      string          `json:"dataset"`
	Bindings     json.RawMessage `json:"bindings"`
	TimeLimit    int             `json:"timelimit"`
	Depth        int             `json:"depth"`
	Unordered    bool            `json:"unordered"`
	Expect       suiteOutcome    `json:"expect"`
	Expect206    *suiteOutcome   `json:"expect206"`
	OutOfDialect string          `json:"outOfDialect"`
}

// sourceText is a string that may hold halves of surrogate pairs.
type sourceText string

// UnmarshalJSON reads the string with the lexer of the language, whose escapes are those of JSON.
func (s *sourceText) UnmarshalJSON(text []byte) error {
	l := newLexer(string(text))
	t, err := l.next(false)
	if err != nil {
		return err.finish()
	}
	*s = sourceText(t.lit.Str())
	return nil
}

// wanted lists the outcomes that count as right, best first.
func (c *suiteCase) wanted() []suiteOutcome {
	switch e := c.Expect206; {
	case e == nil, e.Hang, e.Error != nil && e.Error.Native:
		return []suiteOutcome{c.Expect}
	case strings.HasSuffix(c.OutOfDialect, "operator"):
		return []suiteOutcome{*e}
	default:
		return []suiteOutcome{*e, c.Expect}
	}
}

// testEnv is the world of the tests.
func testEnv(ctx context.Context, l Limits) *Env {
	env := &Env{Now: time.Now(), Seed: 1, HasSeed: true, Limits: l}
	return withContext(ctx, env)
}

// shape turns a raw result into what the suite shows.
func shape(v value.Value) any {
	switch v.Kind() {
	case kindFunction:
		return map[string]any{"$function": true}
	case value.Number:
		if !finite(v.Float()) {
			return map[string]any{"$number": numberText(v.Float())}
		}
		return v.Float()
	case value.Array, kindArray:
		out := []any{}
		for _, e := range elements(v) {
			out = append(out, shape(e))
		}
		return out
	case value.Object, kindObject:
		out := map[string]any{}
		for _, m := range rawMembers(v) {
			if !isUndefined(m.Value) {
				out[m.Key] = shape(m.Value)
			}
		}
		return out
	case value.String:
		return clean(v.Str())
	case value.Bool:
		return v.Bool()
	}
	return nil
}

// same compares shapes; in a wanted value {"$function": true} and {"$number": …} mean what they say.
func same(got, want any, unordered bool) bool {
	switch w := want.(type) {
	case float64:
		g, ok := got.(float64)
		return ok && (g == w || math.Abs(g-w) == 0)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		if unordered {
			g, w = sorted(g), sorted(w)
		}
		for i := range w {
			if !same(g[i], w[i], false) {
				return false
			}
		}
		return true
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for k := range w {
			x, ok := g[k]
			if !ok || !same(x, w[k], false) {
				return false
			}
		}
		return true
	}
	return got == want
}

func sorted(list []any) []any {
	out := append([]any(nil), list...)
	key := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	sort.Slice(out, func(i, j int) bool { return key(out[i]) < key(out[j]) })
	return out
}

func document(t *testing.T, text json.RawMessage) value.Value {
	t.Helper()
	if len(text) == 0 {
		return undefined
	}
	v, err := value.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// runSuiteCase returns the raw result of a case.
func runSuiteCase(t *testing.T, c *suiteCase, input value.Value) (value.Value, *Error) {
	p, err := compile(string(c.Expr), &config{dialect: standardDialect, nesting: 2000, length: 1 << 20}, nil, nil)
	if err != nil {
		return undefined, err.finish()
	}
	p.limits = defaultLimits
	ctx := context.Background()
	if c.TimeLimit > 0 {
		limit := time.Duration(c.TimeLimit) * time.Millisecond
		if e := c.Expect.Error; e == nil || e.Code != "U1001" {
			limit *= 300 // what shall come to its end does so on a slow machine as well
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	s := p.newState(testEnv(ctx, Limits{Depth: c.Depth}), []value.Value{document(t, c.Bindings)})
	if len(c.Bindings) == 0 {
		s.vars = nil
	}
	v, err := s.run(input)
	if err != nil {
		return undefined, err.finish()
	}
	return v, nil
}

// judge compares an outcome; position says whether the position is right as well.
func judge(c *suiteCase, w *suiteOutcome, v value.Value, e *Error) (problem string, position bool) {
	if w.Error == nil {
		switch {
		case e != nil:
			return "error " + e.Error(), true
		case w.Undefined != isUndefined(v):
			return fmt.Sprintf("undefined is %v; got %v", w.Undefined, shape(v)), true
		case w.Undefined:
			return "", true
		}
		var want any
		if err := json.Unmarshal(w.Result, &want); err != nil {
			return err.Error(), true
		}
		if got := shape(v); !same(got, want, c.Unordered) {
			g, _ := json.Marshal(got)
			return fmt.Sprintf("got %s\nwant %s", g, w.Result), true
		}
		return "", true
	}
	if e == nil {
		return fmt.Sprintf("no error %s, but %v", w.Error.Code, shape(v)), true
	}
	if e.Code != w.Error.Code {
		return fmt.Sprintf("got %v, want code %s", e, w.Error.Code), true
	}
	if e.Code == "U1001" {
		return "", true
	}
	if w.Error.Message != nil && *w.Error.Message != e.Message {
		return fmt.Sprintf("message\ngot  %s\nwant %s", e.Message, *w.Error.Message), true
	}
	check := func(name string, want json.RawMessage, got value.Value) string {
		if len(want) == 0 {
			return ""
		}
		var x any
		if err := json.Unmarshal(want, &x); err != nil {
			return err.Error()
		}
		if !same(shape(got), x, false) {
			return fmt.Sprintf("%s: got %v, want %s", name, shape(got), want)
		}
		return ""
	}
	for _, p := range []string{
		check("token", w.Error.Token, e.token), check("value", w.Error.Value, e.value), check("value2", w.Error.Value2, e.value2),
	} {
		if p != "" {
			return p, true
		}
	}
	if w.Error.Index != nil && *w.Error.Index != e.Index {
		return fmt.Sprintf("index: got %d, want %d", e.Index, *w.Error.Index), true
	}
	want := 0
	if w.Error.Position != nil {
		want = *w.Error.Position
	}
	return "", want == e.Position
}

// The reference suite must pass as a whole: message texts, tokens and values included.
func TestSuiteOfTheReference(t *testing.T) {
	dir := corpus(t)
	datasets := map[string]value.Value{}
	files, _ := filepath.Glob(filepath.Join(dir, "jsonata", "suite", "*.json"))
	if len(files) == 0 {
		t.Skip("the corpus has no jsonata suite")
	}
	var passed, failed, positions, errors int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []suiteCase
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Fatal(file, err)
		}
		for i := range cases {
			c := &cases[i]
			input := document(t, c.Data)
			if c.Dataset != "" {
				if _, ok := datasets[c.Dataset]; !ok {
					text, err := os.ReadFile(filepath.Join(dir, "jsonata", "datasets", c.Dataset+".json"))
					if err != nil {
						t.Fatal(err)
					}
					datasets[c.Dataset] = document(t, text)
				}
				input = datasets[c.Dataset]
			}
			v, e := runSuiteCase(t, c, input)
			best, place := "", true
			for i, w := range c.wanted() {
				problem, position := judge(c, &w, v, e)
				if i == 0 || problem == "" {
					best, place = problem, position
				}
				if problem == "" {
					break
				}
			}
			if best != "" {
				failed++
				t.Errorf("%s: %s\n%s", c.ID, c.Expr, best)
				continue
			}
			passed++
			if e != nil && e.Code != "U1001" {
				errors++
				if place {
					positions++
				} else {
					t.Errorf("%s: position %d: %s", c.ID, e.Position, c.Expr)
				}
			}
		}
	}
	t.Logf("suite: %d passed, %d failed, 0 skipped; positions right in %d of %d errors", passed, failed, positions, errors)
	if passed < 1000 {
		t.Errorf("only %d cases passed", passed)
	}
}

// Rules that no case of the suite states: results and errors observed of the reference.
func TestObservedBehaviour(t *testing.T) {
	t.Parallel()
	tests := []struct{ expr, want string }{
		{`foo.bar@$x.baz{$string($x): $y}`, `{}`},
		{`{"a": missing.x@$v{$v: 1}}`, `{"a":{}}`},
		{`$power(862.74, 3)`, `642154902.178824`},
		{`$power(139, 1/3)`, `5.180101467380292`},
		{`$substring("hello", missing, 2)`, `""`},
		{`$formatInteger(12, "..###0;o")`, `".2nd"`},
		{`$formatBase(1e16, 3)`, `"1210120101001122220202120220112101"`},
		{`$fromMillis(0, "[Q1]")`, `"undefined"`},
		{`$string(1000000000000005)`, `"1000000000000010"`},
		{`$map([1,2], $string ~> $length)`, `[1,1]`},
		{`$split("a😀", "") ~> $join("")`, `"a😀"`},
		{`$uppercase("ß ﬁ")`, `"SS FI"`},
		{`$lowercase("ΑΣ ΣΑ")`, `"ας σα"`},
		{`$match("x1", /(y)?\d/).groups`, `[null]`},
		{`"\ud83d" & "\ude00"`, `"😀"`},
		{`$spread([{"a": 1}])`, `[{"a":1}]`},
		{`$keys({"b": 1, "10": 2, "9": 3})`, `["9","10","b"]`},
		{`[1, 2, 3]@$i.$`, `[4,5]`},
		{`$contains("aXbX", /(?<=b)x$/i)`, `true`},
		{`$replace("2024-05", /(\d+)-(\d+)/, "$2/$1")`, `"05/2024"`},
		{`$distinct([1, "1", 1, {"a": 1}, {"a": 1}])`, `[1,"1",{"a":1}]`},
		{`($f := function($x)<n:n>{$x}; $f("a"))`, `T0410 33: Argument 1 of function "f" does not match function signature`},
		{`1 + true`, `T2002 3: The right side of the "+" operator must evaluate to a number`},
		{`true and (1 + "x")`, `T2002 8: The right side of the "and" operator must evaluate to a number`},
		{`$sqrt(-1)`, `D3060 6: The sqrt function cannot be applied to a negative number: -1`},
		{`"日本" + 1`, `T2001 6: The left side of the "+" operator must evaluate to a number`},
		{`/a**/`, `S0303 5: Invalid regular expression: /a**/: Nothing to repeat`},
	}
	input := value.FromArray([]value.Value{value.FromInt(4), value.FromInt(5)})
	for _, test := range tests {
		p, err := Compile(test.expr)
		got := ""
		if err == nil {
			var v value.Value
			if v, _, err = p.EvalValue(testEnv(context.Background(), Limits{}), input); err == nil {
				got = v.JSON()
			}
		}
		if e, ok := err.(*Error); ok {
			got = fmt.Sprintf("%s %d: %s", e.Code, e.Position, e.Message)
		}
		if got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.expr, got, test.want)
		}
	}
}
