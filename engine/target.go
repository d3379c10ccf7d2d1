package engine

import (
	"context"
	"strconv"
	"strings"
)

// machineRef is a state machine as callers name it.
type machineRef struct {
	given     string // for messages
	name      string
	qualifier string // number of a version, or name of an alias; empty: neither
	label     string // of a distributed Map; empty: the machine itself
}

// machineRef reads the name of a machine, or its ARN, plain or with a version, an alias or a label behind it.
func (a arns) machineRef(s string) (machineRef, error) {
	r := machineRef{given: s}
	rest := s
	if strings.HasPrefix(s, "arn:") {
		switch kind := resourceType(s); kind {
		case "":
			return r, &ARNError{ARN: s}
		case "stateMachine":
		default:
			return r, &ARNError{ARN: s, Type: kind}
		}
		var ours bool
		if rest, ours = strings.CutPrefix(s, a.machine); !ours { // of another region or account
			return r, &NotFoundError{ARN: s, Machine: true}
		}
	}
	r.given = a.machine + rest
	r.name, r.qualifier, _ = strings.Cut(rest, ":")
	r.name, r.label, _ = strings.Cut(r.name, "/")
	if r.name == "" || strings.HasSuffix(rest, ":") || strings.HasSuffix(r.name, "/") {
		return r, &ARNError{ARN: s}
	}
	return r, nil
}

// plainRef reads the name or the unqualified ARN of a machine. Another ARN is that of a machine that does not exist, as recorded.
func (a arns) plainRef(s string) (machineRef, error) {
	r, err := a.machineRef(s)
	switch {
	case err != nil:
		return r, err
	case r.label != "":
		return r, labelError(r.given)
	case r.qualifier != "":
		return r, &NotFoundError{ARN: r.given, Machine: true}
	}
	return r, nil
}

// labelError refuses the ARN of a distributed Map where a machine is expected.
func labelError(arn string) error {
	return &ValidationError{Message: "This operation does not support labeled ARNs: '" + arn + "'", Reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS"}
}

// version returns the number of the version that r names, 0 when it names none.
func (r machineRef) version() int64 {
	n, err := strconv.ParseInt(r.qualifier, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != r.qualifier {
		return 0
	}
	return n
}

// target is what a start runs, and what it was told to run.
type target struct {
	machine *machine
	version int64  // of the machine; 0: none was asked for
	alias   string // empty: none was asked for
}

// target returns what to start: the newest revision of a machine, that of a version, or one that an alias routes to.
//
// Source: API reference, StartExecution.
func (e *Engine) target(ctx context.Context, s string) (target, error) {
	r, err := e.arns.machineRef(s)
	if err != nil {
		return target{}, err
	}
	if r.label != "" {
		return target{}, labelError(r.given)
	}
	if r.qualifier == "" {
		m, err := e.machine(ctx, r.name, 0)
		return target{machine: m}, err
	}
	rec := e.catalog.get(r.name)
	if t, v := e.qualified(rec, r); v != nil { // a machine that was deleted has no versions: there is no need to look
		t.machine, err = e.machine(ctx, r.name, v.Revision)
		return t, err
	}
	if rec, _, err = e.living(ctx, r); err != nil {
		return target{}, err
	}
	t, v := e.qualified(rec, r)
	if v == nil {
		return target{}, &NotFoundError{ARN: r.given, Machine: true}
	}
	t.machine, err = e.machine(ctx, r.name, v.Revision)
	return t, err
}

// qualified returns the version that the qualifier of r stands for, nil when there is none.
func (e *Engine) qualified(rec *machineRecord, r machineRef) (target, *versionRecord) {
	if rec == nil {
		return target{}, nil
	}
	t := target{version: r.version()}
	if t.version == 0 {
		alias := rec.alias(r.qualifier)
		if alias == nil {
			return t, nil
		}
		t.alias, t.version = alias.Name, alias.route(e.random.IntN(100))
	}
	return t, rec.version(t.version)
}

// origin returns what is stored of a start.
func (s *start) origin() origin {
	return origin{Parent: s.parent, Version: s.version, Alias: s.alias, Trace: s.trace}
}

// versionARN returns the ARN of a version, "" for 0.
func (a arns) versionARN(machine string, version int64) string {
	if version == 0 {
		return ""
	}
	return a.machine + machine + ":" + strconv.FormatInt(version, 10)
}

// aliasARN returns the ARN of an alias, "" for "".
func (a arns) aliasARN(machine, alias string) string {
	if alias == "" {
		return ""
	}
	return a.machine + machine + ":" + alias
}
