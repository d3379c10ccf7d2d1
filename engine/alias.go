package engine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gait-engine/gait/states"
)

// Route sends a share of the executions that are started by an alias to a version.
type Route struct {
	VersionARN string
	Weight     int // 0 to 100, in percent
}

// Alias is a name for one or two versions of a state machine.
type Alias struct {
	ARN         string // that of the machine, a colon and the name
	Name        string
	Description string
	Routes      []Route
	Created     time.Time
	Updated     time.Time
}

// CreateAlias makes an alias of the machine whose versions the routes name: one with the weight 100, or two whose weights sum to
// 100. The same request gives the alias again.
//
// Errors: *[ValidationError], *[ConflictError] when there is an alias of this name that is not the same, *[ResourceNotFoundError]
// for a version that does not exist, *[ARNError], *[DeletingError], *[QuotaError], *[StoreError].
//
// Source: API reference, CreateStateMachineAlias; recorded messages.
func (e *Engine) CreateAlias(ctx context.Context, name, description string, routes ...Route) (Alias, error) {
	if err := e.enter(ctx); err != nil {
		return Alias{}, err
	}
	if err := checkAlias(name, &description, routes); err != nil {
		return Alias{}, err
	}
	e.deploying.Lock()
	defer e.deploying.Unlock()
	machine, rec, kept, err := e.routes(ctx, routes)
	if err != nil {
		return Alias{}, err
	}
	if old := rec.alias(name); old != nil {
		if old.Description != description || !slices.Equal(old.Routes, kept) {
			return Alias{}, &ConflictError{Message: "Failed to create alias because an alias with the same name and a different routing configuration already exists."}
		}
		return e.aliasOf(machine, old), nil
	}
	if len(rec.Aliases) >= maxAliases {
		return Alias{}, &QuotaError{What: "aliases of a state machine", Limit: maxAliases}
	}
	now := states.MillisOf(e.clock.Now())
	made := aliasRecord{Name: name, Description: description, Routes: kept, Created: now, Updated: now}
	next := rec.clone()
	next.Aliases = append(next.Aliases, made)
	if err := e.putRecord(ctx, machine, next); err != nil {
		return Alias{}, err
	}
	e.log.Info("alias created", "machine", machine, "alias", name)
	return e.aliasOf(machine, &made), nil
}

// UpdateAlias changes the description of an alias, given by its ARN, unless description is nil, and its routes, unless there are
// none. Executions that it has started go on as they are.
//
// Errors: as [Engine.CreateAlias]; *[ResourceNotFoundError] also when there is no such alias. Source: API reference,
// UpdateStateMachineAlias.
func (e *Engine) UpdateAlias(ctx context.Context, alias string, description *string, routes ...Route) (Alias, error) {
	if err := e.enter(ctx); err != nil {
		return Alias{}, err
	}
	r, err := e.aliasRef(alias)
	if err != nil {
		return Alias{}, err
	}
	if description == nil && routes == nil {
		return Alias{}, &ValidationError{Message: "Either the description or the routing configuration must be specified",
			Reason: "MISSING_REQUIRED_PARAMETER"}
	}
	if err := checkAlias(r.qualifier, description, routes); err != nil {
		return Alias{}, err
	}
	e.deploying.Lock()
	defer e.deploying.Unlock()
	rec, err := e.aliased(ctx, r)
	if err != nil {
		return Alias{}, err
	}
	next := rec.clone()
	a := next.alias(r.qualifier)
	if description != nil {
		a.Description = *description
	}
	if routes != nil {
		machine, _, kept, err := e.routes(ctx, routes)
		if err != nil {
			return Alias{}, err
		}
		if machine != r.name {
			return Alias{}, &ResourceNotFoundError{}
		}
		a.Routes = kept
	}
	a.Updated = states.MillisOf(e.clock.Now())
	if err := e.putRecord(ctx, r.name, next); err != nil {
		return Alias{}, err
	}
	return e.aliasOf(r.name, a), nil
}

