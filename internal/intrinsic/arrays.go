package intrinsic

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// maxRange is the most elements that States.ArrayRange makes.
const maxRange = 1000

// array is States.Array(value…).
func array(args []value.Value) (value.Value, error) { return value.FromArray(args), nil }

// arrayPartition is States.ArrayPartition(array, n): the elements in arrays of n, the last one shorter. A fraction is rounded.
func arrayPartition(args []value.Value) (value.Value, error) {
	if err := want(args, 0, value.Array); err != nil {
		return value.Value{}, err
	}
	n, err := rounded(args, 1)
	if err != nil {
		return value.Value{}, err
	}
	if n <= 0 {
		return value.Value{}, failf("The chunk size must be a positive integer but was %d", n)
	}
	elems := args[0].Elems()
	size := int(min(n, int64(max(1, len(elems)))))
	parts := make([]value.Value, 0, len(elems)/size+1)
	for len(elems) > size {
		parts = append(parts, value.FromArray(elems[:size:size]))
		elems = elems[size:]
	}
	if len(elems) > 0 {
		parts = append(parts, value.FromArray(elems))
	}
	return value.FromArray(parts), nil
}

// arrayContains is States.ArrayContains(array, value): deep equality, numbers by value.
func arrayContains(args []value.Value) (value.Value, error) {
	if err := want(args, 0, value.Array); err != nil {
		return value.Value{}, err
	}
	for _, x := range args[0].Elems() {
		if x.Equal(args[1]) {
			return value.FromBool(true), nil
		}
	}
	return value.FromBool(false), nil
}

// arrayRange is States.ArrayRange(first, last, step): whole numbers from first on, last included when a step meets it; nothing when
// the step points away from last; at most 1,000 numbers.
func arrayRange(args []value.Value) (value.Value, error) {
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = whole(args, i); err != nil {
			return value.Value{}, err
		}
	}
	first, last, step := n[0], n[1], n[2]
	if step == 0 {
		return value.Value{}, failf("The step must not be 0")
	}
	var elems []value.Value
	for x := first; step > 0 && x <= last || step < 0 && x >= last; {
		if len(elems) == maxRange {
			return value.Value{}, failf("The range has more than %d elements", maxRange)
		}
		elems = append(elems, value.FromInt(x))
		if step > 0 && x > math.MaxInt64-step || step < 0 && x < math.MinInt64-step {
			break
		}
		x += step
	}
	return value.FromArray(elems), nil
}

// arrayGetItem is States.ArrayGetItem(array, index), with the index counted from 0. An index past the end gives null, as a path does
// in a payload template; a negative one fails.
func arrayGetItem(args []value.Value) (value.Value, error) {
	if err := want(args, 0, value.Array); err != nil {
		return value.Value{}, err
	}
	i, err := whole(args, 1)
	if err != nil {
		return value.Value{}, err
	}
	if i < 0 {
		return value.Value{}, failf("The index must not be negative but was %d", i)
	}
	v, _ := args[0].At(int(min(i, math.MaxInt32)))
	return v, nil
}

// arrayLength is States.ArrayLength(array).
func arrayLength(args []value.Value) (value.Value, error) {
	return value.FromInt(int64(args[0].Len())), want(args, 0, value.Array)
}

// arrayUnique is States.ArrayUnique(array): the first of equal elements stays, in order.
func arrayUnique(args []value.Value) (value.Value, error) {
	if err := want(args, 0, value.Array); err != nil {
		return value.Value{}, err
	}
	var kept []value.Value
	seen := make(map[uint64][]int, args[0].Len()) // places in kept, by digest
elements:
	for _, x := range args[0].Elems() {
		d := digest(x)
		for _, at := range seen[d] {
			if kept[at].Equal(x) {
				continue elements
			}
		}
		seen[d] = append(seen[d], len(kept))
		kept = append(kept, x)
	}
	return value.FromArray(kept), nil
}

// digest returns a number that is the same for equal documents: FNV-1a, with the members of an object in any order.
func digest(v value.Value) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := (offset ^ uint64(v.Kind())) * prime
	text := func(h uint64, s string) uint64 {
		for i := 0; i < len(s); i++ {
			h = (h ^ uint64(s[i])) * prime
		}
		return h
	}
	switch v.Kind() {
	case value.Bool:
		if v.Bool() {
			h = (h ^ 1) * prime
		}
	case value.Number:
		if f := v.Float(); f != 0 { // 0 and -0 are equal
			h = (h ^ math.Float64bits(f)) * prime
		}
	case value.String:
		h = text(h, v.Str())
	case value.Array:
		for _, x := range v.Elems() {
			h = (h ^ digest(x)) * prime
		}
	case value.Object:
		for _, m := range v.Members() {
			h += text(offset, m.Key) * (digest(m.Value) | 1)
		}
	}
	return h
}
