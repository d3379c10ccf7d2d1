package intrinsic

import "testing"

// Source: the documented algorithm; new Random(42) gives these in Java.
func TestJavaRandomFollowsItsSpecification(t *testing.T) {
	t.Parallel()
	r := newJavaRandom(42)
	high := int64(r.next(26)) << 27
	if got := float64(high+int64(r.next(27))) / (1 << 53); got != 0.7275636800328681 {
		t.Errorf("nextDouble: got %v, want 0.7275636800328681", got)
	}
	if got := newJavaRandom(42).next(32); got != -1170105035 {
		t.Errorf("nextInt: got %d, want -1170105035", got)
	}
	if got := newJavaRandom(42).long(); got != -5025562857975149833 {
		t.Errorf("nextLong: got %d, want -5025562857975149833", got)
	}
}

func TestJavaRandomStaysInItsBounds(t *testing.T) {
	t.Parallel()
	for _, b := range [][2]int64{{0, 1}, {0, 999}, {-8, 8}, {-3, -1}, {-1 << 63, 1<<63 - 1}, {-1 << 62, 1<<62 + 5}, {0, 1<<63 - 1}} {
		r := newJavaRandom(3)
		for range 200 {
			if n := r.between(b[0], b[1]); n < b[0] || n >= b[1] {
				t.Fatalf("%d is not in [%d, %d)", n, b[0], b[1])
			}
		}
	}
}
