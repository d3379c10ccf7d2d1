package asl

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gait-engine/gait/internal/value"
	"github.com/gait-engine/gait/jsonpath"
)

// maxVariableName is the most characters of the name of a variable.
const maxVariableName = 80

// reading is one use of a variable, assignment one variable that an Assign sets.
type reading struct {
	flow  FlowID
	state StateID
	name  string
	at    *place
}

type assignment struct {
	flow FlowID
	name string
	at   *place
}

// reads notes the variable in which a path begins.
func (st *stateScope) reads(p *jsonpath.Path, at *place) {
	if p.Root() == jsonpath.Variable {
		st.readsVariable(p.Variable(), at)
	}
}

func (st *stateScope) readsVariable(name string, at *place) {
	st.c.readings = append(st.c.readings, reading{flow: st.flow, state: st.id, name: name, at: at})
}

// assigned notes the variables of an Assign and checks their names.
func (st *stateScope) assigned(v value.Value, at *place) {
	for _, m := range v.Members() {
		name, spot := m.Key, at.member(m.Key)
		if st.lang == JSONPath {
			name = strings.TrimSuffix(name, ".$")
		}
		switch {
		case name == "states":
			st.c.report(expressions, codeReservedVariable, "Cannot assign to reserved variable '$states'.", spot, spot)
		case !isIdentifier(name):
			st.c.report(expressions, codeInvalidVariable,
				fmt.Sprintf("Invalid variable name '%s': the variable name contains invalid characters.", name), spot, spot)
		case utf8.RuneCountInString(name) > maxVariableName:
			st.c.report(expressions, codeInvalidVariable,
				fmt.Sprintf("Invalid variable name '%s': the variable name has more than %d characters.", name, maxVariableName), spot, spot)
		}
		st.c.assignments = append(st.c.assignments, assignment{flow: st.flow, name: name, at: spot})
	}
}

// isIdentifier reports whether s is a Unicode identifier; an underscore may also begin it.
func isIdentifier(s string) bool {
	for i, r := range s {
		start := r == '_' || unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start)
		if !start && (i == 0 || !unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)) {
			return false
		}
	}
	return s != ""
}

// references sorts the readings into the machine.
func (c *compiler) references() {
	if len(c.readings) == 0 {
		return
	}
	c.m.reads = map[string][]string{}
	for _, r := range c.readings {
		name := c.m.Flows[r.flow].States[r.state].Common().Name
		c.m.reads[name] = append(c.m.reads[name], r.name)
	}
	for name, variables := range c.m.reads {
		slices.Sort(variables)
		c.m.reads[name] = slices.Compact(variables)
	}
}
