package asl

import "github.com/gait-engine/gait/internal/value"

func (c *compiler) sieve(kind string, v value.Value, at *place) bool { return v.Kind() == value.Object }

func (c *compiler) sieveState(v value.Value, t Type, lang QueryLanguage, at *place) bool {
	switch t {
	case TypeTask, TypePass, TypeChoice, TypeWait, TypeSucceed, TypeFail, TypeParallel, TypeMap:
		return true
	}
	c.refuseMember(at.member("Type"), at.member("Type"), "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]")
	return false
}

func (st *stateScope) wrongLanguage(owner, at *place, field string) {
	other := JSONata
	if st.lang == JSONata {
		other = JSONPath
	}
	st.c.refuseMember(owner, at, "The QueryLanguage is set to '"+st.lang.String()+"', but field '"+field+"' is only supported for the '"+other.String()+"' QueryLanguage")
}
