package catalogue

import (
	"slices"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Plan is what is remembered of a job that was started: the parameters of the calls that follow it, and what of the start its
// result needs.
type Plan struct {
	Ask  value.Value // parameters of Describe
	Stop value.Value // parameters of Stop
	Keep value.Value // members for the result
}

// Plan makes the plan of a job from the task's parameters, the answer to the start and the result that the start alone would have
// had. Sources: the table.
func (j *Job) Plan(parameters, answer, result value.Value) Plan {
	p := Plan{Ask: j.Ask.Make(parameters, answer), Stop: j.StopAsk.Make(parameters, answer), Keep: value.Obj()}
	if j.StopReason != "" {
		p.Stop = p.Stop.With(j.StopReason, value.FromString("The execution of AWS Step Functions that waited for it has ended"))
	}
	switch {
	case j.KeepAll:
		p.Keep = result.Without(httpMetadata).Without(responseMetadata)
	case j.Gone:
		p.Keep = answer.Without(httpMetadata).Without(responseMetadata)
	}
	for _, name := range j.Keep {
		if v, ok := result.Get(name); ok {
			p.Keep = p.Keep.With(name, v)
		}
	}
	return p
}

// Standing is how a job stands.
type Standing uint8

// The standings.
const (
	Running Standing = iota
	Succeeded
	Failed
)

// Look reads the answer to Describe: how the job stands and, when it has ended, its description as the result, or the cause, shows
// it. With parsed, as for .sync:2, a success has its JSON texts parsed.
func (j *Job) Look(plan Plan, answer value.Value, parsed bool) (Standing, value.Value) {
	answer = answer.Without(httpMetadata).Without(responseMetadata)
	description, ok := At(answer, j.Found)
	if !ok {
		return Running, value.Value{} // not visible yet: services answer from replicas
	}
	standing := j.standing(description)
	result := description
	if j.As != "" {
		result = value.Obj(value.M(j.As, description))
	}
	if standing != Succeeded {
		return standing, result
	}
	if j.KeepAll {
		return standing, plan.Keep
	}
	for name, v := range plan.Keep.All() {
		result = result.With(name, v)
	}
	if parsed {
		for _, name := range j.Parsed {
			result = edit(result, name, false, func(v value.Value, _ bool) value.Value {
				if doc, err := value.ParseString(v.Str()); err == nil {
					return doc
				}
				return v
			})
		}
	}
	return standing, result
}

// Vanished returns the result of a job whose thing the service no longer knows: how it was last seen. ok is false when that is no
// way for the job to end.
func (j *Job) Vanished(plan Plan) (result value.Value, ok bool) { return plan.Keep, j.Gone }

func (j *Job) standing(description value.Value) Standing {
	if j.Conditions {
		return kubernetesJob(description)
	}
	status, _ := At(description, j.Status)
	switch {
	case slices.Contains(j.Failure, status.Str()):
		return Failed
	case !slices.Contains(j.Success, status.Str()):
		return Running
	case j.Containers && !exitedWell(description):
		return Failed
	}
	return Succeeded
}

// exitedWell reports whether every container of an ECS task has ended with exit code 0. One that never ran has no code.
func exitedWell(description value.Value) bool {
	containers, _ := description.Get("Containers")
	for _, c := range containers.Elems() {
		code, ok := c.Get("ExitCode")
		if n, whole := code.Int(); !ok || !whole || n != 0 {
			return false
		}
	}
	code, _ := description.Get("StopCode")
	return code.Str() != "TaskFailedToStart"
}

// kubernetesJob reads the conditions of a Kubernetes Job.
func kubernetesJob(description value.Value) Standing {
	conditions, _ := At(description, "status.conditions")
	for _, c := range conditions.Elems() {
		kind, _ := c.Get("type")
		if status, _ := c.Get("status"); !strings.EqualFold(status.Str(), "true") {
			continue
		}
		switch kind.Str() {
		case "Complete":
			return Succeeded
		case "Failed":
			return Failed
		}
	}
	return Running
}
