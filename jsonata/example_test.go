package jsonata_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gait-engine/gait/jsonata"
)

func ExampleCompile() {
	p, err := jsonata.Compile(`orders[qty > 1].{"id": id, "total": price * qty}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := p.EvalJSON(context.Background(), nil, []byte(`{"orders": [
		{"id": "a", "price": 2.5, "qty": 4}, {"id": "b", "price": 9, "qty": 1}, {"id": "c", "price": 1, "qty": 2}]}`), nil)
	fmt.Println(string(out), err)
	// Output: [{"id":"a","total":10},{"id":"c","total":2}] <nil>
}

func ExampleProgram_Eval() {
	p := jsonata.MustCompile(`$join(names.$uppercase($), sep)`)
	out, err := p.Eval(context.Background(), nil, map[string]any{"names": []any{"ann", "bob"}, "sep": "+"}, nil)
	fmt.Println(out, err)
	out, err = jsonata.MustCompile(`missing`).Eval(context.Background(), nil, map[string]any{}, nil)
	fmt.Println(out, err)
	// Output:
	// ANN+BOB <nil>
	// undefined <nil>
}

func ExampleProgram_EvalJSON_variables() {
	p := jsonata.MustCompile(`$states.input.price * $rate`, jsonata.AWS())
	out, err := p.EvalJSON(context.Background(), nil, nil, map[string][]byte{
		"states": []byte(`{"input": {"price": 20}}`),
		"rate":   []byte(`1.5`),
	})
	fmt.Println(string(out), err)
	// Output: 30 <nil>
}

func ExampleEnv() {
	p := jsonata.MustCompile(`$now("[Y]-[M01]-[D01]")`)
	env := &jsonata.Env{Now: time.Date(2024, 5, 17, 0, 0, 0, 0, time.UTC)}
	out, err := p.EvalJSON(context.Background(), env, nil, nil)
	fmt.Println(string(out), err)
	_, err = p.EvalJSON(context.Background(), nil, nil, nil)
	fmt.Println(err)
	// Output:
	// "2024-05-17" <nil>
	// jsonata: U1002: There is no clock: set Env.Now (at 5)
}

func ExampleError() {
	_, err := jsonata.Compile(`a[1,2)`)
	var e *jsonata.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.Position, e.Message)
	}
	_, err = jsonata.MustCompile(`1 + "x"`).EvalJSON(context.Background(), nil, nil, nil)
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.Position, e.Message, e.Value())
	}
	// Output:
	// S0202 4 Expected "]", got ","
	// T2002 3 The right side of the "+" operator must evaluate to a number "x"
}

func ExampleLimits() {
	p := jsonata.MustCompile(`($f := function($n){ $f($n + 1) }; $f(1))`, jsonata.WithLimits(jsonata.Limits{Steps: 10_000}))
	_, err := p.EvalJSON(context.Background(), nil, nil, nil)
	var e *jsonata.Error
	fmt.Println(errors.As(err, &e), e.Limit == jsonata.TimeLimit, e.Message)
	// Output: true true Expression evaluation timeout: Check for infinite loop
}

func ExampleCheckAWS() {
	_, found := jsonata.CheckAWS(`phone & $states.result.x`, "input", "context")
	for _, f := range found {
		fmt.Println(f.Code, f.Message)
	}
	// Output:
	// UNSUPPORTED_JSONATA_EXPRESSION Reference to 'phone' at the top level is not supported.
	// UNSUPPORTED_JSONATA_EXPRESSION Field '$states.result' does not exist.
}
