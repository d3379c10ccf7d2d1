package pack

import (
	"errors"
	"fmt"
)

// The kinds of [Error], for errors.Is.
var (
	ErrCorrupt = errors.New("pack: damaged bytes")
	ErrVersion = errors.New("pack: written by a newer version")
)

// Error says where a blob could not be read. It matches ErrCorrupt or ErrVersion.
type Error struct {
	Offset  int    // in bytes, from 0
	Message string // what was found and what was expected
	Kind    error
}

// Error returns the kind, the place and the message.
func (e *Error) Error() string { return fmt.Sprintf("%v: byte %d: %s", e.Kind, e.Offset, e.Message) }

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }
