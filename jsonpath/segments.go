package jsonpath

// Segment is one selector of a path that names one place: a member, or an element.
type Segment struct {
	Name  string // of a member
	Index int    // of an element; negative counts from the end
	Array bool   // the segment is an element
}

// Segments returns the way from the root of the path to what it names, for analyses of definitions. exact is false for a path that
// may select several values; the segments are then those before the first selector that does.
func (p *Path) Segments() (segments []Segment, exact bool) {
	for i := range p.steps {
		switch s := &p.steps[i]; s.kind {
		case child:
			segments = append(segments, Segment{Name: s.name})
		case element:
			segments = append(segments, Segment{Index: int(s.index), Array: true})
		default:
			return segments, false
		}
	}
	return segments, true
}
