package jsonata

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

var fuzzSeeds = []string{
	`a.b.c`, `a[0]`, `a[b = 1].c`, `a.b@$x.c[$x.k = d]#$i`, `a.b.%.%.c`, `a{b: $sum(c)}`, `a^(<b, >c)`, `a ~> |b|{"c": 1}, "d"|`,
	`($f := function($n)<n:n>{$n < 2 ? 1 : $n * $f($n - 1)}; $f(5))`, `$map([1..5], function($v, $i, $a){$v + $i})`, `/a(b)?c/i`,
	`$replace("abc", /(b)/, "<$1>")`, `$formatNumber(1234.5, "#,##0.00;(#)")`, `$fromMillis(0, "[Y]-[M01]-[FNn]")`,
	`$toMillis("2020-01-02", "[Y]-[M]-[D]")`, `$formatInteger(12, "Ww;o")`, `a.*.**`, `"\u00e9\ud83d\ude00"`, "`a b`", `/* c */ 1`,
	`$reduce(?, $sum)`, `$string ~> $length`, `-(-1)`, `[1, [2], 3..5][]`, `{"a": 1}.a`, `a and b or c in [d]`, `λ($x){$x}(1)`,
	`$match("x1y2", /(?<d>\d)(?=y|$)/)`, `$sort([3,1], function($l,$r){$l>$r})`, `$eval("1+1")`, `$partition([1,2],1)`,
}

func fuzzEnv() *Env {
	return &Env{
		Now: time.UnixMilli(1_600_000_000_000), Seed: 3, HasSeed: true,
		Limits: Limits{Steps: 200_000, TotalBytes: 16 << 20, ValueBytes: 4 << 20, Depth: 500},
	}
}

const fuzzInput = `{"a":[{"b":{"c":1},"d":"x","k":null},{"b":[2,3],"c":4,"d":"y"},{"b":1.5}],"s":"text","10":true,"2":[]}`

// Nothing panics or runs on, errors are typed and placed, and an expression gives the same result every time.
func FuzzEval(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
	input, err := value.ParseString(fuzzInput)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, opts := range [][]Option{nil, {AWS()}} {
			p, err := Compile(source, opts...)
			if err != nil {
				checkError(t, source, err)
				continue
			}
			p.References()
			v, defined, err := p.EvalValue(fuzzEnv(), input)
			again, definedAgain, errAgain := p.EvalValue(fuzzEnv(), input)
			if (err == nil) != (errAgain == nil) || defined != definedAgain || err == nil && defined && v.JSON() != again.JSON() {
				t.Errorf("%q: two results: %s (%v) and %s (%v)", source, v, err, again, errAgain)
			}
			if err != nil {
				checkError(t, source, err)
				if err.Error() != errAgain.Error() {
					t.Errorf("%q: two errors: %v and %v", source, err, errAgain)
				}
				continue
			}
			if defined && !json.Valid([]byte(v.JSON())) {
				t.Errorf("%q: result is no JSON: %s", source, v.JSON())
			}
		}
		if input.JSON() != fuzzInput {
			t.Fatalf("%q changed its input: %s", source, input.JSON())
		}
	})
}

func checkError(t *testing.T, source string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: untyped error %v", source, err)
	}
	if e.Code == "" || e.Message == "" && e.Code != "D3137" && e.Code != "D3141" {
		t.Errorf("%q: error without code or text: %#v", source, e)
	}
	if strings.HasPrefix(e.Code, "S") && e.Code != "S0208" && e.Position > len(source)+6 {
		t.Errorf("%q: position %d of %s is outside", source, e.Position, e.Code)
	}
}

// The regular expression machine never panics and always ends.
func FuzzRegex(f *testing.F) {
	for _, s := range []string{`a*b`, `(a|b)+?c{2,3}`, `(?=x)(?!y)(?<=z)(?<!w)`, `\1(a)\k<n>(?<n>b)`, `[^\d-\w]`, `\u0041\x42\cA`, `(?:a*)*b`} {
		f.Add(s, "aabbcc xyz")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, problem := compileRegex(pattern, len(pattern)%2 == 0, len(text)%2 == 0)
		if problem != "" {
			return
		}
		s := MustCompile("1").newState(fuzzEnv(), nil)
		slots, err := re.find(s, units(text), 0)
		if err == nil && slots != nil && (slots[0] < 0 || slots[1] < slots[0] || int(slots[1]) > len(units(text))) {
			t.Errorf("%q on %q: match %v", pattern, text, slots[:2])
		}
	})
}

// Pictures never panic.
func FuzzPictures(f *testing.F) {
	f.Add(1234.5, "#,##0.00;(#)", "[Y0001]-[M01]", "2020-01-02")
	f.Add(0.0, "0e0", "[FNn,*-3] [h]:[m] [P]", "Mon 5:06 pm")
	f.Add(1e300, "Ww;o", "[Z][z][X][W]", "")
	p := MustCompile(`[$formatNumber(n, p), $formatInteger(n, p), $parseInteger(t, p), $fromMillis(n, d), $toMillis(t, d)]`)
	parts := []*Program{
		MustCompile(`$formatNumber(n, p)`), MustCompile(`$formatInteger(n, p)`), MustCompile(`$parseInteger(t, p)`),
		MustCompile(`$fromMillis(n, d, t)`), MustCompile(`$toMillis(t, d)`), MustCompile(`$round(n, $length(p)) & $string(n)`), p,
	}
	f.Fuzz(func(t *testing.T, n float64, p, d, text string) {
		if !finite(n) {
			return
		}
		input := value.Obj(value.M("n", value.FromFloat(n)), value.M("p", value.FromString(toValid(p))),
			value.M("d", value.FromString(toValid(d))), value.M("t", value.FromString(toValid(text))))
		for _, prog := range parts {
			if _, _, err := prog.EvalValue(fuzzEnv(), input); err != nil {
				checkError(t, prog.Source(), err)
			}
		}
	})
}
