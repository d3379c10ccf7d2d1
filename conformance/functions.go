package conformance

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// function answers a call of a Lambda function that was not recorded, by what the case says that the function does.
func (t *recordedTasks) function(c asltest.Call) (asltest.Answer, error) {
	input, err := value.ParseString(c.Input)
	if err != nil {
		return asltest.Answer{}, err
	}
	arn, event, invoked := c.Resource, input, false
	if strings.HasSuffix(c.Resource, ":states:::lambda:invoke") {
		arn, invoked = str(input, "FunctionName"), true
		if payload, ok := input.Get("Payload"); ok && !payload.IsNull() {
			event = payload
		} else {
			event = value.Obj()
		}
	}
	name := arn[strings.LastIndexByte(arn, ':')+1:]
	behaviour := str(get(t.doc, "lambdas"), name)
	if behaviour == "" {
		return asltest.Answer{}, errors.New("no recorded call and no function of that name")
	}
	a := asltest.Answer{}
	switch behaviour {
	case "id_function", "echo_function":
		a.Output = event.JSON()
	case "return_bytes_str":
		a.Output = value.FromString("HelloWorld!").JSON()
	case "return_decorated_input":
		a.Output = value.FromString("input-event-" + pythonText(event)).JSON()
	case "raise_exception":
		return raised("Exception", "Some exception was raised.", 2), nil
	case "raise_custom_exception":
		return raised("CustomException", "", 9), nil
	case "large_output_string":
		a.Output = value.FromString(strings.Repeat("a", 257*1024)).JSON()
	case "wait_60_seconds":
		a.Output, a.After = event.JSON(), time.Minute
	default:
		return a, fmt.Errorf("unknown behaviour %q", behaviour)
	}
	if invoked {
		a.Output = invocation(a.Output)
	}
	return a, nil
}

// raised is the failure of a Python function that raised an exception in this line.
func raised(name, message string, at int) asltest.Answer {
	arguments := ""
	if message != "" {
		arguments = `"` + message + `"`
	}
	line := fmt.Sprintf("  File \"/var/task/handler.py\", line %d, in handler\n    raise %s(%s)\n", at, name, arguments)
	cause := value.Obj(
		value.M("errorMessage", value.FromString(message)),
		value.M("errorType", value.FromString(name)),
		value.M("requestId", value.FromString("00000000-0000-4000-8000-000000000001")),
		value.M("stackTrace", value.FromArray([]value.Value{value.FromString(line)})),
	)
	return asltest.Fail(name, cause.JSON())
}

// invocation is the response of Lambda's Invoke, as the optimised integration hands it on.
func invocation(payload string) string {
	length := fmt.Sprint(len(payload))
	if v, err := value.ParseString(payload); err == nil {
		length = fmt.Sprint(len(pythonJSON(v)))
	}
	headers := [][2]string{
		{"Connection", "keep-alive"}, {"Content-Length", length}, {"Content-Type", "application/json"}, {"Date", "date"},
		{"X-Amz-Executed-Version", "$LATEST"}, {"x-amzn-Remapped-Content-Length", "0"}, {"x-amzn-RequestId", "request"},
		{"X-Amzn-Trace-Id", "trace"},
	}
	var one, all []value.Member
	for _, h := range headers {
		text := value.FromString(h[1])
		one = append(one, value.M(h[0], text))
		all = append(all, value.M(h[0], value.FromArray([]value.Value{text})))
	}
	doc, err := value.ParseString(payload)
	if err != nil {
		doc = value.FromString(payload)
	}
	return value.Obj(
		value.M("ExecutedVersion", value.FromString("$LATEST")),
		value.M("Payload", doc),
		value.M("SdkHttpMetadata", value.Obj(
			value.M("AllHttpHeaders", value.FromMembers(all)),
			value.M("HttpHeaders", value.FromMembers(one)),
			value.M("HttpStatusCode", value.FromInt(200)),
		)),
		value.M("SdkResponseMetadata", value.Obj(value.M("RequestId", value.FromString("request")))),
		value.M("StatusCode", value.FromInt(200)),
	).JSON()
}

// pythonJSON is the text that Python's json.dumps gives: with a space after colons and commas.
func pythonJSON(v value.Value) string {
	return python(v, value.Value.JSON, "null", "true", "false")
}

// pythonText is the text that Python's str gives.
func pythonText(v value.Value) string {
	if v.Kind() == value.String {
		return v.Str()
	}
	return python(v, pythonQuoted, "None", "True", "False")
}

func pythonQuoted(v value.Value) string {
	s := v.Str()
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\t", `\t`).Replace(s) + "'"
}

func python(v value.Value, quote func(value.Value) string, null, yes, no string) string {
	var parts []string
	switch v.Kind() {
	case value.Null:
		return null
	case value.Bool:
		if v.Bool() {
			return yes
		}
		return no
	case value.String:
		return quote(v)
	case value.Array:
		for _, e := range v.Elems() {
			parts = append(parts, python(e, quote, null, yes, no))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case value.Object:
		for _, m := range v.Members() {
			parts = append(parts, quote(value.FromString(m.Key))+": "+python(m.Value, quote, null, yes, no))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return v.JSON()
}
