package jsonpath_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

func parse(t testing.TB, text string) value.Value {
	t.Helper()
	v, err := value.ParseString(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func compile(t testing.TB, text string) *jsonpath.Path {
	t.Helper()
	p, err := jsonpath.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPathSelects(t *testing.T) {
	t.Parallel()
	const store = `{"store":{"book":[{"t":"A","p":8},{"t":"B","p":12},{"t":"C","p":9,"x":null}],"bike":{"c":"red","p":20}}}`
	tests := []struct{ source, path, input, want string }{
		{"jsonpath.md 2: root", `$`, `[1]`, `[1]`},
		{"jsonpath.md 2: child", `$.a.b`, `{"a":{"b":1}}`, `1`},
		{"jsonpath.md 2: bracket child", `$['a']["b"]`, `{"a":{"b":1}}`, `1`},
		{"jsonpath.md 2: white space inside brackets", `$[ 'a' ][ 0 ]`, `{"a":[1]}`, `1`},
		{"jsonpath.md 2: escapes in quotes", `$['it\'s \\ok']`, `{"it's \\ok":1}`, `1`},
		{"recorded: other backslashes are kept", `$['Test\""Name"']`, `{"Test\\\"\"Name\"":1}`, `1`},
		{"jsonpath.md 2: dot before bracket", `$.[0].['a']`, `[{"a":1}]`, `1`},
		{"jsonpath.md 2: index from the end", `$[-1]`, `[1,2,3]`, `3`},
		{"jsonpath.md 2: names with hyphens, digits, letters", `$.a-b.123.é`, `{"a-b":{"123":{"é":1}}}`, `1`},
		{"Amazon States Language, Reference Paths: escapes", `$.store\.book`, `{"store.book":1}`, `1`},
		{"Jayway: a name may have '@' and ':'", `$.@type.a:b`, `{"@type":{"a:b":1}}`, `1`},
		{"jsonpath.md 2: functions are names", `$.length()`, `{"length()":1}`, `1`},
		{"jsonpath.md 2: an empty name", `$['']`, `{"":1}`, `1`},
		{"jsonpath.md 3: a present null is a value", `$.a`, `{"a":null}`, `null`},
		{"jsonpath.md 2: several names give an object", `$['b','a','z']`, `{"a":1,"b":2}`, `{"b":2,"a":1}`},
		{"jsonpath.md 2: several indexes", `$[0, 2,9,-1]`, `[1,2,3]`, `[1,3,3]`},
		{"jsonpath.md 2: slice", `$[1:2]`, `[1,2,3]`, `[2]`},
		{"jsonpath.md 2: slice to", `$[:2]`, `[1,2,3]`, `[1,2]`},
		{"jsonpath.md 2: slice from", `$[1:]`, `[1,2,3]`, `[2,3]`},
		{"jsonpath.md 2: slice from the end", `$[-2:]`, `[1,2,3]`, `[2,3]`},
		{"jsonpath.md 2: slices are clipped", `$[0:9]`, `[1,2]`, `[1,2]`},
		{"Jayway: a slice across 0 takes each index by itself", `$[-9:9]`, `[1,2]`, `[1,2,1,2]`},
		{"Jayway: slice to the end but one", `$[:-1]`, `[1,2,3]`, `[1,2]`},
		{"Jayway: slice between places from the end", `$[-2:-1]`, `[1,2,3]`, `[2]`},
		{"Jayway: slice from the begin to a place from the end", `$[1:-1]`, `[1,2,3]`, `[]`},
		{"jsonpath.md 2: slice beyond the end", `$[5:7]`, `[1]`, `[]`},
		{"jsonpath.md 2: all elements", `$[*]`, `[1,[2]]`, `[1,[2]]`},
		{"jsonpath.md 2: all members", `$.*`, `{"b":1,"a":2}`, `[1,2]`},
		{"jsonpath.md 3: two wildcards flatten", `$[*][*]`, `[[1],[2,3]]`, `[1,2,3]`},
		{"jsonpath.md 3: a definite path through an indefinite one", `$[*].a`, `[{"a":1},{},2,{"a":3}]`, `[1,3]`},
		{"jsonpath.md 2: names under a wildcard", `$.[*].['k', 'b']`, `[{"b":1,"k":2,"z":3},{}]`, `[{"k":2,"b":1},{}]`},
		{"jsonpath.md 3: descent", `$.d..a`, `{"d":{"x":{"a":[1,2]}}}`, `[[1,2]]`},
		{"jsonpath.md 3: descent and wildcard", `$.d..a[*]`, `{"d":{"x":{"a":[1,2]}}}`, `[1,2]`},
		{"Jayway: parents come before children", `$..p`, `{"p":1,"a":{"p":2,"b":{"p":3}},"c":[{"p":4}]}`, `[1,2,3,4]`},
		{"Jayway: descent to everything", `$..*`, `{"a":{"b":1},"c":2}`, `[{"b":1},2,1]`},
		{"Jayway: descent to an index", `$..[0]`, `[[1,2],[3]]`, `[[1,2],1,3]`},
		{"Jayway: descent to several names needs them all", `$..['a','b']`, `{"a":1,"x":{"a":2,"b":3}}`, `[{"a":2,"b":3}]`},
		{"Jayway: descent to a filter", `$..[?(@.p > 8)].p`, store, `[12,9,20]`},
		{"recorded: an indefinite path finds nothing", `$.item.items[1:5]`, `{}`, `[]`},
		{"recorded: an indefinite path finds nothing", `$[*]`, `{}`, `[]`},
		{"jsonpath.md 3: nothing on a scalar", `$.a[*].b`, `{"a":1}`, `[]`},
		{"jsonpath.md 2: filter, existence", `$.store.book[?(@.x)].t`, store, `["C"]`},
		{"jsonpath.md 2: filter, numbers", `$.store.book[?(@.p >= 9 && @.p<=12)].t`, store, `["B","C"]`},
		{"jsonpath.md 2: filter, or", `$.store.book[?(@.p < 9 || @.t == "C")].t`, store, `["A","C"]`},
		{"jsonpath.md 2: filter, not", `$.store.book[?(!@.x)].t`, store, `["A","B"]`},
		{"jsonpath.md 2: filter, parentheses", `$.store.book[?(!(@.p > 8 && (@.t == 'B')))].t`, store, `["A","C"]`},
		{"jsonpath.md 2: filter, brackets", `$.store.book[?(@['p'] == 12)].t`, store, `["B"]`},
		{"jsonpath.md 2: filter on an object", `$.store.bike[?(@.p == 20)].c`, store, `["red"]`},
		{"jsonpath.md 2: types are strict", `$[?(@.a == '1')]`, `[{"a":1},{"a":"1"}]`, `[{"a":"1"}]`},
		{"jsonpath.md 2: numbers by value", `$[?(@.a == 1.0)]`, `[{"a":1},{"a":2}]`, `[{"a":1}]`},
		{"jsonpath.md 2: literals", `$[?(@.a == null || @.a == true)]`, `[{"a":null},{"a":true},{"a":false},{}]`, `[{"a":null},{"a":true}]`},
		{"jsonpath.md 2: '@' does not match scalars", `$[?(@ > 3)]`, `[1,5,9]`, `[]`},
		{"Jayway: what is missing is unequal to everything", `$[?(@.a != 1)]`, `[{},{"a":1},{"a":2}]`, `[{},{"a":2}]`},
		{"Jayway: what is missing is equal to nothing", `$[?(@.a == @.b)]`, `[{},{"a":1,"b":1}]`, `[{"a":1,"b":1}]`},
		{"Jayway: strings are ordered", `$[?(@.a >= 'b')].a`, `[{"a":"a"},{"a":"b"},{"a":"c"},{"a":3}]`, `["b","c"]`},
		{"published: words without quotes", `$[?(@.Type.Text==AMOUNT_PAID)].v`, `[{"Type":{"Text":"AMOUNT_PAID"},"v":1},{"Type":{"Text":"X"},"v":2}]`, `[1]`},
		{"published: the root in a filter", `$.l[?(@.id == $.id)].v`, `{"id":2,"l":[{"id":1,"v":"a"},{"id":2,"v":"b"}]}`, `["b"]`},
		{"a filter with a list inside", `$[?(@.l[?(@.k)])].n`, `[{"l":[{"k":1}],"n":1},{"l":[{}],"n":2}]`, `[1]`},
		{"jsonpath.md 7: number texts survive", `$[*]`, `[9007199254740993,1.0]`, `[9007199254740993,1.0]`},
	}
	for _, tt := range tests {
		got, err := compile(t, tt.path).Eval(parse(t, tt.input), nil)
		if err != nil {
			t.Errorf("%s: %s of %s: %v", tt.source, tt.path, tt.input, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got.JSON()); diff != "" {
			t.Errorf("%s: %s of %s (-want +got):\n%s", tt.source, tt.path, tt.input, diff)
		}
	}
}

func TestPathBeginsInItsRoot(t *testing.T) {
	t.Parallel()
	r := roots{
		context:   parse(t, `{"State":{"Name":"S"}}`),
		variables: map[string]value.Value{"x": parse(t, `{"a":[7]}`), "größe_1": parse(t, `3`)},
	}
	tests := []struct {
		path, want     string
		root           jsonpath.RootKind
		variable       string
		bare, definite bool
	}{
		{"$", `{"in":1}`, jsonpath.Data, "", true, true},
		{"$.in", `1`, jsonpath.Data, "", false, true},
		{"$$", `{"State":{"Name":"S"}}`, jsonpath.Context, "", true, true},
		{"$$.State.Name", `"S"`, jsonpath.Context, "", false, true},
		{"$$['State'].*", `["S"]`, jsonpath.Context, "", false, false},
		{"$x", `{"a":[7]}`, jsonpath.Variable, "x", true, true},
		{"$x.a[0]", `7`, jsonpath.Variable, "x", false, true},
		{"$größe_1", `3`, jsonpath.Variable, "größe_1", true, true},
	}
	for _, tt := range tests {
		p := compile(t, tt.path)
		got, err := p.Eval(parse(t, `{"in":1}`), r)
		if err != nil || got.JSON() != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.path, got, err, tt.want)
		}
		if p.Root() != tt.root || p.Variable() != tt.variable || p.Bare() != tt.bare || p.Definite() != tt.definite || p.String() != tt.path {
			t.Errorf("%s: root %v, variable %q, bare %v, definite %v", p, p.Root(), p.Variable(), p.Bare(), p.Definite())
		}
	}
}

func TestDefinitePathThatFindsNothingSaysWhy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source, path, input string
		reason              jsonpath.Reason
		detail              string
	}{
		{"recorded", `$.a`, `{}`, jsonpath.NoResults, `No results for path: $['a']`},
		{"recorded", `$.no.such.path`, `{}`, jsonpath.MissingProperty, `Missing property in path $['no']`},
		{"jsonpath.md 5", `$.a.b`, `{"a":{}}`, jsonpath.NoResults, `No results for path: $['a']['b']`},
		{"jsonpath.md 2", `$.list.length()`, `{"list":[1]}`, jsonpath.NotObject, `Property ['length()'] not found in path $['list']`},
		{"jsonpath.md 3: no mapping over arrays", `$.a.b`, `{"a":[{"b":1}]}`, jsonpath.NotObject, `Property ['b'] not found in path $['a']`},
		{"jsonpath.md 5", `$.a[0]`, `{"a":1}`, jsonpath.NotArray, `Filter: [0] can only be applied to arrays. Current context is: 1`},
		{"Jayway", `$.a[0]`, `{"a":{"b":["x"]}}`, jsonpath.NotArray, `Filter: [0] can only be applied to arrays. Current context is: {b=[x]}`},
		{"Jayway", `$.a[0]`, `{"a":null}`, jsonpath.NullArray, `The path $['a'] is null`},
		{"jsonpath.md 4", `$.a[5]`, `{"a":[1]}`, jsonpath.IndexOutOfRange, `No results for path: $['a'][5]`},
		{"jsonpath.md 4", `$.a[-2]`, `{"a":[1]}`, jsonpath.IndexOutOfRange, `No results for path: $['a'][-2]`},
		{"Jayway", `$.a[5].b`, `{"a":[1]}`, jsonpath.NoResults, `No results for path: $['a'][5]['b']`},
		{"jsonpath.md 2", `$['a','b'].c`, `{"a":1}`, jsonpath.ManyProperties, `Multi properties can only be used as path leafs: $['a', 'b']`},
		{"jsonpath.md 5", `$..a`, `null`, jsonpath.NullInput, `Unable to apply Path transformation to null or empty input.`},
		{"jsonpath.md 5", `$[*]`, `null`, jsonpath.NullInput, `Unable to apply Path transformation to null or empty input.`},
		{"jsonpath.md 5", `$.a`, `null`, jsonpath.NullInput, `Unable to apply Path transformation to null or empty input.`},
		{"states.md 5", `$x.a`, `{}`, jsonpath.UndefinedVariable, `The variable 'x' is not defined`},
		{"path.go", `$$.a`, `{}`, jsonpath.NoContext, `There is no context object`},
	}
	for _, tt := range tests {
		_, err := compile(t, tt.path).Eval(parse(t, tt.input), nil)
		var got *jsonpath.NotFoundError
		if !errors.As(err, &got) {
			t.Errorf("%s: %s of %s: got %v, want a NotFoundError", tt.source, tt.path, tt.input, err)
			continue
		}
		if diff := cmp.Diff(&jsonpath.NotFoundError{Path: tt.path, Reason: tt.reason, Detail: tt.detail}, got); diff != "" {
			t.Errorf("%s: %s of %s (-want +got):\n%s", tt.source, tt.path, tt.input, diff)
		}
	}
	e := &jsonpath.NotFoundError{Path: "$.no.such", Detail: "Missing property in path $['no']"}
	if got, want := e.InvalidPath(), "Invalid path '$.no.such' : Missing property in path $['no']"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCompileRefusesWhatIsNoPath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path   string
		offset int
	}{
		{"", 0}, {"a", 0}, {" $.a", 0}, {"$.", 2}, {"$..", 3}, {"$...", 3}, {"$...a", 3}, {"$.a.", 4}, {"$$23", 2}, {"$1", 1}, {"$-", 1},
		{"$.a b", 3}, {"$.a ", 3}, {"$[", 2}, {"$[]", 2}, {"$['a'", 5}, {"$['a", 2}, {"$[a]", 2}, {"$['a',]", 6}, {"$['a',0]", 6},
		{"$[1", 3}, {"$[1,]", 4}, {"$[:]", 3}, {"$[1:2:3]", 5}, {"$[-]", 3}, {"$[99999999999]", 2}, {"$[*", 3}, {"$[?]", 3}, {"$.a]", 3},
		{"$[?()]", 4}, {"$[?(@.a]", 7}, {"$[?(@.a =~ /x/)]", 8}, {"$[?(@.a in ['x'])]", 8}, {"$[?(1)]", 4}, {"$[?('a')]", 4}, {"$[?(@.a ==)]", 10},
		{"$[?(@.a == 1.)]", 11}, {"$[?(@.a && )]", 11}, {"$[?((@.a)]", 9}, {"$[?(@.a == 'x)]", 11}, {"$.a(", 3}, {"$.()", 2}, {"$[(@.length-1)]", 2},
		{`$.a\`, 3}, {"$.a'b", 3},
		{"$" + strings.Repeat(".a", 1001), 2001},
		{"$." + strings.Repeat("a", 40000), 32768},
		{"$[?(" + strings.Repeat("(", 200) + "@.a" + strings.Repeat(")", 200) + ")]", 54},
		{"$" + strings.Repeat("v", 81), 1},
	}
	for _, tt := range tests {
		_, err := jsonpath.Compile(tt.path)
		var e *jsonpath.SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%.40q: got %v, want a SyntaxError", tt.path, err)
			continue
		}
		if e.Offset != tt.offset || e.Diagnostic() != "Value must be a valid JSONPath." {
			t.Errorf("%.40q: got offset %d, %q; want offset %d\n%v", tt.path, e.Offset, e.Diagnostic(), tt.offset, err)
		}
	}
}

func TestReferencePathNamesOnePlace(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"$", "$.a", "$['a b']", "$['a:b,*?@']", "$.a[0].b", "$$.Execution", "$x.a", `$.foo\@bar.baz\[\[.\?pretty`} {
		if p, err := jsonpath.CompileReference(path); err != nil || !p.Reference() {
			t.Errorf("%s: %v", path, err)
		}
	}
	const plain, root = "Value is not a Reference Path", "Value is not a Reference Path: Reference path didn't start with '$'"
	tests := map[string]string{
		"$.": plain, "$...": plain, "$.a[*]": plain, "$.*": plain, "$..a": plain, "$.a[0:2]": plain, "$[:1]": plain, "$['a','b']": plain, "$[0,1]": plain,
		"$.a[?(@.b==1)]": plain, "$.a@b": plain, "$.a:b": plain, "$.length()": plain,
		"a": root, "": root, ".guid": root, "States.Format('')": root,
	}
	for path, want := range tests {
		_, err := jsonpath.CompileReference(path)
		var e *jsonpath.SyntaxError
		if !errors.As(err, &e) || e.Diagnostic() != want {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}

func TestSetStoresAtAReferencePath(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, path, root, x, want string }{
		{"jsonpath.md 6: replace", `$`, `{"a":1}`, `5`, `5`},
		{"jsonpath.md 6: append", `$.b`, `{"a":1}`, `5`, `{"a":1,"b":5}`},
		{"jsonpath.md 6: replaced in place", `$.a`, `{"a":1,"b":2}`, `[]`, `{"a":[],"b":2}`},
		{"jsonpath.md 6: objects are created", `$.b.c.d`, `{"a":1}`, `null`, `{"a":1,"b":{"c":{"d":null}}}`},
		{"jsonpath.md 6: brackets", `$['k v']['x']`, `{}`, `1`, `{"k v":{"x":1}}`},
		{"jsonpath.md 6: index", `$.l[0]`, `{"l":[1,2]}`, `9`, `{"l":[9,2]}`},
		{"jsonpath.md 6: member of an element", `$[1].z`, `[1,{"q":0}]`, `9`, `[1,{"q":0,"z":9}]`},
		{"jsonpath.md 6: an index must exist", `$.l[2]`, `{"l":[1,2]}`, `9`, ``},
		{"jsonpath.md 6: a missing array is not created", `$.l[0]`, `{}`, `9`, ``},
		{"jsonpath.md 6: input is no object", `$.a`, `"text"`, `9`, ``},
		{"jsonpath.md 6: input is null", `$.a`, `null`, `9`, ``},
		{"jsonpath.md 6: input is an array", `$.a`, `[]`, `9`, ``},
		{"jsonpath.md 6: a scalar on the way", `$.a.b`, `{"a":1}`, `9`, ``},
		{"jsonpath.md 6: null on the way", `$.a.b`, `{"a":null}`, `9`, ``},
		{"jsonpath.md 6: an array on the way", `$.a.b`, `{"a":[]}`, `9`, ``},
	}
	for _, tt := range tests {
		p, err := jsonpath.CompileReference(tt.path)
		if err != nil {
			t.Fatal(err)
		}
		root := parse(t, tt.root)
		got, err := p.Set(root, parse(t, tt.x))
		if tt.want == "" {
			var e *jsonpath.MismatchError
			want := "Unable to apply ReferencePath " + tt.path + " to input \"" + tt.root + "\""
			if !errors.As(err, &e) || e.Cause() != want {
				t.Errorf("%s: %s in %s: got %s, %v; want %s", tt.source, tt.path, tt.root, got, err, want)
			}
			continue
		}
		if err != nil || got.JSON() != tt.want || root.JSON() != tt.root {
			t.Errorf("%s: %s in %s: got %s, %v; want %s", tt.source, tt.path, tt.root, got, err, tt.want)
		}
	}
	if _, err := compile(t, "$[*]").Set(parse(t, "[]"), parse(t, "1")); err == nil {
		t.Error("a path with a wildcard was written to")
	}
}

func TestEvaluationIsBounded(t *testing.T) {
	t.Parallel()
	doc := parse(t, strings.Repeat("[", 200)+strings.Repeat("1,", 200)+"1"+strings.Repeat("]", 200))
	for _, path := range []string{"$..*..*..*..*..*", "$" + strings.Repeat("[0,0]", 40), "$..[?(@..*)]..*..*"} {
		_, err := compile(t, path).Eval(doc, nil)
		var e *jsonpath.LimitError
		if !errors.As(err, &e) {
			t.Errorf("%.30s: got %v, want a LimitError", path, err)
		}
	}
}
