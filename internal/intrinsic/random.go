package intrinsic

// javaRandom is java.util.Random: a linear congruential generator of 48 bits.
//
// Source: the class comment of java.util.Random, which prescribes the algorithm.
type javaRandom struct{ state int64 }

const (
	javaMultiplier = 0x5DEECE66D
	javaMask       = 1<<48 - 1
)

func newJavaRandom(seed int64) *javaRandom { return &javaRandom{(seed ^ javaMultiplier) & javaMask} }

// next returns the upper n bits of the next state as a signed number.
func (r *javaRandom) next(n uint) int32 {
	r.state = (r.state*javaMultiplier + 0xB) & javaMask
	return int32(r.state >> (48 - n))
}

func (r *javaRandom) long() int64 {
	high := int64(r.next(32)) << 32
	return high + int64(r.next(32))
}

// between returns nextLong(origin, bound), for origin < bound.
func (r *javaRandom) between(origin, bound int64) int64 {
	x := r.long()
	n := bound - origin // overflows to a negative number when the range is wider than 63 bits
	m := n - 1
	switch {
	case n&m == 0:
		return x&m + origin
	case n > 0:
		u := int64(uint64(x) >> 1)
		for u+m-u%n < 0 {
			u = int64(uint64(r.long()) >> 1)
		}
		return u%n + origin
	default:
		for x < origin || x >= bound {
			x = r.long()
		}
		return x
	}
}
