package states_test

import (
	"strings"
	"testing"

	"github.com/gait-engine/gait/states"
)

// TestFailuresOfFields breaks every field in turn. The failure of a JSONPath field has the prefix and no event of its own; that of
// a JSONata field is told by an EvaluationFailed event that names the field.
//
// Source: errors.md 3; history.md 2, EvaluationFailed; states.md 7 to 13.
func TestFailuresOfFields(t *testing.T) {
	t.Parallel()
	const (
		pass   = `"Type":"Pass","End":true`
		task   = `"Type":"Task","Resource":"gait:t","End":true`
		wait   = `"Type":"Wait","End":true`
		fail   = `"Type":"Fail"`
		items  = `"Type":"Map","End":true,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}`
		branch = `"Type":"Parallel","End":true,"Branches":[{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}]`
		lang   = `,"QueryLanguage":"JSONata"`
		input  = `{"s":"x","n":-1,"f":1.5,"a":[1],"o":{}}`

		runtime    = "States.Runtime"
		invalid    = "Invalid path '$.no' : No results for path: $['no']"
		missing    = "The JSONPath '$.no' specified for the field '"
		searched   = "' could not be found in the input '" + input + "'"
		undefined  = "' returned nothing (undefined)."
		unexpected = "' returned an unexpected result type. Expected '"
	)
	expr := func(text, field string) string {
		return "The JSONata expression '" + text + "' specified for the field '" + field
	}
	tests := []struct{ name, state, error, cause, location string }{
		{"InputPath", pass + `,"InputPath":"$.no"`, runtime, invalid, ""},
		{"OutputPath", pass + `,"OutputPath":"$.no"`, runtime, invalid, ""},
		{"InputPath of Succeed", `"Type":"Succeed","InputPath":"$.no"`, runtime, invalid, ""},
		{"InputPath of Task", task + `,"InputPath":"$.no"`, runtime, invalid, ""},
		{"InputPath of Wait", wait + `,"Seconds":1,"InputPath":"$.no"`, runtime, invalid, ""},
		{"InputPath of Map", items + `,"InputPath":"$.no"`, runtime, invalid, ""},
		{"InputPath of Parallel", branch + `,"InputPath":"$.no"`, runtime, invalid, ""},
		{"InputPath of Choice", `"Type":"Choice","InputPath":"$.no","Choices":[{"Variable":"$","IsNull":true,"Next":"X"}],"Default":"X"`, runtime, invalid, ""},
		{"Parameters", pass + `,"Parameters":{"p.$":"$.no"}`, runtime, missing + "p.$" + searched, ""},
		{"Parameters of Task", task + `,"Parameters":{"q":{"p.$":"$.no"}}`, runtime, missing + "p.$" + searched, ""},
		{"ItemSelector", items + `,"ItemsPath":"$.a","ItemSelector":{"p.$":"$.no"}`, runtime, missing + "p.$" + searched, ""},
		{"ResultSelector", branch + `,"ResultSelector":{"p.$":"$.no"}`, runtime, missing + "p.$' could not be found in the input '[" + input + "]'", ""},
		{"ResultPath", pass + `,"ResultPath":"$.s.x"`, "States.ResultPathMatchFailure", "Unable to apply ReferencePath $.s.x to input ", ""},
		{"Assign", pass + `,"Assign":{"v.$":"$.no"}`, runtime, missing + "v.$" + searched, ""},
		{"an intrinsic function", pass + `,"Parameters":{"p.$":"States.MathAdd('a', 1)"}`, "States.IntrinsicFailure", "The function 'States.MathAdd('a', 1)' had the following error: ", ""},
		{"TimeoutSecondsPath", task + `,"TimeoutSecondsPath":"$.no"`, runtime, invalid, ""},
		{"HeartbeatSecondsPath", task + `,"HeartbeatSecondsPath":"$.no"`, runtime, invalid, ""},
		{"Seconds", wait + `,"SecondsPath":"$.no"`, runtime, "The SecondsPath parameter does not reference an input value: $.no", ""},
		{"negative Seconds", wait + `,"SecondsPath":"$.n"`, runtime, "The SecondsPath parameter references a negative value: $.n == -1", ""},
		{"fractions of Seconds", wait + `,"SecondsPath":"$.f"`, runtime, "The SecondsPath parameter cannot be parsed as a long value: $.f == 1.5", ""},
		{"TimestampPath", wait + `,"TimestampPath":"$.s"`, runtime, "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.s == x", ""},
		{"a distant Timestamp", wait + `,"Timestamp":"2999-01-01T00:00:00Z"`, runtime, "Wait state delay is too long.", ""},
		{"ErrorPath", fail + `,"ErrorPath":"$.no"`, runtime, missing + "ErrorPath" + searched, ""},
		{"CausePath", fail + `,"CausePath":"$.no"`, runtime, missing + "CausePath" + searched, ""},
		{"ItemsPath", items + `,"ItemsPath":"$.s"`, runtime, `Reference path "$.s" must point to array.`, ""},
		{"MaxConcurrencyPath", items + `,"ItemsPath":"$.a","MaxConcurrencyPath":"$.s"`, runtime, `The MaxConcurrencyPath field refers to value "x" which is not a valid integer: $.s`, ""},
		{"Variable", `"Type":"Choice","Choices":[{"Variable":"$.no","IsNull":true,"Next":"X"}],"Default":"X"`, runtime, "Invalid path '$.no': The choice state's condition path references an invalid value.", ""},
		{"no rule holds", `"Type":"Choice","Choices":[{"Variable":"$.n","IsNull":true,"Next":"X"}]`, runtime, "Failed to transition out of the state. The state does not point to a next state.", ""},

		{"Output", pass + lang + `,"Output":{"a":["{% $no %}"]}`, "", expr("$no", "Output/a[0]") + undefined, "Output/a[0]"},
		{"Output of Succeed", `"Type":"Succeed","Output":"{% $no %}"` + lang, "", expr("$no", "Output") + undefined, "Output"},
		{"Output of Wait", wait + lang + `,"Seconds":0,"Output":"{% $no %}"`, "", expr("$no", "Output") + undefined, "Output"},
		{"Assign, JSONata", pass + lang + `,"Assign":{"x":"{% $no %}"}`, "", expr("$no", "Assign/x") + undefined, "Assign/x"},
		{"Arguments", task + lang + `,"Arguments":{"p":"{% $no %}"}`, "", expr("$no", "Arguments/p") + undefined, "Arguments/p"},
		{"TimeoutSeconds", task + lang + `,"TimeoutSeconds":"{% 'x' %}"`, "", expr("'x'", "TimeoutSeconds") + unexpected + "number'", "TimeoutSeconds"},
		{"Credentials", task + lang + `,"Credentials":{"RoleArn":"{% 5 %}"}`, "", expr("5", "Credentials/RoleArn") + unexpected + "string', but was 'number' for value: 5", "Credentials/RoleArn"},
		{"RoleArn.$", task + `,"Credentials":{"RoleArn.$":"$.no"}`, runtime, missing + "RoleArn.$" + searched, ""},
		{"TimeoutSeconds out of range", task + lang + `,"TimeoutSeconds":"{% 0 %}"`, "", "The TimeoutSeconds field must be an integer between 1 and 99999999 but was: 0", "TimeoutSeconds"},
		{"HeartbeatSeconds", task + lang + `,"HeartbeatSeconds":"{% 1.5 %}"`, "", expr("1.5", "HeartbeatSeconds") + unexpected + "integer'", "HeartbeatSeconds"},
		{"Seconds, JSONata", wait + lang + `,"Seconds":"{% -1 %}"`, "", "The Seconds field must be an integer between 0 and 99999999 but was: -1", "Seconds"},
		{"Timestamp", wait + lang + `,"Timestamp":"{% 'x' %}"`, "", "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: x", "Timestamp"},
		{"Error", fail + lang + `,"Error":"{% 1 %}"`, "", expr("1", "Error") + unexpected + "string'", "Error"},
		{"Cause", fail + lang + `,"Cause":"{% $no %}"`, "", expr("$no", "Cause") + undefined, "Cause"},
		{"Items", items + lang + `,"Items":"{% 1 %}"`, "", expr("1", "Items") + unexpected + "array', but was 'number' for value: 1", "Items"},
		{"no Items", items + lang, "", "Map state input must be an array but was: " + input, ""},
		{"MaxConcurrency", items + lang + `,"Items":[],"MaxConcurrency":"{% 'x' %}"`, "", expr("'x'", "MaxConcurrency") + unexpected + "number'", "MaxConcurrency"},
		{"a negative MaxConcurrency", items + lang + `,"Items":[],"MaxConcurrency":"{% -1 %}"`, "", "MaxConcurrency cannot be negative.", "MaxConcurrency"},
		{"a negative MaxConcurrencyPath", items + `,"ItemsPath":"$.a","MaxConcurrencyPath":"$.n"`, runtime, "MaxConcurrency cannot be negative.", ""},
		{"a negative ToleratedFailureCount", items + lang + `,"Items":[],"ToleratedFailureCount":"{% -1 %}"`, "", "ToleratedFailureCount cannot be negative.", "ToleratedFailureCount"},
		{"a ToleratedFailurePercentage above 100", items + lang + `,"Items":[],"ToleratedFailurePercentage":"{% 100.1 %}"`, "", "ToleratedFailurePercentage must be between 0 and 100.", "ToleratedFailurePercentage"},
		{"a negative ToleratedFailurePercentagePath", items + `,"ItemsPath":"$.a","ToleratedFailurePercentagePath":"$.n"`, runtime, "ToleratedFailurePercentage must be between 0 and 100.", ""},
		{"ItemSelector, JSONata", items + lang + `,"Items":[1],"ItemSelector":{"k":"{% $no %}"}`, "", expr("$no", "ItemSelector/k") + undefined, "ItemSelector/k"},
		{"Condition", `"Type":"Choice","Choices":[{"Condition":false,"Next":"X"},{"Condition":"{% 1 %}","Next":"X"}],"Default":"X"` + lang, "", expr("1", "Choices[1]/Condition") + unexpected + "boolean'", "Choices[1]/Condition"},
		{"Output of a rule", `"Type":"Choice","Choices":[{"Condition":true,"Output":{"v":"{% $no %}"},"Next":"X"}],"Default":"X"` + lang, "", expr("$no", "Choices[0]/Output/v") + undefined, "Choices[0]/Output/v"},
		{"Output of a catcher", items + lang + `,"Catch":[{"ErrorEquals":["E"],"Next":"X"},{"ErrorEquals":["States.ALL"],"Output":"{% $no %}","Next":"X"}]`, "", expr("$no", "Catch[1]/Output") + undefined, "Catch[1]/Output"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rest := `,"Y":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Next":"X"}],"Default":"X"},"X":{"Type":"Succeed"}`
			w := newWorld(t, `{"StartAt":"Start","States":{"Start":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Next":"Y"}],"Default":"S"},"S":{`+tt.state+`}`+rest+`}}`)
			w.start(input)
			if tt.error == "" {
				tt.error = "States.QueryEvaluationError"
			}
			want := "An error occurred while executing the state 'S' (entered at the event id #4). " + tt.cause
			if w.x.Outcome == nil || w.x.Outcome.Failure.Name.S != tt.error || !strings.HasPrefix(w.x.Outcome.Failure.Cause.S, want) {
				t.Fatalf("want %s: %s\n%s", tt.error, want, lines(w.records, 1))
			}
			var told *states.Record
			at := int64(0)
			for i := range w.records {
				if w.records[i].Type == states.EvaluationFailed {
					told, at = &w.records[i], int64(i+1)
				}
			}
			if (told != nil) != (tt.error == "States.QueryEvaluationError") {
				t.Fatalf("EvaluationFailed: %t\n%s", told != nil, lines(w.records, 1))
			}
			if told == nil {
				return
			}
			prev := int64(3) // a sibling of the StateEntered event
			if strings.Contains(tt.state, `"Wait"`) {
				prev = 4
			}
			if next := w.records[at]; told.Prev != prev || told.Fail.Location != tt.location || next.Prev != at {
				t.Errorf("location %q, want %q\n%s", told.Fail.Location, tt.location, lines(w.records, 1))
			}
		})
	}
}

