package engine

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

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
	return violations(violation("'"+value+"' ", member, constraint))
}

// invalidSecret is invalid for a member that the API model marks as sensitive: its value is not shown.
func invalidSecret(member, constraint string) error {
	return violations(violation("", member, constraint))
}

func violation(value, member, constraint string) string {
	return fmt.Sprintf("Value %sat '%s' failed to satisfy constraint: %s", value, member, constraint)
}

// violations makes an error of what [violation] words, nil of nothing.
func violations(all ...string) error {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return &ValidationError{Message: "1 validation error detected: " + all[0]}
	}
	return &ValidationError{Message: fmt.Sprintf("%d validation errors detected: %s", len(all), strings.Join(all, "; "))}
}

// The lengths of the API model, in characters.
const (
	maxErrorName  = 256
	maxCause      = 32_768
	maxDefinition = 1_048_576
)

// checkFailure applies the API model's rules for the error name and the cause of StopExecution and SendTaskFailure.
func checkFailure(errName, cause string) error {
	var all []string
	if utf8.RuneCountInString(cause) > maxCause {
		all = append(all, violation("", "cause", tooLong(maxCause)))
	}
	if utf8.RuneCountInString(errName) > maxErrorName {
		all = append(all, violation("", "error", tooLong(maxErrorName)))
	}
	return violations(all...)
}

func tooLong(limit int) string {
	return fmt.Sprintf("Member must have length less than or equal to %d", limit)
}
