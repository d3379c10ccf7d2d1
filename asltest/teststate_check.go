package asltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// testedName is what AWS calls the tested state in the Context object, whatever its name is in the definition.
const testedName = "StateName"

// constraints checks lengths, ranges and enumerations as the API model gives them, and reports all that is wrong at once.
func (t *stateTest) constraints() *TestStateError {
	var c constraintList
	if t.Definition == "" {
		c.secret("definition", "Member must have length greater than or equal to 1")
	}
	c.longestSecret("definition", t.Definition, 1_048_576)
	c.longest("stateName", t.StateName, 80)
	c.longest("roleArn", t.RoleARN, 256)
	c.longestSecret("input", t.Input, 262_144)
	c.longestSecret("variables", t.Variables, 262_144)
	c.oneOf("inspectionLevel", t.InspectionLevel, "INFO", "DEBUG", "TRACE")
	if m := t.Mock; m != nil {
		c.oneOf("mock.fieldValidationMode", m.FieldValidationMode, "STRICT", "PRESENT", "NONE")
		if m.Result != nil {
			c.longestSecret("mock.result", *m.Result, 262_144)
		}
		if e := m.ErrorOutput; e != nil && e.Error != nil {
			c.longestSecret("mock.errorOutput.error", *e.Error, 256)
		}
		if e := m.ErrorOutput; e != nil && e.Cause != nil {
			c.longestSecret("mock.errorOutput.cause", *e.Cause, 32_768)
		}
	}
	if s := t.Configuration; s != nil {
		c.positive("stateConfiguration.retrierRetryCount", s.RetrierRetryCount)
		c.longest("stateConfiguration.errorCausedByState", s.ErrorCausedByState, 80)
		if s.MapIterationFailureCount != nil {
			c.positive("stateConfiguration.mapIterationFailureCount", *s.MapIterationFailureCount)
		}
		if s.MapItemReaderData != nil {
			c.longestSecret("stateConfiguration.mapItemReaderData", *s.MapItemReaderData, 262_144)
		}
	}
	return c.err()
}

// constraintList gathers the members that do not satisfy the API model.
type constraintList []string

func (c *constraintList) add(value, member, constraint string) {
	*c = append(*c, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint))
}

// secret is add for a member that the API model marks as sensitive: its value is not shown.
func (c *constraintList) secret(member, constraint string) {
	*c = append(*c, fmt.Sprintf("Value at '%s' failed to satisfy constraint: %s", member, constraint))
}

