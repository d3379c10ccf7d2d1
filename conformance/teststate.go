package conformance

import (
	"encoding/json"
	"errors"

	"github.com/gait-engine/gait/asltest"
	"github.com/gait-engine/gait/internal/value"
)

// account is the account of the material.
const account = "111111111111"

// runTestState tests one state and compares the response, or the refusal. Of a refusal by AWS's client library only that the
// request is refused counts: the service words it in another way.
func runTestState(doc value.Value) verdict {
	expect := get(doc, "expect")
	request, err := asltest.DecodeTestState([]byte(get(doc, "request").JSON()))
	var response *asltest.TestStateResponse
	if err == nil {
		request.Account, request.Resolve = account, newRecordedTasks(doc).function
		response, err = asltest.TestState(request)
	}
	var refusal *asltest.TestStateError
	want, refused := expect.Get("error")
	switch {
	case err != nil && !errors.As(err, &refusal):
		return failed("%v", err)
	case refused && err == nil:
		return failed("expected %s, got no error", short(want))
	case refused && get(want, "clientSide").Bool():
		return verdict{}
	case refused:
		got := value.Obj(value.M("code", value.FromString(refusal.Code)), value.M("message", value.FromString(refusal.Message)))
		return verdict{difference: newMatcher(doc).diff(want, got, "error")}
	case err != nil:
		return failed("expected a response, got %v", err)
	}
	text, err := json.Marshal(response)
	if err != nil {
		return failed("%v", err)
	}
	got, err := value.Parse(text)
	if err != nil {
		return failed("%v", err)
	}
	return verdict{difference: newMatcher(doc).diff(get(expect, "response"), got, "response")}
}
