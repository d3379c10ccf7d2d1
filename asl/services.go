package asl

import (
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/catalogue"
	"github.com/gait-engine/gait/internal/value"
)

// known reports whether AWS would recognise an integration; resources of other kinds are known. An action that its service lacks is
// refused when the machine is created, and so is a pattern that the action lacks. Services that the catalogue lacks are accepted,
// unless it has them in another spelling: AWS adds some every year, and hosts have their own.
func (r Resource) known() bool {
	part := strings.SplitN(r.Text, ":", 4)
	if r.Kind != Integration || len(part) < 4 || part[0] != "arn" || part[2] != "states" {
		return true
	}
	action, pattern, ok := catalogue.SplitAction(r.Action)
	if !ok {
		return false
	}
	if service, sdk := strings.CutPrefix(r.Service, "aws-sdk:"); sdk {
		return pattern&^catalogue.TaskToken == 0 && catalogue.SDKOffers(service, action)
	}
	service, info := catalogue.Find(r.Service, action)
	if service == nil {
		return !slices.Contains(notIntegrations, r.Service) && catalogue.Spelling(r.Service) == ""
	}
	return info != nil && info.Has(pattern)
}

// notIntegrations are the other things that have an ARN of Step Functions.
var notIntegrations = []string{"stateMachine", "execution", "express", "mapRun"}

// hint suggests the nearest action of the service.
func (r Resource) hint() string {
	action, suffix, dotted := strings.Cut(r.Action, ".")
	if name, sdk := strings.CutPrefix(r.Service, "aws-sdk:"); sdk {
		if s, a := catalogue.SDKSpelling(name, action); s != name || a != action {
			return "did you mean \"aws-sdk:" + s + ":" + a + "\"?"
		}
	} else if name := catalogue.Spelling(r.Service); name != "" {
		return "did you mean \"" + name + "\"?"
	}
	service, info := catalogue.Find(r.Service, action)
	if dotted && (info != nil || service == nil) {
		return r.Service + ":" + action + " does not support the pattern ." + suffix
	}
	names := map[string]bool{}
	if service != nil {
		for _, a := range service.Actions {
			names[a.Name] = true
		}
	}
	return didYouMean(action, names)
}

// optimised returns what the catalogue knows of the action of an optimised integration; nil for every other resource.
func (r Resource) optimised() *catalogue.Action {
	part := strings.SplitN(r.Text, ":", 4)
	if r.Kind != Integration || len(part) < 4 || part[0] != "arn" || part[2] != "states" {
		return nil
	}
	action, _, _ := catalogue.SplitAction(r.Action)
	_, info := catalogue.Find(r.Service, action)
	return info
}

// checkParameters refuses what can be told of the parameters of an optimised integration before it runs: their names.
//
// v is the state. Parameters that a path or an expression makes as a whole are looked at when the state runs.
func (st *stateScope) checkParameters(info *catalogue.Action, v value.Value) {
	if info == nil || st.c.opts.AnyResource {
		return
	}
	field := "Parameters"
	if st.lang == JSONata {
		field = "Arguments"
	}
	parameters, ok := v.Get(field)
	if !ok || parameters.Kind() != value.Object {
		return
	}
	names := make([]string, 0, parameters.Len())
	for name := range parameters.All() {
		if st.lang == JSONPath {
			name = strings.TrimSuffix(name, ".$")
		}
		names = append(names, name)
	}
	for _, problem := range info.CheckNames(names) {
		st.c.refuse(st.at.member(field), problem)
	}
}
