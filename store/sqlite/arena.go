package sqlite

import (
	"unsafe"

	"modernc.org/libc"
)

// arenaKeep is how much memory an arena keeps between transactions.
const arenaKeep = 1 << 20

// arena hands out memory of the C allocator that is given back all at once.
type arena struct {
	blocks []block
	cur    int // the block being filled
	used   int // of it
}

type block struct {
	p    uintptr
	size int
}

// copy returns the address of a copy of b: not 0 even when b is empty. It panics when memory runs out, as Go does.
func (a *arena) copy(tls *libc.TLS, b []byte) uintptr {
	if a.cur >= len(a.blocks) || a.used+len(b) > a.blocks[a.cur].size {
		a.next(tls, len(b))
	}
	p := a.blocks[a.cur].p + uintptr(a.used)
	copy(unsafe.Slice((*byte)(at(p)), len(b)), b)
	a.used += len(b)
	return p
}

// next goes on in a block that has room for n bytes.
func (a *arena) next(tls *libc.TLS, n int) {
	for a.used = 0; a.cur+1 < len(a.blocks); {
		a.cur++
		if a.blocks[a.cur].size >= n {
			return
		}
	}
	size := max(n, 64<<10)
	if len(a.blocks) > 0 {
		size = max(size, min(2*a.blocks[len(a.blocks)-1].size, arenaKeep))
	}
	p := libc.Xmalloc(tls, libc.Tsize_t(size))
	if p == 0 {
		panic("sqlite: out of memory")
	}
	a.blocks = append(a.blocks, block{p, size})
	a.cur = len(a.blocks) - 1
}

// reset makes all memory free again and gives back what is beyond arenaKeep.
func (a *arena) reset(tls *libc.TLS) {
	a.cur, a.used = 0, 0
	kept, total := 0, 0
	for _, b := range a.blocks {
		if total += b.size; total > arenaKeep {
			libc.Xfree(tls, b.p)
			total -= b.size
			continue
		}
		a.blocks[kept] = b
		kept++
	}
	a.blocks = a.blocks[:kept]
}

func (a *arena) free(tls *libc.TLS) {
	for _, b := range a.blocks {
		libc.Xfree(tls, b.p)
	}
	*a = arena{}
}
