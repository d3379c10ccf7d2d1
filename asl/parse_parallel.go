package asl

import "github.com/gait-engine/gait/internal/value"

// parallel reads a Parallel state and its branches.
func (st *stateScope) parallel(v value.Value, shared Common) State {
	s := &Parallel{common: shared}
	branches, _ := v.Get("Branches")
	for i, b := range branches.Elems() {
		at := st.at.member("Branches").item(i)
		if st.c.sieve("Branch", b, at) {
			s.Branches = append(s.Branches, st.inner(b, at, nil))
		}
	}
	return s
}

// inner reads a flow below this state. m is the distributed Map whose children run it, or nil.
func (st *stateScope) inner(v value.Value, at *place, m *Map) FlowID {
	distributed := m != nil && m.Distributed
	st.c.m.parents = append(st.c.m.parents, parent{of: st.flow, state: st.id, distributed: distributed})
	return st.c.flow(v, at, st.express || distributed && m.Express)
}