// DescribeAlias returns an alias, given by its ARN.
//
// Errors: *[ResourceNotFoundError], *[ARNError], *[StoreError]. Source: API reference, DescribeStateMachineAlias.
func (e *Engine) DescribeAlias(ctx context.Context, alias string) (Alias, error) {
	r, err := e.aliasRef(alias)
	if err != nil {
		return Alias{}, err
	}
	rec, err := e.aliased(ctx, r)
	if err != nil {
		return Alias{}, err
	}
	return e.aliasOf(r.name, rec.alias(r.qualifier)), nil
}

// Aliases returns the aliases of a machine, given by name or ARN, in the order in which they were made; by the ARN of a version
// those that route to it. There are at most 100.
//
// Errors: *[NotFoundError], *[ARNError], *[DeletingError], *[StoreError]. Source: API reference, ListStateMachineAliases; the order is that of recordings.
func (e *Engine) Aliases(ctx context.Context, machine string) ([]Alias, error) {
	r, err := e.arns.machineRef(machine)
	if err != nil {
		return nil, err
	}
	if r.label != "" {
		return nil, labelError(r.given)
	}
	rec, _, err := e.living(ctx, r)
	if err != nil {
		return nil, err
	}
	version := r.version()
	if r.qualifier != "" && rec.version(version) == nil {
		return nil, &ResourceNotFoundError{ARN: r.given}
	}
	all := make([]Alias, 0, len(rec.Aliases))
	for i := range rec.Aliases {
		a := &rec.Aliases[i]
		if version == 0 || slices.ContainsFunc(a.Routes, func(route aliasRoute) bool { return route.Version == version }) {
			all = append(all, e.aliasOf(r.name, a))
		}
	}
	return all, nil
}

// DeleteAlias deletes an alias, given by its ARN. The versions stay. To delete what does not exist is no error.
//
// Errors: *[ARNError], *[StoreError]. Source: API reference, DeleteStateMachineAlias.
func (e *Engine) DeleteAlias(ctx context.Context, alias string) error {
	if err := e.enter(ctx); err != nil {
		return err
	}
	r, err := e.aliasRef(alias)
	if _, foreign := errors.AsType[*ResourceNotFoundError](err); foreign {
		return nil
	}
	if err != nil {
		return err
	}
	e.deploying.Lock()
	defer e.deploying.Unlock()
	rec, _, standing, err := e.stand(ctx, r.name)
	if err != nil || standing != active || rec.alias(r.qualifier) == nil {
		return err
	}
	next := rec.clone()
	next.Aliases = slices.DeleteFunc(next.Aliases, func(a aliasRecord) bool { return a.Name == r.qualifier })
	return e.putRecord(ctx, r.name, next)
}

// aliasRef reads the ARN of an alias. One of another region or account does not exist.
func (e *Engine) aliasRef(alias string) (machineRef, error) {
	r, err := e.arns.machineRef(alias)
	if _, foreign := errors.AsType[*NotFoundError](err); foreign {
		return r, &ResourceNotFoundError{}
	}
	if err == nil && (r.qualifier == "" || r.label != "" || r.version() != 0) {
		err = &ARNError{ARN: alias}
	}
	return r, err
}

// aliased returns the record of a machine that has the alias.
func (e *Engine) aliased(ctx context.Context, r machineRef) (*machineRecord, error) {
	rec, _, standing, err := e.stand(ctx, r.name)
	switch {
	case err != nil:
		return nil, err
	case standing == deleting:
		return nil, &DeletingError{ARN: e.arns.machine + r.name}
	case standing != active || rec.alias(r.qualifier) == nil:
		return nil, &ResourceNotFoundError{}
	}
	return rec, nil
}

func (e *Engine) aliasOf(machine string, a *aliasRecord) Alias {
	found := Alias{ARN: e.arns.aliasARN(machine, a.Name), Name: a.Name, Description: a.Description, Created: clockTime(a.Created),
		Updated: clockTime(a.Updated)}
	for _, route := range a.Routes {
		found.Routes = append(found.Routes, Route{e.arns.versionARN(machine, route.Version), route.Weight})
	}
	return found
}

// route returns the version for a draw from 0 to 99.
func (a *aliasRecord) route(draw int) int64 {
	for _, route := range a.Routes {
		if draw -= route.Weight; draw < 0 {
			return route.Version
		}
	}
	return a.Routes[len(a.Routes)-1].Version // the weights sum to 100
}

