package jsonata

import "math"

// power is x to the y as JavaScript engines compute it: the algorithm of FreeBSD's e_pow.c, which is right to within 0.70 units in
// the last place, where math.Pow is not.
//
// ====================================================
// Copyright (C) 2004 by Sun Microsystems, Inc. All rights reserved.
//
// Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
// ====================================================
func power(x, y float64) float64 {
	switch {
	case y == 0:
		return 1
	case math.IsNaN(x) || math.IsNaN(y):
		return math.NaN()
	case math.IsInf(y, 0) && math.Abs(x) == 1:
		return math.NaN()
	case math.IsInf(x, 0) || math.IsInf(y, 0) || x == 0 || math.Abs(y) > 1<<31 || math.Abs(x) == 1:
		return math.Pow(x, y)
	case y == 1:
		return x
	case y == -1:
		return 1 / x
	case y == 2:
		return x * x
	case y == 0.5 && x >= 0:
		return math.Sqrt(x)
	}
	sign := 1.0
	if x < 0 {
		if y != math.Trunc(y) {
			return math.NaN()
		}
		if math.Mod(y, 2) != 0 {
			sign = -1
		}
	}
	t1, t2 := log2Parts(math.Abs(x))
	y1 := truncateLow(y)
	low := (y-y1)*t1 + y*t2
	high := y1 * t1
	z := low + high
	switch {
	case z >= 1024:
		if z > 1024 || low+ovt > z-high {
			return sign * math.Inf(1)
		}
	case z <= -1075:
		if z < -1075 || low <= z-high {
			return sign * 0
		}
	}
	return sign * exp2Parts(high, low)
}

const ovt = 8.0085662595372944372e-17 // -(1024-log2(ovfl+.5ulp))

// truncateLow clears the low word.
func truncateLow(f float64) float64 { return math.Float64frombits(math.Float64bits(f) &^ 0xffffffff) }

func highWord(f float64) int32 { return int32(math.Float64bits(f) >> 32) }

func withHighWord(f float64, h int32) float64 {
	return math.Float64frombits(math.Float64bits(f)&0xffffffff | uint64(uint32(h))<<32)
}

// log2Parts returns log2(ax) in a high and a low part.
func log2Parts(ax float64) (t1, t2 float64) {
	const (
		l1   = 5.99999999999994648725e-01
		l2   = 4.28571428578550184252e-01
		l3   = 3.33333329818377432918e-01
		l4   = 2.72728123808534006489e-01
		l5   = 2.30660745775561754067e-01
		l6   = 2.06975017800338417784e-01
		cp   = 9.61796693925975554329e-01
		cpH  = 9.61796700954437255859e-01
		cpL  = -7.02846165095275826516e-09
		dpH1 = 5.84962487220764160156e-01
		dpL1 = 1.35003920212974897128e-08
	)
	n := int32(0)
	if highWord(ax) < 0x00100000 { // subnormal
		ax *= 9007199254740992
		n -= 53
	}
	ix := highWord(ax)
	n += ix>>20 - 0x3ff
	j := ix & 0x000fffff
	ix = j | 0x3ff00000
	bp, dpH, dpL := 1.0, 0.0, 0.0
	k := int32(0)
	switch {
	case j <= 0x3988E:
	case j < 0xBB67A:
		k, bp, dpH, dpL = 1, 1.5, dpH1, dpL1
	default:
		n++
		ix -= 0x00100000
	}
	ax = withHighWord(ax, ix)
	u := ax - bp
	v := 1 / (ax + bp)
	ss := u * v
	sH := truncateLow(ss)
	tH := withHighWord(0, (ix>>1|0x20000000)+0x00080000+k<<18)
	tL := ax - (tH - bp)
	sL := v * ((u - sH*tH) - sH*tL)
	s2 := ss * ss
	r := s2 * s2 * (l1 + s2*(l2+s2*(l3+s2*(l4+s2*(l5+s2*l6)))))
	r += sL * (sH + ss)
	s2 = sH * sH
	tH = truncateLow(3 + s2 + r)
	tL = r - ((tH - 3) - s2)
	u = sH * tH
	v = sL*tH + tL*ss
	pH := truncateLow(u + v)
	pL := v - (pH - u)
	zH := cpH * pH
	zL := cpL*pH + pL*cp + dpL
	t := float64(n)
	t1 = truncateLow(((zH + zL) + dpH) + t)
	t2 = zL - (((t1 - t) - dpH) - zH)
	return t1, t2
}

// exp2Parts returns 2 to the high+low.
func exp2Parts(high, low float64) float64 {
	const (
		p1   = 1.66666666666666019037e-01
		p2   = -2.77777777770155933842e-03
		p3   = 6.61375632143793436117e-05
		p4   = -1.65339022054652515390e-06
		p5   = 4.13813679705723846039e-08
		lg2  = 6.93147180559945286227e-01
		lg2H = 6.93147182464599609375e-01
		lg2L = -1.90465429995776804525e-09
	)
	z := low + high
	j := highWord(z)
	i := j & 0x7fffffff
	k := i>>20 - 0x3ff
	n := int32(0)
	if i > 0x3fe00000 {
		n = j + 0x00100000>>(k+1)
		k = n&0x7fffffff>>20 - 0x3ff
		t := withHighWord(0, n&^(0x000fffff>>k))
		n = (n&0x000fffff | 0x00100000) >> (20 - k)
		if j < 0 {
			n = -n
		}
		high -= t
	}
	t := truncateLow(low + high)
	u := t * lg2H
	v := (low-(t-high))*lg2 + t*lg2L
	z = u + v
	w := v - (z - u)
	t = z * z
	t1 := z - t*(p1+t*(p2+t*(p3+t*(p4+t*p5))))
	r := z * t1 / ((t1 - 2) - (w + z*w)) // so parenthesised in V8; the original divides by t1-2 alone
	z = 1 - (r - z)
	j = highWord(z) + n<<20
	if j>>20 <= 0 {
		return math.Ldexp(z, int(n))
	}
	return withHighWord(z, j)
}
