package asl

import (
	"slices"
	"time"

	"github.com/gait-engine/gait/internal/value"
)

// pass reads a Pass state. Result is kept as it is, whatever its member names look like.
func (st *stateScope) pass(v value.Value, shared Common) State {
	s := &Pass{common: shared}
	if s.Result, s.HasResult = v.Get("Result"); s.HasResult && st.lang == JSONPath {
		if looksDynamic(s.Result.Str()) {
			st.c.warn(codePassResultStatic, "The field 'Result' of a Pass state is static: paths and intrinsic functions in it are not evaluated",
				st.at.member("Result"))
		}
	}
	return s
}

// fail reads a Fail state.
func (st *stateScope) fail(v value.Value, shared Common) State {
	return &Fail{common: shared, Error: st.stringField(v, "Error"), Cause: st.stringField(v, "Cause")}
}

// stringCalls are the intrinsic functions whose result can be a text, the only ones that ErrorPath and CausePath take.
// Source: Amazon States Language, "Fail State".
var stringCalls = []string{
	"States.Format", "States.JsonToString", "States.ArrayGetItem", "States.Base64Encode", "States.Base64Decode", "States.Hash", "States.UUID",
}

// stringField reads Error and Cause with their Path forms.
func (st *stateScope) stringField(v value.Value, name string) StringField {
	var f StringField
	if x, ok := v.Get(name); ok && x.Kind() == value.String {
		f = StringField{Set: true, Literal: x.Str()}
		if st.lang == JSONata {
			f.Expr = st.expression(x.Str(), st.at.member(name))
		} else {
			st.noPath(name, x, st.at.member(name))
		}
	}
	if x, ok := v.Get(name + "Path"); ok && x.Kind() == value.String && st.lang == JSONPath {
		at := st.at.member(name + "Path")
		f = StringField{Set: true}
		var err error
		if f.Path, f.Call, err = st.pathOrCall(x.Str(), at); err != nil || f.Call != nil && !slices.Contains(stringCalls, f.Call.Name()) {
			d := st.c.refuse(at, "Value must be a valid JSONPath or a valid intrinsic function call that returns a string")
			d.Hint = hintOf(err)
		}
	}
	st.c.exclusive(v, st.at, name, name+"Path")
	return f
}

// wait reads a Wait state.
func (st *stateScope) wait(v value.Value, shared Common) State {
	s := &Wait{common: shared}
	if st.lang == JSONata {
		st.c.oneOf(v, st.at, "Seconds", "Timestamp")
	} else {
		st.c.oneOf(v, st.at, "SecondsPath", "Seconds", "TimestampPath", "Timestamp")
	}
	if _, ok := v.Get("Timestamp"); ok {
		s.Timestamp = st.timestamp(v)
	}
	if x, ok := v.Get("TimestampPath"); ok && x.Kind() == value.String && st.lang == JSONPath {
		s.Timestamp = TimestampField{Set: true, Path: st.reference(x.Str(), st.at.member("TimestampPath"))}
	}
	if x, ok := v.Get("Seconds"); ok {
		switch {
		case x.Kind() == value.Number:
			s.Seconds = NumberField{Set: true, Literal: x.Float()}
		case x.Kind() == value.String && st.lang == JSONata:
			s.Seconds = st.numberExpression(x.Str(), st.at.member("Seconds"))
		}
	}
	if x, ok := v.Get("SecondsPath"); ok && x.Kind() == value.String && st.lang == JSONPath {
		s.Seconds = NumberField{Set: true, Path: st.reference(x.Str(), st.at.member("SecondsPath"))}
	}
	return s
}

// timestamp reads a literal Timestamp, or (JSONata) an expression.
func (st *stateScope) timestamp(v value.Value) TimestampField {
	x, _ := v.Get("Timestamp")
	if x.Kind() != value.String {
		return TimestampField{}
	}
	at := st.at.member("Timestamp")
	if st.lang == JSONata && (marked(x.Str()) || halfMarked(x.Str())) {
		return TimestampField{Set: true, Expr: st.expression(x.Str(), at)}
	}
	t, ok := ParseTimestamp(x.Str())
	if !ok {
		st.c.refuse(at, notTimestamp)
	}
	return TimestampField{Set: true, Text: x.Str(), Literal: t}
}

// notTimestamp is what AWS says of a literal that is no RFC 3339 timestamp.
const notTimestamp = "String does not match RFC3339 timestamp"

// ParseTimestamp reads an RFC 3339 timestamp as AWS does: an upper-case T, a zone (Z or ±hh:mm), 0 to 9 fractional digits.
func ParseTimestamp(s string) (time.Time, bool) {
	const date = "2006-01-02T15:04:05"
	if len(s) < len(date)+1 || s[10] != 'T' || s[13] != ':' {
		return time.Time{}, false
	}
	zone := s[len(date):]
	if zone[0] == '.' {
		n := 1
		for n < len(zone) && zone[n] >= '0' && zone[n] <= '9' {
			n++
		}
		if n == 1 || n > 10 {
			return time.Time{}, false
		}
		zone = zone[n:]
	}
	if zone != "Z" && len(zone) != len("+00:00") {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}
