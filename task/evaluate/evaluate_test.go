package evaluate_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/task"
	"github.com/gait-engine/gait/task/evaluate"
)

// evaluator has a clock that stands still and a fixed seed.
func evaluator(c evaluate.Config) *evaluate.Evaluator {
	c.Now = func() time.Time { return time.Date(2025, 1, 2, 3, 4, 5, 678e6, time.UTC) }
	c.Random = func() uint64 { return 42 << 11 }
	return evaluate.New(c)
}

func eval(e *evaluate.Evaluator, expression, values string) (string, *task.Error) {
	return evalContext(context.Background(), e, expression, values)
}

func evalContext(ctx context.Context, e *evaluate.Evaluator, expression, values string) (string, *task.Error) {
	if values == "" {
		values = "{}"
	}
	input, err := json.Marshal(map[string]any{"expression": expression, "expressionAttributeValues": json.RawMessage(values)})
	if err != nil {
		panic(err)
	}
	out, failure := task.Call(ctx, e, &task.Request{State: "Eval", Input: input})
	return string(out), failure
}

func TestExpressionsAreEvaluated(t *testing.T) {
	t.Parallel()
	e := evaluator(evaluate.Config{Timeout: time.Minute}) // it is not this that is tested
	tests := []struct{ expression, values, want string }{
		{"6 * 7", "", "42"},
		{"$.a + $.b", `{"$.a":1,"$.b":2}`, "3"},
		{"$.a + $.a", `{"$.a":"x"}`, `"xx"`},
		{"$.order.net + $.order.tax", `{"$.order.net":80,"$.order.tax":20}`, "100"},
		{"`${$.s}: ${$.o.k}`", `{"$.s":"ä\"","$.o":{"k":[1]}}`, `"ä\": 1"`},
		{"$.list.map(x => x * 2).filter(x => x > 2)", `{"$.list":[1,2,3]}`, "[4,6]"},
		{"({a: 1, b: undefined, c: () => 1, d: NaN, e: [undefined]})", "", `{"a":1,"d":null,"e":[null]}`},
		{"undefined", "", "null"},
		{"(() => 1)", "", "null"},
		{"var a = 1; a += 2; a", "", "3"},
		{"{ a: 1 }", "", "1"}, // a block with a label, as in eval
		{"", "", "null"},
		{"'$.a'.length", `{"$.a":1}`, "1"},                // values are put into strings, too
		{"$.a", `{"$.a":"$$ $& $1"}`, `"$ $.a $1"`},       // the construct replaces with String.replace, which reads "$$" and "$&"
		{"($.a.b) + 1", `{"$.a":{"b":1},"$.a.b":5}`, "2"}, // the first key is replaced everywhere: ({"b":1}.b) + 1
		{"$[0] + $.x-y", `{"$[0]":1,"$.x-y":2}`, "3"},     // keys are no regular expressions
		{"JSON.parse($.a).b", `{"$.a":"{\"b\":[true]}"}`, "[true]"},
		{"/(?<y>\\d+)-(?=x)/.exec('a2024-x').groups.y", "", `"2024"`},
		{"new Date().toISOString()", "", `"2025-01-02T03:04:05.678Z"`},
		{"Date.now()", "", "1735787045678"},
		{"[typeof Date(), new Date() instanceof Date, Date.length]", "", `["string",true,7]`},
		{"(async () => { await null; return 'later' })()", "", `"later"`},
		{"Promise.reject(new TypeError('no')).catch(e => e.message)", "", `"no"`},
		{"[Math.random() < 1, Math.random() === Math.random()]", "", "[true,false]"},
		{"9007199254740993", "", "9007199254740992"},
		{"$.n", `{"$.n":1.0}`, "1"},
		{"'\\ud800'", "", `"\ud800"`},
		{"'a\\u0000b'", "", `"a\u0000b"`},
	}
	for _, tt := range tests {
		got, failure := eval(e, tt.expression, tt.values)
		if failure != nil || got != tt.want {
			t.Errorf("%s with %s: %s %v, want %s", tt.expression, tt.values, got, failure, tt.want)
		}
	}
}

