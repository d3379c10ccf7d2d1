package jsonata

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// awsNatives are the changes that Step Functions makes to the library.
var awsNatives = []nativeRow{
	{"eval", "", 0, nil},
	{"partition", "<xn?:a>", 2, fnPartition},
	{"range", "<nnn?:a>", 3, fnRange},
	{"hash", "<s?s?:s>", 2, fnHash},
	{"random", "<n?:n>", 1, fnRandom},
	{"uuid", "<:s>", 0, fnUUID},
	{"parse", "<s?:x>", 1, fnParse},
}

// reject is how the added functions refuse an argument.
func reject(text string) *Error {
	e := fail("D3137")
	e.message = text
	return e
}

// fnPartition cuts an array into chunks; without a size there is one. A single value stands for an array of one, but null is refused,
// as measured on AWS; its sentence is that of the reference for an array whose members may be anything.
func fnPartition(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	list := []value.Value{args[0]}
	switch args[0].Kind() {
	case kindUndefined:
		return undefined, nil
	case value.Null:
		e := failValue("T0412", args[0])
		e.Index = 1
		return undefined, e
	case value.Array, kindArray:
		list = elements(args[0])
	}
	size := float64(len(list))
	if v := optional(args, 1); !isUndefined(v) {
		size = math.Trunc(v.Float())
	}
	switch {
	case size < 0:
		return undefined, reject("Second argument must be zero or greater")
	case size == 0 || len(list) == 0 || size != size:
		return undefined, nil
	}
	n := int(min(size, float64(len(list))))
	if err := s.chargeItems(len(list) + len(list)/n + 1); err != nil {
		return undefined, err
	}
	out := make([]value.Value, 0, (len(list)+n-1)/n)
	for len(list) > 0 {
		k := min(n, len(list))
		out = append(out, newArray(list[:k:k], 0))
		list = list[k:]
	}
	return newArray(out, 0), nil
}

// fnRange counts from first to last by step, end included. The result is a sequence: a single member stands alone.
func fnRange(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(args[0]) || isUndefined(args[1]) || isUndefined(optional(args, 2)) {
		return undefined, nil
	}
	first, last, step := math.Trunc(args[0].Float()), math.Trunc(args[1].Float()), math.Trunc(args[2].Float())
	count := math.Floor((last-first)/step) + 1
	if !(step != 0 && count >= 1) {
		return undefined, nil
	}
	if count > 1<<40 {
		return undefined, exceeded(MemoryLimit)
	}
	// AWS was measured to give out near 360,145 members, where a range written with dots bears more.
	if err := s.charge(int(count) * 1941 / 100); err != nil {
		return undefined, err
	}
	if err := s.spend(int(count) / 8); err != nil {
		return undefined, err
	}
	out := make([]value.Value, int(count))
	for i := range out {
		out[i] = value.FromFloat(first + float64(i)*step)
	}
	return newArray(out, flagSequence), nil
}

func fnHash(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(optional(args, 0)) || isUndefined(optional(args, 1)) {
		return undefined, nil
	}
	data := []byte(clean(args[0].Str()))
	if err := s.spend(len(data) / 16); err != nil {
		return undefined, err
	}
	var sum []byte
	switch args[1].Str() {
	case "MD5":
		h := md5.Sum(data)
		sum = h[:]
	case "SHA-1":
		h := sha1.Sum(data)
		sum = h[:]
	case "SHA-256":
		h := sha256.Sum256(data)
		sum = h[:]
	case "SHA-384":
		h := sha512.Sum384(data)
		sum = h[:]
	case "SHA-512":
		h := sha512.Sum512(data)
		sum = h[:]
	default:
		return undefined, reject("Unsupported hash algorithm")
	}
	return s.textResult(hex.EncodeToString(sum))
}

// fnParse reads a JSON document.
func fnParse(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if isUndefined(optional(args, 0)) {
		return undefined, nil
	}
	text := args[0].Str()
	if err := s.charge(len(text)); err != nil {
		return undefined, err
	}
	if err := s.spend(len(text) / 16); err != nil {
		return undefined, err
	}
	v, err := value.Options{RejectDuplicates: true}.Parse(text)
	if err != nil || hasInfinite(v) {
		return undefined, reject("Invalid JSON")
	}
	return plainNumbers(v), nil
}

func hasInfinite(v value.Value) bool {
	switch v.Kind() {
	case value.Number:
		return !finite(v.Float())
	case value.Array:
		for _, e := range v.Elems() {
			if hasInfinite(e) {
				return true
			}
		}
	case value.Object:
		for _, m := range v.Members() {
			if hasInfinite(m.Value) {
				return true
			}
		}
	}
	return false
}

// plainNumbers returns a document whose whole numbers are written without fraction and exponent.
func plainNumbers(v value.Value) value.Value {
	switch v.Kind() {
	case value.Number:
		if v.Float() == 0 {
			return value.FromFloat(0)
		}
		return v.Integral()
	case value.Array:
		out := make([]value.Value, v.Len())
		for i, e := range v.Elems() {
			out[i] = plainNumbers(e)
		}
		return value.FromArray(out)
	case value.Object:
		out := make([]value.Member, v.Len())
		for i, m := range v.Members() {
			out[i] = value.Member{Key: m.Key, Value: plainNumbers(m.Value)}
		}
		return value.FromMembers(out)
	}
	return v
}
