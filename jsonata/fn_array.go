package jsonata

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// callHOF calls the function given to a higher-order function, with as many arguments as it declares.
func (s *state) callHOF(fn, a, b, c value.Value) (value.Value, *Error) {
	switch n := arity(fn); {
	case n >= 3:
		return s.callWith(fn, value.Value{}, a, b, c)
	case n == 2:
		return s.callWith(fn, value.Value{}, a, b)
	}
	return s.callWith(fn, value.Value{}, a)
}

// sequence returns a new sequence after charging for it.
func (s *state) sequence(elems []value.Value) (value.Value, *Error) {
	if err := s.chargeItems(len(elems)); err != nil {
		return undefined, err
	}
	return newArray(elems, flagSequence), nil
}

func fnMap(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	arr, fn := args[0], args[1]
	list := elements(arr)
	out := make([]value.Value, 0, len(list))
	for i, e := range list {
		v, err := s.callHOF(fn, e, value.FromFloat(float64(i)), arr)
		if err != nil {
			return undefined, err
		}
		if !isUndefined(v) {
			out = append(out, v)
		}
	}
	return s.sequence(out)
}

func fnFilter(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	arr, fn := args[0], args[1]
	var out []value.Value
	for i, e := range elements(arr) {
		v, err := s.callHOF(fn, e, value.FromFloat(float64(i)), arr)
		if err != nil {
			return undefined, err
		}
		yes, err := s.truth(v)
		if err != nil {
			return undefined, err
		}
		if yes {
			out = append(out, e)
		}
	}
	return s.sequence(out)
}

func fnSingle(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	arr, fn := args[0], optional(args, 1)
	found, count := undefined, 0
	for i, e := range elements(arr) {
		if !isUndefined(fn) {
			v, err := s.callHOF(fn, e, value.FromFloat(float64(i)), arr)
			if err != nil {
				return undefined, err
			}
			yes, err := s.truth(v)
			if err != nil {
				return undefined, err
			}
			if !yes {
				continue
			}
		}
		if count++; count > 1 {
			e := fail("D3138")
			e.Index = i
			return undefined, e
		}
		found = e
	}
	if count == 0 {
		return undefined, fail("D3139")
	}
	return found, nil
}

func fnReduce(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) {
		return undefined, nil
	}
	arr, fn := args[0], args[1]
	n := arity(fn)
	if n < 2 {
		e := fail("D3050")
		e.Index = 1
		return undefined, e
	}
	list, acc := elements(arr), optional(args, 2)
	i := 0
	if isUndefined(acc) && len(list) > 0 {
		acc, i = list[0], 1
	}
	for ; i < len(list); i++ {
		var err *Error
		switch index := value.FromFloat(float64(i)); {
		case n >= 4:
			acc, err = s.callWith(fn, value.Value{}, acc, list[i], index, arr)
		case n == 3:
			acc, err = s.callWith(fn, value.Value{}, acc, list[i], index)
		default:
			acc, err = s.callWith(fn, value.Value{}, acc, list[i])
		}
		if err != nil {
			return undefined, err
		}
	}
	return acc, nil
}

func fnZip(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	n := math.MaxInt
	for _, a := range args {
		n = min(n, len(elements(a)))
	}
	if err := s.chargeItems(n * (1 + len(args))); err != nil {
		return undefined, err
	}
	out := make([]value.Value, n)
	for i := range out {
		tuple := make([]value.Value, len(args))
		for j, a := range args {
			tuple[j] = elements(a)[i]
		}
		out[i] = newArray(tuple, 0)
	}
	return newArray(out, 0), nil
}

func fnAppend(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if err := s.chargeItems(len(elements(args[0])) + len(elements(args[1]))); err != nil {
		return undefined, err
	}
	return appendValue(args[0], args[1]), nil
}

func fnReverse(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	list := elements(args[0])
	if len(list) <= 1 {
		return args[0], nil
	}
	if err := s.chargeItems(len(list)); err != nil {
		return undefined, err
	}
	out := make([]value.Value, len(list))
	for i, e := range list {
		out[len(list)-1-i] = e
	}
	return newArray(out, 0), nil
}

func fnShuffle(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	list := elements(args[0])
	if len(list) <= 1 {
		return args[0], nil
	}
	if err := s.chargeItems(len(list)); err != nil {
		return undefined, err
	}
	out := make([]value.Value, len(list))
	for i, e := range list {
		r, err := s.nextRandom()
		if err != nil {
			return undefined, err
		}
		j := int(r * float64(i+1))
		out[i] = out[j]
		out[j] = e
	}
	return newArray(out, 0), nil
}

func fnSort(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	list := elements(args[0])
	if len(list) <= 1 {
		return args[0], nil
	}
	if err := s.chargeItems(3 * len(list)); err != nil {
		return undefined, err
	}
	after, err := s.comparator(list, optional(args, 1))
	if err != nil {
		return undefined, err
	}
	order, err := mergeSort(len(list), after)
	if err != nil {
		return undefined, err
	}
	out := make([]value.Value, len(list))
	for i, at := range order {
		out[i] = list[at]
	}
	return newArray(out, 0), nil
}

func (s *state) comparator(list []value.Value, fn value.Value) (func(a, b int) (bool, *Error), *Error) {
	if !isUndefined(fn) {
		return func(a, b int) (bool, *Error) {
			v, err := s.callWith(fn, value.Value{}, list[a], list[b])
			return err == nil && truthy(v), err
		}, nil
	}
	numbers, err := allNumeric(list)
	if err != nil {
		return nil, err
	}
	if numbers {
		return func(a, b int) (bool, *Error) {
			return list[a].Float() > list[b].Float(), s.spend(1)
		}, nil
	}
	for _, e := range list {
		if e.Kind() != value.String {
			e := fail("D3070")
			e.Index = 1
			return nil, e
		}
	}
	return func(a, b int) (bool, *Error) {
		return compareStrings(list[a].Str(), list[b].Str()) > 0, s.spend(1)
	}, nil
}

// truthy is JavaScript's notion of truth: all but undefined, null, false, 0, NaN and the empty string.
func truthy(v value.Value) bool {
	switch v.Kind() {
	case kindUndefined, value.Null:
		return false
	case value.Bool:
		return v.Bool()
	case value.Number:
		f := v.Float()
		return f != 0 && f == f
	case value.String:
		return v.Len() > 0
	}
	return true
}

func fnDistinct(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	list := elements(args[0])
	if len(list) <= 1 {
		return args[0], nil
	}
	if err := s.chargeItems(len(list)); err != nil {
		return undefined, err
	}
	var out []value.Value
	var others []value.Value // neither strings nor numbers: compared one by one
	texts := map[string]bool{}
	numbers := map[float64]bool{}
	for _, e := range list {
		switch e.Kind() {
		case value.String:
			if texts[e.Str()] {
				continue
			}
			texts[e.Str()] = true
		case value.Number:
			if f := e.Float(); f == f {
				if numbers[f] {
					continue
				}
				numbers[f] = true
			}
		default:
			if err := s.spend(1 + len(others)); err != nil {
				return undefined, err
			}
			known, err := s.hasEqual(others, e)
			if err != nil {
				return undefined, err
			}
			if known {
				continue
			}
			others = append(others, e)
		}
		out = append(out, e)
	}
	flags := arrayFlag(0)
	if isSequence(args[0]) {
		flags = flagSequence
	}
	return newArray(out, flags), nil
}

func (s *state) hasEqual(list []value.Value, v value.Value) (bool, *Error) {
	for _, e := range list {
		if same, err := s.equal(e, v, 0); same || err != nil {
			return same, err
		}
	}
	return false, nil
}
