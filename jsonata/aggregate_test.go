package jsonata

import "testing"

// Aggregates of one member over a group are evaluated without lists; every case has its counterpart on the general way.
func TestAggregateOfGroup(t *testing.T) {
	const input = `[{"k":"a","v":3},{"k":"b","v":-0.0},{"k":"a","v":1.5},{"k":"c"},{"k":"b","v":7},{"k":"c"},{"k":"d","v":[1,2]},{"k":"d","v":4},{"k":"a"}]`
	for _, name := range []string{"sum", "count", "average", "max", "min"} {
		quick, err := MustCompile(`${k: $`+name+`(v)}`).EvalJSON(t.Context(), nil, []byte(input), nil)
		if err != nil {
			t.Fatal(err)
		}
		general, err := MustCompile(`${k: $`+name+`((v))}`).EvalJSON(t.Context(), nil, []byte(input), nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(quick) != string(general) {
			t.Errorf("%s: %s, want %s", name, quick, general)
		}
	}
	for expr, want := range map[string]string{
		`${k: $sum(v)}`: `{"a":4.5,"b":7,"d":7}`, `${k: $count(v)}`: `{"a":2,"b":2,"c":0,"d":3}`,
		`${k: $max(v)}`: `{"a":3,"b":7,"d":4}`, `${k: $min(v), "all" & k: $average(v)}.d`: `1`,
	} {
		got, err := MustCompile(expr).EvalJSON(t.Context(), nil, []byte(input), nil)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
		} else if string(got) != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
	// What is no number is refused as it is in any other place.
	_, err := MustCompile(`${k: $sum(v)}`).EvalJSON(t.Context(), nil, []byte(`[{"k":"a","v":3},{"k":"a","v":"x"}]`), nil)
	if e, ok := err.(*Error); !ok || e.Code != "T0412" {
		t.Errorf("got %v, want T0412", err)
	}
	// A variable takes the place of the function of its name.
	got, err := MustCompile(`($sum := function($x){"own"}; ${k: $sum(v)})`).EvalJSON(t.Context(), nil, []byte(`[{"k":"a","v":3},{"k":"a","v":4}]`), nil)
	if err != nil || string(got) != `{"a":"own"}` {
		t.Errorf("got %s, %v", got, err)
	}
}
