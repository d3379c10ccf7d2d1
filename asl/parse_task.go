package asl

import (
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// task reads a Task state.
func (st *stateScope) task(v value.Value, shared Common) State {
	s := &Task{common: shared}
	if r, ok := v.Get("Resource"); ok && r.Kind() == value.String {
		s.Resource = st.resource(r.Str(), st.at.member("Resource"))
		s.Integration = s.Resource.optimised()
		st.checkParameters(s.Integration, v)
	}
	s.Timeout = st.number(v, "TimeoutSeconds", st.at, st.reference)
	s.Heartbeat = st.number(v, "HeartbeatSeconds", st.at, st.reference)
	if s.Timeout.literal() && s.Heartbeat.literal() && s.Heartbeat.Literal >= s.Timeout.Literal {
		st.c.refuse(st.at.member("HeartbeatSeconds"), "The field 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'")
	}
	if k, ok := v.Get("Credentials"); ok {
		s.RoleARN = st.credentials(k, st.at.member("Credentials"))
		if s.Resource.Kind == Activity {
			st.c.refuseMember(st.at, st.at.member("Credentials"), "Field 'Credentials' is not supported")
		}
	}
	return s
}

// literal reports whether the number is written in the definition.
func (n NumberField) literal() bool { return n.Set && n.Path == nil && n.Expr == nil }

// credentials reads Credentials and returns the template of its RoleArn.
func (st *stateScope) credentials(v value.Value, at *place) *Template {
	if v.Kind() != value.Object {
		return nil // the sieve says so
	}
	if st.lang == JSONata {
		st.c.sieve("JSONata.Credentials", v, at)
	} else {
		st.c.sieve("JSONPath.Credentials", v, at)
	}
	role, plain := v.Get("RoleArn")
	dynamic := false
	if st.lang == JSONPath {
		var d value.Value
		if d, dynamic = v.Get("RoleArn.$"); dynamic {
			if !plain {
				return &Template{Root: st.dynamicNode("RoleArn.$", d, at.member("RoleArn.$"), at)}
			}
			st.c.exclusive(v, at, "RoleArn", "RoleArn.$")
		}
	}
	if !plain {
		st.c.refuse(at, "The field 'RoleArn' is required but was missing")
		return nil
	}
	if st.lang == JSONata {
		return &Template{Root: st.jsonataNode(role, at.member("RoleArn"))}
	}
	return &Template{Root: Node{Literal: role}}
}

// resource parses a Resource and holds it to what AWS, or the host's own scheme, knows.
func (st *stateScope) resource(s string, at *place) Resource {
	r, ok := parseResource(s)
	if !ok && !strings.HasPrefix(s, hostScheme) && (!st.c.opts.AnyResource || s == "") {
		st.c.refuse(at, "Value is not a valid resource ARN").Hint = "an ARN, or a name that begins with \"" + hostScheme + "\""
		return r
	}
	if !st.c.opts.AnyResource && !r.known() {
		st.c.refuse(at, "The resource provided "+s+
			" is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.").Hint = r.hint()
		return r
	}
	if st.express {
		switch {
		case r.Kind == Activity:
			st.c.refuse(at, "Express state machine does not support Activity ARN")
		case r.Pattern == RunJob:
			st.c.refuse(at, "Express state machine does not support '.sync' service integration")
		case r.Pattern == WaitForTaskToken:
			st.c.refuse(at, "Express state machine does not support '.waitForTaskToken' service integration ")
		}
	}
	return r
}
