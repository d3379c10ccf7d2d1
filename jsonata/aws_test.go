package jsonata

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/value"
)

type awsRow struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind"`
	Source    string          `json:"source"`
	StateType string          `json:"stateType"`
	Field     string          `json:"field"`
	Expr      *string         `json:"expr"`
	Input     json.RawMessage `json:"input"`
	Variables json.RawMessage `json:"variables"`
	Expect    struct {
		Result        json.RawMessage `json:"result"`
		Error         json.RawMessage `json:"error"`
		Cause         string          `json:"cause"`
		CauseContains string          `json:"causeContains"`
		NotPinned     bool            `json:"causeNotPinned"`
		Refused       bool            `json:"refused"`
		Code          string          `json:"code"`
		Message       string          `json:"message"`
	} `json:"expect"`
}

// fieldType is the type that AWS wants in a field; the state machine compiler knows it, the rows only need these.
func fieldType(field string) string {
	last := field[strings.LastIndexByte(field, '/')+1:]
	switch last {
	case "Items":
		return "array"
	case "Condition":
		return "boolean"
	case "Error", "Cause", "Timestamp", "RoleArn":
		if last == field {
			return "string"
		}
	case "Seconds", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage":
		if last == field {
			return "number"
		}
	}
	return ""
}

func awsEnv() *Env {
	return &Env{Now: time.UnixMilli(1_700_000_000_000), Seed: 7, HasSeed: true}
}

// Rows of AWS behaviour that concern one expression must come out as recorded, down to the text of the cause.
func TestRowsOfAWS(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(corpus(t), "jsonata", "aws-cases.json"))
	if err != nil {
		t.Skip(err)
	}
	var rows []awsRow
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	skipped := map[string]int{}
	var passed, failed int
	for _, row := range rows {
		problem, reason := runRow(t, &row)
		switch {
		case reason != "":
			skipped[reason]++
		case problem != "":
			failed++
			t.Errorf("%s (%s): %s", row.ID, row.Source, problem)
		default:
			passed++
		}
	}
	t.Logf("aws: %d passed, %d failed, skipped %v", passed, failed, skipped)
	if passed < 80 {
		t.Errorf("only %d rows passed", passed)
	}
}

func runRow(t *testing.T, row *awsRow) (problem, skip string) {
	if row.Expr == nil {
		return "", "no expression: belongs to the state machine compiler"
	}
	p, found := CheckAWS(*row.Expr, "input", "context", "result", "errorOutput")
	if row.Kind == "creation" {
		switch {
		case row.Expect.Refused != (len(found) > 0):
			return "findings " + cmp.Diff(nil, found), ""
		case row.Expect.Code != "" && (found[0].Code != row.Expect.Code || found[0].Message != row.Expect.Message):
			return "finding " + found[0].Code + ": " + found[0].Message, ""
		}
		return "", ""
	}
	if p == nil {
		return found[0].Message, ""
	}
	states := value.Obj(value.M("states", value.Obj(value.M("input", orNull(document(t, row.Input))), value.M("context", value.Obj()))))
	vars := []value.Value{states}
	if len(row.Variables) > 0 {
		vars = append(vars, document(t, row.Variables))
	}
	v, defined, err := p.EvalValue(awsEnv(), NoInput(), vars...)
	cause := ""
	want := fieldType(row.Field)
	switch {
	case err != nil || !defined:
		cause = Cause(*row.Expr, row.Field, err)
	case want != "" && v.Kind().String() != want:
		cause = TypeCause(*row.Expr, row.Field, want, v)
	}
	if len(row.Expect.Result) > 0 {
		if cause != "" {
			return cause, ""
		}
		var x any
		if err := json.Unmarshal(row.Expect.Result, &x); err != nil {
			t.Fatal(err)
		}
		if !same(shape(v), x, false) {
			return "got " + v.JSON() + ", want " + string(row.Expect.Result), ""
		}
		return "", ""
	}
	if strings.HasPrefix(row.Expect.Cause, "The Timestamp") || strings.Contains(row.Expect.Cause, "). The Timestamp") {
		return "", "the value of a field: belongs to the state"
	}
	switch {
	case cause == "":
		return "no failure: " + v.JSON(), ""
	case !strings.HasSuffix(row.Expect.Cause, cause) && row.Expect.Cause != "" && !row.Expect.NotPinned:
		return "cause\ngot  " + cause + "\nwant " + row.Expect.Cause, ""
	case !strings.Contains(cause, row.Expect.CauseContains):
		return "cause " + cause, ""
	}
	return "", ""
}

func orNull(v value.Value) value.Value {
	if isUndefined(v) {
		return value.Value{}
	}
	return v
}

