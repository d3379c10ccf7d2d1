package value

import (
	"iter"
	"math"
	"strconv"
	"sync/atomic"
	"unsafe"
)

// Kind is the JSON type of a value.
type Kind uint8

// The kinds, in the order in which AWS error texts list them.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String returns the lower-case JSON name of the kind: "null", "boolean", "number", "string", "array" or "object".
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	default:
		return "object"
	}
}

// Value is one immutable JSON document. The zero Value is null. Values are small and are passed by value; they are safe for
// concurrent use. They are not comparable with ==; use [Value.Equal].
type Value struct {
	_ [0]func() // not comparable
	// ref points at: String: its bytes; Number: the bytes of its text, nil when the text is the canonical form of num;
	// Array: *array; Object: *object; otherwise nil.
	ref unsafe.Pointer
	// num is: Bool: 0 or 1; Number: the bits of the binary64; String: the length in bytes.
	num     uint64
	textLen uint32 // Number: length of the text behind ref
	kind    Kind
}

// Member is one name and value of an object.
type Member struct {
	Key   string
	Value Value
}

type array struct {
	elems []Value
	enc   encoding
}

type object struct {
	members []Member
	index   map[string]int32 // nil for small objects, which are searched in order
	// room counts the members in the array behind members that some object has, so that one object may append in place; nil
	// when the array is not shared or has no room.
	room *atomic.Int64
	enc  encoding
}

// find returns the place of a member.
func (o *object) find(key string) (int, bool) {
	if o.index != nil {
		i, ok := o.index[key]
		return int(i), ok
	}
	for i := range o.members {
		if o.members[i].Key == key {
			return i, true
		}
	}
	return 0, false
}

// encoding is what is known of the encoded form of a container. text is set once, by the parser. size is computed on demand;
// writers that race store the same number.
type encoding struct {
	text string       // canonical JSON, or "" when not known
	size atomic.Int64 // bytes of the canonical JSON; 0 when not known
}

// indexFrom is the number of members from which an object carries a hash index.
const indexFrom = 12

// Of booleans, numbers and strings.

// FromBool returns true or false as a value.
func FromBool(b bool) Value {
	v := Value{kind: Bool}
	if b {
		v.num = 1
	}
	return v
}

// FromInt returns i as a number. Integers beyond ±2^53 keep all their digits.
func FromInt(i int64) Value {
	if f := float64(i); i > -1<<53 && i < 1<<53 {
		return Value{kind: Number, num: math.Float64bits(f)}
	}
	return numberText(strconv.FormatInt(i, 10), float64(i))
}

// FromFloat returns f as a number. JSON has no NaN and no infinity: the caller must not pass them; they encode as null.
func FromFloat(f float64) Value { return Value{kind: Number, num: math.Float64bits(f)} }

// FromString returns s as a string. It must be valid UTF-8; other bytes are encoded as U+FFFD.
func FromString(s string) Value {
	return Value{kind: String, ref: unsafe.Pointer(unsafe.StringData(s)), num: uint64(len(s))}
}

func numberText(text string, f float64) Value {
	return Value{kind: Number, num: math.Float64bits(f), ref: unsafe.Pointer(unsafe.StringData(text)), textLen: uint32(len(text))}
}

// FromArray returns an array of the elements. It takes ownership: the caller must not change elems afterwards.
func FromArray(elems []Value) Value {
	return Value{kind: Array, ref: unsafe.Pointer(&array{elems: elems})}
}

// FromMembers returns an object with the members in this order. It takes ownership of the slice. Of members with the same
// name the last value wins, at the place of the first.
func FromMembers(members []Member) Value {
	members, index := dedupe(members)
	return Value{kind: Object, ref: unsafe.Pointer(&object{members: members, index: index})}
}

// Obj returns an object of alternating names and values. It is meant for literal documents in Go code.
func Obj(members ...Member) Value { return FromMembers(members) }

// M is short for Member{key, v}.
func M(key string, v Value) Member { return Member{Key: key, Value: v} }

// dedupe drops repeated names and returns the hash index when there are enough members to want one.
func dedupe(members []Member) ([]Member, map[string]int32) {
	if len(members) < indexFrom {
		for i := 1; i < len(members); i++ {
			for j := 0; j < i; j++ {
				if members[i].Key == members[j].Key {
					members[j].Value = members[i].Value
					members = append(members[:i], members[i+1:]...)
					i--
					break
				}
			}
		}
		return members, nil
	}
	index := make(map[string]int32, len(members))
	n := 0
	for _, m := range members {
		if at, ok := index[m.Key]; ok {
			members[at].Value = m.Value
			continue
		}
		index[m.Key] = int32(n)
		members[n] = m
		n++
	}
	return members[:n], index
}

func (v Value) array() *array   { return (*array)(v.ref) }
func (v Value) object() *object { return (*object)(v.ref) }

// Kind returns the JSON type.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == Null }

// Bool returns the truth value of a boolean and false for every other kind.
func (v Value) Bool() bool { return v.kind == Bool && v.num == 1 }

// Float returns a number as a binary64 (±Inf when it is out of range) and 0 for every other kind.
func (v Value) Float() float64 {
	if v.kind != Number {
		return 0
	}
	return math.Float64frombits(v.num)
}

// Int returns a number that is a whole one in the range of int64, exactly. 1.0 and 1e2 are whole numbers.
func (v Value) Int() (int64, bool) {
	if v.kind != Number {
		return 0, false
	}
	f := math.Float64frombits(v.num)
	if f != math.Trunc(f) || math.Abs(f) > 1<<63 {
		return 0, false
	}
	if v.ref == nil {
		return int64(f), f < 1<<63
	}
	return wholeText(v.NumberText())
}

