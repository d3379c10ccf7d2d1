package asl

import (
	"github.com/gait-engine/gait/internal/value"
)

// retriers reads Retry. The sieve has checked types and ranges.
func (st *stateScope) retriers(v value.Value, at *place) []Retrier {
	var out []Retrier
	for i, e := range v.Elems() {
		at := at.item(i)
		if !st.c.sieve("Retrier", e, at) {
			continue
		}
		r := Retrier{ErrorEquals: st.errorEquals(e, at, i == v.Len()-1), IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2}
		if x, ok := e.Get("IntervalSeconds"); ok {
			r.IntervalSeconds, _ = x.Int()
		}
		if x, ok := e.Get("MaxAttempts"); ok {
			r.MaxAttempts, _ = x.Int()
		}
		if x, ok := e.Get("BackoffRate"); ok {
			r.BackoffRate = x.Float()
		}
		if x, ok := e.Get("MaxDelaySeconds"); ok {
			r.MaxDelaySeconds, _ = x.Int()
			if r.MaxDelaySeconds > 0 && r.MaxDelaySeconds <= r.IntervalSeconds {
				st.c.refuse(at.member("MaxDelaySeconds"), "The field 'MaxDelaySeconds' must be greater than 'IntervalSeconds'")
			}
		}
		r.FullJitter = text(e, "JitterStrategy") == "FULL"
		out = append(out, r)
	}
	return out
}

// catchers reads Catch.
func (st *stateScope) catchers(v value.Value, at *place) []Catcher {
	var out []Catcher
	for i, e := range v.Elems() {
		at := at.item(i)
		if !st.c.sieve(st.lang.String()+".Catcher", e, at) {
			continue
		}
		k := Catcher{ErrorEquals: st.errorEquals(e, at, i == v.Len()-1), Next: NoState}
		for _, m := range e.Members() {
			switch at := at.member(m.Key); m.Key {
			case "Next":
				k.Next = st.c.target(st.scope, m.Value, at)
			case "ResultPath":
				k.ResultPath = st.resultPath(m.Value, at)
			case "Assign":
				st.with(catcherFields, func() { k.Assign = st.assign(m.Value, at) })
			case "Output":
				st.with(catcherFields, func() { k.Output = st.template(m.Value, at) })
			}
		}
		out = append(out, k)
	}
	return out
}

// errorEquals reads a list of error names and holds States.ALL to its place: alone, in the last retrier or catcher.
func (st *stateScope) errorEquals(v value.Value, owner *place, last bool) []string {
	names, _ := v.Get("ErrorEquals")
	var out []string
	for _, n := range names.Elems() {
		out = append(out, n.Str())
		if n.Str() == "States.ALL" && (!last || names.Len() > 1) {
			st.c.refuse(owner.member("ErrorEquals"), "States.ALL must appear alone and at end of list")
		}
	}
	return out
}
