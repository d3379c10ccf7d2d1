package property

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/gait-engine/gait/internal/value"
)

// Like returns documents that look like one of the examples, JSON texts, but for a few places: a member or element is missing, is
// null, has another type, is extreme (an empty or very long text, zero, a number that float64 cannot hold, an empty or a long list),
// or is something else. Some are the examples themselves, to which failures shrink. It panics when an example is not JSON.
func Like(examples ...string) *rapid.Generator[string] {
	docs := make([]value.Value, len(examples))
	for i, text := range examples {
		doc, err := value.ParseString(text)
		if err != nil {
			panic(fmt.Sprintf("property: example %d is not JSON: %v", i+1, err))
		}
		docs[i] = doc
	}
	if len(docs) == 0 {
		docs = []value.Value{value.Obj()}
	}
	return rapid.Custom(func(t *rapid.T) string {
		doc := docs[rapid.IntRange(0, len(docs)-1).Draw(t, "example")]
		// A list, since rapid knows how to leave out elements of one when it shrinks.
		for _, c := range rapid.SliceOfN(changes(size(doc)), 0, 3).Draw(t, "changes") {
			last := size(doc) - 1
			c.at = max(0, last-c.place) // the smallest place is the one farthest from the whole
			if changed, keep := c.apply(doc); keep {
				doc = changed
			} else {
				doc = value.Value{} // the whole is missing: null
			}
		}
		return doc.JSON()
	})
}

// size counts the values of a document.
func size(v value.Value) int {
	n := 1
	for _, m := range v.Members() {
		n += size(m.Value)
	}
	for _, e := range v.Elems() {
		n += size(e)
	}
	return n
}

// change is what happens to one value of a document.
type change struct {
	place int // counted from the end
	kind  int
	pick  int // of a list of possibilities
	value value.Value
	text  string

	at int // the number of the value, counted in the order of the text, while it is looked for
}

// The kinds of changes; the simplest come first, since failures shrink to them.
const (
	missing = iota
	null
	otherType
	extreme
	anyText
	anyValue
)

// changes draws a change of a document with that many values.
func changes(n int) *rapid.Generator[change] {
	return rapid.Custom(func(t *rapid.T) change {
		c := change{place: rapid.IntRange(0, n-1).Draw(t, "place"), kind: rapid.IntRange(missing, anyValue).Draw(t, "kind")}
		switch c.kind {
		case otherType, extreme:
			c.pick = rapid.IntRange(0, 24).Draw(t, "pick")
		case anyText:
			c.text = rapid.String().Draw(t, "text")
		case anyValue:
			c.value = document(2).Draw(t, "value")
		}
		return c
	})
}

// apply returns the document with the value changed, and false when the value is gone.
func (m *change) apply(v value.Value) (value.Value, bool) {
	if m.at == 0 {
		m.at--
		return m.make(v)
	}
	m.at--
	switch v.Kind() {
	case value.Object:
		var members []value.Member
		for _, old := range v.Members() {
			if m.at < 0 {
				members = append(members, old)
			} else if x, keep := m.apply(old.Value); keep {
				members = append(members, value.M(old.Key, x))
			}
		}
		return value.FromMembers(members), true
	case value.Array:
		var elems []value.Value
		for _, old := range v.Elems() {
			if m.at < 0 {
				elems = append(elems, old)
			} else if x, keep := m.apply(old); keep {
				elems = append(elems, x)
			}
		}
		return value.FromArray(elems), true
	}
	return v, true
}

// make returns what becomes of a value, false when it goes.
func (m *change) make(v value.Value) (value.Value, bool) {
	switch m.kind {
	case missing:
		return v, false
	case null:
		return value.Value{}, true
	case otherType:
		others := []value.Value{value.FromBool(false), value.FromInt(0), value.FromString(""), value.FromArray(nil), value.Obj()}
		return others[m.pick%len(others)], true
	case extreme:
		return m.extreme(v), true
	case anyText:
		return value.FromString(m.text), true
	}
	return m.value, true
}

// extreme returns a value of the same kind at the edge of what is possible.
func (m *change) extreme(v value.Value) value.Value {
	switch v.Kind() {
	case value.Bool:
		return value.FromBool(!v.Bool())
	case value.Number:
		return number(extremeNumbers[m.pick%len(extremeNumbers)])
	case value.String:
		return value.FromString(extremeTexts()[m.pick%len(extremeTexts())])
	case value.Array:
		elems := v.Elems()
		switch n := m.pick % 4; {
		case n == 0 || len(elems) == 0:
			return value.FromArray(nil)
		case n == 1:
			return value.FromArray(elems[:1:1])
		case n == 2:
			return value.FromArray(append(elems[:len(elems):len(elems)], elems...))
		}
		long := make([]value.Value, 100)
		for i := range long {
			long[i] = elems[i%len(elems)]
		}
		return value.FromArray(long)
	case value.Object:
		names := [...]string{"unexpected", "", "Error", "$", "a.b", "x y"}
		if n := m.pick % (len(names) + 1); n > 0 {
			members := v.Members()
			return value.FromMembers(append(members[:len(members):len(members)], value.M(names[n-1], value.FromInt(1))))
		}
		return value.Obj()
	}
	return v
}

var extremeNumbers = [...]string{"0", "-1", "1", "0.5", "2147483648", "-2147483649", "9007199254740993", "1e21", "-1e308", "1e-7"}

func number(text string) value.Value {
	v, err := value.ParseString(text)
	if err != nil {
		panic("property: " + text)
	}
	return v
}

func extremeTexts() []string {
	return []string{"", " ", "0", "null", "true", "{}", "$.x", "{% 1 %}", "ä€🎉", "\x00\n\"\\", "2025-02-30T00:00:00Z", "2025-01-01T00:00:00Z",
		strings.Repeat("x", 5000)}
}

// document makes any document with at most depth levels of arrays and objects.
func document(depth int) *rapid.Generator[value.Value] {
	return rapid.Custom(func(t *rapid.T) value.Value {
		most := 5
		if depth == 0 {
			most = 3
		}
		switch rapid.IntRange(0, most).Draw(t, "kind") {
		case 0:
			return value.Value{}
		case 1:
			return value.FromBool(rapid.Bool().Draw(t, "boolean"))
		case 2:
			if rapid.Bool().Draw(t, "whole") {
				return value.FromInt(rapid.Int64().Draw(t, "number"))
			}
			return value.FromFloat(rapid.Float64Range(-1e300, 1e300).Draw(t, "number"))
		case 3:
			return value.FromString(rapid.String().Draw(t, "text"))
		case 4:
			return value.FromArray(rapid.SliceOfN(document(depth-1), 0, 4).Draw(t, "array"))
		}
		var members []value.Member
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,4}`), 0, 4, rapid.ID[string]).Draw(t, "names") {
			members = append(members, value.M(name, document(depth-1).Draw(t, "member")))
		}
		return value.FromMembers(members)
	})
}

// JSON makes any document, a JSON text of at most three levels.
func JSON() *rapid.Generator[string] {
	return rapid.Map(document(3), func(v value.Value) string { return v.JSON() })
}
