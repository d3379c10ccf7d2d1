package value

import "unsafe"

// FirstForeign is the first kind that is not of JSON. A package that computes over documents may use kinds from here to 255 for
// things that live beside documents while it works: "undefined", functions, arrays with flags. Such values may stand in slices
// and structs of Value, but only the package that made them may look inside; they must never be encoded, compared or kept.
const FirstForeign Kind = 64

// FromForeign returns a value of a kind that is not of JSON and carries p and n. The caller answers for k ≥ FirstForeign and for
// reading it back with the same type T.
func FromForeign[T any](k Kind, p *T, n uint64) Value {
	return Value{kind: k, ref: unsafe.Pointer(p), num: n}
}

// Foreign returns the pointer that FromForeign was given. T must be the type it was given with.
func Foreign[T any](v Value) *T { return (*T)(v.ref) }

// ForeignNumber returns the number that FromForeign was given.
func (v Value) ForeignNumber() uint64 { return v.num }

// Integral returns a number without the text it was written with when that text says nothing more than its value: 1.0 and 1e2
// become 1 and 100, integers beyond 2^53 keep their digits within int64. Other kinds are returned as they are.
func (v Value) Integral() Value {
	if v.kind != Number || v.ref == nil {
		return v
	}
	if i, ok := v.Int(); ok {
		return FromInt(i)
	}
	return FromFloat(v.Float())
}
