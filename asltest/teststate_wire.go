package asltest

import (
	"github.com/gait-engine/gait/internal/value"
)

// DecodeTestState reads a request as it is sent to AWS: {"definition": …, "stateName": …, "mock": {"result": …}, …}. Unknown
// members are ignored.
//
// Errors: *[TestStateError], SerializationException for text that is no JSON object or members of the wrong type, and
// ValidationException for members that are there and empty but may not be.
func DecodeTestState(body []byte) (TestStateRequest, error) {
	doc, err := value.Parse(body)
	if err != nil || doc.Kind() != value.Object {
		return TestStateRequest{}, &TestStateError{Code: "SerializationException", Message: "The request must be a JSON object", Err: err}
	}
	d := &wire{}
	r := TestStateRequest{
		Definition: d.text(doc, "definition", 1), StateName: d.text(doc, "stateName", 1), RoleARN: d.text(doc, "roleArn", 1),
		Input: d.text(doc, "input", 0), Variables: d.text(doc, "variables", 0), Context: d.text(doc, "context", 0),
		InspectionLevel: d.text(doc, "inspectionLevel", 0),
	}
	if v, ok := doc.Get("revealSecrets"); ok {
		r.RevealSecrets = v.Bool()
		d.want(v, value.Bool, "revealSecrets")
	}
	if m, ok := d.object(doc, "mock"); ok {
		r.Mock = &StateMock{Result: d.optional(m, "result"), FieldValidationMode: d.text(m, "fieldValidationMode", 0)}
		if e, ok := d.object(m, "errorOutput"); ok {
			r.Mock.ErrorOutput = &MockedError{Error: d.optional(e, "error"), Cause: d.optional(e, "cause")}
		}
	}
	if c, ok := d.object(doc, "stateConfiguration"); ok {
		r.Configuration = &StateConfiguration{
			ErrorCausedByState:       d.text(c, "errorCausedByState", 1),
			MapIterationFailureCount: d.whole(c, "mapIterationFailureCount"),
			MapItemReaderData:        d.optional(c, "mapItemReaderData"),
		}
		if n := d.whole(c, "retrierRetryCount"); n != nil {
			r.Configuration.RetrierRetryCount = *n
		}
	}
	if d.err != nil {
		return TestStateRequest{}, d.err
	}
	if err := d.short.err(); err != nil {
		return TestStateRequest{}, err
	}
	return r, nil
}

// wire reads members and keeps the first one that has the wrong type. Members that are null count as absent.
type wire struct {
	err   error
	short constraintList
}

func (d *wire) want(v value.Value, kind value.Kind, name string) bool {
	if v.Kind() == kind {
		return true
	}
	if d.err == nil {
		d.err = &TestStateError{Code: "SerializationException", Message: "The member '" + name + "' must be of type " + kind.String()}
	}
	return false
}

func (d *wire) member(v value.Value, name string, kind value.Kind) (value.Value, bool) {
	m, ok := v.Get(name)
	if !ok || m.IsNull() {
		return m, false
	}
	return m, d.want(m, kind, name)
}

func (d *wire) object(v value.Value, name string) (value.Value, bool) {
	return d.member(v, name, value.Object)
}

func (d *wire) optional(v value.Value, name string) *string {
	m, ok := d.member(v, name, value.String)
	if !ok {
		return nil
	}
	s := m.Str()
	return &s
}

// text reads a string that has at least so many characters when it is there.
func (d *wire) text(v value.Value, name string, least int) string {
	s := d.optional(v, name)
	switch {
	case s == nil:
		return ""
	case len(*s) < least && name == "definition":
		d.short.secret(name, "Member must have length greater than or equal to 1")
	case len(*s) < least:
		d.short.add(*s, name, "Member must have length greater than or equal to 1")
	}
	return *s
}

func (d *wire) whole(v value.Value, name string) *int {
	m, ok := d.member(v, name, value.Number)
	if !ok {
		return nil
	}
	i, ok := m.Int()
	if n := int(i); ok && int64(n) == i {
		return &n
	}
	d.want(m, value.Null, name)
	return nil
}
