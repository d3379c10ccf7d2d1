package engine

import "fmt"

// ValidationError refuses a request whose members break a rule of the API, in the words of AWS.
type ValidationError struct {
	Message string
	Reason  string // of ValidationException, where AWS gives one: "INVALID_ROUTING_CONFIGURATION"
}

// Error returns the message.
func (e *ValidationError) Error() string { return e.Message }

// Code returns "ValidationException".
func (e *ValidationError) Code() string { return "ValidationException" }

// invalid words the violation of a member's constraint.
//
// Source: recorded messages.
func invalid(member, value, constraint string) error {
	return &ValidationError{Message: fmt.Sprintf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s",
		value, member, constraint)}
}
