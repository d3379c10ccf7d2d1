package jsonata

import (
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// The evaluator works on value.Value: documents are used as they are. Beside the JSON kinds there are these.
const (
	kindUndefined value.Kind = value.FirstForeign + iota
	kindUnbound              // a slot of a frame that was not assigned yet
	kindArray                // *array: an array made during evaluation, with flags
	kindObject               // *object: an object made during evaluation
	kindFunction             // *function
	kindNative               // *native: a function of the library before anyone asks for it as a value
	kindTuples               // *tuples: the result of a path that an outer path goes on with
)

var (
	undefined   = value.FromForeign[byte](kindUndefined, nil, 0)
	unbound     = value.FromForeign[byte](kindUnbound, nil, 0)
	emptyObject = value.Obj()
	yes         = value.FromBool(true)
	no          = value.FromBool(false)
)

func isUndefined(v value.Value) bool { return v.Kind() == kindUndefined }

// array is an array made during evaluation. flags as below.
type array struct {
	elems []value.Value
	flags arrayFlag
}

type arrayFlag uint8

const (
	// flagSequence: the result of a step, filter or wildcard. A sequence of no members is undefined, a sequence of one is
	// that member, as soon as it leaves an expression.
	flagSequence  arrayFlag = 1 << iota
	flagSingleton           // a sequence of one that stays an array
	flagCons                // written with [ ] at the end of a path: not flattened into the result
	flagOuter               // the wrapper around an array given as the input
)

func newArray(elems []value.Value, flags arrayFlag) value.Value {
	return value.FromForeign(kindArray, &array{elems, flags}, 0)
}

func arrayOf(v value.Value) *array { return value.Foreign[array](v) }

func isArray(v value.Value) bool { return v.Kind() == value.Array || v.Kind() == kindArray }

func isSequence(v value.Value) bool {
	return v.Kind() == kindArray && arrayOf(v).flags&flagSequence != 0
}

// elements returns the members of an array, nil for everything else. The slice is shared.
func elements(v value.Value) []value.Value {
	switch v.Kind() {
	case value.Array:
		return v.Elems()
	case kindArray:
		return arrayOf(v).elems
	}
	return nil
}

// object is an object made during evaluation. Members may change while a transform is at work. The index is made by the first
// look-up, when there are enough members to want one.
type object struct {
	members []value.Member
	index   map[string]int
}

const indexFrom = 12

func newObject(o *object) value.Value { return value.FromForeign(kindObject, o, 0) }

func objectOf(v value.Value) *object { return value.Foreign[object](v) }

func isObject(v value.Value) bool { return v.Kind() == value.Object || v.Kind() == kindObject }

func (o *object) find(key string) int {
	if o.index == nil && len(o.members) >= indexFrom {
		o.reindex()
	}
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].Key == key {
			return i
		}
	}
	return -1
}

// set assigns a member; an existing one keeps its place.
func (o *object) set(key string, v value.Value) {
	if i := o.find(key); i >= 0 {
		o.members[i].Value = v
		return
	}
	o.members = append(o.members, value.Member{Key: key, Value: v})
	if o.index != nil {
		o.index[key] = len(o.members) - 1
	}
}

func (o *object) reindex() {
	o.index = make(map[string]int, 2*len(o.members))
	for i := range o.members {
		o.index[o.members[i].Key] = i
	}
}

func (o *object) remove(key string) {
	i := o.find(key)
	if i < 0 {
		return
	}
	o.members = append(o.members[:i:i], o.members[i+1:]...)
	if o.index != nil {
		o.reindex()
	}
}

// get returns the member of an object, undefined when there is none or v is no object.
func get(v value.Value, key string) value.Value {
	switch v.Kind() {
	case value.Object:
		if m, ok := v.Get(key); ok {
			return m
		}
	case kindObject:
		o := objectOf(v)
		if i := o.find(key); i >= 0 {
			return o.members[i].Value
		}
	}
	return undefined
}

