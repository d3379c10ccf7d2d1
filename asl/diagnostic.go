package asl

import (
	"fmt"
	"strings"
)

// Severity tells errors, which refuse a definition, from warnings.
type Severity string

// The severities, as ValidateStateMachineDefinition spells them.
const (
	SeverityError   Severity = "ERROR"
	SeverityWarning Severity = "WARNING"
)

// Diagnostic is one finding about a definition. Code, Message and Location follow AWS where AWS has them; Hint is ours.
type Diagnostic struct {
	Severity     Severity
	Code         string // "MISSING_TRANSITION_TARGET"
	Message      string // "Missing 'Next' target: Shp"
	Location     string // AWS form: "/States/C/Choices[0]/Next"; may be empty
	Pointer      string // RFC 6901: "/States/C/Choices/0/Next"
	Line, Column int    // from 1, of the value at Pointer
	Hint         string // "did you mean \"Ship\"?"
}

// String returns "line:column: CODE: message at location".
func (d Diagnostic) String() string {
	return fmt.Sprintf("%d:%d: %s", d.Line, d.Column, d.AWS())
}

// AWS returns the finding as AWS words it inside an InvalidDefinition message: "CODE: message at location", where a missing
// location reads "null".
func (d Diagnostic) AWS() string {
	at := d.Location
	if at == "" {
		at = "null"
	}
	return d.Code + ": " + d.Message + " at " + at
}

// Error holds every finding that refused a definition, in source order, and the warnings among them.
type Error struct{ Diagnostics []Diagnostic }

// Error returns AWS's message: "Invalid State Machine Definition: 'CODE: message at location, …'".
func (e *Error) Error() string {
	var parts []string
	for _, d := range e.Diagnostics {
		if d.Severity == SeverityError {
			parts = append(parts, d.AWS())
		}
	}
	return "Invalid State Machine Definition: '" + strings.Join(parts, ", ") + "'"
}
