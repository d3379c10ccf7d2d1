package asl_test

import (
	"strings"
	"testing"

	"github.com/gait-engine/gait/asl"
)

// The texts are those of Jackson, the library with which AWS reads definitions.
func TestTextThatIsNotJSON(t *testing.T) {
	const tokens = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	tests := []struct {
		src, message string
		line, column int // as Jackson counts: behind what it has read
	}{
		{`not a definition`, "Unrecognized token 'not': was expecting " + tokens, 1, 4},
		{`{"a": tru}`, "Unrecognized token 'tru': was expecting " + tokens, 1, 10},
		{`{"a": truex}`, "Unrecognized token 'truex': was expecting " + tokens, 1, 12},
		{`{"a": }`, "Unexpected character ('}' (code 125)): expected a valid value " + tokens, 1, 8},
		{`{a: 1}`, "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", 1, 3},
		{`{"a":1,}`, "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 1, 9},
		{`{"a" 1}`, "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 1, 7},
		{"{\"a\":1\n \"b\":2}", "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 2, 3},
		{`[1 2]`, "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 5},
		{`{"a":1`, `Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String)"{"a":1"; line: 1, column: 1])`, 1, 7},
		{`{"a":`, "Unexpected end-of-input within/between Object entries", 1, 6},
		{`{"a":"b`, "Unexpected end-of-input: was expecting closing quote for a string value", 1, 8},
		{`{"a`, "Unexpected end-of-input in field name", 1, 4},
		{"{\"a\":\"b\n\"}", "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value", 2, 1},
		{`{"a":"\x"}`, "Unrecognized character escape 'x' (code 120)", 1, 9},
		{`{"a":01}`, "Invalid numeric value: Leading zeroes not allowed", 1, 8},
		{`{"a":1.}`, "Unexpected character ('}' (code 125)) in numeric value: Decimal point not followed by a digit", 1, 9},
		{`{"a":é}`, "Unrecognized token 'é': was expecting " + tokens, 1, 7},
	}
	for _, tt := range tests {
		ds := asl.Validate([]byte(tt.src), asl.Options{})
		if len(ds) != 1 || ds[0].Code != "INVALID_JSON_DESCRIPTION" {
			t.Errorf("%s: %v", tt.src, ds)
			continue
		}
		want := tt.message + "\n at " + ds[0].Location
		if ds[0].Message != want {
			t.Errorf("%s:\nwant %s\ngot  %s", tt.src, want, ds[0].Message)
		}
		if at := asl.ReaderLocation(tt.src, tt.line, tt.column); ds[0].Location != at {
			t.Errorf("%s:\nwant %s\ngot  %s", tt.src, at, ds[0].Location)
		}
	}
}

func TestDefinitionsThatOnlyWeRefuse(t *testing.T) {
	deep := strings.Repeat("[", 1001) + strings.Repeat("]", 1001)
	tests := []struct {
		name, src, message string
		opts               asl.Options
	}{
		{"a member twice", `{"a":1,"a":2}`, "Duplicate field 'a'", asl.Options{}},
		{"text behind the document", `{"a":1} x`, "Unrecognized token 'x'", asl.Options{}},
		{"depth", deep, "Document nesting depth (1001) exceeds the maximum allowed (1000, ", asl.Options{}},
		{"a depth of the caller", `[[[]]]`, "Document nesting depth (3) exceeds the maximum allowed (2, ", asl.Options{MaxDepth: 2}},
		{"length", `{"a":` + strings.Repeat(" ", 1<<20) + `1}`, "Definition must have at most 1048576 bytes, but has 1048583", asl.Options{}},
		{"a length of the caller", `{"a":1}`, "Definition must have at most 5 bytes, but has 7", asl.Options{MaxBytes: 5}},
		{"bytes that are not UTF-8", "{\"a\":\"\xff\"}", "the byte 0xFF is not UTF-8", asl.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ds := asl.Validate([]byte(tt.src), tt.opts)
			if len(ds) != 1 || !strings.HasPrefix(ds[0].Message, tt.message) || ds[0].Line != 1 {
				t.Errorf("got %.200v, want %s", ds, tt.message)
			}
		})
	}
}
