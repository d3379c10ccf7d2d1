package engine

import "fmt"

// DeletingError says that a machine is being deleted: its last executions are running.
type DeletingError struct{ ARN string }

// Error words it as AWS does.
func (e *DeletingError) Error() string {
	return fmt.Sprintf("State Machine is being deleted: '%s'", e.ARN)
}

// Code returns "StateMachineDeleting".
func (e *DeletingError) Code() string { return "StateMachineDeleting" }

// ConflictError says that a change of versions and aliases does not go with what is there.
type ConflictError struct{ Message string }

// Error returns the message.
func (e *ConflictError) Error() string { return e.Message }

// Code returns "ConflictException".
func (e *ConflictError) Code() string { return "ConflictException" }

// ResourceNotFoundError says that there is no such alias or version, or nothing of this ARN that could have tags.
type ResourceNotFoundError struct{ ARN string } // empty: AWS does not name it

// Error words it as AWS does.
func (e *ResourceNotFoundError) Error() string {
	if e.ARN == "" {
		return "Request references a resource that does not exist."
	}
	return fmt.Sprintf("Resource not found: '%s'", e.ARN)
}

// Code returns "ResourceNotFound".
func (e *ResourceNotFoundError) Code() string { return "ResourceNotFound" }

// QuotaError says that there would be too many of something.
type QuotaError struct {
	What  string // "versions of a state machine"
	Limit int
}

// Error tells the limit.
func (e *QuotaError) Error() string {
	return fmt.Sprintf("There can be at most %d %s", e.Limit, e.What)
}

// Code returns "ServiceQuotaExceededException".
func (e *QuotaError) Code() string { return "ServiceQuotaExceededException" }

// TagError says that a resource would have more than 50 tags.
type TagError struct{ ARN string } // of the resource; empty for a new one

// Error tells the limit.
func (e *TagError) Error() string {
	return fmt.Sprintf("Too many tags: a resource can have at most %d", maxTags)
}

// Code returns "TooManyTags".
func (e *TagError) Code() string { return "TooManyTags" }

// MissingParameterError refuses an update of a machine that changes nothing.
type MissingParameterError struct{}

// Error words it as AWS does.
func (e *MissingParameterError) Error() string {
	return "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified"
}

// Code returns "MissingRequiredParameter".
func (e *MissingParameterError) Code() string { return "MissingRequiredParameter" }

// MachineExistsError says that there is a machine of this name that is not the one that was to be made.
type MachineExistsError struct{ ARN string }

// Error words it as AWS does.
func (e *MachineExistsError) Error() string {
	return fmt.Sprintf("State Machine Already Exists: '%s'", e.ARN)
}

// Code returns "StateMachineAlreadyExists".
func (e *MachineExistsError) Code() string { return "StateMachineAlreadyExists" }