// Source: states.md 8.2.
func TestChoiceOperators(t *testing.T) {
	t.Parallel()
	const input = `{"s":"b","n":2,"z":-0.0,"b":true,"null":null,"t":"2024-01-01T00:00:00Z","t2":"2024-01-01T02:00:00.000+02:00","a":[1],"w":"a*b\\c","e":""}`
	tests := []struct {
		rule string
		want bool
	}{
		{`"Variable":"$.s","StringEquals":"b"`, true}, {`"Variable":"$.s","StringEquals":"B"`, false}, {`"Variable":"$.n","StringEquals":"2"`, false},
		{`"Variable":"$.s","StringLessThan":"ba"`, true}, {`"Variable":"$.s","StringGreaterThan":"a"`, true}, {`"Variable":"$.e","StringGreaterThanEquals":""`, true},
		{`"Variable":"$.s","StringLessThanEquals":"a"`, false}, {`"Variable":"$.s","StringEqualsPath":"$.s"`, true}, {`"Variable":"$.n","NumericEqualsPath":"$.n"`, true},
		{`"Variable":"$.n","NumericEquals":2.0`, true}, {`"Variable":"$.z","NumericEquals":0`, true}, {`"Variable":"$.s","NumericEquals":0`, false},
		{`"Variable":"$.n","NumericLessThan":3`, true}, {`"Variable":"$.n","NumericGreaterThan":2`, false}, {`"Variable":"$.n","NumericLessThanEquals":2`, true}, {`"Variable":"$.n","NumericGreaterThanEquals":2`, true},
		{`"Variable":"$.b","BooleanEquals":true`, true}, {`"Variable":"$.n","BooleanEquals":true`, false}, {`"Variable":"$.b","BooleanEqualsPath":"$.b"`, true},
		{`"Variable":"$.t","TimestampEquals":"2024-01-01T01:00:00+01:00"`, true}, {`"Variable":"$.t","TimestampEqualsPath":"$.t2"`, true}, {`"Variable":"$.s","TimestampLessThan":"2024-01-01T00:00:00Z"`, false},
		{`"Variable":"$.t","TimestampGreaterThan":"2023-12-31T23:59:59.999Z"`, true}, {`"Variable":"$.t","TimestampLessThanEquals":"2024-01-01T00:00:00Z"`, true},
		{`"Variable":"$.null","IsNull":true`, true}, {`"Variable":"$.null","IsPresent":true`, true}, {`"Variable":"$.no","IsPresent":false`, true}, {`"Variable":"$.n","IsNumeric":true`, true}, {`"Variable":"$.s","IsNumeric":false`, true},
		{`"Variable":"$.t","IsString":true`, true}, {`"Variable":"$.t","IsTimestamp":true`, true}, {`"Variable":"$.s","IsTimestamp":true`, false}, {`"Variable":"$.b","IsBoolean":true`, true}, {`"Variable":"$.a","IsString":true`, false},
		{`"Variable":"$.w","StringMatches":"a*c"`, true}, {`"Variable":"$.w","StringMatches":"a\\*b\\\\c"`, true}, {`"Variable":"$.s","StringMatches":"\\*"`, false}, {`"Variable":"$.e","StringMatches":"**"`, true}, {`"Variable":"$.s","StringMatches":"b?"`, false},
		{`"And":[{"Variable":"$.no","IsPresent":true},{"Variable":"$.no","IsNull":true}]`, false}, {`"Or":[{"Variable":"$.n","IsPresent":true},{"Variable":"$.no","IsNull":true}]`, true}, {`"Not":{"Variable":"$.n","IsNull":true}`, true},
	}
	for _, tt := range tests {
		w := newWorld(t, `{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{`+tt.rule+`,"Next":"T"}],"Default":"F"},"T":{"Type":"Pass","Result":true,"End":true},"F":{"Type":"Pass","Result":false,"End":true}}}`)
		w.start(input)
		if w.x.Status != states.Succeeded || w.x.Outcome.Output.Bool() != tt.want {
			t.Errorf("%s: got %+v, want %t", tt.rule, w.x.Outcome, tt.want)
		}
	}
}
