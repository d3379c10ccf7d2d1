package jsonpath_test

import (
	"testing"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

var seeds = []string{
	"$", "$$", "$x.a", "$.a.b[0]", "$['a']", `$["it's"]['a\'b']`, "$['a','b']", "$[0,2]", "$[-2:]", "$[1:3]", "$[*]", "$.*", "$..a", "$..*", "$..[0]",
	"$.l[?(@.k)]", "$.l[?(@.k == 'x' && !(@.n >= -1.5e3 || $.a != null))].n", "$[?(@.a[?(@.b)])]", "$.length()", `$.a\.b`, "$.a.concat('x', @.b)", "$.[0].['a']",
	"$...", "$[", "$[?(", "$['", "$.a b",
}

func FuzzCompile(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := jsonpath.Compile(text)
		if err == nil && p.String() != text {
			t.Errorf("%q prints as %q", text, p)
		}
		ref, refErr := jsonpath.CompileReference(text)
		if refErr != nil {
			if e := refErr.(*jsonpath.SyntaxError); e.Offset < 0 || e.Offset > len(text) {
				t.Errorf("%q: offset %d", text, e.Offset)
			}
			return
		}
		if err != nil || !ref.Reference() || !ref.Definite() || !p.Reference() {
			t.Errorf("%q is a reference path but Compile says %v", text, err)
		}
	})
}

func FuzzEval(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, `{"a":{"b":[1,{"k":"x","n":-1}]},"l":[{"k":"x","n":2},[3],null,"t"],"a,b":true}`)
	}
	f.Fuzz(func(t *testing.T, text, document string) {
		p, err := jsonpath.Compile(text)
		if err != nil || len(document) > 4096 {
			return
		}
		doc, err := value.ParseString(document)
		if err != nil {
			return
		}
		before := doc.JSON()
		r := roots{context: doc, variables: map[string]value.Value{"x": doc}}
		got, err := p.Eval(doc, r)
		again, errAgain := p.Eval(doc, r)
		if !got.Equal(again) || (err == nil) != (errAgain == nil) {
			t.Errorf("%q of %s: %s, %v and then %s, %v", text, document, got, err, again, errAgain)
		}
		if err == nil && !p.Definite() && got.Kind() != value.Array {
			t.Errorf("%q of %s: got %s, want an array", text, document, got)
		}
		if p.Reference() && p.Root() == jsonpath.Data {
			mark := value.FromString("mark")
			out, err := p.Set(doc, mark)
			if err == nil {
				back, err := p.Eval(out, r)
				if err != nil || !back.Equal(mark) {
					t.Errorf("%q set in %s gives %s, read back %s, %v", text, document, out, back, err)
				}
			}
		}
		if doc.JSON() != before {
			t.Errorf("%q changed its input from %s to %s", text, before, doc)
		}
	})
}
