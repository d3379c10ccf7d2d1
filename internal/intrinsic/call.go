// Package intrinsic parses and evaluates the intrinsic functions (States.*) of the Amazon States Language.
package intrinsic

import (
	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// Random is the randomness a host injects.
type Random interface{ Uint64() uint64 }

// Call is a parsed intrinsic function call. It is immutable and safe for concurrent use.
type Call struct{ text string }

// Parse parses a call.
func Parse(text string) (*Call, error) { return &Call{text}, nil }

// String returns the call as it was written.
func (c *Call) String() string { return c.text }

// Eval returns the value of the call.
func (c *Call) Eval(input value.Value, roots jsonpath.Roots, random Random) (value.Value, error) {
	return input, nil
}
