package pack

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/states"
)

// maxDepth bounds the nesting of a stored document. No document within the payload quota of AWS nests deeper, so what could
// be packed can be read again.
const maxDepth = 1 << 17

// decoder reads a blob. After the first error every read gives zero and pos stays, so callers check err once.
type decoder struct {
	src  string
	pos  int
	err  error
	docs []value.Value
	strs []string
	few  [fewDocs]value.Value
	fewS [internMax]string

	frameCount int // commits: how many frames the execution has
}

// start checks the first two bytes. src is copied once; documents and strings point into the copy.
func (d *decoder) start(src []byte, form byte) {
	d.src = string(src)
	d.docs, d.strs = d.few[:0], d.fewS[:0]
	if v := d.byte(); d.err == nil && v != version {
		d.pos = 0
		kind := ErrCorrupt
		if v > version {
			kind = ErrVersion
		}
		d.fail(kind, "version %d, expected %d", v, version)
	}
	if f := d.byte(); d.err == nil && f != form {
		d.pos = 1
		d.fail(ErrCorrupt, "form %d, expected %d", f, form)
	}
}

// end checks that the whole blob was read.
func (d *decoder) end() error {
	if d.err == nil && d.pos != len(d.src) {
		d.fail(ErrCorrupt, "%d bytes after the end", len(d.src)-d.pos)
	}
	return d.err
}

func (d *decoder) fail(kind error, format string, args ...any) {
	if d.err == nil {
		d.err = &Error{Offset: d.pos, Message: fmt.Sprintf(format, args...), Kind: kind}
	}
}

func (d *decoder) byte() byte {
	if d.err != nil {
		return 0
	}
	if d.pos >= len(d.src) {
		d.fail(ErrCorrupt, "the blob ends here")
		return 0
	}
	d.pos++
	return d.src[d.pos-1]
}

func (d *decoder) uint() uint64 {
	if d.err != nil {
		return 0
	}
	var u uint64
	for shift, at := uint(0), d.pos; at < len(d.src) && shift < 64; shift, at = shift+7, at+1 {
		b := d.src[at]
		if shift == 63 && b > 1 {
			break
		}
		u |= uint64(b&0x7F) << shift
		if b < 0x80 {
			d.pos = at + 1
			return u
		}
	}
	if len(d.src)-d.pos < binary.MaxVarintLen64 {
		d.fail(ErrCorrupt, "a number that does not end")
	} else {
		d.fail(ErrCorrupt, "a number beyond 64 bits")
	}
	return 0
}

func (d *decoder) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) int32() int32 {
	i := d.int()
	if i < math.MinInt32 || i > math.MaxInt32 {
		d.fail(ErrCorrupt, "%d, expected a number of 32 bits", i)
		return 0
	}
	return int32(i)
}

func (d *decoder) uint32() uint32 {
	u := d.uint()
	if u > math.MaxUint32 {
		d.fail(ErrCorrupt, "%d, expected a number of 32 bits", u)
		return 0
	}
	return uint32(u)
}

func (d *decoder) time(base states.Millis) states.Millis { return base + states.Millis(d.int()) }

// count reads the length of a list whose elements take at least one byte each: a greater one cannot be honest, and is refused
// before memory is spent.
func (d *decoder) count() int {
	u := d.uint()
	if d.err == nil && u > uint64(len(d.src)-d.pos) {
		d.fail(ErrCorrupt, "%d elements in %d bytes", u, len(d.src)-d.pos)
		return 0
	}
	return int(u)
}

// flags reads the bits of a struct that has n fields.
func (d *decoder) flags(n uint) uint64 {
	u := d.uint()
	if u>>n != 0 {
		d.fail(ErrVersion, "flags %#x, expected at most %d bits", u, n)
		return 0
	}
	return u
}

// enum reads one byte that must not be above limit.
func (d *decoder) enum(limit uint8) uint8 {
	b := d.byte()
	if b > limit {
		d.pos--
		d.fail(ErrVersion, "value %d, expected at most %d", b, limit)
		return 0
	}
	return b
}

func (d *decoder) bytes(n uint64) string {
	if d.err != nil {
		return ""
	}
	if n > uint64(len(d.src)-d.pos) {
		d.fail(ErrCorrupt, "a text of %d bytes, but %d are left", n, len(d.src)-d.pos)
		return ""
	}
	s := d.src[d.pos : d.pos+int(n)]
	d.pos += int(n)
	return s
}

func (d *decoder) text() string {
	head := d.uint()
	if head&1 == 1 {
		if head>>1 >= uint64(len(d.strs)) {
			d.fail(ErrCorrupt, "string %d of %d", head>>1, len(d.strs))
			return ""
		}
		return d.strs[head>>1]
	}
	s := d.bytes(head >> 1)
	if len(s) >= internFrom && len(d.strs) < internMax {
		d.strs = append(d.strs, s)
	}
	return s
}

func (d *decoder) doc() value.Value {
	head := d.uint()
	switch {
	case head == docNull || d.err != nil:
		return value.Value{}
	case head >= docRef:
		if head-docRef >= uint64(len(d.docs)) {
			d.fail(ErrCorrupt, "document %d of %d", head-docRef, len(d.docs))
			return value.Value{}
		}
		return d.docs[head-docRef]
	}
	text := d.bytes(d.uint())
	if d.err != nil {
		return value.Value{}
	}
	v, err := value.Options{MaxDepth: maxDepth}.Parse(text)
	if err != nil {
		d.pos -= len(text)
		d.fail(ErrCorrupt, "a document: %v", err)
		return value.Value{}
	}
	if head == docNew {
		d.docs = append(d.docs, v)
	}
	return v
}
