package jsonata

import (
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Error is the one error type of this package: a refused expression, a failed evaluation or an exceeded budget.
//
// Code and Message are those of the reference implementation, JSONata 2.0.6: S codes come from [Compile], T and D codes from
// evaluation. Errors of a budget have the code U1001, errors of the host's making (no clock, no random source) U1002; in the AWS
// dialect a failure that AWS reports as an internal error has the code U1003.
type Error struct {
	Code     string
	Message  string
	Position int    // offset in the expression in UTF-16 units, after the offending token; 0 when the reference gives none
	Token    string // operator, function name or source text the error is about, "" when there is none
	Index    int    // 1-based argument, or the position of an item for D3138; 0 when it does not apply
	Limit    Limit  // which budget was exceeded, for U1001

	token        value.Value // as Token, with its type; undefined when absent
	value        value.Value
	value2       value.Value
	exp          value.Value
	typeName     string
	functionName string
	message      string // the text of $error and $assert
	offset       int    // in a signature
	cause        error
}

// Limit names a budget.
type Limit uint8

// The budgets.
const (
	NoLimit     Limit = iota
	TimeLimit         // Limits.Steps, or the context ended
	DepthLimit        // Limits.Depth
	MemoryLimit       // Limits.ValueBytes or Limits.TotalBytes
)

// Error returns the code, a colon and the message, and the position when there is one.
func (e *Error) Error() string {
	s := "jsonata: " + e.Code + ": " + e.Message
	if e.Position > 0 {
		s += " (at " + strconv.Itoa(e.Position) + ")"
	}
	return s
}

// Unwrap returns the error of the context or of Env.Interrupt when that ended the evaluation.
func (e *Error) Unwrap() error { return e.cause }

// Value returns the JSON text of the value the error is about, "" when there is none.
func (e *Error) Value() string { return shown(e.value) }

// Value2 returns the JSON text of the second value of a comparison, "" when there is none.
func (e *Error) Value2() string { return shown(e.value2) }

func shown(v value.Value) string {
	if v.Kind() == kindUndefined {
		return ""
	}
	return jsonText(v)
}

// fail returns an error with a code and no more.
func fail(code string) *Error {
	return &Error{Code: code, token: undefined, value: undefined, value2: undefined, exp: undefined}
}

// failValue returns an error about a value.
func failValue(code string, v value.Value) *Error {
	e := fail(code)
	e.value = v
	return e
}

func (e *Error) setToken(s string) { e.token = value.FromString(s) }

// finish fills in Message and Token. It runs once, when the error leaves the package.
func (e *Error) finish() *Error {
	if e.Token == "" && e.token.Kind() != kindUndefined {
		if e.token.Kind() == value.String {
			e.Token = e.token.Str()
		} else {
			e.Token = jsonText(e.token)
		}
	}
	if t, ok := messages[e.Code]; ok {
		e.Message = e.fill(t)
	} else if e.Message == "" {
		e.Message = e.message
	}
	return e
}

// fill replaces {{field}} by the JSON text of a field and {{{field}}} by its bare text.
func (e *Error) fill(template string) string {
	if !strings.Contains(template, "{{") {
		return template
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if bare, ok := strings.CutPrefix(rest, "{"); ok {
			name, after, _ := strings.Cut(bare, "}}}")
			b.WriteString(e.field(name, true))
			template = after
			continue
		}
		name, after, _ := strings.Cut(rest, "}}")
		b.WriteString(e.field(name, false))
		template = after
	}
}

func (e *Error) field(name string, bare bool) string {
	var v value.Value
	switch name {
	case "token":
		v = e.token
	case "value":
		v = e.value
	case "value2":
		v = e.value2
	case "exp":
		v = e.exp
	case "index":
		v = value.FromInt(int64(e.Index))
	case "type":
		v = optionalString(e.typeName)
	case "functionName":
		v = optionalString(e.functionName)
	case "message":
		return e.message
	}
	if bare && v.Kind() == value.String {
		return v.Str()
	}
	if v.Kind() == kindUndefined || v.Kind() == kindFunction {
		return "undefined"
	}
	return jsonText(v)
}

func optionalString(s string) value.Value {
	if s == "" {
		return undefined
	}
	return value.FromString(s)
}
