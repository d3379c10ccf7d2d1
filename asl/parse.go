package asl

import (
	"errors"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// parse reads the text as a JSON object. It reports false when there is nothing to compile.
func (c *compiler) parse() (value.Value, bool) {
	if strings.TrimLeft(c.src, " \t\r\n") == "" {
		c.notObject()
		return value.Value{}, false
	}
	opts := value.Options{MaxDepth: c.opts.MaxDepth, MaxBytes: c.opts.MaxBytes, RejectDuplicates: true}
	doc, err := opts.Parse(c.src)
	var bad *value.SyntaxError
	if errors.As(err, &bad) {
		c.add(&c.found[structure], finding{Diagnostic: Diagnostic{
			Severity: SeverityError, Code: codeJSON, Message: bad.Message, Line: bad.Line, Column: bad.Column,
		}})
		return value.Value{}, false
	}
	if doc.Kind() != value.Object {
		c.notObject()
		return value.Value{}, false
	}
	return doc, true
}

func (c *compiler) notObject() {
	c.add(&c.found[structure], finding{Diagnostic: Diagnostic{
		Severity: SeverityError, Code: codeSchema, Message: "Definition must be a valid JSON object", Line: 1, Column: 1,
	}})
}