// The zone of the machine does not matter: Lambda's is UTC.
func TestLocalTimeIsUTC(t *testing.T) {
	t.Setenv("TZ", "America/New_York")
	e := evaluator(evaluate.Config{Timeout: time.Minute}) // it is not this that is tested
	for expression, want := range map[string]string{
		"new Date().getHours()":                                               "3",
		"new Date().getTimezoneOffset()":                                      "0",
		"new Date(2024, 6, 1, 12).toISOString()":                              `"2024-07-01T12:00:00.000Z"`,
		"new Date('2024-07-01T12:00').toISOString()":                          `"2024-07-01T12:00:00.000Z"`,
		"new Date('2024-07-01T12:00-02:00').toISOString()":                    `"2024-07-01T14:00:00.000Z"`,
		"new Date('2024-07-01').toISOString()":                                `"2024-07-01T00:00:00.000Z"`,
		"new Date('Jul 1 2024 12:00').toISOString()":                          `"2024-07-01T12:00:00.000Z"`,
		"new Date('Mon, 01 Jul 2024 12:00:00 GMT').getTime()":                 "1719835200000",
		"new Date(1719835200000).toString()":                                  `"Mon Jul 01 2024 12:00:00 GMT+0000 (Coordinated Universal Time)"`,
		"new Date(1719835200000).toDateString()":                              `"Mon Jul 01 2024"`,
		"new Date(1719835200000).toTimeString()":                              `"12:00:00 GMT+0000 (Coordinated Universal Time)"`,
		"new Date(1719835200000).toLocaleString()":                            `"7/1/2024, 12:00:00 PM"`,
		"(d => (d.setHours(1), d.toISOString()))(new Date(0))":                `"1970-01-01T01:00:00.000Z"`,
		"new Date(new Date(5)).getTime()":                                     "5",
		"new Date('nonsense').getTime()":                                      "null",
		"String(new Date(NaN))":                                               `"Invalid Date"`,
		"(class D extends Date { x() { return this.getTime() } })&&1":         "1",
		"new (class D extends Date { x() { return this.getTime() } })(7).x()": "7",
	} {
		got, failure := eval(e, expression, "")
		if failure != nil || got != want {
			t.Errorf("%s: %s %v, want %s", expression, got, failure, want)
		}
	}
}

func TestErrorsAreThoseOfJavaScript(t *testing.T) {
	t.Parallel()
	e := evaluator(evaluate.Config{Timeout: time.Minute}) // it is not this that is tested
	tests := []struct{ expression, values, name, part string }{
		{"($.a).b.c", `{"$.a":{}}`, "TypeError", "undefined"},
		{"a +", "", "SyntaxError", ""},
		{"missing", "", "ReferenceError", "missing"},
		{"throw new RangeError('far')", "", "RangeError", "far"},
		{"throw 'text'", "", "string", "text"},
		{"throw {a: 1}", "", "object", `{"a":1}`},
		{"throw {toJSON() { throw 1 }}", "", "object", "cannot be shown"},
		{"class X extends Error { constructor() { super('m'); this.name = 'Own.Name' } }; throw new X()", "", "Own.Name", "m"},
		{"Promise.reject(new TypeError('no'))", "", "TypeError", "no"},
		{"(async () => missing)()", "", "ReferenceError", "missing"},
		{"new Promise(() => {})", "", "Lambda.Unknown", "never comes"},
		{"1n", "", "TypeError", "BigInt"},
		{"var a = []; a[0] = a; a", "", "TypeError", "circular"},
		{"require('fs')", "", "ReferenceError", "require"},
		{"process.env", "", "ReferenceError", "process"},
		{"console.log(1)", "", "ReferenceError", "console"},
		{"fetch('http://127.0.0.1')", "", "ReferenceError", "fetch"},
		{"import('fs')", "", "", ""},
		{"import('/etc/passwd')", "", "", ""},
		{"std.open('/etc/passwd')", "", "ReferenceError", "std"},
	}
	for _, tt := range tests {
		got, failure := eval(e, tt.expression, tt.values)
		if failure == nil || tt.name != "" && failure.Name != tt.name || !strings.Contains(failure.Cause, tt.part) {
			t.Errorf("%s: %s %v, want %s with %q", tt.expression, got, failure, tt.name, tt.part)
		}
	}
	for _, input := range []string{`{}`, `null`, `{"expression":"1"}`, `{"expression":1,"expressionAttributeValues":{}}`} {
		out, failure := task.Call(context.Background(), e, &task.Request{Input: []byte(input)})
		if failure == nil || failure.Name != "TypeError" {
			t.Errorf("%s: %s %v, want a TypeError", input, out, failure)
		}
	}
}

