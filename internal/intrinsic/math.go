package intrinsic

import (
	"encoding/hex"
	"math"
	"math/bits"

	"github.com/gait-engine/gait/internal/value"
)

// rounded returns argument i, which must be a number, rounded to the nearest whole one, halves up: floor(x + 1/2), as Java's
// Math.round does (recorded: -1.5 is -1, 2.5 is 3).
func rounded(args []value.Value, i int) (int64, error) {
	if err := want(args, i, value.Number); err != nil {
		return 0, err
	}
	if n, ok := args[i].Int(); ok {
		return n, nil
	}
	x := args[i].Float()
	f := math.Floor(x)
	if x-f >= 0.5 {
		f++
	}
	if !(f >= math.MinInt64 && f < math.MaxInt64) {
		return 0, failf("Argument %d is out of range: %.64s", i+1, args[i].NumberText())
	}
	return int64(f), nil
}

// mathAdd is States.MathAdd(a, b): the sum of the rounded arguments. Arguments and sum are 32-bit integers.
func mathAdd(args []value.Value) (value.Value, error) {
	var sum int64
	for i := range args {
		n, err := rounded(args, i)
		if err != nil {
			return value.Value{}, err
		}
		if n != int64(int32(n)) {
			return value.Value{}, failf("Argument %d is out of the range of integers: %d", i+1, n)
		}
		sum += n
	}
	if sum != int64(int32(sum)) {
		return value.Value{}, failf("The sum is out of the range of integers: %d", sum)
	}
	return value.FromInt(sum), nil
}

// mathRandom is States.MathRandom(start, end [, seed]): a whole number from start on, below end. The same seed gives the same
// number, that of new java.util.Random(seed).nextLong(start, end). Fractions are rounded.
func mathRandom(e *env, _ *node, args []value.Value) (value.Value, error) {
	var n [3]int64
	for i := range args {
		var err error
		if n[i], err = rounded(args, i); err != nil {
			return value.Value{}, err
		}
	}
	start, end := n[0], n[1]
	if start >= end {
		return value.Value{}, failf("The start number %d must be less than the end number %d", start, end)
	}
	if len(args) == 3 {
		return value.FromInt(newJavaRandom(n[2]).between(start, end)), nil
	}
	if e.random == nil {
		return value.Value{}, errNoRandom
	}
	// The high word of the product is even over [0, end-start) but for a bias below 2^-32 in ranges of 32 bits.
	high, _ := bits.Mul64(e.random.Uint64(), uint64(end)-uint64(start))
	return value.FromInt(int64(uint64(start) + high)), nil
}

const errNoRandom = failure("There is no source of randomness")

// uuid is States.UUID(): a random UUID, version 4.
func uuid(e *env, _ *node, _ []value.Value) (value.Value, error) {
	if e.random == nil {
		return value.Value{}, errNoRandom
	}
	var b [16]byte
	for i := range 2 {
		r := e.random.Uint64()
		for j := range 8 {
			b[8*i+j] = byte(r >> (56 - 8*j))
		}
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return value.FromString(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]), nil
}
