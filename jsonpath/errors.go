package jsonpath

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
)

// SyntaxError says why a text is not a path, or not a reference path.
type SyntaxError struct {
	Path      string
	Offset    int    // in bytes, from 0
	Message   string // what was found and what was expected
	Reference bool   // a reference path was wanted
}

// Error names the path, the offset in bytes and what is wrong there.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("jsonpath: %.64q at %d: %s", e.Path, e.Offset, e.Message)
}

// Diagnostic returns the message AWS gives when a definition has this text in a path field.
func (e *SyntaxError) Diagnostic() string {
	switch {
	case !e.Reference:
		return "Value must be a valid JSONPath."
	case !strings.HasPrefix(e.Path, "$"):
		return "Value is not a Reference Path: Reference path didn't start with '$'"
	default:
		return "Value is not a Reference Path"
	}
}

// Reason says in which way a definite path found nothing.
//
//	reason             Detail (after Jayway)                                                    $.a.b on
//	NoResults          No results for path: $['a']['b']                                         {"a":{}}
//	IndexOutOfRange    No results for path: $['a'][5]                                           {"a":[]}, for $.a[5]
//	MissingProperty    Missing property in path $['a']                                          {}
//	NotObject          Property ['b'] not found in path $['a']                                  {"a":1}
//	NotArray           Filter: [5] can only be applied to arrays. Current context is: 1         {"a":1}, for $.a[5]
//	NullArray          The path $['a'] is null                                                  {"a":null}, for $.a[5]
//	ManyProperties     Multi properties can only be used as path leafs: $['a', 'b']             {}, for $['a','b'].c
//	NullInput          Unable to apply Path transformation to null or empty input.              null
//	UndefinedVariable  The variable 'x' is not defined                                          any, for $x.a
//	NoContext          There is no context object                                               any, for $$.a without roots
//
// Detail begins at "$" for context and variable paths too, as AWS strips what stands before. The causes AWS makes of it:
//
//	payload template   The JSONPath '<Path>' specified for the field 'x.$' could not be found in the input '<json>'
//	                   (IndexOutOfRange is no error there: the value is null)
//	InputPath, …       Invalid path '<Path>' : <Detail>                                         see [NotFoundError.InvalidPath]
//	Choice Variable    Invalid path '<Path>': The choice state's condition path references an invalid value.
//	intrinsic          package intrinsic writes it
type Reason uint8

// The reasons.
const (
	NoResults Reason = 1 + iota
	IndexOutOfRange
	MissingProperty
	NotObject
	NotArray
	NullArray
	ManyProperties
	NullInput
	UndefinedVariable
	NoContext
)

// NotFoundError says that a definite path names no place in the document.
type NotFoundError struct {
	Path   string // as it was written
	Reason Reason
	Detail string // a sentence in Jayway's words
}

// Error names the path and what it does not select.
func (e *NotFoundError) Error() string { return fmt.Sprintf("jsonpath: %.64q: %s", e.Path, e.Detail) }

// InvalidPath returns the cause AWS gives for InputPath, OutputPath, TimeoutSecondsPath and HeartbeatSecondsPath, without the
// prefix that names the state: "Invalid path '$.a' : No results for path: $['a']".
func (e *NotFoundError) InvalidPath() string {
	if e.Reason == NullInput {
		return e.Detail
	}
	return "Invalid path '" + e.Path + "' : " + e.Detail
}

// MismatchError says that a document has no room for the place a reference path names: the path crosses a scalar, treats an array
// as an object or the reverse, or indexes outside of an array. AWS: States.ResultPathMatchFailure.
type MismatchError struct {
	Path  string // as it was written
	Input value.Value
}

// Error names the path and the size of the document, which it leaves out.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("jsonpath: %.64q does not apply to a document of %d bytes", e.Path, e.Input.Size())
}

// Cause returns AWS's cause, without the prefix that names the state.
func (e *MismatchError) Cause() string {
	return "Unable to apply ReferencePath " + e.Path + " to input \"" + cut(e.Input.JSON()) + "\""
}

// LimitError says that an evaluation was given up because it visited or selected too much.
type LimitError struct {
	Path  string
	What  string // "results" or "visited values"
	Limit int
}

// Error names the path and the limit that it goes beyond.
func (e *LimitError) Error() string {
	return fmt.Sprintf("jsonpath: %.64q: more than %d %s", e.Path, e.Limit, e.What)
}

// maxDetail is the longest text of an error, in bytes: the longest cause that AWS stores.
const maxDetail = 32768

// cut shortens s to maxDetail bytes, between characters.
func cut(s string) string {
	if len(s) <= maxDetail {
		return s
	}
	n := maxDetail
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
