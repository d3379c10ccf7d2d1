package states

import (
	"math"
	"strconv"

	"github.com/gait-engine/gait/internal/value"
)

// withDefaults fills zero fields with the quotas of AWS.
//
// Source: AWS Step Functions Developer Guide, "Step Functions service quotas".
func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		switch {
		case *v == 0:
			*v = d
		case *v < 0:
			*v = math.MaxInt
		}
	}
	def(&l.Payload, 262_144)
	def(&l.Variable, 262_144)
	def(&l.Variables, 10_485_760)
	if l.Events == 0 {
		l.Events = 25_000
	}
	if l.Transitions <= 0 {
		l.Transitions = 128
	}
	if l.Concurrency <= 0 {
		l.Concurrency = 40
	}
	if l.Children <= 0 {
		l.Children = 10_000
	}
	return l
}

// checkPayload returns the failure of a result that is larger than a payload may be. name is the state's, or the resource's for
// the result of a task.
func (s *stepper) checkPayload(name string, v value.Value) *stateError {
	if v.Size() <= s.limits.Payload {
		return nil
	}
	return &stateError{Failure: tooLarge(name)}
}

func tooLarge(name string) Failure {
	return Failure{
		Name:  Some(errDataLimit),
		Cause: Some("The state/task '" + name + "' returned a result with a size exceeding the maximum number of bytes service limit."),
	}
}

func itoa(i int64) string { return strconv.FormatInt(i, 10) }

// The longest error name and cause that a task fails with, in characters. Source: API reference, TaskFailedEventDetails. Without a limit
// the causes of executions nested in each other would double with each level: each quotes the one below.
const (
	longestName  = 256
	longestCause = 32_768
)

// cut returns the first n characters of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
