package asl

import "github.com/gait-engine/gait/internal/value"

// Key returns where the name of the member at a JSON pointer stands in the file, for messages about the name. Where there is no
// such member it is the place of the nearest value around it.
func (s *Source) Key(pointer string) Position {
	if at, ok := s.keys[pointer]; ok {
		return Position{at.line, at.column}
	}
	if s.places == nil {
		if _, at, err := (value.Options{}).ParseAt(string(s.Definition)); err == nil {
			line, column := at.Key(pointer)
			return Position{line, column}
		}
	}
	return s.Positions(pointer)[0]
}
