package catalogue

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gait-engine/gait/internal/value"
)

// Origin is where a call comes from.
type Origin struct {
	Execution, StateMachine string // ARNs; "" when not known
}

// Shown returns the parameters of a call as the TaskScheduled event shows them: the task's own, with what Step Functions adds
// where it shows that. p is the pattern of the resource.
func (a *Action) Shown(parameters value.Value, p Patterns) value.Value {
	for _, m := range a.Marks {
		if m.Shown && m.applies(p) {
			parameters = m.put(parameters, Origin{})
		}
	}
	return parameters
}

// Request returns the parameters of the service's own call, [Action.APIName]: with what Step Functions adds, and with objects as
// text where the service takes text. The parameters have passed [Action.Check].
func (a *Action) Request(parameters value.Value, p Patterns, from Origin) value.Value {
	for _, m := range a.Marks {
		if m.applies(p) {
			parameters = m.put(parameters, from)
		}
	}
	for _, param := range a.Params {
		if param.Kind != Text && param.Kind != JSON {
			continue
		}
		v, ok := parameters.Get(param.Name)
		switch {
		case !ok:
		case param.Kind == Text:
			parameters = parameters.With(param.Name, asText(v))
		case v.IsNull():
			parameters = parameters.Without(param.Name) // recorded: the function then gets {}
		default:
			parameters = parameters.With(param.Name, value.FromString(v.JSON()))
		}
	}
	for _, path := range a.Texts {
		parameters = edit(parameters, path, false, func(v value.Value, _ bool) value.Value { return asText(v) })
	}
	if a.Call != nil {
		return a.Call.Make(parameters, value.Value{})
	}
	return parameters
}

// asText returns v when it is a string or null, otherwise its JSON text as a string.
func asText(v value.Value) value.Value {
	if v.Kind() == value.String || v.IsNull() {
		return v
	}
	return value.FromString(v.JSON())
}

func (m *Mark) applies(p Patterns) bool { return !m.JobOnly || p&(RunJob|RunJobParsed) != 0 }

func (m *Mark) put(doc value.Value, from Origin) value.Value {
	var add []value.Value
	if m.Origin {
		for _, arn := range []string{from.StateMachine, from.Execution} {
			if arn != "" {
				add = append(add, value.FromString(arn))
			}
		}
	} else if v, err := value.ParseString(m.Value); err == nil {
		add = append(add, v)
	}
	path, appends := strings.CutSuffix(m.At, "[]")
	return edit(doc, path, true, func(v value.Value, present bool) value.Value {
		switch {
		case len(add) == 0:
			return v
		case !appends && present:
			return v
		case !appends:
			return add[0]
		}
		return value.FromArray(append(v.Elems()[:v.Len():v.Len()], add...))
	})
}

// Answer returns the task's result for the answer to its call. p is the pattern of the resource, requestID what the metadata name
// where the answer brings none. A failure is work that failed although the call was answered.
func (s *Service) Answer(a *Action, parameters, answer value.Value, p Patterns, requestID string) (value.Value, *Failure) {
	if answer.IsNull() {
		answer = value.Obj()
	}
	if f := s.failed(a, answer, p); f != nil {
		return value.Value{}, f
	}
	bare := s.Bare || a.Bare || answer.Kind() != value.Object
	result := answer
	if !bare {
		result = withMetadata(answer, requestID)
	}
	if a.Reply != nil {
		result = a.Reply.replied(parameters, result)
	}
	for _, name := range a.Blobs {
		if v, ok := result.Get(name); ok && v.Kind() == value.String {
			if doc, err := value.ParseString(v.Str()); err == nil {
				result = result.With(name, doc)
			}
		}
	}
	return result, nil
}

// failed finds the failures that come as answers.
func (s *Service) failed(a *Action, answer value.Value, p Patterns) *Failure {
	if status, ok := answer.Get("StatusCode"); ok && s.HTTP != "" {
		if n, whole := status.Int(); whole && (n < 200 || n > 299) {
			body, _ := answer.Get("ResponseBody")
			if s.WholeCause {
				body = answer
			}
			return &Failure{Name: s.HTTP + "." + strconv.FormatInt(n, 10), Cause: asText(body).Str()}
		}
	}
	if w := a.FailedWhen; w.Member != "" && (!w.Waiting || p != RequestResponse) {
		v, _ := answer.Get(w.Member)
		if v.Len() > 0 && v.Kind() == value.Array || v.Kind() == value.Number && v.Float() != 0 {
			return &Failure{Name: w.Error, Cause: answer.JSON()}
		}
	}
	if _, ok := answer.Get("FunctionError"); ok && s.Name == lambda.Name {
		return functionError(answer)
	}
	return nil
}

// functionError is the failure of a Lambda function: its errorType, and the payload as cause.
func functionError(answer value.Value) *Failure {
	payload, _ := answer.Get("Payload")
	text := asText(payload).Str()
	f := &Failure{Name: "Lambda.Unknown", Cause: text}
	if doc, err := value.ParseString(text); err == nil {
		if name, ok := doc.Get("errorType"); ok && name.Str() != "" {
			f.Name = name.Str()
		}
	}
	return f
}

// The members that tell of the HTTP exchange with a service.
const (
	httpMetadata     = "SdkHttpMetadata"
	responseMetadata = "SdkResponseMetadata"
)

// withMetadata returns result with the two members, its own or new ones, in the places where AWS has them: before the first member
// of a later name.
func withMetadata(result value.Value, requestID string) value.Value {
	id := value.FromString(requestID)
	for _, m := range [...]value.Member{
		value.M(httpMetadata, value.Obj(
			value.M("AllHttpHeaders", value.Obj(value.M("x-amzn-RequestId", value.FromArray([]value.Value{id})))),
			value.M("HttpHeaders", value.Obj(value.M("x-amzn-RequestId", id))),
			value.M("HttpStatusCode", value.FromInt(200)),
		)),
		value.M(responseMetadata, value.Obj(value.M("RequestId", id))),
	} {
		if _, ok := result.Get(m.Key); ok {
			continue
		}
		members := result.Members()
		at := slices.IndexFunc(members, func(other value.Member) bool { return other.Key > m.Key })
		if at < 0 {
			at = len(members)
		}
		result = value.FromMembers(slices.Insert(slices.Clone(members), at, m))
	}
	return result
}

// InvokesFunction tells arn:<partition>:states:<region>:<account>:lambda:invoke, also with .waitForTaskToken.
func InvokesFunction(resource string) bool {
	parts := strings.SplitN(resource, ":", 7)
	if len(parts) != 7 || parts[0] != "arn" || parts[2] != "states" || parts[5] != lambda.Name {
		return false
	}
	return parts[6] == "invoke" || parts[6] == "invoke.waitForTaskToken"
}

// FunctionResult returns the result of a function that a Resource names itself: the payload alone.
func FunctionResult(result value.Value) value.Value {
	payload, _ := result.Get("Payload")
	return payload
}
