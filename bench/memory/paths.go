package main

import (
	"errors"
	"fmt"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

const (
	pathText = "$.customer.addresses[1].city"
	pathDoc  = `{"id":7,"customer":{"name":"Ann","addresses":[{"city":"Bern"},{"city":"Ulm"}]},"lines":[{"sku":"a","n":1},{"sku":"b","n":2}]}`
)

var errNotFound = errors.New("the path selects nothing")

// cityOf is the path as Go code over the same document.
func cityOf(v value.Value) (value.Value, bool) {
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

// cityOfMap is the path as Go code over what encoding/json makes of the document.
func cityOfMap(v any) (any, bool) {
	top, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	customer, ok := top["customer"].(map[string]any)
	if !ok {
		return nil, false
	}
	addresses, ok := customer["addresses"].([]any)
	if !ok || len(addresses) < 2 {
		return nil, false
	}
	address, ok := addresses[1].(map[string]any)
	if !ok {
		return nil, false
	}
	city, ok := address["city"]
	return city, ok
}

// comparePaths prints what a definite path costs against the same steps in Go.
func comparePaths(rounds, ms int) error {
	doc, err := value.ParseString(pathDoc)
	if err != nil {
		return err
	}
	p, err := jsonpath.Compile(pathText)
	if err != nil {
		return err
	}
	plain := doc.Go()
	const batch = 1000 // so that reading the clock does not count
	sides := []side{
		{"Eval", func(ms int) (cost, error) {
			return timed(ms, func() error {
				for range batch {
					if _, err := p.Eval(doc, nil); err != nil {
						return err
					}
				}
				return nil
			})
		}},
		{"value", func(ms int) (cost, error) {
			return timed(ms, func() error {
				for range batch {
					if _, ok := cityOf(doc); !ok {
						return errNotFound
					}
				}
				return nil
			})
		}},
		{"map", func(ms int) (cost, error) {
			return timed(ms, func() error {
				for range batch {
					if _, ok := cityOfMap(plain); !ok {
						return errNotFound
					}
				}
				return nil
			})
		}},
	}
	got, err := interleave(sides, rounds, ms)
	if err != nil {
		return err
	}
	allocs, _, err := allocated(func() error { _, err := p.Eval(doc, nil); return err }, 1)
	if err != nil {
		return err
	}
	fmt.Printf("Definite path %s: %.0f ns, %.1f allocations; by hand %.0f ns over the same document, %.0f ns over map[string]any\n",
		pathText, median(walls(got[0]))/batch, allocs, median(walls(got[1]))/batch, median(walls(got[2]))/batch)
	fmt.Printf("  time of the path / by hand, same document:   %s\n", ratio(got[0], got[1]))
	fmt.Printf("  time of the path / by hand, map[string]any:  %s\n", ratio(got[0], got[2]))
	return nil
}
