package lint

import (
	"slices"
	"strings"

	"github.com/gait-engine/gait/asl"
	"github.com/gait-engine/gait/internal/catalogue"
)

// knownErrors are the reserved error names that Step Functions raises or matches. Source: Amazon States Language, "Appendix A", and the
// AWS Step Functions Developer Guide, "Error names".
var knownErrors = []string{
	"States.ALL", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout", "States.Permissions", "States.DataLimitExceeded",
	"States.Runtime", "States.QueryEvaluationError", "States.IntrinsicFailure", "States.ResultPathMatchFailure",
	"States.ExceedToleratedFailureThreshold", "States.ItemReaderFailed", "States.ResultWriterFailed", "States.Http.Socket",
	"States.ParameterPathFailure", "States.NoChoiceMatched", "States.BranchFailed",
}

// work is what a state does, with all that is inside of it, as far as it decides which errors there can be.
type work struct {
	jsonata, jsonPath, heartbeat, distributed, http, lambda bool
	service                                                 bool     // an error may be of a service, known or not
	prefix                                                  string   // of the errors of a Task that calls a service; "" when not known
	free                                                    bool     // an error may have any name: workers, functions, computed Fail states
	coined                                                  []string // by Fail states
}

func (l *linter) worksOf(s asl.State) *work {
	w := &work{}
	l.addWork(w, s)
	return w
}

func (l *linter) addWork(w *work, s asl.State) {
	c := s.Common()
	if c.Lang == asl.JSONata {
		w.jsonata = true
	} else {
		w.jsonPath = true
	}
	var inner []asl.FlowID
	switch s := s.(type) {
	case *asl.Task:
		w.heartbeat = w.heartbeat || s.Heartbeat.Set
		switch r := s.Resource; {
		case r.Kind == asl.Activity, r.Pattern == asl.WaitForTaskToken, !isAWS(r), r.Pattern == asl.RunJob:
			w.free = true
		case r.Service == "lambda", r.Service == "aws-sdk:lambda":
			w.free, w.lambda = true, true
		case r.Service == "http":
			w.http = true
		default:
			w.service, w.prefix = true, errorPrefix(r)
		}
	case *asl.Map:
		w.distributed = w.distributed || s.Distributed
		inner = []asl.FlowID{s.Processor}
	case *asl.Parallel:
		inner = s.Branches
	case *asl.Fail:
		if s.Error.Path != nil || s.Error.Call != nil || s.Error.Expr != nil {
			w.free = true
		}
		w.coined = append(w.coined, s.Error.Literal)
	}
	for _, id := range inner {
		for _, x := range l.m.Flows[id].States {
			l.addWork(w, x)
		}
	}
}

// neverRaised returns why an error name cannot occur, or "".
func (w *work) neverRaised(name string, task bool) string {
	if slices.Contains(w.coined, name) {
		return ""
	}
	missing := func(ok bool, what string) string {
		if ok {
			return ""
		}
		return what
	}
	switch name {
	case "States.ALL", "States.TaskFailed", "States.Timeout", "States.Permissions", "States.DataLimitExceeded":
		return ""
	case "States.Runtime":
		return "States.Runtime ends the execution and is never retried or caught"
	case "States.ParameterPathFailure", "States.NoChoiceMatched":
		return "AWS raises States.Runtime in its place, which is never retried or caught"
	case "States.BranchFailed":
		return "AWS raises the error of the branch in its place"
	case "States.HeartbeatTimeout":
		return missing(w.heartbeat, "there is no HeartbeatSeconds")
	case "States.QueryEvaluationError":
		return missing(w.jsonata, "there is no JSONata here")
	case "States.IntrinsicFailure", "States.ResultPathMatchFailure":
		return missing(w.jsonPath, "there is no JSONPath here")
	case "States.ExceedToleratedFailureThreshold", "States.ItemReaderFailed", "States.ResultWriterFailed":
		return missing(w.distributed, "there is no distributed Map here")
	}
	switch {
	case strings.HasPrefix(name, "States.Http."):
		return missing(w.http, "there is no HTTP task here")
	case strings.HasPrefix(name, "States."):
		return "Step Functions has no error of this name"
	case w.free:
		return ""
	case strings.HasPrefix(name, "Lambda."):
		return "no function is called here"
	case task && w.service && !strings.Contains(name, "."):
		return "errors of services begin with the name of the service and a dot"
	case task && w.service && foreign(name, w.prefix):
		return "the errors of this service begin with " + w.prefix + "."
	case !w.service && !w.http:
		return "nothing here fails with it"
	}
	return ""
}

// taken reports whether an earlier entry matches every error that a name matches. task: the state is a Task, whose own errors
// States.TaskFailed matches but for those of the service.
func taken(name string, earlier []string, task bool) (by string) {
	for _, e := range earlier {
		switch {
		case e == name:
			return e
		case e == "States.TaskFailed" && task && (!strings.HasPrefix(name, "States.") || name == "States.Permissions" || strings.HasPrefix(name, "States.Http.")):
			return e
		}
	}
	return ""
}

