package pack

import (
	"encoding/binary"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// version is the first byte of every blob.
const version = 1

// The forms, the second byte of every blob.
const (
	formExecution byte = iota + 1
	formCommit
	formOutcome
)

// The heads of a document. From docRef up: a reference to document head-docRef of the blob.
const (
	docNull   = iota
	docInline // not worth a place in the table
	docNew    // takes the next place in the table
	docRef
)

const (
	shareFrom  = 16 // bytes of a text document from which it takes a place in the table
	internFrom = 4  // bytes of a string from which it is remembered
	internMax  = 16 // strings remembered per blob
)

// encoder appends to dst. It lives on the stack of the functions that start a blob.
type encoder struct {
	dst  []byte
	docs docTable
	strs [internMax]string
	nstr int

	changes bool // the blob is a commit: only frames that changed are written
}

// start begins a blob.
func (e *encoder) start(form byte) { e.dst = append(e.dst, version, form) }

func (e *encoder) uint(u uint64)              { e.dst = binary.AppendUvarint(e.dst, u) }
func (e *encoder) int(i int64)                { e.dst = binary.AppendVarint(e.dst, i) }
func (e *encoder) time(t, base states.Millis) { e.int(int64(t - base)) }
func (e *encoder) count(n int)                { e.uint(uint64(n)) }
func (e *encoder) byte(b byte)                { e.dst = append(e.dst, b) }

// text writes a string: even heads carry the length, odd ones refer to a string written before.
func (e *encoder) text(s string) {
	if len(s) < internFrom {
		e.uint(uint64(len(s)) << 1)
		e.dst = append(e.dst, s...)
		return
	}
	for i, t := range e.strs[:e.nstr] {
		if s == t {
			e.uint(uint64(i)<<1 | 1)
			return
		}
	}
	if e.nstr < internMax {
		e.strs[e.nstr] = s
		e.nstr++
	}
	e.uint(uint64(len(s)) << 1)
	e.dst = append(e.dst, s...)
}

// shareable reports whether v takes a place in the table of documents.
func shareable(v value.Value) bool {
	switch v.Kind() {
	case value.Array, value.Object:
		return true
	default:
		return v.Kind() == value.String && v.Len() >= shareFrom
	}
}

// doc writes a document or a reference to one.
func (e *encoder) doc(v value.Value) {
	switch {
	case v.IsNull():
		e.byte(docNull)
	case !shareable(v):
		e.byte(docInline)
		e.json(v)
	default:
		if i, ok := e.docs.find(v); ok {
			e.uint(uint64(i) + docRef)
			return
		}
		e.docs.add(v)
		e.byte(docNew)
		e.json(v)
	}
}

// json writes the length and the text of v. Two bytes are kept for the length, which suits 128 to 16,383: measuring first
// would walk the document twice.
func (e *encoder) json(v value.Value) {
	at := len(e.dst)
	e.dst = v.AppendJSON(append(e.dst, 0, 0))
	n := len(e.dst) - at - 2
	var head [binary.MaxVarintLen64]byte
	w := binary.PutUvarint(head[:], uint64(n))
	if w > 2 {
		e.dst = append(e.dst, head[:w-2]...) // only to grow
	}
	if w != 2 {
		copy(e.dst[at+w:], e.dst[at+2:at+2+n])
		e.dst = e.dst[:at+w+n]
	}
	copy(e.dst[at:], head[:w])
}

// bit returns 1<<n when set, for building flags.
func bit(n uint, set bool) uint64 {
	if set {
		return 1 << n
	}
	return 0
}
