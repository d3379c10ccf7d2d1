package asl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// parse reads the text as a JSON object. It reports false when there is nothing to compile.
func (c *compiler) parse() (value.Value, bool) {
	if strings.TrimLeft(c.src, " \t\r\n") == "" {
		c.notObject("Definition must be a valid JSON object")
		return value.Value{}, false
	}
	if len(c.src) > c.opts.MaxBytes {
		c.notObject(fmt.Sprintf("Definition must have at most %d bytes, but has %d", c.opts.MaxBytes, len(c.src)))
		return value.Value{}, false
	}
	doc, err := value.Options{MaxDepth: c.opts.MaxDepth, RejectDuplicates: true}.Parse(c.src)
	var bad *value.SyntaxError
	switch {
	case errors.As(err, &bad):
		c.notJSON(bad)
		return value.Value{}, false
	case doc.Kind() != value.Object:
		c.notObject("Definition must be a valid JSON object")
		return value.Value{}, false
	}
	return doc, true
}

// notObject reports a definition that is refused as a whole. AWS gives no location.
func (c *compiler) notObject(message string) {
	c.add(&c.found[structure], finding{Diagnostic: Diagnostic{
		Severity: SeverityError, Code: codeSchema, Message: message, Line: 1, Column: 1,
	}})
}

// notJSON reports text that is no JSON document, in the words of AWS's reader. Position and hint are those of our own.
func (c *compiler) notJSON(bad *value.SyntaxError) {
	var fault *jacksonFault
	switch {
	case errors.Is(bad, value.ErrSyntax):
		fault = diagnoseJSON(c.src)
	case errors.Is(bad, value.ErrDepth):
		fault = &jacksonFault{pos: bad.Offset, message: fmt.Sprintf(
			"Document nesting depth (%d) exceeds the maximum allowed (%d, from `StreamReadConstraints.getMaxNestingDepth()`)",
			c.opts.MaxDepth+1, c.opts.MaxDepth)}
	case errors.Is(bad, value.ErrDuplicate):
		fault = &jacksonFault{pos: bad.Offset, message: "Duplicate field " + memberName(c.src[bad.Offset:])}
	}
	if fault == nil {
		fault = &jacksonFault{pos: bad.Offset, message: bad.Message}
	}
	location := jacksonLocation(c.src, fault.pos)
	c.add(&c.found[structure], finding{Diagnostic: Diagnostic{
		Severity: SeverityError, Code: codeJSON, Message: fault.message + "\n at " + location, Location: location,
		Line: bad.Line, Column: bad.Column, Hint: bad.Message,
	}})
}

// memberName returns the name that begins src, in single quotes.
func memberName(src string) string {
	name := src
	for i := 1; i < len(src); i++ {
		if src[i] == '\\' {
			i++
		} else if src[i] == '"' {
			name = src[1:i]
			break
		}
	}
	return fmt.Sprintf("'%.64s'", name)
}
