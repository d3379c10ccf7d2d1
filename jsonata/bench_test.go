package jsonata

import (
	"fmt"
	"testing"

	"github.com/gait-engine/gait/internal/value"
)

// benchInput is deterministic: 1,000 orders.
func benchInput() value.Value {
	items := make([]value.Value, 1000)
	for i := range items {
		items[i] = value.Obj(
			value.M("id", value.FromInt(int64(i))),
			value.M("price", value.FromFloat(float64((i*7919)%1000)/10)),
			value.M("qty", value.FromInt(int64(i*31%17))),
			value.M("kind", value.FromString(fmt.Sprintf("kind-%d", i*13%20))),
			value.M("name", value.FromString(fmt.Sprintf("Item number %d", i*7919%1000))),
		)
	}
	return value.Obj(value.M("orders", value.FromArray(items)), value.M("a", value.Obj(value.M("b", value.Obj(value.M("c", value.FromInt(1)))))), value.M("s", value.FromString("Hello, World")))
}

func BenchmarkEval(b *testing.B) {
	input := benchInput()
	states := value.Obj(value.M("states", value.Obj(value.M("input", input))))
	for _, e := range []struct{ name, expr string }{
		{"path", `a.b.c`},
		{"states", `$states.input.a.b`},
		{"filter-1000", `orders[price > 50]`},
		{"sum-1000", `$sum(orders.(price * qty))`},
		{"strings", `$uppercase($substringBefore(s, ",")) & "-" & $pad($trim(s), 20, ".")`},
		{"sort-1000", `orders^(>price, name)`},
		{"group-1000", `orders{kind: $sum(price)}`},
		{"map-1000", `$map(orders, function($o){ $o.price * 2 })`},
		{"regex", `$replace(s, /l+/, "L")`},
		{"object", `{"id": a.b.c, "name": s, "list": [1, 2, 3]}`},
	} {
		p := MustCompile(e.expr)
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := p.EvalValue(nil, input, states); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	expr := `$states.input.orders[price > 50 and kind = "kind-3"].{"id": id, "total": $sum(price * qty), "n": name}`
	b.Run(fmt.Sprintf("%d-chars", len(expr)), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Compile(expr); err != nil {
				b.Fatal(err)
			}
		}
	})
}
