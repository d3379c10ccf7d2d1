package states

import (
	"encoding/binary"
	"math/bits"
)

// random is a small deterministic generator (wyrand): the same seed of a step gives the same draws.
type random struct{ state uint64 }

func (r *random) seed(seed [16]byte) {
	r.state = binary.LittleEndian.Uint64(seed[:8]) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(seed[8:]), 32)
}

// Uint64 returns the next 64 bits.
func (r *random) Uint64() uint64 {
	r.state += 0xa0761d6478bd642f
	hi, lo := bits.Mul64(r.state, r.state^0xe7037ed1a0b428db)
	return hi ^ lo
}

// Float64 returns a number evenly drawn from [0, 1).
func (r *random) Float64() float64 { return float64(r.Uint64()>>11) / (1 << 53) }