// aliasPattern is that of the API model. A name of digits alone would be that of a version.
var (
	aliasPattern = regexp.MustCompile(`^[a-zA-Z0-9_\-.]+$`)
	digits       = regexp.MustCompile(`^[0-9]+$`)
)

// checkAlias applies the rules that need no look at the machine. A nil description and nil routes are not there.
func checkAlias(name string, description *string, routes []Route) error {
	switch {
	case len(name) > 80:
		return invalid("name", name, "Member must have length less than or equal to 80")
	case !aliasPattern.MatchString(name) || digits.MatchString(name):
		return invalid("name", name, `Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`)
	}
	if description != nil {
		if err := checkDescription("description", *description); err != nil {
			return err
		}
	}
	if routes == nil && description != nil {
		return nil
	}
	var arns, weights []string
	sum := 0
	for _, route := range routes {
		arns = append(arns, route.VersionARN)
		weights = append(weights, fmt.Sprint(route.Weight))
		sum += route.Weight
	}
	switch {
	case len(routes) == 0:
		return invalid("routingConfiguration", "[]", "Member must have length greater than or equal to 1")
	case len(routes) > 2:
		var items []string
		for _, route := range routes {
			items = append(items, fmt.Sprintf("RoutingConfigurationListItem(stateMachineVersionArn=%s, weight=%d)", route.VersionARN, route.Weight))
		}
		return invalid("routingConfiguration", "["+strings.Join(items, ", ")+"]", "Member must have length less than or equal to 2")
	}
	for i, route := range routes {
		member := fmt.Sprintf("routingConfiguration.%d.member.weight", i+1)
		if route.Weight > 100 {
			return invalid(member, weights[i], "Member must have value less than or equal to 100")
		}
		if route.Weight < 0 {
			return invalid(member, weights[i], "Member must have value greater than or equal to 0")
		}
	}
	refuse := func(what string, got []string) error {
		return &ValidationError{Message: what + ". Received: [" + strings.Join(got, ", ") + "]", Reason: "INVALID_ROUTING_CONFIGURATION"}
	}
	switch {
	case len(arns) == 2 && arns[0] == arns[1]:
		return refuse("Routing configuration must contain distinct state machine version ARNs", arns)
	case slices.ContainsFunc(arns, func(arn string) bool { return !isVersionARN(arn) }):
		return refuse("Routing configuration must contain state machine version ARNs", arns)
	case sum != 100:
		return refuse("Sum of routing configuration weights must equal 100", weights)
	}
	return nil
}

// isVersionARN tells arn:<partition>:states:<region>:<account>:stateMachine:<name>:<number>.
func isVersionARN(s string) bool {
	parts := strings.Split(s, ":")
	return len(parts) == 8 && parts[0] == "arn" && parts[5] == "stateMachine" && machineRef{qualifier: parts[7]}.version() > 0
}

// routes finds the versions of routes, which must be of one machine. e.deploying is held.
func (e *Engine) routes(ctx context.Context, routes []Route) (machine string, rec *machineRecord, kept []aliasRoute, err error) {
	for i, route := range routes {
		r, err := e.arns.machineRef(route.VersionARN)
		if _, foreign := errors.AsType[*NotFoundError](err); foreign {
			return "", nil, nil, &ResourceNotFoundError{}
		}
		if err != nil {
			return "", nil, nil, err
		}
		if i == 0 {
			machine = r.name
			var standing standing
			if rec, _, standing, err = e.stand(ctx, machine); err != nil {
				return "", nil, nil, err
			}
			if standing == deleting {
				return "", nil, nil, &DeletingError{ARN: e.arns.machine + machine}
			}
			if standing != active {
				return "", nil, nil, &ResourceNotFoundError{}
			}
		}
		if r.name != machine || rec.version(r.version()) == nil {
			return "", nil, nil, &ResourceNotFoundError{}
		}
		kept = append(kept, aliasRoute{r.version(), route.Weight})
	}
	return machine, rec, kept, nil
}