func (c *constraintList) longestSecret(member, text string, most int) {
	if utf8.RuneCountInString(text) > most {
		c.secret(member, fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
}

func (c *constraintList) longest(member, text string, most int) {
	if utf8.RuneCountInString(text) > most {
		c.add(text, member, fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
}

func (c *constraintList) positive(member string, n int) {
	if n < 0 {
		c.add(fmt.Sprint(n), member, "Member must have value greater than or equal to 0")
	}
}

// oneOf checks an enumeration; "" is an absent member.
func (c *constraintList) oneOf(member, text string, names ...string) {
	if text != "" && !slices.Contains(names, text) {
		c.add(text, member, "Member must satisfy enum value set: ["+strings.Join(names, ", ")+"]")
	}
}

// err words the list. Source: measured on AWS for other operations.
func (c constraintList) err() *TestStateError {
	switch len(c) {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: " + c[0])
	}
	return invalid(fmt.Sprintf("%d validation errors detected: %s", len(c), strings.Join(c, "; ")))
}

// documents reads input, variables and context.
func (t *stateTest) documents() *TestStateError {
	var err error
	if t.Input == "" {
		t.Input = "{}"
	}
	if t.input, err = value.ParseString(t.Input); err != nil {
		reason := asl.JSONFault(t.Input)
		if reason == "" {
			reason = err.Error()
		}
		return &TestStateError{Code: "InvalidExecutionInput", Message: "Invalid State Machine Execution Input: '" + reason + "'", Err: err}
	}
	for _, d := range []struct {
		name, text string
		to         *value.Value
	}{{"Variables", t.Variables, &t.variables}, {"Context object", t.Context, &t.context}} {
		if d.text == "" {
			continue
		}
		if *d.to, err = value.ParseString(d.text); err != nil || d.to.Kind() != value.Object {
			return invalid("Invalid " + d.name + " provided: must be a valid JSON object")
		}
	}
	return nil
}

// define compiles the definition and finds the state to test.
func (t *stateTest) define() *TestStateError {
	options := asl.Options{}
	if t.StateName == "" {
		options.Single = testedName
	}
	m, err := asl.Compile([]byte(t.Definition), options)
	if err != nil {
		return &TestStateError{Code: "InvalidDefinition", Message: err.Error(), Err: err}
	}
	name := t.StateName
	if name == "" {
		name = testedName
	}
	s, ok := m.Find(name)
	if !ok {
		return invalid("State not found in definition")
	}
	t.machine, t.state = m, s
	return nil
}

// failures is the MapIterationFailureCount, 0 when absent.
func (t *stateTest) failures() int {
	if c := t.Configuration; c != nil && c.MapIterationFailureCount != nil {
		return *c.MapIterationFailureCount
	}
	return 0
}

// checkMock checks what depends on whether there is a mock.
func (t *stateTest) checkMock() *TestStateError {
	if t.Mock == nil {
		return t.checkUnmocked()
	}
	m, kind := t.Mock, t.state.Common().Type
	if (m.Result != nil) == (m.ErrorOutput != nil) {
		return invalid("A test mock should have only one of the following fields: [result, errorOutput].")
	}
	switch kind {
	case asl.TypePass, asl.TypeSucceed, asl.TypeFail:
		return invalid("State type '" + string(kind) + "' is not supported when a mock is specified")
	}
	if t.RevealSecrets {
		return invalid("TestState does not support RevealSecrets when a mock is specified.")
	}
	if m.Result == nil {
		return nil
	}
	var err error
	if t.result, err = value.ParseString(*m.Result); err != nil {
		return invalid("Mocked result must be valid JSON")
	}
	switch s := t.state.(type) {
	case *asl.Map:
		if s.Writer != nil && t.result.Kind() != value.Object {
			return invalid("Mocked result must be a JSON object.")
		}
		if s.Writer == nil && t.result.Kind() != value.Array {
			return invalid("Mocked result must be an array.")
		}
	case *asl.Parallel:
		if t.result.Kind() != value.Array {
			return invalid("Mocked result must be an array.")
		}
		if t.result.Len() != len(s.Branches) {
			return invalid("Mocked result must contain the same number of items as number of Parallel branches.")
		}
	case *asl.Task:
		if err := checkShape(s.Resource, t.result, m.FieldValidationMode); err != nil {
			var bad *shapeError
			if errors.As(err, &bad) {
				return invalid("Mock result schema validation error: " + bad.Error())
			}
			return invalid(err.Error())
		}
	}
	return nil
}

// checkUnmocked checks a state that is to be run without a mock.
func (t *stateTest) checkUnmocked() *TestStateError {
	if c := t.Configuration; c != nil && c.MapIterationFailureCount != nil {
		return invalid("TestState does not support MapIterationFailureCount when a mock is not specified.")
	}
	switch s := t.state.(type) {
	case *asl.Map, *asl.Parallel:
		return &TestStateError{Code: "InvalidDefinition", Message: "TestState API does not support Map or Parallel states. " +
			"Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"}
	case *asl.Task:
		if t.RoleARN == "" {
			return invalid("RoleArn must be specified when testing a Task state")
		}
		if s.Resource.Pattern != asl.RequestResponse || s.Resource.Kind == asl.Activity {
			// The rule is documented, the text is ours.
			return &TestStateError{Code: "InvalidDefinition",
				Message: "TestState API does not support the resource '" + s.Resource.Text + "' when a mock is not specified"}
		}
	}
	if t.Context != "" {
		return invalid("TestState does not support Context when a mock is not specified.") // documented; the text is ours
	}
	return nil
}

// contextFields are the members that a given Context object may have, with their types; "" is any.
var contextFields = map[string]map[string]string{
	"Execution":    {"Id": "a string", "Input": "", "Name": "a string", "RoleArn": "a string", "StartTime": "a string", "RedriveCount": "a number", "RedriveTime": "a string"},
	"State":        {"EnteredTime": "a string", "Name": "a string", "RetryCount": "a number"},
	"StateMachine": {"Id": "a string", "Name": "a string"},
	"Task":         {"Token": "a string"},
}

// checkContext checks the Context object that was given.
func (t *stateTest) checkContext() *TestStateError {
	refuse := func(format string, args ...any) *TestStateError {
		return invalid("Invalid Context object provided: " + fmt.Sprintf(format, args...))
	}
	for _, m := range t.context.Members() {
		fields, ok := contextFields[m.Key]
		switch {
		case m.Key == "Map":
			return refuse("'Map' field is not supported when mocking a Context object")
		case !ok:
			return refuse("Field '%s' is not allowed", m.Key)
		case m.Value.Kind() != value.Object:
			return refuse("%s must be an object", m.Key)
		}
		if task, ok := t.state.(*asl.Task); m.Key == "Task" && (!ok || task.Resource.Pattern == asl.RequestResponse) {
			return refuse("Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' " +
				"service integration pattern")
		}
		for _, f := range m.Value.Members() {
			want, ok := fields[f.Key]
			if !ok {
				return refuse("Field '%s' is not allowed", f.Key)
			}
			if want == "a string" && f.Value.Kind() != value.String || want == "a number" && f.Value.Kind() != value.Number {
				return refuse("%s.%s must be %s", m.Key, f.Key, want)
			}
		}
	}
	return nil
}
