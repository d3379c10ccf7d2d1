package jsonata

import (
	"math"

	"github.com/gait-engine/gait/internal/value"
)

// randomState numbers the draws of one evaluation, so that they follow from Env.Seed alone.
type randomState struct{ drawn uint64 }

// draw returns 64 random bits: from Env.Random when there is one, else from Env.Seed by the SplitMix64 generator.
func (s *state) draw() (uint64, *Error) {
	if s.env != nil && s.env.Random != nil {
		return s.env.Random(), nil
	}
	if s.env == nil || !s.env.HasSeed {
		e := fail("U1002")
		e.message = "There is no source of randomness: set Env.Random or Env.Seed"
		return 0, e
	}
	s.random.drawn++
	z := s.env.Seed + s.random.drawn*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31, nil
}

// nextRandom returns a number in [0, 1).
func (s *state) nextRandom() (float64, *Error) {
	u, err := s.draw()
	return float64(u>>11) / (1 << 53), err
}

// fnRandom is $random. With a seed, which AWS allows, it is the first double of the 48-bit linear congruential generator that
// Java specifies.
func fnRandom(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	if v := optional(args, 0); v.Kind() == value.Number {
		return value.FromFloat(javaDouble(int64(math.Trunc(max(-1<<63, min(v.Float(), 1<<63-1025)))))), nil
	}
	f, err := s.nextRandom()
	return value.FromFloat(f), err
}

func javaDouble(seed int64) float64 {
	const multiplier, mask = 0x5DEECE66D, 1<<48 - 1
	x := (uint64(seed) ^ multiplier) & mask
	next := func(bits uint) uint64 {
		x = (x*multiplier + 0xB) & mask
		return x >> (48 - bits)
	}
	high := next(26)
	return float64(high<<27+next(27)) / (1 << 53)
}

// fnUUID is $uuid: a version 4 identifier.
func fnUUID(s *state, in value.Value, args []value.Value) (value.Value, *Error) {
	high, err := s.draw()
	if err != nil {
		return undefined, err
	}
	low, err := s.draw()
	if err != nil {
		return undefined, err
	}
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	var out [36]byte
	at := 0
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			out[at] = '-'
			at++
		}
		word := high
		if i >= 16 {
			word = low
		}
		out[at] = hexDigits[word>>(60-4*(i%16))&15]
		at++
	}
	return s.textResult(string(out[:]))
}

// now returns the time of the evaluation in milliseconds.
func (s *state) now() (float64, *Error) {
	if s.env == nil || s.env.Now.IsZero() {
		e := fail("U1002")
		e.message = "There is no clock: set Env.Now"
		return 0, e
	}
	return float64(s.env.Now.UnixMilli()), nil
}