func TestAddedFunctions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		expr string
		want string // JSON, "undefined", or the code and text of the error
	}{
		{`$partition([1,2,3])`, `[[1,2,3]]`},
		{`$partition([1,2,3], 1.9)`, `[[1],[2],[3]]`},
		{`$partition([], 2)`, `undefined`},
		{`$partition([1], 0)`, `undefined`},
		{`$partition($nope, 2)`, `undefined`},
		{`$partition(null, 2)`, `T0412: Argument 1 of function "partition" must be an array of undefined`},
		{`$partition([null], 2)`, `[[null]]`},
		{`$partition("ab", 2)`, `[["ab"]]`},
		{`$map([[1],[2]], function($a){$partition($a)})`, `[[[1]],[[2]]]`},
		{`$partition([1,2,3], -1)`, `D3137: Second argument must be zero or greater`},
		{`$partition([1], 1, 1)`, `T0410: Argument 3 of function "partition" does not match function signature`},
		{`$range(1, 9, 9)`, `1`},
		{`$range(5, 1, -2)`, `[5,3,1]`},
		{`$range(1, 5, 0)`, `undefined`},
		{`$range(1, 5, -1)`, `undefined`},
		{`$range(1, 5)`, `undefined`},
		{`$range(1)`, `T0410: Argument 2 of function "range" does not match function signature`},
		{`$hash('Hello', 'MD5')`, `"8b1a9953c4611296a827abf8c47804d7"`},
		{`$hash('Hello')`, `undefined`},
		{`$hash(1, 'MD5')`, `T0410: Argument 1 of function "hash" does not match function signature`},
		{`$random(0)`, `0.730967787376657`},
		{`$random(7.9)`, `0.7306990420600421`},
		{`$uuid(1)`, `T0410: Argument 1 of function "uuid" does not match function signature`},
		{`$parse('null')`, `null`},
		{`$parse()`, `undefined`},
		{`$parse(null)`, `T0410: Argument 1 of function "parse" does not match function signature`},
		{`$parse('{"b":1,"a":[1.0,1e2]}').a`, `[1,100]`},
		{`$parse('9007199254740993')`, `9007199254740993`},
		{`$parse('1 2')`, `D3137: Invalid JSON`},
		{`$parse('')`, `D3137: Invalid JSON`},
		{`$parse('{"a":1,"a":2}')`, `D3137: Invalid JSON`},
		{`$parse('[1e400]')`, `D3137: Invalid JSON`},
		{`$map(['1','[2]'], $parse)`, `[1,[2]]`},
		{`$eval('1')`, `T1006: Attempted to invoke a non-function`},
		{`$string(1/3)`, `"0.333333333333333"`},
		{`-1/0`, `"-Infinity"`},
		{`$count(null)`, `1`},
		{`$length($uuid())`, `36`},
		{`$millis()`, `1700000000000`},
	}
	for _, test := range tests {
		p := MustCompile(test.expr, AWS())
		v, defined, err := p.EvalValue(awsEnv(), NoInput())
		got := v.JSON()
		switch {
		case err != nil:
			e := err.(*Error)
			got = e.Code + ": " + e.Message
		case !defined:
			got = "undefined"
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.expr, got, test.want)
		}
	}
}

func TestTopLevelReferences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		expr string
		want []string
	}{
		{`$states.input.items[status = 'OPEN'].amount`, nil},
		{`phone`, []string{"Reference to 'phone' at the top level is not supported."}},
		{`phone.number + phone`, []string{"Reference to 'phone' at the top level is not supported."}},
		{`$map(xs, function($v){ a })`, []string{"Reference to 'xs' at the top level is not supported.", "Reference to 'a' at the top level is not supported."}},
		{`$map($states.input.xs, function($v){ $v.a })`, nil},
		{`{aaa: 1}`, []string{"Reference to 'aaa' at the top level is not supported."}},
		{`$`, []string{"Reference to '$' at the top level is not supported."}},
		{`$states.input.a[$ > 1]`, nil},
		{`$states.input.a[$$ > 1]`, []string{"Reference to '$$' is not supported."}},
		{`$states.input.a^(b){c: d}`, nil},
		{`$states.result.x`, []string{"Field '$states.result' does not exist."}},
		{`$states.input ~> |$|{'a': 1}|`, nil},
	}
	for _, test := range tests {
		_, found := CheckAWS(test.expr, "input", "context")
		var got []string
		for _, f := range found {
			got = append(got, f.Message)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.expr, got, test.want)
		}
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		expr string
		want References
	}{
		{`$a + $states.input.b + $sum($c)`, References{Variables: []string{"a", "c"}, Functions: []string{"sum"}, States: []string{"input"}}},
		{`($x := $y; $x)`, References{Variables: []string{"y"}}},
		{`($x := $x + 1; $x)`, References{Variables: []string{"x"}}},
		{`($f := function($n){ $n = 0 ? $g : $f($n - 1) }; $f(3))`, References{Variables: []string{"g"}}},
		{`$merge([$states, {}])`, References{Functions: []string{"merge"}, WholeStates: true}},
		{`$items@$i#$p.{'v': $i, 'p': $p, 'q': $q}`, References{Variables: []string{"items", "q"}}},
		{`a`, References{Input: true}},
	}
	for _, test := range tests {
		got := MustCompile(test.expr, AWS()).References()
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.expr, diff)
		}
	}
}