// checkErrors looks at the retriers and catchers of a state.
func (l *linter) checkErrors(c *asl.Common, s asl.State) {
	if len(c.Retry)+len(c.Catch) == 0 {
		return
	}
	w := l.worksOf(s)
	task := c.Type == asl.TypeTask
	var lists [2][][]string
	for _, r := range c.Retry {
		lists[0] = append(lists[0], r.ErrorEquals)
	}
	for _, k := range c.Catch {
		lists[1] = append(lists[1], k.ErrorEquals)
	}
	for i, field := range []string{"Retry", "Catch"} {
		what, rule := "retrier", "retrier-never-matches"
		if field == "Catch" {
			what, rule = "catcher", "catcher-never-matches"
		}
		var earlier []string
		for n, names := range lists[i] {
			place := at(c.Pointer, field, itoa(n))
			why, hints := make([]string, len(names)), make([]string, len(names))
			dead := 0
			for i, name := range names {
				why[i], hints[i] = w.neverRaised(name, task), errorHint(name, s, "remove the name")
				if by := taken(name, earlier, task); by != "" {
					why[i], hints[i] = "an earlier "+what+" takes it with "+by, "put it before the "+what+" with "+by+", or remove it"
				}
				if why[i] != "" {
					dead++
				}
			}
			for i, name := range names {
				switch {
				case why[i] == "":
				case dead == len(names):
					l.add(rule, place, hints[i], "The %s never matches: %s: %s", what, name, why[i])
				default:
					l.add("error-never-matches", at(place, "ErrorEquals", itoa(i)), hints[i], "%s is never matched here: %s", name, why[i])
				}
			}
			earlier = append(earlier, names...)
		}
	}
	for n, k := range c.Catch {
		if k.Next == c.ID && len(c.Retry) == 0 {
			l.add("catch-repeats-forever", at(c.Pointer, "Catch", itoa(n), "Next"), "use a retrier, which waits and gives up after MaxAttempts",
				"The catcher leads back to its own state: as long as the task fails it is repeated without waiting")
		}
	}
}

// errorHint suggests the name that was probably meant.
func errorHint(name string, s asl.State, otherwise string) string {
	if strings.HasPrefix(name, "States.") && !slices.Contains(knownErrors, name) {
		if near := nearest(name, knownErrors); near != "" {
			return "did you mean " + quoted(near) + "?"
		}
	}
	if t, ok := s.(*asl.Task); ok && !strings.HasPrefix(name, "States.") {
		own := errorPrefix(t.Resource)
		switch prefix, rest, dotted := strings.Cut(name, "."); {
		case own == "":
		case !dotted:
			return "did you mean " + quoted(own+"."+name) + "?"
		case strings.EqualFold(prefix, own) && prefix != own:
			return "did you mean " + quoted(own+"."+rest) + "?"
		}
	}
	return otherwise
}

// errorPrefix is what the errors of a service begin with; "" when it is not known.
func errorPrefix(r asl.Resource) string {
	if r.Kind != asl.Integration || !isAWS(r) {
		return ""
	}
	if sdk, ok := strings.CutPrefix(r.Service, "aws-sdk:"); ok {
		if !catalogue.KnowsSDK(sdk) {
			return ""
		}
		return catalogue.SDKPrefix(sdk)
	}
	if s, _ := catalogue.Find(r.Service, ""); s != nil {
		return s.Prefix
	}
	return ""
}

// foreign reports whether a name begins with the prefix of another service than the task's, or with its own in other letters:
// names are compared as they are written.
func foreign(name, own string) bool {
	prefix, _, dotted := strings.Cut(name, ".")
	if !dotted || own == "" || prefix == own {
		return false
	}
	return strings.EqualFold(prefix, own) ||
		slices.ContainsFunc(catalogue.Services(), func(s *catalogue.Service) bool { return s.Prefix == prefix })
}

// deadEdges notes the transitions of catchers and rules that never match.
func (l *linter) deadEdges(s asl.State) {
	c := s.Common()
	w := &work{}
	if len(c.Catch) > 0 {
		w = l.worksOf(s)
	}
	var earlier []string
	for n, k := range c.Catch {
		live := slices.ContainsFunc(k.ErrorEquals, func(name string) bool {
			return taken(name, earlier, c.Type == asl.TypeTask) == "" && w.neverRaised(name, c.Type == asl.TypeTask) == ""
		})
		if !live {
			l.graph.dead[at(c.Pointer, "Catch", itoa(n), "Next")] = true
		}
		earlier = append(earlier, k.ErrorEquals...)
	}
	if ch, ok := s.(*asl.Choice); ok {
		dead, always := deadRules(ch)
		for n := range dead {
			l.graph.dead[at(ch.Rules[n].Pointer, "Next")] = true
		}
		if always {
			l.graph.dead[at(c.Pointer, "Default")] = true
		}
	}
}