// NumberText returns the text of a number as it will be encoded, "" for other kinds.
func (v Value) NumberText() string {
	if v.kind != Number {
		return ""
	}
	if v.ref != nil {
		return unsafe.String((*byte)(v.ref), int(v.textLen))
	}
	return string(appendFloat(nil, v.Float()))
}

// Str returns the text of a string and "" for every other kind. It does not allocate.
func (v Value) Str() string {
	if v.kind != String || v.num == 0 {
		return ""
	}
	return unsafe.String((*byte)(v.ref), int(v.num))
}

// Len returns the number of elements of an array, of members of an object, of bytes of a string; 0 for other kinds.
func (v Value) Len() int {
	switch v.kind {
	case Array:
		return len(v.array().elems)
	case Object:
		return len(v.object().members)
	case String:
		return int(v.num)
	default:
		return 0
	}
}

// Get returns the member of an object with this name. It reports false for a missing name and for every other kind.
func (v Value) Get(key string) (Value, bool) {
	if v.kind != Object {
		return Value{}, false
	}
	o := v.object()
	if at, ok := o.find(key); ok {
		return o.members[at].Value, true
	}
	return Value{}, false
}

// At returns element i of an array. It reports false outside of 0..Len-1 and for every other kind.
func (v Value) At(i int) (Value, bool) {
	if v.kind != Array {
		return Value{}, false
	}
	if e := v.array().elems; i >= 0 && i < len(e) {
		return e[i], true
	}
	return Value{}, false
}

// Elems returns the elements of an array, nil for other kinds. The slice is shared and must not be changed.
func (v Value) Elems() []Value {
	if v.kind != Array {
		return nil
	}
	return v.array().elems
}

// Members returns the members of an object in order, nil for other kinds. The slice is shared and must not be changed.
func (v Value) Members() []Member {
	if v.kind != Object {
		return nil
	}
	return v.object().members
}

// All iterates over the members of an object, in order.
func (v Value) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, m := range v.Members() {
			if !yield(m.Key, m.Value) {
				return
			}
		}
	}
}

// Same reports whether v and w are one shared document: a test on identity that costs nothing. Equal documents that were
// made apart are not the same.
func (v Value) Same(w Value) bool {
	return v.kind == w.kind && v.ref == w.ref && v.num == w.num && v.textLen == w.textLen
}

// With returns an object like v with the member set: replaced in its place, or appended. A v that is no object counts as {}.
//
// Appending to the newest of a line of objects, each made from the one before, takes constant time on average and shares the
// members: what a chain of states that add to a document does.
func (v Value) With(key string, x Value) Value {
	if v.kind != Object {
		return FromMembers([]Member{{key, x}})
	}
	o := v.object()
	if at, ok := o.find(key); ok {
		members := append([]Member(nil), o.members...)
		members[at].Value = x
		return Value{kind: Object, ref: unsafe.Pointer(&object{members: members, index: o.index})}
	}
	n := len(o.members)
	grown := &object{room: o.room}
	if o.room != nil && n < cap(o.members) && o.room.CompareAndSwap(int64(n), int64(n)+1) {
		grown.members = append(o.members, Member{key, x}) // nobody else sees the place behind the last member
	} else {
		grown.members = make([]Member, n, n+1+n/4)
		copy(grown.members, o.members)
		grown.members = append(grown.members, Member{key, x})
		if grown.room = nil; cap(grown.members) > n+1 {
			grown.room = new(atomic.Int64)
			grown.room.Store(int64(n) + 1)
		}
	}
	if size := o.enc.known(); size != 0 {
		if n > 0 {
			size++ // the comma
		}
		grown.enc.size.Store(int64(size + quotedLen(key) + 1 + x.Size()))
	}
	return Value{kind: Object, ref: unsafe.Pointer(grown)}
}

// WithAt returns an array like v with element i replaced. It returns v when i is out of range.
func (v Value) WithAt(i int, x Value) Value {
	if _, ok := v.At(i); !ok {
		return v
	}
	elems := append([]Value(nil), v.Elems()...)
	elems[i] = x
	return FromArray(elems)
}

// Without returns an object like v that lacks the member.
func (v Value) Without(key string) Value {
	if _, ok := v.Get(key); !ok {
		return v
	}
	var members []Member
	for _, m := range v.Members() {
		if m.Key != key {
			members = append(members, m)
		}
	}
	return FromMembers(members)
}

// Equal compares two documents: numbers by value, objects without regard to order.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind {
		return false
	}
	switch v.kind {
	case Null:
		return true
	case Bool:
		return v.num == w.num
	case Number:
		return equalNumbers(v, w)
	case String:
		return v.Str() == w.Str()
	case Array:
		if v.ref == w.ref {
			return true
		}
		a, b := v.Elems(), w.Elems()
		if len(a) != len(b) {
			return false
		}
		for i := range a {
			if !a[i].Equal(b[i]) {
				return false
			}
		}
		return true
	default:
		if v.ref == w.ref {
			return true
		}
		if v.Len() != w.Len() {
			return false
		}
		for _, m := range v.Members() {
			if x, ok := w.Get(m.Key); !ok || !m.Value.Equal(x) {
				return false
			}
		}
		return true
	}
}

// equalNumbers compares by value: exactly for integers that binary64 cannot hold, else as binary64.
func equalNumbers(v, w Value) bool {
	if v.Float() != w.Float() {
		return false
	}
	if v.ref == nil || w.ref == nil || math.Abs(v.Float()) < 1<<53 {
		return true
	}
	a, okA := v.Int()
	b, okB := w.Int()
	return !okA || !okB || a == b
}
