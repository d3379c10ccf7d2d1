package catalogue

import (
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Shape makes one object of two others: the task's parameters, "in", and an answer, "out". A nil Shape makes nothing.
//
// The table writes it as fields with blanks between them. "StepId=out.StepIds[0]" is one member; "Ids=[out.Build.Id]" a list of
// one; "A=out.B|in.A" takes the first source that is there; "..." stands for all members of out. A member whose sources are all
// missing is left out.
type Shape []field

type field struct {
	name    string
	sources []string
	list    bool
	rest    bool
}

// shape reads the notation of the table.
func shape(text string) Shape {
	s := Shape{}
	for part := range strings.FieldsSeq(text) {
		if part == "..." {
			s = append(s, field{rest: true})
			continue
		}
		name, source, ok := strings.Cut(part, "=")
		if !ok {
			panic("catalogue: no source in " + part)
		}
		inner, list := strings.CutPrefix(source, "[")
		if list {
			inner = strings.TrimSuffix(inner, "]")
		}
		s = append(s, field{name: name, sources: strings.Split(inner, "|"), list: list})
	}
	return s
}

// Make builds the object.
func (s Shape) Make(in, out value.Value) value.Value {
	var members []value.Member
	for _, f := range s {
		if f.rest {
			members = append(members, out.Members()...)
			continue
		}
		for _, source := range f.sources {
			from, path, _ := strings.Cut(source, ".")
			doc := out
			if from == "in" {
				doc = in
			}
			v, ok := At(doc, path)
			if !ok || v.IsNull() {
				continue
			}
			if f.list {
				v = value.FromArray([]value.Value{v})
			}
			members = append(members, value.M(f.name, v))
			break
		}
	}
	return value.FromMembers(members)
}

// replied is Make for a Reply, which keeps the metadata of the answer.
func (s Shape) replied(in, out value.Value) value.Value {
	result := s.Make(in, out)
	for _, name := range [...]string{httpMetadata, responseMetadata} {
		if v, ok := out.Get(name); ok {
			result = result.With(name, v)
		}
	}
	return result
}

// At returns the value at a path: names and indexes, as in "Tasks[0].TaskArn"; "" is the document itself.
func At(doc value.Value, path string) (value.Value, bool) {
	for path != "" {
		var step string
		step, path, _ = strings.Cut(path, ".")
		name, brackets, indexed := strings.Cut(step, "[")
		ok := true
		if name != "" {
			doc, ok = doc.Get(name)
		}
		if indexed && ok {
			i, err := strconv.Atoi(strings.TrimSuffix(brackets, "]"))
			if err != nil {
				return value.Value{}, false
			}
			doc, ok = doc.At(i)
		}
		if !ok {
			return value.Value{}, false
		}
	}
	return doc, true
}

// edit returns doc with the value at a path replaced by what change makes of it; present tells whether it was there. "[]" after a
// name goes into every element of a list. Where the way is missing, objects are made when make is set; otherwise nothing changes.
func edit(doc value.Value, path string, grow bool, change func(v value.Value, present bool) value.Value) value.Value {
	step, rest, more := strings.Cut(path, ".")
	name, each := strings.CutSuffix(step, "[]")
	v, present := doc.Get(name)
	switch {
	case doc.Kind() != value.Object:
		return doc
	case !present && !grow:
		return doc
	case each && more:
		if v.Kind() != value.Array {
			return doc
		}
		elems := make([]value.Value, v.Len())
		for i, e := range v.Elems() {
			elems[i] = edit(e, rest, grow, change)
		}
		return doc.With(name, value.FromArray(elems))
	case more:
		if !present {
			v = value.Obj()
		}
		return doc.With(name, edit(v, rest, grow, change))
	}
	return doc.With(name, change(v, present))
}