// members returns the members of an object in the order in which JavaScript lists them: names that are array indexes first, in
// ascending order, then the others as they were added. The slice is shared when nothing had to be moved.
func members(v value.Value) []value.Member {
	var list []value.Member
	switch v.Kind() {
	case value.Object:
		list = v.Members()
	case kindObject:
		list = objectOf(v).members
	}
	for i := range list {
		if isIndex(list[i].Key) {
			return indexesFirst(list)
		}
	}
	return list
}

// isIndex reports whether a name is an array index: digits without a leading zero, below 2^32-1.
func isIndex(s string) bool {
	if len(s) == 0 || len(s) > 10 || s[0] < '0' || s[0] > '9' || s[0] == '0' && len(s) > 1 {
		return false
	}
	n := uint64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n < 1<<32-1
}

func indexesFirst(list []value.Member) []value.Member {
	var indexes, rest []value.Member
	for _, m := range list {
		if isIndex(m.Key) {
			indexes = append(indexes, m)
		} else {
			rest = append(rest, m)
		}
	}
	sortBy(indexes, func(a, b value.Member) bool {
		return len(a.Key) < len(b.Key) || len(a.Key) == len(b.Key) && a.Key < b.Key
	})
	return append(indexes, rest...)
}

// sortBy is a small insertion sort: names that are indexes are few and mostly in order.
func sortBy(list []value.Member, less func(a, b value.Member) bool) {
	if len(list) > 32 {
		half := len(list) / 2
		left, right := append([]value.Member(nil), list[:half]...), append([]value.Member(nil), list[half:]...)
		sortBy(left, less)
		sortBy(right, less)
		for i := range list {
			if len(right) == 0 || len(left) > 0 && !less(right[0], left[0]) {
				list[i], left = left[0], left[1:]
			} else {
				list[i], right = right[0], right[1:]
			}
		}
		return
	}
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && less(list[j], list[j-1]); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// appendValue is $append: undefined gives way to the other side, and both sides become lists. The result is a plain array.
func appendValue(a, b value.Value) value.Value {
	if isUndefined(a) {
		return b
	}
	if isUndefined(b) {
		return a
	}
	n := 2
	if isArray(a) {
		n += len(elements(a))
	}
	if isArray(b) {
		n += len(elements(b))
	}
	return newArray(appendTo(appendTo(make([]value.Value, 0, n), a), b), 0)
}

// appendTo appends the members of an array, or the value itself.
func appendTo(dst []value.Value, v value.Value) []value.Value {
	if isArray(v) {
		return append(dst, elements(v)...)
	}
	return append(dst, v)
}

func rawMembers(v value.Value) []value.Member {
	if v.Kind() == kindObject {
		return objectOf(v).members
	}
	return v.Members()
}

// identical is identity: scalars by value, everything else only when it is the same thing.
func identical(a, b value.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case value.Null, kindUndefined:
		return true
	case value.Number:
		return a.Float() == b.Float()
	case value.String:
		return a.Str() == b.Str()
	}
	return a.Same(b)
}

// compareStrings orders strings by UTF-16 unit.
func compareStrings(a, b string) int {
	n := min(len(a), len(b))
	for i := 0; i < n; i++ {
		if x, y := a[i], b[i]; x != y {
			// Units order like bytes, except that surrogate pairs (lead bytes F0 and up) come before U+E000 to U+FFFF (EE, EF).
			if x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0) {
				if x >= 0xf0 {
					return -1
				}
				return 1
			}
			if x < y {
				return -1
			}
			return 1
		}
	}
	return strings.Compare(a[n:], b[n:])
}

// typeName is $type.
func typeName(v value.Value) string {
	switch v.Kind() {
	case kindArray:
		return "array"
	case kindObject:
		return "object"
	case kindFunction:
		return "function"
	}
	return v.Kind().String()
}