// Each of these would take minutes, or all memory there is.
func TestHostileExpressionsEnd(t *testing.T) {
	t.Parallel()
	e, other := evaluator(evaluate.Config{Timeout: 200 * time.Millisecond, Memory: 8 << 20}), evaluator(evaluate.Config{Timeout: time.Minute})
	for name, expression := range map[string]string{
		"loop":                   "for (;;);",
		"loop that catches":      "for (;;) try { for (;;); } catch {}",
		"loop in a promise":      "(async () => { for (;;) await 0 })()",
		"recursion":              "(function f() { return f() + 1 })()",
		"recursion that grows":   "(function f(a) { return f([a, a]) })(1)",
		"long string":            "'x'.repeat(2 ** 29)",
		"doubling":               "var s = 'x'; for (;;) s += s;",
		"doubling list":          "var a = [1]; for (;;) a = [...a, ...a];",
		"shared lists":           "var a = [1]; for (var i = 0; i < 60; i++) a = [a, a]; JSON.stringify(a)",
		"shared result":          "var a = [1]; for (var i = 0; i < 60; i++) a = [a, a]; a",
		"join":                   "Array(1e6).fill('x'.repeat(1e6)).join('')",
		"replaceAll":             "'x'.repeat(1e6).replaceAll('x', 'x'.repeat(1e6))",
		"replaceAll of the rest": "'x'.repeat(1e6).replaceAll('x', \"$'\")",
		"replace by a pattern":   "RegExp.prototype[Symbol.replace].call(/x/g, 'x'.repeat(1e6), \"$`\")",
		"search":                 "'x'.repeat(1e6).indexOf('x'.repeat(5e5) + 'y')",
		"sort of long strings":   "var s = 'x'.repeat(1e6); Array(1e5).fill(0).map((_, i) => i % 2 ? s + 'a' : s).sort()",
		"long length":            "Object.defineProperty([], 'length', {value: 2 ** 32 - 1}).lastIndexOf(1)",
		"concat":                 "Object.defineProperty([], 'length', {value: 2 ** 32 - 1}); [].concat(Object.defineProperty([], 'length', {value: 2 ** 32 - 1}))",
		"flat":                   "[Object.defineProperty([], 'length', {value: 2 ** 32 - 1})].flat()",
		"changing length":        "var n = 0; Array.prototype.fill.call({get length() { return n++ ? 2 ** 50 : 1 }}, 1); throw 1",
		"array of a length":      "Array.from({length: 2 ** 40})",
		"fill":                   "Array(2 ** 32 - 1).fill(0)",
		"sort":                   "Array.prototype.sort.call({length: 2 ** 50})",
		"apply":                  "Math.max.apply(null, {length: 2 ** 31})",
		"buffer":                 "new ArrayBuffer(2 ** 40)",
		"big number":             "2n ** (2n ** 40n)",
		"digits":                 "(2n ** 100000n) ** 100000n + ''",
		"regular expression":     "/^(a+)+$/.test('a'.repeat(60) + 'b')",
		"back reference":         "/^(a*)*\\1$/.test('a'.repeat(60) + 'b')",
		"deep result":            "var a = []; for (var i = 0; i < 1e6; i++) a = [a]; a",
		"deep join":              "var a = []; for (var i = 0; i < 1e6; i++) a = [a]; String(a)",
		"deep source":            strings.Repeat("(", 100_000),
		"deep lists":             strings.Repeat("[", 100_000),
		"deep operators":         strings.Repeat("!", 200_000) + "1",
		"deep functions":         strings.Repeat("x=>", 60_000) + "1",
		"deep blocks":            strings.Repeat("{", 100_000),
		"deep conditions":        strings.Repeat("1?", 100_000),
		"deep templates":         strings.Repeat("`${", 50_000),
		"deep pattern":           "RegExp('('.repeat(1e6))",
		"endless getter":         "({get a() { return this.a }}).a",
		"endless toJSON":         "({toJSON() { return {a: this} }})",
		"waits":                  "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
		"endless proxy":          "new Proxy({}, {get: (t, k, r) => r, ownKeys: () => Array.from({length: 1e6}, (_, i) => 'k' + i)})",
	} {
		got, failure := eval(e, expression, "")
		if failure == nil {
			t.Errorf("%s: %.80s, want a failure", name, got)
		} else if len(failure.Cause) > 1000 {
			t.Errorf("%s: a cause of %d bytes", name, len(failure.Cause))
		}
		if got, failure := eval(other, "1 + 1", ""); failure != nil || got != "2" {
			t.Fatalf("after %s: %s %v", name, got, failure)
		}
	}
}

