package conformance

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonata"
)

const (
	noEval        = "the AWS dialect of JSONata has no $eval"
	noFunctionOut = "a result that holds functions has no JSON form"
)

// runSuite evaluates one case of the JSONata test suite. It accepts the answer of the suite and that of JSONata 2.0.6, which is
// the version of AWS; operators that 2.0.6 does not have must be refused. Positions of errors are not compared.
func runSuite(c testCase) verdict {
	if str(c.doc, "outOfDialect") == "eval" {
		return skipped(noEval)
	}
	input, ok := c.doc.Get("data")
	if name := str(c.doc, "dataset"); name != "" {
		var err error
		if input, err = read(filepath.Join(filepath.Dir(c.path), "..", "datasets", filepath.Base(name)+".json")); err != nil {
			return failed("dataset: %v", err)
		}
	} else if !ok {
		input = jsonata.NoInput()
	}
	got, defined, err := evaluateSuite(c.doc, input)
	wants := suiteAnswers(c.doc)
	first := ""
	for _, want := range wants {
		v := compareSuite(want, got, defined, err, get(c.doc, "unordered").Bool())
		if v.difference == "" {
			return v
		}
		if first == "" {
			first = v.difference
		}
	}
	return verdict{difference: first}
}

// suiteAnswers returns the answers that count as right, best first.
func suiteAnswers(doc value.Value) []value.Value {
	expect := get(doc, "expect")
	other, ok := doc.Get("expect206")
	switch {
	case !ok, get(other, "hang").Bool(), get(get(other, "error"), "native").Bool():
		return []value.Value{expect}
	case strings.HasSuffix(str(doc, "outOfDialect"), "operator"):
		return []value.Value{other}
	}
	return []value.Value{other, expect}
}

func evaluateSuite(doc, input value.Value) (value.Value, bool, error) {
	p, err := jsonata.Compile(str(doc, "expr"))
	if err != nil {
		return value.Value{}, false, err
	}
	env := &jsonata.Env{
		Now: time.Now(), Seed: 1, HasSeed: true, Limits: jsonata.Limits{Depth: int(whole(doc, "depth"))},
	}
	if limit := time.Duration(whole(doc, "timelimit")) * time.Millisecond; limit > 0 {
		if str(get(get(doc, "expect"), "error"), "code") != "U1001" {
			limit *= 300 // what shall come to its end does so on a slow machine as well
		}
		end := time.Now().Add(limit)
		env.Interrupt = func() error {
			if time.Now().After(end) {
				return errors.New("conformance: the time limit of the case is over")
			}
			return nil
		}
	}
	var vars []value.Value
	if b, ok := doc.Get("bindings"); ok {
		vars = append(vars, b)
	}
	return p.EvalValue(env, input, vars...)
}

func compareSuite(want, got value.Value, defined bool, err error, unordered bool) verdict {
	var e *jsonata.Error
	isError := errors.As(err, &e)
	if err != nil && !isError {
		return failed("expected a *jsonata.Error, got %T: %v", err, err)
	}
	if wantError, ok := want.Get("error"); ok {
		if !isError {
			return failed("expected the error %s, got %s", short(wantError), short(got))
		}
		return compareSuiteError(wantError, e)
	}
	result, hasResult := want.Get("result")
	switch {
	case isError && e.Code == jsonata.CodeFunction && isFunction(result):
		return verdict{}
	case isError && e.Code == jsonata.CodeFunction && strings.Contains(result.JSON(), `"$function"`):
		return skipped(noFunctionOut)
	case isError:
		return failed("expected %s, got %v", short(want), err)
	case !hasResult && defined:
		return failed("expected undefined, got %s", short(got))
	case hasResult && !defined:
		return failed("expected %s, got undefined", short(result))
	case hasResult && !sameResult(result, got, unordered):
		return failed("%s", mismatch(result, got, "result"))
	}
	return verdict{}
}

func isFunction(v value.Value) bool { return v.Len() == 1 && get(v, "$function").Bool() }

// sameResult compares as JSON values. {"$number": "Infinity"} stands for a number that JSON does not have, and {"$function": true}
// for a function, which has the JSON form "" inside of a result.
func sameResult(want, got value.Value, unordered bool) bool {
	if isFunction(want) {
		return got.Kind() == value.String && got.Len() == 0
	}
	if name := str(want, "$number"); name != "" && want.Len() == 1 {
		f := got.Float()
		return got.Kind() == value.Number && (name == "Infinity" && math.IsInf(f, 1) || name == "-Infinity" && math.IsInf(f, -1) ||
			name == "NaN" && math.IsNaN(f))
	}
	if want.Kind() != got.Kind() || want.Len() != got.Len() && want.Kind() != value.String {
		return false
	}
	switch want.Kind() {
	case value.Number:
		return want.Float() == got.Float()
	case value.Array:
		w, g := want.Elems(), got.Elems()
		if unordered {
			w, g = sortedByText(w), sortedByText(g)
		}
		for i := range w {
			if !sameResult(w[i], g[i], false) {
				return false
			}
		}
		return true
	case value.Object:
		for _, m := range want.Members() {
			if g, ok := got.Get(m.Key); !ok || !sameResult(m.Value, g, false) {
				return false
			}
		}
		return true
	}
	return want.Equal(got)
}

func sortedByText(list []value.Value) []value.Value {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b value.Value) int { return strings.Compare(a.JSON(), b.JSON()) })
	return list
}

// compareSuiteError compares the code always, and message, token, value and index where they are given. Of an exceeded budget
// only the code counts.
func compareSuiteError(want value.Value, e *jsonata.Error) verdict {
	if code := str(want, "code"); code != e.Code {
		return failed("expected the error %s, got %v", short(want), e)
	}
	if e.Code == "U1001" {
		return verdict{}
	}
	if m, ok := want.Get("message"); ok && m.Str() != e.Message {
		return failed("%s", mismatch(m, value.FromString(e.Message), "message"))
	}
	if t, ok := want.Get("token"); ok {
		text := t.Str()
		if t.Kind() != value.String {
			text = t.JSON()
		}
		if text != e.Token {
			return failed("%s", mismatch(t, value.FromString(e.Token), "token"))
		}
	}
	for _, f := range []struct{ name, got string }{{"value", e.Value()}, {"value2", e.Value2()}} {
		w, ok := want.Get(f.name)
		if !ok || !hasText(w) {
			continue
		}
		if g, err := value.ParseString(f.got); err != nil || !sameResult(w, g, false) {
			return failed("%s: expected %s, got %q", f.name, short(w), f.got)
		}
	}
	if i, ok := want.Get("index"); ok {
		if n, _ := i.Int(); n != int64(e.Index) {
			return failed("index: expected %d, got %d", n, e.Index)
		}
	}
	return verdict{}
}

// hasText tells values that have a JSON text from functions, numbers that are not finite and halves of surrogate pairs.
func hasText(v value.Value) bool {
	text := strings.ToLower(v.JSON())
	return !strings.Contains(text, `"$function"`) && !strings.Contains(text, `"$number"`) && !strings.Contains(text, `\\ud`)
}
