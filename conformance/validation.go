package conformance

import (
	"errors"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/value"
)

// runAWSValidation compares what package asl says of a definition with what AWS said.
func runAWSValidation(doc value.Value) verdict {
	request, expect := get(doc, "request"), get(doc, "expect")
	src := []byte(str(request, "definition"))
	o := asl.Options{Express: str(request, "type") == "EXPRESS"}
	switch operation := str(doc, "operation"); operation {
	case "CreateStateMachine", "UpdateStateMachine":
		_, err := asl.Compile(src, o)
		return compareRefusal(doc, expect, err)
	case "ValidateStateMachineDefinition":
		want, ok := expect.Get("response")
		if !ok {
			return skipped("refusals of ValidateStateMachineDefinition's other parameters are not built yet")
		}
		got := validation(asl.Validate(src, o), str(request, "severity"), int(whole(request, "maxResults")))
		return verdict{difference: newMatcher(doc).diff(want, got, "response")}
	default:
		return failed("unknown operation %q", operation)
	}
}

// compareRefusal compares the error of CreateStateMachine or UpdateStateMachine. Of a case whose text is not AWS's own only the
// code counts.
func compareRefusal(doc, expect value.Value, err error) verdict {
	want, refused := expect.Get("error")
	switch code := str(want, "code"); {
	case !refused && err != nil:
		return failed("expected to be accepted, got %s", cut(err.Error(), 600))
	case !refused:
		return verdict{}
	case code != "InvalidDefinition":
		return skipped("refusals other than InvalidDefinition are not built yet")
	case err == nil:
		return failed("expected %s, got no error", short(want))
	}
	var refusal *asl.Error
	if !errors.As(err, &refusal) {
		return failed("expected an *asl.Error, got %T", err)
	}
	for _, s := range get(doc, "suspect").Elems() {
		if s.Str() == "reply-not-from-aws" {
			return verdict{}
		}
	}
	return verdict{difference: newMatcher(doc).diff(get(want, "message"), value.FromString(err.Error()), "message")}
}

// validation is the response of ValidateStateMachineDefinition: warnings only when asked for, at most 100 diagnostics.
func validation(found []asl.Diagnostic, severity string, most int) value.Value {
	if most <= 0 {
		most = 100
	}
	result := "OK"
	var list []value.Value
	for _, d := range found {
		if d.Severity == asl.SeverityError {
			result = "FAIL"
		} else if severity != string(asl.SeverityWarning) {
			continue
		}
		members := []value.Member{
			value.M("severity", value.FromString(string(d.Severity))),
			value.M("code", value.FromString(d.Code)),
			value.M("message", value.FromString(d.Message)),
		}
		if d.Location != "" {
			members = append(members, value.M("location", value.FromString(d.Location)))
		}
		list = append(list, value.FromMembers(members))
	}
	truncated := len(list) > most
	if truncated {
		list = list[:most]
	}
	return value.Obj(
		value.M("result", value.FromString(result)),
		value.M("diagnostics", value.FromArray(list)),
		value.M("truncated", value.FromBool(truncated)),
	)
}