func TestValuesThatMultiplyTheExpressionEnd(t *testing.T) {
	t.Parallel()
	e := evaluator(evaluate.Config{Timeout: time.Second, Memory: 8 << 20})
	values, err := json.Marshal(map[string]string{"$.a": strings.Repeat("x", 200_000)})
	if err != nil {
		t.Fatal(err)
	}
	if got, failure := eval(e, strings.Repeat("$.a+", 20_000)+"1", string(values)); failure == nil || failure.Name != "Lambda.Unknown" {
		t.Errorf("%.80s %.200v, want Lambda.Unknown", got, failure)
	}
}

// The bounds around built-in functions do not show.
func TestBuiltInFunctionsWorkAsEver(t *testing.T) {
	t.Parallel()
	e := evaluator(evaluate.Config{Timeout: time.Minute}) // it is not this that is tested
	for expression, want := range map[string]string{
		"['abc'.split(), 'a,b'.split(','), 'abc'.split(''), 'a1b'.split(/\\d/), 'abc'.split(undefined), 'abc'.split('b', 1)]":                           `[["abc"],["a","b"],["a","b","c"],["a","b"],["abc"],["a"]]`,
		"['abc'.indexOf('c'), 'abc'.indexOf(), 'aba'.lastIndexOf('a'), 'abc'.includes('b'), 'abc'.indexOf('a', 1)]":                                     `[2,-1,2,true,-1]`,
		"['aXbX'.replaceAll('X', m => m + 1), 'aXb'.replace('X', \"[$`|$'|$&|$$]\"), 'a1b2'.replace(/(\\d)/g, '<$1>'), 'a'.replace('a')]":               `["aX1bX1","a[a|b|X|$]b","a<1>b<2>","undefined"]`,
		"[[10,9,1].sort(), [3,1,2].sort((a,b)=>b-a), [3,undefined,1].sort(), ['b','a'].toSorted()]":                                                     `[[1,10,9],[3,2,1],[1,3,null],["a","b"]]`,
		"[[1,[2,[3]]].flat(), [1,[2,[3]]].flat(Infinity), [1,2].flatMap(x=>[x,[x]]), [1,,2].flat()]":                                                    `[[1,2,[3]],[1,2,3],[1,[1],2,[2]],[1,2]]`,
		"[Array.prototype.map.call('ab', x => x + x), (function() { return [].slice.call(arguments, 1) })(1, 2, 3)]":                                    `[["aa","bb"],[2,3]]`,
		"[[].concat.name, [].concat.length, [1].concat([2],3), [1,2,3].reduce((a,b)=>a+b), [...[1,2]], Array.from('ab'), Array.from({length: 2})]":      `["concat",1,[1,2,3],6,[1,2],["a","b"],[null,null]]`,
		"(a => { a.push(3); a.splice(0, 1); a.reverse(); a.unshift(9); return [a.shift(), a, a.length, a.pop(), `${a}`] })([1,2])":                      `[9,[3],2,2,"3"]`,
		"[JSON.stringify({a:[1,{b:undefined}],d:new Date(0)}), JSON.stringify({a:1,b:2},['a']), JSON.stringify([1],null,1), JSON.stringify(undefined)]": `["{\"a\":[1,{}],\"d\":\"1970-01-01T00:00:00.000Z\"}","{\"a\":1}","[\n 1\n]",null]`,
		"Object.keys([1]).length + Object.entries({a:1}).length + (() => { let n = 0; for (const k in [1]) n++; return n })()":                          `3`,
	} {
		got, failure := eval(e, expression, "")
		if failure != nil || got != want {
			t.Errorf("%s: %s %v, want %s", expression, got, failure, want)
		}
	}
}

func TestEvaluationsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	e := evaluator(evaluate.Config{Timeout: time.Minute}) // it is not this that is tested
	for range 2 {
		got, failure := eval(e, "typeof gait + typeof x; globalThis.x = 1; Array.prototype.map = null; JSON.stringify = () => 'gone'; [typeof y, typeof globalThis.y, typeof gait]", "")
		if failure != nil || got != `["undefined","undefined","undefined"]` {
			t.Errorf("%s %v", got, failure)
		}
		if got, failure = eval(e, "[typeof x, typeof gait, [1].map(a => a + 1)[0]]", ""); failure != nil || got != `["undefined","undefined",2]` {
			t.Errorf("%s %v", got, failure)
		}
	}
}

func TestEvaluationEndsWithItsTask(t *testing.T) {
	t.Parallel()
	e := evaluator(evaluate.Config{Timeout: time.Hour, Parallel: 1})
	ctx, cancel := context.WithCancel(context.Background())
	var both sync.WaitGroup
	for range 2 { // one runs, the other waits for its turn
		both.Go(func() {
			if _, failure := evalContext(ctx, e, "for (;;);", ""); failure == nil || !strings.Contains(failure.Cause, "canceled") {
				t.Errorf("%v, want the end of the context", failure)
			}
		})
	}
	cancel()
	both.Wait()
	if got, failure := eval(e, "1", ""); failure != nil || got != "1" {
		t.Errorf("%s %v", got, failure)
	}
}

// TestCDKMachinesEvaluate runs the cases of the conformance suite that the construct made.
func TestCDKMachinesEvaluate(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../conformance/testdata/cdk/evaluate-expression*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	var mux task.Mux
	evaluator(evaluate.Config{Timeout: time.Minute}).Register(&mux, "*EvalFunction*")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Definition, Input json.RawMessage
			Expect            struct {
				Status string
				Output any
			}
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		m, err := asl.Compile(c.Definition, asl.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := asltest.Run(m, string(c.Input), asltest.Options{Resolve: func(call asltest.Call) (asltest.Answer, error) {
			route, ok := mux.Lookup("m", call.State, call.Resource)
			if !ok {
				t.Fatalf("nothing answers %s", call.Resource)
			}
			out, failure := task.Call(context.Background(), route.Handler, &task.Request{Input: []byte(call.Input)})
			if failure != nil {
				return asltest.Fail(failure.Name, failure.Cause), nil
			}
			return asltest.Return(string(out)), nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if err := json.Unmarshal([]byte(r.Output), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.Expect.Output, got); r.Status != c.Expect.Status || diff != "" {
			t.Errorf("%s: %s, output (-want +got):\n%s", file, r.Status, diff)
		}
	}
}

func FuzzEvaluate(f *testing.F) {
	for _, s := range []string{"$.a + 1", "[...Array(9).keys()]", "throw null", "/a/.exec($.a)", "new Date($.a)", "(async()=>$.a)()"} {
		f.Add(s, "1")
	}
	e := evaluator(evaluate.Config{Timeout: 100 * time.Millisecond, Memory: 4 << 20})
	f.Fuzz(func(t *testing.T, expression, v string) {
		value, err := json.Marshal(v)
		if err != nil {
			return
		}
		out, failure := eval(e, expression, `{"$.a":`+string(value)+`}`)
		if failure == nil && !json.Valid([]byte(out)) {
			t.Errorf("%q gives %q", expression, out)
		}
	})
}
