package asl

import (
	"strings"

	"github.com/gait-engine/gait/internal/intrinsic"
	"github.com/gait-engine/gait/internal/value"
)

// parent says which state a flow belongs to.
type parent struct {
	flow, of    FlowID
	state       StateID
	distributed bool // the states of the flow do not see the variables of the flows around it
}

// variableOf returns the variable in which a path begins, "" for "$…" and "$$…".
func variableOf(path string) string {
	if len(path) < 2 || path[0] != '$' {
		return ""
	}
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	name := path[1:end]
	if name == "" || name[0] == '$' {
		return ""
	}
	return name
}

func (st *stateScope) reads(path string, at *place)                   {}
func (st *stateScope) callReads(call *intrinsic.Call, at *place)      {}
func (st *stateScope) assigned(t *Template, v value.Value, at *place) {}
func (c *compiler) checkVariables()                                   {}
