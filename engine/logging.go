package engine

import (
	"encoding/json"
	"fmt"
	"slices"
)

// LoggingError refuses a logging configuration.
type LoggingError struct{ Reason string }

// Error words it as AWS does.
func (e *LoggingError) Error() string { return "Invalid Logging Configuration: " + e.Reason }

// Code returns "InvalidLoggingConfiguration".
func (e *LoggingError) Code() string { return "InvalidLoggingConfiguration" }

// logging is a loggingConfiguration as it is shown: what was left out has its default.
type logging struct {
	Level                string             `json:"level"`
	IncludeExecutionData bool               `json:"includeExecutionData"`
	Destinations         *[]json.RawMessage `json:"destinations,omitempty"` // shown when it was given, even if empty
}

var logLevels = []string{"ALL", "ERROR", "FATAL", "OFF"}

// checkLogging returns a loggingConfiguration with its defaults filled in, "" for one that says nothing else.
//
// Source: recorded answers of CreateStateMachine, UpdateStateMachine and DescribeStateMachine.
func checkLogging(configuration string) (string, error) {
	c := logging{Level: "OFF"}
	if err := json.Unmarshal([]byte(configuration), &c); err != nil {
		return "", &LoggingError{Reason: "It is no loggingConfiguration: " + err.Error()}
	}
	if !slices.Contains(logLevels, c.Level) {
		return "", invalid("loggingConfiguration.level", c.Level, "Member must satisfy enum value set: [ALL, ERROR, FATAL, OFF]")
	}
	if c.Level != "OFF" && (c.Destinations == nil || len(*c.Destinations) != 1) {
		return "", &LoggingError{Reason: "Must specify exactly one Log Destination."}
	}
	return shown(c, defaultLogging)
}

// TracingError refuses a tracing configuration.
type TracingError struct{ Reason string }

// Error tells the reason.
func (e *TracingError) Error() string { return "Invalid Tracing Configuration: " + e.Reason }

// Code returns "InvalidTracingConfiguration".
func (e *TracingError) Code() string { return "InvalidTracingConfiguration" }

// checkTracing is checkLogging for a tracingConfiguration.
func checkTracing(configuration string) (string, error) {
	var c struct {
		Enabled bool `json:"enabled"`
	}
	if err := json.Unmarshal([]byte(configuration), &c); err != nil {
		return "", &TracingError{Reason: "It is no tracingConfiguration: " + err.Error()}
	}
	return shown(c, defaultTracing)
}

// shown returns the text of a configuration, "" for that of the default.
func shown(configuration any, otherwise string) (string, error) {
	text, err := json.Marshal(configuration)
	if err != nil {
		return "", fmt.Errorf("engine: configuration of a machine: %w", err)
	}
	if string(text) == otherwise {
		return "", nil
	}
	return string(text), nil
}
