package pack

import (
	"unsafe"

	"github.com/gait-engine/gait/internal/value"
)

// fewDocs is how many documents a table searches in order before it starts an index.
const fewDocs = 8

// docTable numbers the documents of a blob by identity. The first few cost no allocation.
type docTable struct {
	few   [fewDocs]value.Value
	n     int
	all   []value.Value // when there are more than few
	slots []int32       // open addressing over all; number+1, 0 is free; a power of two, at most half full
}

// find returns the number of the document that v shares its content with.
func (t *docTable) find(v value.Value) (int, bool) {
	if t.slots == nil {
		for i := range t.few[:t.n] {
			if t.few[i].Same(v) {
				return i, true
			}
		}
		return 0, false
	}
	for at := t.home(v); t.slots[at] != 0; at = (at + 1) & (len(t.slots) - 1) {
		if i := int(t.slots[at]) - 1; t.all[i].Same(v) {
			return i, true
		}
	}
	return 0, false
}

// add gives v the next number.
func (t *docTable) add(v value.Value) {
	t.n++
	if t.n <= fewDocs {
		t.few[t.n-1] = v
		return
	}
	if t.slots == nil {
		t.all = append(make([]value.Value, 0, 4*fewDocs), t.few[:]...)
	}
	t.all = append(t.all, v)
	if 2*t.n > len(t.slots) {
		t.slots = make([]int32, max(4*fewDocs, 2*len(t.slots)))
		for i := range t.all {
			t.place(i)
		}
		return
	}
	t.place(t.n - 1)
}

func (t *docTable) place(i int) {
	at := t.home(t.all[i])
	for t.slots[at] != 0 {
		at = (at + 1) & (len(t.slots) - 1)
	}
	t.slots[at] = int32(i + 1)
}

// home is where the search for v begins: a hash of the address of its content, which documents that are the same share.
func (t *docTable) home(v value.Value) int {
	var p unsafe.Pointer
	switch v.Kind() {
	case value.String:
		p = unsafe.Pointer(unsafe.StringData(v.Str()))
	case value.Array:
		p = unsafe.Pointer(unsafe.SliceData(v.Elems()))
	default:
		p = unsafe.Pointer(unsafe.SliceData(v.Members()))
	}
	h := uint64(uintptr(p)) * 0x9E3779B97F4A7C15
	return int(h>>32) & (len(t.slots) - 1)
}
