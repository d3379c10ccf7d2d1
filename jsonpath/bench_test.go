package jsonpath_test

import (
	"testing"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

const order = `{"id":7,"customer":{"name":"Ann","addresses":[{"city":"Bern"},{"city":"Ulm"}]},"lines":[{"sku":"a","n":1},{"sku":"b","n":2}]}`

// byHand is what a Go programmer would write for $.customer.addresses[1].city.
func byHand(v value.Value) (value.Value, bool) {
	v, ok := v.Get("customer")
	if !ok {
		return v, false
	}
	if v, ok = v.Get("addresses"); !ok {
		return v, false
	}
	if v, ok = v.At(1); !ok {
		return v, false
	}
	return v.Get("city")
}

func TestDefinitePathDoesNotAllocate(t *testing.T) {
	doc := parse(t, order)
	r := roots{context: doc, variables: map[string]value.Value{"v": doc}}
	for _, path := range []string{"$", "$.id", "$.customer.addresses[1].city", "$['lines'][-1]['n']", "$$.customer.name", "$v.lines[0]"} {
		p := compile(t, path)
		var where jsonpath.Roots = r
		allocs := testing.AllocsPerRun(100, func() {
			if _, err := p.Eval(doc, where); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", path, allocs)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	doc := parse(b, order)
	b.Run("by-hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := byHand(doc); !ok {
				b.Fatal("not found")
			}
		}
	})
	for name, path := range map[string]string{
		"definite": "$.customer.addresses[1].city",
		"wildcard": "$.lines[*].sku",
		"filter":   "$.lines[?(@.n > 1)].sku",
		"descent":  "$..city",
	} {
		p := compile(b, path)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(doc, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSet(b *testing.B) {
	doc := parse(b, order)
	p := compile(b, "$.customer.rating")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Set(doc, doc); err != nil {
			b.Fatal(err)
		}
	}
}
